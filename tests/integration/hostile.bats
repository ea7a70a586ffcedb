#!/usr/bin/env bats
# Root file systems and configs from published vulnerabilities of runtimes. Each test has a tag from
# docs/attacks.md. Images that are merely unusual are in rootfs.bats.
load bundle

setup() {
  bundle_make
  OUTSIDE=$BATS_TEST_TMPDIR/outside # a directory of the host that must not change
  mkdir "$OUTSIDE"
  echo host >"$OUTSIDE/file"
}

# no_dev: the config has no mount on /dev or below.
no_dev() {
  config 'del(.mounts[] | select(.destination | startswith("/dev"))) | .root.readonly = false'
}

# untouched: that directory has not changed.
untouched() {
  if [ "$(ls -A "$OUTSIDE")" != file ] || [ "$(cat "$OUTSIDE/file")" != host ] \
    || [ "$(stat -c %u:%a "$OUTSIDE/file")" != 0:644 ]; then
    ls -lA "$OUTSIDE"
    return 1
  fi
}

# harmless: it ran or was refused with one line; nothing is left, and the host's directory has not changed.
harmless() {
  launch
  [ "$status" -eq 0 ] || { is 1; complains 'error: '; }
  untouched
  nothing_left
}

# bats test_tags=attack:CV-01
@test "/dev is a symlink to a directory of the host" {
  no_dev
  rm -rf "$ROOTFS/dev"
  ln -s "$OUTSIDE" "$ROOTFS/dev"
  harmless
  touch "$OUTSIDE/ptmx"
  launch
  rm "$OUTSIDE/ptmx"
  untouched
  nothing_left
}

# bats test_tags=attack:CV-03
@test "/dev/console is a dangling symlink to the host, with a terminal" {
  no_dev
  config '.process.terminal = true'
  ln -s "$OUTSIDE/made" "$ROOTFS/dev/console"
  program true
  harmless
  config '.mounts += [{destination: "/dev/pts", type: "devpts", source: "devpts",
    options: ["newinstance", "ptmxmode=0666"]}]'
  refused '/dev/console is a symlink'
  untouched
}

# bats test_tags=attack:CV-04
@test "/dev/null is a symlink to a file, stdin is a pipe, user 1000" {
  no_dev
  config '.process.user = {uid: 1000, gid: 1000}'
  echo target >"$ROOTFS/etc/target"
  ln -s /etc/target "$ROOTFS/dev/null"
  program true
  run --separate-stderr bash -c "echo | '$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID'"
  is 1 ''
  complains '/dev/null exists in the root file system but is not the null device'
  [ "$(cat "$ROOTFS/etc/target")" = target ]
  [ "$(stat -c %u "$ROOTFS/etc/target")" = 0 ]
  nothing_left
}

# bats test_tags=attack:CV-04
@test "an image whose /dev/null is a regular file" {
  no_dev
  echo content >"$ROOTFS/dev/null"
  refused '/dev/null exists in the root file system but is not the null device'
  [ "$(cat "$ROOTFS/dev/null")" = content ]
}

# bats test_tags=attack:CV-05
@test "/dev/null is a symlink into /proc/sys, and a file is masked" {
  no_dev
  config '.linux.maskedPaths = ["/proc/keys"]'
  ln -s /proc/sys/kernel/hostname "$ROOTFS/dev/null"
  refused '/dev/null'
}

# bats test_tags=attack:CV-09
@test "an image whose /proc is a symlink" {
  mkdir "$ROOTFS/evil"
  rmdir "$ROOTFS/proc"
  ln -s /evil "$ROOTFS/proc"
  refused '/proc' 'is a symlink'
  [ -z "$(ls -A "$ROOTFS/evil")" ]
}

# bats test_tags=attack:CV-10
@test "an image whose /sys is a symlink" {
  mkdir "$ROOTFS/evil"
  rmdir "$ROOTFS/sys"
  ln -s /evil "$ROOTFS/sys"
  refused '/sys' 'is a symlink'
  [ -z "$(ls -A "$ROOTFS/evil")" ]
}

