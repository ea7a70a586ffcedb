load bundle

raw() { printf '%s' "$1" >"$BUNDLE/config.json"; }

@test "the place of a mistake: line, column, pointer, hint" {
  config '.process.rlimits[0].type = "RLIMIT_FOO"'
  local line
  line=$(grep -n RLIMIT_FOO "$BUNDLE/config.json" | cut -d: -f1)
  go
  is 1 "husk: error: config.json:$line:17: /process/rlimits/0/type: \"RLIMIT_FOO\" is not a resource limit (did you mean RLIMIT_FSIZE?)"
  nothing_left
}

@test "BI-01: no config.json, or a directory" {
  rm "$BUNDLE/config.json"
  refused 'open config.json: no such file or directory'
  mkdir "$BUNDLE/config.json"
  refused 'config.json is not a regular file'
}

@test "BI-02: config.json as a FIFO, a device, a link to an endless one" {
  rm "$BUNDLE/config.json" && mkfifo "$BUNDLE/config.json"
  run timeout 5 "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  is 1
  says 'is not a regular file'
  rm "$BUNDLE/config.json" && ln -s /dev/zero "$BUNDLE/config.json"
  run timeout 5 "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  is 1
  says 'is not a regular file'
  rm "$BUNDLE/config.json" && truncate -s 17M "$BUNDLE/config.json"
  refused 'the limit is 16 MiB'
}

@test "BI-03, BI-05, BI-06, BI-08, BI-10: what is no JSON object" {
  raw ''
  refused 'config.json:1:1: not valid JSON'
  raw '[]'
  refused 'expected an object, found an array'
  raw 'null'
  refused 'expected an object, found null'
  raw "$(printf '[%.0s' $(seq 1000))"
  refused 'nested deeper than 128 levels'
  raw '{"ociVersion": "1.0.0\u0000"}'
  refused 'config.json:1:16: /ociVersion: the string has a NUL in it'
  raw $'\xef\xbb\xbf{}'
  refused 'byte order mark'
  raw '{"a": 1, "a": 2}'
  refused 'the key "a" stands twice in one object'
  raw '{} x'
  refused 'config.json:1:4: not valid JSON'
  raw $'{"a": "\xff"}'
  refused 'not valid JSON'
}

@test "BI-11: versions" {
  local version
  for version in 1.0.0 1.0.2-dev 1.3.0 1.99.7; do
    config '.ociVersion = $v' --arg v "$version"
    program true
    go
    is 0
  done
  for version in '' 1.0 x; do
    config '.ociVersion = $v' --arg v "$version"
    refused 'is not a version'
  done
  config '.ociVersion = "99.0.0"'
  refused 'husk implements 1.x'
  config '.ociVersion = 7'
  refused 'expected a string, found a number'
  config 'del(.ociVersion)'
  refused '"ociVersion" is required'
}

@test "BI-12, BI-13: the root" {
  config '.root.path = ""'
  refused '/root/path: the string is empty'
  config '.root.path = "nosuch"'
  refused 'no such file or directory'
  config '.root.path = "/etc/passwd"'
  refused 'not a directory'
  config '.root.path = "/"'
  refused "the host's own root"
  local path
  for path in // /. /usr/.. /proc/self/root; do
    config '.root.path = $p' --arg p "$path"
    refused "the host's own root"
  done
  config 'del(.root)'
  refused '"root" is required'
}

@test "BI-15: no process: create may, run and start may not" {
  config 'del(.process)'
  refused '"process" is required'
  husk create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&-
  run husk start "$ID"
  is 1
  says '"process" is required'
}

@test "BI-16: args" {
  config '.process.args = []'
  refused '/process/args: the array is empty'
  config '.process.args = "sh"'
  refused '/process/args: expected an array, found a string'
  config '.process.args = [""]'
  refused "/process/args/0: the program's name is empty"
  config '.process.args = [1]'
  refused '/process/args/0: expected a string, found a number'
}

@test "BI-17, BI-18: ids" {
  local id
  for id in -1 4294967296; do
    config '.process.user.uid = $i' --argjson i "$id"
    refused '/process/user/uid'
    says 'is out of range'
  done
  sed -i 's/"uid": [^,]*,/"uid": 0.5,/' "$BUNDLE/config.json"
  refused 'is not a whole number'
  sed -i 's/"uid": [^,]*,/"uid": "0",/' "$BUNDLE/config.json"
  refused 'expected a number, found a string'
  config '.process.user = {uid: 0, gid: 0, additionalGids: [range(70000)]}'
  refused 'the kernel takes 65536'
}

@test "BI-19, BI-21, BI-22, BI-23: capabilities, limits, environment, oom score" {
  config '.process.capabilities.bounding += ["CAP_NOSUCH"]'
  refused '"CAP_NOSUCH" is not a capability'
  config '.process.capabilities.bounding |= .[:-1] | .process.rlimits[0].soft = 9999'
  refused 'the soft limit 9999 is above the hard limit 1024'
  config '.process.rlimits = [.process.rlimits[0], .process.rlimits[0]] | .process.rlimits[].soft = 1'
  refused 'this resource limit is set twice'
  config '.process.rlimits = [] | .process.env = ["FOO"]'
  refused '"FOO" is not NAME=VALUE'
  config '.process.env = ["=x"]'
  refused '"=x" is not NAME=VALUE'
  config '.process.env = ["A=" + ("x" * 3000000)]'
  refused 'argument list too long'
  config '.process.env = [] | .process.oomScoreAdj = 5000'
  refused '5000 is out of range (-1000 to 1000)'
}

