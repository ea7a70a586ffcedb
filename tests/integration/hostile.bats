#!/usr/bin/env bats
# Root file systems made to deceive, and configs that published vulnerabilities of runtimes needed. Each test is named
# by its id in docs/attacks.md.
load bundle

setup() {
  bundle_make
  OUTSIDE=$BATS_TEST_TMPDIR/outside # a place on the host that nothing may touch
  mkdir "$OUTSIDE"
  echo host >"$OUTSIDE/file"
}

# no_dev: the config has no mount on /dev or below.
no_dev() {
  config 'del(.mounts[] | select(.destination | startswith("/dev"))) | .root.readonly = false'
}

# untouched: the place on the host is as it was.
untouched() {
  if [ "$(ls -A "$OUTSIDE")" != file ] || [ "$(cat "$OUTSIDE/file")" != host ] || [ "$(stat -c %u:%a "$OUTSIDE/file")" != 0:644 ]; then
    ls -lA "$OUTSIDE"
    return 1
  fi
}

# harmless: it ran, or it was refused with one line; nothing left, nothing touched.
harmless() {
  launch
  [ "$status" -lt 128 ]
  [ "$status" -eq 0 ] || complains 'error: '
  untouched
  nothing_left
}

@test "CV-01: /dev is a symlink to a directory of the host" {
  no_dev
  rm -rf "$ROOTFS/dev"
  ln -s "$OUTSIDE" "$ROOTFS/dev"
  touch "$OUTSIDE/ptmx"
  launch
  rm "$OUTSIDE/ptmx"
  untouched
  nothing_left
}

@test "CV-03: /dev/console is a dangling symlink to the host, with a terminal" {
  no_dev
  config '.process.terminal = true'
  ln -s "$OUTSIDE/made" "$ROOTFS/dev/console"
  payload true
  launch
  untouched
  nothing_left
}

@test "CV-04: /dev/null is a symlink to a file, stdin is a pipe, user 1000" {
  no_dev
  config '.process.user = {"uid": 1000, "gid": 1000}'
  echo target >"$ROOTFS/etc/target"
  ln -s /etc/target "$ROOTFS/dev/null"
  payload true
  run --separate-stderr bash -c "echo | '$HUSK' --root '$STATE' run --bundle '$BUNDLE' '$ID'"
  failed_with 1
  complains '/dev/null'
  [ "$(cat "$ROOTFS/etc/target")" = target ]
  [ "$(stat -c %u "$ROOTFS/etc/target")" = 0 ]
  nothing_left
}

@test "CV-04: /dev/null is a regular file" {
  no_dev
  echo content >"$ROOTFS/dev/null"
  launch
  failed_with 1
  complains '/dev/null'
  [ "$(cat "$ROOTFS/dev/null")" = content ]
  nothing_left
}

@test "CV-05: /dev/null is a symlink into /proc/sys, and a file is masked" {
  no_dev
  config '.linux.maskedPaths = ["/proc/keys"]'
  ln -s /proc/sys/kernel/hostname "$ROOTFS/dev/null"
  script 'stat -c %t:%T /proc/keys; cat /proc/keys'
  launch
  if [ "$status" -eq 0 ]; then
    same 1:3
  else
    complains 'error: '
  fi
  nothing_left
}

@test "CV-07: /dev/console is always a terminal of devpts" {
  config '.process.terminal = true'
  payload sh -c 'stat -c %t /dev/console; [ "$(stat -f -c %T /dev/console)" = UNKNOWN ] || stat -f -c %T /dev/console'
  local i
  for i in 1 2 3 4 5; do
    launch
    succeeded
    says 88
  done
}

@test "CV-09: /proc is a symlink" {
  mkdir "$ROOTFS/evil"
  rmdir "$ROOTFS/proc"
  ln -s /evil "$ROOTFS/proc"
  refused '/proc' 'is a symlink'
  [ -z "$(ls -A "$ROOTFS/evil")" ]
}

