#!/usr/bin/env bats
# Processes in sub-cgroups: exec into one, signals to all, removal of everything that a payload made.
load bundle

# make_below NAME: a sub-cgroup of the container's, in each hierarchy.
make_below() {
  local directory
  for directory in $(hierarchies); do
    mkdir "$directory/$1"
    ready "$directory/$1"
  done
}

# placed PID PATH: the process is at that path below the container's cgroup in every hierarchy.
placed() {
  local directory
  for directory in $(hierarchies); do
    grep -qx "$1" "$directory$2/cgroup.procs" || { echo "not in $directory$2"; return 1; }
  done
}

# in_background ARG...: exec of sleep with these options; EXECED is its pid.
in_background() {
  husk exec --detach --pid-file "$BATS_TEST_TMPDIR/pid" "$@" "$ID" sleep 1000 </dev/null >/dev/null 2>"$BATS_TEST_TMPDIR/err" 3>&-
  EXECED=$(cat "$BATS_TEST_TMPDIR/pid")
}

@test "exec --cgroup puts the process into a sub-cgroup" {
  container_up
  make_below sub
  in_background --cgroup sub
  placed "$EXECED" /sub
  in_background --cgroup=/sub
  placed "$EXECED" /sub
  in_background --cgroup /
  placed "$EXECED" ''
  husk delete --force "$ID"
  nothing_left
}

@test "exec --cgroup of named hierarchies" {
  container_up
  make_below sub
  if ! cgroup_is_v1 pids; then
    run husk exec --cgroup pids:sub "$ID" true
    is 255
    says 'no v1 hierarchy "pids"'
    return
  fi
  in_background --cgroup pids,memory:/sub --cgroup cpu:sub
  local controller
  for controller in pids memory cpu; do
    [[ "$(cgroup_directory "$controller" "$EXECED")" == *"$ID"/sub ]]
  done
  [[ "$(cgroup_directory freezer "$EXECED")" == *"$ID" ]]
  run husk exec --cgroup nosuch:sub "$ID" true
  is 255
  says 'no v1 hierarchy "nosuch"'
}

@test "exec --cgroup refuses a missing path, .. and files" {
  container_up
  run husk exec --cgroup nowhere "$ID" true
  is 255
  says '--cgroup "nowhere"' 'no such file or directory' 'must exist'
  local path
  for path in .. ../x /a/../../x sub/..; do
    run husk exec --cgroup "$path" "$ID" true
    is 255
    says 'leads out of the container'
  done
  run husk exec --cgroup cgroup.procs "$ID" true
  is 255
  says 'not a directory'
}

@test "exec enters init's cgroup if the container's cgroup has enabled controllers for sub-cgroups" {
  container_up
  local directory
  directory=$(cgroup_directory none)
  [ -s "$directory/cgroup.controllers" ] || skip 'no controller of v2 to hand on'
  mkdir "$directory/init"
  echo "$PID" >"$directory/init/cgroup.procs"
  echo "+$(cut -d' ' -f1 "$directory/cgroup.controllers")" >"$directory/cgroup.subtree_control"
  in_background
  grep -q "^0::.*/$ID/init$" "/proc/$EXECED/cgroup"
}

# bats test_tags=attack:CG-04
@test "sub-cgroups, three deep and two hundred wide, with processes" {
  container_up
  local directory i
  for directory in $(hierarchies); do
    mkdir -p "$directory"/{0..199}/a/b
  done
  for i in 0 77 199; do
    in_background
    for directory in $(hierarchies); do
      ready "$directory/$i" "$directory/$i/a" "$directory/$i/a/b"
      echo "$EXECED" >"$directory/$i/a/b/cgroup.procs"
    done
  done
  [ "$(husk ps -f json "$ID" | jq length)" -eq 4 ]
  husk delete --force "$ID"
  nothing_left
}

