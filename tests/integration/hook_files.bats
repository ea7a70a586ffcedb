#!/usr/bin/env bats
# run.oci.hooks.stdout and run.oci.hooks.stderr: files that get a copy of what hooks print.
load bundle
load hooks

# printing_to OUT ERR: hooks of all kinds print a line on each stream, and the annotations name these files.
printing_to() {
  local kind
  for kind in prestart createRuntime createContainer startContainer poststart poststop; do
    hook "$kind" "echo $kind out; echo $kind err >&2"
  done
  config '.annotations = {"run.oci.hooks.stdout": $out, "run.oci.hooks.stderr": $err}' --arg out "$1" --arg err "$2"
}

# lines WORD: one of each kind of hook.
lines() {
  printf "%s $1\n" prestart createRuntime createContainer startContainer poststart poststop
}

@test "the files get what hooks of all kinds print, the program's streams do not" {
  local out=$BATS_TEST_TMPDIR/out.log err=$BATS_TEST_TMPDIR/err.log
  echo before >"$out"
  printing_to "$out" "$err"
  inside 'echo program'
  same program
  [ -z "$stderr" ]
  [ "$(cat "$out")" = "$(echo before; lines out)" ]
  [ "$(cat "$err")" = "$(lines err)" ]
  [ "$(stat -c %a "$err")" = 600 ]
}

@test "one file for both streams; create, start and delete each append; a relative path is below the bundle" {
  printing_to both.log both.log
  program sleep 1000
  cd /
  create
  husk start "$ID"
  husk delete --force "$ID"
  [ "$(grep out "$BUNDLE/both.log")" = "$(lines out)" ]
  [ "$(grep err "$BUNDLE/both.log")" = "$(lines err)" ]
}

@test "an error still has a hook's last words, and a late hook's output is kept" {
  local err=$BATS_TEST_TMPDIR/err.log kind
  for kind in createRuntime createContainer; do
    rm -f "$err"
    config 'del(.hooks)'
    hook "$kind" 'echo no device >&2; exit 3'
    config '.annotations = {"run.oci.hooks.stderr": $err}' --arg err "$err"
    launch
    is 1
    complains "$kind hook 0 (/bin/sh) exited with status 3: no device"
    [ "$(cat "$err")" = 'no device' ]
  done
  rm "$err"
  config 'del(.hooks)'
  hook createRuntime 'echo begun >&2; sleep 1000'
  config '.hooks.createRuntime[0].timeout = 1'
  launch
  is 1
  complains 'its timeout is 1 s'
  [ "$(cat "$err")" = begun ]
}

@test "more than a pipe holds arrives completely, also of hooks in the container" {
  local out=$BATS_TEST_TMPDIR/out.log
  hook createRuntime 'seq 100000; exec sleep 0'
  hook startContainer 'seq 100000; exec sleep 0'
  config '.annotations = {"run.oci.hooks.stdout": $out}' --arg out "$out"
  inside true
  cmp "$out" <(seq 100000; seq 100000)
}

@test "a file that cannot be opened is an error with the annotation's place, before anything is made" {
  local value
  hook poststop true
  mkfifo "$BATS_TEST_TMPDIR/fifo"
  for value in /nonexistent/file "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR/fifo"; do
    config '.annotations = {"run.oci.hooks.stderr": $file}' --arg file "$value"
    launch
    is 1
    complains '/annotations/run.oci.hooks.stderr: open "'"$value"'" for the output of hooks: '
    nothing_left
  done
  complains 'nobody reads this FIFO'
  config '.annotations = {"run.oci.hooks.stdout": ""}'
  run husk check --bundle "$BUNDLE"
  is 1
  says '/annotations/run.oci.hooks.stdout: run.oci.hooks.stdout needs the name of a file'
}

@test "a pipe that nobody empties does not hold up a hook" {
  local pipe=$BATS_TEST_TMPDIR/pipe kind
  mkfifo "$pipe"
  exec 7<>"$pipe"
  for kind in createRuntime startContainer; do
    config 'del(.hooks)'
    hook "$kind" 'seq 100000'
    config '.annotations = {"run.oci.hooks.stdout": $pipe}' --arg pipe "$pipe"
    inside 'echo ran'
    same ran
  done
  exec 7<&-
}

@test "poststop hooks run though their file is gone, with a warning" {
  local dir=$BATS_TEST_TMPDIR/dir
  mkdir "$dir"
  hook poststop "touch $BATS_TEST_TMPDIR/stopped"
  config '.annotations = {"run.oci.hooks.stdout": $file}' --arg file "$dir/file"
  program sleep 1000
  create
  rm -r "$dir"
  husk "${WARNED[@]}" delete --force "$ID"
  warns '/annotations/run.oci.hooks.stdout: open "'
  [ -e "$BATS_TEST_TMPDIR/stopped" ]
}

@test "neither a hook of the image nor the program has a descriptor of the file" {
  local out=$BATS_TEST_TMPDIR/out.log
  hook startContainer 'ls -l /proc/self/fd >/tmp/hook'
  plain
  config '.annotations = {"run.oci.hooks.stdout": $out, "run.oci.hooks.stderr": $out}' --arg out "$out"
  script 'cat /tmp/hook; ls -l /proc/self/fd'
  launch
  succeeded
  says pipe:
  says_not out.log
}
