#!/usr/bin/env bats
# Annotations that change what husk does, where they are no other file's subject (hook_files.bats, systemd.bats).
# bats file_tags=any-machine
load bundle

UNKNOWN=run.oci.seccomp_fail_unknown_syscall

# annotated KEY VALUE: the bundle's only annotation.
annotated() {
  config '.annotations = {($key): $value}' --arg key "$1" --arg value "$2"
}

@test "run.oci.seccomp_fail_unknown_syscall: an unknown call in a profile is an error, with its place" {
  config '.linux.seccomp.syscalls += [{names: ["openn", "getpid"], action: "SCMP_ACT_ALLOW"}]'
  local value
  for value in 1 true; do
    annotated "$UNKNOWN" "$value"
    refused "/linux/seccomp/syscalls/" "unknown system call openn, and $UNKNOWN is set" 'did you mean open?'
  done
  annotated "$UNKNOWN" 0
  launch
  succeeded
  warns 'unknown system call openn: skipped'
}

@test "run.oci.seccomp_fail_unknown_syscall holds for --seccomp-profile too, and refuses no known call" {
  annotated "$UNKNOWN" 1
  inside true
  # of another architecture
  config '.linux.seccomp.syscalls += [{names: ["socketcall", "riscv_flush_icache"], action: "SCMP_ACT_ALLOW"}]'
  inside true
  jq '.linux.seccomp | .syscalls += [{names: ["opem"], action: "SCMP_ACT_ALLOW"}]' "$BUNDLE/config.json" >"$BATS_TEST_TMPDIR/profile.json"
  launch --seccomp-profile "$BATS_TEST_TMPDIR/profile.json"
  is 1
  complains 'unknown system call opem'
  nothing_left
}

@test "a wrong value of an annotation is an error with its place" {
  local key value text
  while IFS='|' read -r key value text; do
    annotated "$key" "$value"
    refused "/annotations/$key: " "$text"
  done <<EOF
$UNKNOWN|false|is "false", must be "1" or "0"
$UNKNOWN||is "", must be "1" or "0"
run.oci.mount_context_type|label|must be context, fscontext, defcontext or rootcontext
run.oci.hooks.stdout||needs the name of a file
run.oci.hooks.stderr||needs the name of a file
EOF
}
