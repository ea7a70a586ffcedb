#!/usr/bin/env bats
# Kubernetes' Container Runtime Interface of containerd, called as a kubelet calls it (cri.py). tests/clients/run runs it.
load cri

setup_file() {
  engine_start
}

teardown_file() {
  engine_end
}

teardown() {
  [ -z "${AGENT:-}" ] || kill "$AGENT" 2>/dev/null || true
  [ -z "${OWN_POD:-}" ] || { pod_down "$OWN_POD"; return; }
  [ -z "${ID:-}" ] || of RemoveContainer >/dev/null
}

LOOP='trap "exit 0" TERM; echo started; while :; do sleep 0.05; done'
STATUS=(grep -E '^(Seccomp|NoNewPrivs|CapEff):' /proc/self/status)
DEFAULT=00000000a80425fb

# shows SECCOMP NO_NEW_PRIVS CAPABILITIES FILTER: the container's process and one that is exec'd have those.
shows() {
  local expected=$'CapEff:\t'$3$'\nNoNewPrivs:\t'$2$'\nSeccomp:\t'$1
  up "grep -E '^(Seccomp|NoNewPrivs|CapEff):' /proc/self/status; exec sleep 1000" ".linux.security_context += $4"
  wait_for written $'Seccomp:\t'"$1"
  [ "$(sed 's/.* F //' "$LOG")" = "$expected" ] || { cat "$LOG"; return 1; }
  finds "$expected" "${STATUS[@]}"
  of RemoveContainer >/dev/null
  ID=
}

profile() {
  jq -nc "{defaultAction: \"SCMP_ACT_ALLOW\"} + $1" >"$BOX/profile.json"
}

# localhost: the jq filter that requests that file.
localhost() {
  jq -nc --arg file "${1:-$BOX/profile.json}" '{seccomp: {profile_type: "Localhost", localhost_ref: $file}}'
}

# Security contexts

@test "without a profile and with Unconfined there is no filter in the container and its execs" {
  shows 0 0 "$DEFAULT" '{}'
  shows 0 0 "$DEFAULT" '{seccomp: {profile_type: "Unconfined"}}'
}

@test "RuntimeDefault, with and without new privileges" {
  shows 2 0 "$DEFAULT" '{seccomp: {profile_type: "RuntimeDefault"}}'
  shows 2 1 "$DEFAULT" '{seccomp: {profile_type: "RuntimeDefault"}, no_new_privs: true}'
}

@test "Localhost: the container and its execs have the file's filter" {
  profile '{syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 28}]}'
  shows 2 0 "$DEFAULT" "$(localhost)"
  up 'mkdir /tmp/one; echo end; exec sleep 1000' ".linux.security_context += $(localhost)"
  wait_for written end
  grep 'No space left' "$LOG"
  inside mkdir /tmp/two
  [[ "$status $stderr" = 1*'No space left'* ]]
}

@test "privileged: all capabilities of the engine and no filter, whatever profile is requested" {
  local all
  all=$(sed -n 's/^CapEff:\t//p' "/proc/$(cat "$BOX/space")/status")
  profile '{syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO"}]}'
  shows 0 0 "$all" '{privileged: true}'
  shows 0 0 "$all" '{privileged: true, seccomp: {profile_type: "RuntimeDefault"}}'
  shows 0 0 "$all" "{privileged: true} + $(localhost)"
}

@test "privileged: the devices of the node, /proc and /sys as they are" {
  up 'exec sleep 1000' '.linux.security_context.privileged = true'
  inside sh -c 'test -c /dev/kmsg && cat /proc/keys >/dev/null && mount -t tmpfs none /tmp && echo all'
  same all
}

@test "a pod with the security contexts of Kubernetes' documentation has the right /proc/self/status in each container" {
  local expected table
  mkdir -p "$BOX/seccomp/profiles"
  profile '{syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"}]}'
  mv "$BOX/profile.json" "$BOX/seccomp/profiles/no-mkdir.json"
  table=$("$SOURCE/tests/clients/pod.py" "$SOURCE/tests/clients/pod.yaml" "$BOX" "$IMAGE")
  sed 's/^/# /' <<<"$table" >&3
  expected='init-runtime-default init 2 0
inherits-unconfined init 0 0
inherits-unconfined exec 0 0
runtime-default init 2 0
runtime-default exec 2 0
no-escalation init 2 1
no-escalation exec 2 1
localhost init 2 0
localhost exec 2 0
privileged init 0 0
privileged exec 0 0
privileged-runtime-default init 0 0
privileged-runtime-default exec 0 0
ephemeral-runtime-default init 2 0
ephemeral-runtime-default exec 2 0'
  [ "$(awk -F ' *[|] *' 'NR > 2 { print $2, $4, $5, $6 }' <<<"$table")" = "$expected" ]
  [ "$(grep -c "$DEFAULT" <<<"$table")" = 11 ]
}

