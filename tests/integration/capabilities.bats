#!/usr/bin/env bats
# The five capability sets.
load bundle

# sets: the container prints the inheritable, permitted, effective, bounding and ambient set, in one line.
sets() {
  inside "grep '^Cap' /proc/self/status | cut -f2 | tr '\n' ' '"
}

none=0000000000000000

@test "the sets are exactly the configured ones, for root" {
  config '.process.capabilities = {bounding: ["CAP_KILL", "CAP_CHOWN", "CAP_NET_RAW"],
    permitted: ["CAP_KILL", "CAP_CHOWN"], effective: ["CAP_KILL"], inheritable: [], ambient: []}'
  # execve clears another user's effective set and sets root's to the permitted one
  sets
  same "$none 0000000000000021 0000000000000021 0000000000002021 $none "
  # without no_new_privs execve gives root all of the bounding set
  config '.process.noNewPrivileges = false'
  sets
  same "$none 0000000000002021 0000000000002021 0000000000002021 $none "
}

@test "an ordinary user has no capabilities, with and without noNewPrivileges" {
  local nnp
  for nnp in true false; do
    config '.process.user = {uid: 1000, gid: 1000} | .process.noNewPrivileges = $nnp' --argjson nnp "$nnp"
    sets
    same "$none $none $none 00000000a80425fb $none "
  done
}

# proves: /process/capabilities /process/capabilities/bounding /process/capabilities/inheritable
# proves: /process/capabilities/permitted /process/capabilities/ambient
@test "ambient capabilities reach an ordinary user" {
  local nnp
  for nnp in true false; do
    config '.process.user = {uid: 1000, gid: 1000} | .process.noNewPrivileges = $nnp | .process.capabilities =
      {bounding: ["CAP_NET_RAW", "CAP_KILL"], permitted: ["CAP_NET_RAW", "CAP_KILL"], effective: ["CAP_NET_RAW"],
      inheritable: ["CAP_NET_RAW"], ambient: ["CAP_NET_RAW"]}' --argjson nnp "$nnp"
    sets
    same '0000000000002000 0000000000002000 0000000000002000 0000000000002020 0000000000002000 '
  done
}

@test "without a capabilities object the program has no capabilities" {
  config 'del(.process.capabilities)'
  sets
  same "$none $none $none $none $none "
}

@test "CAP_SYS_ADMIN that husk keeps for the filter is not in the program" {
  config '.process.noNewPrivileges = false | .process.user = {uid: 1000, gid: 1000}
    | .process.capabilities.inheritable = ["CAP_KILL"] | .process.capabilities.ambient = ["CAP_KILL"]'
  sets
  same '0000000000000020 0000000000000020 0000000000000020 00000000a80425fb 0000000000000020 '
  config 'del(.process.capabilities.inheritable, .process.capabilities.ambient)'
  inside "grep -E '^(CapPrm|CapEff|CapBnd|Seccomp):' /proc/self/status"
  same 'CapPrm:	0000000000000000
CapEff:	0000000000000000
CapBnd:	00000000a80425fb
Seccomp:	2'
}

# proves: capability-not-granted
@test "a capability that husk itself lacks is left out with one warning" {
  config '.process.capabilities = (["CAP_SYS_BOOT", "CAP_KILL"] | {bounding: ., permitted: ., effective: .})'
  script "grep ^CapBnd /proc/self/status"
  run --separate-stderr setpriv --bounding-set -sys_boot "$HUSK" --root "$ROOT" "${WARNED[@]}" run --bundle "$BUNDLE" "$ID"
  is 0 'CapBnd:	0000000000000020'
  warns 'CAP_SYS_BOOT cannot be granted'
  [ "$(grep -c CAP_SYS_BOOT "$WARNINGS")" = 1 ]
}

# proves: capability-not-granted
@test "an unknown capability is left out of its set with one warning for each name, and the others are granted" {
  config '.process.capabilities = (["CAP_KILL", "CAP_OF_TOMORROW", "kill"]
    | {bounding: ., permitted: ., effective: ., inheritable: ., ambient: (. + ["CAP_OF_YESTERDAY"])})'
  sets
  same '0000000000000020 0000000000000020 0000000000000020 0000000000000020 0000000000000020 '
  warns 'config.json:' '/process/capabilities/bounding/1: "CAP_OF_TOMORROW" is not a capability: left out' \
    '/process/capabilities/bounding/2: "kill"' '/process/capabilities/ambient/3: "CAP_OF_YESTERDAY"'
  [ "$(grep -c 'is not a capability' "$WARNINGS")" = 3 ]
}

