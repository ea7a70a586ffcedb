# shellcheck shell=bash disable=SC2154,SC2034,SC2016
# containerd with its CRI as on a node, and a kubelet's calls.
load engine

cri() {
  "$SOURCE/tests/clients/cri.py" "$@"
}

# The handler is named after the runtime class of pod.yaml, whichever runtime is tested.
# Once a file: the engine, the image, a pod in which most tests make their containers.
engine_start() {
  export BOX=$BATS_FILE_TMPDIR
  export CRI_MESSAGES=$BOX/messages CGROUP=/husk-test-cri-$BATS_ROOT_PID
  mkdir "$CRI_MESSAGES" "$BOX/logs"
  protoc --proto_path="$SOURCE/tests/clients" --python_out="$CRI_MESSAGES" cri.proto
  space_open
  handlers_make
  containerd_start
  wait_for cri Version || { tail "$BOX/log"; return 1; }
  containerd_image k8s.io
  SANDBOX=$(sandbox shared)
  export SANDBOX POD
  POD=$(pod_up "$SANDBOX")
}

# engine_end: removes everything that the engine may have made, as a kubelet does; nothing may be left then.
engine_end() {
  [ -z "${POD:-}" ] || pod_down "$POD"
  nothing_left || LEFT=1
  space_close
  find /sys/fs/cgroup -depth -type d -path "*$CGROUP*" -exec rmdir {} + 2>/dev/null || true
  [ -z "${LEFT:-}" ]
}

# sandbox NAME [FILTER]: the configuration of a pod in the network of its node.
sandbox() {
  jq -nc --arg name "$1" --arg logs "$BOX/logs" --arg cgroup "$CGROUP" '{metadata: {$name, uid: $name, namespace: "tests"},
    log_directory: $logs, linux: {cgroup_parent: $cgroup, security_context: {privileged: true,
      namespace_options: {network: "NODE", pid: "CONTAINER"}, seccomp: {profile_type: "RuntimeDefault"}}}} | '"${2:-.}"
}

# pod_up CONFIGURATION [HANDLER]
pod_up() {
  cri RunPodSandbox "$(jq -nc --argjson config "$1" --arg handler "${2:-husk}" '{config: $config, runtime_handler: $handler}')" |
    jq -r .pod_sandbox_id
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

# now FILTER: a part of its status.
now() {
  of ContainerStatus | jq -re ".status | $1"
}

in_state() {
  [ "$(now .state)" = "$1" ]
}

# ended STATUS REASON: it has ended with that status and reason.
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

# finds TEXT COMMAND...: the command, exec'd, prints the text.
finds() {
  local text=$1
  shift
  inside "$@"
  [ "$output" = "$text" ] || { echo "expected: $text"; echo "found: $output $stderr"; return 1; }
}

# same TEXT: the output is the text.
same() {
  [ "$output" = "$1" ] || { echo "expected: $1"; echo "found: $output"; echo "stderr: ${stderr:-}"; return 1; }
}

# cgroup FILE: the content of a file of the container's cgroup, in whichever hierarchy has it. Status 3: none has.
cgroup() {
  local file
  for file in /sys/fs/cgroup{,/*}"$CGROUP/$ID/$1"; do
    [ ! -e "$file" ] || { cat "$file"; return 0; }
  done
  return 3
}

# records: of the runtime under test.
records() {
  within ls /run/containerd/runc/k8s.io 2>/dev/null
}

# nothing_left: of all pods: no record, shim, cgroup.
nothing_left() {
  local left
  left=$(records; pgrep -f "containerd-shim.*$CONTAINERD"; find /sys/fs/cgroup -type d -path "*$CGROUP/*")
  [ -z "$left" ] || { echo "left behind: $left"; return 1; }
}

