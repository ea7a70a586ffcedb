#!/usr/bin/env bats
# runtime.md, step by step: the effects of failing hooks, and the operations that are refused in each status.
load bundle

PATHS='PATH=/usr/sbin:/usr/bin:/sbin:/bin'

setup() {
  bundle_make
  plain
  LOG=$BATS_TEST_TMPDIR/log
  touch "$LOG"
}

teardown() {
  touch "$BATS_TEST_TMPDIR/go" # for a hook that still waits
  umount "$BATS_TEST_TMPDIR/net" 2>/dev/null || true
  bundle_end
}

# hook KIND SCRIPT: a hook in the host's shell, or in the container's if the kind runs there.
hook() {
  config '.hooks[$kind] += [{path: "/bin/sh", args: ["sh", "-c", $script], env: [$paths]}]' \
    --arg kind "$1" --arg script "$2" --arg paths "$PATHS"
}

# logged TEXT: the log's lines, one after the other.
logged() {
  local found
  found=$(xargs <"$LOG")
  [ "$found" = "$1" ] || { echo "expected: $1, logged: $found"; return 1; }
}

# creating: a create that a hook keeps in status creating until the file "go" exists.
creating() {
  hook createRuntime "while [ ! -e $BATS_TEST_TMPDIR/go ]; do sleep 0.02; done"
  script 'echo ran; sleep 1000'
  husk create --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
  BACKGROUND="$BACKGROUND $!"
  CREATE=$!
  wait_for is_status creating
  wait_for has_pid
}

has_pid() {
  [ "$(husk state "$ID" | jq .pid)" -gt 1 ]
}

# refused_operation TEXT COMMAND...: husk refuses, and the container's state does not change.
refused_operation() {
  local text=$1 before
  shift
  before=$(husk state "$ID")
  never husk "$@" </dev/null >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- # what would run after all holds nothing of bats'
  grep -qF -- "$text" "$BATS_TEST_TMPDIR/said" || { cat "$BATS_TEST_TMPDIR/said"; return 1; }
  [ "$(husk state "$ID")" = "$before" ]
}

# state_holds STATUS: state prints the members of the schema, each of its type, for this container.
state_holds() {
  husk state "$ID" >"$BATS_TEST_TMPDIR/printed"
  jq -e --arg id "$ID" --arg bundle "$BUNDLE" --arg status "$1" '
    type == "object" and .id == $id and .status == $status and .bundle == $bundle
    and (.ociVersion | test("^1\\.[0-9]+\\.[0-9]+$")) and (.pid | type == "number" and . >= 0 and . == floor)
    and (.annotations == {"org.example.a": "b"})' "$BATS_TEST_TMPDIR/printed" || { cat "$BATS_TEST_TMPDIR/printed"; return 1; }
}

# proves: lifecycle-prestart-fails lifecycle-create-runtime-fails lifecycle-create-container-fails
# proves: create-refuses errors-change-nothing
@test "a failing hook of create is an error, leaves nothing, and the poststop hooks run" {
  local kind
  for kind in prestart createRuntime createContainer; do
    example
    plain
    : >"$LOG"
    hook "$kind" 'exit 1'
    hook "$kind" "echo second >>$LOG"
    hook poststart "echo poststart >>$LOG"
    hook poststop "[ ! -e /proc/\$(jq -r .pid)/status ] && echo poststop >>$LOG"
    never create
    grep -q "/hooks/$kind/0: $kind hook 0 (/bin/sh) exited with status 1" "$BATS_TEST_TMPDIR/err"
    logged poststop || { echo "$kind"; return 1; }
    nothing_left
  done
}

# proves: lifecycle-start-container-fails
@test "a failing startContainer hook prevents the program, leaves a stopped container, and delete runs the poststop hooks" {
  hook startContainer 'exit 1'
  hook poststart "echo poststart >>$LOG"
  hook poststop "echo poststop >>$LOG"
  script 'echo ran'
  create
  run --separate-stderr husk start "$ID"
  is 1 ''
  complains '/hooks/startContainer/0'
  wait_for is_status stopped
  logged ''
  [ ! -s "$BATS_TEST_TMPDIR/out" ]
  husk delete "$ID"
  logged poststop
  nothing_left
  # run has the whole life in itself
  launch
  is 1 ''
  logged 'poststop poststop'
  nothing_left
}

