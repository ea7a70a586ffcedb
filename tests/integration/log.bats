#!/usr/bin/env bats
# --log: what goes where, and exactly one line of error for a command that fails.
# bats file_tags=any-machine
load bundle

# one_line COMMAND ARG...: it fails with one line on stderr, and the log has the same as its only line.
one_line() {
  local log=$BATS_TEST_TMPDIR/log
  rm -f "$log"
  status=0
  timeout 20 "$HUSK" --root "$ROOT" "${OPTIONS[@]}" --log "$log" --log-format json "$@" </dev/null >/dev/null 2>"$log.stderr" || status=$?
  stderr=$(<"$log.stderr")
  if [ "$status" -eq 0 ] || [ "$(wc -l <"$log")" -ne 1 ] || [ "$(jq -r '.level + " " + .msg' "$log")" != "error ${stderr#husk: error: }" ]; then
    echo "husk $*: status $status, log: $(cat "$log"), stderr: $stderr"
    return 1
  fi
}

@test "each command that fails prints one line, the same on stderr and in the log" {
  program /no/such/program
  local command
  one_line nonsense
  one_line run --bundle "$BUNDLE" "$ID"
  one_line create --bundle "$BUNDLE" "$ID"
  one_line create --bundle /none "$ID"
  one_line run --bundle "$BUNDLE" 'a/b'
  one_line check --bundle /none
  one_line plan --bundle /none
  one_line spec --bundle /none
  one_line exec none true
  for command in start state kill delete pause resume ps events; do
    one_line "$command" none
  done
  one_line update --memory 1g none
  one_line update --memory x none
  one_line seccomp nonsense
  for command in check create delete events exec features kill list pause plan ps resume run seccomp spec start state update; do
    one_line "$command" --no-such-option
  done
}

@test "an exec that fails writes one line to the log" {
  container_up
  one_line exec "$ID" /etc/none
  one_line exec "$ID" none-in-path
  one_line exec "$ID" /etc
  one_line exec --cwd /none "$ID" true
  one_line exec --user nobody: "$ID" true
  one_line exec --process /none "$ID"
}

@test "a warning goes to the log if there is one, or to a terminal, never into the container's output" {
  config '.process.capabilities.ambient = ["CAP_KILL"] | .process.capabilities.inheritable = ["CAP_CHOWN"]'
  program true
  run --separate-stderr husk run --bundle "$BUNDLE" "$ID" </dev/null
  is 0 ''
  [ -z "$stderr" ]
  husk create --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 3>&-
  husk exec "$ID" true </dev/null >>"$BATS_TEST_TMPDIR/out" 2>&1
  husk delete --force "$ID"
  [ ! -s "$BATS_TEST_TMPDIR/out" ]
  # commands that run no program of the container print it on stderr
  NO_COLOR=1 run command script --quiet --return --command "$HUSK --root $ROOT run --bundle $BUNDLE $ID" /dev/null
  says "husk: warning: $BUNDLE/config.json:"
  run --separate-stderr husk plan --bundle "$BUNDLE"
  complains "warning: $BUNDLE/config.json:"
  run --separate-stderr husk --log /dev/stderr run --bundle "$BUNDLE" "$ID" </dev/null
  complains level=warning
  # a command that fails may print everything
  config '.hooks = {createRuntime: [{path: "/bin/false"}], poststop: [{path: "/bin/false"}]}'
  run --separate-stderr husk run --bundle "$BUNDLE" "$ID" </dev/null
  is 1 ''
  complains 'error: ' 'warning: ' '/hooks/poststop/0'
  config 'del(.hooks)'
  run --separate-stderr "$HUSK" --root "$ROOT" "${OPTIONS[@]}" --log "$BATS_TEST_TMPDIR/log" run --bundle "$BUNDLE" "$ID"
  is 0 ''
  [ -z "$stderr" ]
  grep -q 'level=warning' "$BATS_TEST_TMPDIR/log"
  run --separate-stderr "$HUSK" --root "$ROOT" "${OPTIONS[@]}" --log "$BATS_TEST_TMPDIR/other" --log-level error run --bundle "$BUNDLE" "$ID"
  is 0 ''
  [ -z "$stderr" ]
  [ ! -s "$BATS_TEST_TMPDIR/other" ]
}

@test "--log file:PATH writes to that file" {
  run husk --log "file:$BATS_TEST_TMPDIR/log" state none
  [ "$(wc -l <"$BATS_TEST_TMPDIR/log")" -eq 1 ]
}

# daemon DIRECTORY SOCKET LOG COMMAND...: the command in a mount namespace where a daemon listens on that socket, and what
# it received is in the file.
daemon() {
  local directory=$1 socket=$2
  shift 2
  unshare --mount --propagation private sh -ec 'mount -t tmpfs none "$1" && mknod -m 666 "$1/null" c 1 3 && mkdir -p "${2%/*}" && shift &&
    exec python3 - "$@"' sh "$directory" "$socket" "$@" <<'END'
import socket, subprocess, sys
daemon = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
daemon.bind(sys.argv[1])
daemon.settimeout(0.2)
subprocess.run(sys.argv[3:], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
with open(sys.argv[2], "wb") as out:
    try:
        while True:
            out.write(daemon.recv(65536) + b"--\n")
    except TimeoutError:
        pass
END
}

@test "--log journald:IDENTIFIER sends the fields of the journal's protocol" {
  ! rootless || skip 'the socket is made by root'
  local got=$BATS_TEST_TMPDIR/got
  daemon /run /run/systemd/journal/socket "$got" "$HUSK" --root "$BATS_TEST_TMPDIR/none" --log journald:c7 state none
  cat "$got"
  [ "$(cat "$got")" = 'PRIORITY=3
SYSLOG_IDENTIFIER=husk
ID=c7
MESSAGE=container "none" does not exist
--' ]
  # an identifier cannot add fields
  daemon /run /run/systemd/journal/socket "$got" "$HUSK" --log $'journald:x\n_UID=0' state none
  grep -qx 'ID=x _UID=0' "$got"
}

@test "--log syslog:IDENTIFIER sends a line to the local daemon" {
  ! rootless || skip 'the socket is made by root'
  local got=$BATS_TEST_TMPDIR/got
  daemon /dev /dev/log "$got" "$HUSK" --root "$BATS_TEST_TMPDIR/none" --log syslog:c7 state none
  cat "$got"
  grep -qxE '<27>c7\[[0-9]+\]: container "none" does not exist--' "$got"
}

@test "a missing log daemon does not delay a command" {
  program echo ran
  run --separate-stderr unshare --mount --propagation private sh -c 'mount -t tmpfs none /run/systemd 2>/dev/null
    exec "$@"' sh timeout 20 "$HUSK" --root "$ROOT" "${OPTIONS[@]}" --log journald:x run --bundle "$BUNDLE" "$ID"
  is 0 ran
  one_line state none
}