# bats test_tags=attack:CV-11
@test "a tmpfs and a bind of a directory on /proc are refused" {
  config '.mounts[0] = {destination: "/proc", type: "tmpfs", source: "tmpfs"}'
  refused '/mounts/0' '/proc must be procfs or a bind of a procfs root'
  local kind options
  for kind in bind none; do
    for options in '["bind"]' '["rbind"]'; do
      example_with '.mounts[0] = {destination: "/proc", type: $type, source: $d, options: $options}' \
        --arg type "$kind" --arg d "$OUTSIDE" --argjson options "$options"
      refused '/proc'
    done
  done
  untouched
}

# bats test_tags=attack:CV-12
@test "mounts below /proc are refused, except for the files that lxcfs provides" {
  local path
  for path in self/attr thread-self 1/attr/exec sys/kernel sys self; do
    example_with '.mounts += [{destination: "/proc/\($p)", source: $d, options: ["bind"]}]' --arg p "$path" \
      --arg d "$OUTSIDE"
    refused '/mounts/7' 'is inside /proc'
  done
  example_with '.mounts += [{destination: "/proc/uptime", source: $d, options: ["bind"]}]' --arg d "$OUTSIDE/file"
  inside 'cat /proc/uptime'
  same host
  # through a symlink of the image, or with dots
  ln -s /proc/sys "$ROOTFS/lnk"
  ln -s /proc "$ROOTFS/other"
  for path in /lnk/kernel /other/sys; do
    example_with '.mounts += [{destination: $p, source: $d, options: ["bind"]}]' --arg p "$path" --arg d "$OUTSIDE"
    refused '/mounts/7' 'is inside proc'
  done
  config '.mounts[-1].destination = "/tmp/../proc/sys"'
  refused '/mounts/7'
  untouched
}

# with_descriptors COMMAND: husk inherits descriptors of the host's directories.
with_descriptors() {
  run --separate-stderr bash -c "exec 3</ 4</etc 5</tmp 9</usr; $1"
}

