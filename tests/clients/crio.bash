# shellcheck shell=bash disable=SC2154,SC2034,SC2016,SC2119,SC2120
# What CRI-O does with a runtime: a container's configuration as it writes it, with absolute paths; conmon,
# called as CRI-O calls it for containers and for execs; and the runtime called directly, with nothing but
# PATH in its environment.
load ../integration/bundle
load handlers
export RUNTIME="${RUNTIME:-husk}" RUNTIME_PATH="${RUNTIME_PATH:-$HUSK}" # as tests/clients/run sets them

crio_make() {
  bundle_make
  BOX=$BATS_TEST_TMPDIR
  EXITS=$BOX/exits
  LOG=$BOX/container.log
  CGROUP=/$PARENT/crio-$ID
  POD=$BATS_RUN_TMPDIR/pod-$BATS_SUITE_TEST_NUMBER # outside the directory where no mount may be left
  mkdir -p "$EXITS" "$BOX"/{attach,persist} "$BUNDLE"/files/{etc,run} "$POD"
  touch "$POD"/{ipc,uts} "$BUNDLE"/files/{etc/{resolv.conf,hostname,hosts},run/.containerenv}
  # the namespaces of a pod, which its containers join by path
  unshare --ipc="$POD/ipc" --uts="$POD/uts" true
  cp "$SOURCE/tests/configs/crio.json" "$BUNDLE/config.json"
  config '.root.path = $root | .linux.cgroupsPath = $cgroup
    | (.mounts[] | select(.source | startswith("files/")) | .source) |= $bundle + "/" + .
    | .linux.namespaces = [{type: "pid"}, {type: "mount"}, {type: "ipc", path: ($pod + "/ipc")},
        {type: "uts", path: ($pod + "/uts")}] | del(.hostname)
    | .annotations = {"io.container.manager": "cri-o", "io.kubernetes.cri-o.ContainerID": $id,
        "io.kubernetes.cri-o.SeccompProfilePath": "RuntimeDefault"}' \
    --arg root "$ROOTFS" --arg bundle "$BUNDLE" --arg pod "$POD" --arg cgroup "$CGROUP" --arg id "$ID"
}

crio_end() {
  local left=0
  runtime delete --force "$ID" >/dev/null 2>&1 || true
  umount "$POD"/{ipc,uts}
  bundle_end || left=1
  find /sys/fs/cgroup -depth -type d -path "*$CGROUP*" -exec rmdir {} + 2>/dev/null || true
  find /sys/fs/cgroup -maxdepth 2 -type d -name "$PARENT" -exec rmdir {} + 2>/dev/null || true
  return $left
}

# for_peers: crun of Debian 12 takes versions of the specification up to 1.0 and no limit of -1 processes. A test of its own
# has the configuration as CRI-O wrote it; the others compare the rest.
for_peers() {
  [ "${RUNTIME_PATH##*/}" != crun ] || config '.ociVersion = "1.0.2" | del(.linux.resources.pids)'
}

# runtime ARG...: the runtime as CRI-O calls it directly.
runtime() {
  local result=0
  env -i PATH="$PATH" "$RUNTIME_PATH" --root "$ROOT" "$@" || result=$?
  # crun keeps other files beside its records
  [ "$RUNTIME_PATH" = "$HUSK" ] || rm -rf "$ROOT"/.cache "$ROOT"/.empty-directory
  return $result
}

# status: the status that `state` prints. CRI-O takes any failure for the end of the container.
status() {
  runtime state "$ID" | jq -r .status
}

is_now() {
  [ "$(status)" = "$1" ]
}

# monitor NAME ARG...: conmon in the background, after a write to its start pipe. ANSWER is what it sends on its sync pipe.
monitor() {
  local pipes=$BOX/$1 sync
  shift
  mkfifo "$pipes.start" "$pipes.sync"
  exec {sync}<>"$pipes.sync"
  # shellcheck disable=SC2094
  env -i --chdir="$BUNDLE" PATH="$PATH" _OCI_SYNCPIPE=3 _OCI_STARTPIPE=4 conmon -c "$ID" -n "k8s_$ID" -r "$RUNTIME_PATH" \
    --runtime-arg "--root=$ROOT" --socket-dir-path "$BOX/attach" --log-level info "$@" \
    </dev/null >"$pipes.out" 2>&1 3>"$pipes.sync" 4<>"$pipes.start" {sync}>&- &
  MONITOR=$!
  echo >"$pipes.start"
  ANSWER='{}'
  read -r -t 20 -u "$sync" ANSWER || { echo "conmon says nothing: $(cat "$pipes.out")"; return 1; }
  exec {sync}>&-
}

# conmon_create [ARG...]: creates the container.
conmon_create() {
  monitor create -b "$BUNDLE" --exit-dir "$EXITS" -l "$LOG" -P "$BOX/conmon.pid" -p "$BUNDLE/pidfile" \
    --persist-dir "$BOX/persist" --syslog -u "$ID" "$@"
  PID=$(jq .pid <<<"$ANSWER")
}

# up SCRIPT: the container runs this.
up() {
  script "$1"
  conmon_create
  [ "$PID" -gt 0 ] || { echo "$ANSWER"; return 1; }
  runtime start "$ID"
}

# exited: conmon has recorded how the container's process ended. exited STATUS: with that status.
exited() {
  wait_for test -e "$EXITS/$ID"
  [ $# -eq 0 ] || [ "$(cat "$EXITS/$ID")" = "$1" ] || { echo "exit status $(cat "$EXITS/$ID")"; return 1; }
}

# process FILTER ARG...: process.json for exec: the container's process, with these arguments, changed by the filter.
process() {
  local filter=$1
  shift
  jq --args '.process | .args = $ARGS.positional | '"$filter" -- "$@" <"$BUNDLE/config.json" >"$BOX/process.json"
}

# conmon_exec NAME [ARG...]: runs process.json through conmon: ANSWER has its status, NAME.log its output.
conmon_exec() {
  local name=$1
  shift
  monitor "$name" -e --sync -p "$BOX/$name.pid" -l "$BOX/$name.log" --exec-process-spec "$BOX/process.json" "$@"
}

# logged TEXT [FILE]: it is in the log, which has a time, a stream and a tag before each line.
logged() {
  sed 's/^[^ ]* std[a-z]* [FP] //' "${2:-$LOG}" | grep -qxF -- "$1"
}
