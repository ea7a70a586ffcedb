/*
 * The text of a notified call, argument by argument, for the lines of an agent (client.c) and of an observer that
 * explains (src/observer/denials.c). A table has a letter for each argument of the well-known calls; caller.c finds
 * paths by it. The arguments of any other call are shown as numbers. Only
 * strings are read from the caller's memory, at most PATH_SHOWN bytes, and no pointer in what was read is followed. The
 * container controls these bytes: quotes and backslashes are escaped here, everything else where the line is printed.
 */
#include "husk/agent.h"

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define PATH_SHOWN 120

/* One letter for each argument; see put_argument. p is a path, below the directory that a d before it names; t is any
 * other string. From the man pages of section 2. */
static const struct
{
  const char *name, *arguments;
} known[] = {
  { "accept", "dxx" },
  { "accept4", "dxxx" },
  { "access", "po" },
  { "acct", "p" },
  { "add_key", "ttxii" },
  { "bind", "dxi" },
  { "bpf", "ixi" },
  { "chdir", "p" },
  { "chmod", "po" },
  { "chown", "pii" },
  { "chown32", "pii" },
  { "chroot", "p" },
  { "clone", "n" },
  { "clone3", "xi" },
  { "close", "i" },
  { "connect", "dxi" },
  { "creat", "po" },
  { "delete_module", "tx" },
  { "dup", "i" },
  { "execve", "px" },
  { "execveat", "dpxxx" },
  { "faccessat", "dpo" },
  { "faccessat2", "dpox" },
  { "fanotify_mark", "ixxdp" },
  { "fchmodat", "dpo" },
  { "fchmodat2", "dpox" },
  { "fchownat", "dpiix" },
  { "file_getattr", "dpxix" },
  { "file_setattr", "dpxix" },
  { "finit_module", "dtx" },
  { "fork", "" },
  { "fsopen", "tx" },
  { "fspick", "dpx" },
  { "fstatat64", "dpxx" },
  { "futimesat", "dpx" },
  { "getdents64", "dxi" },
  { "getegid", "" },
  { "geteuid", "" },
  { "getgid", "" },
  { "getpid", "" },
  { "getppid", "" },
  { "gettid", "" },
  { "getuid", "" },
  { "getxattr", "ptxi" },
  { "getxattrat", "dpxtxi" },
  { "init_module", "xit" },
  { "inotify_add_watch", "ipx" },
  { "ioctl", "dx" },
  { "ioperm", "xii" },
  { "iopl", "i" },
  { "kexec_load", "xixx" },
  { "keyctl", "ixxxx" },
  { "kill", "is" },
  { "lchown", "pii" },
  { "lchown32", "pii" },
  { "lgetxattr", "ptxi" },
  { "link", "pp" },
  { "linkat", "dpdpx" },
  { "listen", "di" },
  { "listxattr", "pxi" },
  { "listxattrat", "dpxxi" },
  { "llistxattr", "pxi" },
  { "lremovexattr", "pt" },
  { "lsetxattr", "ptxix" },
  { "lstat", "px" },
  { "lstat64", "px" },
  { "mkdir", "po" },
  { "mkdirat", "dpo" },
  { "mknod", "pox" },
  { "mknodat", "dpox" },
  { "mount", "pptx" },
  { "mount_setattr", "dp" },
  { "move_mount", "dpdpx" },
  { "name_to_handle_at", "dpxxx" },
  { "newfstatat", "dpxx" },
  { "open", "pfo" },
  { "open_tree", "dpx" },
  { "open_tree_attr", "dpxxi" },
  { "openat", "dpfo" },
  { "openat2", "dpxi" },
  { "perf_event_open", "x" },
  { "personality", "x" },
  { "pivot_root", "pp" },
  { "prctl", "ix" },
  { "ptrace", "ii" },
  { "quotactl", "xpix" },
  { "read", "dxi" },
  { "readlink", "pxi" },
  { "readlinkat", "dpxi" },
  { "reboot", "xxx" },
  { "removexattr", "pt" },
  { "removexattrat", "dpxt" },
  { "rename", "pp" },
  { "renameat", "dpdp" },
  { "renameat2", "dpdpx" },
  { "request_key", "ttx" },
  { "rmdir", "p" },
  { "sendto", "dxix" },
  { "setdomainname", "t" },
  { "setgid", "i" },
  { "sethostname", "t" },
  { "setns", "dn" },
  { "setuid", "i" },
  { "setxattr", "ptxix" },
  { "setxattrat", "dpxtxi" },
  { "socket", "FTi" },
  { "socketpair", "FTi" },
  { "stat", "px" },
  { "stat64", "px" },
  { "statfs", "px" },
  { "statfs64", "pix" },
  { "statx", "dpxx" },
  { "swapoff", "p" },
  { "swapon", "px" },
  { "symlink", "tp" },
  { "symlinkat", "tdp" },
  { "sync", "" },
  { "syslog", "ixi" },
  { "tgkill", "iis" },
  { "tkill", "is" },
  { "truncate", "pi" },
  { "truncate64", "pi" },
  { "umask", "o" },
  { "umount", "p" },
  { "umount2", "px" },
  { "unlink", "p" },
  { "unlinkat", "dpx" },
  { "unshare", "n" },
  { "uselib", "p" },
  { "userfaultfd", "x" },
  { "utime", "px" },
  { "utimensat", "dpxx" },
  { "utimensat_time64", "dpxx" },
  { "utimes", "px" },
  { "vfork", "" },
  { "vhangup", "" },
  { "write", "dxi" },
};

