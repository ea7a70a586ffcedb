#!/usr/bin/env bats
# What containerd, CRI-O, conmon, podman and docker rely on: pid files, logs, error texts, descriptors, environment.
load bundle

@test "the pid file is a number without a newline, and it is there when create returns" {
  husk create --bundle "$BUNDLE" --pid-file "$BATS_TEST_TMPDIR/pid" "$ID" </dev/null >/dev/null 2>&1
  [[ "$(od -An -c "$BATS_TEST_TMPDIR/pid" | tr -d ' ')" =~ ^[0-9]+$ ]]
  [ "$(cat "$BATS_TEST_TMPDIR/pid")" = "$(husk state "$ID" | jq .pid)" ]
}

@test "there is no pid file after a failed create" {
  payload /no/such
  config '.mounts += [{"destination": "/proc/sys", "type": "tmpfs"}]'
  run husk create --bundle "$BUNDLE" --pid-file "$BATS_TEST_TMPDIR/pid" "$ID"
  [ "$status" -ne 0 ]
  [ ! -e "$BATS_TEST_TMPDIR/pid" ]
}

@test "the process is in its cgroup when create returns" {
  config '.linux.cgroupsPath = "/husk-test/\($id)"' --arg id "$ID"
  husk create --bundle "$BUNDLE" --pid-file "$BATS_TEST_TMPDIR/pid" "$ID" </dev/null >/dev/null 2>&1
  grep -q "/husk-test/$ID" "/proc/$(cat "$BATS_TEST_TMPDIR/pid")/cgroup"
  [ "$(grep -c -v "/husk-test/$ID" "/proc/$(cat "$BATS_TEST_TMPDIR/pid")/cgroup" || true)" -le 1 ]
  husk delete --force "$ID"
  nothing_left
  rmdir /sys/fs/cgroup/husk-test /sys/fs/cgroup/*/husk-test 2>/dev/null || true
}

@test "init becomes a child of husk's parent's reaper, not of a helper" {
  husk create --bundle "$BUNDLE" --pid-file "$BATS_TEST_TMPDIR/pid" "$ID" </dev/null >/dev/null 2>&1
  local parent
  parent=$(awk '/^PPid/ { print $2 }' "/proc/$(cat "$BATS_TEST_TMPDIR/pid")/status")
  [ "$(cat "/proc/$parent/comm")" != husk ]
}

@test "the log in JSON: level, msg and time, one line for an error, the same text on stderr" {
  payload /no/such/program
  run --separate-stderr "$HUSK" --root "$STATE" --log "$BATS_TEST_TMPDIR/log" --log-format json run --bundle "$BUNDLE" "$ID" </dev/null
  [ "$status" -ne 0 ]
  [ "$(wc -l <"$BATS_TEST_TMPDIR/log")" -eq 1 ]
  jq -e 'keys == ["level", "msg", "time"] and .level == "error" and (.time | test("^[0-9-]+T[0-9:.]+(Z|[+-][0-9:]+)$"))' "$BATS_TEST_TMPDIR/log"
  complains "$(jq -r .msg "$BATS_TEST_TMPDIR/log")"
}

@test "the log in text, as runc writes it" {
  payload /no/such/program
  run "$HUSK" --root "$STATE" --log="$BATS_TEST_TMPDIR/log" --log-format=text run --bundle "$BUNDLE" "$ID" </dev/null
  grep -E '^time="[0-9]{4}-[0-9]{2}-[0-9]{2}T[^"]*" level=error msg="' "$BATS_TEST_TMPDIR/log"
}

@test "the log file is made even when there is nothing to log, and appended to" {
  payload true
  "$HUSK" --root "$STATE" --log "$BATS_TEST_TMPDIR/log" --log-format json run --bundle "$BUNDLE" "$ID" </dev/null
  [ -f "$BATS_TEST_TMPDIR/log" ]
  [ ! -s "$BATS_TEST_TMPDIR/log" ]
  echo kept >"$BATS_TEST_TMPDIR/log"
  "$HUSK" --root "$STATE" --log "$BATS_TEST_TMPDIR/log" state nothing 2>/dev/null || true
  [ "$(head -1 "$BATS_TEST_TMPDIR/log")" = kept ]
  [ "$(wc -l <"$BATS_TEST_TMPDIR/log")" -eq 2 ]
}

@test "texts that engines match: a program that cannot be executed" {
  payload /no/such
  launch
  complains 'no such file or directory'
  payload nosuch
  launch
  complains 'executable file not found in $PATH'
  payload /etc/passwd
  launch
  complains 'permission denied'
  mkdir -p "$ROOTFS/dir"
  payload /dir
  launch
  [[ "$stderr" == *'is a directory'* || "$stderr" == *'permission denied'* ]]
}

@test "texts that engines match: kill of a container that is not running" {
  container_up true
  wait_for is_status stopped
  run husk kill "$ID" TERM
  failed_with 1
  says 'container not running'
}

@test "texts that engines match: an unknown id; delete --force of one is no error" {
  run husk delete "$ID"
  says 'does not exist'
  run husk delete --force "$ID"
  succeeded
  same ''
}

@test "texts that engines match: a directory mounted on a file" {
  config '.mounts += [{"destination": "/etc/passwd", "type": "bind", "source": "/tmp", "options": ["bind"]}]'
  refused 'not a directory'
}

@test "the flags of go-runc's create, start, kill, delete" {
  local log=$BATS_TEST_TMPDIR/log.json
  script 'trap "exit 0" TERM; while :; do sleep 0.05; done'
  "$HUSK" --root "$STATE" --log "$log" --log-format json create --bundle "$BUNDLE" --pid-file "$BATS_TEST_TMPDIR/init.pid" --no-new-keyring "$ID" </dev/null >/dev/null 2>&1
  "$HUSK" --root "$STATE" --log "$log" --log-format json start "$ID"
  sleep 0.1
  "$HUSK" --root "$STATE" --log "$log" --log-format json kill --all "$ID" 15
  wait_for is_status stopped
  "$HUSK" --root "$STATE" --log "$log" --log-format json delete "$ID"
  "$HUSK" --root "$STATE" --log "$log" --log-format json delete --force "$ID"
  [ ! -s "$log" ]
  nothing_left
}

@test "the flags of conmon and conmon-rs: globals twice, --root=, --rootless, --cgroup-manager in two words" {
  payload echo fine
  run --separate-stderr "$HUSK" --root=/elsewhere --root="$STATE" --log-level warning --rootless=false --cgroup-manager disabled run --bundle "$BUNDLE" "$ID"
  same fine
  run --separate-stderr "$HUSK" --root="$STATE" --cgroup-manager cgroupfs --debug run -b "$BUNDLE" "$ID"
  same fine
}

@test "CV-15: descriptors of the caller do not reach the program" {
  script 'ls /proc/self/fd'
  run bash -c "for n in {3..42}; do eval \"exec \$n</\"; done; '$HUSK' --root '$STATE' run --bundle '$BUNDLE' '$ID' </dev/null"
  [ "$(tr '\n' ' ' <<<"$output")" = '0 1 2 3 ' ] # 3 is ls's own
}

@test "--preserve-fds passes that many" {
  script 'cat <&3; cat <&4; ls /proc/self/fd | wc -l'
  echo three >"$BATS_TEST_TMPDIR/3"
  echo four >"$BATS_TEST_TMPDIR/4"
  run bash -c "'$HUSK' --root '$STATE' run --preserve-fds 2 --bundle '$BUNDLE' '$ID' </dev/null 3<$BATS_TEST_TMPDIR/3 4<$BATS_TEST_TMPDIR/4 5</"
  same 'three
four
6'
}

@test "--preserve-fds over a closed descriptor is no error" {
  script 'cat <&4'
  echo four >"$BATS_TEST_TMPDIR/4"
  run bash -c "'$HUSK' --root '$STATE' run --preserve-fds 3 --bundle '$BUNDLE' '$ID' </dev/null 3<&- 4<$BATS_TEST_TMPDIR/4 5<&-"
  same four
}

@test "LISTEN_FDS adds to the descriptors and reaches the program with LISTEN_PID=1" {
  script 'echo "$LISTEN_FDS $LISTEN_PID"; cat <&3'
  echo three >"$BATS_TEST_TMPDIR/3"
  run bash -c "export LISTEN_FDS=1 LISTEN_PID=\$\$; exec '$HUSK' --root '$STATE' run --bundle '$BUNDLE' '$ID' </dev/null 3<$BATS_TEST_TMPDIR/3"
  same '1 1
three'
}

@test "with preserved descriptors create and start work as run does" {
  script 'cat <&3'
  echo three >"$BATS_TEST_TMPDIR/3"
  bash -c "'$HUSK' --root '$STATE' create --preserve-fds 1 --bundle '$BUNDLE' '$ID' </dev/null 3<$BATS_TEST_TMPDIR/3 >$BATS_TEST_TMPDIR/out"
  husk start "$ID"
  wait_for grep -q three "$BATS_TEST_TMPDIR/out"
}

@test "CL-19: a hostile environment of husk neither reaches the program nor changes anything" {
  script 'env; grep -E "^(Seccomp|NoNewPrivs)" /proc/self/status'
  run --separate-stderr env LD_PRELOAD=/nonexistent.so LD_LIBRARY_PATH=/x NOTIFY_SOCKET=/run/x _LIBCONTAINER_INITPIPE=3 _OCI_SYNCPIPE=3 HUSK_ROOT=/x HUSK_DEBUG=1 MALLOC_PERTURB_=1 \
    "$HUSK" --root "$STATE" run --bundle "$BUNDLE" "$ID"
  succeeded
  says_not LD_ LIBCONTAINER _OCI HUSK_ MALLOC
  says 'Seccomp:	2' 'NoNewPrivs:	1'
}

@test "an empty environment will do, XDG_RUNTIME_DIR may be empty" {
  container_up
  env -i XDG_RUNTIME_DIR= "$HUSK" --root "$STATE" kill "$ID" KILL
  wait_for is_status stopped
  env -i "$HUSK" --root "$STATE" delete "$ID"
  nothing_left
}

@test "config.json files of ociVersion 1.0.2-dev, 1.0.2, 1.1.0, 1.2.1, 1.3.0" {
  local version
  payload echo fine
  for version in 1.0.0 1.0.2-dev 1.0.2 1.1.0 1.2.1 1.3.0 1.99.0; do
    config '.ociVersion = $v' --arg v "$version"
    launch
    same fine
  done
}

@test "cgroupsPath of engines, and delete when the cgroup is gone or has sub-cgroups" {
  config '.linux.cgroupsPath = "/husk-test/\($id)"' --arg id "$ID"
  container_up
  local dir
  for dir in /sys/fs/cgroup/husk-test/$ID /sys/fs/cgroup/*/husk-test/$ID; do
    [ -d "$dir" ] && mkdir "$dir/sub"
  done
  husk kill "$ID" KILL
  wait_for is_status stopped
  husk delete "$ID"
  nothing_left
  container_up true
  wait_for is_status stopped
  for dir in /sys/fs/cgroup/husk-test/$ID /sys/fs/cgroup/*/husk-test/$ID; do
    [ ! -d "$dir" ] || rmdir "$dir"
  done
  husk delete "$ID"
  nothing_left
  rmdir /sys/fs/cgroup/husk-test /sys/fs/cgroup/*/husk-test 2>/dev/null || true
}

@test "--cgroup-manager disabled makes no cgroup" {
  script 'cat /proc/self/cgroup'
  config 'del(.linux.namespaces[] | select(.type == "cgroup"))'
  run --separate-stderr "$HUSK" --root "$STATE" --cgroup-manager=disabled run --bundle "$BUNDLE" "$ID"
  succeeded
  says_not "$ID"
}

@test "husk started with PDEATHSIG does not hand it on" {
  payload sleep 1000
  setpriv --pdeathsig KILL "$HUSK" --root "$STATE" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
  sleep 0.1
  is_status created
  husk start "$ID"
  is_status running
}
