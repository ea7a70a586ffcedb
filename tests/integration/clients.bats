#!/usr/bin/env bats
# What containerd, CRI-O, conmon, podman and docker rely on: pid files, logs, error texts, descriptors, environment.
load bundle

@test "the pid file has a number without a newline and exists when create returns" {
  create --pid-file "$BATS_TEST_TMPDIR/pid"
  [[ "$(od -An -c "$BATS_TEST_TMPDIR/pid" | tr -d ' ')" =~ ^[0-9]+$ ]]
  [ "$(cat "$BATS_TEST_TMPDIR/pid")" = "$(husk state "$ID" | jq .pid)" ]
}

@test "there is no pid file after a failed create" {
  program /no/such
  config '.mounts += [{destination: "/proc/sys", type: "tmpfs"}]'
  run husk create --bundle "$BUNDLE" --pid-file "$BATS_TEST_TMPDIR/pid" "$ID"
  failed
  [ ! -e "$BATS_TEST_TMPDIR/pid" ]
}

@test "the process is in its cgroup when create returns" {
  in_parent
  create --pid-file "$BATS_TEST_TMPDIR/pid"
  local file
  file=/proc/$(cat "$BATS_TEST_TMPDIR/pid")/cgroup
  grep -q "/$PARENT/$ID" "$file"
  [ "$(grep -c -v "/$PARENT/$ID" "$file" || true)" -le 1 ]
  husk delete --force "$ID"
  nothing_left
}

@test "a failed execve is an error of start even if a shim has already reaped husk-init" {
  local action command
  printf -v command '%q ' "$HUSK" --root "$ROOT" "${OPTIONS[@]}"
  program true
  for action in ERRNO KILL_PROCESS; do
    config '.linux.seccomp = {defaultAction: $action}' --arg action "SCMP_ACT_$action"
    for _ in $(seq 5 | sampled); do
      run "$(tool reaper)" "$command create --bundle $BUNDLE $ID </dev/null >/dev/null 2>&1" "$command start $ID 2>&1"
      [[ "$output" = *'profile denies execve'*'status 1' ]] || { echo "$output"; return 1; }
      husk delete --force "$ID"
    done
  done
}

@test "init becomes a child of the reaper of husk's parent, not of a helper" {
  create --pid-file "$BATS_TEST_TMPDIR/pid"
  local parent
  parent=$(awk '/^PPid/ { print $2 }' "/proc/$(cat "$BATS_TEST_TMPDIR/pid")/status")
  [ "$(cat "/proc/$parent/comm")" != husk ]
}

# logged OPTION...: runs the bundle with a log.
logged() {
  run --separate-stderr timeout --foreground 60 "$HUSK" --root "$ROOT" "$@" run --bundle "$BUNDLE" "$ID" </dev/null
}

# bats test_tags=any-machine
@test "the log in JSON: level, msg and time, one line for an error, the same text on stderr" {
  program /no/such/program
  local log=$BATS_TEST_TMPDIR/log
  logged --log "$log" --log-format json
  is 1
  [ "$(wc -l <"$log")" -eq 1 ]
  jq -e 'keys == ["level", "msg", "time"] and .level == "error"' "$log"
  jq -r .time "$log" | grep -qE '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]+)?(Z|[+-][0-9:]+)$'
  [ "$stderr" = "husk: error: $(jq -r .msg "$log")" ]
}

# bats test_tags=any-machine
@test "the log in text, as runc writes it" {
  program /no/such/program
  logged --log="$BATS_TEST_TMPDIR/log" --log-format=text
  is 1
  grep -E '^time="[0-9]{4}-[0-9]{2}-[0-9]{2}T[^"]*" level=error msg="' "$BATS_TEST_TMPDIR/log"
}

# bats test_tags=any-machine
@test "the log file is created even if there is nothing to log, and is appended to" {
  program true
  logged --log "$BATS_TEST_TMPDIR/log" --log-format json
  succeeded
  [ -f "$BATS_TEST_TMPDIR/log" ]
  [ ! -s "$BATS_TEST_TMPDIR/log" ]
  echo kept >"$BATS_TEST_TMPDIR/log"
  "$HUSK" --root "$ROOT" --log "$BATS_TEST_TMPDIR/log" state nothing 2>/dev/null || true
  [ "$(head -1 "$BATS_TEST_TMPDIR/log")" = kept ]
  [ "$(wc -l <"$BATS_TEST_TMPDIR/log")" -eq 2 ]
}

@test "texts that engines match: a program that cannot be executed" {
  program /no/such
  refused 'exec: "/no/such": stat /no/such: no such file or directory'
  program nosuch
  refused 'exec: "nosuch": executable file not found in $PATH'
  program /etc/passwd
  refused 'exec: "/etc/passwd": permission denied'
  program /etc
  refused 'exec: "/etc": is a directory'
}

