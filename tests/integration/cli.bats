#!/usr/bin/env bats
# The command line: ids, options, and the files that it names.
# bats file_tags=any-machine
load bundle

# proves: create-id-refused
# bats test_tags=attack:CL-01
@test "bad ids are refused with the grammar, before anything is made" {
  local id
  for id in '' . .. a/b ../x $'a\nb' 'a b' 'é' 'ü' '*' "$(printf 'x%.0s' {1..1025})"; do
    run --separate-stderr husk run --bundle "$BUNDLE" "$id" </dev/null
    is 1
    complains 'is not a container id' 'A-Z a-z 0-9'
    [ -z "$(ls -A "$ROOT" 2>/dev/null)" ]
  done
  run --separate-stderr husk run --bundle "$BUNDLE" -- -x </dev/null
  is 1
  complains 'is not a container id'
  nothing_left
}

@test "ids of every allowed shape are accepted" {
  local id
  for id in a A9 a.b a_b a+b a-b 0 "$(printf 'x%.0s' {1..200})"; do
    config '.linux.cgroupsPath = $path' --arg path "/$PARENT/$id"
    husk create --bundle "$BUNDLE" "$id" </dev/null >/dev/null 2>&1
    husk delete --force "$id"
  done
}

# bats test_tags=attack:CL-02
@test "state, kill, delete, exec and start refuse paths as ids" {
  mkdir -p "$BATS_TEST_TMPDIR/elsewhere"
  echo '{}' >"$BATS_TEST_TMPDIR/elsewhere/state.json"
  local path command
  for path in ../elsewhere ../../elsewhere; do
    for command in state start delete 'delete --force' kill; do
      read -ra command <<<"$command"
      run --separate-stderr husk "${command[@]}" "$path"
      is 1
      complains 'is not a container id'
    done
    run --separate-stderr husk kill "$path" KILL
    is 1
    complains 'is not a container id'
    run --separate-stderr husk exec "$path" true
    is 255
    complains 'is not a container id'
  done
  [ -e "$BATS_TEST_TMPDIR/elsewhere/state.json" ]
}

# bats test_tags=attack:CL-03
@test "--root that is a file, belongs to somebody else, or is writable by all" {
  program true
  touch "$BATS_TEST_TMPDIR/file"
  run --separate-stderr "$HUSK" --root "$BATS_TEST_TMPDIR/file" run --bundle "$BUNDLE" "$ID"
  is 1
  complains 'not a directory'
  mkdir -m 700 "$BATS_TEST_TMPDIR/other"
  chown 1000 "$BATS_TEST_TMPDIR/other"
  run --separate-stderr "$HUSK" --root "$BATS_TEST_TMPDIR/other" run --bundle "$BUNDLE" "$ID"
  is 1
  complains "$BATS_TEST_TMPDIR/other"
  mkdir -m 777 "$BATS_TEST_TMPDIR/open"
  run --separate-stderr "$HUSK" --root "$BATS_TEST_TMPDIR/open" run --bundle "$BUNDLE" "$ID"
  is 1
  complains 'is writable by everybody'
  launch
  succeeded
  [ "$(stat -c %a "$ROOT")" = 700 ]
}

# bats test_tags=attack:CL-05
@test "--pid-file in a missing directory, on a directory, on a full file system" {
  program sleep 1000
  local path dir=$BATS_TEST_TMPDIR/dir
  mkdir "$dir"
  for path in "$BATS_TEST_TMPDIR/missing/pid" "$dir"; do
    run --separate-stderr husk create --bundle "$BUNDLE" --pid-file "$path" "$ID" </dev/null
    is 1
    complains "$path" 'write pid file'
    nothing_left
  done
  run --separate-stderr unshare --mount --propagation private bash -c "
    mount -t tmpfs -o size=4k,nr_inodes=3 none '$dir' && dd if=/dev/zero of='$dir/x' bs=4k count=1 2>/dev/null || exit 9
    exec '$HUSK' --root '$ROOT' create --bundle '$BUNDLE' --pid-file '$dir/pid' '$ID' </dev/null >/dev/null"
  is 1
  complains 'write pid file'
  nothing_left
}

