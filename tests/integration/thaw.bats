#!/usr/bin/env bats
# What husk freezes for pause or for signals is thawed again on every error path.
load bundle

# still_frozen: the container's cgroup, or one below it, is frozen or about to be.
still_frozen() {
  find /sys/fs/cgroup{,/freezer,/unified} -path "*$ID*" \( -name freezer.state -o -name cgroup.freeze \) \
    -exec grep -lxE 'FROZEN|FREEZING|1' {} + 2>/dev/null | grep .
}

# in_view NAME COMMAND...: with these cgroups. Without a view both are visible.
in_view() {
  local view=$1
  shift
  if [ "$view" = v1 ]; then
    "$SOURCE/tests/views/run" v1 "$@"
  else
    "$@"
  fi
}

# fails_at CALL ERROR WHEN ARG...: husk with that system call failing; it must not leave anything frozen if it fails.
fails_at() {
  local call=$1 error=$2 when=$3
  shift 3
  run --separate-stderr in_view "$VIEW" timeout 60 strace -f -qq -o /dev/null -e trace="$call" \
    -e inject="$call:error=$error:when=$when" "$HUSK" --root "$ROOT" "${OPTIONS[@]}" "$@" "$ID" ${SIGNAL:+"$SIGNAL"}
  if [ "$status" -ne 0 ]; then
    failed+=" $call"
    never still_frozen || { echo "$VIEW: $* with $call $when $error"; show; return 1; }
  fi
  kill -0 "$PID" || { echo "$VIEW: $* with $call $when $error has killed it"; return 1; }
}

@test "pause and kill --all thaw what they froze if a call fails, once or always" {
  local when failed
  ! rootless || skip 'its cgroups are not to be seen where this looks'
  for VIEW in "$BED" v1; do
    in_view "$VIEW" true 2>/dev/null || continue
    husk() { in_view "$VIEW" "$HUSK" --root "$ROOT" "${OPTIONS[@]}" "$@"; }
    container_up 'while :; do sleep 1; done'
    failed=''
    for when in 2 3 5 8 6+; do
      SIGNAL=0 fails_at openat EMFILE "$when" kill --all
      SIGNAL=0 fails_at read EIO "$when" kill --all
      SIGNAL='' fails_at openat EMFILE "$when" pause
      [ "$status" -ne 0 ] || husk resume "$ID"
    done
    [[ $failed = *openat* && $failed = *read* ]] # otherwise nothing was tested
    SIGNAL=0 fails_at pidfd_send_signal EPERM 1+ kill --all
    is 1
    complains 'send signal 0'
    husk delete --force "$ID"
    nothing_left
    [ "$BED" != v1 ] || break
  done
}

@test "delete --force and kill --all KILL repeat a failed write that thaws a v1 cgroup" {
  local when
  VIEW=v1
  in_view v1 true 2>/dev/null || skip 'no v1 here'
  husk() { in_view v1 "$HUSK" --root "$ROOT" "${OPTIONS[@]}" "$@"; }
  for when in 1 2; do
    container_up 'while :; do sleep 1; done'
    run --separate-stderr in_view v1 timeout 60 strace -f -qq -o /dev/null -P "$(cgroup_directory freezer)/freezer.state" -e trace=write \
      -e inject=write:error=EIO:when="$when" "$HUSK" --root "$ROOT" kill --all "$ID" KILL
    is 0 ''
    wait_for is_status stopped
    husk delete "$ID"
    nothing_left
  done
}

@test "kill --all fails if it cannot thaw what it froze, and says how to continue" {
  VIEW=v1
  in_view v1 true 2>/dev/null || skip 'no v1 here'
  husk() { in_view v1 "$HUSK" --root "$ROOT" "${OPTIONS[@]}" "$@"; }
  container_up 'while :; do sleep 1; done'
  run --separate-stderr in_view v1 timeout 60 strace -f -qq -o /dev/null -P "$(cgroup_directory freezer)/freezer.state" -e trace=write \
    -e inject=write:error=EIO:when=2+ "$HUSK" --root "$ROOT" kill --all "$ID" 0
  is 1
  complains 'error: ' 'remains frozen: write freezer.state' 'husk resume'
  still_frozen
  kill -0 "$PID"
  husk resume "$ID"
  husk delete --force "$ID"
  nothing_left
}

@test "resume succeeds only if the container is thawed, whichever read of the freezer fails" {
  local call when trace=$BATS_TEST_TMPDIR/trace
  ! rootless || skip 'its cgroups are not to be seen where this looks'
  container_up 'while :; do sleep 1; done'
  for call in openat2 '/^faccessat2?$'; do
    for ((when = 1; when < 30; when++)); do
      husk pause "$ID"
      run --separate-stderr timeout 60 strace -qq -o "$trace" -e trace="$call" -e inject="$call:error=EIO:when=$when" \
        "$HUSK" --root "$ROOT" "${OPTIONS[@]}" resume "$ID"
      if still_frozen; then
        [ "$status" -ne 0 ] || { echo "$call $when"; return 1; }
        husk resume "$ID"
      fi
      grep -q INJECTED "$trace" || break
    done
    [ "$when" -gt 1 ] && [ "$when" -lt 30 ]
  done
}
