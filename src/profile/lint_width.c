/*
 * Conditions that compare 64 bits of an argument although the kernel uses 32: setting the upper bits bypasses them.
 * That matters only if it lets through a call that is refused without those bits, so the filter is run to find out. A
 * rule that allows one value can only refuse too much.
 */
#include "husk/calls.h"
#include "lint.h"

#include <string.h>

#define UPPER (1ull << 32)

/* Calls, and for each of their arguments an "i" if the kernel takes it as an int, an unsigned int or less, from the
 * kernel's SYSCALL_DEFINEs. clone's flags are a long, but the kernel drops the upper half. A pointer or a long is a
 * "-", which is left out at the end. So is a descriptor: the program chooses its number, so a rule about it protects
 * nothing. */
static const struct
{
  const char *name, *widths;
} calls[] = {
  { "accept4", "---i" },
  { "access", "-i" },
  { "add_key", "----i" },
  { "alarm", "i" },
  { "arch_prctl", "i" },
  { "bind", "--i" },
  { "bpf", "i-i" },
  { "cachestat", "---i" },
  { "chmod", "-i" },
  { "chown", "-ii" },
  { "clock_adjtime", "i" },
  { "clock_getres", "i" },
  { "clock_gettime", "i" },
  { "clock_nanosleep", "ii" },
  { "clock_settime", "i" },
  { "clone", "i" },
  { "close_range", "--i" },
  { "connect", "--i" },
  { "copy_file_range", "-----i" },
  { "creat", "-i" },
  { "delete_module", "-i" },
  { "dup3", "--i" },
  { "epoll_create", "i" },
  { "epoll_create1", "i" },
  { "epoll_ctl", "-i" },
  { "epoll_pwait", "--ii" },
  { "epoll_pwait2", "--i" },
  { "epoll_wait", "--ii" },
  { "eventfd", "i" },
  { "eventfd2", "ii" },
  { "execveat", "----i" },
  { "exit", "i" },
  { "exit_group", "i" },
  { "faccessat", "--i" },
  { "faccessat2", "--ii" },
  { "fadvise64", "---i" },
  { "fallocate", "-i" },
  { "fanotify_init", "ii" },
  { "fanotify_mark", "-i" },
  { "fchmod", "-i" },
  { "fchmodat", "--i" },
  { "fchmodat2", "--ii" },
  { "fchown", "-ii" },
  { "fchownat", "--iii" },
  { "fcntl", "-i" },
  { "file_getattr", "----i" },
  { "file_setattr", "----i" },
  { "finit_module", "--i" },
  { "flock", "-i" },
  { "fsconfig", "-i--i" },
  { "fsetxattr", "----i" },
  { "fsmount", "-ii" },
  { "fsopen", "-i" },
  { "fspick", "--i" },
  { "futex", "-ii--i" },
  { "futex_requeue", "-iii" },
  { "futex_wait", "---i-i" },
  { "futex_waitv", "-ii-i" },
  { "futex_wake", "--ii" },
  { "get_robust_list", "i" },
  { "getdents", "--i" },
  { "getdents64", "--i" },
  { "getgroups", "i" },
  { "getitimer", "i" },
  { "getpgid", "i" },
  { "getpriority", "ii" },
  { "getrandom", "--i" },
  { "getrlimit", "i" },
  { "getrusage", "i" },
  { "getsid", "i" },
  { "getsockopt", "-ii" },
  { "getxattrat", "--i" },
  { "inotify_add_watch", "--i" },
  { "inotify_init1", "i" },
  { "inotify_rm_watch", "-i" },
  { "io_setup", "i" },
  { "io_uring_enter", "-iii" },
  { "io_uring_register", "-i-i" },
  { "io_uring_setup", "i" },
  { "ioctl", "-i" },
  { "ioperm", "--i" },
  { "iopl", "i" },
  { "ioprio_get", "ii" },
  { "ioprio_set", "iii" },
  { "kcmp", "iii" },
  { "keyctl", "i" },
  { "kill", "ii" },
  { "landlock_add_rule", "-i-i" },
  { "landlock_create_ruleset", "--i" },
  { "landlock_restrict_self", "-i" },
  { "lchown", "-ii" },
  { "linkat", "----i" },
  { "listen", "-i" },
  { "listmount", "---i" },
  { "listns", "---i" },
  { "listxattrat", "--i" },
  { "lseek", "--i" },
  { "lsetxattr", "----i" },
  { "lsm_get_self_attr", "i--i" },
  { "lsm_list_modules", "--i" },
  { "lsm_set_self_attr", "i-ii" },
  { "madvise", "--i" },
  { "map_shadow_stack", "--i" },
  { "mbind", "-----i" },
  { "membarrier", "iii" },
  { "memfd_create", "-i" },
  { "memfd_secret", "i" },
  { "migrate_pages", "i" },
  { "mkdir", "-i" },
  { "mkdirat", "--i" },
  { "mknod", "-ii" },
  { "mknodat", "--ii" },
  { "mlock2", "--i" },
  { "mlockall", "i" },
  { "modify_ldt", "i" },
  { "mount_setattr", "--i" },
  { "move_mount", "----i" },
  { "move_pages", "i----i" },
  { "mq_open", "-ii" },
  { "mq_timedsend", "---i" },
  { "msgctl", "ii" },
  { "msgget", "ii" },
  { "msgrcv", "i---i" },
  { "msgsnd", "i--i" },
  { "msync", "--i" },
  { "name_to_handle_at", "----i" },
  { "open", "-ii" },
  { "open_by_handle_at", "--i" },
  { "open_tree", "--i" },
  { "open_tree_attr", "--i" },
  { "openat", "--ii" },
  { "perf_event_open", "-ii" },
  { "personality", "i" },
  { "pidfd_getfd", "--i" },
  { "pidfd_open", "ii" },
  { "pidfd_send_signal", "-i-i" },
  { "pipe2", "-i" },
  { "pkey_free", "i" },
  { "pkey_mprotect", "---i" },
  { "poll", "-ii" },
  { "ppoll", "-i" },
  { "prctl", "i" },
  { "preadv2", "-----i" },
  { "prlimit64", "ii" },
  { "process_madvise", "---ii" },
  { "process_mrelease", "-i" },
  { "process_vm_readv", "i" },
  { "process_vm_writev", "i" },
  { "pselect6", "i" },
  { "pwritev2", "-----i" },
  { "quotactl", "i-i" },
  { "quotactl_fd", "-ii" },
  { "readlink", "--i" },
  { "readlinkat", "---i" },
  { "reboot", "iii" },
  { "recvfrom", "---i" },
  { "recvmmsg", "--ii" },
  { "recvmsg", "--i" },
  { "removexattrat", "--i" },
  { "renameat2", "----i" },
  { "request_key", "---i" },
  { "rseq", "-iii" },
  { "rt_sigaction", "i" },
  { "rt_sigprocmask", "i" },
  { "rt_sigqueueinfo", "ii" },
  { "rt_tgsigqueueinfo", "iii" },
  { "sched_get_priority_max", "i" },
  { "sched_get_priority_min", "i" },
  { "sched_getaffinity", "ii" },
  { "sched_getattr", "i-ii" },
  { "sched_getparam", "i" },
  { "sched_getscheduler", "i" },
  { "sched_rr_get_interval", "i" },
  { "sched_setaffinity", "ii" },
  { "sched_setattr", "i-i" },
  { "sched_setparam", "i" },
  { "sched_setscheduler", "ii" },
  { "seccomp", "ii" },
  { "select", "i" },
  { "semctl", "iii" },
  { "semget", "iii" },
  { "semop", "i-i" },
  { "semtimedop", "i-i" },
  { "sendmmsg", "--ii" },
  { "sendmsg", "--i" },
  { "sendto", "---i-i" },
  { "set_mempolicy", "i" },
  { "setdomainname", "-i" },
  { "setfsgid", "i" },
  { "setfsuid", "i" },
  { "setgid", "i" },
  { "setgroups", "i" },
  { "sethostname", "-i" },
  { "setitimer", "i" },
  { "setns", "-i" },
  { "setpgid", "ii" },
  { "setpriority", "iii" },
  { "setregid", "ii" },
  { "setresgid", "iii" },
  { "setresuid", "iii" },
  { "setreuid", "ii" },
  { "setrlimit", "i" },
  { "setsockopt", "-ii-i" },
  { "setuid", "i" },
  { "setxattr", "----i" },
  { "setxattrat", "--i" },
  { "shmat", "i-i" },
  { "shmctl", "ii" },
  { "shmget", "i-i" },
  { "shutdown", "-i" },
  { "signalfd4", "---i" },
  { "socket", "iii" },
  { "socketcall", "i" },
  { "socketpair", "iii" },
  { "splice", "-----i" },
  { "statmount", "---i" },
  { "statx", "--ii" },
  { "swapon", "-i" },
  { "sync_file_range", "---i" },
  { "sysfs", "i" },
  { "syslog", "i-i" },
  { "tee", "---i" },
  { "tgkill", "iii" },
  { "timer_create", "i" },
  { "timer_delete", "i" },
  { "timer_getoverrun", "i" },
  { "timer_gettime", "i" },
  { "timer_settime", "ii" },
  { "timerfd_create", "ii" },
  { "timerfd_settime", "-i" },
  { "tkill", "ii" },
  { "umask", "i" },
  { "umount2", "-i" },
  { "unlinkat", "--i" },
  { "userfaultfd", "i" },
  { "ustat", "i" },
  { "utimensat", "---i" },
  { "vmsplice", "---i" },
  { "wait4", "i-i" },
  { "waitid", "ii-i" },
};

