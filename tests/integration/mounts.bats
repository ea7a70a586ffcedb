#!/usr/bin/env bats
# mounts: types, options of the specification, propagation, recursion, id maps, copying up.
load bundle

# mounted DESTINATION: its options per mount and per file system, as the container saw them in $output (mountinfo).
mounted() {
  awk -v path="$1" '$5 == path { print $6 "," $NF; found = 1 } END { exit !found }' <<<"$output" | tail -1
}

# with_tmpfs OPTIONS...: a tmpfs at /mnt with them; the container prints its mountinfo.
with_tmpfs() {
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  config '.mounts += [{"destination": "/mnt", "type": "tmpfs", "source": "tmpfs", "options": ($options | split(" "))}]' \
    --arg options "$*"
  inside 'cat /proc/self/mountinfo'
}

# with_bind OPTIONS...: $SHARED on the host is bound at /mnt.
with_bind() {
  SHARED=${SHARED:-$BATS_TEST_TMPDIR/shared}
  mkdir -p "$SHARED"
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  config '.mounts += [{"destination": "/mnt", "type": "bind", "source": $source, "options": ($options | split(" "))}]' \
    --arg source "$SHARED" --arg options "$*"
}

setup() {
  bundle_make
  mkdir "$ROOTFS/mnt"
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

@test "ro and rw" {
  with_tmpfs ro
  [[ "$(mounted /mnt)" == ro,* ]]
  with_tmpfs ro rw
  [[ "$(mounted /mnt)" == rw,* ]]
}

@test "nosuid, nodev, noexec and their opposites; the last one wins" {
  with_tmpfs nosuid nodev noexec
  [[ "$(mounted /mnt)" == rw,nosuid,nodev,noexec* ]]
  with_tmpfs nosuid nodev noexec suid dev exec
  [[ "$(mounted /mnt)" == rw,relatime* ]]
}

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

@test "nosymfollow" {
  with_tmpfs nosymfollow
  [[ "$(mounted /mnt)" == *nosymfollow* ]]
  with_tmpfs nosymfollow symfollow
  [[ "$(mounted /mnt)" != *nosymfollow* ]]
}

@test "options of the file system itself: size, mode, uid, gid, nr_inodes" {
  with_tmpfs size=1m mode=1711 uid=7 gid=8 nr_inodes=50
  [[ "$(mounted /mnt)" == *size=1024k*nr_inodes=50*mode=1711*uid=7,gid=8* ]]
}

@test "sync, dirsync, mand, iversion, lazytime, silent, loud and defaults are accepted" {
  local option
  for option in sync async dirsync lazytime nolazytime iversion noiversion mand nomand silent loud defaults; do
    with_tmpfs "$option"
  done
  with_tmpfs sync
  [[ "$(mounted /mnt)" == *sync* ]]
}

@test "a bind of a directory is the host's" {
  with_bind bind
  echo from-host >"$SHARED/file"
  inside 'cat /mnt/file; echo from-inside >/mnt/answer'
  same from-host
  [ "$(cat "$SHARED/answer")" = from-inside ]
}

@test "a bind of a file onto a destination that is made" {
  echo content >"$BATS_TEST_TMPDIR/file"
  config '.mounts += [{"destination": "/new/dir/file", "type": "none", "source": $source, "options": ["bind", "ro"]}] | .root.readonly = false' \
    --arg source "$BATS_TEST_TMPDIR/file"
  inside 'cat /new/dir/file; echo x >/new/dir/file 2>/dev/null || echo read-only'
  same 'content
read-only'
  [ "$(cat "$BATS_TEST_TMPDIR/file")" = content ]
}

@test "a bind source relative to the bundle" {
  mkdir "$BUNDLE/data"
  echo near >"$BUNDLE/data/file"
  config '.mounts += [{"destination": "/mnt", "type": "bind", "source": "data", "options": ["bind"]}]'
  inside 'cat /mnt/file'
  same near
}

@test "a read-only bind cannot be written, its source can" {
  with_bind bind ro
  inside 'touch /mnt/x 2>&1 || true'
  says 'Read-only'
  touch "$SHARED/x"
}

@test "bind takes nosuid, nodev, noexec, noatime" {
  with_bind bind nosuid nodev noexec noatime
  inside 'cat /proc/self/mountinfo'
  [[ "$(mounted /mnt)" == rw,nosuid,nodev,noexec,noatime* ]]
}

# nested COMMAND: in a private mount namespace, a tmpfs below the shared directory.
nested() {
  SHARED=$BATS_TEST_TMPDIR/shared
  mkdir -p "$SHARED/sub"
  unshare --mount --propagation private bash -c "mount -t tmpfs inner '$SHARED/sub' && touch '$SHARED/sub/inner' && $1"
}

@test "rbind brings the mounts below, bind does not" {
  with_bind rbind
  script 'ls /mnt/sub'
  run nested "'$HUSK' --root '$STATE' run --bundle '$BUNDLE' '$ID'"
  same inner
  with_bind bind
  script 'ls /mnt/sub; echo nothing'
  run nested "'$HUSK' --root '$STATE' run --bundle '$BUNDLE' '$ID'"
  same nothing
}

@test "ro of an rbind covers the top, rro the whole tree" {
  with_bind rbind ro
  script 'cat /proc/self/mountinfo'
  run nested "'$HUSK' --root '$STATE' run --bundle '$BUNDLE' '$ID'"
  [[ "$(mounted /mnt)" == ro,* ]]
  [[ "$(mounted /mnt/sub)" == rw,* ]]
  with_bind rbind rro
  script 'cat /proc/self/mountinfo'
  run nested "'$HUSK' --root '$STATE' run --bundle '$BUNDLE' '$ID'"
  [[ "$(mounted /mnt)" == ro,* ]]
  [[ "$(mounted /mnt/sub)" == ro,* ]]
}

@test "the other recursive options: rnosuid, rnodev, rnoexec, rnoatime, rnosymfollow" {
  local pair
  for pair in rnosuid:nosuid rnodev:nodev rnoexec:noexec rnoatime:noatime rnosymfollow:nosymfollow rnodiratime:nodiratime; do
    with_bind rbind "${pair%:*}"
    script 'cat /proc/self/mountinfo'
    run nested "'$HUSK' --root '$STATE' run --bundle '$BUNDLE' '$ID'"
    [[ "$(mounted /mnt/sub)" == *,"${pair#*:}"* ]]
  done
  with_bind rbind rro rrw rnosuid rsuid rnodev rdev rnoexec rexec rnoatime ratime rrelatime rstrictatime rsymfollow
  script 'cat /proc/self/mountinfo'
  run nested "'$HUSK' --root '$STATE' run --bundle '$BUNDLE' '$ID'"
  [[ "$(mounted /mnt/sub)" == rw,* && "$(mounted /mnt/sub)" != *nosuid* ]]
}

@test "propagation of a mount: private, slave, shared, unbindable" {
  local pair
  for pair in private: rprivate: shared:shared: rshared:shared: unbindable:unbindable runbindable:unbindable; do
    with_bind bind "${pair%%:*}"
    inside "grep ' /mnt ' /proc/self/mountinfo"
    [[ -z "${pair#*:}" || "$output" == *"${pair#*:}"* ]]
    [[ -n "${pair#*:}" || "$output" != *shared:* ]]
  done
}

@test "a slave mount receives what the host mounts later" {
  SHARED=$BATS_TEST_TMPDIR/shared
  mkdir -p "$SHARED"
  with_bind rbind rslave
  script 'grep " /mnt " /proc/self/mountinfo; while [ ! -e /mnt/sub/late ]; do sleep 0.02; done; echo arrived'
  config '.linux.rootfsPropagation = "rslave"'
  run unshare --mount --propagation private bash -c "
    mount --bind '$SHARED' '$SHARED' && mount --make-shared '$SHARED' && mkdir -p '$SHARED/sub' || exit 1
    timeout 10 '$HUSK' --root '$STATE' run --bundle '$BUNDLE' '$ID' &
    sleep 0.5; mount -t tmpfs none '$SHARED/sub'; touch '$SHARED/sub/late'; wait \$!"
  succeeded
  says 'master:' arrived
}

@test "rootfsPropagation" {
  local pair
  for pair in private: slave: shared:shared: unbindable:unbindable; do
    config '.linux.rootfsPropagation = $word' --arg word "${pair%%:*}"
    inside "grep ' / / ' /proc/self/mountinfo || grep ' / ' /proc/self/mountinfo"
    [[ -z "${pair#*:}" || "$output" == *"${pair#*:}"* ]]
  done
  nothing_left
}

@test "tmpcopyup keeps what the directory held" {
  mkdir -p "$ROOTFS/data/sub"
  echo kept >"$ROOTFS/data/file"
  echo deep >"$ROOTFS/data/sub/deep"
  ln -s file "$ROOTFS/data/link"
  chmod 640 "$ROOTFS/data/file"
  chown 1000:1001 "$ROOTFS/data/sub"
  config '.mounts += [{"destination": "/data", "type": "tmpfs", "source": "tmpfs", "options": ["tmpcopyup"]}]'
  inside 'cat /data/file /data/sub/deep /data/link; stat -c %a /data/file; stat -c %u:%g /data/sub; echo new >/data/file'
  same 'kept
deep
kept
640
1000:1001'
  [ "$(cat "$ROOTFS/data/file")" = kept ]
}

@test "an id-mapped bind shows shifted owners" {
  SHARED=$BATS_TEST_TMPDIR/shared
  mkdir -p "$SHARED"
  touch "$SHARED/file"
  chown 5:6 "$SHARED/file"
  with_bind bind idmap
  config '(.mounts[] | select(.destination == "/mnt")) += {"uidMappings": [{"containerID": 5, "hostID": 5000, "size": 1}], "gidMappings": [{"containerID": 6, "hostID": 6000, "size": 1}]}'
  inside 'stat -c %u:%g /mnt/file'
  same 5000:6000
}

@test "the parts of a path to a mount are made" {
  config '.mounts += [{"destination": "/a/b/c", "type": "tmpfs", "source": "tmpfs"}] | .root.readonly = false'
  inside 'touch /a/b/c/x && ls /a/b/c'
  same x
  [ -d "$ROOTFS/a/b/c" ]
  [ ! -e "$ROOTFS/a/b/c/x" ]
}

@test "later mounts cover earlier ones" {
  config '.mounts += [{"destination": "/mnt", "type": "tmpfs", "source": "one", "options": ["size=1m"]}, {"destination": "/mnt", "type": "tmpfs", "source": "two", "options": ["size=2m"]}, {"destination": "/mnt/sub", "type": "tmpfs", "source": "three"}]'
  inside "grep ' /mnt' /proc/self/mounts | cut -d' ' -f1"
  same 'one
two
three'
}

@test "a mount with no options and no source" {
  config '.mounts += [{"destination": "/mnt", "type": "tmpfs"}]'
  inside "grep -c ' /mnt tmpfs' /proc/self/mounts"
  same 1
}

@test "remount changes the flags of what is there" {
  config '.mounts += [{"destination": "/mnt", "type": "tmpfs", "source": "tmpfs"}, {"destination": "/mnt", "type": "none", "options": ["remount", "bind", "ro"]}]'
  inside 'cat /proc/self/mountinfo'
  [[ "$(mounted /mnt)" == ro,* ]]
}

@test "cgroup mounts show the container's own cgroup" {
  inside 'cat /proc/self/mountinfo'
  local path
  for path in $(awk '$5 ~ "^/sys/fs/cgroup" { print $5 }' <<<"$output"); do
    [[ "$(mounted "$path")" == ro,* ]]
  done
  says '/sys/fs/cgroup'
}

@test "an overlay is mounted with its options" {
  mkdir -p "$BATS_TEST_TMPDIR"/{lower,upper,work}
  echo low >"$BATS_TEST_TMPDIR/lower/file"
  config '.mounts += [{"destination": "/mnt", "type": "overlay", "source": "overlay", "options": ["lowerdir=\($d)/lower", "upperdir=\($d)/upper", "workdir=\($d)/work"]}]' \
    --arg d "$BATS_TEST_TMPDIR"
  inside 'cat /mnt/file; echo up >/mnt/file'
  same low
  [ "$(cat "$BATS_TEST_TMPDIR/upper/file")" = up ]
  [ "$(cat "$BATS_TEST_TMPDIR/lower/file")" = low ]
}

@test "an error of the kernel names the mount, its place and the reason" {
  config '.mounts += [{"destination": "/mnt", "type": "tmpfs", "source": "tmpfs", "options": ["size=bogus"]}]'
  refused '/mounts/7' '/mnt'
}

# mount_at DESTINATION TYPE SOURCE OPTION...: adds one to the config.
mount_at() {
  local destination=$1 type=$2 source=$3
  shift 3
  config '.mounts += [{destination: $d, type: $t, source: $s, options: ($o | split("\u0001")[:-1])}]' \
    --arg d "$destination" --arg t "$type" --arg s "$source" --arg o "$(printf '%s\1' "$@")"
}

# options_of DESTINATION: a program that prints the mount's line of mountinfo.
options_of() {
  script "grep ' $1 ' /proc/self/mountinfo | tail -1"
}

@test "each attribute option of the specification's table on a tmpfs" {
  plain
  local option
  mount_at /m tmpfs tmpfs none
  for option in ro nosuid nodev noexec noatime nodiratime nosymfollow; do
    config '.mounts[-1].options = [$o]' --arg o "$option"
    options_of /m
    go
    is 0
    [[ ${output%% - *} =~ [\ ,]$option ]]
  done
  for option in rw suid dev exec atime diratime relatime async defaults loud silent nomand noiversion nolazytime norelatime nostrictatime symfollow; do
    config '.mounts[-1].options = [$o]' --arg o "$option"
    options_of /m
    go
    is 0
    says 'rw,relatime'
  done
  for option in sync dirsync; do
    config '.mounts[-1].options = [$o]' --arg o "$option"
    options_of /m
    go
    is 0
    [[ ${output##* - } == *$option* ]]
  done
  config '.mounts[-1].options = ["strictatime"]'
  options_of /m
  go
  is 0
  [[ $output != *relatime* && $output != *noatime* ]]
}

@test "id mapped mounts" {
  plain
  mkdir -p "$BUNDLE/data"
  touch "$BUNDLE/data/file"
  mount_at /data none "$BUNDLE/data" bind idmap
  config '.mounts[-1].uidMappings = [{containerID: 0, hostID: 3000, size: 10}] | .mounts[-1].gidMappings = .mounts[-1].uidMappings'
  payload stat -c '%u %g' /data/file
  go
  is 0 '3000 3000'
  config 'del(.mounts[-1].uidMappings) | del(.mounts[-1].gidMappings)'
  refused 'an id mapped mount needs "uidMappings" and "gidMappings"'
}
