#!/usr/bin/env bats
# update: new limits for an existing container, read back from the kernel's files.
load bundle

# value CONTROLLER V1-FILE V2-FILE: the content of the file of this layout; without one the test is skipped.
value() {
  local directory file=$3
  directory=$(cgroup_directory "$1")
  ! cgroup_is_v1 "$1" || file=$2
  [ -e "$directory/$file" ] || return 1
  cat "$directory/$file"
}

# needs CONTROLLER V1-FILE V2-FILE: skips the test without such a file.
needs() {
  value "$@" >/dev/null || skip "no $1 controller here, or not this limit"
}

# holds CONTROLLER V1-FILE V2-FILE V1-VALUE V2-VALUE: the file of this layout has that value.
holds() {
  local wanted=$5 found
  ! cgroup_is_v1 "$1" || wanted=$4
  found=$(value "$1" "$2" "$3")
  [ "$found" = "$wanted" ] || { echo "$1: $found, not $wanted"; return 1; }
}

# update ARG...: it must succeed without output.
update() {
  run husk update "$@" "$ID"
  is 0 ''
}

# resources JSON: update with it on standard input.
resources() {
  run "$HUSK" --root "$ROOT" update --resources - "$ID" <<<"$1"
}

unlimited_v1() {
  cat "/sys/fs/cgroup/memory/memory.limit_in_bytes"
}

@test "update --memory, --memory-reservation, --memory-swap" {
  container_up
  needs memory memory.limit_in_bytes memory.max
  update --memory 64m
  holds memory memory.limit_in_bytes memory.max 67108864 67108864
  update --memory 32M --memory-swap 48M --memory-reservation 0.5m
  holds memory memory.limit_in_bytes memory.max 33554432 33554432
  holds memory memory.soft_limit_in_bytes memory.low 524288 524288
  if value memory memory.memsw.limit_in_bytes memory.swap.max >/dev/null; then
    holds memory memory.memsw.limit_in_bytes memory.swap.max 50331648 16777216
    update --memory-swap 64MiB
    holds memory memory.memsw.limit_in_bytes memory.swap.max 67108864 33554432
    update --memory 100M --memory-swap 200M # above the old sum: in the other order
    holds memory memory.memsw.limit_in_bytes memory.swap.max 209715200 104857600
    holds memory memory.limit_in_bytes memory.max 104857600 104857600
  fi
  update --memory -1
  local none=max
  ! cgroup_is_v1 memory || none=$(unlimited_v1)
  holds memory memory.limit_in_bytes memory.max "$none" max
}

@test "update --cpu-quota, --cpu-period, --cpu-share, --cpu-burst" {
  container_up
  needs cpu cpu.cfs_quota_us cpu.max
  update --cpu-quota 50000 --cpu-period 200000
  holds cpu cpu.cfs_quota_us cpu.max 50000 '50000 200000'
  holds cpu cpu.cfs_period_us cpu.max 200000 '50000 200000'
  update --cpu-period 100000
  holds cpu cpu.cfs_quota_us cpu.max 50000 '50000 100000'
  holds cpu cpu.cfs_period_us cpu.max 100000 '50000 100000'
  update --cpu-quota=20000
  holds cpu cpu.cfs_period_us cpu.max 100000 '20000 100000'
  if value cpu cpu.cfs_burst_us cpu.max.burst >/dev/null; then
    update --cpu-burst 10000
    holds cpu cpu.cfs_burst_us cpu.max.burst 10000 10000
    update --cpu-burst 0
  fi
  update --cpu-quota -1
  holds cpu cpu.cfs_quota_us cpu.max -1 'max 100000'
  update --cpu-share 2048
  holds cpu cpu.shares cpu.weight 2048 174
  update --cpu-shares 1024
  holds cpu cpu.shares cpu.weight 1024 100
}

@test "update --cpu-idle sets cpu.idle" {
  container_up
  needs cpu cpu.idle cpu.idle
  update --cpu-idle 1
  holds cpu cpu.idle cpu.idle 1 1
  update --cpu-idle 0
  holds cpu cpu.idle cpu.idle 0 0
}

@test "update --cpuset-cpus and --cpuset-mems" {
  container_up
  needs cpuset cpuset.cpus cpuset.cpus
  update --cpuset-cpus 0 --cpuset-mems 0
  holds cpuset cpuset.cpus cpuset.cpus 0 0
  holds cpuset cpuset.mems cpuset.mems 0 0
  grep -q '^Cpus_allowed_list:	0$' "/proc/$PID/status"
}

@test "update --pids-limit takes effect" {
  container_up
  needs pids pids.max pids.max
  update --pids-limit 4
  holds pids pids.max pids.max 4 4
  run husk exec "$ID" sh -c 'sleep 1 & sleep 1 & sleep 1 & sleep 1 & sleep 1 & wait'
  says 'fork'
  update --pids-limit -1
  holds pids pids.max pids.max max max
}

@test "update --blkio-weight sets the weight of block I/O" {
  container_up
  value blkio blkio.bfq.weight io.bfq.weight >/dev/null || needs blkio blkio.weight io.weight
  update --blkio-weight 500
  value blkio blkio.bfq.weight io.bfq.weight | grep -q 500 || holds blkio blkio.weight io.weight 500 'default 4950'
}

