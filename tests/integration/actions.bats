# Each action of a profile as seen by the container's program, for one call and as the default action, for root and a
# user, with and without noNewPrivileges, by run and by exec. The program is actions.c, its call getppid.
load bundle

setup() {
  bundle_make
  # a name of the test's own, for the kernel's log
  PROGRAM=/actions-$BATS_ROOT_PID-$BATS_SUITE_TEST_NUMBER
  cp "$(tool actions)" "$ROOTFS$PROGRAM"
  SOCKET=$BATS_TEST_TMPDIR/agent.sock
}

# profile JSON: linux.seccomp but for the architectures and the agent's socket.
profile() {
  config '.linux.seccomp = $profile + {listenerPath: $socket}' --argjson profile "$1" --arg socket "$SOCKET"
}

# rule ACTION [MEMBERS]: getppid gets the action, all else is allowed.
rule() {
  profile "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"getppid\"],
    \"action\": \"SCMP_ACT_$1\"${2:+, $2}}]}"
}

# by_default ACTION [MEMBERS]: the action is the default for every call.
by_default() {
  profile "{\"defaultAction\": \"SCMP_ACT_$1\"${2:+, $2}}"
}

# as_everyone COMMAND...: as root and as user 1000, with and without noNewPrivileges.
as_everyone() {
  local new_privileges user combinations combination
  mapfile -t combinations < <(printf '%s\n' 'true 0' 'false 0' 'true 1000' 'false 1000' | sampled)
  for combination in "${combinations[@]}"; do
    read -r new_privileges user <<<"$combination"
    config '.process.noNewPrivileges = $n | .process.user = {uid: $u, gid: $u}' --argjson n "$new_privileges" \
      --argjson u "$user"
    "$@" || { echo "noNewPrivileges $new_privileges, user $user: $*"; return 1; }
  done
}

# run_and_exec WAY STATUS TEXT: the payload's result as the container's program and by exec in a running container.
run_and_exec() {
  program "$PROGRAM" "$1"
  launch
  is "$2" "$3"
  nothing_left
  program sleep 1000
  create
  husk start "$ID"
  run --separate-stderr timeout --foreground 60 "$HUSK" --root "$ROOT" exec "$ID" "$PROGRAM" "$1" </dev/null
  is "$2" "$3"
  husk delete --force "$ID"
}

# gives WAY STATUS TEXT: run_and_exec as everyone.
gives() {
  as_everyone run_and_exec "$@"
}

# dies STATUS TEXT...: no program starts, and `run` and `start` report why.
dies() {
  local status_wanted=$1
  shift
  program "$PROGRAM" call
  launch
  is "$status_wanted" ''
  complains 'error: ' '/linux/seccomp' "$@"
  complains_not 'permitted' 'not implemented'
  [ "$(wc -l <<<"$stderr")" -eq 1 ]
  nothing_left
  create
  run --separate-stderr timeout --foreground 60 "$HUSK" --root "$ROOT" start "$ID"
  is 1 ''
  complains 'error: ' '/linux/seccomp' "$@"
  complains_not 'permitted' 'not implemented'
  wait_for no_processes_left
  husk delete "$ID"
  nothing_left
}

# agent_up [POLICY]: husk's own agent.
agent_up() {
  local policy=$BATS_TEST_TMPDIR/policy.json
  echo "${1:-{\}}" >"$policy"
  "$HUSK" seccomp agent --listen "$SOCKET" --policy "$policy" >"$BATS_TEST_TMPDIR/agent.log" 2>&1 3>&- &
  BACKGROUND="$BACKGROUND $!"
  wait_for test -S "$SOCKET"
}

@test "KILL_PROCESS ends the whole process by SIGSYS" {
  rule KILL_PROCESS
  gives call 159 ''
  gives child 0 'signal 31'
  gives thread 159 ''
}

@test "KILL_THREAD and KILL end the thread; a process of one thread ends by SIGSYS" {
  local action
  for action in KILL_THREAD KILL; do
    rule "$action"
    gives call 159 ''
    gives child 0 'signal 31'
    gives thread 0 'the thread has ended, the others go on'
  done
}

@test "TRAP runs a handler of SIGSYS, and ends a process without one" {
  rule TRAP
  gives call 159 ''
  gives child 0 'signal 31'
  gives trap 0 'signal 31 code SYS_SECCOMP call getppid arch native address of the call
goes on'
}

