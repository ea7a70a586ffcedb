# What an operator of pods asks of every container: the options before the command that explain denied system calls to a
# directory or to the container's log, and that record profiles; the annotation for it; and what state says of the end.

load bundle

setup() {
  bundle_make
  PLACE=$BATS_TEST_TMPDIR/place
  mkdir -m 700 "$PLACE"
}

teardown() {
  bundle_end
  wait_for no_observer
}

# pod NAME CONTAINER: the annotations of containerd's for a container of a pod.
pod() {
  config '.annotations = {"io.kubernetes.cri.container-type": "container", "io.kubernetes.cri.sandbox-name": $pod,
    "io.kubernetes.cri.container-name": $container}' --arg pod "$1" --arg container "$2"
}

# denied [ACTION]: the profile denies mkdir.
denied() {
  config '.root.readonly = false | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [
    {names: ["mkdir", "mkdirat"], action: $action}]}' --arg action "${1:-SCMP_ACT_ERRNO}"
}

# live ARG...: husk with what an engine's handler adds before the command.
live() {
  husk "${GLOBAL[@]}" "$@"
}

# up SCRIPT: created and started as an engine does it, each command with the same options. Its standard error is in err.
up() {
  script "$1"
  live create --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&-
  live start "$ID"
}

stopped() {
  wait_for is_status stopped
}

# event FILTER: one of the lines of JSON is that.
event() {
  jq -se "any(.[]; $1)" "$PLACE"/*.jsonl
}

# Explaining

@test "--seccomp-explain-dir: events as lines of JSON and a report, named by pod, container and id; the profile is in force" {
  GLOBAL=(--seccomp-explain-dir "$PLACE")
  denied
  pod web-1 app
  up 'mkdir /one; mkdir /one; mkdir /last; [ ! -e /one ] && sleep 1000'
  wait_for grep -q '"call":"mkdir(\\"/last\\"' "$PLACE/web-1_app_$ID.jsonl"
  run live exec "$ID" mkdir /two
  failed
  live kill "$ID" KILL
  stopped
  live delete "$ID"
  event '.event == "begin" and .pod == "web-1" and .container == "app" and .id == "'"$ID"'"'
  event '.event == "denied" and .call == "mkdir(\"/one\", 0777)" and .syscall == "mkdir" and .program == "mkdir" and .action == "ERRNO"
    and .errno == 1 and (.arguments | length) == 6 and (.rule | endswith("/linux/seccomp/syscalls/0"))'
  event '.event == "denied" and .call == "mkdir(\"/two\", 0777)"'
  event '.event == "counted" and (.denial | startswith("mkdir(\"/one\"")) and .count == 2'
  event '.event == "end"'
  grep -q 'husk: seccomp: mkdir("/one", 0777) by mkdir on .*/linux/seccomp/syscalls/0 \[pid ' "$PLACE/web-1_app_$ID.txt"
  grep -q 'would have to allow: mkdir' "$PLACE/web-1_app_$ID.txt"
  never grep seccomp "$BATS_TEST_TMPDIR/err"
  [ "$(stat -c %a "$PLACE"/*.txt "$PLACE"/*.jsonl)" = $'600\n600' ]
}

@test "a profile that leaves no room for the observer's instructions: an error of --seccomp-explain, a warning of --seccomp-explain-dir" {
  local rules=1000 count=0
  until [ "$count" -gt 4088 ]; do
    rules=$((rules + 1))
    config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [range($rules) | {names: ["reboot"], action: "SCMP_ACT_ERRNO",
      args: [{index: 0, value: ., op: "SCMP_CMP_EQ"}]}]}' --argjson rules "$rules"
    count=$("$HUSK" seccomp dump --json "$BUNDLE/config.json" | jq length)
  done
  [ "$count" -le 4096 ]
  program sh -c 'grep Seccomp: /proc/self/status'
  launch --seccomp-explain
  is 1 ''
  complains 'config.json:' "to explain denied calls, the filter needs $((count + 8)) instructions, but the kernel allows 4096"
  OPTIONS+=(--seccomp-explain-dir "$PLACE")
  launch
  is 0 $'Seccomp:\t2'
  warns "the filter needs $((count + 8)) instructions, but the kernel allows 4096" 'denied calls are not explained'
  [ -z "$(ls -A "$PLACE")" ]
}

