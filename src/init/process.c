/*
 * The program's properties other than its rights: priorities, limits, umask, working directory, labels, streams.
 */
#include "init.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>

int
step_oom_score (struct init *init)
{
  int64_t score = (int64_t)init->step->number;
  char text[26], digits[24];
  size_t used = text_append (text, sizeof text, 0, score < 0 ? "-" : "");
  (void)text_append (text, sizeof text, used, text_number (digits, (uint64_t)(score < 0 ? -score : score)));
  return proc_write (init, "self/oom_score_adj", text) < 0 ? fail (init, errno, "set oom_score_adj to ", text) : 0;
}

int
step_affinity (struct init *init)
{
  const struct plan_affinity *affinity = init->step->affinity;
  if (syscall (SYS_sched_setaffinity, 0, affinity->mask_bytes, affinity->mask) == 0)
    return 0;
  /* a seccomp filter around husk may forbid it, and nothing depends on it */
  if (affinity->all && (errno == EPERM || errno == ENOSYS))
    return 0;
  return fail (init, errno, "set the CPU affinity");
}

struct scheduling /* Linux 5.3's struct sched_attr */
{
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime, deadline, period;
  uint32_t utilization_minimum, utilization_maximum; /* not in the specification */
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
    init_hint (init, "with cgroup v1 this needs linux.resources.cpu.realtimeRuntime");
  return -1;
}

int
step_io_priority (struct init *init)
{
  if (syscall (SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, init->step->number) < 0)
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

/* A file that is open only for reading and that anybody may read keeps its owner: otherwise the user could write to a
 * host file. */
static int
is_to_be_given (int fd, const struct stat *status, uid_t uid)
{
  int kind = S_ISFIFO (status->st_mode) || S_ISSOCK (status->st_mode) || S_ISREG (status->st_mode);
  if (!kind || status->st_uid == uid)
    return 0;
  return !S_ISREG (status->st_mode) || !(status->st_mode & S_IROTH) || (fcntl (fd, F_GETFL) & O_ACCMODE) != O_RDONLY;
}

/* The program may open /dev/stdout and the like by name, which needs permission that an open descriptor does not. The
 * group stays. If the owner cannot be changed, the descriptors still work. */
int
step_streams (struct init *init)
{
  uid_t uid = (uid_t)init->step->number;
  struct stat status;
  for (int fd = 0; fd < 3; fd++)
    {
      if (fstat (fd, &status) < 0)
        return fail (init, errno, "stat the standard streams");
      if (is_to_be_given (fd, &status, uid) && RETRY (fchown (fd, uid, (gid_t)-1)) < 0 && errno != EPERM
          && errno != EINVAL && errno != EROFS && errno != EOVERFLOW)
        return fail (init, errno, "make the user the owner of the standard streams");
    }
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

/* getcwd(2) shows whether the directory can be reached from the root: a leaked host directory (/proc/self/fd/N,
 * CVE-2024-21626) cannot, and links to one are not followed in the first place. */
int
step_cwd (struct init *init)
{
  const char *path = init->step->text;
  char where[4096];
  if (init->at_root && text_equal (path, "/"))
    return 0;
  int directory = root_of (init) < 0 ? -1 : path_open (init, path, O_PATH | O_DIRECTORY);
  if (directory < 0 && errno == ELOOP)
    return fail (init, errno, "the working directory ", path,
                 ": cwd is outside of the container root, or a link in /proc");
  if (directory < 0 && errno == ENOTDIR)
    init_hint (init, "it, or something on the way to it, is a file in the root file system");
  if (directory < 0 && errno == ENOENT)
    init_hint (init, "it is not in the root file system");
  if (directory < 0 || fchdir (directory) < 0)
    return fail (init, errno, "change to the working directory ", path);
  (void)close (directory);
  long size = syscall (SYS_getcwd, where, sizeof where);
  if (size < 0 ? errno != ERANGE : where[0] != '/')
    return fail (init, 0, "the working directory ", path, ": cwd is outside of the container root");
  return 0;
}

int
step_label (struct init *init)
{
  const struct plan_label *label = init->step->label;
  char file[64];
  size_t used = text_append (file, sizeof file, 0, "self/attr/");
  (void)text_append (file, sizeof file, used, label->file);
  init->label = label->name;
  if (proc_write (init, file, label->text) == 0)
    return 0;
  if (errno == EINVAL || errno == ENOENT)
    init_hint (init, "the policy that is loaded does not know it");
  return fail (init, errno, "set the label ", label->name);
}

static int
set_limit (struct init *init, const struct plan_rlimit *wanted, const struct rlimit *limit)
{
  if (setrlimit (wanted->resource, limit) == 0)
    return 0;
  init_origin (init, wanted->origin);
  return fail (init, errno, "set the resource limit");
}

#define FILES_NEEDED 64

/* Puts off a limit that allows too few open files for husk-init itself. The part that needs rights, raising the hard
 * limit, is done now. */
static int
put_off (struct init *init, const struct plan_rlimit *wanted)
{
  struct rlimit limit;
  init->late = wanted;
  if (getrlimit (wanted->resource, &limit) < 0)
    return fail (init, errno, "get the resource limit");
  if (wanted->hard <= limit.rlim_max)
    return 0;
  limit.rlim_max = wanted->hard;
  return set_limit (init, wanted, &limit);
}

int
take_late_limit (struct init *init)
{
  if (!init->late)
    return 0;
  struct rlimit limit = { init->late->soft, init->late->hard };
  return set_limit (init, init->late, &limit);
}

int
step_rlimits (struct init *init)
{
  const struct plan_rlimits *rlimits = init->step->rlimits;
  for (uint32_t i = 0; i < rlimits->count; i++)
    {
      const struct plan_rlimit *wanted = &rlimits->items[i];
      struct rlimit limit = { wanted->soft, wanted->hard };
      int few = wanted->resource == RLIMIT_NOFILE && wanted->soft < init->plan->kept + FILES_NEEDED;
      if ((few ? put_off (init, wanted) : set_limit (init, wanted, &limit)) < 0)
        return -1;
    }
  return 0;
}
