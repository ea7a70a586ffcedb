# linux.resources.pids
load ../integration/bundle
load cgroup

setup() {
  cgroup_bundle
  needs pids
}

# proves: /linux/resources/pids /linux/resources/pids/limit
@test "the limit reaches the kernel and systemd" {
  limits '{"pids": {"limit": 23}}'
  container_up
  reads pids pids.max pids.max 23
  unit_reads TasksMax 23
}

@test "a pids limit of -1 means unlimited" {
  limits '{"pids": {"limit": -1}}'
  container_up
  reads pids pids.max pids.max max
  unit_reads TasksMax infinity
}

@test "a fork beyond the limit gets EAGAIN" {
  limits '{"pids": {"limit": 5}}'
  script 'for i in 1 2 3 4; do sleep 100 & done; echo more; (:); true'
  launch
  is 2 more
  complains "can't fork: Resource temporarily unavailable"
}

@test "a fork up to the limit works" {
  limits '{"pids": {"limit": 5}}'
  inside 'for i in 1 2 3; do sleep 100 & done; (:) && echo end'
  same end
}
