load bundle

create() { husk create --bundle "$BUNDLE" "$@" "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&-; }
status_of() { husk state "$ID" | jq -r .status; }

@test "create, start, kill, delete: each state in its turn" {
  program sleep 100
  create
  [ "$(status_of)" = created ]
  run husk start "$ID"
  is 0 ''
  [ "$(status_of)" = running ]
  run husk start "$ID"
  is 1
  says 'it is running'
  run husk delete "$ID"
  is 1
  says 'is not stopped'
  husk kill "$ID" KILL
  for _ in $(seq 100); do [ "$(status_of)" = stopped ] && break; sleep 0.02; done
  [ "$(husk state "$ID" | jq .pid)" = 0 ]
  run husk kill "$ID" TERM
  is 1
  says 'container not running'
  run husk start "$ID"
  is 1
  says 'it has stopped'
  husk delete "$ID"
  nothing_left
  run husk delete "$ID"
  is 1
  says 'does not exist'
  husk delete --force "$ID"
}

@test "the pid file has the decimal pid and no line feed" {
  program sleep 100
  create --pid-file "$BATS_TEST_TMPDIR/pid"
  [ "$(cat "$BATS_TEST_TMPDIR/pid")" = "$(husk state "$ID" | jq .pid)" ]
  [ "$(wc -l <"$BATS_TEST_TMPDIR/pid")" = 0 ]
}

@test "an id is used once" {
  program sleep 100
  create
  run husk create --bundle "$BUNDLE" "$ID"
  is 1
  says "container \"$ID\" already exists"
  [ "$(status_of)" = created ]
}

@test "CL-01: ids that are none" {
  local id
  for id in '' . .. a/b ../x 'a b' $'a\nb' é "$(printf 'x%.0s' $(seq 1025))"; do
    run husk run --bundle "$BUNDLE" "$id"
    is 1
    says 'is not a container id'
  done
  run husk run --bundle "$BUNDLE" -- -x
  is 1
  says 'is not a container id'
}

@test "CL-02: state, kill, delete and exec refuse a path as id" {
  local command
  for command in state 'kill' delete start; do
    run husk $command ../../elsewhere
    is 1
    says 'is not a container id'
  done
  run husk exec ../../elsewhere true
  is 255
}

@test "CL-03: a state directory that is a file, or everybody's" {
  touch "$BATS_TEST_TMPDIR/file"
  run "$HUSK" --root "$BATS_TEST_TMPDIR/file" run --bundle "$BUNDLE" "$ID"
  is 1
  says 'not a directory'
  mkdir -m 777 "$BATS_TEST_TMPDIR/open"
  run "$HUSK" --root "$BATS_TEST_TMPDIR/open" run --bundle "$BUNDLE" "$ID"
  is 1
  says 'can be written by everybody'
  program true
  husk run --bundle "$BUNDLE" "$ID"
  [ "$(stat -c %a "$ROOT")" = 700 ]
}

@test "CL-05: a pid file that cannot be written undoes the container" {
  program sleep 100
  run husk create --bundle "$BUNDLE" --pid-file "$BATS_TEST_TMPDIR/none/pid" "$ID"
  is 1
  says 'write pid file'
  nothing_left
}

@test "CL-10: any of stdin, stdout and stderr may be closed" {
  program true
  local closed
  for closed in '<&-' '>&-' '2>&-' '<&- >&-' '<&- 2>&-' '>&- 2>&-' '<&- >&- 2>&-'; do
    run bash -c "'$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID' $closed"
    is 0
  done
  nothing_left
}

@test "CL-11: unknown commands and options, missing and surplus operands" {
  local line
  for line in nosuch 'run --nosuch x' run 'run a b' state 'state a b' 'kill' 'delete' '--nosuch run x'; do
    run husk $line
    [ "$status" -ne 0 ]
    [ -n "$output" ]
  done
  run husk --help
  is 0
  says 'usage: husk'
  for line in check create delete exec kill list plan run spec start state; do
    run husk $line --help
    is 0
    says "usage: husk $line"
  done
}

@test "CL-12: signals by number and name; what is none is refused" {
  program sleep 100
  husk run -d --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
  husk kill "$ID" 0
  husk kill "$ID" CONT
  husk kill "$ID" sigcont
  local signal
  for signal in 65 SIGFOO 9x 1.5; do
    run husk kill "$ID" "$signal"
    is 1
    says 'is not a signal'
  done
  [ "$(status_of)" = running ]
  husk kill "$ID" SIGKILL
}

@test "CL-14: exec in a created and in a stopped container" {
  program true
  create
  run husk exec "$ID" true
  is 255
  says 'it is created, but not started'
  husk start "$ID"
  for _ in $(seq 100); do [ "$(status_of)" = stopped ] && break; sleep 0.02; done
  run husk exec "$ID" true
  is 255
  says 'container not running'
}

@test "CL-16: a pid that is another process's now is never touched" {
  program sleep 100
  create
  sleep 0.05 # start times are counted in hundredths of a second
  sleep 100 3>&- &
  local other=$!
  husk kill "$ID" KILL
  jq ".pid = $other" "$ROOT/$ID/state.json" >"$BATS_TEST_TMPDIR/new"
  cp "$BATS_TEST_TMPDIR/new" "$ROOT/$ID/state.json"
  [ "$(status_of)" = stopped ]
  run husk kill "$ID" KILL
  is 1
  says 'container not running'
  husk delete --force "$ID"
  kill -0 "$other"
  kill "$other"
}

@test "CL-18: a log that cannot be written never fails the run; json stays valid" {
  program nosuch
  run husk --log "$BATS_TEST_TMPDIR/log" --log-format json run --bundle "$BUNDLE" "$ID"
  is 1
  [ "$(jq -r .level "$BATS_TEST_TMPDIR/log")" = error ]
  [ "$(jq -r .msg "$BATS_TEST_TMPDIR/log")" = "${output#husk: error: }" ]
  jq -r .time "$BATS_TEST_TMPDIR/log" | grep -qE '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$'
  program true
  mkfifo "$BATS_TEST_TMPDIR/fifo"
  husk --log "$BATS_TEST_TMPDIR/fifo" run --bundle "$BUNDLE" "$ID"
  husk --log /dev/full run --bundle "$BUNDLE" "$ID"
  husk --log "$BATS_TEST_TMPDIR/created" run --bundle "$BUNDLE" "$ID"
  [ -e "$BATS_TEST_TMPDIR/created" ]
}

@test "CL-19: hostile variables of husk's environment reach nothing" {
  program env
  config '.process.env = ["PATH=/bin", "HOME=/"]'
  run env HUSK_ROOT=/x LD_PRELOAD=/nosuch.so NOTIFY_SOCKET=/x _LIBCONTAINER_INITPIPE=3 GCONV_PATH=/x \
    "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  [[ $output == *$'PATH=/bin\nHOME=/' ]]
  [[ $output != *HUSK_ROOT* && $output != *NOTIFY* && $output != *LIBCONTAINER* ]]
}

@test "list shows containers as a table, as JSON and by id" {
  run husk list --format json
  is 0 '[]'
  program sleep 100
  create
  [ "$(husk list --quiet)" = "$ID" ]
  [ "$(husk list --format=json | jq -r '.[0].status')" = created ]
  run husk list
  says "$ID"
}

@test "globals may be repeated and spelt both ways" {
  program true
  run "$HUSK" --root /nosuch --root="$ROOT" --log-level=error --systemd-cgroup --rootless=true \
    --cgroup-manager cgroupfs run --bundle="$BUNDLE" "$ID"
  is 0
}

@test "--cgroup-manager=disabled makes no cgroup" {
  program cat /proc/self/cgroup
  config 'del(.linux.namespaces[] | select(.type == "cgroup"))'
  run husk --cgroup-manager=disabled run --bundle "$BUNDLE" "$ID"
  is 0
  [[ $output != *"$ID"* ]]
}

@test "descriptors of the caller stay outside, preserved ones come through" {
  program_sh 'ls /proc/self/fd | sort -n | head -20; [ ! -e /proc/self/fd/5 ] || cat <&5'
  echo kept >"$BATS_TEST_TMPDIR/kept"
  run bash -c "exec 5<'$BATS_TEST_TMPDIR/kept' 9<'$BATS_TEST_TMPDIR'; '$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID' 3>&-"
  is 0 $'0\n1\n2\n3'
  run bash -c "exec 5<'$BATS_TEST_TMPDIR/kept' 9<'$BATS_TEST_TMPDIR'; '$HUSK' --root '$ROOT' run --preserve-fds 3 --bundle '$BUNDLE' '$ID' 3>&- 4>&-"
  says kept
  [[ $output != *9* ]]
}

@test "LISTEN_FDS is passed on with the program's pid" {
  program_sh 'echo $LISTEN_FDS $LISTEN_PID; cat <&3'
  echo socket >"$BATS_TEST_TMPDIR/socket"
  run bash -c "LISTEN_FDS=1 '$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID' 3<'$BATS_TEST_TMPDIR/socket'"
  is 0 $'1 1\nsocket'
}
