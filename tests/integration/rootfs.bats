#!/usr/bin/env bats
# Root file systems with unexpected files. Tests have tags from docs/attacks.md.
load bundle

# at_destination PATH: the example with a tmpfs there, and a root file system that can be written.
at_destination() {
  example_with '.root.readonly = false | .mounts += [{destination: $path, type: "tmpfs", source: "tmpfs"}]' \
    --arg path "$1"
}

# home TEXT: HOME of a user who is not in the present /etc/passwd.
home() {
  example_with '.process.user = {uid: 4242, gid: 0}'
  script 'echo $HOME'
  run --separate-stderr timeout 10 "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null
  is 0 "$1"
}

# bats test_tags=attack:FS-01
@test "an image whose passwd and group are FIFOs" {
  rm "$ROOTFS/etc/passwd" "$ROOTFS/etc/group"
  mkfifo "$ROOTFS/etc/passwd" "$ROOTFS/etc/group"
  home /
}

# bats test_tags=attack:FS-02
@test "passwd is a device, a socket, a directory, a sparse file, a symlink out, one long line" {
  local kind
  for kind in device socket directory sparse link line; do
    rm -rf "$ROOTFS/etc/passwd"
    case $kind in
      device) mknod "$ROOTFS/etc/passwd" c 1 5 ;;
      socket) listen_at "$ROOTFS/etc" passwd ;;
      directory) mkdir "$ROOTFS/etc/passwd" ;;
      sparse) truncate -s 300M "$ROOTFS/etc/passwd" ;;
      link) ln -s /proc/kmsg "$ROOTFS/etc/passwd" ;;
      line) head -c 20000000 /dev/zero | tr '\0' x >"$ROOTFS/etc/passwd" ;;
    esac
    home /
  done
  # a line of less than a megabyte is skipped
  { head -c 900000 /dev/zero | tr '\0' x; printf '\nx:x:4242:0::/near:/bin/sh\n'; } >"$ROOTFS/etc/passwd"
  home /near
}

# bats test_tags=attack:CV-42
@test "of a passwd of four terabytes only the beginning is read" {
  rm "$ROOTFS/etc/passwd"
  truncate -s 4T "$ROOTFS/etc/passwd" "$ROOTFS/etc/group"
  printf '\nuser:x:4242:0::/far:/bin/sh\n' >>"$ROOTFS/etc/passwd"
  home /
}

# bats test_tags=attack:FS-04
@test "the program is a FIFO, a directory, a device, empty, of no architecture, without its interpreter" {
  mkfifo -m 755 "$ROOTFS/entry-fifo"
  mkdir "$ROOTFS/entry-directory"
  mknod -m 755 "$ROOTFS/entry-device" c 1 5
  touch "$ROOTFS/entry-plain"
  : >"$ROOTFS/entry-empty"
  printf '#!/no/interpreter\n' >"$ROOTFS/entry-script"
  printf '#!/entry-loop\n' >"$ROOTFS/entry-loop"
  printf '\177ELF\002\001\001\000\000\000\000\000\000\000\000\000\002\000\377\377' >"$ROOTFS/entry-elf"
  chmod 755 "$ROOTFS"/entry-{empty,script,loop,elf}
  local name reason
  while read -r name reason; do
    program "/entry-$name"
    refused "exec: \"/entry-$name\": $reason"
  done <<'END'
fifo permission denied
directory is a directory
device permission denied
plain permission denied
empty exec format error
script no such file or directory
loop
elf exec format error
END
}

# bats test_tags=attack:FS-05
@test "the root file system is on a nosuid, noexec or read-only file system" {
  local option
  program echo fine
  for option in nosuid ro noexec; do
    run --separate-stderr unshare --mount --propagation private bash -c "
      mount --bind '$BUNDLE' '$BUNDLE' && mount -o remount,bind,$option '$BUNDLE' || exit 9
      exec '$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID' </dev/null"
    if [ "$option" = noexec ]; then
      is 1 ''
      complains 'permission denied'
    else
      is 0 fine
    fi
    nothing_left
  done
}

