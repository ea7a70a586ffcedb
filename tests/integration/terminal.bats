#!/usr/bin/env bats
# process.terminal: the console socket, the relay in the foreground, sizes.
load bundle

setup() {
  bundle_make
  config '.process.terminal = true'
  RECEIVER=$(tool recvtty)
  SOCKET=$(mktemp -d /tmp/husk-test.XXXXXX)/tty
}

teardown() {
  rm -rf "${SOCKET%/*}"
  bundle_end
}

# receiver [OPTION...]
receiver() {
  "$RECEIVER" "$SOCKET" "$@" >"$BATS_TEST_TMPDIR/tty" 2>&1 &
  BACKGROUND="${BACKGROUND:-} $!"
  wait_for test -S "$SOCKET"
}

@test "the console socket gets one message with the master of the container's terminal" {
  receiver
  config '.process.consoleSize = {"width": 101, "height": 37}'
  script 'tty; test -t 0 && test -t 1 && test -t 2 && echo all; stty size; sleep 0.2'
  husk create --bundle "$BUNDLE" --console-socket "$SOCKET" "$ID"
  husk start "$ID"
  wait_for is_status stopped
  sleep 0.1
  cat "$BATS_TEST_TMPDIR/tty"
  grep -q ' 1 descriptors' "$BATS_TEST_TMPDIR/tty"
  grep -q 'then: closed' "$BATS_TEST_TMPDIR/tty"
  grep -q 'master: yes, major 5, size 101x37' "$BATS_TEST_TMPDIR/tty"
  grep -q '^/dev/pts/0' "$BATS_TEST_TMPDIR/tty"
  grep -q '^all' "$BATS_TEST_TMPDIR/tty"
  grep -q '37 101' "$BATS_TEST_TMPDIR/tty"
  husk delete "$ID"
  nothing_left
}

@test "what is typed into the master reaches the program" {
  receiver --then $'hello\n'
  script 'read line; echo "got <$line>"'
  husk create --bundle "$BUNDLE" --console-socket "$SOCKET" "$ID"
  husk start "$ID"
  wait_for grep -q 'got <hello>' "$BATS_TEST_TMPDIR/tty"
}

@test "the container has /dev/console, and it is the terminal" {
  receiver
  script 'stat -c %t /dev/console; echo x >/dev/console; ls -l /proc/self/fd/0'
  husk create --bundle "$BUNDLE" --console-socket "$SOCKET" "$ID"
  husk start "$ID"
  wait_for is_status stopped
  wait_for grep -q '^88' "$BATS_TEST_TMPDIR/tty"
  grep -q '^x' "$BATS_TEST_TMPDIR/tty"
}

@test "the terminal is the program's controlling one and belongs to its user" {
  receiver
  config '.process.user = {"uid": 1000, "gid": 1000}'
  script 'stat -c %u /dev/pts/0; (echo through-tty >/dev/tty)'
  husk create --bundle "$BUNDLE" --console-socket "$SOCKET" "$ID"
  husk start "$ID"
  wait_for grep -q through-tty "$BATS_TEST_TMPDIR/tty"
  grep -q '^1000' "$BATS_TEST_TMPDIR/tty"
}

@test "with a terminal nothing holds the caller's stdio once create has returned" {
  receiver
  script 'sleep 1000'
  # cat ends only when every copy of the pipe is closed
  run timeout 5 bash -c "'$HUSK' --root '$STATE' create --bundle '$BUNDLE' --console-socket '$SOCKET' '$ID' 2>&1 </dev/null | cat"
  succeeded
  is_status created
}

@test "terminal without a console socket is refused for create" {
  run --separate-stderr husk create --bundle "$BUNDLE" "$ID"
  failed_with 1
  complains 'console'
  nothing_left
}

@test "a console socket without terminal is refused" {
  config '.process.terminal = false'
  receiver
  run --separate-stderr husk create --bundle "$BUNDLE" --console-socket "$SOCKET" "$ID"
  failed_with 1
  complains 'terminal'
  nothing_left
}

@test "CL-08: a receiver that hangs up gives an error and leaves nothing, or a working container" {
  receiver --hang-up
  run --separate-stderr husk create --bundle "$BUNDLE" --console-socket "$SOCKET" "$ID"
  [ "$status" -lt 128 ]
  if [ "$status" -ne 0 ]; then
    nothing_left
  fi
}

@test "CL-08: a console socket that is not there, not a socket, or too long a path" {
  local path
  for path in /no/such/socket "$BUNDLE/config.json" "$(printf '/tmp/%0120d' 0)"; do
    run --separate-stderr husk create --bundle "$BUNDLE" --console-socket "$path" "$ID"
    failed_with 1
    complains "${path:0:40}"
    nothing_left
  done
}

