# husk seccomp diff --not-looser-than and merge: proofs about two profiles, and the result of merging several.
# bats file_tags=any-machine
load bundle

setup() {
  BASE=$BATS_TEST_TMPDIR/base.json
  FILE=$BATS_TEST_TMPDIR/file.json
  cat >"$BASE" <<'P'
{
  "defaultAction": "SCMP_ACT_ERRNO",
  "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
  "syscalls": [
    { "names": ["read", "write", "execve", "exit_group"], "action": "SCMP_ACT_ALLOW" },
    { "names": ["personality"], "action": "SCMP_ACT_ALLOW",
      "args": [{ "index": 0, "value": 8, "op": "SCMP_CMP_EQ" }] },
    { "names": ["ioctl"], "action": "SCMP_ACT_ALLOW",
      "args": [{ "index": 1, "value": 21523, "op": "SCMP_CMP_NE" }] }
  ]
}
P
  cp "$BASE" "$FILE"
}

teardown() { :; }

# file FILTER: changes the second profile.
file() {
  jq "$1" "$FILE" >"$FILE.new" && mv "$FILE.new" "$FILE"
}

# base FILTER: the first.
base() {
  jq "$1" "$BASE" >"$BASE.new" && mv "$BASE.new" "$BASE"
}

tool_run() {
  run --separate-stderr "$HUSK" seccomp "$@"
}

prove_run() {
  tool_run diff --not-looser-than "$BASE" "$FILE" "$@"
}

# proved: diff reports that FILE is not looser than BASE.
proved() {
  prove_run
  is 0 "proved: $FILE is nowhere looser than $BASE (every architecture, every call, all arguments)"
}

# looser TEXT...: diff reports that FILE is looser, with each text.
looser() {
  prove_run
  is 2
  says "$FILE is looser than $BASE:" "$@"
}

# verdict FILE CALL [ARGUMENT...]: the action of a call, as explain prints it.
verdict() {
  "$HUSK" seccomp explain --arch "${ARCH:-x86_64}" "$@" | sed -E 's/^[^:]*: //; s/, (by|because) .*//'
}

@test "a profile is not looser than itself, nor if it allows less or has stricter conditions" {
  proved
  file 'del(.syscalls[0].names[0]) | .syscalls[2].args[0] = {index: 1, value: 21522, op: "SCMP_CMP_LT"}'
  proved
  file '.architectures = ["SCMP_ARCH_X86_64"]'
  proved
  tool_run diff --not-looser-than "$FILE" "$BASE" --arch x86_64
  is 2
  tool_run diff --not-looser-than "$BASE" "$FILE" --arch x86
  is 0 "proved: $FILE is nowhere looser than $BASE (on x86, every call, all arguments)"
}

@test "calls that are looser are printed with the rules of both profiles, and with arguments if they matter" {
  file '.syscalls[0].names += ["mkdir", "chroot"] | .syscalls[1].args[0].op = "SCMP_CMP_GE"'
  looser 'on x86_64, x86, with any arguments:' '  chroot, mkdir' \
    "- ERRNO 1 (operation not permitted), by $BASE:2:20: /defaultAction" "+ ALLOW, by $FILE:" \
    'on x86_64, x86, with these arguments:' '  personality(0x9)'
}

@test "each call in the JSON output is denied by one profile and allowed by the other, as explain reports" {
  file '.syscalls[0].names += ["mkdir", "socket"] | .syscalls[1].args[0].value = 9
    | .syscalls[2].args[0] = {index: 1, value: 21524, op: "SCMP_CMP_NE"}'
  prove_run --json
  is 2
  [ "$(jq -r .result <<<"$output")" = looser ]
  [ "$(jq -r '[.calls[] | select(.architecture == "SCMP_ARCH_X86_64") | .syscall] | sort | join(" ")' <<<"$output")" \
    = 'ioctl mkdir personality socket' ]
  # x86 has the calls behind socketcall too
  [ "$(jq -r '[.calls[] | select(.architecture == "SCMP_ARCH_X86") | .syscall] | sort | join(" ")' <<<"$output")" \
    = 'ioctl mkdir personality socket socketcall' ]
  local calls=0 number arch one two arguments
  while read -r number arch arguments; do
    # shellcheck disable=SC2086
    { one=$(ARCH=$arch verdict "$BASE" "$number" $arguments); two=$(ARCH=$arch verdict "$FILE" "$number" $arguments); }
    [[ $one = ERRNO* && $two = ALLOW ]]
    calls=$((calls + 1))
  done < <(jq -r '.calls[] | "\(.number) \(.architecture) \(.arguments | join(" "))"' <<<"$output")
  [ "$calls" -eq 9 ]
}

