load bundle

# mount_at DESTINATION TYPE SOURCE OPTION...: adds one to the config.
mount_at() {
  local destination=$1 type=$2 source=$3
  shift 3
  config '.mounts += [{destination: $d, type: $t, source: $s, options: ($o | split("\u0001")[:-1])}]' \
    --arg d "$destination" --arg t "$type" --arg s "$source" --arg o "$(printf '%s\1' "$@")"
}

# options_of DESTINATION: a program that prints the mount's line of mountinfo.
options_of() { program_sh "grep ' $1 ' /proc/self/mountinfo | tail -1"; }

@test "the default file systems and devices" {
  program_sh 'for p in /proc /sys /dev /dev/pts /dev/shm /dev/mqueue; do stat -f -c %T $p; done
    for d in null zero full tty random urandom; do stat -c "%F %t:%T %a" /dev/$d; done
    for l in fd stdin stdout stderr ptmx; do readlink /dev/$l; done'
  go
  is 0
  says $'character special file 1:3 666\ncharacter special file 1:5 666\ncharacter special file 1:7 666\ncharacter special file 5:0 666'
  says $'/proc/self/fd\n/proc/self/fd/0\n/proc/self/fd/1\n/proc/self/fd/2\npts/ptmx'
}

@test "each attribute option of the specification's table on a tmpfs" {
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

@test "a bind mount, read-only and recursive" {
  mkdir -p "$BUNDLE/data"
  echo here >"$BUNDLE/data/file"
  mount_at /data none "$BUNDLE/data" bind ro
  program_sh 'cat /data/file; touch /data/x 2>&1; grep " /data " /proc/self/mountinfo'
  go
  is 0
  says here
  says 'Read-only file system'
  config '.mounts[-1].options = ["rbind", "rw", "nosuid"]'
  program_sh 'touch /data/x && grep " /data " /proc/self/mountinfo'
  go
  is 0
  says nosuid
  [ -e "$BUNDLE/data/x" ]
}

@test "a relative bind source is relative to the bundle; a file is bound on a file" {
  echo one >"$BUNDLE/file"
  mount_at /etc/deep/file none file bind
  program cat /etc/deep/file
  go
  is 0 one
}

@test "recursive attributes reach the mounts below" {
  mkdir -p "$BUNDLE/tree/sub"
  program_sh 'touch /tree/x 2>&1; touch /tree/sub/x 2>&1; grep " /tree" /proc/self/mountinfo'
  run unshare -m --propagation private bash -c "
    mount -t tmpfs tmpfs '$BUNDLE/tree/sub'
    jq '.mounts += [{destination: \"/tree\", source: \"$BUNDLE/tree\", options: [\"rbind\", \"rro\", \"rnosuid\", \"rnoatime\"]}]' '$BUNDLE/config.json' >'$BUNDLE/new' && mv '$BUNDLE/new' '$BUNDLE/config.json'
    '$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID'"
  is 0
  [ "$(grep -c 'Read-only file system' <<<"$output")" = 2 ]
  [ "$(grep -cE '/tree(/sub)? ro,nosuid,noatime' <<<"$output")" = 2 ]
}

@test "propagation options and the root file system's" {
  mkdir -p "$BUNDLE/data"
  mount_at /data none "$BUNDLE/data" bind rshared
  options_of /data
  go
  is 0
  says shared:
  config '.mounts[-1].options = ["bind", "rprivate"]'
  go
  [[ $output != *shared:* && $output != *master:* ]]
  config '.mounts[-1].options = ["bind", "unbindable"]'
  go
  says unbindable
  config '.linux.rootfsPropagation = "shared" | del(.mounts[-1])'
  program_sh 'while read -r a b c root point rest; do [ "$point" != / ] || echo "$rest"; done </proc/self/mountinfo'
  go
  says shared:
  config '.linux.rootfsPropagation = "private"'
  go
  [[ $output != *shared:* ]]
}

@test "tmpcopyup keeps what the directory held" {
  mkdir -p "$BUNDLE/rootfs/data/sub"
  echo one >"$BUNDLE/rootfs/data/sub/file"
  ln -s sub/file "$BUNDLE/rootfs/data/link"
  chmod 640 "$BUNDLE/rootfs/data/sub/file"
  mount_at /data tmpfs tmpfs tmpcopyup mode=755
  program_sh 'cat /data/link; stat -c %a /data/sub/file; echo two >/data/sub/file; stat -f -c %T /data'
  go
  is 0 $'one\n640\ntmpfs'
  [ "$(cat "$BUNDLE/rootfs/data/sub/file")" = one ]
}

@test "id mapped mounts" {
  mkdir -p "$BUNDLE/data"
  touch "$BUNDLE/data/file"
  mount_at /data none "$BUNDLE/data" bind idmap
  config '.mounts[-1].uidMappings = [{containerID: 0, hostID: 3000, size: 10}] | .mounts[-1].gidMappings = .mounts[-1].uidMappings'
  program stat -c '%u %g' /data/file
  go
  if [[ $output == *'invalid argument'* ]]; then skip "this file system takes no id map"; fi
  is 0 '3000 3000'
  config 'del(.mounts[-1].uidMappings) | del(.mounts[-1].gidMappings)'
  refused 'an id mapped mount needs "uidMappings" and "gidMappings"'
}

@test "remount changes what is there" {
  mount_at /m tmpfs tmpfs mode=755
  mount_at /m none none remount ro nosuid
  options_of /m
  go
  is 0
  says 'ro,nosuid'
}

@test "mounts happen in the listed order" {
  mount_at /m tmpfs tmpfs size=1m
  mount_at /m/sub tmpfs tmpfs size=2m
  program_sh 'grep -o " /m[^ ]* " /proc/self/mountinfo'
  go
  is 0 $' /m \n /m/sub '
}

@test "a read-only root" {
  config '.root.readonly = true'
  program_sh 'touch /x 2>&1; touch /dev/shm/y && echo shm'
  go
  is 0
  says 'Read-only file system'
  says shm
}

@test "masked paths: files are the null device, directories empty and read-only" {
  mkdir "$BUNDLE/rootfs/secret"
  echo x >"$BUNDLE/rootfs/secret/file"
  echo x >"$BUNDLE/rootfs/hidden"
  config '.linux.maskedPaths = ["/secret", "/hidden", "/missing", "/proc/keys"]'
  program_sh 'ls /secret; cat /hidden; stat -c "%t:%T" /hidden; touch /secret/x 2>&1; stat -c "%t:%T" /proc/keys'
  go
  is 0
  [[ $output == $'1:3\n'*'Read-only file system'*$'\n1:3' ]]
}

@test "read-only paths" {
  mkdir "$BUNDLE/rootfs/fixed"
  config '.linux.readonlyPaths = ["/fixed", "/missing", "/proc/sys"]'
  program_sh 'touch /fixed/x 2>&1; echo 1 2>&1 >/proc/sys/kernel/msgmax; touch /tmp/free && echo free'
  go
  is 0
  [ "$(grep -c 'Read-only' <<<"$output")" = 2 ]
  says free
}

@test "devices of the config, with mode and owner" {
  config '.linux.devices = [{path: "/dev/mine", type: "c", major: 1, minor: 5, fileMode: 416, uid: 7, gid: 8},
    {path: "/opt/fifo", type: "p"}, {path: "/dev/block", type: "b", major: 7, minor: 0}]'
  program stat -c '%n %F %t:%T %a %u:%g' /dev/mine /opt/fifo /dev/block
  go
  is 0 $'/dev/mine character special file 1:5 640 7:8\n/opt/fifo fifo 0:0 666 0:0\n/dev/block block special file 7:0 666 0:0'
}