@test "CV-10: /sys is a symlink" {
  mkdir "$ROOTFS/evil"
  rmdir "$ROOTFS/sys"
  ln -s /evil "$ROOTFS/sys"
  refused '/sys' 'is a symlink'
  [ -z "$(ls -A "$ROOTFS/evil")" ]
}

@test "CV-11: a tmpfs, or a bind of a directory, as /proc" {
  config '(.mounts[] | select(.destination == "/proc")) = {"destination": "/proc", "type": "tmpfs", "source": "tmpfs"}'
  refused '/proc'
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  config '(.mounts[] | select(.destination == "/proc")) = {"destination": "/proc", "type": "bind", "source": $d, "options": ["bind"]}' --arg d "$OUTSIDE"
  refused '/proc'
  untouched
}

@test "CV-12: mounts below /proc, but for the files that lxcfs offers" {
  local path
  for path in /proc/self/attr /proc/thread-self /proc/1/attr/exec /proc/sys/kernel /proc/sys /proc/self; do
    cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
    config '.mounts += [{"destination": $p, "type": "bind", "source": $d, "options": ["bind"]}]' --arg p "$path" --arg d "$OUTSIDE"
    refused '/mounts/7'
  done
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  config '.mounts += [{"destination": "/proc/uptime", "type": "bind", "source": $d, "options": ["bind"]}]' --arg d "$OUTSIDE/file"
  inside 'cat /proc/uptime'
  same host
  # by way of a symlink of the image, or with dots
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  ln -s /proc/sys "$ROOTFS/lnk"
  config '.mounts += [{"destination": "/lnk/kernel", "type": "bind", "source": $d, "options": ["bind"]}]' --arg d "$OUTSIDE"
  refused '/mounts/7'
  config '.mounts[-1].destination = "/tmp/../proc/sys"'
  refused '/mounts/7'
}

@test "CV-14: the working directory leads out by a descriptor" {
  local n
  for n in $(seq 3 32); do
    jq --arg cwd "/proc/self/fd/$n/../../.." '.process.cwd = $cwd | .process.args = ["/bin/pwd"]' "$SOURCE/config.json.example" >"$BUNDLE/config.json"
    launch
    [ "$status" -ne 0 ] || { says_not unreachable "$BATS_TEST_TMPDIR"; same /; }
    jq --arg cwd "/proc/self/fd/$n" '.process.cwd = $cwd' "$SOURCE/config.json.example" >"$BUNDLE/config.json"
    launch
    [ "$status" -ne 0 ]
  done
  nothing_left
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  container_up
  for n in $(seq 3 32); do
    run --separate-stderr husk exec --cwd "/proc/self/fd/$n" "$ID" pwd
    [ "$status" -ne 0 ]
    run --separate-stderr husk exec --cwd "/proc/self/fd/$n/../../../.." "$ID" sh -c 'ls -d /bin; ls ..'
    [ "$status" -ne 0 ] || says_not unreachable sbin/husk
  done
}

@test "CV-16: the program behind /proc/PID/exe is never the host's" {
  local before
  before=$(sha256sum <"$HUSK")
  config '.root.readonly = false | del(.linux.seccomp)'
  container_up 'while :; do for exe in /proc/[0-9]*/exe; do
      if [ "$(readlink $exe)" != /bin/busybox ] && (echo overwritten >>$exe) 2>/dev/null; then echo "wrote $exe $(readlink $exe)"; fi; done; done'
  local i
  for i in $(seq 20); do
    husk exec "$ID" true
  done
  never grep wrote "$BATS_TEST_TMPDIR/out"
  [ "$(sha256sum <"$HUSK")" = "$before" ]
  husk delete --force "$ID"
  # what these find is husk-init's sealed copy, which does nothing without its plan
  payload /proc/self/exe
  launch
  [ "$status" -ne 0 ]
  printf '#!/proc/self/exe\n' >"$ROOTFS/entry"
  chmod +x "$ROOTFS/entry"
  payload /entry
  launch
  [ "$status" -ne 0 ]
  nothing_left
  [ "$(sha256sum <"$HUSK")" = "$before" ]
}

