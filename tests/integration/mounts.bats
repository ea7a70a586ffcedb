#!/usr/bin/env bats
# mounts: types, options of the specification, propagation, recursion, id maps, copying up.
load bundle

setup() {
  bundle_make
  mkdir "$ROOTFS/mnt"
  SHARED=$BATS_TEST_TMPDIR/shared # a directory of the host
  mkdir "$SHARED"
}

# mounted DESTINATION: its options per mount and per file system, as the container saw them in $output (mountinfo).
mounted() {
  awk -v path="$1" '$5 == path { print $6 "," $NF; found = 1 } END { exit !found }' <<<"$output" | tail -1
}

# at_mnt TYPE SOURCE OPTION...: the example with this mount at /mnt; the program prints its mountinfo.
at_mnt() {
  local type=$1 source=$2
  shift 2
  example_with '.mounts += [{destination: "/mnt", type: $type, source: $source, options: ($options | split(" "))}]
    | .process.args = ["cat", "/proc/self/mountinfo"]' --arg type "$type" --arg source "$source" --arg options "$*"
}

# with_tmpfs OPTION...: a tmpfs at /mnt with them; the container prints its mountinfo.
with_tmpfs() {
  at_mnt tmpfs tmpfs "$@"
  launch
  succeeded
}

# with_bind OPTION...: $SHARED on the host is bound at /mnt.
with_bind() {
  at_mnt none "$SHARED" "$@"
}

@test "the mounts of the example, in order and with their options" {
  inside 'cat /proc/self/mountinfo'
  [[ "$(mounted /proc)" == rw,nosuid,nodev,noexec,* ]]
  [[ "$(mounted /dev)" == rw,nosuid* ]]
  [[ "$(mounted /dev/pts)" == *nosuid,noexec*gid=5,mode=620,ptmxmode=666* ]]
  [[ "$(mounted /dev/shm)" == *nosuid,nodev,noexec*size=65536k* ]]
  [[ "$(mounted /dev/mqueue)" == *nosuid,nodev,noexec* ]]
  [[ "$(mounted /sys)" == ro,nosuid,nodev,noexec* ]]
  [[ "$(mounted /)" == ro,* ]]
  nothing_left
}

# proves: mount-options
@test "the last of ro and rw counts" {
  with_tmpfs ro
  [[ "$(mounted /mnt)" == ro,* ]]
  with_tmpfs ro rw
  [[ "$(mounted /mnt)" == rw,* ]]
}

# proves: mount-options
@test "nosuid, nodev, noexec and their opposites; the last one wins" {
  local option
  for option in nosuid nodev noexec; do
    with_tmpfs "$option"
    [[ "$(mounted /mnt)" == rw,"$option",* ]]
  done
  with_tmpfs nosuid nodev noexec
  [[ "$(mounted /mnt)" == rw,nosuid,nodev,noexec,* ]]
  with_tmpfs nosuid nodev noexec suid dev exec
  [[ "$(mounted /mnt)" == rw,relatime,* ]]
}

# proves: mount-options
@test "noatime, relatime, strictatime, nodiratime" {
  with_tmpfs noatime
  [[ "$(mounted /mnt)" == *noatime* ]]
  with_tmpfs strictatime
  [[ "$(mounted /mnt)" != *noatime* && "$(mounted /mnt)" != *relatime* ]]
  with_tmpfs relatime
  [[ "$(mounted /mnt)" == *relatime* ]]
  with_tmpfs nodiratime
  [[ "$(mounted /mnt)" == *nodiratime* ]]
  with_tmpfs noatime atime
  [[ "$(mounted /mnt)" != *noatime* ]]
}

@test "nosymfollow: symlinks of the mount are not followed" {
  with_tmpfs nosymfollow
  [[ "$(mounted /mnt)" == *nosymfollow* ]]
  with_tmpfs nosymfollow symfollow
  [[ "$(mounted /mnt)" != *nosymfollow* ]]
}

# proves: mount-options
@test "options that state the default are accepted" {
  local option options=(rw suid dev exec atime diratime relatime async defaults loud silent nomand noiversion nolazytime
    norelatime nostrictatime symfollow)
  config '.mounts += [{destination: "/mnt", type: "tmpfs"},
    ($options | split(" ")[] | {destination: "/mnt/\(.)", type: "tmpfs", source: "tmpfs", options: [.]})]' \
    --arg options "${options[*]}"
  inside 'cat /proc/self/mountinfo'
  for option in "${options[@]}"; do
    [[ "$(mounted "/mnt/$option")" == rw,relatime,rw* ]] || { echo "$option"; show; return 1; }
  done
}

