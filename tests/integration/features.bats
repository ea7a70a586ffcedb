#!/usr/bin/env bats
# features: the members that engines read, and that husk accepts each listed name in a config.
load bundle

features() {
  husk features | jq -c "${@:-.}"
}

# listed FILTER: the words of that list, one per line.
listed() {
  husk features | jq -r "$1[]"
}

# asserts FILTER...: each is true of $output.
asserts() {
  local filter
  for filter in "$@"; do
    if ! jq -e "$filter" <<<"$output" >/dev/null; then
      echo "not true: $filter"
      show
      return 1
    fi
  done
}

# taken FILTER [JQ-OPTION...]: the example with this change has neither errors nor warnings.
taken() {
  example_with "$@"
  run --separate-stderr husk check --strict --bundle "$BUNDLE"
  is 0 '0 errors, 0 warnings'
}

# bats test_tags=any-machine
@test "the example config is accepted" {
  taken .
}

# bats test_tags=any-machine
@test "features is JSON, on stdout alone" {
  run --separate-stderr husk features
  succeeded
  [ -z "$stderr" ]
  [ "$(jq -s length <<<"$output")" = 1 ]
  asserts 'type == "object"'
}

# proves: features:/linux/cgroup/rdma features:/linux/apparmor features:/linux/apparmor/enabled
# proves: features:/linux/selinux features:/linux/selinux/enabled features:/linux/intelRdt
# proves: features:/linux/intelRdt/enabled features:/linux/intelRdt/schemata features:/linux/intelRdt/monitoring
# proves: features:/linux/netDevices features:/linux/netDevices/enabled
# proves: features-members features-no-null features-versions-ordered features-annotations
# bats test_tags=any-machine
@test "features prints the members of features.md, each of its type" {
  run --separate-stderr husk features
  asserts '.ociVersionMin == "1.0.0"' '.ociVersionMax == "1.3.0"' \
    '[.hooks, .mountOptions, .potentiallyUnsafeConfigAnnotations, .linux.namespaces, .linux.capabilities,
      .linux.seccomp.actions, .linux.seccomp.operators, .linux.seccomp.archs, .linux.seccomp.knownFlags,
      .linux.seccomp.supportedFlags, .linux.memoryPolicy.modes, .linux.memoryPolicy.flags]
     | all(type == "array" and length > 0 and all(type == "string" and . != "") and length == (unique | length))' \
    '[.linux.cgroup[], .linux.seccomp.enabled, .linux.apparmor.enabled, .linux.selinux.enabled, .linux.intelRdt[],
      .linux.mountExtensions.idmap.enabled, .linux.netDevices.enabled] | all(type == "boolean")' \
    '.annotations | type == "object" and all(type == "string" and . != "")' \
    'keys == ["annotations", "hooks", "linux", "mountOptions", "ociVersionMax", "ociVersionMin",
      "potentiallyUnsafeConfigAnnotations"]' \
    '.linux | keys == ["apparmor", "capabilities", "cgroup", "intelRdt", "memoryPolicy", "mountExtensions", "namespaces",
      "netDevices", "seccomp", "selinux"]' \
    '.linux.cgroup | keys == ["rdma", "systemd", "systemdUser", "v1", "v2"]' \
    '.linux.seccomp | keys == ["actions", "archs", "enabled", "knownFlags", "operators", "supportedFlags"]' \
    '.linux.memoryPolicy | keys == ["flags", "modes"]' '.linux.mountExtensions == {idmap: {enabled: true}}' \
    '[.linux.apparmor, .linux.selinux, .linux.netDevices] | all(keys == ["enabled"])' \
    '[.. | select(. == null)] == []' '.annotations | keys | all(. != "")' \
    '[.ociVersionMin, .ociVersionMax] | map(split(".") | map(tonumber)) | .[0] <= .[1]' \
    '.linux.intelRdt | keys == ["enabled", "monitoring", "schemata"]'
}

# proves: features:/mountOptions features:/linux features:/linux/namespaces features:/linux/cgroup/v1
# proves: features:/linux/cgroup/v2 features:/linux/seccomp/enabled features:/linux/mountExtensions
# proves: features:/linux/mountExtensions/idmap features:/linux/mountExtensions/idmap/enabled
# proves: features-idmap-enabled
@test "features reports what engines look for: recursive read-only mounts, user namespaces, id-mapped mounts" {
  run --separate-stderr husk features
  asserts '.ociVersionMin != "" and .ociVersionMax != ""' '.mountOptions | index("rro")' '.linux.namespaces | index("user")' \
    '.linux.mountExtensions.idmap.enabled' '.linux.cgroup.v1 and .linux.cgroup.v2' '.linux.seccomp.enabled'
}

