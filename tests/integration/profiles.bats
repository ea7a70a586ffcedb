# Seccomp profiles that are mistaken, and those that deny what a start needs.
load bundle

setup() {
  bundle_make
  plain
  cp "$(tool_freestanding quiet)" "$ROOTFS/bin/tiny"
}

@test "SC-12, SC-13: a profile that denies execve is named as the reason" {
  payload /bin/tiny
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
  payload mkdir /tmp/x
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
  rmdir "$ROOTFS/tmp/x" 2>/dev/null || true
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
  payload mkdir /tmp/x
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdirr", "mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"}]}'
  go
  is 1
  says 'no system call is known as mkdirr: skipped (did you mean mkdir'
  says 'Operation not permitted'
}

@test "SC-11: a filter beyond the kernel's limit says how large it is" {
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [range(20000) | {names: ["read"], action: "SCMP_ACT_ERRNO", args: [{index: 0, value: ., op: "SCMP_CMP_EQ"}]}]}'
  run timeout 5 "$HUSK" --root "$STATE" run --bundle "$BUNDLE" "$ID"
  is 1
  [[ $output =~ 'the filter needs '[0-9]+' instructions, the kernel allows 4096' ]]
}

@test "SC-15: the filter of an unprivileged user is there from the first instruction" {
  payload /bin/tiny
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["write"], action: "SCMP_ACT_KILL_PROCESS"}]} |
          .process.noNewPrivileges = false | .process.user = {uid: 1000, gid: 1000}'
  go
  is 159
}
