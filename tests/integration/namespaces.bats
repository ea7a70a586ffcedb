#!/usr/bin/env bats
# linux.namespaces: new, shared, by path; their settings.
load bundle

# The inode of a namespace of this process.
own() {
  readlink "/proc/self/ns/$1"
}

# proves: /linux /linux/namespaces /linux/namespaces/*/type /linux/namespaces/[type=pid]
# proves: /linux/namespaces/[type=network] /linux/namespaces/[type=mount] /linux/namespaces/[type=ipc]
# proves: /linux/namespaces/[type=uts] /linux/namespaces/[type=cgroup]
# proves: namespace-new namespace-inherited
@test "exactly the namespaces of the config are new" {
  inside 'for n in pid net ipc uts mnt cgroup user; do readlink /proc/self/ns/$n; done'
  local name
  for name in pid net ipc uts mnt cgroup; do
    says "$name:"
    says_not "$(own "$name")"
  done
  says "$(own user)"
}

# proves: namespace-inherited
@test "a namespace that is not in the config is husk's" {
  local name type
  for type in network:net ipc:ipc cgroup:cgroup uts:uts pid:pid; do
    name=${type#*:}
    example_with 'del(.linux.namespaces[] | select(.type == $type))' --arg type "${type%:*}"
    [ "$name" != network ] || config 'del(.mounts[] | select(.type == "sysfs" or .type == "cgroup"))'
    [ "$name" != uts ] || config 'del(.hostname)'
    inside "readlink /proc/self/ns/$name"
    same "$(own "$name")"
  done
  example_with '.linux.namespaces = [{type: "mount"}, {type: "pid"}] | del(.hostname)'
  inside 'for n in net ipc uts cgroup user; do readlink /proc/self/ns/$n; done'
  same "$(for name in net ipc uts cgroup user; do own "$name"; done)"
}

@test "the program is process 1 of its own pid namespace" {
  inside 'echo $$; ls /proc | grep -c "^[0-9]*$"'
  says 1
  [ "${lines[0]}" = 1 ]
  [ "${lines[1]}" -le 4 ]
}

# proves: /hostname /domainname
@test "the container has its hostname and domainname" {
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

# owner FILE: the user namespace that a namespace belongs to.
owner() {
  python3 - "$1" <<'END'
import fcntl, os, sys
print(os.readlink(f"/proc/self/fd/{fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0xb701)}"))  # NS_GET_USERNS
END
}

# The namespace may be made by another process than the container's.
@test "a new network namespace belongs to the container's user namespace" {
  local pid
  for change in . '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}] |
    .linux.gidMappings = .linux.uidMappings'; do
    example_with "$change"
    chmod 0755 "$BATS_TEST_TMPDIR" "$BUNDLE" "$BUNDLE/rootfs"
    program sleep 1000
    container_up
    pid=$(husk state "$ID" | jq .pid)
    [ "$(owner "/proc/$pid/ns/net")" = "$(readlink "/proc/$pid/ns/user")" ]
    [ "$(readlink "/proc/$pid/ns/net")" != "$(own net)" ]
    husk delete --force "$ID"
  done
}

# no_network_open PID...: none of the processes has a network namespace open.
no_network_open() {
  local pid
  for pid in "$@"; do
    [ -d "/proc/$pid/fd" ] && [ -z "$(find "/proc/$pid/fd" -lname 'net:*')" ] || return 1
  done
}

runs() {
  [ "$(husk state "$ID" | jq -r .status)" = running ]
}

@test "no process keeps the container's network namespace open" {
  program sleep 1000
  plain
  "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" --seccomp-record="$BATS_TEST_TMPDIR/profile" "$ID" </dev/null >/dev/null 2>&1 3>&- &
  BACKGROUND=$!
  wait_for runs
  local pid observer
  pid=$(husk state "$ID" | jq .pid)
  observer=$(jq .observer "$ROOT/$ID/state.json")
  wait_for no_network_open "$BACKGROUND" "$pid" "$observer"
  [ "$(ls "/proc/$BACKGROUND/task")" = "$BACKGROUND" ]
  husk delete --force "$ID"
}

@test "a network namespace that cannot be made is an error at the namespaces, and nothing is left" {
  run --separate-stderr unshare --user --map-root-user --mount bash -c '
    echo 0 >/proc/sys/user/max_net_namespaces && "$@"' - "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  failed
  complains '/linux/namespaces: make the network namespace: no space left on device'
  nothing_left
}

# slowly MICROSECONDS COMMAND...: each unshare(2) of husk and its threads takes that much longer.
slowly() {
  strace -qq -f -o /dev/null -e trace=unshare -e "inject=unshare:delay_enter=$1" "$HUSK" --root "$ROOT" "${OPTIONS[@]}" "${@:2}"
}

@test "husk waits for a network namespace that takes long" {
  plain
  program ip -o link
  run --separate-stderr slowly 400000 run --bundle "$BUNDLE" "$ID"
  succeeded
  says 'LOOPBACK,UP'
}

@test "husk is ended while it waits for the network namespace: nothing is left" {
  plain
  program true
  local signal status husk long=1500000
  ! emulated || long=8000000 # strace delays a process to the end, even if it is dead
  for signal in TERM KILL; do
    slowly "$long" run --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>"$BATS_TEST_TMPDIR/err" 3>&- &
    BACKGROUND=$!
    wait_for test -e "$ROOT/$ID/state.json"
    husk=$(jq .creator "$ROOT/$ID/state.json")
    [ "$(ls "/proc/$husk/task" | wc -l)" = 2 ]
    kill "-$signal" "$husk"
    status=0
    wait "$BACKGROUND" || status=$?
    [ "$status" = $((128 + $(kill -l "$signal"))) ]
    never test -e "/proc/$husk"
    [ "$signal" != TERM ] || grep 'interrupted by SIGTERM' "$BATS_TEST_TMPDIR/err"
    [ "$signal" = TERM ] || husk delete --force "$ID"
    nothing_left
  done
}

# A time namespace is entered and left again by husk, which only a process without other threads may do.
@test "a new network namespace and a new time namespace" {
  config '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: 1000000, nanosecs: 0}}'
  local i
  for i in 1 2 3 4 5 6 7 8; do
    inside 'cut -d " " -f 1 /proc/uptime | cut -d . -f 1; readlink /proc/self/ns/net'
    [ "${lines[0]}" -ge 1000000 ]
    says_not "$(own net)"
  done
}

# proves: namespace-path-joined
@test "a network namespace is joined by path" {
  unshare --net sleep 1000 3>&- &
  BACKGROUND=$!
  wait_for bash -c "[ \$(readlink /proc/$BACKGROUND/ns/net) != $(own net) ]"
  config '(.linux.namespaces[] | select(.type == "network")).path = $path' --arg path "/proc/$BACKGROUND/ns/net"
  inside 'readlink /proc/self/ns/net'
  same "$(readlink "/proc/$BACKGROUND/ns/net")"
}

# proves: /linux/namespaces/*/path
# proves: namespace-path-joined
@test "ipc, uts, network and cgroup namespaces of another container by path" {
  container_up
  local first=$ID
  ID=$ID-second
  example_with 'del(.hostname) | .linux.namespaces |= map(if .type == "mount" or .type == "pid" then . else
    .path = "/proc/\($pid)/ns/" + ({network: "net"}[.type] // .type) end)' --argjson pid "$PID"
  inside 'for n in ipc uts net cgroup; do readlink /proc/self/ns/$n; done; hostname'
  ID=$first
  same "$(for name in ipc uts net cgroup; do readlink "/proc/$PID/ns/$name"; done; echo husk)"
}

# proves: namespace-path-joined
@test "a pid namespace is joined by path" {
  container_up
  local first=$ID
  ID=$ID-second
  config '(.linux.namespaces[] | select(.type == "pid")).path = "/proc/\($pid)/ns/pid"' --argjson pid "$PID"
  inside 'readlink /proc/self/ns/pid; echo $$'
  [ "${lines[0]}" = "$(readlink "/proc/$PID/ns/pid")" ]
  [ "${lines[1]}" -gt 1 ]
  ID=$first
}

# proves: namespace-path-of-its-type
@test "for each type, a path to a namespace of another type, to a file or to nothing is refused" {
  local type file reason
  declare -A other=([pid]=net [network]=ipc [mount]=net [ipc]=uts [uts]=ipc [user]=net [cgroup]=uts [time]=uts)
  while IFS='|' read -r type file reason; do
    example_with 'del(.hostname) | .linux.namespaces |= (map(select(.type != $type)) + [{type: $type, path: $file}])' \
      --arg type "$type" --arg file "$file"
    refused /linux/namespaces/ "$reason"
  done < <(
    for type in "${!other[@]}"; do
      echo "$type|/proc/self/ns/${other[$type]}|is a namespace of another type"
    done
    printf '%s|/etc/passwd|is not a namespace\n' "${!other[@]}" | sampled
    printf '%s|/no/such|no such file or directory\n' "${!other[@]}" | sampled
  )
}

@test "a cgroup namespace shows the container's cgroup as its root" {
  inside 'cat /proc/self/cgroup'
  says_not "$ID"
  says ':/'
}

# proves: /linux/namespaces/[type=time] /linux/timeOffsets /linux/timeOffsets/boottime
# proves: /linux/timeOffsets/boottime/secs /linux/timeOffsets/boottime/nanosecs /linux/timeOffsets/monotonic
# proves: /linux/timeOffsets/monotonic/secs /linux/timeOffsets/monotonic/nanosecs
@test "a time namespace has the offsets of the config" {
  config '.linux.namespaces += [{type: "time"}]
    | .linux.timeOffsets = {boottime: {secs: 100000000, nanosecs: 5}, monotonic: {secs: 500000, nanosecs: 7}}'
  if [ ! -e /proc/self/ns/time ]; then # a kernel without time namespaces
    refused '/linux/namespaces/6'
    return
  fi
  inside 'tr -s " " < /proc/self/timens_offsets; cut -d. -f1 /proc/uptime'
  says 'monotonic 500000 7' 'boottime 100000000 5'
  [ "${lines[-1]}" -ge 100000000 ]
}

@test "a mount in the container is not seen on the host" {
  config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"]) | del(.linux.seccomp)'
  inside 'mount -t tmpfs none /tmp && touch /tmp/inside && ls /tmp'
  same inside
  [ ! -e "$ROOTFS/tmp/inside" ]
}

@test "a container without a mount namespace of its own uses the root file system as it is" {
  config '.linux.namespaces = [{type: "uts"}] | .mounts = [] | .root.readonly = false
    | del(.linux.maskedPaths, .linux.readonlyPaths, .linux.seccomp)'
  local before
  before=$(cat /proc/self/mountinfo)
  script 'ls /bin/busybox; hostname'
  launch
  is 0 '/bin/busybox
husk'
  [ "$before" = "$(cat /proc/self/mountinfo)" ]
}

@test "a container without namespaces uses the host's and changes nothing in them" {
  config '.linux.namespaces = [] | .root.readonly = false | del(.hostname, .linux.maskedPaths, .linux.readonlyPaths,
    .linux.seccomp) | .linux.resources = {devices: [{allow: false, access: "rwm"}]}'
  program sleep 1000
  [ "$(jq -r '[.mounts[].type] | unique | join(" ")' "$BUNDLE/config.json")" != '' ]
  local before name pid
  before=$(cat /proc/self/mountinfo)
  husk "${WARNED[@]}" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&-
  warns '"namespaces" is missing or empty: the program shares all of the host'"'s" \
    '/mounts: without a mount namespace nothing is mounted'
  husk start "$ID"
  pid=$(husk state "$ID" | jq .pid)
  for name in cgroup ipc mnt net pid user uts; do
    [ "$(readlink "/proc/$pid/ns/$name")" = "$(readlink "/proc/self/ns/$name")" ]
  done
  [ "$(readlink "/proc/$pid/root")" = "$(realpath "$ROOTFS")" ]
  [ "$before" = "$(cat /proc/self/mountinfo)" ]
  husk delete --force "$ID"
  nothing_left
}

# proves: /linux/sysctl /linux/sysctl/*
@test "sysctl of the container's namespaces" {
  config '.linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.shm_rmid_forced": "1", "kernel.domainname": "by.sysctl",
    "kernel.msgmax": "4096"}'
  inside 'cd /proc/sys; cat net/ipv4/ip_forward kernel/shm_rmid_forced kernel/domainname kernel/msgmax'
  same '1
1
by.sysctl
4096'
  [ "$(cat /proc/sys/kernel/domainname)" != by.sysctl ]
}