# proves: features:/annotations features:/potentiallyUnsafeConfigAnnotations
# bats test_tags=any-machine
@test "features has husk's and libseccomp's versions as annotations and lists potentially unsafe config annotations" {
  run --separate-stderr husk features
  asserts ".annotations[\"run.oci.husk.version\"] == \"$("$HUSK" --version | sed -n 's/^husk version //p')\"" \
    '.annotations["run.oci.husk.commit"] // "0" | test("^[0-9a-f]+(-dirty)?$")' \
    '.annotations["io.github.seccomp.libseccomp.version"] | test("^[0-9]+\\.[0-9]+\\.[0-9]+$")' \
    '.potentiallyUnsafeConfigAnnotations == ["org.systemd.property.", "run.oci.privileged", "run.oci.keep_original_groups", "run.oci.seccomp-explain", "run.oci.hooks.stdout", "run.oci.hooks.stderr", "org.criu.config", "run.oci.mount_context_type"]'
}

# proves: features:/linux/cgroup
@test "features needs no root, environment, state directory, /run, /proc or cgroups" {
  local full
  full=$(features)
  reachable
  cp "$HUSK" "$BATS_TEST_TMPDIR/husk"
  mkdir -m 700 "$BATS_TEST_TMPDIR/closed"
  cd "$BATS_TEST_TMPDIR/closed"
  # /run and the cgroups are closed in a mount namespace; user 1000 may not enter the working directory either
  run --separate-stderr unshare --mount sh -c 'mount -t tmpfs -o mode=700 none /run &&
    mount -t tmpfs -o mode=700 none /sys/fs/cgroup &&
    exec env -i setpriv --reuid 1000 --regid 1000 --clear-groups --bounding-set=-all "$0" features' "$BATS_TEST_TMPDIR/husk"
  succeeded
  [ -z "$stderr" ]
  local other=$output
  # cgroup layouts, and whether husk-criu is beside it and criu in PATH, depend on the environment
  jq -e --argjson full "$full" 'def fixed: del(.linux.cgroup, .annotations["org.opencontainers.runc.checkpoint.enabled"]);
    fixed == ($full | fixed)' <<<"$other"
  # without /proc everything that husk knows is listed
  run --separate-stderr unshare --mount sh -c 'mount -t tmpfs none /proc && exec "$0" features' "$BATS_TEST_TMPDIR/husk"
  succeeded
  [ -z "$stderr" ]
  asserts '.linux.namespaces | length == 8' '.linux.capabilities | index("CAP_SYS_ADMIN")'
  nothing_left
}

# bats test_tags=any-machine
@test "features does not open the state directory" {
  touch "$BATS_TEST_TMPDIR/file"
  run --separate-stderr "$HUSK" --root "$BATS_TEST_TMPDIR/file" features
  succeeded
  [ -z "$stderr" ]
  asserts .ociVersionMax
}

# bats test_tags=any-machine
@test "features refuses operands and unknown options" {
  run --separate-stderr husk features runtime
  is 1 ''
  complains 'features takes no operands, "runtime" given'
  run --separate-stderr husk features --json
  is 1 ''
  run --separate-stderr husk features --help
  succeeded
  says 'usage: husk features'
}

# bats test_tags=any-machine
@test "features fails if its output cannot be written" {
  run --separate-stderr bash -c '"$0" features >/dev/full' "$HUSK"
  is 1
  complains 'write to standard output: no space left on device'
}

# proves: features:/ociVersionMin features:/ociVersionMax
# proves: features-versions-taken
# bats test_tags=any-machine
@test "features lists the range of versions, and configs of both ends are accepted" {
  local version
  for version in $(features '.ociVersionMin, .ociVersionMax'); do
    taken '.ociVersion = $version' --argjson version "$version"
  done
}

# proves: features:/hooks
# proves: features-hooks
# bats test_tags=any-machine
@test "each listed kind of hook is accepted, and no other" {
  local kind
  [ "$(features .hooks)" = '["prestart","createRuntime","createContainer","startContainer","poststart","poststop"]' ]
  for kind in $(listed .hooks); do # unknown members can only be found where members are known
    example_with '.hooks = {($kind): [{path: "relative"}]}' --arg kind "$kind"
    run --separate-stderr husk check --bundle "$BUNDLE"
    is 1
    says "/hooks/$kind/0/path: \"relative\" is not an absolute path"
  done
}

# proves: features-mount-options
# bats test_tags=any-machine
@test "each listed mount option is accepted by a bind mount, which accepts no others" {
  taken '([{containerID: 0, hostID: 100000, size: 1}]) as $map | .mounts += [$options[] | select(. != "tmpcopyup")
    | {destination: "/\(.)", source: "/m", options: ["bind", .]}
      + if endswith("idmap") then {uidMappings: $map, gidMappings: $map} else {} end]' \
    --argjson options "$(features .mountOptions)"
  [ "$(jq '.mounts | length' "$BUNDLE/config.json")" -gt 60 ]
  example_with '.mounts += [{destination: "/m", source: "/m", options: ["bind", "rsize"]}]'
  run --separate-stderr husk check --bundle "$BUNDLE"
  is 1
  says '"rsize" is not an option of a bind mount'
}

