/*
 * Arguments of system calls by name, for `husk seccomp explain`: AF_INET, O_CREAT|O_EXCL. The names in the first table
 * have the same number on every architecture. Those in the second have the numbers of this build, so for another
 * architecture they are an error that asks for a number.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "husk/calls.h"
#include "husk/profile.h"

struct word
{
  const char *name;
  uint64_t value;
};
/* clang-format off */
static const struct word everywhere[] = {
  { "AF_UNSPEC", 0 }, { "AF_UNIX", 1 }, { "AF_INET", 2 }, { "AF_AX25", 3 }, { "AF_IPX", 4 }, { "AF_APPLETALK", 5 },
  { "AF_NETROM", 6 }, { "AF_BRIDGE", 7 }, { "AF_ATMPVC", 8 }, { "AF_X25", 9 }, { "AF_INET6", 10 }, { "AF_ROSE", 11 },
  { "AF_NETBEUI", 13 }, { "AF_SECURITY", 14 }, { "AF_KEY", 15 }, { "AF_NETLINK", 16 }, { "AF_PACKET", 17 },
  { "AF_ASH", 18 }, { "AF_ECONET", 19 }, { "AF_ATMSVC", 20 }, { "AF_RDS", 21 }, { "AF_SNA", 22 }, { "AF_IRDA", 23 },
  { "AF_PPPOX", 24 }, { "AF_WANPIPE", 25 }, { "AF_LLC", 26 }, { "AF_IB", 27 }, { "AF_MPLS", 28 }, { "AF_CAN", 29 },
  { "AF_TIPC", 30 }, { "AF_BLUETOOTH", 31 }, { "AF_IUCV", 32 }, { "AF_RXRPC", 33 }, { "AF_ISDN", 34 },
  { "AF_PHONET", 35 }, { "AF_IEEE802154", 36 }, { "AF_CAIF", 37 }, { "AF_ALG", 38 }, { "AF_NFC", 39 },
  { "AF_VSOCK", 40 }, { "AF_KCM", 41 }, { "AF_QIPCRTR", 42 }, { "AF_SMC", 43 }, { "AF_XDP", 44 }, { "AF_MCTP", 45 },
  { "AT_STATX_SYNC_AS_STAT", 0x0 }, { "AT_SYMLINK_NOFOLLOW", 0x100 }, { "AT_EACCESS", 0x200 },
  { "AT_REMOVEDIR", 0x200 }, { "AT_SYMLINK_FOLLOW", 0x400 }, { "AT_NO_AUTOMOUNT", 0x800 },
  { "AT_EMPTY_PATH", 0x1000 }, { "AT_STATX_FORCE_SYNC", 0x2000 }, { "AT_STATX_DONT_SYNC", 0x4000 },
  { "AT_RECURSIVE", 0x8000 }, { "AT_FDCWD", (uint64_t)-100 }, { "CLONE_NEWTIME", 0x80 }, { "CLONE_VM", 0x100 },
  { "CLONE_FS", 0x200 }, { "CLONE_FILES", 0x400 }, { "CLONE_SIGHAND", 0x800 }, { "CLONE_PIDFD", 0x1000 },
  { "CLONE_PTRACE", 0x2000 }, { "CLONE_VFORK", 0x4000 }, { "CLONE_PARENT", 0x8000 }, { "CLONE_THREAD", 0x10000 },
  { "CLONE_NEWNS", 0x20000 }, { "CLONE_SYSVSEM", 0x40000 }, { "CLONE_SETTLS", 0x80000 },
  { "CLONE_PARENT_SETTID", 0x100000 }, { "CLONE_CHILD_CLEARTID", 0x200000 }, { "CLONE_DETACHED", 0x400000 },
  { "CLONE_UNTRACED", 0x800000 }, { "CLONE_CHILD_SETTID", 0x1000000 }, { "CLONE_NEWCGROUP", 0x2000000 },
  { "CLONE_NEWUTS", 0x4000000 }, { "CLONE_NEWIPC", 0x8000000 }, { "CLONE_NEWUSER", 0x10000000 },
  { "CLONE_NEWPID", 0x20000000 }, { "CLONE_NEWNET", 0x40000000 }, { "CLONE_IO", 0x80000000 },
  { "CLONE_CLEAR_SIGHAND", 0x100000000 }, { "CLONE_INTO_CGROUP", 0x200000000 }, { "F_DUPFD", 0 }, { "F_GETFD", 1 },
  { "F_SETFD", 2 }, { "F_GETFL", 3 }, { "F_SETFL", 4 }, { "F_SETLEASE", 1024 }, { "F_GETLEASE", 1025 },
  { "F_NOTIFY", 1026 }, { "F_DUPFD_CLOEXEC", 1030 }, { "F_SETPIPE_SZ", 1031 }, { "F_GETPIPE_SZ", 1032 },
  { "F_ADD_SEALS", 1033 }, { "F_GET_SEALS", 1034 }, { "KEYCTL_GET_KEYRING_ID", 0 },
  { "KEYCTL_JOIN_SESSION_KEYRING", 1 }, { "KEYCTL_UPDATE", 2 }, { "KEYCTL_REVOKE", 3 }, { "KEYCTL_CHOWN", 4 },
  { "KEYCTL_SETPERM", 5 }, { "KEYCTL_DESCRIBE", 6 }, { "KEYCTL_CLEAR", 7 }, { "KEYCTL_LINK", 8 },
  { "KEYCTL_UNLINK", 9 }, { "KEYCTL_SEARCH", 10 }, { "KEYCTL_READ", 11 }, { "KEYCTL_INSTANTIATE", 12 },
  { "KEYCTL_NEGATE", 13 }, { "KEYCTL_SET_REQKEY_KEYRING", 14 }, { "KEYCTL_SET_TIMEOUT", 15 },
  { "KEYCTL_ASSUME_AUTHORITY", 16 }, { "KEYCTL_GET_SECURITY", 17 }, { "KEYCTL_SESSION_TO_PARENT", 18 },
  { "KEYCTL_REJECT", 19 }, { "KEYCTL_INSTANTIATE_IOV", 20 }, { "KEYCTL_INVALIDATE", 21 },
  { "KEYCTL_GET_PERSISTENT", 22 }, { "KEYCTL_DH_COMPUTE", 23 }, { "KEYCTL_PKEY_QUERY", 24 },
  { "KEYCTL_PKEY_ENCRYPT", 25 }, { "KEYCTL_PKEY_DECRYPT", 26 }, { "KEYCTL_PKEY_SIGN", 27 },
  { "KEYCTL_PKEY_VERIFY", 28 }, { "KEYCTL_RESTRICT_KEYRING", 29 }, { "KEYCTL_MOVE", 30 },
  { "KEYCTL_CAPABILITIES", 31 }, { "KEYCTL_WATCH_KEY", 32 }, { "MNT_FORCE", 1 }, { "MNT_DETACH", 2 },
  { "MNT_EXPIRE", 4 }, { "MS_ASYNC", 0x1 }, { "MS_RDONLY", 0x1 }, { "MS_INVALIDATE", 0x2 }, { "MS_NOSUID", 0x2 },
  { "MS_NODEV", 0x4 }, { "MS_SYNC", 0x4 }, { "MS_NOEXEC", 0x8 }, { "MS_SYNCHRONOUS", 0x10 }, { "MS_REMOUNT", 0x20 },
  { "MS_MANDLOCK", 0x40 }, { "MS_DIRSYNC", 0x80 }, { "MS_NOSYMFOLLOW", 0x100 }, { "MS_NOATIME", 0x400 },
  { "MS_NODIRATIME", 0x800 }, { "MS_BIND", 0x1000 }, { "MS_MOVE", 0x2000 }, { "MS_REC", 0x4000 },
  { "MS_SILENT", 0x8000 }, { "MS_VERBOSE", 0x8000 }, { "MS_POSIXACL", 0x10000 }, { "MS_UNBINDABLE", 0x20000 },
  { "MS_PRIVATE", 0x40000 }, { "MS_SLAVE", 0x80000 }, { "MS_SHARED", 0x100000 }, { "MS_RELATIME", 0x200000 },
  { "MS_I_VERSION", 0x800000 }, { "MS_STRICTATIME", 0x1000000 }, { "MS_LAZYTIME", 0x2000000 },
  { "UMOUNT_NOFOLLOW", 8 }, { "PER_LINUX", 0 }, { "PER_LINUX32", 8 }, { "ADDR_NO_RANDOMIZE", 0x40000 },
  { "PR_SET_VMA_ANON_NAME", 0 }, { "PR_CAP_AMBIENT_IS_SET", 1 }, { "PR_SET_PDEATHSIG", 1 },
  { "PR_CAP_AMBIENT_RAISE", 2 }, { "PR_GET_PDEATHSIG", 2 }, { "PR_CAP_AMBIENT_LOWER", 3 }, { "PR_GET_DUMPABLE", 3 },
  { "PR_CAP_AMBIENT_CLEAR_ALL", 4 }, { "PR_SET_DUMPABLE", 4 }, { "PR_GET_UNALIGN", 5 }, { "PR_SET_UNALIGN", 6 },
  { "PR_GET_KEEPCAPS", 7 }, { "PR_SET_KEEPCAPS", 8 }, { "PR_GET_FPEMU", 9 }, { "PR_SET_FPEMU", 10 },
  { "PR_GET_FPEXC", 11 }, { "PR_SET_FPEXC", 12 }, { "PR_GET_TIMING", 13 }, { "PR_SET_TIMING", 14 },
  { "PR_SET_NAME", 15 }, { "PR_GET_NAME", 16 }, { "PR_GET_ENDIAN", 19 }, { "PR_SET_ENDIAN", 20 },
  { "PR_GET_SECCOMP", 21 }, { "PR_SET_SECCOMP", 22 }, { "PR_CAPBSET_READ", 23 }, { "PR_CAPBSET_DROP", 24 },
  { "PR_GET_TSC", 25 }, { "PR_SET_TSC", 26 }, { "PR_GET_SECUREBITS", 27 }, { "PR_SET_SECUREBITS", 28 },
  { "PR_SET_TIMERSLACK", 29 }, { "PR_GET_TIMERSLACK", 30 }, { "PR_TASK_PERF_EVENTS_DISABLE", 31 },
  { "PR_TASK_PERF_EVENTS_ENABLE", 32 }, { "PR_MCE_KILL", 33 }, { "PR_SET_MM", 35 }, { "PR_SET_CHILD_SUBREAPER", 36 },
  { "PR_GET_CHILD_SUBREAPER", 37 }, { "PR_SET_NO_NEW_PRIVS", 38 }, { "PR_GET_NO_NEW_PRIVS", 39 },
  { "PR_GET_TID_ADDRESS", 40 }, { "PR_SET_THP_DISABLE", 41 }, { "PR_GET_THP_DISABLE", 42 }, { "PR_SET_FP_MODE", 45 },
  { "PR_GET_FP_MODE", 46 }, { "PR_CAP_AMBIENT", 47 }, { "PR_SVE_SET_VL", 50 }, { "PR_SVE_GET_VL", 51 },
  { "PR_GET_SPECULATION_CTRL", 52 }, { "PR_SET_SPECULATION_CTRL", 53 }, { "PR_PAC_RESET_KEYS", 54 },
  { "PR_SET_TAGGED_ADDR_CTRL", 55 }, { "PR_GET_TAGGED_ADDR_CTRL", 56 }, { "PR_SET_IO_FLUSHER", 57 },
  { "PR_GET_IO_FLUSHER", 58 }, { "PR_SET_SYSCALL_USER_DISPATCH", 59 }, { "PR_PAC_SET_ENABLED_KEYS", 60 },
  { "PR_PAC_GET_ENABLED_KEYS", 61 }, { "PR_SCHED_CORE", 62 }, { "PR_SME_SET_VL", 63 }, { "PR_SME_GET_VL", 64 },
  { "PR_SET_MDWE", 65 }, { "PR_GET_MDWE", 66 }, { "PR_SET_MEMORY_MERGE", 67 }, { "PR_GET_MEMORY_MERGE", 68 },
  { "PR_SME_SET_VL_ONEXEC", 0x40000 }, { "PR_SVE_SET_VL_ONEXEC", 0x40000 }, { "PR_SET_VMA", 0x53564d41 },
  { "PR_SET_PTRACER", 0x59616d61 }, { "PR_SET_PTRACER_ANY", UINT64_MAX },
};
#define HERE(name) { #name, (uint64_t)(name) }
static const struct word here[] = {
  HERE (O_RDONLY), HERE (O_WRONLY), HERE (O_RDWR), HERE (O_CREAT), HERE (O_EXCL), HERE (O_NOCTTY), HERE (O_TRUNC),
  HERE (O_APPEND), HERE (O_NONBLOCK), HERE (O_DSYNC), HERE (O_SYNC), HERE (O_ASYNC), HERE (O_DIRECT),
  HERE (O_LARGEFILE), HERE (O_DIRECTORY), HERE (O_NOFOLLOW), HERE (O_NOATIME), HERE (O_CLOEXEC), HERE (O_PATH),
  HERE (O_TMPFILE), HERE (SOCK_STREAM), HERE (SOCK_DGRAM), HERE (SOCK_RAW), HERE (SOCK_RDM), HERE (SOCK_SEQPACKET),
  HERE (SOCK_DCCP), HERE (SOCK_PACKET), HERE (SOCK_CLOEXEC), HERE (SOCK_NONBLOCK), HERE (PROT_NONE),
  HERE (PROT_READ), HERE (PROT_WRITE), HERE (PROT_EXEC), HERE (PROT_GROWSDOWN), HERE (PROT_GROWSUP),
  HERE (MAP_SHARED), HERE (MAP_PRIVATE), HERE (MAP_SHARED_VALIDATE), HERE (MAP_FIXED), HERE (MAP_ANONYMOUS),
  HERE (MAP_GROWSDOWN), HERE (MAP_DENYWRITE), HERE (MAP_LOCKED), HERE (MAP_NORESERVE), HERE (MAP_POPULATE),
  HERE (MAP_NONBLOCK), HERE (MAP_STACK), HERE (MAP_HUGETLB), HERE (MAP_SYNC), HERE (MAP_FIXED_NOREPLACE),
  HERE (TCGETS), HERE (TCSETS), HERE (TCSETSW), HERE (TCSETSF), HERE (TCSBRK), HERE (TCXONC), HERE (TCFLSH),
  HERE (TIOCEXCL), HERE (TIOCNXCL), HERE (TIOCSCTTY), HERE (TIOCNOTTY), HERE (TIOCGPGRP), HERE (TIOCSPGRP),
  HERE (TIOCOUTQ), HERE (TIOCSTI), HERE (TIOCGWINSZ), HERE (TIOCSWINSZ), HERE (TIOCCONS), HERE (TIOCLINUX),
  HERE (TIOCPKT), HERE (TIOCSETD), HERE (TIOCGETD), HERE (TIOCGSID), HERE (TIOCGPTN), HERE (TIOCSPTLCK),
  HERE (TIOCGPTPEER), HERE (TIOCVHANGUP), HERE (FIONREAD), HERE (FIONBIO), HERE (FIOASYNC), HERE (FIOCLEX),
  HERE (FIONCLEX), HERE (FIBMAP), HERE (FIFREEZE), HERE (FITHAW), HERE (FITRIM), HERE (FICLONE), HERE (FICLONERANGE),
  HERE (FIDEDUPERANGE), HERE (FS_IOC_GETFLAGS), HERE (FS_IOC_SETFLAGS), HERE (SIOCGIFNAME), HERE (SIOCGIFCONF),
  HERE (SIOCGIFFLAGS), HERE (SIOCSIFFLAGS), HERE (SIOCGIFADDR), HERE (SIOCSIFADDR), HERE (SIOCGIFMTU),
  HERE (SIOCSIFMTU), HERE (SIOCGIFHWADDR), HERE (SIOCGIFINDEX), HERE (SIOCETHTOOL), HERE (SIOCADDRT),
  HERE (SIOCDELRT), HERE (SIOCGSTAMP), HERE (TUNSETIFF), HERE (TUNGETIFF), HERE (TUNSETPERSIST), HERE (TUNSETOWNER),
  HERE (BLKROSET), HERE (BLKGETSIZE64), HERE (BLKFLSBUF), HERE (BLKDISCARD),
};
/* clang-format on */
#define COUNT(table) (sizeof (table) / sizeof *(table))

