#!/usr/bin/env bats
# A process that is not in the container's cgroup does not run.
load ../integration/bundle

# at_each_open ERROR ARG...: husk with each of its openat2 calls failing once. It must fail, or have succeeded:
# `right` checks that.
at_each_open() {
  local error=$1 trace=$BATS_TEST_TMPDIR/trace n
  shift
  for ((n = 1; n < 60; n++)); do
    prepare
    run --separate-stderr timeout --foreground 60 strace -f -qq -o "$trace" -e trace=openat2,execve \
      -e inject=openat2:error="$error":when="$n" "$HUSK" --root "$ROOT" "${OPTIONS[@]}" "$@" </dev/null
    grep -q INJECTED "$trace" || break
    [ "$status" -ne 0 ] || right || { echo "openat2 $n: outside of the cgroup"; return 1; }
  done
  [ "$n" -gt 1 ] && [ "$n" -lt 60 ]
}

@test "exec whose cgroup cannot be opened fails" {
  prepare() { :; }
  right() { [ "$output" = in ]; }
  container_up
  for error in ENOMEM EMFILE ENOENT; do
    at_each_open "$error" exec "$ID" sh -c 'cmp -s /proc/self/cgroup /proc/1/cgroup && echo in'
  done
}

@test "run whose cgroup cannot be opened fails" {
  prepare() { husk delete --force "$ID"; }
  right() { [[ $output != *..* ]]; }
  config '.linux.namespaces |= map(select(.type != "cgroup")) + [{type: "cgroup"}]'
  program cat /proc/self/cgroup
  at_each_open ENOMEM run --bundle "$BUNDLE" "$ID"
}