@test "the pods of docs/examples" {
  mkdir -p "$BOX/seccomp/profiles"
  cp "$SOURCE/docs/examples/no-mkdir.json" "$BOX/seccomp/profiles/"
  local example expected
  while read -r example expected; do
    table=$("$SOURCE/tests/clients/pod.py" "$SOURCE/docs/examples/$example.yaml" "$BOX" "$IMAGE")
    [ "$(awk -F ' *[|] *' 'NR > 2 { print $2, $5 }' <<<"$table" | sort -u | tr '\n' ' ')" = "$expected " ] || { echo "$table"; return 1; }
  done <<'END'
unconfined program 0
runtime-default first 2 program 2
localhost program 2
privileged program 0 with-a-profile 0
notifier program 2
END
}

@test "a Localhost profile that the node does not have: CreateContainer fails and names it" {
  run create true ".linux.security_context += $(localhost "$BOX/missing.json")"
  [ "$status" -ne 0 ]
  [[ "$output" = *"$BOX/missing.json"*'no such file or directory'* ]]
}

@test "a Localhost profile with a mistake: StartContainer fails and names the mistake" {
  profile '{syscalls: [{names: ["mkdir"], action: "SCMP_ACT_DENY"}]}'
  create true ".linux.security_context += $(localhost)"
  run of StartContainer
  [ "$status" -ne 0 ]
  [[ "$output" = *SCMP_ACT_DENY* ]]
  ended 128 StartError
  [[ "$(now .message)" = *SCMP_ACT_DENY* ]]
}

@test "a Localhost profile that notifies: the agent gets a listener for the container and one for each exec" {
  profile '{listenerPath: "'"$BOX"'/agent.sock", syscalls: [{names: ["chroot"], action: "SCMP_ACT_NOTIFY"}]}'
  "$SOURCE/tests/clients/notifier.py" "$BOX/agent.sock" >"$BOX/agent.log" 2>&1 3>&- &
  AGENT=$!
  wait_for test -S "$BOX/agent.sock"
  up 'chroot / true; echo end; exec sleep 1000' ".linux.security_context += $(localhost)"
  wait_for written end
  grep 'unction not implemented' "$LOG"
  inside chroot / true
  [[ "$stderr" = *'unction not implemented'* ]]
  kill "$AGENT" || { cat "$BOX/agent.log"; return 1; }
  [ "$(sed 's/^message [0-9]* \([^ ]*\) [a-z]* .*/message \1/' "$BOX/agent.log")" = "message $ID"$'\ncall chroot\n'"message $ID"$'\ncall chroot' ]
}

# Seccomp for an operator: the handlers of docs/examples

# within_pod HANDLER COMMAND...: with a pod of its own on that handler in place of the shared one. ANNOTATIONS are the pod's.
within_pod() {
  local shared=$POD configuration=$SANDBOX handler=$1
  shift
  SANDBOX=$(sandbox "live-$BATS_TEST_NUMBER-$handler" ".annotations = ${ANNOTATIONS:-{\}}")
  POD=$(pod_up "$SANDBOX" "$handler")
  OWN_POD=$POD
  "$@" # not followed by ||, after which no command in it would fail
  pod_down "$POD"
  ID='' OWN_POD='' POD=$shared SANDBOX=$configuration
}

explained() {
  local said
  up 'mkdir /tmp/one; echo end; exec sleep 1000' ".linux.security_context += $(localhost "$BOX/profile.json")"
  wait_for written end
  said='husk: seccomp: mkdir("/tmp/one", 0777) by mkdir on x86_64: ERRNO 28 (no space left on device), by config.json:[0-9:]*: /linux/seccomp/syscalls/0 \[pid [0-9]*\]'
  grep -q " stderr F $said\$" "$LOG" || { cat "$LOG"; return 1; }
  inside mkdir /tmp/two
  [ "$status" != 0 ]
  wait_for grep -q 'seccomp: mkdir("/tmp/two"' "$LOG"
  of StopContainer >/dev/null
  # it is in the log to the end: what would help
  wait_for grep -q 'would have to allow: mkdir' "$LOG"
  of RemoveContainer >/dev/null
  jq -se 'any(.[]; .event == "denied" and .syscall == "mkdir" and .id == $id and (.pod | startswith("live-")))' --arg id "$ID" \
    "$BOX/explained/live-"*"_$ID.jsonl"
  grep -q 'denied calls: 2' "$BOX/explained/live-"*"_$ID.txt"
}

