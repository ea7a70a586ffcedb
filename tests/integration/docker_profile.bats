#!/usr/bin/env bats
# A profile in docker's own format depends on the container that it is for. In config.json its rules would hold always,
# or never: there it is refused. A file is resolved for the container; profile_formats.bats has the tools.
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

@test "run, create, check and plan refuse docker's format in config.json" {
  each_foreign by_config
}

@test "in config.json many keys of docker's format are one line; comments and empty conditions are accepted" {
  foreign '.archMap = [{architecture: "SCMP_ARCH_X86_64"}] | .syscalls = [range(9) | {names: ["mkdir"], action: "SCMP_ACT_ERRNO",
    includes: {caps: ["CAP_CHOWN"]}}]'
  example
  config '.linux.seccomp = $p[0]' --slurpfile p "$BATS_TEST_TMPDIR/p.json"
  run --separate-stderr "$HUSK" seccomp check "$BUNDLE/config.json"
  is 1
  [ "$(grep -c '^error: ' <<<"$output")" = 1 ]
  says "'husk seccomp resolve' converts the file"
  foreign '.archMap = null | .defaultErrno = "" | .comment = "c" | .syscalls[0] += {comment: "why", includes: {}, excludes: {caps: [], arches: null},
    name: "", errno: ""}'
  config '.linux.seccomp = $p[0]' --slurpfile p "$BATS_TEST_TMPDIR/p.json"
  run "$HUSK" seccomp check --strict "$BATS_TEST_TMPDIR/p.json"
  is 0
  launch
  succeeded
}

# for_container RULES: writes p.json, a profile in docker's format with these rules.
for_container() {
  jq -n "{defaultAction: \"SCMP_ACT_ALLOW\", syscalls: [$1]}" >"$BATS_TEST_TMPDIR/p.json"
}

# makes CAPABILITIES [PROFILE]: runs a program that makes a directory.
makes() {
  example
  config '.process.capabilities.bounding = $caps | .process.capabilities |= map_values(if . == $caps then . else [] end)' --argjson caps "$1"
  config '.process.args = ["sh", "-c", "mkdir /dev/shm/x && echo made"] | .process.noNewPrivileges = true'
  launch --seccomp-profile "${2:-Localhost:p.json}" --seccomp-profile-root "$BATS_TEST_TMPDIR"
}

@test "the profile of --seccomp-profile is resolved for the container's bounding capabilities" {
  for_container '{name: "mkdir", action: "SCMP_ACT_ERRNO", errno: "EROFS", excludes: {caps: ["CAP_CHOWN", "CAP_KILL"]}}'
  makes '["CAP_CHOWN"]'
  succeeded
  says made
  makes '["CAP_SYS_CHROOT"]'
  is 1
  complains 'Read-only file system'
  for_container '{names: ["mkdir"], action: "SCMP_ACT_ERRNO", includes: {caps: ["CAP_CHOWN", "CAP_KILL"], minKernel: "3.0"}}'
  makes '["CAP_CHOWN"]'
  says made
  makes '["CAP_CHOWN", "CAP_KILL"]' "$BATS_TEST_TMPDIR/p.json" # by the file's own path
  is 1
  complains 'Operation not permitted'
}

@test "exec has the profile as create resolved it, after the file has changed" {
  for_container '{name: "mkdir", action: "SCMP_ACT_ERRNO", errnoRet: 30, includes: {caps: ["CAP_CHOWN"]}}'
  example
  config '.process.args = ["sleep", "100"]'
  cd "$BATS_TEST_TMPDIR"
  create --seccomp-profile ./p.json
  husk start "$ID"
  for_container ''
  run --separate-stderr husk exec "$ID" mkdir /dev/shm/x
  is 1
  complains 'Read-only file system'
  jq -e '.syscalls == [{names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 30}]' "$ROOT/$ID/seccomp.json"
}

@test "--seccomp-explain names the place of the rule in a file in docker's format" {
  for_container '{name: "mkdir", action: "SCMP_ACT_ERRNO", errno: "EROFS", excludes: {caps: ["CAP_BPF"]}}'
  example
  script 'mkdir /dev/shm/x'
  launch --seccomp-profile "$BATS_TEST_TMPDIR/p.json" --seccomp-explain
  is 1
  complains 'ERRNO 30 (read-only file system), by '"$BATS_TEST_TMPDIR/p.json:4:5: /syscalls/0"
}

@test "a SeccompProfile with husk's base profile runs its program; without it, run makes nothing" {
  example
  program echo hello
  launch --seccomp-profile "$SOURCE/docs/examples/derived-profile.json"
  is 1
  complains 'the base profile "husk" is missing' 'husk seccomp resolve'
  nothing_left
  "$HUSK" seccomp resolve --base "$SOURCE/docs/examples/base-profile.json" "$SOURCE/docs/examples/derived-profile.json" >"$BATS_TEST_TMPDIR/p.json"
  launch --seccomp-profile "$BATS_TEST_TMPDIR/p.json"
  is 0 hello
}

@test "run makes nothing for a profile that cannot be resolved; the error for an unknown type has a hint for files" {
  for_container '{names: ["mkdir"], action: "SCMP_ACT_ERRNO", includes: {minKernel: "new"}}'
  makes '[]'
  is 1
  complains 'p.json:' '/syscalls/0/includes/minKernel: "new" is not a version of Linux'
  nothing_left
  makes '[]' p.json
  is 1
  complains '--seccomp-profile "p.json" is not a profile type' './FILE'
}

@test "an agent's policy is refused as a profile" {
  foreign .
  run --separate-stderr "$HUSK" seccomp agent --listen "$BATS_TEST_TMPDIR/s" --policy "$BATS_TEST_TMPDIR/p.json"
  is 1
  complains '/defaultAction: "defaultAction" belongs to a seccomp profile'
}
