#!/usr/bin/env bats
# husk's output for people has no control characters and no changes of text direction, whatever names the
# user's files, arguments and processes have; and what it writes as JSON is JSON.
# bats file_tags=any-machine,attack:CL-20
load bundle

# ESC, newline, tab, DEL, a C1 control, a bidi override, a line separator. In names of files also bytes that are not UTF-8.
ODD=$'\e[31m\n\t\x7f\xc2\x9b\xe2\x80\xae\xe2\x80\xa8z'
SHOWN='\x1b[31m\x0a\x09\x7f\u009b\u202e\u2028z'
BROKEN=$ODD$'\xff\xc3'

# fit FILE: it is UTF-8 without unescaped characters other than newlines. fit_json FILE: it is also JSON, or each line of
# it is.
fit() {
  python3 - "$1" "${2:-}" <<'END'
import json, sys
text = open(sys.argv[1], "rb").read().decode()
unfit = set(range(32)) | set(range(0x7f, 0xa0)) | {0x61c, 0x200e, 0x200f, *range(0x2028, 0x202f), *range(0x2066, 0x206a)}
bad = sorted({hex(ord(c)) for c in text if ord(c) in unfit - {10}})
assert not bad, (bad, text)
if sys.argv[2]:
    try:
        json.loads(text)
    except ValueError:
        for line in text.splitlines():
            json.loads(line)
END
}

fit_json() {
  fit "$1" json
}

# told STATUS ARG...: husk exits with STATUS; its output is fit, shows the odd text and has the right number of lines: one
# for a failure.
told() {
  local wanted=$1 got=0 said=$BATS_TEST_TMPDIR/said log=$BATS_TEST_TMPDIR/log
  shift
  rm -f "$log" "$log.json"
  "$HUSK" --root "$ROOT" "${OPTIONS[@]}" --log "$log.json" --log-format json "$@" </dev/null >"$said" 2>&1 || got=$?
  echo "husk ${*@Q}: $got"
  cat "$said"
  [ "$got" -eq "$wanted" ]
  fit "$said"
  fit_json "$log.json"
  grep -qF -e "$SHOWN" "$said"
  [ "$wanted" -eq 0 ] || [[ $1 == check || "$1 $2" == 'seccomp check' ]] || [ "$(grep -c . "$said")" -eq 1 ]
  "$HUSK" --root "$ROOT" "${OPTIONS[@]}" --log "$log" "$@" </dev/null >/dev/null 2>&1 || :
  fit "$log"
}

@test "errors about options and operands of each command are escaped on stderr and in both log formats" {
  local command
  mkdir "$BATS_TEST_TMPDIR/$BROKEN"
  for command in state start kill delete pause resume ps events checkpoint restore create run; do
    told 1 "$command" "$ODD"
  done
  told 255 exec "$ODD" true
  told 1 "$ODD"
  told 1 "--$ODD"
  told 1 --log-level "$ODD"
  told 1 --cgroup-manager "$ODD"
  for command in list check plan spec features seccomp; do
    told 1 "$command" "--$ODD"
  done
  told 1 list "$ODD"
  told 1 list --format "$ODD"
  told 1 seccomp "$ODD"
  told 1 check --bundle "/none/$BROKEN"
  told 1 plan --bundle "/none/$BROKEN"
  told 1 spec --bundle "/none/$BROKEN"
  told 1 run --bundle "/none/$BROKEN" "$ID"
  told 1 create --bundle "$BUNDLE" --pid-file "/none/$BROKEN" "$ID"
  config '.process.terminal = true'
  told 1 create --bundle "$BUNDLE" --console-socket "/none/$BROKEN" "$ID"
  told 1 run --bundle "$BUNDLE" --seccomp-record "/none/$BROKEN" "$ID"
  told 1 seccomp record -o "/none/$BROKEN" -- true
  for command in check dump; do
    told 1 seccomp "$command" "/none/$BROKEN"
  done
  told 1 seccomp diff "/none/$BROKEN" /none
  told 1 seccomp explain "/none/$BROKEN" mkdir
  told 1 kill "$ID" "$ODD"
  told 1 update --memory "$ODD" "$ID"
  told 1 update --memory 1g "$ODD"
  told 1 events --interval "$ODD" "$ID"
  local key
  key=$(jq -n --arg odd "$ODD" '$odd')
  printf '{%s: 1, %s: 2}' "$key" "$key" >"$BATS_TEST_TMPDIR/$BROKEN/config.json"
  told 1 check --bundle "$BATS_TEST_TMPDIR/$BROKEN"
  : >"$BATS_TEST_TMPDIR/file$BROKEN"
  told 1 --root "$BATS_TEST_TMPDIR/file$BROKEN" state "$ID"
}