# bats test_tags=attack:CL-06
@test "a pid file that is being read is never empty or partial" {
  local file=$BATS_TEST_TMPDIR/pid i
  program true
  bash -c "while [ ! -e '$BATS_TEST_TMPDIR/stop' ]; do
      text=\$(cat '$file' 2>/dev/null) && echo \"<\$text>\"
    done; true" >"$BATS_TEST_TMPDIR/seen" 2>&1 3>&- &
  BACKGROUND=$!
  for i in {1..20}; do
    create --pid-file "$file"
    echo "<$(husk state "$ID" | jq .pid)>" >>"$BATS_TEST_TMPDIR/written"
    husk delete --force "$ID"
  done
  touch "$BATS_TEST_TMPDIR/stop"
  wait "$BACKGROUND"
  [ "$(sort -u "$BATS_TEST_TMPDIR/seen" | wc -l)" -gt 1 ]
  never grep -vxFf "$BATS_TEST_TMPDIR/written" "$BATS_TEST_TMPDIR/seen"
}

# bats test_tags=attack:CL-10
@test "husk works with stdin, stdout or stderr closed" {
  program sh -c 'ls /proc/self/fd >/dev/null; exit 7'
  local closed
  for closed in '<&-' '>&-' '2>&-' '<&- >&-' '<&- 2>&-' '>&- 2>&-' '<&- >&- 2>&-'; do
    run bash -c "'$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID' $closed"
    is 7
  done
  nothing_left
}

# bats test_tags=attack:CL-11
@test "unknown commands and options, missing and surplus operands" {
  local line
  while read -ra line; do
    run --separate-stderr husk "${line[@]}"
    [ "$status" -ne 0 ] || { echo "${line[*]}"; return 1; }
    [ -n "$stderr" ] || { echo "${line[*]}"; return 1; }
    same ''
  done <<'END'
nonsense
--nonsense
--nonsense run x
run
run --nonsense x
run a b
state
state a b
create
create --preserve-fds x a
create --preserve-fds -1 a
kill
delete
check config.json
plan config.json
list a
spec a
features a
seccomp default a
delete a b
start
list --format xml
--log-format xml list
--log-level loud list
--cgroup-manager x list
END
  run --separate-stderr husk
  failed
  nothing_left
}

# proves: kill-of-another-status
# bats test_tags=attack:CL-12
@test "an unknown signal is refused" {
  container_up
  local signal
  for signal in 65 SIGFOO 9x 1.5 15.0 -- '' 999999999999; do
    run --separate-stderr husk kill "$ID" "$signal"
    is 1 || { echo "$signal"; return 1; }
    [ "$signal" = -- ] || complains 'is not a signal'
  done
  is_status running
  husk kill "$ID" 0
  husk kill "$ID" CONT
  husk kill "$ID" sigcont
  is_status running
  husk kill "$ID" KILL
  wait_for is_status stopped
  run --separate-stderr husk kill "$ID" KILL
  is 1
  complains 'container not running'
}

# proves: delete-of-another-status
# bats test_tags=attack:CL-13
@test "delete of a running container, twice, with --force, and of an unknown id" {
  container_up
  run --separate-stderr husk delete "$ID"
  is 1
  complains 'is not stopped'
  is_status running
  husk delete --force "$ID"
  nothing_left
  run --separate-stderr husk delete "$ID"
  is 1
  complains 'does not exist'
  husk delete --force "$ID"
}

@test "delete of a created container ends it, and runs the poststop hooks" {
  config '.hooks.poststop = [{path: "/bin/sh", args: ["sh", "-c", $text]}]' --arg text "echo stopped >>$BATS_TEST_TMPDIR/hooks"
  script "echo ran >/dev/tty"
  create
  local pid
  pid=$(husk state "$ID" | jq .pid)
  run husk delete "$ID"
  is 0 ''
  [ ! -e "/proc/$pid/ns/mnt" ]
  [ "$(cat "$BATS_TEST_TMPDIR/hooks")" = stopped ]
  nothing_left
}

@test "options may follow the operands" {
  script 'trap "" TERM; sleep 1000'
  husk run "$ID" --detach -b "$BUNDLE" </dev/null >/dev/null 2>&1 3>&-
  is_status running
  run --separate-stderr husk state "$ID" --nonsense
  is 1 ''
  complains 'unknown option "--nonsense"'
  run husk start "$ID" --help
  is 0
  says 'usage: husk start'
  run husk list -- -q
  is 1
  husk kill "$ID" KILL -a
  wait_for is_status stopped
  husk delete "$ID" -f
  husk create "$ID" --bundle "$BUNDLE" </dev/null >/dev/null 2>&1 3>&-
  is_status created
  husk delete -f -- "$ID"
  nothing_left
}

