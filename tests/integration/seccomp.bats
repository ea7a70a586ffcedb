#!/usr/bin/env bats
# The seccomp filter: what it lets through, with which privileges it is loaded, how a violation is reported.
load bundle

# profile DEFAULT-ACTION RULES: sets linux.seccomp, native architecture only.
profile() {
  config '.linux.seccomp = {defaultAction: $action, architectures: [$arch], syscalls: $rules}' \
    --arg action "$1" --argjson rules "$2" --arg arch "SCMP_ARCH_$(uname -m | tr a-z A-Z)"
}

# allow_all_but RULES: a profile that allows all but what the rules say.
allow_all_but() {
  profile SCMP_ACT_ALLOW "$1"
}

# number NAME: of the system call, here.
number() {
  printf '#include <sys/syscall.h>\nNUMBER SYS_%s\n' "$1" | "${CC:-cc}" -E -P - | tr '\n' ' ' \
    | sed 's/.*NUMBER *//; s/ *$//'
}

quiet_in_rootfs() {
  cp "$(tool quiet -nostdlib -fno-stack-protector -no-pie)" "$ROOTFS/quiet"
  program /quiet
}

probe_in_rootfs() {
  cp "$(tool probe)" "$ROOTFS/probe"
}

quiet_profile() {
  config '.process.user = {uid: 1000, gid: 1000} | .process.noNewPrivileges = false | .process.capabilities = {}'
  profile SCMP_ACT_KILL_PROCESS '[{"names": ["execve", "write", "exit"], "action": "SCMP_ACT_ALLOW"}]'
}

@test "a profile of execve and the program's two calls is enough for user 1000 without noNewPrivileges" {
  quiet_in_rootfs
  quiet_profile
  launch
  is 0 'two system calls are enough'
  nothing_left
}

@test "a profile of execve and the program's two calls is enough with noNewPrivileges, for root, and for create and start" {
  quiet_in_rootfs
  quiet_profile
  config '.process.noNewPrivileges = true'
  launch
  is 0 'two system calls are enough'
  config '.process.noNewPrivileges = false | .process.user = {uid: 0, gid: 0}'
  launch
  is 0 'two system calls are enough'
  husk create --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1
  husk start "$ID"
  wait_for grep -q enough "$BATS_TEST_TMPDIR/out"
}

@test "Seccomp: 2 for root and for users, with and without noNewPrivileges" {
  local nnp user
  for nnp in true false; do
    for user in 0 1000; do
      config '.process.noNewPrivileges = $nnp | .process.user = {uid: $user, gid: $user}' \
        --argjson nnp "$nnp" --argjson user "$user"
      inside "grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status | cut -f2"
      same "$([ "$nnp" = true ] && echo 1 || echo 0)
2"
    done
  done
}

@test "without a profile there is no filter" {
  config 'del(.linux.seccomp)'
  inside "grep '^Seccomp:' /proc/self/status"
  same 'Seccomp:	0'
}

@test "ERRNO answers with the rule's errno, the default's errno, or EPERM" {
  probe_in_rootfs
  local getppid getuid sync
  getppid=$(number getppid) getuid=$(number getuid) sync=$(number sync)
  allow_all_but '[{"names": ["getppid"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38},
    {"names": ["getuid"], "action": "SCMP_ACT_ERRNO"},
    {"names": ["sync"], "action": "SCMP_ACT_ERRNO", "errnoRet": 111}]'
  program /probe "$getppid" "$getuid" "$sync"
  launch
  is 0 "$getppid: errno 38
$getuid: errno 1
$sync: errno 111"
}

# denied_if ARG...: getppid is denied with errno 7 if the comparison, in JSON without its braces, holds.
denied_if() {
  allow_all_but "[{\"names\": [\"getppid\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 7, \"args\": [{$1}]}]"
}

# answers: for each call of the probe 1 when it was denied, 0 when it went through.
answers() {
  sed 's/.*: //; s/errno 7/1/; s/ok/0/' <<<"$output" | tr -d '\n'
}