@test "ERRNO returns the rule's errno, or EPERM without one; 0 and 4095 work" {
  local members errno
  while read -r members errno; do
    rule ERRNO "$members"
    gives call 0 "errno $errno"
  done <<'END'
"errnoRet":38 38
"errnoRet":1 1
"errnoRet":4095 4095
END
  rule ERRNO
  gives call 0 'errno 1'
  # errno 0: the call is not made, and its result is 0
  rule ERRNO '"errnoRet": 0'
  gives call 0 ok
}

@test "TRACE fails with ENOSYS without a tracer; a tracer gets the errno as its message" {
  rule TRACE '"errnoRet": 1234'
  gives call 0 'errno 38'
  gives trace 0 'event 1234
ok
exit 0'
  rule TRACE
  gives trace 0 'event 1
ok
exit 0'
}

@test "ALLOW and LOG let the call through" {
  rule ALLOW
  gives call 0 ok
  rule LOG
  gives call 0 ok
}

# logged TEXT: a new run of the payload is in the kernel's log, which may drop lines when there are many.
logged() {
  launch
  dmesg | grep -F "exe=\"$PROGRAM\"" | grep -qF "$1"
}

# proves: /linux/seccomp/syscalls/[action=SCMP_ACT_LOG]
@test "LOG and KILL_PROCESS are in the kernel's log" {
  # not every machine has a readable log; a kill is always logged
  rule KILL_PROCESS
  program "$PROGRAM" call
  wait_for logged 'code=0x80000000' || skip 'the kernel log cannot be read or has no audit lines'
  grep -qw log /proc/sys/kernel/seccomp/actions_logged || skip 'the kernel is told not to log LOG'
  rule LOG
  wait_for logged 'code=0x7ffc0000'
}

@test "NOTIFY is answered by the agent's policy" {
  agent_up '{"rules": [{"names": ["getppid"], "answer": "errno", "errnoRet": 28}]}'
  rule NOTIFY
  gives call 0 'errno 28'
}

# proves: /linux/seccomp/defaultErrnoRet
@test "ERRNO as the default action returns its errno to a running program" {
  local names
  "$HUSK" seccomp record -o "$BATS_TEST_TMPDIR/needed.json" -- "$(tool actions)" call >/dev/null
  names=$(jq -c '.syscalls[0].names - ["getppid"]' "$BATS_TEST_TMPDIR/needed.json")
  for number in 1 38 4095; do
    profile "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": $number,
      \"syscalls\": [{\"names\": $names, \"action\": \"SCMP_ACT_ALLOW\"}]}"
    program "$PROGRAM" call
    launch
    is 0 "errno $number"
  done
}

# bats test_tags=attack:SC-14
@test "KILL_PROCESS, KILL_THREAD, KILL or TRAP of every call: status 128 + SIGSYS and an error that gives the reason" {
  local action
  for action in KILL_PROCESS KILL_THREAD KILL TRAP; do
    by_default "$action"
    as_everyone dies 159 'killed by SIGSYS in step exec: the profile denies execve'
  done
}

# bats test_tags=attack:SC-14
@test "ERRNO or TRACE of every call: the error says that the profile denies execve" {
  local members
  for members in '' '"defaultErrnoRet": 38' '"defaultErrnoRet": 0'; do
    by_default ERRNO "$members"
    as_everyone dies 1 'the seccomp profile denies execve'
  done
  by_default TRACE
  as_everyone dies 1 'the seccomp profile denies execve'
}

# bats test_tags=attack:SC-14
@test "ALLOW or LOG of every call: the program runs" {
  by_default ALLOW
  gives call 0 ok
  by_default LOG
  gives call 0 ok
}

# bats test_tags=attack:SC-14
@test "NOTIFY of every call: the program runs with an agent" {
  agent_up
  by_default NOTIFY
  gives call 0 ok
}

# proves: /linux/seccomp/defaultAction[=SCMP_ACT_KILL_PROCESS]
# proves: /linux/seccomp/defaultAction[=SCMP_ACT_KILL_THREAD] /linux/seccomp/defaultAction[=SCMP_ACT_TRAP]
# proves: /linux/seccomp/defaultAction[=SCMP_ACT_TRACE]
# bats test_tags=attack:SC-14
@test "exec fails if the container's filter kills or denies execve" {
  local action status_wanted
  while read -r action status_wanted; do
    rule ALLOW
    program sleep 1000
    create
    husk start "$ID"
    husk exec "$ID" true
    # exec reads the saved profile, so another one replaces that
    jq '.linux.seccomp = {defaultAction: $action}' --arg action "SCMP_ACT_$action" "$ROOT/$ID/config.json" \
      >"$BATS_TEST_TMPDIR/saved"
    cat "$BATS_TEST_TMPDIR/saved" >"$ROOT/$ID/config.json"
    run --separate-stderr timeout --foreground 60 "$HUSK" --root "$ROOT" exec "$ID" true </dev/null
    is "$status_wanted" ''
    complains 'denies execve'
    is_status running
    husk delete --force "$ID"
  done <<'END'
KILL_PROCESS 159
KILL_THREAD 159
TRAP 159
ERRNO 255
TRACE 255
END
}

