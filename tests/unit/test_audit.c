/*
 * Lines of seccomp's in the forms in which logs have them, those that programs forge, and where a process is.
 */
#include "document.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include "husk/audit.h"

#define IDS "auid=4294967295 uid=0 gid=0 ses=4294967295 "
#define LOG SECCOMP_RET_LOG
#define NONE 1u /* no code is in the line */

static const struct form
{
  const char *form, *line;
  uint32_t arch;
  int32_t number;
  uint32_t code;
  int pid;
  const char *comm, *exe, *stamp;
} forms[] = {
  { "audit.log",
    "type=SECCOMP msg=audit(1795966627.811:10446): " IDS "subj=unconfined pid=4021 comm=\"curl\" exe=\"/usr/bin/curl\" "
    "sig=31 arch=c000003e syscall=41 compat=0 ip=0x7f1c03a4d2e7 code=0x80000000",
    AUDIT_ARCH_X86_64, 41, SECCOMP_RET_KILL_PROCESS, 4021, "curl", "/usr/bin/curl", "1795966627.811:10446" },
  { "audit.log, enriched",
    "type=SECCOMP msg=audit(1795966628.002:91): auid=1000 uid=1000 gid=1000 ses=3 "
    "subj=system_u:system_r:container_t:s0:c1,c2 pid=77 comm=\"ls\" exe=\"/bin/ls\" sig=0 arch=c00000b7 syscall=61 "
    "compat=0 ip=0xffff8a code=0x7ffc0000\x1d"
    "ARCH=aarch64 SYSCALL=getdents64 AUID=\"user\" UID=\"user\" GID=\"user\"",
    AUDIT_ARCH_AARCH64, 61, LOG, 77, "ls", "/bin/ls", "1795966628.002:91" },
  { "audit.log, enriched, whose separator a terminal has swallowed",
    "type=SECCOMP msg=audit(1795966628.002:92): " IDS "pid=78 comm=\"ls\" exe=\"/bin/ls\" sig=31 arch=c000003e "
    "syscall=3 compat=0 ip=0x7f code=0x0AUID=\"unset\" UID=\"root\" GID=\"root\" ARCH=x86_64 SYSCALL=close",
    AUDIT_ARCH_X86_64, 3, SECCOMP_RET_KILL_THREAD, 78, "ls", "/bin/ls", "1795966628.002:92" },
  { "audit.log of several nodes",
    "node=worker-3 type=SECCOMP msg=audit(1795966629.100:5): " IDS "pid=9 comm=\"sh\" exe=\"/bin/busybox\" sig=0 "
    "arch=80000016 syscall=4 compat=0 ip=0x3ff code=0x50000",
    AUDIT_ARCH_S390X, 4, SECCOMP_RET_ERRNO, 9, "sh", "/bin/busybox", "1795966629.100:5" },
  { "dmesg",
    "[77235.180762] audit: type=1326 audit(1795966627.939:10447): " IDS
    "pid=32255 comm=\"probe\" exe=\"/probe\" sig=31 "
    "arch=40000003 syscall=359 compat=1 ip=0x40176b code=0x0",
    AUDIT_ARCH_I386, 359, SECCOMP_RET_KILL_THREAD, 32255, "probe", "/probe", "1795966627.939:10447" },
  { "dmesg -T",
    "[Sun Nov 29 15:37:08 2026] audit: type=1326 audit(1795966628.939:2): " IDS "pid=3 comm=\"a\" exe=\"/a\" sig=0 "
    "arch=c0000015 syscall=5 compat=0 ip=0x1 code=0x7ffc0000",
    AUDIT_ARCH_PPC64LE, 5, LOG, 3, "a", "/a", "1795966628.939:2" },
  { "dmesg -x",
    "kern  :notice: [   12.500000] audit: type=1326 audit(1795966628.940:3): " IDS "pid=4 comm=\"a\" exe=\"/a\" sig=0 "
    "arch=c00000f3 syscall=63 compat=0 ip=0x1 code=0x30000",
    AUDIT_ARCH_RISCV64, 63, SECCOMP_RET_TRAP, 4, "a", "/a", "1795966628.940:3" },
  { "dmesg --time-format=delta",
    "[  +0.225289] audit: type=1326 audit(1795966628.941:4): " IDS "pid=5 comm=\"a\" exe=\"/a\" sig=0 arch=40000028 "
    "syscall=983045 compat=0 ip=0xb6fb0bd6 code=0x7ffc0000",
    AUDIT_ARCH_ARM, 983045, LOG, 5, "a", "/a", "1795966628.941:4" },
  { "dmesg of an old kernel: without the word audit",
    "[   33.100000] type=1326 audit(1401000000.111:7): " IDS "pid=6 comm=\"old\" exe=\"/old\" sig=31 arch=c000003e "
    "syscall=2 compat=0 ip=0x7f code=0x0",
    AUDIT_ARCH_X86_64, 2, SECCOMP_RET_KILL_THREAD, 6, "old", "/old", "1401000000.111:7" },
  { "a kernel whose record has no program's path",
    "[   33.100000] audit: type=1326 audit(1401000000.112:8): " IDS "pid=6 comm=\"old\" sig=31 arch=c000003e syscall=2 "
    "compat=0 ip=0x7f code=0x0",
    AUDIT_ARCH_X86_64, 2, SECCOMP_RET_KILL_THREAD, 6, "old", "", "1401000000.112:8" },
  { "syslog",
    "Nov 29 15:37:40 node7 kernel: [369128.669452] audit: type=1326 audit(1795966660.484:14536): " IDS
    "pid=29064 comm=\"echo\" exe=\"/echo\" sig=0 arch=c000003e syscall=51 compat=0 ip=0x46fe1f code=0x7ffc0000",
    AUDIT_ARCH_X86_64, 51, LOG, 29064, "echo", "/echo", "1795966660.484:14536" },
  { "syslog with its priority",
    "<5>Nov 29 15:37:40 node7 kernel: audit: type=1326 audit(1795966660.485:14537): " IDS "pid=29064 comm=\"echo\" "
    "exe=\"/echo\" sig=0 arch=c000003e syscall=54 compat=0 ip=0x46fe1f code=0x7fc00000",
    AUDIT_ARCH_X86_64, 54, SECCOMP_RET_USER_NOTIF, 29064, "echo", "/echo", "1795966660.485:14537" },
  { "syslog, RFC 5424",
    "<5>1 2026-11-29T15:37:40.484000+00:00 node7 kernel - - - audit: type=1326 audit(1795966660.486:14538): " IDS
    "pid=29064 comm=\"echo\" exe=\"/echo\" sig=0 arch=c000003e syscall=55 compat=0 ip=0x46fe1f code=0x7ff00000",
    AUDIT_ARCH_X86_64, 55, SECCOMP_RET_TRACE, 29064, "echo", "/echo", "1795966660.486:14538" },
  { "rsyslog's file, with a time of ISO 8601",
    "2026-11-29T15:37:40.484+01:00 node7 kernel: [12.1] audit: type=1326 audit(1795966660.487:14539): " IDS
    "pid=1 comm=\"x\" exe=\"/x\" sig=0 arch=c000003e syscall=56 compat=0 ip=0x46 code=0x7ffc0000",
    AUDIT_ARCH_X86_64, 56, LOG, 1, "x", "/x", "1795966660.487:14539" },
  { "auditd's plugin for syslog",
    "Nov 29 07:58:12 node7 audispd[568]: node=node7 type=SECCOMP msg=audit(1795966661.540:26626): auid=22776 uid=22776 "
    "gid=89939 ses=11 subj==untrusted (complain) pid=7743 comm=\"clang++\" exe=\"/opt/llvm/bin/clang\" sig=31 "
    "arch=c000003e syscall=12 compat=0 ip=0x7fa45496bcb7 code=0x0",
    AUDIT_ARCH_X86_64, 12, SECCOMP_RET_KILL_THREAD, 7743, "clang++", "/opt/llvm/bin/clang", "1795966661.540:26626" },
  { "journalctl, from the audit transport, of another language",
    "oct. 24 00:48:51 home.example.net audit[811024]: SECCOMP auid=4294967295 uid=993 gid=993 ses=4294967295 "
    "subj==unconfined pid=811024 comm=\"python3\" exe=\"/usr/bin/python3.9\" sig=31 arch=c000003e syscall=105 compat=0 "
    "ip=0x7f58148a5782 code=0x80000000",
    AUDIT_ARCH_X86_64, 105, SECCOMP_RET_KILL_PROCESS, 811024, "python3", "/usr/bin/python3.9", "" },
  { "journalctl of systemd 219",
    "Nov 29 00:48:51 host audit[81]: <audit-1326> " IDS "pid=81 comm=\"p\" exe=\"/p\" sig=31 arch=c000003e syscall=106 "
    "compat=0 ip=0x7f code=0x0",
    AUDIT_ARCH_X86_64, 106, SECCOMP_RET_KILL_THREAD, 81, "p", "/p", "" },
  { "journalctl -o short-iso",
    "2026-11-29T15:13:16+0000 host kernel: audit: type=1326 audit(1795966662.000:1): " IDS "pid=82 comm=\"p\" "
    "exe=\"/p\" sig=0 arch=c000003e syscall=1073741907 compat=0 ip=0x7f code=0x7ffc0000",
    AUDIT_ARCH_X86_64, 1073741907, LOG, 82, "p", "/p", "1795966662.000:1" },
  { "journalctl -o short-monotonic",
    "[77235.180762] host kernel: audit: type=1326 audit(1795966662.001:2): " IDS "pid=83 comm=\"p\" exe=\"/p\" sig=0 "
    "arch=c000003e syscall=83 compat=0 ip=0x7f code=0x7ffc0000",
    AUDIT_ARCH_X86_64, 83, LOG, 83, "p", "/p", "1795966662.001:2" },
  { "journalctl -o cat",
    "audit: type=1326 audit(1795966662.002:3): " IDS "pid=84 comm=\"p\" exe=\"/p\" sig=0 arch=c000003e syscall=84 "
    "compat=0 ip=0x7f code=0x7ffc0000",
    AUDIT_ARCH_X86_64, 84, LOG, 84, "p", "/p", "1795966662.002:3" },
  { "journalctl -o json, of the kernel",
    "{\"_TRANSPORT\":\"kernel\",\"SYSLOG_IDENTIFIER\":\"kernel\",\"__REALTIME_TIMESTAMP\":\"1795966662003999\","
    "\"MESSAGE\":\"audit: type=1326 audit(1795966662.003:4): " IDS "pid=85 comm=\\\"p\\\" exe=\\\"/p\\\" sig=0 "
    "arch=c000003e syscall=85 compat=0 ip=0x7f code=0x7ffc0000\"}",
    AUDIT_ARCH_X86_64, 85, LOG, 85, "p", "/p", "1795966662.003:4" },
  { "journalctl -o json, of audit",
    "{\"_TRANSPORT\":\"audit\",\"_AUDIT_TYPE\":\"1326\",\"_AUDIT_ID\":\"4\",\"_SOURCE_REALTIME_TIMESTAMP\":"
    "\"1795966662003000\",\"MESSAGE\":\"SECCOMP " IDS "pid=85 comm=\\\"p\\\" exe=\\\"/p\\\" sig=0 arch=c000003e "
    "syscall=85 compat=0 ip=0x7f code=0x7ffc0000\"}",
    AUDIT_ARCH_X86_64, 85, LOG, 85, "p", "/p", "1795966662.003:4" },
  { "journalctl -o json-seq, the message as bytes",
    "\x1e{\"MESSAGE\":[97,117,100,105,116,58,32,116,121,112,101,61,49,51,50,54,32,97,117,100,105,116,40,49,46,50,58,51,"
    "41,58,32,115,105,103,61,48,32,97,114,99,104,61,99,48,48,48,48,48,51,101,32,115,121,115,99,97,108,108,61,55]}",
    AUDIT_ARCH_X86_64, 7, NONE, 0, "", "", "1.2:3" },
  { "journalctl -o json-sse",
    "data: {\"MESSAGE\":\"audit: type=1326 audit(1795966662.004:5): " IDS "pid=86 comm=\\\"p\\\" exe=\\\"/p\\\" sig=0 "
    "arch=c000003e syscall=86 compat=0 ip=0x7f code=0x7ffc0000\"}",
    AUDIT_ARCH_X86_64, 86, LOG, 86, "p", "/p", "1795966662.004:5" },
  { "journalctl -o json-pretty",
    "\t\"MESSAGE\" : \"audit: type=1326 audit(1795966662.005:6): " IDS "pid=87 comm=\\\"p\\\" exe=\\\"/p\\\" sig=0 "
    "arch=c000003e syscall=87 compat=0 ip=0x7f code=0x7ffc0000\",",
    AUDIT_ARCH_X86_64, 87, LOG, 87, "p", "/p", "1795966662.005:6" },
  { "journalctl -o export",
    "MESSAGE=audit: type=1326 audit(1795966662.006:7): " IDS "pid=88 comm=\"p\" exe=\"/p\" sig=0 arch=c000003e "
    "syscall=88 compat=0 ip=0x7f code=0x7ffc0000",
    AUDIT_ARCH_X86_64, 88, LOG, 88, "p", "/p", "1795966662.006:7" },
  { "ausearch -i",
    "type=SECCOMP msg=audit(11/29/2026 20:17:03.365:18387) : auid=user uid=user gid=user ses=1 subj=unconfined "
    "pid=9120 "
    "comm=firefox exe=/usr/lib/firefox/firefox sig=SIGSYS arch=x86_64 syscall=stat compat=0 ip=0x7f420b9db5b5 "
    "code=kill-process",
    AUDIT_ARCH_X86_64, 4, SECCOMP_RET_KILL_PROCESS, 9120, "firefox", "/usr/lib/firefox/firefox",
    "11/29/2026 20:17:03.365:18387" },
  { "ausearch -i, 32 bits, an unknown call, a name with blanks",
    "type=SECCOMP msg=audit(29.11.2026 20:17:03.366:18388) : auid=unset uid=root gid=root ses=unset pid=9121 "
    "comm=Web Content exe=/opt/my app/run sig=none arch=i386 syscall=unknown-syscall(600) compat=1 ip=0x7f code=log",
    AUDIT_ARCH_I386, 600, LOG, 9121, "Web Content", "/opt/my app/run", "29.11.2026 20:17:03.366:18388" },
  { "a container's log, of an agent that reads the kernel's",
    "2026-11-29T15:37:40.484484484Z stdout F audit: type=1326 audit(1795966663.000:8): " IDS "pid=89 comm=\"p\" "
    "exe=\"/p\" sig=0 arch=c000003e syscall=89 compat=0 ip=0x7f code=0x7ffc0000",
    AUDIT_ARCH_X86_64, 89, LOG, 89, "p", "/p", "1795966663.000:8" },
  { "the same in docker's json-file",
    "{\"log\":\"audit: type=1326 audit(1795966663.001:9): " IDS "pid=90 comm=\\\"p\\\" exe=\\\"/p\\\" sig=0 "
    "arch=c000003e syscall=90 compat=0 ip=0x7f code=0x7ffc0000\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-29\"}",
    AUDIT_ARCH_X86_64, 90, LOG, 90, "p", "/p", "1795966663.001:9" },
  { "a name of other bytes, and one that was removed",
    "type=SECCOMP msg=audit(1795966664.000:1): " IDS "pid=91 comm=6120221B5B324A exe=2F6D656D66643A7820286465"
    "6C6574656429 sig=0 arch=c000003e syscall=1 compat=0 ip=0x7f code=0x7ffc0000",
    AUDIT_ARCH_X86_64, 1, LOG, 91, "a \"\x1b[2J", "/memfd:x (deleted)", "1795966664.000:1" },
  { "no name at all, carriage return",
    "type=SECCOMP msg=audit(1795966664.001:2): " IDS "pid=92 comm=(null) exe=(null) sig=0 arch=c000003e syscall=-1 "
    "compat=0 ip=0x7f code=0x7ffc0000\r",
    AUDIT_ARCH_X86_64, -1, LOG, 92, "", "", "1795966664.001:2" },
};

