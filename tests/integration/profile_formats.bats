#!/usr/bin/env bats
# Profiles in docker's format and SeccompProfile resources, read by the tools: husk seccomp resolve and all others.
# bats file_tags=any-machine
load bundle

setup() {
  FILE=$BATS_TEST_TMPDIR/p.json
  DATA=$SOURCE/tests/profiles
}

teardown() { :; }

tool_run() {
  run --separate-stderr "$HUSK" seccomp "$@"
}

# docker RULES [KEYS]: a profile with these rules.
docker() {
  jq -n "{defaultAction: \"SCMP_ACT_ERRNO\", syscalls: [$1]} + {${2:-}}" >"$FILE"
}

# resource NAME KEYS [METADATA]: a SeccompProfile, as kubectl prints one.
resource() {
  jq -n "{apiVersion: \"security-profiles-operator.x-k8s.io/v1beta1\", kind: \"SeccompProfile\",
    metadata: ({name: \"$1\", uid: \"4\", labels: {a: \"b\"}} + {${3:-}}), spec: {$2}, status: {status: \"Installed\"}}"
}

# resolves FILTER OPTION...: the resolved file is one for which the filter holds.
resolves() {
  local filter=$1
  shift
  tool_run resolve "$@" "$FILE"
  succeeded
  jq -e "$filter" <<<"$output" >"$BATS_TEST_TMPDIR/out" || { echo "$filter: $output"; return 1; }
}

# refuses PLACE TEXT OPTION...
refuses() {
  local place=$1 text=$2
  shift 2
  tool_run resolve "$@" "$FILE"
  is 1 ''
  complains "$FILE:" ": $place: $text"
}

@test "the default profiles of docker, podman and CRI-O are resolved as their own loaders do" {
  local file set options
  while read -r file set options; do
    # shellcheck disable=SC2086
    "$HUSK" seccomp resolve --arch x86_64 $options "$DATA/$file.json" | jq -cS . >"$BATS_TEST_TMPDIR/ours"
    jq -cS . "$DATA/$file.$set.json" | cmp - "$BATS_TEST_TMPDIR/ours" || { echo "$file $set"; return 1; }
  done <<'SETS'
docker none --cap none
docker usual
docker admin --cap none --cap SYS_ADMIN
docker all --cap all
docker old-kernel --kernel 2.6
docker x86 --arch x86
podman none --cap none
podman usual
podman admin --cap none --cap CAP_SYS_ADMIN
podman all --cap all
crio none --cap none
crio usual
crio admin --cap none --cap CAP_SYS_ADMIN
crio all --cap all
SETS
}

# A rule without conditions decides, the first of several; else all with conditions are listed, and the default action.
EXPLAINED='
  def word: .action[9:] + if .action == "SCMP_ACT_ERRNO" then " \(.errnoRet // 1)" else "" end;
  $profile[0] as $p | ({action: $p.defaultAction, errnoRet: $p.defaultErrnoRet} | word) as $default
  | [.syscalls[] | .syscall as $name
     | [$p.syscalls[] | select(word != $default and (.names | index($name)))] as $rules
     | {$name, explained: [.outcomes[].verdict | sub(" [(].*"; "")],
        meant: (first($rules[] | select(.args | not) | [word]) // ($rules | map(word)) + [$default])}]
  | if length < 300 or all(.meant | length == 1) then "too few calls" else map(select(.explained != .meant)) end'

@test "explain --all lists for each call of the engines' default profiles what their rules mean" {
  local file arch
  for file in "$DATA"/{docker,podman,containerd,crio}.{none,usual,admin,all}.json; do
    for arch in x86_64 x86 x32; do
      run jq -c --slurpfile profile "$file" "$EXPLAINED" \
        <("$HUSK" seccomp explain --all --json --seccomp-enosys off --arch "$arch" "$file")
      is 0 '[]'
    done
  done
}

# looser BASE FILE: the proof's result, and the calls that show it by both verdicts, with argument 0 where it matters.
looser() {
  "$HUSK" seccomp diff --json --not-looser-than "$DATA/$1.json" "$DATA/$2.json" | jq -r '.result, ([.calls[]
    | {kind: ([.base, .file] | map(sub(" [(].*"; "")) | join(" ")), call: (.syscall + if .conditions == [] then "" else "(\(.arguments[0]))" end)}]
    | group_by(.kind)[] | "\(.[0].kind): \(map(.call) | unique | join(" "))")'
}

# CRI-O's allows clone and clone3 with new namespaces, and the mount API; containerd's lists newer calls.
@test "a proof finds CRI-O's and containerd's default profiles each looser than the other, by these calls" {
  run looser containerd.usual crio.usual
  is 0 "looser
ERRNO 1 ALLOW: clone(131072) fsconfig fsmount fsopen fspick get_mempolicy keyctl mbind mount mount_setattr move_mount \
open_tree pidfd_getfd pivot_root reboot set_mempolicy setns signal socket(38) socket(4294967296) syslog umount umount2
ERRNO 38 ALLOW: clone3"
  run looser crio.usual containerd.usual
  is 0 "looser
ERRNO 1 ALLOW: cachestat futex_requeue futex_wait futex_waitv futex_wake io_pgetevents io_pgetevents_time64 map_shadow_stack vmsplice
ERRNO 38 ALLOW: getxattrat listmount listxattrat lsm_get_self_attr lsm_list_modules lsm_set_self_attr mseal removexattrat \
setxattrat statmount uretprobe"
}

@test "resolve's own output is a profile, and resolves to itself" {
  "$HUSK" seccomp resolve "$DATA/docker.json" >"$FILE"
  "$HUSK" seccomp resolve "$FILE" | cmp - "$FILE"
  tool_run diff "$FILE" "$DATA/docker.json"
  is 0 ''
}

@test "includes and excludes match capabilities, architectures and the kernel's version" {
  docker '{names: ["a"], action: "SCMP_ACT_ALLOW", includes: {caps: ["CAP_CHOWN", "CAP_BPF"]}},
    {names: ["b"], action: "SCMP_ACT_ALLOW", excludes: {caps: ["CAP_CHOWN", "CAP_BPF"]}},
    {names: ["c"], action: "SCMP_ACT_ALLOW", includes: {arches: ["s390x", "arm64"]}},
    {names: ["d"], action: "SCMP_ACT_ALLOW", excludes: {arches: ["s390x", "arm64"]}},
    {names: ["e"], action: "SCMP_ACT_ALLOW", includes: {minKernel: "4.10"}},
    {names: ["f"], action: "SCMP_ACT_ALLOW", excludes: {minKernel: "4.10"}},
    {names: ["g"], action: "SCMP_ACT_ALLOW", includes: {caps: ["CAP_BPF"]}, excludes: {arches: ["arm64"]}}'
  local expected options
  while read -r expected options; do
    # shellcheck disable=SC2086
    resolves "[.syscalls[].names[]] | join(\"\") | . == \"$expected\"" $options
  done <<'ROWS'
bcf --cap none --arch aarch64 --kernel 4.9
ce --cap none --cap BPF --arch arm64 --kernel 4.10
adeg --cap all --arch x86_64 --kernel 5.0
adfg --cap all --arch x86_64 --kernel 3.99
ROWS
}

@test "keys match in any case, name is one call, and errno is a name or a number" {
  docker '{Name: "a", Action: "SCMP_ACT_ERRNO", ERRNO: "ENOSYS", errnoRet: 1}, {NAMES: ["b"], action: "SCMP_ACT_ERRNO", errno: 95},
    {names: ["c"], action: "SCMP_ACT_ERRNO", errno: "95"}, {names: ["d"], action: "SCMP_ACT_ALLOW", Includes: {CAPS: ["CAP_BPF"]}}' 'defaulterrno: "ENOSYS"'
  resolves '.defaultErrnoRet == 38 and (.syscalls | map(.names[0] + (.errnoRet | tostring)) == ["a38", "b95", "c95"])'
}

@test "a key in another case is read as engines read it, also where no other key is of docker's format" {
  echo '{"DefaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}' >"$FILE"
  resolves '.defaultAction == "SCMP_ACT_ERRNO" and .syscalls[0].names == ["read"]'
  echo '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"], "Action": "SCMP_ACT_ALLOW"}]}' >"$FILE"
  resolves '.syscalls[0].action == "SCMP_ACT_ALLOW"'
  # engines take the last of two, so a proof about the first would be about another profile
  echo '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [], "DefaultAction": "SCMP_ACT_ALLOW"}' >"$FILE"
  refuses /DefaultAction 'duplicate key "defaultAction"'
  tool_run diff --not-looser-than "$FILE" "$FILE"
  is 1
}

@test "archMap selects the entry of the machine's architecture" {
  docker '' 'archMap: [{architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86"]}, {architecture: "SCMP_ARCH_RISCV64", subArchitectures: null}]'
  resolves '.architectures == ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"]' --arch amd64
  resolves '.architectures == ["SCMP_ARCH_RISCV64"]' --arch riscv64
  resolves 'has("architectures") | not' --arch s390x
}

@test "mistakes in docker's format are reported at their place" {
  docker '{name: "a", names: ["b"], action: "SCMP_ACT_ALLOW"}'
  refuses /syscalls/0/name '"name" beside "names"'
  docker '{names: [], action: "SCMP_ACT_ALLOW", includes: {caps: ["CAP_BPF"]}}'
  refuses /syscalls/0 'a rule in docker'
  docker '{names: ["a"], action: "SCMP_ACT_ERRNO", errno: "ENOTHING"}'
  refuses /syscalls/0/errno '"ENOTHING" is not an errno'
  docker '{names: ["a"], action: "SCMP_ACT_ERRNO", errno: "EPREM"}'
  refuses /syscalls/0/errno '"EPREM" is not an errno (did you mean EPERM?)'
  docker '{names: ["a"], action: "SCMP_ACT_ERRNO", errno: 5000}'
  refuses /syscalls/0/errno '5000 is out of range'
  docker '{names: ["a"], action: "SCMP_ACT_ERRNO", errno: ["EPERM"]}'
  refuses /syscalls/0/errno 'expected the name of an errno or a number'
  docker '{names: ["a"], action: "SCMP_ACT_ALLOW", minKernel: "4.8"}'
  refuses /syscalls/0/minKernel '"minKernel" belongs in'
  docker '{names: ["a"], action: "SCMP_ACT_ALLOW", includes: {minKernel: "4"}}'
  refuses /syscalls/0/includes/minKernel '"4" is not a version'
  docker '{name: "a", action: "SCMP_ACT_ALLOW", includes: {caps: ["A"]}, Includes: {}}'
  refuses /syscalls/0/Includes 'duplicate key "includes"'
  docker '{name: "a", action: "SCMP_ACT_ALLOW"}' 'architectures: ["SCMP_ARCH_X86_64"], archMap: [{architecture: "SCMP_ARCH_X86_64"}]'
  refuses /archMap '"archMap" beside "architectures"'
  docker '{name: "execve", action: "SCMP_ACT_ALLOW", includes: {caps: ["CAP_NOPE"], arches: ["x86_64"]}}'
  tool_run check "$FILE"
  says '/syscalls/0/includes/caps/0: "CAP_NOPE" is not a capability' '/arches/0: "x86_64" is not an architecture in docker' 'did you mean "amd64"?'
}

@test "an entry of archMap for no architecture is a warning: no machine would take it" {
  docker '{name: "execve", action: "SCMP_ACT_ALLOW"}' 'archMap: [{architecture: "amd64", subArchitectures: ["SCMP_ARCH_X86"]},
    {architecture: "SCMP_ARCH_X86_46"}, {architecture: "SCMP_ARCH_LOONGARCH64"}, {architecture: "SCMP_ARCH_S390X"}]'
  tool_run check "$FILE"
  says '/archMap/0/architecture: "amd64" is not an architecture (did you mean SCMP_ARCH_X86_64?)' \
    '/archMap/1/architecture: "SCMP_ARCH_X86_46" is not an architecture (did you mean SCMP_ARCH_X86_64?)'
  says_not LOONGARCH64 S390X
}

@test "resolve and check refuse invalid capabilities, kernels and architectures" {
  docker '{name: "a", action: "SCMP_ACT_ALLOW"}'
  tool_run resolve --cap nope "$FILE"
  is 1
  complains '"nope" is not a capability'
  tool_run check --kernel x "$FILE"
  is 1
  says '--kernel "x" is not a version of Linux (two numbers: 5.10)'
  tool_run resolve --arch z80 "$FILE"
  is 1
  complains '"z80" is not an architecture'
}

@test "every tool resolves docker's format and reports places in the file itself" {
  docker '{name: "mkdir", action: "SCMP_ACT_ALLOW", includes: {caps: ["CAP_SYS_ADMIN"]}}, {names: ["execve", "exit_group"], action: "SCMP_ACT_ALLOW"}'
  tool_run explain "$FILE" mkdir
  says 'ERRNO 1 (operation not permitted), by ' "$FILE:2:20: /defaultAction" \
    "$FILE:4:5: /syscalls/0 says ALLOW for other containers: includes caps CAP_SYS_ADMIN"
  tool_run explain --cap sys_admin "$FILE" mkdir
  says "ALLOW, by $FILE:4:5: /syscalls/0"
  says_not 'other containers'
  tool_run explain --all --cap sys_admin "$FILE"
  says "ALLOW, by $FILE:4:5: /syscalls/0"
  tool_run diff "$FILE" <(jq 'del(.syscalls[0])' "$FILE")
  is 0 ''
  tool_run diff --cap sys_admin "$FILE" <(jq 'del(.syscalls[0])' "$FILE")
  is 2
  says mkdir
  [ "$("$HUSK" seccomp dump "$FILE" | wc -l)" -lt "$("$HUSK" seccomp dump --cap all "$FILE" | wc -l)" ]
}

# notes TEXT...: the lines of check that begin with "note: ", without their places.
notes() {
  tool_run check "$FILE"
  [ "$status" -ne 1 ] || { show; return 1; }
  output=$(sed -n "s|^note: $FILE:[0-9:]* ||p" <<<"$output")
  says "$@"
}

@test "check notes where engines would read a file differently, without counting it" {
  local plain='{names: ["execve", "exit_group"], action: "SCMP_ACT_ALLOW"}'
  docker "$plain, {names: [\"mkdir\"], action: \"SCMP_ACT_ALLOW\", includes: {caps: [\"CAP_SYS_ADMIN\"]}}"
  notes 'containerd: ALLOW rather than ERRNO 1 (operation not permitted) for mkdir on'
  says_not docker podman
  docker "$plain, {name: \"mkdir\", action: \"SCMP_ACT_ALLOW\", excludes: {minKernel: \"3.0\"}}, {name: \"rmdir\", action: \"SCMP_ACT_ALLOW\"}"
  notes 'podman and CRI-O: ALLOW rather than ERRNO 1 (operation not permitted) for mkdir on' \
    'containerd: ERRNO 1 (operation not permitted) rather than ALLOW for rmdir on'
  says_not docker
  docker "$plain, {names: [\"mkdir\"], action: \"SCMP_ACT_ERRNO\", errno: \"EROFS\"}"
  notes 'docker: ERRNO 1 (operation not permitted) rather than ERRNO 30 (read-only file system) for mkdir on'
  says_not podman
  docker "$plain, {names: [\"mkdir\"], action: \"SCMP_ACT_ERRNO\", errno: 30}"
  notes '/syscalls/1/errno: podman and CRI-O: refused: expected a string'
  tool_run check --strict --json "$FILE"
  is 0
  jq -e 'length > 0 and all(.severity == "note")' <<<"$output"
  docker "$plain" 'comment: "the same for all"'
  tool_run check "$FILE"
  says_not note
}

@test "all tools read a SeccompProfile, with errnos as text or numbers and SCMP_ARCH_NATIVE" {
  resource app 'defaultAction: "SCMP_ACT_ERRNO", architectures: ["SCMP_ARCH_NATIVE"], listenerPath: "/run/agent.sock",
    syscalls: [{action: "SCMP_ACT_ALLOW", names: ["execve", "exit_group"]}, {action: "SCMP_ACT_ERRNO", names: ["clone3"], errnoRet: "38"},
    {action: "SCMP_ACT_ERRNO", names: ["bpf"], errnoRet: 22}, {action: "SCMP_ACT_NOTIFY", names: ["mount"], errnoRet: 0}]' >"$FILE"
  tool_run check "$FILE"
  is 0
  says 'note: ' 'do not read a SeccompProfile'
  resolves '(.architectures | length == 1 and .[0] != "SCMP_ARCH_NATIVE") and .listenerPath == "/run/agent.sock"
    and (.syscalls | map(.errnoRet) == [null, 38, 22, null])'
  tool_run explain "$FILE" clone3
  says "ERRNO 38 (function not implemented), by $FILE:" ': /spec/syscalls/1'
  tool_run diff "$FILE" <(jq -s '{apiVersion: "v1", kind: "List", items: .}' "$FILE")
  is 0 ''
  "$HUSK" seccomp resolve "$FILE" >"$BATS_TEST_TMPDIR/oci"
  tool_run diff "$FILE" "$BATS_TEST_TMPDIR/oci"
  is 0 ''
}

@test "a base profile and its own base are found by name in the given files and lists" {
  resource app 'baseProfileName: "middle", defaultAction: "SCMP_ACT_ERRNO", syscalls: [{action: "SCMP_ACT_ALLOW", names: ["read"]}]' 'namespace: "n"' >"$FILE"
  resource middle 'baseProfileName: "low", defaultAction: "SCMP_ACT_KILL", syscalls: [{action: "SCMP_ACT_ALLOW", names: ["execve"]}]' >"$BATS_TEST_TMPDIR/m.json"
  { resource other 'defaultAction: "SCMP_ACT_ALLOW"'
    resource low 'defaultAction: "SCMP_ACT_ALLOW"' 'namespace: "elsewhere"'
    resource low 'defaultAction: "SCMP_ACT_LOG", syscalls: [{action: "SCMP_ACT_ALLOW", names: ["exit_group"]}]' 'namespace: "n"'
  } | jq -s '{apiVersion: "v1", kind: "List", items: .}' >"$BATS_TEST_TMPDIR/l.json"
  resource low 'defaultAction: "SCMP_ACT_LOG", syscalls: [{action: "SCMP_ACT_ALLOW", names: ["exit_group"]}]' >"$BATS_TEST_TMPDIR/low.json"
  resolves '.defaultAction == "SCMP_ACT_ERRNO" and ([.syscalls[].names[]] == ["read", "execve", "exit_group"])' \
    --base "$BATS_TEST_TMPDIR/low.json" --base "$BATS_TEST_TMPDIR/m.json"
  tool_run explain --base "$BATS_TEST_TMPDIR/m.json" --base "$BATS_TEST_TMPDIR/low.json" "$FILE" exit_group
  says "ALLOW, by $BATS_TEST_TMPDIR/low.json:"
  tool_run explain --base "$BATS_TEST_TMPDIR/l.json" --base "$BATS_TEST_TMPDIR/m.json" "$FILE" execve
  succeeded
  refuses /spec/baseProfileName 'the base profile "middle" is missing (--base FILE'
  tool_run resolve --base "$BATS_TEST_TMPDIR/m.json" "$FILE"
  is 1
  complains "$BATS_TEST_TMPDIR/m.json:" 'the base profile "low" is missing (none of the files'
}

@test "of different actions of a profile and its base the more permissive one counts; with conditions that is an error" {
  local deny='{action: "SCMP_ACT_ERRNO", names: ["mkdir", "rmdir"], errnoRet: 30}' allow='{action: "SCMP_ACT_ALLOW", names: ["link", "mkdir"]}'
  resource app "baseProfileName: \"b\", defaultAction: \"SCMP_ACT_KILL\", syscalls: [$deny]" >"$FILE"
  resource b "defaultAction: \"SCMP_ACT_KILL\", syscalls: [$allow]" >"$BATS_TEST_TMPDIR/b.json"
  resolves '[.syscalls[] | .action[9:] + (.names | join(","))] == ["ERRNOrmdir", "ALLOWlink,mkdir"]' --base "$BATS_TEST_TMPDIR/b.json"
  resource app "baseProfileName: \"b\", defaultAction: \"SCMP_ACT_KILL\", syscalls: [$allow]" >"$FILE"
  resource b "defaultAction: \"SCMP_ACT_KILL\", syscalls: [$deny]" >"$BATS_TEST_TMPDIR/b.json"
  resolves '[.syscalls[] | .action[9:] + (.names | join(","))] == ["ALLOWlink,mkdir", "ERRNOrmdir"]' --base "$BATS_TEST_TMPDIR/b.json"
  resource app "baseProfileName: \"b\", defaultAction: \"SCMP_ACT_KILL\", syscalls: [$allow + {args: [{index: 1, value: 1, op: \"SCMP_CMP_EQ\"}]}]" >"$FILE"
  tool_run resolve --base "$BATS_TEST_TMPDIR/b.json" "$FILE"
  is 1
  complains "$BATS_TEST_TMPDIR/b.json:" 'mkdir: the profile and its base profile have different actions with conditions'
}

@test "a cycle of base profiles, a base in a registry and other kinds of resource are refused" {
  resource app 'baseProfileName: "app", defaultAction: "SCMP_ACT_ERRNO"' >"$FILE"
  refuses /spec/baseProfileName 'more than 15 base profiles, or a circle' --base "$FILE"
  resource app 'baseProfileName: "oci://registry/base:v1", defaultAction: "SCMP_ACT_ERRNO"' >"$FILE"
  refuses /spec/baseProfileName 'the base profile oci://registry/base:v1 is in a registry'
  resource app 'defaultAction: "SCMP_ACT_ERRNO"' | jq '.kind = "Pod"' >"$FILE"
  refuses /kind '"Pod" is not a SeccompProfile'
  echo '{"apiVersion": "v1", "kind": "Pod", "spec": {"containers": []}}' >"$FILE"
  refuses /kind '"Pod" is not a SeccompProfile'
  resource app 'defaultAction: "SCMP_ACT_ERRNO"' | jq '.apiVersion = "v1"' >"$FILE"
  refuses /apiVersion '"v1" is not a version of SeccompProfile'
  resource app 'defaultAction: "SCMP_ACT_ERRNO"' | jq -s '{apiVersion: "v1", kind: "List", items: [.[0], .[0]]}' >"$FILE"
  tool_run resolve "$FILE"
  complains 'the list has several profiles'
  resource app 'syscalls: []' >"$FILE"
  refuses /spec '"defaultAction" is required'
}

@test "husk's base profile allows execve, so that a profile without it can start programs" {
  jq -e '[.spec.syscalls[].names[]] == ["execve"]' "$SOURCE/docs/examples/base-profile.json"
  tool_run check --base "$SOURCE/docs/examples/base-profile.json" "$SOURCE/docs/examples/derived-profile.json"
  is 0
  tool_run check "$SOURCE/docs/examples/derived-profile.json"
  is 1
  says 'the base profile "husk" is missing'
}

@test "profiles can be read from standard input and from pipes, up to 16 MiB" {
  tool_run explain - execve <"$DATA/docker.json"
  says 'ALLOW, by standard input:'
  tool_run resolve - < <(cat "$DATA/podman.json")
  succeeded
  tool_run diff - "$DATA/docker.json" < <(cat "$DATA/docker.json")
  is 0 ''
  tool_run diff - - <"$DATA/docker.json"
  is 1
  complains 'only one of the files can be read from standard input'
  tool_run check - < <(head -c 17M /dev/zero | tr '\0' ' ')
  is 1
  says 'standard input is larger than the limit of 16 MiB'
}

@test "messages keep the end of a profile's long file name" {
  local long
  long=$BATS_TEST_TMPDIR/$(printf '%0250d/%0250d' 0 0)
  mkdir -p "$long"
  jq 'del(.syscalls)' "$DATA/docker.json" >"$long/last-name.json"
  tool_run explain "$long/last-name.json" mkdir
  says '/last-name.json:2:20: /defaultAction' ', by ...000'
  tool_run check "$long/last-name.json"
  says '/last-name.json:2:20: /defaultAction: execve gets'
  tool_run check "$long/missing.json"
  says '/missing.json: no such file or directory'
}

@test "explain takes names of arguments, and suggests the likely name for an unknown one" {
  docker '{names: ["socket"], action: "SCMP_ACT_ALLOW", args: [{index: 0, value: 2, op: "SCMP_CMP_EQ"}, {index: 1, value: 1, op: "SCMP_CMP_EQ"}]},
    {names: ["unshare"], action: "SCMP_ACT_ALLOW", args: [{index: 0, value: 805306368, op: "SCMP_CMP_EQ"}]},
    {names: ["ioctl"], action: "SCMP_ACT_ALLOW", args: [{index: 1, value: 21522, op: "SCMP_CMP_EQ"}]},
    {names: ["prctl"], action: "SCMP_ACT_ALLOW", args: [{index: 0, value: 38, op: "SCMP_CMP_EQ"}]}'
  local call
  for call in 'socket AF_INET SOCK_STREAM' 'unshare CLONE_NEWUSER|CLONE_NEWPID' 'unshare 0x10000000|CLONE_NEWPID' 'ioctl 0 TIOCSTI' 'prctl PR_SET_NO_NEW_PRIVS'; do
    # shellcheck disable=SC2086
    tool_run explain --arch x86_64 "$FILE" $call
    says ': ALLOW, by' || [[ $(uname -m) != x86_64 && $call == *@(SOCK|TIOC)* ]]
  done
  tool_run explain "$FILE" socket AF_INTE
  is 1
  complains '"AF_INTE" is not a number or the name of one (did you mean AF_INET?)'
  tool_run explain --arch mips "$FILE" socket AF_INET SOCK_STREAM
  is 1
  complains 'SOCK_STREAM may be another number on SCMP_ARCH_MIPS'
  tool_run explain --arch mips "$FILE" socket AF_INET 2
  succeeded
  tool_run explain "$FILE" sokcet
  is 1
  complains '"sokcet" is not a system call (did you mean socket?)'
  tool_run explain "$FILE" read 99999999999999999999
  is 1
}

@test "messages keep the end of a recording's long file name" {
  local long
  long=$BATS_TEST_TMPDIR/$(printf '%0250d/%0250d' 0 0)
  tool_run record --output "$long/last-name.json" -- true
  is 1
  complains '/last-name.json: no such file or directory'
}