static const struct word *
find (const struct word *words, size_t count, const char *name)
{
  for (size_t i = 0; i < count; i++)
    if (strcmp (words[i].name, name) == 0)
      return &words[i];
  return NULL;
}

const char *
profile_family_name (uint64_t family)
{
  for (size_t i = 0; i < COUNT (everywhere); i++)
    if (everywhere[i].value == family && strncmp (everywhere[i].name, "AF_", 3) == 0)
      return everywhere[i].name;
  return NULL;
}

/* Architectures of the same kernel share their numbers: 32-bit x86 with x86_64, arm with aarch64. */
static bool
is_family (const struct arch *one, const struct arch *two)
{
  static const char *const families[] = { "SCMP_ARCH_X", "SCMP_ARCH_A" };
  for (size_t i = 0; i < COUNT (families); i++)
    if (strncmp (one->name, families[i], strlen (families[i])) == 0)
      return strncmp (two->name, families[i], strlen (families[i])) == 0;
  return one == two;
}

static int
unknown_word (const char *name, struct error *error)
{
  struct json_name names[COUNT (everywhere) + COUNT (here) + 1] = { { NULL, 0 } };
  for (size_t i = 0; i < COUNT (everywhere); i++)
    names[i].text = everywhere[i].name;
  for (size_t i = 0; i < COUNT (here); i++)
    names[COUNT (everywhere) + i].text = here[i].name;
  const char *nearest = json_nearest (name, names);
  (void)error_set (error, 0, "\"%s\" is not a number or the name of one", name);
  if (nearest)
    error_hint (error, "did you mean %s?", nearest);
  return -1;
}

