#!/usr/bin/env bats
# pause and resume, and what other commands do with a paused container.
load bundle

# ticking: a container that keeps writing lines.
ticking() {
  container_up 'while :; do echo tick; usleep 10000; done'
  wait_for grep -q tick "$BATS_TEST_TMPDIR/out"
}

ticks() {
  wc -l <"$BATS_TEST_TMPDIR/out"
}

# more_than N: it has written more than N lines.
more_than() {
  [ "$(ticks)" -gt "$1" ]
}

# frozen_by_kernel: the kernel reports the container's cgroup as frozen.
frozen_by_kernel() {
  local v2
  v2=$(cgroup_directory none)
  if [ -e "$v2/cgroup.events" ]; then
    grep -qx 'frozen 1' "$v2/cgroup.events"
  else
    grep -qx FROZEN "$(cgroup_directory freezer)/freezer.state"
  fi
}

@test "pause stops every process until resume" {
  ticking
  run husk pause "$ID"
  is 0 ''
  is_status paused
  frozen_by_kernel
  run husk resume "$ID"
  is 0 ''
  is_status running
  never frozen_by_kernel
  wait_for more_than "$(ticks)"
}

@test "a created container can be paused and is created again after resume" {
  script 'echo works'
  create
  husk pause "$ID"
  is_status paused
  run husk start "$ID"
  is 1
  says 'it is paused'
  husk resume "$ID"
  is_status created
  husk start "$ID"
  wait_for grep -qx works "$BATS_TEST_TMPDIR/out"
}

@test "pause and resume of a container in another state are errors" {
  container_up
  run husk resume "$ID"
  is 1
  says 'container not paused'
  husk pause "$ID"
  run husk pause "$ID"
  is 1
  says 'it is already paused'
  is_status paused
  husk kill "$ID" KILL
  wait_for is_status stopped
  run husk pause "$ID"
  is 1
  says 'container not running'
  run husk pause "$ID-other"
  is 1
  says 'does not exist'
}

@test "KILL ends a paused container" {
  ticking
  husk pause "$ID"
  husk kill "$ID" KILL
  wait_for is_status stopped
  husk delete "$ID"
  nothing_left
}

@test "resume thaws what is left of a container whose first process died while paused" {
  config 'del(.linux.namespaces[] | select(.type == "pid"))'
  container_up 'sleep 1000 & echo $! >/dev/null; while :; do echo tick; usleep 10000; done'
  wait_for grep -q tick "$BATS_TEST_TMPDIR/out"
  husk pause "$ID"
  local directory
  directory=$(cgroup_directory freezer)
  [ -e "$directory/cgroup.freeze" ] || directory=$(cgroup_directory none)
  [ -e "$directory/cgroup.freeze" ] || skip 'what v1 has frozen cannot die'
  kill -KILL "$PID"
  wait_for is_status stopped
  grep -qx 'frozen 1' "$directory/cgroup.events"
  run husk resume "$ID"
  is 0 ''
  grep -qx 'frozen 0' "$directory/cgroup.events"
  run husk resume "$ID"
  is 1
  says 'container not running'
  husk delete "$ID"
  nothing_left
}

# pending NUMBER: that signal is pending for the container's process.
pending() {
  local waiting
  waiting=$(sed -n 's/^ShdPnd:\t//p' "/proc/$PID/status")
  ((0x$waiting >> ($1 - 1) & 1))
}

@test "a TERM sent to a paused container is delivered after resume" {
  container_up 'trap "echo term; exit 0" TERM; echo up; while :; do usleep 10000; done'
  wait_for grep -q up "$BATS_TEST_TMPDIR/out"
  husk pause "$ID"
  husk kill "$ID" TERM
  husk kill --all "$ID" 0
  is_status paused
  frozen_by_kernel
  pending 15
  never grep -q term "$BATS_TEST_TMPDIR/out"
  husk resume "$ID"
  wait_for grep -q term "$BATS_TEST_TMPDIR/out"
}

@test "a container that forks endlessly can be paused" {
  container_up 'while :; do true & done'
  local i
  for i in 1 2 3; do
    husk pause "$ID"
    frozen_by_kernel
    husk resume "$ID"
  done
}

