#!/usr/bin/env bats
# Concurrent commands of husk: a container is removed once, by one of them, and the others report that.
load bundle

STAT='/^(f?stat|newfstatat)$' # fstat(2), whose call depends on the C library

setup() {
  bundle_make
  plain
  mkfifo "$BATS_TEST_TMPDIR/gate"
  HOOKED=$BATS_TEST_TMPDIR/hooked
}

# gated KIND: a hook of that kind writes a line to HOOKED and ends when the gate is opened.
gated() {
  config '.hooks[$kind] = [{path: "/bin/sh", args: ["sh", "-c", $script]}]' --arg kind "$1" \
    --arg script "echo ran >>$HOOKED; read -r x <$BATS_TEST_TMPDIR/gate"
}

open_gate() {
  timeout 30 sh -c 'echo >"$1"' sh "$BATS_TEST_TMPDIR/gate"
}

hooked_once() {
  [ "$(grep -c ran "$HOOKED")" -eq 1 ] || { echo "hooks: $(wc -l <"$HOOKED")"; return 1; }
}

# beside NAME COMMAND...: in the background; its process is PROCESS, its output is in the file NAME.
beside() {
  local name=$BATS_TEST_TMPDIR/$1
  shift
  "$HUSK" --root "$ROOT" "${OPTIONS[@]}" "$@" </dev/null >"$name" 2>&1 3>&- &
  PROCESS=$!
  BACKGROUND+=" $PROCESS"
}

# ended NAME PROCESS STATUS [TEXT]
ended() {
  local status=0
  wait "$2" || status=$?
  [ "$status" -eq "$3" ] || { echo "$1: status $status: $(cat "$BATS_TEST_TMPDIR/$1")"; return 1; }
  grep -q "${4:-}" "$BATS_TEST_TMPDIR/$1" || [ -z "${4:-}" ] || { cat "$BATS_TEST_TMPDIR/$1"; return 1; }
}

# stopped_at CALL NAME COMMAND...: in the background, stopped once it has made the first of these calls, or the first on the
# path in WHERE; TRACER, PROCESS.
stopped_at() {
  local call=$1 name=$BATS_TEST_TMPDIR/$2
  shift 2
  rm -f "$name.calls"
  strace -f -qq -o "$name.calls" ${WHERE:+-P "$WHERE"} -e trace="$call" -e inject="$call:signal=SIGSTOP:when=1" \
    "$HUSK" --root "$ROOT" "${OPTIONS[@]}" "$@" </dev/null >"$name" 2>&1 3>&- &
  TRACER=$!
  BACKGROUND+=" $TRACER"
  wait_for grep -qs 'stopped by SIGSTOP' "$name.calls"
  PROCESS=$(sed -n 's/^\([0-9]*\) .*stopped by SIGSTOP.*/\1/p' "$name.calls")
}

listed() {
  [ "$(husk list --format json | jq -r '.[0].status')" = "$1" ]
}

# undone: delete waits for a creator that is undoing, and only one of them runs the hooks.
undone() {
  local creator=$1 plain force
  is_status creating
  listed creating
  beside plain delete "$ID"
  plain=$PROCESS
  beside force delete --force "$ID"
  force=$PROCESS
  is_status creating
  [ -z "${2:-}" ] || kill "$2" "$creator"
  wait_for test -s "$HOOKED"
  is_status creating
  open_gate
  ended plain "$plain" 1 'does not exist'
  ended force "$force" 0
  wait "$creator" && return 1
  hooked_once
  nothing_left
}

@test "a failing run is creating until all is undone, and its poststop hooks run once" {
  program /no/such/program
  config '.hooks.createRuntime = [{path: "/bin/true"}]'
  gated poststop
  beside run run --detach --bundle "$BUNDLE" "$ID"
  wait_for test -s "$HOOKED"
  undone "$PROCESS"
}