# proves: mount-options
@test "sync, dirsync, mand, iversion and lazytime are accepted" {
  local option
  for option in lazytime iversion mand; do
    with_tmpfs "$option"
  done
  for option in sync dirsync; do
    with_tmpfs "$option"
    [[ "$(mounted /mnt)" == rw,relatime,*"$option"* ]]
  done
}

# proves: /mounts/*/options
@test "options of the file system itself: size, mode, uid, gid, nr_inodes" {
  with_tmpfs size=1m mode=1711 uid=7 gid=8 nr_inodes=50
  [[ "$(mounted /mnt)" == *size=1024k*nr_inodes=50*mode=1711*uid=7,gid=8* ]]
}

@test "a bind of a directory shows the host's files" {
  with_bind bind
  echo from-host >"$SHARED/file"
  inside 'cat /mnt/file; echo from-inside >/mnt/answer'
  same from-host
  [ "$(cat "$SHARED/answer")" = from-inside ]
}

# proves: /mounts/*/destination
@test "a bind of a file onto a destination that is made" {
  echo content >"$BATS_TEST_TMPDIR/file"
  config '.mounts += [{destination: "/new/dir/file", type: "none", source: $source, options: ["bind", "ro"]}]
    | .root.readonly = false' --arg source "$BATS_TEST_TMPDIR/file"
  inside 'cat /new/dir/file; echo x >/new/dir/file 2>/dev/null || echo read-only'
  same 'content
read-only'
  [ "$(cat "$BATS_TEST_TMPDIR/file")" = content ]
}

@test "a bind source relative to the bundle, of a directory and of a file" {
  mkdir "$BUNDLE/data"
  echo near >"$BUNDLE/data/file"
  config '.mounts += [{destination: "/mnt", type: "bind", source: "data", options: ["bind"]},
    {destination: "/etc/deep/file", type: "none", source: "data/file", options: ["bind"]}] | .root.readonly = false'
  inside 'cat /mnt/file /etc/deep/file'
  same 'near
near'
}

# proves: /mounts/*/source /mounts/*/options/[=bind]
@test "a read-only bind cannot be written to, its source can" {
  with_bind bind ro
  inside 'touch /mnt/x 2>&1 || true'
  says 'Read-only file system'
  touch "$SHARED/x"
}

@test "bind and rbind take nosuid, nodev, noexec, noatime and rw" {
  with_bind bind nosuid nodev noexec noatime
  launch
  [[ "$(mounted /mnt)" == rw,nosuid,nodev,noexec,noatime* ]]
  with_bind rbind rw nosuid
  inside 'touch /mnt/x && cat /proc/self/mountinfo'
  [[ "$(mounted /mnt)" == rw,nosuid* ]]
  [ -e "$SHARED/x" ]
}

# nested: runs the bundle in a private mount namespace, with a tmpfs below the shared directory.
nested() {
  mkdir -p "$SHARED/sub"
  run unshare --mount --propagation private bash -c "
    mount -t tmpfs inner '$SHARED/sub' && touch '$SHARED/sub/inner' &&
    exec '$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID' </dev/null"
  succeeded
}

# proves: /mounts /mounts/*/options/[=rbind]
# proves: mount-options
@test "rbind includes the mounts below, bind does not" {
  with_bind rbind
  script 'ls /mnt/sub'
  nested
  same inner
  with_bind bind
  script 'ls /mnt/sub; echo nothing'
  nested
  same nothing
}

@test "ro of an rbind covers the top" {
  with_bind rbind ro
  nested
  [[ "$(mounted /mnt)" == ro,* ]]
  [[ "$(mounted /mnt/sub)" == rw,* ]]
}

@test "rro of an rbind covers the whole tree" {
  needs_linux 5.12 'mount_setattr(2)'
  with_bind rbind rro rnosuid rnoatime
  nested
  [[ "$(mounted /mnt)" == ro,nosuid,noatime* ]]
  [[ "$(mounted /mnt/sub)" == ro,nosuid,noatime* ]]
  script 'touch /mnt/x 2>&1; touch /mnt/sub/x 2>&1; true'
  nested
  [ "$(grep -c 'Read-only file system' <<<"$output")" = 2 ]
}