# proves: features-mount-options
# bats test_tags=any-machine
@test "tmpcopyup is accepted for tmpfs only" {
  listed .mountOptions | grep -qx tmpcopyup
  taken '.mounts += [{destination: "/m", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]}]'
  example_with '.mounts += [{destination: "/m", source: "/m", options: ["bind", "tmpcopyup"]}]'
  run --separate-stderr husk check --bundle "$BUNDLE"
  is 1
  says 'tmpcopyup is an option of tmpfs'
}

# bats test_tags=any-machine
@test "every mount option of the specification is listed" {
  local option missing=
  listed .mountOptions >"$BATS_TEST_TMPDIR/options"
  for option in async atime bind defaults dev diratime dirsync exec iversion lazytime loud mand noatime nodev nodiratime \
    noexec noiversion nolazytime nomand norelatime nostrictatime nosuid nosymfollow private ratime rbind rdev rdiratime \
    relatime remount rexec rnoatime rnodev rnodiratime rnoexec rnorelatime rnostrictatime rnosuid rnosymfollow ro \
    rprivate rrelatime rro rrw rshared rslave rstrictatime rsuid rsymfollow runbindable rw shared silent slave \
    strictatime suid symfollow sync tmpcopyup unbindable idmap ridmap; do
    grep -qx "$option" "$BATS_TEST_TMPDIR/options" || missing+=" $option"
  done
  [ -z "$missing" ] || { echo "missing:$missing"; return 1; }
}

# proves: features-namespaces
@test "the listed namespaces are those of this kernel, and each is accepted" {
  local type kernel
  declare -A file=([pid]=pid [network]=net [mount]=mnt [ipc]=ipc [uts]=uts [user]=user [cgroup]=cgroup [time]=time)
  kernel=$(cd /proc/self/ns && ls | grep -v _for_children | sort)
  [ "$(for type in $(listed .linux.namespaces); do echo "${file[$type]}"; done | sort)" = "$kernel" ]
  taken '.linux.namespaces = [$types[] | {type: .}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
    | .linux.gidMappings = .linux.uidMappings' --argjson types "$(features .linux.namespaces)"
}

# proves: features:/linux/capabilities
# proves: features-capabilities
@test "the listed capabilities are those of this kernel, and each is accepted" {
  local last count
  last=$(</proc/sys/kernel/cap_last_cap)
  count=$(listed .linux.capabilities | wc -l)
  [ "$count" -eq $((last + 1)) ] || [ "$count" -ge 41 ] # newer ones than libcap knows have no name
  [ "$count" -le $((last + 1)) ]
  never grep -vE '^CAP_[A-Z_]+$' <(listed .linux.capabilities)
  listed .linux.capabilities | grep -qx CAP_CHECKPOINT_RESTORE
  # inheritable: husk can grant these without having them
  example_with '.process.capabilities.inheritable = $all' --argjson all "$(features .linux.capabilities)"
  run --separate-stderr husk check --bundle "$BUNDLE"
  succeeded
  config '.process.capabilities.inheritable += ["CAP_NONE"]'
  run --separate-stderr husk check --bundle "$BUNDLE"
  succeeded
  says '"CAP_NONE" is not a capability'
}

# proves: features:/linux/seccomp/actions features:/linux/seccomp/operators
# proves: features-seccomp-actions features-seccomp-operators
# bats test_tags=any-machine
@test "each listed seccomp action and operator is accepted in a rule" {
  taken '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/run/agent.sock",
    syscalls: [$actions[] | {names: ["mkdir"], action: ., args: [{index: 0, value: 1, op: "SCMP_CMP_EQ"}]}]}' \
    --argjson actions "$(features .linux.seccomp.actions)"
  taken '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [$operators[]
    | {names: ["mkdir"], action: "SCMP_ACT_ERRNO", args: [{index: 0, value: 1, valueTwo: 1, op: .}]}]}' \
    --argjson operators "$(features .linux.seccomp.operators)"
  [ "$(listed .linux.seccomp.actions | sed 's/^SCMP_ACT_//' | sort | xargs)" = \
    'ALLOW ERRNO KILL KILL_PROCESS KILL_THREAD LOG NOTIFY TRACE TRAP' ]
  [ "$(listed .linux.seccomp.operators | sed 's/^SCMP_CMP_//' | sort | xargs)" = 'EQ GE GT LE LT MASKED_EQ NE' ]
}

