#!/usr/bin/env bats
# The command line: ids, options, files that it names.
load bundle

@test "CL-01: bad ids are refused with the grammar, before anything is made" {
  local id
  for id in '' . .. a/b ../x $'a\nb' 'a b' 'ü' '*' "$(printf 'x%.0s' {1..1025})"; do
    run --separate-stderr husk run --bundle "$BUNDLE" "$id" </dev/null
    [ "$status" -ne 0 ]
    complains 'A-Z a-z 0-9'
    [ -z "$(ls -A "$STATE" 2>/dev/null)" ]
  done
  run --separate-stderr husk run --bundle "$BUNDLE" -- -x </dev/null
  [ "$status" -ne 0 ]
  nothing_left
}

@test "CL-02: paths as ids of state, kill, delete, exec, start are refused" {
  mkdir -p "$BATS_TEST_TMPDIR/elsewhere"
  echo '{}' >"$BATS_TEST_TMPDIR/elsewhere/state.json"
  local command
  for command in state start delete 'delete --force'; do
    run husk $command ../elsewhere
    [ "$status" -ne 0 ]
  done
  run husk kill ../../elsewhere KILL
  [ "$status" -ne 0 ]
  run husk exec ../elsewhere true
  [ "$status" -ne 0 ]
  [ -e "$BATS_TEST_TMPDIR/elsewhere/state.json" ]
}

@test "CL-03: --root that is a file, belongs to somebody else, or is writable by all" {
  payload true
  touch "$BATS_TEST_TMPDIR/file"
  run --separate-stderr "$HUSK" --root "$BATS_TEST_TMPDIR/file" run --bundle "$BUNDLE" "$ID"
  [ "$status" -ne 0 ]
  mkdir -m 700 "$BATS_TEST_TMPDIR/other"
  chown 1000 "$BATS_TEST_TMPDIR/other"
  run --separate-stderr "$HUSK" --root "$BATS_TEST_TMPDIR/other" run --bundle "$BUNDLE" "$ID"
  [ "$status" -ne 0 ]
  mkdir "$BATS_TEST_TMPDIR/open"
  chmod 777 "$BATS_TEST_TMPDIR/open"
  run --separate-stderr "$HUSK" --root "$BATS_TEST_TMPDIR/open" run --bundle "$BUNDLE" "$ID"
  [ "$status" -ne 0 ]
  launch
  succeeded
  [ "$(stat -c %a "$STATE")" = 700 ]
}

@test "CL-05: --pid-file in a missing directory, on a directory, on a full file system" {
  payload sleep 1000
  local path
  mkdir "$BATS_TEST_TMPDIR/dir"
  for path in "$BATS_TEST_TMPDIR/missing/pid" "$BATS_TEST_TMPDIR/dir"; do
    run --separate-stderr husk create --bundle "$BUNDLE" --pid-file "$path" "$ID" </dev/null
    failed_with 1
    complains "$path"
    nothing_left
  done
  run unshare --mount --propagation private bash -c "mount -t tmpfs -o size=4k,nr_inodes=3 none '$BATS_TEST_TMPDIR/dir' && dd if=/dev/zero of='$BATS_TEST_TMPDIR/dir/x' bs=4k count=1 2>/dev/null
    '$HUSK' --root '$STATE' create --bundle '$BUNDLE' --pid-file '$BATS_TEST_TMPDIR/dir/pid' '$ID' </dev/null >/dev/null"
  failed_with 1
  nothing_left
}

