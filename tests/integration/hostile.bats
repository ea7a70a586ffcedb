load bundle

# A directory of the host that no test may change.
host() {
  HOST=$BATS_TEST_TMPDIR/host
  mkdir -p "$HOST"
  echo original >"$HOST/file"
}
host_is_unchanged() { [ "$(cd "$HOST" && find . | sort | tr '\n' ' '; cat "$HOST/file")" = './file original' ] || [ "$(cd "$HOST" && find . | sort | tr '\n' ' ')$(cat "$HOST/file")" = '. ./file original' ]; }
no_dev() { config '.mounts |= map(select(.destination | startswith("/dev") | not))'; }

@test "CV-01: /dev as a symlink to a directory of the host" {
  host
  no_dev
  rmdir "$BUNDLE/rootfs/dev"
  ln -s "$HOST" "$BUNDLE/rootfs/dev"
  program true
  go
  host_is_unchanged
  nothing_left
}

@test "CV-03: /dev/console as a symlink to a path of the host" {
  host
  no_dev
  config '.process.terminal = true | .mounts += [{destination: "/dev/pts", type: "devpts", source: "devpts", options: ["newinstance", "ptmxmode=0666"]}]'
  ln -s "$HOST/console" "$BUNDLE/rootfs/dev/console"
  program true
  run bash -c "script -qec \"'$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID'\" /dev/null </dev/null"
  says '/dev/console is a symlink'
  host_is_unchanged
  nothing_left
}

@test "CV-04: /dev/null as a symlink to a file" {
  no_dev
  echo secret >"$BUNDLE/rootfs/etc/target"
  ln -s /etc/target "$BUNDLE/rootfs/dev/null"
  config '.process.user = {uid: 1000, gid: 1000}'
  refused '/dev/null exists in the root file system and is not the null device'
  [ "$(cat "$BUNDLE/rootfs/etc/target")" = secret ]
  [ "$(stat -c %u "$BUNDLE/rootfs/etc/target")" = 0 ]
}

@test "CV-05: /dev/null as a symlink into /proc never masks" {
  no_dev
  ln -s /proc/sys/kernel/hostname "$BUNDLE/rootfs/dev/null"
  config '.linux.maskedPaths = ["/proc/keys"]'
  refused '/dev/null'
}

@test "CV-09: /proc as a symlink is refused" {
  rmdir "$BUNDLE/rootfs/proc"
  mkdir "$BUNDLE/rootfs/evil"
  ln -s /evil "$BUNDLE/rootfs/proc"
  refused '/proc is a symlink'
}

@test "CV-10: /sys as a symlink is refused" {
  rmdir "$BUNDLE/rootfs/sys"
  mkdir "$BUNDLE/rootfs/evil"
  ln -s /evil "$BUNDLE/rootfs/sys"
  refused '/sys is a symlink'
}

@test "CV-11: /proc that is no procfs is refused" {
  config '.mounts[0] = {destination: "/proc", type: "tmpfs", source: "tmpfs"}'
  refused '/proc must be procfs or a bind of a procfs root'
}

@test "CV-12: nothing is mounted inside of /proc but what lxcfs replaces" {
  local path
  for path in self/attr thread-self 1/attr/exec sys/kernel; do
    config '.mounts[7] = {destination: ("/proc/" + $p), source: "/tmp", options: ["bind"]}' --arg p "$path"
    refused 'is inside of /proc'
  done
  echo fake >"$BUNDLE/uptime"
  config '.mounts[7] = {destination: "/proc/uptime", source: "uptime", options: ["bind"]}'
  program cat /proc/uptime
  go
  is 0 fake
  ln -s /proc "$BUNDLE/rootfs/other"
  config '.mounts[7] = {destination: "/other/sys", source: "/tmp", options: ["bind"]}'
  refused 'is inside of proc'
}

@test "CV-15: descriptors that the caller left open stay outside" {
  program_sh 'ls /proc/self/fd | wc -l'
  run bash -c "for n in \$(seq 10 42); do eval \"exec \$n</\"; done; '$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID'"
  is 0 4
}

