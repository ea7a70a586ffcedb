# husk seccomp: check, explain, dump.
# bats file_tags=any-machine
load bundle

setup() {
  bundle_make
  PROFILE=$BATS_TEST_TMPDIR/profile.json
  # a minimal profile: what programs that print need, and nothing else
  cat >"$PROFILE" <<'P'
{
  "defaultAction": "SCMP_ACT_ERRNO",
  "defaultErrnoRet": 38,
  "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"],
  "syscalls": [
    { "names": ["adjtimex", "read", "write", "writev"], "action": "SCMP_ACT_ALLOW" }
  ]
}
P
}

# profile FILTER: changes it.
profile() {
  jq "$1" "$PROFILE" >"$PROFILE.new" && mv "$PROFILE.new" "$PROFILE"
}

tool_run() {
  run --separate-stderr "$HUSK" seccomp "$@"
}

@test "check reports what a profile lacks for any program to run" {
  tool_run check "$PROFILE"
  is 1
  says "error: $PROFILE:2:20: /defaultAction: execve gets ERRNO 38" 'no program can start' \
    "warning: $PROFILE:2:20: /defaultAction: exit_group gets ERRNO 38"
  profile '.syscalls[0].names += ["execve", "exit_group"]'
  tool_run check "$PROFILE"
  is 0
  says '0 errors, 0 warnings'
}

@test "check warns of rules that are unreachable, contradictory, repeated or without effect, and of misspelt names" {
  profile '.syscalls[0].names += ["execve", "exit_group"] | .syscalls += [
    {names: ["write"], action: "SCMP_ACT_KILL"}, {names: ["read"], action: "SCMP_ACT_ALLOW"},
    {names: ["writev"], action: "SCMP_ACT_LOG", args: [{index: 0, value: 1, op: "SCMP_CMP_EQ"}]},
    {names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 38}, {names: ["openatt"], action: "SCMP_ACT_ALLOW"}]'
  tool_run check "$PROFILE"
  is 2
  says '/syscalls/1/names/0: write: this rule contradicts' '/syscalls/2/names/0: read is already in' \
    '/syscalls/3/names/0: writev: this rule has no effect' '/syscalls/4: this rule repeats the default' \
    '/syscalls/5/names/0: unknown system call openatt' 'did you mean openat'
}

@test "check warns of EPERM for newer calls and of a missing native architecture" {
  profile '.syscalls[0].names += ["execve", "exit_group"] | del(.defaultErrnoRet) | .architectures = ["SCMP_ARCH_RISCV64"]'
  tool_run check --seccomp-enosys=off "$PROFILE"
  is 2
  says 'newer than this profile get EPERM' "this machine's architecture, is not listed"
}

@test "check reports what this kernel lacks; --strict turns warnings into errors" {
  profile '.syscalls[0].names += ["execve", "exit_group"] | .flags = ["SECCOMP_FILTER_FLAG_LOG"]'
  tool_run check "$PROFILE"
  is 0
  run strace -o /dev/null -e trace=seccomp -e inject=seccomp:error=EOPNOTSUPP "$HUSK" seccomp check "$PROFILE"
  is 1
  says 'profile.json:' '/defaultAction: this kernel does not know SCMP_ACT_ERRNO' '/syscalls/0/action: this kernel does not know'
  run strace -o /dev/null -e trace=seccomp -e inject=seccomp:error=EINVAL "$HUSK" seccomp check "$PROFILE"
  is 1
  says '/flags/0: this kernel does not know SECCOMP_FILTER_FLAG_LOG'
  profile '.syscalls[0].names += ["execve", "exit_group", "openatt", "reed"]'
  tool_run check "$PROFILE"
  is 2
  says 'openatt, reed: skipped' 'did you mean openat for openatt?'
  tool_run check --strict "$PROFILE"
  is 1
  config '.linux.seccomp.syscalls[0].names += ["openatt"]'
  run "$HUSK" check --bundle "$BUNDLE"
  is 0
  run "$HUSK" check --strict --bundle "$BUNDLE"
  is 1
  says openatt
}

