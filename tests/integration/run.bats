#!/usr/bin/env bats
# run: output, exit status, signals, stdio.
load bundle

@test "the example config prints its greeting" {
  launch
  succeeded
  says 'Hello from husk, process 1, as root' 'NoNewPrivs:	1' 'Seccomp:	2' 'CapBnd:	00000000a80425fb'
  nothing_left
}

@test "run exits with the program's status" {
  local code
  for code in 0 1 7 126 255; do
    script "exit $code"
    launch
    is "$code"
  done
  nothing_left
}

@test "a program killed by signal N makes run exit with 128 + N" {
  local number
  for number in 9 15 6; do
    script "sh -c 'kill -$number \$\$'; exit \$?"
    launch
    is $((128 + number))
  done
  program sh -c 'trap - SEGV; (until grep -q sleep /proc/$$/comm; do sleep 0.02; done; kill -SEGV $$) & exec sleep 100'
  config 'del(.linux.namespaces[] | select(.type == "pid"))'
  launch
  is 139
  nothing_left
}

@test "run exits with 128 + 9 if kill KILL ends its program" {
  program sleep 1000
  "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&- &
  local pid=$!
  wait_for is_status running
  husk kill "$ID" KILL
  status=0
  wait "$pid" || status=$?
  is 137
  nothing_left
}

@test "a signal to husk run in the foreground reaches the program" {
  script 'trap "echo got it; exit 42" TERM; echo up; while :; do sleep 0.05; done'
  "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
  local pid=$!
  wait_for grep -q up "$BATS_TEST_TMPDIR/out"
  kill -TERM "$pid"
  status=0
  wait "$pid" || status=$?
  is 42
  grep -q 'got it' "$BATS_TEST_TMPDIR/out"
  nothing_left
}

@test "stdin reaches the program" {
  program cat
  run bash -c "head -c 200000 /dev/zero | tr '\0' x | '$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID' | wc -c"
  is 0 200000
}

@test "stdout and stderr are kept apart" {
  script 'echo one; echo two >&2'
  launch
  is 0 one
  [ "$stderr" = two ]
}

@test "a program that reads after the end of stdin gets the end of file" {
  script 'read x || echo end'
  launch
  is 0 end
}

# proves: root-path-from-bundle
# bats test_tags=any-machine
@test "the default bundle is the current directory" {
  program echo here
  cd "$BUNDLE"
  run husk run "$ID"
  is 0 here
}

# proves: root-path-from-bundle
# bats test_tags=any-machine
@test "a relative bundle path works" {
  program echo here
  cd "$BATS_TEST_TMPDIR"
  run husk run --bundle bundle "$ID"
  is 0 here
  run husk run --bundle=./bundle/ "$ID"
  is 0 here
}

# proves: config-json-in-bundle
# bats test_tags=any-machine
@test "config.json must be in the bundle itself, under that name" {
  local place
  program echo read
  cd "$BATS_TEST_TMPDIR"
  for place in "$ROOTFS/config.json" "$BATS_TEST_TMPDIR/config.json" "$BUNDLE/Config.json" "$BUNDLE/config.json.new" \
    "$BUNDLE/config"; do
    mv "$BUNDLE/config.json" "$place"
    refused "open $BUNDLE/config.json: no such file or directory"
    mv "$place" "$BUNDLE/config.json"
  done
  launch
  is 0 read
}

# bats test_tags=any-machine
@test "root.path may be absolute" {
  program echo here
  mv "$ROOTFS" "$BATS_TEST_TMPDIR/elsewhere"
  config '.root.path = $path' --arg path "$BATS_TEST_TMPDIR/elsewhere"
  launch
  is 0 here
}

@test "a program that does not exist is an error that names it" {
  program /bin/badsh
  refused '/process/args' 'exec: "/bin/badsh": stat /bin/badsh: no such file or directory'
}

@test "a name that is not in PATH is an error that names it" {
  program badsh
  refused 'exec: "badsh": executable file not found in $PATH'
}

@test "a program is found in the PATH of process.env" {
  mkdir -p "$ROOTFS/opt/tools"
  printf '#!/bin/sh\necho found "$1"\n' >"$ROOTFS/opt/tools/prog"
  chmod 755 "$ROOTFS/opt/tools/prog"
  program prog argument
  config '.process.env = ["PATH=/nowhere:/opt/tools"]'
  launch
  is 0 'found argument'
}

@test "run --detach returns while the program runs" {
  program sleep 1000
  husk run --detach --bundle "$BUNDLE" --pid-file "$BATS_TEST_TMPDIR/pid" "$ID" </dev/null >/dev/null 2>&1
  is_status running
  kill -0 "$(cat "$BATS_TEST_TMPDIR/pid")"
  husk delete --force "$ID"
  nothing_left
}

@test "run in the foreground leaves the pid file for its caller to read" {
  script 'exit 3'
  launch --pid-file "$BATS_TEST_TMPDIR/pid"
  is 3
  grep -qxE '[0-9]+' "$BATS_TEST_TMPDIR/pid"
  rm "$BATS_TEST_TMPDIR/pid"
  program /no/such
  launch --pid-file "$BATS_TEST_TMPDIR/pid"
  is 1
  [ ! -e "$BATS_TEST_TMPDIR/pid" ]
}

@test "run --keep returns the status and keeps the stopped container" {
  script 'exit 5'
  launch --keep
  is 5
  is_status stopped
  husk delete "$ID"
  nothing_left
}

@test "two runs with one id, one after the other" {
  program echo again
  launch
  is 0 again
  launch
  is 0 again
}

# proves: id-unique create-id-refused
@test "a second run or create of an id in use is refused and does no harm" {
  create
  run --separate-stderr husk create --bundle "$BUNDLE" "$ID" </dev/null
  is 1
  complains "container \"$ID\" already exists (choose another id, or remove it with husk delete)"
  is_status created
  husk delete --force "$ID"
  container_up
  launch
  is 1
  complains "container \"$ID\" already exists"
  is_status running
}
