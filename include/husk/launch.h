/*
 * From a compiled plan to a running husk-init: opens what needs the host's rights, seals the plan, clones husk-init
 * into its namespaces and cgroup and executes it from a sealed memfd. Then it answers husk-init's requests and turns
 * the page's contents into an error.
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

/* Begins to make the container's new network namespace, which a plan with network_ahead joins. Once a process; it needs
 * no end: nothing is left of it when husk ends. false: husk-init must make it. */
bool network_begin (void);

struct launch
{
  struct plan *plan;
  int plan_fd;                 /* from launch_arena_open; sealed by launch_start */
  const struct cgroup *cgroup; /* count 0: none. Its v2 directory must exist at launch_start, others at the first
                                * launch_next_ask */
  int container;               /* exec: a pidfd for the container's process; else 0 */
  bool placed_late;            /* the clone does not enter the v2 directory, because its unit does not exist yet */
  int listen_fd;               /* or -1 */
  int page_fd;                 /* a file of sizeof (struct page) bytes, or -1: a memfd is made */
  int console_fd;              /* connected console socket, or -1 */
  int hook_output;             /* a nonblocking file for what husk-init's hooks print, or -1 */
  int hook_errors;             /* the same for their standard error */
  bool hurried;                /* no step takes as long as a minute unless something blocks it */
  bool relayed;                /* husk relays the terminal, which starts with the size of husk's own */

  /* results */
  char plan_number[12], plan_size[12]; /* plan_fd and its size in digits, so that the child has less to do */
  int enter;   /* cgroup.procs of the v2 directory, which the child writes to; -1: the clone puts it there */
  int entered; /* the v2 directory that the clone has put it into, which the caller closes; or -1 */
  pid_t pid;
  int pidfd;
  int ended;      /* husk-init's wait status once launch_kill has reaped it */
  int control;    /* husk's end of the control socket */
  uint32_t told;  /* steps that --debug has logged */
  uint32_t asked; /* steps before this index have made their asks */
  struct page *page;
};

/* Opens everything that the plan marks PLAN_PREPARE (namespaces, bind sources, idmap user namespaces, the rootfs,
 * /proc) and stores the descriptors in the plan. Only descriptors are made, so nothing else has to be undone. */
int launch_prepare (struct launch *launch, struct error *error);
/* The same, but each of these is only looked at, which needs no rights over mounts, and all that is wrong is found:
 * each is called for it. Sources in the container itself are not looked at, nor its cgroup, which is not there yet. */
void launch_look (const struct plan *plan, const struct cgroup *cgroup,
                  void (*each) (const struct error *error, void *data), void *data);
/* Closes them after launch_start: husk-init has its own copies. */
void launch_release (const struct plan *plan);
/* clone3 into the v2 cgroup, id maps, rlimits. If husk dies before it has answered CREATED, husk-init is killed. On
 * failure no process remains. */
int launch_start (struct launch *launch, struct error *error);
/* Once the cgroups are there: PLACES, if the plan has the step JOIN_CGROUP. husk-init waits for nothing if it comes to
 * that step later. */
int launch_place (struct launch *launch, struct error *error);
/* Waits for husk-init's next ask; FORKED is answered here. *out_ask is the ask, or 0 at end of file
 * (husk-init has executed the program or, after CREATED without `run`, waits for start). -1 with the error from the
 * page if it failed or died ("killed by SIGSYS in step exec"), or if the ask is not the next in its plan; the process
 * is then dead and reaped. Its death ends the wait. What it runs has its own deadlines. */
int launch_next_ask (struct launch *launch, uint32_t *out_ask, struct error *error);
int launch_answer (struct launch *launch, uint32_t ask, struct error *error);
/* Kills and reaps husk-init; for undoing. */
void launch_kill (struct launch *launch);
/* 128+SIGSYS, for the caller's exit status, if the filter killed husk-init at execve; otherwise 0. */
int launch_killed_status (const struct launch *launch);
/* After this husk can do nothing more about husk-init. The end of husk does the same. */
void launch_close (struct launch *launch);

/* The outcome of a husk-init that is gone or has closed its socket: 0 if it runs the program (or the program has
 * already ended), -1 with the shared page's error if it failed. pidfd may be -1. */
int launch_outcome (const struct page *shared, const struct plan *plan, pid_t pid, int pidfd, struct error *error);

/*
 * A husk-init that neither continues nor ends. Where it joins a container or shares a pid namespace, other processes
 * may stop it, and may serve the file systems on which it looks for its program.
 */
#define HELD_LOOK_MILLISECONDS 2000 /* between two checks while it is silent */

struct stall
{
  unsigned stopped, still; /* consecutive checks that found it stopped, or in the same step */
  uint32_t step;           /* its step at the last check */
};

/* Makes one check. -1: it was stopped at the last three, or, if its steps are short (`hurried`), it has been in the
 * same one for a minute. A paused container is waited for. launch may be NULL: no step is short. */
int held_check (struct stall *held, pid_t pid, const struct page *page, const struct launch *launch,
                struct error *error);

/*
 * --debug's log of husk-init: each step that it has begun, read from the page. husk-init itself logs nothing, so its
 * behaviour does not depend on --debug. husk checks often while it waits, so if husk-init hangs, the last line is the
 * step that it is in.
 */

struct progress
{
  const struct page *page;
  const struct plan *plan; /* NULL in `start`, which logs only each step's kind */
  uint32_t told;           /* steps */
};

/* Only if log_debug_enabled (). progress_poll is descriptor_poll with progress reports. */
int progress_poll (struct progress *progress, struct pollfd *polls, nfds_t count, int milliseconds)
    __attribute__ ((cold));
void progress_log (struct progress *progress) __attribute__ ((cold));
/* "user, mount, pid" for CLONE_NEW*. */
const char *progress_namespaces (uint64_t flags, char *out, size_t size);

/*
 * linux.netDevices: host network devices that move to the container, with their addresses (config-linux.md, "Network
 * Devices"). husk returns them only if creation fails, not when the container ends.
 */

struct net_device;

struct net_devices
{
  bool open;
  int host_namespace, namespace; /* held open: virtual devices vanish with their namespace */
  int outside, inside;           /* rtnetlink sockets in these two */
  struct net_device *moved;
  uint32_t count;
};

/* Moves all into the network namespace of pid, restores their addresses and brings them up. On failure the caller calls
 * net_devices_return. */
int net_devices_move (struct net_devices *devices, const struct plan_net_devices *planned, pid_t pid,
                      struct arena *arena, struct error *error);
/* Returns them to the host, with their names and addresses, after a container failed. */
int net_devices_return (struct net_devices *devices, struct error *error);
/* The container keeps them: closes only the descriptors. */
void net_devices_close (struct net_devices *devices);

#endif
