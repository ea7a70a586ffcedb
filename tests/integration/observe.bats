# Observers: calls that a profile denies are explained (--seccomp-explain), and a program's calls are recorded.

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

# ---- recording ------------------------------------------------------------------------------------------------------

# enforce FILE: the bundle's profile is what was recorded.
enforce() {
  config '.linux.seccomp = $profile[0]' --slurpfile profile "$1"
}

@test "--seccomp-record: the recorded profile is enough; if a name is removed, --seccomp-explain names it" {
  local recorded=$BATS_TEST_TMPDIR/recorded.json
  config '.root.readonly = false | .linux.seccomp.defaultAction = "SCMP_ACT_KILL_PROCESS" | .linux.seccomp.syscalls = []
    | del(.linux.seccomp.defaultErrnoRet)' # it is not applied
  script 'mkdir -p /a/b; ls -l / | wc -l; (sleep 0.01 & wait); ln -s x /y; echo done'
  launch --seccomp-record "$recorded"
  succeeded
  says done
  run "$HUSK" seccomp check "$recorded"
  says '0 errors'
  for name in execve exit_group mkdir symlink; do
    jq -e --arg name "$name" '.syscalls[0].names | index($name)' "$recorded" >/dev/null
  done
  never jq -e '.syscalls[0].names | index("mount")' "$recorded"
  rm -rf "$ROOTFS/a" "$ROOTFS/y"
  enforce "$recorded"
  launch --seccomp-explain
  succeeded
  says done
  complains 'nothing was denied'
  rm -rf "$ROOTFS/a" "$ROOTFS/y"
  jq '.syscalls[0].names -= ["symlink"]' "$recorded" >"$recorded.less"
  enforce "$recorded.less"
  launch --seccomp-explain
  complains 'symlink("x", "/y") by ln' 'would have to allow: symlink'
}

@test "--seccomp-record includes children, threads and exec'd programs; --merge combines runs" {
  local recorded=$BATS_TEST_TMPDIR/recorded.json
  cp "$(tool denied -pthread)" "$ROOTFS/bin/denied"
  config '.root.readonly = false'
  script 'denied thread; echo done; sleep 1000'
  create --seccomp-record "$recorded"
  husk start "$ID"
  wait_for grep -q done "$BATS_TEST_TMPDIR/out"
  husk exec "$ID" ln -s x /tmp/y
  husk delete --force "$ID"
  jq -e '.syscalls[0].names | index("symlink") and index("mkdirat")' "$recorded" >/dev/null
  script 'hostname >/dev/null; chmod 700 /tmp'
  launch --seccomp-record "$recorded" --merge
  succeeded
  jq -e '.syscalls[0].names | index("symlink") and index("mkdirat") and index("chmod") and (. == unique)' "$recorded" >/dev/null
  launch --seccomp-record "$recorded"
  never jq -e '.syscalls[0].names | index("symlink")' "$recorded"
}

@test "husk seccomp record records a command and its children, keeps its status and signals, and works for an ordinary user" {
  local recorded=$BATS_TEST_TMPDIR/recorded.json
  run "$HUSK" seccomp record -o "$recorded" -- sh -c 'ln -s x "$0" && (exit 3)' "$BATS_TEST_TMPDIR/link"
  is 3
  jq -e '.syscalls[0].names | index("symlinkat") or index("symlink")' "$recorded" >/dev/null
  cp "$recorded" "$recorded.kept"
  run -127 "$HUSK" seccomp record -o "$recorded" -- /no/such/command
  says 'exec: "/no/such/command": no such file or directory'
  cmp "$recorded" "$recorded.kept"
  run "$HUSK" seccomp record -o "$recorded" --merge -- sh -c 'kill -TERM $$'
  is 143
  jq -e '.syscalls[0].names | index("kill") and (index("symlinkat") or index("symlink"))' "$recorded" >/dev/null
  reachable
  mkdir -m 777 "$BATS_TEST_TMPDIR/open"
  unprivileged seccomp record -o "$BATS_TEST_TMPDIR/open/user.json" -- grep NoNewPrivs: /proc/self/status
  is 0 'NoNewPrivs:	1'
  jq -e '.syscalls[0].names | index("execve")' "$BATS_TEST_TMPDIR/open/user.json" >/dev/null
}

