# shellcheck shell=bash disable=SC2154,SC2034,SC2016
# containerd with its CRI, as a kubelet finds it on a node, and the calls of a kubelet. The daemon has a mount and a process
# namespace of its own, with a /run of its own: what is in them ends with it.
bats_require_minimum_version 1.5.0

SOURCE=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
IMAGE=docker.io/library/busybox:test

cri() {
  "$SOURCE/tests/clients/cri.py" "$@"
}

# busybox_image FILE: an archive of an image of busybox that sleeps, unless it is told something else.
busybox_image() {
  local top=$BOX/image
  mkdir -p "$top"/root/{bin,dev,etc,proc,sys,tmp}
  cp /bin/busybox "$top/root/bin/"
  /bin/busybox --list | BIN=$top/root/bin perl -nle 'symlink "busybox", "$ENV{BIN}/$_" if $_ ne "busybox"'
  printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/:/bin/sh\n' >"$top/root/etc/passwd"
  printf 'root:x:0:\nuser:x:1000:\nmore:x:2000:user\n' >"$top/root/etc/group"
  tar -C "$top/root" -cf "$top/layer.tar" .
  jq -n --arg layer "$(sha256sum "$top/layer.tar" | cut -d ' ' -f 1)" --arg architecture "$(dpkg --print-architecture)" '{
    architecture: $architecture, os: "linux", rootfs: {type: "layers", diff_ids: ["sha256:" + $layer]},
    config: {Env: ["PATH=/bin"], Cmd: ["sleep", "1000000"]}}' >"$top/config.json"
  jq -n --arg image "$IMAGE" '[{Config: "config.json", RepoTags: [$image], Layers: ["layer.tar"]}]' >"$top/manifest.json"
  tar -C "$top" -cf "$1" manifest.json config.json layer.tar
}

engine_configuration() {
  cat <<END
version = 2
root = "$BOX/lib"
state = "$BOX/state"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs"]
[grpc]
  address = "$CRI_SOCKET"
[plugins."io.containerd.internal.v1.opt"]
  path = "$BOX/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$IMAGE"
  disable_apparmor = true
  restrict_oom_score_adj = true # root may not everywhere lower it
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
}

# The handler is named after the runtime class of pod.yaml, whichever runtime is tested.
# Once a file: the engine, the image, a pod in which most tests make their containers.
engine_start() {
  export BOX=$BATS_FILE_TMPDIR
  export CRI_SOCKET=$BOX/containerd.sock CRI_MESSAGES=$BOX/messages CGROUP=/husk-test-cri-$BATS_ROOT_PID
  mkdir "$CRI_MESSAGES" "$BOX"/{cni,logs}
  protoc --proto_path="$SOURCE/tests/clients" --python_out="$CRI_MESSAGES" cri.proto
  engine_configuration >"$BOX/config.toml"
  unshare --mount --propagation private --pid --fork --kill-child --mount-proc \
    sh -c 'mount -t tmpfs tmpfs /run && exec containerd -c "$1" >"$2" 2>&1' sh "$BOX/config.toml" "$BOX/log" 3>&- &
  echo $! >"$BOX/pid"
  wait_for cri Version || { tail "$BOX/log"; return 1; }
  busybox_image "$BOX/busybox.tar"
  ctr --address "$CRI_SOCKET" -n k8s.io images import "$BOX/busybox.tar" >/dev/null
  SANDBOX=$(sandbox shared)
  export SANDBOX POD
  POD=$(pod_up "$SANDBOX")
}

# engine_end: everything that the engine may have made is taken away as a kubelet does, then nothing may be left of it.
engine_end() {
  local directory
  [ -z "${POD:-}" ] || pod_down "$POD"
  nothing_left || LEFT=1
  kill -KILL "$(cat "$BOX/pid")"
  wait "$(cat "$BOX/pid")" || true
  find /sys/fs/cgroup -depth -type d -path "*$CGROUP*" -exec rmdir {} + 2>/dev/null || true
  [ -z "${LEFT:-}" ]
}

# sandbox NAME [FILTER]: the configuration of a pod in the network of its node.
sandbox() {
  jq -nc --arg name "$1" --arg logs "$BOX/logs" --arg cgroup "$CGROUP" '{metadata: {$name, uid: $name, namespace: "tests"},
    log_directory: $logs, linux: {cgroup_parent: $cgroup, security_context: {privileged: true,
      namespace_options: {network: "NODE", pid: "CONTAINER"}, seccomp: {profile_type: "RuntimeDefault"}}}} | '"${2:-.}"
}

