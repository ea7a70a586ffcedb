#!/usr/bin/env bats
# --timing: the stages of husk and husk-init's steps with their times; --debug names the same stages as they end.
load bundle

setup() {
  bundle_make
  plain
  program true
}

# timed COMMAND...: sets REPORT to the report of husk COMMAND as JSON.
timed() {
  local log=$BATS_TEST_TMPDIR/timing
  rm -f "$log"
  "$HUSK" --root "$ROOT" "${OPTIONS[@]}" --log "$log" --log-format json "$@" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- || true
  REPORT=$(jq -sec 'map(select(.msg == "timing").timing)[0]' "$log")
}

# report FILTER: is true of REPORT.
report() {
  jq -e "$@" <<<"$REPORT" >/dev/null || { echo "not true: $1"; jq -c '.steps[]' <<<"$REPORT"; return 1; }
}

# in_order PROCESS STEP...: the report has these steps of the process, in this order.
in_order() {
  report --arg process "$1" '[.steps[] | select(.process == $process) | .step] as $all
    | ($ARGS.positional | map(. as $one | $all | index($one))) | all(. != null) and . == sort' --args "${@:2}"
}

@test "run reports each stage and each kind of step, from its start to its cleanup" {
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["swapon"], action: "SCMP_ACT_ERRNO"}]}
    | .hooks = {createRuntime: [{path: "/bin/true"}], poststart: [{path: "/bin/true"}]}'
  timed run --timing --bundle "$BUNDLE" "$ID"
  [ ! -s "$BATS_TEST_TMPDIR/out" ]
  in_order husk begin config host plan filter open record cgroup sources clone limits setup hooks commit exec poststart program cleanup
  in_order husk-init clone rootfs mount device mask pivot created identity seccomp
  # nothing is asked for once the filter is loaded
  report '[.steps[] | select(.process == "husk-init") | .step][-1] == "seccomp"'
  report '.steps[] | select(.step == "mount") | .count > 4'
  # husk's stages are the whole, but for the program
  report '([.steps[] | select(.process == "husk" and .step != "program") | .microseconds] | add) == .microseconds'
  report '[.steps[] | select(.step == "program") | has("percent")] == [false]'
}

@test "husk-init's steps lie between their clone and the program" {
  timed run --timing --bundle "$BUNDLE" "$ID"
  report '(.steps[] | select(.process == "husk" and .step == "clone") | .begin) as $made
    | (.steps[] | select(.step == "program") | .begin) as $executed
    | [.steps[] | select(.process == "husk-init")] | length > 10
      and all(.begin >= $made and .begin + .microseconds <= $executed)'
  report '.steps[] | select(.process == "husk-init" and .step == "exec")'
}

@test "in a time namespace, whose clock is another, they are between them too" {
  rootless && skip 'an ordinary user makes no time namespace'
  [ -e /proc/self/ns/time ] || skip 'this kernel has no time namespaces'
  config '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {monotonic: {secs: 86400, nanosecs: 0}}'
  timed run --timing --bundle "$BUNDLE" "$ID"
  report '(.steps[] | select(.process == "husk" and .step == "clone") | .begin) as $made
    | (.steps[] | select(.step == "program") | .begin) as $executed
    | [.steps[] | select(.process == "husk-init")] | length > 10 and all(.begin >= $made and .begin <= $executed)'
}

@test "create reports what it has done, and exec what it does" {
  program sleep 1000
  timed create --timing --bundle "$BUNDLE" "$ID"
  in_order husk begin config plan record clone setup
  in_order husk-init clone mount pivot created
  report '[.steps[].step] | all(. != "program" and . != "wait" and . != "identity" and . != "failure")'
  husk start "$ID"
  timed exec --timing --pid-file "$BATS_TEST_TMPDIR/pid" "$ID" true
  in_order husk begin config plan sources clone exec commit program
  in_order husk-init clone join identity
}

@test "a failure is reported up to it" {
  program /bin/nosuch
  timed run --timing --bundle "$BUNDLE" "$ID"
  grep -q '/bin/nosuch' "$BATS_TEST_TMPDIR/out"
  in_order husk begin config plan clone failure
  in_order husk-init mount lookup
}

@test "without a log the report is a table on standard error, and nothing is added without --timing" {
  program sh -c 'echo out; echo err >&2'
  run --separate-stderr husk run --timing --bundle "$BUNDLE" "$ID"
  is 0 out
  [ "${stderr_lines[0]}" = err ]
  [[ "${stderr_lines[1]}" == 'husk: timing: process '*' ms '*share ]]
  grep -Eq '^husk: timing: husk +config +[0-9]+\.[0-9]{3} +[0-9]+\.[0-9]{3} +[0-9]+\.[0-9]% +read the config' <<<"$stderr"
  grep -Eq '^husk: timing: husk-init +mount +.*% +mount a file system or bind \([0-9]+ times\)$' <<<"$stderr"
  run --separate-stderr husk run --bundle "$BUNDLE" "$ID"
  is 0 out
  [ "$stderr" = err ]
  run --separate-stderr husk --log "$BATS_TEST_TMPDIR/log" run --timing --bundle "$BUNDLE" "$ID"
  [ "$stderr" = err ]
  grep -q '^time="[^"]*" level=info msg="timing: husk  *config ' "$BATS_TEST_TMPDIR/log"
}

@test "--debug names each stage as it ends" {
  husk --debug --log "$BATS_TEST_TMPDIR/log" run --bundle "$BUNDLE" "$ID" </dev/null
  sed -n 's/.*husk: stage \([a-z]*\) has ended: .*/\1/p' "$BATS_TEST_TMPDIR/log" >"$BATS_TEST_TMPDIR/stages"
  diff "$BATS_TEST_TMPDIR/stages" <(printf '%s\n' config host plan open record cgroup sources clone limits setup commit exec program cleanup)
}
