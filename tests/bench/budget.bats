# What a container may cost in counts that repeat exactly: system calls, page faults, memory. Times are not tested
# (tests/bench/run prints them). The bundle: busybox, the example's mounts and namespaces, no filter, /bin/true.
load ../integration/bundle

setup() {
  bundle_make
  plain
}

bare() { # the config that the budgets are stated for
  program true
  config '.process.noNewPrivileges = true | del(.process.rlimits, .linux.cgroupsPath)'
}

# calls: the system calls that a strace log holds
calls() { grep -cE '^[0-9]+ +[a-z_0-9]+\(' "$1"; }

# within WHAT NUMBER BUDGET
within() {
  echo "$1: $2 of $3"
  [ "$2" -le "$3" ]
}

@test "system calls of run, with cgroup v2" {
  bare
  "$SOURCE/tests/views/run" v2 env --default-signal strace -f -o "$BATS_TEST_TMPDIR/calls" "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  within 'system calls' "$(calls "$BATS_TEST_TMPDIR/calls")" 405
}

@test "system calls of run, sixteen more for each hierarchy" {
  bare
  local hierarchies
  hierarchies=$(wc -l </proc/self/cgroup)
  env --default-signal strace -f -o "$BATS_TEST_TMPDIR/calls" "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  within 'system calls' "$(calls "$BATS_TEST_TMPDIR/calls")" $((390 + 16 * hierarchies))
}

@test "system calls of exec, with cgroup v2" {
  bare
  program sleep 100000
  # shellcheck disable=SC2016 # the variables are the inner shell's
  HUSK=$HUSK ROOT=$ROOT BUNDLE=$BUNDLE ID=$ID LOG=$BATS_TEST_TMPDIR/calls "$SOURCE/tests/views/run" v2 bash -c '
    "$HUSK" --root "$ROOT" run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 || exit 1
    result=0
    for i in 1 2 3 4 5 6 7 8; do
      env --default-signal strace -f -o "$LOG$i" "$HUSK" --root "$ROOT" exec "$ID" true || result=$?
    done
    "$HUSK" --root "$ROOT" delete --force "$ID" && exit $result'
  # the kernel closes the control socket before it renames the process: husk may look at the moment between, twice
  for i in 1 2 3 4 5 6 7 8; do calls "$BATS_TEST_TMPDIR/calls$i"; done | sort -n >"$BATS_TEST_TMPDIR/counts"
  within 'system calls' "$(head -n 1 "$BATS_TEST_TMPDIR/counts")" 208
}

# In a hybrid layout either freezer may have paused it, and both are asked.
@test "system calls of list for one more container that runs, with cgroup v2" {
  bare
  program sleep 100000
  # shellcheck disable=SC2016 # the variables are the inner shell's
  HUSK=$HUSK ROOT=$ROOT BUNDLE=$BUNDLE ID=$ID LOG=$BATS_TEST_TMPDIR/calls "$SOURCE/tests/views/run" v2 bash -c '
    result=0
    for i in 1 2 3 4 5; do
      "$HUSK" --root "$ROOT" run --detach --bundle "$BUNDLE" "$ID$i" </dev/null >/dev/null 2>&1 || result=$?
      [ $i != 1 ] || env --default-signal strace -f -o "${LOG}1" "$HUSK" --root "$ROOT" list || result=$?
    done
    env --default-signal strace -f -o "${LOG}5" "$HUSK" --root "$ROOT" list || result=$?
    for i in 1 2 3 4 5; do "$HUSK" --root "$ROOT" delete --force "$ID$i"; done
    exit $result'
  within 'system calls of four' $(($(calls "$BATS_TEST_TMPDIR/calls5") - $(calls "$BATS_TEST_TMPDIR/calls1"))) 44
}

@test "page faults and memory of run" {
  bare
  printf 'husk\t%s --root %s run --bundle %s %s\n' "$HUSK" "$ROOT" "$BUNDLE" "$ID" >"$BATS_TEST_TMPDIR/list"
  "$HUSK_MEASURE" 5 "$BATS_TEST_TMPDIR/list" >"$BATS_TEST_TMPDIR/table"
  cat "$BATS_TEST_TMPDIR/table"
  read -r _ _ _ _ faults _ < <(grep ^husk "$BATS_TEST_TMPDIR/table")
  within 'page faults' "$faults" 120
  # the memory is that of the largest process: busybox would be
  cp "$HUSK" "$BUNDLE/rootfs/bin/husk"
  config '.process.args = ["/bin/husk", "--version"]'
  "$HUSK_MEASURE" 5 "$BATS_TEST_TMPDIR/list" >"$BATS_TEST_TMPDIR/table"
  cat "$BATS_TEST_TMPDIR/table"
  read -r _ _ _ _ _ memory < <(grep ^husk "$BATS_TEST_TMPDIR/table")
  # of the program itself the kernel maps what lies in the page cache: up to all of it, which varies
  within 'KB of peak memory beside the program' $((memory - $(stat -c %s "$HUSK") / 1024)) 400
  within 'KB of program' $(($(stat -c %s "$HUSK") / 1024)) 1500
}

@test "private memory of husk-init while it waits for start" {
  bare
  husk create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
  local pid
  pid=$(husk state "$ID" | jq .pid)
  within 'KB' "$(awk '/^Private_/ { sum += $2 } END { print sum }' "/proc/$pid/smaps_rollup")" 116
}

@test "the filter of the example: instructions" {
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  run husk plan --bundle "$BUNDLE"
  within 'instructions' "$(sed -n 's/.* seccomp  *\([0-9]*\) instructions.*/\1/p' <<<"$output")" 673
}

@test "the filter of docker's default profile: instructions" {
  [ "$(uname -m)" = x86_64 ] || skip 'its architectures are those of x86_64'
  jq .linux.seccomp "$SOURCE/tests/configs/docker.json" >"$BATS_TEST_TMPDIR/profile"
  within 'instructions' "$(husk seccomp dump "$BATS_TEST_TMPDIR/profile" | wc -l)" 330
  jq 'del(.architectures)' "$BATS_TEST_TMPDIR/profile" >"$BATS_TEST_TMPDIR/own"
  within 'instructions' "$(husk seccomp dump "$BATS_TEST_TMPDIR/own" | wc -l)" 95
}

@test "no process is moved into a cgroup by pid, which would wait for an RCU grace period" {
  bare
  strace -f -y -e trace=write -o "$BATS_TEST_TMPDIR/writes" "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  grep -q 'memfd:husk-init' "$BATS_TEST_TMPDIR/writes"
  never grep 'cgroup\.procs' "$BATS_TEST_TMPDIR/writes"
}