# proves: start-of-another-status
# bats test_tags=attack:CL-14
@test "a second start, and a start after the end, are refused" {
  container_up
  run --separate-stderr husk start "$ID"
  is 1
  complains 'it is running'
  husk kill "$ID" KILL
  wait_for is_status stopped
  run --separate-stderr husk start "$ID"
  is 1
  complains 'it has stopped'
  [ "$(wc -l <<<"$stderr")" -eq 1 ]
  husk delete "$ID"
  create
  husk kill "$ID" KILL
  wait_for is_status stopped
  run --separate-stderr husk start "$ID"
  is 1
  complains 'it has stopped'
}

# begun_after PID: processes from now on have another start time than PID. (Start times are in hundredths of a second.)
begun_after() {
  [ "$(cut -d' ' -f22 /proc/self/stat)" -gt "$(cut -d' ' -f22 "/proc/$1/stat")" ]
}

# bats test_tags=attack:CL-16
@test "a pid that now belongs to another process is never signalled" {
  container_up
  wait_for begun_after "$PID"
  sleep 1000 3>&- &
  BACKGROUND=$!
  husk kill "$ID" KILL
  wait_for is_status stopped
  # as if the pid had been reused
  sed -i "s/\"pid\": *$PID\\b/\"pid\":$BACKGROUND/" "$ROOT/$ID/state.json"
  [ "$(jq .pid "$ROOT/$ID/state.json")" = "$BACKGROUND" ]
  is_status stopped
  run --separate-stderr husk kill "$ID" KILL
  is 1
  complains 'container not running'
  husk delete --force "$ID"
  kill -0 "$BACKGROUND"
  nothing_left
}

# bats test_tags=attack:CL-18
@test "a log that cannot be written neither fails nor hangs a command" {
  program echo fine
  mkfifo "$BATS_TEST_TMPDIR/fifo"
  local log
  for log in "$BATS_TEST_TMPDIR/fifo" /dev/full; do
    run --separate-stderr timeout 5 "$HUSK" --root "$ROOT" --log "$log" run --bundle "$BUNDLE" "$ID"
    is 0 fine
  done
  run --separate-stderr timeout 5 "$HUSK" --root "$ROOT" --log "$BATS_TEST_TMPDIR" run --bundle "$BUNDLE" "$ID"
  [ "$status" -ne 124 ]
}

# bats test_tags=attack:CL-18
@test "the JSON log is valid whatever a message contains" {
  local log=$BATS_TEST_TMPDIR/log
  program $'/quote"back\\slash\nline\ttab'
  run husk --log "$log" --log-format json run --bundle "$BUNDLE" "$ID"
  is 1
  jq -e . "$log"
  [ "$(wc -l <"$log")" -eq 1 ]
  run husk --log "$log" --log-format json state $'"\n\x01'
  is 1
  jq -e . "$log"
  [ "$(wc -l <"$log")" -eq 2 ]
}

@test "--version and --help, of husk and of each command" {
  run --separate-stderr husk --version
  succeeded
  [[ "${lines[0]}" == 'husk version '* ]]
  says 'spec: 1.'
  # docker takes what follows the last "version" for the version, in whichever line it is
  [ "$(grep -c version <<<"$output")" -eq 1 ]
  [ "$(sed -n 's/^commit: //p' <<<"$output")" = "$("$HUSK" features | jq -r '.annotations["run.oci.husk.commit"] // "unknown"')" ]
  [ "$(sed -n 's/^spec: //p' <<<"$output")" = "$("$HUSK" features | jq -r .ociVersionMax)" ]
  [ "$(sed -n 's/^libseccomp: //p' <<<"$output")" = \
    "$("$HUSK" features | jq -r '.annotations["io.github.seccomp.libseccomp.version"]')" ]
  grep -Eqx 'libc: (musl|glibc)' <<<"$output"
  grep -Eqx 'features: [+-]SYSTEMD \+SELINUX \+APPARMOR \+CAP \+SECCOMP \+EBPF [+-]CRIU \+YAJL' <<<"$output"
  run --separate-stderr husk --help
  succeeded
  says 'usage: husk'
  local command commands=(check create delete exec kill list plan run spec start state)
  says "${commands[@]}"
  for command in "${commands[@]}"; do
    run --separate-stderr husk "$command" --help
    succeeded
    says "usage: husk $command"
    [ -z "$stderr" ]
  done
}

