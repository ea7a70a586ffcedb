/*
 * The stages in which husk makes a container, for people: each is named in one place, for --debug, which logs a stage
 * as it ends, and for --timing, which reports how long each one took. husk-init's part is its steps (plan.h).
 */
#ifndef HUSK_STAGE_H
#define HUSK_STAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "husk/log.h"

/* X (NAME, word, what husk does), in the order in which run ends them. SETUP goes on after HOOKS. */
#define STAGES(X)                                                                                                      \
  X (BEGIN, "begin", "begin, up to reading the options (processor time)")                                              \
  X (CONFIG, "config", "read the config and check it")                                                                 \
  X (HOST, "host", "look at the host; read the profile")                                                               \
  X (PLAN, "plan", "compile the plan and the limits")                                                                  \
  X (FILTER, "filter", "compile the seccomp profile")                                                                  \
  X (OPEN, "open", "open sockets and files of hooks")                                                                  \
  X (RECORD, "record", "make the container's record")                                                                  \
  X (CGROUP, "cgroup", "make its cgroup and set limits")                                                               \
  X (SOURCES, "sources", "open its root, sources of mounts, namespaces")                                               \
  X (CLONE, "clone", "make its namespaces and husk-init")                                                              \
  X (LIMITS, "limits", "set device rules, and cgroups of v1")                                                          \
  X (SETUP, "setup", "wait for husk-init to set it up")                                                                \
  X (HOOKS, "hooks", "run prestart and createRuntime hooks")                                                           \
  X (COMMIT, "commit", "write the pid file and the record")                                                            \
  X (EXEC, "exec", "wait for husk-init to execute the program")                                                        \
  X (POSTSTART, "poststart", "run poststart hooks")                                                                    \
  X (PROGRAM, "program", "wait for the program")                                                                       \
  X (CLEANUP, "cleanup", "remove the container")                                                                       \
  X (FAILURE, "failure", "fail, and undo what was done")

enum stage
{
#define STAGE_ENUM(name, word, text) STAGE_##name,
  STAGES (STAGE_ENUM)
#undef STAGE_ENUM
      STAGE_COUNT
};

struct stage_time /* in microseconds */
{
  uint64_t begin, spent; /* begin: of CLOCK_MONOTONIC; 0: it has not been in this stage */
};

/* Whether stages are timed. */
extern bool stage_timing;
/* From here on they are. What the process has done before is the stage BEGIN. */
void stage_time_begin (void);
/* What a stage took so far. */
struct stage_time stage_time (enum stage stage);

const char *stage_word (enum stage stage);
const char *stage_text (enum stage stage);

void stage_note (enum stage stage) __attribute__ ((cold));
/* The stage ends here; it began where the last one ended. */
static inline void
stage_end (enum stage stage)
{
  if (__builtin_expect (stage_timing || log_debugging, false))
    stage_note (stage);
}

#endif
