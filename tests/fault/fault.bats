# husk is killed at every one of its system calls in create, start, run and delete. Afterwards `delete --force` must
# leave nothing, and the same id must work again.
load ../integration/bundle

setup() {
  bundle_make
  plain
}

STEPPER=$HUSK_FAULT

stepped() { # stepped N ARG...: husk, killed as it enters its N-th system call; N 0 gives the number of them
  local at=$1
  shift
  "$STEPPER" "$at" "$HUSK" --root "$ROOT" "${OPTIONS[@]}" "$@" </dev/null 2>"$BATS_TEST_TMPDIR/count" >/dev/null 3>&-
}
count() { stepped 0 "$@"; tail -n1 "$BATS_TEST_TMPDIR/count"; }

clean() {
  husk delete --force "$ID" || { echo "delete --force failed after call $1" >&2; return 1; }
  # systemd may carry out a killed husk's request a moment later; the unit then ends by itself
  nothing_left || { in_systemd && wait_for nothing_left; } || { echo "left after call $1" >&2; return 1; }
}

sweep() { # sweep COUNT PREPARE ARG...
  local n calls=$1 prepare=$2
  shift 2
  [ "$calls" -gt 20 ]
  for ((n = 1; n <= calls; n++)); do
    $prepare
    stepped "$n" "$@" || true
    clean "$n"
    if ((n % 25 == 0)); then
      run husk run --bundle "$BUNDLE" "$ID"
      is 0
    fi
  done
}

created() { create || { cat "$BATS_TEST_TMPDIR/err"; return 1; }; }
stopped() { husk run --keep --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&-; }

# bats test_tags=attack:FI-05
@test "create killed at each of its system calls" {
  program true
  calls=$(count create --bundle "$BUNDLE" "$ID")
  clean 0
  sweep "$calls" true create --bundle "$BUNDLE" "$ID"
}

# bats test_tags=attack:FI-06
@test "start killed at each of its system calls" {
  program true
  created
  calls=$(count start "$ID")
  clean 0
  sweep "$calls" created start "$ID"
}

# bats test_tags=attack:FI-04
@test "run killed at each of its system calls" {
  program true
  calls=$(count run --bundle "$BUNDLE" "$ID")
  sweep "$calls" true run --bundle "$BUNDLE" "$ID"
}

@test "delete killed at each of its system calls" {
  program true
  stopped
  calls=$(count delete "$ID")
  sweep "$calls" stopped delete "$ID"
}

@test "an observed create killed at each of its system calls leaves no observer" {
  local calls n
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO"}]}'
  program true
  observed=(create --seccomp-explain="$BATS_TEST_TMPDIR/denials" --bundle "$BUNDLE" "$ID")
  calls=$(count "${observed[@]}")
  clean 0
  [ "$calls" -gt 100 ]
  for ((n = 1; n <= calls; n++)); do
    stepped "$n" "${observed[@]}" || true
    clean "$n"
    wait_for no_observer || { echo "after call $n"; return 1; }
  done
}

# bats test_tags=attack:LS-17
@test "start with a listener for an agent killed at each of its system calls" {
  local agent=$BATS_TEST_TMPDIR/agent.sock
  "$(tool agent)" "$agent" continue >/dev/null 2>&1 3>&- &
  BACKGROUND=$!
  wait_for test -S "$agent"
  program true
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_NOTIFY", listenerPath: $s}' --arg s "$agent"
  created
  calls=$(count start "$ID")
  clean 0
  sweep "$calls" created start "$ID"
}

# bats test_tags=attack:FI-11
@test "run and create by a caller with few descriptors leave nothing" {
  program true
  local n command
  for command in run create; do
    for n in {3..34}; do
      if (ulimit -n "$n" && exec "$HUSK" --root "$ROOT" "${OPTIONS[@]}" "$command" --bundle "$BUNDLE" "$ID") </dev/null >/dev/null 2>"$BATS_TEST_TMPDIR/err" 3>&-; then
        husk delete --force "$ID"
      else
        grep -q '^husk: error: ' "$BATS_TEST_TMPDIR/err"
      fi
      nothing_left || { in_systemd && wait_for nothing_left; } || { echo "$command, $n descriptors: $(cat "$BATS_TEST_TMPDIR/err")" >&2; return 1; }
    done
  done
}

@test "a look at a process's filters killed at each of its system calls leaves it running" {
  rootless && skip "filters are shown to root only"
  local calls n program
  program=$(tool filters -pthread)
  mkfifo "$BATS_TEST_TMPDIR/input"
  exec 7<>"$BATS_TEST_TMPDIR/input"
  "$program" <&7 >"$BATS_TEST_TMPDIR/seen" 3>&- 7>&- &
  BACKGROUND=$!
  wait_for grep -q "^ready" "$BATS_TEST_TMPDIR/seen"
  calls=$(count seccomp dump --pid "$BACKGROUND")
  [ "$calls" -gt 20 ]
  for ((n = 1; n <= calls; n++)); do
    stepped "$n" seccomp dump --pid "$BACKGROUND" || true
    wait_for grep -q '^State:.S' "/proc/$BACKGROUND/status" || { echo "after call $n"; return 1; }
    grep -q '^TracerPid:.0$' "/proc/$BACKGROUND/status"
  done
}
