# linux.resources.cpu: time
load ../integration/bundle
load cgroup

setup() {
  cgroup_bundle
  needs cpu
}

# proves: /linux/resources /linux/resources/cpu /linux/resources/cpu/shares /linux/resources/cpu/quota
# proves: /linux/resources/cpu/period
@test "CPU shares, quota and period" {
  limits '{"cpu": {"shares": 512, "quota": 50000, "period": 200000}}'
  container_up
  reads cpu cpu.shares cpu.weight 512 59
  reads cpu cpu.cfs_quota_us - 50000
  reads cpu cpu.cfs_period_us cpu.max 200000 '50000 200000'
  unit_reads CPUWeight 59
  unit_reads CPUQuotaPerSecUSec 250ms
}

@test "shares are converted so that minimum, default and maximum correspond" {
  for pair in '2 1' '1024 100' '262144 10000'; do
    limits "{\"cpu\": {\"shares\": ${pair% *}}}"
    container_up
    reads cpu cpu.shares cpu.weight "${pair% *}" "${pair#* }"
    husk delete --force "$ID"
  done
}

@test "a CPU quota of -1 means unlimited, and one of 0 is not written" {
  limits '{"cpu": {"shares": 0, "quota": -1}}'
  container_up
  reads cpu cpu.cfs_quota_us cpu.max -1 'max 100000'
}

# proves: /linux/resources/cpu/burst
@test "a CPU burst reaches the kernel" {
  v1_has cpu && file=/sys/fs/cgroup/cpu/cpu.cfs_burst_us || file=
  limits '{"cpu": {"quota": 50000, "period": 100000, "burst": 10000}}'
  container_up
  reads cpu cpu.cfs_burst_us cpu.max.burst 10000
}

# proves: /linux/resources/cpu/idle
@test "an idle CPU weight reaches the kernel" {
  limits '{"cpu": {"shares": 1024, "idle": 1}}'
  container_up
  reads cpu cpu.idle cpu.idle 1
}

@test "realtime CPU limits are of v1" {
  limits '{"cpu": {"realtimeRuntime": 1000, "realtimePeriod": 1000000}}'
  if ! v1_has cpu; then
    refused /linux/resources/cpu/realtime 'cgroup v2 has no equivalent of a realtime period'
  elif [ -e "$(dirname "$(find /sys/fs/cgroup/cpu* -name cpu.shares | head -1)")/cpu.rt_runtime_us" ]; then
    launch
    is 0 || complains cpu.rt_runtime_us 'invalid argument' # the root has given it all away
  else
    refused /linux/resources/cpu/realtime 'this kernel has no cpu.rt_'
  fi
}

@test "a program that exceeds its quota is throttled, and the throttling is counted" {
  limits '{"cpu": {"quota": 10000, "period": 100000}}'
  container_up 'while :; do :; done'
  throttled() {
    husk events --stats "$ID" >"$BATS_TEST_TMPDIR/stats"
    [ "$(jq .data.cpu.throttling.throttledPeriods "$BATS_TEST_TMPDIR/stats")" -gt 2 ]
  }
  wait_for throttled
  [ "$(jq .data.cpu.throttling.throttledTime "$BATS_TEST_TMPDIR/stats")" -gt 0 ]
}

@test "a burst above the quota is refused" {
  limits '{"cpu": {"quota": 10000, "period": 100000, "burst": 20000}}'
  refused /linux/resources/cpu/burst
}

@test "update changes quota and period in either order, and the burst" {
  limits '{"cpu": {"quota": 50000, "period": 100000, "burst": 20000}}'
  container_up
  husk update --cpu-quota 10000 --cpu-burst 5000 "$ID"
  reads cpu cpu.cfs_quota_us - 10000
  reads cpu cpu.cfs_period_us cpu.max 100000 '10000 100000'
  reads cpu cpu.cfs_burst_us cpu.max.burst 5000
  husk update --cpu-period 200000 "$ID"
  reads cpu cpu.cfs_period_us cpu.max 200000 '10000 200000'
}