@test "update --resources from a file and from standard input" {
  container_up
  needs pids pids.max pids.max
  echo '{"pids": {"limit": 33}}' >"$BATS_TEST_TMPDIR/resources.json"
  update --resources "$BATS_TEST_TMPDIR/resources.json"
  holds pids pids.max pids.max 33 33
  update --resources="$BATS_TEST_TMPDIR/resources.json" --pids-limit 5
  holds pids pids.max pids.max 33 33
  resources '{"pids": {"limit": 34}}'
  is 0 ''
  holds pids pids.max pids.max 34 34
  run "$HUSK" --root "$ROOT" update --resources=- "$ID" <<<'{"pids": {"limit": 35}}'
  is 0 ''
  holds pids pids.max pids.max 35 35
  run "$HUSK" --root "$ROOT" update "$ID" --resources /dev/stdin < <(echo '{"pids": {"limit": 36}}')
  is 0 ''
  holds pids pids.max pids.max 36 36
  run "$HUSK" --root "$ROOT" update "$ID" --pids-limit -1
  is 0 ''
  holds pids pids.max pids.max max max
}

@test "values that engines send for unset have no effect" {
  container_up
  needs pids pids.max pids.max
  update --pids-limit 20
  resources '{"memory": {"limit": 0, "reservation": 0, "swap": 0, "kernel": 0}, "blockIO": {"weight": 0},
    "cpu": {"shares": 0, "quota": 0, "period": 0, "realtimeRuntime": 0, "realtimePeriod": 0, "cpus": "", "mems": ""}}'
  is 0 ''
  holds pids pids.max pids.max 20 20
  resources '{}'
  is 0 ''
}

@test "device rules of an update take effect" {
  plain
  config '.linux.resources.devices = [{allow: false, access: "rwm"}]'
  container_up
  run husk exec "$ID" sh -c 'mknod /dev/fuse c 10 229 && cat /dev/fuse'
  says 'ermitted'
  resources '{"devices": [{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 10, "minor": 229, "access": "rwm"}]}'
  is 0 ''
  husk exec "$ID" sh -c '[ -e /dev/fuse ] || mknod /dev/fuse c 10 229; : </dev/fuse'
  resources '{"devices": [{"allow": false, "access": "rwm"}]}'
  is 0 ''
  run husk exec "$ID" sh -c ': </dev/fuse'
  failed
  says 'ermitted'
}

@test "device rules without a denial of all allow only the listed devices, in a config and in an update" {
  local rules
  plain
  config '.linux.resources.devices = [{allow: false, type: "c", major: 1, minor: 3, access: "w"}]'
  container_up
  husk exec "$ID" mknod /dev/fuse c 10 229
  for rules in '' '{"allow": true, "type": "c", "major": 10, "minor": 200, "access": "rwm"}' \
    '{"allow": false, "type": "c", "major": 1, "minor": 3, "access": "rwm"}'; do
    if [ -n "$rules" ]; then
      resources "{\"devices\": [$rules]}"
      is 0 ''
    fi
    run husk exec "$ID" sh -c ': </dev/fuse'
    failed
    says 'ermitted'
    husk exec "$ID" sh -c ': </dev/null'
  done
  resources '{"devices": [{"allow": true, "type": "c", "major": 10, "minor": 229, "access": "rwm"}]}'
  is 0 ''
  husk exec "$ID" sh -c ': </dev/fuse; : </dev/null'
}

# proves: /linux/resources/memory/checkBeforeUpdate
# proves: memory-check-before-update
@test "checkBeforeUpdate refuses a limit below what is in use" {
  container_up 'head -c 33554432 /dev/zero | tail | sleep 1000'
  needs memory memory.limit_in_bytes memory.max
  eaten() { [ "$(value memory memory.usage_in_bytes memory.current)" -gt 25165824 ]; }
  wait_for eaten
  resources '{"memory": {"limit": 8388608, "checkBeforeUpdate": true}}'
  is 1
  says 'standard input:1:22: /memory/limit' 'is below the memory in use'
  is_status running
}

@test "an update of created and paused containers" {
  create
  PID=$(husk state "$ID" | jq .pid)
  needs pids pids.max pids.max
  update --pids-limit 21
  holds pids pids.max pids.max 21 21
  husk pause "$ID"
  update --pids-limit 22
  holds pids pids.max pids.max 22 22
  is_status paused
  husk kill "$ID" KILL
  wait_for is_status stopped
  run husk update --pids-limit 23 "$ID"
  is 1
  says 'container not running'
}

