# linux.resources.network
load ../integration/bundle
load cgroup

setup() {
  cgroup_bundle
}

# proves: /linux/resources/network /linux/resources/network/classID
@test "network.classID reaches net_cls" {
  limits '{"network": {"classID": 1048577}}'
  if v1_has net_cls; then
    container_up
    reads net_cls net_cls.classid - 1048577
  else
    refused /linux/resources/network/classID 'the net_cls controller is not available'
  fi
}

# proves: /linux/resources/network/priorities /linux/resources/network/priorities/*/name
# proves: /linux/resources/network/priorities/*/priority
@test "network.priorities reach net_prio" {
  limits '{"network": {"priorities": [{"name": "lo", "priority": 5}]}}'
  if v1_has net_prio; then
    container_up
    grep -qx 'lo 5' "$(cgroup_of net_prio)/net_prio.ifpriomap"
  else
    refused /linux/resources/network/priorities/0 'the net_prio controller is not available'
  fi
}