@test "--seccomp-explain-to=stderr: a denied call is in the container's log before what the program says of it" {
  GLOBAL=(--seccomp-explain-to=stderr)
  denied
  up 'mkdir /one'
  stopped
  [[ "$(cat "$BATS_TEST_TMPDIR/err")" = *'husk: seccomp: mkdir("/one", 0777) by mkdir'*"mkdir: can't create directory '/one'"* ]]
  live delete "$ID"
}

@test "--seccomp-explain-to=stderr: a program without denied calls has a log without a word" {
  GLOBAL=(--seccomp-explain-to stderr)
  denied
  up 'echo one >&2'
  stopped
  live delete "$ID"
  [ "$(cat "$BATS_TEST_TMPDIR/err")" = one ]
}

@test "--seccomp-explain-to=stderr: a pipe that nobody reads holds up no denied call" {
  GLOBAL=(--seccomp-explain-to=stderr)
  denied
  mkfifo "$BATS_TEST_TMPDIR/fifo"
  exec {reader}<>"$BATS_TEST_TMPDIR/fifo"
  script 'i=0; while [ $i -lt 600 ]; do mkdir /$i 2>/dev/null; i=$((i + 1)); done; echo end'
  live create --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/fifo" 3>&-
  live start "$ID"
  wait_for grep -q end "$BATS_TEST_TMPDIR/out"
  exec {reader}>&-
  stopped
  live delete "$ID"
}

@test "--seccomp-explain-to=stderr: a container with a terminal has its denied calls there, and create returns" {
  GLOBAL=(--seccomp-explain-to=stderr)
  denied
  config '.process.terminal = true'
  script 'mkdir /one'
  local receiver name=c-$ID
  receiver=$(tool recvtty)
  (cd "$BATS_TEST_TMPDIR" && exec "$receiver" "$name" >"$BATS_TEST_TMPDIR/terminal" 2>&1 3>&-) &
  BACKGROUND="$BACKGROUND $!"
  wait_for grep -q " 00010000 .* $name$" /proc/net/unix # it listens
  # a pipe that nothing may keep open
  run live create --bundle "$BUNDLE" --console-socket "$BATS_TEST_TMPDIR/$name" "$ID" </dev/null
  is 0 ''
  live start "$ID"
  stopped
  wait_for grep -q 'husk: seccomp: mkdir("/one", 0777) by mkdir' "$BATS_TEST_TMPDIR/terminal"
  live delete "$ID"
}

@test "explaining: a pod's sandbox, a container without a profile and one whose profile notifies are left alone" {
  GLOBAL=(--seccomp-explain-dir "$PLACE" --seccomp-explain-to stderr)
  denied
  pod web-1 app
  config '.annotations["io.kubernetes.cri.container-type"] = "sandbox"'
  up 'mkdir /one'
  stopped
  live delete "$ID"
  config 'del(.linux.seccomp) | .annotations = {"io.kubernetes.cri-o.ContainerType": "container"}'
  up 'mkdir /two'
  stopped
  live delete "$ID"
  never grep seccomp "$BATS_TEST_TMPDIR/err"
  [ -z "$(ls -A "$PLACE")" ]
}

# Places

@test "names in annotations are hostile: files stay in the directory, with bounded names that differ" {
  local long name
  printf -v long '%0300d' 7
  GLOBAL=(--seccomp-explain-dir "$PLACE")
  denied
  for name in '../../x' $'.\n\e[2J' "$long" "${long}8" 'a_b'; do
    pod "$name" "$name"
    script 'mkdir /one'
    run live run --bundle "$BUNDLE" "$ID"
    failed
  done
  [ "$(find "$PLACE" -type f | wc -l)" = 10 ]
  [ "$(find "$BATS_TEST_TMPDIR" -name '*.jsonl' | wc -l)" = 5 ]
  [ -e "$PLACE/%2E.%2F..%2Fx_%2E.%2F..%2Fx_$ID.txt" ]
  [ -e "$PLACE/a%5Fb_a%5Fb_$ID.txt" ]
  GLOBAL=(--seccomp-record-dir "$PLACE/../place")
  pod pod '../../../x'
  live run --bundle "$BUNDLE" "$ID"
  [ -e "$PLACE/%2E.%2F..%2F..%2Fx.json" ]
  [ -z "$(LC_ALL=C find "$PLACE" -type f -name '*[!A-Za-z0-9.%_~-]*')" ]
}