# proves: /linux/seccomp /linux/seccomp/syscalls /linux/seccomp/syscalls/*/names /linux/seccomp/syscalls/*/action
# proves: /linux/seccomp/syscalls/*/errnoRet /linux/seccomp/syscalls/*/args
# proves: /linux/seccomp/syscalls/*/args/*/index /linux/seccomp/syscalls/*/args/*/value
# proves: /linux/seccomp/syscalls/*/args/*/valueTwo /linux/seccomp/syscalls/*/args/*/op
# proves: /linux/seccomp/syscalls/*/args/[op=SCMP_CMP_NE] /linux/seccomp/syscalls/*/args/[op=SCMP_CMP_LT]
# proves: /linux/seccomp/syscalls/*/args/[op=SCMP_CMP_LE] /linux/seccomp/syscalls/*/args/[op=SCMP_CMP_EQ]
# proves: /linux/seccomp/syscalls/*/args/[op=SCMP_CMP_GE] /linux/seccomp/syscalls/*/args/[op=SCMP_CMP_GT]
# proves: /linux/seccomp/syscalls/*/args/[op=SCMP_CMP_MASKED_EQ]
@test "arguments are compared by EQ, NE, LT, LE, GT, GE and MASKED_EQ" {
  probe_in_rootfs
  local n op want
  n=$(number getppid)
  while read -r op want; do
    denied_if "\"index\": 0, \"value\": 10, \"op\": \"SCMP_CMP_$op\""
    program /probe "$n:9" "$n:10" "$n:11" "$n:0x10000000a"
    launch
    [ "$(answers)" = "$want" ] || { echo "$op"; show; return 1; }
  done <<'END'
EQ 0100
NE 1011
LT 1000
LE 1100
GT 0011
GE 0111
END
  denied_if '"index": 1, "value": 240, "valueTwo": 16, "op": "SCMP_CMP_MASKED_EQ"'
  program /probe "$n:0:16" "$n:0:31" "$n:0:32" "$n:0:0x1000000010"
  launch
  [ "$(answers)" = 1101 ]
}

# bats test_tags=attack:CV-30
@test "64-bit comparisons are exact in both halves" {
  probe_in_rootfs
  local n op want
  n=$(number getppid)
  # against 0x100000005
  while read -r op want; do
    denied_if "\"index\": 0, \"value\": 4294967301, \"op\": \"SCMP_CMP_$op\""
    program /probe "$n:4" "$n:5" "$n:6" "$n:0x100000004" "$n:0x100000005" "$n:0x100000006" "$n:0x200000004" \
      "$n:0xffffffffffffffff"
    launch
    [ "$(answers)" = "$want" ] || { echo "$op"; show; return 1; }
  done <<'END'
LT 11110000
LE 11111000
GT 00000111
GE 00001111
EQ 00001000
NE 11110111
END
  denied_if '"index": 0, "value": 9007194959773696, "valueTwo": 4294967296, "op": "SCMP_CMP_MASKED_EQ"'
  program /probe "$n:4" "$n:0x100000004" "$n:0x1ffffffff" "$n:0x200000004"
  launch
  [ "$(answers)" = 0110 ]
}

@test "a program killed by KILL_PROCESS makes run exit with 128 + SIGSYS" {
  allow_all_but '[{"names": ["sync"], "action": "SCMP_ACT_KILL_PROCESS"}]'
  program sync
  launch
  is 159
  nothing_left
}

# bats test_tags=attack:SC-15
@test "an unprivileged user's program is filtered from its first instruction" {
  quiet_in_rootfs
  allow_all_but '[{"names": ["write"], "action": "SCMP_ACT_KILL_PROCESS"}]'
  config '.process.user = {uid: 1000, gid: 1000} | .process.noNewPrivileges = false'
  launch
  is 159 ''
}

