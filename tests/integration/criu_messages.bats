#!/usr/bin/env bats
# The dialogue of husk and husk-criu, without CRIU: husk with a script in place of husk-criu, and husk-criu by hand.
load bundle

PROGRAM=${HUSK%/*}/husk-criu

setup() {
  ! rootless || skip 'a checkpoint is for root'
  bundle_make
  plain
  container_up 'sleep 1000'
  IMAGES=$BATS_TEST_TMPDIR/images
}

teardown() {
  [ -z "${BUNDLE:-}" ] || bundle_end
}

# in_place SCRIPT: a copy of husk with the script beside it as husk-criu; the request has been read for the script.
in_place() {
  mkdir -p "$BATS_TEST_TMPDIR/bin"
  cp "$HUSK" "$BATS_TEST_TMPDIR/bin/husk"
  printf '#!/bin/bash\nread -r request <&3\n%s\n' "$1" >"$BATS_TEST_TMPDIR/bin/husk-criu"
  chmod +x "$BATS_TEST_TMPDIR/bin/husk-criu"
}

# checkpoint OPTION...: status, output, stderr
checkpoint() {
  stderr=
  run --separate-stderr "$BATS_TEST_TMPDIR/bin/husk" --root "$ROOT" "${OPTIONS[@]}" checkpoint --image-path "$IMAGES" "$@" "$ID"
}

# by_hand TEXT: husk-criu with this on the descriptor where husk would be.
by_hand() {
  printf '%s\n' "$1" >"$BATS_TEST_TMPDIR/request"
  run --separate-stderr "$PROGRAM" 3<>"$BATS_TEST_TMPDIR/request"
}

@test "a request to husk-criu is one JSON object with the command's options and the config's values" {
  in_place "echo \$# >'$BATS_TEST_TMPDIR/arguments'; echo \"\$request\" >'$BATS_TEST_TMPDIR/request'; exit 1"
  checkpoint --file-locks --tcp-established --empty-ns network --page-server ::1:70 --leave-running --manage-cgroups-mode strict
  is 1
  [ "$(cat "$BATS_TEST_TMPDIR/arguments")" = 0 ]
  jq . "$BATS_TEST_TMPDIR/request" >&2
  jq --exit-status --arg images "$IMAGES" --arg root "$ROOTFS" --argjson pid "$PID" '.verb == "dump" and .images == $images
    and .work == $images and .root == $root and .pid == $pid and .fileLocks and .tcpEstablished and .leaveRunning
    and .pageServer == "::1" and .pageServerPort == 70 and .cgroupsMode == 5 and .emptyNamespaces == 1073741824
    and (has("autoDedup") or has("shellJob") or has("status") | not)' "$BATS_TEST_TMPDIR/request"
  is_status running
}

@test "a directory for images whose name is not UTF-8" {
  in_place "echo \"\$request\" >'$BATS_TEST_TMPDIR/request'; exit 1"
  IMAGES=$BATS_TEST_TMPDIR/$'images\xff'
  checkpoint
  is 1
  [[ $(jq --raw-output .images "$BATS_TEST_TMPDIR/request") = "bytes:$BATS_TEST_TMPDIR/images%FF" ]]
}

@test "an error of husk-criu is printed completely, with its hint" {
  local long
  long=$(printf 'e%.0s' {1..450})
  in_place "echo '{\"error\": \"criu: $long end\", \"hint\": \"look there\"}' >&3; exit 1"
  checkpoint
  is 1
  [ "$stderr" = "husk: error: criu: $long end (look there)" ]
  is_status running
}

@test "a husk-criu that dies or sends an unknown message is an error" {
  in_place 'exit 3'
  checkpoint
  is 1
  [ "$stderr" = 'husk: error: husk-criu exited with status 3' ]
  in_place 'kill -SEGV $$'
  checkpoint
  is 1
  [ "$stderr" = 'husk: error: husk-criu was killed by signal 11 (SIGSEGV)' ]
  in_place 'echo namespaces 5 >&3; exec sleep 1000'
  checkpoint
  is 1
  complains 'message:1:1: ' 'not valid JSON'
  in_place 'echo "{\"process\": -1}" >&3; exec sleep 1000'
  checkpoint
  is 1
  complains 'message:1:13: /process: '
  in_place 'printf "{\"process\":" >&3'
  checkpoint
  is 1
  complains 'a message is cut off'
  is_status running
}

@test "husk-criu started by hand reports what is wrong with a request" {
  [ -x "$PROGRAM" ] || skip 'husk was built without protobuf-c'
  run --separate-stderr "$PROGRAM" 3>&-
  is 1
  [[ $stderr = 'husk-criu is run by husk checkpoint and husk restore'* ]]
  by_hand 'nonsense'
  is 1
  [[ $stderr = 'husk-criu: request:1:1: not valid JSON: '* ]]
  by_hand '{"verb": "fly"}'
  is 1
  [[ $stderr = 'husk-criu: request:1:10: /verb: "fly" is not a verb'* ]]
  by_hand '{"verb": "dump", "images": "/", "work": "/"}'
  is 1
  [[ $stderr = 'husk-criu: request:1:1: "root" is required in a request' ]]
  by_hand "{\"verb\": \"dump\", \"images\": \"$BATS_TEST_TMPDIR/none\", \"work\": \"/\", \"root\": \"/\"}"
  is 1
  [ "$stderr" = "husk-criu: open the directory $BATS_TEST_TMPDIR/none: no such file or directory" ]
  by_hand '' </dev/null
  is 1
}

# etc_with FILE...: the checkpoint sees an /etc of its own, with these files in /etc/criu.
etc_with() {
  local command="mount -t tmpfs -o mode=755 none /etc && mkdir /etc/criu && cd /etc/criu && touch ${*:-other}"
  unshare --mount --propagation private bash -c "$command; exec \"\$@\"" bash "$BATS_TEST_TMPDIR/bin/husk" --root "$ROOT" \
    "${OPTIONS[@]}" checkpoint --image-path "$IMAGES" "$ID"
}

asked() {
  jq -r "$1" "$BATS_TEST_TMPDIR/request"
}

# annotated VALUE: the container anew, with this file as its annotation.
annotated() {
  husk delete --force "$ID"
  config '.annotations = {"org.criu.config": $value}' --arg value "$1"
  container_up 'sleep 1000'
}

@test "the file with options for CRIU: org.criu.config, else crun.conf, else runc.conf of /etc/criu" {
  in_place "echo \"\$request\" >'$BATS_TEST_TMPDIR/request'; exit 1"
  never etc_with
  [ "$(asked '.configFile // "none"')" = none ]
  never etc_with runc.conf
  [ "$(asked .configFile)" = /etc/criu/runc.conf ]
  never etc_with runc.conf crun.conf
  [ "$(asked .configFile)" = /etc/criu/crun.conf ]
  annotated /etc/criu/my.conf
  never etc_with runc.conf crun.conf my.conf
  [ "$(asked .configFile)" = /etc/criu/my.conf ]
  annotated ''
  never etc_with runc.conf crun.conf
  [ "$(asked '.configFile // "none"')" = none ]
}

@test "org.criu.config: a file that is missing or that others may write to is an error with its place" {
  local file=$BATS_TEST_TMPDIR/criu.conf
  in_place "echo reached >'$BATS_TEST_TMPDIR/reached'; exit 1"
  annotated "$file"
  checkpoint
  is 1
  complains '/annotations/org.criu.config: open CRIU' "$file: no such file or directory"
  touch "$file"
  chmod 666 "$file"
  checkpoint
  is 1
  complains "/annotations/org.criu.config: $file must belong to root or to this user, and not be writable by others"
  chmod 644 "$file"
  chown 1000 "$file"
  checkpoint
  is 1
  complains 'must belong to root'
  [ ! -e "$BATS_TEST_TMPDIR/reached" ]
  is_status running
  chown 0 "$file"
  checkpoint
  [ -e "$BATS_TEST_TMPDIR/reached" ]
}

@test "--network-lock of checkpoint is CRIU's number for the method" {
  in_place "echo \"\$request\" >'$BATS_TEST_TMPDIR/request'; exit 1"
  local method number=1
  for method in iptables nftables skip; do
    checkpoint --network-lock "$method"
    [ "$(asked .networkLock)" = "$((number++))" ]
  done
  checkpoint
  [ "$(asked 'has("networkLock")')" = false ]
  checkpoint --network-lock=ipset
  is 1
  complains '--network-lock "ipset" must be iptables, nftables or skip'
}
