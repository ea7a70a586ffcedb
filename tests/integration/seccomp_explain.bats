# --seccomp-explain: each call that a profile denies is explained, with the rule that denies it.

load bundle

# denied ACTION [ERRNO]: the profile denies mkdir; the program prints what it got of it.
denied() {
  config '.root.readonly = false | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{names: ["mkdir", "mkdirat"], action: $action} + $errno]}' --arg action "$1" \
    --argjson errno "$([ $# -lt 2 ] && echo '{}' || echo "{\"errnoRet\": $2}")"
}

teardown() {
  bundle_end
  wait_for no_observer
}

@test "--seccomp-explain prints a line with call, caller and rule for each denial, and a summary at the end" {
  denied SCMP_ACT_ERRNO 122
  script 'mkdir /a; mkdir -m 700 /b; mkdir /a; exit 3'
  launch --seccomp-explain
  is 3
  complains "mkdir: can't create directory '/a': Disk quota exceeded" \
    'husk: seccomp: mkdir("/a", 0777) by mkdir on '"$(uname -m)"': ERRNO 122 (disk quota exceeded), by config.json:' \
    '/linux/seccomp/syscalls/0 [pid ' 'husk: seccomp: denied calls: 3' ' 2  mkdir("/a", 0777)' \
    'would have to allow: mkdir'
  [ "$(grep -c 'mkdir("/a".*\[pid' <<<"$stderr")" -eq 1 ] # the second is only counted
}

@test "--seccomp-explain reports denials by the default action and with errno 0" {
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 38, syscalls: [
    {names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 0}, {names: $names, action: "SCMP_ACT_ALLOW"}]}
    | .root.readonly = false' --argjson names "$(allowed_of_busybox)"
  script 'mkdir /a && [ ! -e /a ] && echo pretended; chroot / true; true'
  launch --seccomp-explain
  is 0 pretended
  complains 'chroot("/") by ' 'ERRNO 38 (function not implemented), by config.json:' '/linux/seccomp/defaultAction' \
    'ERRNO 0'
}

# What busybox needs: recorded.
allowed_of_busybox() {
  "$HUSK" seccomp record -o "$BATS_TEST_TMPDIR/busybox.json" -- /bin/busybox sh -c 'ls / >/dev/null; [ -e / ] && (exit 1); true' >&2
  jq -c '.syscalls[0].names + ["umask", "chmod", "stat", "newfstatat", "getuid", "setuid", "readlink", "fork", "vfork",
    "clone", "wait4", "getcwd", "fcntl", "dup2", "write", "prlimit64", "mprotect", "rt_sigaction"] | unique' \
    "$BATS_TEST_TMPDIR/busybox.json"
}

# same_end ACTION COMMAND...: with and without an observer the program prints the same and ends in the same way.
same_end() {
  local action=$1 before
  shift
  denied "$action"
  program "$@"
  launch
  before="$status $output"
  launch --seccomp-explain
  if [ "$status $output" != "$before" ]; then
    echo "without: $before"
    show
    return 1
  fi
  complains "${action#SCMP_ACT_}"
  printf '%s\n' "$before" >>"$BATS_TEST_TMPDIR/ends"
}

@test "--seccomp-explain: KILL and TRAP end pid 1, a child and a thread as without it, with SIGSYS blocked or handled" {
  local action how
  cp "$(tool denied -pthread)" "$ROOTFS/bin/denied"
  for action in SCMP_ACT_KILL_PROCESS SCMP_ACT_KILL_THREAD SCMP_ACT_TRAP SCMP_ACT_ERRNO; do
    for how in first child thread blocked ignored handled; do
      same_end "$action" denied "$how"
    done
  done
  # the compared output is not empty
  grep -qx '159 ' "$BATS_TEST_TMPDIR/ends"
  grep -qx '0 killed by 31' "$BATS_TEST_TMPDIR/ends"
  grep -q 'handler: code 1 number [0-9]* errno 0 register the same' "$BATS_TEST_TMPDIR/ends"
  grep -qx '0 the thread is gone' "$BATS_TEST_TMPDIR/ends"
}

# bats test_tags=attack:SC-20
@test "--seccomp-explain: a caller does not survive KILL by having its code overwritten meanwhile" {
  cp "$(tool overwriter)" "$ROOTFS/bin/overwriter"
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["reboot"], action: "SCMP_ACT_KILL_PROCESS"}]}'
  program overwriter
  launch --seccomp-explain
  is 0 $'survived 0\nended'
  complains 'reboot('
}

@test "--seccomp-explain escapes the container's text for the terminal" {
  denied SCMP_ACT_ERRNO
  script 'mkdir "$(printf "/\033[2J\"x\n")"; true'
  launch --seccomp-explain
  complains 'mkdir("/\x1b[2J\x22x'
}

