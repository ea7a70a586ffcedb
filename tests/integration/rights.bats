#!/usr/bin/env bats
# A program has no more rights than its config grants, even if husk's system calls fail.
load bundle

# failing CALL ERRNO WHEN [STRACE-OPTION...]: run, with that call of husk failing.
failing() {
  local call=$1 errno=$2 when=$3
  shift 3
  run timeout --foreground 60 strace -qq "$@" -o "$BATS_TEST_TMPDIR/trace" -e trace="$call" \
    -e inject="$call:error=$errno:when=$when" "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null
}

@test "capabilities whose state the kernel does not report are dropped from the bounding set" {
  script "grep CapBnd /proc/self/status"
  for errno in EPERM EINVAL ENOMEM ENOSYS; do
    for when in $(printf '%s\n' {1..11} 1+ 12 | sampled); do
      failing prctl "$errno" "$when"
      [ "$status" -ne 0 ] || [[ "$output" = *$'CapBnd:\t00000000a80425fb' ]] || {
        echo "$errno at prctl $when: $output"
        return 1
      }
    done
  done
}

@test "a capability that cannot be dropped is an error and ends the container" {
  script "grep CapBnd /proc/self/status"
  failing prctl EPERM 1
  succeeded
  for errno in EPERM EINVAL; do
    failing prctl "$errno" 1+ -f
    failed
    says_not CapBnd
  done
}

@test "if husk's rights, cgroups or user namespace cannot be read, that is an error" {
  script "grep -E '^Cap(Prm|Bnd):' /proc/self/status"
  for path in /proc/self/status /proc/self/cgroup; do
    for errno in EACCES EMFILE EIO; do
      failing openat "$errno" 1 -P "$path"
      failed
      says "read $path: "
      says_not CapBnd
    done
  done
  for path in /sys/fs/cgroup /sys/fs/cgroup/unified; do
    [ "$(stat -f -c %T /sys/fs/cgroup)" = tmpfs ] && [ -d "$path" ] || [ "$path" = /sys/fs/cgroup ] || continue
    run strace -qq -o /dev/null -P "$path" -e trace=statfs -e inject=statfs:error=EIO:when=1 \
      "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
    failed
    says "stat $path: "
  done
}

# keys_of_exec [OPTION...]: a running container that can list its keys; `exec` is called with a key in its own keyring.
keys_of_exec() {
  config '.linux.maskedPaths = []'
  script 'sleep 1000'
  create "$@" && husk start "$ID"
  run "$(tool keys)" "$HUSK" --root "$ROOT" exec "$ID" cat /proc/keys
  husk delete --force "$ID"
  succeeded
}

@test "a program of exec does not have the session keyring of its caller" {
  keys_of_exec
  says "_ses.$ID:"
  says_not of-the-caller
  config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
    | .linux.gidMappings = .linux.uidMappings'
  keys_of_exec
  says "_ses.$ID:"
  says_not of-the-caller
}

@test "exec names the keyring as create does, also for the longest id" {
  ID=$ID-$(printf 'x%.0s' {1..150})
  keys_of_exec
  says "_ses.${ID:0:128}:"
  says_not of-the-caller
}

@test "with create --no-new-keyring, exec uses its caller's keyring too" {
  keys_of_exec --no-new-keyring
  says of-the-caller
  says_not "_ses.$ID:"
}

@test "a keyring that cannot be made is an error; on a kernel without keys it is logged" {
  script 'echo started'
  for errno in EDQUOT EPERM EACCES ENOMEM EINVAL; do
    failing keyctl "$errno" 1+ -f
    failed
    says "make the session keyring _ses.$ID: " --no-new-keyring
    says_not started
  done
  failing keyctl EDQUOT 1+ -f
  says /proc/sys/kernel/keys/maxkeys maxbytes
  failing keyctl ENOSYS 1+ -f
  succeeded
  says started
  container_up
  run strace -qq -f -o /dev/null -e trace=keyctl -e inject=keyctl:error=EDQUOT "$HUSK" --root "$ROOT" exec "$ID" echo started
  failed
  says /proc/sys/kernel/keys/maxkeys
  says_not started
}

# fresh_mounts [OPTION...]: the file systems that a user namespace inside can mount.
fresh_mounts() {
  config '.process.args = ["unshare", "-mrpfn", "sh", "-c", "mount -t proc none /proc && echo proc; mount -t sysfs none /sys && echo sysfs; echo end"]
    | .linux.maskedPaths = ["/proc/keys", "/sys/firmware"] | .linux.readonlyPaths = ["/proc/sys"] | del(.linux.seccomp)
    | .process.capabilities[] |= (. + ["CAP_SETFCAP"])'
  launch "$@"
  succeeded
  same end
}

@test "a user namespace in the container cannot mount an unmasked proc or sysfs, with or without pivot_root" {
  fresh_mounts
  fresh_mounts --no-pivot
  config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}]
    | .linux.gidMappings = .linux.uidMappings'
  fresh_mounts
  fresh_mounts --no-pivot
}