@test "CV-17: without memfd_create nothing runs unprotected" {
  payload echo fine
  run --separate-stderr unshare --pid --fork --mount-proc bash -c "
    echo 2 >/proc/sys/vm/memfd_noexec 2>/dev/null || { echo fine; exit 0; }
    '$HUSK' --root '$STATE' run --bundle '$BUNDLE' '$ID'"
  [ "$status" -ne 0 ] || same fine
  [ "$status" -eq 0 ] || complains 'error: '
}

@test "CV-18: a mount destination through a symlink to the host" {
  ln -s "$OUTSIDE" "$ROOTFS/lnk"
  config '.mounts += [{"destination": "/lnk/sub/deep", "type": "tmpfs", "source": "tmpfs"}] | .root.readonly = false'
  harmless
}

@test "CV-18: symlinks with .. that climb" {
  ln -s "../../../../../../../..$OUTSIDE" "$ROOTFS/lnk"
  config '.mounts += [{"destination": "/lnk/sub", "type": "tmpfs", "source": "tmpfs"}] | .root.readonly = false'
  harmless
  config '.mounts[-1].destination = "/../../../../../..\($d)/sub"' --arg d "$OUTSIDE"
  harmless
}

@test "CV-20: a bind of a file onto a dangling symlink to the host" {
  ln -s "$OUTSIDE/made" "$ROOTFS/f"
  config '.mounts += [{"destination": "/f", "type": "bind", "source": $s, "options": ["bind"]}] | .root.readonly = false' --arg s "$OUTSIDE/file"
  harmless
}

@test "CV-21: inheritable stays empty, for run and for exec --cap" {
  script "grep -E '^Cap(Inh|Amb)' /proc/self/status; sleep 1000"
  container_up "grep -E '^Cap(Inh|Amb)' /proc/self/status; sleep 1000"
  wait_for grep -q CapAmb "$BATS_TEST_TMPDIR/out"
  [ "$(cut -f2 "$BATS_TEST_TMPDIR/out" | sort -u)" = 0000000000000000 ]
  run --separate-stderr husk exec --cap CAP_NET_RAW "$ID" sh -c "grep -E '^Cap(Inh|Amb)' /proc/self/status | cut -f2 | sort -u"
  same 0000000000000000
}

@test "CV-22: exec --user takes the numbers as they are" {
  container_up
  run --separate-stderr husk exec --user 1:2 "$ID" sh -c 'id -u; id -g'
  same '1
2'
  run --separate-stderr husk exec --user 0:5 "$ID" sh -c 'id -u; id -g'
  same '0
5'
  run --separate-stderr husk exec --user 1 "$ID" id -u
  same 1
  run --separate-stderr husk exec --user 01 "$ID" id -u
  [ "$status" -ne 0 ] || same 1
  local bad
  for bad in -1 4294967295 4294967296 x 1:x 1: :1 '1:2:3' ''; do
    run --separate-stderr husk exec --user "$bad" "$ID" id -u
    [ "$status" -ne 0 ] || [[ "$bad" == 1: && "$output" == 1 ]]
  done
}

@test "CV-25: maps of many entries are installed whole or not at all" {
  chmod 755 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "$BATS_TEST_TMPDIR" "$BUNDLE" "$ROOTFS"
  config '.linux.namespaces += [{"type": "user"}] | .linux.uidMappings = [range(340) | {"containerID": ., "hostID": (100000 + 2 * .), "size": 1}]
    | .linux.gidMappings = [{"containerID": 0, "hostID": 100000, "size": 1000}]'
  script 'wc -l </proc/self/uid_map'
  launch
  if [ "$status" -eq 0 ]; then
    same 340
  else
    complains 'uid_map'
  fi
  config '.linux.uidMappings = [range(3000) | {"containerID": ., "hostID": (100000 + 2 * .), "size": 1}]'
  refused 'uid_map'
}

