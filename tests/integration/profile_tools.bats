# husk seccomp explain --all, diff, dump --json and default: profiles as a whole.
# bats file_tags=any-machine
load bundle

setup() {
  ONE=$BATS_TEST_TMPDIR/one.json
  TWO=$BATS_TEST_TMPDIR/two.json
  cat >"$ONE" <<'P'
{
  "defaultAction": "SCMP_ACT_ERRNO",
  "defaultErrnoRet": 38,
  "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
  "syscalls": [
    { "names": ["read", "write", "execve", "exit_group"], "action": "SCMP_ACT_ALLOW" },
    { "names": ["fcntl"], "action": "SCMP_ACT_ALLOW",
      "args": [{ "index": 1, "value": 3, "op": "SCMP_CMP_EQ" }, { "index": 2, "value": 0, "op": "SCMP_CMP_EQ" }] },
    { "names": ["socket"], "action": "SCMP_ACT_TRAP", "args": [{ "index": 0, "value": 40, "op": "SCMP_CMP_EQ" }] },
    { "names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{ "index": 0, "value": 0, "op": "SCMP_CMP_GE" }] }
  ]
}
P
  cp "$ONE" "$TWO"
}

teardown() { :; }

# two FILTER: changes the second profile.
two() {
  jq "$1" "$TWO" >"$TWO.new" && mv "$TWO.new" "$TWO"
}

tool_run() {
  run --separate-stderr "$HUSK" seccomp "$@"
}

# alike: diff reports the two profiles as equivalent.
alike() {
  tool_run diff "$ONE" "$TWO"
  is 0 ''
}

# unlike TEXT...: diff reports differences that contain each text.
unlike() {
  tool_run diff "$ONE" "$TWO"
  is 2
  says "$@"
}

@test "explain --all prints every call with its conditions, rule and place" {
  tool_run explain --all --arch x86_64 "$ONE"
  succeeded
  says SCMP_ARCH_X86_64 "ALLOW, by $ONE:6:5: /syscalls/0" 'read (0), write (1)' 'execve (59)' \
    "ERRNO 38 (function not implemented), by $ONE:2:20: /defaultAction" 'mkdir (83)' \
    'ALLOW if arg1 == 0x3 && arg2 == 0x0, by' 'TRAP if arg0 == 0x28, by' 'ALLOW else, by'
  [ "$(grep -c 'execve (59)' <<<"$output")" -eq 1 ]
  [ "$(awk 'length($0) > 100 && !/ by /' <<<"$output")" = '' ]
}

@test "explain --all agrees with explain of each call" {
  local name verdict
  "$HUSK" seccomp explain --all --json --arch x86_64 "$SOURCE/config.json.example" >"$BATS_TEST_TMPDIR/all"
  [ "$(jq '.syscalls | length' "$BATS_TEST_TMPDIR/all")" -gt 300 ]
  jq -r '.syscalls[] | select(.outcomes | length == 1) | .syscall + "\t" + .outcomes[0].verdict + "\t" + .outcomes[0].place' \
    "$BATS_TEST_TMPDIR/all" | awk 'NR % 12 == 0' >"$BATS_TEST_TMPDIR/some"
  [ "$(wc -l <"$BATS_TEST_TMPDIR/some")" -gt 20 ]
  while IFS=$'\t' read -r name verdict place; do
    tool_run explain --arch x86_64 "$SOURCE/config.json.example" "$name"
    says ": $verdict, by $place"
  done <"$BATS_TEST_TMPDIR/some"
}

@test "explain --all of other architectures: conditions of socketcall, and an architecture that is not in the profile" {
  tool_run explain --all --json --arch x86 "$ONE"
  jq -e '.inProfile and (.syscalls[] | select(.syscall == "socketcall") | .outcomes[0].condition == "arg0 == 0x1")' <<<"$output"
  tool_run explain --all --arch aarch64 "$ONE"
  succeeded
  says KILL_THREAD 'this architecture is not in the profile'
  tool_run explain --all --arch z80 "$ONE"
  is 1
  complains '"z80" is not an architecture'
  tool_run explain --all "$ONE" read
  is 1
  complains 'takes one file'
}

@test "diff: equivalent profiles in other words are equal" {
  alike
  two '.syscalls[0].names |= sort | .architectures |= sort | .syscalls |= (.[1:4] + [.[0]])'
  alike
  two '.syscalls |= map(if .names == ["fcntl"] then .args |= reverse else . end)'
  alike
  # the same sockets by numbers above and below
  two '(.syscalls[] | select(.names == ["socket"] and .action == "SCMP_ACT_ALLOW")) |=
    (.args = [{index: 0, value: 40, op: "SCMP_CMP_LT"}, {index: 0, value: 40, op: "SCMP_CMP_GT"}])'
  tool_run diff --arch x86_64 "$ONE" "$TWO"
  is 0 ''
}

@test "diff finds a difference between the borders of all conditions, and none where rules only are written differently" {
  local third='{names: ["kill"], action: "SCMP_ACT_ERRNO", errnoRet: 6,
    args: [{index: 0, value: 255, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ"}]}'
  cat >"$ONE" <<'P'
{
  "defaultAction": "SCMP_ACT_ALLOW",
  "syscalls": [
    { "names": ["kill"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5, "args": [{ "index": 0, "value": 4096, "op": "SCMP_CMP_GE" }] },
    { "names": ["kill"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5, "args": [{ "index": 0, "value": 100, "op": "SCMP_CMP_LE" }] }
  ]
}
P
  cp "$ONE" "$TWO"
  two ".syscalls += [$third]"
  unlike 'system calls on x86_64' '  kill' "else ALLOW"
  # 0x100 to 0xf00, which the third rule is for
  two '.syscalls |= [{names: ["kill"], action: "SCMP_ACT_ERRNO", errnoRet: 6,
    args: [{index: 0, value: (range(1; 16) * 256), op: "SCMP_CMP_EQ"}]}] + .[:2]'
  cp "$TWO" "$ONE"
  two ".syscalls |= .[1:] + [$third]"
  alike
  two '.syscalls[2].args[0].value = 511'
  unlike '  kill'
}

@test "diff: calls that take too long to compare count as different, with the reason" {
  local rules
  rules=$(jq -nc '[range(24) as $bit | {names: ["read"], action: "SCMP_ACT_ALLOW", args: [range(3) as $index
    | {index: $index, op: "SCMP_CMP_MASKED_EQ", value: pow(2; $bit), valueTwo: pow(2; $bit)}]}]')
  two ".architectures = [\"SCMP_ARCH_X86_64\"] | .syscalls = $rules"
  cp "$TWO" "$ONE"
  alike
  two '.syscalls |= reverse'
  unlike '  read' ' (it is undecided whether they differ: there are too many combinations of conditions)'
}

@test "diff groups calls that differ in the same way, with their conditions" {
  two '.syscalls[0].names |= . - ["read", "write"]'
  unlike 'system calls on x86_64, x86:' '  read, write' '- ALLOW' '+ ERRNO 38 (function not implemented)'
  cp "$ONE" "$TWO"
  two '.syscalls[1].args[0].value = 4'
  unlike '  fcntl' '- ALLOW if arg1 == 0x3 && arg2 == 0x0; else ERRNO 38' '+ ALLOW if arg1 == 0x4 && arg2 == 0x0; else ERRNO 38'
  cp "$ONE" "$TWO"
  # above the lower half only
  two '.syscalls[2].args[0] = {index: 0, value: 4294967295, valueTwo: 40, op: "SCMP_CMP_MASKED_EQ"}'
  tool_run diff --arch x86_64 "$ONE" "$TWO"
  is 2
  says '  socket' '- TRAP if arg0 == AF_VSOCK; else ALLOW' '+ TRAP if (arg0 & 0xffffffff) == AF_VSOCK; else ALLOW'
  says_not read
}

# joined RULES: what diff prints of the profile TWO that has these rules (jq) in place of others; 300 is an errno that no rule has.
joined() {
  two ".defaultAction = \"SCMP_ACT_ERRNO\" | .defaultErrnoRet = 300 | .syscalls = [$1]"
  run --separate-stderr "$HUSK" seccomp diff --arch x86 "$ONE" "$TWO"
  is 2
}

# ask CALL ACTION INDEX OP VALUE [TWO]: a rule with one condition, for jq.
ask() {
  echo "{names: [\"$1\"], action: \"SCMP_ACT_$2\", args: [{index: $3, op: \"SCMP_CMP_$4\", value: $5, valueTwo: ${6:-0}}]}"
}

@test "diff prints rules for values of one argument as one: docker's thirty address families" {
  local docker="$BATS_TEST_DIRNAME/../profiles/docker.json"
  jq '.syscalls |= map(select(.names != ["socket"]))' "$docker" >"$TWO"
  tool_run diff --arch x86_64 "$TWO" "$docker"
  is 2 "system calls on x86_64:
  socket
- ERRNO 1 (operation not permitted)
+ ALLOW if arg0 in AF_UNSPEC..AF_INET, AF_BRIDGE..AF_INET6, AF_NETBEUI..AF_ASH, AF_RDS..AF_SNA, AF_PPPOX, AF_LLC..AF_RXRPC, \
AF_PHONET..AF_IEEE802154, AF_NFC, AF_KCM..AF_MCTP; else ERRNO 1 (operation not permitted)"
  # a program gets every rule
  tool_run diff --json --arch x86_64 "$TWO" "$docker"
  jq -e 'length == 1 and (.[0].b | startswith("ALLOW if arg0 < 0x3; ALLOW if arg0 == 0x7; ALLOW if arg0 == 0x8; ")
    and ([scan("ALLOW if")] | length == 30))' <<<"$output"
}

