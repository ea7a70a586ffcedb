/*
 * What a profile's author should know about single system calls: those to review before a profile allows them, and
 * those that C libraries can work without. A recording and a fixed profile point them out. The first table only
 * informs.
 */
#include "husk/profile.h"

#include <string.h>

/* A reason, as the end of a sentence that begins with "it", and its calls. Calls that many programs make are left out,
 * whatever they can do. */
static const struct
{
  const char *reason, *names;
} risks[] = {
  { "loads programs into the kernel", "bpf" },
  { "loads code into the kernel", "init_module finit_module delete_module" },
  { "makes the kernel do what no filter sees: its operations are not system calls",
    "io_uring_setup io_uring_enter io_uring_register" },
  { "reads and changes other processes", "ptrace process_vm_readv process_vm_writev process_madvise" },
  { "takes descriptors from other processes", "pidfd_getfd" },
  { "compares what the kernel holds for other processes", "kcmp" },
  { "changes what is mounted", "mount umount umount2 mount_setattr move_mount open_tree open_tree_attr fsopen fsmount "
                               "fsconfig fspick pivot_root" },
  { "changes the root directory", "chroot" },
  { "opens files that no path in the container leads to", "open_by_handle_at" },
  { "makes or enters namespaces, where more of the kernel can be reached", "unshare setns" },
  { "reaches keyrings, which containers share", "keyctl add_key request_key" },
  { "measures the kernel and other processes, with a history of bugs", "perf_event_open" },
  { "makes the kernel wait in the middle of a call, which exploits use", "userfaultfd" },
  { "can turn off the randomization of addresses", "personality" },
  { "makes devices", "mknod mknodat" },
  { "starts another kernel", "kexec_load kexec_file_load" },
  { "stops or restarts the machine", "reboot" },
  { "changes the machine's clock",
    "settimeofday stime clock_settime clock_settime64 adjtimex clock_adjtime clock_adjtime64" },
  { "changes the machine's swap", "swapon swapoff" },
  { "changes quotas of file systems", "quotactl quotactl_fd" },
  { "reads the kernel's log, which has addresses", "syslog" },
  { "writes a file about all processes of the machine", "acct" },
  { "watches whole file systems", "fanotify_init" },
  { "uses the ports of devices", "ioperm iopl" },
  { "is an old interface with a history of bugs", "modify_ldt vm86 vm86old uselib lookup_dcookie" },
};

/* Only calls that the C library itself can replace, so that no program notices. Others (close_range, openat2,
 * getrandom, io_uring_setup) are made by programs, which may or may not have a fallback. */
static const struct
{
  const char *name, *reason;
} fallbacks[] = {
  { "clone3", "glibc falls back on clone, whose flags a filter can see" },
  { "statx", "glibc and musl fall back on fstatat" },
  { "faccessat2", "glibc and musl fall back on faccessat" },
  { "fchmodat2", "glibc and musl fall back on fchmodat" },
  { "rseq", "glibc continues without it" },
};

static bool
has_word (const char *words, const char *word)
{
  size_t length = strlen (word);
  for (const char *at = words; (at = strstr (at, word)); at += length)
    if ((at == words || at[-1] == ' ') && (at[length] == ' ' || !at[length]))
      return true;
  return false;
}

const char *
profile_call_risk (const char *name)
{
  for (size_t i = 0; *name && i < sizeof risks / sizeof *risks; i++)
    if (has_word (risks[i].names, name))
      return risks[i].reason;
  return NULL;
}

const char *
profile_call_fallback (const char *name)
{
  for (size_t i = 0; i < sizeof fallbacks / sizeof *fallbacks; i++)
    if (strcmp (fallbacks[i].name, name) == 0)
      return fallbacks[i].reason;
  return NULL;
}