pod_up() {
  cri RunPodSandbox "$(jq -nc --argjson config "$1" '{config: $config, runtime_handler: "husk"}')" | jq -r .pod_sandbox_id
}

pod_down() {
  cri StopPodSandbox "{\"pod_sandbox_id\": \"$1\"}" >/dev/null && cri RemovePodSandbox "{\"pod_sandbox_id\": \"$1\"}" >/dev/null
}

# create SCRIPT [FILTER]: a container of the test; ID is its id. The filter changes its configuration; $context there is its
# security context.
create() {
  local name
  name=${BATS_TEST_NUMBER:-0}-$((COUNT += 1))
  LOG=$BOX/logs/$name.log
  ID=$(jq -nc --arg pod "$POD" --argjson sandbox "$SANDBOX" --arg name "$name" --arg image "$IMAGE" --arg script "$1" '
    {metadata: {$name}, image: {$image}, command: ["sh", "-c", $script], log_path: ($name + ".log"), linux: {
      security_context: {namespace_options: $sandbox.linux.security_context.namespace_options}}} | '"${2:-.}"' |
    {pod_sandbox_id: $pod, sandbox_config: $sandbox, config: .}' | cri CreateContainer - | jq -r .container_id)
  [ -n "$ID" ]
}

# of METHOD [FIELDS]: a call about the container.
of() {
  cri "$1" "$(jq -nc --arg id "$ID" "{container_id: \$id} + ${2:-{\}}")"
}

# up SCRIPT [FILTER]: create and start.
up() {
  create "$@"
  of StartContainer >/dev/null
}

# now FILTER: something of its status.
now() {
  of ContainerStatus | jq -re ".status | $1"
}

in_state() {
  [ "$(now .state)" = "$1" ]
}

# ended STATUS REASON: it has, so.
ended() {
  wait_for in_state EXITED
  [ "$(now '"\(.exit_code) \(.reason)"')" = "$1 $2" ] || { of ContainerStatus; return 1; }
}

# written TEXT: a line of its log; each has a time, a stream and a tag first.
written() {
  sed 's/^[^ ]* std[a-z]* [FP] //' "$LOG" | grep -qxF -- "$1"
}

# inside COMMAND...: ExecSync; output and status are the command's.
inside() {
  local answer
  answer=$(jq -nc --args --arg id "$ID" '{container_id: $id, cmd: $ARGS.positional, timeout: 20}' -- "$@" | cri ExecSync -) || return
  output=$(jq -r .stdout <<<"$answer") stderr=$(jq -r .stderr <<<"$answer") status=$(jq -r .exit_code <<<"$answer")
}

# finds TEXT COMMAND...: what the command, exec'd, prints.
finds() {
  local text=$1
  shift
  inside "$@"
  [ "$output" = "$text" ] || { echo "expected: $text"; echo "found: $output $stderr"; return 1; }
}

# same TEXT: output is that.
same() {
  [ "$output" = "$1" ] || { echo "expected: $1"; echo "found: $output"; echo "stderr: ${stderr:-}"; return 1; }
}

# cgroup FILE: what a file of the container's cgroup says, whichever hierarchy has it. Status 3: none has.
cgroup() {
  local file
  for file in /sys/fs/cgroup{,/*}"$CGROUP/$ID/$1"; do
    [ ! -e "$file" ] || { cat "$file"; return 0; }
  done
  return 3
}

# records: of the runtime under test.
records() {
  ls "/proc/$(pgrep -P "$(cat "$BOX/pid")")/root/run/containerd/runc/k8s.io" 2>/dev/null
}

# nothing_left: of all pods: no record, shim, cgroup.
nothing_left() {
  local left
  left=$(records; pgrep -f "containerd-shim.*$CRI_SOCKET"; find /sys/fs/cgroup -type d -path "*$CGROUP/*")
  [ -z "$left" ] || { echo "left behind: $left"; return 1; }
}

# never COMMAND...: it must fail. wait_for COMMAND...: until it succeeds, for at most ten seconds.
never() {
  if "$@"; then
    echo "unexpected success: $*"
    return 1
  fi
}

wait_for() {
  local i
  for ((i = 0; i < 500; i++)); do
    "$@" >/dev/null 2>&1 && return 0
    sleep 0.02
  done
  echo "in vain: $*"
  return 1
}
