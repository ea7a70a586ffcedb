#!/usr/bin/env bats
# checkpoint and restore, by CRIU. If criu does not work, the tests are skipped, but never in the
# virtual machine with the kernel that belongs to this criu.
load bundle

# must_work: this is that machine. On an older kernel criu cannot dump what uses rseq(2), on newer ones the vDSO is unknown to it.
must_work() {
  bed vm-v2 vm-systemd && [[ $(uname -r) = 6.1.* ]]
}

setup_file() {
  [ -z "${HUSK_BED:-}" ] || echo "# file ${BATS_TEST_FILENAME##*/}" >&3
  must_work || command -v criu >/dev/null || return 0
  criu --version >/dev/null 2>&1 || return 0
  # bookworm's criu fails on newer kernels: try a plain dump of a plain process
  sleep 1000 </dev/null >/dev/null 2>&1 3>&- &
  mkdir "$BATS_FILE_TMPDIR/try"
  if setsid -w true && criu dump --tree $! --images-dir "$BATS_FILE_TMPDIR/try" --shell-job --leave-running >/dev/null 2>&1; then
    touch "$BATS_FILE_TMPDIR/works"
  fi
  kill $!
}

setup() {
  ! rootless || skip 'a checkpoint is for root'
  [ -x "${HUSK%/*}/husk-criu" ] || skip 'husk was built without protobuf-c'
  [ -e "$BATS_FILE_TMPDIR/works" ] || must_work || skip 'no criu that works here'
  bundle_make
  plain
  IMAGES=$BATS_TEST_TMPDIR/images
}

teardown() {
  [ -z "${BUNDLE:-}" ] || bundle_end
}

# The file always has the same size: CRIU does not restore an open file whose size has changed since the dump.
COUNTING='i=10000000; while :; do i=$((i + 1)); echo $i 1<>/count; sleep 0.05; done'

# counts: it is still running.
counts() {
  local before
  before=$(cat "$ROOTFS/count")
  wait_for more_than "$before"
}

more_than() {
  [ "$(cat "$ROOTFS/count")" -gt "$1" ]
}