@test "explain reports calls that are newer than the profile" {
  echo '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["openat2"], "action": "SCMP_ACT_ALLOW"}]}' >"$PROFILE"
  tool_run explain "$PROFILE" faccessat2
  is 0
  says 'ERRNO 38' 'because it is newer than the profile, which knows system calls up to Linux 5.6: it came with 5.8'
  tool_run explain "$PROFILE" mount
  says 'ERRNO 1'
  says_not newer
  tool_run explain --seccomp-enosys=off "$PROFILE" faccessat2
  says 'ERRNO 1'
  says_not newer
  tool_run explain --seccomp-enosys=maybe "$PROFILE" faccessat2
  is 1
  complains '"maybe" must be on or off'
}

@test "check warns of conditions that never hold and of rules that an earlier one makes ineffective" {
  profile '.defaultAction = "SCMP_ACT_ALLOW" | del(.defaultErrnoRet) | .syscalls = [
    {names: ["read"], action: "SCMP_ACT_ERRNO", args: [{index: 0, value: 0, op: "SCMP_CMP_LT"}]},
    {names: ["write"], action: "SCMP_ACT_ERRNO", args: [{index: 0, value: 15, valueTwo: 16, op: "SCMP_CMP_MASKED_EQ"}]},
    {names: ["close"], action: "SCMP_ACT_ERRNO", args: [{index: 0, value: 0, op: "SCMP_CMP_GE"}]},
    {names: ["dup"], action: "SCMP_ACT_ERRNO", args: [{index: 0, value: 5, op: "SCMP_CMP_EQ"}]},
    {names: ["dup"], action: "SCMP_ACT_KILL", args: [{index: 0, value: 5, op: "SCMP_CMP_EQ"},
      {index: 1, value: 6, op: "SCMP_CMP_EQ"}]},
    {names: ["umount2"], action: "SCMP_ACT_ERRNO", includes: {}, excludes: {}}]'
  tool_run check "$PROFILE"
  is 2
  says '/syscalls/0/args/0: this is never true, so the rule has no effect' \
    '/syscalls/1/args/0: valueTwo has bits that the mask lacks: they are ignored' \
    '/syscalls/4/names/0: dup: this rule has no effect: '
  says_not '/syscalls/2/' '/syscalls/3/' '/syscalls/5' 'syscalls/1/args/0: this is never true'
  tool_run explain "$PROFILE" write 32
  says 'ERRNO 1' # since 32 & 15 is 16 & 15
  tool_run explain --all "$PROFILE"
  says '(arg0 & 0xf) == 0x0'
}

@test "check warns of a rule in which any condition is enough, where all of them look required" {
  profile '.syscalls += [
    {names: ["prctl"], action: "SCMP_ACT_ALLOW", args: [{index: 0, value: 5, op: "SCMP_CMP_GE"},
      {index: 0, value: 9, op: "SCMP_CMP_LE"}]},
    {names: ["bind"], action: "SCMP_ACT_ALLOW", args: [{index: 0, value: 5, op: "SCMP_CMP_EQ"},
      {index: 0, value: 6, op: "SCMP_CMP_EQ"}, {index: 1, value: 0, op: "SCMP_CMP_LT"}]},
    {names: ["personality"], action: "SCMP_ACT_ALLOW", args: [{index: 0, value: 0, op: "SCMP_CMP_EQ"},
      {index: 0, value: 8, op: "SCMP_CMP_EQ"}]},
    {names: ["keyctl"], action: "SCMP_ACT_ALLOW", args: [{index: 0, value: 5, op: "SCMP_CMP_GE"},
      {index: 1, value: 9, op: "SCMP_CMP_LE"}]}] | .syscalls |= .[-4:] + .[:-4] + [{names: ["execve", "exit_group"], action: "SCMP_ACT_ALLOW"}]'
  tool_run check "$PROFILE"
  is 2
  says '/syscalls/0/args: any one of these conditions is enough' '/syscalls/1/args: any one of these conditions is enough' \
    '/syscalls/1/args/2: this is never true'
  says_not '/syscalls/2/args: ' '/syscalls/3/args: ' '/syscalls/1/args/2: this is never true, so'
  tool_run explain "$PROFILE" prctl 4096
  says 'ALLOW'
}

