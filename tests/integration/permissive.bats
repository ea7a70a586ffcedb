# A profile learned in one run: denied calls are reported, but still made (--seccomp-explain=,permissive), and
# the profile with it is written (--seccomp-fix).

load bundle

setup() {
  bundle_make
  FIXED=$BATS_TEST_TMPDIR/fixed.json
}

teardown() {
  bundle_end
  wait_for no_observer
}

# confined_to JSON: the bundle's profile; NAMES in it is replaced by what the probe itself needs.
confined_to() {
  cp "$(tool probe)" "$ROOTFS/probe"
  config '.root.readonly = false | .linux.seccomp = $profile' --argjson profile "${1//NAMES/'"execve", "exit_group", "write", "brk",
    "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "prlimit64", "readlinkat", "readlink", "getrandom", "mprotect",
    "newfstatat", "fstat"'}"
}

# enforce: the fixed profile is the bundle's.
enforce() {
  config '.linux.seccomp = $profile[0]' --slurpfile profile "$FIXED"
}

# fixes TEXT...: lines about the fixed profile have been printed.
fixes() {
  local text
  for text in "$@"; do
    grep -qF "husk: seccomp: fix: $text" <<<"$stderr" || { echo "no such line: $text"; show; return 1; }
  done
}

@test "permissive: a program runs to its end under a profile that denies even execve, and each denial is reported with its rule" {
  config '.root.readonly = false | .linux.seccomp = {defaultAction: "SCMP_ACT_KILL_PROCESS", syscalls: [
    {names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 0}]}'
  script 'mkdir /made && [ -d /made ] && echo made; exit 4'
  launch --seccomp-explain=,permissive
  is 4 made
  warns 'the seccomp profile is not enforced' 'permissive'
  complains 'execve(' ' would get KILL_PROCESS, by config.json:' '/linux/seccomp/defaultAction [pid ' \
    'mkdir("/made", 0777) by mkdir on '"$(uname -m)"': would get ERRNO 0' '/linux/seccomp/syscalls/0 [pid ' \
    '(permissive: the profile was not enforced)' 'what the profile would have to allow: '
}

@test "permissive: denials of create, start and exec are in the file, and the state does not claim that the profile is applied" {
  config '.root.readonly = false | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [
    {names: ["mkdir", "mkdirat"], action: "SCMP_ACT_KILL_PROCESS"}]}'
  script 'mkdir /from-start; sleep 1000'
  create --seccomp-explain="$BATS_TEST_TMPDIR/denials,permissive"
  [ "$(husk state "$ID" | jq -r '.seccomp | "\(.applied) \(.reason)"')" = 'false denials are only reported: --seccomp-explain' ]
  husk start "$ID"
  husk exec "$ID" mkdir /from-exec
  wait_for test -d "$ROOTFS/from-start"
  [ -d "$ROOTFS/from-exec" ]
  husk delete --force "$ID"
  grep -q 'mkdir("/from-start", 0777) by .* would get KILL_PROCESS' "$BATS_TEST_TMPDIR/denials"
  grep -q 'mkdir("/from-exec", 0777)' "$BATS_TEST_TMPDIR/denials"
}

@test "permissive is the word alone or after a comma; any other name is a file, and the profile is enforced" {
  local here=$BATS_TEST_TMPDIR name
  config '.root.readonly = false | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [
    {names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 5}]}'
  script 'mkdir /x || echo denied'
  for name in permissive ,permissive "$here/a,b,permissive"; do
    rm -rf "$ROOTFS/x"
    launch --seccomp-explain="$name"
    is 0 ''
  done
  [ -s "$here/a,b" ]
  rm -rf "$ROOTFS/x"
  for name in "$here/permissive" "$here/a,permissive,b" "$here/impermissive" "$here/a,permissiv"; do
    launch --seccomp-explain="$name"
    is 0 denied
    [ -s "$name" ]
  done
}