apart() {
  [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}

counter_up() {
  container_up "$COUNTING"
  wait_for test -s "$ROOTFS/count"
}

checkpoint() {
  run --separate-stderr husk checkpoint --image-path "$IMAGES" "$@" "$ID"
}

restore() {
  run --separate-stderr husk restore --detach --bundle "$BUNDLE" --image-path "$IMAGES" "$@" "$ID" </dev/null
}

restored() {
  husk "${WARNED[@]}" restore --detach --bundle "$BUNDLE" --image-path "$IMAGES" "$@" "$ID" </dev/null >>"$BATS_TEST_TMPDIR/out" 2>>"$BATS_TEST_TMPDIR/err" 3>&- \
    || { cat "$BATS_TEST_TMPDIR/err"; return 1; }
}

# lacks TEXT: this kernel lacks something that criu needs and the virtual machine's kernel has.
lacks() {
  bed vm-v2 vm-systemd || [[ "$stderr" != *"$1"* ]] || skip "criu on this kernel: $1"
}

# husk_into FILE ARG...: with its output in a file, as the checkpointed one had it: CRIU restores the place in it.
husk_into() {
  husk "${@:2}" </dev/null >"$1" 2>&1 3>&-
}

@test "a counter continues after restore; the container is gone in between and complete afterwards" {
  in_systemd || in_parent
  counter_up
  checkpoint
  is 0 ''
  nothing_left
  local before
  before=$(cat "$ROOTFS/count")
  restored --pid-file "$BATS_TEST_TMPDIR/pid"
  wait_for more_than "$before"
  [ "$(cat "$ROOTFS/count")" -lt $((before + 100)) ] # it has neither started again nor run meanwhile
  PID=$(husk state "$ID" | jq .pid)
  [ "$(cat "$BATS_TEST_TMPDIR/pid")" = "$PID" ]
  grep -q "$PARENT/$ID\|$ID.scope" "/proc/$PID/cgroup"
  run husk exec "$ID" sh -c 'echo $$; cat /proc/1/comm; hostname'
  is 0
  [ "$(sed -n 2,3p <<<"$output")" = $'sh\nhusk' ]
  husk pause "$ID"
  is_status paused
  husk resume "$ID"
  husk kill "$ID" KILL
  wait_for is_status stopped
  husk delete "$ID"
  nothing_left
}

@test "--leave-running: it runs on, and can be restored after its end" {
  counter_up
  checkpoint --leave-running
  is 0 ''
  is_status running
  counts
  restore
  is 1
  complains 'already exists'
  husk delete --force "$ID"
  restored
  counts
}

@test "--pre-dump, then a dump of what has changed since" {
  counter_up
  run --separate-stderr husk checkpoint --pre-dump --image-path "$BATS_TEST_TMPDIR/before" "$ID"
  lacks 'Tracking memory is not available'
  is 0 ''
  counts
  checkpoint --parent-path ../before
  is 0 ''
  [ -L "$IMAGES/parent" ]
  restored
  counts
}

@test "restore in the foreground returns the program's status and leaves nothing" {
  container_up 'echo up >/count; while [ ! -e /stop ]; do sleep 0.05; done; exit 7'
  wait_for test -s "$ROOTFS/count"
  checkpoint
  is 0 ''
  touch "$ROOTFS/stop"
  run husk_into "$BATS_TEST_TMPDIR/again" restore --bundle "$BUNDLE" --image-path "$IMAGES" "$ID"
  is 7
  nothing_left
}

@test "a TCP connection over loopback needs --tcp-established; without it the container continues to run" {
  script 'nc -l -p 7 -e cat & until grep -q :0007 /proc/net/tcp*; do sleep 0.02; done; mkfifo /tmp/in; (while :; do sleep 0.1; echo x; done) | nc 127.0.0.1 7 | while read line; do echo "$((n += 1))" >/count; done'
  create
  husk start "$ID"
  wait_for test -s "$ROOTFS/count"
  checkpoint
  is 1
  complains 'criu: ' "its log is $IMAGES/dump.log"
  [ "$(grep -c . <<<"$stderr")" = 1 ]
  counts
  checkpoint --tcp-established
  lacks "Can't get 1:16 opt"
  is 0 ''
  restored --tcp-established
  counts
  checkpoint --tcp-established
  is 0 ''
  restored --tcp-close # the script reads the end of its connection then, and ends
  wait_for is_status stopped
}

@test "a bind mount, a file lock in it and a masked file are restored" {
  mkdir "$BATS_TEST_TMPDIR/shared"
  config '.mounts += [{destination: "/mnt", type: "bind", source: $s, options: ["rbind", "rw"]}]' --arg s "$BATS_TEST_TMPDIR/shared"
  cp "$(tool locked)" "$ROOTFS/bin/locked"
  program locked /mnt/lock sh -c "$COUNTING"
  create
  husk start "$ID"
  wait_for test -s "$ROOTFS/count"
  checkpoint
  is 1
  complains 'locks'
  counts
  checkpoint --file-locks
  is 0 ''
  restored --file-locks
  counts
  never flock --nonblock "$BATS_TEST_TMPDIR/shared/lock" true
  run husk exec "$ID" sh -c 'echo kept >/mnt/file; cat /proc/keys | wc -c'
  is 0 0
  [ "$(cat "$BATS_TEST_TMPDIR/shared/file")" = kept ]
}

@test "a restored terminal's master is sent to the console socket" {
  config '.process.terminal = true'
  script "stty size >/size; $COUNTING"
  local receiver
  receiver=$(tool recvtty)
  (cd "$BATS_TEST_TMPDIR" && exec "$receiver" console >"$BATS_TEST_TMPDIR/screen" 2>&1 3>&-) &
  BACKGROUND="$BACKGROUND $!"
  wait_for test -S "$BATS_TEST_TMPDIR/console"
  create --console-socket "$BATS_TEST_TMPDIR/console"
  husk start "$ID"
  wait_for test -s "$ROOTFS/count"
  checkpoint
  is 0 ''
  rm -f "$BATS_TEST_TMPDIR/console"
  (cd "$BATS_TEST_TMPDIR" && exec "$receiver" console >"$BATS_TEST_TMPDIR/screen" 2>&1 3>&-) &
  BACKGROUND="$BACKGROUND $!"
  wait_for test -S "$BATS_TEST_TMPDIR/console"
  restored --console-socket "$BATS_TEST_TMPDIR/console"
  counts
  [[ "$(readlink "/proc/$(husk state "$ID" | jq .pid)/fd/0")" = /dev/pts/* ]]
}

@test "--shell-job restores a job at the caller's terminal" {
  script "$COUNTING"
  local command=("$HUSK" --root "$ROOT" "${OPTIONS[@]}")
  command script --quiet --return --command "${command[*]} run --bundle $BUNDLE $ID" /dev/null </dev/null >/dev/null 2>&1 3>&- &
  wait_for test -s "$ROOTFS/count"
  checkpoint
  is 1
  complains 'pts'
  counts
  checkpoint --shell-job
  is 0 ''
  wait "$!" || true
  command script --quiet --return --command "${command[*]} restore --shell-job --image-path $IMAGES --bundle $BUNDLE $ID" /dev/null </dev/null >/dev/null 2>&1 3>&- &
  wait_for is_status running
  counts
  husk kill "$ID" KILL
  wait "$!" || true
  nothing_left
}

@test "the hooks of a restored container run" {
  counter_up
  checkpoint
  is 0 ''
  config '.hooks = {prestart: [$h], createRuntime: [$h], poststart: [$h], poststop: [$h]} | .hooks |= with_entries(.value[0].args[3] = .key)' \
    --argjson h '{"path": "/bin/sh", "args": ["sh", "-c", "echo $0 $(jq -r .status) >>'"$BATS_TEST_TMPDIR"'/hooks", ""], "env": ["PATH=/usr/bin:/bin"]}'
  restored
  husk delete --force "$ID"
  [ "$(cat "$BATS_TEST_TMPDIR/hooks")" = $'prestart created\ncreateRuntime creating\npoststart running\npoststop stopped' ]
}

@test "a paused container, as containerd leaves it, stays paused or is dumped" {
  counter_up
  husk pause "$ID"
  checkpoint --leave-running
  is 0 ''
  is_status paused
  husk resume "$ID"
  counts
  husk pause "$ID"
  checkpoint
  is 0 ''
  nothing_left
  restored
  counts
}

@test "restore onto another root file system of the same image makes missing mount points" {
  mkdir "$BATS_TEST_TMPDIR/shared"
  config '.mounts += [{destination: "/deep/mnt", type: "bind", source: $s, options: ["bind"]},
    {destination: "/deep/file", type: "bind", source: $f, options: ["bind"]}]' --arg s "$BATS_TEST_TMPDIR/shared" --arg f "$BUNDLE/config.json"
  cp -a "$ROOTFS" "$BATS_TEST_TMPDIR/fresh"
  container_up "cd /tmp; $COUNTING"
  wait_for test -s "$ROOTFS/count"
  checkpoint
  is 0 ''
  cp "$ROOTFS/count" "$BATS_TEST_TMPDIR/fresh/"
  rm -rf "$ROOTFS"
  mv "$BATS_TEST_TMPDIR/fresh" "$ROOTFS"
  rmdir "$ROOTFS"/{proc,sys}
  restored
  counts
  run husk exec "$ID" sh -c 'test -s /deep/file && test -d /deep/mnt && echo there'
  is 0 there
}

@test "a container of a pod, with shared namespaces and a mount behind a symbolic link" {
  unshare --ipc --uts --net sleep 1000 3>&- &
  local pod=$!
  BACKGROUND="$BACKGROUND $pod"
  wait_for apart "$pod"
  mkdir "$BATS_TEST_TMPDIR/secrets"
  echo secret >"$BATS_TEST_TMPDIR/secrets/token"
  echo names >"$BATS_TEST_TMPDIR/hosts"
  ln -s ../run "$ROOTFS/var/run"
  config 'del(.hostname) | (.linux.namespaces[] | select(.type | IN("network", "ipc", "uts"))) |=
      (.path = "/proc/\($pod)/ns/\(if .type == "network" then "net" else .type end)")
    | .mounts += [{destination: "/var/run/secrets/pod", type: "bind", source: ($s + "/secrets"), options: ["rbind", "ro"]},
                  {destination: "/etc/hosts", type: "bind", source: ($s + "/hosts"), options: ["rbind", "ro"]}]' \
    --argjson pod "$pod" --arg s "$BATS_TEST_TMPDIR"
  counter_up
  checkpoint
  is 0 ''
  rm -rf "$ROOTFS"/{run/secrets,etc/hosts}
  restored
  counts
  PID=$(husk state "$ID" | jq .pid)
  local name
  for name in net ipc uts; do
    [ "$(readlink "/proc/$PID/ns/$name")" = "$(readlink "/proc/$pod/ns/$name")" ]
  done
  run husk exec "$ID" cat /etc/hosts /var/run/secrets/pod/token
  is 0 $'names\nsecret'
}

@test "without a cgroup namespace, called without PATH, the restored container sees its own cgroups" {
  config 'del(.linux.namespaces[] | select(.type == "cgroup"))'
  counter_up
  local environment=()
  bed vm-v2 vm-systemd || environment=("PATH=$PATH") # criu may be anywhere
  run --separate-stderr env -i "${environment[@]}" "$HUSK" --root "$ROOT" "${OPTIONS[@]}" checkpoint --image-path "$IMAGES" "$ID"
  is 0 ''
  restored
  counts
  run husk exec "$ID" sh -c 'cat /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/*/cgroup.procs 2>/dev/null | grep -xc 1'
  is 0
  [ "$output" -gt 0 ]
}

@test "a container without a cgroup is checkpointed and restored" {
  OPTIONS=(--cgroup-manager=disabled)
  counter_up
  checkpoint
  is 0 ''
  restored
  counts
}

# profile_make NAME: an AppArmor profile that allows all.
profile_make() {
  apparmor_parser --replace --skip-cache <<<"profile $1 flags=(attach_disconnected,mediate_deleted) { file, signal, capability, network, ptrace, mount, }"
}

@test "seccomp, capabilities, limits and AppArmor are restored, or AppArmor is from --lsm-profile" {
  local apparmor=
  [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" != Y ] || apparmor=husk-test-$BATS_ROOT_PID
  example_with '.root.readonly = false | .process.rlimits = [{type: "RLIMIT_NOFILE", hard: 512, soft: 256}]'
  if [ -n "$apparmor" ]; then
    profile_make "$apparmor-a"
    profile_make "$apparmor-b"
    config '.process.apparmorProfile = $p' --arg p "$apparmor-a"
  fi
  counter_up
  local before after
  before=$(grep -E '^(Cap|Seccomp|NoNewPrivs|Uid|Groups)' "/proc/$PID/status"; grep files "/proc/$PID/limits")
  checkpoint
  is 0 ''
  restored
  counts
  PID=$(husk state "$ID" | jq .pid)
  after=$(grep -E '^(Cap|Seccomp|NoNewPrivs|Uid|Groups)' "/proc/$PID/status"; grep files "/proc/$PID/limits")
  grep -q '^Seccomp:.2$' <<<"$after"
  # bookworm's criu cannot restore noNewPrivileges: then husk says so
  if grep -q '^NoNewPrivs:.0$' <<<"$after"; then
    warns 'this criu does not restore process.noNewPrivileges'
    after=$(sed '/^NoNewPrivs/s/0/1/' <<<"$after")
  fi
  diff <(echo "$before") <(echo "$after")
  [ -n "$apparmor" ] || return 0
  [ "$(cat "/proc/$PID/attr/current")" = "$apparmor-a (enforce)" ]
  checkpoint
  is 0 ''
  restored --lsm-profile "apparmor:$apparmor-b"
  [ "$(cat "/proc/$(husk state "$ID" | jq .pid)/attr/current")" = "$apparmor-b (enforce)" ]
  husk delete --force "$ID"
  echo -n "$apparmor-a" >/sys/kernel/security/apparmor/.remove
  echo -n "$apparmor-b" >/sys/kernel/security/apparmor/.remove
}

@test "if husk is killed during a checkpoint, the container continues" {
  counter_up
  "$HUSK" --root "$ROOT" "${OPTIONS[@]}" checkpoint --image-path "$IMAGES" "$ID" 3>&- &
  until [ -e "$IMAGES/dump.log" ]; do :; done
  kill -KILL "$!"
  wait "$!" || true
  wait_for is_status running
  counts
  checkpoint
  is 0 ''
  restored
  counts
}

@test "if criu dies during a restore, one error is printed and nothing is left" {
  counter_up
  checkpoint
  is 0 ''
  config '.hooks = {createRuntime: [{"path": "/bin/sh", "args": ["sh", "-c", "pkill -KILL -P $(pgrep -P $PPID husk-criu)"], "env": ["PATH=/usr/bin:/bin"]}]}'
  restore
  is 1 ''
  [ "$stderr" = 'husk: error: criu was killed by signal 9 (SIGKILL)' ]
  nothing_left
}

@test "--link-remap, --empty-ns network, --auto-dedup, --manage-cgroups-mode" {
  script "echo >/home/a; ln /home/a /home/b; exec 7>/home/a; rm /home/a; $COUNTING"
  create
  husk start "$ID"
  wait_for test -s "$ROOTFS/count"
  checkpoint
  is 1
  complains 'link remap'
  counts
  checkpoint --link-remap --empty-ns network --auto-dedup --manage-cgroups-mode full
  is 0 ''
  restored --empty-ns network --auto-dedup --manage-cgroups-mode full
  counts
  run husk exec "$ID" cat /sys/class/net/lo/operstate
  is 0 down
}

@test "--lazy-pages and --page-server: memory comes from the dumped processes, and --status-fd reports when" {
  bed vm-v2 vm-systemd || skip 'only where all of criu works'
  local port=$((20000 + BATS_SUITE_TEST_NUMBER)) byte dumping lazy
  counter_up
  mkfifo "$BATS_TEST_TMPDIR/status"
  exec 8<>"$BATS_TEST_TMPDIR/status"
  husk checkpoint --image-path "$IMAGES" --manage-cgroups-mode ignore --lazy-pages --page-server "127.0.0.1:$port" \
    --status-fd 8 "$ID" 3>&- &
  dumping=$!
  BACKGROUND="$BACKGROUND $dumping"
  IFS= read -r -n 1 -d '' -t 20 byte <&8
  criu lazy-pages --page-server --address 127.0.0.1 --port "$port" --images-dir "$IMAGES" --work-dir "$IMAGES" --log-file lazy.log 3>&- 8>&- &
  lazy=$!
  BACKGROUND="$BACKGROUND $lazy"
  wait_for test -S "$IMAGES/lazy-pages.socket"
  local first=$ID
  ID=$ID-second
  restored --manage-cgroups-mode ignore --lazy-pages
  wait "$dumping" "$lazy"
  counts
  run husk list --quiet
  is 0 "$ID"
  husk delete --force "$ID"
  ID=$first
  exec 8>&-
}

@test "what cannot be checkpointed or restored is one error and changes nothing" {
  checkpoint
  is 1
  complains 'does not exist'
  script "$COUNTING"
  create
  checkpoint
  is 1
  complains 'it is created'
  husk start "$ID"
  wait_for test -s "$ROOTFS/count"
  checkpoint --manage-cgroups-mode none
  is 1
  complains '--manage-cgroups-mode "none" must be soft, full, strict or ignore'
  checkpoint --leave-running --parent-path ../none
  is 1
  [ "$stderr" = 'husk: error: criu: Invalid parent image directory provided: No such file or directory' ]
  run --separate-stderr env PATH=/none "$HUSK" --root "$ROOT" "${OPTIONS[@]}" checkpoint --image-path "$IMAGES" "$ID"
  is 1
  complains 'criu was not found'
  run --separate-stderr husk checkpoint --image-path /proc/none "$ID"
  is 1
  complains '/proc/none'
  counts
  husk delete --force "$ID"
  cp "$BUNDLE/config.json" "$BATS_TEST_TMPDIR/config"
  config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 1000}] | .linux.gidMappings = .linux.uidMappings'
  create
  husk start "$ID"
  checkpoint
  is 1
  complains '/linux/namespaces/' 'a container with a user namespace cannot be checkpointed'
  is_status running
  husk delete --force "$ID"
  mv "$BATS_TEST_TMPDIR/config" "$BUNDLE/config.json"
  rm -rf "$IMAGES"
  restore
  is 1
  complains "$IMAGES: no such file or directory"
  mkdir "$IMAGES"
  restore
  is 1
  complains 'does not contain a checkpoint'
  echo '["", "", ""]' >"$IMAGES/descriptors.json"
  restore
  is 1
  complains 'criu: '
  [ "$(grep -c . <<<"$stderr")" = 1 ]
  nothing_left
}

@test "what containerd, podman and CRI-O write is understood" {
  counter_up
  husk checkpoint --image-path "$IMAGES" --work-path "$BATS_TEST_TMPDIR/logs" --tcp-established --ext-unix-sk --file-locks "$ID"
  [ -s "$BATS_TEST_TMPDIR/logs/dump.log" ]
  husk restore --image-path "$IMAGES" --work-path "$BATS_TEST_TMPDIR/logs" --detach --pid-file "$BATS_TEST_TMPDIR/pid" --no-pivot \
    -no-subreaper --tcp-established --file-locks --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 3>&-
  counts
  run husk features
  jq -e '.annotations["org.opencontainers.runc.checkpoint.enabled"] == "true"' <<<"$output"
}