@test "BI-29: kernel parameters" {
  config '.linux.sysctl = {"kernel.panic": "1"}'
  refused 'is not a parameter of a namespace'
  config '.linux.sysctl = {"net.ipv4.nosuch": "1"}'
  refused 'set sysctl net.ipv4.nosuch: no such file or directory'
  config '.linux.sysctl = {"net.ipv4.ip_forward": "1\n2"}'
  refused 'not a kernel parameter of one line'
  config '.linux.sysctl = {"net.ipv4.ip_forward": "1"} | .linux.namespaces |= map(select(.type != "network"))'
  refused 'needs a network namespace'
}

@test "BI-32: very many of everything" {
  program true
  config '.process.env = [range(10000) | "V\(.)=x"] | .linux.maskedPaths = [range(4000) | "/none\(.)"]'
  run timeout 5 "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  is 0
}

@test "BI-33, BI-34, BI-35: paths, propagation, devices" {
  config '.linux.maskedPaths = ["relative"]'
  refused '/linux/maskedPaths/0: "relative" is not an absolute path'
  config '.linux.maskedPaths = [] | .linux.readonlyPaths = ["relative"]'
  refused '/linux/readonlyPaths/0'
  config '.linux.readonlyPaths = [] | .linux.rootfsPropagation = "bogus"'
  refused 'is not a mount propagation: shared, slave, private or unbindable'
  config 'del(.linux.rootfsPropagation) | .linux.devices = [{path: "/dev/x", type: "z"}]'
  refused '/linux/devices/0/type: "z" is not a device type'
  config '.linux.devices = [{path: "/dev/../x", type: "c", major: 1, minor: 3}]'
  refused '/linux/devices/0/path'
  config '.linux.devices = [{path: "/dev/x", type: "c", major: 8589934592, minor: 3}]'
  refused '/linux/devices/0/major: 8589934592 is out of range'
  config '.linux.devices = [{path: "/dev/x", type: "c"}]'
  refused '"major" and "minor" are required'
  config '.linux.devices = [{path: "/tmp", type: "c", major: 1, minor: 3}]'
  refused '/tmp exists in the root file system and is not the requested device'
}

@test "BI-36: limits that make no sense" {
  config '.linux.resources = {pids: {limit: -5}}'
  refused '/linux/resources/pids/limit'
  config '.linux.resources = {memory: {limit: 100000000, swap: 1000}}'
  refused 'memory and swap together cannot be less than memory'
  config '.linux.resources = {unified: {"a/b": "1"}}'
  refused 'is not the name of a cgroup file'
}

@test "BI-40: scheduler, I/O priority, memory policy, personality, RDT" {
  config '.process.scheduler = {policy: "SCHED_NOSUCH"}'
  refused 'is not a scheduling policy'
  config '.process.scheduler = {policy: "SCHED_FIFO"}'
  refused 'need a priority from 1 to 99'
  config 'del(.process.scheduler) | .process.ioPriority = {class: "IOPRIO_CLASS_RT", priority: 9}'
  refused '9 is out of range (0 to 7)'
  config 'del(.process.ioPriority) | .linux.memoryPolicy = {mode: "MPOL_BIND"}'
  refused 'this mode needs "nodes"'
  config 'del(.linux.memoryPolicy) | .linux.personality = {domain: "PDP11"}'
  refused 'is not an execution domain'
  config 'del(.linux.personality) | .linux.intelRdt = {memBwSchema: "L3:0=f"}'
  refused 'starts with "MB:"'
}

@test "BI-42: keys of another case get a warning, unknown ones nothing" {
  program true
  config '.Linux = {} | .process.noNewprivileges = true | .whatever = {x: 1}'
  go
  is 0
  says 'the key "Linux" is unknown and ignored (did you mean "linux"?)'
  says '(did you mean "noNewPrivileges"?)'
  [[ $output != *whatever* ]]
}

@test "check says all mistakes at once, and makes nothing" {
  config '.process.cwd = "relative" | .process.rlimits[0].type = "X" | .linux.namespaces += [{type: "nosuch"}] | .hostname = 5'
  run husk check --bundle "$BUNDLE"
  is 1
  says '/process/rlimits/0/type'
  says '/linux/namespaces/6/type'
  says '/hostname: expected a string, found a number'
  says '/process/cwd: "relative" is not an absolute path'
  says '4 errors, 0 warnings'
  nothing_left
}

@test "plan needs no root and no root file system" {
  config '.root.path = "/on/another/machine"'
  chmod 755 "$BUNDLE" "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" 2>/dev/null || true
  cp "$HUSK" "$BATS_TEST_TMPDIR/husk"
  run setpriv --reuid 1000 --regid 1000 --clear-groups "$BATS_TEST_TMPDIR/husk" plan --bundle "$BUNDLE"
  is 0
  says '/on/another/machine'
  says 'pivot_root'
  [[ $output != *TERM=xterm* ]]
  run husk plan --json --bundle "$BUNDLE"
  is 0
  [ "$(jq -r '.steps[-1].step' <<<"$output")" = exec ]
}

@test "spec writes a config that runs" {
  rm "$BUNDLE/config.json"
  (cd "$BUNDLE" && husk spec)
  cmp "$BUNDLE/config.json" "$EXAMPLE"
  run husk spec --bundle "$BUNDLE"
  is 1
  says 'file exists'
}
