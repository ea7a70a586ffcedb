#!/usr/bin/env bats
# husk run by an ordinary user, and by root of a user namespace. The user is made for the run: they have an account, and
# ranges of ids for newuidmap, in a private mount namespace only.
load bundle

setup() {
  bundle_make
  reachable
  ME=$((20000 + BATS_ROOT_PID % 20000))
  ACCOUNTS=$BATS_TEST_TMPDIR/accounts
  mkdir "$ACCOUNTS" "$ROOT"
  { cat /etc/passwd; echo "husk-test:x:$ME:$ME::/:/bin/sh"; } >"$ACCOUNTS/passwd"
  { cat /etc/group; echo "husk-test:x:$ME:"; } >"$ACCOUNTS/group"
  echo husk-test:5000000:65536 | tee "$ACCOUNTS/subuid" >"$ACCOUNTS/subgid"
  cp "$HUSK" "$BATS_TEST_TMPDIR/husk"
  chown "$ME:$ME" "$ROOT" "$BUNDLE"
  PRELUDE=: # of the shell in the private mount namespace
  # what setpriv starts: nothing, or a user namespace
  INNER=()
  rm "$BUNDLE/config.json"
  as_me "$BATS_TEST_TMPDIR/husk" spec --rootless --bundle "$BUNDLE"
  config '.process = $example[0].process' --slurpfile example "$SOURCE/config.json.example" # for the shell on a terminal
}

teardown() {
  local record
  for record in "$ROOT"/*; do
    [ ! -e "$record" ] || mine delete --force "${record##*/}" || true
  done
  rm -rf "/tmp/husk-$ME"
  [ -z "${DELEGATED:-}" ] || find "$DELEGATED" -depth -type d -exec rmdir {} + 2>/dev/null || true
  nothing_left && no_processes_of_mine
}

# Zombies do not count: husk need not reap them.
no_processes_of_mine() {
  local left
  left=$(ps -o pid=,stat=,args= -u "$ME" | grep -v '^ *[0-9]* Z' || true)
  [ -z "$left" ] || { echo "left behind: $left"; return 1; }
}

# as_me COMMAND...: as the user, whose environment is PATH and the content of ENVIRONMENT.
as_me() {
  # shellcheck disable=SC2016 # for the inner shell
  unshare --mount --propagation private bash -ec '
    accounts=$1 me=$2 prelude=$3 groups=$4
    shift 4
    for file in passwd group subuid subgid; do mount --bind "$accounts/$file" "/etc/$file"; done
    eval "$prelude"
    exec setpriv --reuid "$me" --regid "$me" "$groups" env -i "PATH=$PATH" "$@"' \
    - "$ACCOUNTS" "$ME" "$PRELUDE" "${GROUPS_KEPT:---clear-groups}" ${ENVIRONMENT:-} ${INNER[@]+"${INNER[@]}"} "$@"
}

mine() {
  as_me "$BATS_TEST_TMPDIR/husk" --root "$ROOT" "$@"
}

# launch_mine: runs the bundle and sets status, output and stderr.
launch_mine() {
  install -m 666 /dev/null "$WARNINGS"
  run --separate-stderr mine "${WARNED[@]}" "$@" run --bundle "$BUNDLE" "$ID" </dev/null
}

# refused_mine FILTER TEXT...: the config with this change is refused with one line, and nothing is left.
refused_mine() {
  cp "$BUNDLE/config.json" "$BATS_TEST_TMPDIR/good.json"
  config "$1"
  shift
  launch_mine
  is 1 ''
  complains 'error: ' "$@"
  [ "$(grep -c 'error: ' <<<"$stderr")" -eq 1 ]
  nothing_left
  cp "$BATS_TEST_TMPDIR/good.json" "$BUNDLE/config.json"
}

silent() { # nothing on standard error
  [ -z "$stderr" ] || { show; return 1; }
}

says_mine() { # says_mine SCRIPT TEXT: the script prints exactly that
  script "$1"
  launch_mine
  is 0 "$2"
}

ranges() {
  config '.linux.uidMappings = [{containerID: 0, hostID: $me, size: 1}, {containerID: 1, hostID: 5000000, size: 65536}]
    | .linux.gidMappings = .linux.uidMappings' --argjson me "$ME"
}

