#!/usr/bin/env bats
# A profile in docker's own format depends on the container that it is for. Read literally its rules would hold always,
# or never: each way in refuses it.
# bats file_tags=any-machine
load bundle

PLAIN='{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO"}]}'

# foreign FILTER: p.json is the plain profile with this change.
foreign() {
  jq "$1" <<<"$PLAIN" >"$BATS_TEST_TMPDIR/p.json"
}

# each_foreign FUNCTION: called with p.json of each kind and a pattern for the message.
each_foreign() {
  local place filter
  while read -r place filter; do
    foreign "$filter"
    "$1" "p.json:[0-9]*:[0-9]*: $place: .*docker's profile format"
  done <<'KINDS'
/archMap .archMap = [{architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86"]}]
/defaultErrno .defaultErrno = "ENOSYS"
/syscalls/0/includes .syscalls[0].includes = {caps: ["CAP_SYS_ADMIN"]}
/syscalls/0/includes .syscalls[0].includes = {minKernel: "4.8"}
/syscalls/0/excludes .syscalls[0].excludes = {arches: ["s390"]}
/syscalls/0/minKernel .syscalls[0].minKernel = "4.8"
/syscalls/0/errno .syscalls[0].errno = "ENOSYS"
/syscalls/0/name .syscalls[0].name = "mkdir" | del(.syscalls[0].names)
/syscalls/0/name .syscalls[0].name = "mkdir"
/syscalls/0/Includes .syscalls[0].Includes = {caps: ["CAP_SYS_ADMIN"]}
/syscalls/0/EXCLUDES .syscalls[0].EXCLUDES = {arches: ["s390"]}
/archmap .archmap = [{architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86"]}]
KINDS
}

# told PLACE: the last command failed with one line about that place.
told() {
  is 1
  [ "$(grep -c 'error: ' <<<"$output$stderr")" = 1 ]
  grep -q "$1" <<<"$output$stderr"
}

by_tools() {
  local tool
  for tool in 'check' 'explain --all' dump; do
    # shellcheck disable=SC2086
    run --separate-stderr "$HUSK" seccomp $tool "$BATS_TEST_TMPDIR/p.json"
    told "$1"
  done
  run --separate-stderr "$HUSK" seccomp explain "$BATS_TEST_TMPDIR/p.json" mkdir
  told "$1"
  echo "$PLAIN" >"$BATS_TEST_TMPDIR/plain.json"
  run --separate-stderr "$HUSK" seccomp diff "$BATS_TEST_TMPDIR/plain.json" "$BATS_TEST_TMPDIR/p.json"
  told "$1"
}

by_run() {
  launch --seccomp-profile Localhost:p.json --seccomp-profile-root "$BATS_TEST_TMPDIR"
  told "$1"
  nothing_left
}

by_config() {
  local place=${1/p.json/config.json}
  example
  config '.linux.seccomp = $p[0]' --slurpfile p "$BATS_TEST_TMPDIR/p.json"
  launch
  told "${place/: \//: \/linux\/seccomp\/}"
  run --separate-stderr husk create --bundle "$BUNDLE" "$ID"
  told "${place/: \//: \/linux\/seccomp\/}"
  nothing_left
  run --separate-stderr "$HUSK" check --bundle "$BUNDLE"
  told "${place/: \//: \/linux\/seccomp\/}"
  run --separate-stderr "$HUSK" plan --bundle "$BUNDLE"
  told "${place/: \//: \/linux\/seccomp\/}"
}

@test "the tools refuse docker's profile format with one line and its place" {
  each_foreign by_tools
}

@test "run refuses docker's format in --seccomp-profile and makes nothing" {
  each_foreign by_run
}

@test "run, create, check and plan refuse docker's format in config.json" {
  each_foreign by_config
}

@test "many keys of docker's format are one line; comments and empty conditions are accepted" {
  foreign '.archMap = [{architecture: "SCMP_ARCH_X86_64"}] | .syscalls = [range(9) | {names: ["mkdir"], action: "SCMP_ACT_ERRNO",
    includes: {caps: ["CAP_CHOWN"]}}]'
  run "$HUSK" seccomp check "$BATS_TEST_TMPDIR/p.json"
  is 1
  [ "$(grep -c '^error: ' <<<"$output")" = 1 ]
  foreign '.archMap = null | .defaultErrno = "" | .comment = "c" | .syscalls[0] += {comment: "why", includes: {}, excludes: {caps: [], arches: null},
    name: "", errno: ""}'
  run "$HUSK" seccomp check --strict "$BATS_TEST_TMPDIR/p.json"
  is 0
  launch --seccomp-profile Localhost:p.json --seccomp-profile-root "$BATS_TEST_TMPDIR"
  succeeded
}

@test "an agent's policy is refused as a profile" {
  foreign .
  run --separate-stderr "$HUSK" seccomp agent --listen "$BATS_TEST_TMPDIR/s" --policy "$BATS_TEST_TMPDIR/p.json"
  is 1
  complains '/defaultAction: "defaultAction" belongs to a seccomp profile'
}
