#!/usr/bin/env bats
# podman's and containerd's checkpoints with the runtime under test. tests/clients/run runs it only on request: it
# needs a criu in PATH that works on this kernel.
load ctr

setup_file() {
  ctr_start
  p load --quiet --input "$BOX/busybox.tar"
  export CGROUP=/husk-test-checkpoint-$BATS_ROOT_PID
}

teardown_file() {
  p rm --all --force --time 0 >/dev/null
  find /sys/fs/cgroup -depth -type d -path "*$CGROUP*" -exec rmdir {} + 2>/dev/null || true
  ctr_end
}

p() {
  within timeout --foreground 60 podman --root "$BOX/root" --runroot "$BOX/runroot" --storage-driver vfs --runtime "$RUNTIME_PATH" \
    --cgroup-manager cgroupfs "$@" 3>&-
}

COUNTING='i=0; while :; do echo $((i = i + 1)); sleep 0.1; done'

# counted CONTAINER: the last line in podman's log of it.
counted() {
  p logs --tail 1 "$1"
}

more_than() {
  [ "$(counted "$1")" -gt "$2" ]
}

up() {
  p run --detach --name "$1" --network none --cgroup-parent "$CGROUP" "$IMAGE" sh -c "$COUNTING" >/dev/null
  wait_for more_than "$1" 2
}

@test "podman container checkpoint and restore" {
  up one
  p container checkpoint one
  [ "$(p inspect --format '{{.State.Status}} {{.State.Checkpointed}}' one)" = 'exited true' ]
  local before
  before=$(counted one)
  p container restore one
  wait_for more_than one "$before"
  [ "$(counted one)" -lt $((before + 50)) ]
  [ "$(p exec one echo inside)" = inside ]
  p stop --time 0 one
  p rm one
}

@test "podman container checkpoint --leave-running" {
  up two
  p container checkpoint --leave-running two
  wait_for more_than two "$(counted two)"
  p rm --force --time 0 two
}

@test "podman container checkpoint --export, and restore --import under another name" {
  up three
  local before
  before=$(counted three)
  p container checkpoint --export "$BOX/three.tar.gz" three
  p rm three
  p container restore --import "$BOX/three.tar.gz" --name four
  wait_for more_than four "$before"
  p rm --force --time 0 four
}

# count NAME: what the container has written.
count() {
  c tasks exec --exec-id "count-$RANDOM" "$1" cat /count
}

goes_on() {
  [ "$(count "$1")" -gt "$2" ]
}

@test "ctr containers checkpoint --task, which pauses it, and restore --live" {
  local name=husk-test-$BATS_ROOT_PID-live before
  c run --detach --runc-binary "$RUNTIME_PATH" "$IMAGE" "$name" sh -c 'i=0; while :; do echo $((i = i + 1)) >/count; sleep 0.1; done'
  wait_for goes_on "$name" 2
  c containers checkpoint --rw --image --task "$name" docker.io/library/checkpoint:test
  before=$(count "$name")
  wait_for goes_on "$name" "$before"
  c tasks kill --signal KILL "$name"
  wait_for c tasks rm "$name"
  c containers rm "$name"
  c containers restore --rw --live "$name-again" docker.io/library/checkpoint:test </dev/null >/dev/null 2>&1 3>&- &
  wait_for goes_on "$name-again" "$before"
  [ "$(within "$RUNTIME_PATH" --root /run/containerd/runc/default state "$name-again" | jq -r .status)" = running ]
  c tasks kill --signal KILL "$name-again"
  wait "$!" || true
  c containers rm "$name-again"
}