@test "the other recursive options: rnosuid, rnodev, rnoexec, rnoatime, rnosymfollow" {
  needs_linux 5.12 'mount_setattr(2)'
  local option
  for option in nosuid nodev noexec noatime nosymfollow nodiratime; do
    with_bind rbind "r$option"
    nested
    [[ "$(mounted /mnt/sub)" == *,"$option"* ]]
  done
  with_bind rbind rro rrw rnosuid rsuid rnodev rdev rnoexec rexec rnoatime ratime rrelatime rstrictatime rsymfollow
  nested
  [[ "$(mounted /mnt/sub)" == rw,* && "$(mounted /mnt/sub)" != *nosuid* ]]
}

# proves: mount-options
@test "propagation of a mount: private, shared, unbindable" {
  local option
  for option in private rprivate shared rshared unbindable runbindable; do
    with_bind bind "$option"
    inside "grep ' /mnt ' /proc/self/mountinfo"
    case $option in
      *private) says_not shared: master: unbindable ;;
      *shared) says shared: ;;
      *) says unbindable ;;
    esac
  done
}

# proves: mount-options
@test "a slave mount receives what the host mounts later" {
  with_bind rbind rslave
  script 'grep " /mnt " /proc/self/mountinfo; touch /mnt/up; while [ ! -e /mnt/sub/late ]; do sleep 0.02; done; echo arrived'
  config '.linux.rootfsPropagation = "rslave"'
  run unshare --mount --propagation private bash -c "
    mount --bind '$SHARED' '$SHARED' && mount --make-shared '$SHARED' && mkdir -p '$SHARED/sub' || exit 1
    timeout 20 '$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID' </dev/null &
    $(declare -f wait_for); wait_for test -e '$SHARED/up'; mount -t tmpfs none '$SHARED/sub'; touch '$SHARED/sub/late'; wait \$!"
  succeeded
  says 'master:' arrived
}

@test "mountinfo lists mounts in the order of the config, whatever their propagation" {
  local option names=
  for option in private slave rslave shared rshared unbindable; do
    names+="$option between-$option "
    config '.mounts += [{destination: "/mnt/\($name)", source: $bound, options: ["rbind", $name]},
      {destination: "/mnt/between-\($name)", type: "tmpfs", source: "none"}]' --arg name $option --arg bound "$SHARED"
  done
  script "sed -n 's|.* /mnt/\([^ ]*\) .*|\1|p' /proc/self/mountinfo | tr '\n' ' '; echo
    grep -c master: /proc/self/mountinfo; grep -c shared: /proc/self/mountinfo"
  mkdir -p "$SHARED"
  # with peers on the host
  run unshare --mount --propagation private bash -c "mount --bind '$SHARED' '$SHARED' && mount --make-shared '$SHARED' &&
    exec '$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID' </dev/null"
  succeeded
  same "$names
2
2"
}

@test "a shared bind does not unmount anything on the host" {
  local word
  mkdir -p "$SHARED"
  for word in shared rshared slave rslave; do
    config '.mounts = [.mounts[] | select(.destination != "/mnt")]
      + [{destination: "/mnt", source: $bound, options: ["rbind", $word]}]' --arg bound "$SHARED" --arg word $word
    program sh -c 'grep -c " /mnt" /proc/self/mountinfo'
    run unshare --mount --propagation private bash -c "mount -t tmpfs none '$SHARED' && mkdir '$SHARED/below' &&
      mount -t tmpfs none '$SHARED/below' && mount --make-rshared '$SHARED' &&
      '$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID' </dev/null && grep -c ' $SHARED' /proc/self/mountinfo"
    is 0 $'2\n2'
  done
}

@test "the root has the propagation that rootfsPropagation names" {
  local word
  for word in private slave shared unbindable; do
    config '.linux.rootfsPropagation = $word' --arg word "$word"
    inside 'cat /proc/self/mountinfo'
    output=$(awk '$5 == "/"' <<<"$output")
    [ -n "$output" ]
    case $word in
      private) says_not shared: unbindable ;;
      slave) says_not shared: unbindable ;;
      shared) says shared: ;;
      unbindable) says unbindable ;;
    esac
  done
  nothing_left
}