@test "CL-06: a pid file that is being read is never empty or partial" {
  local file=$BATS_TEST_TMPDIR/pid
  payload true
  bash -c "while [ ! -e '$BATS_TEST_TMPDIR/stop' ]; do
      text=\$(cat '$file' 2>&1) && [ -z \"\$text\" ] && echo empty
    done; true" >"$BATS_TEST_TMPDIR/seen" 2>&1 3>&- &
  local reader=$! i
  for i in 1 2 3 4 5 6 7 8 9 10; do
    husk run --bundle "$BUNDLE" --pid-file "$file" "$ID" </dev/null
  done
  touch "$BATS_TEST_TMPDIR/stop"
  wait "$reader"
  [ ! -s "$BATS_TEST_TMPDIR/seen" ]
}

@test "CL-10: any of stdin, stdout, stderr closed" {
  payload sh -c 'ls /proc/self/fd >/dev/null; exit 7'
  local closed
  for closed in '<&-' '>&-' '2>&-' '<&- >&-' '<&- 2>&-' '>&- 2>&-' '<&- >&- 2>&-'; do
    run bash -c "'$HUSK' --root '$STATE' run --bundle '$BUNDLE' '$ID' $closed"
    failed_with 7
  done
  nothing_left
}

@test "CL-11: unknown commands and options, missing and surplus operands" {
  local arguments
  for arguments in nonsense 'run --nonsense x' 'state' 'state a b' 'run' 'create' 'kill' 'delete' 'delete a b' 'start' 'list --format xml' '--nonsense' '--log-format xml list' '--log-level loud list' '--cgroup-manager x list' 'create --preserve-fds x a' 'create --preserve-fds -1 a'; do
    run --separate-stderr husk $arguments
    [ "$status" -ne 0 ] || { echo "$arguments"; return 1; }
    [ -n "$stderr" ]
    [ -z "$output" ]
  done
  run --separate-stderr husk
  [ "$status" -ne 0 ]
  nothing_left
}

@test "CL-12: signals that are none" {
  container_up
  local signal
  for signal in 65 SIGFOO 9x -- '' 999999999999 15.0; do
    run --separate-stderr husk kill "$ID" "$signal"
    [ "$status" -ne 0 ] || { echo "$signal"; return 1; }
  done
  is_status running
  husk kill "$ID" 0
  is_status running
  husk kill "$ID" KILL
  wait_for is_status stopped
  run husk kill "$ID" KILL
  failed_with 1
  says 'not running'
}

@test "CL-13: delete of a running container, twice, by force, of none" {
  container_up
  run husk delete "$ID"
  failed_with 1
  is_status running
  husk delete --force "$ID"
  nothing_left
  run husk delete "$ID"
  failed_with 1
  says 'does not exist'
  husk delete --force "$ID"
}

@test "CL-14: start twice, start after the end" {
  container_up
  run husk start "$ID"
  failed_with 1
  [ -n "$output" ]
  husk kill "$ID" KILL
  wait_for is_status stopped
  run husk start "$ID"
  failed_with 1
  [ "${#lines[@]}" -eq 1 ]
  husk delete "$ID"
  husk create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
  husk kill "$ID" KILL
  wait_for is_status stopped
  run husk start "$ID"
  failed_with 1
}

@test "CL-16: a pid that is another process's by now is never signalled" {
  container_up
  husk kill "$ID" KILL
  wait_for is_status stopped
  sleep 1000 3>&- &
  BACKGROUND=$!
  # as if the number had been given out again
  sed -i "s/\"pid\": *$PID\\b/\"pid\":$BACKGROUND/" "$STATE/$ID/state.json"
  grep -q "$BACKGROUND" "$STATE/$ID/state.json"
  is_status stopped
  run husk kill "$ID" KILL
  [ "$status" -ne 0 ]
  husk delete --force "$ID"
  kill -0 "$BACKGROUND"
  nothing_left
}

@test "CL-18: a log that cannot be written fails nothing that can work, and hangs nothing" {
  payload echo fine
  mkfifo "$BATS_TEST_TMPDIR/fifo"
  local log
  for log in "$BATS_TEST_TMPDIR/fifo" /dev/full; do
    run --separate-stderr timeout 5 "$HUSK" --root "$STATE" --log "$log" run --bundle "$BUNDLE" "$ID"
    [ "$status" -ne 124 ]
    [ "$status" -ne 0 ] || same fine
  done
  run --separate-stderr timeout 5 "$HUSK" --root "$STATE" --log "$BATS_TEST_TMPDIR" run --bundle "$BUNDLE" "$ID"
  [ "$status" -ne 124 ]
}

@test "CL-18: the log stays JSON whatever is in the message" {
  payload $'/quote"back\\slash\nline\ttab'
  run "$HUSK" --root "$STATE" --log "$BATS_TEST_TMPDIR/log" --log-format json run --bundle "$BUNDLE" "$ID"
  [ "$status" -ne 0 ]
  jq -e . "$BATS_TEST_TMPDIR/log"
  [ "$(wc -l <"$BATS_TEST_TMPDIR/log")" -eq 1 ]
  run "$HUSK" --root "$STATE" --log "$BATS_TEST_TMPDIR/log" --log-format json state $'"\n\x01'
  jq -e . "$BATS_TEST_TMPDIR/log"
}

@test "--version and --help, of husk and of each command" {
  run --separate-stderr husk --version
  succeeded
  [[ "${lines[0]}" == 'husk version '* ]]
  says 'spec: 1.'
  run --separate-stderr husk --help
  succeeded
  local command
  for command in check create delete exec kill list plan run spec start state; do
    says "$command"
  done
  for command in check create delete exec kill list plan run spec start state; do
    run --separate-stderr husk "$command" --help
    succeeded
    says "husk $command"
    [ -z "$stderr" ]
  done
}

@test "spec writes a config.json that runs" {
  rm "$BUNDLE/config.json"
  cd "$BUNDLE"
  husk spec
  [ -f config.json ]
  jq -e .ociVersion config.json
  payload echo fine
  launch
  same fine
  run husk spec
  [ "$status" -ne 0 ]
}

@test "plan prints the steps of a bundle, also without its rootfs and without root" {
  rm -rf "$ROOTFS"
  run --separate-stderr husk plan --bundle "$BUNDLE"
  succeeded
  says mount pivot seccomp exec
  run --separate-stderr husk plan --json --bundle "$BUNDLE"
  jq -e . <<<"$output"
  chmod 755 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "$BATS_TEST_TMPDIR" "$BUNDLE"
  cp "$HUSK" "$BATS_TEST_TMPDIR/husk"
  run --separate-stderr setpriv --reuid 1000 --regid 1000 --clear-groups "$BATS_TEST_TMPDIR/husk" plan --bundle "$BUNDLE"
  succeeded
  says seccomp
}

@test "plan shows the names of variables, not their values" {
  config '.process.env += ["PASSWORD=hunter2"]'
  run --separate-stderr husk plan --bundle "$BUNDLE"
  succeeded
  says_not hunter2
  run --separate-stderr husk plan --json --bundle "$BUNDLE"
  says_not hunter2
}

@test "plan ends with the filter right before exec" {
  run --separate-stderr husk plan --bundle "$BUNDLE"
  [[ "${lines[-1]}" == *exec* ]]
  [[ "${lines[-2]}" == *seccomp* ]]
}

@test "check tells all errors at once, each with its place" {
  config '.process.cwd = "relative" | .process.args = [] | .linux.maskedPaths = ["x"] | .process.rlimits[0].type = "RLIMIT_FOO"'
  run husk check --bundle "$BUNDLE"
  failed_with 1
  says /process/cwd /process/args /linux/maskedPaths/0 /process/rlimits/0/type
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  run husk check --bundle "$BUNDLE"
  succeeded
}