@test "diff joins only what means the same: one verdict, one argument, values that every architecture sees" {
  local call=dup3
  joined "$(ask $call ALLOW 1 EQ 9), $(ask $call ALLOW 1 EQ 4), $(ask $call ALLOW 1 EQ 3), $(ask $call ALLOW 1 EQ 5), $(ask $call ALLOW 1 EQ 4)"
  says '+ ALLOW if arg1 in 0x3..0x5, 0x9; else ERRNO 300 '
  joined "$(ask $call ALLOW 1 LE 3), $(ask $call ALLOW 1 LT 5), $(ask $call ALLOW 1 EQ 7)"
  says '+ ALLOW if arg1 in 0x0..0x4, 0x7; else ERRNO 300 '
  joined "$(ask $call ALLOW 1 EQ 3), $(ask $call TRAP 1 LT 3), $(ask $call ALLOW 1 EQ 4)"
  says '+ ALLOW if arg1 == 0x3; TRAP if arg1 < 0x3; ALLOW if arg1 == 0x4; else ERRNO 300 '
  joined "$(ask $call ALLOW 1 EQ 3), $(ask $call ALLOW 0 EQ 4), $(ask $call ALLOW 0 EQ 5)"
  says '+ ALLOW if arg1 == 0x3; ALLOW if arg0 in 0x4..0x5; else ERRNO 300 '
  joined "$(ask $call ALLOW 1 EQ 3), $(ask $call ALLOW 1 GT 4), $(ask $call ALLOW 1 NE 5), $(ask $call ALLOW 1 LT 0)"
  says '+ ALLOW if arg1 == 0x3; ALLOW if arg1 > 0x4; ALLOW if arg1 != 0x5; ALLOW if arg1 < 0x0; else ERRNO 300 '
  joined "$(ask $call ALLOW 1 EQ 3), $(ask $call ALLOW 1 MASKED_EQ 7 4), $(ask $call ALLOW 1 MASKED_EQ 7 5), $(ask $call ALLOW 1 MASKED_EQ 3 6)"
  says '+ ALLOW if arg1 == 0x3; ALLOW if (arg1 & 0x7) in 0x4..0x5; ALLOW if (arg1 & 0x3) == 0x2; else ERRNO 300 '
  # x86 compares the lower halves: less than 5, and never
  joined "$(ask $call ALLOW 1 EQ 6), $(ask $call ALLOW 1 LT 4294967301), $(ask $call ALLOW 1 LT 4294967296), $(ask $call ALLOW 1 LE 4294967295)"
  says '+ ALLOW if arg1 == 0x6; ALLOW if arg1 < 0x100000005; ALLOW if arg1 < 0x100000000; ALLOW if arg1 <= 0xffffffff; else ERRNO 300 '
  # of the number of socketcall, no family; of a part of the argument neither
  joined "$(ask socket ALLOW 0 MASKED_EQ 3 2), $(ask socket ALLOW 1 EQ 2)"
  says '  socket' '+ ALLOW if (arg0 & 0x3) == 0x2; ALLOW if arg1 == 0x2; else' '  socketcall' '+ ALLOW if arg0 == 0x1; '
  joined "{names: [\"$call\"], action: \"SCMP_ACT_ALLOW\", args: [1, 2 | {index: ., op: \"SCMP_CMP_EQ\", value: 3}]}, $(ask $call ALLOW 1 EQ 4)"
  says '+ ALLOW if arg1 == 0x3 && arg2 == 0x3; ALLOW if arg1 == 0x4; else'
}