# proves: /linux/rootfsPropagation /linux/rootfsPropagation[=shared] /linux/rootfsPropagation[=slave]
# proves: /linux/rootfsPropagation[=private] /linux/rootfsPropagation[=unbindable]
@test "rootfsPropagation of a root file system that is shared on the host" {
  local word
  program cat /proc/self/mountinfo
  for word in shared slave private unbindable; do
    config '.linux.rootfsPropagation = $word' --arg word "$word"
    run unshare --mount --propagation private bash -c "
      mount --bind '$ROOTFS' '$ROOTFS' && mount --make-shared '$ROOTFS' &&
      '$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID' </dev/null"
    succeeded
    output=$(awk '$5 == "/" { sub(/ - .*/, ""); print }' <<<"$output")
    case $word in
      shared) says shared: ;;
      slave)
        says master:
        says_not shared:
        ;;
      private)
        says /
        says_not shared: master: unbindable
        ;;
      unbindable) says unbindable ;;
    esac
  done
}

@test "a destination with .. is cleaned and stays inside the root" {
  mkdir "$ROOTFS/data" "$ROOTFS/data/below"
  ln -s /data/below "$ROOTFS/link"
  ln -s ../../../../../../data "$ROOTFS/out"
  config '.mounts += [("/link/../here", "/../../../up/../above", "/out/x/../through") | {destination: ., type: "tmpfs"}]'
  inside "sed -n 's/.* \\(\/here\|\/above\|\/data\/through\) .*/\1/p' /proc/self/mountinfo"
  same '/here
/above
/data/through'
  [ ! -e "$BUNDLE/above" ]
}

# proves: /mounts/*/options/[=tmpcopyup]
@test "tmpcopyup keeps what the directory held" {
  mkdir -p "$ROOTFS/data/sub"
  echo kept >"$ROOTFS/data/file"
  echo deep >"$ROOTFS/data/sub/deep"
  ln -s file "$ROOTFS/data/link"
  chmod 640 "$ROOTFS/data/file"
  chown 1000:1001 "$ROOTFS/data/sub"
  config '.mounts += [{destination: "/data", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup", "mode=755"]}]'
  inside 'cat /data/file /data/sub/deep /data/link; stat -c %a /data/file; stat -c %u:%g /data/sub; stat -f -c %T /data
    echo new >/data/file'
  same 'kept
deep
kept
640
1000:1001
tmpfs'
  [ "$(cat "$ROOTFS/data/file")" = kept ]
}

@test "tmpcopyup copies devices and set-user-ID bits, but adds no rights" {
  mkdir -p "$ROOTFS/data/shared"
  mknod -m 666 "$ROOTFS/data/null" c 1 3
  cp "$ROOTFS/bin/busybox" "$ROOTFS/data/su"
  chmod 4755 "$ROOTFS/data/su"
  chmod 2755 "$ROOTFS/data/shared"
  config '.mounts += [{destination: "/data", type: "tmpfs", options: ["tmpcopyup"]}]'
  inside 'stat -c %a /data/su /data/shared; cat /data/null && echo opened'
  same '4755
2755
opened'
  config '.mounts[-1].options += ["nodev", "nosuid"]' # options of the tmpfs, which apply to what is copied
  inside 'stat -c %a /data/su; test -c /data/null && ! cat /data/null && grep -c " /data .*nosuid,nodev" /proc/self/mountinfo'
  same '4755
1'
  # options of the source: there the bits had no effect, and devices could not be opened
  config '.mounts[-1] = {destination: "/data", source: $s, options: ["bind", "nodev", "nosuid"]}
    | .mounts += [{destination: "/data", type: "tmpfs", options: ["tmpcopyup"]}]' --arg s "$ROOTFS/data"
  inside 'stat -c %a /data/su /data/shared; ls /data'
  same '755
2755
shared
su'
}

# proves: /mounts/*/uidMappings /mounts/*/uidMappings/*/containerID /mounts/*/uidMappings/*/hostID
# proves: /mounts/*/uidMappings/*/size /mounts/*/gidMappings /mounts/*/gidMappings/*/containerID
# proves: /mounts/*/gidMappings/*/hostID /mounts/*/gidMappings/*/size /mounts/*/options/[=idmap]
# proves: mount-own-mappings mount-idmap-without-mappings
@test "an id-mapped bind shows shifted owners, and needs its mappings" {
  needs_linux 5.12 'mount_setattr(2)'
  touch "$SHARED/file"
  chown 5:6 "$SHARED/file"
  with_bind bind idmap
  config '.mounts[-1] += {uidMappings: [{containerID: 5, hostID: 5000, size: 1}],
    gidMappings: [{containerID: 6, hostID: 6000, size: 1}]}'
  inside 'stat -c %u:%g /mnt/file'
  same 5000:6000
  refused_config 'del(.mounts[-1].uidMappings, .mounts[-1].gidMappings)' '/mounts/7' \
    'an id mapped mount needs "uidMappings" and "gidMappings"'
}

