#!/usr/bin/env bats
# husk-criu as a program that husk starts: what it inherits, and what happens if criu ends too early. No criu is
# needed: a script takes its name.
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

@test "a criu that is killed at once is an error with its signal: nothing is dumped, nothing restored" {
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

@test "husk-criu inherits no descriptor of the caller and no blocked signal" {
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

@test "a terminal in the images without a console does not fail a restore" {
  criu "exec python3 '$BATS_TEST_TMPDIR/criu.py' \"\$2\""
  # the two responses of CRIU that count here, as protobuf has them: a notification with a terminal, and a process
  cat >"$BATS_TEST_TMPDIR/criu.py" <<'END'
import os, socket, subprocess, sys
husk = socket.socket(fileno=int(sys.argv[1]))
husk.recv(1 << 20)
script = b"orphan-pts-master"
notification = bytes([0x0a, len(script)]) + script
socket.send_fds(husk, [b"\x08\x06\x10\x01" + bytes([0x2a, len(notification)]) + notification], [os.openpty()[0]])
husk.recv(1 << 16)
pid, number = subprocess.Popen(["sleep", "1000"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).pid, b""
while pid > 127:
    pid, number = pid >> 7, number + bytes([pid & 127 | 128])
restored = b"\x08" + number + bytes([pid])
husk.send(b"\x08\x02\x10\x01" + bytes([0x22, len(restored)]) + restored)
END
  PATH=$BATS_TEST_TMPDIR/bin:$PATH run --separate-stderr husk restore --detach --image-path "$BATS_TEST_TMPDIR/images" \
    --bundle "$BUNDLE" "$ID"
  is 0 ''
  is_status running
}

@test "where CRIU's log is: a path that does not fit into the hint is not cut" {
  local images=$BATS_TEST_TMPDIR/images long
  long=$images/$(printf '%0200d' 0)
  mkdir "$long"
  container_up 'sleep 1000'
  criu "echo '(00.1) Error (x.c:1): no way' >'$images/dump.log'; exit 1"
  checkpoint
  is 1 ''
  complains "no way (its log is $images/dump.log)"
  criu "echo '(00.1) Error (x.c:1): no way' >'$long/dump.log'; exit 1"
  PATH=$BATS_TEST_TMPDIR/bin:$PATH run --separate-stderr husk checkpoint --image-path "$long" "$ID"
  is 1 ''
  complains 'no way (its log is dump.log in its work directory)'
}

@test "the port of a page server must be from 1 to 65535" {
  local port
  criu 'exit 1'
  container_up 'sleep 1000'
  for port in 0 65536 4294967297 99999999999999999999; do
    run --separate-stderr husk checkpoint --image-path "$BATS_TEST_TMPDIR/images" --page-server "127.0.0.1:$port" "$ID"
    is 1 ''
    complains "--page-server \"127.0.0.1:$port\": the port must be from 1 to 65535"
  done
  is_status running
}

@test "criu gets the file with its options and the network lock" {
  local file=$BATS_TEST_TMPDIR/criu.conf
  touch "$file"
  config '.annotations = {"org.criu.config": $file}' --arg file "$file"
  criu "exec python3 '$BATS_TEST_TMPDIR/criu.py' \"\$2\" '$BATS_TEST_TMPDIR/request'"
  cat >"$BATS_TEST_TMPDIR/criu.py" <<'END'
import socket, sys
husk = socket.socket(fileno=int(sys.argv[1]))
open(sys.argv[2], "wb").write(husk.recv(1 << 20))
END
  container_up 'sleep 1000'
  PATH=$BATS_TEST_TMPDIR/bin:$PATH run --separate-stderr husk checkpoint --network-lock skip \
    --image-path "$BATS_TEST_TMPDIR/images" "$ID"
  is 1
  # as protobuf has them: field 51, a string; field 64, a number
  python3 - "$BATS_TEST_TMPDIR/request" "$file" <<'END'
import sys
request, file = open(sys.argv[1], "rb").read(), sys.argv[2].encode()
assert bytes([51 << 3 & 127 | 2 | 128, 51 << 3 >> 7, len(file)]) + file in request, request
assert bytes([64 << 3 & 127 | 128, 64 << 3 >> 7, 3]) in request, request
END
}
