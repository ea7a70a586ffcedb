#!/usr/bin/env bats
# An image cannot reach anything of the host: names that it chose are resolved while no descriptor of the host is
# open, and through no link of /proc.
# bats file_tags=attack:CV-50
load bundle

# A directory of the host whose content must not be reached, open in husk's caller as 7, 11 and 23,
# and a process of the host whose root leads there as well.
setup() {
  bundle_make
  plain
  HOST=$BATS_TEST_TMPDIR/host
  mkdir -p "$HOST/directory"
  ln "$BATS_RUN_TMPDIR/busybox" "$HOST/busybox"
  printf 'root:x:0:0::/OF-THE-HOST:/bin/sh\nuser:x:1000:1000::/OF-THE-HOST:/bin/sh\n' >"$HOST/passwd"
  sleep 60 3>&- &
  NEIGHBOUR=$!
  BACKGROUND=$NEIGHBOUR
}

# leaking HUSK-ARGUMENT...: husk with those descriptors left open.
leaking() {
  "$HUSK" --root "$ROOT" "${OPTIONS[@]}" "$@" </dev/null 7<"$HOST" 11<"$HOST" 23<"$HOST" 2>&1
}

# roads: the paths by which a link may reach the host's directory. every_road: in each spelling.
roads() {
  printf '/proc/self/fd/%s\n' {0..30}
  printf "/proc/self/fd/%s/$NEIGHBOUR/root$HOST\\n" {3..15}
  printf '%s\n' "/proc/self/root$HOST" "/proc/1/root$HOST" "/proc/1/cwd$HOST" "/proc/self/cwd/../../../../..$HOST"
}

every_road() {
  roads
  printf '%s\n' /dev/fd/{0..30} /proc/thread-self/fd/{0..30} /proc/1/fd/{0..30}
}

# put LINK TARGET: in the root file system.
put() {
  mkdir -p "$ROOTFS${1%/*}"
  rm -f "$ROOTFS$1"
  ln -s "$2" "$ROOTFS$1"
}

# runs_no_echo: the program is a link to each of the numbers; the host's busybox would echo.
runs_no_echo() {
  local number
  program /x/echo OF-THE-HOST
  for number in $(seq 0 30 | sampled); do
    put /x/echo "/proc/self/fd/$number/busybox"
    never grep -x 'OF-THE-HOST.*' <<<"$(leaking run "$@" --bundle "$BUNDLE" "$ID")"
  done
}

@test "run refuses a program that is a link to an open file" {
  local road
  program /x/echo OF-THE-HOST
  while read -r road; do
    put /x/echo "$road/busybox"
    never grep -x 'OF-THE-HOST.*' <<<"$(leaking run --bundle "$BUNDLE" "$ID")"
  done < <(every_road | sampled)
}

@test "run refuses a program whose interpreter is a link to an open file" {
  local road
  program /x/script
  mkdir "$ROOTFS/x"
  while read -r road; do
    put /y/echo "$road/busybox"
    printf '#!/y/echo OF-THE-HOST\n' >"$ROOTFS/x/script"
    chmod +x "$ROOTFS/x/script"
    never grep OF-THE-HOST <<<"$(leaking run --bundle "$BUNDLE" "$ID" | grep -v error)"
  done < <(roads | sampled)
}

@test "run refuses a link to an open file with a user namespace, a terminal, an observer and an agent" {
  local agent
  config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
    | .linux.gidMappings = .linux.uidMappings'
  chmod 755 "$BATS_TEST_TMPDIR"
  runs_no_echo
  config 'del(.linux.uidMappings, .linux.gidMappings) | .linux.namespaces -= [{type: "user"}] | .process.terminal = true'
  runs_no_echo
  config '.process.terminal = false | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO"}]}'
  runs_no_echo --seccomp-explain
  agent=$(tool agent)
  "$agent" "$BATS_TEST_TMPDIR/agent.sock" continue >/dev/null 2>&1 3>&- &
  BACKGROUND="$BACKGROUND $!"
  wait_for test -S "$BATS_TEST_TMPDIR/agent.sock"
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: $socket,
    syscalls: [{names: ["mkdir"], action: "SCMP_ACT_NOTIFY"}]}' --arg socket "$BATS_TEST_TMPDIR/agent.sock"
  runs_no_echo
}

