/*
 * What a process has that is no right of it: priorities, limits, umask, working directory, labels, descriptors.
 */
#include "init.h"
#include "syscalls.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1u << 2)
#endif

/* Through the /proc of the host, which was checked to be procfs: the container's may be anything. */
static int
write_self (struct init *init, const char *file, const char *text)
{
  char path[128];
  size_t used = text_append (path, sizeof path, 0, "self/");
  (void)text_append (path, sizeof path, used, file);
  int fd = openat (init->proc, path, O_WRONLY | O_CLOEXEC);
  if (fd < 0)
    return -1;
  ssize_t wrote = write (fd, text, strlen (text));
  int code = errno;
  (void)close (fd);
  errno = code;
  return wrote < 0 ? -1 : 0;
}

int
step_oom_score (struct init *init)
{
  int64_t score = (int64_t)init->step->number;
  char text[26], digits[24];
  size_t used = text_append (text, sizeof text, 0, score < 0 ? "-" : "");
  (void)text_append (text, sizeof text, used, text_number (digits, (uint64_t)(score < 0 ? -score : score)));
  return write_self (init, "oom_score_adj", text) < 0 ? fail (init, errno, "set oom_score_adj to ", text) : 0;
}

int
step_affinity (struct init *init)
{
  const struct plan_affinity *affinity = init->step->affinity;
  if (syscall (SYS_sched_setaffinity, 0, affinity->mask_bytes, affinity->mask) < 0)
    return fail (init, errno, "set the CPU affinity");
  return 0;
}

struct scheduling /* struct sched_attr of Linux 5.3 */
{
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime, deadline, period;
  uint32_t utilization_minimum, utilization_maximum; /* which the specification has no properties for */
};

int
step_scheduler (struct init *init)
{
  const struct plan_scheduler *wanted = init->step->scheduler;
  struct scheduling scheduling = { sizeof scheduling,
                                   wanted->policy,
                                   wanted->flags,
                                   wanted->nice,
                                   wanted->priority,
                                   wanted->runtime,
                                   wanted->deadline,
                                   wanted->period,
                                   0,
                                   0 };
  if (syscall (SYS_sched_setattr, 0, &scheduling, 0) == 0)
    return 0;
  (void)fail (init, errno, "set the scheduling policy");
  if (init->page->error.code == EPERM && (wanted->policy == SCHED_FIFO || wanted->policy == SCHED_RR))
    init_hint (init, "in cgroups of v1 it needs linux.resources.cpu.realtimeRuntime");
  return -1;
}

int
step_io_priority (struct init *init)
{
  if (syscall (SYS_ioprio_set, 1 /* IOPRIO_WHO_PROCESS */, 0, init->step->number) < 0)
    return fail (init, errno, "set the I/O priority");
  return 0;
}

int
step_memory_policy (struct init *init)
{
  const struct plan_memory_policy *policy = init->step->memory_policy;
  if (syscall (SYS_set_mempolicy, policy->mode, policy->mask_bits ? policy->mask : NULL,
               (unsigned long)policy->mask_bits)
      < 0)
    return fail (init, errno, "set the memory policy");
  return 0;
}

int
step_personality (struct init *init)
{
  return personality ((unsigned long)init->step->number) < 0 ? fail (init, errno, "set the personality") : 0;
}

int
step_umask (struct init *init)
{
  (void)umask ((mode_t)init->step->number);
  return 0;
}

int
step_directory (struct init *init)
{
  int fd = path_make_directory (init, init->step->text, 0755);
  if (fd < 0)
    return -1;
  (void)close (fd);
  return 0;
}

/* The kernel's own answer tells whether the directory can be reached from the root: a descriptor of the host that
 * leaked in (/proc/self/fd/N) cannot (CVE-2024-21626). */
int
step_cwd (struct init *init)
{
  char where[4096];
  if (chdir (init->step->text) < 0)
    return fail (init, errno, "change to the working directory ", init->step->text);
  long size = syscall (SYS_getcwd, where, sizeof where);
  if (size < 0 ? errno != ERANGE : where[0] != '/')
    return fail (init, 0, "the working directory ", init->step->text, ": cwd is outside of the container root");
  return 0;
}

int
step_label (struct init *init)
{
  const struct plan_label *label = init->step->label;
  char file[64];
  size_t used = text_append (file, sizeof file, 0, "attr/");
  (void)text_append (file, sizeof file, used, label->file);
  return write_self (init, file, label->text) < 0 ? fail (init, errno, "set the label ", label->name) : 0;
}

int
step_descriptors (struct init *init)
{
  unsigned first = (unsigned)init->step->number;
  struct rlimit limit = { 0, 0 };
  if (syscall (SYS_close_range, first, ~0u, CLOSE_RANGE_CLOEXEC) == 0)
    return 0;
  if (errno != ENOSYS && errno != EINVAL)
    return fail (init, errno, "mark descriptors close-on-exec");
  /* Linux before 5.11: husk has marked all of its own; what the caller leaked lies below its limit */
  (void)getrlimit (RLIMIT_NOFILE, &limit);
  for (unsigned fd = first; fd < limit.rlim_cur && fd < 1u << 20; fd++)
    (void)fcntl ((int)fd, F_SETFD, FD_CLOEXEC);
  init_note (init, "descriptors marked one by one: this kernel has no CLOSE_RANGE_CLOEXEC");
  return 0;
}

int
step_rlimits (struct init *init)
{
  const struct plan_rlimits *rlimits = init->step->rlimits;
  for (uint32_t i = 0; i < rlimits->count; i++)
    {
      const struct plan_rlimit *wanted = &rlimits->items[i];
      struct rlimit limit = { wanted->soft, wanted->hard };
      if (setrlimit (wanted->resource, &limit) == 0)
        continue;
      init_origin (init, wanted->origin);
      return fail (init, errno, "set the resource limit");
    }
  return 0;
}
