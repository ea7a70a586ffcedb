#!/usr/bin/env bats
# The seccomp filter: what it lets through, with which privileges it is loaded, how a violation is told.
load bundle

# profile DEFAULT-ACTION RULES: sets linux.seccomp, native architecture only.
profile() {
  config '.linux.seccomp = {"defaultAction": $action, "architectures": [$arch], "syscalls": $rules}' \
    --arg action "$1" --argjson rules "$2" --arg arch "SCMP_ARCH_$(uname -m | tr a-z A-Z)"
}

# allow_all_but RULES: a profile that allows all but what the rules say.
allow_all_but() {
  profile SCMP_ACT_ALLOW "$1"
}

# the number of a system call here
number() {
  printf '#include <sys/syscall.h>\nNUMBER SYS_%s\n' "$1" | "${CC:-cc}" -E -P - | tr '\n' ' ' | sed 's/.*NUMBER *//; s/ *$//'
}

quiet_in_rootfs() {
  cp "$(tool_freestanding quiet)" "$ROOTFS/quiet"
  payload /quiet
}

probe_in_rootfs() {
  cp "$(tool probe)" "$ROOTFS/probe"
}

quiet_profile() {
  config '.process.user = {"uid": 1000, "gid": 1000} | .process.noNewPrivileges = false | .process.capabilities = {}'
  profile SCMP_ACT_KILL_PROCESS '[{"names": ["execve", "write", "exit"], "action": "SCMP_ACT_ALLOW"}]'
}

@test "a profile of execve and the program's own two calls is enough, without noNewPrivileges, as user 1000" {
  quiet_in_rootfs
  quiet_profile
  launch
  succeeded
  same 'two system calls are enough'
  nothing_left
}

@test "the same with noNewPrivileges, as root, and by create and start" {
  quiet_in_rootfs
  quiet_profile
  config '.process.noNewPrivileges = true'
  launch
  same 'two system calls are enough'
  config '.process.noNewPrivileges = false | .process.user = {"uid": 0, "gid": 0}'
  launch
  same 'two system calls are enough'
  husk create --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1
  husk start "$ID"
  wait_for grep -q enough "$BATS_TEST_TMPDIR/out"
}

@test "Seccomp: 2 for root and for users, with and without noNewPrivileges" {
  local nnp user
  for nnp in true false; do
    for user in 0 1000; do
      config '.process.noNewPrivileges = $nnp | .process.user = {"uid": $user, "gid": $user}' \
        --argjson nnp "$nnp" --argjson user "$user"
      inside "grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status | cut -f2"
      same "$([ "$nnp" = true ] && echo 1 || echo 0)
2"
    done
  done
}

@test "no profile: no filter" {
  config 'del(.linux.seccomp)'
  inside "grep '^Seccomp:' /proc/self/status"
  same 'Seccomp:	0'
}

@test "ERRNO answers with the rule's errno, the default's errno, or EPERM" {
  probe_in_rootfs
  local getpid getuid sync
  getpid=$(number getppid) getuid=$(number getuid) sync=$(number sync)
  allow_all_but '[{"names": ["getppid"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}, {"names": ["getuid"], "action": "SCMP_ACT_ERRNO"}, {"names": ["sync"], "action": "SCMP_ACT_ERRNO", "errnoRet": 111}]'
  payload /probe "$getpid" "$getuid" "$sync"
  launch
  same "$getpid: errno 38
$getuid: errno 1
$sync: errno 111"
}

@test "arguments are compared: EQ, NE, LT, LE, GT, GE, MASKED_EQ" {
  probe_in_rootfs
  local n
  n=$(number getppid)
  # rule: denied when the operation holds for argument 0 against 10
  local row op below equal above
  while read -r op below equal above; do
    allow_all_but "[{\"names\": [\"getppid\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 7, \"args\": [{\"index\": 0, \"value\": 10, \"op\": \"SCMP_CMP_$op\"}]}]"
    payload /probe "$n:9" "$n:10" "$n:11" "$n:0x10000000a"
    launch
    row=$(sed 's/.*: //; s/errno 7/no/' <<<"$output" | head -3 | tr '\n' ' ')
    [ "$row" = "$below $equal $above " ] || { echo "$op: $row"; return 1; }
  done <<'END'
EQ ok no ok
NE no ok no
LT no ok ok
LE no no ok
GT ok ok no
GE ok no no
END
  allow_all_but '[{"names": ["getppid"], "action": "SCMP_ACT_ERRNO", "errnoRet": 7, "args": [{"index": 1, "value": 240, "valueTwo": 16, "op": "SCMP_CMP_MASKED_EQ"}]}]'
  payload /probe "$n:0:16" "$n:0:31" "$n:0:32" "$n:0:0x1000000010"
  launch
  [ "$(sed 's/.*: //; s/errno 7/no/' <<<"$output" | tr '\n' ' ')" = 'no no ok no ' ]
}