@test "spec writes a config.json that runs a shell on a terminal, and overwrites no file" {
  rm "$BUNDLE/config.json"
  cd "$BUNDLE"
  husk spec
  [ "$(jq -c '.process | [.terminal, .args]' config.json)" = '[true,["sh"]]' ]
  [ "$(jq -c '.process.capabilities | [.bounding, .effective, .permitted] | unique' config.json)" = \
    '[["CAP_AUDIT_WRITE","CAP_KILL","CAP_NET_BIND_SERVICE"]]' ]
  # the rest is the example's, and the profile is husk's own
  local changed='del(.process.terminal, .process.args, .process.capabilities, .linux.seccomp)'
  diff <(jq -S "$changed" config.json) <(jq -S "$changed" "$SOURCE/config.json.example")
  diff <(jq -S .linux.seccomp config.json) <("$HUSK" seccomp default | jq -S .)
  run --separate-stderr husk check --strict
  is 0 '0 errors, 0 warnings'
  config '.process.terminal = false | .process.args = ["echo", "fine"]'
  launch
  is 0 fine
  run --separate-stderr husk spec
  is 1
  complains 'file exists (it is kept: remove it, or write another with --file)'
  cd /
  run --separate-stderr husk spec --bundle "$BUNDLE"
  is 1
  complains 'file exists'
}

@test "spec -- COMMAND writes a config that runs it, on a terminal only with --terminal" {
  rm "$BUNDLE/config.json"
  cd "$BUNDLE"
  husk spec -- /bin/sh -c 'echo "$1"' sh '--terminal'
  [ "$(jq .process.terminal config.json)" = false ]
  launch
  is 0 --terminal
  rm config.json
  husk spec --terminal --rootless -- echo $'q"\\\n' ü
  [ "$(jq -c '.process | [.terminal, .args]' config.json)" = '[true,["echo","q\"\\\n","ü"]]' ]
  [ "$(jq -c '.linux.namespaces | map(.type) | index("user") != null' config.json)" = true ]
  rm config.json
  run --separate-stderr husk spec -- echo $'\xff'
  is 1
  complains 'not UTF-8'
  run --separate-stderr husk spec echo
  is 1
  [ ! -e config.json ]
}

@test "spec leaves nothing if it cannot write the whole file" {
  local full=$BATS_TEST_TMPDIR/full
  mkdir "$full"
  mount -t tmpfs -o size=4k tmpfs "$full"
  run --separate-stderr husk spec --bundle "$full"
  local left
  left=$(ls "$full")
  umount "$full"
  is 1
  complains 'config.json: no space left on device'
  [ -z "$left" ]
}

@test "plan prints the steps of a bundle, also without its rootfs and without root" {
  config '.root.path = "/on/another/machine"'
  run --separate-stderr husk plan --bundle "$BUNDLE"
  succeeded
  says mount pivot_root seccomp exec /on/another/machine
  run --separate-stderr husk plan --json --bundle "$BUNDLE"
  succeeded
  [ "$(jq -r '.steps[-1].step' <<<"$output")" = exec ]
  unprivileged plan --bundle "$BUNDLE"
  succeeded
  says pivot_root seccomp /on/another/machine
}

@test "plan and check accept a config whose program is not run by root" {
  config '.process.user = {uid: 1000, gid: 1000, umask: 63} | .process.terminal = false | .process.oomScoreAdj = 77
    | .process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 3} | .linux.personality = {domain: "LINUX"}
    | .linux.rootfsPropagation = "slave"'
  run --separate-stderr husk plan --bundle "$BUNDLE"
  succeeded
  says streams umask oom-score io-priority personality propagation
  run husk check --bundle "$BUNDLE"
  succeeded
}