@test "CV-26: with a user namespace and no cgroup namespace the cgroup tree is read-only" {
  chmod 755 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "$BATS_TEST_TMPDIR" "$BUNDLE" "$ROOTFS"
  config '.linux.namespaces += [{"type": "user"}] | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}] | .linux.gidMappings = .linux.uidMappings
    | del(.linux.namespaces[] | select(.type == "cgroup"))'
  script 'for d in /sys/fs/cgroup /sys/fs/cgroup/*; do mkdir $d/escape 2>/dev/null && echo made $d; done; echo end'
  launch
  [ "$status" -ne 0 ] || same end
}

@test "CV-28: an id or a cgroupsPath with .. joins no path" {
  run --separate-stderr husk run --bundle "$BUNDLE" '../../x'
  [ "$status" -ne 0 ]
  [ ! -e "$BATS_TEST_TMPDIR/../x" ]
  config '.linux.cgroupsPath = "/husk-test/../../x"'
  refused '/linux/cgroupsPath'
}

@test "CV-29: in the root file system only mount points are made, through its descriptor" {
  command -v strace >/dev/null
  config '.root.readonly = false | .mounts += [{"destination": "/made/here", "type": "tmpfs", "source": "tmpfs"}]'
  payload true
  strace -f -o "$BATS_TEST_TMPDIR/trace" -e trace=open,openat,creat,mkdir,mkdirat,mknod,mknodat,symlink,symlinkat,link,linkat,rename,renameat,renameat2 \
    "$HUSK" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null
  # the path of the root file system is in no call that could make something
  grep -F "$ROOTFS/" "$BATS_TEST_TMPDIR/trace" >"$BATS_TEST_TMPDIR/by-path" || true
  never grep -E 'O_CREAT|mkdir|mknod|symlink|link|rename' "$BATS_TEST_TMPDIR/by-path"
  grep -q mkdirat "$BATS_TEST_TMPDIR/trace"
  never grep -E '(mkdirat|mknodat|symlinkat)\(AT_FDCWD, "/(made|dev)' "$BATS_TEST_TMPDIR/trace"
}

@test "CV-32: no abstract socket is ever opened" {
  payload true
  strace -o "$BATS_TEST_TMPDIR/trace" -e trace=bind,connect "$HUSK" --root "$STATE" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
  strace -f -o "$BATS_TEST_TMPDIR/trace2" -e trace=bind,connect "$HUSK" --root "$STATE" start "$ID"
  never grep -E 'sun_path=@' "$BATS_TEST_TMPDIR/trace" "$BATS_TEST_TMPDIR/trace2"
}

