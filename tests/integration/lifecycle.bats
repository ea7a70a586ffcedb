#!/usr/bin/env bats
# create, start, state, kill, delete, list.
load bundle

# proves: create-creates lifecycle-program start-runs delete-takes-what-create-made
@test "a container is created and started, ends and is deleted" {
  script 'echo works'
  create
  is_status created
  [ ! -s "$BATS_TEST_TMPDIR/out" ]
  run husk start "$ID"
  is 0 ''
  wait_for is_status stopped
  grep -qx works "$BATS_TEST_TMPDIR/out"
  husk delete "$ID"
  nothing_left
}

# proves: /ociVersion state:/ociVersion state:/id state:/status state:/bundle
@test "state prints every field of the specification" {
  container_up
  run --separate-stderr husk state "$ID"
  succeeded
  jq -e --arg id "$ID" --arg bundle "$BUNDLE" '
    .id == $id and .bundle == $bundle and .rootfs == ($bundle + "/rootfs") and .status == "running" and .pid > 1
    and (.ociVersion | test("^1\\.")) and .owner == "root"
    and (.created | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]+Z$"))' <<<"$output"
  [ "$(tr '\0' ' ' <"/proc/$PID/cmdline")" = 'sleep 1000 ' ]
}

# proves: /annotations /annotations/* state:/annotations
# bats test_tags=any-machine
@test "state shows the annotations" {
  config '.annotations = {"org.example.key": "a value", "b": ""}'
  container_up
  [ "$(husk state "$ID" | jq -c .annotations)" = '{"org.example.key":"a value","b":""}' ]
}

# proves: image-annotations-handed-on annotation-keys-unknown
# bats test_tags=any-machine
@test "image annotations and unknown ones appear unchanged in the state and have no effect" {
  local annotations
  config '.annotations = ({os: "plan9", "os.version": "0", "os.features": "a,b", architecture: "z80", variant: "v9",
    author: "\u00c4 <a@example.org>", created: "yesterday", stopSignal: "SIGKILL", title: "x"}
    | with_entries(.key |= "org.opencontainers.image." + .)) + {"org.opencontainers.tomorrow": "", "no dots": "{}"}'
  annotations=$(jq -cS .annotations "$BUNDLE/config.json")
  [ "$(jq length <<<"$annotations")" = 11 ]
  container_up 'trap "echo term; exit 0" TERM; echo up; while :; do sleep 0.02; done'
  [ ! -s "$BATS_TEST_TMPDIR/err" ]
  [ "$(husk state "$ID" | jq -cS .annotations)" = "$annotations" ]
  wait_for grep -q up "$BATS_TEST_TMPDIR/out"
  husk kill "$ID"
  wait_for grep -q term "$BATS_TEST_TMPDIR/out"
}

# proves: state:/pid
@test "the pid of a stopped container is 0 and its state is still printed" {
  container_up true
  wait_for is_status stopped
  [ "$(husk state "$ID" | jq .pid)" = 0 ]
}

# proves: state-of-nothing
# bats test_tags=any-machine
@test "state, start, kill, delete and exec of an unknown id are errors" {
  local command
  for command in state start delete; do
    run husk "$command" "$ID"
    is 1
    says "container \"$ID\" does not exist"
  done
  run husk kill "$ID" TERM
  is 1
  says "container \"$ID\" does not exist"
  run husk exec "$ID" true
  [ "$status" -ne 0 ]
  says "container \"$ID\" does not exist"
}

# proves: kill-sends
@test "kill sends signals by name, short name and number, in any case" {
  local signal number said=up
  container_up "for n in 10 15; do trap \"echo got \$n\" \$n; done; echo up; while :; do sleep 0.02; done"
  wait_for grep -q up "$BATS_TEST_TMPDIR/out"
  while read -r signal number; do
    husk kill "$ID" "$signal"
    said+=$'\n'"got $number"
    wait_for eval '[ "$(<"$BATS_TEST_TMPDIR/out")" = "$said" ]'
  done <<'END'
TERM 15
SIGTERM 15
15 15
USR1 10
sigusr1 10
usr1 10
END
  is_status running
  husk delete --force "$ID"
  for signal in KILL 9 sigkill; do
    container_up
    husk kill "$ID" "$signal"
    wait_for is_status stopped
    husk delete "$ID"
  done
}

