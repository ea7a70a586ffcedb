#!/usr/bin/env bats
# process.terminal: the console socket, the relay in the foreground, sizes.
load bundle

setup() {
  bundle_make
  config '.process.terminal = true'
  RECEIVER=$(tool recvtty)
  SOCKET=$(mktemp -d "${TMPDIR:-/tmp}/husk-test.XXXXXX")/tty # a socket's path has room for 107 bytes
  SEEN=$BATS_TEST_TMPDIR/seen
}

teardown() {
  rm -rf "${SOCKET%/*}"
  bundle_end
}

# receiver [OPTION...]
receiver() {
  "$RECEIVER" "$SOCKET" "$@" >"$SEEN" 2>&1 3>&- &
  BACKGROUND="$BACKGROUND $!"
  wait_for test -S "$SOCKET"
}

# with_socket: a started container with a console socket.
with_socket() {
  run husk create --bundle "$BUNDLE" --console-socket "$SOCKET" "$ID"
  is 0 ''
  husk start "$ID"
}

# proves: /process/consoleSize
@test "the console socket gets one message with the master of the container's terminal" {
  receiver
  config '.process.consoleSize = {width: 101, height: 37}'
  script 'tty; test -t 0 && test -t 1 && test -t 2 && echo all; stty size; echo end'
  with_socket
  wait_for grep -q '^end' "$SEEN"
  cat "$SEEN"
  grep -q '^message: .* 1 descriptors' "$SEEN"
  grep -q '^then: closed' "$SEEN"
  grep -q '^master: yes, major 5, size 101x37' "$SEEN"
  grep -q '^/dev/pts/0' "$SEEN"
  grep -q '^all' "$SEEN"
  grep -q '^37 101' "$SEEN"
  wait_for is_status stopped
  husk delete "$ID"
  nothing_left
}

@test "input to the master reaches the program" {
  receiver --then $'hello\n'
  script 'read line; echo "got <$line>"'
  with_socket
  wait_for grep -q 'got <hello>' "$SEEN"
}

# proves: step:console
# proves: devices-supplied
@test "the container has /dev/console, and it is the terminal" {
  receiver
  script 'stat -c %t /dev/console; echo x >/dev/console; ls -l /proc/self/fd/0'
  with_socket
  wait_for is_status stopped
  wait_for grep -q '^88' "$SEEN"
  wait_for grep -q '^x' "$SEEN"
}

@test "the terminal is the program's controlling terminal and belongs to its user" {
  receiver
  config '.process.user = {uid: 1000, gid: 1000}'
  script 'stat -c %u /dev/pts/0; (echo through-tty >/dev/tty)'
  with_socket
  wait_for grep -q through-tty "$SEEN"
  grep -q '^1000' "$SEEN"
}

@test "with a terminal no process holds the caller's stdio once create has returned" {
  receiver
  script 'sleep 1000'
  # cat ends only when every copy of the pipe is closed
  run timeout 10 bash -c "
    '$HUSK' --root '$ROOT' create --bundle '$BUNDLE' --console-socket '$SOCKET' '$ID' 2>&1 </dev/null | cat"
  is 0 ''
  is_status created
}

# bats test_tags=any-machine
@test "terminal without a console socket is refused for create" {
  run --separate-stderr husk create --bundle "$BUNDLE" "$ID"
  is 1
  complains 'needs --console-socket'
  nothing_left
}

# bats test_tags=any-machine
@test "a console socket without terminal is refused" {
  config '.process.terminal = false'
  receiver
  run --separate-stderr husk create --bundle "$BUNDLE" --console-socket "$SOCKET" "$ID"
  is 1
  complains 'terminal'
  nothing_left
}

# bats test_tags=attack:CL-08
@test "a receiver that hangs up causes an error that leaves nothing, or a working container" {
  receiver --hang-up
  script 'sleep 1000'
  run --separate-stderr timeout 10 "$HUSK" --root "$ROOT" create --bundle "$BUNDLE" --console-socket "$SOCKET" "$ID"
  if [ "$status" -eq 0 ]; then
    is_status created
  else
    is 1
    complains 'error: ' 'console'
    nothing_left
  fi
}

