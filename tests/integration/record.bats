#!/usr/bin/env bats
# The record: an unreadable or false one is never taken for a container that has ended.
load bundle

# up NAME [SCRIPT]: a running container ID of the test's bundle; PID is its process.
up() {
  ID=$1
  container_up "${2:-sleep 1000}"
}

state() {
  echo "$ROOT/$ID/state.json"
}

# unreadable WHAT: each command that needs the record fails; the container is alive, and delete --force kills it.
unreadable() {
  local command
  for command in state 'kill %s KILL' 'kill --all %s KILL' delete start pause resume ps 'events --stats' 'update --memory 1000000000' \
    'exec %s true'; do
    [[ $command = *%s* ]] || command+=' %s'
    # shellcheck disable=SC2059,SC2046,SC2086 # words of a command
    run --separate-stderr husk $(printf "$command" "$ID")
    [ "$status" -eq 1 ] || [ "$status" -eq 255 ] || { echo "$1: $command"; show; return 1; }
    complains "cannot read the record of container \"$ID\""
    kill -0 "$PID" || { echo "$1: killed by $command"; return 1; }
  done
  run --separate-stderr husk delete --force "$ID"
  is 0 ''
  wait_for no_process "$PID"
  nothing_left || { echo "after $1"; return 1; }
}

no_process() {
  ! grep -qs . "/proc/$1/cmdline"
}

@test "a truncated record is an error, and delete --force kills what is in the cgroup" {
  local size cut
  for cut in 0 1 100 -1; do
    container_up
    size=$(stat -c %s "$(state)")
    truncate -s "$((cut < 0 ? size + cut : cut))" "$(state)"
    unreadable "cut to $cut"
  done
}

# bats test_tags=any-machine
@test "a malformed record is an error, and delete --force kills what is in the cgroup" {
  local change changes
  mapfile -t changes < <(printf '%s\n' '[.]' '"x"' 'null' '{}' '.id = "another"' '.pid = "1"' '.pid = -1' '.pid = 1.5' '.pid = null' 'del(.pid)' \
    'del(.cgroup)' '.cgroup = {}' '.cgroup[0].path = 1' '.createdDone = 1' 'del(.bootId)' '.bootId = ""' '.confinement = 0' \
    '.confinement = "odd"' '.annotations = []' '.annotations = {a: 1}' '.creator = 4294967297' '.bundle = "bytes:%0"' | sampled)
  for change in "${changes[@]}"; do
    container_up
    jq -c "$change" "$(state)" >"$BATS_TEST_TMPDIR/new"
    cat "$BATS_TEST_TMPDIR/new" >"$(state)"
    unreadable "$change"
  done
}

# bats test_tags=any-machine
@test "a record that is not text, not a file or missing is an error, and delete --force kills what is in the cgroup" {
  local make
  not_utf8() { sed -i 's/"bundle":"/&\xff/' "$(state)"; }
  no_json() { echo 'once upon a time' >"$(state)"; }
  fifo() { rm "$(state)" && mkfifo "$(state)"; }
  directory() { rm "$(state)" && mkdir "$(state)"; }
  huge() { truncate -s 17M "$(state)"; }
  lost() { rm "$(state)"; }
  astray() { rm "$(state)" && ln -s nowhere "$(state)"; }
  loop() { rm "$(state)" && ln -s state.json "$(state)"; }
  for make in $(printf '%s\n' not_utf8 no_json fifo directory huge lost astray loop | sampled); do
    container_up
    "$make"
    unreadable "$make"
  done
}

@test "with both states damaged or malformed, delete --force uses the cgroup of the config" {
  local form path
  for path in '' "/$PARENT/$ID"; do
    [ -z "$path" ] || { in_parent; }
    for form in $(printf '%s\n' '{' '{}' '{"id":"x","pid":1}' '{"format":99}' | sampled); do
      container_up 'sleep 1000 & exec sleep 1000'
      echo "$form" >"$(state)"
      rm -f "$ROOT/$ID/made.json"
      echo "$form" >"$ROOT/$ID/made.json"
      run --separate-stderr husk delete "$ID"
      is 1 ''
      complains 'cannot read the record' "husk delete --force"
      unreadable "$form in both"
    done
  done
}

@test "delete --force of a damaged record reports that a poststop hook is not run" {
  config '.hooks.poststop = [{path: "/bin/true"}]'
  container_up
  echo '{' >"$(state)"
  rm -f "$ROOT/$ID/made.json"
  echo '{' >"$ROOT/$ID/made.json"
  run --separate-stderr husk delete --force "$ID"
  is 0 ''
  complains 'poststop hooks' 'do not run'
  nothing_left
}

