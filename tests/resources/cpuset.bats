# linux.resources.cpu: cpus and mems
load ../integration/bundle
load cgroup

setup() {
  cgroup_bundle
  needs cpuset
}

# proves: /linux/resources/cpu/cpus
@test "cpus and mems reach the kernel and systemd, and the program runs on them" {
  limits '{"cpu": {"cpus": "0", "mems": "0"}}'
  container_up 'grep _allowed_list /proc/self/status >/tmp/allowed; sleep 1000'
  reads cpuset cpuset.cpus cpuset.cpus 0
  reads cpuset cpuset.mems cpuset.mems 0
  unit_reads AllowedCPUs 0
  wait_for grep -qP '^Mems_allowed_list:\t0$' "$ROOTFS/tmp/allowed"
  grep -qP '^Cpus_allowed_list:\t0$' "$ROOTFS/tmp/allowed"
}

@test "a CPU that this machine lacks is the kernel's error, with its place" {
  limits '{"cpu": {"cpus": "0-8000"}}'
  launch
  failed
  complains /linux/resources/cpu/cpus '"0-8000"'
  nothing_left
}

@test "update changes CPUs and memory nodes" {
  limits '{"cpu": {"cpus": "0"}}'
  container_up
  husk update --cpuset-cpus "0-$(($(nproc --all) - 1))" "$ID"
  reads cpuset cpuset.cpus cpuset.cpus "$([ "$(nproc --all)" -eq 1 ] && echo 0 || echo "0-$(($(nproc --all) - 1))")"
}