@test "errors about config.json and errors of husk-init are escaped" {
  program "/none/$ODD"
  told 1 run --bundle "$BUNDLE" "$ID"
  example_with '.process.cwd = "/bin/busybox/" + $odd' --arg odd "$ODD"
  told 1 run --bundle "$BUNDLE" "$ID"
  example_with '.mounts += [{destination: "/x", type: "bind", source: ("/none/" + $odd), options: ["bind"]}]' --arg odd "$ODD"
  told 1 create --bundle "$BUNDLE" "$ID"
  example_with '.hooks = {createRuntime: [{path: ("/bin/none" + $odd)}]}' --arg odd "$ODD"
  told 1 run --bundle "$BUNDLE" "$ID"
  example_with '.hooks = {createRuntime: [{path: "/bin/sh", args: ["sh", "-c", "printf \"\\033]0;x\\007\\377\" >&2; exit 3", $odd]}]}' --arg odd "$ODD"
  run "$HUSK" --root "$ROOT" "${OPTIONS[@]}" --log "$BATS_TEST_TMPDIR/hook.log" --log-format json run --bundle "$BUNDLE" "$ID" </dev/null
  is 1
  says '\x1b]0;x\x07\xff'
  fit_json "$BATS_TEST_TMPDIR/hook.log"
}

@test "errors of exec about the program, its directory and user are escaped" {
  container_up
  told 127 exec "$ID" "/none/$BROKEN"
  told 255 exec --cwd "/none/$BROKEN" "$ID" true
  told 255 exec --user "$ODD" "$ID" true
  told 255 exec --process "/none/$BROKEN" "$ID"
}

@test "values of a config that plan and check print are escaped" {
  config '.process.args = ["echo", $odd] | .process.env += ["A" + $odd + "=1"] | .hostname = "h"
    | .linux.sysctl = {("kernel." + $odd): "1"} | .linux.cgroupsPath = "/" + $odd
    | .mounts += [{destination: ("/x" + $odd), type: "tmpfs", source: "x", options: [$odd]}]' --arg odd "$ODD"
  told 1 check --bundle "$BUNDLE"
  example_with '.process.args = ["echo", $odd] | .process.env += ["A" + $odd + "=1"]
    | .mounts += [{destination: ("/x" + $odd), type: "bind", source: ("/s" + $odd), options: ["bind"]}]' --arg odd "$ODD"
  told 0 plan --bundle "$BUNDLE"
  grep -qE '^ *[0-9]+  mount +bind /s[^ ]* on /x[^ ]* .*/mounts/[0-9]+$' "$BATS_TEST_TMPDIR/said"
  grep -qE '^ *[0-9]+  exec .*/process/args/0$' "$BATS_TEST_TMPDIR/said"
  told 0 plan --show-env --bundle "$BUNDLE"
  husk plan --json --bundle "$BUNDLE" >"$BATS_TEST_TMPDIR/plan.json"
  fit "$BATS_TEST_TMPDIR/plan.json"
  python3 - "$BATS_TEST_TMPDIR/plan.json" "$ODD" <<'END'
import json, sys
assert any(sys.argv[2] in step["what"] for step in json.loads(open(sys.argv[1], "rb").read().decode())["steps"])
END
}

@test "the seccomp tools escape a profile's file name and content" {
  local profile=$BATS_TEST_TMPDIR/$BROKEN.json
  jq '.linux.seccomp + {listenerPath: ("/run/" + $odd), listenerMetadata: $odd} | .syscalls += [{names: [$odd, "mkdir"], action: "SCMP_ACT_NOTIFY"}]' \
    --arg odd "$ODD" "$BUNDLE/config.json" >"$profile"
  told 2 seccomp check "$profile"
  told 0 seccomp explain "$profile" mkdir
  told 0 seccomp explain --all "$profile"
  told 1 seccomp explain "$profile" "$ODD"
  told 1 seccomp explain "$profile" mkdir "$ODD"
  jq .linux.seccomp "$BUNDLE/config.json" >"$BATS_TEST_TMPDIR/other.json"
  run "$HUSK" seccomp diff "$profile" "$BATS_TEST_TMPDIR/other.json"
  is 2
  says "$SHOWN"
  printf '%s\n' "$output" >"$BATS_TEST_TMPDIR/said"
  fit "$BATS_TEST_TMPDIR/said"
  "$HUSK" seccomp dump "$profile" >"$BATS_TEST_TMPDIR/said"
  fit "$BATS_TEST_TMPDIR/said"
  local json
  for json in 'check --json' 'explain --json --all' 'dump --json'; do
    # shellcheck disable=SC2086 # words
    "$HUSK" seccomp $json "$profile" >"$BATS_TEST_TMPDIR/json" || [ $? -eq 2 ]
    fit "$BATS_TEST_TMPDIR/json"
    jq -e . "$BATS_TEST_TMPDIR/json" >/dev/null
  done
}

