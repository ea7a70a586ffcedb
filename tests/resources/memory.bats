# linux.resources.memory
load ../integration/bundle
load cgroup

setup() {
  cgroup_bundle
  needs memory
}

# swap_accounted: this kernel limits swap.
swap_accounted() {
  if v1_has memory; then
    [ -e "$(find /sys/fs/cgroup/memory -name memory.memsw.limit_in_bytes | head -1)" ] || skip 'no accounting of swap'
  fi
}

# proves: /linux/resources/memory /linux/resources/memory/limit /linux/resources/memory/reservation
# proves: /linux/resources/memory/swap
@test "limit, reservation and swap reach the kernel and systemd" {
  swap_accounted
  limits '{"memory": {"limit": 67108864, "reservation": 33554432, "swap": 100663296}}'
  container_up
  reads memory memory.limit_in_bytes memory.max 67108864
  reads memory memory.soft_limit_in_bytes memory.low 33554432
  reads memory memory.memsw.limit_in_bytes memory.swap.max 100663296 33554432
  unit_reads MemoryMax 67108864
  unit_reads MemoryLow 33554432
  unit_reads MemorySwapMax 33554432
}

@test "a swap limit equal to the memory limit leaves no swap" {
  swap_accounted
  limits '{"memory": {"limit": 67108864, "swap": 67108864}}'
  container_up
  reads memory memory.memsw.limit_in_bytes memory.swap.max 67108864 0
}

@test "a memory limit of -1 means unlimited, and one of 0 is not written" {
  limits '{"memory": {"limit": -1, "reservation": 0}}'
  container_up
  reads memory memory.limit_in_bytes memory.max 9223372036854771712 max
  unit_reads MemoryMax infinity
}

# proves: /linux/resources/memory/swappiness /linux/resources/memory/disableOOMKiller
# proves: v1-without-a-conversion
@test "swappiness, the OOM killer and the hierarchy work on v1 and are refused on v2" {
  if v1_has memory; then
    limits '{"memory": {"limit": 67108864, "swappiness": 7, "disableOOMKiller": true, "useHierarchy": true}}'
    container_up
    reads memory memory.swappiness - 7
    grep -qx 'oom_kill_disable 1' "$(cgroup_of memory)/memory.oom_control"
    reads memory memory.use_hierarchy - 1
    return
  fi
  for what in 'swappiness":7' 'disableOOMKiller":true' 'useHierarchy":false' 'kernelTCP":1000000' 'kernel":1000000'; do
    limits "{\"memory\": {\"limit\": 67108864, \"$what}}"
    refused "/linux/resources/memory/${what%%\"*}" 'cgroup v2 has no'
  done
}

@test "settings that are v2's only behaviour are accepted" {
  limits '{"memory": {"limit": 67108864, "disableOOMKiller": false, "useHierarchy": true, "kernel": -1}}'
  launch
  succeeded
}

@test "a program that exceeds the limit is killed, and events reports it" {
  swap_accounted
  limits '{"memory": {"limit": 33554432, "swap": 33554432}}'
  script 'while ! [ -e /go ]; do sleep 0.1; done; head -c 100000000 /dev/zero | tail >/dev/null; echo survived; sleep 1000'
  create
  husk events --interval 1s "$ID" >"$BATS_TEST_TMPDIR/events" 3>&- &
  BACKGROUND="$BACKGROUND $!"
  husk start "$ID"
  PID=$(husk state "$ID" | jq .pid)
  wait_for grep -q '"type":"stats"' "$BATS_TEST_TMPDIR/events"
  touch "$ROOTFS/go"
  wait_for grep -q '"type":"oom"' "$BATS_TEST_TMPDIR/events"
  [ "$(jq -r 'select(.type == "oom").id' "$BATS_TEST_TMPDIR/events" | head -1)" = "$ID" ]
  # the kernel may kill the shell too, before the freed memory counts: the container is not used any more
  [ "$(jq -r 'select(.type == "stats").data.memory.usage.limit' "$BATS_TEST_TMPDIR/events" | head -1)" = 33554432 ]
}

@test "a limit too small for husk-init itself is an error that says so" {
  limits '{"memory": {"limit": 4096}}'
  launch
  failed
  [[ $stderr == *'killed by SIGKILL'* || $stderr == *'cannot allocate memory'* ]]
  complains '(the memory limit of its cgroup may be too small for it)'
  nothing_left
}

@test "swap below memory is refused" {
  limits '{"memory": {"limit": 67108864, "swap": 33554432}}'
  refused /linux/resources/memory/swap 'cannot be less than memory'
}

@test "swap without a memory limit is refused on v2, unless memory is unlimited" {
  ! v1_has memory || skip 'v1 limits both together'
  limits '{"memory": {"swap": 67108864}}'
  refused /linux/resources/memory/swap 'needs a memory limit'
  limits '{"memory": {"swap": 67108864, "reservation": 33554432}}'
  refused /linux/resources/memory/swap 'needs a memory limit'
  limits '{"memory": {"limit": -1, "swap": 67108864}}'
  container_up
  reads memory - memory.max max
  reads memory - memory.swap.max 67108864
  unit_reads MemoryMax infinity
  unit_reads MemorySwapMax 67108864
}

@test "on v1 a limit on memory and swap together is refused if memory is unlimited" {
  v1_has memory || skip 'v2 limits swap by itself'
  limits '{"memory": {"limit": -1, "swap": 67108864}}'
  refused /linux/resources/memory/swap 'needs a memory limit'
}

@test "update: swap is relative to the container's memory limit" {
  ! v1_has memory || skip 'v1 limits both together'
  limits '{"memory": {"limit": 67108864}}'
  container_up
  run husk update --memory-swap 33554432 "$ID"
  is 1
  says '--memory-swap: memory plus swap cannot be less than memory'
  run -0 husk update --memory-swap 67108864 "$ID"
  reads memory - memory.swap.max 0
  run -0 husk update --memory -1 --memory-swap 100663296 "$ID"
  reads memory - memory.max max
  reads memory - memory.swap.max 100663296
  run husk update --memory-swap 134217728 "$ID"
  is 1
  says 'needs a memory limit'
}

@test "update: a limit below what is used is refused with checkBeforeUpdate, and nothing is killed" {
  limits '{"memory": {"limit": 134217728}}'
  container_up 'head -c 30000000 /dev/zero >/dev/shm/x; echo ready >/tmp/ready; sleep 1000'
  wait_for test -s "$ROOTFS/tmp/ready"
  run --separate-stderr husk update -r - "$ID" <<<'{"memory": {"limit": 10485760, "checkBeforeUpdate": true}}'
  failed
  complains 'memory'
  reads memory memory.limit_in_bytes memory.max 134217728
  is_status running
}