@test "a damaged record that does not identify the container's processes stays, and so do they" {
  local config
  container_up
  echo '{' >"$(state)"
  cp "$ROOT/$ID/made.json" "$BATS_TEST_TMPDIR/made.json"
  echo '{' >"$ROOT/$ID/made.json"
  cp "$ROOT/$ID/config.json" "$BATS_TEST_TMPDIR/config.json"
  for config in '{' "$(jq '.linux.cgroupsPath = "/no/such/cgroup"' "$BUNDLE/config.json")"; do
    echo "$config" >"$ROOT/$ID/config.json"
    run --separate-stderr husk delete --force "$ID"
    is 1 ''
    complains 'cannot read the record' 'nothing was removed'
    kill -0 "$PID"
  done
  cp "$BATS_TEST_TMPDIR/config.json" "$ROOT/$ID/config.json"
  cp "$BATS_TEST_TMPDIR/made.json" "$ROOT/$ID/made.json"
  husk delete --force "$ID"
  nothing_left
}

# bats test_tags=any-machine
@test "list prints the readable records, and an error for one that cannot be read" {
  local first=$ID-a second=$ID-b format
  up "$first"
  up "$second"
  echo >"$ROOT/$first/state.json"
  for format in table json; do
    run --separate-stderr husk list --format "$format"
    is 1
    says "$second"
    says_not "$first "
    complains "cannot read the record of container \"$first\""
    [ "$(wc -l <<<"$stderr")" -eq 1 ]
  done
  run --separate-stderr husk list --quiet
  is 1 "$second"
  husk delete --force "$first"
  husk delete --force "$second"
}

# bats test_tags=any-machine
@test "a bundle whose path is not UTF-8 is found again, and the state is valid JSON" {
  local odd=$BATS_TEST_TMPDIR/$'odd\xff%41\xc3'
  mv "$BUNDLE" "$odd"
  jq '.process.args = ["sleep", "1000"] | .hooks.poststop = [{path: "/bin/sh", args: ["sh", "-c", $out]}]' \
    --arg out "pwd >$BATS_TEST_TMPDIR/where" "$SOURCE/config.json.example" >"$odd/config.json"
  husk create --bundle "$odd" "$ID" </dev/null >/dev/null 2>&1 3>&-
  husk start "$ID"
  is_status running
  husk state "$ID" | python3 -c 'import json, sys; assert json.loads(sys.stdin.buffer.read().decode())["bundle"].endswith(chr(0xfffd) + "%41" + chr(0xfffd))'
  python3 -c 'import json, sys; print(json.loads(open(sys.argv[1], "rb").read().decode())["bundle"])' "$(state)" \
    | grep -qx 'bytes:.*/odd%FF%2541%C3'
  husk list --format json | jq -e '.[0].status == "running"'
  run husk delete "$ID"
  is 1
  husk delete --force "$ID"
  [ "$(cat "$BATS_TEST_TMPDIR/where")" = "$odd" ]
  mv "$odd" "$BUNDLE"
}

@test "a record without a format number is read; one of a newer husk is refused" {
  container_up
  [ "$(jq .format "$(state)")" = 1 ]
  [ "$(jq -r '.confinement + " " + .observing' "$(state)")" = 'confined nothing' ]
  jq -c 'del(.format, .cgroupNumber) | .confinement = 0 | .observing = 0' "$(state)" >"$BATS_TEST_TMPDIR/old"
  cat "$BATS_TEST_TMPDIR/old" >"$(state)"
  is_status running
  husk pause "$ID"
  husk resume "$ID"
  run husk exec "$ID" true
  is 0
  jq -c '.format = 2' "$(state)" >"$BATS_TEST_TMPDIR/newer"
  cat "$BATS_TEST_TMPDIR/newer" >"$(state)"
  run --separate-stderr husk state "$ID"
  is 1 ''
  complains 'format 2' 'written by a newer husk'
  cat "$BATS_TEST_TMPDIR/old" >"$(state)"
  husk delete --force "$ID"
  nothing_left
}