struct word
{
  uint64_t value;
  const char *text;
};
static const struct word open_words[]
    = { { O_CREAT, "O_CREAT" },       { O_EXCL, "O_EXCL" },         { O_TRUNC, "O_TRUNC" },
        { O_APPEND, "O_APPEND" },     { O_NONBLOCK, "O_NONBLOCK" }, { O_DIRECTORY, "O_DIRECTORY" },
        { O_NOFOLLOW, "O_NOFOLLOW" }, { O_CLOEXEC, "O_CLOEXEC" },   { 0, NULL } };
static const struct word namespace_words[]
    = { { CLONE_NEWNS, "CLONE_NEWNS" },   { CLONE_NEWCGROUP, "CLONE_NEWCGROUP" }, { CLONE_NEWUTS, "CLONE_NEWUTS" },
        { CLONE_NEWIPC, "CLONE_NEWIPC" }, { CLONE_NEWUSER, "CLONE_NEWUSER" },     { CLONE_NEWPID, "CLONE_NEWPID" },
        { CLONE_NEWNET, "CLONE_NEWNET" }, { CLONE_NEWTIME, "CLONE_NEWTIME" },     { 0, NULL } };
static const struct word families[]
    = { { AF_UNIX, "AF_UNIX" },       { AF_INET, "AF_INET" },     { AF_INET6, "AF_INET6" },
        { AF_NETLINK, "AF_NETLINK" }, { AF_PACKET, "AF_PACKET" }, { AF_ALG, "AF_ALG" },
        { AF_VSOCK, "AF_VSOCK" },     { AF_KEY, "AF_KEY" },       { 0, NULL } };
static const struct word socket_types[] = { { SOCK_STREAM, "SOCK_STREAM" },
                                            { SOCK_DGRAM, "SOCK_DGRAM" },
                                            { SOCK_RAW, "SOCK_RAW" },
                                            { SOCK_SEQPACKET, "SOCK_SEQPACKET" },
                                            { 0, NULL } };

struct text
{
  char *out;
  size_t size, used;
};

#define put(text, ...)                                                                                                 \
  ((text)->used += (size_t)snprintf ((text)->out + ((text)->used < (text)->size ? (text)->used : (text)->size - 1),    \
                                     (text)->used < (text)->size ? (text)->size - (text)->used : 1, __VA_ARGS__))

/* The container controls the text, so quotes are escaped here. The code that prints the line escapes the rest
 * (text.h). */
