#!/usr/bin/env bats
# Hooks: where each kind runs, what it gets, and the effects of failures.
load bundle

# shellcheck source=tests/integration/hooks.bash
. "$BATS_TEST_DIRNAME/hooks.bash"

# proves: hook-state-on-stdin prestart-before-create-runtime create-container-after-create-runtime
# proves: lifecycle-prestart lifecycle-create-runtime lifecycle-create-container lifecycle-start-container
# proves: lifecycle-program lifecycle-poststart lifecycle-poststop features-hooks
@test "all six kinds run in order, with the state on stdin" {
  local log=$BATS_TEST_TMPDIR/log kind status pid number
  touch "$log"
  for kind in prestart createRuntime createContainer poststart poststop; do
    hook "$kind" "echo $kind \$(cat | tr -d ' \n') >>$log"
  done
  log_inside
  hook startContainer "echo startContainer \$(cat | tr -d ' \n') >>/log/log"
  script 'echo program >>/log/log; until grep -q ^poststart /log/log; do sleep 0.02; done' # its state is "running"
  create
  pid=$(husk state "$ID" | jq .pid)
  [ "$(first_word "$log")" = 'prestart createRuntime createContainer ' ]
  husk start "$ID"
  grep -q '^poststart ' "$log"
  wait_for is_status stopped
  husk delete "$ID"
  cat "$log"
  sed '/^poststart /d' "$log" >"$log.rest" # it may come before or after the program's first line
  [ "$(first_word "$log.rest")" = 'prestart createRuntime createContainer startContainer program poststop ' ]
  # the pid is the one of the hook's own pid namespace
  while IFS='|' read -r kind status number; do
    grep "^$kind " "$log" | cut -d' ' -f2- | jq -e --arg id "$ID" --arg b "$BUNDLE" --arg status "$status" \
      --argjson pid "${number:-0}" '.id == $id and .bundle == $b and .status == $status and .pid == $pid
      and (.ociVersion | startswith("1."))' || { echo "$kind" >&2; return 1; }
  done <<END
prestart|created|$pid
createRuntime|creating|$pid
createContainer|creating|1
startContainer|created|1
poststart|running|$pid
END
  grep '^poststop ' "$log" | cut -d' ' -f2- | jq -e --arg id "$ID" '.id == $id and .status == "stopped"'
  nothing_left
}

@test "run executes the hooks too, poststop at its end" {
  local kind log=$BATS_TEST_TMPDIR/log
  for kind in createRuntime poststart poststop; do
    hook "$kind" "echo $kind >>$log"
  done
  program true
  launch
  succeeded
  [ "$(first_word "$log")" = 'createRuntime poststart poststop ' ]
}

@test "hooks get their own env and nothing of husk's" {
  hook createRuntime "env >$BATS_TEST_TMPDIR/env" '.env = ["ONLY=this"]'
  HUSK_LEAK=1 launch
  succeeded
  grep -qx ONLY=this "$BATS_TEST_TMPDIR/env"
  never grep -vE '^(ONLY|PWD|SHLVL|_)=' "$BATS_TEST_TMPDIR/env" # the rest is the shell's
}

@test "prestart and createRuntime run in the runtime's namespaces, createContainer in the container's" {
  local kind
  for kind in prestart createRuntime; do
    hook "$kind" "readlink /proc/self/ns/mnt >$BATS_TEST_TMPDIR/$kind"
  done
  hook createContainer "readlink /proc/self/ns/mnt >$BATS_TEST_TMPDIR/createContainer"
  inside 'readlink /proc/self/ns/mnt'
  [ "$(cat "$BATS_TEST_TMPDIR/prestart")" = "$(readlink /proc/self/ns/mnt)" ]
  [ "$(cat "$BATS_TEST_TMPDIR/createRuntime")" = "$(readlink /proc/self/ns/mnt)" ]
  [ "$(cat "$BATS_TEST_TMPDIR/createContainer")" = "$output" ]
}