@test "a record's cgroup is not touched unless it is known to be the container's" {
  local a=$ID-a b=$ID-b victim command own change
  in_parent
  up "$b"
  victim=$PID
  config '.linux.cgroupsPath = $path' --arg path "/$PARENT/$a"
  up "$a"
  own=$(<"$(state)")
  for change in '.cgroup = $other[0].cgroup' '.cgroup = $other[0].cgroup | del(.cgroupNumber)' \
    '.cgroup[].path |= sub("/[^/]*$"; "")'; do
    jq -c "$change" --slurpfile other "$ROOT/$b/state.json" "$(state)" >"$BATS_TEST_TMPDIR/new"
    cat "$BATS_TEST_TMPDIR/new" >"$(state)"
    for command in 'kill --all %s KILL' 'pause %s' 'ps %s' 'events --stats %s' 'update --memory 1000000000 %s' \
      'exec %s true' "checkpoint --image-path $BATS_TEST_TMPDIR/images %s"; do
      # shellcheck disable=SC2059,SC2046 # words of a command
      run --separate-stderr husk $(printf "$command" "$a")
      [[ $command = exec* ]] || is 1
      failed
      complains "is not known to be container \"$a\"'s"
    done
    echo "$own" >"$(state)"
  done
  # only its own process is killed, now and once it is gone
  jq -c '.cgroup = $other[0].cgroup' --slurpfile other "$ROOT/$b/state.json" "$(state)" >"$BATS_TEST_TMPDIR/new"
  cat "$BATS_TEST_TMPDIR/new" >"$(state)"
  for command in 'delete --force' 'kill --all' delete 'delete --force'; do
    # shellcheck disable=SC2086 # words
    run --separate-stderr husk $command "$a"
    is 1
    complains "is not known to be container \"$a\"'s"
    kill -0 "$victim"
    wait_for no_process "$PID"
  done
  echo "$own" >"$(state)"
  husk delete "$a"
  kill -0 "$victim"
  husk delete --force "$b"
  nothing_left
}

