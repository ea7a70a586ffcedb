#!/usr/bin/env bats
# exec: another program in a running container.
load bundle

# execute ARG...: stdout, stderr and status of `exec`.
execute() {
  run --separate-stderr husk exec "$@" </dev/null
}

# process_file FILTER: a process.json made from the config's process.
process_file() {
  jq ".process | $1" "$BUNDLE/config.json" >"$BATS_TEST_TMPDIR/process.json"
}

@test "exec runs a program in all namespaces of the container" {
  container_up
  execute "$ID" sh -c 'for n in pid net ipc uts mnt cgroup; do readlink /proc/self/ns/$n; done; hostname'
  succeeded
  local name expected=
  for name in pid net ipc uts mnt cgroup; do
    expected+="$(readlink "/proc/$PID/ns/$name")"$'\n'
  done
  same "${expected}husk"
}

@test "exec is in the container's cgroup" {
  container_up
  husk exec "$ID" sleep 1000 >/dev/null 2>&1 </dev/null &
  BACKGROUND=$!
  wait_for pgrep -f '^sleep 1000$'
  local pid found=0
  for pid in $(pgrep -f '^sleep 1000$'); do
    if [ "$pid" != "$PID" ] && grep -q "$ID" "/proc/$pid/cgroup"; then
      [ "$(cat "/proc/$pid/cgroup")" = "$(cat "/proc/$PID/cgroup")" ]
      found=1
    fi
  done
  [ "$found" = 1 ]
}

@test "exec gives the program's status, and 128 + N for a signal" {
  container_up
  local code
  for code in 0 3 255; do
    execute "$ID" sh -c "exit $code"
    failed_with "$code"
  done
  execute "$ID" sh -c 'kill -TERM $$'
  failed_with 143
}

@test "exec passes stdin, stdout and stderr" {
  container_up
  run bash -c "echo input | '$HUSK' --root '$STATE' exec '$ID' cat"
  same input
  execute "$ID" sh -c 'echo out; echo err >&2'
  [ "$output" = out ]
  [ "$stderr" = err ]
}

@test "options of exec: --cwd, --env, --user, --additional-gids" {
  container_up
  execute --cwd /tmp --env A=1 -e B=2 "$ID" sh -c 'pwd; echo $A$B'
  same '/tmp
12'
  execute --user 1000:1001 --additional-gids 5 --additional-gids 6 "$ID" sh -c 'id -u; id -g; id -G'
  same '1000
1001
1001 5 6'
}

@test "options after the id belong to the program" {
  container_up
  execute "$ID" echo --env -e --help
  same '--env -e --help'
}

@test "exec inherits the container's environment, user, capabilities and limits" {
  config '.process.env += ["FROM=config"] | .process.user = {"uid": 1000, "gid": 1001}'
  container_up
  execute "$ID" sh -c 'echo $FROM; id -u; ulimit -n; grep CapBnd /proc/self/status'
  same 'config
1000
1024
CapBnd:	00000000a80425fb'
}

@test "BI-44: exec inherits noNewPrivileges and the filter" {
  container_up
  execute "$ID" grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status
  same 'NoNewPrivs:	1
Seccomp:	2'
}

@test "exec --no-new-privs" {
  config '.process.noNewPrivileges = false'
  container_up
  execute "$ID" grep '^NoNewPrivs' /proc/self/status
  same 'NoNewPrivs:	0'
  execute --no-new-privs "$ID" grep '^NoNewPrivs' /proc/self/status
  same 'NoNewPrivs:	1'
}

@test "exec --process takes a process.json" {
  container_up
  process_file '.args = ["sh", "-c", "echo $X; id -u; pwd"] | .env += ["X=y"] | .user = {"uid": 7, "gid": 8} | .cwd = "/etc"'
  execute --process "$BATS_TEST_TMPDIR/process.json" "$ID"
  same 'y
7
/etc'
}

@test "a bad process.json is refused with its place" {
  container_up
  process_file '.args = []'
  execute --process "$BATS_TEST_TMPDIR/process.json" "$ID"
  [ "$status" -ne 0 ]
  complains '/args'
  process_file '.user.uid = -1'
  execute --process "$BATS_TEST_TMPDIR/process.json" "$ID"
  complains '/user/uid'
}

@test "exec --detach writes a pid file without a newline, and the process is past its execve" {
  container_up
  husk exec --detach --pid-file "$BATS_TEST_TMPDIR/pid" "$ID" sleep 1000 </dev/null >/dev/null 2>&1
  local pid
  pid=$(cat "$BATS_TEST_TMPDIR/pid")
  [ "$(wc -l <"$BATS_TEST_TMPDIR/pid")" -eq 0 ]
  [ "$(tr '\0' ' ' <"/proc/$pid/cmdline")" = 'sleep 1000 ' ]
}

@test "exec of a program that is not there" {
  container_up
  execute "$ID" badsh
  [ "$status" -ne 0 ]
  complains 'executable file not found in $PATH'
  execute --detach --pid-file "$BATS_TEST_TMPDIR/pid" "$ID" /no/such
  [ "$status" -ne 0 ]
  complains '/no/such' 'no such file or directory'
  [ ! -e "$BATS_TEST_TMPDIR/pid" ]
  execute "$ID" /etc/passwd
  complains 'permission denied'
}

@test "exec in a created and in a stopped container" {
  husk create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
  execute "$ID" echo works
  [ "$status" -ne 0 ] || same works
  husk kill "$ID" KILL
  wait_for is_status stopped
  execute "$ID" true
  [ "$status" -ne 0 ]
  complains 'not running'
}

@test "exec --cap adds capabilities" {
  container_up
  execute --cap CAP_SYS_PTRACE "$ID" grep -E '^Cap(Bnd|Eff)' /proc/self/status
  same 'CapEff:	00000000a80c25fb
CapBnd:	00000000a80c25fb'
}

@test "exec needs a program or a process file" {
  container_up
  execute "$ID"
  [ "$status" -ne 0 ]
}

@test "exec --preserve-fds" {
  container_up
  run bash -c "echo through 3>&1 | '$HUSK' --root '$STATE' exec --preserve-fds 1 '$ID' sh -c 'cat <&3' 3<&0"
  same through
}

@test "many execs at once" {
  container_up
  local i
  for i in 1 2 3 4 5 6 7 8; do
    husk exec "$ID" echo "number $i" </dev/null >"$BATS_TEST_TMPDIR/out.$i" 2>&1 &
  done
  wait
  for i in 1 2 3 4 5 6 7 8; do
    [ "$(cat "$BATS_TEST_TMPDIR/out.$i")" = "number $i" ]
  done
}

@test "exec of a container with its mount, pid and network shared by path" {
  container_up
  execute "$ID" sh -c 'ls /proc | grep -c "^[0-9]*$"'
  succeeded
  [ "$output" -le 4 ]
}

@test "exec that cannot start: 127, 126, 255, with the words that clients match" {
  container_up
  run -127 husk exec "$ID" nosuch
  is 127
  says 'exec: "nosuch": executable file not found in $PATH'
  run husk exec "$ID" /etc/passwd
  is 126
  says 'permission denied'
  run husk exec "$ID"
  is 255
}