@test "--seccomp-explain=FILE covers create, start and exec, and is complete when delete returns" {
  denied SCMP_ACT_ERRNO
  script 'mkdir /from-start; sleep 1000'
  create --seccomp-explain="$BATS_TEST_TMPDIR/denials"
  husk start "$ID"
  run husk exec "$ID" mkdir /from-exec
  failed
  husk delete --force "$ID"
  grep -q 'mkdir("/from-start", 0777)' "$BATS_TEST_TMPDIR/denials"
  grep -q 'mkdir("/from-exec", 0777)' "$BATS_TEST_TMPDIR/denials"
  grep -q 'denied calls: 2' "$BATS_TEST_TMPDIR/denials"
}

@test "--seccomp-explain=FILE: a failed create leaves the file unchanged" {
  denied SCMP_ACT_ERRNO
  script 'mkdir /x; sleep 1000'
  cp "$BUNDLE/config.json" "$BATS_TEST_TMPDIR/config.json"
  config '.linux.cgroupsPath = "/.."'
  echo earlier >"$BATS_TEST_TMPDIR/denials"
  launch --seccomp-explain="$BATS_TEST_TMPDIR/denials"
  is 1
  [ "$(cat "$BATS_TEST_TMPDIR/denials")" = earlier ]
  cp "$BATS_TEST_TMPDIR/config.json" "$BUNDLE/config.json"
  create --seccomp-explain="$BATS_TEST_TMPDIR/denials"
  never grep earlier "$BATS_TEST_TMPDIR/denials"
  husk start "$ID"
  wait_for grep -q mkdir "$BATS_TEST_TMPDIR/denials"
  launch --seccomp-explain="$BATS_TEST_TMPDIR/denials" # a container with that id exists
  is 1
  grep -q mkdir "$BATS_TEST_TMPDIR/denials"
  husk delete --force "$ID"
}

# bats test_tags=any-machine
@test "--seccomp-explain: missing or unwritable files and conflicting options are errors" {
  run husk create --bundle "$BUNDLE" --seccomp-explain "$ID"
  is 1
  says 'needs =FILE when the container is detached'
  mkfifo "$BATS_TEST_TMPDIR/unread"
  launch --seccomp-explain="$BATS_TEST_TMPDIR/unread"
  is 1 ''
  complains 'no such device or address'
  launch --seccomp-explain=/no/such/file
  is 1 ''
  complains 'open /no/such/file: no such file or directory'
  launch --seccomp-explain --seccomp-record "$BATS_TEST_TMPDIR/r.json"
  is 1 ''
  complains 'are mutually exclusive'
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_NOTIFY", listenerPath: "/run/agent"}'
  launch --seccomp-explain
  is 1 ''
  complains 'notifies an agent'
  config 'del(.linux.seccomp)'
  program true
  launch --seccomp-explain
  succeeded
  warns 'nothing will be denied'
}

@test "if the observer is killed, denied calls fail with ENOSYS and husk's commands work" {
  denied SCMP_ACT_ERRNO
  container_up_observed
  kill -KILL "$(jq .observer "$ROOT/$ID/state.json")"
  wait_for no_observer
  husk state "$ID"
  husk delete --force "$ID"
}

container_up_observed() {
  script 'while :; do mkdir /a 2>/dev/null; sleep 0.1; done'
  create --seccomp-explain="$BATS_TEST_TMPDIR/denials"
  husk start "$ID"
}

@test "a failed create leaves no observer" {
  denied SCMP_ACT_ERRNO
  config '.mounts += [{destination: "/x", type: "nosuchfs", source: "none"}]'
  launch --seccomp-explain
  is 1 ''
  config '.mounts |= .[:-1]'
  program /no/such/program
  launch --seccomp-record "$BATS_TEST_TMPDIR/r.json"
  is 1 ''
  [ ! -e "$BATS_TEST_TMPDIR/r.json" ]
  nothing_left
}

# confined_to JSON: the bundle's profile; NAMES in it is replaced by what the probe itself needs.
confined_to() {
  cp "$(tool probe)" "$ROOTFS/probe"
  config '.linux.seccomp = $profile' --argjson profile "${1//NAMES/'"execve", "exit_group", "write", "brk", "arch_prctl",
    "set_tid_address", "set_robust_list", "rseq", "prlimit64", "readlinkat", "readlink", "getrandom", "mprotect", "newfstatat",
    "fstat"'}"
}

# advises TEXT...: exactly these lines come after the summary.
advises() {
  local advice
  advice=$(sed -n 's/^husk: seccomp: //p' <<<"$stderr" | sed '1,/^denied calls/d' | grep -v '^ *[0-9]*  ' || true)
  [ "$advice" = "$(printf '%s\n' "$@")" ] || { echo "advice: $advice"; show; return 1; }
}

