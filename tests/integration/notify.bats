# SCMP_ACT_NOTIFY: who gets the listener, what is notified, and what happens if the agent fails.
load bundle

setup() {
  bundle_make
  plain
  AGENT=$(tool agent)
  SOCKET=$BATS_TEST_TMPDIR/agent.sock
  LOG=$BATS_TEST_TMPDIR/agent.log
}

# agent MODE: one in the background.
agent() {
  "$AGENT" "$SOCKET" "$1" >"$LOG" 2>&1 3>&- &
  BACKGROUND="$BACKGROUND $!"
  wait_for test -S "$SOCKET"
}

# notifies JSON: the profile; its listenerPath is the agent's.
notifies() {
  config '.linux.seccomp = ($profile + {listenerPath: $socket})' --argjson profile "$1" --arg socket "$SOCKET"
}

everything='{"defaultAction": "SCMP_ACT_NOTIFY"}'

# the number of a call, here and in the log
number() { python3 -c "import sys; print({'x86_64': {'execve': 59, 'write': 1, 'exit_group': 231, 'mkdir': 83}}.get('$(uname -m)',
  {'execve': 221, 'write': 64, 'exit_group': 94, 'mkdir': 34})['$1'])"; }

# bats test_tags=attack:LS-15
@test "every call is notified, beginning with the program's execve" {
  local new_privileges
  agent continue
  script 'echo fine'
  notifies "$everything"
  for new_privileges in true false; do
    config '.process.noNewPrivileges = $n | .process.user = {uid: 1000, gid: 1000}' --argjson n "$new_privileges"
    launch
    succeeded
    same fine
  done
  [ "$(grep -c '^state' "$LOG")" = 2 ]
  [ "$(grep -m1 '^call' "$LOG")" = "call $(number execve)" ]
  grep -q "^call $(number write)\$" "$LOG"
  grep -q "^call $(number exit_group)\$" "$LOG"
}

# proves: listener-stream listener-one-state listener-closed listener-payload listener-first-send
# bats test_tags=attack:LS-14
@test "one message, one descriptor, the container process state" {
  agent continue
  program true
  notifies '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["execve"], "action": "SCMP_ACT_NOTIFY"}],
    "listenerMetadata": "some text"}'
  config '.annotations = {"a.b/c": "d"}'
  husk create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
  local pid
  pid=$(husk state "$ID" | jq .pid)
  husk start "$ID"
  wait_for is_status stopped
  [ "$(grep '^descriptors' "$LOG")" = 'descriptors 1' ]
  [ "$(sed -n 's/^state //p' "$LOG" | jq -s length)" = 1 ]
  sed -n 's/^state //p' "$LOG" | jq -e --arg id "$ID" --arg bundle "$BUNDLE" --argjson pid "$pid" '
    .ociVersion == "1.3.0" and .fds == ["seccompFd"] and .pid == $pid and .metadata == "some text" and .state.id == $id and
    .state.bundle == $bundle and .state.status == "created" and .state.pid == $pid and .state.annotations["a.b/c"] == "d"'
}

# proves: listener-first-send listener-payload listener-one-state listener-closed
@test "a state that takes several sends: the descriptor is in the first one only" {
  agent continue
  program true
  notifies "$everything"
  config '.linux.seccomp.listenerMetadata = ("x" * 800000)'
  run --separate-stderr timeout 60 strace -f -e trace=sendmsg -o "$BATS_TEST_TMPDIR/trace" \
    "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null
  succeeded
  [ "$(grep -c 'sendmsg(.*ociVersion.*SCM_RIGHTS' "$BATS_TEST_TMPDIR/trace")" = 1 ]
  [ "$(grep -c 'sendmsg(.*xxxx' "$BATS_TEST_TMPDIR/trace")" -gt 1 ]
  never grep 'sendmsg(.*xxxx.*SCM_RIGHTS' "$BATS_TEST_TMPDIR/trace"
  [ "$(grep -c '^descriptors' "$LOG")" = 1 ]
  [ "$(head -n 1 "$LOG")" = 'descriptors 1' ]
  sed -n 's/^state //p' "$LOG" | jq -se 'length == 1 and (.[0].metadata | length) == 800000'
}