@test "diff compares default action, architectures, flags and listener" {
  two '.defaultErrnoRet = 1 | .architectures += ["SCMP_ARCH_X32"] | .flags = ["SECCOMP_FILTER_FLAG_LOG"] |
    .syscalls += [{names: ["mkdir"], action: "SCMP_ACT_NOTIFY"}] | .listenerPath = "/run/agent"'
  unlike 'defaultAction:' '+ ERRNO 1 (operation not permitted)' 'architectures:' 'flags:' '- SPEC_ALLOW' '+ LOG' \
    'listenerPath:' '- none' '+ /run/agent' '+ NOTIFY'
  tool_run diff --json "$ONE" "$TWO"
  is 2
  jq -e 'map(select(.property == "listenerPath" and .a == "none" and .b == "/run/agent")) | length == 1' <<<"$output"
  jq -e 'map(select(.syscall == "mkdir" and .b == "NOTIFY")) | length == 1' <<<"$output"
}

@test "husk seccomp diff names what is wrong with its operands" {
  tool_run diff "$ONE"
  is 1
  complains 'takes two files'
  tool_run diff "$ONE" "$BATS_TEST_TMPDIR/missing"
  is 1
  complains missing
  tool_run diff --arch z80 "$ONE" "$TWO"
  is 1
}