# in_terminal COMMAND: with a terminal of 90x33 as its own.
in_terminal() {
  timeout 20 script --quiet --return --command "stty cols 90 rows 33; $1" /dev/null </dev/null
}

@test "run in the foreground relays the terminal" {
  payload sh -c 'tty; stty size; echo done; exit 5'
  run in_terminal "'$HUSK' --root '$STATE' run --bundle '$BUNDLE' '$ID'"
  failed_with 5
  says '/dev/pts/0' '33 90' 'done'
  nothing_left
}

@test "the foreground terminal is as it was afterwards" {
  payload true
  run in_terminal "stty -a >$BATS_TEST_TMPDIR/before; '$HUSK' --root '$STATE' run --bundle '$BUNDLE' '$ID'; stty -a >$BATS_TEST_TMPDIR/after"
  succeeded
  diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
}

@test "a change of the window's size reaches the program" {
  payload sh -c 'trap "stty size" WINCH; echo up; while [ "$(stty size)" != "22 77" ]; do sleep 0.05; done; stty size'
  run in_terminal "(sleep 0.5; stty cols 77 rows 22 </dev/tty) & '$HUSK' --root '$STATE' run --bundle '$BUNDLE' '$ID'"
  succeeded
  says '22 77'
}

@test "terminal in the foreground works when stdin is none" {
  payload sh -c 'test -t 1 && echo is-a-terminal; exit 3'
  launch
  failed_with 3
  says is-a-terminal
}

@test "exec with a console socket" {
  config '.process.terminal = false'
  container_up
  receiver
  husk exec --tty --detach --console-socket "$SOCKET" --pid-file "$BATS_TEST_TMPDIR/pid" "$ID" sh -c 'tty; echo from-exec; sleep 0.2'
  wait_for grep -q from-exec "$BATS_TEST_TMPDIR/tty"
  grep -q 'master: yes' "$BATS_TEST_TMPDIR/tty"
}

@test "exec --tty in the foreground" {
  config '.process.terminal = false'
  container_up
  run in_terminal "'$HUSK' --root '$STATE' exec --tty '$ID' sh -c 'test -t 0 && stty size; exit 9'"
  failed_with 9
  says '33 90'
}

@test "a pidfd socket gets a descriptor of the process" {
  config '.process.terminal = false'
  receiver --pidfd
  husk create --bundle "$BUNDLE" --pidfd-socket "$SOCKET" "$ID" </dev/null >/dev/null
  wait_for grep -q 'descriptor: .*pidfd' "$BATS_TEST_TMPDIR/tty"
}

# foreground COMMAND: with a terminal of its own, as a person has it.
foreground() {
  run command script -qefc "$*" /dev/null </dev/null
  output=${output//$'\r'/}
}

@test "what was written just before the end is not lost" {
  plain
  script 'i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done'
  config '.process.terminal = true'
  foreground "'$HUSK' --root '$STATE' run --bundle '$BUNDLE' '$ID'"
  is 0
  says 'line 1999'
}

@test "consoleSize counts where nobody watches; the console socket takes one descriptor" {
  plain
  script 'stty size; sleep 100'
  config '.process.terminal = true | .process.consoleSize = {height: 25, width: 70}'
  python3 - "$BATS_TEST_TMPDIR/socket" >"$BATS_TEST_TMPDIR/seen" 3>&- <<'P' &
import array, os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1]); s.listen(1)
c, _ = s.accept()
data, control, flags, _ = c.recvmsg(4096, socket.CMSG_SPACE(16))
fds = array.array("i"); fds.frombytes(control[0][2])
print(len(control), len(fds), 0 < len(data) < 4096, os.isatty(fds[0]), flush=True)
print(os.read(fds[0], 100).decode().strip(), flush=True)
P
  for _ in $(seq 200); do [ -S "$BATS_TEST_TMPDIR/socket" ] && break; sleep 0.02; done
  # stdout is a pipe that is read to its end: nobody may keep a copy of it
  run timeout 10 "$HUSK" --root "$STATE" create --console-socket "$BATS_TEST_TMPDIR/socket" --bundle "$BUNDLE" "$ID"
  is 0 ''
  husk start "$ID"
  for _ in $(seq 200); do grep -q '25 70' "$BATS_TEST_TMPDIR/seen" && break; sleep 0.02; done
  [ "$(cat "$BATS_TEST_TMPDIR/seen")" = $'1 1 True True\n25 70' ]
}