# proves: listener-stream listener-sending-fails
@test "a listenerPath that is not a stream socket is refused" {
  local type
  for type in SOCK_DGRAM SOCK_SEQPACKET; do
    SOCKET=$BATS_TEST_TMPDIR/$type
    python3 -c "import socket, sys, time
s = socket.socket(socket.AF_UNIX, socket.$type)
s.bind(sys.argv[1])
if socket.$type != socket.SOCK_DGRAM: s.listen()
time.sleep(1000)" "$SOCKET" 3>&- &
    BACKGROUND="$BACKGROUND $!"
    wait_for test -S "$SOCKET"
    notifies "$everything"
    refused /linux/seccomp/listenerPath "$SOCKET" 'wrong type for socket'
  done
}

@test "a message that agents cannot read at once is sent without annotations" {
  agent continue
  program true
  notifies "$everything"
  config '.annotations = {"long": ("x" * 20000)}'
  launch
  succeeded
  sed -n 's/^state //p' "$LOG" | jq -e '.state.annotations == {}'
}

# proves: listener-one-state listener-closed
# bats test_tags=attack:LS-16
@test "a program of exec has a listener of its own" {
  agent continue
  notifies '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_NOTIFY"}]}'
  container_up
  husk exec "$ID" mkdir /tmp/x
  [ "$(grep -c '^state' "$LOG")" = 2 ]
  sed -n 's/^state //p' "$LOG" | tail -1 | jq -e --argjson pid "$PID" '.state.status == "running" and .pid != $pid and .state.pid == $pid'
  [ -d "$ROOTFS/tmp/x" ]
}

@test "the program gets the agent's answers" {
  agent errno
  script 'mkdir /tmp/x 2>&1; echo after'
  notifies '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_NOTIFY"}]}'
  launch
  says 'Function not implemented' 'after'
}

# bats test_tags=attack:LS-10
@test "the program inherits neither the listener nor the agent's socket" {
  agent continue
  script 'ls -l /proc/self/fd /proc/1/fd'
  notifies "$everything"
  launch
  succeeded
  says_not seccomp socket:
}

# proves: /linux/seccomp/listenerMetadata
# proves: listener-metadata-alone
# bats test_tags=attack:LS-01,attack:LS-13
@test "NOTIFY and listenerMetadata need a listenerPath; a listenerPath without NOTIFY is ignored" {
  refused_config '.linux.seccomp = {defaultAction: "SCMP_ACT_NOTIFY"}' 'listenerPath'
  refused_config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerMetadata: "x"}' 'listenerPath'
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/no/such"}'
  program true
  launch
  succeeded
}

# proves: /linux/seccomp/listenerPath
# proves: listener-sending-fails
# bats test_tags=attack:LS-03
@test "a listenerPath without an agent's socket is an error with the path, and nothing is left" {
  local path
  touch "$BATS_TEST_TMPDIR/file"
  mkdir "$BATS_TEST_TMPDIR/directory"
  ln -s /no/such "$BATS_TEST_TMPDIR/dangling"
  for path in missing file directory dangling; do
    SOCKET=$BATS_TEST_TMPDIR/$path
    notifies "$everything"
    refused '/linux/seccomp/listenerPath' "$SOCKET"
  done
  for path in relative @abstract; do
    SOCKET=$path
    notifies "$everything"
    refused '/linux/seccomp/listenerPath' 'is not an absolute path'
  done
}

# bats test_tags=attack:LS-03
@test "a listenerPath longer than a socket address works" {
  agent continue
  local long=$BATS_TEST_TMPDIR/$(printf 'd%.0s' {1..200})
  mkdir "$long"
  mv "$SOCKET" "$long/agent.sock"
  SOCKET=$long/agent.sock
  notifies "$everything"
  program true
  launch
  succeeded
}

