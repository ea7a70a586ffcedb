# linux.resources.unified
load ../integration/bundle
load cgroup

setup() {
  cgroup_bundle
}

# proves: unified-controllers-enabled
@test "any file of cgroup v2 can be set, also with several lines" {
  needs memory
  ! v1_has memory || skip 'memory is on v1'
  limits '{"unified": {"memory.high": "50331648", "memory.max": "67108864", "cgroup.max.depth": "5"}}'
  container_up
  reads memory - memory.high 50331648
  reads memory - memory.max 67108864
  reads memory - cgroup.max.depth 5
  unit_reads MemoryHigh 50331648
}

# proves: unified-unknown-written
@test "files of the cgroup core can be set wherever there is a cgroup2 tree" {
  v2_mount || skip 'no cgroup2 tree'
  limits '{"unified": {"cgroup.max.descendants": "7"}}'
  container_up
  [ "$(cat "$(v2_mount)$(sed -n 's/^0:://p' "/proc/$PID/cgroup")/cgroup.max.descendants")" = 7 ]
}

# proves: /linux/resources/unified /linux/resources/unified/*
# proves: unified-controllers-enabled
@test "hugetlb can be set in a cgroup2 tree beside v1" {
  v2_has hugetlb || skip 'no hugetlb on cgroup v2'
  limits '{"unified": {"hugetlb.2MB.max": "2097152"}}'
  container_up
  reads hugetlb - hugetlb.2MB.max 2097152
}

# proves: unified-controller-missing
@test "a controller that cannot be enabled because the parent cgroup has processes is an error" {
  ! in_systemd && ! rootless || skip 'the cgroup above is not ours'
  local controller setting parent sleeper
  for controller in hugetlb:hugetlb.2MB.max pids:pids.max memory:memory.max; do
    ! v2_has "${controller%:*}" || setting=${controller#*:}
  done
  [ -n "${setting:-}" ] || skip 'no controller of cgroup v2'
  parent=$(v2_mount)/$PARENT
  mkdir -p "$parent"
  sleep 1000 3>&- &
  sleeper=$!
  echo "$sleeper" >"$parent/cgroup.procs"
  limits "{\"unified\": {\"$setting\": \"4194304\"}}"
  launch
  kill -KILL "$sleeper"
  wait "$sleeper" || true
  is 1 ''
  complains "/linux/resources/unified/$setting: enable the ${setting%%.*} controller in cgroup /" 'contains processes'
  wait_for rmdir "$parent"
}

@test "unified has the last word" {
  needs pids
  ! v1_has pids || skip 'pids is on v1'
  limits '{"pids": {"limit": 5}, "unified": {"pids.max": "7"}}'
  container_up
  reads pids - pids.max 7
}

# proves: unified-controller-missing
@test "a missing controller, a missing file and v1 alone are errors" {
  limits '{"unified": {"nosuch.max": "1"}}'
  if v2_mount; then
    refused /linux/resources/unified/nosuch.max 'the nosuch controller is not available'
    limits '{"unified": {"cgroup.nosuch": "1"}}'
    refused /linux/resources/unified/cgroup.nosuch 'this kernel has no cgroup.nosuch'
  else
    refused /linux/resources/unified/nosuch.max '"unified" needs cgroup v2'
  fi
}