# proves: lifecycle-poststart-fails
@test "a failing poststart hook leaves a stopped container, and delete runs the poststop hooks" {
  hook poststart 'exit 1'
  hook poststart "echo second >>$LOG"
  hook poststop "echo poststop >>$LOG"
  program sleep 1000
  create
  run --separate-stderr husk start "$ID"
  is 1 ''
  complains '/hooks/poststart/0'
  wait_for is_status stopped
  wait_for no_processes_left
  logged ''
  husk delete "$ID"
  logged poststop
  nothing_left
  launch
  is 1 ''
  logged 'poststop poststop'
  nothing_left
}

# proves: lifecycle-poststop-fails lifecycle-poststop warnings-change-nothing lifecycle-destroyed
@test "failing poststop hooks are warnings, and the hooks after them run once the container is gone" {
  hook poststop 'exit 1'
  hook poststop 'exit 2'
  hook poststop "jq -r .status >>$LOG; ls -d \"\$(cat $BATS_TEST_TMPDIR/cgroup)\" >>$LOG 2>/dev/null; true"
  program sleep 1000
  create
  PID=$(husk state "$ID" | jq .pid)
  cgroup_directory pids >"$BATS_TEST_TMPDIR/cgroup"
  [ -d "$(cat "$BATS_TEST_TMPDIR/cgroup")" ]
  husk kill "$ID" KILL
  wait_for is_status stopped
  run --separate-stderr husk delete "$ID"
  is 0 ''
  complains 'warning: ' '/hooks/poststop/0: poststop hook 0 (/bin/sh) exited with status 1' \
    '/hooks/poststop/1: poststop hook 1 (/bin/sh) exited with status 2'
  complains_not '/hooks/poststop/2'
  logged stopped
  nothing_left
  program true
  launch
  succeeded
  warns '/hooks/poststop/0' '/hooks/poststop/1'
  nothing_left
}

# proves: lifecycle-config-saved
@test "changes to config.json after create have no effect on start, hooks, exec and delete" {
  hook poststart "echo old-poststart >>$LOG"
  hook poststop "echo old-poststop >>$LOG"
  config '.process.env += ["WHICH=old"] | .annotations = {which: "old"}'
  script "echo \$WHICH; sleep 1000"
  create
  example_with '.process.env += ["WHICH=new"] | .annotations = {which: "new"} | .hooks = {}
    | .process.args = ["sh", "-c", "echo new; exit"] | .process.cwd = "/tmp" | .hostname = "new"'
  hook poststart "echo new-poststart >>$LOG"
  hook poststop "echo new-poststop >>$LOG"
  husk start "$ID"
  wait_for grep -qx old "$BATS_TEST_TMPDIR/out"
  run --separate-stderr husk exec "$ID" sh -c 'echo $WHICH; pwd; hostname'
  is 0 'old
/
husk'
  [ "$(husk state "$ID" | jq -r .annotations.which)" = old ]
  rm "$BUNDLE/config.json"
  run --separate-stderr husk exec "$ID" sh -c 'echo $WHICH'
  is 0 old
  husk kill "$ID" KILL
  wait_for is_status stopped
  husk delete "$ID"
  logged 'old-poststart old-poststop'
}

# proves: state-schema state-returned create-creates operations-supported operations-by-the-creator
@test "state has the members of the schema, each of its type, in every status" {
  config '.annotations = {"org.example.a": "b"}'
  creating
  state_holds creating
  touch "$BATS_TEST_TMPDIR/go"
  wait "$CREATE"
  state_holds created
  PID=$(husk state "$ID" | jq .pid)
  [ "$(cat "/proc/$PID/comm")" = husk:init ]
  husk start "$ID"
  state_holds running
  [ "$(husk state "$ID" | jq .pid)" = "$PID" ]
  husk kill "$ID" KILL
  wait_for is_status stopped
  state_holds stopped
  husk delete "$ID"
  nothing_left
}