@test "a startContainer hook that is a link to an open file, or whose interpreter is one, is refused" {
  local number
  program true
  config '.hooks = {startContainer: [{path: "/x/touch", args: ["touch", "/tmp/touched"]}]}'
  for number in $(seq 0 30 | sampled); do
    put /x/touch "/proc/self/fd/$number/busybox"
    leaking run --bundle "$BUNDLE" "$ID" >/dev/null || true
  done
  config '.hooks = {startContainer: [{path: "/x/hook"}]}'
  for number in $(seq 0 30 | sampled); do
    printf '#!/y/touch /tmp/touched\n' >"$ROOTFS/x/hook"
    chmod +x "$ROOTFS/x/hook"
    put /y/touch "/proc/self/fd/$number/busybox"
    leaking run --bundle "$BUNDLE" "$ID" >/dev/null || true
  done
  [ ! -e "$ROOTFS/tmp/touched" ]
}

@test "exec, and start after the program was swapped, refuse a link to an open file" {
  local road
  program sleep 60
  husk run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
  while read -r road; do
    put /x/echo "$road/busybox"
    never grep -x 'OF-THE-HOST.*' <<<"$(leaking exec "$ID" /x/echo OF-THE-HOST)"
  done < <(every_road | sampled)
  husk delete --force "$ID"
  program /x/echo OF-THE-HOST
  for road in $(printf '%s\n' /proc/self/fd/{0..30}/busybox | sampled) /proc/self/exe; do
    rm "$ROOTFS/x/echo"
    ln "$BATS_RUN_TMPDIR/busybox" "$ROOTFS/x/echo"
    leaking create --bundle "$BUNDLE" "$ID" >"$BATS_TEST_TMPDIR/said"
    put /x/echo "$road"
    run husk start "$ID"
    [ "$status" != 0 ]
    [ ! -s "$BATS_TEST_TMPDIR/said" ]
    husk delete --force "$ID"
  done
  [[ $output = *"links in /proc to a process's open files"* ]]
}

@test "a link of /proc is an error that names it and says that such links are not followed" {
  program /x/echo
  put /x/echo /proc/self/exe
  launch
  [ "$status" != 0 ]
  [[ $stderr = *'exec: "/x/echo": it is a link to /proc/self/exe'*"links in /proc to a process's open files"* ]]
}

@test "HOME is / if passwd is a link to an open file" {
  local road
  script 'echo $HOME'
  while read -r road; do
    put /etc/passwd "$road/passwd"
    output=$(leaking run --bundle "$BUNDLE" "$ID")
    same /
  done < <(roads | sampled)
}

@test "a passwd that the program may not read sets no HOME" {
  script 'echo $HOME'
  config '.process.user = {uid: 1000, gid: 1000} | .process.capabilities = {} | .process.noNewPrivileges = false'
  launch
  same /home/user
  chmod 600 "$ROOTFS/etc/passwd"
  launch
  same /
}

@test "a working directory, mount points and masked paths that are links to open directories leave the host's directory unchanged" {
  local road
  program true
  while read -r road; do
    put /link "$road/directory"
    config '.process.cwd = "/link/made"'
    leaking run --bundle "$BUNDLE" "$ID" >/dev/null || true
    config '.process.cwd = "/" | .mounts += [{destination: "/link/mounted", type: "tmpfs", source: "none"}]'
    leaking run --bundle "$BUNDLE" "$ID" >/dev/null || true
    config '.mounts |= .[:-1] | .linux.maskedPaths = ["/link"] | .linux.readonlyPaths = ["/link"]'
    leaking run --bundle "$BUNDLE" "$ID" >/dev/null || true
  done < <(roads | sampled)
  [ -z "$(ls "$HOST/directory")" ]
  never grep "$HOST" /proc/self/mountinfo
}

# through PID: the interpreter of the program, a script, is reached through that process's root.
through() {
  ln -sfn "/proc/$1/root/bin" "$ROOTFS/y"
  launch
  failed
  complains 'exec: "/script": permission denied'
}

@test "in the host's pid namespace a script's interpreter is not reached through a process that has more rights" {
  ! rootless || skip 'an ordinary user has a user namespace'
  local capabilities admin all
  printf '#!/y/true\n' >"$ROOTFS/script"
  chmod 755 "$ROOTFS/script"
  example
  plain
  program /script
  config 'del(.linux.namespaces[] | select(.type == "pid")) | .process.noNewPrivileges = true
    | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO"}]}'
  capabilities=$(jq -r '.process.capabilities.bounding | map("+" + (ltrimstr("CAP_") | ascii_downcase)) | join(",")' "$BUNDLE/config.json")
  setpriv --bounding-set "-all,$capabilities,+sys_admin" sleep 1000 3>&- &
  admin=$!
  sleep 1000 3>&- &
  all=$!
  BACKGROUND="$admin $all"
  wait_for grep -q sleep "/proc/$admin/comm"
  through "$admin"
  through "$all"
  config '.process.noNewPrivileges = false' # with which CAP_SYS_ADMIN stays until execve
  through "$all"
}
