#!/usr/bin/env bats
# husk-criu as a program that husk starts: what it inherits, and what becomes of a criu that ends too early. No criu is
# needed: a script has its name.
load bundle

setup() {
  ! rootless || skip 'a checkpoint is for root'
  [ -x "${HUSK%/*}/husk-criu" ] || skip 'husk was built without protobuf-c'
  bundle_make
  plain
  mkdir "$BATS_TEST_TMPDIR/bin" "$BATS_TEST_TMPDIR/images"
  echo '[]' >"$BATS_TEST_TMPDIR/images/descriptors.json"
}

teardown() {
  [ -z "${BUNDLE:-}" ] || bundle_end
}

# criu SCRIPT: what runs in criu's place.
criu() {
  printf '#!/bin/sh\n%s\n' "$1" >"$BATS_TEST_TMPDIR/bin/criu"
  chmod +x "$BATS_TEST_TMPDIR/bin/criu"
}

checkpoint() {
  PATH=$BATS_TEST_TMPDIR/bin:$PATH run --separate-stderr husk checkpoint --image-path "$BATS_TEST_TMPDIR/images" "$ID"
}

restore() {
  PATH=$BATS_TEST_TMPDIR/bin:$PATH run --separate-stderr husk restore --image-path "$BATS_TEST_TMPDIR/images" \
    --bundle "$BUNDLE" "$ID"
}

@test "a criu that is killed at once is told by its signal: nothing is dumped, nothing restored" {
  criu 'kill -KILL $$'
  container_up 'sleep 1000'
  checkpoint
  is 1 ''
  complains 'husk: error: criu was killed by signal 9 (SIGKILL)'
  is_status running
  husk delete --force "$ID"
  echo '[]' >"$BATS_TEST_TMPDIR/images/descriptors.json"
  restore
  is 1 ''
  complains 'husk: error: criu was killed by signal 9 (SIGKILL)'
  nothing_left
}

@test "husk-criu has no descriptor of the caller's, and no signal blocked" {
  criu "ls -l /proc/\$PPID/fd >'$BATS_TEST_TMPDIR/descriptors'; grep SigBlk /proc/\$PPID/status >'$BATS_TEST_TMPDIR/blocked'; exit 1"
  container_up 'sleep 1000'
  exec 9<"$BATS_TEST_TMPDIR/images"
  checkpoint
  exec 9<&-
  is 1 ''
  complains 'husk: error: criu: exited with status 1'
  grep -q ' 3 -> socket:' "$BATS_TEST_TMPDIR/descriptors"
  never grep -q ' 9 -> ' "$BATS_TEST_TMPDIR/descriptors"
  grep -q '0000000000000000$' "$BATS_TEST_TMPDIR/blocked"
}