@test "the handler husk-explain: a denied call, its arguments, the rule and its place are in the pod's log" {
  [ "$RUNTIME" = husk ] || skip 'options of husk'
  profile '{syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 28}]}'
  within_pod husk-explain explained
  [ "$(find "$BOX/explained" -name "live-$BATS_TEST_NUMBER-*" | wc -l)" = 2 ] # none of the pod's sandbox
}

# annotated VALUE: a call is denied to a container; the annotation in its config.json has that value, as JSON.
annotated() {
  up 'mkdir /tmp/one; echo end; exec sleep 1000' ".linux.security_context += $(localhost "$BOX/profile.json")"
  wait_for written end
  grep -q 'No space left' "$LOG"
  within cat "$BOX/state/io.containerd.runtime.v2.task/k8s.io/$ID/config.json" |
    jq -e ".process.args[0] == \"sh\" and .annotations[\"run.oci.seccomp-explain\"] == $1"
}

annotated_is_explained() {
  annotated '"true"'
  grep -q ' stderr F husk: seccomp: mkdir("/tmp/one", 0777) by mkdir on .*: ERRNO 28 .*/linux/seccomp/syscalls/0 ' "$LOG"
}

annotated_is_not_explained() {
  annotated "$1"
  never grep 'husk: seccomp' "$LOG"
}

@test "a pod's annotation turns explaining on with the operator's option, and only for this pod" {
  [ "$RUNTIME" = husk ] || skip 'options of husk'
  profile '{syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 28}]}'
  within_pod husk-annotated annotated_is_not_explained null
  local ANNOTATIONS='{"run.oci.seccomp-explain": "true", "run.oci.privileged": "true"}'
  within_pod husk-annotated annotated_is_explained
  within_pod husk-unasked annotated_is_not_explained '"true"'
  within_pod husk annotated_is_not_explained null # containerd passes none on to this handler
}

WORK='mkdir -p /tmp/a/b; ln -s a /tmp/link; ls -l /tmp >/dev/null; echo end'

recorded() {
  up "$WORK" ".metadata.name = \"worker\" | .linux.security_context += $(localhost "$BOX/profile.json")"
  ended 0 Completed
  of RemoveContainer >/dev/null
  up "chmod 700 /tmp; $WORK" ".metadata.name = \"worker\" | .linux.security_context += $(localhost "$BOX/profile.json")"
  ended 0 Completed
  of RemoveContainer >/dev/null
  jq -e '.defaultAction == "SCMP_ACT_ERRNO" and (.syscalls[0].names | contains(["mkdir", "symlink", "chmod", "execve"]))' "$BOX/recorded/worker.json"
}

under_recorded() {
  up "$WORK; chroot /tmp true" ".linux.security_context += $(localhost "$BOX/recorded/worker.json")"
  wait_for in_state EXITED
  written end
  grep -q 'seccomp: chroot("/tmp") by .*/linux/seccomp/defaultAction' "$LOG"
  never grep -E 'seccomp: (mkdir|symlink|execve)' "$LOG"
  of RemoveContainer >/dev/null
}

@test "the handler husk-record: a pod leaves a profile for its container's name, under which it then runs" {
  [ "$RUNTIME" = husk ] || skip 'options of husk'
  profile '{defaultAction: "SCMP_ACT_ERRNO"}' # under which nothing would start
  within_pod husk-record recorded
  within_pod husk-explain under_recorded
}

# The process

@test "user, groups, capabilities, directory, environment, and what is read-only" {
  up 'exec sleep 1000' '.working_dir = "/tmp" | .envs = [{key: "A", value: "b c"}] | .linux.security_context += {run_as_user: {value: 1000},
    run_as_group: {value: 3000}, supplemental_groups: [5, 6], readonly_rootfs: true,
    masked_paths: ["/proc/meminfo"], readonly_paths: ["/proc/sys"]}'
  inside sh -c 'id -u; id -g; id -G; pwd; echo "$A"; cat /proc/meminfo; touch /x'
  same $'1000\n3000\n3000 5 6 2000\n/tmp\nb c'
  [[ "$stderr" = *'Read-only file system'* ]]
}