up() {
  script "${1:-sleep 1000}"
  mine create --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&-
  mine start "$ID"
}

@test "spec --rootless writes a config that runs with only the user's own id" {
  launch_mine
  is 0
  says 'process 1, as root' 'Seccomp:	2'
  silent
  says_mine 'tr -s " " </proc/self/uid_map; tr -s " " </proc/self/gid_map; cat /proc/self/setgroups' " 0 $ME 1
 0 $ME 1
deny"
  run --separate-stderr mine check --strict --bundle "$BUNDLE"
  is 0 '0 errors, 0 warnings'
}

# bats test_tags=any-machine
@test "spec --rootless differs from spec in what an ordinary user cannot have" {
  local usual=$BATS_TEST_TMPDIR/usual
  mkdir -p "$usual/mine"
  chown "$ME" "$usual/mine"
  husk spec --bundle "$usual"
  as_me "$BATS_TEST_TMPDIR/husk" spec --rootless --bundle "$usual/mine"
  jq --argjson me "$ME" '.mounts |= map(select(.destination != "/sys/fs/cgroup"))
    | (.mounts[] | select(.destination == "/dev/pts").options) -= ["gid=5"]
    | (.mounts[] | select(.destination == "/sys")) |= (.type = "none" | .source = "/sys" | .options = ["rbind"] + .options)
    | del(.linux.resources) | .linux.namespaces += [{type: "user"}]
    | .linux.uidMappings = [{containerID: 0, hostID: $me, size: 1}] | .linux.gidMappings = .linux.uidMappings' \
    "$usual/config.json" >"$usual/wanted.json"
  diff <(jq -S . "$usual/wanted.json") <(jq -S . "$usual/mine/config.json")
}

@test "the user's additional groups are kept if the config asks for it" {
  GROUPS_KEPT=--groups=71,72
  config '.process.args = ["cat", "/proc/self/status"]'
  launch_mine
  says $'Groups:\t65534 65534 ' # setgroups is denied: there is no other way
  ranges
  config '.annotations = {"run.oci.keep_original_groups": "1"} | .process.user.additionalGids = [3]'
  launch_mine
  says $'Groups:\t65534 65534 '
  config 'del(.annotations)'
  launch_mine
  says $'Groups:\t3 '
}

@test "ranges are mapped by newuidmap and newgidmap, which allows additional groups" {
  ranges
  config '.process.user = {uid: 7, gid: 8, additionalGids: [9, 10]} | .process.capabilities = {}'
  says_mine 'tr -s " " </proc/self/uid_map; tr -s " " </proc/self/gid_map; id -u; id -G' " 0 $ME 1
 1 5000000 65536
 0 $ME 1
 1 5000000 65536
7
8 9 10"
}

@test "a range that is not granted is refused, and the error names it" {
  ranges
  refused_mine '.linux.uidMappings[1].hostID = 6000000' '/linux/uidMappings: /etc/subuid does not grant this range to uid '"$ME" \
    "0 $ME 1, 1 6000000 65536" 'newuidmap: '
  refused_mine '.linux.gidMappings[1].size = 65537' '/linux/gidMappings: /etc/subgid does not grant this range to uid '"$ME" \
    'newgidmap: '
  refused_mine '.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}]' '/etc/subuid does not grant'
}

@test "without newuidmap one line says what to install" {
  ranges
  PRELUDE='for file in /usr/bin/newuidmap /usr/bin/newgidmap; do mount --bind /dev/null "$file"; done; PATH=/usr/sbin:/usr/bin'
  refused_mine . '/linux/gidMappings: newgidmap is not installed' 'uidmap'
}

@test "newuidmap is found without a PATH" {
  ranges
  ENVIRONMENT=PATH=
  launch_mine
  is 0
}

