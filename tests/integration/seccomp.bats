load bundle

# A static program that writes a line and exits, with two system calls.
tiny() {
  cat >"$BATS_TEST_TMPDIR/tiny.c" <<'C'
static long call (long n, long a, long b, long c)
{
  long r;
#if defined(__x86_64__)
  __asm__ volatile ("syscall" : "=a" (r) : "a" (n), "D" (a), "S" (b), "d" (c) : "rcx", "r11", "memory");
#elif defined(__aarch64__)
  register long x8 __asm__ ("x8") = n, x0 __asm__ ("x0") = a, x1 __asm__ ("x1") = b, x2 __asm__ ("x2") = c;
  __asm__ volatile ("svc 0" : "+r" (x0) : "r" (x8), "r" (x1), "r" (x2) : "memory");
  r = x0;
#endif
  return r;
}
#include <sys/syscall.h>
void _start (void)
{
  call (SYS_write, 1, (long) "tiny\n", 5);
  call (SYS_exit_group, 0, 0, 0);
  for (;;) ;
}
C
  gcc -static -nostdlib -ffreestanding -O1 -o "$BUNDLE/rootfs/bin/tiny" "$BATS_TEST_TMPDIR/tiny.c"
}

@test "a profile needs to allow execve and what the program calls, nothing for the runtime" {
  tiny
  program /bin/tiny
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_KILL_PROCESS", syscalls: [{names: ["execve", "write", "exit_group"], action: "SCMP_ACT_ALLOW"}]} |
          .process.noNewPrivileges = false | .process.user = {uid: 1000, gid: 1000}'
  go
  is 0 tiny
  config '.process.noNewPrivileges = true'
  go
  is 0 tiny
  config '.process.user = {uid: 0, gid: 0} | .process.capabilities = {} | .process.noNewPrivileges = false'
  go
  is 0 tiny
}

@test "the filter is loaded with and without noNewPrivileges, for root and for others" {
  cp "$EXAMPLE" "$BUNDLE/config.json"
  program grep -E 'Seccomp:|NoNewPrivs' /proc/self/status
  local privileges user
  for privileges in true false; do
    for user in 0 1000; do
      config '.process.noNewPrivileges = $p | .process.user = {uid: $u, gid: $u}' --argjson p $privileges --argjson u $user
      go
      is 0 $'NoNewPrivs:\t'$([ $privileges = true ] && echo 1 || echo 0)$'\nSeccomp:\t2'
    done
  done
}

@test "the extra capability for loading is gone in the program" {
  cp "$EXAMPLE" "$BUNDLE/config.json"
  program grep Cap /proc/self/status
  config '.process.noNewPrivileges = false | .process.user = {uid: 1000, gid: 1000} | .process.capabilities.inheritable = ["CAP_KILL"] | .process.capabilities.ambient = ["CAP_KILL"]'
  go
  is 0 $'CapInh:\t0000000000000020\nCapPrm:\t0000000000000020\nCapEff:\t0000000000000020\nCapBnd:\t00000000a80425fb\nCapAmb:\t0000000000000020'
}

@test "SC-12, SC-13: a profile that denies execve is named as the reason" {
  tiny
  program /bin/tiny
  local action
  for action in ERRNO KILL_PROCESS KILL_THREAD TRAP; do
    config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["execve", "execveat"], action: ("SCMP_ACT_" + $a)}]}' --arg a $action
    go
    is 1
    [[ $output == *'/linux/seccomp'*'denies execve'* ]]
    [[ $output != *'permitted'* && $output != *'permission denied'* && $output != *'no such file'* ]]
    nothing_left
  done
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_KILL", syscalls: []}'
  refused 'killed by SIGSYS in step exec: the profile denies execve'
}

@test "each action has its effect" {
  program mkdir /tmp/x
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 95}]}'
  go
  is 1
  says 'not supported'
  config '.linux.seccomp.syscalls[0] |= (del(.errnoRet) | .action = "SCMP_ACT_ERRNO")'
  go
  is 1
  says 'Operation not permitted'
  config '.linux.seccomp.syscalls[0].action = "SCMP_ACT_KILL_PROCESS"'
  go
  is 159
  config '.linux.seccomp.syscalls[0].action = "SCMP_ACT_TRAP"'
  go
  is 159
  config '.linux.seccomp.syscalls[0].action = "SCMP_ACT_TRACE"'
  go
  is 1
  says 'not implemented'
  config '.linux.seccomp.syscalls[0].action = "SCMP_ACT_LOG"'
  rmdir "$BUNDLE/rootfs/tmp/x" 2>/dev/null || true
  go
  is 0
}

@test "SC-01, SC-02, SC-05, SC-06, SC-07, SC-09: profiles that are none" {
  config '.linux.seccomp = {}'
  refused '"defaultAction" is required'
  config '.linux.seccomp = {defaultAction: "scmp_act_allow"}'
  refused '/linux/seccomp/defaultAction: "scmp_act_allow" is not a seccomp action'
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["read"], action: "SCMP_ACT_X"}]}'
  refused '/linux/seccomp/syscalls/0/action'
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_65"]}'
  refused '"SCMP_ARCH_X86_65" is not an architecture (did you mean SCMP_ARCH_X86_64?)'
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 5000}'
  refused '5000 is out of range (0 to 4095)'
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", defaultErrnoRet: 1}'
  refused 'an errno has a meaning with'
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["read"], action: "SCMP_ACT_LOG", args: [{index: 6, value: 0, op: "SCMP_CMP_EQ"}]}]}'
  refused '6 is out of range (0 to 5)'
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", flags: ["SECCOMP_FILTER_FLAG_NOSUCH"]}'
  refused 'is not a flag of a filter'
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_NOTIFY"}'
  refused 'SCMP_ACT_NOTIFY needs "listenerPath"'
}

@test "SC-03: names that nobody knows are one warning, the rest counts" {
  program mkdir /tmp/x
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdirr", "mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"}]}'
  go
  is 1
  says 'no system call is known as mkdirr: skipped (did you mean mkdir'
  says 'Operation not permitted'
}

@test "SC-11: a filter beyond the kernel's limit says how large it is" {
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [range(20000) | {names: ["read"], action: "SCMP_ACT_ERRNO", args: [{index: 0, value: ., op: "SCMP_CMP_EQ"}]}]}'
  run timeout 5 "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  is 1
  [[ $output =~ 'the filter needs '[0-9]+' instructions, the kernel allows 4096' ]]
}

@test "SC-15: the filter of an unprivileged user is there from the first instruction" {
  tiny
  program /bin/tiny
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["write"], action: "SCMP_ACT_KILL_PROCESS"}]} |
          .process.noNewPrivileges = false | .process.user = {uid: 1000, gid: 1000}'
  go
  is 159
}
