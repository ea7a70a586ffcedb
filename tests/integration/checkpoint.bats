#!/usr/bin/env bats
# checkpoint and restore, by CRIU. Where no criu works the tests are skipped, but never in the virtual machine.
load bundle

setup_file() {
  [ -z "${HUSK_BED:-}" ] || echo "# file ${BATS_TEST_FILENAME##*/}" >&3
  bed vm-v2 vm-systemd || command -v criu >/dev/null || return 0
  criu --version >/dev/null 2>&1 || return 0
  # bookworm's criu does not work on kernels as new as this one may be: does a plain dump of a plain process?
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
  [ -e "$BATS_FILE_TMPDIR/works" ] || bed vm-v2 vm-systemd || skip 'no criu that works here'
  bundle_make
  plain
  IMAGES=$BATS_TEST_TMPDIR/images
}

teardown() {
  [ -z "${BUNDLE:-}" ] || bundle_end
}

# by rename: whoever looks finds a number
COUNTING='i=0; while :; do i=$((i + 1)); echo $i >/new; mv /new /count; sleep 0.05; done'

# counts: it goes on.
counts() {
  local before
  before=$(cat "$ROOTFS/count")
  patiently more_than "$before"
}

# patiently COMMAND...: CRIU is slow where processors are emulated.
patiently() {
  wait_for "$@" || wait_for "$@" || wait_for "$@"
}

more_than() {
  [ "$(cat "$ROOTFS/count")" -gt "$1" ]
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
  husk restore --detach --bundle "$BUNDLE" --image-path "$IMAGES" "$@" "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- \
    || { cat "$BATS_TEST_TMPDIR/err"; return 1; }
}

# lacks TEXT: criu misses something of this kernel, which that of the virtual machine has.
lacks() {
  bed vm-v2 vm-systemd || [[ "$stderr" != *"$1"* ]] || skip "criu on this kernel: $1"
}

# husk_into FILE ARG...: with its output in a file, as the checkpointed one had it: CRIU restores the place in it.
husk_into() {
  husk "${@:2}" </dev/null >"$1" 2>&1 3>&-
}

@test "a counter goes on counting; the container is gone between, and whole again after" {
  in_systemd || in_parent
  counter_up
  checkpoint
  is 0 ''
  nothing_left
  local before
  before=$(cat "$ROOTFS/count")
  restored --pid-file "$BATS_TEST_TMPDIR/pid"
  patiently more_than "$before"
  [ "$(cat "$ROOTFS/count")" -lt $((before + 100)) ] # it has not begun anew, nor run meanwhile
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

@test "a paused container, as containerd checkpoints it: paused before, paused after, and restored running" {
  counter_up
  husk pause "$ID"
  checkpoint --leave-running
  is 0 ''
  is_status paused
  checkpoint --manage-cgroups-mode full
  is 0 ''
  nothing_left
  restored
  is_status running
  counts
}

@test "--pre-dump, and a dump of what has changed since" {
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

@test "in the foreground: the exit status, and nothing is left" {
  container_up 'echo up >/count; while [ ! -e /stop ]; do sleep 0.05; done; exit 7'
  wait_for test -s "$ROOTFS/count"
  checkpoint
  is 0 ''
  touch "$ROOTFS/stop"
  run husk_into "$BATS_TEST_TMPDIR/again" restore --bundle "$BUNDLE" --image-path "$IMAGES" "$ID"
  is 7
  nothing_left
}

@test "a connection over loopback: --tcp-established, or an error that leaves it running" {
  script 'nc -l -p 7 -e cat & sleep 0.3; mkfifo /tmp/in; (while :; do sleep 0.1; echo x; done) | nc 127.0.0.1 7 | while read line; do echo "$((n += 1))" >/count; done'
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
}

@test "a bind of the host's, a lock on a file in it, a masked file" {
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

@test "a terminal: its master goes to the console socket" {
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

@test "onto another root file system of the same image, whose mount points are not there yet" {
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

@test "without a cgroup namespace: the cgroups that it sees are its own" {
  config 'del(.linux.namespaces[] | select(.type == "cgroup"))'
  counter_up
  checkpoint
  is 0 ''
  restored
  counts
  run husk exec "$ID" sh -c 'cat /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/*/cgroup.procs 2>/dev/null | grep -xc 1'
  is 0
  [ "$output" -gt 0 ]
}

@test "hooks of a restored container" {
  counter_up
  checkpoint
  is 0 ''
  config '.hooks = {prestart: [$h], createRuntime: [$h], poststart: [$h], poststop: [$h]} | .hooks |= with_entries(.value[0].args[3] = .key)' \
    --argjson h '{"path": "/bin/sh", "args": ["sh", "-c", "echo $0 $(jq -r .status) >>'"$BATS_TEST_TMPDIR"'/hooks", ""], "env": ["PATH=/usr/bin:/bin"]}'
  restored
  husk delete --force "$ID"
  [ "$(cut -d' ' -f1 "$BATS_TEST_TMPDIR/hooks" | tr '\n' ' ')" = 'prestart createRuntime poststart poststop ' ]
}

@test "what cannot be checkpointed or restored is one line, and nothing changes" {
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
  complains '--manage-cgroups-mode "none" is not one of'
  run --separate-stderr env PATH=/none "$HUSK" --root "$ROOT" "${OPTIONS[@]}" checkpoint --image-path "$IMAGES" "$ID"
  is 1
  complains 'criu is not there'
  run --separate-stderr husk checkpoint --image-path /proc/none "$ID"
  is 1
  complains '/proc/none'
  counts
  husk delete --force "$ID"
  rm -rf "$IMAGES"
  restore
  is 1
  complains "$IMAGES: no such file or directory"
  mkdir "$IMAGES"
  restore
  is 1
  complains 'holds no checkpoint'
  echo '["", "", ""]' >"$IMAGES/descriptors.json"
  restore
  is 1
  complains 'criu: '
  [ "$(grep -c . <<<"$stderr")" = 1 ]
  nothing_left
}

@test "what containerd, podman and CRI-O write is understood" {
  counter_up
  husk checkpoint --image-path "$IMAGES" --work-path "$BATS_TEST_TMPDIR/work" --tcp-established --ext-unix-sk --file-locks "$ID"
  [ -s "$BATS_TEST_TMPDIR/work/dump.log" ]
  husk restore --image-path "$IMAGES" --work-path "$BATS_TEST_TMPDIR/work" --detach --pid-file "$BATS_TEST_TMPDIR/pid" --no-pivot \
    -no-subreaper --tcp-established --file-locks --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 3>&-
  counts
  run husk features
  jq -e '.annotations["org.opencontainers.runc.checkpoint.enabled"] == "true"' <<<"$output"
}