@test "create, start, exec, kill and delete work for an ordinary user" {
  local way
  for way in single ranges; do
    [ $way = single ] || ranges
    up
    [ "$(mine state "$ID" | jq -r .status)" = running ]
    [ "$(mine list --format json | jq -r '.[].id')" = "$ID" ]
    run --separate-stderr mine exec "$ID" sh -c 'id -u; readlink /proc/self/ns/user; readlink /proc/self/ns/pid; exit 5'
    is 5 "0
$(readlink "/proc/$(mine state "$ID" | jq .pid)/ns/user")
$(readlink "/proc/$(mine state "$ID" | jq .pid)/ns/pid")"
    run --separate-stderr mine exec "$ID" sh -c "grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status"
    is 0 'CapEff:	00000000a80425fb
CapBnd:	00000000a80425fb
NoNewPrivs:	1
Seccomp:	2'
    run --separate-stderr mine exec --tty "$ID" tty
    is 0 /dev/pts/0
    run -127 --separate-stderr mine exec "$ID" nonsense
    complains 'executable file not found in $PATH'
    mine kill "$ID" KILL
    wait_for stopped
    mine delete "$ID"
    [ -z "$(ls -A "$ROOT")" ]
    no_processes_of_mine
  done
}

stopped() {
  [ "$(mine state "$ID" | jq -r .status)" = stopped ]
}

@test "exec as another user and with groups that a range maps" {
  ranges
  up
  run --separate-stderr mine exec --user 33:34 --additional-gids 35 "$ID" sh -c 'id -u; id -G; grep CapEff /proc/self/status'
  is 0 '33
34 35
CapEff:	0000000000000000'
}

@test "exec refuses groups if setgroups is denied" {
  up
  run --separate-stderr mine exec --additional-gids 0 "$ID" true
  failed
  complains 'groups cannot be set in a user namespace that maps only'
  run --separate-stderr mine exec --user 33 "$ID" true
  failed
  complains 'uid 33 is not in "uidMappings"'
}

@test "delete --force ends a running container" {
  up
  mine delete --force "$ID"
  [ -z "$(ls -A "$ROOT")" ]
  no_processes_of_mine
}

@test "an ordinary user's container has a terminal" {
  config '.process.terminal = true'
  script 'tty; stat -c %u /dev/console; [ -t 0 ] && echo terminal'
  launch_mine
  is 0 $'/dev/pts/0\n0\nterminal'
}

@test "the default devices are bound from the host, and another one if the host has it" {
  says_mine 'echo x >/dev/null; head -c 3 /dev/urandom | wc -c; stat -c %t:%T /dev/zero; readlink /dev/fd' "3
1:5
/proc/self/fd"
  config '.linux.devices = [{path: "/dev/fifo", type: "p"}]'
  says_mine 'test -p /dev/fifo && echo fifo' fifo
  refused_mine '.linux.devices = [{path: "/dev/husk-none", type: "c", major: 10, minor: 200}]' \
    "/linux/devices/0: bind the host's device /dev/husk-none: no such file or directory"
  refused_mine '.linux.devices = [{path: "/dev/null", type: "c", major: 1, minor: 9}]' \
    "/linux/devices/0: the host's /dev/null is not the configured device"
}

@test "without an XDG_RUNTIME_DIR the state is in the user's own directory in /tmp" {
  PRELUDE='mount -t tmpfs -o mode=755 none /run'
  as_me "$BATS_TEST_TMPDIR/husk" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&-
  [ "$(stat -c %u:%a "/tmp/husk-$ME")" = "$ME:700" ]
  [ -e "/tmp/husk-$ME/$ID/state.json" ]
  ENVIRONMENT=XDG_RUNTIME_DIR=
  as_me "$BATS_TEST_TMPDIR/husk" delete --force "$ID"
  [ -z "$(ls -A "/tmp/husk-$ME")" ]
}

@test "a directory in /tmp must be owned by the user with mode 0700" {
  local what
  PRELUDE='mount -t tmpfs -o mode=755 none /run'
  for what in "mkdir -m 777" "mkdir -m 700" "install -d -m 755 -o $ME" "ln -s $ROOT"; do
    $what "/tmp/husk-$ME"
    run --separate-stderr as_me "$BATS_TEST_TMPDIR/husk" run --bundle "$BUNDLE" "$ID" </dev/null
    is 1 ''
    complains "the state directory /tmp/husk-$ME"
    rm -d "/tmp/husk-$ME"
  done
  [ -z "$(ls -A "$ROOT")" ]
}