# bats test_tags=attack:CL-08
@test "a console socket that is missing, not a socket or has too long a path is refused" {
  local path
  for path in /no/such/socket "$BUNDLE/config.json" "$(printf '/tmp/%0120d' 0)"; do
    run --separate-stderr husk create --bundle "$BUNDLE" --console-socket "$path" "$ID"
    is 1
    complains "${path:0:40}"
    [ "$path" != /no/such/socket ] || complains "connect to --console-socket $path: no such file or directory"
    nothing_left
  done
}

# in_terminal COMMAND: the command has a terminal of 90x33.
in_terminal() {
  local keyboard
  # input without data and without end: script(1) would type an end of file into a terminal that may already be raw
  [ -p "$BATS_TEST_TMPDIR/keyboard" ] || mkfifo "$BATS_TEST_TMPDIR/keyboard"
  exec {keyboard}<>"$BATS_TEST_TMPDIR/keyboard"
  timeout 20 script --quiet --return --command "stty cols 90 rows 33; $1" /dev/null <&"$keyboard"
}

# foreground: runs the bundle there.
foreground() {
  run in_terminal "'$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID'"
  output=${output//$'\r'/}
}

# proves: /process/consoleSize/height /process/consoleSize/width
@test "run in the foreground relays the terminal, which has the size of the caller's" {
  program sh -c 'tty; stty size; echo x >/dev/tty; echo done; exit 5'
  config '.process.consoleSize = {height: 25, width: 70}'
  foreground
  is 5
  says '/dev/pts/0' '33 90' $'\nx\n' 'done'
  nothing_left
}

@test "the settings of the foreground terminal are restored" {
  program true
  cd "$BATS_TEST_TMPDIR"
  run in_terminal "stty -a >before; '$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID'; stty -a >after"
  succeeded
  diff before after
}

# proves: console-size-needs-terminal
@test "consoleSize without terminal is ignored, even if the program inherits a terminal" {
  local terminal
  script 'stty size; test -e /dev/console || echo no console'
  for terminal in false null; do
    config '.process.terminal = $terminal | .process.consoleSize = {height: 25, width: 70}' --argjson terminal $terminal
    run in_terminal "'$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID'; stty size"
    is 0 $'33 90\r\nno console\r\n33 90\r'
  done
}

@test "a change of the window's size reaches the program" {
  config '.root.readonly = false'
  program sh -c 'trap "stty size" WINCH; echo up >/tmp/up
    while [ "$(stty size)" != "22 77" ]; do sleep 0.05; done; stty size'
  run in_terminal "($(declare -f wait_for); wait_for test -e '$ROOTFS/tmp/up'; stty cols 77 rows 22 </dev/tty) &
    '$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID'"
  succeeded
  says '22 77'
}

@test "output just before the end is not lost" {
  script 'i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done'
  foreground
  succeeded
  says 'line 1999'
}

@test "husk waits until its terminal has been read before it ends; a pipe keeps its content" {
  config '.process.terminal = false'
  container_up
  # the last wait is behind the last output, for a while; the one at once behind each output is for husk's own event
  run in_terminal "strace -o '$BATS_TEST_TMPDIR/trace' -e trace='/^(write|epoll_p?wait)$' \
    '$HUSK' --root '$ROOT' exec --tty '$ID' echo the last bytes"
  succeeded
  says 'the last bytes'
  grep -E '^(write\(1,|epoll)' "$BATS_TEST_TMPDIR/trace" | tail -n 2 >"$BATS_TEST_TMPDIR/end"
  cat "$BATS_TEST_TMPDIR/trace"
  grep -q '^write(1, "the last bytes' "$BATS_TEST_TMPDIR/trace"
  [[ $(sed 's/.*, 1, \([0-9]*\)[,)].*/\1/' "$BATS_TEST_TMPDIR/end") == 0$'\n'[1-9]* ]]
  run in_terminal "strace -o '$BATS_TEST_TMPDIR/trace' -e trace='/^epoll' '$HUSK' --root '$ROOT' exec --tty '$ID' echo one | cat"
  says one
  never grep epoll "$BATS_TEST_TMPDIR/trace"
}

@test "the end of husk's stdin ends the terminal's input, also for a shell with line editing" {
  program sh
  run timeout 20 "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null
  succeeded
  run timeout 20 "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID" <<<'exit 3'
  is 3
  # by the time that it reads, husk has passed the end on: it must not be lost in the terminal
  program sh -c 'sleep 1; cat; read -r line || echo "at the end"'
  run timeout 20 "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID" < <(printf 'no newline')
  succeeded
  says 'no newline' 'at the end'
}

@test "line ends from a relayed terminal follow husk's own output" {
  program printf 'one\ntwo\n'
  run in_terminal "'$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID' | od -An -c"
  says 't   w   o  \n'
  [[ $output != *'\r'* ]] # as od writes it
  run in_terminal "'$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID'"
  [[ $output == *$'one\r\ntwo\r'* ]]
  program sleep 1000
  config '.process.terminal = false'
  husk run --detach --bundle "$BUNDLE" "$ID" </dev/null
  run in_terminal "'$HUSK' --root '$ROOT' exec --tty '$ID' echo one | od -An -c"
  says 'n   e  \n'
  [[ $output != *'\r'* ]]
  run in_terminal "'$HUSK' --root '$ROOT' exec --tty '$ID' echo one"
  [[ $output == *$'one\r'* ]]
}

# proves: /process/terminal
@test "a terminal in the foreground works if stdin is not a terminal" {
  program sh -c 'test -t 1 && echo is-a-terminal; exit 3'
  launch
  is 3
  says is-a-terminal
}

# bats test_tags=attack:CV-07
@test "/dev/console is always a devpts terminal" {
  script 'stat -c "%F %t" /dev/console; stat -f -c %T /dev/console; stat -f -c %T /dev/pts'
  local i
  for i in 1 2 3 4 5; do
    launch
    succeeded
    [ "${lines[0]%$'\r'}" = 'character special file 88' ]
    [ "${lines[1]}" = "${lines[2]}" ] # the same file system, by whatever name busybox has for it
  done
}

@test "exec sends its terminal to the console socket" {
  config '.process.terminal = false'
  container_up
  receiver
  husk exec --tty --detach --console-socket "$SOCKET" --pid-file "$BATS_TEST_TMPDIR/pid" "$ID" \
    sh -c 'tty; echo from-exec; sleep 1000'
  wait_for grep -q from-exec "$SEEN"
  grep -q 'master: yes' "$SEEN"
}

@test "exec --tty in the foreground relays the terminal" {
  config '.process.terminal = false'
  container_up
  run in_terminal "'$HUSK' --root '$ROOT' exec --tty '$ID' sh -c 'tty; test -t 0 && stty size; exit 9'"
  is 9
  says '/dev/pts/' '33 90'
}

@test "a pidfd socket gets a descriptor of the process" {
  config '.process.terminal = false'
  receiver --pidfd
  husk create --bundle "$BUNDLE" --pidfd-socket "$SOCKET" "$ID" </dev/null >/dev/null
  wait_for grep -q 'descriptor: .*pidfd' "$SEEN"
}

# recvtty_in_terminal: husk recvtty in a terminal of 90x33, whose keyboard is the fifo `keyboard`; what it shows is in $SEEN,
# then its status, and stty's settings before and after it in files.
recvtty_in_terminal() {
  in_terminal "stty -a >'$BATS_TEST_TMPDIR/before'; '$HUSK' recvtty '$SOCKET'; echo status \$?; stty -a >'$BATS_TEST_TMPDIR/after'" >"$SEEN" 2>&1 3>&- &
  BACKGROUND="$BACKGROUND $!"
  RECVTTY=$!
  wait_for test -S "$SOCKET"
}

@test "husk recvtty is the screen and keyboard of a detached container, and ends with its terminal" {
  recvtty_in_terminal
  # recvtty sets the size as soon as it has the terminal, when the program may be running already
  script 'while [ "$(stty size)" != "33 90" ]; do sleep 0.1; done; stty size; read line; echo "got <$line>"'
  run --separate-stderr husk run --detach --bundle "$BUNDLE" --console-socket "$SOCKET" "$ID"
  is 0 ''
  wait_for grep -q '^33 90' "$SEEN"
  [ ! -e "$SOCKET" ]
  echo hello >"$BATS_TEST_TMPDIR/keyboard"
  wait_for grep -q 'got <hello>' "$SEEN"
  wait_for grep -q '^status 0' "$SEEN"
  wait "$RECVTTY"
  diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
  wait_for is_status stopped
  husk delete "$ID"
  nothing_left
}

@test "the keys of husk recvtty's terminal go to the container's: an interrupt ends its program, not recvtty" {
  recvtty_in_terminal
  script 'trap "echo interrupted; exit 3" INT; echo ready; while :; do sleep 0.1; done'
  husk run --detach --bundle "$BUNDLE" --console-socket "$SOCKET" "$ID"
  wait_for grep -q '^ready' "$SEEN"
  printf '\003' >"$BATS_TEST_TMPDIR/keyboard"
  wait_for grep -q '^status 0' "$SEEN"
  grep -q 'interrupted' "$SEEN"
}

@test "husk recvtty passes a change of size on" {
  recvtty_in_terminal
  script 'trap "stty size; exit" WINCH; echo ready; while :; do sleep 0.1; done'
  husk run --detach --bundle "$BUNDLE" --console-socket "$SOCKET" "$ID"
  wait_for grep -q '^ready' "$SEEN"
  local pid
  pid=$(pgrep -nf "recvtty $SOCKET")
  stty -F "/proc/$pid/fd/0" rows 44 cols 111
  wait_for grep -q '^44 111' "$SEEN"
}

@test "a signal ends husk recvtty, hangs the terminal up and leaves no socket and no raw terminal" {
  recvtty_in_terminal
  script 'trap "exit 7" HUP; echo ready; while :; do sleep 0.1; done'
  husk run --detach --bundle "$BUNDLE" --console-socket "$SOCKET" "$ID"
  wait_for grep -q '^ready' "$SEEN"
  kill "$(pgrep -nf "recvtty $SOCKET")"
  wait_for grep -q '^status 143' "$SEEN"
  wait "$RECVTTY"
  diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
  wait_for is_status stopped
  run --separate-stderr "$HUSK" recvtty "$SOCKET" extra
  is 1
  # while it waits, too
  "$HUSK" recvtty "$SOCKET" 3>&- &
  local pid=$! ended=0
  BACKGROUND="$BACKGROUND $pid"
  wait_for test -S "$SOCKET"
  kill "$pid"
  wait "$pid" || ended=$?
  [ "$ended" = 143 ]
  [ ! -e "$SOCKET" ]
}

@test "husk recvtty refuses what is not a terminal, a sender that hangs up, and a path that is taken" {
  local sender extra
  sender='import socket, sys, os
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
if len(sys.argv) > 2: socket.send_fds(s, [b"x"], [os.open("/dev/null", os.O_RDWR)])'
  for extra in '' file; do
    "$HUSK" recvtty "$SOCKET" >"$SEEN" 2>&1 </dev/null 3>&- &
    local pid=$! ended=0
    BACKGROUND="$BACKGROUND $pid"
    wait_for test -S "$SOCKET"
    python3 -c "$sender" "$SOCKET" ${extra:+"$extra"}
    wait "$pid" || ended=$?
    [ "$ended" = 1 ]
    [ ! -e "$SOCKET" ]
    if [ -n "$extra" ]; then grep 'not the master of a terminal' "$SEEN"; else grep 'sent no terminal' "$SEEN"; fi
  done
  echo file >"$SOCKET"
  run --separate-stderr "$HUSK" recvtty "$SOCKET"
  is 1
  complains 'not a socket'
  [ "$(cat "$SOCKET")" = file ]
}
