/*
 * From a compiled plan to a running husk-init: opens what needs the host's rights, seals the plan, clones husk-init
 * into its namespaces and cgroup and executes it from a sealed memfd. Then it answers husk-init's requests and turns
 * the contents of the page into an error.
 */
#ifndef HUSK_LAUNCH_H
#define HUSK_LAUNCH_H

#include <poll.h>
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
  bool hurried;                /* no step takes a minute unless something holds it up */
  bool relayed;                /* husk relays the terminal: it begins with the size of husk's own */

  /* results */
  char plan_number[12]; /* plan_fd in digits, made before the clone: the child does as little as possible */
  int enter; /* cgroup.procs of the v2 directory, which the child writes to; -1 when the clone puts it there */
  pid_t pid;
  int pidfd;
  int ended;      /* its wait status once launch_kill has reaped it */
  int control;    /* the parent's end */
  uint32_t told;  /* steps that --debug has logged */
  uint32_t asked; /* the plan's steps before this one have asked */
  struct page *page;
};

/* Opens all that the plan marks PLAN_PREPARE (namespaces checked with NS_GET_NSTYPE, bind sources, idmap user
 * namespaces, the rootfs, /proc) and stores the descriptors' numbers in the plan. Nothing exists yet that would have
 * to be undone but descriptors. */
int launch_prepare (struct launch *launch, struct error *error);
/* Closes them after launch_start: husk-init has its own copies. */
void launch_release (const struct plan *plan);
/* clone3 into the v2 cgroup, id maps, rlimits. If husk dies before it has answered CREATED, husk-init is killed. On
 * failure no process is left. */
int launch_start (struct launch *launch, struct error *error);
/* Waits for husk-init's next ask, and answers JOIN_CGROUP by itself: out_ask is NET_DEVICES, RUNTIME_HOOKS or CREATED,
 * or 0 at end of file (it has executed the program, or, after CREATED without `run`, waits for start). -1 with the
 * error from the page when it failed or died ("killed by SIGSYS in step exec"), or when it asks for anything but what
 * its plan asks for next; the process is then dead and reaped. Its death ends the wait; what it runs has deadlines of
 * its own. */
int launch_next_ask (struct launch *launch, uint32_t *out_ask, struct error *error);
int launch_answer (struct launch *launch, uint32_t ask, struct error *error);
/* Kills and reaps husk-init; for undoing. */
void launch_kill (struct launch *launch);
/* 128+SIGSYS when the filter killed husk-init at execve, which is what the caller is to exit with; otherwise 0. */
int launch_killed_status (const struct launch *launch);
void launch_close (struct launch *launch);

/* What the page reports about a husk-init that is gone or has closed its socket: 0 when it runs the program (or the
 * program has already ended), -1 with the error when it failed. pidfd may be -1. process is its pid, for reading its
 * comm. */
int launch_outcome (const struct page *page, const struct plan *plan, pid_t pid, int pidfd, struct error *error);

/*
 * A husk-init that neither continues nor ends. It has neighbours where it joins a container, or shares a pid namespace:
 * they may stop it, and the file systems on which it looks for its program may be theirs.
 */
#define HELD_LOOK_MILLISECONDS 2000 /* between two checks of one that is silent */

struct stall
{
  unsigned stopped, still; /* checks in a row that found it stopped */
  uint32_t step;           /* at the last of them */
};

/* One look. -1: it was stopped at the last three, or, where its steps are short (`hurried`), has been in the
 * same one for a minute; a container that is paused is waited for. launch may be NULL: no step is short. */
int held_look (struct stall *held, pid_t pid, const struct page *page, const struct launch *launch,
               struct error *error);

/*
 * What --debug shows of husk-init: each step that it has begun, read from the page. It says nothing by itself, so that
 * nothing of it depends on who listens; husk looks often enough while it waits that of one that hangs the last line is
 * the step that it is in.
 */

struct progress
{
  const struct page *page;
  const struct plan *plan; /* NULL, as `start` has it: of each step its word alone */
  uint32_t told;           /* steps */
};

/* For callers that have asked log_tells_debug. The first is descriptor_poll with progress reports. */
int progress_poll (struct progress *progress, struct pollfd *polls, nfds_t count, int milliseconds)
    __attribute__ ((cold));
void progress_tell (struct progress *progress) __attribute__ ((cold));
/* "user, mount, pid" of CLONE_NEW*. */
const char *progress_namespaces (uint64_t flags, char *out, size_t size);

/*
 * linux.netDevices: network devices of the host that the container gets, with their addresses (config-linux.md,
 * "Network Devices"). They are husk's only until the container is created; they do not come back when it ends.
 */

struct net_device;

struct net_devices
{
  bool open;
  int host_namespace, namespace; /* held: a namespace that ends takes virtual devices along */
  int outside, inside;           /* rtnetlink sockets in these */
  struct net_device *moved;
  uint32_t count;
};

/* Moves all into the network namespace of PID, sets their addresses again, and up. On failure the caller calls
 * net_devices_return. */
int net_devices_move (struct net_devices *devices, const struct plan_net_devices *planned, pid_t pid,
                      struct arena *arena, struct error *error);
/* Returns them to the host, with their names and addresses, after a container that failed. Only the last error is
 * reported. */
int net_devices_return (struct net_devices *devices, struct error *error);
/* They are the container's. */
void net_devices_close (struct net_devices *devices);

#endif
