# husk seccomp dump, explain and diff with --pid and --container: the filters that a running process has.
load bundle

# filtered [first|second]: a process with three filters of its own, $PROCESS; what it has seen is in $SEEN. Its input ends
# when the test does.
filtered() {
  rootless && skip "filters are shown to root only"
  local program
  program=$(tool filters -pthread)
  SEEN=$BATS_TEST_TMPDIR/seen
  mkfifo "$BATS_TEST_TMPDIR/input"
  exec 7<>"$BATS_TEST_TMPDIR/input"
  "$program" "$@" <&7 >"$SEEN" 3>&- 7>&- &
  PROCESS=$!
  BACKGROUND="$BACKGROUND $!"
  wait_for grep -q "^ready $PROCESS" "$SEEN"
}

# seccomp_of ARG...
seccomp_of() {
  run --separate-stderr "$HUSK" --root "$ROOT" seccomp "$@"
}

# untouched PID: nothing traces or has stopped it.
untouched() {
  grep -q 'TracerPid:.0$' "/proc/$1/status" && ! grep -q '^State:.[tT]' "/proc/$1/status"
}

@test "dump --pid prints every filter of a process, the newest first" {
  filtered
  seccomp_of dump --pid "$PROCESS"
  succeeded
  says "process $PROCESS (filters), SCMP_ARCH_" '3 filters, the newest first' 'filter 1: 4 instructions' 'filter 3: 30 instructions'
  [ "$(grep -m 1 -n 'return LOG' <<<"$output" | cut -d: -f1)" -lt "$(grep -n 'return ERRNO 9' <<<"$output" | cut -d: -f1)" ]
  says 'memory 9 = accumulator' 'x = accumulator' 'return accumulator'
  untouched "$PROCESS"
  seccomp_of dump --json --pid "$PROCESS"
  jq -e --argjson pid "$PROCESS" '.pid == $pid and .thread == $pid and ([.filters[].instructions | length] == [4, 4, 30])
    and .filters[1].instructions[2].text == "return ERRNO 9 (bad file descriptor)" and .filters[0].log == false' <<<"$output"
}

@test "explain --pid reports what the kernel does: the strictest filter, of equal ones the newest" {
  filtered
  seccomp_of explain --pid "$PROCESS" mkdir
  succeeded
  says 'ERRNO 9 (bad file descriptor), by filter 2' '    filter 1: LOG' '    filter 3: ERRNO 7'
  local call argument code
  while read -r call argument code; do
    [ "$call" != ready ] || continue
    seccomp_of explain --json --pid "$PROCESS" "$call" "$argument"
    [[ "$(jq -r '.syscalls[0].verdict' <<<"$output")" = "ERRNO $code ("* ]] || { echo "$call $argument: $code"; show; return 1; }
  done <"$SEEN"
  [ "$(grep -c getpriority "$SEEN")" -gt 15 ]
  [ "$(grep getpriority "$SEEN" | cut -d' ' -f3 | sort -u | wc -l)" -gt 5 ]
}

@test "explain --pid asks each architecture, --all each call" {
  filtered
  seccomp_of explain --pid "$PROCESS" --all
  succeeded
  says ALLOW 'ERRNO 9 (bad file descriptor)' 'not all arguments could be tried'
  # of the numbers without a name those that the filters ask for, and what the rest get
  [ "$(grep -A 1 '^ERRNO 7 ' <<<"$output" | sed -n '2s/^ *//p')" = 70000 ]
  [ "$(grep -c 'all other numbers$' <<<"$output")" = "$(grep -c '^SCMP_ARCH_' <<<"$output")" ]
  ! grep -E '[0-9] to [0-9]' <<<"$output" || return 1
  seccomp_of explain --pid "$PROCESS" --all --json
  jq -e '.architectures[0].syscalls[] | select(.syscall == "mkdir") | .verdicts == ["ERRNO 9 (bad file descriptor)"] and .complete' <<<"$output"
  jq -e '.architectures[0].syscalls[] | select(.syscall == "getpriority") | .complete == false' <<<"$output"
  jq -e '.architectures[0].syscalls[] | select(.syscall == "read") | .verdicts == ["ALLOW"]' <<<"$output"
  jq -e '.architectures[0] | .complete and (.syscalls[] | select(.number == 70001) | .syscall == "70001 to \(.last)" and .verdicts == ["ALLOW"])' \
    <<<"$output"
  [ "$(uname -m)" = x86_64 ] || return 0
  seccomp_of explain --pid "$PROCESS" mkdir
  says 'mkdir (39) on SCMP_ARCH_X86: ALLOW' 'mkdir (1073741907) on SCMP_ARCH_X32: ALLOW'
  seccomp_of explain --pid "$PROCESS" --arch x86 mkdir
  says 'mkdir (39) on SCMP_ARCH_X86: ALLOW'
  says_not 'on SCMP_ARCH_X86_64'
}