@test "permissive: the profile is enforced for a startContainer hook, and no annotation makes a run permissive" {
  config '.root.readonly = false | .annotations = {"run.oci.seccomp-explain": "permissive", "husk.seccomp.explain": ",permissive"}
    | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 5}]}
    | .hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "mkdir /by-hook; true"]}]'
  script 'mkdir /by-program || echo denied'
  launch --seccomp-explain=,permissive
  is 0 ''
  [ ! -e "$ROOTFS/by-hook" ]
  [ -d "$ROOTFS/by-program" ]
  rm -rf "$ROOTFS/by-program"
  launch --seccomp-explain
  is 0 denied
}

@test "permissive: if the observer is killed, denied calls fail" {
  config '.root.readonly = false | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [
    {names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 5}]}'
  script 'echo up; while [ ! -e /proc/1/root/go ]; do sleep 0.05; done; mkdir /late || echo "denied $?"'
  create --seccomp-explain="$BATS_TEST_TMPDIR/denials,permissive" --seccomp-fix "$FIXED"
  husk start "$ID"
  wait_for grep -q up "$BATS_TEST_TMPDIR/out"
  kill -KILL "$(jq .observer "$ROOT/$ID/state.json")"
  touch "$ROOTFS/go"
  wait_for grep -q denied "$BATS_TEST_TMPDIR/out"
  [ ! -e "$ROOTFS/late" ]
  run husk delete --force "$ID"
  is 1
  says 'the fixed profile is lost'
  [ ! -e "$FIXED" ]
}

@test "--seccomp-fix: after one run the program runs under the fixed profile" {
  config '.root.readonly = false | .linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", syscalls: [
    {names: ["execve", "write"], action: "SCMP_ACT_ALLOW"}]}'
  script 'mkdir -p /a/b; ls / | wc -l; (sleep 0.01; true); ln -s x /y; chmod 700 /a; echo done'
  launch --seccomp-explain=,permissive --seccomp-fix "$FIXED"
  succeeded
  says done
  fixes 'allowed: '
  complains "husk: seccomp: the fixed profile: $FIXED"
  rm -rf "$ROOTFS/a" "$ROOTFS/y"
  enforce
  launch --seccomp-explain
  succeeded
  says done
  complains 'so nothing has to change: rseq'
  complains_not 'would have to'
  # what was there is there still, and what the program does not call is not
  jq -e '.defaultAction == "SCMP_ACT_ERRNO" and .syscalls[0].names == ["execve", "write"]' "$FIXED"
  never jq -e '[.syscalls[] | select(.action == "SCMP_ACT_ALLOW").names[]] | index("mount", "chroot", "ptrace")' "$FIXED"
}

@test "--seccomp-fix: python3 with threads, a child and a module needs one run" {
  command -v python3 >/dev/null || skip 'there is no python3'
  local library text
  library=$(python3 -c 'import sys; print(sys.base_prefix)')
  config '.mounts += [$there[] | {destination: ., type: "bind", source: ., options: ["rbind", "ro"]}]
    | .linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", syscalls: [{names: ["execve", "openat", "mmap"], action: "SCMP_ACT_ALLOW"}]}' \
    --argjson there "$(for text in /usr /lib /lib64 "$library"; do [ ! -e "$text" ] || echo "$text"; done | sort -u | jq -R . | jq -s .)"
  text='import json, socket, subprocess, threading
t = threading.Thread(target=print, args=("thread",)); t.start(); t.join()
a, b = socket.socketpair(); a.send(b"x"); print(b.recv(1))
print(subprocess.run(["/bin/echo", "child"], capture_output=True).stdout)'
  program "$(python3 -c 'import os, sys; print(os.path.realpath(sys.executable))')" -c "$text"
  launch --seccomp-explain=,permissive --seccomp-fix "$FIXED"
  succeeded
  enforce
  launch --seccomp-explain
  succeeded
  says thread "b'x'" "b'child\\n'"
}

