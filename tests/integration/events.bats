#!/usr/bin/env bats
# events: a container's usage and its OOM kills.
load bundle

# statistics: the "data" of one report.
statistics() {
  husk events --stats "$ID" | jq .data
}

# watch_events [OPTION...]: events in the background, into the file "events"; EVENTS is its process.
watch_events() {
  "$HUSK" --root "$ROOT" events "$@" "$ID" </dev/null >"$BATS_TEST_TMPDIR/events" 2>"$BATS_TEST_TMPDIR/events.err" 3>&- &
  EVENTS=$!
  BACKGROUND="$BACKGROUND $EVENTS"
  wait_for test -s "$BATS_TEST_TMPDIR/events"
}

# reports TYPE: how many events of that type there are.
reports() {
  jq -rs --arg type "$1" 'map(select(.type == $type)) | length' "$BATS_TEST_TMPDIR/events"
}

at_least() {
  [ "$(reports "$1")" -ge "$2" ]
}

gone() {
  never kill -0 "$1" 2>/dev/null
}

# memory_or_skip: the directory where the container's memory is counted.
memory_or_skip() {
  MEMORY=$(cgroup_directory memory)
  [ -e "$MEMORY/memory.stat" ] || skip 'no memory controller'
}

# memory_limit BYTES: of the container, written by hand.
memory_limit() {
  if [ -e "$MEMORY/memory.max" ]; then
    echo 0 >"$MEMORY/memory.swap.max" || true
    echo "$1" >"$MEMORY/memory.max"
  else
    # EBUSY: memory in use could not be reclaimed at the moment; a later try may succeed
    wait_for eval "echo $1 >'$MEMORY/memory.limit_in_bytes'"
    echo "$1" >"$MEMORY/memory.memsw.limit_in_bytes" || true
  fi
}

@test "events --stats prints one line with the parts that clients read" {
  container_up
  run --separate-stderr husk events --stats "$ID"
  succeeded
  [ "${#lines[@]}" -eq 1 ]
  jq -e --arg id "$ID" '.type == "stats" and .id == $id and (.data
    | (.cpu.usage | has("kernel") and has("user")) and has("cpuset") and (.cpu | has("throttling"))
      and (.memory | (.usage | has("limit") and has("failcnt")) and has("swap") and has("kernel") and has("kernelTCP"))
      and has("pids") and has("blkio") and has("hugetlb") and has("intel_rdt") and has("network_interfaces"))' <<<"$output"
}

@test "events reports the kernel's CPU time" {
  container_up 'i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done; echo done; sleep 1000'
  wait_for grep -q done "$BATS_TEST_TMPDIR/out"
  local directory total
  directory=$(cgroup_directory cpuacct)
  usage() {
    if [ -e "$directory/cpuacct.usage" ]; then
      cat "$directory/cpuacct.usage"
    else
      echo $(($(sed -n 's/^usage_usec //p' "$directory/cpu.stat") * 1000))
    fi
  }
  # husk's number is the kernel's, if that has not changed meanwhile
  says_usage() {
    local told
    total=$(usage)
    told=$(statistics | jq .cpu.usage.total)
    [ "$(usage)" = "$total" ] && [ "$told" = "$total" ]
  }
  if [ -e "$directory/cpuacct.usage" ]; then
    statistics | jq -e '.cpu.usage | (.percpu | length > 0) and (.percpu | add) == .total
      and ([.percpu, .percpu_kernel, .percpu_user] | map(length) | unique | length) == 1'
  fi
  wait_for says_usage
  [ "$total" -gt 10000000 ]
}

