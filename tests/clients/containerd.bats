#!/usr/bin/env bats
# containerd and ctr, through its shim for runc, with the runtime under test as its binary. tests/clients/run runs it.
load ctr

setup_file() {
  ctr_start
}

teardown_file() {
  ctr_end
}

setup() {
  ID=husk-test-$BATS_ROOT_PID-$BATS_TEST_NUMBER
}

teardown() {
  c task kill -s SIGKILL "$ID" >/dev/null 2>&1 || true
  c task delete --force "$ID" >/dev/null 2>&1 || true
  c container delete "$ID" >/dev/null 2>&1 || true
  [ -z "$(groups_of "$ID")" ]
}

# launch [OPTION...] -- COMMAND...: a container that ctr waits for and removes.
launch() {
  split "$@"
  run --separate-stderr c run --rm --runc-binary "$RUNTIME_PATH" "${OPTIONS[@]}" "$IMAGE" "$ID" "${REST[@]}" </dev/null
}

# up [OPTION...] -- COMMAND...: one in the background.
up() {
  split "$@"
  c run --detach --null-io --runc-binary "$RUNTIME_PATH" "${OPTIONS[@]}" "$IMAGE" "$ID" "${REST[@]}" </dev/null 3>&-
  PID=$(within cat "/run/containerd/io.containerd.runtime.v2.task/default/$ID/init.pid" 2>/dev/null || within cat "$BOX/state/io.containerd.runtime.v2.task/default/$ID/init.pid")
}

execute() {
  COUNT=$((${COUNT:-0} + 1))
  run --separate-stderr c task exec --exec-id "e$COUNT" "$@" </dev/null
}

complains() {
  [[ "$stderr" = *"$1"* ]] || { echo "not complained: $1"; echo "stderr: $stderr"; return 1; }
}

in_state() {
  [ "$(c task ls | awk -v id="$ID" '$1 == id {print $3}')" = "$1" ]
}

# of_cgroup FILE: the content of a file of the container's cgroup.
of_cgroup() {
  cat /sys/fs/cgroup/{,*/}"default/$ID/$1" 2>/dev/null
}

@test "run: output, errors, exit status" {
  launch -- sh -c 'echo out; echo err >&2; exit 7'
  is 7 out
  [ "$stderr" = err ]
  launch -- true
  is 0
}

@test "run: stdin" {
  run c run --rm --runc-binary "$RUNTIME_PATH" "$IMAGE" "$ID" head -n 1 <<<line
  is 0 line
}

@test "run: a missing program and a directory as program are errors of create" {
  launch -- nosuch
  is 1
  complains 'not found in $PATH'
  launch -- /no/such
  is 1
  [[ "${stderr,,}" = *'no such file or directory'* ]]
  launch -- /etc
  is 1
  [ -z "$(c task ls -q)" ]
}

@test "run: environment, working directory, user of the namespace" {
  launch --env A=b --cwd /tmp -- sh -c 'echo $A $PWD'
  is 0 'b /tmp'
}

@test "run: a terminal" {
  in_terminal '# =until stty size | grep ^24; do sleep 0.1; done\nexit 5\n' -- ctr --address "$CONTAINERD" run --rm --tty --runc-binary "$RUNTIME_PATH" "$IMAGE" "$ID" sh -c 'tty; exec sh'
  [[ "$status $output" = 5*/dev/pts/0*'24 80'* ]]
}

@test "an image's own user writes to /dev/stdout and /dev/stderr by name: run and exec, with pipes and at a terminal" {
  IMAGE=$USER_IMAGE
  launch -- sh -c "$BY_NAME"
  is 0 $'1000\nout'
  [ "$stderr" = err ]
  in_terminal -- ctr --address "$CONTAINERD" run --rm --tty --runc-binary "$RUNTIME_PATH" "$IMAGE" "$ID" sh -c "$BY_NAME; sleep 0.2"
  shown 0 $'1000\nout\nerr'
  up -- sleep 1000
  execute "$ID" sh -c "$BY_NAME"
  is 0 $'1000\nout'
  [ "$stderr" = err ]
  in_terminal -- ctr --address "$CONTAINERD" task exec --tty --exec-id t "$ID" sh -c "$BY_NAME; sleep 0.2"
  shown 0 $'1000\nout\nerr'
}

@test "run: the pid file is the program's" {
  up --pid-file "$BOX/pid" -- sleep 1000
  [ "$(within cat "/proc/$(cat "$BOX/pid")/comm")" = sleep ]
}

@test "privileged: all capabilities of the host's root, no filter" {
  launch --privileged -- grep -E '^(CapEff|Seccomp):' /proc/self/status
  is 0 $'CapEff:\t'"$(sed -n 's/^CapEff:\t//p' /proc/self/status)"$'\nSeccomp:\t0'
}