@test "dump --json prints the filter in numbers and words; JSON ends with a line feed" {
  tool_run dump --json "$ONE"
  succeeded
  jq -e '.[0] == {code: 32, jt: 0, jf: 0, k: 4, text: "load architecture"}' <<<"$output"
  [ "$(jq length <<<"$output")" -eq "$("$HUSK" seccomp dump "$ONE" | wc -l)" ]
  local tool
  for tool in "dump --json $ONE" "check --json $ONE" "explain --json $ONE read" "explain --all --json $ONE" \
    "diff --json $ONE $TWO" default; do
    # shellcheck disable=SC2086
    "$HUSK" seccomp $tool >"$BATS_TEST_TMPDIR/out" || [ $? -eq 2 ] # warnings, or a difference
    [ "$(tail -c 1 "$BATS_TEST_TMPDIR/out" | od -An -tx1)" = ' 0a' ]
    jq -e . "$BATS_TEST_TMPDIR/out"
  done
}

@test "default: check finds nothing in the profile, for any capabilities" {
  local capabilities
  for capabilities in '' '--cap none' '--cap all' '--cap SYS_ADMIN --cap cap_bpf' '--cap none --cap CAP_SYS_PTRACE'; do
    # shellcheck disable=SC2086
    "$HUSK" seccomp default $capabilities >"$ONE"
    tool_run check "$ONE"
    is 0
    says '0 errors, 0 warnings'
  done
}