@test "the output of hooks does not appear in the container's, and runtime hooks start in the bundle" {
  local kind
  for kind in prestart createRuntime createContainer poststart poststop; do
    hook "$kind" "echo said; echo complained >&2; pwd >$BATS_TEST_TMPDIR/in-$kind"
  done
  hook startContainer 'echo said; echo complained >&2'
  inside 'echo output'
  same output
  [ -z "$stderr" ]
  for kind in prestart createRuntime poststart poststop; do
    [ "$(cat "$BATS_TEST_TMPDIR/in-$kind")" = "$BUNDLE" ] || { echo "$kind: $(cat "$BATS_TEST_TMPDIR/in-$kind")"; return 1; }
  done
}

@test "createRuntime can enter the container's network namespace by the pid in the state" {
  hook createRuntime "readlink /proc/\$(jq .pid)/ns/net >$BATS_TEST_TMPDIR/net"
  inside 'readlink /proc/self/ns/net'
  same "$(cat "$BATS_TEST_TMPDIR/net")"
}

@test "hooks of one kind run one after the other, the first failure stops" {
  hook createRuntime "echo one >>$BATS_TEST_TMPDIR/log"
  hook createRuntime 'exit 1'
  hook createRuntime "echo three >>$BATS_TEST_TMPDIR/log"
  refused createRuntime
  [ "$(cat "$BATS_TEST_TMPDIR/log")" = one ]
}

# bats test_tags=attack:BI-37
@test "a failing hook of each kind is named with its index, status and last words" {
  local kind
  for kind in prestart createRuntime createContainer startContainer; do
    example
    hook "$kind" 'exit 0'
    hook "$kind" 'echo some words; echo "the reason" >&2; exit 3'
    launch
    is 1 '' # its output is not the container's
    complains "/hooks/$kind/1: $kind hook 1 (/bin/sh) exited with status 3: some words the reason"
    nothing_left
  done
}

# bats test_tags=attack:BI-37
@test "a hook that is killed, missing, a directory or not executable is an error" {
  local kind
  for kind in createRuntime createContainer startContainer; do
    example
    hook "$kind" 'echo farewell; kill -KILL $$'
    refused "/hooks/$kind/0" "$kind hook 0 (/bin/sh) was killed by signal 9 (SIGKILL): farewell"
  done
  config '.hooks.createRuntime = [{path: "/no/such/hook"}]'
  refused '/hooks/createRuntime/0' 'createRuntime hook 0 (/no/such/hook): no such file or directory'
  config '.hooks.createRuntime = [{path: "/etc"}]'
  refused '/hooks/createRuntime/0' '/etc'
  config '.hooks.createRuntime = [{path: "/etc/passwd"}]'
  refused '/hooks/createRuntime/0' '/etc/passwd' 'permission denied'
  config '.hooks.createRuntime = [{path: "relative/hook"}]'
  refused '/hooks/createRuntime/0/path' '"relative/hook" is not an absolute path'
}

# bats test_tags=attack:BI-37
@test "the end of a hook's long stderr is printed" {
  hook createRuntime 'i=0; while [ $i -lt 3000 ]; do echo "line $i" >&2; i=$((i+1)); done; echo the-end >&2; exit 1'
  refused '/hooks/createRuntime/0' 'the-end'
}

@test "a failing startContainer hook fails start" {
  hook startContainer 'echo no >&2; exit 4'
  program sleep 1000
  create
  run --separate-stderr husk start "$ID"
  is 1
  complains 'startContainer hook 0 (/bin/sh) exited with status 4: no'
}

@test "a failing poststart hook fails start and stops the container" {
  hook poststart 'exit 5'
  program sleep 1000
  create
  run --separate-stderr husk start "$ID"
  is 1
  complains 'poststart hook 0'
  wait_for is_status stopped
}

@test "a failing poststop hook is a warning, and those after it run" {
  local log=$BATS_TEST_TMPDIR/log
  hook poststop 'exit 1'
  hook poststop "echo second >>$log"
  hook poststop 'exit 3'
  hook poststop "echo fourth >>$log"
  program true
  launch
  succeeded
  warns '/hooks/poststop/0: poststop hook 0' '/hooks/poststop/2: poststop hook 2'
  [ "$(first_word "$log")" = 'second fourth ' ]
  nothing_left
}