bool
lint_takes_half (const char *name, uint64_t index)
{
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
    if (strcmp (calls[i].name, name) == 0)
      return index < strlen (calls[i].widths) && calls[i].widths[index] == 'i';
  return false;
}

struct width_query
{
  const struct spec_seccomp *profile;
  const struct seccomp_filter *filter;
  struct seccomp_call call;
};

static bool
ask (const struct width_query *query, struct profile_ruling *out)
{
  struct error error = { 0 };
  return profile_explain (query->profile, query->filter, &query->call, out, &error) == 0;
}

/* The call is made, and neither an agent nor a tracer decides about it. */
static bool
is_free (uint32_t verdict)
{
  uint32_t action = verdict & SECCOMP_RET_ACTION_FULL;
  return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

/* A value for which the condition holds, if there is one. */
static uint64_t
fulfilling (const struct spec_seccomp_arg *arg)
{
  switch (arg->op.value)
    {
    case SPEC_CMP_NE:
    case SPEC_CMP_GT:
      return arg->value.value + 1;
    case SPEC_CMP_LT:
      return arg->value.value - 1;
    case SPEC_CMP_MASKED_EQ:
      return arg->value_two.value;
    default:
      return arg->value.value;
    }
}

/* Finds a value that is refused with the upper bits clear and allowed with one of them set, because of this rule. */
static bool
is_passed_by (struct width_query *query, const struct spec_seccomp_rule *rule, const struct spec_seccomp_arg *arg,
              uint64_t *out_value, struct profile_ruling rulings[2])
{
  const uint64_t at = arg->value.value, near[] = { at, at - 1, at + 1, arg->value_two.value, 0 };
  uint64_t *argument = &query->call.arguments[arg->index.value];
  for (size_t i = 0; i < sizeof near / sizeof *near; i++)
    {
      *out_value = *argument = near[i] & (UPPER - 1);
      if (!ask (query, &rulings[0]) || is_free (rulings[0].verdict))
        continue;
      *argument |= UPPER;
      if (ask (query, &rulings[1]) && is_free (rulings[1].verdict)
          && (rulings[0].rule == rule || rulings[1].rule == rule))
        return true;
    }
  return false;
}

void
lint_width (const struct json_document *document, const struct spec_seccomp *profile,
            const struct seccomp_filter *filter, const struct spec_seccomp_rule *rule,
            const struct spec_seccomp_arg *arg, struct report *report)
{
  if (arg->index.value > 5 || !arch_native ()->wide)
    return;
  for (uint32_t n = 0; n < rule->names.count; n++)
    {
      struct width_query query = { .profile = profile, .filter = filter, .call = { .name = rule->names.items[n] } };
      char refused[96], free[96];
      uint64_t value;
      struct profile_ruling rulings[2];
      if (!lint_takes_half (query.call.name, arg->index.value))
        continue;
      for (uint32_t i = 0; i < rule->args.count; i++)
        if (rule->args.items[i].index.value <= 5)
          query.call.arguments[rule->args.items[i].index.value] = fulfilling (&rule->args.items[i]);
      if (!is_passed_by (&query, rule, arg, &value, rulings))
        continue;
      verdict_text (rulings[0].verdict, refused);
      verdict_text (rulings[1].verdict, free);
      report_warning (report, document, arg->node,
                      "SCMP_CMP_MASKED_EQ with \"value\": 4294967295 compares the bits that the kernel uses",
                      "%s: the kernel uses 32 bits of argument %u, this compares 64: 0x%llx gets %s, and 0x%llx, the "
                      "same to the kernel, gets %s",
                      query.call.name, (unsigned)arg->index.value, (unsigned long long)value, refused,
                      (unsigned long long)(value | UPPER), free);
      return;
    }
}

void
profile_lint_widths (const struct json_document *document, const struct spec_seccomp *profile,
                     const struct seccomp_filter *filter, struct report *report)
{
  for (uint32_t r = 0; r < profile->syscalls.count; r++)
    for (uint32_t i = 0; i < profile->syscalls.items[r].args.count; i++)
      lint_width (document, profile, filter, &profile->syscalls.items[r], &profile->syscalls.items[r].args.items[i],
                  report);
}
