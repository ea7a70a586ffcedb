#!/usr/bin/env bats
# Every mount option of the specification alone: each check fails with a runtime that does not know the option.
load bundle

setup() {
  bundle_make
  plain
  mkdir "$ROOTFS/mnt"
}

# has DESTINATION OPTION...: the mount's line of mountinfo in $output has the options. has_not: it has none of them.
has() {
  local line option
  line=$(awk -v path="$1" '$5 == path { line = $0 } END { print line }' <<<"$output")
  shift
  for option in "$@"; do
    [[ ",$(awk '{ print $6 "," $NF }' <<<"$line")," == *",$option,"* ]] || { echo "not $option: $line" && return 1; }
  done
}

has_not() {
  local path=$1 option
  shift
  for option in "$@"; do
    ! has "$path" "$option" >/dev/null || { echo "$path has $option" && return 1; }
  done
}

# at_mnt TYPE SOURCE OPTION...: the container has this mount at /mnt, and prints its mountinfo.
at_mnt() {
  local type=$1 source=$2
  shift 2
  config '.mounts = [.mounts[] | select(.destination != "/mnt")]
    + [{destination: "/mnt", type: $type, source: $source, options: ($options | split(" "))}]
    | .process.args = ["cat", "/proc/self/mountinfo"]' --arg type "$type" --arg source "$source" --arg options "$*"
}

tmpfs() {
  at_mnt tmpfs none "$@"
  launch
  succeeded
}

# tree OPTION...: a tree of the host is bound at /mnt: two mounts of tmpfs, the lower one with $BELOW for options. With
# $TREE=shared they are shared, and the container's propagation is kept.
tree() {
  local tree=$BATS_TEST_TMPDIR/tree
  mkdir -p "$tree"
  at_mnt none "$tree" rbind "$@"
  [ -z "${TREE:-}" ] || config '.linux.rootfsPropagation = "shared"'
  run unshare --mount --propagation private bash -c "
    mount -t tmpfs none '$tree' && mkdir '$tree/sub' && mount -t tmpfs none '$tree/sub' &&
    mount -o 'remount,bind,${BELOW:-rw}' '$tree/sub' &&
    mount --make-r${TREE:-private} '$tree' && '$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID' </dev/null"
  succeeded
}

# proves: /mounts/*/options/[=noatime] /mounts/*/options/[=strictatime] /mounts/*/options/[=nodiratime]
@test "the options noatime, strictatime, nodiratime" {
  tmpfs noatime nodiratime
  has /mnt noatime nodiratime
  tmpfs strictatime
  has_not /mnt noatime relatime nodiratime
}

# proves: /mounts/*/options/[=atime]
@test "atime reverts noatime, and nothing else" {
  tmpfs noatime atime
  has /mnt relatime
  tmpfs strictatime atime
  has_not /mnt relatime noatime
}

# proves: /mounts/*/options/[=nostrictatime]
@test "nostrictatime reverts strictatime, and nothing else" {
  tmpfs strictatime nostrictatime
  has /mnt relatime
  tmpfs noatime nostrictatime
  has /mnt noatime
}

# proves: /mounts/*/options/[=relatime]
@test "relatime after noatime and strictatime" {
  tmpfs noatime relatime
  has /mnt relatime
  tmpfs strictatime relatime
  has /mnt relatime
}

# proves: /mounts/*/options/[=diratime]
@test "diratime reverts nodiratime" {
  tmpfs nodiratime diratime
  has_not /mnt nodiratime
}

# proves: /mounts/*/options/[=norelatime] /mounts/*/options/[=rnorelatime]
@test "norelatime keeps the requested access time option" {
  tmpfs noatime norelatime
  has /mnt noatime
  tmpfs norelatime
  has /mnt relatime
  needs_linux 5.12 'mount_setattr(2)'
  tree rnoatime rnorelatime
  has /mnt/sub noatime
}

# proves: /mounts/*/options/[=sync] /mounts/*/options/[=dirsync] /mounts/*/options/[=lazytime]
@test "the options sync, dirsync, lazytime" {
  tmpfs sync
  has /mnt sync
  tmpfs dirsync lazytime
  has /mnt dirsync lazytime
}

# proves: /mounts/*/options/[=async] /mounts/*/options/[=nolazytime]
@test "async reverts sync, nolazytime reverts lazytime" {
  tmpfs sync async
  has_not /mnt sync
  tmpfs lazytime nolazytime
  has_not /mnt lazytime
  tmpfs async sync
  has /mnt sync
}

# proves: /mounts/*/options/[=ro] /mounts/*/options/[=nosuid] /mounts/*/options/[=nodev] /mounts/*/options/[=noexec]
# proves: /mounts/*/options/[=nosymfollow]
@test "ro, nosuid, nodev, noexec, nosymfollow" {
  tmpfs ro nosuid nodev noexec nosymfollow
  has /mnt ro nosuid nodev noexec nosymfollow
}