# proves: /mounts/*/options/[=ridmap]
# proves: mount-ridmap
@test "ridmap shifts the owners of what is mounted below a bind too, idmap does not" {
  needs_linux 5.12 'mount_setattr(2)'
  local kind first below
  touch "$SHARED/file"
  chown 5:6 "$SHARED/file"
  mkdir "$SHARED/below"
  reachable
  # without and with a user namespace, whose first id on the host is this
  for kind in 'idmap 0 5:6' 'ridmap 0 5000:6000' 'idmap 100000 65534:65534' 'ridmap 100000 5000:6000'; do
    read -r kind first below <<<"$kind"
    example
    plain
    with_bind rbind "$kind"
    [ "$first" = 0 ] || config '.linux.namespaces += [{type: "user"}]
      | .linux.uidMappings = [{containerID: 0, hostID: $first, size: 65536}] | .linux.gidMappings = .linux.uidMappings' \
      --argjson first "$first"
    script 'stat -c %u:%g /mnt/file /mnt/below/file'
    config '.mounts[-1] += {uidMappings: [{containerID: 5, hostID: ($first + 5000), size: 1}],
      gidMappings: [{containerID: 6, hostID: ($first + 6000), size: 1}]}' --argjson first "$first"
    # of the same file system: not every file system supports id maps
    run --separate-stderr unshare --mount --propagation private sh -ec 'mkdir -p "$1/../other"
      touch "$1/../other/file"; chown 5:6 "$1/../other/file"; mount --bind "$1/../other" "$1/below"; shift; exec "$@"' \
      sh "$SHARED" timeout 20 "$HUSK" --root "$ROOT" "${OPTIONS[@]}" run --bundle "$BUNDLE" "$ID"
    is 0 $'5000:6000\n'"$below"
  done
}

# proves: mount-mappings-together
# bats test_tags=any-machine
@test "uidMappings of a mount without gidMappings, and vice versa, are refused" {
  local one other
  for one in uidMappings gidMappings; do
    for other in idmap ridmap rbind; do
      with_bind bind $other
      refused_config ".mounts[-1].$one = [{containerID: 5, hostID: 5000, size: 1}]" '/mounts/7' \
        'uidMappings and gidMappings must be given together'
    done
  done
}

@test "missing directories of a mount's path are made" {
  config '.mounts += [{destination: "/a/b/c", type: "tmpfs", source: "tmpfs"}] | .root.readonly = false'
  inside 'touch /a/b/c/x && ls /a/b/c'
  same x
  [ -d "$ROOTFS/a/b/c" ]
  [ ! -e "$ROOTFS/a/b/c/x" ]
}

# proves: mounts-in-listed-order
@test "mounts happen in the listed order, later ones cover earlier ones" {
  config '.mounts += [{destination: "/mnt", type: "tmpfs", source: "one", options: ["size=1m"]},
    {destination: "/mnt", type: "tmpfs", source: "two", options: ["size=2m"]},
    {destination: "/mnt/sub", type: "tmpfs", source: "three"}]'
  inside "grep ' /mnt' /proc/self/mounts | cut -d' ' -f1,2"
  same 'one /mnt
two /mnt
three /mnt/sub'
}

# proves: /mounts/*/type
@test "a mount with no options and no source" {
  config '.mounts += [{destination: "/mnt", type: "tmpfs"}]'
  inside "grep -c ' /mnt tmpfs' /proc/self/mounts"
  same 1
}

# proves: /mounts/*/options/[=remount]
# proves: mount-options
@test "remount changes the flags and the file system options of an existing mount" {
  local options
  for options in 'remount bind ro nosuid' 'remount ro nosuid' 'remount ro nosuid size=1m'; do
    example_with '.mounts += [{destination: "/mnt", type: "tmpfs", source: "tmpfs", options: ["mode=755"]},
      {destination: "/mnt", options: ($options | split(" "))}]' --arg options "$options"
    inside 'cat /proc/self/mountinfo'
    [[ "$(mounted /mnt)" == ro,nosuid,* ]]
    [[ "$options" != *size* || "$(mounted /mnt)" == *size=1024k* ]]
  done
}

