#!/usr/bin/env bats
# CRI-O's calls in its order: through conmon, and directly. tests/clients/run runs them.
load crio

setup() {
  crio_make
  for_peers
}

teardown() {
  crio_end
}

LOOP='trap "exit 0" TERM; echo started; while :; do sleep 0.05; done'

# When CRI-O starts

@test "--version and features print what CRI-O reads, with stderr in the same pipe" {
  run env -i PATH="$PATH" "$RUNTIME_PATH" --version
  succeeded
  says 'version '
  run env -i PATH="$PATH" "$RUNTIME_PATH" features
  succeeded
  jq -e '(.ociVersionMin | length) > 0 and (.ociVersionMax | length) > 0 and (.mountOptions | index("bind") != null)' <<<"$output"
}

# A container

@test "the configuration as CRI-O wrote it: version 1.3.0, no limit of processes" {
  config '.ociVersion = "1.3.0" | .linux.resources.pids.limit = -1'
  up 'exit 0'
  exited 0
}

@test "a container: create through conmon, start, its log, kill 15, its exit status, delete" {
  script "$LOOP"
  conmon_create
  [ "$ANSWER" = "{\"pid\": $(cat "$BUNDLE/pidfile")}" ]
  [ "$(status)" = created ]
  runtime start "$ID"
  [ "$(status)" = running ]
  wait_for logged started
  runtime kill "$ID" 15
  exited 0
  [ "$(status)" = stopped ]
  runtime delete --force "$ID"
  never runtime state "$ID"
  nothing_left
}

@test "state has what CRI-O decodes, also for a stopped container" {
  up 'exit 7'
  exited 7
  runtime state "$ID" | jq -e --arg id "$ID" --arg bundle "$BUNDLE" '.id == $id and .status == "stopped" and .pid == 0
    and .bundle == $bundle and (.ociVersion | length) > 0 and (.created | test("^[0-9-]{10}T[0-9:]{8}[0-9.]*(Z|[+-][0-9:]+)$"))'
}

@test "a container has the environment, groups, capabilities, filter, limits, masked paths and namespaces that CRI-O configured" {
  up 'env | grep -c .; env | grep _OCI_; id -G; grep -E "^(CapEff|CapBnd|Seccomp|NoNewPrivs):" /proc/self/status
    ls /proc/self/fd; echo "masked $(wc -c </proc/interrupts)"; readlink /proc/self/ns/uts; echo x >/proc/sys/kernel/domainname; echo end'
  exited
  logged 3 # PATH and TERM, and PWD, which the shell adds
  never grep -q _OCI_ "$LOG"
  logged 0
  logged $'CapEff:\t00000000000005fb'
  logged $'CapBnd:\t00000000000005fb'
  logged $'Seccomp:\t2'
  logged $'NoNewPrivs:\t0'
  [ "$(grep -cE 'F [0-9]$' "$LOG")" -eq 6 ] # two numbers above, and the descriptors 0 to 3, of which ls opens the last
  logged 'masked 0'
  grep -q 'Read-only file system' "$LOG"
  logged "uts:[$(stat -L -c %i "$POD/uts")]"
  logged end
}

@test "the process is in its cgroup, with its limits, when create has returned" {
  program true
  conmon_create
  local memory
  memory=$(cgroup_directory memory)
  [ "${memory%"$CGROUP"}" != "$memory" ] || bed v2
  [ ! -e "$memory/memory.limit_in_bytes" ] || [ "$(cat "$memory/memory.limit_in_bytes")" = 67108864 ]
}

@test "a missing program: conmon passes on the runtime's message" {
  program nosuch
  conmon_create || true
  if [ "$(jq .pid <<<"$ANSWER")" -gt 0 ]; then # the program is looked for at start
    run runtime start "$ID"
    failed
  else
    output=$(jq -r .message <<<"$ANSWER")
  fi
  grep -qE '(executable file|exec:? .*) (`nosuch` )?not found' <<<"$output" || { echo "$output"; return 1; }
  runtime delete --force "$ID"
  nothing_left
}