@test "capabilities are added and dropped" {
  up 'exec sleep 1000' '.linux.security_context.capabilities = {add_capabilities: ["SYS_TIME"], drop_capabilities: ["ALL"]}'
  finds $'CapEff:\t0000000002000000' grep CapEff: /proc/self/status
}

@test "mounts and devices" {
  mkdir -p "$BOX/volume"
  echo text >"$BOX/volume/file"
  up 'exec sleep 1000' '.mounts = [{container_path: "/volume", host_path: "'"$BOX"'/volume"},
    {container_path: "/readonly", host_path: "'"$BOX"'/volume", readonly: true}]
    | .devices = [{container_path: "/dev/other", host_path: "/dev/kmsg", permissions: "r"}]
    | .linux.security_context.capabilities.add_capabilities = ["SYSLOG"]'
  inside sh -c 'cat /readonly/file; echo >/readonly/more; echo >/volume/more; echo read </dev/other; echo >/dev/other'
  same $'text\nread'
  [[ "$stderr" = *'Read-only'*'/dev/other: Operation not permitted'* ]] || { echo "$stderr"; return 1; }
  [ -e "$BOX/volume/more" ]
}

@test "the container and its execs have the oom_score_adj" {
  up 'cat /proc/self/oom_score_adj; exec sleep 1000' '.linux.resources.oom_score_adj = 500'
  wait_for written 500
  finds 500 cat /proc/self/oom_score_adj
}

@test "limits, and new ones while it runs" {
  up 'exec sleep 1000' '.linux.resources = {cpu_period: 100000, cpu_quota: 50000, cpu_shares: 512, memory_limit_in_bytes: 67108864}'
  local memory=memory.limit_in_bytes cpu=cpu.cfs_quota_us
  cgroup $memory >/dev/null || memory=memory.max
  cgroup $cpu >/dev/null || cpu=cpu.max
  [[ "$(cgroup $memory; cgroup $cpu)" = $'67108864\n50000'* ]]
  of UpdateContainerResources '{linux: {cpu_period: 100000, cpu_quota: 25000, memory_limit_in_bytes: 33554432}}'
  [[ "$(cgroup $memory; cgroup $cpu)" = $'33554432\n25000'* ]]
}

@test "statistics" {
  up 'i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done; echo end; exec sleep 1000'
  wait_for written end
  of ContainerStats | jq -e '.stats | (.cpu.usage_core_nano_seconds.value | tonumber) > 1000000 and (.memory.working_set_bytes.value | tonumber) > 10000'
}

# Its beginning and its end

@test "a missing program: StartContainer reports it, and the status keeps it" {
  create '' '.command = ["nosuch"]'
  run of StartContainer
  [ "$status" -ne 0 ]
  [[ "$output" = *'executable file'*'not found in $PATH'* ]]
  ended 128 StartError
  [[ "$(now .message)" = *'executable file'*'not found in $PATH'* ]]
}

@test "exit statuses and reasons" {
  up 'exit 0'
  ended 0 Completed
  of RemoveContainer >/dev/null
  up 'exit 3'
  ended 3 Error
  of RemoveContainer >/dev/null
  up 'sh -c "kill -SEGV \$\$"; exit $?'
  ended 139 Error
}

@test "more memory than its limit: OOMKilled" {
  up 'tail /dev/zero' '.linux.resources.memory_limit_in_bytes = 16777216'
  ended 137 OOMKilled
}

@test "stop: TERM within the grace period, KILL after it" {
  up 'trap "echo asked; exit 9" TERM; echo started; while :; do sleep 0.05; done'
  wait_for written started
  of StopContainer '{timeout: 10}'
  ended 9 Error
  written asked
  of RemoveContainer >/dev/null
  up 'trap "" TERM; echo started; while :; do sleep 0.05; done'
  wait_for written started
  of StopContainer '{timeout: 1}'
  ended 137 Error
}

@test "logs: both streams, a part of a line, a new file after the old was moved" {
  up 'echo out; echo err >&2; printf part; while [ ! -e /tmp/go ]; do sleep 0.05; done; echo " more"; exec sleep 1000'
  wait_for grep -qE '^[0-9T:.-]+(Z|[+-][0-9:]+) stdout F out$' "$LOG"
  wait_for grep -q ' stderr F err$' "$LOG"
  mv "$LOG" "$LOG.old"
  of ReopenContainerLog
  grep -q ' stdout P part$' "$LOG.old"
  inside touch /tmp/go
  wait_for written ' more'
}

