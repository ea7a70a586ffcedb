#!/usr/bin/env bats
# start: exactly one of several concurrent ones succeeds, whatever else happens to the container.
load bundle

# starts N: N concurrent starts; SAID is the number of those with status 0.
starts() {
  local i pids=() pid
  SAID=0
  for ((i = 0; i < $1; i++)); do
    husk start "$ID" 2>"$BATS_TEST_TMPDIR/start.$i" 3>&- &
    pids+=("$!")
  done
  for pid in "${pids[@]}"; do
    if wait "$pid"; then SAID=$((SAID + 1)); fi
  done
}

poststart() {
  config '.hooks.poststart = [{path: "/bin/sh", args: ["sh", "-c", "echo ran >>$1", "sh", $file]}]' \
    --arg file "$BATS_TEST_TMPDIR/poststart"
}

# one_of_eight: exactly one of eight concurrent starts succeeds, and the hooks run once.
one_of_eight() {
  rm -f "$BATS_TEST_TMPDIR/poststart"
  create
  starts 8
  [ "$SAID" -eq 1 ] || { echo "$SAID starts said 0"; return 1; }
  [ "$(wc -l <"$BATS_TEST_TMPDIR/poststart")" -eq 1 ]
  [ "$(cat "$BATS_TEST_TMPDIR"/start.* | grep -cE 'has already been started|is running|is paused|it has stopped|not running')" -eq 7 ]
  husk delete --force "$ID"
}

# peer ANSWER: connects first. It prints TURN when it has its turn, and answers when its input ends.
peer() {
  python3 -c '
import socket, struct, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect(sys.argv[1])
print(struct.unpack("=I", s.recv(16))[0], flush=True)
sys.stdin.read()
if sys.argv[2] != "none": s.send(struct.pack("=I", int(sys.argv[2])))
' "$ROOT/$ID/start" "$1"
}

# first_peer ANSWER: a peer has its turn, and a start waits behind it.
first_peer() {
  mkfifo "$BATS_TEST_TMPDIR/hold"
  peer "$1" <"$BATS_TEST_TMPDIR/hold" >"$BATS_TEST_TMPDIR/turn" 3>&- &
  BACKGROUND+=" $!"
  exec 9>"$BATS_TEST_TMPDIR/hold"
  wait_for test -s "$BATS_TEST_TMPDIR/turn"
  strace -qq -e trace=connect -o "$BATS_TEST_TMPDIR/connects" "$HUSK" --root "$ROOT" "${OPTIONS[@]}" start "$ID" \
    2>"$BATS_TEST_TMPDIR/second" 3>&- 9>&- &
  SECOND=$!
  wait_for grep -q '/start.*= 0' "$BATS_TEST_TMPDIR/connects"
}

# bats test_tags=attack:CC-03
@test "of eight concurrent starts exactly one starts the container, repeatedly" {
  poststart
  program sleep 1000
  for round in $(seq 10 | sampled); do
    one_of_eight
  done
}

@test "of eight concurrent starts exactly one starts a container with startContainer hooks" {
  poststart
  program sleep 1000
  config '.hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "echo ran >>/tmp/hook"]}] | .root.readonly = false'
  one_of_eight
  [ "$(wc -l <"$ROOTFS/tmp/hook")" -eq 1 ]
}

@test "of eight concurrent starts exactly one sends the listener to the agent" {
  local agent=$BATS_TEST_TMPDIR/agent.sock
  "$(tool agent)" "$agent" continue >/dev/null 2>&1 3>&- &
  BACKGROUND=$!
  wait_for test -S "$agent"
  poststart
  program sleep 1000
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: $s,
    syscalls: [{names: ["mkdir"], action: "SCMP_ACT_NOTIFY"}]}' --arg s "$agent"
  one_of_eight
}

@test "delete --force while eight starts begin leaves nothing" {
  program sleep 1000
  for round in 1 2 3 4 5; do
    create
    starts 8 &
    BACKGROUND=$!
    husk delete --force "$ID"
    wait "$BACKGROUND" || true
    nothing_left
  done
}

@test "a start that ends before it answers go leaves the turn to the next" {
  program sleep 1000
  create
  first_peer none
  exec 9>&-
  wait "$SECOND" || { cat "$BATS_TEST_TMPDIR/second"; return 1; }
  [ "$(husk state "$ID" | jq -r .status)" = running ]
}

@test "a start that waits behind one that has answered go is too late" {
  program sleep 1000
  create
  first_peer 6
  [ "$(cat "$BATS_TEST_TMPDIR/turn")" = 6 ]
  exec 9>&-
  never wait "$SECOND"
  grep -q 'cannot start container .*: it has already been started' "$BATS_TEST_TMPDIR/second"
}

@test "a start that cannot reach its agent leaves the container created" {
  program sleep 1000
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: $s,
    syscalls: [{names: ["mkdir"], action: "SCMP_ACT_NOTIFY"}]}' --arg s "$BATS_TEST_TMPDIR/none.sock"
  create
  run husk start "$ID"
  failed
  [ "$(husk state "$ID" | jq -r .status)" = created ]
}

@test "a page of another size or version is an error, and the container stays created" {
  local page=$ROOT/$ID/page size change
  script 'echo started'
  create
  cp "$page" "$BATS_TEST_TMPDIR/page"
  size=$(stat -c %s "$page")
  printf '\1\1\1\1' >"$BATS_TEST_TMPDIR/word"
  for change in 'truncate -s 0' "truncate -s $((size - 1))" "truncate -s $((size + 1))" 'truncate -s 1M' 'word 0' 'word 4'; do
    cp "$BATS_TEST_TMPDIR/page" "$BATS_TEST_TMPDIR/changed"
    case $change in
      word*) dd status=none conv=notrunc bs=1 seek="${change#word }" if="$BATS_TEST_TMPDIR/word" of="$BATS_TEST_TMPDIR/changed" ;;
      *) $change "$BATS_TEST_TMPDIR/changed" ;;
    esac
    mv "$page" "$BATS_TEST_TMPDIR/own"
    mv "$BATS_TEST_TMPDIR/changed" "$page"
    run --separate-stderr husk start "$ID"
    is 1 ''
    complains "the page of container \"$ID\" is damaged, or belongs to another version of husk" 'create it again'
    is_status created
    mv "$BATS_TEST_TMPDIR/own" "$page"
  done
  husk start "$ID"
  wait_for grep -qx started "$BATS_TEST_TMPDIR/out"
}

@test "a created container keeps waiting when it is out of descriptors" {
  local trace=$BATS_TEST_TMPDIR/trace
  program sleep 1000
  strace -f -qq -o "$trace" -e trace=accept4 -e inject=accept4:error=EMFILE:when=1..3 \
    "$HUSK" --root "$ROOT" "${OPTIONS[@]}" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&- &
  wait_for is_status created
  wait_for grep -q INJECTED "$trace"
  husk start "$ID"
  is_status running
  husk delete --force "$ID"
  wait
}
