/*
 * The tools of `husk seccomp` on what runs: --pid and --container, in place of a file.
 */
#ifndef HUSK_CLI_LIVE_H
#define HUSK_CLI_LIVE_H

#include "husk/loaded.h"

/* Tools' options; their letters are also those of struct live_process. */
/* clang-format off */
#define LIVE_OPTIONS                                                                                                   \
  { "pid", required_argument, NULL, 'P' }, { "container", required_argument, NULL, 'I' }
/* clang-format on */
#define LIVE_HELP                                                                                                      \
  "      --pid PID       the filters that a running process (or thread) has, whoever loaded them\n"                    \
  "      --container ID  those of a container's program\n"

struct live_process
{
  int option; /* 'P' or 'I'; 0: a file is asked about */
  const char *text;
};
/* The filters of the process that was asked for. 0 or -1. */
int live_read (const struct live_process *live, struct arena *arena, struct loaded_filters *out, struct error *error);

/* What the tools do with them; each gives the exit status. */
int live_dump (const struct live_process *live, bool json);
int live_explain (const struct live_process *live, const struct seccomp_call *call, bool json);
int live_explain_all (const struct live_process *live, const char *arch, bool json);

#endif
