#!/usr/bin/env bats
# What of husk's own must reach neither the program nor a hook, and what must not depend on husk's caller.

load bundle

setup() {
  bundle_make
  plain
}

# Only what is passed by the caller, and standard input and output. ls itself opens one more: a pipe's or /proc/N/fd.
HOLES='cd /proc/self/fd; for fd in *; do [ -d "$fd/1" ] && echo "leaked $fd"; readlink "$fd" | grep -qx "/proc\|/" && echo "leaked $fd"; done; echo end'

@test "closed numbers among the preserved descriptors are not filled with husk's own" {
  script "$HOLES"
  run husk run --preserve-fds 8 --bundle "$BUNDLE" "$ID" 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- 10>&-
  is 0 end
}

@test "nor for an exec'd program" {
  payload sleep 60
  husk run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&-
  run husk exec --preserve-fds 8 "$ID" sh -c "$HOLES" 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- 10>&-
  is 0 end
}

@test "a startContainer hook gets none of husk's descriptors, nor its caller's" {
  printf '#!/bin/sh\ncat >/dev/null\ncd /proc/self/fd; echo * >/tmp/fds\n' >"$ROOTFS/hook"
  chmod +x "$ROOTFS/hook"
  config '.hooks = {startContainer: [{path: "/hook"}]}'
  payload cat /tmp/fds
  run husk run --bundle "$BUNDLE" "$ID" 9</etc
  is 0 "0 1 10 2 3" # 10: the script, as the shell holds it; 3: the directory
}

@test "the umask is not the caller's" {
  config '.process.cwd = "/made/here" | .process.user = {uid: 1000, gid: 1000}'
  script 'umask; pwd'
  umask 077
  go
  umask 022
  is 0 $'0022\n/made/here'
}

@test "a hook's end is its own: what it leaves behind may hold its stderr" {
  printf '#!/bin/sh\nsleep 30 & exit 0\n' >"$BUNDLE/hook"
  chmod +x "$BUNDLE/hook"
  config '.hooks = {createContainer: [{path: $hook}]}' --arg hook "$BUNDLE/hook"
  payload echo ran
  SECONDS=0
  go
  is 0 ran
  [ "$SECONDS" -lt 10 ]
}

@test "a hook's timeout holds although it has closed its stderr" {
  printf '#!/bin/sh\nexec 0<&- 1>&- 2>&-\nsleep 30\n' >"$BUNDLE/hook"
  chmod +x "$BUNDLE/hook"
  config '.hooks = {createContainer: [{path: $hook, timeout: 1}]}' --arg hook "$BUNDLE/hook"
  SECONDS=0
  go
  is 1
  says "createContainer"
  [ "$SECONDS" -lt 10 ]
}

@test "mount options longer than fsconfig(2) takes" {
  local deep
  deep=$BATS_TEST_TMPDIR/$(printf 'x%.0s' $(seq 200))
  mkdir -p "$deep/a" "$deep/b" && touch "$deep/a/one"
  config '.mounts += [{destination: "/o", type: "overlay", source: "overlay", options: [$lower]}]' \
    --arg lower "lowerdir=$deep/a:$deep/b"
  payload ls /o
  go
  is 0 one
}

@test "remount changes options of the file system too" {
  config '.mounts += [{destination: "/m", type: "tmpfs", source: "tmpfs"},
    {destination: "/m", options: ["remount", "ro", "size=1m"]}]'
  payload grep " /m " /proc/self/mountinfo
  go
  is 0
  says "/m ro"
  says "size=1024k"
}

@test "start names the program that execve did not want" {
  printf '#!/nonexistent\n' >"$ROOTFS/bad" && chmod +x "$ROOTFS/bad"
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW"}'
  payload /bad
  husk create --bundle "$BUNDLE" "$ID"
  run husk start "$ID"
  is 1
  says '/process/args/0: exec: "/bad": no such file or directory'
}