@test "kill without a signal sends SIGTERM" {
  container_up 'trap "echo term; exit 0" TERM; echo up; while :; do sleep 0.02; done'
  wait_for grep -q up "$BATS_TEST_TMPDIR/out"
  husk kill "$ID"
  wait_for grep -q term "$BATS_TEST_TMPDIR/out"
}

@test "kill ends a created container" {
  create
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
  wait_for no_processes_left
  husk delete "$ID"
  nothing_left
}

@test "KILL without --all reaches every process even if the container has no pid namespace of its own" {
  local of sleeper
  unshare --pid --fork --mount-proc sleep 1000 3>&- &
  sleeper=$!
  BACKGROUND=$sleeper
  wait_for pgrep -P "$sleeper" sleep
  for of in none "/proc/$(pgrep -P "$sleeper" sleep)/ns/pid"; do
    config '.linux.namespaces |= map(select(.type != "pid")) + if $of == "none" then [] else [{type: "pid", path: $of}] end' --arg of "$of"
    container_up 'sleep 1000 & sleep 1000 & trap : TERM; while :; do wait; done'
    husk kill "$ID" TERM
    is_status running
    husk kill "$ID" KILL
    wait_for is_status stopped
    wait_for no_processes_left
    run --separate-stderr husk kill "$ID" KILL
    is 1
    complains 'container not running'
    husk delete "$ID"
  done
  kill -0 "$sleeper" # another container's namespace: its first process lives
  pkill -KILL -P "$sleeper"
  nothing_left
}

@test "a created container dies of the signals that end programs" {
  local signal
  program true
  for signal in TERM INT HUP QUIT; do
    create
    husk kill "$ID" "$signal"
    wait_for is_status stopped
    husk delete "$ID"
  done
  create
  husk kill "$ID" USR1
  is_status created
  husk start "$ID"
  wait_for is_status stopped
  husk delete "$ID"
  nothing_left
}

@test "kill --all works when the first process is dead" {
  config 'del(.linux.namespaces[] | select(.type == "pid"))'
  container_up 'sleep 1000 >/dev/null 2>&1 & exit 0'
  wait_for is_status stopped
  never no_processes_left
  husk kill --all "$ID" 9
  wait_for no_processes_left
  husk kill --all "$ID" 9 || true
  husk delete "$ID"
  nothing_left
}

@test "delete removes what the container left running" {
  config 'del(.linux.namespaces[] | select(.type == "pid"))'
  container_up 'sleep 1000 >/dev/null 2>&1 & exit 0'
  wait_for is_status stopped
  never no_processes_left
  husk delete --force "$ID"
  nothing_left
}

@test "delete --force of a created container works, as engines rely on" {
  create
  run husk delete --force "$ID"
  is 0 ''
  nothing_left
}

# proves: lifecycle-create-fails create-refuses
@test "the id of a failed create can be used again" {
  config '.mounts += [{destination: "/proc/sys", type: "tmpfs"}]'
  never create
  nothing_left
  example
  create
  is_status created
}

