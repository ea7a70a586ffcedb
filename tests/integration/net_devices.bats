#!/usr/bin/env bats
# linux.netDevices: devices of a network namespace that stands in for the host's, held by a process of the test, are moved
# into the container's.
load bundle

setup() {
  bundle_make
  plain
  ! rootless || skip 'network devices of the host are not a user'\''s to move'
  unshare --net sleep 1000 3>&- &
  NET=$!
  BACKGROUND=$NET
  wait_for separate
  in_net ip link add eth7 mtu 1400 address 02:00:00:00:00:07 type veth peer name far
  in_net ip link set lo up
  in_net ip link set far up
  in_net ip address add 10.7.0.1/24 dev far
}

# separate: the process has left the test's network namespace.
separate() {
  [ "$(readlink "/proc/$NET/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}

in_net() {
  nsenter --net="/proc/$NET/ns/net" "$@"
}

# launch_net: runs the bundle from there.
launch_net() {
  run --separate-stderr in_net timeout --foreground 60 "$HUSK" --root "$ROOT" "${OPTIONS[@]}" run --bundle "$BUNDLE" "$ID" </dev/null
}

# addresses NAME: what eth7 of the test has, a line each.
addresses() {
  in_net ip -o address show dev "$1" scope global | awk '{print $3, $4}' | sort
}

address() {
  in_net ip address add "$@" dev eth7
}

# proves: net-devices-available net-device-attributes net-device-up
@test "a network device keeps its name, addresses and attributes, and is up" {
  address 10.7.0.2/24 broadcast 10.7.0.255
  address 10.7.0.3/32
  address fd07::2/64 nodad
  config '.linux.netDevices = {eth7: {}}'
  script 'ip -o link show eth7; ip -o address show dev eth7; ping -c 1 -W 5 10.7.0.1 >/dev/null && echo reached'
  launch_net
  succeeded
  says 'mtu 1400' 'UP' '02:00:00:00:00:07' 'inet 10.7.0.2/24 brd 10.7.0.255 ' 'inet 10.7.0.3/32 ' 'inet6 fd07::2/64 ' reached
}

# proves: /linux/netDevices /linux/netDevices/*
# proves: net-device-attributes
@test "addresses that are not permanent or not global are not moved" {
  address 10.7.0.2/24
  address 10.7.0.9/24 valid_lft 1000 preferred_lft 1000
  address 10.7.1.9/24 scope link
  config '.linux.netDevices = {eth7: {}}'
  script 'ip -o address show dev eth7'
  launch_net
  succeeded
  says '10.7.0.2/24'
  says_not 10.7.0.9 10.7.1.9
}

# proves: net-device-template
@test "a network device gets another name; the kernel chooses the number of a template" {
  in_net ip link add eth8 type veth peer name far8
  in_net ip link add eth9 type veth peer name far9
  address 10.7.0.2/24 label eth7:seven
  config '.linux.netDevices = {eth7: {name: "inner"}, eth8: {name: "net%d"}, eth9: {name: "net%d"}}'
  script 'ls /sys/class/net | tr "\n" " "; ip -o -4 address show dev inner'
  config '.mounts += [{destination: "/sys", type: "sysfs", source: "sysfs", options: ["ro"]}]'
  launch_net
  succeeded
  says 'inner lo net0 net1 ' '10.7.0.2/24'
  config '.linux.netDevices = {far: {name: "eth0"}}'
  run in_net "$HUSK" --root "$ROOT" plan --bundle "$BUNDLE"
  says 'far as eth0'
}

# proves: /linux/netDevices/*/name
@test "a network device is moved into a container with a user namespace" {
  address 10.7.0.2/24
  config '.linux.netDevices = {eth7: {name: "eth0"}} | .linux.namespaces += [{type: "user"}]
    | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
  script 'ip -o -4 address show dev eth0'
  reachable
  launch_net
  succeeded
  says '10.7.0.2/24'
}

@test "hooks find a network device in the container's namespace" {
  config '.linux.netDevices = {eth7: {name: "eth0"}} | .hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", $s],
    env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]}]' \
    --arg s "pid=\$(jq .pid); nsenter --net=/proc/\$pid/ns/net ip -o link show eth0 >$BATS_TEST_TMPDIR/seen"
  program true
  launch_net
  succeeded
  grep 02:00:00:00:00:07 "$BATS_TEST_TMPDIR/seen"
}

