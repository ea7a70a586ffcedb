# --seccomp-record and husk seccomp record: the smallest profile under which a program runs.

load bundle

teardown() {
  bundle_end
  wait_for no_observer
}

# enforce FILE: the bundle's profile is what was recorded.
enforce() {
  config '.linux.seccomp = $profile[0]' --slurpfile profile "$1"
}

@test "--seccomp-record: the recorded profile is enough; if a name is removed, --seccomp-explain names it" {
  local recorded=$BATS_TEST_TMPDIR/recorded.json
  config '.root.readonly = false | .linux.seccomp.defaultAction = "SCMP_ACT_KILL_PROCESS" | .linux.seccomp.syscalls = []
    | del(.linux.seccomp.defaultErrnoRet)' # it is not applied
  script 'mkdir -p /a/b; ls -l / | wc -l; (sleep 0.01; true); ln -s x /y; echo done'
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
