/*
 * The protocol between husk and husk-init.
 *
 *      husk create                         husk-init                          husk start
 *          | clone3, exec of the sealed memfd  |                                  |
 *          |---------------------------------->|                                  |
 *          |-------- LIMITED ----------------->|  unasked, only with device rules of cgroup v2
 *          |-------- PLACES, `tasks` files --->|  unasked, only with cgroup v1 or systemd: puts itself into its cgroups
 *          |<------- NET_DEVICES --------------|  only with such devices          |
 *          |-------- go ---------------------->|                                  |
 *          |<------- RUNTIME_HOOKS ------------|  only with such hooks            |
 *          |-------- go ---------------------->|                                  |
 *          |<------- CREATED ------------------|  pivoted, all set up             |
 *          |  pid file, record                 |                                  |
 *          |-------- go ---------------------->|  no longer dies with its creator |
 *          |<------- end of file --------------|  waits on the listening socket   |
 *       exits                                  |<--------- connect ---------------|
 *                                              |---------- STARTING ------------->|  to one at a time
 *                                              |<--------- go --------------------|  the others: end of file
 *                                              |  hooks, identity                 |
 *                                              |---------- LISTENER ------------->|  only with SCMP_ACT_NOTIFY
 *                                              |<--------- go --------------------|
 *                                              |  filter                          |  pidfd_getfd, to the agent
 *                                              |  execve: close-on-exec           |
 *                                              |---------- end of file ---------->|  it runs, or it is dead:
 *                                                                                    look at the page
 *
 * `run` is both sides in one: there is no listening socket, husk-init continues after CREATED and the control socket's
 * end of file means what start's does. `exec` has no CREATED and no WAIT; where husk may not join the container's
 * namespaces itself, husk-init does, and continues in a child of husk's (FORKED).
 *
 * Each ask that the plan has comes exactly once, in the order of the enum. dialogue.c enforces this and kills a
 * husk-init that sends anything else. Every wait polls the peer's pidfd (or the socket's end of file) and has a
 * deadline, except for WAIT itself.
 */
#ifndef HUSK_CHANNEL_H
#define HUSK_CHANNEL_H

#include <stdint.h>

#include "husk/error.h"

enum ask /* the numbers stay: a container that another version created sends STARTING, too */
{
  ASK_NOTHING,
  ASK_PLACES,      /* never asked: the cgroups are there */
  ASK_FORKED,      /* from a child that continues the plan in a pid namespace; has its pid (SO_PASSCRED) */
  ASK_NET_DEVICES, /* the network namespace exists */
  ASK_RUNTIME_HOOKS,
  ASK_CREATED,
  ASK_STARTING, /* to each `start` in turn, until one answers */
  ASK_LISTENER, /* the filter that is loaded next has a listener, which must be taken */
  ASK_LIMITED,  /* never asked, and before PLACES: the device rules are in force */
};

struct ask_message /* both ways. An answer repeats the ask and means go; a parent that refuses closes the socket. */
{
  uint32_t ask;
};

enum page_state
{
  PAGE_WORKING, /* zero, as mapped */
  PAGE_FAILED,  /* error holds what failed; husk-init has exited or is about to */
  PAGE_EXEC,    /* execve is next; the filter, if there is one, is loaded */
};

/* PLACES carries the files that husk-init writes "0" to, as SCM_RIGHTS: at most this many. */
#define PLACES_MAX 32

#define PAGE_STEPS 512         /* steps whose kinds and times are kept */
#define PAGE_MAGIC 0x67617068u /* "hpag" */

/* Shared memory. The parent reads it only as a copy and within bounds, because container processes may have written to
 * it. It is a file `page` in the record's directory (create, start) or a memfd (run, exec). Its first two words show
 * whether this husk knows its layout: another version of husk may have made it. */
struct page
{
  uint32_t magic;
  uint32_t size;        /* of the structure */
  uint32_t state;       /* enum page_state */
  uint32_t step;        /* 1 + index of the step that has begun */
  int32_t exec_errno;   /* of execve, stored here because the filter may deny any system call that could report it */
  uint32_t exec_denied; /* the failure is the filter's: it denies execve */
  struct error error;
  uint64_t init_device, init_inode; /* of the memfd that the parent executed husk-init from; no program has the same */

  /* After LISTENER husk-init makes no system call. It stores the listener's number and watches this memory until the
   * listener is taken, or until its taker has died, which the kernel writes into guard (FUTEX_OWNER_DIED; guard_next is
   * the entry in its robust list). */
  int32_t listener;
  uint32_t listener_taken;
  uint64_t guard_next;
  uint32_t guard;
  uint8_t kinds[PAGE_STEPS]; /* 1 + the kind of each step begun; `start` does not have the plan */
  char note[256];            /* the last fallback that a step took, or empty */
  /* When each step began, in microseconds of CLOCK_MONOTONIC, if the plan asks for timing; 0: not known. */
  uint32_t step_times[PAGE_STEPS];
};

#endif