@test "a create whose hook fails is undone once, beside deletes" {
  program true
  config '.hooks.createRuntime = [{path: "/bin/false"}]'
  gated poststop
  beside create create --bundle "$BUNDLE" "$ID"
  wait_for test -s "$HOOKED"
  undone "$PROCESS"
}

@test "a run whose process is dead is not stopped before it is undone" {
  program true
  gated poststop
  config '.hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "echo >/tmp/here; exec sleep 1000"]}]'
  beside run run --detach --bundle "$BUNDLE" "$ID"
  wait_for test -e "$ROOTFS/tmp/here"
  kill -STOP "$PROCESS"
  kill -KILL "$(jq .pid "$ROOT/$ID/state.json")"
  wait_for is_status creating
  undone "$PROCESS" -CONT
}

# bats test_tags=attack:CC-03
@test "of several concurrent deletes exactly one runs the poststop hooks" {
  local first plain force
  gated poststop
  container_up true
  wait_for is_status stopped
  beside first delete "$ID"
  first=$PROCESS
  wait_for test -s "$HOOKED"
  is_status stopped
  listed stopped
  beside plain delete "$ID"
  plain=$PROCESS
  beside force delete --force "$ID"
  force=$PROCESS
  open_gate
  ended first "$first" 0
  ended plain "$plain" 1 'does not exist'
  ended force "$force" 0
  hooked_once
  nothing_left
}

@test "a run in the foreground and a concurrent delete remove the container once" {
  local run
  program sleep 1000
  gated poststop
  beside run run --bundle "$BUNDLE" "$ID"
  run=$PROCESS
  wait_for is_status running
  beside force delete --force "$ID"
  wait_for test -s "$HOOKED"
  is_status stopped
  open_gate
  ended force "$PROCESS" 0
  ended run "$run" 137
  hooked_once
  nothing_left

  program true
  rm "$HOOKED"
  beside run run --bundle "$BUNDLE" "$ID"
  run=$PROCESS
  wait_for test -s "$HOOKED"
  is_status stopped
  beside plain delete "$ID"
  open_gate
  ended run "$run" 0
  ended plain "$PROCESS" 1 'does not exist'
  hooked_once
  nothing_left
}

@test "a run in the foreground that ends late does not touch the next container with its id" {
  local run
  program sleep 1000
  config '.hooks.poststop = [{path: "/bin/sh", args: ["sh", "-c", $script]}]' --arg script "echo ran >>$HOOKED"
  beside run run --bundle "$BUNDLE" "$ID"
  run=$PROCESS
  wait_for is_status running
  kill -STOP "$run"
  husk delete --force "$ID"
  hooked_once
  create
  husk start "$ID"
  kill -CONT "$run"
  ended run "$run" 137
  is_status running
  hooked_once
}

@test "a delete that is killed in the hooks leaves the container to the next delete" {
  config '.hooks.poststop = [{path: "/bin/sh", args: ["sh", "-c", $script]}]' \
    --arg script "[ -e $HOOKED ] || { echo \$\$ >$HOOKED; exec sleep 1000; }; echo again >>$HOOKED"
  container_up true
  wait_for is_status stopped
  beside first delete "$ID"
  wait_for test -s "$HOOKED"
  BACKGROUND+=" $(cat "$HOOKED")"
  kill -KILL "$PROCESS"
  wait "$PROCESS" || true
  is_status stopped
  husk delete "$ID"
  grep -qx again "$HOOKED"
  nothing_left
}

# bats test_tags=attack:CC-03
@test "a delete that a start overtakes is refused, and the container runs" {
  program sleep 1000
  create
  stopped_at pidfd_open delete delete "$ID"
  husk start "$ID"
  kill -CONT "$PROCESS"
  ended delete "$TRACER" 1 'that is not stopped: it is running'
  is_status running
}