# proves: listener-sending-fails
# bats test_tags=attack:LS-04
@test "an agent that never accepts does not block husk" {
  agent away
  program true
  notifies "$everything"
  # one connection fits into its backlog, and is never read
  run --separate-stderr husk --seccomp-agent-timeout 1 run --bundle "$BUNDLE" "$ID" </dev/null
  is 1
  complains '/linux/seccomp/listenerPath' 'did not accept the listener'
  nothing_left
  husk create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
  run --separate-stderr timeout 20 "$HUSK" --root "$ROOT" --seccomp-agent-timeout 1 start "$ID"
  is 1
  complains 'seccomp agent'
  is_status stopped || is_status created
  husk delete --force "$ID"
  nothing_left
}

# proves: listener-sending-fails
# bats test_tags=attack:LS-05,attack:LS-06
@test "an agent that hangs up and one that never reads make run fail" {
  program true
  agent hang-up
  notifies "$everything"
  refused '/linux/seccomp/listenerPath' 'agent at'
  SOCKET=$BATS_TEST_TMPDIR/second.sock
  agent deaf
  notifies "$everything"
  config '.linux.seccomp.listenerMetadata = ("x" * 524288)'
  run --separate-stderr husk --seccomp-agent-timeout 1 run --bundle "$BUNDLE" "$ID" </dev/null
  is 1
  complains '/linux/seccomp/listenerPath'
  nothing_left
}

# bats test_tags=attack:LS-08
@test "after the agent's death notified calls fail with ENOSYS" {
  agent die
  script 'mkdir /tmp/x 2>&1; mkdir /tmp/y 2>&1; echo after'
  notifies '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_NOTIFY"}]}'
  launch
  succeeded
  [ "$(grep -c 'Function not implemented' <<<"$output")" = 2 ]
  says after
}

# bats test_tags=attack:LS-09
@test "state, kill and delete work while the agent never answers" {
  agent take
  program true
  notifies "$everything"
  husk create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
  "$HUSK" --root "$ROOT" start "$ID" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
  local start=$!
  wait_for grep -q '^state' "$LOG"
  husk state "$ID" >/dev/null
  timeout 5 "$HUSK" --root "$ROOT" kill "$ID" KILL
  wait "$start" || true
  wait_for is_status stopped
  husk delete "$ID"
  nothing_left
}

@test "a program runs under an engine's complete notifier profile" {
  agent continue
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  config '.linux.seccomp.syscalls += [{names: ["mount", "unshare", "bpf", "write"], action: "SCMP_ACT_NOTIFY"}] |
    .linux.seccomp.syscalls[0].names -= ["write"] | .linux.seccomp.listenerPath = $s' --arg s "$SOCKET"
  script 'echo fine'
  launch
  succeeded
  same fine
  grep -q "^call $(number write)\$" "$LOG"
}

# ---- husk's own agent

