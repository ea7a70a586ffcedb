#!/usr/bin/env bats
# create, start, state, kill, delete, list.
load bundle

@test "create, start, exit, delete" {
  script 'echo works'
  husk create --bundle "$BUNDLE" "$ID" >"$BATS_TEST_TMPDIR/out" </dev/null
  is_status created
  [ ! -s "$BATS_TEST_TMPDIR/out" ]
  husk start "$ID"
  wait_for is_status stopped
  grep -qx works "$BATS_TEST_TMPDIR/out"
  husk delete "$ID"
  nothing_left
}

@test "state is complete" {
  container_up
  run --separate-stderr husk state "$ID"
  succeeded
  jq -e --arg id "$ID" --arg bundle "$BUNDLE" '
    .id == $id and .bundle == $bundle and .rootfs == ($bundle + "/rootfs") and .status == "running" and .pid > 1
    and (.ociVersion | test("^1\\.")) and .owner == "root"
    and (.created | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]+Z$"))' <<<"$output"
  [ "$(tr '\0' ' ' <"/proc/$PID/cmdline")" = 'sleep 1000 ' ]
}

@test "state shows the annotations" {
  config '.annotations = {"org.example.key": "a value", "b": ""}'
  container_up
  [ "$(husk state "$ID" | jq -c .annotations)" = '{"org.example.key":"a value","b":""}' ]
}

@test "the pid of a stopped container is 0 and its state is still told" {
  container_up true
  wait_for is_status stopped
  [ "$(husk state "$ID" | jq .pid)" = 0 ]
}

@test "state, start, kill, delete, exec of an unknown id" {
  local command
  for command in state start delete; do
    run husk "$command" "$ID"
    failed_with 1
    says "container \"$ID\" does not exist"
  done
  run husk kill "$ID" TERM
  failed_with 1
  says "container \"$ID\" does not exist"
  run husk exec "$ID" true
  [ "$status" -ne 0 ]
  says "container \"$ID\" does not exist"
}

@test "kill sends signals by name, short name and number" {
  local signal
  for signal in TERM SIGTERM 15 KILL 9 sigkill; do
    container_up
    husk kill "$ID" KILL
    wait_for is_status stopped
    husk delete "$ID"
  done
  container_up 'trap "echo usr1" USR1; trap "exit 0" TERM; echo up; while :; do sleep 0.02; done'
  wait_for grep -q up "$BATS_TEST_TMPDIR/out"
  husk kill "$ID" USR1
  wait_for grep -q usr1 "$BATS_TEST_TMPDIR/out"
  husk kill "$ID"
  wait_for is_status stopped
}

@test "kill without a signal sends SIGTERM" {
  container_up 'trap "echo term; exit 0" TERM; echo up; while :; do sleep 0.02; done'
  wait_for grep -q up "$BATS_TEST_TMPDIR/out"
  husk kill "$ID"
  wait_for grep -q term "$BATS_TEST_TMPDIR/out"
}

@test "kill of a created container" {
  husk create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
  husk kill "$ID" KILL
  wait_for is_status stopped
  husk delete "$ID"
  nothing_left
}

@test "kill --all reaches every process, also without a pid namespace" {
  config 'del(.linux.namespaces[] | select(.type == "pid"))'
  container_up 'sleep 1000 & sleep 1000 & wait'
  husk kill --all "$ID" KILL
  wait_for is_status stopped
  run grep -l "$ID" /proc/[0-9]*/cgroup
  [ "$status" -ne 0 ] || wait_for bash -c "! grep -l '$ID' /proc/[0-9]*/cgroup"
  husk delete "$ID"
  nothing_left
}

@test "kill --all works when the first process is dead" {
  config 'del(.linux.namespaces[] | select(.type == "pid"))'
  container_up 'sleep 1000 >/dev/null 2>&1 & exit 0'
  wait_for is_status stopped
  husk kill --all "$ID" 9
  wait_for bash -c "! grep -l '$ID' /proc/[0-9]*/cgroup"
  husk kill --all "$ID" 9 || true
  husk delete "$ID"
  nothing_left
}

@test "delete removes what the container left running" {
  config 'del(.linux.namespaces[] | select(.type == "pid"))'
  container_up 'sleep 1000 >/dev/null 2>&1 & exit 0'
  wait_for is_status stopped
  husk delete --force "$ID"
  nothing_left
}