static void
test_forms (void **state)
{
  static struct audit_call call;
  (void)state;
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
    {
      const struct form *form = &forms[i];
      enum audit_kind kind = audit_read (form->line, strlen (form->line), &call);
      if (kind != AUDIT_CALL)
        fail_msg ("%s: %d", form->form, (int)kind);
      if (call.arch != form->arch || call.number != form->number || call.pid != form->pid
          || call.has_code != (form->code != NONE) || (call.has_code && call.code != form->code))
        fail_msg ("%s: arch %x number %d pid %d code %x", form->form, call.arch, call.number, (int)call.pid, call.code);
      if (strcmp (call.comm, form->comm) != 0 || strcmp (call.exe, form->exe) != 0
          || strcmp (call.stamp, form->stamp) != 0)
        fail_msg ("%s: comm \"%s\" exe \"%s\" stamp \"%s\"", form->form, call.comm, call.exe, call.stamp);
    }
}

/* The operator's enricher names the pod. */
static void
test_enricher (void **state)
{
  static struct audit_call call;
  const char *line
      = "I1129 12:59:11.123456 1 enricher.go:196] log-enricher \"msg\"=\"audit\" \"container\"=\"web\" "
        "\"executable\"=\"/usr/sbin/nginx\" \"namespace\"=\"default\" \"node\"=\"10.0.0.1\" \"pid\"=1234 "
        "\"pod\"=\"shop\" \"syscallID\"=0 \"syscallName\"=\"socket\" \"timestamp\"=\"1795966664.360:8477\" "
        "\"type\"=\"seccomp\"";
  (void)state;
  assert_int_equal (audit_read (line, strlen (line), &call), AUDIT_CALL);
  assert_string_equal (call.pod, "shop");
  assert_string_equal (call.name_space, "default");
  assert_string_equal (call.container, "web");
  assert_string_equal (call.exe, "/usr/sbin/nginx");
  assert_int_equal (call.pid, 1234);
}

