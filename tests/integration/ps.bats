#!/usr/bin/env bats
# ps: the processes of a container, by their pids on the host.
load bundle

# three: a container with its first process and two more.
three() {
  container_up 'sleep 1001 & sleep 1002 & wait'
  wait_for counts 3
}

counts() {
  [ "$(husk ps --format json "$ID" | jq length)" -eq "$1" ]
}

@test "ps --format json is an array of the host's pids" {
  three
  run --separate-stderr husk ps --format json "$ID"
  succeeded
  jq -e --argjson pid "$PID" 'length == 3 and index($pid) != null' <<<"$output"
  local pid
  for pid in $(jq '.[]' <<<"$output"); do
    diff "/proc/$pid/cgroup" "/proc/$PID/cgroup"
  done
  run husk ps -fjson "$ID"
  says "$PID"
}

@test "ps counts exec'd processes and those of sub-cgroups" {
  three
  husk exec --detach "$ID" sleep 1003 </dev/null >/dev/null 2>&1
  counts 4
  local pid directory
  pid=$(husk ps --format json "$ID" | jq 'max')
  for directory in $(hierarchies); do
    mkdir -p "$directory/a/b"
    ready "$directory/a" "$directory/a/b"
    echo "$pid" >"$directory/a/b/cgroup.procs"
  done
  counts 4
  husk ps --format json "$ID" | jq -e --argjson pid "$pid" 'index($pid) != null'
}

@test "ps prints the header and the container's lines of ps -ef" {
  three
  run --separate-stderr husk ps "$ID"
  succeeded
  [ "${#lines[@]}" -eq 4 ]
  [[ "${lines[0]}" == *PID*CMD* ]]
  says 'sleep 1001' 'sleep 1002'
}

@test "husk ps passes options on to ps" {
  three
  run --separate-stderr husk ps "$ID" -o ppid,pid,comm ax
  succeeded
  [ "${#lines[@]}" -eq 4 ]
  says 'PPID' 'sleep'
  run --separate-stderr husk ps "$ID" -- aux
  succeeded
  [ "${#lines[@]}" -eq 4 ]
  says '%CPU'
}

@test "ps refuses options without a pid column and options that ps(1) refuses" {
  three
  run husk ps "$ID" -eo comm
  is 1
  says 'no PID column'
  run husk ps "$ID" --no-such-option
  is 1
  says 'husk: error: ps exited with status 1'
}

@test "without ps(1) the message says what to install" {
  three
  run env PATH="$BATS_TEST_TMPDIR" "$HUSK" --root "$ROOT" "${OPTIONS[@]}" ps "$ID"
  is 1
  says 'run ps: no such file or directory (install procps, or use --format json)'
}

@test "ps of created, paused and stopped containers" {
  create
  counts 1
  husk pause "$ID"
  counts 1
  husk kill "$ID" KILL
  wait_for is_status stopped
  run --separate-stderr husk ps -f json "$ID"
  is 0 '[]'
}

@test "ps without a cgroup: the processes of the pid namespace and below" {
  plain
  config '.process.capabilities[] += ["CAP_SYS_ADMIN"]'
  script 'sleep 1001 & unshare -p -f sleep 1002 & wait'
  husk --cgroup-manager disabled create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&-
  husk start "$ID"
  wait_for counts 4 # unshare and its children
  husk exec --detach "$ID" sleep 1003 </dev/null >/dev/null 2>&1
  counts 5
}

@test "ps without a cgroup: a process that cannot be inspected is an error, one that has ended is not" {
  script 'sleep 1001'
  husk --cgroup-manager disabled create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&-
  husk start "$ID"
  PID=$(husk state "$ID" | jq .pid)
  wait_for grep -q 1001 "/proc/$PID/cmdline"
  local fault start
  start=$(strace -e trace=readlink "$HUSK" --version 2>&1 | grep -c ^readlink) || true # the C library's
  for fault in readlink:error=EACCES:when=$((start + 1)) readlink:error=EMFILE:when=$((start + 1)) \
    readlink:error=ENOMEM:when=$((start + 2))+ getdents64:error=EIO:when=1 \
    getdents64:error=ENOMEM:when=2; do # the first process's own namespace is read first
    run --separate-stderr strace -qq -o /dev/null -e trace="${fault%%:*}" -e inject="$fault" \
      "$HUSK" --root "$ROOT" "${OPTIONS[@]}" ps --format json "$ID"
    is 1 ''
    complains "list the processes of container \"$ID\""
  done
  run --separate-stderr strace -qq -o /dev/null -e trace=readlink -e inject=readlink:error=ESRCH:when=$((start + 2)) \
    "$HUSK" --root "$ROOT" "${OPTIONS[@]}" ps --format json "$ID"
  is 0 "$(husk ps --format json "$ID")"
}

@test "ps without a cgroup and a pid namespace is an error that gives the reason" {
  config 'del(.linux.namespaces[] | select(.type == "pid"))'
  script 'sleep 1000'
  husk --cgroup-manager disabled create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&-
  husk start "$ID"
  run husk ps "$ID"
  is 1
  says 'neither a cgroup nor a pid namespace'
}

# bats test_tags=any-machine
@test "ps refuses an unknown format, a missing id, an unknown container" {
  run husk ps --format xml "$ID"
  is 1
  says 'must be table or json'
  run husk ps
  is 1
  says 'needs a container id'
  run husk ps "$ID"
  is 1
  says 'does not exist'
}