@test "list, state, ps, events and hooks escape the odd name of a bundle" {
  local said=$BATS_TEST_TMPDIR/said
  mv "$BUNDLE" "$BATS_TEST_TMPDIR/$BROKEN"
  BUNDLE=$BATS_TEST_TMPDIR/$BROKEN
  config '.annotations = {($odd): $odd} | .hooks = {createRuntime: [{path: "/bin/sh", args: ["sh", "-c", "cat >$0", $out]}],
    createContainer: [{path: "/bin/sh", args: ["sh", "-c", "cat >$0", $out + "2"]}]}' --arg odd "$ODD" --arg out "$BATS_TEST_TMPDIR/hook"
  # shellcheck disable=SC2016 # the container's shell
  container_up "printf '\\033[2J\\302\\233\\342\\200\\256' >/proc/\$\$/comm; while :; do sleep 1; done"
  fit_json "$BATS_TEST_TMPDIR/hook"
  fit_json "$BATS_TEST_TMPDIR/hook2"
  told 0 list
  [ "$(wc -l <"$said")" -eq 2 ]
  grep -qF "$SHOWN\\xff\\xc3" "$said"
  local command
  for command in "state $ID" 'list --format json' "ps --format json $ID" "events --stats $ID"; do
    # shellcheck disable=SC2086 # words
    husk $command | tr '\n' ' ' >"$said"
    fit_json "$said"
  done
  # JSON output decodes to the original text
  husk state "$ID" | ODD=$ODD python3 -c 'import json, os, sys
state, odd = json.loads(sys.stdin.buffer.read().decode()), os.environ["ODD"]
assert state["annotations"] == {odd: odd} and state["bundle"].endswith("/" + odd + "\ufffd\ufffd"), state'
  wait_for renamed
  for command in -ef '-o pid,comm' '-o pid,args'; do
    # shellcheck disable=SC2086 # words
    LC_ALL=C.UTF-8 husk ps "$ID" $command >"$said"
    fit "$said"
  done
}

renamed() {
  grep -q '2J' "/proc/$PID/comm"
}

@test "what husk ps prints is escaped" {
  container_up
  mkdir "$BATS_TEST_TMPDIR/bin"
  cat >"$BATS_TEST_TMPDIR/bin/ps" <<'END'
#!/bin/sh
printf 'PID NAME\n%s a\033[2J\302\205\342\200\256\377b\n' "$NUMBER"
END
  chmod +x "$BATS_TEST_TMPDIR/bin/ps"
  run env NUMBER="$PID" PATH="$BATS_TEST_TMPDIR/bin:$PATH" "$HUSK" --root "$ROOT" "${OPTIONS[@]}" ps "$ID"
  is 0 "PID NAME
$PID a\\x1b[2J\\u0085\\u202e\\xffb"
}

@test "--seccomp-explain escapes names of processes and of files" {
  plain
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat", "chdir"], action: "SCMP_ACT_ERRNO"}]}'
  script "printf 'a\\302\\233\\342\\200\\256\\377' >/proc/\$\$/comm; cd /; mkdir \"\$(printf 'caf\\303\\251\\302\\205\\342\\200\\256\\377\\033\"')\"; true"
  husk run --seccomp-explain="$BATS_TEST_TMPDIR/said" --bundle "$BUNDLE" "$ID" </dev/null || :
  cat "$BATS_TEST_TMPDIR/said"
  fit "$BATS_TEST_TMPDIR/said"
  grep -qF 'chdir("/") by a\u009b\u202e\xff on ' "$BATS_TEST_TMPDIR/said"
  grep -qF 'mkdir("café\u0085\u202e\xff\x1b\x22"' "$BATS_TEST_TMPDIR/said"
}