/* ---- hostile lines -------------------------------------------------------------------------------------------- */

#define RECORD                                                                                                         \
  "type=1326 audit(1795966664.000:1): " IDS "pid=91 comm=\"x\" exe=\"/x\" sig=0 arch=c000003e syscall=1 compat=0 "     \
  "ip=0x7f code=0x7ffc0000"

#define ENRICHED(number)                                                                                               \
  "\"msg\"=\"audit\" \"pid\"=1 \"syscallID\"=" number " \"timestamp\"=\"1.2:3\" \"type\"=\"seccomp\""

static void
test_forged (void **state)
{
  static const struct
  {
    const char *line;
    enum audit_kind kind;
  } lines[] = {
    { "Nov 29 15:37:40 host app[12]: " RECORD, AUDIT_FOREIGN },
    { "Nov 29 15:37:40 host app[12]: kernel: audit: " RECORD, AUDIT_FOREIGN },
    { "Nov 29 15:37:40 host app: [1.2] audit: " RECORD, AUDIT_FOREIGN },
    { "Nov 29 15:37:40 host kernel[4242]: audit: " RECORD, AUDIT_FOREIGN }, /* the kernel has no process */
    { "<13>1 2026-11-29T15:37:40Z host kernel 4242 - - audit: " RECORD, AUDIT_FOREIGN },
    { "Nov 29 15:37:40 host F " RECORD, AUDIT_FOREIGN },
    { "Nov 29 15:37:40 host P " RECORD, AUDIT_FOREIGN },
    { "Nov 29 15:37:40 host - " RECORD, AUDIT_FOREIGN },
    { "Nov 29 15:37:40 host stdout F " RECORD, AUDIT_FOREIGN },
    { "2026-11-29T15:37:40Z stdout F x F " RECORD, AUDIT_FOREIGN },
    { "2026-11-29T15:37:40Z stdout - " RECORD, AUDIT_FOREIGN },
    { "2026-11-29T15:37:40Z stderr P " RECORD, AUDIT_CALL },
    { "<5>1 2026-11-29T15:37:40Z host kernel - - - " RECORD, AUDIT_CALL },
    { "Nov 29 15:37:40 host app[12]: log-enricher " ENRICHED ("0"), AUDIT_FOREIGN },
    { "Nov 29 15:37:40 host app[12]: \"x\" log-enricher " ENRICHED ("0"), AUDIT_FOREIGN },
    { "2026-11-29T15:37:40Z stderr F I1129 12:59:11.1 1 enricher.go:196] log-enricher " ENRICHED ("0"), AUDIT_CALL },
    { ENRICHED ("2147483647"), AUDIT_CALL },
    { ENRICHED ("2147483648"), AUDIT_DAMAGED },
    { ENRICHED ("4294967295"), AUDIT_DAMAGED },
    { ENRICHED ("99999999999999999999999999"), AUDIT_DAMAGED },
    { ENRICHED ("1x"), AUDIT_DAMAGED },
    { "{\"SYSLOG_IDENTIFIER\":\"app\",\"MESSAGE\":\"audit: type=1326 audit(1.2:3): sig=0 arch=c000003e syscall=1\"}",
      AUDIT_FOREIGN },
    { "{\"SYSLOG_IDENTIFIER\":\"kernel\",\"MESSAGE\":\"audit: type=1326 audit(1.2:3): sig=0 arch=c000003e syscall=1\"}",
      AUDIT_CALL },
    { "<13>1 2026-11-29T15:37:40Z host app 12 - - audit: " RECORD, AUDIT_FOREIGN },
    { "{\"_TRANSPORT\":\"stdout\",\"SYSLOG_IDENTIFIER\":\"kernel\",\"MESSAGE\":\""
      "audit: type=1326 audit(1.2:3): "
      "sig=0 arch=c000003e syscall=1 code=0x7ffc0000\"}",
      AUDIT_FOREIGN },
    { "user  :notice: [   12.500000] audit: " RECORD, AUDIT_FOREIGN },
    { "[   12.500000] process '/tmp/x audit: " RECORD, AUDIT_FOREIGN },
    { "Nov 29 15:37:40 host kernel: [12.5] process '/tmp/x kernel: audit: " RECORD, AUDIT_FOREIGN },
    { "type=EXECVE msg=audit(1.2:3): argc=2 a0=\"x\" a1=\"type=1326 audit(1.2:3): sig=0 arch=c000003e syscall=1\"",
      AUDIT_OTHER },
    { "type=1400 audit(1.2:3): apparmor=\"DENIED\" comm=\"x\" exe=\"/x\"", AUDIT_OTHER },
    { "type=1326 audit(1.2:3): " IDS "comm=\"x\"", AUDIT_DAMAGED },
    { "type=1326 audit(1.2:3): sig=0 arch=c000003e syscall=", AUDIT_DAMAGED },
    { "type=1326 audit(1.2:3", AUDIT_DAMAGED },
    { "type=1326 ", AUDIT_OTHER },
    { "SECCOMP auid=", AUDIT_DAMAGED },
    { "{\"MESSAGE\":", AUDIT_OTHER },
    { "{\"MESSAGE\":[300,-1,{}]}", AUDIT_OTHER },
    { "\"MESSAGE\" :", AUDIT_OTHER },
    { "\x1e", AUDIT_OTHER },
    { "", AUDIT_OTHER },
    { "audit: rate limit exceeded", AUDIT_LOST },
    { "[   12.5] kauditd_printk_skb: 45 callbacks suppressed", AUDIT_LOST },
  };
  static struct audit_call call;
  (void)state;
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
    {
      enum audit_kind kind = audit_read (lines[i].line, strlen (lines[i].line), &call);
      if (kind != lines[i].kind)
        fail_msg ("%d, not %d: %s", (int)kind, (int)lines[i].kind, lines[i].line);
    }
}

