#!/usr/bin/env bats
# exec: another program in a running container.
load bundle

# execute [-127] ARG...: stdout, stderr and status of `exec`. (bats warns about 127 unless it is expected.)
execute() {
  local expected=()
  if [[ "$1" == -127 ]]; then
    expected=("$1")
    shift
  fi
  run "${expected[@]}" --separate-stderr timeout --foreground 60 "$HUSK" --root "$ROOT" exec "$@" </dev/null
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
  husk exec --detach --pid-file "$BATS_TEST_TMPDIR/pid" "$ID" sleep 1000 </dev/null >/dev/null 2>&1
  local pid
  pid=$(cat "$BATS_TEST_TMPDIR/pid")
  grep -q "$ID" "/proc/$pid/cgroup"
  diff "/proc/$pid/cgroup" "/proc/$PID/cgroup"
  execute "$ID" cat /proc/self/cgroup
  says ':/'
  says_not "$ID"
}

@test "exec returns the program's status, and 128 + N for a signal" {
  container_up
  local code
  for code in 0 3 255; do
    execute "$ID" sh -c "exit $code"
    is "$code"
  done
  execute "$ID" sh -c 'kill -TERM $$; sleep 5'
  is 143
}

@test "exec passes stdin, stdout and stderr" {
  container_up
  run bash -c "echo input | '$HUSK' --root '$ROOT' exec '$ID' cat"
  is 0 input
  execute "$ID" sh -c 'echo out; echo err >&2'
  is 0 out
  [ "$stderr" = err ]
}

@test "options of exec: --cwd, --env, --user, --additional-gids" {
  container_up
  execute --cwd /tmp --env A=1 -e B=2 "$ID" sh -c 'pwd; echo $A$B'
  is 0 '/tmp
12'
  execute --user 1000:1001 --additional-gids 5 -g 6 "$ID" sh -c 'id -u; id -g; id -G'
  is 0 '1000
1001
1001 5 6'
}

@test "the last of several variables of one name counts, in a config and for exec --env" {
  plain
  config '.process.env = ["A=1", "PATH=/bin", "AB=x", "A=2"]'
  container_up 'busybox env >/out; sleep 1000'
  wait_for grep -q ^HOME= "$ROOTFS/out"
  [ "$(grep -c ^A= "$ROOTFS/out")" = 1 ]
  grep -qx A=2 "$ROOTFS/out"
  grep -qx AB=x "$ROOTFS/out"
  run husk exec --env A=3 --env PATH=/bin:/sbin "$ID" env
  is 0
  [ "$(grep -E '^(A|PATH)=' <<<"$output")" = $'A=3\nPATH=/bin:/sbin' ]
}

# bats test_tags=any-machine
@test "options after the id belong to the program" {
  container_up
  execute "$ID" echo --env -e --help
  is 0 '--env -e --help'
}

@test "exec inherits the container's environment, user, capabilities and limits" {
  config '.process.env += ["FROM=config"] | .process.user = {uid: 1000, gid: 1001}'
  container_up
  execute "$ID" sh -c 'echo $FROM; id -u; ulimit -n; grep CapBnd /proc/self/status'
  is 0 'config
1000
1024
CapBnd:	00000000a80425fb'
}

# bats test_tags=attack:BI-44
@test "exec inherits noNewPrivileges and the filter" {
  container_up
  execute "$ID" grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status
  is 0 'NoNewPrivs:	1
Seccomp:	2'
}

@test "exec --no-new-privs sets no_new_privs" {
  config '.process.noNewPrivileges = false'
  container_up
  execute "$ID" grep '^NoNewPrivs' /proc/self/status
  is 0 'NoNewPrivs:	0'
  execute --no-new-privs "$ID" grep '^NoNewPrivs' /proc/self/status
  is 0 'NoNewPrivs:	1'
}

@test "exec --process takes a process.json" {
  container_up
  process_file '.args = ["sh", "-c", "echo $X; id -u; pwd"] | .env += ["X=y"]
    | .user = {uid: 7, gid: 8} | .cwd = "/etc"'
  execute --process "$BATS_TEST_TMPDIR/process.json" "$ID"
  is 0 'y
7
/etc'
}

