#!/usr/bin/env bats
# Scheduling, I/O priority and memory policy of the program, as the kernel reports them.
load bundle

setup() {
  bundle_make
  plain
  program sleep 1000
}

# scheduled JSON FIELDS: with this process.scheduler the program has FIELDS: policy nice priority flags runtime deadline period.
scheduled() {
  config '.process.scheduler = $scheduler' --argjson scheduler "$1"
  create
  husk start "$ID"
  run "$(tool scheduling)" "$(husk state "$ID" | jq .pid)"
  husk delete --force "$ID"
  [[ "$output" == $2 ]] || { echo "$1: $output" && return 1; } # a pattern
}

# Real-time policies need a share of a v1 cgroup's time, which is 0 by default.
real_time() {
  [ ! -e /sys/fs/cgroup/cpu/cpu.rt_runtime_us ] || config '.linux.resources.cpu = {realtimeRuntime: 10000, realtimePeriod: 1000000}'
}

# proves: /process/scheduler /process/scheduler/policy /process/scheduler/nice
# proves: /process/scheduler/policy[=SCHED_OTHER] /process/scheduler/policy[=SCHED_BATCH]
# proves: /process/scheduler/policy[=SCHED_IDLE]
@test "scheduling policies without priorities reach the kernel" {
  scheduled '{"policy": "SCHED_OTHER", "nice": 7}' '0 7 0 *'
  scheduled '{"policy": "SCHED_BATCH", "nice": 5}' '3 5 0 *'
  scheduled '{"policy": "SCHED_IDLE"}' '5 0 0 *'
}

# proves: /process/scheduler/priority /process/scheduler/policy[=SCHED_FIFO] /process/scheduler/policy[=SCHED_RR]
@test "real-time policies have their priority" {
  real_time
  scheduled '{"policy": "SCHED_FIFO", "priority": 3}' '1 0 3 *'
  scheduled '{"policy": "SCHED_RR", "priority": 12}' '2 0 12 *'
}

@test "a real-time policy in a cgroup without real-time budget is an error with a hint" {
  [ -e /sys/fs/cgroup/cpu/cpu.rt_runtime_us ] || skip "no time of v1 cgroups"
  refused_config '.process.scheduler = {policy: "SCHED_RR", priority: 12}' /process/scheduler 'operation not permitted' \
    linux.resources.cpu.realtimeRuntime
}

# proves: /process/scheduler/policy[=SCHED_DEADLINE] /process/scheduler/runtime /process/scheduler/deadline
# proves: /process/scheduler/period
@test "SCHED_DEADLINE has its runtime, deadline and period" {
  scheduled '{"policy": "SCHED_DEADLINE", "runtime": 1000000, "deadline": 2000000, "period": 3000000}' \
    '6 0 0 * 1000000 2000000 3000000'
}

# proves: /process/scheduler/policy[=SCHED_ISO]
@test "SCHED_ISO is known, and refused because Linux lacks it" {
  refused_config '.process.scheduler = {policy: "SCHED_ISO"}' /process/scheduler/policy SCHED_ISO 'Linux does not implement'
}

# proves: /process/scheduler/flags /process/scheduler/flags/[=SCHED_FLAG_RESET_ON_FORK]
# proves: /process/scheduler/flags/[=SCHED_FLAG_RECLAIM] /process/scheduler/flags/[=SCHED_FLAG_DL_OVERRUN]
@test "the flags of the scheduler reach the kernel" {
  scheduled '{"policy": "SCHED_BATCH", "flags": ["SCHED_FLAG_RESET_ON_FORK"]}' '3 0 0 0x1 *'
  local deadline='"policy": "SCHED_DEADLINE", "runtime": 1000000, "deadline": 2000000, "period": 3000000'
  scheduled "{$deadline, \"flags\": [\"SCHED_FLAG_RECLAIM\"]}" '6 0 0 0x2 *'
  scheduled "{$deadline, \"flags\": [\"SCHED_FLAG_DL_OVERRUN\"]}" '6 0 0 0x4 *'
}

# proves: /process/scheduler/flags/[=SCHED_FLAG_KEEP_POLICY] /process/scheduler/flags/[=SCHED_FLAG_KEEP_PARAMS]
@test "scheduler flags that keep the policy or its parameters reach the kernel" {
  scheduled '{"policy": "SCHED_BATCH", "nice": 5, "flags": ["SCHED_FLAG_KEEP_POLICY"]}' '0 5 0 *'
  scheduled '{"policy": "SCHED_BATCH", "nice": 5, "flags": ["SCHED_FLAG_KEEP_PARAMS"]}' '* 0 0 *'
}

# Not every kernel has these flags: either way husk has passed the flag on.
# proves: /process/scheduler/flags/[=SCHED_FLAG_UTIL_CLAMP_MIN] /process/scheduler/flags/[=SCHED_FLAG_UTIL_CLAMP_MAX]
@test "scheduler flags for utilization clamping reach the kernel" {
  local flag
  for flag in MIN:0x20 MAX:0x40; do
    config '.process.scheduler = {policy: "SCHED_BATCH", flags: [$flag]}' --arg flag "SCHED_FLAG_UTIL_CLAMP_${flag%:*}"
    program true
    run strace -f -X raw -e trace=sched_setattr -o "$BATS_TEST_TMPDIR/trace" "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
    grep -q "sched_flags=${flag#*:}," "$BATS_TEST_TMPDIR/trace"
  done
}