# bats test_tags=attack:BI-38
@test "a hook that takes longer than its timeout is killed with what it started" {
  local kind nap="sleep 9$BATS_ROOT_PID" # no other process sleeps so long
  for kind in createRuntime createContainer startContainer; do
    example
    hook "$kind" "$nap & $nap" '.timeout = 1'
    refused "/hooks/$kind/0" "$kind hook 0 (/bin/sh) was still running after 1 s and was killed (its timeout is 1 s)"
    never pgrep -f "^$nap\$"
  done
}

@test "a hook that has closed its stderr is still killed at its timeout" {
  hook createContainer 'exec 0<&- 1>&- 2>&-; sleep 1000' '.timeout = 1'
  refused createContainer
}

@test "a hook has ended when its process has, even if a child holds its stderr" {
  hook createContainer 'sleep 1000 & exit 0'
  program echo ran
  launch
  is 0 ran
}

# bats test_tags=attack:BI-39
@test "a hook that does not read its stdin, with a state of two megabytes" {
  config '.annotations = {long: ("x" * 2000000)}'
  hook createRuntime 'exec sleep 0.2' # long enough for husk to find the pipe full
  hook createRuntime "cat | wc -c >$BATS_TEST_TMPDIR/size"
  program echo fine
  launch
  is 0 fine
  [ "$(cat "$BATS_TEST_TMPDIR/size")" -gt 2000000 ]
}

@test "a createContainer hook runs with the configured working directory of the runtime or /" {
  hook createContainer "pwd >$BATS_TEST_TMPDIR/cwd"
  inside true
  [ -s "$BATS_TEST_TMPDIR/cwd" ]
}

@test "a hook gets args unchanged, including args[0]" {
  local args=$BATS_TEST_TMPDIR/args
  hook createRuntime "{ tr '\0' '|' </proc/\$\$/cmdline; echo \"\$0|\$1\"; } >$args" \
    '.args[0] = "argv-zero" | .args += ["a", "b c"]'
  inside true
  [[ "$(cat "$args")" == 'argv-zero|-c|'*'|a|b c|a|b c' ]]
}

# A process's rights, limits and priorities as in /proc; the hook writes them to a file, the program to its output.
rights='umask; id -G; nice; pwd
  grep -E "^(Uid|Gid|Groups|Cap[A-Za-z]*|NoNewPrivs|Seccomp):" /proc/self/status
  grep -E "^Max (open files|core file size)" /proc/self/limits; cat /proc/self/oom_score_adj'

@test "a startContainer hook has the rights of the container's program: user, capabilities, limits, filter" {
  plain
  config '.process.user = {uid: 1000, gid: 1000, additionalGids: [5, 7], umask: 63} | .process.oomScoreAdj = 321
    | .process.scheduler = {policy: "SCHED_OTHER", nice: 3} | .process.cwd = "/tmp"
    | .process.capabilities = {bounding: ["CAP_KILL", "CAP_CHOWN"], permitted: ["CAP_KILL"], effective: ["CAP_KILL"],
      inheritable: ["CAP_KILL"], ambient: ["CAP_KILL"]}
    | .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 19, hard: 20}, {type: "RLIMIT_CORE", soft: 0, hard: 0}]
    | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"],
      action: "SCMP_ACT_ERRNO"}]}
    | .hooks = {startContainer: [{path: "/bin/sh", args: ["sh", "-c", $script]}]}' \
    --arg script "mkdir /tmp/made; { $rights; } >/tmp/hook"
  local new_privileges
  for new_privileges in true false; do
    config '.process.noNewPrivileges = ($n == "true")' --arg n "$new_privileges"
    script "$rights"
    launch
    succeeded
    same "$(cat "$ROOTFS/tmp/hook")"
    says 'Seccomp:	2' 'CapBnd:	0000000000000021' 'CapEff:	0000000000000020' 'Uid:	1000' '321'
    [ ! -e "$ROOTFS/tmp/made" ]
    rm "$ROOTFS/tmp/hook"
  done
}