@test "a configuration that cannot be applied: conmon passes on one line, and nothing is left" {
  program true
  config '.mounts += [{destination: "/x", type: "bind", source: "/no/such/source", options: ["bind"]}]'
  conmon_create || true
  [ "$(jq .pid <<<"$ANSWER")" = -1 ]
  jq -r .message <<<"$ANSWER" | grep -i '/no/such/source.*no such file or directory'
  runtime delete --force "$ID"
  nothing_left
}

@test "a container with a terminal" {
  config '.process.terminal = true'
  script 'tty; stty size; exit 4'
  conmon_create -t
  runtime start "$ID"
  exited 4
  grep -q 'stdout F /dev/pts/0' "$LOG"
}

BY_NAME='id -u; echo out >/dev/stdout; echo err >/dev/stderr'

@test "a user's program writes to /dev/stdout and /dev/stderr by name, in a container and in exec" {
  config '.process.user = {uid: 1000, gid: 1000}'
  up "$BY_NAME; $LOOP"
  wait_for logged started
  logged 1000
  grep -q 'stdout F out' "$LOG"
  grep -q 'stderr F err' "$LOG"
  process . sh -c "$BY_NAME"
  conmon_exec one
  jq -e '.exit_code == 0' <<<"$ANSWER"
  grep -q 'stdout F out' "$BOX/one.log"
  grep -q 'stderr F err' "$BOX/one.log"
}

@test "a user's program writes to /dev/stdout and /dev/stderr by name at a terminal, in a container and in exec" {
  config '.process.user = {uid: 1000, gid: 1000} | .process.terminal = true'
  script "$BY_NAME; $LOOP"
  conmon_create -t
  runtime start "$ID"
  wait_for logged $'started\r'
  [ "$(sed 's/^[^ ]* stdout F //' "$LOG" | tr -d '\r' | head -n 3)" = $'1000\nout\nerr' ]
  process '.terminal = true' sh -c "$BY_NAME"
  conmon_exec one -t
  jq -e '.exit_code == 0' <<<"$ANSWER"
  [ "$(sed 's/^[^ ]* stdout F //' "$BOX/one.log" | tr -d '\r')" = $'1000\nout\nerr' ]
}

# privileged: the configuration as CRI-O writes it for a privileged container.
privileged() {
  local now
  now=$(jq --slurpfile privileged "$SOURCE/tests/configs/crio-privileged.json" '$privileged[0] as $p
    | .process.capabilities = $p.process.capabilities | del(.linux.seccomp, .linux.maskedPaths, .linux.readonlyPaths)
    | .linux.resources.devices = $p.linux.resources.devices | .mounts |= map(if .type == "sysfs" then .options -= ["ro"] else . end)' \
    "$BUNDLE/config.json")
  printf '%s\n' "$now" >"$BUNDLE/config.json"
}

@test "a privileged container has all available capabilities, no filter and its devices" {
  privileged
  up 'grep -E "^(CapBnd|CapEff|CapAmb|Seccomp):" /proc/self/status'
  exited 0
  local bounding
  bounding=$(sed -n 's/^CapBnd:\t//p' /proc/self/status)
  logged "CapBnd:	$bounding"
  logged "CapEff:	$bounding"
  logged "CapAmb:	$bounding"
  logged $'Seccomp:\t0'
}

# only_words LINE...: the log holds nothing but these lines of the container.
only_words() {
  [ "$(sed 's/^[^ ]* std[a-z]* [FP] //' "$LOG" | sort)" = "$(printf '%s\n' "$@" | sort)" ] || { cat "$LOG"; return 1; }
}

@test "the log holds nothing but the container's words, also where the runtime could warn: an unknown call in the profile, a capability that root lacks, oom_score_adj" {
  privileged
  config '.process.oomScoreAdj = -998 | .process.capabilities.bounding += ["CAP_NOT_KNOWN"] | .annotations["org.systemd.property.Unknown"] = "1"
    | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["no_such_call", "chroot"], action: "SCMP_ACT_ERRNO"}]}'
  up 'echo out; echo err >&2; exit 0'
  exited 0
  only_words out err
}