@test "a start that comes while delete has the turn fails, and the container is gone" {
  local delete
  program sleep 1000
  create
  stopped_at recvfrom delete delete "$ID"
  delete=$TRACER
  beside start start "$ID"
  kill -CONT "$(sed -n 's/^\([0-9]*\) .*stopped by SIGSTOP.*/\1/p' "$BATS_TEST_TMPDIR/delete.calls")"
  ended delete "$delete" 0
  ended start "$PROCESS" 1
  nothing_left
}

@test "delete is refused while startContainer hooks run" {
  program true
  config '.hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "echo >/tmp/here; exec sleep 1000"]}]'
  create
  beside start start "$ID"
  wait_for test -e "$ROOTFS/tmp/here"
  run --separate-stderr husk delete "$ID"
  is 1 ''
  complains 'it is being started'
  run husk delete --force "$ID"
  is 0
  ended start "$PROCESS" 1
}

# late COMMAND...: husk's command is stopped once it has checked that the cgroup is the container's; then that is deleted, and
# another one has its path.
late() {
  local old
  container_up
  old=$PID
  WHERE=$(main_directory) stopped_at "$STAT" late "$@"
  husk delete --force "$ID"
  container_up
  [ "$PID" != "$old" ]
  kill -CONT "$PROCESS"
  wait "$TRACER" || true
  is_status running
  husk delete --force "$ID"
}

# main_directory: the one whose number shows that the cgroup is the container's.
main_directory() {
  local directory
  directory=$(cgroup_directory none)
  [ -e "$directory/cgroup.freeze" ] || directory=$(cgroup_directory freezer)
  echo "$directory"
}

@test "a command does not touch the next container of an id whose container was deleted meanwhile" {
  ! rootless && ! in_systemd || skip 'the cgroups of husk itself'
  late kill --all "$ID" KILL
  late kill --all "$ID" TERM
  late pause "$ID"
  late update --pids-limit 1 "$ID"
}

@test "a command that is late does not make a deleted container's cgroup again" {
  local directory
  ! rootless && ! in_systemd || skip 'the cgroups of husk itself'
  container_up
  stopped_at "$STAT" update update --memory 100000000 "$ID"
  husk delete --force "$ID"
  kill -CONT "$PROCESS"
  ended update "$TRACER" 1 "container \"$ID\" does not exist"
  nothing_left
}

# overtaken CALL STATUS COMMAND...: husk's command is stopped after its first call of that kind, the container deleted, and the
# command continues.
overtaken() {
  local call=$1 expected=$2
  shift 2
  stopped_at "$call" overtaken "$@"
  husk delete --force "$ID"
  kill -CONT "$PROCESS"
  ended overtaken "$TRACER" "$expected" "container \"$ID\" does not exist: it was deleted meanwhile" ||
    { echo "at $call"; return 1; }
  [ "$(grep -c 'error: ' "$BATS_TEST_TMPDIR/overtaken")" -eq 1 ]
  nothing_left
}

# bats test_tags=attack:CC-03
@test "a start that a delete overtakes reports that the container does not exist" {
  local call
  program sleep 1000
  for call in pidfd_open connect recvfrom rename,renameat,renameat2; do
    create
    overtaken "$call" 1 start "$ID"
  done
}

@test "a start whose hooks a delete ends reports that the container does not exist" {
  program true
  config '.hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "echo >/tmp/here; exec sleep 1000"]}]'
  create
  beside start start "$ID"
  wait_for test -e "$ROOTFS/tmp/here"
  kill -STOP "$PROCESS"
  husk delete --force "$ID"
  kill -CONT "$PROCESS"
  ended start "$PROCESS" 1 "container \"$ID\" does not exist: it was deleted"
}

# bats test_tags=attack:CC-03
@test "an exec that a delete overtakes reports that the container does not exist" {
  local call
  for call in pidfd_open clone3; do
    container_up
    overtaken "$call" 255 exec "$ID" true
  done
}