@test "--seccomp-explain reports a call newer than the profile as newer, not as needed" {
  confined_to '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": [NAMES, "openat2"], "action": "SCMP_ACT_ALLOW"}]}'
  program /probe 439 457 600
  launch --seccomp-explain
  succeeded
  complains 'faccessat2(' ', because it is newer than the profile, which knows system calls up to Linux 5.6: it came with 5.8 [pid ' \
    'statmount(' ': it came with 6.8 [pid '
  never grep -q 'faccessat2.*defaultAction' <<<"$stderr"
  advises 'newer than the profile, so programs get ENOSYS and fall back; what it would have to allow for one that cannot: faccessat2 statmount' \
    "numbers without a name, which no profile can allow: 600 of SCMP_ARCH_$(uname -m | tr '[:lower:]' '[:upper:]')"
  config '.linux.seccomp.syscalls[0].names += ["faccessat2", "statmount"]'
  program /probe 439 457
  launch --seccomp-explain
  complains 'nothing was denied'
}

@test "--seccomp-explain names a rule that nearly allowed the call, and one that denies it" {
  confined_to '{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "syscalls": [{"names": [NAMES], "action": "SCMP_ACT_ALLOW"},
    {"names": ["statmount"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 3, "value": 0, "op": "SCMP_CMP_EQ"}]},
    {"names": ["mseal", "listmount"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5}]}'
  program /probe 457:0:0:0:1 457:0:0:0:1 462
  launch --seccomp-explain
  complains '/linux/seccomp/defaultAction (config.json:' \
    '/linux/seccomp/syscalls/1 says ALLOW if arg3 == 0x0, which does not hold) [pid ' 'mseal() by ' '/linux/seccomp/syscalls/2 [pid '
  [[ "$stderr" =~ 'the rule that denies mseal and would have to drop it: '(config.json:[0-9]+:[0-9]+: /linux/seccomp/syscalls/2) ]]
  advises 'what the profile would have to allow: statmount mseal' \
    "the rule that denies mseal and would have to drop it: ${BASH_REMATCH[1]}"
  # exactly as advised
  config '.linux.seccomp.syscalls += [{names: ["statmount", "mseal"], action: "SCMP_ACT_ALLOW"}]
    | .linux.seccomp.syscalls[2].names -= ["mseal"]'
  launch --seccomp-explain
  complains 'nothing was denied'
}

@test "--seccomp-explain reports a call of an architecture that the profile lacks" {
  [ "$(uname -m)" = x86_64 ] || skip 'other machines have no second architecture here'
  [[ "$("$(tool probe)" i20)" = 'i20: ok' ]] || skip 'this kernel runs no 32-bit programs'
  confined_to '{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"]}'
  program /probe i20
  launch --seccomp-explain
  is 159 ''
  complains 'getpid() by probe on x86: KILL_THREAD, by config.json:' \
    '/linux/seccomp/architectures: this architecture is not in it, SCMP_ARCH_X86 [pid '
  advises 'what the profile would have to list among its architectures: SCMP_ARCH_X86'
  config '.linux.seccomp.architectures += ["SCMP_ARCH_X86"]'
  launch --seccomp-explain
  is 0 'i20: ok'
  # if the default action denies, the call needs a rule too
  confined_to '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": [NAMES], "action": "SCMP_ACT_ALLOW"}]}'
  launch --seccomp-explain
  advises 'what the profile would have to list among its architectures: SCMP_ARCH_X86' \
    'what the profile would have to allow: getpid'
  program /probe 0x40002710 # x32's, if it were one
  launch --seccomp-explain
  is 159 ''
  advises 'numbers without a name, which no profile can allow: 1073751824 of SCMP_ARCH_X32'
  program /probe i20
  config '.linux.seccomp |= (.architectures = ["SCMP_ARCH_X86"] | .syscalls[0].names += ["getpid"])'
  launch --seccomp-explain
  is 0 'i20: ok'
}

@test "--seccomp-explain=FILE: if the lines cannot be written, run or delete fails" {
  denied SCMP_ACT_ERRNO
  script 'mkdir /a; exit 0'
  launch --seccomp-explain=/dev/full
  is 1 ''
  complains 'denied calls are lost: write ' ' lines to /dev/full: no space left on device'
  nothing_left
  script 'mkdir /a; exit 7'
  launch --seccomp-explain=/dev/full
  is 7 ''
  complains 'denied calls are lost'
  script 'mkdir /a; sleep 1000'
  create --seccomp-explain=/dev/full
  husk start "$ID"
  run husk delete --force "$ID"
  is 1
  says 'denied calls are lost: write ' ' lines to /dev/full: no space left on device'
  nothing_left
}