# own_agent [POLICY]: husk seccomp agent in the background.
own_agent() {
  local arguments=(--listen "$SOCKET")
  if [ $# -gt 0 ]; then
    echo "$1" >"$BATS_TEST_TMPDIR/policy.json"
    arguments+=(--policy "$BATS_TEST_TMPDIR/policy.json")
  fi
  "$HUSK" seccomp agent "${arguments[@]}" >"$LOG" 2>"$BATS_TEST_TMPDIR/agent.err" 3>&- &
  BACKGROUND="$BACKGROUND $!"
  AGENT_PID=$!
  wait_for test -S "$SOCKET"
}

@test "husk seccomp agent: a container that notifies everything runs, and each call is a line" {
  own_agent
  script 'mkdir /tmp/x; echo fine'
  notifies "$everything"
  launch
  succeeded
  same fine
  [ "$(stat -c %a "$SOCKET")" = 600 ]
  jq -se --arg id "$ID" '.[0].state.state.id == $id and .[1].syscall == "execve" and .[1].container == $id and
    .[1].answer == "continue" and (.[1].arguments | length) == 6 and any(.[]; .syscall == "mkdir" or .syscall == "mkdirat") and
    .[-1].syscall == "exit_group"' "$LOG"
}

@test "husk seccomp agent: a runtime that keeps its connection is served" {
  own_agent
  python3 - "$SOCKET" 3>&- <<'END' &
import socket, sys, time
connection = socket.socket(socket.AF_UNIX)
connection.connect(sys.argv[1])
socket.send_fds(connection, [b'{"ociVersion":"1.0.2",'], [0])
connection.send(b'"fds":["seccompFd"],"pid":1,"state":{"id":"kept"}}\n')
time.sleep(30)
END
  BACKGROUND="$BACKGROUND $!"
  wait_for grep -qs '"id":"kept"' "$LOG"
}

@test "husk seccomp agent: with more clients than descriptors the last are refused and the others stay" {
  own_agent
  prlimit --pid "$AGENT_PID" --nofile=40:40
  run python3 - "$SOCKET" 3>&- <<'END'
import socket, sys

def connect():
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(20)
    connection.connect(sys.argv[1])
    return connection

kept = connect()
many = [connect() for number in range(60)]
print("turned away:", many[-1].recv(1) == b"")
for connection in many:
    connection.close()
socket.send_fds(kept, [b'{"ociVersion":"1.0.2","fds":["seccompFd"],"pid":1,"state":{"id":"kept"}}\n'], [0])
print("hung up:", kept.recv(1) == b"")
END
  is 0 'turned away: True
hung up: True'
  wait_for grep -qs '"id":"kept"' "$LOG"
}

@test "husk seccomp agent: a policy answers" {
  own_agent '{"rules": [{"names": ["mkdir", "mkdirat"], "answer": "errno", "errnoRet": 28},
    {"names": ["rmdir", "unlinkat"], "answer": "kill"}]}'
  script 'mkdir /tmp/x 2>&1; rmdir /tmp; echo rmdir gives $?'
  notifies "$everything"
  launch
  succeeded
  says 'No space left on device' 'rmdir gives 137'
  jq -se 'any(.[]; .answer == "errno" and .errno == 28) and any(.[]; .answer == "kill")' "$LOG"
}

@test "husk seccomp agent: a policy that kills ends the process, whichever thread made the call" {
  own_agent '{"rules": [{"names": ["rmdir", "unlinkat"], "answer": "kill"}]}'
  cp "$(tool threaded -pthread)" "$ROOTFS/bin/threaded"
  program threaded
  notifies "$everything"
  launch
  is 137 ''
}

# proves: /linux/seccomp/syscalls/[action=SCMP_ACT_NOTIFY]
@test "husk seccomp agent: serves many containers at once; without it calls fail with ENOSYS" {
  local n
  own_agent
  script 'mkdir /tmp/$(hostname) || echo refused; while [ ! -e /tmp/go ]; do sleep 0.05; done; mkdir /tmp/later 2>&1'
  notifies '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_NOTIFY"}]}'
  for n in 1 2 3; do
    config '.hostname = $h' --arg h "c$n"
    husk run -d --bundle "$BUNDLE" "$ID-$n" </dev/null >"$BATS_TEST_TMPDIR/out$n" 2>&1
  done
  for n in 1 2 3; do wait_for test -d "$ROOTFS/tmp/c$n"; done
  [ "$(grep -c '"state":{"ociVersion"' "$LOG")" = 3 ]
  kill "$AGENT_PID"
  wait_for test ! -e "$SOCKET"
  touch "$ROOTFS/tmp/go"
  for n in 1 2 3; do wait_for grep -q 'Function not implemented' "$BATS_TEST_TMPDIR/out$n"; done
}

# bats test_tags=any-machine
@test "husk seccomp agent: invalid policies and sockets are refused" {
  echo '{"rules": [{"names": ["mkdir"], "answer": "erno"}]}' >"$BATS_TEST_TMPDIR/policy.json"
  run --separate-stderr "$HUSK" seccomp agent --listen "$SOCKET" --policy "$BATS_TEST_TMPDIR/policy.json"
  is 1
  complains '/rules/0/answer' 'did you mean errno?'
  run --separate-stderr "$HUSK" seccomp agent
  is 1
  complains '--listen'
  run --separate-stderr "$HUSK" seccomp agent --listen "$BATS_TEST_TMPDIR/no/such"
  is 1
  complains 'no such file or directory'
}