# bats test_tags=any-machine
@test "an error of update names the option" {
  container_up
  local option says
  while IFS='|' read -r option says; do
    # shellcheck disable=SC2086 # several words
    run husk update $option "$ID"
    is 1
    says "$says"
  done <<'END'
--memory x|--memory: "x" must be a number of bytes
--memory 1.2.3m|--memory: "1.2.3m" must be a number of bytes
--memory 9000000t|--memory: "9000000t" must be a number of bytes
--memory -2|--memory: "-2" must be a number of bytes
--memory 5|--memory: 5 bytes is less than a page
--memory 2m --memory-swap 1m|--memory-swap: memory plus swap cannot be less
--cpu-quota 5|--cpu-quota: 5 is neither a quota
--cpu-quota 5x|--cpu-quota: "5x" must be a whole number
--cpu-period 5|--cpu-period: 5 is out of range
--cpu-period -5|--cpu-period: "-5" must be a number from 0
--cpu-share 1|--cpu-share: 1 is out of range
--cpu-quota 5000 --cpu-burst 6000|--cpu-burst: the burst cannot
--cpu-idle 2|--cpu-idle: "2" must be 0 or 1
--cpuset-cpus 0-|--cpuset-cpus: "0-" is not a list
--blkio-weight 5|--blkio-weight: 5 is out of range
--pids-limit -2|--pids-limit: -2 is neither
--mem-bw-schema L3:0=f|--mem-bw-schema: the schema must be one line
--l3-cache-schema L3:0=f|is not in a resctrl group
END
}

@test "an error of the kernel names the option and the file" {
  container_up
  needs cpuset cpuset.cpus cpuset.cpus
  run husk update --cpuset-cpus 4000 "$ID"
  is 1
  says '--cpuset-cpus: ' 'cpuset.cpus'
}

# bats test_tags=any-machine
@test "an error of update's file has its place" {
  container_up
  echo '{"pids":
  {"limit": -7}}' >"$BATS_TEST_TMPDIR/resources.json"
  run husk update -r "$BATS_TEST_TMPDIR/resources.json" "$ID"
  is 1
  says "resources.json:2:13: /pids/limit: -7 is neither"
  resources '{"pids": 1}'
  is 1
  says 'standard input:1:10: /pids: expected an object'
  resources '{'
  is 1
  says 'standard input:'
  run husk update -r "$BATS_TEST_TMPDIR/none" "$ID"
  is 1
  says 'no such file or directory'
}

@test "update needs a container and a cgroup; with nothing to change it says so" {
  run husk update "$ID"
  is 1
  says 'does not exist'
  run husk update --pids-limit 1 "$ID"
  is 1
  says 'does not exist'
  script 'sleep 1000'
  create
  run husk update "$ID"
  is 0
  says 'nothing to change'
  husk delete --force "$ID"
  husk --cgroup-manager disabled create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&-
  run husk update --pids-limit 1 "$ID"
  is 1
  says 'no cgroup to limit (the container was made without one'
}

@test "events reports an OOM kill under the config's limit" {
  config '.linux.resources.memory = {limit: 16777216, swap: 16777216}'
  script 'sleep 1000'
  create || { grep -q 'memory controller is not available' "$BATS_TEST_TMPDIR/err" && skip 'no memory controller'; }
  husk start "$ID"
  "$HUSK" --root "$ROOT" events --interval 1h "$ID" </dev/null >"$BATS_TEST_TMPDIR/events" 2>&1 3>&- &
  BACKGROUND="$BACKGROUND $!"
  wait_for test -s "$BATS_TEST_TMPDIR/events"
  run husk exec "$ID" tail /dev/zero
  is 137
  wait_for grep -qx "{\"type\":\"oom\",\"id\":\"$ID\"}" "$BATS_TEST_TMPDIR/events"
}

@test "an error has the number that the user wrote and the value that was written to the file" {
  local directory file=cpu.weight
  ! rootless && ! in_systemd || skip 'the cgroups of husk itself'
  container_up
  directory=$(cgroup_directory cpu)
  [ ! -e "$directory/cpu.shares" ] || file=cpu.shares
  [ -e "$directory/$file" ] || skip 'no cpu controller'
  run --separate-stderr strace -qq -o /dev/null -P "$directory/$file" -e trace=write -e inject=write:error=EIO \
    "$HUSK" --root "$ROOT" update --cpu-shares 500 "$ID"
  is 1 ''
  complains '--cpu-share: cpu: write ' '500' "to $file of cgroup"
  directory=$(cgroup_directory memory)
  file=memory.max
  [ ! -e "$directory/memory.limit_in_bytes" ] || file=memory.limit_in_bytes
  run --separate-stderr strace -qq -o /dev/null -P "$directory/$file" -e trace=write -e inject=write:error=EIO \
    "$HUSK" --root "$ROOT" update --memory 64m "$ID"
  is 1 ''
  complains '--memory: memory: write "67108864"' 'it was given as "64m"'
}

@test "controllers of cgroup2 that cannot be read are not reported as missing" {
  local file=/sys/fs/cgroup/cgroup.controllers
  [ -e "$file" ] || file=/sys/fs/cgroup/unified/cgroup.controllers
  [ -e "$file" ] || skip 'no cgroup2'
  config '.linux.resources.pids.limit = 100'
  run --separate-stderr strace -f -qq -o /dev/null -P "$file" -e trace=read -e inject=read:error=EIO \
    "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null
  is 1 ''
  complains "cannot tell which controllers cgroup2 has: read $file: input/output error"
  nothing_left
}