@test "a time namespace without offsets, as newer docker gives every container: its own, and exec is in it" {
  config '.linux.namespaces += [{type: "time"}]'
  up "readlink /proc/self/ns/time; $LOOP"
  wait_for logged started
  local own
  own=$(sed -n 's/.* F \(time:.*\)/\1/p' "$LOG")
  [ -n "$own" ]
  [ "$own" != "$(readlink /proc/self/ns/time)" ]
  process . readlink /proc/self/ns/time
  conmon_exec one
  logged "$own" "$BOX/one.log"
}

@test "the oom_score_adj of a pod's pause: root without CAP_SYS_RESOURCE cannot lower its own, and the pod runs" {
  config '.process.oomScoreAdj = -998'
  up 'cat /proc/self/oom_score_adj; echo end'
  exited 0
  logged end
  # if root can lower it, it has been lowered
  if (echo -998 >/proc/self/oom_score_adj) 2>/dev/null; then
    logged -998
  fi
}

@test "a container that exceeds its memory limit is killed, and conmon sees it" {
  config '.linux.resources.memory = {limit: 16777216, swap: 16777216}'
  up 'dd if=/dev/zero of=/dev/null bs=64M count=1; echo "status $?"; tail /dev/zero'
  exited 137
  wait_for test -e "$BUNDLE/oom"
}

# Seccomp for an operator: the handlers of docs/examples

# handler NAME: the runtime is that script, as in the runtime_path of docs/examples/crio-live.conf.
handler() {
  [ "$RUNTIME" = husk ] || skip 'options of husk'
  handlers_make
  grep -qx "runtime_path = \"$BOX/$1\"" <(on_this_node "$SOURCE/docs/examples/crio-live.conf")
  RUNTIME_PATH=$BOX/$1
  config '.annotations += {"io.kubernetes.pod.name": "web-1", "io.kubernetes.container.name": "app"}'
}

@test "the handler husk-explain: a denied call, its arguments, the rule and its place are in the log; exec is explained too" {
  handler husk-explain
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["chroot"], action: "SCMP_ACT_ERRNO", errnoRet: 28}]}'
  up "chroot /tmp true; $LOOP"
  wait_for logged started
  grep -q 'stderr F husk: seccomp: chroot("/tmp") by chroot on .*: ERRNO 28 (no space left on device), by config.json:.*: /linux/seccomp/syscalls/0 \[pid ' "$LOG"
  process . chroot /proc true
  conmon_exec one
  jq -e '.exit_code != 0' <<<"$ANSWER"
  wait_for grep -q 'husk: seccomp: chroot("/proc") by chroot' "$LOG"
  runtime kill "$ID" KILL
  exited 137
  [ "$(status)" = stopped ]
  runtime delete --force "$ID"
  grep -q 'denied calls: 2' "$BOX/explained/web-1_app_$ID.txt"
  nothing_left
}

@test "the handler husk-explain: a container that its profile kills: its log and state say so" {
  handler husk-explain
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["chroot"], action: "SCMP_ACT_KILL_PROCESS"}]}'
  up 'exec chroot /tmp true'
  exited 159
  grep -q 'stderr F husk: seccomp: chroot("/tmp") by .*KILL_PROCESS' "$LOG"
  wait_for grep -q "stderr F husk: seccomp: this denial ends the container's program" "$LOG"
  runtime state "$ID" | jq -e '.status == "stopped" and .ended.cause == "seccomp"'
  runtime delete --force "$ID"
}

DENIED='{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["chroot"], action: "SCMP_ACT_ERRNO", errnoRet: 28}]}'

# again RUNTIME SCRIPT: the container once more, by another runtime, after it has ended.
again() {
  runtime delete --force "$ID"
  rm "$EXITS/$ID" "$BOX"/create.* "$LOG"
  RUNTIME_PATH=$1
  up "$2"
  exited 0
}

