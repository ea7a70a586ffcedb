#!/usr/bin/env bats
# husk does not wait for what is dead, stopped or hostile.
load bundle
load hooks

# husk_is_gone: no process of husk on this test's state directory.
husk_is_gone() {
  never pgrep -f -- "--root $ROOT " >/dev/null
}

# in_time ARG...: husk, which must not take a minute.
in_time() {
  run --separate-stderr timeout --foreground 60 "$HUSK" --root "$ROOT" "${OPTIONS[@]}" "$@" </dev/null
}

# bats test_tags=attack:PE-07
@test "husk-init ends if its creator dies before the ids are mapped" {
  plain
  program true
  config '.linux.namespaces += [{type: "user"}] | .linux |= . + {
    uidMappings: [{containerID: 0, hostID: 100000, size: 65536}], gidMappings: [{containerID: 0, hostID: 100000, size: 65536}]}'
  # the calls after the one that makes it; stepper counts from the first after execve
  local made call
  strace -qq -o "$BATS_TEST_TMPDIR/calls" "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null
  made=$(grep -n '^clone3' "$BATS_TEST_TMPDIR/calls" | tail -n1 | cut -d: -f1)
  [ "$made" -gt 50 ]
  for call in 1 3 5 7; do
    "$HUSK_FAULT" $((made + call)) "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&- || true
    wait_for husk_is_gone
    husk delete --force "$ID"
  done
}

# bats test_tags=attack:PE-01
@test "create does not wait for a husk-init that somebody has stopped" {
  plain
  config 'del(.linux.namespaces[] | select(.type == "pid"))'
  hook createContainer 'kill -STOP $PPID; exit 0'
  in_time create --bundle "$BUNDLE" "$ID"
  is 1
  complains 'husk-init (process ' ') was stopped by a signal and does not continue'
  nothing_left
}

# bats test_tags=attack:PE-01
@test "start does not wait for a husk-init that somebody has stopped" {
  plain
  config 'del(.linux.namespaces[] | select(.type == "pid"))'
  program true
  hook startContainer 'kill -STOP $PPID; exit 0' '.env = ["PATH=/bin"]'
  create
  in_time start "$ID"
  is 1
  complains ') was stopped by a signal and does not continue'
  wait_for is_status stopped
}

# bats test_tags=attack:PE-02
@test "a start that is stopped while it has its turn loses it to the next" {
  program sleep 1000
  create
  husk state "$ID" >/dev/null
  python3 -c '
import os, signal, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect(sys.argv[1])
s.recv(16)
os.kill(os.getpid(), signal.SIGSTOP)
' "$ROOT/$ID/start" 3>&- &
  BACKGROUND=$!
  wait_for grep -q '^State:.*stopped' "/proc/$BACKGROUND/status"
  in_time start "$ID"
  is 0
  is_status running
}

# held: a file system on /tmp of the container that never responds. It lives as long as this process has its descriptor.
held() {
  python3 -c '
import ctypes, os, sys, time
libc = ctypes.CDLL(None, use_errno=True)
fuse = os.open("/dev/fuse", os.O_RDWR)
if libc.setns(os.open("/proc/" + sys.argv[1] + "/ns/mnt", os.O_RDONLY), 0):
    sys.exit("setns: " + os.strerror(ctypes.get_errno()))
options = "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other" % fuse
if libc.mount(b"held", b"/tmp", b"fuse", 0, options.encode()):
    sys.exit("mount: " + os.strerror(ctypes.get_errno()))
print("held", flush=True)
time.sleep(1000)
' "$PID" >"$BATS_TEST_TMPDIR/held" 2>&1 3>&- &
  BACKGROUND="$BACKGROUND $!"
  wait_for test -s "$BATS_TEST_TMPDIR/held"
  grep -q '^held' "$BATS_TEST_TMPDIR/held" || skip "$(cat "$BATS_TEST_TMPDIR/held")"
}

# bats test_tags=attack:PE-03
@test "exec does not wait for a file system of the container that does not answer" {
  [ -c /dev/fuse ] || skip 'the kernel has no FUSE'
  plain
  container_up
  held
  # each check of a silent husk-init comes at once
  run --separate-stderr timeout --foreground 60 strace -qq -e trace=poll -e inject=poll:retval=0 -o /dev/null \
    "$HUSK" --root "$ROOT" "${OPTIONS[@]}" exec --cwd /tmp "$ID" true </dev/null
  failed
  complains ') is blocked in the container'
  is_status running
}

# bats test_tags=attack:PE-04
@test "start does not wait for endless output of what a startContainer hook leaves behind" {
  plain
  program true
  hook startContainer 'yes >&2 & exit 0' '.env = ["PATH=/bin"]'
  in_time run --bundle "$BUNDLE" "$ID"
  is 0 ''
}

# bats test_tags=attack:PE-04
@test "create does not wait for endless output of what a createRuntime hook leaves behind" {
  plain
  program true
  hook createRuntime 'yes >&2 & exit 0'
  in_time run --bundle "$BUNDLE" "$ID"
  is 0 ''
}

# bats test_tags=attack:PE-05
@test "a startContainer hook that left its process group is killed at its timeout" {
  plain
  program true
  cp "$(tool wanderer)" "$ROOTFS/bin/wanderer"
  config '.hooks.startContainer = [{path: "/bin/wanderer", timeout: 1}]'
  in_time run --bundle "$BUNDLE" "$ID"
  is 1 ''
  complains 'startContainer hook 0 (/bin/wanderer) was still running after 1 s and was killed'
}

# bats test_tags=attack:PE-05
@test "a createRuntime hook that left its process group is killed at its timeout" {
  plain
  program true
  config '.hooks.createRuntime = [{path: $p, timeout: 1}]' --arg p "$(tool wanderer)"
  in_time run --bundle "$BUNDLE" "$ID"
  is 1 ''
  complains 'was still running after 1 s and was killed'
}

# bats test_tags=attack:PE-06
@test "signals reach a program that does not read its terminal" {
  plain
  config '.process.terminal = true'
  script 'stty raw -echo; trap "exit 7" TERM; echo ready; while :; do sleep 1; done'
  head -c 300000 /dev/zero >"$BATS_TEST_TMPDIR/typed"
  "$HUSK" --root "$ROOT" "${OPTIONS[@]}" run --bundle "$BUNDLE" "$ID" <"$BATS_TEST_TMPDIR/typed" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
  local husk=$! result=0
  BACKGROUND=$husk
  wait_for grep -q ready "$BATS_TEST_TMPDIR/out"
  kill -TERM "$husk"
  wait_for never kill -0 "$husk"
  wait "$husk" || result=$?
  [ "$result" -eq 7 ]
}

# bats test_tags=attack:PE-04
@test "run does not wait for endless output of what a terminal's program leaves behind" {
  plain
  container_up
  cp "$(tool leaver)" "$ROOTFS/bin/leaver"
  run timeout --foreground 60 "$HUSK" --root "$ROOT" "${OPTIONS[@]}" exec --tty "$ID" leaver </dev/null
  is 0
}

# bats test_tags=attack:PE-04
@test "start does not wait for READY=1 of a program that has ended, even if others write to its socket" {
  plain
  cp "$(tool flood)" "$ROOTFS/bin/flood"
  config 'del(.linux.namespaces[] | select(.type == "pid"))'
  program flood /run/notify/notify.sock
  local manager=$BATS_TEST_TMPDIR/manager
  NOTIFY_SOCKET=$manager create
  NOTIFY_SOCKET=$manager in_time start "$ID"
  is 0
}
