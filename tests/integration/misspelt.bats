#!/usr/bin/env bats
# Keys that resemble known ones are warned of in every document that husk reads; other unknown keys are allowed for
# extensions.
# bats file_tags=any-machine
load bundle

# An object of each kind that a config.json may have.
everything() {
  config '.process.consoleSize = {height: 1, width: 1} | .process.scheduler = {policy: "SCHED_BATCH", nice: 1, flags: []}
    | .process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 4} | .process.execCPUAffinity = {initial: "0", final: "0"}
    | .process.user.umask = 18 | .process.oomScoreAdj = 1 | .process.apparmorProfile = "" | .process.selinuxLabel = ""
    | .domainname = "d" | .annotations = {"org.example.args": "free"} | .hooks = {prestart: [{path: "/bin/true", args: ["true"],
      env: [], timeout: 1}], createRuntime: [], createContainer: [], startContainer: [], poststart: [], poststop: []}
    | .mounts[0] += {uidMappings: [], gidMappings: []}
    | .linux += {timeOffsets: {monotonic: {secs: 1, nanosecs: 0}}, cgroupsPath: "x", netDevices: {eth7: {name: "n"}},
      intelRdt: {closID: "c", l3CacheSchema: "", schemata: [], enableMonitoring: false}, sysctl: {"net.ipv4.ip_forward": "0"},
      memoryPolicy: {mode: "MPOL_DEFAULT", nodes: "", flags: []}, personality: {domain: "LINUX", flags: []},
      mountLabel: "", uidMappings: [], gidMappings: [], rootfsPropagation: "private",
      devices: [{type: "c", path: "/dev/x", major: 1, minor: 3, fileMode: 438, uid: 0, gid: 0}]}
    | .linux.namespaces += [{type: "time"}]
    | .linux.resources = {devices: [{allow: false, access: "rwm", type: "a", major: 1, minor: 1}],
      memory: {limit: 99999744, reservation: 0, swap: 0, kernel: 0, kernelTCP: 0, swappiness: 0, disableOOMKiller: false,
        useHierarchy: false, checkBeforeUpdate: false},
      cpu: {shares: 2, quota: 0, burst: 0, period: 0, realtimeRuntime: 0, realtimePeriod: 0, cpus: "", mems: "", idle: 0},
      blockIO: {weight: 0, leafWeight: 0, weightDevice: [{major: 1, minor: 1, weight: 10, leafWeight: 10}],
        throttleReadBpsDevice: [{major: 1, minor: 1, rate: 1}], throttleWriteBpsDevice: [], throttleReadIOPSDevice: [],
        throttleWriteIOPSDevice: []},
      hugepageLimits: [{pageSize: "2MB", limit: 1}], network: {classID: 1, priorities: [{name: "lo", priority: 1}]},
      pids: {limit: 9}, rdma: {mlx5: {hcaHandles: 1, hcaObjects: 1}}, unified: {"memory.high": "max"}}
    | .linux.seccomp += {flags: [], defaultErrnoRet: 1, listenerPath: "/s", listenerMetadata: "",
      syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 1,
        args: [{index: 0, value: 1, valueTwo: 0, op: "SCMP_CMP_EQ"}]}]}'
}

# known_keys: the known keys of objects, as paths; other keys are names that the config chooses.
known_keys() {
  jq -c 'paths | select(.[-1] | type == "string") | select(.[0] != "annotations")
    | select(length < 2 or (.[-2] | IN("sysctl", "unified", "rdma", "netDevices", "timeOffsets") | not))' "$BUNDLE/config.json"
}

@test "each known key, misspelt in its object, is warned of once" {
  local all count
  everything
  all=$(known_keys | jq -sc .)
  count=$(jq length <<<"$all")
  [ "$count" -gt 130 ]
  # for each key one with two letters added, one with two letters swapped, one with a letter removed
  for change in '. + "zz"' '.[:-2] + .[-1:] + .[-2:-1]' '.[:-1]'; do
    example
    everything
    config 'reduce ($all[] | select(.[-1] | length > 2)) as $path (.; ($path[:-1] + [$path[-1] | '"$change"']) as $wrong
      | if getpath($wrong) == null and $wrong[-1] != $path[-1] then setpath($wrong; "wrong") else . end)' --argjson all "$all"
    config 'del(.linux.seccomp.syscalls[0].name)' # of docker's format: not a mistake, but an error
    run "$HUSK" check --bundle "$BUNDLE"
    wrong=$(jq '[paths(. == "wrong")] | length' "$BUNDLE/config.json")
    [ "$wrong" -gt 120 ]
    [ "$(grep -c '^warning: .*is unknown and ignored (did you mean' <<<"$output")" = "$wrong" ]
  done
}