@test "the cgroup mount shows the container's own cgroup, read-only" {
  inside 'cat /proc/self/mountinfo; mkdir /sys/fs/cgroup/x 2>&1; ls -d /sys/fs/cgroup
    cat /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/pids/cgroup.procs 2>/dev/null | head -1; true'
  says '/sys/fs/cgroup' 'Read-only file system'
  [ "${lines[-1]}" = 1 ]
  local path
  for path in $(awk '$5 ~ "^/sys/fs/cgroup" { print $5 }' <<<"$output"); do
    [[ "$(mounted "$path")" == ro,* ]]
  done
}

@test "an overlay is mounted with its options" {
  mkdir -p "$BATS_TEST_TMPDIR"/{lower,upper,work}
  echo low >"$BATS_TEST_TMPDIR/lower/file"
  cd "$BATS_TEST_TMPDIR"
  config '.mounts += [{destination: "/mnt", type: "overlay", source: "overlay",
    options: ["lowerdir=\($d)/lower", "upperdir=\($d)/upper", "workdir=\($d)/work"]}]' --arg d "$BATS_TEST_TMPDIR"
  inside 'cat /mnt/file; echo up >/mnt/file'
  same low
  [ "$(cat upper/file)" = up ]
  [ "$(cat lower/file)" = low ]
}

@test "mount options longer than fsconfig(2) takes" {
  local deep
  deep=$BATS_TEST_TMPDIR/$(printf 'x%.0s' {1..200})
  mkdir -p "$deep/a" "$deep/b"
  touch "$deep/a/one"
  config '.mounts += [{destination: "/mnt", type: "overlay", source: "overlay", options: [$lower]}]' \
    --arg lower "lowerdir=$deep/a:$deep/b"
  inside 'ls /mnt'
  same one
}

@test "an error of the kernel names the mount, its place and the reason" {
  refused_config '.mounts += [{destination: "/mnt", type: "tmpfs", source: "tmpfs", options: ["size=bogus"]}]' \
    '/mounts/7' '/mnt'
}

@test "options for a new file system have no effect on a bind mount and are warned of" {
  mkdir "$BATS_TEST_TMPDIR/bound"
  chmod 711 "$BATS_TEST_TMPDIR/bound"
  config '.mounts += [{destination: "/mnt", source: $bound, options: ["bind", "mode=755", "size=1k", "uid=3"]}]' \
    --arg bound "$BATS_TEST_TMPDIR/bound"
  script 'stat -c "%a %u" /mnt'
  launch
  is 0 '711 0'
  warns '/mounts/7/options/1: "mode=755" has no effect on a bind mount (/mnt)' '"size=1k" has' '"uid=3" has'
}

@test "a read-only /dev, in any spelling, is made read-only after its nodes are made, and the last option counts" {
  local path options
  while IFS='|' read -r path options; do
    [[ $options != rro* ]] || needs_linux 5.12 'mount_setattr(2)'
    example_with '(.mounts[] | select(.destination == "/dev")) |= (.destination = $path | .options = ($options | split(",")))' \
      --arg path "$path" --arg options "$options"
    inside 'echo x >/dev/null && : >/dev/new && echo open' 2>/dev/null || true
    case $options in
      *rw) [[ "$output" = *open* ]] || { echo "$path $options: $output" >&2; return 1; } ;;
      *) [[ "$output$stderr" = *"Read-only file system"* && "$output" != *open* ]] \
        || { echo "$path $options: $output $stderr" >&2; return 1; } ;;
    esac
  done <<'END'
/dev|ro
/dev/|nosuid,ro
dev|ro
/./dev/.|rw,ro
/dev|ro,rw
//dev|rro
dev/|rro,rrw
END
}

# bats test_tags=any-machine
@test "what may not be mounted on or below /proc may not in another spelling either" {
  local path
  for path in /proc proc //proc /./proc /proc/. ./proc//; do
    refused_example ".mounts = [{destination: \"$path\", type: \"tmpfs\"}]" '/mounts/0/destination' '/proc must be procfs'
    refused_example ".mounts += [{destination: \"$path/sys\", type: \"tmpfs\"}]" '/destination' 'is inside /proc'
  done
}

@test "what is bound on /proc, in any spelling, must be a procfs" {
  local path
  for path in /proc proc //proc /./proc /proc/. ./proc//; do
    refused_example ".mounts = [{destination: \"$path\", source: \"/tmp\", options: [\"bind\"]}]" '/mounts/0' \
      'not the root of a procfs'
  done
}
