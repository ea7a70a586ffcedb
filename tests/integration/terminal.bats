load bundle

# foreground COMMAND...: with a terminal of its own, as a person has it.
foreground() { run script -qefc "$*" /dev/null </dev/null; output=${output//$'\r'/}; }

@test "a terminal in the foreground: relayed, sized, controlling" {
  program_sh 'tty; stty size; echo x >/dev/tty; stat -c %t:%T /dev/console; exit 6'
  config '.process.terminal = true | .process.consoleSize = {height: 25, width: 70}'
  foreground "stty rows 31 cols 77; '$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID'"
  is 6
  says '/dev/pts/0'
  says '31 77'
  says $'\nx\n'
  nothing_left
}

@test "consoleSize counts where nobody watches; the console socket takes one descriptor" {
  program_sh 'stty size; sleep 100'
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
  run timeout 10 "$HUSK" --root "$ROOT" create --console-socket "$BATS_TEST_TMPDIR/socket" --bundle "$BUNDLE" "$ID"
  is 0 ''
  husk start "$ID"
  for _ in $(seq 200); do grep -q '25 70' "$BATS_TEST_TMPDIR/seen" && break; sleep 0.02; done
  [ "$(cat "$BATS_TEST_TMPDIR/seen")" = $'1 1 True True\n25 70' ]
}

@test "CL-08: a console socket without a receiver, or none at all" {
  config '.process.terminal = true'
  run husk create --console-socket /nosuch/socket --bundle "$BUNDLE" "$ID"
  is 1
  says 'connect to --console-socket /nosuch/socket: no such file or directory'
  nothing_left
  run husk create --bundle "$BUNDLE" "$ID"
  is 1
  says 'needs --console-socket'
  nothing_left
}

@test "exec with a terminal" {
  program sleep 100
  husk run -d --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
  foreground "'$HUSK' --root '$ROOT' exec -t '$ID' sh -c 'tty; exit 8'"
  is 8
  says /dev/pts/
}

@test "what was written just before the end is not lost" {
  program_sh 'i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done'
  config '.process.terminal = true'
  foreground "'$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID'"
  is 0
  says 'line 1999'
}

@test "CV-07: the console is a terminal on devpts" {
  program_sh 'stat -c "%F %t" /dev/console; stat -f -c %T /dev/console'
  config '.process.terminal = true'
  foreground "'$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID'"
  says 'character special file 88'
}
