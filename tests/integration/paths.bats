#!/usr/bin/env bats
# maskedPaths, readonlyPaths, root.readonly.
load bundle

@test "a masked file reads as empty, a masked directory holds nothing" {
  mkdir "$ROOTFS/secret"
  echo secret >"$ROOTFS/secret/file"
  echo secret >"$ROOTFS/etc/secret"
  config '.linux.maskedPaths = ["/secret", "/etc/secret", "/proc/keys", "/proc/timer_list", "/sys/firmware", "/not/there"]'
  inside 'ls /secret | wc -l; cat /etc/secret | wc -c; cat /proc/keys | wc -c; stat -c %t:%T /proc/timer_list; ls /sys/firmware | wc -l'
  same '0
0
0
1:3
0'
  [ "$(cat "$ROOTFS/secret/file")" = secret ]
}

@test "a masked directory cannot be written" {
  config '.linux.maskedPaths = ["/tmp"] | .root.readonly = false'
  inside 'touch /tmp/x 2>/dev/null || echo no'
  same no
}

@test "read-only paths can be read and not be written" {
  mkdir "$ROOTFS/data"
  echo old >"$ROOTFS/data/file"
  config '.linux.readonlyPaths = ["/data", "/proc/sys", "/not/there"] | .root.readonly = false'
  inside 'cat /data/file; (echo new >/data/file) 2>/dev/null || echo no; (echo x >/proc/sys/kernel/hostname) 2>/dev/null || echo no; touch /elsewhere && echo yes'
  same 'old
no
no
yes'
}

@test "the flags that a read-only path had stay" {
  inside "grep ' /proc/sys ' /proc/self/mountinfo | cut -d' ' -f6"
  [[ "$output" == ro,nosuid,nodev,noexec* ]]
}

@test "a read-only root, with writable mounts in it" {
  inside 'touch /x 2>/dev/null || echo no; touch /dev/shm/x && echo yes'
  same 'no
yes'
  config '.root.readonly = false'
  inside 'touch /x && echo yes'
  same yes
}

@test "nothing of the host is reachable above the root" {
  touch "$BATS_TEST_TMPDIR/outside"
  inside 'ls /../../../.. ; cat /proc/1/mountinfo | wc -l'
  says bin
  says_not outside "${BATS_TEST_TMPDIR##*/}"
}

@test "--no-pivot" {
  inside 'ls /'
  launch --no-pivot
  succeeded
  says bin
  nothing_left
}