@test "delete of a created container works, as engines rely on" {
  husk create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
  run husk delete --force "$ID"
  succeeded
  nothing_left
}

@test "list shows the containers as a table, as JSON and as ids" {
  run husk list
  succeeded
  husk create --bundle "$BUNDLE" "$ID-a" </dev/null >/dev/null 2>&1
  husk create --bundle "$BUNDLE" "$ID-b" </dev/null >/dev/null 2>&1
  run husk list
  says ID PID STATUS BUNDLE "$ID-a" "$ID-b" created
  run husk list --quiet
  [ "$(sort <<<"$output")" = "$ID-a
$ID-b" ]
  run husk list --format json
  [ "$(jq -r 'map(.id + " " + .status) | sort | join(",")' <<<"$output")" = "$ID-a created,$ID-b created" ]
  husk delete --force "$ID-a"
  husk delete --force "$ID-b"
  run husk list -f json
  [[ "$output" = '[]' || "$output" = 'null' ]]
}

@test "every command works by --root=DIR as by --root DIR" {
  husk create --bundle="$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
  "$HUSK" --root="$STATE" state "$ID" | grep -q '"created"'
  "$HUSK" --root=/nonexistent --root "$STATE" delete --force "$ID"
  nothing_left
}

@test "a created container survives its creator and has executed nothing" {
  script 'touch /tmp/ran; sleep 1000'
  config '.root.readonly = false'
  husk create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
  sleep 0.2
  [ ! -e "$ROOTFS/tmp/ran" ]
  is_status created
  husk start "$ID"
  wait_for test -e "$ROOTFS/tmp/ran"
}

@test "start reports a program that cannot be executed" {
  payload /no/such/program
  husk create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 || return 0
  run husk start "$ID"
  failed_with 1
  says '/no/such/program' 'no such file or directory'
  wait_for is_status stopped
  husk delete "$ID"
  nothing_left
}

@test "ids of every allowed shape" {
  local id
  for id in a A9 a.b a_b a+b a-b 0 "$(printf 'x%.0s' {1..200})"; do
    husk create --bundle "$BUNDLE" "$id" </dev/null >/dev/null 2>&1
    husk delete --force "$id"
  done
}

@test "a program that is not there is the failure of create" {
  local program text
  for program in 'nosuch:executable file not found in $PATH' '/no/such:no such file or directory' '/etc:is a directory' \
    '/etc/passwd:permission denied'; do
    payload "${program%%:*}"
    text=${program#*:}
    run --separate-stderr husk create --bundle "$BUNDLE" --pid-file "$BATS_TEST_TMPDIR/pid" "$ID" </dev/null
    failed_with 1
    complains '/process/args/0' "$text"
    [ ! -e "$BATS_TEST_TMPDIR/pid" ]
    nothing_left
  done
}

@test "a cgroup in use is refused, and its processes are left alone" {
  local sleeper directory
  config '.linux.cgroupsPath = "/husk-test-\($id)-used"' --arg id "$ID"
  payload true
  sleep 1000 3>&- &
  sleeper=$!
  BACKGROUND=$sleeper
  # in one hierarchy only: the others can be made
  for directory in /sys/fs/cgroup/pids /sys/fs/cgroup; do
    [ -e "$directory/cgroup.procs" ] && break
  done
  directory=$directory/husk-test-$ID-used
  mkdir "$directory"
  echo "$sleeper" >"$directory/cgroup.procs"
  for command in run create; do
    run --separate-stderr husk "$command" --bundle "$BUNDLE" "$ID" </dev/null
    failed_with 1
    complains 'exists and has processes'
    kill -0 "$sleeper"
    [ ! -e "$STATE/$ID" ]
  done
  # nor does the record of a create that was killed before it looked cost them their lives
  mkdir -p -m 700 "$STATE" && mkdir "$STATE/$ID"
  jq -n --arg id "$ID" --arg mount "${directory%/*}" --arg path "${directory##*/}" '{id: $id, bundle: "/", created: "",
    bootId: "x", cgroup: [{mount: $mount, path: $path, v2: false}]}' >"$STATE/$ID/state.json"
  husk kill --all "$ID" KILL || true
  husk delete --force "$ID" || true
  kill -0 "$sleeper"
  kill "$sleeper"
  wait "$sleeper" || true
  rmdir "$directory" 2>/dev/null || true
  rm -rf "${STATE:?}/$ID"
  nothing_left
}