# bats test_tags=any-machine
@test "--seccomp-fix: a call that nearly met its conditions is allowed only with the arguments that were seen" {
  confined_to '{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "syscalls": [{"names": [NAMES], "action": "SCMP_ACT_ALLOW"},
    {"names": ["statmount"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 4096, "op": "SCMP_CMP_EQ"}, {"index": 3, "value": 0, "op": "SCMP_CMP_EQ"}]},
    {"names": ["listmount"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 2, "value": 240, "valueTwo": 16, "op": "SCMP_CMP_MASKED_EQ"}]}]}'
  program /probe 457:4096:1:2:3:4 457:4096:9:9:3 458:1:2:0x123 458:3:4:0x42f
  launch --seccomp-explain=,permissive --seccomp-fix "$FIXED"
  succeeded
  fixes 'allowed if arg0 == 0x1000 && (arg3 & 0xffffffff) == 0x3: statmount' 'allowed if (arg2 & 0xf0) == 0x20: listmount'
  never jq -e '[.syscalls[] | select(.args | not).names[]] | index("statmount") or index("listmount")' "$FIXED"
  enforce
  launch --seccomp-explain
  complains 'nothing was denied'
  program /probe 457:4096:1:2:4 458:1:2:0x133
  launch --seccomp-explain
  complains 'statmount(' 'listmount(' 'denied calls: 2'
}

# bats test_tags=any-machine
@test "--seccomp-fix: a call with many different arguments is allowed without conditions" {
  confined_to '{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "syscalls": [{"names": [NAMES], "action": "SCMP_ACT_ALLOW"},
    {"names": ["statmount"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 4096, "op": "SCMP_CMP_EQ"}]}]}'
  # shellcheck disable=SC2046 # a word each
  program /probe $(seq -f 457:%g 1 30)
  launch --seccomp-explain=,permissive --seccomp-fix "$FIXED"
  succeeded
  fixes 'allowed: statmount'
  [ "$(jq -c '[.syscalls[] | select(.names | index("statmount")) | has("args")]' "$FIXED")" = '[true,false]' ]
}

@test "--seccomp-fix: calls that the C library can do without get ENOSYS, in the run too, and denied calls are removed from their rules" {
  confined_to '{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 5, "syscalls": [{"names": [NAMES], "action": "SCMP_ACT_ALLOW"},
    {"names": ["munlockall", "getcpu"], "action": "SCMP_ACT_KILL_PROCESS"}, {"names": ["statx"], "action": "SCMP_ACT_TRAP"}]}'
  program /probe 435 "$(number_of statx)" "$(number_of munlockall)"
  launch --seccomp-explain=,permissive --seccomp-fix "$FIXED"
  succeeded
  says '435: errno 38' ': errno 38' ': ok'
  fixes 'ERRNO 38 (function not implemented): clone3: ' 'ERRNO 38 (function not implemented): statx: ' 'allowed: munlockall' \
    'no longer denied by config.json:'
  jq -e '[.syscalls[] | select(.action == "SCMP_ACT_ERRNO" and .errnoRet == 38).names[]] == ["clone3", "statx"]
    and any(.syscalls[]; .action == "SCMP_ACT_KILL_PROCESS" and .names == ["getcpu"])
    and all(.syscalls[]; .action != "SCMP_ACT_TRAP")' "$FIXED"
  enforce
  launch --seccomp-explain
  is 0
  says '435: errno 38' ': ok'
  complains 'so nothing has to change: '
  cp "$FIXED" "$FIXED.before"
  launch --seccomp-fix "$FIXED"
  fixes 'ERRNO 38 (function not implemented) already: clone3: '
  complains 'nothing had to be fixed'
  cmp "$FIXED" "$FIXED.before"
}

number_of() {
  "$HUSK" seccomp explain --json "$BUNDLE/config.json" "$1" | jq .number
}

# bats test_tags=any-machine
@test "--seccomp-fix: the fixed profile names a newer call, and calls that got ENOSYS still get it" {
  confined_to '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": [NAMES], "action": "SCMP_ACT_ALLOW"}]}'
  program /probe 457
  launch --seccomp-explain=,permissive --seccomp-fix "$FIXED"
  succeeded
  fixes 'allowed: statmount' 'ERRNO 38 (function not implemented) as before, though the profile now knows newer calls: '
  run "$HUSK" seccomp diff "$BUNDLE/config.json" "$FIXED" --arch "$(uname -m)"
  is 2
  [ "$(grep -c '^  [a-z]' <<<"$output")" -eq 1 ]
  says '  statmount'
}

