#!/usr/bin/env bats
# Attributes that survive fork and execve: which of the caller's reach the program.
# docs/architecture.md, "What a process inherits", has the whole table.
load bundle

setup() {
  bundle_make
  plain
  config 'del(.process.rlimits) | .process.noNewPrivileges = false'
  INHERITED=$(tool inherited)
  cp "$INHERITED" "$ROOTFS/bin/inherited"
}

# What is reset for a container, and what it keeps, as the tool sets it.
RESET='blocked 0
ignored 0
umask 22
own session 1
own group 1
terminal 0
signal of a parent'\''s death 0
subreaper 0
ambient 0
dumpable 1'
KEPT='nice 5
policy 3
io priority 1
timer slack 123456
no huge pages 1
securebits 0
no_new_privs 1
personality 40000
core limit 4096 8192
memory policy 2
core filter 00000021
oom score 321'

# tainted COMMAND...: husk started by a caller that passes on everything it can.
tainted() {
  run --separate-stderr timeout --foreground 60 "$INHERITED" taint "$HUSK" --root "$ROOT" "${OPTIONS[@]}" "$@" </dev/null
}

# affinity CPU COMMAND...: husk started by a caller that is bound to one CPU.
tied() {
  local cpu=$1
  shift
  run --separate-stderr taskset -c "$cpu" "$HUSK" --root "$ROOT" "${OPTIONS[@]}" "$@" </dev/null
}

@test "the program of run inherits only what is meant for the container" {
  program inherited show
  tainted run --bundle "$BUNDLE" "$ID"
  is 0 "$RESET
$KEPT"
}

@test "a process of exec inherits only what is meant for the container" {
  container_up
  tainted exec "$ID" inherited show
  is 0 "$RESET
$KEPT"
}

@test "the program of create inherits only what is meant for the container" {
  script 'exec inherited show >/shown'
  "$INHERITED" taint "$HUSK" --root "$ROOT" "${OPTIONS[@]}" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&-
  husk start "$ID"
  wait_for is_status stopped
  [ "$(cat "$ROOTFS/shown")" = "$RESET
$KEPT" ]
}

@test "hooks start with no signal ignored" {
  local kind
  script true
  for kind in createRuntime createContainer poststop; do
    config '.hooks[$kind] = [{path: "/bin/sh", args: ["sh", "-c", $text]}]' --arg kind "$kind" \
      --arg text "exec grep SigIgn: /proc/self/status >>$BATS_TEST_TMPDIR/seen"
  done
  config '.hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "exec grep SigIgn: /proc/self/status >/seen"]}]'
  tainted run --bundle "$BUNDLE" "$ID"
  is 0 ''
  cat "$BATS_TEST_TMPDIR/seen" "$ROOTFS/seen"
  # 32 and 33, which the C library keeps for itself, among them
  [ "$(cat "$BATS_TEST_TMPDIR/seen" "$ROOTFS/seen" | grep -c '0000000000000000$')" -eq 4 ]
}

@test "the caller's CPU affinity is not the container's" {
  local all one
  program grep Cpus_allowed_list /proc/self/status
  config '.hooks.createContainer = [{path: "/bin/sh", args: ["sh", "-c", $text]}]' \
    --arg text "grep Cpus_allowed_list /proc/self/status >$BATS_TEST_TMPDIR/hook"
  launch
  succeeded
  all=$output
  one=${all##*[!0-9]}
  [ "${all#*:$'\t'}" != "$one" ] || skip 'one CPU only'
  tied "$one" run --bundle "$BUNDLE" "$ID"
  is 0 "$all"
  [ "$(cat "$BATS_TEST_TMPDIR/hook")" = "$all" ]
  container_up
  tied "$one" exec "$ID" grep Cpus_allowed_list /proc/self/status
  is 0 "$all"
}

@test "the affinity mask covers more than 1,024 CPUs" {
  program true
  strace -f -e trace=sched_setaffinity -o "$BATS_TEST_TMPDIR/calls" "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  grep -q 'sched_setaffinity(0, 1024, ' "$BATS_TEST_TMPDIR/calls"
}

@test "execCPUAffinity takes precedence over the default affinity" {
  config '.process.execCPUAffinity = {initial: "0"}'
  container_up
  strace -f -e trace=sched_setaffinity -o "$BATS_TEST_TMPDIR/calls" "$HUSK" --root "$ROOT" exec "$ID" true
  [ "$(grep -c sched_setaffinity "$BATS_TEST_TMPDIR/calls")" -eq 1 ]
  husk delete --force "$ID"
  config '.process.execCPUAffinity = {}'
  container_up
  strace -f -e trace=sched_setaffinity -o "$BATS_TEST_TMPDIR/calls" "$HUSK" --root "$ROOT" exec "$ID" true
  [ "$(grep -c sched_setaffinity "$BATS_TEST_TMPDIR/calls")" -eq 1 ]
  grep -q 'sched_setaffinity(0, 1024, ' "$BATS_TEST_TMPDIR/calls"
}

@test "the caller's session keyring is not the container's" {
  program grep -c . /proc/keys
  config 'del(.linux.maskedPaths)'
  strace -f -e trace=keyctl -o "$BATS_TEST_TMPDIR/calls" "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  grep -q "KEYCTL_JOIN_SESSION_KEYRING, \"_ses.$ID\"" "$BATS_TEST_TMPDIR/calls"
}

@test "a hook without env has the runtime's environment, a startContainer hook the program's" {
  local kind
  program true
  config '.process.env += ["OF_PROGRAM=1"]'
  for kind in prestart createRuntime createContainer poststart poststop; do
    config '.hooks[$kind] = [{path: "/bin/sh", args: ["sh", "-c", $text]}]' --arg kind "$kind" \
      --arg text "echo $kind \$OF_CALLER \$OF_PROGRAM >>$BATS_TEST_TMPDIR/seen"
  done
  config '.hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "echo $OF_CALLER $OF_PROGRAM >/seen"]}]'
  OF_CALLER=2 launch
  is 0 ''
  [ "$(cat "$BATS_TEST_TMPDIR/seen")" = $'prestart 2\ncreateRuntime 2\ncreateContainer 2\npoststart 2\npoststop 2' ]
  [ "$(cat "$ROOTFS/seen")" = 1 ]
}

@test "a hook with an empty env has an empty environment" {
  local kind
  program true
  for kind in createRuntime createContainer; do
    config '.hooks[$kind] = [{path: "/bin/sh", args: ["sh", "-c", $text], env: []}]' --arg kind "$kind" \
      --arg text "echo .\$OF_CALLER >>$BATS_TEST_TMPDIR/seen"
  done
  OF_CALLER=2 launch
  is 0 ''
  [ "$(cat "$BATS_TEST_TMPDIR/seen")" = $'.\n.' ]
}

@test "a createContainer hook starts in the root file system" {
  program true
  config '.hooks.createContainer = [{path: "/bin/sh", args: ["sh", "-c", $text]}]' --arg text "pwd >$BATS_TEST_TMPDIR/seen"
  launch
  is 0 ''
  [ "$(cat "$BATS_TEST_TMPDIR/seen")" = "$ROOTFS" ]
}
