load bundle

own() { readlink "/proc/self/ns/$1"; }

@test "every namespace of the config is new, every other one is the caller's" {
  program_sh 'for n in pid net ipc uts mnt cgroup user; do readlink /proc/self/ns/$n; done'
  go
  is 0
  local n
  for n in pid net ipc uts mnt cgroup; do [[ $output != *"$(own $n)"* ]]; done
  says "$(own user)"
  config '.linux.namespaces = [{type: "mount"}, {type: "pid"}] | del(.hostname)'
  go
  is 0
  for n in net ipc uts cgroup user; do says "$(own $n)"; done
}

@test "namespaces by path are joined" {
  program sleep 100
  husk run -d --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
  local pid
  pid=$(husk state "$ID" | jq .pid)
  cp -r "$BUNDLE" "$BATS_TEST_TMPDIR/second"
  jq '.linux.namespaces |= map(if .type == "mount" then . else .path = "/proc/'"$pid"'/ns/" +
      ({network: "net", uts: "uts", ipc: "ipc", pid: "pid", cgroup: "cgroup"}[.type]) end) | del(.hostname) |
      .linux.cgroupsPath += "-2" |
      .process.args = ["sh", "-c", "for n in pid net ipc uts cgroup; do readlink /proc/self/ns/$n; done"]' \
    "$BUNDLE/config.json" >"$BATS_TEST_TMPDIR/second/config.json"
  run husk run --bundle "$BATS_TEST_TMPDIR/second" "$ID-2"
  is 0
  local n
  for n in pid net ipc uts cgroup; do says "$(readlink "/proc/$pid/ns/$n")"; done
}

@test "BI-25: namespaces that are none" {
  config '.linux.namespaces += [{type: "nosuch"}]'
  refused '/linux/namespaces/6/type: "nosuch" is not a namespace type'
  config '.linux.namespaces[6] = {type: "pid"}'
  refused 'the namespace type "pid" stands twice'
  config '.linux.namespaces[6] = {type: "time", path: "relative"}'
  refused 'is not an absolute path'
  config '.linux.namespaces[6].path = "/nosuch"'
  refused 'open the namespace /nosuch: no such file or directory'
  config '.linux.namespaces[6].path = "/proc/self/ns/net"'
  refused 'is a namespace of another type'
  config '.linux.namespaces[6].path = "/etc/passwd"'
  refused '/etc/passwd is not a namespace'
}

@test "BI-43: no linux, no namespaces: never the host's root" {
  config '.linux.namespaces = []'
  refused 'the program would run on the host'
  config 'del(.linux)'
  refused '"linux" is required in a config'
}

@test "BI-27: without a mount namespace nothing that changes the mount table" {
  local before
  before=$(cat /proc/self/mountinfo)
  config '.linux.namespaces |= map(select(.type != "mount"))'
  refused '"mounts" need a mount namespace'
  config '.mounts = []'
  refused '"maskedPaths" need a mount namespace'
  [ "$before" = "$(cat /proc/self/mountinfo)" ]
}

@test "BI-28: names without a uts namespace, offsets without a time namespace" {
  config '.linux.namespaces |= map(select(.type != "uts"))'
  refused 'a hostname needs a uts namespace'
  config 'del(.hostname) | .linux.timeOffsets = {monotonic: {secs: 1}}'
  refused '"timeOffsets" need a new time namespace'
  config '.hostname = ("x" * 100)'
  refused 'the hostname has 100 bytes, the kernel takes 64'
}

# ---- user namespaces

userns() {
  config '.linux.namespaces += [{type: "user"}] |
          .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
  chown -R 100000:100000 "$BUNDLE/rootfs"
  chmod 755 "$BATS_TEST_TMPDIR" "$BUNDLE" "$BATS_RUN_TMPDIR" 2>/dev/null || true
}

@test "a user namespace: mapped root, devices, mounts" {
  userns
  program_sh 'id -u; cat /proc/self/uid_map; stat -c %u /bin/busybox; echo x >/dev/null; ls -l /dev/zero; touch /tmp/mine'
  go
  is 0
  says '100000      65536'
  [ "$(stat -c %u "$BUNDLE/rootfs/tmp/mine")" = 100000 ]
}

@test "a user namespace: another user, exact capabilities" {
  userns
  program_sh 'id -u; grep -E "CapEff|CapBnd" /proc/self/status'
  config '.process.user = {uid: 1000, gid: 1000}'
  go
  is 0 $'1000\nCapEff:\t0000000000000000\nCapBnd:\t00000000a80425fb'
}

@test "a user namespace without root in its map" {
  userns
  program_sh 'id -u; cat /proc/self/uid_map'
  config '.linux.uidMappings = [{containerID: 1000, hostID: 101000, size: 1}] | .linux.gidMappings = .linux.uidMappings |
          .process.user = {uid: 1000, gid: 1000} | .process.capabilities = {}'
  go
  is 0
  says 1000
}

@test "a user namespace by path: with new namespaces, pid among them, that belong to it" {
  userns
  program sleep 100
  husk run -d --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
  pid=$(husk state "$ID" | jq .pid)
  config ".linux.namespaces |= map(if .type == \"user\" then .path = \"/proc/$pid/ns/user\" else . end) |
          del(.linux.uidMappings, .linux.gidMappings) | .linux.cgroupsPath += \"-2\""
  program_sh 'id -u; echo $$; readlink /proc/self/ns/user; cat /proc/self/uid_map; mount -t tmpfs t /tmp 2>&1 | head -1; hostname inner'
  config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
  run husk run --bundle "$BUNDLE" "$ID-2" </dev/null
  is 0
  [ "${lines[0]} ${lines[1]}" = "0 1" ]
  [ "${lines[2]}" = "$(readlink "/proc/$pid/ns/user")" ]
  says '100000      65536'
}

@test "a user namespace and a pid namespace by path, setgroups denied in it" {
  unshare --user --map-root-user --fork --pid sleep 100 3>&- 2>/dev/null &
  parent=$!
  for _ in $(seq 50); do inner=$(pgrep -P "$parent") && break || sleep 0.1; done
  config ".linux.namespaces |= (map(select(.type != \"pid\")) + [{type: \"user\", path: \"/proc/$inner/ns/user\"},
          {type: \"pid\", path: \"/proc/$inner/ns/pid\"}]) |
          .mounts |= map(select(.type != \"devpts\"))" # gid 5 is not mapped in it
  program_sh 'id -u; id -G; readlink /proc/self/ns/pid'
  run husk run --bundle "$BUNDLE" "$ID" </dev/null
  seen=$(readlink "/proc/$inner/ns/pid")
  kill -9 "$inner"
  is 0
  [ "${lines[0]}" = 0 ]
  [ "${lines[2]}" = "$seen" ]
}

@test "exec enters the user namespace too" {
  userns
  program sleep 100
  husk run -d --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
  run husk exec "$ID" sh -c 'id -u; cat /proc/self/uid_map'
  is 0
  says '100000      65536'
}

@test "CV-25: a map that the kernel cannot take whole is an error" {
  userns
  config '.linux.uidMappings = [range(400) | {containerID: ., hostID: (100000 + .), size: 1}]'
  refused 'uid_map'
}

@test "CV-24: the id that means no change to the kernel" {
  config '.process.user.uid = 4294967295'
  refused '/process/user/uid: 4294967295 is out of range'
  config '.process.user = {uid: 0, gid: 4294967295}'
  refused '/process/user/gid: 4294967295 is out of range'
  config '.process.user = {uid: 0, gid: 0, additionalGids: [1, 4294967295]}'
  refused '/process/user/additionalGids/1: 4294967295 is out of range'
}