/* ausearch -i prints names bare: what is in them decides nothing. */
static void
test_names (void **state)
{
  static struct audit_call call;
  const char *line = "type=SECCOMP msg=audit(11/29/2026 20:17:03.365:1) : auid=user pid=12 comm=a pid=1 sig=0 arch=arm "
                     "syscall=9 code=allow exe=/tmp/b sig=SIGSYS arch=x86_64 syscall=stat compat=0 ip=0x7f code=trap";
  (void)state;
  assert_int_equal (audit_read (line, strlen (line), &call), AUDIT_CALL);
  assert_int_equal (call.arch, AUDIT_ARCH_X86_64);
  assert_int_equal (call.number, 4);
  assert_int_equal (call.code, SECCOMP_RET_TRAP);
  assert_int_equal (call.pid, 12);
  assert_string_equal (call.exe, "/tmp/b");
}

/* Each line cut at each of its bytes, and with each of them another: nothing but an answer. */
static void
test_cut (void **state)
{
  static struct audit_call call;
  (void)state;
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
    {
      size_t size = strlen (forms[i].line);
      char *line = malloc (size);
      assert_non_null (line);
      memcpy (line, forms[i].line, size);
      for (size_t cut = 0; cut < size; cut++)
        {
          char *exact = malloc (cut ? cut : 1); /* for sanitizers */
          assert_non_null (exact);
          memcpy (exact, line, cut);
          (void)audit_read (exact, cut, &call);
          free (exact);
          char kept = line[cut];
          line[cut] = "\0\"=([{ \xff"[cut % 8];
          (void)audit_read (line, size, &call);
          line[cut] = kept;
        }
      free (line);
    }
}