@test "XDG_RUNTIME_DIR is used if it is set, otherwise /run/user/UID" {
  local runtime=$BATS_TEST_TMPDIR/runtime
  install -d -o "$ME" -m 700 "$runtime" "$runtime/other"
  PRELUDE='mount -t tmpfs -o mode=755 none /run; mkdir -p "/run/user/$me"; mount --bind '"$runtime"' "/run/user/$me"'
  as_me "$BATS_TEST_TMPDIR/husk" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&-
  [ -e "$runtime/husk/$ID/state.json" ]
  as_me "$BATS_TEST_TMPDIR/husk" delete --force "$ID"
  ENVIRONMENT=XDG_RUNTIME_DIR=$runtime/other
  as_me "$BATS_TEST_TMPDIR/husk" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&-
  [ -e "$runtime/other/husk/$ID/state.json" ]
  as_me "$BATS_TEST_TMPDIR/husk" delete --force "$ID"
}

@test "without a delegated cgroup the container has none, and resources without a limit are accepted" {
  script 'echo ran'
  config '.linux.resources = {devices: [{allow: false, access: "rwm"}], memory: {}, cpu: {shares: 0, quota: -1},
    pids: {limit: -1}, blockIO: {}, network: {}}'
  launch_mine
  is 0 ran
  silent
}

@test "a limit without a delegated cgroup is refused at its place" {
  local value
  while IFS='|' read -r place value; do
    refused_mine ".linux.resources = $value" "/linux/resources/$place: uid $ME cannot make a cgroup in /sys/fs/cgroup" \
      'systemd-run --user --scope -p Delegate=yes'
  done <<'END'
memory/limit|{memory: {limit: 10000000}}
memory/reservation|{memory: {limit: -1, reservation: 10000000}}
cpu/shares|{memory: {}, cpu: {shares: 100}}
cpu/cpus|{cpu: {cpus: "0"}}
pids/limit|{pids: {limit: 10}}
blockIO/weight|{blockIO: {weight: 100}}
hugepageLimits/0|{hugepageLimits: [{pageSize: "2MB", limit: 0}]}
unified/memory.high|{unified: {"memory.high": "1000000"}}
END
}

@test "--cgroup-manager=disabled ignores limits; --rootless=false requires the cgroup" {
  script 'echo ran'
  config '.linux.resources = {pids: {limit: 10}}'
  launch_mine --cgroup-manager=disabled
  is 0 ran
  config 'del(.linux.resources)'
  launch_mine --rootless=true
  is 0 ran
  launch_mine --rootless=false
  is 1 ''
  complains 'cgroup' 'permission denied'
  launch_mine --rootless=perhaps
  is 1 ''
  complains '--rootless "perhaps" must be auto, true or false'
}

# delegated: a v2 cgroup that belongs to the user. The user's commands run in it.
delegated() {
  DELEGATED=$(find /sys/fs/cgroup /sys/fs/cgroup/unified -maxdepth 0 -exec sh -c 'test -e "$1/cgroup.controllers"' - {} \; \
    -print -quit 2>/dev/null)
  [ -n "$DELEGATED" ] || skip 'no cgroup2 is mounted below /sys/fs/cgroup'
  DELEGATED=$DELEGATED/$PARENT
  mkdir -p "$DELEGATED/own"
  chown "$ME" "$DELEGATED" "$DELEGATED/own" "$DELEGATED"/cgroup.{procs,threads,subtree_control} \
    "$DELEGATED/own"/cgroup.{procs,threads,subtree_control}
  PRELUDE="echo \$\$ >$DELEGATED/own/cgroup.procs"
}