# proves: status-beyond-the-four
@test "paused is a separate status, reported only for paused containers" {
  container_up
  husk pause "$ID"
  is_status paused
  husk resume "$ID"
  is_status running
}

# proves: kill-of-another-status
@test "kill of a container that is being created or has stopped is an error and signals no process" {
  creating
  refused_operation "cannot kill container \"$ID\": it is creating" kill "$ID" KILL
  refused_operation "cannot kill container \"$ID\": it is creating" kill --all "$ID" KILL
  touch "$BATS_TEST_TMPDIR/go"
  wait "$CREATE"
  is_status created
  husk start "$ID"
  wait_for grep -qx ran "$BATS_TEST_TMPDIR/out"
  husk kill "$ID" KILL
  wait_for is_status stopped
  refused_operation 'container not running' kill "$ID" KILL
  refused_operation 'container not running' kill "$ID" TERM
}

# proves: start-of-another-status
@test "start of a container that is creating, running, paused or stopped is an error and changes nothing" {
  creating
  refused_operation "cannot start container \"$ID\": it is creating" start "$ID"
  touch "$BATS_TEST_TMPDIR/go"
  wait "$CREATE"
  husk start "$ID"
  wait_for grep -qx ran "$BATS_TEST_TMPDIR/out"
  refused_operation "cannot start container \"$ID\": it is running" start "$ID"
  husk pause "$ID"
  refused_operation "cannot start container \"$ID\": it is paused" start "$ID"
  husk resume "$ID"
  husk kill "$ID" KILL
  wait_for is_status stopped
  refused_operation "cannot start container \"$ID\": it has stopped" start "$ID"
  [ "$(grep -c ran "$BATS_TEST_TMPDIR/out")" = 1 ]
}

# proves: delete-of-another-status
@test "delete of a container that is creating, running or paused is an error and changes nothing" {
  creating
  refused_operation 'it is creating' delete "$ID"
  touch "$BATS_TEST_TMPDIR/go"
  wait "$CREATE"
  husk start "$ID"
  wait_for grep -qx ran "$BATS_TEST_TMPDIR/out"
  refused_operation 'it is running' delete "$ID"
  husk exec "$ID" true
  husk pause "$ID"
  refused_operation 'it is paused' delete "$ID"
  husk resume "$ID"
  husk exec "$ID" true
}

# proves: id-unique create-id-refused errors-change-nothing
@test "an id in use is refused in every status, and its container is unaffected" {
  hook poststop "echo poststop >>$LOG"
  creating
  local now # bats has a variable "status"
  for now in creating created running stopped; do
    is_status "$now"
    refused_operation "container \"$ID\" already exists" create --bundle "$BUNDLE" "$ID"
    refused_operation "container \"$ID\" already exists" run --bundle "$BUNDLE" "$ID"
    case $now in
      creating) touch "$BATS_TEST_TMPDIR/go" && wait "$CREATE" ;;
      created) husk start "$ID" ;;
      running) husk exec "$ID" true && husk kill "$ID" KILL && wait_for is_status stopped ;;
    esac
  done
  logged ''
  husk delete "$ID"
  create # and can be used again
  is_status created
}

# proves: start-without-process
@test "without process in the config create works, start is an error, and the container stays created" {
  config 'del(.process)'
  create
  refused_operation '"process" is required' start "$ID"
  is_status created
}

# proves: errors-change-nothing
@test "start without its seccomp agent fails and changes nothing; with an agent it works afterwards" {
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: $path,
    syscalls: [{names: ["mkdir"], action: "SCMP_ACT_NOTIFY"}]}' --arg path "$BATS_TEST_TMPDIR/agent"
  script 'echo ran; sleep 1000'
  create
  refused_operation /linux/seccomp/listenerPath start "$ID"
  is_status created
  "$(tool agent)" "$BATS_TEST_TMPDIR/agent" continue >/dev/null 2>&1 3>&- &
  BACKGROUND="$BACKGROUND $!"
  wait_for test -S "$BATS_TEST_TMPDIR/agent"
  husk start "$ID"
  wait_for grep -qx ran "$BATS_TEST_TMPDIR/out"
  is_status running
}

