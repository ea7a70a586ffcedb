# shellcheck shell=bash disable=SC2154,SC2034
# podman with the runtime under test as its --runtime, called by root: containers of these tests.
load engine

PODMAN=(podman --root "${BATS_FILE_TMPDIR:-}/root" --runroot "${BATS_FILE_TMPDIR:-}/runroot" --storage-driver vfs
  --runtime "$RUNTIME_PATH" --cgroup-manager cgroupfs)

setup_file() {
  export BOX=$BATS_FILE_TMPDIR CGROUP=/husk-test-podman-$BATS_ROOT_PID
  space_open
  busybox_image "$BOX/busybox.tar"
  p load --quiet --input "$BOX/busybox.tar"
}

teardown_file() {
  p pod rm --all --force >/dev/null
  p rm --all --force --time 0 >/dev/null
  local left
  left=$(p ps --all --quiet; within pgrep conmon; groups_of libpod)
  space_close
  find /sys/fs/cgroup -depth -type d \( -path "*$CGROUP*" -o -path '*/libpod_parent*' \) -exec rmdir {} + 2>/dev/null || true
  [ -z "$left" ] || { echo "left behind: $left"; return 1; }
}

setup() {
  NAME=husk-test-$BATS_TEST_NUMBER
}

teardown() {
  p rm --force --time 0 "$NAME" >/dev/null 2>&1 || true
}

p() {
  within timeout --foreground 40 "${PODMAN[@]}" "$@" 3>&-
}

# groups_of NAME: cgroups of the containers of these tests.
groups_of() {
  find /sys/fs/cgroup -type d -path "*$CGROUP/$1*" 2>/dev/null
}

MADE=(--network none --cgroup-parent "$CGROUP")

EXPECTED= # -127 where that is expected, since bats warns otherwise

# launch [OPTION...] -- COMMAND...: podman run.
launch() {
  split "$@"
  run $EXPECTED --separate-stderr p run --rm --network none --cgroup-parent "$CGROUP" "${OPTIONS[@]}" "$IMAGE" "${REST[@]}" </dev/null
}

# up [OPTION...] -- COMMAND...: one in the background, of the test's name.
up() {
  split "$@"
  p run --detach --name "$NAME" --network none --cgroup-parent "$CGROUP" "${OPTIONS[@]}" "$IMAGE" "${REST[@]}" </dev/null >/dev/null
}

# at_terminal COMMAND...: podman on a terminal.
at_terminal() {
  in_terminal -- "${PODMAN[@]}" "$@"
}

# notified MODE COMMAND...: the messages to a service manager for a container with that --sdnotify.
notified() {
  within timeout 40 python3 - "$BOX/manager-$1" "${PODMAN[@]}" run --rm --detach --sdnotify "$1" --name "$NAME" --network none \
    --cgroup-parent "$CGROUP" --volume "$BOX/send:/send" "$IMAGE" "${@:2}" <<'END'
import os, socket, subprocess, sys
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind(sys.argv[1])
manager.settimeout(5)
subprocess.run(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env={**os.environ, "NOTIFY_SOCKET": sys.argv[1]})
try:
    while True:
        print(*sorted(manager.recv(65536).decode().split()))
        manager.settimeout(0.3)
except TimeoutError:
    pass
END
}

# facts: the facts that a container prints about itself.
STATUS='sed -n "s/^\(Seccomp\|CapEff\|NoNewPrivs\):\t/\1 /p" /proc/self/status'
