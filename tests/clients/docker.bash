# shellcheck shell=bash disable=SC2154,SC2034,SC2016
# docker with the runtime under test configured in its daemon: containers of these tests.
load engine

setup_file() {
  export BOX=$BATS_FILE_TMPDIR CGROUP=/husk-test-docker-$BATS_ROOT_PID
  export DOCKER=unix://$BOX/docker.sock
  space_open
  mkdir "$BOX/home"
  within dockerd --host "$DOCKER" --data-root "$BOX/data" --exec-root "$BOX/exec" --pidfile "$BOX/dockerd.pid" --bridge none \
    --iptables=false --ip6tables=false --storage-driver vfs --cgroup-parent "$CGROUP" --exec-opt native.cgroupdriver=cgroupfs \
    --add-runtime "tested=$RUNTIME_PATH" --default-runtime tested >"$BOX/log" 2>&1 3>&- &
  wait_for d version || { tail "$BOX/log"; return 1; }
  busybox_image "$BOX/busybox.tar"
  d load --quiet --input "$BOX/busybox.tar"
}

teardown_file() {
  # shellcheck disable=SC2046
  d rm --force $(d ps --all --quiet) >/dev/null 2>&1 || true
  local left
  left=$(d ps --all --quiet; within pgrep -f containerd-shim; groups_of)
  space_close
  find /sys/fs/cgroup -depth -type d \( -path "*$CGROUP*" -o -path '*/docker' \) -exec rmdir {} + 2>/dev/null || true
  [ -z "$left" ] || { echo "left behind: $left"; return 1; }
}

setup() {
  NAME=husk-test-$BATS_TEST_NUMBER
}

teardown() {
  d rm --force "$NAME" >/dev/null 2>&1 || true
}

d() {
  within env HOME="$BOX/home" timeout --foreground 40 docker --host "$DOCKER" "$@" 3>&-
}

# groups_of: cgroups of the containers of these tests.
groups_of() {
  find /sys/fs/cgroup -type d -path "*$CGROUP/*" 2>/dev/null
}

EXPECTED= # -127 where that is expected, since bats warns otherwise

# launch [OPTION...] -- COMMAND...: docker run.
launch() {
  split "$@"
  run $EXPECTED --separate-stderr d run --rm --network none "${OPTIONS[@]}" "$IMAGE" "${REST[@]}" </dev/null
}

# up [OPTION...] -- COMMAND...: one in the background, of the test's name.
up() {
  split "$@"
  ID=$(d run --detach --name "$NAME" --network none "${OPTIONS[@]}" "$IMAGE" "${REST[@]}" </dev/null)
}

# limit FILE: the content of a file of the container's cgroup.
limit() {
  cat /sys/fs/cgroup/{,*/}"$CGROUP/$ID/$1" 2>/dev/null
}

now() {
  d inspect --format "{{.State.$1}}" "$NAME"
}

in_state() {
  [ "$(now Status)" = "$1" ]
}

STATUS='sed -n "s/^\(Seccomp\|CapEff\|NoNewPrivs\):\t/\1 /p" /proc/self/status'

# at_terminal STEP... -- ARGUMENT...: docker's client on a terminal.
at_terminal() {
  split "$@"
  in_terminal "${OPTIONS[@]}" -- env HOME="$BOX/home" docker --host "$DOCKER" "${REST[@]}"
}