# bats test_tags=any-machine
@test "husk seccomp record refuses a profile that cannot be merged and missing operands" {
  echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": []}' >"$BATS_TEST_TMPDIR/other.json"
  run "$HUSK" seccomp record --merge -o "$BATS_TEST_TMPDIR/other.json" -- true
  is 1
  says 'is not a recorded profile'
  run "$HUSK" seccomp record -- true
  is 1
  says '--output FILE'
  run "$HUSK" seccomp record -o "$BATS_TEST_TMPDIR/x.json"
  is 1
  says 'needs a command'
  launch --seccomp-record /no/such/directory/x.json
  is 1 ''
  complains 'write the recorded profile /no/such/directory/x.json: no such file or directory'
}

# unmergeable TEXT FILE: run, create and the tool print the text before anything is made; the file does not change.
unmergeable() {
  local text=$1 file=$2 before
  before=$(stat -c '%i %s %Y %f' "$file")
  launch --seccomp-record "$file" --merge
  is 1 ''
  complains "$text"
  [ "$(grep -c . <<<"$stderr")" -eq 1 ]
  run husk create --bundle "$BUNDLE" --seccomp-record "$file" --merge "$ID" </dev/null
  is 1
  says "$text"
  run "$HUSK" seccomp record --merge -o "$file" -- touch "$BATS_TEST_TMPDIR/ran"
  is 1
  says "$text"
  [ ! -e "$BATS_TEST_TMPDIR/ran" ]
  [ ! -e "$ROOT" ] # nothing was made
  [ "$(stat -c '%i %s %Y %f' "$file")" = "$before" ]
}

# bats test_tags=any-machine
@test "--seccomp-record --merge refuses an unsuitable profile before anything is made" {
  local file=$BATS_TEST_TMPDIR/merged.json json
  program true
  for json in '' 'no JSON' '{"defaultAction": "SCMP_ACT_ERRNO",' '[]' '3' '{}' '{"defaultAction": "SCMP_ACT_ERRNO"} x' \
    '{"defaultAction": "NONE"}' '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": 3}'; do
    printf %s "$json" >"$file"
    unmergeable "$file:1:" "$file"
  done
  for json in '{defaultAction: "SCMP_ACT_ALLOW"}' '{defaultAction: "SCMP_ACT_KILL_PROCESS"}' \
    '{defaultAction: "SCMP_ACT_ERRNO", syscalls: [{names: ["read"], action: "SCMP_ACT_LOG"}]}' \
    '{defaultAction: "SCMP_ACT_ERRNO", syscalls: [{names: ["read"], action: "SCMP_ACT_ALLOW", args: [{index: 0, value: 1, op: "SCMP_CMP_EQ"}]}]}' \
    '{defaultAction: "SCMP_ACT_ERRNO", flags: ["SECCOMP_FILTER_FLAG_LOG"]}' \
    '{defaultAction: "SCMP_ACT_ERRNO", listenerPath: "/run/x"}'; do
    jq -n "$json" >"$file"
    unmergeable "$file is not a recorded profile: it does more than allow calls by name (without --merge it would be replaced)" "$file"
  done
  # docker's own format, and a whole config.json
  jq -n '{defaultAction: "SCMP_ACT_ERRNO", archMap: [{architecture: "SCMP_ARCH_X86_64", subArchitectures: []}],
    syscalls: [{names: ["read"], action: "SCMP_ACT_ALLOW", includes: {caps: ["CAP_KILL"]}}]}' >"$file"
  unmergeable "$file:3:" "$file"
  unmergeable "$BUNDLE/config.json:1:" "$BUNDLE/config.json"
  mkdir "$BATS_TEST_TMPDIR/directory"
  unmergeable 'is a directory' "$BATS_TEST_TMPDIR/directory"
  unmergeable 'not a regular file' /dev/null
  run husk create --bundle "$BUNDLE" --merge "$ID" </dev/null
  is 1
  says '--merge needs --seccomp-record'
}