@test "if the profile prevents or kills a startContainer hook, the error names the profile, and husk-init keeps its own rights" {
  plain
  program sh -c 'chown 7 /tmp; echo ran'
  config '.hooks = {startContainer: [{path: "/bin/mkdir", args: ["mkdir", "/tmp/made"]}]}
    | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_KILL_PROCESS"}]}'
  launch
  failed
  complains 'startContainer hook 0 (/bin/mkdir) was killed by signal 31 (SIGSYS)' 'profile of linux.seccomp'
  config '.linux.seccomp.syscalls[0].names = ["execve"] | .linux.seccomp.syscalls[0].action = "SCMP_ACT_ERRNO"'
  launch
  failed
  complains 'startContainer hook 0 (/bin/mkdir): operation not permitted' 'denies execve'
  config '.linux.seccomp.syscalls[0].names = ["sethostname"]
    | .process.capabilities |= map_values(. + ["CAP_CHOWN"])'
  launch
  succeeded
  same ran
}

@test "a startContainer hook may not be a link of /proc, and only the program has the observer and the listener" {
  plain
  program true
  ln -s /proc/self/exe "$ROOTFS/bin/itself"
  config '.hooks = {startContainer: [{path: "/bin/itself"}]}'
  launch
  failed
  complains 'startContainer hook 0 (/bin/itself): it is a link to /proc/self/exe'
  config '.hooks = {startContainer: [{path: "/bin/sh", args: ["sh", "-c", "mkdir /tmp/made; echo $? >/tmp/hook"]}]}
    | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"}]}'
  launch --seccomp-explain
  succeeded
  [ "$(cat "$ROOTFS/tmp/hook")" = 1 ]
  launch --seccomp-record "$BATS_TEST_TMPDIR/profile"
  succeeded
  [ "$(cat "$ROOTFS/tmp/hook")" = 0 ] # what is recorded is allowed
}

@test "a createContainer hook starts in the root file system, also with shared mounts" {
  plain
  program true
  mkdir "$BATS_TEST_TMPDIR/bound" "$BATS_TEST_TMPDIR/here"
  touch "$BATS_TEST_TMPDIR/file"
  config '.mounts += [{destination: "/bound", type: "bind", source: $d, options: ["rbind", "rshared"]},
    {destination: "/file", type: "bind", source: $f, options: ["bind", "rshared"]}]
    | .hooks = {createContainer: [{path: "/bin/sh", args: ["sh", "-c", "pwd >\($d)/out"]}]}' \
    --arg d "$BATS_TEST_TMPDIR/bound" --arg f "$BATS_TEST_TMPDIR/file"
  cd "$BATS_TEST_TMPDIR/here"
  launch
  succeeded
  [ "$(cat "$BATS_TEST_TMPDIR/bound/out")" = "$ROOTFS" ]
}

@test "a startContainer hook has no listener: calls that would be notified fail with ENOSYS" {
  local agent
  plain
  agent=$(tool agent)
  "$agent" "$BATS_TEST_TMPDIR/agent.sock" continue >"$BATS_TEST_TMPDIR/log" 2>&1 3>&- &
  BACKGROUND=$!
  wait_for test -S "$BATS_TEST_TMPDIR/agent.sock"
  program mkdir /tmp/of-the-program
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: $socket,
    syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_NOTIFY"}]}
    | .hooks = {startContainer: [{path: "/bin/sh", args: ["sh", "-c", "mkdir /tmp/made 2>/tmp/said; true"]}]}' \
    --arg socket "$BATS_TEST_TMPDIR/agent.sock"
  launch
  succeeded
  grep -q 'Function not implemented' "$ROOTFS/tmp/said"
  [ -d "$ROOTFS/tmp/of-the-program" ]
}

@test "the program gets the signal handling from before a hook, or does not run" {
  local call when
  hook startContainer ':'
  program grep -E '^Sig(Blk|Ign|Cgt):' /proc/self/status
  run -0 --separate-stderr husk run --bundle "$BUNDLE" "$ID"
  local golden=$output
  for call in rt_sigprocmask rt_sigaction; do
    for when in $(printf '%s\n' 1 2 4 3 5 | sampled); do
      run --separate-stderr strace -f -qq -o /dev/null -e trace="$call" -e inject="$call:error=EIO:when=$when" \
        "$HUSK" --root "$ROOT" "${OPTIONS[@]}" run --bundle "$BUNDLE" "$ID"
      [ "$status" -ne 0 ] || [ "$output" = "$golden" ] || { echo "$call $when: $output"; return 1; }
      husk delete --force "$ID"
    done
  done
}
