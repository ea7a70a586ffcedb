#!/usr/bin/env bats
# --debug: each stage of husk and each step of husk-init is a line of the log, and the last line shows the current one.
load bundle

setup() {
  bundle_make
  plain
  LOG=$BATS_TEST_TMPDIR/log
}

debugging() {
  "$HUSK" --root "$ROOT" "${OPTIONS[@]}" --debug --log "$LOG" "$@"
}

# told TEXT...: lines of the log contain the texts, in this order.
told() {
  local text rest
  rest=$(cat "$LOG")
  for text; do
    [[ $rest = *"$text"* ]] || { echo "not told, or not in this order: $text"; cat "$LOG"; return 1; }
    rest=${rest#*"$text"}
  done
}

last_line_has() {
  tail -n 1 "$LOG" | grep -qF -- "$1"
}

@test "create and start log each stage, and husk-init's steps as in the plan" {
  program sleep 1000
  config '.hooks = {createRuntime: [{path: "/bin/true"}], poststart: [{path: "/bin/true"}]}'
  debugging create --bundle "$BUNDLE" --pid-file "$BATS_TEST_TMPDIR/pid" "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 3>&-
  told "config read: $BUNDLE/config.json" 'compiled: ' "record made: $ROOT/$ID" \
    "husk-init cloned as process $(<"$BATS_TEST_TMPDIR/pid")" 'new namespaces: mount, pid' 'mount: proc on /proc' \
    'createRuntime hook 0: /bin/true begins' 'createRuntime hook 0: /bin/true has ended, ' 'pivot: pivot_root' \
    'pid file written: ' "record written: container \\\"$ID\\\" is created"
  bed vm-rootless || told 'cgroup made: ' "$ID"
  : >"$LOG"
  debugging start "$ID" >>"$BATS_TEST_TMPDIR/out" 2>&1
  told "record read: container \\\"$ID\\\", created" 'told to start' 'identity: ' 'exec: ' 'has executed its program' \
    'poststart hook 0: /bin/true has ended'
  [ ! -s "$BATS_TEST_TMPDIR/out" ]
}

@test "each step of the plan is logged once, in order" {
  program true
  debugging run --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
  local count
  count=$(sed -n 's/.*compiled: \([0-9]*\) steps.*/\1/p' "$LOG")
  [ "$(sed -n 's/.*husk-init: step \([0-9]*\) of.*/\1/p' "$LOG")" = "$(seq "$count")" ]
}

@test "exec logs its stages, as JSON if asked, and not to the program's streams" {
  container_up
  run --separate-stderr "$HUSK" --root "$ROOT" --debug --log "$LOG" --log-format json exec --env SECRET=hidden "$ID" echo out
  is 0 out
  [ -z "$stderr" ]
  jq -e 'select(.level != "debug" or (.time | length) == 0)' "$LOG" && return 1
  jq -r .msg "$LOG" >"$LOG.text"
  LOG=$LOG.text
  told "container \"$ID\" is running, its process is $PID" 'husk-init cloned as process ' 'join: ' 'exec: echo out' \
    'has executed its program'
  never grep hidden "$LOG"
}

@test "the last line of a create or start that hangs names its step" {
  program true
  mkfifo "$ROOTFS/tmp/gate"
  config '.hooks = {createContainer: [{path: "/bin/sh", args: ["sh", "-c", "read -r x <\($root)/tmp/gate"]}],
    startContainer: [{path: "/bin/sh", args: ["sh", "-c", "read -r x </tmp/gate"]}]}' --arg root "$ROOTFS"
  debugging create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&- &
  BACKGROUND+=" $!"
  wait_for last_line_has 'hook: createContainer hook 0: /bin/sh'
  timeout 30 sh -c 'echo >"$1"' sh "$ROOTFS/tmp/gate"
  wait "$!"
  debugging start "$ID" >/dev/null 2>&1 3>&- &
  BACKGROUND+=" $!"
  wait_for last_line_has ', hook: '
  timeout 30 sh -c 'echo >"$1"' sh "$ROOTFS/tmp/gate"
  wait "$!"
  told 'told to start' 'hook: ' 'has executed its program'
}

@test "if a process is killed before it runs the program, the error names the step" {
  program true
  config '.hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "echo >/tmp/here; exec sleep 1000"]}]'
  create
  husk start "$ID" >"$BATS_TEST_TMPDIR/start" 2>&1 3>&- &
  BACKGROUND+=" $!"
  wait_for test -e "$ROOTFS/tmp/here"
  husk kill "$ID" KILL
  wait "$!" && return 1
  grep -q 'in step hook' "$BATS_TEST_TMPDIR/start"
}