# bats test_tags=any-machine
@test "--seccomp-record refuses a file that cannot be written before anything is made" {
  local place=$BATS_TEST_TMPDIR/place file
  program true
  mkdir "$place"
  : >"$place/file"
  ln -s loop "$place/loop"
  mkfifo "$place/fifo"
  for file in /none/x.json "$place/" "$place/." "$place/file/x.json" "$place/loop/x.json" "$place/loop" "$place/fifo" /proc/self/x.json \
    "$place/$(printf '%0300d' 0)" ''; do
    echo "place: $file"
    launch --seccomp-record "$file"
    is 1 ''
    complains "write the recorded profile $file: "
    run "$HUSK" seccomp record -o "$file" -- touch "$place/ran"
    is 1
    says "write the recorded profile $file: "
    [ ! -e "$place/ran" ]
    [ ! -e "$ROOT" ]
  done
  [ "$(ls "$place")" = 'fifo
file
loop' ] # no temporary file is left
  reachable
  chmod 777 "$BATS_TEST_TMPDIR"
  unprivileged seccomp record -o "$place/x.json" -- true
  is 1
  complains 'permission denied'
  echo '{}' >"$place/secret"
  chmod 600 "$place/secret"
  chmod 777 "$place"
  unprivileged seccomp record --merge -o "$place/secret" -- true
  is 1
  complains 'permission denied'
}

# spoilt: the recording can no longer be written, because its directory is gone.
spoilt() {
  plain
  mkdir "$BATS_TEST_TMPDIR/gone"
  config '.mounts += [{destination: "/gone", type: "bind", source: $place, options: ["bind"]}]' --arg place "$BATS_TEST_TMPDIR"
}

@test "a recording that cannot be written at the end is an error with status 1" {
  spoilt
  script 'rmdir /gone/gone; exit 0'
  launch --seccomp-record "$BATS_TEST_TMPDIR/gone/x.json"
  is 1 ''
  complains 'the recorded profile is lost: write ' '/gone/x.json: no such file or directory'
  nothing_left
  mkdir "$BATS_TEST_TMPDIR/gone"
  script 'rmdir /gone/gone; exit 7'
  launch --seccomp-record "$BATS_TEST_TMPDIR/gone/x.json"
  is 7 ''
  complains 'the recorded profile is lost'
  # the profile to merge into is read again at the end: it has changed meanwhile
  script 'echo x >/gone/merged.json'
  launch --seccomp-record "$BATS_TEST_TMPDIR/merged.json" --merge
  is 1 ''
  complains 'the recorded profile is lost' 'merged.json:1:'
  [ "$(cat "$BATS_TEST_TMPDIR/merged.json")" = x ]
  mkdir "$BATS_TEST_TMPDIR/gone"
  run "$HUSK" seccomp record -o "$BATS_TEST_TMPDIR/gone/x.json" -- rmdir "$BATS_TEST_TMPDIR/gone"
  is 1
  says 'write ' '/gone/x.json: no such file or directory'
  # a device that is full
  run "$HUSK" seccomp record -o /dev/full -- true
  is 1
  says 'write /dev/full: no space left on device'
  script true
  launch --seccomp-record /dev/full
  is 1 ''
  complains 'write /dev/full: no space left on device'
  [ -c /dev/full ]
}

@test "delete reports a lost recording and still removes the container; run --keep reports it at the end" {
  spoilt
  script 'rmdir /gone/gone; sleep 1000'
  create --seccomp-record "$BATS_TEST_TMPDIR/gone/x.json"
  husk start "$ID"
  wait_for never test -e "$BATS_TEST_TMPDIR/gone"
  run husk delete --force "$ID"
  is 1
  says 'the recorded profile is lost: write '
  nothing_left
  script 'sleep 1000'
  create --seccomp-record "$BATS_TEST_TMPDIR/x.json"
  husk start "$ID"
  kill -KILL "$(jq .observer "$ROOT/$ID/state.json")"
  run husk delete --force "$ID"
  is 1
  says 'the recorded profile is lost: its observer ended before'
  nothing_left
  mkdir "$BATS_TEST_TMPDIR/gone"
  script 'rmdir /gone/gone'
  launch --keep --seccomp-record "$BATS_TEST_TMPDIR/gone/x.json"
  is 1 ''
  complains 'the recorded profile is lost: write '
  run husk delete "$ID"
  is 0 ''
  # one that never ran, and one whose recording is written
  create --seccomp-record "$BATS_TEST_TMPDIR/x.json"
  run husk delete --force "$ID"
  is 0 ''
  script true
  launch --keep --seccomp-record "$BATS_TEST_TMPDIR/x.json"
  is 0 ''
  jq -e .defaultAction "$BATS_TEST_TMPDIR/x.json"
  run husk delete "$ID"
  is 0 ''
}

@test "a recording keeps the errno and calls of the profile that it is merged into, and can be written to a device" {
  local recorded=$BATS_TEST_TMPDIR/recorded.json
  echo '{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "syscalls": [{"names": ["mount"], "action": "SCMP_ACT_ALLOW"}]}' >"$recorded"
  "$HUSK" seccomp record --merge -o "$recorded" -- true
  jq -e '.defaultErrnoRet == 38 and (.syscalls[0].names | index("mount") and index("execve"))' "$recorded"
  "$HUSK" seccomp record -o /dev/stdout -- true | jq -e .defaultAction
  program true
  husk run --bundle "$BUNDLE" --seccomp-record /dev/stdout "$ID" </dev/null | jq -e .defaultAction
  [ -L /dev/stdout ]
}

@test "a recording and a pid file replace a regular file below /dev" {
  local file
  file=$(mktemp -p /dev/shm)
  seq 100000 >"$file"
  "$HUSK" seccomp record -o "$file" -- true
  jq -e .defaultAction "$file"
  seq 100000 >"$file"
  program true
  husk run --pid-file "$file" --bundle "$BUNDLE" "$ID" </dev/null
  [ "$(wc -c <"$file")" -lt 10 ]
  rm -f "$file"
}

@test "a recording does not replace a mounted file" {
  ! rootless || skip 'root mounts'
  : >"$BATS_TEST_TMPDIR/x.json"
  # shellcheck disable=SC2016 # the inner shell's
  run unshare --mount --propagation private sh -c 'mount --bind "$1" "$1" && exec "$2" seccomp record -o "$1" -- touch "$1.ran"' \
    sh "$BATS_TEST_TMPDIR/x.json" "$HUSK"
  is 1
  says 'x.json: device or resource busy'
  [ ! -e "$BATS_TEST_TMPDIR/x.json.ran" ]
}

@test "the recorded profile of python3 -c 'import socket' is enough for it" {
  local recorded=$BATS_TEST_TMPDIR/python.json
  run "$HUSK" seccomp record -o "$recorded" -- /usr/bin/python3 -c 'import socket'
  succeeded
  [ "$(jq '.syscalls[0].names | length' "$recorded")" -gt 15 ]
  # enforced in a container with the machine's own files
  config '.root = {path: "rootfs"} | .mounts += [("/usr", "/bin", "/lib", "/lib64", "/etc")
    | {destination: ., type: "bind", source: ., options: ["rbind", "ro"]} | select(.source as $s | $there | index($s))]' \
    --argjson there "$(for d in /usr /bin /lib /lib64 /etc; do [ ! -d $d ] || echo $d; done | jq -R . | jq -sc .)"
  rm -rf "$ROOTFS"/{bin,usr,etc}
  mkdir "$ROOTFS"/{bin,usr,etc,lib,lib64}
  config '.linux.seccomp = $profile[0]' --slurpfile profile "$recorded"
  program /usr/bin/python3 -c 'import socket'
  launch --seccomp-explain
  is 0 ''
  complains 'nothing was denied'
}