@test "a record with an unclean cgroup path is refused" {
  local path
  while read -r path; do
    container_up
    jq -c '.cgroup[0].path = $path' --arg path "$path" "$(state)" >"$BATS_TEST_TMPDIR/new"
    cat "$BATS_TEST_TMPDIR/new" >"$(state)"
    run --separate-stderr husk kill --all "$ID" KILL
    is 1
    complains 'invalid cgroup path'
    husk delete --force "$ID"
    nothing_left
  done < <(printf '%s\n' '' . .. a/../b ../a a/.. a//b /a a/ ./a | sampled)
}

@test "two readers of a record without a state do not take each other for a delete" {
  local command
  mkdir -p "$ROOT/$ID"
  for command in "state $ID" list; do
    # another reader holds the lock for a moment
    # shellcheck disable=SC2086 # words of a command
    run --separate-stderr strace -qq -o /dev/null -e trace=flock -e inject=flock:error=EAGAIN:when=1 "$HUSK" --root "$ROOT" $command
    is 0
    says "$ID"
  done
  # shellcheck disable=SC2016 # the shell's
  run --separate-stderr flock "$ROOT/$ID" sh -c '"$@"' - "$HUSK" --root "$ROOT" state "$ID" # whoever keeps the lock is at work
  is 1 ''
  complains 'does not exist'
  rmdir "$ROOT/$ID"
}

@test "a container whose create still runs is creating, and delete --force kills both" {
  mkfifo "$BATS_TEST_TMPDIR/gate"
  program true
  config '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", $wait]}]' \
    --arg wait "echo \$\$ >$BATS_TEST_TMPDIR/here; read -r x <$BATS_TEST_TMPDIR/gate"
  husk create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&- &
  local creator=$!
  wait_for test -s "$BATS_TEST_TMPDIR/here"
  is_status creating
  [ "$(husk list --format json | jq -r '.[0].status')" = creating ]
  run --separate-stderr husk delete "$ID"
  is 1
  complains 'it is creating'
  is_status creating
  run --separate-stderr husk create --bundle "$BUNDLE" "$ID" </dev/null
  is 1
  complains 'already exists'
  run --separate-stderr husk delete --force "$ID"
  is 0 ''
  run wait "$creator"
  failed
  kill "$(cat "$BATS_TEST_TMPDIR/here")" # the hook is a program of the host, and ends by itself
  nothing_left
}

@test "several delete --force at once all succeed" {
  local i deletes=()
  container_up
  for i in 1 2 3 4; do
    husk delete --force "$ID" 3>&- &
    deletes+=($!)
  done
  for i in "${deletes[@]}"; do
    wait "$i"
  done
  nothing_left
}

@test "a create that is killed before its record is complete leaves no container" {
  mkdir -p -m 700 "$ROOT/:$ID"
  echo x >"$ROOT/:$ID/state.json"
  run --separate-stderr husk state "$ID"
  is 1 ''
  complains 'does not exist'
  run husk list --quiet
  is 0 ''
  husk delete --force "$ID"
  nothing_left
  create
  husk delete --force "$ID"
}

@test "a record that is being removed is not a stopped container" {
  local lock
  for lock in --exclusive --shared; do # of delete; of a run in the foreground
    container_up
    husk kill "$ID" KILL
    wait_for no_process "$PID"
    mv "$ROOT/$ID"/{made,state}.json "$BATS_TEST_TMPDIR"
    run --separate-stderr flock "$lock" "$ROOT/$ID" "$HUSK" --root "$ROOT" state "$ID"
    is 1 ''
    complains "container \"$ID\" does not exist"
    run --separate-stderr flock "$lock" "$ROOT/$ID" "$HUSK" --root "$ROOT" list --quiet
    is 0 ''
    run --separate-stderr husk list --quiet # no creator: it has been killed
    is 0 "$ID"
    mv "$BATS_TEST_TMPDIR"/{made,state}.json "$ROOT/$ID" # for what else is to be removed
    husk delete "$ID"
  done
}

# bats test_tags=any-machine
@test "delete --force decides by the kind of an error, not by its text" {
  ROOT="$BATS_TEST_TMPDIR/does not exist"
  mkdir -m 777 "$ROOT"
  run --separate-stderr husk delete --force "$ID"
  is 1 ''
  complains 'is writable by everybody'
  chmod 700 "$ROOT"
}

# of user 1000, in a state directory where everybody may make directories
# bats test_tags=attack:CL-03
@test "a record that another user put into a shared state directory is refused" {
  config '.hooks.poststop = [{"path": "/bin/touch", "args": ["touch", $file]}]' --arg file "$BATS_TEST_TMPDIR/touched"
  container_up
  husk kill "$ID" KILL
  wait_for is_status stopped
  ROOT=$BATS_TEST_TMPDIR/shared
  mkdir -m 1777 "$ROOT"
  cp -R "$BATS_TEST_TMPDIR/state/$ID" "$ROOT/" 2>/dev/null || true # not its socket
  chown -R 1000:1000 "$ROOT/$ID"
  run --separate-stderr husk delete --force "$ID"
  is 1 ''
  complains "the record of container \"$ID\" belongs to another user (1000)"
  run --separate-stderr husk state "$ID"
  is 1 ''
  run --separate-stderr husk list --quiet
  is 1 ''
  chown 0:0 "$ROOT/$ID"
  chmod 770 "$ROOT/$ID"
  run --separate-stderr husk delete "$ID"
  is 1 ''
  complains 'is writable by other users'
  [ ! -e "$BATS_TEST_TMPDIR/touched" ]
  rm -r "$ROOT"
  ROOT=$BATS_TEST_TMPDIR/state
  # nor is it listed where nobody else may make directories
  chmod 770 "$ROOT/$ID"
  run --separate-stderr husk list --quiet
  is 1 ''
  complains 'is writable by other users'
  chmod 700 "$ROOT/$ID"
  chown 1000 "$ROOT/$ID"
  run --separate-stderr husk list --quiet
  is 1 ''
  complains "the record of container \"$ID\" belongs to another user (1000)"
  chown 0 "$ROOT/$ID"
  mv "$ROOT/$ID" "$BATS_TEST_TMPDIR/elsewhere"
  ln -s "$BATS_TEST_TMPDIR/elsewhere" "$ROOT/$ID"
  run --separate-stderr husk list --quiet
  is 1 ''
  rm "$ROOT/$ID"
  mv "$BATS_TEST_TMPDIR/elsewhere" "$ROOT/$ID"
}

@test "with a full state file system each step fails with an error and nothing is left" {
  local size full=$BATS_TEST_TMPDIR/full failures=0
  mkdir "$full"
  program true
  for size in 4 8 12 16 20 24 28 32 36 40 44 48; do
    mount -t tmpfs -o "size=${size}k" tmpfs "$full"
    status=0
    "$HUSK" --root "$full" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>"$BATS_TEST_TMPDIR/said" || status=$?
    if [ "$status" -ne 0 ]; then
      failures=$((failures + 1))
      [ "$status" = 1 ]
      grep -q 'no space left on device' "$BATS_TEST_TMPDIR/said"
      [ -z "$(ls "$full")" ]
    fi
    "$HUSK" --root "$full" delete --force "$ID"
    [ -z "$(ls "$full")" ]
    umount "$full"
  done
  [ "$failures" -gt 1 ]
  nothing_left
}