# sleeping CALL allow|kill: a process that waits in that call, and whose filter does that with restart_syscall.
sleeping() {
  rootless && skip "filters are shown to root only"
  local program
  program=$(tool sleeper)
  SEEN=$BATS_TEST_TMPDIR/$1.$2
  "$program" "$@" >"$SEEN" 3>&- &
  PROCESS=$!
  BACKGROUND="$BACKGROUND $!"
  wait_for grep -q "^ready" "$SEEN"
  wait_for grep -q "^$(sed -n 's/^ready //p' "$SEEN") " "/proc/$PROCESS/syscall"
}

# bats test_tags=attack:SC-21
@test "dump --pid does not end a process whose filter kills restart_syscall: its wait ends with EINTR" {
  local call
  for call in nanosleep poll futex; do
    sleeping "$call" kill
    seccomp_of dump --pid "$PROCESS"
    succeeded
    says 'return KILL_PROCESS'
    wait_for grep -q '^interrupted$' "$SEEN"
    kill -0 "$PROCESS"
    sleeping "$call" allow
    seccomp_of dump --pid "$PROCESS"
    succeeded
    wait_for grep -q "^$(sed -n 's/^restart //p' "$SEEN") " "/proc/$PROCESS/syscall"
    never grep interrupted "$SEEN"
  done
}

@test "a thread may have more filters than another: it is said, and each can be read" {
  filtered second
  wait_for grep -q "^ready $PROCESS\$" "$SEEN"
  wait_for sh -c "[ \$(grep -c ready '$SEEN') = 2 ]"
  local other
  other=$(sed -n 's/^ready //p' "$SEEN" | grep -vx "$PROCESS")
  seccomp_of dump --pid "$PROCESS"
  says '3 filters' "1 of its 2 threads have a different number of filters, for example $other"
  seccomp_of dump --pid "$other"
  says "thread $other (filters) of process $PROCESS" '4 filters'
  seccomp_of explain --pid "$other" rmdir
  says 'KILL_THREAD, by filter 1'
  seccomp_of diff --pid "$PROCESS" --pid "$other"
  is 2
  says rmdir '- ALLOW' '+ KILL_THREAD'
}

@test "a container's filter is that of its profile" {
  rootless && skip "filters are shown to root only"
  container_up
  seccomp_of dump --container "$ID"
  succeeded
  "$HUSK" seccomp dump "$BUNDLE/config.json" >"$BATS_TEST_TMPDIR/own"
  [ "$(sed 1,3d <<<"$output")" = "$(cat "$BATS_TEST_TMPDIR/own")" ]
  seccomp_of diff --container "$ID" "$BUNDLE/config.json"
  is 0 ''
  jq '.linux.seccomp.syscalls |= [.[] | .names -= ["umask"]] | .linux.seccomp.syscalls += [{names: ["umask"], action: "SCMP_ACT_ALLOW",
    args: [{index: 0, value: 18, op: "SCMP_CMP_EQ"}]}]' "$BUNDLE/config.json" >"$BATS_TEST_TMPDIR/other.json"
  seccomp_of diff "$BATS_TEST_TMPDIR/other.json" --pid "$PID"
  is 2
  says umask '- by its arguments: ERRNO 38 (function not implemented), ALLOW; ERRNO 38 (function not implemented) for umask(0x0)' '+ ALLOW'
  seccomp_of diff --json --pid "$PID" "$BATS_TEST_TMPDIR/other.json"
  jq -e 'length > 0 and all(.[]; .syscall == "umask")' <<<"$output"
  untouched "$PID"
}

@test "a container that ends while it is read is an error: its pid may be another process's by now" {
  rootless && skip "filters are shown to root only"
  container_up
  run --separate-stderr strace -qq -o /dev/null -e trace=pidfd_send_signal -e inject=pidfd_send_signal:error=ESRCH \
    "$HUSK" --root "$ROOT" seccomp dump --container "$ID"
  is 1 ''
  complains "process $PID has just ended"
}

@test "a process that was stopped stays so" {
  filtered
  kill -STOP "$PROCESS"
  wait_for grep -q '^State:.T' "/proc/$PROCESS/status"
  seccomp_of dump --pid "$PROCESS"
  succeeded
  grep -q 'TracerPid:.0$' "/proc/$PROCESS/status"
  wait_for grep -q '^State:.T (stopped)' "/proc/$PROCESS/status"
  kill -CONT "$PROCESS"
  wait_for grep -q '^State:.S' "/proc/$PROCESS/status"
}

