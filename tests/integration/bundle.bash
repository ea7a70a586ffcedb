# shellcheck shell=bash disable=SC2154,SC2034,SC2086,SC2119,SC2120  # bats sets status and output, the tests use the rest
# What the bats files share: a bundle made from config.json.example on busybox, husk on a state directory of the test's
# own, and the check that nothing is left. HUSK names the program; RUNTIME another runtime to try the tests against.

bats_require_minimum_version 1.5.0

SOURCE=$(cd "${BATS_TEST_DIRNAME}/../.." && pwd)
HUSK=${HUSK:-${RUNTIME:-$SOURCE/build/src/husk}}

# One busybox root file system a run, without busybox itself: tests link to that.
rootfs_cached() {
  local cache=$BATS_RUN_TMPDIR/rootfs applet
  if [ ! -d "$cache" ]; then
    mkdir -p "$cache.new"/{bin,dev,etc,home,proc,root,run,sys,tmp,usr,var}
    cp /bin/busybox "$BATS_RUN_TMPDIR/busybox"
    for applet in $(/bin/busybox --list); do
      [ "$applet" = busybox ] || ln -s busybox "$cache.new/bin/$applet"
    done
    chmod 1777 "$cache.new/tmp"
    mv "$cache.new" "$cache"
  fi
  echo "$cache"
}

# tool NAME: the path of tests/*/NAME.c, compiled statically, once a run.
tool() {
  local program=$BATS_RUN_TMPDIR/tools/$1
  if [ ! -x "$program" ]; then
    mkdir -p "${program%/*}"
    "${CC:-cc}" -std=gnu17 -D_GNU_SOURCE -O1 -static -o "$program" "$SOURCE"/tests/*/"$1.c" >&2 || return 1
  fi
  echo "$program"
}

# tool_freestanding NAME: the same for a program without a libc.
tool_freestanding() {
  local program=$BATS_RUN_TMPDIR/tools/$1
  if [ ! -x "$program" ]; then
    mkdir -p "${program%/*}"
    "${CC:-cc}" -O1 -static -nostdlib -fno-stack-protector -no-pie -o "$program" "$SOURCE"/tests/*/"$1.c" >&2 || return 1
  fi
  echo "$program"
}

setup() {
  bundle_make
}

teardown() {
  bundle_end
}

bundle_make() {
  BUNDLE=$BATS_TEST_TMPDIR/bundle
  ROOTFS=$BUNDLE/rootfs
  STATE=$BATS_TEST_TMPDIR/state
  ID=husk-test-$BATS_ROOT_PID-${BATS_SUITE_TEST_NUMBER:-0}
  mkdir -p "$BUNDLE"
  cp -a "$(rootfs_cached)" "$ROOTFS"
  ln "$BATS_RUN_TMPDIR/busybox" "$ROOTFS/bin/busybox"
  printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n' >"$ROOTFS/etc/passwd"
  printf 'root:x:0:\nuser:x:1000:\n' >"$ROOTFS/etc/group"
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
}

# Whatever the test did, nothing of it stays on the machine.
bundle_end() {
  local id
  for id in "$STATE"/*; do
    [ -e "$id" ] && "$HUSK" --root "$STATE" delete --force "${id##*/}" >/dev/null 2>&1
  done
  if [ -n "${BACKGROUND:-}" ]; then
    kill -KILL $BACKGROUND 2>/dev/null
  fi
  return 0
}

husk() {
  "$HUSK" --root "$STATE" "$@"
}

# config FILTER [JQ-OPTION...]: changes config.json.
config() {
  local filter=$1
  shift
  jq "$@" "$filter" "$BUNDLE/config.json" >"$BUNDLE/config.new" && mv "$BUNDLE/config.new" "$BUNDLE/config.json"
}

# The shortest config that is a container: without the example's filter and with a root that can be written.
plain() {
  config 'del(.linux.seccomp) | .root.readonly = false'
}

# payload ARG...: the program of the container.
payload() {
  jq --args '.process.args = $ARGS.positional' -- "$@" <"$BUNDLE/config.json" >"$BUNDLE/config.new" \
    && mv "$BUNDLE/config.new" "$BUNDLE/config.json"
}