# bats test_tags=attack:LS-11
@test "the log names the agent's process; --listener-owner refuses another user's, also through a link" {
  reachable
  cp "$AGENT" "$BATS_TEST_TMPDIR/stranger"
  mkdir -m 777 "$BATS_TEST_TMPDIR/theirs"
  setpriv --reuid 1000 --clear-groups "$BATS_TEST_TMPDIR/stranger" "$BATS_TEST_TMPDIR/theirs/sock" continue \
    >"$BATS_TEST_TMPDIR/theirs/log" 2>&1 3>&- &
  BACKGROUND="$BACKGROUND $!"
  wait_for test -S "$BATS_TEST_TMPDIR/theirs/sock"
  agent continue
  program true
  notifies "$everything"
  run --separate-stderr husk --listener-owner --log-level info run --bundle "$BUNDLE" "$ID" </dev/null
  is 0
  complains "the agent at $SOCKET is process ${BACKGROUND##* } of user 0"
  rm "$SOCKET"
  ln -s "$BATS_TEST_TMPDIR/theirs/sock" "$SOCKET"
  run --separate-stderr husk --listener-owner run --bundle "$BUNDLE" "$ID" </dev/null
  is 1 ''
  complains '/linux/seccomp/listenerPath' 'belongs to user 1000'
  nothing_left
  [ ! -s "$BATS_TEST_TMPDIR/theirs/log" ] # it has received nothing
}

# ---- --seccomp-agent-lost: what notified calls get when their agent has died

mkdir_notified='{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_NOTIFY"}]}'