@test "exec into a paused container is refused" {
  container_up
  husk pause "$ID"
  run husk exec "$ID" true
  is 255
  says 'it is paused'
}

# held OUTPUT: exec --ignore-paused in the background, whose output goes to that file; EXECED is its pid.
held() {
  local log=$1.log
  "$HUSK" --root "$ROOT" --debug --log "$log" exec --ignore-paused "$ID" echo went </dev/null >"$1" 2>&1 3>&- &
  EXECED=$!
  BACKGROUND="$BACKGROUND $EXECED"
  wait_for waits_for_resume "$log"
}

# waits_for_resume LOG: exec has found the container paused and sleeps.
waits_for_resume() {
  grep -q 'is paused' "$1" && grep -q '^State:.S' "/proc/$EXECED/status"
}

@test "exec --ignore-paused waits for resume, and can be interrupted" {
  local first second
  container_up
  husk pause "$ID"
  held "$BATS_TEST_TMPDIR/went"
  first=$EXECED
  held "$BATS_TEST_TMPDIR/second"
  second=$EXECED
  kill -0 "$first"
  kill -TERM "$second"
  wait "$second" && return 1
  [ ! -s "$BATS_TEST_TMPDIR/went" ]
  husk resume "$ID"
  wait "$first"
  grep -qx went "$BATS_TEST_TMPDIR/went"
  [ ! -s "$BATS_TEST_TMPDIR/second" ]
}

@test "exec --ignore-paused ends when the container does" {
  container_up
  husk pause "$ID"
  held "$BATS_TEST_TMPDIR/went"
  husk kill "$ID" KILL
  wait "$EXECED" && return 1
  grep -q 'container not running' "$BATS_TEST_TMPDIR/went"
}

@test "delete --force removes a paused container" {
  ticking
  husk pause "$ID"
  run husk delete "$ID"
  is 1
  says 'it is paused'
  husk delete --force "$ID"
  nothing_left
}

@test "pause of a container without a cgroup is an error" {
  script 'sleep 1000'
  husk --cgroup-manager disabled create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&-
  husk start "$ID"
  run husk pause "$ID"
  is 1
  says 'no cgroup to freeze' '--cgroup-manager=disabled'
}

# halted VERB: in the view VIEW, husk's VERB is stopped once it has written to the freezer; HALTED is its process.
halted() {
  local log=$BATS_TEST_TMPDIR/halted.calls
  rm -f "$log"
  # -f for the process's id in each line
  in_view strace -f -qq -o "$log" -e trace=write -e inject=write:signal=SIGSTOP:when=1 \
    "$HUSK" --root "$ROOT" "${OPTIONS[@]}" "$1" "$ID" >/dev/null 2>"$BATS_TEST_TMPDIR/halted" 3>&- &
  TRACER=$!
  BACKGROUND+=" $TRACER"
  wait_for grep -qs 'stopped by SIGSTOP' "$log"
  HALTED=$(sed -n 's/^\([0-9]*\) .*stopped by SIGSTOP.*/\1/p' "$log")
}

in_view() {
  if [ "$VIEW" = "$BED" ]; then "$@"; else "$SOURCE/tests/views/run" "$VIEW" "$@"; fi
}

# beside FIRST SECOND STATUS WHY: FIRST is halted, SECOND completes meanwhile, and FIRST reports that.
beside() {
  halted "$1"
  run husk "$2" "$ID"
  is 0
  kill -CONT "$HALTED"
  wait "$TRACER" && return 1
  grep -q "$4" "$BATS_TEST_TMPDIR/halted"
  is_status "$3"
}

@test "of a concurrent pause and resume the last order holds, and the other command reports that it lost" {
  for VIEW in "$BED" v1 v2; do
    in_view true 2>/dev/null || continue
    husk() { in_view "$HUSK" --root "$ROOT" "${OPTIONS[@]}" "$@"; }
    container_up
    beside pause resume running 'it was thawed meanwhile'
    husk pause "$ID"
    beside resume pause paused 'it was frozen meanwhile'
    husk delete --force "$ID"
    [ "$BED" = native ] || break
  done
}