# io CLASS PRIORITY TEXT: ionice prints TEXT for the program.
io() {
  config '.process.ioPriority = {class: $class, priority: ($priority | tonumber)}' --arg class "$1" --arg priority "$2"
  create
  husk start "$ID"
  run ionice -p "$(husk state "$ID" | jq .pid)"
  husk delete --force "$ID"
  same "$3"
}

# proves: /process/ioPriority /process/ioPriority/class /process/ioPriority/priority
# proves: /process/ioPriority/class[=IOPRIO_CLASS_RT] /process/ioPriority/class[=IOPRIO_CLASS_BE]
# proves: /process/ioPriority/class[=IOPRIO_CLASS_IDLE]
@test "each class of I/O priorities reaches the kernel" {
  io IOPRIO_CLASS_RT 3 'realtime: prio 3'
  io IOPRIO_CLASS_BE 6 'best-effort: prio 6'
  io IOPRIO_CLASS_IDLE 0 idle
}

# policy JSON TEXT: the program's memory policy under linux.memoryPolicy JSON.
policy() {
  config '.linux.memoryPolicy = $policy' --argjson policy "$1"
  create
  husk start "$ID"
  run grep -m 1 'anon=' "/proc/$(husk state "$ID" | jq .pid)/numa_maps"
  husk delete --force "$ID"
  says " $2 "
}

# proves: /linux/memoryPolicy /linux/memoryPolicy/mode /linux/memoryPolicy/nodes
# proves: /linux/memoryPolicy/mode[=MPOL_DEFAULT] /linux/memoryPolicy/mode[=MPOL_BIND]
# proves: /linux/memoryPolicy/mode[=MPOL_INTERLEAVE] /linux/memoryPolicy/mode[=MPOL_PREFERRED]
# proves: /linux/memoryPolicy/mode[=MPOL_LOCAL]
@test "a program has the memory policy of the config" {
  policy '{"mode": "MPOL_DEFAULT"}' default
  policy '{"mode": "MPOL_BIND", "nodes": "0"}' bind:0
  policy '{"mode": "MPOL_INTERLEAVE", "nodes": "0"}' interleave:0
  policy '{"mode": "MPOL_PREFERRED", "nodes": "0"}' prefer:0
  policy '{"mode": "MPOL_LOCAL"}' local
}

# proves: /linux/memoryPolicy/mode[=MPOL_PREFERRED_MANY]
@test "the memory policy MPOL_PREFERRED_MANY reaches the kernel" {
  policy '{"mode": "MPOL_PREFERRED_MANY", "nodes": "0"}' 'prefer (many):0'
}

# proves: /linux/memoryPolicy/flags /linux/memoryPolicy/flags/[=MPOL_F_STATIC_NODES]
# proves: /linux/memoryPolicy/flags/[=MPOL_F_RELATIVE_NODES]
@test "the flags of memory policies reach the kernel" {
  policy '{"mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_STATIC_NODES"]}' bind=static:0
  policy '{"mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_RELATIVE_NODES"]}' bind=relative:0
}

# Older kernels have these flags, but do not show them.
# proves: /linux/memoryPolicy/flags/[=MPOL_F_NUMA_BALANCING] /linux/memoryPolicy/mode[=MPOL_WEIGHTED_INTERLEAVE]
@test "memory policies reach the kernel" {
  local mode flags number
  program true
  while read -r mode flags number; do
    config '.linux.memoryPolicy = {mode: $mode, nodes: "0", flags: ($flags | split(",") - ["-"])}' --arg mode "$mode" --arg flags "$flags"
    run strace -f -X raw -e trace=set_mempolicy -o "$BATS_TEST_TMPDIR/trace" "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
    grep -q "set_mempolicy($number," "$BATS_TEST_TMPDIR/trace"
  done <<'END'
MPOL_BIND MPOL_F_NUMA_BALANCING 0x2002
MPOL_WEIGHTED_INTERLEAVE - 0x6
END
}

# proves: /process/execCPUAffinity /process/execCPUAffinity/final
@test "the CPUs of execCPUAffinity.final hold for a process of exec" {
  config '.process.execCPUAffinity = {final: "0"}'
  container_up
  run husk exec "$ID" grep Cpus_allowed_list /proc/self/status
  same 'Cpus_allowed_list:	0'
}

# proves: /process/execCPUAffinity/initial
@test "the CPUs of execCPUAffinity.initial hold for a process of exec from its beginning" {
  config '.process.execCPUAffinity = {initial: "0"}'
  container_up
  run strace -f -e trace=sched_setaffinity -o "$BATS_TEST_TMPDIR/trace" "$HUSK" --root "$ROOT" exec "$ID" true
  succeeded
  grep -q 'sched_setaffinity(.*\[0\]' "$BATS_TEST_TMPDIR/trace"
}
