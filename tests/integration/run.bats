#!/usr/bin/env bats
# run: output, exit status, signals, stdio.
load bundle

@test "the example config says hello" {
  launch
  succeeded
  says 'Hello from husk, process 1, as root' 'NoNewPrivs:	1' 'Seccomp:	2' 'CapBnd:	00000000a80425fb'
  nothing_left
}

@test "the program's exit status is husk's" {
  local code
  for code in 0 1 7 126 255; do
    script "exit $code"
    launch
    failed_with "$code"
  done
  nothing_left
}

@test "a program killed by signal N gives 128 + N" {
  local number
  for number in 9 15 6; do
    script "sh -c 'kill -$number \$\$'; exit \$?"
    launch
    failed_with $((128 + number))
  done
  payload sh -c 'trap - SEGV; (sleep 0.3; kill -SEGV $$) & exec sleep 10'
  config 'del(.linux.namespaces[] | select(.type == "pid"))'
  launch
  failed_with 139
  nothing_left
}

@test "a signal to husk run in the foreground reaches the program" {
  script 'trap "echo got it; exit 42" TERM; echo up; while :; do sleep 0.05; done'
  "$HUSK" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 &
  local pid=$!
  wait_for grep -q up "$BATS_TEST_TMPDIR/out"
  kill -TERM "$pid"
  local code=0
  wait "$pid" || code=$?
  [ "$code" -eq 42 ]
  grep -q 'got it' "$BATS_TEST_TMPDIR/out"
  nothing_left
}

@test "stdin reaches the program" {
  payload cat
  run bash -c "head -c 200000 /dev/zero | tr '\0' x | '$HUSK' --root '$STATE' run --bundle '$BUNDLE' '$ID' | wc -c"
  [ "$output" = 200000 ]
}

@test "stdout and stderr stay apart" {
  script 'echo one; echo two >&2'
  launch
  succeeded
  [ "$output" = one ]
  [ "$stderr" = two ]
}

@test "a program that reads after the end of stdin gets the end of file" {
  script 'read x || echo end'
  launch
  same end
}

@test "the bundle is the current directory when none is given" {
  payload echo here
  cd "$BUNDLE"
  run husk run "$ID"
  same here
}

@test "a relative bundle path works" {
  payload echo here
  cd "$BATS_TEST_TMPDIR"
  run husk run --bundle bundle "$ID"
  same here
  run husk run --bundle=./bundle/ "$ID"
  same here
}

@test "root.path may be absolute" {
  payload echo here
  mv "$ROOTFS" "$BATS_TEST_TMPDIR/elsewhere"
  config '.root.path = $path' --arg path "$BATS_TEST_TMPDIR/elsewhere"
  launch
  same here
}

@test "a program that is not there is an error that names it" {
  payload /bin/badsh
  launch
  failed_with 1
  complains '/process/args' '/bin/badsh' 'no such file or directory'
  nothing_left
}

@test "a name that is not in PATH is an error that names it" {
  payload badsh
  launch
  failed_with 1
  complains 'badsh' 'executable file not found in $PATH'
  nothing_left
}

@test "a program is found in the PATH of process.env" {
  mkdir -p "$ROOTFS/opt/tools"
  cp "$ROOTFS/bin/busybox" "$ROOTFS/opt/tools/echo"
  payload echo found
  config '.process.env = ["PATH=/nowhere:/opt/tools"]'
  launch
  same found
}

@test "run --detach returns while the program goes on" {
  payload sleep 1000
  husk run --detach --bundle "$BUNDLE" --pid-file "$BATS_TEST_TMPDIR/pid" "$ID" </dev/null >/dev/null 2>&1
  is_status running
  kill -0 "$(cat "$BATS_TEST_TMPDIR/pid")"
  husk delete --force "$ID"
  nothing_left
}

@test "run --keep leaves the stopped container" {
  payload true
  launch --keep
  succeeded
  is_status stopped
  husk delete "$ID"
  nothing_left
}

@test "two runs with one id, one after the other" {
  payload echo again
  launch
  same again
  launch
  same again
}

@test "a second run of an id in use is refused and does no harm" {
  container_up
  launch
  failed_with 1
  complains "$ID" 'already exists'
  is_status running
}