@test "a capability name with trailing text is unknown, and the warning names the likely one" {
  config '.process.capabilities = (["CAP_KILL,CAP_CHOWN", "CAP_KILL ", "CAP_KILL=ep"] | {bounding: ., permitted: ., effective: .})'
  sets
  same '0000000000000000 0000000000000000 0000000000000000 0000000000000000 0000000000000000 '
  warns '/process/capabilities/bounding/0: "CAP_KILL,CAP_CHOWN" is not a capability: left out (did you mean "CAP_KILL"?)'
  config '.process.capabilities = {bounding: ["net_raw", "cap_chown", "CAP_OF_TOMORROW"]}'
  run "$HUSK" check --bundle "$BUNDLE"
  says '"net_raw" is not a capability: left out (did you mean "CAP_NET_RAW"?)' \
    '"cap_chown" is not a capability: left out (did you mean "CAP_CHOWN"?)'
  [ "$(grep -c 'did you mean' <<<"$output")" = 2 ]
}

@test "exec --cap takes one name, not a list of them" {
  container_up
  run -0 --separate-stderr "$HUSK" --root "$ROOT" --log "$BATS_TEST_TMPDIR/log" exec --cap CAP_SYS_PTRACE,CAP_SYS_ADMIN "$ID" \
    grep ^CapEff /proc/self/status </dev/null
  [ "$output" = 'CapEff:	00000000a80425fb' ]
  grep -q 'CAP_SYS_PTRACE,CAP_SYS_ADMIN.* is not a capability: left out' "$BATS_TEST_TMPDIR/log"
}

@test "every capability of the kernel can be asked for by name" {
  local names
  names=$(setpriv --list-caps | grep -v '^cap_' | tr a-z A-Z | sed 's/^/CAP_/' | jq -R . | jq -s .)
  config '.process.capabilities = {bounding: $names, permitted: $names, effective: $names}' --argjson names "$names"
  inside "grep ^CapBnd /proc/self/status | cut -f2"
  same "$(grep ^CapBnd /proc/self/status | cut -f2)"
}

@test "capabilities that are left out of the effective and ambient sets are named once for each set, with the place" {
  config '.process.capabilities = {bounding: ["CAP_KILL", "CAP_CHOWN", "CAP_FOWNER"], permitted: ["CAP_KILL"],
    effective: ["CAP_KILL", "CAP_CHOWN", "CAP_FOWNER"], inheritable: [], ambient: ["CAP_KILL", "CAP_CHOWN"]}'
  run --separate-stderr "$HUSK" check --bundle "$BUNDLE"
  [ "$status" = 0 ]
  says '/process/capabilities/effective/1: CAP_CHOWN, CAP_FOWNER: effective, but not permitted'
  says '/process/capabilities/ambient/0: CAP_KILL, CAP_CHOWN: ambient, but not both permitted and inheritable'
  [ "$(grep -c 'left out' <<<"$output")" = 2 ]
  # ambient without inheritable, as some engines wrote it, is warned of too
  config '.process.capabilities |= ({bounding: .bounding} | .permitted = .bounding | .effective = .bounding
    | .ambient = .bounding)'
  run --separate-stderr "$HUSK" check --bundle "$BUNDLE"
  [ "$status" = 0 ]
  [ "$(grep -c 'left out' <<<"$output")" = 1 ]
  says '/process/capabilities/ambient/0: CAP_KILL, CAP_CHOWN, CAP_FOWNER: ambient, but not'
}

@test "capabilities outside the bounding set are left out of the other sets with a warning, without an error of the kernel" {
  local user
  config '.process.capabilities = {bounding: ["CAP_KILL"], permitted: ["CAP_KILL", "CAP_CHOWN"], effective: ["CAP_KILL"],
    inheritable: ["CAP_FOWNER", "CAP_KILL"], ambient: ["CAP_FOWNER", "CAP_KILL"]}'
  for user in 0 1000; do
    config '.process.user = {uid: $user, gid: $user}' --argjson user "$user"
    script "grep '^Cap' /proc/self/status | cut -f2 | tr '\n' ' '"
    husk --log "$BATS_TEST_TMPDIR/log.$user" run --bundle "$BUNDLE" "$ID" >"$BATS_TEST_TMPDIR/out" </dev/null
    [ "$(cat "$BATS_TEST_TMPDIR/out")" = "$(printf '0000000000000020 %.0s' 1 2 3 4 5)" ]
    [ "$(grep -c level=warning "$BATS_TEST_TMPDIR/log.$user")" = 3 ]
    grep -q '/process/capabilities/permitted/1: CAP_CHOWN: permitted, but not in the bounding set' "$BATS_TEST_TMPDIR/log.$user"
    grep -q '/process/capabilities/inheritable/0: CAP_FOWNER: inheritable, but not in' "$BATS_TEST_TMPDIR/log.$user"
    grep -q '/process/capabilities/ambient/0: CAP_FOWNER: ambient, but not both' "$BATS_TEST_TMPDIR/log.$user"
  done
}

