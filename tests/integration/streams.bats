#!/usr/bin/env bats
# The standard streams belong to the process's user: it can open them by name.
load bundle

setup() {
  bundle_make
  plain
  NAMES='cat /dev/stdin; echo out >/dev/stdout; echo err >/dev/stderr'
  config '.process.user = {uid: 1000, gid: 1000}'
}

# through_pipes COMMAND...: runs it with a pipe for each stream; the output is in out and err.
through_pipes() {
  mkfifo "$BATS_TEST_TMPDIR/pipe"
  cat "$BATS_TEST_TMPDIR/pipe" >"$BATS_TEST_TMPDIR/err" &
  echo in | "$@" 2>"$BATS_TEST_TMPDIR/pipe" | cat >"$BATS_TEST_TMPDIR/out"
  wait $!
  rm "$BATS_TEST_TMPDIR/pipe"
  cat "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err"
  [ "$(cat "$BATS_TEST_TMPDIR/out")" = $'in\nout' ] && [ "$(cat "$BATS_TEST_TMPDIR/err")" = err ]
}

@test "an ordinary user can open their pipes by name" {
  script "$NAMES"
  through_pipes husk run --bundle "$BUNDLE" "$ID"
}

@test "the user of an exec'd process can open their pipes by name" {
  container_up
  through_pipes husk exec "$ID" sh -c "$NAMES"
  through_pipes husk exec --user 1234:0 "$ID" sh -c "$NAMES"
}

@test "a file is given to the user, and its group stays" {
  script 'echo out >>/dev/stdout'
  echo before >"$BATS_TEST_TMPDIR/file"
  chown 7:8 "$BATS_TEST_TMPDIR/file"
  chmod 600 "$BATS_TEST_TMPDIR/file"
  husk create --bundle "$BUNDLE" "$ID" </dev/null >>"$BATS_TEST_TMPDIR/file" 2>/dev/null 3>&-
  [ "$(stat -c %u:%g "$BATS_TEST_TMPDIR/file")" = 1000:8 ]
  husk start "$ID"
  wait_for is_status stopped
  [ "$(cat "$BATS_TEST_TMPDIR/file")" = $'before\nout' ]
}

@test "a world-readable file that is open for reading only keeps its owner" {
  script 'cat /dev/stdin'
  echo in >"$BATS_TEST_TMPDIR/file"
  chmod 644 "$BATS_TEST_TMPDIR/file"
  [ "$(husk run --bundle "$BUNDLE" "$ID" <"$BATS_TEST_TMPDIR/file" 2>/dev/null)" = in ]
  [ "$(stat -c %u "$BATS_TEST_TMPDIR/file")" = 0 ]
  chmod 600 "$BATS_TEST_TMPDIR/file"
  [ "$(husk run --bundle "$BUNDLE" "$ID" <"$BATS_TEST_TMPDIR/file" 2>/dev/null)" = in ]
}

@test "devices keep their owner" {
  local before
  before=$(stat -c %u:%g /dev/null)
  program true
  husk run --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
  [ "$(stat -c %u:%g /dev/null)" = "$before" ]
}

@test "streams on a read-only file system keep their owner" {
  mkdir "$BATS_TEST_TMPDIR/fixed"
  echo in >"$BATS_TEST_TMPDIR/fixed/file"
  chmod 600 "$BATS_TEST_TMPDIR/fixed/file"
  program cat
  # shellcheck disable=SC2016 # of the inner shell
  run unshare --mount sh -c 'mount --bind -o ro "$1" "$1" && exec 0<"$1/file" && exec "$2" --root "$3" run --bundle "$4" "$5"' \
    - "$BATS_TEST_TMPDIR/fixed" "$HUSK" "$ROOT" "$BUNDLE" "$ID"
  is 0 in
  [ "$(stat -c %u "$BATS_TEST_TMPDIR/fixed/file")" = 0 ]
}

@test "root without CAP_DAC_OVERRIDE is given its streams too" {
  config '.process.user = {uid: 0, gid: 0} | .process.capabilities = {}'
  program true
  echo >"$BATS_TEST_TMPDIR/file"
  chown 7 "$BATS_TEST_TMPDIR/file"
  husk run --bundle "$BUNDLE" "$ID" </dev/null >>"$BATS_TEST_TMPDIR/file" 2>&1
  [ "$(stat -c %u "$BATS_TEST_TMPDIR/file")" = 0 ]
}
