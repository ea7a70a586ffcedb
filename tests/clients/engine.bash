# shellcheck shell=bash disable=SC2154,SC2034,SC2016
# What the tests of engines share: an image of busybox, and containerd in its own mount and pid namespaces, with a
# private /run, so that everything ends with them. RUNTIME_PATH is the runtime under test: tests/clients/run sets it; by hand it
# is the husk of the build.
bats_require_minimum_version 1.5.0

# shellcheck source=tests/integration/waiting.bash
. "${BASH_SOURCE[0]%/*}/../integration/waiting.bash"
# shellcheck source=tests/programs.bash
. "${BASH_SOURCE[0]%/*}/../programs.bash"
# shellcheck source=tests/clients/handlers.bash
. "${BASH_SOURCE[0]%/*}/handlers.bash"
export RUNTIME="${RUNTIME:-husk}" RUNTIME_PATH="${RUNTIME_PATH:-$HUSK}"

SOURCE=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
IMAGE=docker.io/library/busybox:test
USER_IMAGE=docker.io/library/busybox:user # the same image with a user other than root
INIT_IMAGE=docker.io/library/busybox:init # and with /sbin/init as its command, as one with systemd has

# busybox_image FILE: an archive of these images of busybox, whose default program is sleep.
busybox_image() {
  local top=$BOX/image
  mkdir -p "$top"/root/{bin,dev,etc,proc,run/kept,sbin,sys,tmp}
  chmod 1777 "$top/root/tmp"
  chmod 711 "$top/root/run"
  chown 1000:2000 "$top/root/run"
  cp /bin/busybox "$top/root/bin/"
  /bin/busybox --list | BIN=$top/root/bin perl -nle 'symlink "busybox", "$ENV{BIN}/$_" if $_ ne "busybox"'
  cat >"$top/root/sbin/init" <<'END'
#!/bin/sh
trap 'echo asked to end; exit 3' 37 # RTMIN+3
echo "process $$, container=$container"
for directory in /run /run/lock /tmp /var/log/journal; do
  echo "$directory $(stat -f -c %T "$directory") $(touch "$directory/file" && echo written)"
done
echo started
while :; do sleep 0.05; done
END
  chmod 755 "$top/root/sbin/init"
  printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/:/bin/sh\n' >"$top/root/etc/passwd"
  printf 'root:x:0:\nuser:x:1000:\nmore:x:2000:user\n' >"$top/root/etc/group"
  tar -C "$top/root" -cf "$top/layer.tar" .
  jq -n --arg layer "$(sha256sum "$top/layer.tar" | cut -d ' ' -f 1)" --arg architecture "$(dpkg --print-architecture)" '{
    architecture: $architecture, os: "linux", rootfs: {type: "layers", diff_ids: ["sha256:" + $layer]}, history: [{created_by: "tests"}],
    config: {Env: ["PATH=/bin"], Cmd: ["sleep", "1000000"]}}' >"$top/config.json"
  jq '.config.User = "1000"' "$top/config.json" >"$top/user.json"
  jq '.config.Cmd = ["/sbin/init"]' "$top/config.json" >"$top/init.json"
  jq -n --arg image "$IMAGE" --arg user "$USER_IMAGE" --arg init "$INIT_IMAGE" '[
    ["config.json", $image], ["user.json", $user], ["init.json", $init] |
    {Config: .[0], RepoTags: [.[1]], Layers: ["layer.tar"]}]' >"$top/manifest.json"
  tar -C "$top" -cf "$1" manifest.json {config,user,init}.json layer.tar
}

# A program that logs to these files by name, as any user.
BY_NAME='id -u; echo out >/dev/stdout; echo err >/dev/stderr'

# within COMMAND...: in the namespaces of the engine.
within() {
  nsenter --mount --pid --target "$(pgrep -P "$(cat "$BOX/space")")" -- "$@"
}

# space_open: these namespaces, whose first process reaps what daemons leave to it. space_close: all in them ends.
space_open() {
  unshare --mount --propagation private --pid --fork --kill-child --mount-proc \
    bash -c 'mount -t tmpfs tmpfs /run && while :; do sleep 1000; done' 3>&- &
  echo $! >"$BOX/space"
  wait_for within mountpoint /run
  [ -z "${ENGINES:-}" ] || engines_own
}