# memory_agrees: events reports the values of the kernel's files.
memory_agrees() {
  if [ -e "$MEMORY/memory.max" ]; then
    statistics | jq -e --argjson usage "$(cat "$MEMORY/memory.current")" '.memory
      | .usage.limit == 33554432 and .usage.usage == $usage and .swap.limit == 33554432 and (.raw | has("anon"))'
  else
    statistics | jq -e --argjson usage "$(cat "$MEMORY/memory.usage_in_bytes")" \
      --argjson raw "$(sed 's/\(.*\) \(.*\)/{"\1":\2}/' "$MEMORY/memory.stat" | jq -s add)" '.memory
      | .usage.limit == 33554432 and .usage.usage == $usage and .raw == $raw and (.cache // 0) == $raw.cache'
  fi
}

@test "events reports the kernel's count of memory" {
  container_up
  memory_or_skip
  memory_limit 33554432
  wait_for memory_agrees # the kernel adds up its CPUs' counters only now and then
}

@test "events reports the number of tasks and their limit" {
  container_up 'sleep 1001 & sleep 1002 & wait'
  local directory
  directory=$(cgroup_directory pids)
  [ -e "$directory/pids.max" ] || skip 'no pids controller'
  counted() { [ "$(statistics | jq .pids.current)" = 3 ]; }
  wait_for counted
  statistics | jq -e '.pids | has("limit") | not'
  echo 77 >"$directory/pids.max"
  statistics | jq -e '.pids.limit == 77'
}

@test "events reports how often the CPU was throttled" {
  container_up 'while :; do :; done'
  local directory
  directory=$(cgroup_directory cpu)
  if [ -e "$directory/cpu.cfs_quota_us" ]; then
    echo 5000 >"$directory/cpu.cfs_quota_us"
  elif [ -e "$directory/cpu.max" ]; then
    echo '5000 100000' >"$directory/cpu.max"
  else
    skip 'no cpu controller'
  fi
  throttled() { statistics | jq -e '.cpu.throttling | .periods >= .throttledPeriods and .throttledTime > 0'; }
  wait_for throttled
}

@test "events reports huge pages by size" {
  container_up
  local directory
  directory=$(cgroup_directory hugetlb)
  compgen -G "$directory/hugetlb.*" >/dev/null || skip 'no hugetlb controller'
  statistics | jq -e '.hugetlb | length > 0 and (keys | all(test("^[0-9]+[KMG]B$"))) and all(has("failcnt"))'
}

@test "events reports pressure if the kernel measures it" {
  container_up
  local directory
  directory=$(cgroup_directory none)
  [ ! -e /sys/fs/cgroup/cpu/cpu.shares ] || skip 'v1 has none'
  grep -q some "$directory/cpu.pressure" || skip 'no PSI'
  statistics | jq -e '.cpu.psi | .some.total >= 0 and (.full | has("avg10") and has("avg300"))'
}

@test "events reports at each interval until the container ends" {
  container_up
  watch_events --interval 50ms
  wait_for at_least stats 3
  jq -es --arg id "$ID" 'all(.id == $id and .type == "stats")' "$BATS_TEST_TMPDIR/events"
  husk kill "$ID" KILL
  wait "$EVENTS"
  [ ! -s "$BATS_TEST_TMPDIR/events.err" ] || grep -q 'memory controller' "$BATS_TEST_TMPDIR/events.err"
}

# waits_more_than MILLISECONDS: events is in poll(2) with such a timeout, its third argument.
waits_more_than() {
  local call timeout
  read -r call _ _ timeout _ <"/proc/$EVENTS/syscall" && [ "$call" = 7 ] && [ $((timeout)) -gt "$1" ]
}

@test "events waits the whole interval" {
  [ "$(uname -m)" = x86_64 ] || skip "elsewhere it is ppoll(2), whose timeout /proc/PID/syscall does not show"
  container_up
  watch_events --interval=1h0.5s
  wait_for waits_more_than 3590000
  [ "$(reports stats)" -eq 1 ]
}

@test "an OOM kill is an event" {
  container_up
  memory_or_skip
  memory_limit 8388608
  watch_events
  run husk exec "$ID" tail /dev/zero
  is 137
  wait_for at_least oom 1
  jq -es --arg id "$ID" 'map(select(.type == "oom"))[0] == {type: "oom", id: $id}' "$BATS_TEST_TMPDIR/events"
  run husk exec "$ID" tail /dev/zero
  wait_for at_least oom 2
  is_status running
}

@test "an OOM kill of the container's first process is an event before the last line" {
  container_up 'while [ ! -e /go ]; do sleep 0.02; done; exec tail /dev/zero'
  memory_or_skip
  memory_limit 8388608
  watch_events
  touch "$ROOTFS/go"
  wait "$EVENTS"
  [ "$(reports oom)" -eq 1 ]
}

@test "an OOM kill in a sub-cgroup is an event" {
  container_up
  memory_or_skip
  memory_limit 8388608
  watch_events
  mkdir "$MEMORY/sub"
  husk exec --detach --pid-file "$BATS_TEST_TMPDIR/pid" "$ID" sh -c 'while [ ! -e /go ]; do sleep 0.02; done; exec tail /dev/zero' \
    </dev/null >/dev/null 2>&1
  cat "$BATS_TEST_TMPDIR/pid" >"$MEMORY/sub/cgroup.procs"
  touch "$ROOTFS/go"
  wait_for at_least oom 1
}

@test "events needs a container that runs" {
  run husk events "$ID"
  is 1
  says 'does not exist'
  container_up true
  wait_for is_status stopped
  run husk events "$ID"
  is 1
  says 'container not running'
  run husk events --stats "$ID"
  is 1
  says 'container not running'
}

@test "events ends when its reader has gone" {
  container_up
  husk events --interval 20ms "$ID" 2>"$BATS_TEST_TMPDIR/err" | head -n 1
  grep -q 'broken pipe' "$BATS_TEST_TMPDIR/err"
}

# bats test_tags=any-machine
@test "invalid durations are refused" {
  local text
  for text in 0 0s 5 -1s s 5x 1.2.3s 5s3 '' 1e3s; do
    run husk events --interval "$text" "$ID"
    is 1
    says 'is not a duration'
  done
}