@test "plan shows scheduling, priorities, policies and limits in the words of the config" {
  config '.process += {scheduler: {policy: "SCHED_BATCH", nice: 3, flags: ["SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_RECLAIM"]},
      ioPriority: {class: "IOPRIO_CLASS_BE", priority: 4}, rlimits: [{type: "RLIMIT_NOFILE", soft: 64, hard: 128}]}
    | .linux += {personality: {domain: "LINUX32"}, memoryPolicy: {mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES"]}}'
  run --separate-stderr husk plan --bundle "$BUNDLE"
  succeeded
  says 'SCHED_BATCH, nice 3, priority 0, SCHED_FLAG_RESET_ON_FORK, SCHED_FLAG_RECLAIM ' ' IOPRIO_CLASS_BE, priority 4 ' ' LINUX32 ' \
    ' MPOL_BIND, MPOL_F_STATIC_NODES, nodes 0 ' ' RLIMIT_NOFILE 64/128 '
}

@test "plan shows the names of variables, not their values" {
  config '.process.env += ["PASSWORD=hunter2"]'
  run --separate-stderr husk plan --bundle "$BUNDLE"
  succeeded
  says_not hunter2 TERM=xterm
  run --separate-stderr husk plan --json --bundle "$BUNDLE"
  succeeded
  says_not hunter2 TERM=xterm
}

@test "plan ends with the filter right before exec" {
  run --separate-stderr husk plan --bundle "$BUNDLE"
  [[ "${lines[-1]}" == *exec* ]]
  [[ "${lines[-2]}" == *seccomp* ]]
}

@test "what check counts is in the singular where there is one" {
  config '.process.cwd = "relative"'
  run husk check --bundle "$BUNDLE"
  is 1
  [ "${lines[-1]}" = '1 error, 0 warnings' ]
  echo '{"defaultAction": "SCMP_ACT_ERRNO", "defaultAction": "SCMP_ACT_ALLOW"}' >"$BATS_TEST_TMPDIR/profile"
  run husk seccomp check "$BATS_TEST_TMPDIR/profile"
  is 1
  [[ "${lines[-1]}" == '1 error, 0 warnings, '*' instructions' ]]
}

@test "check reports all errors at once, each with its place, and changes nothing" {
  config '.process.cwd = "relative" | .process.args = [] | .linux.maskedPaths = ["x"] | .hostname = 5
    | .process.rlimits[0].type = "RLIMIT_FOO" | .linux.namespaces += [{type: "nosuch"}]'
  run husk check --bundle "$BUNDLE"
  is 1
  says '/process/cwd: "relative" is not an absolute path' /process/args /linux/maskedPaths/0 \
    '/hostname: expected a string, found a number' /process/rlimits/0/type /linux/namespaces/6/type \
    '6 errors, 0 warnings'
  nothing_left
  example
  run husk check --bundle "$BUNDLE"
  succeeded
}

@test "every command that prints fails if standard output cannot be written" {
  local line
  create
  while read -r line; do
    # shellcheck disable=SC2086
    run --separate-stderr bash -c '"$0" --root "$1" "${@:2}" >/dev/full' "$HUSK" "$ROOT" $line
    is 1
    [[ "$stderr" == *"write to standard output"* ]] || { echo "$line: $stderr"; return 1; }
  done <<TEXT
--version
--help
list
list --format json
list --help
features
seccomp default
state $ID
TEXT
}

@test "a comparison that cannot be written is an error, not a difference" {
  local line
  cd "$BATS_TEST_TMPDIR"
  echo '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["execve", "exit"], "action": "SCMP_ACT_ALLOW"}]}' >strict.json
  echo '{"defaultAction": "SCMP_ACT_ALLOW"}' >loose.json
  for line in "check strict.json" "diff strict.json loose.json" "diff --json strict.json loose.json" \
    "diff --not-looser-than strict.json loose.json"; do
    # shellcheck disable=SC2086
    run "$HUSK" seccomp $line
    is 2
    # shellcheck disable=SC2086
    run --separate-stderr bash -c '"$0" seccomp "$@" >/dev/full' "$HUSK" $line
    is 1
    [ "$stderr" = 'husk: error: write to standard output: no space left on device' ] || { echo "$line: $stderr"; return 1; }
  done
}

@test "errors that cannot be written to standard output are not lost in silence" {
  cd "$BATS_TEST_TMPDIR"
  echo '{"defaultAction": "SCMP_ACT_NONE"}' >wrong.json
  run "$HUSK" seccomp check wrong.json
  is 1
  says SCMP_ACT_NONE
  run --separate-stderr bash -c '"$0" seccomp check wrong.json >/dev/full' "$HUSK"
  is 1
  [ "$stderr" = 'husk: error: write to standard output: no space left on device' ]
  run --separate-stderr bash -c '"$0" state none >/dev/full' "$HUSK"
  is 1
  [ "$stderr" = 'husk: error: container "none" does not exist' ]
}