# bats test_tags=attack:FS-06
@test "the path to a mount point has a file, a FIFO or a link loop in it, is very long, has a newline or is deep" {
  touch "$ROOTFS/file"
  mkfifo "$ROOTFS/fifo"
  ln -s loop2 "$ROOTFS/loop1"
  ln -s loop1 "$ROOTFS/loop2"
  ln -s loop "$ROOTFS/loop"
  local path
  for path in /file /fifo /etc/passwd; do
    at_destination "$path/sub"
    refused '/mounts/7' "$path"
  done
  for path in /loop1 /loop; do
    at_destination "$path/sub"
    refused '/mounts/7' "$path" 'too many levels of symbolic links'
  done
  for path in "/$(printf 'x%.0s' {1..4200})" "/$(printf 'y%.0s' {1..300})"; do
    at_destination "$path"
    refused '/mounts/7' 'long'
  done
  for path in $'/with\nnewline' "$(printf '/d%.0s' {1..300})"; do
    at_destination "$path"
    launch
    [ "$status" -eq 0 ] || { is 1; complains '/mounts/7'; }
    nothing_left
  done
}

# bats test_tags=attack:FS-07
@test "an image with symbolic links to magic links of /proc" {
  ln -s /proc/1/root/etc "$ROOTFS/magic"
  ln -s /proc/self/root "$ROOTFS/magic2"
  ln -s /proc/self/cwd "$ROOTFS/magic3"
  local path name=husk-made-$BATS_ROOT_PID
  for path in /magic /magic2 /magic3 /magic2/tmp; do
    at_destination "$path/$name"
    config '.linux.maskedPaths += [$path]' --arg path "$path"
    launch
    [ "$status" -eq 0 ] || { is 1; complains 'error: '; }
    [ ! -e "/etc/$name" ]
    [ ! -e "/$name" ]
    [ ! -e "/tmp/$name" ]
    [ ! -e "$name" ]
    nothing_left
  done
}

# bats test_tags=attack:FS-09
@test "an image whose /proc, /dev and /sys are files" {
  local name
  for name in proc dev sys; do
    rm -rf "${ROOTFS:?}/$name"
    touch "$ROOTFS/$name"
    refused "/$name" 'directory'
    [ "$name" != proc ] || complains 'mount point /proc is not a directory'
    rm "$ROOTFS/$name"
    mkdir "$ROOTFS/$name"
  done
}

# bats test_tags=attack:FS-10
@test "the root file system changes while containers are made" {
  local outside=$BATS_TEST_TMPDIR/outside stop=$BATS_TEST_TMPDIR/stop
  mkdir "$outside"
  echo host >"$outside/file"
  (
    cd "$ROOTFS"
    while [ ! -e "$stop" ]; do
      mv tmp tmp2 && ln -s "$outside" tmp && rm tmp && mv tmp2 tmp
    done
    true
  ) 2>/dev/null 3>&- &
  BACKGROUND=$!
  at_destination /tmp/sub/deep
  config '.linux.maskedPaths += ["/tmp/file"]'
  program true
  local i
  for i in $(seq 60 | sampled); do
    launch
    [ "$status" -eq 0 ] || { is 1; complains 'error: '; }
  done
  touch "$stop"
  wait "$BACKGROUND"
  [ "$(ls -A "$outside")" = file ]
  [ "$(cat "$outside/file")" = host ]
  nothing_left
}

# bats test_tags=attack:FS-12
@test "delete works while a bind source does not respond" {
  # a create with a hanging hook takes the place of a file system that does not respond
  local nap=8$BATS_ROOT_PID # no other process sleeps for that time
  config '.hooks.createRuntime = [{path: "/bin/sleep", args: ["sleep", $nap]}]' --arg nap "$nap"
  husk create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&- &
  local creator=$!
  wait_for pgrep -f "^sleep $nap\$"
  BACKGROUND="$creator $(pgrep -f "^sleep $nap\$")"
  timeout 10 "$HUSK" --root "$ROOT" delete --force "$ID"
  kill -KILL $BACKGROUND 2>/dev/null || true # what delete did not kill
  wait "$creator" || true
  nothing_left
}
