#!/usr/bin/env bats
# User namespaces: maps, ownership, what root inside may do.
load bundle

setup() {
  bundle_make
  # the owner of id 0 inside must reach the root file system
  chmod 755 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "$BATS_TEST_TMPDIR" "$BUNDLE" "$ROOTFS"
  config '.linux.namespaces += [{"type": "user"}]
    | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]
    | .linux.gidMappings = [{"containerID": 0, "hostID": 200000, "size": 65536}]'
}

@test "the maps are the config's" {
  inside 'cat /proc/self/uid_map /proc/self/gid_map'
  [ "$(tr -s ' ' <<<"$output")" = ' 0 100000 65536
 0 200000 65536' ]
  nothing_left
}

@test "root inside is the mapped id outside" {
  container_up
  [ "$(stat -c %u:%g "/proc/$PID")" = 100000:200000 ] || grep -P '^Uid:\t100000' "/proc/$PID/status"
  grep -P '^Gid:\t200000' "/proc/$PID/status"
  [ "$(readlink "/proc/$PID/ns/user")" != "$(readlink /proc/self/ns/user)" ]
}

@test "several ranges" {
  config '.linux.uidMappings = [{"containerID": 0, "hostID": 5000, "size": 1}, {"containerID": 1, "hostID": 100000, "size": 1000}, {"containerID": 1001, "hostID": 300000, "size": 5}]'
  inside 'cat /proc/self/uid_map'
  [ "$(tr -s ' ' <<<"$output")" = ' 0 5000 1
 1 100000 1000
 1001 300000 5' ]
}

@test "a user other than root, with groups" {
  config '.process.user = {"uid": 1000, "gid": 1001, "additionalGids": [5, 6]}'
  inside 'id -u; id -g; id -G'
  same '1000
1001
1001 5 6'
}

@test "the configured capabilities are held in the namespace" {
  inside "grep '^Cap[PEB]' /proc/self/status"
  same 'CapPrm:	00000000a80425fb
CapEff:	00000000a80425fb
CapBnd:	00000000a80425fb'
}

@test "the default devices are there and usable" {
  inside 'echo x >/dev/null; head -c 4 /dev/zero | wc -c; head -c 3 /dev/urandom | wc -c; ls -l /dev/null /dev/full'
  says 4 3 '1,   3' '1,   7'
}

@test "all mounts of the example work in a user namespace" {
  inside 'grep -c . /proc/self/mounts; grep -E " /(proc|dev|sys|dev/pts|dev/shm|dev/mqueue) " /proc/self/mounts | wc -l'
  [ "${lines[1]}" -eq 6 ]
}

@test "files of the host's root belong to nobody" {
  inside 'stat -c %u /bin/busybox'
  same 65534
}

@test "a user namespace by path" {
  unshare --user --pid --fork --kill-child sleep 1000 3>&- &
  BACKGROUND=$!
  wait_for bash -c "[ -e /proc/$BACKGROUND/ns/pid_for_children ] && [ \$(readlink /proc/$BACKGROUND/ns/user) != $(readlink /proc/self/ns/user) ]"
  sleep 0.1
  echo '0 100000 65536' >"/proc/$BACKGROUND/uid_map"
  echo '0 100000 65536' >"/proc/$BACKGROUND/gid_map"
  config '(.linux.namespaces[] | select(.type == "user")).path = $path | del(.linux.uidMappings, .linux.gidMappings)
    | (.linux.namespaces[] | select(.type == "pid")).path = $pid' \
    --arg path "/proc/$BACKGROUND/ns/user" --arg pid "/proc/$BACKGROUND/ns/pid_for_children"
  config 'del(.mounts[] | select(.destination == "/dev/pts"))'
  inside 'readlink /proc/self/ns/user'
  same "$(readlink "/proc/$BACKGROUND/ns/user")"
}

@test "rlimits, oom score and hostname with a user namespace" {
  config '.process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 100, "hard": 200}] | .process.oomScoreAdj = 300'
  inside 'ulimit -n; ulimit -Hn; cat /proc/self/oom_score_adj; hostname'
  same '100
200
300
husk'
}

@test "seccomp and no new privileges with a user namespace" {
  inside "grep -E '^(Seccomp|NoNewPrivs):' /proc/self/status"
  same 'NoNewPrivs:	1
Seccomp:	2'
  config '.process.noNewPrivileges = false | .process.user = {"uid": 1000, "gid": 1000}'
  inside "grep -E '^(Seccomp|NoNewPrivs):' /proc/self/status"
  same 'NoNewPrivs:	0
Seccomp:	2'
}

@test "a user namespace without mappings is refused" {
  refused_config 'del(.linux.uidMappings, .linux.gidMappings)' '/linux'
}

@test "exec enters the user namespace" {
  container_up
  run --separate-stderr husk exec "$ID" sh -c 'id -u; readlink /proc/self/ns/user'
  same "0
$(readlink "/proc/$PID/ns/user")"
}

@test "a user namespace without root in its map" {
  plain
  script 'id -u; cat /proc/self/uid_map'
  config '.linux.uidMappings = [{containerID: 1000, hostID: 101000, size: 1}] | .linux.gidMappings = .linux.uidMappings |
          .process.user = {uid: 1000, gid: 1000} | .process.capabilities = {}'
  go
  is 0
  says 1000
}

@test "a user namespace by path: with new namespaces, pid among them, that belong to it" {
  plain
  payload sleep 100
  husk run -d --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
  pid=$(husk state "$ID" | jq .pid)
  config ".linux.namespaces |= map(if .type == \"user\" then .path = \"/proc/$pid/ns/user\" else . end) |
          del(.linux.uidMappings, .linux.gidMappings)"
  script 'id -u; echo $$; readlink /proc/self/ns/user; cat /proc/self/uid_map; mount -t tmpfs t /tmp 2>&1 | head -1; hostname inner'
  config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
  run husk run --bundle "$BUNDLE" "$ID-2" </dev/null
  is 0
  [ "${lines[0]} ${lines[1]}" = "0 1" ]
  [ "${lines[2]}" = "$(readlink "/proc/$pid/ns/user")" ]
  says '100000      65536'
}

@test "a user namespace and a pid namespace by path, setgroups denied in it" {
  plain
  unshare --user --map-root-user --fork --pid sleep 100 3>&- 2>/dev/null &
  parent=$!
  for _ in $(seq 50); do inner=$(pgrep -P "$parent") && break || sleep 0.1; done
  config ".linux.namespaces |= map(if .type == \"pid\" or .type == \"user\"
            then .path = \"/proc/$inner/ns/\" + .type else . end) | del(.linux.uidMappings, .linux.gidMappings) |
          .mounts |= map(select(.type != \"devpts\"))" # gid 5 is not mapped in it
  script 'id -u; id -G; readlink /proc/self/ns/pid'
  run husk run --bundle "$BUNDLE" "$ID" </dev/null
  seen=$(readlink "/proc/$inner/ns/pid")
  kill -9 "$inner"
  is 0
  [ "${lines[0]}" = 0 ]
  [ "${lines[2]}" = "$seen" ]
}