@test "a pod's annotation turns explaining on with the operator's option" {
  handler husk-annotated
  local work='chroot /tmp true; echo end'
  config ".annotations[\"run.oci.seccomp-explain\"] = \"true\" | .linux.seccomp = $DENIED"
  up "$work"
  exited 0
  grep -q 'stderr F husk: seccomp: chroot("/tmp") by chroot on .*: ERRNO 28 .*/linux/seccomp/syscalls/0 ' "$LOG"
  again "$HUSK" "$work"
  grep -q 'No space left' "$LOG"
  never grep 'husk: seccomp' "$LOG"
}

@test "run.oci.privileged, which CRI-O passes on with the annotation, takes no profile away from a pod of husk-annotated" {
  handler husk-annotated
  privileged
  config ".annotations += {\"run.oci.seccomp-explain\": \"true\", \"run.oci.privileged\": \"true\"} | .linux.seccomp = $DENIED"
  up 'grep ^Seccomp: /proc/self/status'
  exited 0
  logged $'Seccomp:\t2'
  again "$HUSK" 'grep ^Seccomp: /proc/self/status'
  logged $'Seccomp:\t0'
}

@test "the handler husk-record: a container leaves a profile for its name, under which it then runs" {
  handler husk-record
  local work='cat /proc/self/comm; chroot / true; echo end'
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO"}' # under which nothing would start
  up "$work"
  exited 0
  runtime delete --force "$ID"
  rm "$EXITS/$ID" "$BOX"/create.* "$LOG"
  config '.linux.seccomp = $profile[0]' --slurpfile profile "$BOX/recorded/app.json"
  RUNTIME_PATH=$HUSK
  up "$work"
  exited 0
  logged end
}

# Its end

@test "kill by number and by name, and of a container that has ended" {
  up "$LOOP"
  wait_for logged started
  runtime kill "$ID" TERM
  exited 0
  run runtime kill "$ID" 15
  failed
  grep -qE 'no such process|container not running|invalid process' <<<"$output" || { echo "$output"; return 1; }
}

@test "kill KILL ends a program that ignores TERM" {
  up 'trap "" TERM; trap "echo heard" WINCH; echo started; while :; do sleep 0.05; done'
  wait_for logged started
  runtime kill "$ID" 15
  runtime kill "$ID" 28 # signals with higher numbers are delivered later, so TERM has had its effect
  wait_for logged heard
  [ "$(status)" = running ]
  runtime kill "$ID" KILL
  exited 137
}

@test "kill -a 9 ends what a container's init left behind in a pod that shares its pid namespace" {
  config '.linux.namespaces -= [{type: "pid"}]'
  up 'sleep 1000 & sleep 1001 & exit 3'
  exited 3
  [ "$(status)" = stopped ]
  [ -n "$(processes_left)" ]
  runtime kill -a "$ID" 9
  wait_for no_processes_left
  runtime delete --force "$ID"
  nothing_left
}

@test "delete --force of a created, running, paused and missing container" {
  script "$LOOP"
  conmon_create
  runtime delete --force "$ID"
  exited 137
  nothing_left
  rm "$EXITS/$ID" "$BOX"/create.*
  up "$LOOP"
  runtime delete --force "$ID"
  exited 137
  nothing_left
  rm "$EXITS/$ID" "$BOX"/create.*
  up "$LOOP"
  runtime pause "$ID"
  runtime delete --force "$ID"
  exited 137
  nothing_left
  runtime delete --force "$ID"
}

# What is done to it

@test "pause, state, resume; a paused container is resumed and stopped" {
  up "$LOOP"
  runtime pause "$ID"
  [ "$(status)" = paused ]
  runtime resume "$ID"
  [ "$(status)" = running ]
  runtime pause "$ID"
  runtime kill "$ID" 15
  runtime resume "$ID"
  exited 0
}

@test "update --resources - takes limits from stdin" {
  up "$LOOP"
  runtime update --resources - "$ID" <<<'{"cpu": {"shares": 512, "quota": 25000, "period": 50000}, "memory": {"limit": 33554432}}'
  local memory cpu
  memory=$(cgroup_directory memory) cpu=$(cgroup_directory cpu)
  if [ -e "$memory/memory.limit_in_bytes" ]; then
    [ "$(cat "$memory/memory.limit_in_bytes" "$cpu/cpu.cfs_quota_us" "$cpu/cpu.cfs_period_us")" = $'33554432\n25000\n50000' ]
  fi
}