@test "texts that engines match: kill of a container that is not running" {
  container_up true
  wait_for is_status stopped
  run husk kill "$ID" TERM
  is 1
  says 'container not running'
}

# bats test_tags=any-machine
@test "texts that engines match: an unknown id; delete --force of one is not an error" {
  run husk delete "$ID"
  says 'does not exist'
  run husk delete --force "$ID"
  succeeded
  same ''
}

@test "the flags of go-runc's create, start, kill, delete" {
  local globals=(--root "$ROOT" --log "$BATS_TEST_TMPDIR/log.json" --log-format json)
  script 'trap "exit 0" TERM; echo up; while :; do sleep 0.05; done'
  "$HUSK" "${globals[@]}" create --bundle "$BUNDLE" --pid-file "$BATS_TEST_TMPDIR/init.pid" --no-new-keyring "$ID" \
    </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1
  "$HUSK" "${globals[@]}" start "$ID"
  wait_for grep -q up "$BATS_TEST_TMPDIR/out"
  "$HUSK" "${globals[@]}" kill --all "$ID" 15
  wait_for is_status stopped
  "$HUSK" "${globals[@]}" delete "$ID"
  "$HUSK" "${globals[@]}" delete --force "$ID"
  [ ! -s "$BATS_TEST_TMPDIR/log.json" ]
  nothing_left
}

@test "the flags of conmon and conmon-rs: globals twice, --root=, --rootless, --cgroup-manager in two words" {
  program echo fine
  run --separate-stderr "$HUSK" --root=/elsewhere --root="$ROOT" --log-level warning --rootless=false \
    --cgroup-manager disabled run --bundle "$BUNDLE" "$ID"
  is 0 fine
  run --separate-stderr "$HUSK" --root="$ROOT" --cgroup-manager cgroupfs --debug run -b "$BUNDLE" "$ID"
  is 0 fine
  run --separate-stderr "$HUSK" --root /elsewhere --root="$ROOT" --log-level=error --systemd-cgroup --rootless=true \
    --cgroup-manager cgroupfs run --bundle="$BUNDLE" "$ID"
  is 0 fine
}

# bats test_tags=attack:CL-19
@test "a hostile environment of husk does not reach the program and changes nothing" {
  local hostile=(LD_PRELOAD=/nonexistent.so LD_LIBRARY_PATH=/x GCONV_PATH=/x NOTIFY_SOCKET=run/x HUSK_ROOT=/x
    _LIBCONTAINER_INITPIPE=3 _OCI_SYNCPIPE=3 HUSK_DEBUG=1 MALLOC_PERTURB_=1)
  config '.process.env = ["PATH=/bin", "HOME=/"]'
  program env
  run --separate-stderr env "${hostile[@]}" "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  is 0 $'PATH=/bin\nHOME=/'
  program grep -E "^(Seccomp|NoNewPrivs):" /proc/self/status
  run --separate-stderr env "${hostile[@]}" "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  is 0 $'NoNewPrivs:\t1\nSeccomp:\t2'
}

@test "husk runs with an empty environment and with an empty XDG_RUNTIME_DIR" {
  container_up
  env -i XDG_RUNTIME_DIR= "$HUSK" --root "$ROOT" kill "$ID" KILL
  wait_for is_status stopped
  env -i "$HUSK" --root "$ROOT" delete "$ID"
  nothing_left
}

# own_cgroups: the directories of the container's cgroups.
own_cgroups() {
  find /sys/fs/cgroup -type d -path "*/$PARENT/$ID" 2>/dev/null
}

@test "cgroupsPath of engines, and delete when the cgroup is gone or has sub-cgroups" {
  in_parent
  container_up
  [ -n "$(own_cgroups)" ]
  local dir
  for dir in $(own_cgroups); do
    mkdir "$dir/sub"
  done
  husk kill "$ID" KILL
  wait_for is_status stopped
  husk delete "$ID"
  nothing_left
  container_up true
  wait_for is_status stopped
  for dir in $(own_cgroups); do
    rmdir "$dir"
  done
  husk delete "$ID"
  nothing_left
}

@test "--cgroup-manager disabled makes no cgroup" {
  script 'cat /proc/self/cgroup'
  config 'del(.linux.namespaces[] | select(.type == "cgroup"))'
  run --separate-stderr "$HUSK" --root "$ROOT" --cgroup-manager=disabled run --bundle "$BUNDLE" "$ID"
  succeeded
  says_not "$ID"
}

@test "husk's PDEATHSIG is not passed on" {
  program sleep 1000
  setpriv --pdeathsig KILL "$HUSK" --root "$ROOT" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&-
  wait_for waits_for_start
  is_status created
  husk start "$ID"
  is_status running
}

@test "podman's probes for checkpoint support and for restore into pods are answered" {
  run --separate-stderr "$HUSK" checkpoint --help
  is 0
  run --separate-stderr "$HUSK" restore --lsm-mount-context
  is 1
  complains 'requires an argument'
}
