#!/usr/bin/env bats
# linux.namespaces: new, shared, by path; their settings.
load bundle

# The inode of a namespace of this process.
own() {
  readlink "/proc/self/ns/$1"
}

@test "each namespace of the config is new" {
  inside 'for n in pid net ipc uts mnt cgroup; do readlink /proc/self/ns/$n; done'
  local name
  for name in pid net ipc uts mnt cgroup; do
    says_not "$(own "$name")"
  done
  [ "$(wc -l <<<"$output")" -eq 6 ]
}

@test "a namespace that is not in the config is husk's own" {
  local name type
  for type in network:net ipc:ipc cgroup:cgroup; do
    name=${type#*:}
    cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
    config 'del(.linux.namespaces[] | select(.type == $type))' --arg type "${type%:*}"
    [ "$name" != network ] || config 'del(.mounts[] | select(.type == "sysfs" or .type == "cgroup"))'
    inside "readlink /proc/self/ns/$name"
    same "$(own "$name")"
  done
}

@test "the program is process 1 of its own pid namespace" {
  inside 'echo $$; ls /proc | grep -c "^[0-9]*$"'
  says 1
  [ "${lines[0]}" = 1 ]
  [ "${lines[1]}" -le 4 ]
}

@test "hostname and domainname" {
  config '.hostname = "a-name" | .domainname = "example.org"'
  inside 'hostname; cat /proc/sys/kernel/domainname'
  same 'a-name
example.org'
  [ "$(hostname)" != a-name ]
}

@test "a new network namespace has lo, and it is up" {
  inside 'ip -o link; ping -c 1 -W 1 127.0.0.1 >/dev/null && echo answered'
  says 'LOOPBACK,UP' answered
}

@test "a network namespace by path" {
  unshare --net sleep 1000 3>&- &
  BACKGROUND=$!
  wait_for bash -c "[ \$(readlink /proc/$BACKGROUND/ns/net) != $(own net) ]"
  config '(.linux.namespaces[] | select(.type == "network")).path = $path' --arg path "/proc/$BACKGROUND/ns/net"
  inside 'readlink /proc/self/ns/net'
  same "$(readlink "/proc/$BACKGROUND/ns/net")"
}

@test "ipc, uts and network namespaces of another container by path" {
  container_up
  local first=$ID
  ID=$ID-second
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  config 'del(.hostname) | (.linux.namespaces[] | select(.type == "ipc")).path = "/proc/\($pid)/ns/ipc"
    | (.linux.namespaces[] | select(.type == "uts")).path = "/proc/\($pid)/ns/uts"
    | (.linux.namespaces[] | select(.type == "network")).path = "/proc/\($pid)/ns/net"' --argjson pid "$PID"
  inside 'for n in ipc uts net; do readlink /proc/self/ns/$n; done; hostname'
  same "$(readlink "/proc/$PID/ns/ipc")
$(readlink "/proc/$PID/ns/uts")
$(readlink "/proc/$PID/ns/net")
husk"
  ID=$first
}

@test "a pid namespace by path" {
  container_up
  local first=$ID
  ID=$ID-second
  config '(.linux.namespaces[] | select(.type == "pid")).path = "/proc/\($pid)/ns/pid"' --argjson pid "$PID"
  inside 'readlink /proc/self/ns/pid; echo $$'
  [ "${lines[0]}" = "$(readlink "/proc/$PID/ns/pid")" ]
  [ "${lines[1]}" -gt 1 ]
  ID=$first
}

@test "a cgroup namespace shows the container's cgroup as its root" {
  inside 'cat /proc/self/cgroup'
  says_not "$ID"
  says ':/'
}

@test "a time namespace with offsets" {
  [ -e /proc/self/ns/time ] || skip 'the kernel has no time namespaces'
  config '.linux.namespaces += [{"type": "time"}] | .linux.timeOffsets = {"boottime": {"secs": 1000000, "nanosecs": 5}, "monotonic": {"secs": 500000}}'
  inside 'cat /proc/self/timens_offsets; cut -d. -f1 /proc/uptime'
  says 'monotonic' '500000' '1000000'
  [ "${lines[-1]}" -gt 1000000 ]
}

@test "a mount in the container is not seen on the host" {
  config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"]) | del(.linux.seccomp)'
  inside 'mount -t tmpfs none /tmp && touch /tmp/inside && ls /tmp'
  same inside
  [ ! -e "$ROOTFS/tmp/inside" ]
}

@test "a container without a mount namespace of its own uses the root file system as it is" {
  config '.linux.namespaces = [{"type": "uts"}] | .mounts = [] | del(.linux.maskedPaths, .linux.readonlyPaths, .linux.seccomp) | .root.readonly = false'
  local before
  before=$(cat /proc/self/mountinfo)
  payload /bin/sh -c 'ls /bin/busybox; hostname'
  launch
  if [ "$status" -eq 0 ]; then
    same '/bin/busybox
husk'
  else
    complains 'mount'
  fi
  [ "$before" = "$(cat /proc/self/mountinfo)" ]
}

@test "sysctl of the container's namespaces" {
  config '.linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.shm_rmid_forced": "1", "kernel.domainname": "by.sysctl"}'
  inside 'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shm_rmid_forced /proc/sys/kernel/domainname'
  same '1
1
by.sysctl'
  [ "$(cat /proc/sys/kernel/domainname)" != by.sysctl ]
}