@test "why filters cannot be read is said" {
  seccomp_of dump --pid $$
  is 1
  complains "process $$ (" 'has no filter: every system call is allowed'
  seccomp_of explain --pid 999999999 mkdir
  complains 'there is no process 999999999'
  seccomp_of dump --pid 12x
  complains '"12x" is not a process id'
  seccomp_of dump --container "$ID"
  complains "container \"$ID\" does not exist"
  seccomp_of explain --pid 1
  is 1
  complains 'takes a system call and at most six arguments'
  create
  seccomp_of dump --container "$ID"
  complains 'has no filter' 'its container has not been started'
  husk delete --force "$ID"
  filtered
  seccomp_of explain --pid "$PROCESS" nosuchcall
  complains '"nosuchcall" is not a system call'
  chmod 755 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "$BATS_TEST_TMPDIR"
  unprivileged seccomp dump --pid "$PROCESS"
  is 1
  complains "trace process $PROCESS: operation not permitted" 'run husk as root'
  local without
  for without in -sys_admin -sys_ptrace; do
    run --separate-stderr setpriv --bounding-set="$without" --inh-caps="$without" "$HUSK" seccomp dump --pid "$PROCESS"
    is 1
    complains 'CAP_SYS_ADMIN' 'run husk as root'
    untouched "$PROCESS"
  done
  run --separate-stderr "$HUSK_OLD_KERNEL" "$HUSK" seccomp dump --pid "$PROCESS"
  is 1
  complains "read the filters of process $PROCESS: permission denied" 'only to a process without a filter of its own'
  untouched "$PROCESS"
  run --separate-stderr unshare --pid --fork "$HUSK" seccomp dump --pid "$PROCESS"
  is 1
  complains '/proc belongs to another pid namespace'
  run --separate-stderr unshare --user --map-root-user "$HUSK" seccomp dump --pid "$PROCESS"
  is 1
  complains "trace process $PROCESS: operation not permitted" 'user namespace'
  strace -qq -o /dev/null -p "$PROCESS" >/dev/null 2>&1 3>&- 7>&- &
  BACKGROUND="$! $BACKGROUND"
  wait_for never grep -q 'TracerPid:.0$' "/proc/$PROCESS/status"
  seccomp_of dump --pid "$PROCESS"
  is 1
  complains "process $PROCESS is already traced by process"
}

@test "a thread of the kernel has no system calls" {
  local thread=
  for thread in /proc/[0-9]*; do
    [ -n "$(tr -d '\0' <"$thread/cmdline" 2>/dev/null)" ] || grep -q '^VmSize' "$thread/status" 2>/dev/null || break
  done
  awk '{ sub(/.*\) /, ""); exit !(int($7 / 2097152) % 2) }' "$thread/stat" || skip "no thread of the kernel is seen here"
  seccomp_of dump --pid "${thread##*/}"
  is 1
  complains 'is a kernel thread'
}

@test "a paused container is read, or it is said why not; it runs on afterwards" {
  rootless && skip "filters are shown to root only"
  container_up
  husk pause "$ID"
  seccomp_of explain --container "$ID" mount
  [ "$status" = 0 ] || complains "process $PID does not stop to be read (it is frozen, as in a paused container"
  [ "$(husk state "$ID" | jq -r .status)" = paused ]
  husk resume "$ID"
  wait_for grep -q '^State:.S' "/proc/$PID/status"
  grep -q '^TracerPid:.0$' "/proc/$PID/status"
  seccomp_of explain --container "$ID" mount
  succeeded
  says 'ERRNO 1 (operation not permitted)'
}

@test "diff compares a container with the file in docker's format that it was made with" {
  rootless && skip "filters are shown to root only"
  local docker=$SOURCE/tests/profiles/docker.json
  config '.process.args = ["sleep", "100000"] | .process.capabilities.bounding = ["CAP_CHOWN"] | .process.capabilities.permitted = []
    | .process.capabilities.effective = [] | del(.process.capabilities.inheritable, .process.capabilities.ambient)'
  husk run --detach --seccomp-profile "$docker" --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
  seccomp_of diff --container "$ID" --cap none --cap CHOWN "$docker"
  is 0 ''
  run --separate-stderr "$HUSK" --root "$ROOT" seccomp diff --cap none --cap CHOWN - --container "$ID" <"$docker"
  is 0 ''
  seccomp_of diff --container "$ID" --cap none --cap CHOWN --cap SYS_CHROOT "$docker"
  is 2
  says 'chroot' '- ERRNO 1 (operation not permitted)' '+ ALLOW'
  seccomp_of diff --not-looser-than "$docker" --container "$ID"
  is 1
  complains '--not-looser-than compares files'
}

@test "explain --pid takes arguments by name" {
  filtered
  seccomp_of explain --pid "$PROCESS" socket AF_INET SOCK_STREAM
  succeeded
  says 'socket ('
  seccomp_of explain --pid "$PROCESS" socket AF_INTE
  is 1
  complains 'did you mean AF_INET'
}
