/*
 * From a compiled plan to a running husk-init: what the plan needs with the host's rights is opened, the plan is
 * sealed, husk-init is cloned into its namespaces and cgroup and executed from a sealed memfd; then the parent answers
 * its asks and turns what is in the page into an error.
 */
#ifndef HUSK_LAUNCH_H
#define HUSK_LAUNCH_H

#include <stdbool.h>
#include <sys/types.h>

#include "husk/cgroup.h"
#include "husk/channel.h"
#include "husk/compile.h"

/* Opens the plan's arena: a memfd mapped at PLAN_ADDRESS. */
int launch_arena_open (struct arena *arena, int *out_fd, struct error *error);

struct launch
{
  struct plan *plan;
  int plan_fd;                 /* of launch_arena_open; sealed by launch_start */
  const struct cgroup *cgroup; /* of count 0: none. Its v2 directory must exist at launch_start, the others at the
                                  first launch_next_ask */
  int container;               /* exec: pidfd of the process whose cgroup it is; else 0 */
  bool placed_late;            /* the clone does not put it into the v2 directory: its unit is not there yet */
  int listen_fd;               /* or -1 */
  int page_fd;                 /* a file of sizeof (struct page), or -1: a memfd is made */
  int console_fd;              /* connected console socket, or -1 */
  bool hurried;                /* none of its steps takes a minute, unless somebody holds it up */
  bool relayed;                /* husk relays the terminal: it begins with the size of husk's own */

  /* results */
  char plan_number[12]; /* plan_fd in digits, made before the clone: the child does as little as possible */
  int enter; /* cgroup.procs of the v2 directory, which the child writes to; -1 when the clone puts it there */
  pid_t pid;
  int pidfd;
  int ended;      /* its wait status once launch_kill has reaped it */
  int control;    /* the parent's end */
  uint32_t told;  /* steps that --debug has told of */
  uint32_t asked; /* the plan's steps before this one have asked */
  struct page *page;
};

/* Opens all that the plan marks PLAN_PREPARE (namespaces checked with NS_GET_NSTYPE, bind sources, idmap user
 * namespaces, the rootfs, /proc) and stores the descriptors' numbers in the plan. Nothing exists yet that would have
 * to be undone but descriptors. */
int launch_prepare (struct launch *launch, struct error *error);
/* Closes them again, after launch_start: husk-init has its own. */
void launch_release (const struct plan *plan);
/* clone3 into the v2 cgroup, id maps, rlimits. husk-init is killed when husk dies before it has said go to CREATED. On
 * failure no process is left. */
int launch_start (struct launch *launch, struct error *error);
/* Waits for husk-init's next ask, and answers PLACED by itself: out_ask is NET_DEVICES, RUNTIME_HOOKS or CREATED, or 0
 * at end of file (it has executed the program, or, after CREATED without `run`, waits for start). -1 with the error
 * from the page when it failed or died ("killed by SIGSYS in step exec"), or when it asks for anything but what its
 * plan asks for next; the process is then dead and reaped. Its death ends the wait; what it runs has deadlines of its
 * own. */
int launch_next_ask (struct launch *launch, uint32_t *out_ask, struct error *error);
int launch_answer (struct launch *launch, uint32_t ask, struct error *error);
/* Kills and reaps husk-init; for undoing. */
void launch_kill (struct launch *launch);
/* 128+SIGSYS when the filter killed husk-init at execve, which is what the caller is to exit with; otherwise 0. */
int launch_killed_status (const struct launch *launch);
void launch_close (struct launch *launch);

/* What the page says about husk-init that is gone or has closed its end: 0 when it runs the program (or the program
 * has already ended), -1 with the error when it failed. pidfd may be -1. process: its pid, to look at its comm. */
int launch_outcome (const struct page *page, const struct plan *plan, pid_t pid, int pidfd, struct error *error);

#endif
