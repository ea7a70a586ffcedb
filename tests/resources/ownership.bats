# config-linux.md, "Cgroup ownership"
load ../integration/bundle
load cgroup

setup() {
  cgroup_bundle
  v2_mount || skip 'no cgroup2 tree'
  [ "$(v2_mount)" = /sys/fs/cgroup ] || skip 'v1 beside it: nothing is delegated'
  ! rootless || skip 'the cgroup is the user'"'"'s own'
  config '(.mounts[] | select(.type == "cgroup")) |= (.source = "cgroup" | .options -= ["ro"])'
}

# by_users: in a user namespace, whose root is the host's 100000.
by_users() {
  chown 100000:100000 "$ROOTFS"
  reachable
  config '.linux.namespaces += [{type: "user"}]
    | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
}

own_cgroup() {
  echo "$(v2_mount)$(sed -n 's/^0:://p' "/proc/$PID/cgroup")"
}

# proves: delegate-lists-more
@test "with a writable mount and a cgroup namespace the container's user owns the directory and the delegatable files" {
  local file directory
  by_users
  container_up 'mkdir /sys/fs/cgroup/below && echo 0 >/sys/fs/cgroup/below/cgroup.procs && echo done >/proc/1/fd/1; sleep 1000'
  directory=$(own_cgroup)
  directory=${directory%/below}
  [ "$(stat -c %u "$directory")" = 100000 ]
  for file in $(ls "$directory"); do
    [ -f "$directory/$file" ] || continue
    if grep -qx "$file" /sys/kernel/cgroup/delegate; then
      [ "$(stat -c %u "$directory/$file")" = 100000 ] || { echo "$file is not given" && return 1; }
    else
      [ "$(stat -c %u "$directory/$file")" = 0 ] || { echo "$file is given" && return 1; }
    fi
  done
  wait_for test -d "$directory/below"
  husk delete --force "$ID"
}

# with_delegate COMMAND: the container, created by a husk that sees /sys/kernel/cgroup as the shell command leaves it.
with_delegate() {
  config '.process.user = {uid: 1000, gid: 1000}'
  reachable
  script 'sleep 1000'
  unshare --mount --propagation private bash -ec "$1"'; exec "${@:2}"' - "$BATS_TEST_TMPDIR/list" \
    "$HUSK" --root "$ROOT" "${OPTIONS[@]}" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 3>&-
  PID=$(husk state "$ID" | jq .pid)
}

# given_files: the files of the container's cgroup that the user owns.
given_files() {
  find "$(own_cgroup)" -maxdepth 1 -type f -uid 1000 -printf '%f\n' | sort | xargs
}

# proves: delegate-missing
@test "without /sys/kernel/cgroup/delegate three files are delegated" {
  with_delegate 'mount -t tmpfs none /sys/kernel/cgroup'
  [ "$(stat -c %u "$(own_cgroup)")" = 1000 ]
  [ "$(given_files)" = 'cgroup.procs cgroup.subtree_control cgroup.threads' ]
}

# proves: delegate-lists-more
@test "files of the delegate list that this cgroup lacks are skipped" {
  printf 'no.such.file\ncgroup.procs\nneither.this\ncgroup.threads\n' >"$BATS_TEST_TMPDIR/list"
  with_delegate 'mount --bind "$1" /sys/kernel/cgroup/delegate'
  [ "$(given_files)" = 'cgroup.procs cgroup.threads' ]
}

@test "in a user namespace the cgroup belongs to the mapped user of the process" {
  by_users
  config '.process.user = {uid: 1000, gid: 1000}'
  container_up
  [ "$(stat -c %u "$(own_cgroup)")" = 101000 ]
}

@test "without a user namespace the cgroup belongs to the user of the process" {
  config '.process.user = {uid: 1000, gid: 1000}'
  reachable
  container_up
  [ "$(stat -c %u "$(own_cgroup)")" = 1000 ]
}

@test "with a read-only mount the owner does not change and nothing can be written" {
  by_users
  config '(.mounts[] | select(.type == "cgroup")).options += ["ro"]'
  inside 'mkdir /sys/fs/cgroup/below 2>&1; true'
  says 'Read-only file system'
  container_up
  [ "$(stat -c %u "$(own_cgroup)")" = 0 ]
}

@test "without a cgroup namespace the owner does not change and the mount is read-only" {
  by_users
  config 'del(.linux.namespaces[] | select(.type == "cgroup"))'
  inside 'mkdir /sys/fs/cgroup/below 2>&1; true'
  says 'Read-only file system'
  container_up
  [ "$(stat -c %u "$(own_cgroup)")" = 0 ]
}
