#!/usr/bin/env bats
# maskedPaths, readonlyPaths, root.readonly.
load bundle

@test "a masked file is the null device, a masked directory holds nothing" {
  mkdir "$ROOTFS/secret"
  echo secret >"$ROOTFS/secret/file"
  echo secret >"$ROOTFS/etc/secret"
  config '.linux.maskedPaths = ["/secret", "/etc/secret", "/proc/keys", "/proc/timer_list", "/sys/firmware",
    "/not/there"]'
  inside 'ls /secret | wc -l; cat /etc/secret /proc/keys | wc -c; ls /sys/firmware | wc -l
    stat -c %t:%T /etc/secret /proc/keys /proc/timer_list'
  same '0
0
0
1:3
1:3
1:3'
  [ "$(cat "$ROOTFS/secret/file")" = secret ]
}

# proves: /linux/maskedPaths
@test "a masked directory cannot be written" {
  config '.linux.maskedPaths = ["/tmp"] | .root.readonly = false'
  inside 'touch /tmp/x 2>&1 || echo no'
  says 'Read-only file system' no
}

# proves: /linux/readonlyPaths
@test "read-only paths can be read but not written" {
  mkdir "$ROOTFS/data"
  echo old >"$ROOTFS/data/file"
  config '.linux.readonlyPaths = ["/data", "/proc/sys", "/not/there"] | .root.readonly = false'
  inside 'cat /data/file; (echo new >/data/file) 2>&1 || echo no; (echo x >/proc/sys/kernel/hostname) 2>&1 || echo no
    touch /elsewhere && echo yes'
  [ "$(grep -c 'Read-only file system' <<<"$output")" = 2 ]
  [ "$(grep -v 'Read-only' <<<"$output")" = 'old
no
no
yes' ]
}

# proves: /root/path
@test "a read-only path keeps its other mount flags" {
  inside "grep ' /proc/sys ' /proc/self/mountinfo | cut -d' ' -f6"
  [[ "$output" == ro,nosuid,nodev,noexec* ]]
}

# proves: /root/readonly
# proves: root-readonly
@test "a read-only root can have writable mounts in it" {
  inside 'touch /x 2>&1 || echo no; touch /dev/shm/x && echo yes'
  says 'Read-only file system' no yes
  config '.root.readonly = false'
  inside 'touch /x && echo yes'
  same yes
  config 'del(.root.readonly)'
  inside 'touch /y && echo yes'
  same yes
}

# proves: /root
@test "nothing of the host is reachable above the root" {
  touch "$BATS_TEST_TMPDIR/outside"
  inside 'ls /../../../.. ; cat /proc/1/mountinfo | wc -l'
  says bin
  says_not outside "${BATS_TEST_TMPDIR##*/}"
}

@test "a container made with --no-pivot has the same files" {
  inside 'ls / /dev'
  says bin null
  local pivoted=$output
  launch --no-pivot
  is 0 "$pivoted"
  nothing_left
}

@test "a masked or read-only file in another spelling is covered too" {
  echo secret >"$ROOTFS/etc/secret"
  config '.linux.maskedPaths = ["/etc/secret/", "//proc/keys/."] | .linux.readonlyPaths = ["/etc/passwd/"]
    | .root.readonly = false'
  inside 'cat /etc/secret /proc/keys | wc -c; echo x 2>&1 >>/etc/passwd || echo no'
  says 'no'
  [ "$(head -n 1 <<<"$output")" = 0 ]
}