static int
read_part (const char *part, const struct arch *arch, uint64_t *out, struct error *error)
{
  char *end;
  errno = 0;
  *out = strtoull (part, &end, 0);
  if (end != part && !*end)
    return errno ? error_set (error, errno, "%s", part) : 0;
  const struct word *word = find (everywhere, COUNT (everywhere), part);
  const struct word *own = word ? NULL : find (here, COUNT (here), part);
  if (!word && !own)
    return unknown_word (part, error);
  if (own && !is_family (arch, arch_native ()))
    {
      (void)error_set (error, 0, "%s may be another number on %s", part, arch->name);
      error_hint (error, "give the number");
      return -1;
    }
  *out = word ? word->value : own->value;
  return 0;
}

int
profile_argument_read (const char *text, const char *arch_name, uint64_t *out, struct error *error)
{
  char part[64];
  const struct arch *arch = arch_find (arch_name, error);
  *out = 0;
  if (!arch)
    return -1;
  for (;;)
    {
      uint64_t value;
      size_t length = strcspn (text, "|");
      if (length >= sizeof part)
        return error_set (error, 0, "\"%s\" is not a number or the name of one", text);
      memcpy (part, text, length);
      part[length] = '\0';
      if (read_part (part, arch, &value, error) < 0)
        return -1;
      *out |= value;
      if (!text[length])
        return 0;
      text += length + 1;
    }
}