@test "a delegated cgroup is used, and removed" {
  delegated
  config 'del(.linux.namespaces[] | select(.type == "cgroup"))'
  script 'grep ^0: /proc/self/cgroup'
  launch_mine
  is 0 "0::/$PARENT/$ID"
  [ "$(ls -d "$DELEGATED"/*/)" = "$DELEGATED/own/" ]
  config '.linux.cgroupsPath = $path' --arg path "/$PARENT/a/b"
  script 'grep ^0: /proc/self/cgroup'
  launch_mine
  is 0 "0::/$PARENT/a/b"
  # a cgroup that husk cannot reach by a move from its own is not used
  mkdir "${DELEGATED%/*}/$ID"
  chown "$ME" "${DELEGATED%/*}/$ID" "${DELEGATED%/*}/$ID/cgroup.procs"
  config '.linux.cgroupsPath = $path' --arg path "/$ID/b"
  launch_mine
  rmdir "${DELEGATED%/*}/$ID"
  is 0 "0::/$PARENT/own"
  rmdir "$DELEGATED/a" "$DELEGATED/own"
}

@test "limits in a delegated cgroup are set; pause and resume work" {
  delegated
  local file=pids.max value=20 controllers
  controllers=$(cat "$DELEGATED/cgroup.controllers")
  config '.linux.resources = {pids: {limit: 20}}'
  if [[ $controllers != *pids* ]]; then
    file=hugetlb.2MB.max value=4194304
    config '.linux.resources = {hugepageLimits: [{pageSize: "2MB", limit: 4194304}]}'
  fi
  config '.linux.resources.devices = [{allow: false, access: "rwm"}]'
  if [[ $controllers != *pids* && $controllers != *hugetlb* ]]; then
    rmdir "$DELEGATED/own"
    skip 'neither pids nor hugetlb in cgroup2 here'
  fi
  up
  [ "$(cat "$DELEGATED/$ID/$file")" = $value ]
  run --separate-stderr mine exec "$ID" echo from within
  is 0 'from within'
  mine pause "$ID"
  [ "$(mine state "$ID" | jq -r .status)" = paused ]
  mine resume "$ID"
  mine delete --force "$ID"
  [ "$(ls -d "$DELEGATED"/*/)" = "$DELEGATED/own/" ]
  rmdir "$DELEGATED/own"
}

@test "an ordinary user's container has a time namespace of its own, with offsets" {
  [ -e /proc/self/ns/time ] || skip 'a kernel without'
  config '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: 100000000}}
    | .process.args = ["sh", "-c", "cut -d. -f1 /proc/uptime; readlink /proc/self/ns/time"]'
  launch_mine
  succeeded
  [ "${lines[0]}" -ge 100000000 ]
  [ "${lines[1]}" != "$(readlink /proc/self/ns/time)" ]
}

@test "each thing that an ordinary user cannot have is a one-line error" {
  refused_mine 'del(.linux.uidMappings, .linux.gidMappings, (.linux.namespaces[] | select(.type == "user")))' \
    '/linux/namespaces: an ordinary user needs a user namespace' 'husk spec --rootless'
  refused_mine '.process.user.additionalGids = [0]' '/process/user/additionalGids: groups cannot be set'
  refused_mine '.process.user.uid = 5' '/process/user/uid: uid 5 is not in "uidMappings"'
  refused_mine '.process.user.gid = 5' '/process/user/gid: gid 5 is not in "gidMappings"'
  refused_mine '(.linux.namespaces[] | select(.type == "network")).path = "/proc/1/ns/net"' \
    '/path: open the namespace /proc/1/ns/net: permission denied'
  refused_mine '(.linux.namespaces[] | select(.type == "network")).path = "/proc/self/ns/net"' \
    '/path: join /proc/self/ns/net: operation not permitted' 'CAP_SYS_ADMIN in the user namespace that owns it'
  refused_mine 'del(.linux.namespaces[] | select(.type == "pid"))' 'mount proc on /proc: operation not permitted' \
    'only for a new pid namespace'
  refused_mine '.mounts += [{destination: "/mnt", type: "bind", source: "/dev", options: ["bind"]}]' \
    'bind /dev on /mnt: invalid argument' 'rbind'
  refused_mine '.mounts += [{destination: "/mnt", type: "bind", source: "/root/none", options: ["bind"]}]' \
    'bind /root/none on /mnt: permission denied'
}

