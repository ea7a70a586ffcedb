# HUP, INT, QUIT and TERM arrive at system calls of create and run. Either the container exists completely, or nothing is left:
# no process, cgroup, record, pid file or mount, and the status is 128 plus the signal's number.
# bats file_tags=attack:FI-10
load ../integration/bundle

setup() {
  bundle_make
  plain
}

STEPPER=$HUSK_FAULT
SIGNALS=(1 2 3 15)

# stepped VIEW SIGNAL N ARG...: husk in that view of the cgroups, with the signal as it enters its N-th call (0: none).
stepped() {
  local view=$1 signal=$2 at=$3
  shift 3
  "$SOURCE/tests/views/run" "$view" env --default-signal "$STEPPER" "-$signal" "$at" "$HUSK" --root "$ROOT" "$@" </dev/null >/dev/null 2>"$BATS_TEST_TMPDIR/err" 3>&-
}

# whole_or_nothing STATUS SIGNAL WHERE
whole_or_nothing() {
  local left=''
  if [ "$1" -ne 0 ]; then
    [ "$1" -eq $((128 + $2)) ] || left="status $1"
    nothing_left || left+=' something is left'
    [ ! -e "$PID_FILE" ] || left+=' the pid file'
    ! grep -F "$ROOTFS" /proc/self/mountinfo || left+=' a mount'
  elif [[ $3 = *create* ]]; then
    grep -q '"status": "created"' <(husk state "$ID") || left='not created'
  fi
  if [ -n "$left" ]; then
    echo "signal $2 at call $3: $left: $(cat "$BATS_TEST_TMPDIR/err")" >&2
    return 1
  fi
  husk delete --force "$ID"
  rm -f "$PID_FILE"
}

# sweep VIEW EVERY ARG...: each EVERY-th call, with one signal after the other.
sweep() {
  local view=$1 every=$2 calls n signal status
  shift 2
  ! rootless && ! in_systemd || skip 'root, cgroups of husk itself'
  "$SOURCE/tests/views/run" "$view" true 2>/dev/null || skip "this machine has no view $view"
  husk() { "$SOURCE/tests/views/run" "$VIEW" "$HUSK" --root "$ROOT" "$@"; }
  VIEW=$view PID_FILE=$BATS_TEST_TMPDIR/pid
  set -- "$@" --bundle "$BUNDLE" --pid-file "$PID_FILE" "$ID"
  stepped "$view" 15 0 "$@"
  calls=$(tail -n1 "$BATS_TEST_TMPDIR/err")
  husk delete --force "$ID"
  rm -f "$PID_FILE"
  [ "$calls" -gt 100 ]
  for ((n = 2; n <= calls; n += every)); do
    signal=${SIGNALS[n / every % 4]} status=0
    stepped "$view" "$signal" "$n" "$@" || status=$?
    whole_or_nothing "$status" "$signal" "$n of $1, $view"
  done
}

@test "create with a signal that ends it at its system calls leaves nothing, v1" { program sleep 100; sweep v1 7 create; }
@test "create with a signal that ends it at its system calls leaves nothing, v2" { program sleep 100; sweep v2 7 create; }
@test "run with a signal that ends it at its system calls leaves nothing, v1" { script 'exec sleep 0.2'; sweep v1 7 run; }
@test "run --detach with a signal that ends it at its system calls leaves nothing, v2" { program sleep 100; sweep v2 7 run --detach; }

# hooked KIND: run with a hook of that kind, which hangs; the signal comes when it is there.
hooked() {
  local kind=$1 signal=$2 status=0 husk
  PID_FILE=$BATS_TEST_TMPDIR/pid
  rm -f "$BATS_TEST_TMPDIR/hook"
  config '.hooks = {($kind): [{path: "/bin/sh", args: ["sh", "-c", "echo >$TMP; exec sleep 1000"]}]}' --arg kind "$kind"
  config '.hooks[][].env = [$path]' --arg path "TMP=$BATS_TEST_TMPDIR/hook"
  # husk would inherit signals that the caller of the tests ignores
  env --default-signal "$HUSK" --root "$ROOT" "${OPTIONS[@]}" run --bundle "$BUNDLE" --pid-file "$PID_FILE" "$ID" </dev/null >/dev/null 2>"$BATS_TEST_TMPDIR/err" 3>&- &
  husk=$!
  BACKGROUND=$husk
  wait_for test -e "$BATS_TEST_TMPDIR/hook"
  kill "-$signal" "$husk"
  wait "$husk" || status=$?
  BACKGROUND=
  whole_or_nothing "$status" "$signal" "$kind"
  grep "/hooks/$kind/0: $kind hook 0 (/bin/sh) was still running when husk was interrupted by SIG$(kill -l "$signal") and was killed" \
    "$BATS_TEST_TMPDIR/err"
}

@test "a signal while a hook of the host hangs ends the hook and the run" {
  program true
  hooked createRuntime 15
  hooked poststart 15
  hooked prestart 1
}

@test "a signal that husk's caller ignores does not interrupt" {
  program true
  (trap '' HUP && exec "$STEPPER" -1 200 "$HUSK" --root "$ROOT" "${OPTIONS[@]}" run --bundle "$BUNDLE" "$ID") </dev/null 3>&-
  nothing_left
}
