#!/usr/bin/env bats
# The values of seccomp profiles, each by itself: architectures, flags, actions.
load bundle

# filter JSON: linux.seccomp.
filter() {
  config '.linux.seccomp = $filter' --argjson filter "$1"
}

# The filter has each architecture's rules, whatever the machine: only that architecture's getpid fails.
# proves: /linux/seccomp/architectures
# proves: /linux/seccomp/architectures/[=SCMP_ARCH_X86] /linux/seccomp/architectures/[=SCMP_ARCH_X86_64]
# proves: /linux/seccomp/architectures/[=SCMP_ARCH_X32] /linux/seccomp/architectures/[=SCMP_ARCH_ARM]
# proves: /linux/seccomp/architectures/[=SCMP_ARCH_AARCH64] /linux/seccomp/architectures/[=SCMP_ARCH_MIPS]
# proves: /linux/seccomp/architectures/[=SCMP_ARCH_MIPS64] /linux/seccomp/architectures/[=SCMP_ARCH_MIPS64N32]
# proves: /linux/seccomp/architectures/[=SCMP_ARCH_MIPSEL] /linux/seccomp/architectures/[=SCMP_ARCH_MIPSEL64]
# proves: /linux/seccomp/architectures/[=SCMP_ARCH_MIPSEL64N32] /linux/seccomp/architectures/[=SCMP_ARCH_PPC]
# proves: /linux/seccomp/architectures/[=SCMP_ARCH_PPC64] /linux/seccomp/architectures/[=SCMP_ARCH_PPC64LE]
# proves: /linux/seccomp/architectures/[=SCMP_ARCH_S390] /linux/seccomp/architectures/[=SCMP_ARCH_S390X]
# proves: /linux/seccomp/architectures/[=SCMP_ARCH_PARISC] /linux/seccomp/architectures/[=SCMP_ARCH_PARISC64]
# proves: /linux/seccomp/architectures/[=SCMP_ARCH_RISCV64]
@test "each architecture has its own rules" {
  local arch
  for arch in X86 X86_64 X32 ARM AARCH64 MIPS MIPS64 MIPS64N32 MIPSEL MIPSEL64 MIPSEL64N32 PPC PPC64 PPC64LE S390 S390X \
    PARISC PARISC64 RISCV64; do
    jq -n --arg arch "SCMP_ARCH_$arch" '{defaultAction: "SCMP_ACT_ALLOW", architectures: [$arch],
      syscalls: [{names: ["getpid"], action: "SCMP_ACT_ERRNO", errnoRet: 42}]}' >"$BATS_TEST_TMPDIR/profile.json"
    run --separate-stderr husk seccomp explain --arch "$arch" "$BATS_TEST_TMPDIR/profile.json" getpid
    says 'ERRNO 42' || { echo "$arch" && return 1; }
  done
}

# proves: /linux/seccomp/architectures/[=SCMP_ARCH_LOONGARCH64] /linux/seccomp/architectures/[=SCMP_ARCH_M68K]
# proves: /linux/seccomp/architectures/[=SCMP_ARCH_SH] /linux/seccomp/architectures/[=SCMP_ARCH_SHEB]
@test "architectures that an old libseccomp lacks are accepted" {
  local arch
  for arch in LOONGARCH64 M68K SH SHEB; do
    filter "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"architectures\": [\"SCMP_ARCH_$arch\"],
      \"syscalls\": [{\"names\": [\"getpid\"], \"action\": \"SCMP_ACT_ERRNO\"}]}"
    program true
    launch
    succeeded
    run husk check --bundle "$BUNDLE"
    succeeded
    run --separate-stderr husk seccomp explain --arch "$arch" "$BUNDLE/config.json" getpid
    [ "$status" -eq 0 ] || [[ "$stderr" == *"libseccomp does not know SCMP_ARCH_$arch"* ]]
  done
}

# proves: /linux/seccomp/flags
# proves: /linux/seccomp/flags/[=SECCOMP_FILTER_FLAG_TSYNC] /linux/seccomp/flags/[=SECCOMP_FILTER_FLAG_LOG]
# proves: /linux/seccomp/flags/[=SECCOMP_FILTER_FLAG_SPEC_ALLOW]
@test "flags of a filter reach the kernel" {
  local flag number
  program true
  while read -r flag number; do
    filter "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"flags\": [\"SECCOMP_FILTER_FLAG_$flag\"],
      \"syscalls\": [{\"names\": [\"getpid\"], \"action\": \"SCMP_ACT_ERRNO\"}]}"
    run strace -f -X raw -e trace=seccomp -o "$BATS_TEST_TMPDIR/trace" "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
    succeeded
    grep -qE "seccomp\((0x)?1, $number," "$BATS_TEST_TMPDIR/trace" || { echo "$flag" && cat "$BATS_TEST_TMPDIR/trace" && return 1; }
  done <<'END'
TSYNC 0x1
LOG 0x2
SPEC_ALLOW 0x4
END
}

# ended ACTION STATUS: a program that makes the call ends with that status.
ended() {
  filter "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"chmod\", \"fchmodat\"], \"action\": \"$1\"}]}"
  program chmod 755 /dev
  launch
  is "$2"
}

# proves: /linux/seccomp/syscalls/[action=SCMP_ACT_KILL] /linux/seccomp/syscalls/[action=SCMP_ACT_KILL_THREAD]
# proves: /linux/seccomp/syscalls/[action=SCMP_ACT_KILL_PROCESS] /linux/seccomp/syscalls/[action=SCMP_ACT_TRAP]
# proves: /linux/seccomp/syscalls/[action=SCMP_ACT_ERRNO]
@test "actions that end a program and one that does not have their effect" {
  ended SCMP_ACT_KILL 159
  ended SCMP_ACT_KILL_THREAD 159
  ended SCMP_ACT_KILL_PROCESS 159
  ended SCMP_ACT_TRAP 159
  ended SCMP_ACT_ERRNO 1
}
