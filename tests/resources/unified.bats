# linux.resources.unified
load ../integration/bundle
load cgroup

setup() {
  cgroup_bundle
}

@test "any file of cgroup v2, also of several lines" {
  needs memory
  ! v1_has memory || skip 'memory is on v1'
  limits '{"unified": {"memory.high": "50331648", "memory.max": "67108864", "cgroup.max.depth": "5"}}'
  container_up
  reads memory - memory.high 50331648
  reads memory - memory.max 67108864
  reads memory - cgroup.max.depth 5
  unit_reads MemoryHigh 50331648
}

@test "files of the core, wherever there is a cgroup2 tree" {
  v2_mount || skip 'no cgroup2 tree'
  limits '{"unified": {"cgroup.max.descendants": "7"}}'
  container_up
  [ "$(cat "$(v2_mount)$(sed -n 's/^0:://p' "/proc/$PID/cgroup")/cgroup.max.descendants")" = 7 ]
}

# proves: /linux/resources/unified /linux/resources/unified/*
@test "hugetlb of the cgroup2 tree beside v1" {
  v2_has hugetlb || skip 'no hugetlb on cgroup v2'
  limits '{"unified": {"hugetlb.2MB.max": "2097152"}}'
  container_up
  reads hugetlb - hugetlb.2MB.max 2097152
}

@test "it says the last word" {
  needs pids
  ! v1_has pids || skip 'pids is on v1'
  limits '{"pids": {"limit": 5}, "unified": {"pids.max": "7"}}'
  container_up
  reads pids - pids.max 7
}

@test "a controller that is not there, a file that is not, and v1 alone" {
  limits '{"unified": {"nosuch.max": "1"}}'
  if v2_mount; then
    refused /linux/resources/unified/nosuch.max 'the nosuch controller is needed'
    limits '{"unified": {"cgroup.nosuch": "1"}}'
    refused /linux/resources/unified/cgroup.nosuch 'this kernel has no cgroup.nosuch'
  else
    refused /linux/resources/unified/nosuch.max '"unified" is of cgroup v2'
  fi
}
