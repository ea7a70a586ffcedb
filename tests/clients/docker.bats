#!/usr/bin/env bats
# docker with the runtime under test configured in its daemon. tests/clients/run runs it.
load docker

@test "the daemon has the runtime" {
  [ "$(d info --format '{{.DefaultRuntime}} {{(index .Runtimes "tested").Path}}')" = "tested $RUNTIME_PATH" ]
}

@test "run: output, errors, exit status" {
  launch -- sh -c 'echo out; echo err >&2; exit 7'
  is 7 out
  [ "$stderr" = err ]
}

@test "run: status 127 for a missing program, 126 for one that cannot be executed, 125 for a wrong option" {
  EXPECTED=-127
  launch -- nosuch
  launch -- /no/such
  EXPECTED=
  launch -- /etc/passwd
  is 126
  launch -- /etc
  is 126
  launch --memory 1 -- true
  is 125
}

@test "run: mounting a directory on a file fails with the runtime's message" {
  launch --volume /etc:/etc/passwd -- true
  [[ "$status ${stderr,,}" = 12[57]*'not a directory'* ]] || { echo "$status $stderr"; return 1; }
}

@test "run: stdin, a terminal and its size" {
  run d run --rm --interactive --network none "$IMAGE" cat <<<line
  is 0 line
  in_terminal '# =until stty size | grep ^24; do sleep 0.1; done\nexit 5\n' -- env HOME="$BOX/home" docker --host "$DOCKER" run --rm -it --network none "$IMAGE" sh
  [[ "$status $output" = 5*'24 80'* ]] || { echo "$output"; return 1; }
}

@test "run: environment, working directory, user, groups" {
  launch --env A=b --workdir /tmp --user 1000:1000 --group-add 2000 -- sh -c 'echo $A $PWD $(id -u) $(id -g) $(id -G)'
  is 0 'b /tmp 1000 1000 1000 2000'
}

@test "exec: output, exit status, user, directory; 127 and 126" {
  up -- sleep 1000
  run --separate-stderr d exec "$NAME" sh -c 'echo out; echo err >&2; exit 3'
  is 3 out
  [ "$stderr" = err ]
  run d exec --user 1000 --workdir /tmp --env A=b "$NAME" sh -c 'echo $A $PWD $(id -u)'
  is 0 'b /tmp 1000'
  run --separate-stderr d exec "$NAME" /etc/passwd
  is 126
  # newer clients end with 127 here
  d exec "$NAME" nosuch >"$BOX/error" 2>&1 || status=$?
  [[ "$status" = 12[67] && "$(cat "$BOX/error")" = *'not found in $PATH'* ]]
}

@test "exec: a terminal that changes its size; attached stdin" {
  up -- sleep 1000
  # docker's client listens for changes a moment after the program's start
  in_terminal '# =sleep 0.7; stty size\n' '24 80=resize' '# =until stty size | grep ^43; do sleep 0.1; done\n' '43 132=exit 6\n' -- env HOME="$BOX/home" docker --host "$DOCKER" exec -it "$NAME" sh
  is 6
  run d exec --interactive "$NAME" cat <<<line
  is 0 line
}

@test "an image's own user writes to /dev/stdout and /dev/stderr by name: run and exec, with pipes and at a terminal" {
  IMAGE=$USER_IMAGE
  launch -- sh -c "$BY_NAME"
  is 0 $'1000\nout'
  [ "$stderr" = err ]
  in_terminal -- env HOME="$BOX/home" docker --host "$DOCKER" run --rm -it --network none "$IMAGE" sh -c "$BY_NAME"
  shown 0 $'1000\nout\nerr'
  up -- sleep 1000
  run --separate-stderr d exec "$NAME" sh -c "$BY_NAME"
  is 0 $'1000\nout'
  [ "$stderr" = err ]
  in_terminal -- env HOME="$BOX/home" docker --host "$DOCKER" exec -it "$NAME" sh -c "$BY_NAME"
  shown 0 $'1000\nout\nerr'
}

@test "run: a tmpfs on a directory of the image has the directory's mode, unless it sets its own" {
  launch --tmpfs /run --tmpfs /tmp --tmpfs /etc:mode=700,uid=1000 -- \
    sh -c 'stat -c "%a %u" /run /tmp /etc; ls -A /run; grep -c " /run tmpfs rw,nosuid,nodev,noexec" /proc/mounts'
  is 0 $'711 0\n1777 0\n700 1000\n1'
}

@test "the default profile, none with unconfined, or the one of a file" {
  echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28}]}' >"$BOX/profile.json"
  launch -- sh -c "$STATUS"
  [[ "$status $output" = 0*'Seccomp 2' ]]
  launch --security-opt seccomp=unconfined -- sh -c "$STATUS"
  [[ "$status $output" = 0*'Seccomp 0' ]]
  launch --security-opt seccomp="$BOX/profile.json" -- mkdir /tmp/x
  is 1
  [[ "$stderr" = *'No space left'* ]]
}