@test "CV-33: a process that joins cannot be looked into" {
  config 'del(.linux.seccomp)'
  # root may list the numbers; what they stand for, and the memory, must stay closed until execve
  container_up 'while :; do for p in /proc/[0-9]*; do
      case $(cat $p/comm 2>/dev/null) in husk*)
        for f in $p/fd/* $p/exe $p/cwd; do
          seen=$(readlink $f 2>/dev/null) || continue
          case $(cat $p/comm 2>/dev/null) in husk*) echo "saw $f $seen";; esac
        done;;
      esac; done; done'
  local i
  for i in $(seq 30); do
    husk exec "$ID" true
  done
  never grep -q saw "$BATS_TEST_TMPDIR/out"
}

@test "CV-34: exec loads nothing of the container's" {
  mkdir -p "$ROOTFS/etc" "$ROOTFS/lib" "$ROOTFS/usr/lib"
  echo /evil.so >"$ROOTFS/etc/ld.so.preload"
  echo 'passwd: evil' >"$ROOTFS/etc/nsswitch.conf"
  container_up
  strace -f -o "$BATS_TEST_TMPDIR/trace" -e trace=open,openat,openat2 "$HUSK" --root "$STATE" exec "$ID" true
  never grep -E 'ld.so|nsswitch|evil|locale|libnss' "$BATS_TEST_TMPDIR/trace"
}

@test "CV-36: masked and read-only paths through a symlink to the host" {
  ln -s "$OUTSIDE" "$ROOTFS/lnk"
  config '.linux.maskedPaths = ["/lnk", "/lnk/file"] | .linux.readonlyPaths = ["/lnk"]'
  harmless
  [ -z "$(grep -F "$OUTSIDE" /proc/self/mountinfo)" ]
}

@test "CV-38: husk refuses to run set-user-ID" {
  cp "$HUSK" "$BATS_TEST_TMPDIR/suid"
  chmod 4755 "$BATS_TEST_TMPDIR/suid"
  chmod 755 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "$BATS_TEST_TMPDIR"
  run --separate-stderr setpriv --reuid 1000 --regid 1000 --clear-groups "$BATS_TEST_TMPDIR/suid" list
  failed_with 1
  complains 'set-user-ID'
}

@test "CV-39: a user named by a number is not looked up" {
  printf 'root:x:0:0::/root:/bin/sh\n1000:x:0:0::/evil:/bin/sh\nreal:x:1000:1000::/home/real:/bin/sh\n' >"$ROOTFS/etc/passwd"
  config '.process.user = {"uid": 1000, "gid": 1000}'
  container_up 'id -u; echo $HOME; sleep 1000'
  wait_for grep -q home "$BATS_TEST_TMPDIR/out"
  [ "$(cat "$BATS_TEST_TMPDIR/out")" = '1000
/home/real' ]
  run --separate-stderr husk exec --user 1000 "$ID" id -u
  same 1000
}

@test "CV-41: annotations change nothing" {
  config '.annotations = {"run.oci.privileged": "false", "run.oci.seccomp.receiver": "/run/x", "run.oci.seccomp_bpf_data": "AAAA", "org.systemd.property.X": "1",
    "run.oci.hooks.stdout": "/tmp/x", "run.oci.keep_original_groups": "1", "io.podman.annotations.privileged": "TRUE", "run.oci.systemd.subgroup": "../x", "run.oci.delegate-cgroup": "x"}'
  script "grep -E '^(CapBnd|NoNewPrivs|Seccomp):' /proc/self/status"
  launch
  same 'CapBnd:	00000000a80425fb
NoNewPrivs:	1
Seccomp:	2'
}

@test "CV-42: a passwd of two gigabytes is read a little of" {
  rm "$ROOTFS/etc/passwd"
  truncate -s 2G "$ROOTFS/etc/passwd"
  printf '\nuser:x:1000:1000::/home/user:/bin/sh\n' >>"$ROOTFS/etc/passwd"
  truncate -s 2G "$ROOTFS/etc/group"
  config '.process.user = {"uid": 1000, "gid": 1000}'
  local begin
  begin=$(date +%s%N)
  inside 'echo $HOME'
  same /
  [ $((($(date +%s%N) - begin) / 1000000)) -lt 1500 ]
}

@test "FS-01: passwd and group are FIFOs" {
  rm "$ROOTFS/etc/passwd" "$ROOTFS/etc/group"
  mkfifo "$ROOTFS/etc/passwd" "$ROOTFS/etc/group"
  script 'echo $HOME'
  run timeout 5 "$HUSK" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null
  succeeded
  [[ "$output" = / || "$output" = /root ]]
}

@test "FS-02: passwd is a device, a socket, a directory, a sparse file, a symlink out, one long line" {
  local kind
  for kind in device directory sparse link line; do
    rm -rf "$ROOTFS/etc/passwd"
    case $kind in
      device) mknod "$ROOTFS/etc/passwd" c 1 5 ;;
      directory) mkdir "$ROOTFS/etc/passwd" ;;
      sparse) truncate -s 300M "$ROOTFS/etc/passwd" ;;
      link) ln -s /proc/kmsg "$ROOTFS/etc/passwd" ;;
      line) head -c 20000000 /dev/zero | tr '\0' x >"$ROOTFS/etc/passwd" ;;
    esac
    script 'echo $HOME'
    run timeout 5 "$HUSK" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null
    succeeded
    [[ "$output" = / || "$output" = /root ]]
  done
}

@test "FS-04: the program is a FIFO, a directory, a device, empty, of another architecture, a script without its interpreter" {
  mkfifo -m 755 "$ROOTFS/entry-fifo"
  mkdir "$ROOTFS/entry-directory"
  mknod -m 755 "$ROOTFS/entry-device" c 1 5
  touch "$ROOTFS/entry-plain"
  : >"$ROOTFS/entry-empty"
  printf '#!/no/interpreter\n' >"$ROOTFS/entry-script"
  printf '#!/entry-loop\n' >"$ROOTFS/entry-loop"
  printf '\177ELF\002\001\001\000\000\000\000\000\000\000\000\000\002\000\377\377' >"$ROOTFS/entry-elf"
  chmod 755 "$ROOTFS"/entry-{empty,script,loop,elf}
  local name
  for name in fifo directory device plain empty script loop elf; do
    payload "/entry-$name"
    run --separate-stderr timeout 5 "$HUSK" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null
    failed_with 1
    complains "/entry-$name"
    nothing_left
  done
}

@test "FS-05: the root file system is on a nosuid, noexec or read-only file system" {
  local option
  for option in nosuid ro; do
    payload echo fine
    run --separate-stderr unshare --mount --propagation private bash -c "
      mount --bind '$BUNDLE' '$BUNDLE' && mount -o remount,bind,$option '$BUNDLE' && '$HUSK' --root '$STATE' run --bundle '$BUNDLE' '$ID' </dev/null"
    same fine
  done
  run --separate-stderr unshare --mount --propagation private bash -c "
    mount --bind '$BUNDLE' '$BUNDLE' && mount -o remount,bind,noexec '$BUNDLE' && '$HUSK' --root '$STATE' run --bundle '$BUNDLE' '$ID' </dev/null"
  failed_with 1
  complains 'permission denied'
  nothing_left
}

@test "FS-06: what leads to a mount point is a file, a FIFO, a loop of links, very long, has a newline, is deep" {
  touch "$ROOTFS/file"
  mkfifo "$ROOTFS/fifo"
  ln -s loop2 "$ROOTFS/loop1"
  ln -s loop1 "$ROOTFS/loop2"
  local path
  for path in /file/sub /fifo/sub /loop1/sub; do
    cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
    config '.root.readonly = false | .mounts += [{"destination": $p, "type": "tmpfs", "source": "tmpfs"}]' --arg p "$path"
    refused '/mounts/7' "${path%/sub}"
  done
  for path in "/$(printf 'x%.0s' {1..4200})" "/$(printf 'y%.0s' {1..300})"; do
    cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
    config '.root.readonly = false | .mounts += [{"destination": $p, "type": "tmpfs", "source": "tmpfs"}]' --arg p "$path"
    refused '/mounts/7' 'long'
  done
  for path in $'/with\nnewline' "$(printf '/d%.0s' {1..300})"; do
    cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
    config '.root.readonly = false | .mounts += [{"destination": $p, "type": "tmpfs", "source": "tmpfs"}]' --arg p "$path"
    launch
    [ "$status" -eq 0 ] || complains '/mounts/7'
    nothing_left
  done
}

@test "FS-07: symlinks to magic links of /proc" {
  ln -s /proc/1/root/etc "$ROOTFS/magic"
  ln -s /proc/self/root "$ROOTFS/magic2"
  ln -s /proc/self/cwd "$ROOTFS/magic3"
  local path
  for path in /magic /magic2 /magic3 /magic2/tmp; do
    cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
    config '.root.readonly = false | .mounts += [{"destination": "\($p)/husk-made", "type": "tmpfs", "source": "tmpfs"}] | .linux.maskedPaths += [$p]' --arg p "$path"
    launch
    [ ! -e /etc/husk-made ] && [ ! -e /husk-made ] && [ ! -e /tmp/husk-made ]
    nothing_left
  done
}

@test "FS-09: /proc, /dev, /sys are files" {
  local name
  for name in proc dev sys; do
    rm -rf "${ROOTFS:?}/$name"
    touch "$ROOTFS/$name"
    refused "/$name" 'directory'
    rm "$ROOTFS/$name"
    mkdir "$ROOTFS/$name"
  done
}

@test "FS-10: the root file system changes while containers are made" {
  (
    while [ ! -e "$BATS_TEST_TMPDIR/stop" ]; do
      mv "$ROOTFS/tmp" "$ROOTFS/tmp2" && ln -s "$OUTSIDE" "$ROOTFS/tmp" && rm "$ROOTFS/tmp" && mv "$ROOTFS/tmp2" "$ROOTFS/tmp"
    done
    true
  ) 2>/dev/null &
  local racer=$! i
  config '.root.readonly = false | .mounts += [{"destination": "/tmp/sub/deep", "type": "tmpfs", "source": "tmpfs"}] | .linux.maskedPaths += ["/tmp/file"]'
  payload true
  for i in $(seq 60); do
    launch
    [ "$status" -lt 128 ]
  done
  touch "$BATS_TEST_TMPDIR/stop"
  wait "$racer"
  untouched
  nothing_left
}

@test "FS-12: a source that never answers does not keep delete from its work" {
  # a created container whose hook hangs stands for a file system that does not answer
  config '.hooks.createRuntime = [{"path": "/bin/sleep", "args": ["sleep", "1003"]}]'
  husk create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 &
  BACKGROUND=$!
  wait_for pgrep -f '^sleep 1003$'
  timeout 5 "$HUSK" --root "$STATE" delete --force "$ID"
  pkill -f '^sleep 1003$' || true
  wait "$BACKGROUND" || true
  BACKGROUND=
  nothing_left
}

@test "CV-16: the program of husk cannot be written from inside" {
  plain
  local before
  before=$(sha256sum "$HUSK")
  ln -s /proc/self/exe "$ROOTFS/bin/self"
  printf '#!/proc/self/exe\n' >"$ROOTFS/bin/script"
  chmod 755 "$ROOTFS/bin/script"
  script 'for i in $(seq 400); do for p in /proc/[0-9]*; do [ "$(readlink $p/exe)" ] || continue; case $(readlink $p/exe) in *busybox*) ;; *) (echo x >$p/exe) 2>/dev/null && echo written $(readlink $p/exe);; esac; done; sleep 0.005; done; echo done'
  husk run -d --bundle "$BUNDLE" "$ID" >"$BATS_TEST_TMPDIR/out" 2>&1 </dev/null 3>&-
  local n
  for n in $(seq 20); do
    husk exec "$ID" true || true
    husk exec "$ID" /bin/self >/dev/null 2>&1 || true
    husk exec "$ID" /bin/script >/dev/null 2>&1 || true
  done
  husk kill "$ID" KILL
  [[ $(cat "$BATS_TEST_TMPDIR/out") != *written* ]]
  [ "$before" = "$(sha256sum "$HUSK")" ]
}

@test "CV-33: no process of husk can be traced from inside" {
  plain
  # what is read counts only if the process was still husk's own afterwards
  script 'own() { case $(cat $1/comm 2>/dev/null) in husk*) return 0;; esac; return 1; }
    for i in $(seq 300); do for p in /proc/[0-9]*; do
      own $p || continue
      cat $p/environ >/dev/null 2>&1 && own $p && echo read $p
      readlink $p/fd/0 >/dev/null 2>&1 && own $p && echo listed $p
    done; done; echo done'
  config '.process.capabilities.bounding += ["CAP_SYS_CHROOT"]'
  husk run -d --bundle "$BUNDLE" "$ID" >"$BATS_TEST_TMPDIR/out" 2>&1 </dev/null 3>&-
  local n
  for n in $(seq 30); do husk exec "$ID" true || true; done
  husk kill "$ID" KILL
  never grep -E '^(read|listed) ' "$BATS_TEST_TMPDIR/out"
}