@test "after a failed create network devices are back unchanged" {
  address 10.7.0.2/24
  address fd07::2/64 nodad
  in_net ip link set eth7 up
  in_net ip link add eth8 type veth peer name far8
  local before
  before=$(addresses eth7)
  config '.linux.netDevices = {eth7: {name: "inner"}, eth8: {}}
    | .hooks.createRuntime = [{path: "/bin/false"}]'
  launch_net
  is 1
  complains 'createRuntime'
  [ "$(addresses eth7)" = "$before" ]
  in_net ip -o link show eth7 | grep -E '[<,]UP[,>].* mtu 1400 '
  in_net ip -o link show eth8 | never grep -E '[<,]UP[,>]'
  # and when husk-init itself has failed, and is gone
  config 'del(.hooks) | .process.args = ["/there/is/no/such"]'
  launch_net
  is 1
  [ "$(addresses eth7)" = "$before" ]
  never in_net ip link show inner
}

# proves: net-device-name-taken
@test "a network device name in use is an error, and no device is moved" {
  unshare --net sleep 1000 3>&- &
  local other=$!
  BACKGROUND="$BACKGROUND $other"
  wait_for never test "$(readlink /proc/self/ns/net)" = "$(readlink "/proc/$other/ns/net")"
  nsenter --net="/proc/$other/ns/net" ip link add taken type veth peer name end
  config '.linux.netDevices = {far: {}, eth7: {name: "taken"}} | (.linux.namespaces[] | select(.type == "network")).path = $p' \
    --arg p "/proc/$other/ns/net"
  launch_net
  is 1
  complains '/linux/netDevices/eth7: ' "the container's network namespace already has a network device taken"
  in_net ip link show eth7
  in_net ip link show far
  [ "$(addresses far)" = 'inet 10.7.0.1/24' ]
  nsenter --net="/proc/$other/ns/net" ip link show taken
  nothing_left
}

# proves: net-device-movable
@test "a network device that does not exist or may not be moved is an error" {
  config '.linux.netDevices = {none7: {}}'
  launch_net
  is 1
  complains '/linux/netDevices/none7: find network device none7: no such device'
  config '.linux.netDevices = {lo: {name: "lo7"}}'
  launch_net
  is 1
  complains '/linux/netDevices/lo: move network device lo: invalid argument' 'cannot leave their network namespace'
  nothing_left
}

# proves: net-device-left-alone net-device-stays delete-leaves-the-rest
@test "delete leaves a network device in the container's namespace" {
  unshare --net sleep 1000 3>&- &
  local other=$! before
  BACKGROUND="$BACKGROUND $other"
  wait_for never test "$(readlink /proc/self/ns/net)" = "$(readlink "/proc/$other/ns/net")"
  address 10.7.0.2/24
  config '.linux.netDevices = {eth7: {name: "inner"}} | (.linux.namespaces[] | select(.type == "network")).path = $p' \
    --arg p "/proc/$other/ns/net"
  program sleep 1000
  in_net "$HUSK" --root "$ROOT" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 3>&-
  in_other() { nsenter --net="/proc/$other/ns/net" "$@"; }
  in_other ip -o link show inner | grep -E '[<,]UP[,>]'
  in_other ip link set inner down
  in_other ip link set inner mtu 1300 name mine
  in_other ip address add 10.9.0.1/24 dev mine
  before=$(in_other ip -o address show dev mine; in_other ip -o link show mine)
  in_net "$HUSK" --root "$ROOT" start "$ID"
  husk exec "$ID" true
  husk kill "$ID" KILL
  wait_for is_status stopped
  [ "$(in_other ip -o address show dev mine; in_other ip -o link show mine)" = "$before" ]
  in_net "$HUSK" --root "$ROOT" delete "$ID"
  [ "$(in_other ip -o address show dev mine; in_other ip -o link show mine)" = "$before" ]
  never in_net ip link show eth7
}

# bats test_tags=any-machine
@test "mistakes in netDevices are found before anything is made" {
  config '.linux.netDevices = {eth7: {name: "a/b"}}'
  refused '/linux/netDevices/eth7/name: "a/b" cannot be a network device name'
  config '.linux.netDevices = {eth7: {name: "a%s"}}'
  refused 'cannot be a network'
  config '.linux.netDevices = {eth7: {name: "sixteen-letters-"}}'
  refused 'cannot be a network'
  config '.linux.netDevices = {"..": {}}'
  refused '/linux/netDevices/..: ".." is not a network device name'
  config '.linux.netDevices = {eth7: {name: "same"}, far: {name: "same"}}'
  refused 'two network devices would have the name "same"'
  config '.linux.netDevices = {eth7: {}} | del(.linux.namespaces[] | select(.type == "network"))'
  refused '/linux/netDevices: "netDevices" need a network namespace'
}

@test "features reports netDevices as supported" {
  run husk features
  jq -e .linux.netDevices.enabled <<<"$output"
}
