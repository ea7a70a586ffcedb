#!/usr/bin/env bats
# User namespaces: maps, ownership, what root inside can do.
load bundle

setup() {
  bundle_make
  # the owner of id 0 inside must reach the root file system
  reachable
  config '.linux.namespaces += [{type: "user"}]
    | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
    | .linux.gidMappings = [{containerID: 0, hostID: 200000, size: 65536}]'
}

@test "the id maps are those of the config" {
  inside 'cat /proc/self/uid_map /proc/self/gid_map'
  [ "$(tr -s ' ' <<<"$output")" = ' 0 100000 65536
 0 200000 65536' ]
  nothing_left
}

@test "root inside is the mapped id outside, for processes and files" {
  cp --remove-destination /bin/busybox "$ROOTFS/bin/" # not the one that tests share
  chown -R 100000:200000 "$ROOTFS"
  config '.root.readonly = false'
  container_up 'touch /tmp/mine; echo up; sleep 1000'
  wait_for grep -q up "$BATS_TEST_TMPDIR/out"
  grep -P '^Uid:\t100000\t100000\t100000\t100000' "/proc/$PID/status"
  grep -P '^Gid:\t200000\t200000\t200000\t200000' "/proc/$PID/status"
  [ "$(readlink "/proc/$PID/ns/user")" != "$(readlink /proc/self/ns/user)" ]
  [ "$(stat -c %u:%g "$ROOTFS/tmp/mine")" = 100000:200000 ]
  run --separate-stderr husk exec "$ID" sh -c 'id -u; stat -c %u:%g /bin/busybox /tmp/mine'
  is 0 '0
0:0
0:0'
}

# mapped MOUNT: a directory of the host is bound at /mnt with these members; prints the owner of its file of 5:6.
mapped() {
  mkdir -p "$ROOTFS/mnt" "$BATS_TEST_TMPDIR/shared"
  touch "$BATS_TEST_TMPDIR/shared/file"
  chown 5:6 "$BATS_TEST_TMPDIR/shared/file"
  config '.mounts = [.mounts[] | select(.destination != "/mnt")] + [{destination: "/mnt", source: $source} + $mount]' \
    --arg source "$BATS_TEST_TMPDIR/shared" --argjson mount "$1"
  inside 'stat -c %u:%g /mnt/file'
}

# proves: mount-idmap-from-container mount-own-mappings
@test "an idmap mount has the container's mappings unless it has its own" {
  mapped '{"options": ["bind"]}'
  same 65534:65534
  needs_linux 5.12 'mount_setattr(2)'
  mapped '{"options": ["bind", "idmap"]}'
  same 5:6
  mapped '{"options": ["bind", "idmap"], "uidMappings": [{"containerID": 5, "hostID": 100007, "size": 1}],
    "gidMappings": [{"containerID": 6, "hostID": 200008, "size": 1}]}'
  same 7:8
}

# proves: /linux/namespaces/[type=user] /linux/uidMappings /linux/uidMappings/*/containerID
# proves: /linux/uidMappings/*/hostID /linux/uidMappings/*/size
@test "an id map may have several ranges" {
  config '.linux.uidMappings = [{containerID: 0, hostID: 5000, size: 1}, {containerID: 1, hostID: 100000, size: 1000},
    {containerID: 1001, hostID: 300000, size: 5}]'
  inside 'cat /proc/self/uid_map'
  [ "$(tr -s ' ' <<<"$output")" = ' 0 5000 1
 1 100000 1000
 1001 300000 5' ]
}

# proves: /linux/gidMappings /linux/gidMappings/*/containerID /linux/gidMappings/*/hostID
# proves: /linux/gidMappings/*/size
@test "an id map may leave root out" {
  config '.linux.uidMappings = [{containerID: 1000, hostID: 101000, size: 1}] | .linux.gidMappings = .linux.uidMappings
    | .process.user = {uid: 1000, gid: 1000} | .process.capabilities = {}'
  inside 'id -u; cat /proc/self/uid_map | tr -s " "'
  same '1000
 1000 101000 1'
}

@test "a user other than root, with groups and without capabilities" {
  config '.process.user = {uid: 1000, gid: 1001, additionalGids: [5, 6]}'
  inside 'id -u; id -g; id -G; grep -E "^Cap(Eff|Bnd)" /proc/self/status'
  same '1000
1001
1001 5 6
CapEff:	0000000000000000
CapBnd:	00000000a80425fb'
}

@test "the configured capabilities are held in the namespace" {
  inside "grep '^Cap[PEB]' /proc/self/status"
  same 'CapPrm:	00000000a80425fb
CapEff:	00000000a80425fb
CapBnd:	00000000a80425fb'
}