@test "check reports mistakes with their place, and prints JSON on demand" {
  profile '.syscalls[0].action = "SCMP_ACT_ALOW"'
  tool_run check "$PROFILE"
  is 1
  says '/syscalls/0/action' 'did you mean SCMP_ACT_ALLOW?'
  tool_run check --json "$PROFILE"
  is 1
  jq -e '.[0].severity == "error" and (.[0].place | endswith("/syscalls/0/action"))' <<<"$output"
}

@test "explain prints the verdict of the filter and the rule that decides" {
  tool_run explain "$PROFILE" write
  succeeded
  says 'write (' ': ALLOW, by ' '/syscalls/0'
  tool_run explain "$PROFILE" mkdir
  says ': ERRNO 38 (function not implemented), by ' '/defaultAction'
  profile '.syscalls += [{names: ["personality"], action: "SCMP_ACT_TRAP", args: [{index: 0, value: 8, op: "SCMP_CMP_GE"}]}]'
  tool_run explain "$PROFILE" personality 7
  says ': ERRNO 38'
  tool_run explain "$PROFILE" personality 0x100000000
  says ': TRAP, by ' '/syscalls/1'
  tool_run explain --arch x86 "$PROFILE" write
  says 'KILL_THREAD' 'this architecture is not in it'
  tool_run explain --json --arch aarch64 "$PROFILE" write
  jq -e '.number == 64 and .verdict == "ALLOW" and .architecture == "SCMP_ARCH_AARCH64"' <<<"$output"
}

@test "explain, check and --all know calls that are newer than libseccomp, by name and by number, on each architecture" {
  local arch number
  profile '.architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_AARCH64", "SCMP_ARCH_S390X",
      "SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64", "SCMP_ARCH_MIPSEL64N32"]
    | .syscalls[0].names += ["execve", "exit_group", "statmount", "uretprobe", "riscv_hwprobe"]
    | .syscalls += [{names: ["mseal"], action: "SCMP_ACT_ALLOW", args: [{index: 2, value: 5, op: "SCMP_CMP_EQ"}]}]'
  while read -r arch number; do
    tool_run explain --arch "$arch" "$PROFILE" statmount
    says "statmount ($number) on SCMP_ARCH_${arch^^}: ALLOW, by $PROFILE:" '/syscalls/0'
    tool_run explain --arch "$arch" "$PROFILE" "$number"
    says "statmount ($number) on SCMP_ARCH_${arch^^}: ALLOW"
    tool_run explain --arch "$arch" "$PROFILE" mseal 0 0 5
    says ': ALLOW, by ' '/syscalls/1'
    tool_run explain --arch "$arch" "$PROFILE" mseal 0 0 6
    says ': ERRNO 38' '/defaultAction'
    tool_run explain --all --arch "$arch" "$PROFILE"
    says "statmount ($number)" "mseal ($((number + 5)))"
  done <<'END'
x86_64 457
x86 457
x32 1073742281
aarch64 457
s390x 457
mips 4457
mips64 5457
mipsel64n32 6457
END
  # two that one architecture has alone
  tool_run explain --arch x86_64 "$PROFILE" uretprobe
  says 'uretprobe (335)' ALLOW
  tool_run explain --arch x86 "$PROFILE" uretprobe
  is 1
  complains 'uretprobe has no number of its own on SCMP_ARCH_X86'
  tool_run check "$PROFILE"
  says_not 'unknown system call'
  jq '.syscalls[0].names -= ["statmount"]' "$PROFILE" >"$PROFILE.less"
  tool_run diff --arch x86 "$PROFILE" "$PROFILE.less"
  is 2
  says '  statmount'
  profile '.syscalls[0].names += ["statmuont", "Mseal"]'
  tool_run check "$PROFILE"
  says 'unknown system calls statmuont, Mseal: skipped (did you mean statmount for statmuont?)'
}