# refusing ERRNO COMMAND...: husk on a kernel where seccomp(2) fails with ERRNO.
refusing() {
  local errno=$1
  shift
  run --separate-stderr timeout --foreground 60 strace -f -o "$BATS_TEST_TMPDIR/trace" -e trace=seccomp \
    -e "inject=seccomp:error=$errno" "$HUSK" --root "$ROOT" "$@" </dev/null
  grep -q INJECTED "$BATS_TEST_TMPDIR/trace"
  is "$status_wanted" ''
  complains 'error: ' 'load the seccomp filter'
  [ "$(wc -l <<<"$stderr")" -eq 1 ]
}

# bats test_tags=attack:SC-16
@test "a filter that the kernel refuses: no program runs, one error is printed, nothing is left" {
  local errno status_wanted
  rule ERRNO
  for errno in $(printf '%s\n' ENOSYS EACCES ENOMEM EINVAL | sampled); do
    program "$PROGRAM" call
    status_wanted=1
    refusing "$errno" run --bundle "$BUNDLE" "$ID"
    nothing_left
    program sleep 1000
    create
    husk start "$ID"
    status_wanted=255
    refusing "$errno" exec "$ID" "$PROGRAM" call
    is_status running
    husk delete --force "$ID"
    nothing_left
    # start only asks husk-init, which loads the filter: so create runs under the failing kernel
    program "$PROGRAM" call
    strace -f -qq -o /dev/null -e trace=seccomp -e inject=seccomp:error="$errno" \
      "$HUSK" --root "$ROOT" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&- &
    BACKGROUND="$BACKGROUND $!"
    wait_for is_status created
    run --separate-stderr husk start "$ID"
    is 1 ''
    complains 'load the seccomp filter'
    wait_for is_status stopped
    husk delete --force "$ID"
    nothing_left
  done
}

# bats test_tags=attack:SC-10
@test "of two rules for one call the one without conditions decides, otherwise the first" {
  local rules errno
  while IFS='|' read -r errno rules; do
    profile "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [$rules]}"
    program "$PROGRAM" call
    launch
    is 0 "errno $errno"
  done <<'END'
5|{"names": ["getppid"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5}, {"names": ["getppid"], "action": "SCMP_ACT_KILL"}
6|{"names": ["getppid"], "action": "SCMP_ACT_KILL", "args": [{"index": 5, "value": 0, "op": "SCMP_CMP_GE"}]}, {"names": ["getppid"], "action": "SCMP_ACT_ERRNO", "errnoRet": 6}
7|{"names": ["getppid"], "action": "SCMP_ACT_ERRNO", "errnoRet": 7, "args": [{"index": 5, "value": 0, "op": "SCMP_CMP_GE"}]}, {"names": ["getppid"], "action": "SCMP_ACT_KILL", "args": [{"index": 4, "value": 0, "op": "SCMP_CMP_GE"}]}
END
}

@test "check, explain and run report that a short Localhost profile lacks execve" {
  local seed=$BATS_TEST_TMPDIR/seed.json
  jq -n '{defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 38, syscalls: [{action: "SCMP_ACT_ALLOW",
    names: ["adjtimex", "brk", "close", "fstat", "openat", "read", "write", "writev"]}]}' >"$seed"
  run husk seccomp check "$seed"
  is 1
  says 'execve gets ERRNO 38' 'allow execve' 'exit_group gets ERRNO 38'
  run husk seccomp explain "$seed" mmap
  says 'ERRNO 38 (function not implemented)' '/defaultAction'
  for name in execve exit_group mount clone3 getpid 600; do
    run husk seccomp explain "$seed" "$name"
    says 'ERRNO 38 (function not implemented)'
  done
  program "$PROGRAM" call
  launch --seccomp-profile Localhost:seed.json --seccomp-profile-root "$BATS_TEST_TMPDIR"
  is 1 ''
  complains 'the seccomp profile denies execve' 'allow execve in the profile'
  nothing_left
}