# proves: /linux/seccomp/defaultAction[=SCMP_ACT_LOG] /linux/seccomp/syscalls/[action=SCMP_ACT_TRACE]
@test "TRAP, LOG, KILL_THREAD, TRACE and ALLOW have the kernel's effects" {
  probe_in_rootfs
  local n
  n=$(number getppid)
  program /probe "$n"
  allow_all_but '[{"names": ["getppid"], "action": "SCMP_ACT_TRAP"}]'
  launch
  is 159
  allow_all_but '[{"names": ["getppid"], "action": "SCMP_ACT_KILL_THREAD"}]'
  launch
  is 159
  allow_all_but '[{"names": ["getppid"], "action": "SCMP_ACT_LOG"}]'
  launch
  same "$n: ok"
  allow_all_but '[{"names": ["getppid"], "action": "SCMP_ACT_TRACE", "errnoRet": 5}]'
  launch
  same "$n: errno 38"
  profile SCMP_ACT_LOG '[]'
  launch
  same "$n: ok"
}

# proves: /linux/seccomp/defaultAction[=SCMP_ACT_KILL]
# bats test_tags=attack:SC-12,attack:SC-13
@test "a profile that denies execve is named as the reason" {
  quiet_in_rootfs
  local action
  for action in KILL_PROCESS KILL_THREAD TRAP; do
    allow_all_but '[{"names": ["execve", "execveat"], "action": "SCMP_ACT_'"$action"'"}]'
    launch
    is 159 ''
    complains '/linux/seccomp' 'denies execve'
    complains_not 'permitted' 'permission denied' 'no such file'
    nothing_left
  done
  for action in ERRNO TRACE; do
    allow_all_but '[{"names": ["execve", "execveat"], "action": "SCMP_ACT_'"$action"'"}]'
    refused '/linux/seccomp' 'denies execve'
    complains_not 'permitted' 'permission denied' 'no such file'
  done
  allow_all_but '[{"names": ["execve"], "action": "SCMP_ACT_ERRNO"}]'
  refused '/linux/seccomp' 'denies execve'
  complains_not 'permitted'
  for action in KILL KILL_PROCESS; do
    profile "SCMP_ACT_$action" '[]'
    launch
    is 159 ''
    complains 'killed by SIGSYS in step exec: the profile denies execve'
    nothing_left
  done
}

# bats test_tags=attack:SC-03
@test "unknown call names are left out with one warning, and the others count" {
  probe_in_rootfs
  allow_all_but '[{"names": ["mkdirr", "getppid"], "action": "SCMP_ACT_ERRNO", "errnoRet": 9}]'
  program /probe "$(number getppid)"
  launch
  succeeded
  says 'errno 9'
  warns 'unknown system call mkdirr: skipped (did you mean mkdir'
  [ "$(grep -c mkdirr "$WARNINGS")" -eq 1 ]
}