# refuses TEXT OPTION...: with the options nothing is made.
refuses() {
  local text=$1
  shift
  run --separate-stderr husk "$@" create --bundle "$BUNDLE" "$ID" </dev/null
  is 1 ''
  complains "$text"
  nothing_left
}

@test "a directory that is missing, another user's or open to others, and what is in the place of a file, end the command" {
  local option
  denied
  pod web-1 app
  for option in --seccomp-explain-dir --seccomp-record-dir; do
    refuses "$option $PLACE/missing: no such file or directory" "$option" "$PLACE/missing"
    chmod 1777 "$PLACE"
    refuses 'other users may write' "$option" "$PLACE"
    chmod 700 "$PLACE"
    if ! rootless; then
      chown 1000 "$PLACE"
      refuses 'belongs to user 1000' "$option" "$PLACE"
      chown 0 "$PLACE"
    fi
    [ -z "$(ls -A "$PLACE")" ]
  done
  echo kept >"$BATS_TEST_TMPDIR/kept"
  ln -s "$BATS_TEST_TMPDIR/kept" "$PLACE/app.json"
  refuses 'app.json is not a regular file' --seccomp-record-dir "$PLACE"
  ln -s "$BATS_TEST_TMPDIR/kept" "$PLACE/web-1_app_$ID.jsonl"
  refuses "web-1_app_$ID.jsonl in --seccomp-explain-dir" --seccomp-explain-dir "$PLACE"
  rm "$PLACE/app.json"
  echo '{"defaultAction": "SCMP_ACT_ALLOW"}' >"$PLACE/app.json"
  refuses 'not a recorded profile' --seccomp-record-dir "$PLACE"
  [ "$(cat "$BATS_TEST_TMPDIR/kept")" = kept ]
}

@test "recording and explaining exclude each other; --seccomp-explain-to knows stderr alone" {
  refuses 'mutually exclusive' --seccomp-record-dir "$PLACE" --seccomp-explain-dir "$PLACE"
  refuses 'mutually exclusive' --seccomp-explain-to stderr --seccomp-record-dir "$PLACE"
  refuses 'must be stderr' --seccomp-explain-to stdout
}

@test "a directory that is full: the program gets what it would, run and delete succeed, and the log has a line" {
  [ -w /dev/full ] || skip 'no /dev/full'
  ! rootless || skip 'mounts a file system'
  GLOBAL=(--log "$WARNINGS" --log-format json --seccomp-explain-dir "$PLACE")
  denied
  mount -t tmpfs -o size=8k,mode=700 tmpfs "$PLACE"
  head -c 8192 /dev/zero >"$PLACE/all"
  script 'mkdir /one 2>/dev/null; exit 3'
  run live run --bundle "$BUNDLE" "$ID"
  [ "$status" = 3 ] || { umount "$PLACE"; return 1; }
  warns 'denied calls are lost' 'no space left on device'
  GLOBAL=(--log "$WARNINGS" --log-format json --seccomp-record-dir "$PLACE")
  up 'exit 3'
  stopped
  live delete "$ID" || { umount "$PLACE"; return 1; }
  umount "$PLACE"
  warns 'the recorded profile is lost' 'no space left on device'
}

# Recording

