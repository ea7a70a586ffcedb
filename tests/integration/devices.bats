#!/usr/bin/env bats
# linux.devices, the default devices and links, ptmx.
load bundle

# proves: step:device /dev/zero step:device /dev/random step:device /dev/urandom step:device /dev/tty
# proves: devices-supplied
@test "a container has the default devices" {
  inside 'cd /dev; stat -c "%n %F %t:%T %a" null zero full random urandom tty'
  same 'null character special file 1:3 666
zero character special file 1:5 666
full character special file 1:7 666
random character special file 1:8 666
urandom character special file 1:9 666
tty character special file 5:0 666'
}

# proves: step:link /dev/fd step:link /dev/stdin step:link /dev/stdout step:link /dev/stderr
# proves: dev-links
@test "a container has the default links in /dev" {
  inside 'cd /dev; for l in fd stdin stdout stderr ptmx; do readlink $l; done'
  same '/proc/self/fd
/proc/self/fd/0
/proc/self/fd/1
/proc/self/fd/2
pts/ptmx'
}

# proves: /linux/devices /linux/devices/*/type /linux/devices/*/fileMode /linux/devices/*/uid
# proves: /linux/devices/*/gid /linux/devices/[type=c] /linux/devices/[type=u] /linux/devices/[type=b]
# proves: /linux/devices/[type=p]
# proves: devices-available
@test "a device of the config has its type, numbers, mode and owner" {
  config '.root.readonly = false | .linux.devices = [
    {path: "/dev/example", type: "c", major: 1, minor: 3, fileMode: 384, uid: 1000, gid: 1001},
    {path: "/dev/sub/block", type: "b", major: 7, minor: 99, fileMode: 416},
    {path: "/dev/block", type: "b", major: 7, minor: 0}, {path: "/dev/pipe", type: "p", fileMode: 438},
    {path: "/opt/pipe", type: "p"}, {path: "/dev/unbuffered", type: "u", major: 1, minor: 5}]'
  inside 'cd /dev; stat -c "%n %F %t:%T %a %u:%g" example sub/block block pipe /opt/pipe unbuffered; echo x >example'
  same 'example character special file 1:3 600 1000:1001
sub/block block special file 7:63 640 0:0
block block special file 7:0 666 0:0
pipe fifo 0:0 666 0:0
/opt/pipe fifo 0:0 666 0:0
unbuffered character special file 1:5 666 0:0'
}

@test "a device in a user namespace is bound from the host" {
  reachable
  config '.linux.namespaces += [{type: "user"}]
    | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings
    | .linux.devices = [{path: "/dev/zero", type: "c", major: 1, minor: 5}]'
  inside 'stat -c %t:%T /dev/zero; head -c 2 /dev/zero | wc -c; grep -c " /dev/zero " /proc/self/mountinfo'
  same '1:5
2
1'
}

# proves: /linux/devices/*/path /linux/devices/*/major /linux/devices/*/minor
@test "a default device may be listed in the config" {
  config '.linux.devices = [{path: "/dev/null", type: "c", major: 1, minor: 3, fileMode: 438, uid: 0, gid: 0}]'
  inside 'stat -c %t:%T /dev/null'
  same 1:3
}

# proves: device-in-the-way
@test "at a device's path the same device is accepted; any other file is an error and stays" {
  local path
  config '.root.readonly = false'
  echo text >"$ROOTFS/file"
  mknod -m 600 "$ROOTFS/zero" c 1 5
  mknod -m 600 "$ROOTFS/block" b 1 3
  mkfifo "$ROOTFS/pipe"
  ln -s dev/null "$ROOTFS/link"
  for path in /file /zero /block /pipe /link; do
    config '.linux.devices = [{path: $path, type: "c", major: 1, minor: 3}]' --arg path "$path"
    refused /linux/devices/0 "$path exists in the root file system but is not the requested device"
  done
  [ "$(cat "$ROOTFS/file")" = text ]
  [ "$(stat -c %t:%T "$ROOTFS/zero")" = 1:5 ]
  config '.linux.devices = [{path: "/zero", type: "c", major: 1, minor: 5}, {path: "/block", type: "b", major: 1, minor: 3},
    {path: "/pipe", type: "p"}]'
  inside 'head -c 3 /zero | wc -c'
  same 3
}

# proves: devices-supplied
# proves: step:link /dev/ptmx
@test "ptmx of the container opens a terminal of the container" {
  config '.process.terminal = false'
  inside 'exec 3<>/dev/ptmx && ls /dev/pts'
  says 0 ptmx
}