# engines_own: podman finds its monitor and its helpers by its configuration, not by PATH.
engines_own() {
  printf '[engine]\nhelper_binaries_dir = ["%s", "/usr/libexec/podman", "/usr/lib/podman"]\n' "$ENGINES" >"$BOX/engines.conf"
  [ ! -x "$ENGINES/conmon" ] || printf 'conmon_path = ["%s/conmon"]\n' "$ENGINES" >>"$BOX/engines.conf"
  within install -m 644 "$BOX/engines.conf" /run/
  export CONTAINERS_CONF_OVERRIDE=/run/engines.conf
}

space_close() {
  kill -KILL "$(cat "$BOX/space")"
  wait "$(cat "$BOX/space")" || true
}

containerd_configuration() {
  cat <<END
version = 2
root = "$BOX/lib"
state = "$BOX/state"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs"]
[grpc]
  address = "$CONTAINERD"
[plugins."io.containerd.internal.v1.opt"]
  path = "$BOX/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$IMAGE"
  disable_apparmor = true
  restrict_oom_score_adj = true # root cannot lower it everywhere
  enable_cdi = true
  cdi_spec_dirs = ["$BOX/cdi"]
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "$BOX/cni"
    conf_dir = "$BOX/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    default_runtime_name = "husk"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.husk]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.husk.options]
      BinaryName = "$RUNTIME_PATH"
END
  # more handlers: those of handlers.bash, a suite's own
  find "$BOX" -maxdepth 1 -name 'handlers*.toml' -exec cat {} +
}

# containerd_start: the daemon, at $CONTAINERD; after containerd_stop it starts with its old state.
containerd_start() {
  export CONTAINERD=$BOX/containerd.sock
  mkdir -p "$BOX/cni"
  containerd_configuration >"$BOX/config.toml"
  within sh -c 'echo $$ >/run/containerd.pid; exec containerd -c "$1" >>"$2" 2>&1' sh "$BOX/config.toml" "$BOX/log" 3>&- &
  wait_for within ctr --address "$CONTAINERD" version || { tail "$BOX/log"; return 1; }
}

containerd_stop() {
  within sh -c 'kill -KILL $(cat /run/containerd.pid)'
}

# containerd_image NAMESPACE: imports busybox.
containerd_image() {
  [ -e "$BOX/busybox.tar" ] || busybox_image "$BOX/busybox.tar"
  within ctr --address "$CONTAINERD" -n "$1" images import "$BOX/busybox.tar" >/dev/null
}

# split ARG... -- ARG...: OPTIONS has the arguments before the dashes, REST those after them.
split() {
  OPTIONS=()
  while [ "$1" != -- ]; do
    OPTIONS+=("$1")
    shift
  done
  REST=("${@:2}")
}

# is STATUS [TEXT]: the status and output of `run`.
is() {
  if [ "$status" -ne "$1" ] || { [ $# -gt 1 ] && [ "$output" != "$2" ]; }; then
    echo "status: $status"
    echo "stdout: $output"
    echo "stderr: ${stderr:-}"
    return 1
  fi
}

# at_once COUNT COMMAND...: COUNT commands at once, each with its number as the last argument, which must be its status.
at_once() {
  local count=$1 number running=()
  shift
  for ((number = 0; number < count; number++)); do
    "$@" "$number" </dev/null >/dev/null 2>&1 3>&- &
    running+=($!)
  done
  for ((number = 0; number < count; number++)); do
    status=0
    wait "${running[number]}" || status=$?
    [ "$status" -eq "$number" ] || { echo "number $number: status $status"; return 1; }
  done
}

# in_terminal STEP... -- COMMAND...: on a terminal (terminal.py has the steps), in the namespaces of the engine.
in_terminal() {
  split "$@"
  run within "$SOURCE/tests/clients/terminal.py" "${OPTIONS[@]}" -- "${REST[@]}"
}

# shown STATUS TEXT: the status and output of in_terminal, with any line ends.
shown() {
  output=${output//$'\r'/}
  is "$@"
}