@test "limits above the user's own are lowered to those, with a warning" {
  config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 1000000000, hard: 1000000000}]'
  says_mine 'ulimit -Hn' "$(ulimit -Hn)"
  warns '/process/rlimits/0: RLIMIT_NOFILE cannot be raised to 1000000000 without CAP_SYS_RESOURCE' "$(ulimit -Hn)"
}

@test "oom_score_adj can be raised; lowering it is left out with a warning" {
  config '.process.oomScoreAdj = 500'
  says_mine 'cat /proc/self/oom_score_adj' 500
  up
  run --separate-stderr mine exec "$ID" cat /proc/self/oom_score_adj
  is 0 500
  mine delete --force "$ID"
  config '.process.oomScoreAdj = -500'
  says_mine 'cat /proc/self/oom_score_adj' "$(cat /proc/self/oom_score_adj)"
  warns '/process/oomScoreAdj: oom_score_adj cannot be lowered to -500'
}

@test "without a new network namespace sysfs is the host's; with one it is mounted" {
  config 'del(.mounts[] | select(.destination == "/sys"))
    | .mounts += [{destination: "/sys", type: "sysfs", source: "sysfs", options: ["ro", "nosuid"]}]'
  says_mine 'ls /sys/class/net' lo
  config 'del(.linux.namespaces[] | select(.type == "network"))'
  says_mine 'ls /sys/class/net; touch /sys/x 2>/dev/null || echo closed' "$(ls /sys/class/net)
closed"
}

@test "an ordinary user's hooks run as that user" {
  config '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "id -u >$BUNDLE/hook"], env: [$bundle]}]' \
    --arg bundle "BUNDLE=$BUNDLE"
  says_mine 'echo ran' ran
  [ "$(cat "$BUNDLE/hook")" = "$ME" ]
}

@test "a createContainer hook of an ordinary user finds the container's mounts below the bundle" {
  mkdir "$ROOTFS/mnt"
  config '.mounts += [{destination: "/mnt", type: "tmpfs", source: "tmpfs"}] | .hooks.createContainer =
    [{path: "/bin/sh", args: ["sh", "-c", "id -u >$ROOTFS/mnt/file"], env: [$rootfs]}]' --arg rootfs "ROOTFS=$ROOTFS"
  says_mine 'cat /mnt/file' 0
  [ ! -e "$ROOTFS/mnt/file" ]
}

# bats test_tags=any-machine
@test "check and plan treat a config for root as root would" {
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  config '.linux.resources = {devices: [{allow: false, access: "rwm"}], pids: {limit: 10}} | .process.oomScoreAdj = -1'
  run --separate-stderr mine check --bundle "$BUNDLE"
  is 0
  says '0 errors'
  says_not CAP_
  run --separate-stderr mine plan --bundle "$BUNDLE"
  is 0
}

# ---- root of a user namespace only, as engines run it for an ordinary user

# inner_root: the user's commands run as root of a user namespace that has their ranges.
inner_root() {
  INNER=(unshare --mount --map-root-user --map-auto)
  ranges
  config 'del(.linux.uidMappings, .linux.gidMappings, (.linux.namespaces[] | select(.type == "user")))
    | .mounts |= map(if .destination == "/sys" then .type = "sysfs" | .options = ["ro"] else . end)'
}

@test "root of a user namespace runs a config without one" {
  inner_root
  says_mine 'tr -s " " </proc/self/uid_map; stat -c %t:%T /dev/null; ls /sys/class/net; grep NoNewPrivs /proc/self/status' \
    " 0 $ME 1
 1 5000000 65535
1:3
lo
NoNewPrivs:	1"
  silent
  config '.process.user = {uid: 7, gid: 8, additionalGids: [9]} | .process.capabilities = {}'
  says_mine 'id -u; id -G' '7
8 9'
}

@test "root of a user namespace runs a config in a mount namespace of others" {
  inner_root
  INNER=(unshare --map-root-user)
  says_mine 'stat -c %t:%T /dev/null; tr -s " " </proc/self/uid_map' "1:3
 0 $ME 1"
}