# proves: /linux/seccomp/defaultAction[=SCMP_ACT_NOTIFY]
# proves: seccomp-names
# bats test_tags=attack:SC-01,attack:SC-02,attack:SC-05,attack:SC-06,attack:SC-07,attack:SC-09, any-machine
@test "a profile with mistakes is refused" {
  local filter pointer reason
  while IFS='|' read -r filter pointer reason; do
    refused_example "$filter" "/linux/seccomp$pointer" "$reason"
  done <<'END'
.linux.seccomp = {}||"defaultAction" is required
del(.linux.seccomp.defaultAction)||"defaultAction" is required
.linux.seccomp.defaultAction = "scmp_act_allow"|/defaultAction|"scmp_act_allow" is not a seccomp action
.linux.seccomp.defaultAction = "SCMP_ACT_FOO"|/defaultAction|"SCMP_ACT_FOO" is not a seccomp action
.linux.seccomp.defaultAction = "allow"|/defaultAction|is not a seccomp action
.linux.seccomp = {defaultAction: "SCMP_ACT_NOTIFY"}||SCMP_ACT_NOTIFY needs "listenerPath"
.linux.seccomp.defaultErrnoRet = 5000|/defaultErrnoRet|5000 is out of range (0 to 4095)
.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", defaultErrnoRet: 1}|/defaultErrnoRet|an errno needs
.linux.seccomp.architectures = ["SCMP_ARCH_FOO"]|/architectures/0|"SCMP_ARCH_FOO" is not an architecture
.linux.seccomp.architectures = ["SCMP_ARCH_X86_65"]|/architectures/0|(did you mean SCMP_ARCH_X86_64?)
.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_FOO"]|/flags/0|is not a seccomp filter flag (did you mean SECCOMP_FILTER_FLAG_LOG?)
.linux.seccomp.syscalls[2].action = "x"|/syscalls/2/action|
.linux.seccomp.syscalls[0].action = "SCMP_ACT_X"|/syscalls/0/action|
.linux.seccomp.syscalls[2].errnoRet = -1|/syscalls/2/errnoRet|
.linux.seccomp.syscalls[0].names = "read"|/syscalls/0/names|
.linux.seccomp.syscalls[0].names = []|/syscalls/0/names|
.linux.seccomp.syscalls[3].args[0].index = 6|/syscalls/3/args/0/index|6 is out of range (0 to 5)
.linux.seccomp.syscalls[3].args[0].op = "EQ"|/syscalls/3/args/0/op|
END
}

# proves: errno-of-an-action-without
# bats test_tags=any-machine
@test "an errno for an action that returns none is refused, in a rule and for the default" {
  local action
  for action in KILL KILL_PROCESS KILL_THREAD TRAP ALLOW LOG NOTIFY; do
    refused_example '.linux.seccomp = {defaultAction: "SCMP_ACT_'$action'", defaultErrnoRet: 1, listenerPath: "/no/agent"}' \
      /linux/seccomp/defaultErrnoRet 'an errno needs SCMP_ACT_ERRNO or SCMP_ACT_TRACE'
    refused_example '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", listenerPath: "/no/agent",
      syscalls: [{names: ["mkdir"], action: "SCMP_ACT_'$action'", errnoRet: 1}]}' \
      /linux/seccomp/syscalls/0/errnoRet 'an errno needs SCMP_ACT_ERRNO or SCMP_ACT_TRACE'
  done
}

# proves: /linux/seccomp/defaultAction[=SCMP_ACT_ALLOW]
# bats test_tags=attack:SC-11, any-machine
@test "a filter above the kernel's limit is refused with its size" {
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [range(20000) | {names: ["read"],
    action: "SCMP_ACT_ERRNO", args: [{index: 0, value: ., op: "SCMP_CMP_EQ"}]}]}'
  refused 'config.json:' '/linux/seccomp/syscalls/' ' instructions, but the kernel allows 4096; the largest rules: ' \
    ' for syscalls/'
  [[ "$stderr" =~ 'the filter needs '[0-9]+' instructions' ]]
}

# proves: /linux/seccomp/defaultAction /linux/seccomp/defaultAction[=SCMP_ACT_ERRNO]
# proves: /linux/seccomp/syscalls/[action=SCMP_ACT_ALLOW]
@test "system calls that are newer than the profile get ENOSYS: run and exec; --seccomp-enosys=off" {
  probe_in_rootfs
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", syscalls: [{names: $names, action: "SCMP_ACT_ALLOW"}]}' \
    --argjson names '["execve", "exit_group", "write", "brk", "arch_prctl", "set_tid_address", "set_robust_list", "rseq",
      "prlimit64", "readlinkat", "readlink", "getrandom", "mprotect", "newfstatat", "fstat", "nanosleep", "openat2",
      "clock_nanosleep", "pause", "ioctl"]'
  program /probe 439 441 600 435 437 41:16 # faccessat2, epoll_pwait2, nobody's, clone3, openat2; socket or pivot_root
  launch
  says '439: errno 38' '441: errno 38' '600: errno 38' '435: errno 1' '41:16: errno 1'
  says_not '437: errno 1' '437: errno 38'
  launch --seccomp-enosys=off
  says '439: errno 1' '441: errno 1' '600: errno 1' '435: errno 1'
  launch --seccomp-enosys=never
  is 1 ''
  complains '"never" must be on or off'
  program /bin/busybox sleep 1000
  create --seccomp-enosys=off
  husk start "$ID"
  run husk exec "$ID" /probe 439
  is 0 '439: errno 1'
  husk delete --force "$ID"
  create
  husk start "$ID"
  run husk exec "$ID" /probe 439
  is 0 '439: errno 38'
}