# bats test_tags=attack:CG-04
@test "sub-cgroups whose names begin with a dot" {
  container_up
  local directory
  for directory in $(hierarchies); do
    mkdir -p "$directory/.hidden/..." "$directory/..x"
    ready "$directory/.hidden" "$directory/.hidden/..." "$directory/..x"
  done
  in_background
  for directory in $(hierarchies); do
    echo "$EXECED" >"$directory/.hidden/.../cgroup.procs"
  done
  husk delete --force "$ID"
  nothing_left
}

# bats test_tags=attack:CG-04
@test "a cgroup tree hundreds of levels deep is removed" {
  container_up
  local directory levels
  printf -v levels '%.0s/d' {1..300}
  for directory in $(hierarchies); do
    mkdir -p "$directory$levels"
  done
  husk delete --force "$ID"
  nothing_left
}

# bats test_tags=attack:CG-04
@test "frozen sub-cgroups are removed with the container" {
  container_up 'while :; do sleep 1; done'
  make_below sub
  in_background --cgroup sub
  local directory
  for directory in $(hierarchies); do
    [ ! -e "$directory/sub/freezer.state" ] || echo FROZEN >"$directory/sub/freezer.state"
    [ ! -e "$directory/sub/cgroup.freeze" ] || echo 1 >"$directory/sub/cgroup.freeze"
  done
  husk delete --force "$ID"
  nothing_left
}

# bats test_tags=attack:CG-04
@test "a stopped container is deleted although a frozen sub-cgroup has a process" {
  config 'del(.linux.namespaces[] | select(.type == "pid"))'
  container_up
  make_below sub
  in_background --cgroup sub
  local directory
  for directory in $(hierarchies); do
    [ ! -e "$directory/sub/freezer.state" ] || echo FROZEN >"$directory/sub/freezer.state"
    [ ! -e "$directory/sub/cgroup.freeze" ] || echo 1 >"$directory/sub/cgroup.freeze"
  done
  husk kill "$ID" KILL
  wait_for is_status stopped
  husk delete "$ID"
  nothing_left
}

# bats test_tags=attack:CG-04
@test "threaded sub-cgroups are removed with the container" {
  container_up
  local directory
  directory=$(cgroup_directory none)
  [ -e "$directory/cgroup.type" ] || skip 'v1 has none'
  mkdir -p "$directory/threads/more"
  echo threaded >"$directory/threads/cgroup.type"
  echo threaded >"$directory/threads/more/cgroup.type"
  echo "$PID" >"$directory/threads/more/cgroup.threads"
  [ "$(husk ps -f json "$ID" | jq -c .)" = "[$PID]" ]
  husk pause "$ID"
  grep -qx 'frozen 1' "$directory/cgroup.events"
  husk resume "$ID"
  husk kill --all "$ID" CONT
  husk delete --force "$ID"
  nothing_left
}

# bomb: a container whose processes fork endlessly, in sessions of their own, up to a limit.
bomb() {
  local directory
  cp "$(tool forks)" "$ROOTFS/bin/forks"
  script 'read go; exec forks'
  mkfifo "$BATS_TEST_TMPDIR/go"
  husk create --bundle "$BUNDLE" "$ID" <>"$BATS_TEST_TMPDIR/go" >/dev/null 2>&1 3>&-
  husk start "$ID"
  PID=$(husk state "$ID" | jq .pid)
  directory=$(cgroup_directory pids)
  [ -e "$directory/pids.max" ] || skip 'no limit on processes'
  echo 150 >"$directory/pids.max"
  echo go >"$BATS_TEST_TMPDIR/go"
  full() { [ "$(cat "$directory/pids.current")" -ge 140 ]; }
  wait_for full
}

# bats test_tags=attack:CG-04
@test "forking payloads are deleted" {
  bomb
  husk delete --force "$ID"
  nothing_left
}

# bats test_tags=attack:CG-04
@test "forking payloads without a pid namespace are deleted" {
  config 'del(.linux.namespaces[] | select(.type == "pid"))'
  bomb
  husk kill "$ID" KILL
  wait_for is_status stopped
  husk delete "$ID"
  nothing_left
}