# bats test_tags=attack:CC-03
@test "pause, resume and events that a delete overtakes report that the container does not exist" {
  ! rootless && ! in_systemd || skip 'the cgroups of husk itself'
  container_up
  WHERE=$(main_directory) overtaken "$STAT" 1 pause "$ID"
  container_up
  husk pause "$ID"
  WHERE=$(main_directory) overtaken "$STAT" 1 resume "$ID"
  container_up
  overtaken pidfd_open 1 events --stats "$ID"
}

# bats test_tags=attack:CC-03
@test "a kill that a delete overtakes reports that the container is not running" {
  container_up
  stopped_at pidfd_open kill kill "$ID" TERM
  husk delete --force "$ID"
  kill -CONT "$PROCESS"
  ended kill "$TRACER" 1 'container not running'
}

@test "an exec during the hooks of a delete reports that the container does not exist" {
  local delete
  gated poststop
  container_up
  stopped_at clone3 exec exec "$ID" true
  beside delete delete --force "$ID"
  delete=$PROCESS
  wait_for test -s "$HOOKED"
  kill -CONT "$(sed -n 's/^\([0-9]*\) .*stopped by SIGSTOP.*/\1/p' "$BATS_TEST_TMPDIR/exec.calls")"
  ended exec "$TRACER" 255 'does not exist: it was deleted'
  open_gate
  ended delete "$delete" 0
}

@test "exec enters no cgroup but its container's, even if another one has its path" {
  local old
  ! rootless && ! in_systemd || skip 'the cgroups of husk itself'
  config '.linux.namespaces |= map(select(.type != "pid"))' # that of a dead process cannot be joined anyway
  container_up
  old=$PID
  WHERE=$(main_directory) stopped_at "$STAT" exec exec "$ID" true
  husk delete --force "$ID"
  container_up
  [ "$PID" != "$old" ]
  husk pause "$ID" # a process that enters it stops
  kill -CONT "$PROCESS"
  wait_for grep -qs 'error: ' "$BATS_TEST_TMPDIR/exec"
  ended exec "$TRACER" 255 'does not exist: it was deleted'
  is_status paused
}

@test "kill --all opens a pidfd of each process and signals only through it" {
  container_up 'sleep 1000 & sleep 1000 & wait'
  strace -f -qq -e trace=kill,tkill,pidfd_send_signal -o "$BATS_TEST_TMPDIR/signals" \
    "$HUSK" --root "$ROOT" "${OPTIONS[@]}" kill --all "$ID" 0
  [ "$(grep -c 'pidfd_send_signal.* = 0' "$BATS_TEST_TMPDIR/signals")" -eq 3 ]
  never grep -qE '(^| )t?kill\(' "$BATS_TEST_TMPDIR/signals"
}

@test "a lock that cannot be taken does not prevent undoing" {
  program true
  run --separate-stderr strace -qq -o /dev/null -e trace=flock -e inject=flock:error=ENOLCK \
    "$HUSK" --root "$ROOT" "${OPTIONS[@]}" run --detach --bundle "$BUNDLE" "$ID" </dev/null
  is 1 ''
  grep -q "lock the container's record" <<<"$stderr"
  nothing_left
}

@test "kill --all fails if a cgroup cannot be inspected" {
  local when failed=0
  ! rootless && ! in_systemd || skip 'the cgroups of husk itself'
  container_up
  for when in 1 2 3 4 5 6 7 8 9; do
    run --separate-stderr strace -qq -o /dev/null -e trace="$STAT" -e inject="$STAT:error=EIO:when=$when" \
      "$HUSK" --root "$ROOT" "${OPTIONS[@]}" kill --all "$ID" KILL
    if [ "$status" -eq 0 ]; then
      wait_for is_status stopped
      husk delete "$ID"
      container_up
    else
      failed=$((failed + 1))
    fi
  done
  [ "$failed" -gt 2 ]
}