@test "root of a user namespace: the state is in XDG_RUNTIME_DIR where /run is the host's" {
  inner_root
  local runtime=$BATS_TEST_TMPDIR/runtime
  install -d -o "$ME" -m 700 "$runtime"
  ENVIRONMENT=XDG_RUNTIME_DIR=$runtime
  script 'echo ran'
  run --separate-stderr as_me "$BATS_TEST_TMPDIR/husk" run --bundle "$BUNDLE" "$ID" </dev/null
  is 0 ran
  [ -d "$runtime/husk" ]
  # and in /tmp by the user's own number
  PRELUDE='mount -t tmpfs -o mode=755 none /run' ENVIRONMENT=
  run --separate-stderr as_me "$BATS_TEST_TMPDIR/husk" run --bundle "$BUNDLE" "$ID" </dev/null
  is 0 ran
  [ "$(stat -c %u:%a "/tmp/husk-$ME")" = "$ME:700" ]
}

# within: one user namespace for several commands of husk, which are read from stdin.
within() {
  as_me sh -euc 'husk() { '"$BATS_TEST_TMPDIR/husk --root $ROOT"' "$@"; }
    BUNDLE='"$BUNDLE"' ID='"$ID"'
'"$1"
}

@test "root of a user namespace: lifecycle, exec, and namespaces by path" {
  inner_root
  script 'sleep 1000'
  config '.linux.namespaces |= map(select(.type != "network" and .type != "pid")) + [{type: "network", path: "@NET@"}, {type: "pid", path: "@PID@"}]'
  cp "$BUNDLE/config.json" "$BUNDLE/by-path"
  config '.linux.namespaces |= map(del(.path))'
  chown -R "$ME" "$BUNDLE/config.json"
  run --separate-stderr within '
    husk create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    husk start "$ID"
    husk exec "$ID" sh -c "id -u; exit 3" || echo "status $?"
    pid=$(husk state "$ID" | jq .pid)
    sed "s,@NET@,/proc/$pid/ns/net,; s,@PID@,/proc/$pid/ns/pid," "$BUNDLE/by-path" |
      jq ".process.args = [\"sh\", \"-c\", \"ls /sys/class/net; ps -o pid,args | grep -c [s]leep\"]" >"$BUNDLE/new"
    cat "$BUNDLE/new" >"$BUNDLE/config.json"
    husk run --bundle "$BUNDLE" "$ID-second" </dev/null
    husk kill "$ID" KILL
    husk delete --force "$ID"
    husk list --quiet'
  is 0 '0
status 3
lo
1'
  silent
}

@test "root of a user namespace: a container with a user namespace of its own" {
  inner_root
  config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100, size: 10}]
    | .linux.gidMappings = .linux.uidMappings'
  script 'sleep 1000'
  run --separate-stderr within '
    husk create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>"$BUNDLE/errors" || cat "$BUNDLE/errors" >&2
    husk start "$ID"
    husk exec "$ID" sh -c "tr -s \" \" </proc/self/uid_map; id -u; stat -c %t:%T /dev/null"
    husk delete --force "$ID"'
  is 0 ' 0 100 10
0
1:3'
}

@test "root of a user namespace: limits are refused, and oom_score_adj cannot be lowered" {
  inner_root
  refused_mine '.linux.resources = {pids: {limit: 10}}' "uid $ME cannot make a cgroup in"
  config '.process.oomScoreAdj = -7'
  says_mine 'cat /proc/self/oom_score_adj' "$(cat /proc/self/oom_score_adj)"
  warns 'cannot be lowered to -7'
}

@test "husk-init cannot be traced by the container's root while exec enters" {
  local way count
  cp "$(tool stalker)" "$ROOTFS/bin/stalker"
  for way in single ranges; do
    [ $way = single ] || ranges
    INNER=(timeout 20)
    config 'del(.linux.seccomp) | .process.capabilities |= map_values(. + ["CAP_SYS_PTRACE"])'
    program stalker
    mine create --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 3>&-
    mine start "$ID"
    wait_for grep -q ready "$BATS_TEST_TMPDIR/out"
    for count in $(seq 30 | sampled); do
      mine exec "$ID" true
    done
    mine delete --force "$ID"
    grep -q ^closed: "$BATS_TEST_TMPDIR/out" # it has seen some
    never grep -E '^(open|traced):' "$BATS_TEST_TMPDIR/out"
  done
}
