#!/usr/bin/env bats
# Where a container's cgroup is made: below cgroups that others have made, emptied or frozen.
load bundle

# above: a cgroup of the test's own in each hierarchy, made by mkdir alone, above which the container's will be.
above() {
  local mount
  ! rootless && ! in_systemd || skip 'the cgroups above are not the test'"'"'s to make'
  config '.linux.cgroupsPath = $path' --arg path "/$PARENT/$ID"
  for mount in /sys/fs/cgroup /sys/fs/cgroup/*; do
    # not recursively: on v2 the directories in /sys/fs/cgroup are cgroups of others
    ! mountpoint -q "$mount" || [ ! -e "$mount/cgroup.procs" ] || mkdir "$mount/$PARENT"
  done
}

@test "parent cgroups made by mkdir get CPUs and memory nodes" {
  above
  inside 'echo ran'
  same ran
  [ ! -d "/sys/fs/cgroup/cpuset/$PARENT" ] || [ -n "$(cat "/sys/fs/cgroup/cpuset/$PARENT/cpuset.mems")" ]
}

@test "the cpuset of an existing empty cgroup of the container is filled in too" {
  above
  local directory
  for directory in /sys/fs/cgroup/"$PARENT" /sys/fs/cgroup/*/"$PARENT"; do
    [ ! -d "$directory" ] || mkdir "$directory/$ID"
  done
  inside 'echo ran'
  same ran
  for directory in /sys/fs/cgroup/"$PARENT" /sys/fs/cgroup/*/"$PARENT"; do
    [ ! -d "$directory" ] || rmdir "$directory/$ID"
  done
}

@test "if a cgroup cannot be made, the parents that were made for it are removed" {
  above
  local directory tree
  for directory in /sys/fs/cgroup/"$PARENT" /sys/fs/cgroup/*/"$PARENT"; do
    [ ! -e "$directory/cgroup.max.depth" ] || tree=$directory
  done
  [ -n "${tree:-}" ] || skip 'no cgroup v2 here'
  config '.linux.cgroupsPath = $path' --arg path "/$PARENT/a/b/$ID"
  echo 2 >"$tree/cgroup.max.depth"
  run --separate-stderr husk create --bundle "$BUNDLE" "$ID" </dev/null
  is 1 ''
  complains "make cgroup $tree/a/b/$ID"
  for directory in /sys/fs/cgroup/"$PARENT" /sys/fs/cgroup/*/"$PARENT"; do
    [ ! -e "$directory/a" ]
  done
  mkdir "$tree/a" # this one belongs to somebody else
  run --separate-stderr husk create --bundle "$BUNDLE" "$ID" </dev/null
  is 1 ''
  [ -d "$tree/a" ] && [ ! -e "$tree/a/b" ]
  rmdir "$tree/a"
}

@test "if a container fails once its cgroup is made, the parents that were made for it are removed" {
  above
  local directory change
  config '.linux.cgroupsPath = $path' --arg path "/$PARENT/a/b/$ID"
  # a limit that one hierarchy refuses, when the others have the cgroup already; a hook
  for change in '.linux.resources = {cpu: {cpus: "9999"}}' \
    'del(.linux.resources) | .hooks = {createRuntime: [{path: "/bin/sh", args: ["sh", "-c", "exit 1"]}]}'; do
    config "$change"
    run --separate-stderr husk create --bundle "$BUNDLE" "$ID" </dev/null
    is 1 ''
    for directory in /sys/fs/cgroup/"$PARENT" /sys/fs/cgroup/*/"$PARENT"; do
      [ ! -e "$directory/a" ]
    done
  done
}

@test "without a cgroupsPath the cgroup has the container's name, and an existing one with cgroups below it is refused" {
  ! rootless && ! in_systemd || skip 'systemd chooses'
  local directory
  config 'del(.linux.cgroupsPath)'
  program sleep 1000
  create
  PID=$(husk state "$ID" | jq .pid)
  directory=$(cgroup_directory pids)
  [ "${directory##*/}" = "$ID" ]
  husk delete --force "$ID"
  [ ! -d "$directory" ]
  mkdir -p "$directory/below"
  run --separate-stderr husk run --bundle "$BUNDLE" "$ID"
  is 1 ''
  complains 'exists and has child cgroups'
  [ -d "$directory/below" ]
  rmdir "$directory/below"
  inside 'echo ran'
  same ran
  rmdir "$directory"
}

@test ".. in a cgroupsPath is resolved as long as the path stays inside" {
  ! rootless && ! in_systemd || skip 'paths of systemd have another form'
  program sleep 1000
  config '.linux.cgroupsPath = $path' --arg path "/$PARENT/none/../$ID"
  create
  PID=$(husk state "$ID" | jq .pid)
  [[ $(cgroup_directory pids) = */"$PARENT/$ID" ]]
  [ ! -d "$(dirname "$(cgroup_directory pids)")/none" ]
  husk delete --force "$ID"
}

@test "creating a container below a frozen cgroup fails and leaves nothing" {
  local file word frozen=
  above
  for file in "/sys/fs/cgroup/$PARENT/cgroup.freeze" "/sys/fs/cgroup/unified/$PARENT/cgroup.freeze" \
    "/sys/fs/cgroup/freezer/$PARENT/freezer.state"; do
    [ -e "$file" ] || continue
    word=1
    [[ $file != *state ]] || word=FROZEN
    echo "$word" >"$file"
    refused 'is frozen: nothing could run in it'
    [[ $word = 1 ]] && echo 0 >"$file" || echo THAWED >"$file"
    frozen=yes
  done
  [ "$frozen" ] || skip 'no freezer'
}

@test "a plain directory beside the cgroup mounts is not a hierarchy" {
  program true
  [ "$(stat -f -c %T /sys/fs/cgroup)" = tmpfs ] || skip 'cgroup2 alone'
  run unshare --mount --propagation private bash -c '
    new=$1/cgroup; mkdir "$new"; mount -t tmpfs none "$new"
    for directory in /sys/fs/cgroup/*; do
      name=${directory##*/}
      if [ -L "$directory" ]; then cp -P "$directory" "$new/"
      elif [ "$name" != unified ]; then mkdir "$new/$name"; mount --bind "$directory" "$new/$name"; fi
    done
    mkdir "$new/unified"; mount --rbind "$new" /sys/fs/cgroup; shift; exec "$@"' _ "$BATS_TEST_TMPDIR" \
    "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null
  succeeded
}