@test "the default profile: a filter" {
  launch --seccomp -- sh -c 'grep ^Seccomp: /proc/self/status; unshare -m true 2>/dev/null || echo denied'
  is 0 $'Seccomp:\t2\ndenied'
}

@test "a profile from a file" {
  echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28}]}' >"$BOX/profile.json"
  launch --seccomp --seccomp-profile "$BOX/profile.json" -- mkdir /tmp/x
  is 1
  complains 'No space left'
}

@test "a read-only root; a bind of the host's" {
  mkdir -p "$BOX/shared"
  launch --read-only --mount "type=bind,src=$BOX/shared,dst=/mnt,options=rbind:rw" -- sh -c 'touch /x 2>/dev/null || echo closed; echo kept >/mnt/file'
  is 0 closed
  [ "$(cat "$BOX/shared/file")" = kept ]
}

@test "limits are in the cgroup" {
  up --memory-limit 67108864 --cpu-quota 50000 --cpu-period 100000 -- sleep 1000
  [ "$(of_cgroup memory.limit_in_bytes)$(of_cgroup memory.max)" = 67108864 ]
  [ "$(of_cgroup cpu.cfs_quota_us)$(of_cgroup cpu.max)" = "$([ -e /sys/fs/cgroup/cpu ] && echo 50000 || echo 50000 100000)" ]
}

@test "exec: output, exit status, a missing program" {
  up -- sleep 1000
  execute "$ID" sh -c 'echo out; echo err >&2; exit 3'
  is 3 out
  [ "$stderr" = err ]
  execute --cwd /tmp "$ID" pwd
  is 0 /tmp
  execute "$ID" nosuch
  is 1
  complains 'not found in $PATH'
  execute "$ID" /etc
  is 1
  in_state RUNNING
}

@test "exec: a terminal" {
  up -- sleep 1000
  in_terminal '# =exit 6\n' -- ctr --address "$CONTAINERD" task exec --tty --exec-id t "$ID" sh -c 'tty; exec sh'
  [[ "$status $output" = 6*/dev/pts/* ]]
}

@test "ps, pause, resume, metrics" {
  up -- sleep 1000
  c task ps "$ID" | grep -q "^$PID "
  c task pause "$ID"
  in_state PAUSED
  c task resume "$ID"
  in_state RUNNING
  c task metrics "$ID" | grep -q "^$ID "
}

# catches_term: the container's process has set a handler for TERM.
catches_term() {
  within cat "/proc/$PID/status" | grep -qE '^SigCgt:.*[4-7c-f].{3}$'
}

@test "kill: a signal that is caught, one that is not, a container that has ended" {
  up -- sh -c 'trap "exit 9" TERM; while :; do sleep 0.05; done'
  wait_for catches_term
  c task kill -s SIGTERM "$ID"
  wait_for in_state STOPPED
  run c task delete "$ID"
  [[ "$output" = *'exit code 9'* ]]
  c container delete "$ID"
  up -- sleep 1000
  c task kill -s SIGKILL "$ID"
  wait_for in_state STOPPED
  run --separate-stderr c task kill -s SIGTERM "$ID"
  is 1
  complains 'process already finished'
  run c task delete "$ID"
  [[ "$output" = *'exit code 137'* ]]
}

# listening: ctr receives events; each try causes one.
listening() {
  c namespaces label default "look=$EPOCHREALTIME"
  [ -s "$BOX/events" ]
}

@test "events: start, exec and exit, and an OOM kill" {
  within timeout 20 ctr --address "$CONTAINERD" events >"$BOX/events" 2>&1 3>&- &
  wait_for listening
  up --memory-limit 16777216 -- sh -c 'sleep 0.3; exec tail /dev/zero' # containerd watches for OOM kills only after the start
  wait_for in_state STOPPED
  c task delete "$ID" 2>/dev/null || true
  local event
  for event in create start oom exit delete; do
    wait_for grep -q "/tasks/$event.*$ID" "$BOX/events"
  done
}

numbered() {
  c run --rm --runc-binary "$RUNTIME_PATH" "$IMAGE" "$ID-$1" sh -c "exit $1"
}

@test "thirty at once" {
  at_once 30 numbered
  [ -z "$(groups_of "$ID")" ]
}

@test "containerd restarts: the container continues to run and is managed again" {
  up -- sleep 1000
  containerd_stop
  [ "$(within cat "/proc/$PID/comm")" = sleep ]
  containerd_start
  in_state RUNNING
  execute "$ID" echo again
  is 0 again
  c task kill -s SIGKILL "$ID"
  wait_for in_state STOPPED
}
