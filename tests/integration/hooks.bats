#!/usr/bin/env bats
# Hooks: where each kind runs, what it gets, what comes of failures.
load bundle

# hook KIND SCRIPT: a hook on the host that runs the shell script.
hook() {
  config '.hooks[$kind] += [{"path": "/bin/sh", "args": ["sh", "-c", $script], "env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]}]' \
    --arg kind "$1" --arg script "$2"
}

@test "all six kinds run in order, with the state on stdin" {
  local log=$BATS_TEST_TMPDIR/log kind
  touch "$log"
  for kind in prestart createRuntime poststart poststop; do
    hook "$kind" "echo $kind \$(cat | tr -d ' \n') >>$log"
  done
  mkdir "$ROOTFS/log"
  config '.mounts += [{"destination": "/log", "type": "bind", "source": $d, "options": ["bind"]}]' --arg d "$BATS_TEST_TMPDIR"
  hook createContainer "echo createContainer \$(cat | tr -d ' \n') >>$log"
  config '.hooks.startContainer = [{"path": "/bin/sh", "args": ["sh", "-c", "echo startContainer $(cat) >>/log/log"]}]'
  script 'echo payload >>/log/log; sleep 0.2'
  husk create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>"$BATS_TEST_TMPDIR/err" || { cat "$BATS_TEST_TMPDIR/err"; return 1; }
  husk start "$ID"
  wait_for is_status stopped
  husk delete "$ID"
  cat "$log"
  [ "$(cut -d' ' -f1 "$log" | grep -v poststart | tr '\n' ' ')" = 'prestart createRuntime createContainer startContainer payload poststop ' ]
  grep -q '^poststart' "$log"
  local status
  for kind in prestart:creating createRuntime:creating createContainer:creating poststart:running poststop:stopped; do
    status=$(grep "^${kind%:*} " "$log" | cut -d' ' -f2- | jq -r .status)
    [ "$status" = "${kind#*:}" ] || { echo "$kind: $status"; return 1; }
  done
  status=$(grep '^startContainer ' "$log" | cut -d' ' -f2- | jq -r .status)
  [ "$status" = created ]
  grep '^createRuntime ' "$log" | cut -d' ' -f2- | jq -e --arg id "$ID" --arg b "$BUNDLE" '.id == $id and .bundle == $b and .pid > 1 and (.ociVersion | startswith("1."))'
  nothing_left
}

@test "hooks get their own env and nothing of husk's" {
  config '.hooks.createRuntime = [{"path": "/usr/bin/env", "args": ["env"], "env": ["ONLY=this"]}]'
  hook createRuntime "env >$BATS_TEST_TMPDIR/env"
  export HUSK_LEAK=1
  script true
  launch
  succeeded
  never grep -q HUSK_LEAK "$BATS_TEST_TMPDIR/env"
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

@test "createRuntime can enter the container's network namespace by the pid in the state" {
  hook createRuntime "pid=\$(tr -d '\n' | sed 's/.*\"pid\": *\\([0-9]*\\).*/\\1/'); readlink /proc/\$pid/ns/net >$BATS_TEST_TMPDIR/net"
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

@test "BI-37: a failing hook of each kind is named with its index, status and stderr" {
  local kind
  for kind in prestart createRuntime createContainer startContainer; do
    cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
    hook "$kind" 'exit 0'
    hook "$kind" 'echo "the reason" >&2; exit 3'
    refused "/hooks/$kind/1" 3 'the reason'
  done
}

@test "BI-37: a hook that dies by a signal, is missing, is a directory or cannot be executed" {
  hook createRuntime 'kill -KILL $$'
  refused '/hooks/createRuntime/0' 'signal 9'
  config '.hooks.createRuntime = [{"path": "/no/such/hook"}]'
  refused '/hooks/createRuntime/0' '/no/such/hook' 'no such file or directory'
  config '.hooks.createRuntime = [{"path": "/etc"}]'
  refused '/hooks/createRuntime/0' '/etc'
  config '.hooks.createRuntime = [{"path": "/etc/passwd"}]'
  refused '/hooks/createRuntime/0' '/etc/passwd' 'permission denied'
  config '.hooks.createRuntime = [{"path": "relative/hook"}]'
  refused '/hooks/createRuntime/0/path' 'absolute'
}

@test "BI-37: a hook's stderr that is long is told by its end" {
  hook createRuntime 'i=0; while [ $i -lt 3000 ]; do echo "line $i" >&2; i=$((i+1)); done; echo the-end >&2; exit 1'
  refused '/hooks/createRuntime/0' 'the-end'
}

@test "a failing poststart hook stops the start, a failing poststop one only warns" {
  hook poststop 'exit 1'
  script true
  launch
  succeeded
  complains poststop
  nothing_left
}

@test "BI-38: a hook that takes longer than its timeout is killed with what it started" {
  local kind
  for kind in createRuntime createContainer startContainer; do
    cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
    config '.hooks[$kind] = [{"path": "/bin/sh", "args": ["sh", "-c", "sleep 1001 & sleep 1002"], "env": ["PATH=/usr/bin:/bin"], "timeout": 1}]' --arg kind "$kind"
    local begin=$SECONDS
    refused "/hooks/$kind/0" 'timeout'
    [ $((SECONDS - begin)) -le 2 ]
    never pgrep -f '^sleep 100[12]$'
  done
}

@test "BI-39: a hook that does not read its stdin, with a state of two megabytes" {
  python3 -c 'print("x" * 2000000)' >/dev/null 2>&1 || true
  head -c 2000000 /dev/zero | tr '\0' x >"$BATS_TEST_TMPDIR/long"
  config '.annotations = {"long": $long}' --rawfile long "$BATS_TEST_TMPDIR/long"
  hook createRuntime 'exec sleep 0.2'
  hook createRuntime "cat | wc -c >$BATS_TEST_TMPDIR/size"
  script 'echo fine'
  launch
  same fine
  [ "$(cat "$BATS_TEST_TMPDIR/size")" -gt 2000000 ]
}

@test "a createContainer hook runs with the configured working directory of the runtime or /" {
  hook createContainer "pwd >$BATS_TEST_TMPDIR/cwd"
  inside true
  [ -s "$BATS_TEST_TMPDIR/cwd" ]
}

@test "a hook's arguments are args as they are, args[0] included" {
  config '.hooks.createRuntime = [{"path": "/bin/sh", "args": ["argv-zero", "-c", "echo $0 $1 >\($d)/args", "a", "b c"]}]' --arg d "$BATS_TEST_TMPDIR"
  inside true
  [ "$(cat "$BATS_TEST_TMPDIR/args")" = 'a b c' ]
}

@test "run has the hooks too, poststop at its end" {
  plain
  local log=$BATS_TEST_TMPDIR/log
  hook createRuntime "echo one >>$log"
  hook poststart "echo two >>$log"
  hook poststop "echo three >>$log"
  payload true
  go
  is 0
  [ "$(cat "$log")" = $'one\ntwo\nthree' ]
}