@test "explain of a number explains the call with that number" {
  tool_run explain --arch x86_64 "$PROFILE" 1
  says 'write (1) on SCMP_ARCH_X86_64: ALLOW'
  profile '.architectures += ["SCMP_ARCH_X32", "SCMP_ARCH_X86"] | .syscalls[0].names += ["socket"]'
  tool_run explain --arch x86_64 "$PROFILE" 1073741825
  says 'write (1073741825) on SCMP_ARCH_X32: ALLOW'
  tool_run explain --arch x86 "$PROFILE" 359
  says 'socket (359) on SCMP_ARCH_X86: ALLOW, by ' '/syscalls/0'
  tool_run explain --arch x86 "$PROFILE" socket
  says 'socket (359) on SCMP_ARCH_X86: ALLOW, by ' '/syscalls/0'
  tool_run explain --arch x86 "$PROFILE" socketcall 1
  says 'socketcall (102) on SCMP_ARCH_X86: ALLOW, by ' '/syscalls/0'
  tool_run explain --arch x86 "$PROFILE" socketcall 2
  says ': ERRNO 38' '/defaultAction'
  tool_run explain --arch x32 "$PROFILE" 1
  is 1
  complains '1 is not a system call number on SCMP_ARCH_X32'
  for number in -1 -101 2147483648 4294967297 99999999999999999999; do
    tool_run explain "$PROFILE" -- "$number"
    is 1
    complains "$number is not a system call number"
  done
}

@test "explain names the rule that nearly decided" {
  profile '.syscalls += [{names: ["personality"], action: "SCMP_ACT_ALLOW", args: [{index: 0, value: 8, op: "SCMP_CMP_EQ"}]},
    {names: ["personality"], action: "SCMP_ACT_LOG", args: [{index: 0, value: 9, op: "SCMP_CMP_EQ"},
      {index: 1, value: 3, valueTwo: 1, op: "SCMP_CMP_MASKED_EQ"}]}]'
  tool_run explain "$PROFILE" personality 7
  says '/defaultAction (' '/syscalls/1 says ALLOW if arg0 == 0x8, which does not hold, nor do the conditions of 1 more)'
  tool_run explain --json "$PROFILE" personality 7
  jq -e '(.place | endswith("/defaultAction")) and (.nearMiss | endswith("/syscalls/1"))' <<<"$output"
  profile 'del(.syscalls[1])'
  tool_run explain "$PROFILE" personality 9 2
  says '/syscalls/1 says LOG if arg0 == 0x9 && (arg1 & 0x3) == 0x1, which does not hold)'
  tool_run explain "$PROFILE" personality 9 5
  says ': LOG, by '
  says_not 'does not hold'
}

@test "explain of an unknown call, architecture or number" {
  tool_run explain "$PROFILE" mkdirr
  is 1
  complains '"mkdirr" is not a system call'
  tool_run explain --arch z80 "$PROFILE" write
  is 1
  complains '"z80" is not an architecture'
  tool_run explain "$PROFILE" write x
  is 1
  tool_run explain "$PROFILE"
  is 1
}

@test "explain's verdicts for the example are those that its container sees" {
  tool_run explain "$SOURCE/config.json.example" mkdir
  says ': ALLOW'
  tool_run explain "$SOURCE/config.json.example" reboot
  says ': ERRNO 1 (operation not permitted)'
  inside 'mkdir /dev/shm/x && echo made'
  same made
}

@test "dump prints as many instructions as the plan counts" {
  tool_run dump "$SOURCE/config.json.example"
  succeeded
  local count=${#lines[@]}
  says 'load architecture' 'return ALLOW'
  run husk plan --bundle "$BUNDLE"
  says "$count instructions"
}

@test "a config without a profile and a file that is not a profile are errors" {
  config 'del(.linux.seccomp)'
  tool_run check "$BUNDLE/config.json"
  is 1
  says 'has no seccomp profile'
  tool_run check "$BATS_TEST_TMPDIR/missing"
  is 1
  tool_run
  is 1
  complains 'needs a tool'
}
