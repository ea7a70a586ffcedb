#!/usr/bin/env bats
# A program has no more rights than its config gives it, also where the machine answers husk's questions with an error.
load bundle

# failing CALL ERRNO WHEN [STRACE-OPTION...]: run, while that call of husk's fails.
failing() {
  local call=$1 errno=$2 when=$3
  shift 3
  run timeout --foreground 60 strace -qq "$@" -o "$BATS_TEST_TMPDIR/trace" -e trace="$call" \
    -e inject="$call:error=$errno:when=$when" "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null
}

@test "capabilities that the kernel does not tell of are not left in the bounding set" {
  script "grep CapBnd /proc/self/status"
  for errno in EPERM EINVAL ENOMEM ENOSYS; do
    for when in 1 2 3 4 5 6 7 8 9 10 11 12 1+; do
      failing prctl "$errno" "$when"
      [ "$status" -ne 0 ] || [[ "$output" = *$'CapBnd:\t00000000a80425fb' ]] || {
        echo "$errno at prctl $when: $output"
        return 1
      }
    done
  done
}

@test "a capability that cannot be dropped ends the container" {
  script "grep CapBnd /proc/self/status"
  failing prctl EPERM 1
  succeeded
  for errno in EPERM EINVAL; do
    failing prctl "$errno" 1+ -f
    failed
    says_not CapBnd
  done
}

@test "rights, cgroups and user namespace: what cannot be read is an error, not another container" {
  script "grep -E '^Cap(Prm|Bnd):' /proc/self/status"
  for path in /proc/self/status /proc/self/cgroup; do
    for errno in EACCES EMFILE EIO; do
      failing openat "$errno" 1 -P "$path"
      failed
      says "read $path: "
      says_not CapBnd
    done
  done
  run strace -qq -o /dev/null -P /sys/fs/cgroup -e trace=statfs -e inject=statfs:error=EIO:when=1 \
    "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  failed
  says 'look at /sys/fs/cgroup: '
}