@test "kill --all reaches every process of a forking payload" {
  config 'del(.linux.namespaces[] | select(.type == "pid"))'
  bomb
  husk kill --all "$ID" KILL
  wait_for no_processes_left
  husk kill --all "$ID" KILL
  husk delete "$ID"
  nothing_left
}

@test "kill --all sends any signal to every process, in sub-cgroups too" {
  container_up 'trap "echo first" USR1; (trap "echo second; exit" USR1; echo up; while :; do sleep 0.02; done) & while :; do sleep 0.02; done'
  wait_for grep -q up "$BATS_TEST_TMPDIR/out"
  make_below sub
  local pid directory
  for pid in $(husk ps -f json "$ID" | jq '.[]'); do
    [ "$pid" = "$PID" ] || for directory in $(hierarchies); do
      echo "$pid" >"$directory/sub/cgroup.procs" 2>/dev/null || true # a short sleep may be over
    done
  done
  husk kill --all "$ID" USR1
  wait_for grep -q first "$BATS_TEST_TMPDIR/out"
  wait_for grep -q second "$BATS_TEST_TMPDIR/out"
}

@test "kill --all of a paused container: KILL takes effect at once, other signals after resume" {
  config 'del(.linux.namespaces[] | select(.type == "pid"))'
  container_up 'sleep 1000 & sleep 1000 & wait'
  husk pause "$ID"
  husk kill --all "$ID" CONT
  is_status paused
  husk kill --all "$ID" KILL
  wait_for no_processes_left
  wait_for is_status stopped
  husk delete "$ID"
  nothing_left
}

@test "with a record of an earlier boot, the cgroup that has the path now is left alone" {
  container_up
  local directories
  directories=$(hierarchies)
  jq '.bootId = "another"' "$ROOT/$ID/state.json" >"$BATS_TEST_TMPDIR/earlier"
  cp "$BATS_TEST_TMPDIR/earlier" "$ROOT/$ID/state.json"
  is_status stopped
  run husk kill --all "$ID" KILL
  is 1
  says 'container not running'
  husk delete --force "$ID"
  kill -0 "$PID"
  kill -KILL "$PID"
  # shellcheck disable=SC2086 # a path a line, without spaces
  removed() { rmdir $directories 2>/dev/null || true; [ -z "$(find /sys/fs/cgroup -name "*$ID*")" ]; }
  wait_for removed
}

@test "a cgroup that was emptied by cgroup.kill takes new processes of create and exec, and new cgroups below it" {
  ! rootless || skip 'it is root who has used it'
  in_systemd && skip 'systemd makes a new one'
  local top=/sys/fs/cgroup used
  [ ! -d "$top/unified" ] || top=$top/unified
  [ -e "$top/cgroup.controllers" ] || skip 'no cgroup v2'
  used=$top/$PARENT
  mkdir -p "$used/below"
  [ -e "$used/cgroup.kill" ] || skip 'a kernel without cgroup.kill'
  echo 1 >"$used/cgroup.kill" # those below it too
  config '.linux.cgroupsPath = $path | .linux.namespaces += [{type: "cgroup"}] | .linux.namespaces |= unique' --arg path "/$PARENT"
  script 'grep ^0:: /proc/self/cgroup; exec sleep 1000'
  rmdir "$used/below"
  husk run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- || { cat "$BATS_TEST_TMPDIR/err"; return 1; }
  grep -qx "$(husk state "$ID" | jq .pid)" "$used/cgroup.procs"
  wait_for grep -qx 0::/ "$BATS_TEST_TMPDIR/out" # it is the root of the container's cgroup namespace
  in_background
  grep -qx "$EXECED" "$used/cgroup.procs"
  mkdir "$used/below"
  echo 1 >"$used/below/cgroup.kill"
  if [ "$top" = /sys/fs/cgroup ]; then
    in_background --cgroup below
    grep -qx "$EXECED" "$used/below/cgroup.procs"
  fi
  husk delete --force "$ID"
  [ ! -s "$used/cgroup.procs" ]
  [ ! -d "$used/below" ] || rmdir "$used/below"
  rmdir "$used"
}