@test "CV-16: the program of husk cannot be written from inside" {
  local before
  before=$(sha256sum "$HUSK")
  ln -s /proc/self/exe "$BUNDLE/rootfs/bin/self"
  printf '#!/proc/self/exe\n' >"$BUNDLE/rootfs/bin/script"
  chmod 755 "$BUNDLE/rootfs/bin/script"
  program_sh 'for i in $(seq 400); do for p in /proc/[0-9]*; do [ "$(readlink $p/exe)" ] || continue; case $(readlink $p/exe) in *busybox*) ;; *) (echo x >$p/exe) 2>/dev/null && echo written $(readlink $p/exe);; esac; done; sleep 0.005; done; echo done'
  ln -sf busybox "$BUNDLE/rootfs/bin/seq"
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

@test "CV-18: a mount point behind a symlink is made inside" {
  host
  ln -s "$HOST" "$BUNDLE/rootfs/lnk"
  config '.mounts += [{destination: "/lnk/sub/deep", type: "tmpfs", source: "tmpfs"}]'
  program true
  go
  host_is_unchanged
  nothing_left
}

@test "CV-20: a file bound on a dangling symlink" {
  host
  ln -s "$HOST/new" "$BUNDLE/rootfs/f"
  config '.mounts += [{destination: "/f", source: "/etc/hostname", options: ["bind"]}]'
  program cat "$HOST/new"
  go
  is 0 "$(cat /etc/hostname)" # the link is followed inside of the root file system
  host_is_unchanged
  nothing_left
}

@test "CV-28: paths that climb, in ids and cgroup paths" {
  config '.linux.cgroupsPath = "/a/../../b"'
  refused 'is no place for a cgroup: it has a ".." component'
  run husk run --bundle "$BUNDLE" '../../x'
  is 1
}

@test "CV-32: husk opens no abstract socket" {
  program true
  run strace -f -e trace=bind,connect "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  is 0
  [[ $output != *'sun_path=@'* ]]
}

@test "CV-33: no process of husk can be traced from inside" {
  # what is read counts only if the process was still husk's own afterwards
  program_sh 'own() { case $(cat $1/comm 2>/dev/null) in husk*) return 0;; esac; return 1; }
    for i in $(seq 300); do for p in /proc/[0-9]*; do
      own $p || continue
      cat $p/environ >/dev/null 2>&1 && own $p && echo read $p
      readlink $p/fd/0 >/dev/null 2>&1 && own $p && echo listed $p
    done; done; echo done'
  ln -sf busybox "$BUNDLE/rootfs/bin/seq"
  config '.process.capabilities.bounding += ["CAP_SYS_CHROOT"]'
  husk run -d --bundle "$BUNDLE" "$ID" >"$BATS_TEST_TMPDIR/out" 2>&1 </dev/null 3>&-
  local n
  for n in $(seq 30); do husk exec "$ID" true || true; done
  husk kill "$ID" KILL
  never grep -E '^(read|listed) ' "$BATS_TEST_TMPDIR/out"
}

@test "CV-36: masked and read-only paths behind a symlink stay inside" {
  host
  ln -s "$HOST" "$BUNDLE/rootfs/lnk"
  config '.linux.maskedPaths = ["/lnk/file"] | .linux.readonlyPaths = ["/lnk"]'
  program true
  go
  is 0
  host_is_unchanged
}

@test "CV-41: annotations change nothing" {
  program grep -E 'Seccomp:|NoNewPrivs' /proc/self/status
  cp "$EXAMPLE" "$BUNDLE/config.json"
  program grep -E 'Seccomp:|NoNewPrivs' /proc/self/status
  config '.annotations = {"run.oci.seccomp": "unconfined", "io.podman.annotations.privileged": "TRUE", "org.systemd.property.X": "1", "husk.privileged": "true"}'
  go
  is 0
  says $'NoNewPrivs:\t1\nSeccomp:\t2'
}

@test "CV-42, FS-01, FS-02: /etc/passwd as a FIFO, a directory, a device, a huge file, one long line" {
  program_sh 'echo $HOME'
  config '.process.user = {uid: 4242, gid: 0}'
  local passwd=$BUNDLE/rootfs/etc/passwd
  rm "$passwd" && mkfifo "$passwd"
  run timeout 5 "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  is 0 /
  rm "$passwd" && mkdir "$passwd"
  go
  is 0 /
  rmdir "$passwd" && mknod "$passwd" c 1 5
  run timeout 5 "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  is 0 /
  rm "$passwd" && truncate -s 2G "$passwd" && echo 'x:x:4242:0::/far:/bin/sh' >>"$passwd"
  run timeout 5 "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  is 0 /
  rm "$passwd" && head -c 900000 /dev/zero | tr '\0' x >"$passwd" && printf '\nx:x:4242:0::/near:/bin/sh\n' >>"$passwd"
  go
  is 0 /near
}

@test "FS-04: programs that are none" {
  mkfifo "$BUNDLE/rootfs/bin/fifo"
  program /bin/fifo
  refused 'permission denied'
  program /etc
  refused 'is a directory'
  : >"$BUNDLE/rootfs/bin/empty" && chmod 755 "$BUNDLE/rootfs/bin/empty"
  program /bin/empty
  refused 'exec: "/bin/empty": exec format error'
  printf '#!/nosuch/interpreter\n' >"$BUNDLE/rootfs/bin/orphan" && chmod 755 "$BUNDLE/rootfs/bin/orphan"
  program /bin/orphan
  refused 'exec: "/bin/orphan": no such file or directory'
}

@test "FS-06: mount points that cannot be made" {
  config '.mounts += [{destination: "/etc/passwd/sub", type: "tmpfs", source: "tmpfs"}]'
  refused '/etc/passwd'
  ln -s loop "$BUNDLE/rootfs/loop"
  config '.mounts[7].destination = "/loop/sub"'
  refused 'too many levels of symbolic links'
}

@test "FS-07: links to magic places are ordinary text inside" {
  ln -s /proc/1/root/etc "$BUNDLE/rootfs/magic"
  config '.mounts += [{destination: "/magic/new", type: "tmpfs", source: "tmpfs"}]'
  program true
  go
  [ ! -e /etc/new ]
  nothing_left
}

@test "FS-09: /proc as a file" {
  rmdir "$BUNDLE/rootfs/proc"
  touch "$BUNDLE/rootfs/proc"
  refused 'mount point /proc is not a directory'
}

@test "CV-29: every file that is made is made below a descriptor" {
  program true
  run strace -f -e trace=open,creat,mkdir,symlink,mknod,link,rename "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  is 0
  local line
  while read -r line; do
    case $line in
      *O_CREAT* | *creat\(* | *symlink\(* | *mknod\(* | *link\(*) echo "$line" >&2; return 1 ;;
      *mkdir\(*) [[ $line =~ mkdir\(\"([^\"]*)\" && $ROOT == "${BASH_REMATCH[1]}"* ]] ;; # the state directory's parents
    esac
  done < <(grep -E '(open|creat|mkdir|symlink|mknod|link)\(' <<<"$output" || true)
}
