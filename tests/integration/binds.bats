#!/usr/bin/env bats
# Bind mounts: flags inherited from the source, sources below the root file system, links, id maps, and a bind on "/".
load bundle

setup() {
  bundle_make
  plain
  mkdir "$ROOTFS/mnt"
  SHARED=$BATS_TEST_TMPDIR/shared # a directory of the host
  mkdir "$SHARED"
}

# bind SOURCE DESTINATION OPTION...
bind() {
  local source=$1 destination=$2
  shift 2
  config '.mounts += [{destination: $destination, type: "bind", source: $source, options: ($options | split(" "))}]' \
    --arg source "$source" --arg destination "$destination" --arg options "$*"
}

@test "the flags of a bind are those of docs/mounts.md, for each option, source and user namespace" {
  "$SOURCE/tests/conformance/bind-flags" --together "$HUSK" >"$BATS_TEST_TMPDIR/seen"
  awk '/^## / { own = $2 == "husk" } own && /^\| (no|yes) /' "$SOURCE/docs/mounts.md" >"$BATS_TEST_TMPDIR/wanted"
  [ -s "$BATS_TEST_TMPDIR/wanted" ]
  diff "$BATS_TEST_TMPDIR/wanted" "$BATS_TEST_TMPDIR/seen"
}

@test "a bind without rights over its source's flags keeps them, and starts" {
  # husk as root of a user namespace: flags from the host's mount namespace are locked
  bind "$SHARED" /mnt rbind rw exec
  script 'grep -c " /mnt ro,.*noexec" /proc/self/mountinfo'
  config 'del(.linux.resources, .linux.cgroupsPath) | .mounts |= map(select(.destination == "/proc" or .destination == "/mnt" or .type == "tmpfs"))
    | .linux.namespaces |= map(select(.type != "network" and .type != "cgroup"))'
  run --separate-stderr unshare --mount --propagation private sh -c 'mount -t tmpfs -o ro,noexec none "$1" && shift &&
    exec unshare --user --map-root-user --mount "$@"' sh "$SHARED" "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null
  is 0 1
}