# bats test_tags=attack:CV-14
@test "run refuses a working directory that leads out through a descriptor" {
  local n up
  program /bin/pwd
  for n in $(seq 3 32 | sampled); do
    for up in '' /.. /../.. /../../..; do
      config '.process.cwd = $cwd' --arg cwd "/proc/self/fd/$n$up"
      with_descriptors "'$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID' </dev/null"
      if [ "$status" -eq 0 ]; then # a directory of the container: pwd is below its root
        [ -n "$up" ]
        [[ "$output" == /* ]]
        says_not unreachable "$BATS_TEST_TMPDIR"
        [ -d "$ROOTFS$output" ]
      else
        is 1 ''
        complains 'error: '
      fi
    done
  done
  nothing_left
}

# bats test_tags=attack:CV-14
@test "exec refuses a working directory that leads out through a descriptor" {
  local n up
  container_up
  for n in $(seq 3 32 | sampled); do
    with_descriptors "'$HUSK' --root '$ROOT' exec --cwd /proc/self/fd/$n '$ID' pwd </dev/null"
    is 255 ''
    for up in /.. /../.. /../../../..; do
      with_descriptors "'$HUSK' --root '$ROOT' exec --cwd /proc/self/fd/$n$up '$ID' sh -c 'pwd; ls -d /bin; ls ..'"
      [ "$status" -ne 0 ] || says_not unreachable sbin/husk "$BATS_TEST_TMPDIR"
    done
  done
}

# bats test_tags=attack:CV-16
@test "/proc/PID/exe is never the host's program" {
  local before i
  before=$(sha256sum <"$HUSK")
  config '.root.readonly = false | del(.linux.seccomp)'
  ln -s /proc/self/exe "$ROOTFS/bin/self"
  printf '#!/proc/self/exe\n' >"$ROOTFS/bin/entry"
  chmod 755 "$ROOTFS/bin/entry"
  container_up 'echo up; while :; do
    for exe in /proc/[0-9]*/exe; do
      [ "$(readlink $exe)" != /bin/busybox ] && (echo overwritten >>$exe) 2>/dev/null && echo "wrote $exe"
    done; done'
  wait_for grep -q up "$BATS_TEST_TMPDIR/out"
  # /proc/self/exe is husk-init's sealed copy, which does nothing without its plan
  for i in {1..20}; do
    husk exec "$ID" true
    never husk exec "$ID" /bin/self
    never husk exec "$ID" /bin/entry
  done
  never grep wrote "$BATS_TEST_TMPDIR/out"
  [ "$(sha256sum <"$HUSK")" = "$before" ]
  husk delete --force "$ID"
  for i in /proc/self/exe /bin/entry; do
    program "$i"
    launch
    failed
    nothing_left
  done
  [ "$(sha256sum <"$HUSK")" = "$before" ]
}

# bats test_tags=attack:CV-17
@test "if executable memfds are forbidden, nothing runs" {
  program echo fine
  # the sysctl is one of the pid namespace, and husk and the test's shell are alone in this one
  run --separate-stderr unshare --pid --fork --mount-proc --kill-child bash -c "
    if [ -e /proc/sys/vm/memfd_noexec ]; then echo 2 >/proc/sys/vm/memfd_noexec || exit 9; else echo none >&2; fi
    '$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID' </dev/null"
  if [[ "$stderr" == none* ]]; then # a kernel that cannot forbid them
    is 0 fine
  else
    is 1 ''
    complains 'error: ' memfd_noexec
  fi
  nothing_left
}

# bats test_tags=attack:CV-18
@test "a mount destination through a symlink to the host" {
  ln -s "$OUTSIDE" "$ROOTFS/lnk"
  config '.mounts += [{destination: "/lnk/sub/deep", type: "tmpfs", source: "tmpfs"}] | .root.readonly = false'
  harmless
}

# bats test_tags=attack:CV-18
@test "symbolic links of an image with .. stay inside the root" {
  ln -s "../../../../../../../..$OUTSIDE" "$ROOTFS/lnk"
  config '.mounts += [{destination: "/lnk/sub", type: "tmpfs", source: "tmpfs"}] | .root.readonly = false'
  harmless
  config '.mounts[-1].destination = "/../../../../../..\($d)/sub"' --arg d "$OUTSIDE"
  harmless
}

# bats test_tags=attack:CV-20
@test "a bind of a file onto a dangling symlink to the host" {
  ln -s "$OUTSIDE/made" "$ROOTFS/f"
  config '.mounts += [{destination: "/f", source: $s, options: ["bind"]}] | .root.readonly = false' \
    --arg s "$OUTSIDE/file"
  program cat "$OUTSIDE/made"
  harmless
  is 0 host # the link is followed inside of the root file system
}

# bats test_tags=attack:CV-28
@test "an id or a cgroupsPath with .. is refused" {
  run --separate-stderr husk run --bundle "$BUNDLE" '../../x'
  is 1
  [ ! -e "$BATS_TEST_TMPDIR/../x" ]
  local path
  for path in /husk-test/../../x /a/../../b; do
    config '.linux.cgroupsPath = $path' --arg path "$path"
    refused '/linux/cgroupsPath' 'invalid cgroup path "' 'its ".." leads above its start'
  done
}

# bats test_tags=attack:CV-29
@test "files are made relative to descriptors, and in the root file system only as mount points" {
  local trace=$BATS_TEST_TMPDIR/trace line
  config '.root.readonly = false | .mounts += [{destination: "/made/here", type: "tmpfs", source: "tmpfs"}]'
  program true
  strace -f -o "$trace" -e trace=/'^(open|creat|mkdir|mknod|symlink|link|rename)(at|at2)?$' \
    "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null
  # no call that could create a file has the path of the root file system
  grep -F "$ROOTFS/" "$trace" >"$trace.by-path" || true
  never grep -E 'O_CREAT|mkdir|mknod|symlink|link|rename' "$trace.by-path"
  grep -q mkdirat "$trace"
  never grep -E '(mkdirat|mknodat|symlinkat)\(AT_FDCWD, "/(made|dev)' "$trace"
  # and calls with a plain path only make the state directory's parents
  while read -r line; do
    case $line in
      *O_CREAT* | *' creat('* | *' symlink('* | *' mknod('* | *' link('*) echo "$line" >&2; return 1 ;;
      *' mkdir('*) [[ $line =~ mkdir\(\"([^\"]*)\" && $ROOT == "${BASH_REMATCH[1]}"* ]] ;;
    esac
  done < <(grep -E ' (open|creat|mkdir|symlink|mknod|link|rename)\(' "$trace" || true)
}

# bats test_tags=attack:CV-32
@test "no abstract socket is ever opened" {
  local trace=$BATS_TEST_TMPDIR/trace
  program true
  strace -o "$trace.1" -e trace=bind,connect "$HUSK" --root "$ROOT" create --bundle "$BUNDLE" "$ID" \
    </dev/null >/dev/null 2>&1
  strace -f -o "$trace.2" -e trace=bind,connect "$HUSK" --root "$ROOT" start "$ID"
  husk delete --force "$ID"
  strace -f -o "$trace.3" -e trace=bind,connect "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null
  cat "$trace".[123] >"$trace"
  [ "$(grep -c 'exited with 0' "$trace")" -ge 3 ]
  never grep -F 'sun_path=@' "$trace"
}

# bats test_tags=attack:CV-33
@test "a process that enters the container cannot be inspected from it" {
  config 'del(.linux.seccomp)'
  # root may list the numbers; what they refer to, and the memory, must stay closed until execve. What is read counts
  # only if the process was still husk's own afterwards.
  container_up 'own() { case $(cat $1/comm 2>/dev/null) in husk*) return 0;; esac; return 1; }
    echo up; while :; do for p in /proc/[0-9]*; do
      own $p || continue
      cat $p/environ >/dev/null 2>&1 && own $p && echo "saw $p/environ"
      for f in $p/fd/* $p/exe $p/cwd $p/root; do
        seen=$(readlink $f 2>/dev/null) && own $p && echo "saw $f $seen"
      done; done; done'
  wait_for grep -q up "$BATS_TEST_TMPDIR/out"
  local i
  for i in {1..30}; do
    husk exec "$ID" true
  done
  never grep saw "$BATS_TEST_TMPDIR/out"
}

# bats test_tags=attack:CV-36
@test "masked and read-only paths through a symlink to the host" {
  ln -s "$OUTSIDE" "$ROOTFS/lnk"
  config '.linux.maskedPaths = ["/lnk", "/lnk/file"] | .linux.readonlyPaths = ["/lnk"]'
  harmless
  config '.linux.maskedPaths = ["/lnk/file"] | .root.readonly = false'
  harmless
  is 0
  never grep -F "$OUTSIDE" /proc/self/mountinfo
}

# bats test_tags=attack:CV-38
@test "husk refuses to run set-user-ID" {
  reachable
  cp "$HUSK" "$BATS_TEST_TMPDIR/suid"
  chmod 4755 "$BATS_TEST_TMPDIR/suid"
  # on a file system that honours the bit, which the tests' own may not
  run --separate-stderr unshare --mount --propagation private bash -c "
    mount --bind '$BATS_TEST_TMPDIR' '$BATS_TEST_TMPDIR' && mount -o remount,bind,suid '$BATS_TEST_TMPDIR' || exit 9
    exec setpriv --reuid 1000 --regid 1000 --clear-groups '$BATS_TEST_TMPDIR/suid' list"
  is 1 ''
  complains 'husk does not run set-user-ID'
}

# proves: annotation-keys-unknown
# bats test_tags=attack:CV-41
@test "annotations do not change what husk does" {
  config '.annotations = {"run.oci.privileged": "true", "run.oci.seccomp": "unconfined", "husk.privileged": "true",
    "run.oci.seccomp.receiver": "/run/x", "run.oci.seccomp_bpf_data": "AAAA", "org.systemd.property.X": "1",
    "run.oci.keep_original_groups": "1", "run.oci.delegate-cgroup": "x",
    "io.podman.annotations.privileged": "TRUE", "run.oci.handler": "wasm"}'
  inside "grep -E '^(CapBnd|NoNewPrivs|Seccomp):' /proc/self/status"
  same 'CapBnd:	00000000a80425fb
NoNewPrivs:	1
Seccomp:	2'
}

# An image chooses its program's name, and a program chooses its process name.
# bats test_tags=attack:CV-51
@test "a program that has husk-init's name is not taken for husk-init" {
  printf '#!/bin/sh\necho of the script\nsleep 1000\n' >"$ROOTFS/bin/husk:init"
  chmod 755 "$ROOTFS/bin/husk:init"
  program /bin/husk:init
  create
  is_status created
  husk start "$ID"
  PID=$(husk state "$ID" | jq .pid)
  [ "$(cat "/proc/$PID/comm")" = husk:init ]
  is_status running
  husk exec "$ID" true
  husk exec --detach "$ID" /bin/husk:init
  husk delete --force "$ID"
  container_up 'echo husk:init >/proc/self/comm; sleep 1000; true'
  wait_for grep -qx husk:init "/proc/$PID/comm"
  is_status running
  husk exec "$ID" true
}

# bats test_tags=attack:CV-51
@test "a program that is executed from a memfd under husk-init's name is not taken for husk-init either" {
  local i
  cp "$(tool impostor)" "$ROOTFS/bin/impostor"
  program /bin/impostor
  for i in 1 2 3; do
    create
    is_status created
    husk start "$ID"
    PID=$(husk state "$ID" | jq .pid)
    wait_for grep -qx husk:init "/proc/$PID/comm"
    is_status running
    run --separate-stderr husk delete "$ID"
    is 1
    complains 'it is running'
    husk delete --force "$ID"
    husk run --detach --bundle "$BUNDLE" "$ID" </dev/null
    is_status running
    run --separate-stderr husk start "$ID"
    is 1
    complains 'it is running'
    husk delete --force "$ID"
  done
  nothing_left
}

# Such a thread has no cgroup, namespaces or program any more; its other threads do.
@test "a program whose first thread has ended counts as running and can be killed" {
  cp "$(tool leaderless -pthread)" "$ROOTFS/bin/leaderless"
  program leaderless
  ended() { grep -q '^State:.Z' "/proc/$PID/status"; }
  husk run --detach --bundle "$BUNDLE" "$ID" </dev/null
  PID=$(husk state "$ID" | jq .pid)
  wait_for ended
  is_status running
  husk pause "$ID"
  is_status paused
  husk resume "$ID"
  run --separate-stderr husk delete "$ID"
  is 1
  complains 'it is running'
  husk kill "$ID" KILL
  wait_for is_status stopped
  husk delete "$ID"
  OPTIONS+=(--cgroup-manager disabled)
  husk run --detach --bundle "$BUNDLE" "$ID" </dev/null
  PID=$(husk state "$ID" | jq .pid)
  wait_for ended
  is_status running
  run --separate-stderr husk delete "$ID"
  is 1
  husk delete --force "$ID"
  run kill -0 "$PID"
  [ "$status" -ne 0 ] || ended # it may not be reaped yet
  nothing_left
}

# A container can serve the file system of its own program, and stop serving it.
@test "a program on a file system that does not answer keeps no command waiting" {
  local server command
  mkdir "$ROOTFS/served"
  unshare --mount python3 "$BATS_TEST_DIRNAME/fuse_program.py" "$(tool waiter)" husk:init "$ROOTFS/served" \
    >"$BATS_TEST_TMPDIR/served" 2>&1 3>&- &
  server=$!
  BACKGROUND=$server
  wait_for test -s "$BATS_TEST_TMPDIR/served"
  grep -q there "$BATS_TEST_TMPDIR/served" || skip "no FUSE here"
  husk() { nsenter --mount="/proc/$server/ns/mnt" "$HUSK" --root "$ROOT" "${OPTIONS[@]}" "$@"; }
  program /served/husk:init
  create
  husk start "$ID"
  PID=$(husk state "$ID" | jq .pid)
  grep -qx husk:init "/proc/$PID/comm"
  is_status running
  kill -STOP "$server"
  for command in state pause resume ps delete 'delete --force'; do
    # shellcheck disable=SC2086 # words
    run timeout -s KILL 60 "$HUSK" --root "$ROOT" "${OPTIONS[@]}" $command "$ID"
    [ "$command" != delete ] || { is 1; says 'it is running'; continue; }
    is 0
  done
  kill -CONT "$server"
}
