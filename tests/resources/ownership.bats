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

@test "mounted to be written, in a cgroup namespace: the container's user gets the directory and what may be delegated" {
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

@test "the process's user, where it is not root" {
  by_users
  config '.process.user = {uid: 1000, gid: 1000}'
  container_up
  [ "$(stat -c %u "$(own_cgroup)")" = 101000 ]
}

@test "without a user namespace too" {
  config '.process.user = {uid: 1000, gid: 1000}'
  reachable
  container_up
  [ "$(stat -c %u "$(own_cgroup)")" = 1000 ]
}

@test "mounted read-only: nobody gets anything, and nothing can be written" {
  by_users
  config '(.mounts[] | select(.type == "cgroup")).options += ["ro"]'
  inside 'mkdir /sys/fs/cgroup/below 2>&1; true'
  says 'Read-only file system'
  container_up
  [ "$(stat -c %u "$(own_cgroup)")" = 0 ]
}

@test "without a cgroup namespace: nobody, and the mount is read-only" {
  by_users
  config 'del(.linux.namespaces[] | select(.type == "cgroup"))'
  inside 'mkdir /sys/fs/cgroup/below 2>&1; true'
  says 'Read-only file system'
  container_up
  [ "$(stat -c %u "$(own_cgroup)")" = 0 ]
}