/* ---- counts --------------------------------------------------------------------------------------------------- */

static void
tally (const char *text, size_t size, struct audit_tally *out)
{
  struct error error = { 0 };
  int fd = memfd_create ("log", MFD_CLOEXEC);
  assert_true (fd >= 0);
  assert_int_equal (write (fd, text, size), size);
  assert_int_equal (lseek (fd, 0, SEEK_SET), 0);
  assert_int_equal (audit_tally (fd, &test_arena, out, &error), 0);
  (void)close (fd);
}

#define CALL(stamp)                                                                                                    \
  "audit: type=1326 audit(" stamp "): " IDS "pid=0 comm=\"x\" exe=\"/x\" sig=0 arch=c000003e syscall=1\n"
#define HEARD "host audit[1]: SECCOMP " IDS "pid=0 comm=\"x\" exe=\"/x\" sig=0 arch=c000003e syscall=1\n"

static void
test_counts (void **state)
{
  struct audit_tally out;
  /* a record twice; another one; both as the journal has heard them too */
  const char *text
      = CALL ("1.1:1") CALL ("1.1:1") CALL ("1.1:2") HEARD HEARD "app: " CALL ("1.1:3") "nothing\n" CALL ("1.1:4");
  (void)state;
  tally (text, strlen (text), &out);
  assert_int_equal (out.count, 1);
  assert_int_equal (out.groups[0].count, 3);
  assert_int_equal (out.repeated, 1);
  assert_int_equal (out.foreign, 1);
  assert_string_equal (out.foreign_name, "app");
  assert_int_equal (out.lines, 8);

  /* a line of any length ends; those around it count */
  size_t size = 3 * AUDIT_LINE_SIZE;
  char *large = malloc (size);
  assert_non_null (large);
  memset (large, 'x', size);
  size_t first = strlen (CALL ("1.1:1")), last = strlen (CALL ("1.1:2"));
  memcpy (large, CALL ("1.1:1"), first);
  large[size - last - 1] = '\n';
  memcpy (large + size - last, CALL ("1.1:2"), last);
  tally (large, size, &out);
  assert_int_equal (out.damaged, 1);
  assert_int_equal (out.groups[0].count, 2);
  free (large);
}