@test "privileged: all capabilities that the host's root has, no filter" {
  launch --privileged -- sh -c "$STATUS; ls /dev | wc -l"
  is 0
  [[ "$output" = "CapEff 00000"*$'\nNoNewPrivs 0\nSeccomp 0\n'* ]]
  [ $((0x$(sed -n 's/^CapEff //p' <<<"$output") & ~0x$(sed -n 's/^CapEff:\t//p' /proc/self/status))) -eq 0 ]
}

@test "exec --privileged has the container's filter" {
  up -- sleep 1000
  run d exec --privileged "$NAME" sh -c "$STATUS"
  [[ "$status $output" = 0*'Seccomp 2' ]]
}

@test "capabilities: added, dropped, none; no-new-privileges" {
  launch --cap-drop all --cap-add net_admin --cap-add kill -- sh -c "$STATUS"
  [[ "$output" = 'CapEff 0000000000001020'* ]]
  launch --user 1000 --security-opt no-new-privileges -- sh -c "$STATUS"
  [[ "$output" = 'CapEff 0000000000000000'*'NoNewPrivs 1'* ]]
}

@test "a read-only root, tmpfs, a bind, a device" {
  mkdir -p "$BOX/volume"
  launch --read-only --tmpfs /scratch --volume "$BOX/volume:/v" --device /dev/kmsg:/dev/mine:w -- \
    sh -c 'touch /x 2>/dev/null || echo closed; touch /scratch/x && echo kept >/v/file; true >/dev/mine || echo closed; true 2>/dev/null </dev/mine || echo denied'
  is 0 $'closed\ndenied'
  [ "$(cat "$BOX/volume/file")" = kept ]
}

@test "limits are in the cgroup; update changes them; stats and top see it" {
  up --memory 64m --pids-limit 50 --cpus 0.5 -- sleep 1000
  [ "$(limit memory.limit_in_bytes)$(limit memory.max)" = 67108864 ]
  [ "$(limit pids.max)" = 50 ]
  d update --memory 32m --memory-swap 64m --cpus 0.25 --pids-limit 40 "$NAME" >/dev/null
  [ "$(limit memory.limit_in_bytes)$(limit memory.max)" = 33554432 ]
  [ "$(limit pids.max)" = 40 ]
  [[ "$(limit cpu.cfs_quota_us)$(limit cpu.max)" = 25000* ]]
  d stats --no-stream --format '{{.Name}} {{.PIDs}}' "$NAME" | grep -qx "$NAME 1"
  d top "$NAME" | grep -q 'sleep 1000'
}

@test "an OOM kill is reported as one" {
  up --memory 16m -- sh -c 'sleep 0.3; exec tail /dev/zero' # containerd watches for OOM kills only after the start
  wait_for in_state exited
  [ "$(now 'ExitCode}} {{.State.OOMKilled')" = '137 true' ]
}

@test "pause, unpause, kill, stop, logs, wait" {
  up -- sh -c 'trap "exit 9" TERM; echo started; while :; do sleep 0.05; done'
  d pause "$NAME" >/dev/null
  in_state paused
  d unpause "$NAME" >/dev/null
  in_state running
  d logs "$NAME" | grep -qx started
  d stop --time 5 "$NAME" >/dev/null
  [ "$(now ExitCode)" = 9 ]
  d start "$NAME" >/dev/null
  d kill "$NAME" >/dev/null
  [ "$(d wait "$NAME")" = 137 ]
}

# has_run TIMES
has_run() {
  [ "$(d logs "$NAME" | grep -c ran)" = "$1" ]
}

@test "a restart policy" {
  up --restart on-failure:2 -- sh -c 'echo ran; exit 1'
  wait_for has_run 3
  wait_for in_state exited
  has_run 3
}

@test "cp into a running container and out of it" {
  up -- sleep 1000
  echo copied >"$BOX/file"
  d cp "$BOX/file" "$NAME:/tmp/file" >/dev/null
  run d exec "$NAME" cat /tmp/file
  is 0 copied
  d cp "$NAME:/tmp/file" "$BOX/back" >/dev/null
  cmp "$BOX/file" "$BOX/back"
}

@test "ulimits within the caller's limits, a host name and sysctls" {
  launch --ulimit nofile=100:200 --hostname mine --sysctl net.ipv4.ip_forward=1 -- sh -c 'ulimit -n; ulimit -Hn; hostname; cat /proc/sys/net/ipv4/ip_forward'
  is 0 $'100\n200\nmine\n1'
}

@test "namespaces of the host, of another container" {
  launch --pid host --uts host -- sh -c 'test $$ -ne 1 && hostname'
  is 0 "$(hostname)"
  up -- sleep 1000
  launch --pid "container:$NAME" --ipc "container:$NAME" -- sh -c 'ps -o comm | grep -x sleep'
}

@test "twenty at once" {
  at_once 20 d run --rm --network none "$IMAGE" sh -c 'exit "$0"'
}