@test "--seccomp-record-dir: one profile for each container name, merged over restarts, under which it then runs" {
  GLOBAL=(--seccomp-record-dir "$PLACE")
  denied
  pod web-1 app
  up 'mkdir /one; true; exit 0'
  stopped
  live delete "$ID"
  [ -d "$ROOTFS/one" ]
  pod web-2 app
  up 'ln -s one /link; true; exit 0'
  stopped
  live delete "$ID"
  pod web-2 side
  up 'true'
  stopped
  live delete "$ID"
  [ "$(cd "$PLACE" && echo *)" = 'app.json side.json' ]
  jq -e '.syscalls[0].names | contains(["mkdir", "symlink"])' "$PLACE/app.json"
  jq -e '.syscalls[0].names | contains(["symlink"]) | not' "$PLACE/side.json"
  husk seccomp check "$PLACE/app.json"
  mkdir -p "$BATS_TEST_TMPDIR/kubelet"
  cp "$PLACE/app.json" "$BATS_TEST_TMPDIR/kubelet/"
  script 'mkdir /two; ln -s two /other; chroot / true'
  run husk run --bundle "$BUNDLE" --seccomp-profile Localhost:app.json --seccomp-profile-root "$BATS_TEST_TMPDIR/kubelet" "$ID"
  failed
  [ -d "$ROOTFS/two" ]
  [ -h "$ROOTFS/other" ]
}

@test "--seccomp-record-dir: replicas that end at the same time lose nothing of each other's" {
  local calls=('chmod 700 /tmp' 'ln -s x /link' 'mkdir /one' 'mknod /fifo p' 'sync' 'umount /nosuch') number pids=()
  denied SCMP_ACT_ALLOW
  pod web app
  for number in "${!calls[@]}"; do
    cp -a "$BUNDLE" "$BUNDLE.$number"
    BUNDLE=$BUNDLE.$number script "${calls[number]}; :"
    husk --seccomp-record-dir "$PLACE" run --bundle "$BUNDLE.$number" "$ID-$number" </dev/null >/dev/null 2>&1 3>&- &
    pids+=($!)
  done
  for number in "${pids[@]}"; do
    wait "$number"
  done
  jq -e '.syscalls[0].names | contains(["chmod", "symlink", "mkdir", "mknod", "sync", "umount2"])' "$PLACE/app.json"
  [ "$(ls "$PLACE")" = app.json ]
}

# The annotation

@test "the annotation of a pod: without the operator's option only a warning, with it denied calls are in the log" {
  denied
  config '.annotations = {"run.oci.seccomp-explain": "true"}'
  GLOBAL=("${WARNED[@]}")
  up 'mkdir /one'
  stopped
  live delete "$ID"
  never grep 'husk: seccomp' "$BATS_TEST_TMPDIR/err"
  warns 'no effect without --allow-explain-annotation'
  GLOBAL=("${WARNED[@]}" --allow-explain-annotation)
  up 'mkdir /one'
  stopped
  live delete "$ID"
  grep -q 'husk: seccomp: mkdir("/one", 0777) by mkdir' "$BATS_TEST_TMPDIR/err"
}

@test "the option alone explains nothing; the annotation turns recording neither on nor off" {
  denied
  GLOBAL=("${WARNED[@]}" --allow-explain-annotation)
  up 'mkdir /one'
  stopped
  live delete "$ID"
  never grep 'husk: seccomp' "$BATS_TEST_TMPDIR/err"
  config '.annotations = {"run.oci.seccomp-explain": "record", "run.oci.seccomp-record": "true", "run.oci.seccomp-record-dir": $place}' \
    --arg place "$PLACE"
  up 'mkdir /one'
  stopped
  live delete "$ID"
  [ ! -e "$ROOTFS/one" ]
  warns 'must be true or false'
  config '.annotations = {"run.oci.seccomp-explain": "true"}'
  GLOBAL+=(--seccomp-record-dir "$PLACE")
  up 'mkdir /one'
  stopped
  live delete "$ID"
  warns 'no effect with --seccomp-record-dir'
  [ -d "$ROOTFS/one" ]
  [ -e "$PLACE/$ID.json" ]
}

# An engine's calls