@test "exec: output, status, a missing command, one that takes too long" {
  up 'exec sleep 1000'
  inside sh -c 'echo out; echo err >&2; exit 7'
  [ "$status $output $stderr" = '7 out err' ]
  run inside nosuch
  [[ "$output" = *'executable file'*'not found in $PATH'* ]]
  run of ExecSync '{cmd: ["sleep", "1000"], timeout: 1}'
  [[ "$output" = *'timeout 1s exceeded'* ]]
  inside sh -c 'ps | grep -c "slee[p] 1000"'
  same 1
}

@test "exec with streams: outputs, status" {
  up 'exec sleep 1000'
  run --separate-stderr cri exec "$ID" sh -c 'echo out; echo err >&2; exit 5'
  [ "$status $output $stderr" = '5 out err' ]
  run --separate-stderr cri exec -i $'typed\n' "$ID" sh -c 'read -r line; echo "got $line"'
  [ "$status $output" = '0 got typed' ]
  run --separate-stderr cri exec "$ID" nosuch
  [ "$status" -ne 0 ]
  [[ "$stderr" = *'executable file'*'not found in $PATH'* ]]
}

@test "exec with a terminal: its size, keys, status, filter" {
  up 'exec sleep 1000' '.linux.security_context.seccomp.profile_type = "RuntimeDefault"'
  run cri exec -t -i $'stty size; tty; grep ^Seccomp: /proc/self/status; exit 4\n' "$ID" sh
  [ "$status" = 4 ]
  [[ "$output" = *'43 132'*/dev/pts/*$'Seccomp:\t2'* ]]
}

@test "a container with a terminal" {
  up 'tty; exec sleep 1000' '.tty = true'
  wait_for grep -q ' stdout F /dev/pts/0' "$LOG"
}

# The pod

@test "namespaces: processes of its own, of the pod, of another container, of the node" {
  local first
  up 'exec sleep 1001'
  first=$ID
  inside sh -c 'ps | grep -c "slee[p] 1000000"'
  same 0
  up 'exec sleep 1002' '.linux.security_context.namespace_options = {network: "NODE", pid: "TARGET", target_id: "'"$first"'"}'
  inside sh -c 'ps | grep -c "slee[p] 100[12]$"'
  same 2
  of RemoveContainer >/dev/null
  SANDBOX=$(sandbox node '.linux.security_context.namespace_options += {pid: "NODE", ipc: "NODE"}')
  POD=$(pod_up "$SANDBOX")
  up 'exec sleep 1003'
  inside sh -c 'ps | grep -c "containerd -[c]"'
  same 1
  finds "$(readlink /proc/self/ns/ipc)" readlink /proc/self/ns/ipc
  pod_down "$POD"
  ID=$first
}

@test "a pod that shares its processes, with a sysctl; when it is removed nothing of it is left" {
  local shared=$POD before
  before=$(records | wc -l)
  SANDBOX=$(sandbox pair '.linux.sysctls = {"kernel.shm_rmid_forced": "1"} | .linux.security_context.namespace_options.pid = "POD"
    | .linux.security_context.privileged = false')
  POD=$(pod_up "$SANDBOX")
  cri PodSandboxStatus "{\"pod_sandbox_id\": \"$POD\"}" | jq -e '.status.state == "READY" and .status.runtime_handler == "husk"'
  up "$LOOP"
  up 'exec sleep 1001'
  inside sh -c 'ps | grep -c "slee[p] 100"; cat /proc/sys/kernel/shm_rmid_forced'
  same $'2\n1'
  [ "$(records | wc -l)" = $((before + 3)) ]
  # with its containers still running
  pod_down "$POD"
  [ "$(records | wc -l)" = "$before" ]
  never cri PodSandboxStatus "{\"pod_sandbox_id\": \"$POD\"}"
  [ -z "$(find /sys/fs/cgroup -type d -path "*$CGROUP/$POD*")" ]
  ID=
}

@test "removing a pod removes its ended, stopped and running containers" {
  local before
  before=$(records | wc -l)
  SANDBOX=$(sandbox mixed)
  POD=$(pod_up "$SANDBOX")
  up 'exit 1'
  ended 1 Error
  up "$LOOP"
  of StopContainer '{timeout: 5}'
  up "$LOOP"
  create "$LOOP"
  pod_down "$POD"
  [ "$(records | wc -l)" = "$before" ]
  ID=
}