@test "--seccomp-fix without permissive: the profile is enforced, and denied calls are added" {
  config '.root.readonly = false | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [
    {names: ["mkdir", "mkdirat", "rmdir"], action: "SCMP_ACT_ERRNO", errnoRet: 5}]}'
  script 'mkdir /x || echo denied'
  launch --seccomp-fix "$FIXED"
  is 0 denied
  fixes 'no longer denied by config.json:'
  [ ! -e "$ROOTFS/x" ]
  enforce
  launch
  is 0 ''
  program true
  launch --seccomp-fix "$FIXED"
  succeeded
  complains 'nothing was denied' 'nothing had to be fixed'
  jq -e --slurpfile now "$BUNDLE/config.json" '.syscalls == $now[0].linux.seccomp.syscalls' "$FIXED"
}

# bats test_tags=any-machine
@test "--seccomp-fix: unwritable files, conflicting options and a missing profile are errors" {
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW"}'
  launch --seccomp-explain --seccomp-fix /no/such/directory/x.json
  is 1 ''
  complains 'write the fixed profile /no/such/directory/x.json: no such file or directory'
  launch --seccomp-explain="$FIXED",permissive --seccomp-fix "$FIXED"
  is 1 ''
  complains 'cannot write to the same file'
  launch --seccomp-fix "$FIXED" --seccomp-record "$FIXED"
  is 1 ''
  complains 'are mutually exclusive'
  run husk create --bundle "$BUNDLE" --seccomp-fix "$FIXED" "$ID" </dev/null
  is 1
  says 'needs =FILE when the container is detached'
  config 'del(.linux.seccomp)'
  launch --seccomp-fix "$FIXED"
  is 1 ''
  complains 'the container has no seccomp profile to fix'
  [ ! -e "$FIXED" ]
}

# bats test_tags=any-machine
@test "--seccomp-fix: a profile that cannot be written at the end is an error" {
  config '.root.readonly = false | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [
    {names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"}]}'
  script 'mkdir /x; true'
  launch --seccomp-fix /dev/full
  is 1 ''
  complains 'the fixed profile is lost: write /dev/full: no space left on device'
}

# bats test_tags=any-machine
@test "--seccomp-fix: an architecture that the profile lacks is listed, and its calls allowed" {
  [ "$(uname -m)" = x86_64 ] || skip 'other machines have no second architecture here'
  [[ "$("$(tool probe)" i20)" = 'i20: ok' ]] || skip 'this kernel runs no 32-bit programs'
  confined_to '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": [NAMES], "action": "SCMP_ACT_ALLOW"}]}'
  program /probe i20
  launch --seccomp-explain=,permissive --seccomp-fix "$FIXED"
  is 0 'i20: ok'
  fixes 'added to the architectures: SCMP_ARCH_X86' 'allowed: getpid'
  enforce
  launch --seccomp-explain
  is 0 'i20: ok'
  complains 'nothing was denied'
}

@test "--seccomp-fix: socketcall is allowed for what a 32-bit program asked of it, and the conditions of socket stay" {
  [ "$(uname -m)" = x86_64 ] || skip 'other machines have no second architecture here'
  [[ "$("$(tool probe)" i20)" = 'i20: ok' ]] || skip 'this kernel runs no 32-bit programs'
  confined_to '{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
    "syscalls": [{"names": [NAMES], "action": "SCMP_ACT_ALLOW"}, {"names": ["socket"], "action": "SCMP_ACT_ALLOW",
    "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}, {"index": 1, "value": 1, "op": "SCMP_CMP_EQ"}]}]}'
  program /probe i102:1
  launch --seccomp-explain=,permissive --seccomp-fix "$FIXED"
  fixes 'allowed if arg0 == 0x1 (socket): socketcall'
  enforce
  launch --seccomp-explain
  complains 'nothing was denied'
  [[ $("$HUSK" seccomp explain "$FIXED" socket 10 3) = *ERRNO* ]]
  [[ $("$HUSK" seccomp explain "$FIXED" --arch x86 socketcall 2) = *ERRNO* ]]
}