static void
put_string (struct text *text, pid_t pid, uint64_t address)
{
  char path[PATH_SHOWN + 1];
  struct iovec here = { path, PATH_SHOWN };
  size_t page = 4096 - address % 4096; /* to the end of the smallest page: the next one may not be mapped */
  struct iovec there = { (void *)(uintptr_t)address, PATH_SHOWN }; /* NOLINT: an address in the caller */
  ssize_t got = process_vm_readv (pid, &here, 1, &there, 1, 0);
  if (got < 0 && page < PATH_SHOWN)
    {
      there.iov_len = page;
      got = process_vm_readv (pid, &here, 1, &there, 1, 0);
    }
  if (got <= 0)
    {
      put (text, "%#llx", (unsigned long long)address);
      return;
    }
  path[got] = '\0';
  put (text, "\"");
  for (const char *letter = path; *letter; letter++)
    put (text, *letter == '"' || *letter == '\\' ? "\\x%02x" : "%c", (unsigned char)*letter);
  put (text, "\"%s", strlen (path) == PATH_SHOWN ? "..." : "");
}

static void
put_flags (struct text *text, uint64_t value, const struct word *words, bool begun)
{
  for (; words->text; words++)
    if (value & words->value)
      {
        put (text, "%s%s", begun ? "|" : "", words->text);
        value &= ~words->value;
        begun = true;
      }
  if (value || !begun)
    put (text, "%s%#llx", begun ? "|" : "", (unsigned long long)value);
}

static void
put_word (struct text *text, uint64_t value, const struct word *words)
{
  for (; words->text; words++)
    if (words->value == value)
      {
        put (text, "%s", words->text);
        return;
      }
  put (text, "%llu", (unsigned long long)value);
}

static void
put_open_flags (struct text *text, uint64_t value)
{
  static const char *const ways[] = { "O_RDONLY", "O_WRONLY", "O_RDWR", "3" };
  put (text, "%s", ways[value & 3]);
  if (value & ~3ull)
    put_flags (text, value & ~3ull, open_words, true);
}

static void
put_argument (struct text *text, const struct seccomp_notif *call, char kind, uint64_t value)
{
  switch (kind)
    {
    case 'p':
    case 't':
      put_string (text, (pid_t)call->pid, value);
      break;
    case 'd':
      if ((int)value == AT_FDCWD)
        put (text, "AT_FDCWD");
      else
        put (text, "%d", (int)value);
      break;
    case 'i':
    case 's':
      put (text, "%lld", (long long)(int64_t)value);
      break;
    case 'o':
      put (text, "%#llo", (unsigned long long)value);
      break;
    case 'f':
      put_open_flags (text, value);
      break;
    case 'n':
      put_flags (text, value & ~0xffull, namespace_words, false);
      break;
    case 'F':
      put_word (text, value, families);
      break;
    case 'T':
      put_word (text, value & 0xf, socket_types);
      break;
    default:
      put (text, "%#llx", (unsigned long long)value);
    }
}

const char *
call_kinds (const char *name)
{
  for (size_t i = 0; name && i < sizeof known / sizeof *known; i++)
    if (strcmp (known[i].name, name) == 0)
      return known[i].arguments;
  return NULL;
}

void
call_text (const struct seccomp_notif *call, const char *name, char *out, size_t size)
{
  struct text text = { out, size, 0 };
  const char *kinds = call_kinds (name);
  size_t count = 6;
  out[0] = '\0';
  if (kinds)
    count = strlen (kinds);
  else /* the number of arguments is unknown: trailing zeros are left out */
    while (count > 0 && call->data.args[count - 1] == 0)
      count--;
  if (name)
    put (&text, "%s(", name);
  else
    put (&text, "syscall_%d(", call->data.nr);
  for (size_t i = 0; i < count; i++)
    {
      put (&text, "%s", i ? ", " : "");
      put_argument (&text, call, kinds ? kinds[i] : 'x', call->data.args[i]);
    }
  put (&text, ")");
}
