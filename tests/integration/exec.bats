bats_require_minimum_version 1.5.0
load bundle

detached() {
  program sleep 100
  husk run -d --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
}

@test "exec runs in the container's namespaces, root and cgroup" {
  detached
  run husk exec "$ID" sh -c 'hostname; readlink /proc/self/ns/mnt; readlink /proc/self/ns/pid; cat /proc/self/cgroup | head -1'
  is 0
  local pid
  pid=$(husk state "$ID" | jq .pid)
  says husk
  says "$(readlink "/proc/$pid/ns/mnt")"
  says "$(readlink "/proc/$pid/ns/pid")"
  [[ $output != *"husk-tests"* ]]
}

@test "exec gives the program's status and its signal" {
  detached
  run husk exec "$ID" sh -c 'exit 9'
  is 9
  run husk exec "$ID" sh -c 'kill -TERM $$; sleep 5'
  is 143
}

@test "exec that cannot start: 127, 126, 255, with the words that clients match" {
  detached
  run -127 husk exec "$ID" nosuch
  is 127
  says 'exec: "nosuch": executable file not found in $PATH'
  run husk exec "$ID" /etc/passwd
  is 126
  says 'permission denied'
  run husk exec "$ID"
  is 255
}

@test "exec options: cwd, env, user, groups, capability" {
  detached
  run husk exec --cwd /tmp --env A=b -e C=d --user 1000:1001 -g 7 "$ID" sh -c 'pwd; echo $A$C; id -u; id -g; id -G'
  is 0 $'/tmp\nbd\n1000\n1001\n1001 7'
  run husk exec --cap CAP_SYS_ADMIN "$ID" grep -E 'CapEff|CapInh|CapAmb' /proc/self/status
  is 0 $'CapInh:\t0000000000000000\nCapEff:\t00000000a82425fb\nCapAmb:\t0000000000000000'
}

@test "CV-22: ids exactly as given, and only numbers" {
  detached
  run husk exec -u 1 "$ID" sh -c 'id -u; id -g'
  is 0 $'1\n0'
  run husk exec -u 1:2 "$ID" sh -c 'id -u; id -g'
  is 0 $'1\n2'
  run husk exec -u 0:5 "$ID" sh -c 'id -u; id -g'
  is 0 $'0\n5'
  run husk exec -u root "$ID" id
  is 255
  says 'is not a number'
}

@test "CV-39: a user named as a number is not looked up" {
  echo '1000:x:0:0::/root:/bin/sh' >>"$BUNDLE/rootfs/etc/passwd"
  detached
  run husk exec -u 1000 "$ID" id -u
  is 0 1000
}

@test "exec --process FILE, --pid-file and --detach" {
  detached
  jq '.process | .args = ["sh", "-c", "echo $X; sleep 100"] | .env += ["X=y"]' "$BUNDLE/config.json" >"$BATS_TEST_TMPDIR/p.json"
  husk exec --process "$BATS_TEST_TMPDIR/p.json" --detach --pid-file "$BATS_TEST_TMPDIR/pid" "$ID" \
    >"$BATS_TEST_TMPDIR/out" 2>&1 </dev/null 3>&-
  kill -0 "$(cat "$BATS_TEST_TMPDIR/pid")"
  for _ in $(seq 200); do [ -s "$BATS_TEST_TMPDIR/out" ] && break; sleep 0.02; done
  output=$(cat "$BATS_TEST_TMPDIR/out") status=0
  is 0 y
  grep -q '^State:.S' "/proc/$(cat "$BATS_TEST_TMPDIR/pid")/status" # it lives on after husk has ended
  jq '.args = ["/nosuch"]' "$BATS_TEST_TMPDIR/p.json" >"$BATS_TEST_TMPDIR/q.json"
  run -127 husk exec --process "$BATS_TEST_TMPDIR/q.json" --detach --pid-file "$BATS_TEST_TMPDIR/pid2" "$ID"
  is 127
  [ ! -e "$BATS_TEST_TMPDIR/pid2" ]
}

@test "BI-44: exec inherits noNewPrivileges" {
  detached
  run husk exec "$ID" grep NoNewPrivs /proc/self/status
  is 0 $'NoNewPrivs:\t1'
}

@test "exec inherits the filter" {
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 95}]}'
  detached
  run husk exec "$ID" mkdir /tmp/x
  is 1
  says 'not supported'
}

@test "a mistake in process.json has its place" {
  detached
  echo '{"cwd": "x", "args": []}' >"$BATS_TEST_TMPDIR/p.json"
  run husk exec --process "$BATS_TEST_TMPDIR/p.json" "$ID"
  is 255
  says 'p.json:1:22: /args: the array is empty'
}

@test "CV-14: a working directory outside of the root is refused" {
  local n up
  program pwd
  for n in 3 4 5 6 7 8 9 10 11 12; do
    for up in '' /.. /../..; do
      config '.process.cwd = $cwd' --arg cwd "/proc/self/fd/$n$up"
      run bash -c "exec 3</ 4</etc 5</tmp 9</usr; '$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID'"
      [ "$status" -ne 0 ] || { [[ $output == /* && $output != *unreachable* && ! -e "$output/husk-outside" ]]; }
      [[ $output != *unreachable* ]]
    done
  done
  config '.process.cwd = "/"'
  detached
  for n in 3 4 5 6 7 8 9; do
    run bash -c "exec 3</ 4</etc 5</tmp 9</usr; '$HUSK' --root '$ROOT' exec --cwd /proc/self/fd/$n '$ID' pwd"
    [ "$status" -ne 0 ]
  done
}