@test "i386 and x32 calls are never unfiltered" {
  probe_in_rootfs
  local machine call
  machine=$(uname -m)
  for call in x110 i64; do # getppid there; elsewhere than on x86_64 no call at all, and denied without a filter too
    profile SCMP_ACT_ALLOW '[{"names": ["getppid"], "action": "SCMP_ACT_ERRNO", "errnoRet": 9}]'
    program /probe "$call"
    launch
    [[ "$status" -ne 0 || "$output" == *errno* ]]
  done
  # and a listed one is filtered by its own numbers
  if [ "$machine" = x86_64 ]; then
    config '.linux.seccomp.architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]'
    program /probe i64 x110 110
    launch
    succeeded
    says 'i64: errno 9' 'x110: errno' '110: errno 9'
  fi
}

@test "the filter binds programs of exec too" {
  allow_all_but '[{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13}]'
  config '.root.readonly = false'
  container_up
  run husk exec "$ID" sh -c "grep '^Seccomp:' /proc/self/status; mkdir /x"
  [ "$status" -ne 0 ]
  says 'Seccomp:	2' 'Permission denied'
}

@test "the profile of the example lets a shell work" {
  inside 'ls / | head -2; mkdir /dev/shm/x && echo made; cat /etc/passwd | wc -l'
  says made
}

@test "rules work for calls newer than libseccomp, with and without conditions" {
  probe_in_rootfs
  allow_all_but '[{"names": ["statmount", "file_setattr"], "action": "SCMP_ACT_ERRNO", "errnoRet": 77},
    {"names": ["mseal"], "action": "SCMP_ACT_ERRNO", "errnoRet": 78, "args": [{"index": 2, "value": 5, "op": "SCMP_CMP_EQ"}]}]'
  program /probe 457 469 462:0:0:5 462:0:0:6 463
  launch
  succeeded
  says '457: errno 77' '469: errno 77' '462:0:0:5: errno 78'
  says_not '462:0:0:6: errno 78' '463: errno 77'
  [ "$stderr" = '' ] # nothing is skipped
}

@test "every call that came since Linux 6.5 is denied by its name, under the number that the kernel has for it" {
  [ "$(uname -m)" = x86_64 ] || skip 'the numbers are x86_64 numbers'
  local name since number names=() numbers=()
  # uretprobe and uprobe, which are 335 and 336, are run past every filter
  while IFS=, read -r name since number _; do
    ((number > 400)) || continue
    names+=("\"$name\"")
    numbers+=("$number")
  done < <(grep -E '^[a-z0-9_]+,(6\.([5-9]|1[0-9])|7\.[0-9]+),[0-9]' "$SOURCE/src/seccomp/calls.csv")
  ((${#names[@]} > 20))
  [[ " ${names[*]} " == *' "fchmodat2" '*' "mseal" '* && " ${numbers[*]} " == *' 452 '*' 462 '* ]]
  probe_in_rootfs
  allow_all_but "[{\"names\": [$(IFS=, && echo "${names[*]}")], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 77}]"
  program /probe "${numbers[@]}" 450
  launch
  succeeded
  says "${numbers[@]/%/: errno 77}"
  says_not '450: errno 77'
  [ "$stderr" = '' ] # nothing is skipped
}