# proves: step:device /dev/null step:device /dev/full
@test "the default devices exist and can be used" {
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

# outer OPTION...: a process in a user namespace and a pid namespace of its own; BACKGROUND and INNER are its ids.
outer() {
  unshare --user --pid --fork --kill-child "$@" sleep 1000 3>&- 2>/dev/null &
  BACKGROUND=$!
  wait_for pgrep -P "$BACKGROUND" -x sleep
  INNER=$(pgrep -P "$BACKGROUND" -x sleep)
}

# joined TYPE PATH: the namespace of the config is the one at the path.
joined() {
  config 'del(.linux.uidMappings, .linux.gidMappings)
    | (.linux.namespaces[] | select(.type == $type)).path = $path' --arg type "$1" --arg path "$2"
}

@test "a user namespace and a pid namespace by path" {
  outer
  echo '0 100000 65536' >"/proc/$INNER/uid_map"
  echo '0 100000 65536' >"/proc/$INNER/gid_map"
  joined user "/proc/$BACKGROUND/ns/user"
  joined pid "/proc/$BACKGROUND/ns/pid_for_children"
  config 'del(.mounts[] | select(.destination == "/dev/pts"))'
  inside 'readlink /proc/self/ns/user; readlink /proc/self/ns/pid; id -u'
  same "$(readlink "/proc/$INNER/ns/user")
$(readlink "/proc/$INNER/ns/pid")
0"
}

@test "a user namespace by path in which setgroups is denied" {
  outer --map-root-user
  joined user "/proc/$INNER/ns/user"
  joined pid "/proc/$INNER/ns/pid"
  config 'del(.mounts[] | select(.type == "devpts"))' # its gid 5 is not mapped here
  inside 'id -u; readlink /proc/self/ns/pid; cat /proc/self/setgroups'
  same "0
$(readlink "/proc/$INNER/ns/pid")
deny"
}

@test "a user namespace by path, with new namespaces that belong to it" {
  container_up
  local first=$ID
  ID=$ID-second
  joined user "/proc/$PID/ns/user"
  config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"]) | del(.linux.seccomp)'
  inside 'id -u; echo $$; readlink /proc/self/ns/user; mount -t tmpfs t /tmp && hostname inner && hostname
    tr -s " " </proc/self/uid_map'
  ID=$first
  same "0
1
$(readlink "/proc/$PID/ns/user")
inner
 0 100000 65536"
}

@test "a user namespace by path, beside namespaces that another one owns" {
  container_up
  local first=$ID pair file=$BATS_TEST_TMPDIR/namespace
  ID=$ID-second
  joined user "/proc/$PID/ns/user"
  config 'del((.mounts[] | select(.type | IN("sysfs", "mqueue", "cgroup"))), .hostname)'
  joined network "$file.net"
  joined ipc "$file.ipc"
  joined uts "$file.uts"
  script 'for name in net ipc uts; do readlink /proc/self/ns/$name; done'
  # shellcheck disable=SC2016 # the inner shell's own
  run unshare --mount --propagation private bash -c '
    file=$1; shift; touch "$file.net" "$file.ipc" "$file.uts"
    unshare --net="$file.net" --ipc="$file.ipc" --uts="$file.uts" true
    for name in net ipc uts; do echo "$name:[$(stat -c %i "$file.$name")]"; done; exec "$@"' _ "$file" \
    "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null
  ID=$first
  succeeded
  [ "${#lines[@]}" = 6 ]
  [ "${lines[*]:0:3}" = "${lines[*]:3:3}" ]
}

# proves: /linux/namespaces/[type=time]
@test "a time namespace of the user namespace, new and joined, with offsets" {
  [ -e /proc/self/ns/time ] || skip 'a kernel without'
  config '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: 100000000}, monotonic: {secs: 5}}'
  container_up 'cut -d. -f1 /proc/uptime >/tmp/uptime; sleep 1000'
  local first=$ID owner
  # shellcheck disable=SC2016 # python's own
  owner='import fcntl, os, sys; print(os.fstat(fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0xb701)).st_ino)'
  [ "user:[$(python3 -c "$owner" "/proc/$PID/ns/time")]" = "$(readlink "/proc/$PID/ns/user")" ]
  [ "$(readlink "/proc/$PID/ns/time")" = "$(readlink "/proc/$PID/ns/time_for_children")" ]
  [ "$(readlink "/proc/$PID/ns/time")" != "$(readlink /proc/self/ns/time)" ]
  run husk exec "$ID" sh -c 'cut -d. -f1 /proc/uptime; readlink /proc/self/ns/time'
  [ "${lines[0]}" -ge 100000000 ]
  [ "${lines[1]}" = "$(readlink "/proc/$PID/ns/time")" ]
  ID=$ID-second
  joined user "/proc/$PID/ns/user"
  inside 'cut -d. -f1 /proc/uptime; readlink /proc/self/ns/time'
  [ "${lines[0]}" -ge 100000000 ]
  [ "${lines[1]}" != "$(readlink "/proc/$PID/ns/time")" ]
  ID=$first
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
  config '.process.noNewPrivileges = false | .process.user = {uid: 1000, gid: 1000}'
  inside "grep -E '^(Seccomp|NoNewPrivs):' /proc/self/status"
  same 'NoNewPrivs:	0
Seccomp:	2'
}

# bats test_tags=attack:CV-25
@test "id maps of many entries are installed completely or not at all" {
  config '.linux.uidMappings = [range(340) | {containerID: ., hostID: (100000 + 2 * .), size: 1}]'
  script 'wc -l </proc/self/uid_map'
  launch
  if [ "$status" -eq 0 ]; then
    same 340
  else
    complains 'uid_map'
  fi
  local count
  for count in 400 3000; do
    refused_config "[range($count) | {containerID: ., hostID: (100000 + 2 * .), size: 1}] as \$map
      | .linux.uidMappings = \$map" 'uid_map'
  done
}

# bats test_tags=attack:CV-26
@test "without a cgroup namespace the cgroup tree is read-only" {
  config 'del(.linux.namespaces[] | select(.type == "cgroup"))'
  script 'for d in /sys/fs/cgroup /sys/fs/cgroup/*; do mkdir $d/escape 2>/dev/null && echo made $d; done; echo end'
  launch
  is 0 end
}

# bats test_tags=any-machine
@test "a user namespace without mappings is refused" {
  refused_config 'del(.linux.uidMappings, .linux.gidMappings)' '/linux'
}

@test "exec enters the user namespace" {
  container_up
  run --separate-stderr husk exec "$ID" sh -c 'id -u; readlink /proc/self/ns/user'
  same "0
$(readlink "/proc/$PID/ns/user")"
}