@test "exec --process warns at their place of capabilities that are left out" {
  script 'sleep 1000'
  container_up
  jq '.process | .args = ["grep", "^Cap[PEA]", "/proc/self/status"] | .terminal = false | .capabilities = {bounding: ["CAP_KILL"],
    permitted: ["CAP_KILL"], effective: ["CAP_KILL", "CAP_CHOWN"], inheritable: ["CAP_CHOWN"], ambient: ["CAP_KILL"]}' \
    "$BUNDLE/config.json" >"$BATS_TEST_TMPDIR/process.json"
  husk --log "$BATS_TEST_TMPDIR/log" exec --process "$BATS_TEST_TMPDIR/process.json" "$ID" </dev/null
  grep -q 'process.json:.*: /capabilities/effective/1: CAP_CHOWN: effective' "$BATS_TEST_TMPDIR/log"
  grep -q ': /capabilities/inheritable/0: CAP_CHOWN: inheritable' "$BATS_TEST_TMPDIR/log"
  grep -q ': /capabilities/ambient/0: CAP_KILL: ambient' "$BATS_TEST_TMPDIR/log"
  rm "$BATS_TEST_TMPDIR/log"
  setpriv --bounding-set -sys_boot "$HUSK" --root "$ROOT" --log "$BATS_TEST_TMPDIR/log" exec --cap CAP_SYS_BOOT "$ID" true </dev/null
  grep -q 'CAP_SYS_BOOT cannot be granted: husk itself lacks it' "$BATS_TEST_TMPDIR/log"
}

@test "ambient capabilities that husk's own locked securebits forbid are left out with a warning" {
  config '.process.user = {uid: 1000, gid: 1000} | .process.capabilities = (["CAP_KILL"]
    | {bounding: ., permitted: ., effective: ., inheritable: ., ambient: .})'
  script "grep ^CapAmb /proc/self/status"
  run python3 -c 'import ctypes, os, sys
assert ctypes.CDLL(None).prctl(28, 3 << 6, 0, 0, 0) == 0
os.execv(sys.argv[1], sys.argv[1:])' "$HUSK" --root "$ROOT" --log "$BATS_TEST_TMPDIR/log" run --bundle "$BUNDLE" "$ID" </dev/null
  is 0 "CapAmb:	$none"
  grep -q '/process/capabilities/ambient/0: CAP_KILL: ambient, but husk.s securebits' "$BATS_TEST_TMPDIR/log"
}

# secured BITS COMMAND...: husk called with these securebits; CapEff is the program's effective set.
secured() {
  run --separate-stderr timeout --foreground 60 "$(tool secured)" "$1" "$HUSK" --root "$ROOT" "${OPTIONS[@]}" "${@:2}" </dev/null
}

@test "securebits of husk's caller do not change the program's capabilities" {
  local bits plain
  script 'grep ^Cap /proc/self/status'
  launch
  succeeded
  plain=$output
  for bits in 0x1 0x4 0x45; do # NOROOT, NO_SETUID_FIXUP, both and NO_CAP_AMBIENT_RAISE
    secured "$bits" run --bundle "$BUNDLE" "$ID"
    is 0 "$plain"
  done
  container_up
  secured 0x5 exec "$ID" grep ^Cap /proc/self/status
  is 0 "$plain"
}

@test "securebits that husk's caller has locked are an error, but for a user namespace" {
  local bits
  program true
  for bits in 0x3 0xc 0x2f; do
    secured "$bits" run --bundle "$BUNDLE" "$ID"
    is 1 ''
    complains "husk's caller has locked securebits ($bits)"
  done
  config '.linux.namespaces += [{type: "user"}] | .linux |= . + {
    uidMappings: [{containerID: 0, hostID: 0, size: 65536}], gidMappings: [{containerID: 0, hostID: 0, size: 65536}]}'
  script 'sleep 1000'
  "$(tool secured)" 0x3 "$HUSK" --root "$ROOT" "${OPTIONS[@]}" run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&-
  secured 0x3 exec "$ID" true
  is 0
}