@test "a recording lists calls without a name; calls newer than libseccomp have one" {
  local recorded=$BATS_TEST_TMPDIR/recorded.json
  cp "$(tool probe)" "$ROOTFS/probe"
  program /probe 457 600 601
  launch --seccomp-record "$recorded"
  succeeded
  warns 'unknown system calls 600 of ' ', 601 of ' ': they are not in the profile'
  jq -e '.syscalls[0].names | index("statmount")' "$recorded"
  create --seccomp-record "$recorded" --merge
  husk start "$ID"
  wait_for is_status stopped
  run husk delete "$ID"
  is 0
  says 'unknown system calls 600 of '
  run "$HUSK" seccomp record -o "$recorded" -- "$(tool probe)" 600
  succeeded
  says 'unknown system calls 600 of '
  enforce "$recorded"
  program /probe 457
  launch --seccomp-explain
  complains 'statmount(' 'what it would have to allow for one that cannot: statmount'
}

@test "a recording handles a program that makes calls with arbitrary numbers" {
  local recorded=$BATS_TEST_TMPDIR/recorded.json
  "$HUSK" seccomp record -o "$recorded" -- "$(tool probe)" $(seq 1000 5200) 457 2>"$BATS_TEST_TMPDIR/said" >"$BATS_TEST_TMPDIR/out"
  jq -e '.syscalls[0].names | index("statmount")' "$recorded"
  grep -q ', \.\.\.: they are not' "$BATS_TEST_TMPDIR/said"
}