@test "default: capabilities allow their calls, also on other architectures" {
  "$HUSK" seccomp default >"$ONE"
  "$HUSK" seccomp default --cap SYS_PTRACE >"$TWO"
  unlike process_vm_readv '- ERRNO 1' '+ ALLOW'
  says_not mount chroot
  tool_run explain --arch x86_64 "$ONE" clone 0x10000000
  says 'ERRNO 1 '
  "$HUSK" seccomp default --cap SYS_ADMIN >"$TWO"
  tool_run explain --arch x86_64 "$TWO" clone 0x10000000
  says ALLOW
  "$HUSK" seccomp default --arch aarch64 >"$TWO"
  jq -e '.architectures == ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"]' "$TWO"
  jq -e '[.syscalls[] | .comment] | all' "$TWO"
  tool_run default --cap nothing
  is 1
  complains '"nothing" is not a capability'
  tool_run default --arch z80
  is 1
  tool_run default operand
  is 1
}

# passes_by RULES TEXT...: check of a profile of these rules prints each text; without TEXT no rule can be bypassed.
passes_by() {
  jq -n --argjson rules "$1" --arg default "${DEFAULT:-SCMP_ACT_ALLOW}" '{defaultAction: $default, defaultErrnoRet: 38,
    syscalls: ($rules + [{names: ["execve", "exit_group"], action: "SCMP_ACT_ALLOW"}])}
    | if $default == "SCMP_ACT_ALLOW" then del(.defaultErrnoRet) | .syscalls |= .[:-1] else . end' >"$BATS_TEST_TMPDIR/profile"
  shift
  run "$HUSK" seccomp check "$BATS_TEST_TMPDIR/profile"
  [ $# -gt 0 ] || says_not 'the kernel uses 32 bits'
  says "$@"
}

rule() { # rule NAME ACTION INDEX OPERATOR VALUE [VALUE-TWO]
  echo "{\"names\": [\"$1\"], \"action\": \"SCMP_ACT_$2\",
    \"args\": [{\"index\": $3, \"op\": \"SCMP_CMP_$4\", \"value\": $5, \"valueTwo\": ${6:-0}}]}"
}

@test "check warns of a 64-bit comparison that the upper half of an int bypasses" {
  [ "$(getconf LONG_BIT)" = 64 ] || skip 'arguments have 32 bits here'
  passes_by "[$(rule socket ERRNO 0 EQ 38)]" '/syscalls/0/args/0: socket: the kernel uses 32 bits of argument 0' \
    '0x26 gets ERRNO 1' '0x100000026, the same to the kernel, gets ALLOW' 'SCMP_CMP_MASKED_EQ with "value": 4294967295'
  passes_by "[$(rule socket ERRNO 0 LE 5)]" '/syscalls/0/args/0: socket: '
  passes_by "[$(rule socket ERRNO 0 MASKED_EQ 1099511627775 38)]" '/syscalls/0/args/0: socket: '
  passes_by "[$(rule ioctl ERRNO 1 EQ 21522)]" 'ioctl: the kernel uses 32 bits of argument 1' 0x100005412
  passes_by "[$(rule prctl KILL_PROCESS 0 EQ 22)]" 'prctl: ' 'KILL_PROCESS'
  passes_by "[$(rule personality TRAP 0 EQ 8)]" 'personality: '
  passes_by "[$(rule clone ERRNO 0 EQ 268435473)]" 'clone: the kernel uses 32 bits of argument 0' 0x110000011 # drops the rest
  passes_by "[$(rule preadv2 ERRNO 5 EQ 1), $(rule move_pages ERRNO 5 EQ 4), $(rule setxattrat ERRNO 2 EQ 256)]" 'preadv2: ' 'move_pages: ' \
    'setxattrat: '
  DEFAULT=SCMP_ACT_ERRNO
  passes_by "[$(rule socket ALLOW 0 NE 40)]" '/syscalls/0/args/0: socket: ' '0x28 gets ERRNO 38' '0x100000028, '
  passes_by "[$(rule socket ALLOW 0 GT 40)]" '/syscalls/0/args/0: socket: '
  passes_by "[$(rule socket ALLOW 0 LT 38), $(rule socket ALLOW 0 EQ 39), $(rule socket ALLOW 0 GT 40)]" '/syscalls/2/args/0: '
  says_not '/syscalls/0/args' '/syscalls/1/args'
}

