# shellcheck shell=bash disable=SC2154,SC2034
# containerd with ctr: containers of these tests, in its namespace "default".
load engine

ctr_start() {
  export BOX=$BATS_FILE_TMPDIR
  space_open
  containerd_start
  containerd_image default
}

# ctr_left: what is left of these tests' containers: shims, records, cgroups.
ctr_left() {
  within ls /run/containerd/runc/default 2>/dev/null
  within pgrep -f containerd-shim
  groups_of .
}

ctr_end() {
  local left
  left=$(ctr_left)
  space_close
  rmdir /sys/fs/cgroup/{,*/}default 2>/dev/null || true
  [ -z "$left" ] || { echo "left behind: $left"; return 1; }
}

c() {
  within timeout --foreground 30 ctr --address "$CONTAINERD" "$@"
}

# groups_of NAME: cgroups of containers of these tests.
groups_of() {
  find /sys/fs/cgroup -type d -path "*/default/husk-test-$BATS_ROOT_PID-*$1*" 2>/dev/null
}
