# linux.resources.blockIO
load ../integration/bundle
load cgroup

setup() {
  cgroup_bundle
  if v1_has blkio; then IO=blkio; else needs io; IO=io; fi
}

# disk: a disk of this machine as MAJOR:MINOR.
disk() {
  local device
  for device in /sys/block/{vd,sd,nvme,xvd,mmcblk}*; do
    [ ! -e "$device/dev" ] || { cat "$device/dev" && return; }
  done
  skip 'no disk'
}

# proves: /linux/resources/blockIO /linux/resources/blockIO/throttleReadBpsDevice
# proves: /linux/resources/blockIO/throttleReadBpsDevice/*/major
# proves: /linux/resources/blockIO/throttleReadBpsDevice/*/minor
# proves: /linux/resources/blockIO/throttleReadBpsDevice/*/rate /linux/resources/blockIO/throttleWriteBpsDevice
# proves: /linux/resources/blockIO/throttleWriteBpsDevice/*/major
# proves: /linux/resources/blockIO/throttleWriteBpsDevice/*/minor
# proves: /linux/resources/blockIO/throttleWriteBpsDevice/*/rate /linux/resources/blockIO/throttleReadIOPSDevice
# proves: /linux/resources/blockIO/throttleReadIOPSDevice/*/major
# proves: /linux/resources/blockIO/throttleReadIOPSDevice/*/minor
# proves: /linux/resources/blockIO/throttleReadIOPSDevice/*/rate /linux/resources/blockIO/throttleWriteIOPSDevice
# proves: /linux/resources/blockIO/throttleWriteIOPSDevice/*/major
# proves: /linux/resources/blockIO/throttleWriteIOPSDevice/*/minor
# proves: /linux/resources/blockIO/throttleWriteIOPSDevice/*/rate
@test "limits on read and write rates, in bytes and operations" {
  local disk
  disk=$(disk)
  limits "$(jq -n --argjson major "${disk%:*}" --argjson minor "${disk#*:}" '{blockIO: {
    throttleReadBpsDevice: [{$major, $minor, rate: 1048576}], throttleWriteBpsDevice: [{$major, $minor, rate: 2097152}],
    throttleReadIOPSDevice: [{$major, $minor, rate: 100}], throttleWriteIOPSDevice: [{$major, $minor, rate: 200}]}}')"
  container_up
  reads "$IO" blkio.throttle.read_bps_device - "$disk 1048576"
  reads "$IO" blkio.throttle.write_bps_device - "$disk 2097152"
  reads "$IO" blkio.throttle.read_iops_device - "$disk 100"
  reads "$IO" blkio.throttle.write_iops_device io.max "$disk 200" "$disk rbps=1048576 wbps=2097152 riops=100 wiops=200"
  in_systemd || return 0
  systemctl show --property IOReadBandwidthMax --value "$(unit)" | grep -q ' 1048576$'
}

# proves: /linux/resources/blockIO/weight
@test "the weight is set through the files that this kernel has" {
  local directory
  limits '{"blockIO": {"weight": 500}}'
  script 'sleep 1000'
  if create; then
    husk start "$ID"
    PID=$(husk state "$ID" | jq .pid)
    directory=$(cgroup_of "$IO")
    if [ -e "$directory/io.bfq.weight" ]; then
      grep -qx 'default 500' "$directory/io.bfq.weight"
    elif [ -e "$directory/io.weight" ]; then
      grep -qx 'default 4950' "$directory/io.weight"
    elif [ -e "$directory/blkio.bfq.weight" ]; then
      grep -qx 500 "$directory/blkio.bfq.weight"
    else
      grep -qx 500 "$directory/blkio.weight"
    fi
  else
    grep -q '/linux/resources/blockIO/weight: .*this kernel has no .*weight (block I/O weights need' "$BATS_TEST_TMPDIR/err"
  fi
}

# proves: /linux/resources/blockIO/leafWeight
@test "leaf weights, which only old kernels have, are refused with their place" {
  limits '{"blockIO": {"leafWeight": 500}}'
  refused /linux/resources/blockIO/leafWeight
}

@test "a device that does not exist is the kernel's error, with its place" {
  limits '{"blockIO": {"throttleReadBpsDevice": [{"major": 8, "minor": 77, "rate": 5}]}}'
  refused /linux/resources/blockIO/throttleReadBpsDevice/0 'no such device'
}

@test "a weight of 0, as docker writes it, is ignored" {
  limits '{"blockIO": {"weight": 0}}'
  script true
  launch
  succeeded
}