# proves: state-needs-an-id create-needs-bundle-and-id start-needs-an-id kill-needs-an-id delete-needs-an-id
# bats test_tags=any-machine
@test "commands without an id and create without a bundle are errors" {
  local command
  container_up
  mkdir "$BATS_TEST_TMPDIR/empty"
  for command in state start kill delete 'delete --force' "create --bundle $BUNDLE"; do
    # shellcheck disable=SC2086
    run --separate-stderr husk $command </dev/null
    is 1 ''
    complains 'error: '
  done
  is_status running
  cd "$BATS_TEST_TMPDIR/empty"
  run --separate-stderr husk create "$ID-other" </dev/null
  is 1 ''
  complains 'open config.json: no such file or directory'
  run --separate-stderr husk create --bundle "" "$ID-other" </dev/null
  is 1 ''
  run --separate-stderr husk state "$ID-other"
  is 1 ''
}

# proves: delete-leaves-the-rest delete-takes-what-create-made lifecycle-destroyed
@test "after delete only the cgroups, namespaces and files from before create remain" {
  local directory net=$BATS_TEST_TMPDIR/net
  for directory in /sys/fs/cgroup/pids /sys/fs/cgroup/unified /sys/fs/cgroup; do
    [ ! -e "$directory/cgroup.procs" ] || break
  done
  mkdir -p "$directory/$PARENT/$ID"
  touch "$net"
  unshare --net="$net" true
  in_parent
  mkdir "$BATS_TEST_TMPDIR/volume"
  config '(.linux.namespaces[] | select(.type == "network")).path = $net | del(.linux.namespaces[] | select(.type == "pid"))
    | .mounts += [{destination: "/volume", source: $volume, options: ["bind"]}]' --arg net "$net" \
    --arg volume "$BATS_TEST_TMPDIR/volume"
  container_up 'echo kept >/volume/file; sleep 1000 & sleep 1000 & wait'
  wait_for test -s "$BATS_TEST_TMPDIR/volume/file"
  mkdir "$directory/$PARENT/$ID/below"
  husk kill "$ID" KILL
  wait_for is_status stopped
  husk delete "$ID"
  wait_for no_processes_left
  [ -d "$directory/$PARENT/$ID" ]
  [ ! -d "$directory/$PARENT/$ID/below" ]
  [ -z "$(cat "$directory/$PARENT/$ID/cgroup.procs")" ]
  [ "$(find /sys/fs/cgroup -name "$ID" 2>/dev/null)" = "$directory/$PARENT/$ID" ]
  nsenter --net="$net" true
  [ "$(cat "$BATS_TEST_TMPDIR/volume/file")" = kept ]
  [ -x "$ROOTFS/bin/busybox" ]
  # a failed create leaves it too
  config '.hooks.createRuntime = [{path: "/bin/false"}]'
  never create
  [ -d "$directory/$PARENT/$ID" ]
  umount "$net"
  rmdir "$directory/$PARENT/$ID" "$directory/$PARENT"
  nothing_left
}

# proves: lifecycle-program-waits create-runs-nothing create-applies lifecycle-create
@test "after create everything exists and the program does not run" {
  config '.hostname = "made" | .process.args = ["sh", "-c", "echo ran >/tmp/ran; sleep 1000"]
    | .mounts += [{destination: "/mnt", type: "tmpfs", source: "tmpfs"}] | .linux.sysctl = {"net.ipv4.ip_forward": "1"}
    | .linux.resources.pids.limit = 77'
  create
  PID=$(husk state "$ID" | jq .pid)
  [ "$(nsenter --uts="/proc/$PID/ns/uts" hostname)" = made ]
  grep -q ' /mnt ' "/proc/$PID/mountinfo"
  grep -q ' /proc/sys ' "/proc/$PID/mountinfo"
  [ "$(nsenter --net="/proc/$PID/ns/net" cat /proc/sys/net/ipv4/ip_forward)" = 1 ]
  [ "$(cat "$(cgroup_directory pids)/pids.max")" = 77 ]
  wait_for waits_for_start
  [ ! -e "$ROOTFS/tmp/ran" ]
  husk start "$ID"
  wait_for test -e "$ROOTFS/tmp/ran"
}
