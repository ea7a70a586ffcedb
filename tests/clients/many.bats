#!/usr/bin/env bats
# Thousands of containers through containerd, one after the other and a hundred at once: nothing is left, and what containerd
# holds does not grow. COUNT is how many in a row (2000). tests/clients/run many runs it: it takes minutes.
load ctr

setup_file() {
  ctr_start
}

teardown_file() {
  ctr_end
}

# once NAME STATUS: a container whose program exits with STATUS.
once() {
  local status=0
  c run --rm --null-io --runc-binary "$RUNTIME_PATH" "$IMAGE" "husk-test-$BATS_ROOT_PID-$1" sh -c "exit $2" </dev/null >"$BOX/said-$1" 2>&1 3>&- || status=$?
  [ "$status" -eq "$2" ] || { echo "container $1: status $status, not $2: $(cat "$BOX/said-$1")"; return 1; }
  rm "$BOX/said-$1"
}

# counted: the numbers of things that could be left behind or grow.
counted() {
  local daemon
  daemon=$(within cat /run/containerd.pid)
  echo "$(within sh -c 'ls /proc/'"$daemon"'/fd | wc -l') $(within pgrep -fc containerd-shim || true) $(within sh -c 'set -- /proc/[0-9]*; echo $#') \
$(within sh -c 'wc -l </proc/self/mountinfo') $(within find /run/containerd "$BOX/state" -path '*husk-test*' | wc -l) $(groups_of . | wc -l) \
$(cat /sys/fs/cgroup/{unified/,}cgroup.stat 2>/dev/null | sed -n 's/^nr_dying_descendants //p')"
}

shows() {
  echo "# $1: descriptors of containerd $2, shims $3, processes $4, mounts $5, state $6, cgroups $7, dying cgroups $8" >&3
}

nothing_runs() {
  [ -z "$(within pgrep -f containerd-shim)" ]
}

# as_before COUNTS: the present counts are the same, apart from up to five descriptors of containerd and dying cgroups.
as_before() {
  local -a first last
  read -r -a first <<<"$1"
  read -r -a last <<<"$(counted)"
  [ "${last[0]}" -le $((first[0] + 5)) ] && [ "${last[*]:1:5}" = "${first[*]:1:5}" ] && [ "${last[6]:-0}" -le $((${first[6]:-0} + 5)) ]
}

# bats test_tags=attack:SK-01
@test "thousands of containers in a row leave nothing and no process grows" {
  local number before
  for ((number = 0; number < 20; number++)); do # things that are made only once
    once "$number" 0
  done
  wait_for nothing_runs
  before=$(counted)
  for ((number = 0; number < ${COUNT:-2000}; number++)); do
    once "$number" $((number % 100))
  done
  # what containerd and the kernel do after a container's end may take a moment; the counts must come back by themselves
  wait_for as_before "$before" || true
  # shellcheck disable=SC2086
  shows before $before
  # shellcheck disable=SC2046
  shows "after ${COUNT:-2000}" $(counted)
  as_before "$before"
}

# bats test_tags=attack:CC-01
@test "a hundred containers at once end with their status, no shim hangs, nothing is left" {
  local number running=() before
  before=$(counted)
  for ((number = 0; number < 100; number++)); do
    once "at-once-$number" "$number" &
    running+=($!)
  done
  for number in "${running[@]}"; do
    wait "$number"
  done
  wait_for nothing_runs
  # shellcheck disable=SC2046
  shows 'after a hundred at once' $(counted)
  [ -z "$(ctr_left)" ]
  read -r -a first <<<"$before"
  read -r -a last <<<"$(counted)"
  [ "${last[0]}" -le $((first[0] + 5)) ]
  [ "${last[3]}" = "${first[3]}" ]
}
