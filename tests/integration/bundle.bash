# shellcheck disable=SC2016,SC2154,SC2013  # jq programs in single quotes; bats sets status and output
# What the bats files share: a bundle with a busybox root file system, changes to its config, and what must be left.
# HUSK is the program under test; tests/run sets it.

HUSK=${HUSK:?the husk to test}
EXAMPLE=$BATS_TEST_DIRNAME/../../config.json.example

setup() {
  BUNDLE=$BATS_TEST_TMPDIR/bundle
  ROOT=$BATS_TEST_TMPDIR/state
  ID=t$BATS_SUITE_TEST_NUMBER-$$
  mkdir -p "$BUNDLE/rootfs"/{bin,etc,proc,sys,dev,tmp,root,home/user}
  cp /bin/busybox "$BUNDLE/rootfs/bin/"
  local name
  for name in sh echo cat ls id grep sleep env pwd hostname mkdir touch stat kill true false tty stty ps ip mount head \
    readlink umask test wc date sed nice chmod dd tr sort rm domainname; do
    ln -s busybox "$BUNDLE/rootfs/bin/$name"
  done
  printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n' >"$BUNDLE/rootfs/etc/passwd"
  # The shortest config that is a container; tests add what they are about.
  jq 'del(.linux.seccomp) | .linux.cgroupsPath = "/husk-tests/'"$ID"'" | .root.readonly = false' "$EXAMPLE" \
    >"$BUNDLE/config.json"
}

teardown() {
  husk delete --force "$ID" || true
  rmdir /sys/fs/cgroup/*/husk-tests /sys/fs/cgroup/husk-tests 2>/dev/null || true
}

husk() { "$HUSK" --root "$ROOT" "$@"; }

# config FILTER [JQ-ARG...]: changes the bundle's config.
config() {
  local filter=$1
  shift
  jq "$filter" "$BUNDLE/config.json" "$@" >"$BUNDLE/new.json" && mv "$BUNDLE/new.json" "$BUNDLE/config.json"
}

# program ARG...: what the container runs; program_sh TEXT: by its shell.
program() { config '.process.args = $args' --argjson args "$(printf '%s\1' "$@" | jq -Rs 'split("\u0001")[:-1]')"; }
program_sh() { program sh -c "$1"; }

go() { run husk run --bundle "$BUNDLE" "$ID"; }

# Waits until the container's program runs.
running() {
  for _ in $(seq 200); do
    [ "$(husk state "$ID" 2>/dev/null | jq -r .status)" = running ] && return
    sleep 0.02
  done
  return 1
}

is() { # is STATUS [OUTPUT]
  [ "$status" -eq "$1" ] || { echo "status $status: $output" >&2; return 1; }
  [ $# -lt 2 ] || [ "$output" = "$2" ] || { printf 'expected: %s\nfound:    %s\n' "$2" "$output" >&2; return 1; }
}

says() { # says TEXT: the output has it
  [[ $output == *"$1"* ]] || { printf 'not said: %s\nfound:    %s\n' "$1" "$output" >&2; return 1; }
}

# never COMMAND...: it must fail. (A bare `!` does not fail a test.)
never() {
  if "$@"; then
    echo "succeeded: $*" >&2
    return 1
  fi
}

# Nothing of the container is left: no record, cgroup, process.
nothing_left() {
  [ ! -e "$ROOT/$ID" ] || { echo "record left: $(ls "$ROOT/$ID")" >&2; return 1; }
  local found
  found=$(find /sys/fs/cgroup -type d -path "*/husk-tests/$ID*" 2>/dev/null)
  [ -z "$found" ] || { echo "cgroup left: $found" >&2; return 1; }
  for found in $(grep -l "husk-tests/$ID" /proc/[0-9]*/cgroup 2>/dev/null); do
    grep -q '^State:.Z' "${found%cgroup}status" 2>/dev/null || [ ! -e "$found" ] || break
    found= # a zombie: its parent, not husk, has to reap it
  done
  [ -z "$found" ] || { echo "process left: $found" >&2; return 1; }
}

# refused TEXT: run fails with this text, at once, and leaves nothing.
refused() {
  go
  is 1
  says "$1"
  nothing_left
}