# bats test_tags=any-machine
@test "a bad process.json is refused with its place" {
  container_up
  process_file '.args = []'
  execute --process "$BATS_TEST_TMPDIR/process.json" "$ID"
  is 255
  complains '/args'
  echo '{"cwd": "x", "args": []}' >"$BATS_TEST_TMPDIR/process.json"
  execute --process "$BATS_TEST_TMPDIR/process.json" "$ID"
  is 255
  complains 'process.json:1:22: /args: the array is empty'
  process_file '.user.uid = -1'
  execute --process "$BATS_TEST_TMPDIR/process.json" "$ID"
  is 255
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

# bats test_tags=any-machine
@test "a command beside exec --process is ignored, with a warning" {
  container_up
  echo '{"args": ["echo", "of the file"], "cwd": "/", "user": {"uid": 0, "gid": 0}}' >"$BATS_TEST_TMPDIR/process.json"
  run -0 --separate-stderr "$HUSK" --root "$ROOT" --log "$BATS_TEST_TMPDIR/log" exec --process "$BATS_TEST_TMPDIR/process.json" "$ID" \
    echo other </dev/null
  [ "$output" = 'of the file' ]
  grep -q 'level=warning msg="exec runs the process in --process: the command is ignored"' "$BATS_TEST_TMPDIR/log"
}

@test "exec --process warns about the file, however long its name is, and not again about config.json" {
  config '.process.capabilities.ambient = ["CAP_SYS_TIME"]' # a warning of create
  container_up
  local name directory
  printf -v name '%0120d' 0
  directory=$BATS_TEST_TMPDIR/$name/$name
  mkdir -p "$directory"
  process_file '.args = ["true"] | .capabilities.ambient = [] | .capabilities.effective = ["CAP_CHOWN"] | .capabilities.permitted = []
    | .capabilities.inheritable = []'
  mv "$BATS_TEST_TMPDIR/process.json" "$directory/"
  run -0 --separate-stderr "$HUSK" --root "$ROOT" --log "$BATS_TEST_TMPDIR/log" exec --process "$directory/process.json" "$ID" </dev/null
  grep -q 'process.json:.*CAP_CHOWN' "$BATS_TEST_TMPDIR/log"
  ! grep -q CAP_SYS_TIME "$BATS_TEST_TMPDIR/log"
}

@test "exec --process --detach: the process writes where it was told, and lives on" {
  container_up
  process_file '.args = ["sh", "-c", "echo $X; exec sleep 1000"] | .env += ["X=y"]'
  husk exec --process "$BATS_TEST_TMPDIR/process.json" --detach --pid-file "$BATS_TEST_TMPDIR/pid" "$ID" \
    </dev/null >"$BATS_TEST_TMPDIR/said" 2>&1 3>&-
  wait_for grep -qx y "$BATS_TEST_TMPDIR/said"
  wait_for grep -q '^State:.S' "/proc/$(cat "$BATS_TEST_TMPDIR/pid")/status"
}

@test "exec of a program that is missing, not executable, or not given: 127, 126, 255" {
  container_up
  execute -127 "$ID" badsh
  is 127 ''
  complains 'exec: "badsh": executable file not found in $PATH'
  execute -127 --detach --pid-file "$BATS_TEST_TMPDIR/pid" "$ID" /no/such
  is 127
  complains '/no/such' 'no such file or directory'
  [ ! -e "$BATS_TEST_TMPDIR/pid" ]
  process_file '.args = ["/no/such"]'
  execute -127 --process "$BATS_TEST_TMPDIR/process.json" --detach --pid-file "$BATS_TEST_TMPDIR/pid" "$ID"
  is 127
  [ ! -e "$BATS_TEST_TMPDIR/pid" ]
  execute "$ID" /etc/passwd
  is 126
  complains 'permission denied'
  execute "$ID"
  is 255
}

@test "exec --process reads what is not a regular file: a pipe, standard input, a socket" {
  container_up
  process_file '.args = ["echo", "read"]'
  run --separate-stderr husk exec --process <(cat "$BATS_TEST_TMPDIR/process.json") "$ID" </dev/null
  is 0 read
  run --separate-stderr husk exec --process /dev/stdin "$ID" < <(cat "$BATS_TEST_TMPDIR/process.json")
  is 0 read
  run --separate-stderr husk exec --process /dev/stdin "$ID" <"$BATS_TEST_TMPDIR/process.json"
  is 0 read
  run --separate-stderr python3 -c '
import socket, subprocess, sys
ours, theirs = socket.socketpair()
ours.sendall(open(sys.argv[1], "rb").read())
ours.shutdown(socket.SHUT_WR)
sys.exit(subprocess.run(sys.argv[2:], stdin=theirs).returncode)' \
    "$BATS_TEST_TMPDIR/process.json" "$HUSK" --root "$ROOT" exec --process /dev/stdin "$ID"
  is 0 read
  execute --process "$BATS_TEST_TMPDIR" "$ID"
  is 255 ''
  complains "read $BATS_TEST_TMPDIR: is a directory"
  execute --process /dev/zero "$ID"
  is 255 ''
  complains '/dev/zero is larger than the limit of 16 MiB'
  execute --process /dev/null "$ID"
  is 255 ''
  complains 'not valid JSON'
}

# bats test_tags=any-machine
@test "exec accepts -- between the id and the command, and nowhere else" {
  container_up
  execute "$ID" -- echo -- one
  is 0 '-- one'
  execute -- "$ID" echo two --tty
  is 0 'two --tty'
  execute "$ID" --
  is 255 ''
  complains 'exec needs a command or --process'
}

# bats test_tags=attack:CL-14
@test "exec works in a created container and fails in a stopped one" {
  script 'echo started; exec sleep 1000'
  create
  execute "$ID" sh -c 'readlink /proc/self/ns/mnt; id -u; pwd'
  is 0 "$(readlink "/proc/$(husk state "$ID" | jq .pid)/ns/mnt")
0
/"
  is_status created
  husk start "$ID"
  wait_for grep -qx started "$BATS_TEST_TMPDIR/out"
  husk kill "$ID" KILL
  wait_for is_status stopped
  execute "$ID" true
  is 255
  complains 'container not running'
}

@test "exec --cap adds capabilities to the bounding, effective and permitted sets only" {
  container_up
  execute --cap CAP_SYS_PTRACE "$ID" grep -E '^Cap' /proc/self/status
  is 0 'CapInh:	0000000000000000
CapPrm:	00000000a80c25fb
CapEff:	00000000a80c25fb
CapBnd:	00000000a80c25fb
CapAmb:	0000000000000000'
  execute --cap CAP_SYS_ADMIN "$ID" grep -E '^CapEff' /proc/self/status
  is 0 'CapEff:	00000000a82425fb'
}

@test "exec --cap leaves out unknown capabilities, with a warning" {
  container_up
  run -0 --separate-stderr "$HUSK" --root "$ROOT" --log "$BATS_TEST_TMPDIR/log" exec --cap CAP_OF_TOMORROW --cap CAP_SYS_PTRACE --cap net_raw \
    "$ID" grep -E '^CapEff' /proc/self/status </dev/null
  [ "$output" = 'CapEff:	00000000a80c25fb' ]
  grep -q 'level=warning msg="--cap .*CAP_OF_TOMORROW.* is not a capability: left out"' "$BATS_TEST_TMPDIR/log"
  grep -q 'net_raw.* is not a capability' "$BATS_TEST_TMPDIR/log"
}

@test "exec --cap is effective for a user who is not root" {
  container_up
  execute --user 1000:1000 --cap CAP_NET_RAW --cap CAP_SYS_PTRACE "$ID" grep -E '^Cap(Inh|Prm|Eff|Amb)' /proc/self/status
  [ "$(cut -f2 <<<"$output" | sort -u)" = 0000000000082000 ]
  execute --user 1000 "$ID" grep -E '^Cap(Inh|Prm|Eff|Amb)' /proc/self/status
  [ "$(cut -f2 <<<"$output" | sort -u)" = 0000000000000000 ]
}

@test "run and exec keep the caller's additional groups if the config's annotation asks for it" {
  with_groups() { timeout 20 setpriv --groups 71,72 "$HUSK" --root "$ROOT" "$@" </dev/null; }
  program sh -c 'id -G; exec sleep 1000'
  config '.process.user.additionalGids = [9] | .annotations = {"run.oci.keep_original_groups": "1"}'
  with_groups run --detach --bundle "$BUNDLE" "$ID" >"$BATS_TEST_TMPDIR/out"
  wait_for grep -qx '0 71 72' "$BATS_TEST_TMPDIR/out"
  run with_groups exec "$ID" id -G
  is 0 '0 71 72'
  husk delete --force "$ID"
  # with a user namespace in which they have no number
  config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
    | .linux.gidMappings = [{containerID: 0, hostID: 71, size: 1}, {containerID: 1, hostID: 100000, size: 1000}] | .process.args = ["id", "-G"]'
  run with_groups run --bundle "$BUNDLE" "$ID"
  is 0 '0 65534'
  config 'del(.annotations)'
  run with_groups run --bundle "$BUNDLE" "$ID"
  is 0 '0 9'
}

# bats test_tags=attack:CV-21
@test "inheritable stays empty, for run and for exec --cap" {
  container_up "grep -E '^Cap(Inh|Amb)' /proc/self/status; sleep 1000"
  wait_for grep -q CapAmb "$BATS_TEST_TMPDIR/out"
  [ "$(cut -f2 "$BATS_TEST_TMPDIR/out" | sort -u)" = 0000000000000000 ]
  execute --cap CAP_NET_RAW "$ID" sh -c "grep -E '^Cap(Inh|Amb)' /proc/self/status | cut -f2 | sort -u"
  is 0 0000000000000000
}

# bats test_tags=attack:CV-22
@test "exec --user takes the numbers as they are, and only numbers" {
  container_up
  execute --user 1:2 "$ID" sh -c 'id -u; id -g'
  is 0 $'1\n2'
  execute --user 0:5 "$ID" sh -c 'id -u; id -g'
  is 0 $'0\n5'
  execute -u 1 "$ID" sh -c 'id -u; id -g'
  is 0 $'1\n0'
  execute --user 01 "$ID" id -u
  [ "$status" -ne 0 ] || same 1
  execute --user root "$ID" id
  is 255
  complains 'is not a number'
  local bad
  for bad in -1 4294967295 4294967296 x 1:x 1: :1 '1:2:3' ''; do
    execute --user "$bad" "$ID" id -u
    [ "$status" -ne 0 ] || [[ "$bad" == 1: && "$output" == 1 ]]
  done
}

# bats test_tags=attack:CV-39
@test "an entry of passwd whose name is a number is not matched by a uid" {
  printf 'root:x:0:0::/root:/bin/sh\n1000:x:0:0::/evil:/bin/sh\nreal:x:1000:1000::/home/real:/bin/sh\n' \
    >"$ROOTFS/etc/passwd"
  config '.process.user = {uid: 1000, gid: 1000}'
  container_up 'id -u; echo $HOME; sleep 1000'
  wait_for grep -q home "$BATS_TEST_TMPDIR/out"
  [ "$(cat "$BATS_TEST_TMPDIR/out")" = '1000
/home/real' ]
  execute --user 1000 "$ID" id -u
  is 0 1000
}

# bats test_tags=attack:CV-34
@test "exec loads nothing of the container's" {
  mkdir -p "$ROOTFS/etc" "$ROOTFS/lib" "$ROOTFS/usr/lib"
  echo /evil.so >"$ROOTFS/etc/ld.so.preload"
  echo 'passwd: evil' >"$ROOTFS/etc/nsswitch.conf"
  container_up
  strace -f -o "$BATS_TEST_TMPDIR/trace" -e trace=open,openat,openat2,execve \
    "$HUSK" --root "$ROOT" exec "$ID" true
  grep -q execve "$BATS_TEST_TMPDIR/trace"
  never grep -E 'ld.so|nsswitch|evil|locale|libnss' "$BATS_TEST_TMPDIR/trace"
}

@test "the CPUs of execCPUAffinity hold for exec" {
  config '.process.execCPUAffinity = {final: "0"}'
  container_up
  execute "$ID" grep Cpus_allowed_list /proc/self/status
  is 0 'Cpus_allowed_list:	0'
}

# bats test_tags=attack:CC-06
@test "many execs into a container at once all succeed" {
  container_up
  local i pids=()
  for i in 1 2 3 4 5 6 7 8; do
    husk exec "$ID" echo "number $i" </dev/null >"$BATS_TEST_TMPDIR/out.$i" 2>&1 3>&- &
    pids+=($!)
  done
  wait "${pids[@]}"
  for i in 1 2 3 4 5 6 7 8; do
    [ "$(cat "$BATS_TEST_TMPDIR/out.$i")" = "number $i" ]
  done
}

@test "exec sees only the container's processes" {
  container_up
  execute "$ID" sh -c 'ls /proc | grep -c "^[0-9]*$"'
  succeeded
  [ "$output" -le 4 ]
}

# bats test_tags=any-machine
@test "an error about an option of exec does not point into config.json" {
  container_up
  run --separate-stderr husk exec --cwd /nowhere "$ID" true
  is 255 ''
  [ "$stderr" = 'husk: error: change to the working directory /nowhere: no such file or directory (it is not in the root file system)' ]
}