@test "the kernel's order of actions decides; an errno does not" {
  local order=(KILL_PROCESS KILL_THREAD TRAP ERRNO NOTIFY TRACE LOG ALLOW) rank
  base '.listenerPath = "/run/agent"'
  file '.listenerPath = "/run/agent"'
  for ((rank = 1; rank < ${#order[@]}; rank++)); do
    base ".syscalls[0].action = \"SCMP_ACT_${order[rank - 1]}\""
    file ".syscalls[0].action = \"SCMP_ACT_${order[rank]}\""
    looser "- ${order[rank - 1]}" "+ ${order[rank]}" read
    tool_run diff --not-looser-than "$FILE" "$BASE"
    is 0
  done
  base '.syscalls[0] += {action: "SCMP_ACT_ERRNO", errnoRet: 13}'
  file '.syscalls[0] += {action: "SCMP_ACT_ERRNO", errnoRet: 38}'
  proved
}

@test "errno 0 is looser than other errnos and stricter than NOTIFY, and merge ranks it so" {
  base '.syscalls[0] = {names: ["setuid"], action: "SCMP_ACT_ERRNO", errnoRet: 13}'
  file '.syscalls[0] = {names: ["setuid"], action: "SCMP_ACT_ERRNO", errnoRet: 0}'
  looser '- ERRNO 13' '+ ERRNO 0' setuid
  tool_run diff --not-looser-than "$FILE" "$BASE"
  is 0
  "$HUSK" seccomp merge --intersect "$FILE" "$BASE" >"$BATS_TEST_TMPDIR/both.json"
  "$HUSK" seccomp merge --union "$BASE" "$FILE" >"$BATS_TEST_TMPDIR/any.json"
  [[ $(verdict "$BATS_TEST_TMPDIR/both.json" setuid) = 'ERRNO 13 '* && $(verdict "$BATS_TEST_TMPDIR/any.json" setuid) = 'ERRNO 0'* ]]
  base '.listenerPath = "/run/agent" | .syscalls[0] = {names: ["setuid"], action: "SCMP_ACT_NOTIFY"}'
  file '.listenerPath = "/run/agent"'
  proved
}

@test "denied calls that become allowed are printed before denied calls that get a milder action" {
  base '.syscalls += [{names: ["mount"], action: "SCMP_ACT_KILL_PROCESS"}]'
  file '.syscalls += [{names: ["zzz", "setns"], action: "SCMP_ACT_ALLOW"}]'
  prove_run
  is 2
  [ "$(grep -E '^  ' <<<"$output" | tr -d '\n')" = '  setns  mount' ]
}

@test "the proof includes numbers without a name and those of x32" {
  # every call that has a name is denied, but for the numbers that have none
  "$HUSK" seccomp explain --all --json --arch x86_64 "$BASE" >"$BATS_TEST_TMPDIR/table"
  local names
  names=$(jq -c '[.syscalls[].syscall]' "$BATS_TEST_TMPDIR/table")
  [ "$(jq length <<<"$names")" -gt 300 ]
  base '.architectures = ["SCMP_ARCH_X86_64"] | .syscalls = []'
  file ".architectures = [\"SCMP_ARCH_X86_64\"] | .defaultAction = \"SCMP_ACT_ALLOW\"
    | .syscalls = [{names: $names, action: \"SCMP_ACT_ERRNO\"}]"
  prove_run --json
  is 2
  [ "$(jq -c '[.calls[] | select(.syscall | test("^[0-9-]+$") | not)]' <<<"$output")" = '[]' ]
  [ "$(jq '.calls[0].number' <<<"$output")" -ge 334 ]
  cp "$BASE" "$FILE"
  file '.architectures += ["SCMP_ARCH_X32"]'
  looser 'on x32, with any arguments:' "- KILL_THREAD" "+ ERRNO"
}

@test "a condition that ignores the bits above an int differs from one that does not" {
  base '.syscalls += [{names: ["socket"], action: "SCMP_ACT_ALLOW",
    args: [{index: 0, value: 4294967295, valueTwo: 2, op: "SCMP_CMP_MASKED_EQ"}]}]'
  file '.syscalls += [{names: ["socket"], action: "SCMP_ACT_ALLOW", args: [{index: 0, value: 2, op: "SCMP_CMP_EQ"}]}]'
  proved
  cp "$FILE" "$FILE.kept"
  cp "$BASE" "$FILE"
  mv "$FILE.kept" "$BASE"
  looser 'socket(0x100000002)'
}

@test "a proof that takes too long is undecided, with the reason" {
  local rules
  rules=$(jq -nc '[range(24) as $bit | {names: ["read"], action: "SCMP_ACT_ALLOW", args: [range(3) as $index
    | {index: $index, op: "SCMP_CMP_MASKED_EQ", value: pow(2; $bit), valueTwo: pow(2; $bit)}]}]')
  base ".syscalls = $rules"
  cp "$BASE" "$FILE"
  proved
  file '.syscalls |= reverse' # in the same order nothing has to be followed
  prove_run --arch x86_64
  is 3 'undecided: on x86_64: there are too many combinations of conditions'
}

@test "husk's own profile is nowhere looser than that of containerd" {
  "$HUSK" seccomp default --arch x86_64 >"$FILE"
  tool_run diff --not-looser-than "$SOURCE/tests/configs/containerd.json" "$FILE" --arch x86_64
  is 0
  tool_run diff --not-looser-than "$FILE" "$SOURCE/tests/configs/docker.json" --arch x86_64
  is 2
  says 'io_uring_setup, io_uring_enter, io_uring_register' 'socket(0x26)'
}

@test "merge --intersect allows what both allow, --union what any allows, with conditions on arguments" {
  local both=$BATS_TEST_TMPDIR/both.json any=$BATS_TEST_TMPDIR/any.json profile
  file '.syscalls[0].names = ["write", "execve", "mkdir"] | .syscalls[1].args[0].value = 9
    | .syscalls[2].args[0] = {index: 1, value: 21523, op: "SCMP_CMP_GE"}'
  "$HUSK" seccomp merge --intersect "$BASE" "$FILE" >"$both"
  "$HUSK" seccomp merge --union "$BASE" "$FILE" >"$any"
  for profile in "$BASE" "$FILE"; do
    tool_run diff --not-looser-than "$profile" "$both"
    is 0
    tool_run diff --not-looser-than "$any" "$profile"
    is 0
  done
  [ "$(verdict "$both" write)" = ALLOW ]
  [[ $(verdict "$both" read) = ERRNO* && $(verdict "$both" mkdir) = ERRNO* && $(verdict "$both" personality 8) = ERRNO* ]]
  [[ $(verdict "$both" ioctl 0 21524) = ALLOW && $(verdict "$both" ioctl 0 21523) = ERRNO* ]]
  [[ $(verdict "$both" ioctl 0 5) = ERRNO* ]]
  [[ $(verdict "$any" read) = ALLOW && $(verdict "$any" mkdir) = ALLOW && $(verdict "$any" chroot) = ERRNO* ]]
  [[ $(verdict "$any" personality 8) = ALLOW && $(verdict "$any" personality 9) = ALLOW ]]
  [[ $(verdict "$any" personality 7) = ERRNO* && $(verdict "$any" ioctl 0 21523) = ALLOW ]]
}

@test "merge takes more than two profiles, and merging a profile with itself changes nothing" {
  file '.syscalls[0].names = ["read", "write", "mkdir"]'
  jq '.syscalls[0].names = ["write", "chroot"]' "$BASE" >"$BATS_TEST_TMPDIR/third.json"
  "$HUSK" seccomp merge --intersect "$BASE" "$FILE" "$BATS_TEST_TMPDIR/third.json" >"$BATS_TEST_TMPDIR/all.json"
  [ "$(jq -c '.syscalls[0].names' "$BATS_TEST_TMPDIR/all.json")" = '["write"]' ]
  "$HUSK" seccomp merge --union "$BASE" "$FILE" "$BATS_TEST_TMPDIR/third.json" >"$BATS_TEST_TMPDIR/any.json"
  [ "$(jq -c '.syscalls[0].names | sort' "$BATS_TEST_TMPDIR/any.json")" \
    = '["chroot","execve","exit_group","mkdir","read","write"]' ]
  "$HUSK" seccomp merge --union "$BASE" "$BASE" >"$BATS_TEST_TMPDIR/same.json"
  tool_run diff "$BASE" "$BATS_TEST_TMPDIR/same.json"
  is 0 ''
}

@test "merge: two conditions on one argument become ranges; what cannot be expressed is an error" {
  file '.syscalls[2].args[0].value = 21505'
  "$HUSK" seccomp merge --intersect "$BASE" "$FILE" >"$BATS_TEST_TMPDIR/both.json"
  local value expected
  for value in 0 21504 21505 21506 21522 21523 21524 4294967295 4294988819; do
    expected=ALLOW
    [[ $value != 21505 && $value != 21523 ]] || expected=ERRNO
    [[ $(verdict "$BATS_TEST_TMPDIR/both.json" ioctl 0 "$value") = "$expected"* ]]
  done
  file '.syscalls[2].args[0] = {index: 1, value: 1, valueTwo: 1, op: "SCMP_CMP_MASKED_EQ"}'
  tool_run merge --intersect "$BASE" "$FILE"
  is 1 ''
  [ "$stderr" = 'husk: error: ioctl: a rule can have one condition for each argument, and this needs several: arg1 != 0x5413 && (arg1 & 0x1) == 0x1' ]
}

@test "merge: a result that needs a rule for one architecture only is an error" {
  file '.architectures = ["SCMP_ARCH_X86_64"] | .syscalls[0].names += ["mkdir"]'
  "$HUSK" seccomp merge --intersect "$BASE" "$FILE" >"$BATS_TEST_TMPDIR/both.json"
  [ "$(jq -c .architectures "$BATS_TEST_TMPDIR/both.json")" = '["SCMP_ARCH_X86_64"]' ]
  tool_run merge --union "$BASE" "$FILE"
  is 1 ''
  [[ $stderr = *'error: mkdir on x86: it would get ALLOW instead of ERRNO 1 (operation not permitted): a rule cannot be for one architecture only'* ]]
}

@test "merge keeps flags, and different listeners are an error" {
  base '.listenerPath = "/run/a" | .syscalls[1].action = "SCMP_ACT_NOTIFY" | .flags = ["SECCOMP_FILTER_FLAG_LOG"]'
  file '.listenerPath = "/run/b" | .syscalls[1].action = "SCMP_ACT_NOTIFY"'
  tool_run merge --intersect "$BASE" "$FILE"
  is 1 ''
  [ "$stderr" = 'husk: error: the profiles have different listeners: /run/a and /run/b' ]
  file '.listenerPath = "/run/a"'
  tool_run merge --intersect "$BASE" "$FILE"
  is 0
  [ "$(jq -c '.listenerPath, .flags' <<<"$output" | tr '\n' ' ')" = '"/run/a" ["SECCOMP_FILTER_FLAG_LOG"] ' ]
}

@test "wrong usage of merge and of a proof is an error" {
  tool_run merge "$BASE" "$FILE"
  is 1 ''
  [[ $stderr = *'seccomp merge needs --intersect or --union'* ]]
  tool_run merge --union --intersect "$BASE" "$FILE"
  is 1 ''
  [[ $stderr = *'--intersect and --union are mutually exclusive'* ]]
  tool_run merge --union "$BASE"
  is 1 ''
  [[ $stderr = *'seccomp merge takes two files or more, 1 given'* ]]
  tool_run diff --not-looser-than "$BASE"
  is 1 ''
  [[ $stderr = *'seccomp diff takes one file with --not-looser-than, 0 given'* ]]
  tool_run diff --not-looser-than "$BASE" "$BATS_TEST_TMPDIR/none"
  is 1 ''
  [[ $stderr = *'no such file or directory'* ]]
}

@test "a proof reads docker's format, resolved for --cap and --kernel, and the same file twice is equal to what resolve prints" {
  local docker=$SOURCE/tests/profiles/docker.json kernel
  kernel=$(uname -r | grep -oE '^[0-9]+\.[0-9]+')
  "$HUSK" seccomp resolve --cap none --cap SYS_CHROOT "$docker" >"$BASE"
  tool_run diff --not-looser-than "$BASE" --cap none --cap SYS_CHROOT "$docker"
  is 0 "proved: $docker is nowhere looser than $BASE (every architecture, every call, all arguments; for a container with CAP_SYS_CHROOT on Linux $kernel)"
  tool_run diff --not-looser-than "$docker" --cap none --kernel 4.4 "$docker"
  is 0
  says 'all arguments; for a container with no capabilities on Linux 4.4)'
  tool_run diff --not-looser-than "$docker" --cap all "$docker"
  says "all arguments; for a container with all capabilities on Linux $kernel)"
  tool_run diff --not-looser-than "$docker" --cap none --cap SYS_CHROOT "$BASE"
  is 0
  says "; for a container with CAP_SYS_CHROOT on Linux $kernel)"
  tool_run diff --not-looser-than "$BASE" --cap none --cap SYS_CHROOT --cap SYS_ADMIN "$docker"
  is 2
  says "$docker is looser than $BASE; for a container with CAP_SYS_CHROOT, CAP_SYS_ADMIN on Linux $kernel:"
  says 'mount' "+ ALLOW, by $docker:"
  tool_run diff --json --not-looser-than "$BASE" --cap none --cap CHOWN --kernel 4.4 "$docker"
  [ "$(jq -c '[.capabilities, .kernel]' <<<"$output")" = '[["CAP_CHOWN"],"4.4"]' ]
  tool_run diff --json --not-looser-than "$BASE" "$BASE" # another format has one meaning for all containers
  [ "$(jq -c '[.result, .capabilities, .kernel]' <<<"$output")" = '["proved",null,null]' ]
  tool_run diff --not-looser-than "$BASE" --cap none --cap SYS_CHROOT --kernel 4.4 "$docker"
  is 0
}

@test "a proof reads standard input, once" {
  run --separate-stderr "$HUSK" seccomp diff --not-looser-than "$BASE" - <"$FILE"
  is 0 "proved: standard input is nowhere looser than $BASE (every architecture, every call, all arguments)"
  run --separate-stderr "$HUSK" seccomp diff --not-looser-than - - <"$FILE"
  is 1
  complains 'only one of the files can be read from standard input'
}

@test "merge resolves docker's format first: the result is that of the resolved files" {
  local docker=$SOURCE/tests/profiles/docker.json podman=$SOURCE/tests/profiles/podman.json profile
  for profile in docker podman; do
    "$HUSK" seccomp resolve --cap NET_ADMIN "$SOURCE/tests/profiles/$profile.json" >"$BATS_TEST_TMPDIR/$profile"
  done
  "$HUSK" seccomp merge --intersect "$BATS_TEST_TMPDIR/docker" "$BATS_TEST_TMPDIR/podman" >"$BATS_TEST_TMPDIR/both"
  "$HUSK" seccomp merge --intersect --cap NET_ADMIN "$docker" "$podman" | cmp - "$BATS_TEST_TMPDIR/both"
  tool_run diff --not-looser-than "$docker" --cap NET_ADMIN "$BATS_TEST_TMPDIR/both"
  is 0
  tool_run diff --not-looser-than "$podman" --cap NET_ADMIN "$BATS_TEST_TMPDIR/both"
  is 0
}

@test "merge takes a SeccompProfile with its base, a config.json and standard input" {
  local examples=$SOURCE/docs/examples
  "$HUSK" seccomp resolve --base "$examples/base-profile.json" "$examples/derived-profile.json" >"$BASE"
  jq '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ALLOW"}]}' \
    "$SOURCE/config.json.example" >"$FILE"
  run --separate-stderr "$HUSK" seccomp merge --union --base "$examples/base-profile.json" "$examples/derived-profile.json" "$FILE" - \
    <<<'{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["rmdir"], "action": "SCMP_ACT_ALLOW"}]}'
  is 0
  echo "$output" >"$BATS_TEST_TMPDIR/merged"
  [ "$(jq -c '[.syscalls[] | select(.action == "SCMP_ACT_ALLOW") | .names[]] | sort' "$BATS_TEST_TMPDIR/merged")" \
    = "$(jq -c '[.syscalls[].names[], "mkdir", "rmdir"] | sort' "$BASE")" ]
}