@test "CV-30: 64-bit comparisons are exact in both halves" {
  probe_in_rootfs
  local n op want
  n=$(number getppid)
  # against 0x100000005, denied when the operation holds
  while read -r op want; do
    allow_all_but "[{\"names\": [\"getppid\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 7, \"args\": [{\"index\": 0, \"value\": 4294967301, \"op\": \"SCMP_CMP_$op\"}]}]"
    payload /probe "$n:4" "$n:5" "$n:6" "$n:0x100000004" "$n:0x100000005" "$n:0x100000006" "$n:0x200000004" "$n:0xffffffffffffffff"
    launch
    [ "$(sed 's/.*: //; s/errno 7/1/; s/ok/0/' <<<"$output" | tr -d '\n')" = "$want" ] || { echo "$op"; show; return 1; }
  done <<'END'
LT 11110000
LE 11111000
GT 00000111
GE 00001111
EQ 00001000
NE 11110111
END
  allow_all_but '[{"names": ["getppid"], "action": "SCMP_ACT_ERRNO", "errnoRet": 7, "args": [{"index": 0, "value": 9007194959773696, "valueTwo": 4294967296, "op": "SCMP_CMP_MASKED_EQ"}]}]'
  payload /probe "$n:4" "$n:0x100000004" "$n:0x1ffffffff" "$n:0x200000004"
  launch
  [ "$(sed 's/.*: //; s/errno 7/1/; s/ok/0/' <<<"$output" | tr -d '\n')" = 0110 ]
}

@test "KILL_PROCESS of the program gives 128 + SIGSYS" {
  allow_all_but '[{"names": ["sync"], "action": "SCMP_ACT_KILL_PROCESS"}]'
  payload sync
  launch
  failed_with 159
  nothing_left
}

@test "TRAP, LOG, KILL_THREAD, TRACE and ALLOW have the kernel's effects" {
  probe_in_rootfs
  local n
  n=$(number getppid)
  payload /probe "$n"
  allow_all_but '[{"names": ["getppid"], "action": "SCMP_ACT_TRAP"}]'
  launch
  failed_with 159
  allow_all_but '[{"names": ["getppid"], "action": "SCMP_ACT_KILL_THREAD"}]'
  launch
  failed_with 159
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

@test "a profile that denies execve is said to" {
  profile SCMP_ACT_ALLOW '[{"names": ["execve"], "action": "SCMP_ACT_ERRNO"}]'
  launch
  failed_with 1
  complains 'execve' 'seccomp'
  [[ "$stderr" != *'operation not permitted'* ]]
  nothing_left
  profile SCMP_ACT_KILL_PROCESS '[]'
  launch
  [ "$status" -ne 0 ]
  complains 'SIGSYS' 'execve'
  nothing_left
}

@test "names that the kernel or the library does not know are left out with a warning" {
  profile SCMP_ACT_ALLOW '[{"names": ["no_such_call", "getppid"], "action": "SCMP_ACT_ERRNO", "errnoRet": 9}]'
  probe_in_rootfs
  payload /probe "$(number getppid)"
  launch
  succeeded
  says 'errno 9'
}

@test "i386 and x32 calls are never unfiltered" {
  [ "$(uname -m)" = x86_64 ] || skip 'x86_64 only'
  probe_in_rootfs
  profile SCMP_ACT_ALLOW '[{"names": ["getppid"], "action": "SCMP_ACT_ERRNO", "errnoRet": 9}]'
  payload /probe x110
  launch
  [[ "$status" -ne 0 || "$output" == *errno* ]]
  payload /probe i64
  launch
  [[ "$status" -ne 0 || "$output" == *errno* ]]
  # and a listed one is filtered by its own numbers
  config '.linux.seccomp.architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]'
  payload /probe i64 x110 110
  launch
  succeeded
  says 'i64: errno 9' 'x110: errno' '110: errno 9'
}

@test "the filter binds programs of exec too" {
  allow_all_but '[{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13}]'
  config '.root.readonly = false'
  container_up
  run husk exec "$ID" sh -c "grep '^Seccomp:' /proc/self/status; mkdir /x"
  [ "$status" -ne 0 ]
  says 'Seccomp:	2' 'Permission denied'
}

@test "all three default profiles in use let a shell work" {
  inside 'ls / | head -2; mkdir /dev/shm/x && echo made; cat /etc/passwd | wc -l'
  says made
}