# proves: features:/linux/seccomp features:/linux/seccomp/archs features:/linux/seccomp/knownFlags
# proves: features-seccomp-architectures features-seccomp-known-flags
# bats test_tags=any-machine
@test "each listed seccomp architecture and flag is accepted in a profile" {
  local arch
  taken '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: $archs, flags: $flags,
    syscalls: [{names: ["read"], action: "SCMP_ACT_ERRNO"}]}' \
    --argjson archs "$(features .linux.seccomp.archs)" --argjson flags "$(features .linux.seccomp.knownFlags)"
  for arch in X86_64 X86 X32 AARCH64 ARM PPC64LE S390X RISCV64 MIPS64; do
    listed .linux.seccomp.archs | grep -qx "SCMP_ARCH_$arch"
  done
  [ "$(listed .linux.seccomp.knownFlags | sed 's/^SECCOMP_FILTER_FLAG_//' | sort | xargs)" = \
    'LOG SPEC_ALLOW TSYNC WAIT_KILLABLE_RECV' ]
}

# proves: features:/linux/seccomp/supportedFlags
@test "the supported seccomp flags are those that this kernel accepts" {
  local flag number system_call
  echo '{"defaultAction": "SCMP_ACT_ALLOW"}' >"$BATS_TEST_TMPDIR/profile.json"
  system_call=$("$HUSK" seccomp explain "$BATS_TEST_TMPDIR/profile.json" seccomp | sed -n 's/.*seccomp (\([0-9]*\)).*/\1/p')
  declare -A bit=([TSYNC]=1 [LOG]=2 [SPEC_ALLOW]=4 [WAIT_KILLABLE_RECV]=40) # the last with NEW_LISTENER
  for flag in $(listed .linux.seccomp.knownFlags); do
    number=${bit[${flag#SECCOMP_FILTER_FLAG_}]}
    # no filter: EFAULT (14) for a flag that is known
    if perl -e '$! = 0; syscall($ARGV[0] + 0, 1, $ARGV[1] + 0, 0); exit($! != 14)' "$system_call" "$number"; then
      listed .linux.seccomp.supportedFlags | grep -qx "$flag"
    else
      never grep -qx "$flag" <(listed .linux.seccomp.supportedFlags)
    fi
  done
}

# proves: features-seccomp-supported-flags
@test "a filter is loaded with each supported flag" {
  local flag
  plain
  agent=$(tool agent)
  "$agent" "$BATS_TEST_TMPDIR/agent" continue >/dev/null 2>&1 3>&- &
  BACKGROUND=$!
  wait_for test -S "$BATS_TEST_TMPDIR/agent"
  script "grep '^Seccomp:' /proc/self/status"
  for flag in $(listed .linux.seccomp.supportedFlags); do
    config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", flags: [$flag], listenerPath: $agent,
      syscalls: [{names: ["mkdir"], action: "SCMP_ACT_NOTIFY"}]}' --arg flag "$flag" --arg agent "$BATS_TEST_TMPDIR/agent"
    launch
    is 0 'Seccomp:	2'
  done
}

# proves: features-memory-policy-modes features-memory-policy-flags
# proves: features:/linux/memoryPolicy features:/linux/memoryPolicy/modes features:/linux/memoryPolicy/flags
# bats test_tags=any-machine
@test "each listed mode and flag of a memory policy is accepted" {
  local mode flag
  for mode in $(listed .linux.memoryPolicy.modes); do
    taken '.linux.memoryPolicy = {mode: $mode} + if $mode == "MPOL_DEFAULT" or $mode == "MPOL_LOCAL" then {} else
      {nodes: "0"} end' --arg mode "$mode"
  done
  for flag in $(listed .linux.memoryPolicy.flags); do
    taken '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0", flags: [$flag]}' --arg flag "$flag"
  done
  [ "$(features '.linux.memoryPolicy | (.modes | length), (.flags | length)' | xargs)" = '7 3' ]
}

# proves: features:/linux/cgroup/systemd features:/linux/cgroup/systemdUser
# bats test_tags=any-machine
@test "systemd is listed as supported if husk-systemd is found" {
  mkdir "$BATS_TEST_TMPDIR/beside"
  cp "$HUSK" "$BATS_TEST_TMPDIR/beside/husk"
  if [ ! -e /usr/local/libexec/husk/husk-systemd ] && [ ! -e /usr/libexec/husk/husk-systemd ]; then
    [ "$("$BATS_TEST_TMPDIR/beside/husk" features | jq -c '.linux.cgroup | [.systemd, .systemdUser]')" = '[false,false]' ]
  fi
  install -m 755 /bin/true "$BATS_TEST_TMPDIR/beside/husk-systemd"
  [ "$("$BATS_TEST_TMPDIR/beside/husk" features | jq -c '.linux.cgroup | [.systemd, .systemdUser]')" = '[true,true]' ]
}