# script TEXT: a shell script as the program of the container.
script() {
  payload sh -c "$1"
}

# launch [OPTION...]: runs the bundle; status, output (stdout) and stderr are bats'.
launch() {
  run --separate-stderr husk run --bundle "$BUNDLE" "$@" "$ID" </dev/null
}

# go: the same with stdout and stderr in one output. is STATUS [OUTPUT]: what came of it.
go() {
  run husk run --bundle "$BUNDLE" "$ID" </dev/null
}

is() {
  failed_with "$1" && { [ $# -lt 2 ] || same "$2"; }
}

# inside TEXT: script and launch, and it must succeed.
inside() {
  script "$1"
  launch
  succeeded
}

show() {
  echo "status: $status"
  echo "stdout: $output"
  echo "stderr: ${stderr:-}"
}

succeeded() {
  if [ "$status" -ne 0 ]; then
    show
    return 1
  fi
}

# failed_with STATUS
failed_with() {
  if [ "$status" -ne "$1" ]; then
    show
    return 1
  fi
}

# says TEXT...: stdout holds each of them. complains TEXT...: stderr does.
says() {
  local text
  for text in "$@"; do
    if [[ "$output" != *"$text"* ]]; then
      echo "not said: $text"
      show
      return 1
    fi
  done
}

says_not() {
  local text
  for text in "$@"; do
    if [[ "$output" == *"$text"* ]]; then
      echo "said: $text"
      show
      return 1
    fi
  done
}

complains() {
  local text
  for text in "$@"; do
    if [[ "$stderr" != *"$text"* ]]; then
      echo "not complained: $text"
      show
      return 1
    fi
  done
}

# same TEXT: stdout is exactly that.
same() {
  if [ "$output" != "$1" ]; then
    echo "expected: $1"
    show
    return 1
  fi
}

# nothing_left: no record, process, cgroup or mount of this test.
nothing_left() {
  local left='' process
  if [ -d "$STATE" ] && [ -n "$(ls -A "$STATE")" ]; then
    left="record: $(ls -A "$STATE")"
  fi
  for process in $(grep -l -- "$ID" /proc/[0-9]*/cgroup 2>/dev/null || true); do
    # a zombie has ended; who should reap it is not husk
    if [ -s "${process%/cgroup}/maps" ] || grep -q . "${process%/cgroup}/cmdline" 2>/dev/null; then
      left+="process: $process "
    fi
  done
  left+=$(find /sys/fs/cgroup -name "*$ID*" 2>/dev/null || true)
  left+=$(grep -F -- "$BATS_TEST_TMPDIR" /proc/self/mountinfo || true)
  if [ -n "$left" ]; then
    echo "left behind: $left"
    return 1
  fi
}

# refused TEXT...: `run` of the bundle fails with one line that holds each text, and leaves nothing.
refused() {
  launch
  failed_with 1
  same ''
  complains 'error: ' "$@"
  if [ "$(grep -c 'error: ' <<<"$stderr")" -ne 1 ]; then
    echo 'more than one line of errors'
    show
    return 1
  fi
  nothing_left
}

# refused_config FILTER TEXT...: the same after a change of config.json.
refused_config() {
  config "$1"
  shift
  refused "$@"
}

# never COMMAND...: it must fail. (A bare `!` does not fail a test.)
never() {
  if "$@"; then
    echo "unexpected success: $*"
    return 1
  fi
}

# wait_for COMMAND...: until it succeeds, for at most five seconds.
wait_for() {
  local i
  for ((i = 0; i < 250; i++)); do
    "$@" >/dev/null 2>&1 && return 0
    sleep 0.02
  done
  echo "in vain: $*"
  return 1
}

container_status() {
  husk state "$ID" | jq -r .status
}

is_status() {
  [ "$(container_status)" = "$1" ]
}

# container_up [SCRIPT]: a started container in the background.
container_up() {
  script "${1:-sleep 1000}"
  husk create --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
  husk start "$ID"
  PID=$(husk state "$ID" | jq .pid)
}