@test "the cgroup mount shows the container's own cgroup" {
  [ -d /sys/fs/cgroup/pids ] || [ -e /sys/fs/cgroup/cgroup.procs ] || skip "no cgroup file system"
  program_sh 'ls /sys/fs/cgroup; cat /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/pids/cgroup.procs 2>/dev/null | head -1; mkdir /sys/fs/cgroup/x 2>&1'
  go
  says 1
  says 'Read-only file system'
}

@test "--no-pivot gives the same files" {
  program_sh 'ls / | sort | head -3'
  run husk run --no-pivot --bundle "$BUNDLE" "$ID"
  is 0 $'bin\ndev\netc'
}

@test "BI-30: mounts that are none" {
  mount_at /m nosuchfs x
  refused 'mount nosuchfs on /m: no such device'
  config '.mounts[-1] = {destination: "/m", source: "/tmp", options: ["bind", "size=3"]}'
  refused '/mounts/7/options/1: "size=3" is not an option of a bind mount (/m)'
  config '.mounts[-1] = {destination: "/m", options: ["bind"]}'
  refused 'a bind mount needs a "source"'
  config '.mounts[-1] = {destination: "/m/../..", type: "tmpfs"}'
  refused 'has a ".." component'
  config '.mounts[-1] = {destination: "/", type: "tmpfs"}'
  refused 'nothing can be mounted on /'
  config '.mounts[-1] = {destination: "/m", type: "tmpfs", options: ["nosuch=1"]}'
  refused "mount tmpfs on /m: option nosuch: tmpfs: Unknown parameter 'nosuch'"
  config '.mounts[-1] = {destination: "/m", source: "/nosuch", options: ["bind"]}'
  refused 'bind /nosuch on /m: no such file or directory'
  config '.mounts[-1] = {destination: "m", type: "tmpfs"}'
  options_of /m
  go
  is 0
  says 'read as relative to /'
}

@test "BI-31: a directory on a file and a file on a directory" {
  mount_at /etc/passwd none /tmp bind
  refused 'cannot mount a directory on a file: /tmp on /etc/passwd: not a directory'
  config '.mounts[-1] = {destination: "/etc", source: "/etc/hostname", options: ["bind"]}'
  refused 'cannot mount a file on a directory'
}