# exec

@test "exec through conmon: output, status, filter, groups; the container stays" {
  up "$LOOP"
  process . sh -c 'echo out; echo err >&2; grep "^Seccomp:" /proc/self/status; id -G; env | grep _OCI_; exit 9'
  conmon_exec one
  jq -e '.exit_code == 9' <<<"$ANSWER"
  logged out "$BOX/one.log"
  grep -q 'stderr F err' "$BOX/one.log"
  logged $'Seccomp:\t2' "$BOX/one.log"
  logged 0 "$BOX/one.log"
  never grep -q _OCI_ "$BOX/one.log"
  [ "$(status)" = running ]
}

@test "exec through conmon: a command of another user, in another directory, of no new privileges" {
  up "$LOOP"
  process '.user = {uid: 1000, gid: 1000, additionalGids: [5, 6]} | .cwd = "/tmp" | .noNewPrivileges = true' \
    sh -c 'id -u; id -G; pwd; grep -E "^(CapEff|NoNewPrivs):" /proc/self/status'
  conmon_exec one
  jq -e '.exit_code == 0' <<<"$ANSWER"
  [ "$(sed 's/.* F //' "$BOX/one.log")" = $'1000\n1000 5 6\n/tmp\nCapEff:\t0000000000000000\nNoNewPrivs:\t1' ]
}

@test "exec through conmon: a missing command" {
  up "$LOOP"
  process . nosuch
  conmon_exec one || true
  jq -e '.exit_code != 0 and .message != ""' <<<"$ANSWER"
  grep -qE '(executable file|exec:? .*) (`nosuch` )?not found' <<<"$ANSWER" || { echo "$ANSWER"; return 1; }
  [ ! -e "$BOX/one.pid" ]
}

@test "exec through conmon: a command that takes longer than its time" {
  up "$LOOP"
  process . sleep 1000
  conmon_exec one -T 1
  jq -e '.exit_code == -1 and (.message | test("timed out"))' <<<"$ANSWER"
  wait_for never pgrep -x -f 'sleep 1000' --ns "$PID" --nslist pid
}

@test "exec in the foreground with pipes: stdin, both outputs, the status" {
  up "$LOOP"
  process . sh -c 'cat; echo err >&2; exit 6'
  run --separate-stderr runtime exec --process "$BOX/process.json" "$ID" <<<'from stdin'
  is 6 'from stdin'
  [ "$stderr" = err ]
  process . sh -c 'kill -TERM $$'
  run runtime exec --process "$BOX/process.json" "$ID"
  is 143
}

@test "exec in the foreground: much output, with a reader that does not wait for more" {
  up "$LOOP"
  process . sh -c 'head -c 3000000 /dev/zero; sleep 1000 </dev/null >/dev/null 2>&1 &'
  [ "$(runtime exec --process "$BOX/process.json" "$ID" | wc -c)" = 3000000 ]
}

@test "exec in the foreground with a terminal as stdio: its own terminal, its size, a new size, the status" {
  up "$LOOP"
  process '.terminal = true' sh -c 'tty; stty size; read -r line; echo "got $line"
    while [ "$(stty size)" = "24 80" ]; do sleep 0.05; done; stty size; exit 7'
  run "$SOURCE/tests/clients/terminal.py" '24 80=hello\n' 'got hello=resize' '43 132=' -- \
    env -i PATH="$PATH" "$RUNTIME_PATH" --root "$ROOT" exec --process "$BOX/process.json" "$ID"
  is 7
  says /dev/pts/
}

@test "exec in the foreground with a terminal: keys for signals reach the command, not the runtime" {
  up "$LOOP"
  process '.terminal = true' sh -c 'trap "echo interrupted; exit 5" INT; echo ready; while :; do sleep 0.05; done'
  run "$SOURCE/tests/clients/terminal.py" $'ready=\003' 'interrupted=' -- \
    env -i PATH="$PATH" "$RUNTIME_PATH" --root "$ROOT" exec --process "$BOX/process.json" "$ID"
  is 5
}