# proves: /mounts/*/options/[=rw] /mounts/*/options/[=suid] /mounts/*/options/[=dev] /mounts/*/options/[=exec]
# proves: /mounts/*/options/[=symfollow]
@test "rw, suid, dev, exec and symfollow revert these" {
  tmpfs ro nosuid nodev noexec nosymfollow rw suid dev exec symfollow
  has /mnt rw
  has_not /mnt ro nosuid nodev noexec nosymfollow
}

# proves: /mounts/*/options/[=rro] /mounts/*/options/[=rnosuid]
# proves: /mounts/*/options/[=rnoexec] /mounts/*/options/[=rnosymfollow] /mounts/*/options/[=rnodiratime]
# proves: /mounts/*/options/[=rnoatime]
@test "recursive options reach the mounts below" {
  needs_linux 5.12 'mount_setattr(2)'
  tree rro rnosuid rnodev rnoexec rnosymfollow rnodiratime rnoatime
  has /mnt ro nosuid nodev noexec nosymfollow nodiratime noatime
  has /mnt/sub ro nosuid nodev noexec nosymfollow nodiratime noatime
}

# proves: /mounts/*/options/[=rrw] /mounts/*/options/[=rsuid] /mounts/*/options/[=rdev] /mounts/*/options/[=rexec]
# proves: /mounts/*/options/[=rsymfollow] /mounts/*/options/[=rdiratime] /mounts/*/options/[=ratime]
@test "recursive options revert flags of the mounts below" {
  needs_linux 5.12 'mount_setattr(2)'
  BELOW=ro,nosuid,nodev,noexec,nosymfollow,nodiratime,noatime tree rrw rsuid rdev rexec rsymfollow rdiratime ratime
  has /mnt/sub rw relatime
  has_not /mnt/sub ro nosuid nodev noexec nosymfollow nodiratime noatime
}

# proves: /mounts/*/options/[=rrelatime]
@test "rrelatime reaches the mounts below" {
  needs_linux 5.12 'mount_setattr(2)'
  BELOW=noatime tree rrelatime
  has /mnt/sub relatime
}

# proves: /mounts/*/options/[=rstrictatime]
@test "rstrictatime reaches the mounts below" {
  needs_linux 5.12 'mount_setattr(2)'
  tree rstrictatime
  has_not /mnt relatime noatime
  has_not /mnt/sub relatime noatime
}

# proves: /mounts/*/options/[=rnostrictatime]
@test "rnostrictatime reaches the mounts below" {
  needs_linux 5.12 'mount_setattr(2)'
  BELOW=strictatime tree rnostrictatime
  has /mnt/sub relatime
}

# propagates DESTINATION WORD: shared, master (a slave), unbindable or private, as in mountinfo.
propagates() {
  local fields
  fields=$(awk -v path="$1" '$5 == path { sub(/ - .*/, ""); $1 = $2 = $3 = $4 = $5 = $6 = ""; line = $0 } END { print line }' <<<"$output")
  case $2 in
    private) [[ "$fields" != *[a-z]* ]] ;;
    *) [[ "$fields" == *"$2"* ]] ;;
  esac || { echo "$1 is not $2: $fields" && return 1; }
}

# proves: /mounts/*/options/[=private]
@test "private as the last option is accepted, though it is the default" {
  TREE=shared tree rshared private
  propagates /mnt private
}

# proves: /mounts/*/options/[=rprivate]
@test "rprivate changes the whole tree" {
  TREE=shared tree rshared rprivate
  propagates /mnt private
  propagates /mnt/sub private
}

# proves: /mounts/*/options/[=slave]
@test "slave changes the mount itself" {
  TREE=shared tree slave
  propagates /mnt master
  propagates /mnt/sub shared
  if grep -q ' /mnt .*shared:' <<<"$output"; then false; fi
}

# proves: /mounts/*/options/[=rslave]
@test "rslave changes the whole tree" {
  TREE=shared tree rslave
  propagates /mnt master
  propagates /mnt/sub master
}

# proves: /mounts/*/options/[=unbindable]
@test "unbindable changes the mount itself" {
  TREE=shared tree unbindable
  propagates /mnt unbindable
  propagates /mnt/sub private
}

# proves: /mounts/*/options/[=runbindable]
@test "runbindable changes the whole tree" {
  TREE=shared tree runbindable
  propagates /mnt unbindable
  propagates /mnt/sub unbindable
}

# proves: /mounts/*/options/[=shared]
@test "shared changes the mount itself" {
  tree shared
  propagates /mnt shared
  propagates /mnt/sub private
}

# proves: /mounts/*/options/[=rshared]
@test "rshared changes the whole tree" {
  tree rshared
  propagates /mnt shared
  propagates /mnt/sub shared
}

# proves: /mounts/*/options/[=defaults] /mounts/*/options/[=loud] /mounts/*/options/[=silent] /mounts/*/options/[=mand]
# proves: /mounts/*/options/[=nomand] /mounts/*/options/[=iversion] /mounts/*/options/[=noiversion]
@test "options without an effect are accepted" {
  tmpfs defaults loud silent mand nomand iversion noiversion
  has /mnt rw relatime
}
