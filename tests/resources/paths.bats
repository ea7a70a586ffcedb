# linux.cgroupsPath, and existing cgroups in its place. CG rows of docs/attacks.md.
load ../integration/bundle
load cgroup

setup() {
  cgroup_bundle
  # a directory of the test in each hierarchy that husk makes directories in
  if [ -e /sys/fs/cgroup/cgroup.procs ]; then TREES=(/sys/fs/cgroup$(! rootless || delegated)); else TREES=(/sys/fs/cgroup/*/); fi
}

teardown() {
  local tree
  for tree in "${TREES[@]}"; do
    find "${tree%/}/$PARENT" -depth -type d -exec rmdir {} + 2>/dev/null || true
  done
  bundle_end
}

path() {
  config '.linux.cgroupsPath = $path' --arg path "$1"
}

# proves: cgroups-path-form cgroups-path-invalid
# bats test_tags=attack:CG-01
@test "a cgroupsPath with .., too long or with control characters is refused" {
  ! in_systemd || skip 'a path of systemd has another form'
  local long
  long=$(printf 'x%.0s' {1..256})
  for path in /../../x a/../../x / // /. "/a/$long" "/$(printf 'y/%.0s' {1..2600})"; do
    path "$path"
    refused /linux/cgroupsPath
  done
  for path in $'/a\nb' $'/a\x7f'; do
    path "$path"
    refused /linux/cgroupsPath 'it contains a control character'
  done
}

@test "a cgroupsPath is tidied" {
  ! in_systemd && ! rootless || skip 'a path of systemd has another form'
  path "//$PARENT/./$ID///"
  inside 'true'
  container_up
  grep -q "/$PARENT/$ID$" "/proc/$PID/cgroup"
}

# from_cgroup NAME: husk creates the container, called from the cgroup NAME below the test's parent.
from_cgroup() {
  local tree files=()
  for tree in "${TREES[@]}"; do
    [ -e "${tree%/}/cgroup.procs" ] || continue
    mkdir -p "${tree%/}/$PARENT/$1"
    ready "${tree%/}/$PARENT" "${tree%/}/$PARENT/$1"
    files+=("${tree%/}/$PARENT/$1/cgroup.procs")
  done
  bash -ec 'while [ "$1" != -- ]; do echo $$ >"$1"; shift; done; shift; exec "$@"' - "${files[@]}" -- \
    "$HUSK" --root "$ROOT" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 3>&-
  PID=$(husk state "$ID" | jq .pid)
}

# places: the directories of the container's process, below the mounts.
places() {
  hierarchies | sed 's|^/sys/fs/cgroup||'
}

# proves: cgroups-path-from-the-mount cgroups-path-constant
@test "an absolute path starts at the mount whatever cgroup husk is in; a relative one has a fixed place too" {
  ! in_systemd && ! rootless || skip 'a path of systemd has another form, or the tree is not ours'
  local tree caller path first
  for path in "/$PARENT/$ID" "$PARENT/$ID"; do
    path "$path"
    for caller in one two one; do
      from_cgroup "$caller"
      if [ "${path:0:1}" = / ]; then
        for tree in "${TREES[@]}"; do
          [ ! -e "${tree%/}/cgroup.procs" ] || grep -qx "$PID" "${tree%/}/$PARENT/$ID/cgroup.procs"
        done
      elif [ "$caller" = one ]; then
        [ "$(places)" = "${first:=$(places)}" ]
      fi
      husk delete --force "$ID"
    done
  done
}

# proves: /linux/cgroupsPath
@test "a container without a cgroupsPath has a cgroup of its name, one with a relative path has that" {
  ! rootless || skip 'beside the own cgroup, which is that of the tests'
  path ''
  container_up
  if in_systemd; then
    grep -q "husk-$ID.scope" "/proc/$PID/cgroup"
    return
  fi
  grep -q "/$ID$" "/proc/$PID/cgroup"
  husk delete --force "$ID"
  path "relative-$ID"
  container_up
  grep -q "/relative-$ID$" "/proc/$PID/cgroup"
}

@test "systemd's form needs systemd" {
  ! in_systemd || skip 'it has it'
  path "system.slice:husk:$ID"
  refused /linux/cgroupsPath 'is a systemd path' --systemd-cgroup
}

# proves: cgroup-fit
@test "a cgroup in use is refused, and its processes live on" {
  ! in_systemd || skip 'units are of systemd'
  local tree pid
  sleep 1000 3>&- &
  pid=$!
  BACKGROUND="$BACKGROUND $pid"
  tree=${TREES[0]%/}
  mkdir -p "$tree/$PARENT/$ID"
  echo "$pid" >"$tree/$PARENT/$ID/cgroup.procs"
  path "$(! rootless || delegated)/$PARENT/$ID"
  launch
  is 1 ''
  complains 'exists and has processes' 'linux.cgroupsPath'
  kill -0 "$pid"
  [ -d "$tree/$PARENT/$ID" ]
  kill -KILL "$pid"
  wait "$pid" || true
  wait_for rmdir "$tree/$PARENT/$ID"
}

# bats test_tags=attack:CG-03
@test "a link in a cgroup's path is not followed" {
  ! in_systemd && ! rootless || skip 'paths are of systemd, or the tree is not ours to mount on'
  # users cannot make links in kernfs: a bind of a directory with a link takes the place of a manipulated tree
  [ ! -e /sys/fs/cgroup/cgroup.procs ] || skip 'v1 has room for it'
  run --separate-stderr unshare --mount --propagation private bash -ec '
    view=$(mktemp -d) && mount -t tmpfs none "$view" && mkdir "$view/target" && ln -s target "$view/link"
    mount --bind "$view" /sys/fs/cgroup/pids
    "$@" && exit 1
    [ -z "$(ls -A "$view/target")" ] && echo untouched' - "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  path "/link/$ID"
  run --separate-stderr unshare --mount --propagation private bash -ec '
    view=$(mktemp -d) && mount -t tmpfs none "$view" && mkdir "$view/target" && ln -s target "$view/link"
    mount --bind "$view" /sys/fs/cgroup/pids
    "$@" && exit 1
    [ -z "$(ls -A "$view/target")" ] && echo untouched' - "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  succeeded
  same untouched
  complains 'too many levels of symbolic links'
}

# bats test_tags=attack:CG-06
@test "without any cgroups a container without limits runs, and one with limits is an error" {
  ! in_systemd && ! rootless || skip 'mounts are for root'
  none() {
    run --separate-stderr unshare --mount --propagation private bash -ec 'umount --recursive --lazy /sys/fs/cgroup; exec "$@"' - \
      "$HUSK" --root "$ROOT" "$@" run --bundle "$BUNDLE" "$ID"
  }
  program echo ran
  config 'del(.linux.cgroupsPath) | .mounts |= map(select(.type != "cgroup"))'
  none
  succeeded
  same ran
  limits '{"pids": {"limit": 5}}'
  none
  is 1
  complains /linux/resources/pids/limit 'the pids controller is not available' 'no cgroup file system is mounted'
  none --cgroup-manager disabled
  succeeded
}

# bats test_tags=attack:CG-06
@test "cgroups that are mounted read-only are an error, unless no cgroup is asked for" {
  ! in_systemd && ! rootless || skip 'mounts are for root'
  program echo ran
  readonly_tree() {
    run --separate-stderr unshare --mount --propagation private bash -ec '
      for mount in $(awk "\$5 ~ \"^/sys/fs/cgroup\" { print \$5 }" /proc/self/mountinfo); do mount -o remount,bind,ro "$mount"; done
      exec "$@"' - "$HUSK" --root "$ROOT" "$@" run --bundle "$BUNDLE" "$ID"
  }
  readonly_tree
  is 1
  complains 'read-only file system' '--cgroup-manager=disabled'
  readonly_tree --cgroup-manager=disabled
  succeeded
  same ran
}