/* ---- places --------------------------------------------------------------------------------------------------- */

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void
test_places (void **state)
{
  static const struct
  {
    const char *cgroups, *container, *pod;
  } table[] = {
    { "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod3b1f0e6a_9c1d_4a6e_8f6e_5d0d5f0a1b2c.slice/"
      "cri-containerd-" ID ".scope\n",
      ID, "3b1f0e6a-9c1d-4a6e-8f6e-5d0d5f0a1b2c" },
    { "12:pids:/\n0::/kubepods/besteffort/pod3b1f0e6a-9c1d-4a6e-8f6e-5d0d5f0a1b2c/" ID "\n", ID,
      "3b1f0e6a-9c1d-4a6e-8f6e-5d0d5f0a1b2c" },
    { "0::/kubepods.slice/kubepods-pod3b1f0e6a_9c1d_4a6e_8f6e_5d0d5f0a1b2c.slice/crio-" ID ".scope/container\n", ID,
      "3b1f0e6a-9c1d-4a6e-8f6e-5d0d5f0a1b2c" },
    { "0::/system.slice/docker-" ID ".scope\n", ID, "" },
    { "4:cpu:/docker/" ID "\n0::/\n", ID, "" },
    { "0::/machine.slice/libpod-" ID ".scope/container\n", ID, "" },
    { "0::/user.slice/user-1000.slice/session-3.scope\n", "", "" },
    { "0::/podium/0123456789abcdef\n", "", "" },
    { "", "", "" },
    { ":::\n::\n0", "", "" },
  };
  struct audit_place place;
  (void)state;
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    {
      audit_place_of (table[i].cgroups, &place);
      if (strcmp (place.container, table[i].container) != 0 || strcmp (place.pod, table[i].pod) != 0)
        fail_msg ("%s: container \"%s\" pod \"%s\"", table[i].cgroups, place.container, place.pod);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_forms),  cmocka_unit_test (test_enricher), cmocka_unit_test (test_forged),
    cmocka_unit_test (test_names),  cmocka_unit_test (test_cut),      cmocka_unit_test (test_counts),
    cmocka_unit_test (test_places),
  };
  return cmocka_run_group_tests (tests, setup_arena, NULL);
}