@test "every command takes the options, and features prints nothing but JSON" {
  GLOBAL=(--seccomp-explain-dir "$PLACE/missing" --seccomp-explain-to=stderr --allow-explain-annotation)
  run --separate-stderr live features
  succeeded
  jq -e '.potentiallyUnsafeConfigAnnotations | index("run.oci.seccomp-explain")' <<<"$output"
  [ -z "$stderr" ]
  container_up
  live state "$ID"
  live ps "$ID"
  live list
  live pause "$ID"
  live resume "$ID"
  live exec "$ID" true
  live update --pids-limit 100 "$ID" || live update --resources - "$ID" <<<'{}'
  live kill "$ID" KILL
  stopped
  live delete "$ID"
  live delete --force "$ID"
}

# The end

@test "a profile that kills the program: its last call is in the log, in state, and in what delete logs" {
  local action
  for action in SCMP_ACT_KILL_PROCESS SCMP_ACT_KILL_THREAD SCMP_ACT_TRAP; do
    GLOBAL=(--seccomp-explain-dir "$PLACE" --seccomp-explain-to=stderr)
    denied "$action"
    program mkdir /one
    live create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>"$BATS_TEST_TMPDIR/err" 3>&-
    live start "$ID"
    stopped
    wait_for grep -q "the seccomp profile ended the container's program: mkdir(\"/one\", 0777)" "$BATS_TEST_TMPDIR/err"
    live state "$ID" | jq -e '.ended.cause == "seccomp" and (.ended.message | test("mkdir.*/linux/seccomp/syscalls/0"))'
    event '.event == "end" and .cause == "seccomp"'
    rm -f "$WARNINGS" "$PLACE"/*
    live "${WARNED[@]}" delete "$ID"
    warns "the seccomp profile ended the container's program: mkdir"
  done
}

@test "a denial that kills a child only, and one that is caught, do not end the program" {
  GLOBAL=(--seccomp-explain-to=stderr)
  denied SCMP_ACT_KILL_PROCESS
  up 'mkdir /one; exit 0'
  stopped
  live state "$ID" | jq -e '.ended == null'
  live delete "$ID"
  cp "$(tool denied -pthread)" "$ROOTFS/bin/denied"
  denied SCMP_ACT_TRAP
  program denied handled
  live create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&-
  live start "$ID"
  stopped
  live state "$ID" | jq -e '.ended == null'
  live delete "$ID"
}

@test "run in the foreground: a program that SIGSYS has killed is a line of the log" {
  denied SCMP_ACT_KILL_PROCESS
  program mkdir /one
  run husk "${WARNED[@]}" run --bundle "$BUNDLE" "$ID"
  is 159
  warns 'status 159 is SIGSYS: the seccomp profile may have killed it'
}

@test "more memory than the limit: state reports it, with and without an observer, and delete logs it" {
  ! rootless || skip 'the memory controller may not be delegated'
  config '.linux.resources.memory = {limit: 16777216, swap: 16777216}'
  in_parent
  denied
  for GLOBAL in --debug --seccomp-explain-dir="$PLACE"; do
    GLOBAL=("$GLOBAL")
    rm -f "$WARNINGS"
    program tail /dev/zero
    live create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&-
    live start "$ID" 2>/dev/null
    stopped
    live state "$ID" 2>/dev/null | jq -e '.ended.cause == "memory" and (.ended.message | startswith("out of memory: the kernel killed"))'
    live "${WARNED[@]}" delete "$ID"
    warns 'out of memory: the kernel killed'
  done
  event '.event == "end" and .cause == "memory"'
}

@test "OOM kills that a cgroup has counted for an earlier container are not those of a later one" {
  ! rootless || skip 'the memory controller may not be delegated'
  local first=$ID
  config '.linux.resources.memory = {limit: 16777216, swap: 16777216}'
  in_parent
  denied
  GLOBAL=(--seccomp-explain-dir "$PLACE")
  up 'tail /dev/zero'
  stopped
  event '.event == "end" and .cause == "memory"'
  rm "$PLACE"/*.jsonl
  ID=$first-later
  up 'true'
  stopped
  wait_for event '.event == "end"'
  event '.event == "end" and .cause == null'
  live state "$ID" | jq -e '.ended == null'
  live delete "$ID"
  ID=$first
}