@test "check of a bundle warns of a 64-bit comparison that the upper half of an int bypasses" {
  jq --argjson rule "$(rule reboot ALLOW 0 NE 5)" '.linux.seccomp.syscalls |= map(select(.names != ["reboot"])) + [$rule]' \
    "$SOURCE/config.json.example" >"$BATS_TEST_TMPDIR/config.json"
  run "$HUSK" check --bundle "$BATS_TEST_TMPDIR"
  succeeded
  says '/args/0: reboot: the kernel uses 32 bits of argument 0'
}

@test "check does not warn of a comparison that cannot be bypassed" {
  passes_by "[$(rule socket ERRNO 0 NE 1)]"
  passes_by "[$(rule socket ERRNO 0 GE 38)]"
  passes_by "[$(rule socket ERRNO 0 MASKED_EQ 4294967295 38)]"
  passes_by "[$(rule unshare ERRNO 0 EQ 268435456)]" # unsigned long
  passes_by "[$(rule ptrace ERRNO 0 EQ 16)]"       # long
  passes_by "[$(rule mmap ERRNO 2 EQ 7)]"
  DEFAULT=SCMP_ACT_ERRNO
  passes_by "[$(rule socket ALLOW 0 EQ 1)]"
  passes_by "[$(rule socket ALLOW 0 LT 38)]"
  passes_by "[$(rule personality ALLOW 0 MASKED_EQ 4294967295 8)]"
  passes_by "[$(rule socket ERRNO 0 EQ 40)]" # the default refuses the others too
}

@test "the template's profile is husk's own, and nothing bypasses it" {
  [ "$(jq -S .linux.seccomp "$SOURCE/config.json.example")" = "$("$HUSK" seccomp default --arch x86_64 | jq -S .)" ]
  [ "$(uname -m)" = x86_64 ] || skip "the example's profile is that of x86_64"
  local family
  for family in 38 40 0x100000026 0x100000028; do
    run "$HUSK" seccomp explain "$SOURCE/config.json.example" socket "$family"
    says 'ERRNO 97'
  done
  run "$HUSK" seccomp check "$SOURCE/config.json.example"
  succeeded
  says '0 errors, 0 warnings'
}

@test "profiles can be read from pipes, and options can be anywhere" {
  tool_run explain <(cat "$ONE") fcntl 0 3 0 --arch x86
  succeeded
  says 'fcntl (55) on SCMP_ARCH_X86: '
  tool_run explain "$ONE" --json socket -1 0
  succeeded
  [ "$(jq -r .syscall <<<"$output")" = socket ]
  tool_run explain "$ONE" --all
  succeeded
  tool_run explain -- "$ONE" read
  succeeded
  tool_run diff <(cat "$ONE") <(cat "$TWO") --json
  is 0
  tool_run check /dev/stdin <"$ONE"
  says '/dev/stdin:'
}