@test "without pivot_root no mount of the host remains" {
  script 'wc -l </proc/self/mountinfo; exec unshare -m sh -c "wc -l </proc/self/mountinfo"'
  plain
  config '.process.capabilities[] |= (. + ["CAP_SYS_ADMIN", "CAP_SYS_CHROOT"])'
  launch
  succeeded
  local pivoted=$output
  launch --no-pivot
  is 0 "$pivoted"
  hook() { config '.hooks.createContainer = [{path: "/bin/true"}]'; }
  hook
  launch --no-pivot
  is 0 "$pivoted"
}

@test "a tmpfs without a mode has the mode of the directory beneath" {
  mkdir -p "$ROOTFS"/{private,shared,groups,up}
  chmod 700 "$ROOTFS/private"
  chmod 1777 "$ROOTFS/shared"
  chmod 2750 "$ROOTFS/groups"
  chmod 711 "$ROOTFS/up"
  touch "$ROOTFS/up/file"
  ln -s private "$ROOTFS/link"
  config '.mounts += [["/private", "/shared", "/groups", "/new", "/run/deep/er"][] | {destination: ., type: "tmpfs", source: "tmpfs"}]
    + [{destination: "/up", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup", "size=64k"]},
       {destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["mode=711"]},
       {destination: "/var", type: "tmpfs", source: $long}] | .root.readonly = false' --arg long "$(printf 'x%.0s' {1..300})"
  chmod 751 "$ROOTFS/var"
  inside 'stat -c "%a %u:%g %n" /private /shared /groups /new /run/deep/er /up /up/file /tmp /var'
  same '700 0:0 /private
1777 0:0 /shared
2750 0:0 /groups
1777 0:0 /new
1777 0:0 /run/deep/er
711 0:0 /up
644 0:0 /up/file
711 0:0 /tmp
751 0:0 /var'
  config '.mounts = [{destination: "/private", type: "tmpfs", source: "tmpfs"},
    {destination: "/private", type: "tmpfs", source: "tmpfs", options: ["remount", "size=64k"]}] + .mounts[:6]'
  inside 'stat -c %a /private'
  same 700
}

# special NAME...: the special file has not changed.
special() {
  local name
  for name; do
    [ "$(stat -c '%F %t:%T %h' "$BATS_TEST_TMPDIR/$name")" = "$(cat "$BATS_TEST_TMPDIR/$name.was")" ] || {
      stat "$BATS_TEST_TMPDIR/$name"
      return 1
    }
  done
}

@test "a device, FIFO, socket or directory in the place of an output file is not replaced" {
  local name at=$BATS_TEST_TMPDIR
  mknod "$at/null" c 1 3
  mknod "$at/full" c 1 7
  ln -s null "$at/link"
  mkfifo "$at/fifo"
  mkdir "$at/directory"
  listen_at "$at" socket
  for name in null full link fifo directory socket; do
    stat -c '%F %t:%T %h' "$at/$name" >"$at/$name.was"
  done
  program true
  for name in null link; do
    launch --pid-file "$at/$name"
    is 0 ''
    launch --seccomp-record "$at/$name"
    succeeded
    special null link
  done
  for name in full fifo socket directory; do
    launch --pid-file "$at/$name"
    is 1 ''
    complains "write pid file $at/$name: "
    nothing_left
    special "$name"
  done
  container_up
  for name in null link; do
    run husk exec --pid-file "$at/$name" "$ID" true
    succeeded
    special null link
  done
  for name in full fifo directory; do
    run husk exec --pid-file "$at/$name" "$ID" true
    failed
    special "$name"
  done
}

@test "undoing a container removes its pid file, but not a device in its place" {
  mknod "$BATS_TEST_TMPDIR/null" c 1 3
  stat -c '%F %t:%T %h' "$BATS_TEST_TMPDIR/null" >"$BATS_TEST_TMPDIR/null.was"
  program true
  launch --pid-file "$BATS_TEST_TMPDIR/null" --pidfd-socket "$BATS_TEST_TMPDIR/nobody"
  is 1 ''
  special null
  launch --pid-file "$BATS_TEST_TMPDIR/pid" --pidfd-socket "$BATS_TEST_TMPDIR/nobody"
  is 1 ''
  [ ! -e "$BATS_TEST_TMPDIR/pid" ]
}

@test "the pid file may be a FIFO: the pid can be read from it" {
  mkfifo "$BATS_TEST_TMPDIR/fifo"
  cat "$BATS_TEST_TMPDIR/fifo" >"$BATS_TEST_TMPDIR/read" 3>&- &
  exec 4<>"$BATS_TEST_TMPDIR/fifo"
  script 'sleep 1000'
  create --pid-file "$BATS_TEST_TMPDIR/fifo"
  exec 4>&-
  wait $!
  [ "$(cat "$BATS_TEST_TMPDIR/read")" = "$(husk state "$ID" | jq .pid)" ]
}