# bats test_tags=any-machine
@test "list shows the containers as a table, as JSON and as ids" {
  run husk list --format json
  is 0 '[]'
  run husk list
  succeeded
  husk create --bundle "$BUNDLE" "$ID-a" </dev/null >/dev/null 2>&1
  husk create --bundle "$BUNDLE" "$ID-b" </dev/null >/dev/null 2>&1
  run husk list
  says ID PID STATUS BUNDLE "$ID-a" "$ID-b" created
  run husk list --quiet
  [ "$(sort <<<"$output")" = "$ID-a
$ID-b" ]
  run husk list --format=json
  [ "$(jq -r 'map(.id + " " + .status) | sort | join(",")' <<<"$output")" = "$ID-a created,$ID-b created" ]
  husk delete --force "$ID-a"
  husk delete --force "$ID-b"
  run husk list -f json
  is 0 '[]'
}

# listed WIDTH: what list prints on a terminal of that width, without carriage returns.
listed() {
  command script --quiet --return --command "stty cols $1; '$HUSK' --root '$ROOT' list" /dev/null </dev/null | tr -d '\r'
}

# bats test_tags=any-machine
@test "list: on a terminal the table is as wide as needed and fits; elsewhere nothing is cut" {
  local long=$BATS_TEST_TMPDIR/a-directory-with-a-long-name/and-another-one-below-it/bundle table
  mkdir -p "${long%/*}"
  mv "$BUNDLE" "$long"
  husk create --bundle "$long" "$ID" </dev/null >/dev/null 2>&1
  run husk list
  says "$long "
  table=$(listed 400)
  echo "$table"
  grep -qF "$long  " <<<"$table"
  grep -qE "^ID {${#ID}}PID +STATUS   BUNDLE +CREATED$" <<<"$table"
  table=$(listed 110)
  echo "$table"
  [ "$(awk 'length > longest { longest = length } END { print longest }' <<<"$table")" -le 110 ]
  grep -qE "^$ID  [1-9][0-9]*  created  \.\.\..*below-it/bundle  20" <<<"$table"
  # an id is never cut
  listed 20 | grep -q "^$ID  "
  husk delete --force "$ID"
  mv "$long" "$BUNDLE"
}

# bats test_tags=any-machine
@test "every command accepts --root=DIR and --root DIR" {
  husk create --bundle="$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
  "$HUSK" --root="$ROOT" state "$ID" | grep -q '"created"'
  "$HUSK" --root=/nonexistent --root "$ROOT" delete --force "$ID"
  nothing_left
}

# proves: create-runs-nothing lifecycle-program
@test "a created container outlives its creator and has not executed its program" {
  script 'touch /tmp/ran; sleep 1000'
  config '.root.readonly = false'
  create
  wait_for waits_for_start
  [ ! -e "$ROOTFS/tmp/ran" ]
  is_status created
  husk start "$ID"
  wait_for test -e "$ROOTFS/tmp/ran"
}

@test "start names the program that cannot be executed" {
  printf '#!/nonexistent\n' >"$ROOTFS/bad"
  chmod 755 "$ROOTFS/bad"
  local path reason
  while IFS='|' read -r path reason; do
    program "$path"
    create
    run --separate-stderr husk start "$ID"
    is 1
    complains "/process/args/0: exec: \"$path\": $reason"
    wait_for is_status stopped
    husk delete "$ID"
    nothing_left
  done <<'END'
/bad|no such file or directory
END
}

# proves: create-refuses
@test "create fails if the program does not exist" {
  local missing text
  for missing in 'nosuch:executable file not found in $PATH' '/no/such:no such file or directory' '/etc:is a directory' \
    '/etc/passwd:permission denied'; do
    program "${missing%%:*}"
    text=${missing#*:}
    run --separate-stderr husk create --bundle "$BUNDLE" --pid-file "$BATS_TEST_TMPDIR/pid" "$ID" </dev/null
    is 1
    complains '/process/args/0' "$text"
    [ ! -e "$BATS_TEST_TMPDIR/pid" ]
    nothing_left
  done
}

# proves: cgroup-fit delete-leaves-the-rest
@test "a cgroup in use is refused, and its processes are left alone" {
  local sleeper directory
  config '.linux.cgroupsPath = "/husk-test-\($id)-used"' --arg id "$ID"
  program true
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
    is 1
    complains 'exists and has processes'
    kill -0 "$sleeper"
    [ ! -e "$ROOT/$ID" ]
  done
  # a record of a create that was killed before the check does not get them killed either
  mkdir -p -m 700 "$ROOT" && mkdir "$ROOT/$ID"
  jq -n --arg id "$ID" --arg mount "${directory%/*}" --arg path "${directory##*/}" '{id: $id, bundle: "/", created: "",
    bootId: "x", cgroup: [{mount: $mount, path: $path, v2: false}]}' >"$ROOT/$ID/state.json"
  husk kill --all "$ID" KILL || true
  husk delete --force "$ID" || true
  kill -0 "$sleeper"
  kill "$sleeper"
  wait "$sleeper" || true
  rmdir "$directory" 2>/dev/null || true
  rm -rf "${ROOT:?}/$ID"
  nothing_left
}