@test "a source below the root file system is resolved through earlier mounts and stays inside the root" {
  local user
  mkdir "$SHARED/in"
  echo earlier >"$SHARED/in/file"
  ln -s /etc/passwd "$ROOTFS/link"
  echo of-the-image >"$ROOTFS/etc/passwd"
  bind "$SHARED" /mnt bind
  bind "$ROOTFS/mnt/in" /one bind
  bind rootfs//mnt/./in/file /two bind rslave
  bind "$ROOTFS/link" /three bind
  for user in no yes; do
    [ $user = no ] || { find "$ROOTFS" -type d -exec chown 100000:100000 {} + && reachable &&
      config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
      | .linux.gidMappings = .linux.uidMappings'; }
    inside 'cat /one/file /two /three'
    same 'earlier
earlier
of-the-image'
  done
}

@test "copy-symlink recreates the source's link, and accepts an existing one only if it is the same" {
  ln -s "some where" "$SHARED/link"
  echo plain >"$SHARED/file"
  bind "$SHARED/link" /mnt/deep/link bind copy-symlink
  bind "$SHARED/file" /mnt/file bind copy-symlink
  inside 'readlink /mnt/deep/link; cat /mnt/file'
  same 'some where
plain'
  inside 'readlink /mnt/deep/link' # it existed before
  same 'some where'
  ln -sfn elsewhere "$ROOTFS/mnt/deep/link"
  refused '/mnt/deep/link' 'the existing file is not a link to some where'
}

@test "src-nofollow binds a link itself, dest-nofollow mounts on one" {
  echo outside >"$SHARED/file"
  ln -s /etc/inner "$SHARED/link"
  echo inner >"$ROOTFS/etc/inner"
  ln -s /etc/inner "$ROOTFS/mnt/link"
  bind "$SHARED/file" /mnt/link bind dest-nofollow
  bind "$SHARED/link" /mnt/other bind src-nofollow
  inside 'cat /mnt/link /etc/inner; readlink /mnt/other'
  same 'outside
inner
/etc/inner'
  bind "$SHARED" /mnt/link bind dest-nofollow
  refused 'cannot mount a directory'
}

@test "the mapping of idmap=, absolute and of the container's ids" {
  needs_linux 5.12 'mount_setattr(2)'
  touch "$SHARED/file"
  chown 5:6 "$SHARED/file"
  bind "$SHARED" /mnt rbind 'idmap=uids=5-1000-1#9-2000-2;gids=6-3000-1'
  inside 'stat -c %u:%g /mnt/file'
  same 1000:3000
  find "$ROOTFS" -type d -exec chown 100000:100000 {} +
  reachable
  config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
    | .linux.gidMappings = .linux.uidMappings | .mounts[-1].options = ["rbind", "idmap=uids=@5-7-1;gids=@6-8-1"]'
  inside 'stat -c %u:%g /mnt/file'
  same 7:8
  local wrong
  for wrong in 'idmap=uids=5-7-1' 'idmap=uids=5-7;gids=6-8-1' 'idmap=uids=@5-70000-1;gids=6-8-1' 'idmap=uids=5-7-0;gids=6-8-1' \
    'idmap=users=5-7-1;gids=6-8-1' 'idmap=uids=5-7-1;gids=6-4294967296-1' 'idmap='; do
    refused_config ".mounts[-1].options = [\"rbind\", \"$wrong\"]" '/options/1' 'is not idmap=uids=RANGES;gids=RANGES'
  done
}

@test "a bind on / takes the place of the root file system" {
  cp -a "$ROOTFS" "$SHARED/other"
  echo other >"$SHARED/other/etc/marker"
  config '.mounts = [{destination: "/", type: "bind", source: $other, options: ["rbind"]}] + .mounts' --arg other "$SHARED/other"
  inside 'cat /etc/marker; ls -d /proc/self; grep -c " / / " /proc/self/mountinfo || true; touch /made'
  says other /proc/self
  [ -e "$SHARED/other/made" ]
  [ ! -e "$ROOTFS/made" ]
  refused_config '.mounts[0].source = "/usr/.."' '/mounts/0' "the host's root cannot"
  refused_config '.mounts[0] = {destination: "/", type: "tmpfs"}' '/mounts/0/destination' 'only a bind mount'
}

@test "an empty mount option is ignored; cgroup2 takes only its own options" {
  config '.mounts += [{destination: "/mnt", type: "tmpfs", source: "none", options: ["", "size=1m", ""]}]'
  bind "$SHARED" /one bind ''
  inside 'grep -c " /mnt .*size=1024k" /proc/self/mountinfo'
  same 1
  refused_config '.mounts += [{destination: "/mnt", type: "cgroup2", source: "none", options: ["ro", "size=1m"]}]' \
    '/options/1' '"size=1m" is not an option of cgroup2'
}

# pinned COMMAND...: a mount namespace is bound on a file below the shared $SHARED, as some programs of the host do.
pinned() {
  local processor
  # The kernel refuses to bind a namespace that counts as older than the one it is bound in, and its numbers grow only among
  # those that were made on one processor: both are made on the same one.
  processor=$(taskset -cp $BASHPID) processor=${processor##*: } processor=${processor%%[-,]*}
  # shellcheck disable=SC2016 # the inner shell's own
  run --separate-stderr taskset -c "$processor" unshare --mount --propagation private bash -c '
    shared=$1; shift; mount -t tmpfs -o mode=755 none "$shared" || exit; mkdir "$shared/private" "$shared/below"
    mount --bind "$shared/private" "$shared/private"; mount --make-private "$shared/private"
    touch "$shared/private/namespace"
    unshare --mount="$shared/private/namespace" true || exit
    mountpoint -q "$shared/private/namespace" || exit
    mount -t tmpfs -o mode=755 none "$shared/below"; touch "$shared/below/file"; mount --make-shared "$shared"; "$@"
    result=$?; umount "$shared/private/namespace"; exit $result' _ "$SHARED" "$@" </dev/null
}

@test "a tree that contains a bound mount namespace file is bound without that file, with any propagation" {
  local word user
  for user in no yes; do
    [ $user = no ] || { find "$ROOTFS" -type d -exec chown 100000:100000 {} + && reachable &&
      config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
      | .linux.gidMappings = .linux.uidMappings'; }
    for word in rslave rshared rprivate; do
      config 'del(.mounts[] | select(.destination == "/mnt"))'
      bind "$SHARED" /mnt rbind "$word"
      script 'grep " /mnt " /proc/self/mountinfo; ls /mnt/below; grep -c namespace /proc/self/mountinfo'
      pinned "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
      [ "${lines[1]} ${lines[2]}" = 'file 0' ] || { show && return 1; }
      case $word in
        rslave) says master: ;;
        rshared) says shared: ;;
        *) says_not master: shared: ;;
      esac
    done
  done
}