@test "invisible and lookalike letters count as changed letters" {
  local wrong
  for wrong in '"noNewPrivileges\u200b"' '"noNewPrivileg\u0435s"' '"noN\u0435wPrivileg\u0435s"' '"\ufeffnoNewPrivileges\u200b"' '"noNewPrivileges\ud83d\ude00"'; do
    example
    config ".process[$wrong] = .process.noNewPrivileges | del(.process.noNewPrivileges)"
    run "$HUSK" check --bundle "$BUNDLE"
    grep -q '^warning: [^ ]*/config.json:.*: /process/.* is unknown and ignored (did you mean "noNewPrivileges"?)' <<<"$output"
  done
}

@test "names that the config chooses, keys of other platforms and more distant names are not warned of" {
  config '.annotations = {"anotations": "a", "linx": "b"} | .linux.sysctl = {"net.ipv4.ip_forwarding": "0"} | .process.env += ["EVN=1"]
    | .windows = {process: {}} | .solaris = {} | .vm = {} | .zos = {} | .freebsd = {} | .process.commandLine = "x"
    | .hooksPlus = 1 | .linux.x = 2 | .mounts[0]["x-vendor"] = 3 | .linux.seccomp.comment = "c"'
  run "$HUSK" check --bundle "$BUNDLE"
  says_not 'unknown and ignored'
}

@test "run, create, check and plan warn of a misspelt key that would drop a filter, capabilities or limits" {
  local key
  config '.linux.secomp = .linux.seccomp | del(.linux.seccomp) | .process.noNewPrivilege = true | .linux.maskedPath = []
    | .process.capabilities.boundings = [] | .process.rlimit = []'
  program true
  for command in check plan; do
    run --separate-stderr "$HUSK" "$command" --bundle "$BUNDLE"
    succeeded
    printf '%s\n%s\n' "$output" "$stderr" >"$BATS_TEST_TMPDIR/$command"
  done
  husk --log "$BATS_TEST_TMPDIR/run" run --bundle "$BUNDLE" "$ID"
  husk --log "$BATS_TEST_TMPDIR/create" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
  for command in check plan run create; do
    for key in linux/secomp process/noNewPrivilege linux/maskedPath process/capabilities/boundings process/rlimit; do
      [ "$(grep -c "config.json:[0-9]*:[0-9]*: /$key: the key .*${key##*/}.* is unknown and ignored" "$BATS_TEST_TMPDIR/$command")" = 1 ]
    done
  done
  run "$HUSK" check --strict --bundle "$BUNDLE"
  is 1
}

@test "profiles, process documents and resources in separate files are checked for misspelt keys too" {
  local profile=$BATS_TEST_TMPDIR/p.json
  echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscall": [], "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO",
    "erronRet": 1}]}' >"$profile"
  for tool in 'check' 'explain --all' dump; do
    # shellcheck disable=SC2086
    run "$HUSK" seccomp $tool "$profile"
    says "p.json:1:48: /syscall: the key \"syscall\" is unknown and ignored (did you mean \"syscalls\"?)" \
      '/syscalls/0/erronRet: the key'
  done
  run "$HUSK" seccomp diff "$profile" "$profile"
  says '(did you mean "syscalls"?)'
  run "$HUSK" seccomp check --strict "$profile"
  is 1
  echo '{"defaultActoin": "SCMP_ACT_ALLOW"}' >"$profile"
  run "$HUSK" seccomp explain "$profile" mkdir
  is 1
  says '(did you mean "defaultAction"?)'
  container_up
  echo '{"cwd": "/", "args": ["true"], "evn": []}' >"$BATS_TEST_TMPDIR/process.json"
  husk --log "$BATS_TEST_TMPDIR/log" exec --process "$BATS_TEST_TMPDIR/process.json" "$ID"
  grep -q '/evn: the key .*did you mean .*env' "$BATS_TEST_TMPDIR/log"
  husk --log "$BATS_TEST_TMPDIR/log" update --resources - "$ID" <<<'{"pid": {"limit": 9}, "memory": {"limt": 99999999}}'
  grep -q '/pid: the key .*did you mean .*pids' "$BATS_TEST_TMPDIR/log"
  grep -q '/memory/limt: the key .*did you mean .*limit' "$BATS_TEST_TMPDIR/log"
}