# lost MODE HOW [FLAG]: the agent of that mode dies while the container's mkdir waits for it, or before the second mkdir.
lost() {
  agent "$1"
  notifies "$mkdir_notified"
  [ $# -lt 3 ] || config '.linux.seccomp.flags = [$flag]' --arg flag "$3"
  rm -f "$ROOTFS/tmp/go"
  script 'mkdir /tmp/a 2>&1; echo first $?; while [ ! -e /tmp/go ]; do sleep 0.05; done; mkdir /tmp/b 2>&1; echo second $?; sleep 1000'
  husk run -d --bundle "$BUNDLE" --seccomp-agent-lost="$2" "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 3>&-
  if [ "$1" = sit ]; then
    wait_for grep -q "^call" "$LOG"
  else
    wait_for grep -q 'first 0' "$BATS_TEST_TMPDIR/out"
  fi
  kill -KILL "${BACKGROUND##* }"
  touch "$ROOTFS/tmp/go"
  wait_for grep -q second "$BATS_TEST_TMPDIR/out"
}

lost_says() {
  local text
  for text in "$@"; do
    grep -q -- "$text" "$BATS_TEST_TMPDIR/out" || { cat "$BATS_TEST_TMPDIR/out"; return 1; }
  done
}

@test "--seccomp-agent-lost=errno:N answers pending and later calls of the program and of exec" {
  lost sit errno:122
  lost_says 'first 1' 'second 1'
  [ "$(grep -c 'Disk quota exceeded' "$BATS_TEST_TMPDIR/out")" -eq 2 ]
}

@test "--seccomp-agent-lost: a living agent's answers are unchanged, and exec is supervised too" {
  lost continue errno:122
  lost_says 'first 0' 'second 1' 'Disk quota exceeded'
  husk delete --force "$ID"
  rm "$SOCKET"
  agent continue
  script 'sleep 1000'
  husk run -d --bundle "$BUNDLE" --seccomp-agent-lost=errno:ENOSPC "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 3>&-
  husk exec "$ID" sh -c 'mkdir /tmp/c; while [ ! -e /tmp/on ]; do sleep 0.05; done; mkdir /tmp/d' >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
  BACKGROUND="$! $BACKGROUND"
  wait_for test -d "$ROOTFS/tmp/c"
  kill -KILL "${BACKGROUND##* }"
  touch "$ROOTFS/tmp/on"
  wait_for grep -q 'No space left' "$BATS_TEST_TMPDIR/out"
}

@test "--seccomp-agent-lost=kill kills the callers" {
  lost sit kill
  lost_says 'first 137' 'second 137'
}

# proves: /linux/seccomp/flags/[=SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV]
@test "--seccomp-agent-lost=errno kills the callers that are in a killable wait" {
  needs_linux 5.19 WAIT_KILLABLE_RECV
  lost sit errno:28 SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
  lost_says 'first 137' 'second 1' 'No space left'
}

@test "--seccomp-agent-lost: without it or with enosys no observer stays; other values are refused" {
  lost continue enosys
  lost_says 'second 1' 'Function not implemented'
  [ "$(jq .observer "$ROOT/$ID/state.json")" -eq 0 ]
  launch --seccomp-agent-lost=never
  is 1 ''
  complains '"never" must be enosys, errno:ERRNO or kill'
  for word in 0 4096 5x ''; do
    launch --seccomp-agent-lost="errno:$word"
    is 1 ''
    complains "--seccomp-agent-lost errno: \"$word\" is neither the name of an errno nor a number"
  done
  launch --seccomp-agent-lost=errno:ENOSPCE
  is 1 ''
  complains 'did you mean ENOSPC?'
}

# place_warned TEXT...: check, create and run warn of the agent's place, with each text.
place_warned() {
  local text log
  run "$HUSK" check --bundle "$BUNDLE"
  [ "$status" -eq 0 ]
  log=$output
  rm -f "$BATS_TEST_TMPDIR/log"
  husk --log "$BATS_TEST_TMPDIR/log" run --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
  husk --log "$BATS_TEST_TMPDIR/log" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
  husk delete --force "$ID"
  if [ $# -eq 0 ]; then
    never grep "agent's place" <<<"$log"
    never grep "agent's place" "$BATS_TEST_TMPDIR/log"
    return
  fi
  for text in /linux/seccomp/listenerPath "$@"; do
    grep "agent's place" <<<"$log" | grep -qF -- "$text" || { echo "check: $text"; return 1; }
    [ "$(grep "agent's place" "$BATS_TEST_TMPDIR/log" | grep -cF -- "$text")" -eq 2 ] || { echo "log: $text"; return 1; }
  done
}

@test "an agent's socket that others could replace is warned of" {
  local base=$BATS_TEST_TMPDIR/places
  mkdir -p "$base"/{own,everybody/below,sticky/below,group,strange}
  chmod 777 "$base/everybody"
  chmod 1777 "$base/sticky"
  chmod 770 "$base/group"
  chown 1234:0 "$base/strange"
  ln -s ../everybody/below "$base/own/link"
  program true
  SOCKET=$base/own/agent
  agent continue
  notifies "$everything"
  place_warned
  for SOCKET in "$base/everybody/agent" "$base/everybody/below/agent" "$base/own/link/agent" "$base/sticky/agent" \
    "$base/group/agent" "$base/strange/agent"; do
    ln "$base/own/agent" "$SOCKET"
    notifies "$everything"
    case $SOCKET in
    "$base/everybody"/*|"$base/own"/*) place_warned "$base/everybody is writable by everybody" ;;
    "$base/sticky"/*) place_warned "$base/sticky is writable by everybody" ;;
    "$base/group"/*) place_warned "$base/group is writable by its group" ;;
    *) place_warned "$base/strange is another user's" ;;
    esac
    rm "$SOCKET"
  done
  # others cannot replace root's files in a sticky directory
  SOCKET=$base/sticky/below/agent
  ln "$base/own/agent" "$SOCKET"
  notifies "$everything"
  place_warned
  run "$HUSK" seccomp agent --listen "$base/everybody/none/agent"
  [ "$status" -eq 1 ]
  [[ "$output" = *"others can take the agent's place: $base/everybody is writable by everybody"* ]]
}
