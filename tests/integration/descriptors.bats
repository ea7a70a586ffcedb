#!/usr/bin/env bats
# Which descriptors of the caller and of husk reach the program and hooks.
load bundle

# A script that prints each descriptor which is a directory of the container's or of /proc: ls and the shell have none.
holes='cd /proc/self/fd
  for fd in *; do
    [ -d "$fd/1" ] && echo "leaked $fd"
    readlink "$fd" | grep -qx "/proc\|/" && echo "leaked $fd"
  done
  echo end'

# bats test_tags=attack:CV-15
@test "descriptors of the caller do not reach the program" {
  script 'ls /proc/self/fd'
  run bash -c "for n in {3..42}; do eval \"exec \$n</\"; done
    '$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID' </dev/null"
  [ "$(tr '\n' ' ' <<<"$output")" = '0 1 2 3 ' ] # 3 is ls's own
}

@test "--preserve-fds N passes N descriptors to the program" {
  script 'cat <&3; cat <&4; ls /proc/self/fd | wc -l'
  echo three >"$BATS_TEST_TMPDIR/3"
  echo four >"$BATS_TEST_TMPDIR/4"
  cd "$BATS_TEST_TMPDIR"
  run bash -c "'$HUSK' --root '$ROOT' run --preserve-fds 2 --bundle '$BUNDLE' '$ID' </dev/null 3<3 4<4 5</ 9</"
  is 0 'three
four
6'
}

@test "--preserve-fds over closed descriptors is not an error" {
  script 'cat <&5; ls /proc/self/fd | tr "\n" " "'
  echo five >"$BATS_TEST_TMPDIR/5"
  cd "$BATS_TEST_TMPDIR"
  run bash -c "'$HUSK' --root '$ROOT' run --preserve-fds 3 --bundle '$BUNDLE' '$ID' </dev/null 3<&- 4<&- 5<5 9</"
  is 0 'five
0 1 2 3 5 ' # 3 is ls's own
}

@test "husk's own descriptors do not take closed numbers among the preserved ones" {
  script "$holes"
  run husk run --preserve-fds 8 --bundle "$BUNDLE" "$ID" 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- 10>&-
  is 0 end
}

@test "a number within --preserve-fds that is not open stays closed for exec's program" {
  container_up
  run husk exec --preserve-fds 8 "$ID" sh -c "$holes" 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- 10>&-
  is 0 end
}

@test "exec --preserve-fds N passes N descriptors to the program" {
  container_up
  run bash -c "echo through | '$HUSK' --root '$ROOT' exec --preserve-fds 1 '$ID' sh -c 'cat <&3' 3<&0"
  is 0 through
}

@test "LISTEN_FDNAMES is passed on; variables meant for another process are not" {
  script 'echo "$LISTEN_FDS $LISTEN_PID $LISTEN_FDNAMES"; ls /proc/self/fd | wc -l'
  run bash -c "LISTEN_FDS=2 LISTEN_FDNAMES=web:admin '$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID' 3</dev/null 4</dev/null"
  is 0 $'2 1 web:admin\n6'
  run bash -c "LISTEN_FDS=2 LISTEN_PID=1 LISTEN_FDNAMES=web:admin '$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID' 3</dev/null 4</dev/null"
  is 0 $'  \n4'
}

@test "LISTEN_FDS and LISTEN_PID that are not numbers pass no descriptor" {
  script 'echo "${LISTEN_FDS:-none}"; ls /proc/self/fd | wc -l'
  for setting in LISTEN_FDS=1x LISTEN_FDS=+1 LISTEN_FDS=-1 LISTEN_FDS= LISTEN_FDS=99999999999999999999 'LISTEN_FDS=1 LISTEN_PID=$$x'; do
    run bash -c "$setting exec '$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID' 3</dev/null"
    is 0 $'none\n4'
  done
}

@test "LISTEN_FDS adds to the descriptors and reaches the program with LISTEN_PID=1" {
  script 'echo "$LISTEN_FDS $LISTEN_PID"; cat <&3'
  echo three >"$BATS_TEST_TMPDIR/3"
  cd "$BATS_TEST_TMPDIR"
  run bash -c "export LISTEN_FDS=1 LISTEN_PID=\$\$
    exec '$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID' </dev/null 3<3"
  is 0 '1 1
three'
  run bash -c "LISTEN_FDS=1 '$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID' 3<3"
  is 0 '1 1
three'
}

@test "with preserved descriptors create and start work as run does" {
  script 'cat <&3'
  echo three >"$BATS_TEST_TMPDIR/3"
  husk create --preserve-fds 1 --bundle "$BUNDLE" "$ID" </dev/null 3<"$BATS_TEST_TMPDIR/3" >"$BATS_TEST_TMPDIR/out"
  husk start "$ID"
  wait_for grep -q three "$BATS_TEST_TMPDIR/out"
}

@test "a startContainer hook gets no descriptors of husk or its caller" {
  printf '#!/bin/sh\ncat >/dev/null\ncd /proc/self/fd; echo * >/tmp/fds\n' >"$ROOTFS/hook"
  chmod 755 "$ROOTFS/hook"
  config '.hooks = {startContainer: [{path: "/hook"}]} | .root.readonly = false'
  program cat /tmp/fds
  run husk run --bundle "$BUNDLE" "$ID" 9</etc
  is 0 '0 1 10 2 3' # 10: the script, as the shell holds it; 3: the directory
}
