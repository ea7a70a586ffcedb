#!/usr/bin/env bats
# NOTIFY_SOCKET: the container reports to the service manager that it is ready. The manager is a socket of the test's.
load bundle

setup() {
  bundle_make
  plain
  cp "$(tool notify_send)" "$ROOTFS/bin/notify_send"
  GOT=$BATS_TEST_TMPDIR/got
  manager "$BATS_TEST_TMPDIR/m"
  export NOTIFY_SOCKET=$BATS_TEST_TMPDIR/m
}

# manager PATH: listens there, and writes each message it gets to $GOT, with "--" after it.
manager() {
  python3 - "$1" "$GOT" 3>&- <<'END' &
import socket, sys
path = sys.argv[1]
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind("\0" + path[1:] if path[0] == "@" else path)
out = open(sys.argv[2], "wb", buffering=0)
while True:
    data, control, *_ = manager.recvmsg(65536, 1024)
    out.write(data + b"--" + (b"and a descriptor" if control else b"") + b"\n")
END
  BACKGROUND="$BACKGROUND $!"
  wait_for test -e "$GOT"
}

# got TEXT: exactly that; the manager writes it a moment after it is received.
got() {
  wait_for has_got "$1" || { echo "got: $(cat "$GOT")"; return 1; }
}

has_got() {
  [ "$(cat "$GOT")" = "$1" ]
}

@test "run forwards the container's state notifications" {
  program notify_send READY=1 $'STATUS=half\nWATCHDOG=1' STOPPING=1
  launch
  is 0 ''
  got $'READY=1\n--\nSTATUS=half\nWATCHDOG=1\n--\nSTOPPING=1\n--'
}

@test "start returns when the container is ready and reports the process to watch" {
  program sh -c 'notify_send STATUS=begins sleep:3 READY=1 READY=1; exec sleep 1000'
  create
  [ ! -s "$GOT" ]
  husk start "$ID"
  got $'STATUS=begins\n--\nREADY=1\nMAINPID='"$(husk state "$ID" | jq .pid)"$'\n--'
  run husk exec "$ID" sh -c 'echo "[$NOTIFY_SOCKET]"; touch /run/notify/x 2>/dev/null || echo closed'
  is 0 $'[]\nclosed'
  is_status running
  husk delete --force "$ID"
  nothing_left
}

@test "a detached run waits for READY=1" {
  program sh -c 'notify_send sleep:2 READY=1; exec sleep 1000'
  husk run --detach --bundle "$BUNDLE" "$ID" >/dev/null 2>&1 </dev/null 3>&-
  got $'READY=1\nMAINPID='"$(husk state "$ID" | jq .pid)"$'\n--'
}

@test "start does not wait for a container that ends before it is ready" {
  program notify_send sleep:2 STATUS=no # start is waiting by then
  create
  husk start "$ID"
  got $'STATUS=no\n--'
}

@test "unknown lines, lines reserved for the manager and descriptors are not forwarded" {
  local long
  long=$(printf 'STATUS=%5000s' x)
  program notify_send $'MAINPID=1\nNOTIFYACCESS=all' FDSTORE=1 -BARRIER=1 $'FDNAME=x\nSTATUS=kept\nX=STATUS=' READY=2 "$long" -READY=1
  launch
  is 0 ''
  got $'STATUS=kept\n--\nREADY=1\n--'
}

@test "notifications work with an abstract socket, another user and a user namespace" {
  [ "$(id -u)" = 0 ] || skip 'maps of other users are for root'
  rm "$GOT"
  manager "@husk-test-$$-$BATS_SUITE_TEST_NUMBER"
  NOTIFY_SOCKET=@husk-test-$$-$BATS_SUITE_TEST_NUMBER
  config '.process.user = {uid: 1000, gid: 1000} | .linux.namespaces += [{type: "user"}]
    | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
  config '.mounts += [{destination: "/run", type: "tmpfs", source: "tmpfs"}]'
  reachable
  program notify_send READY=1
  launch
  is 0 ''
  got $'READY=1\n--'
}

@test "notifications work with a relative state directory and a tmpfs on /run" {
  config '.mounts += [{destination: "/run", type: "tmpfs", source: "tmpfs"}]'
  program notify_send READY=1
  (cd "$BATS_TEST_TMPDIR" && "$HUSK" --root state "${OPTIONS[@]}" run --bundle "$BUNDLE" "$ID")
  got $'READY=1\n--'
}

@test "a config that sets NOTIFY_SOCKET is unchanged; without the caller's variable nothing is added" {
  config '.process.env += ["NOTIFY_SOCKET=/own"]'
  script 'echo $NOTIFY_SOCKET; ls -d /run/notify 2>/dev/null || echo none'
  launch
  is 0 $'/own\nnone'
  config '.process.env -= ["NOTIFY_SOCKET=/own"]'
  unset NOTIFY_SOCKET
  program notify_send READY=1
  launch
  is 0 'no NOTIFY_SOCKET'
  [ ! -s "$GOT" ]
}

@test "with a missing manager the container has its own socket, never the host's path" {
  export NOTIFY_SOCKET=/no/such/socket
  program sh -c 'echo $NOTIFY_SOCKET; notify_send READY=1'
  launch
  is 0 /run/notify/notify.sock
}
