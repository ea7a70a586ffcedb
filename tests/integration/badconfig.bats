#!/usr/bin/env bats
# A config.json that is wrong: one clear line with the place, and nothing is made.
load bundle

# raw: the file is what stdin gives.
raw() {
  cat >"$BUNDLE/config.json"
}

@test "the form of an error: file, line, column, pointer, what is wrong, a proposal" {
  config '.process.rlimits[0].type = "RLIMIT_FOO"'
  local line
  line=$(grep -n RLIMIT_FOO "$BUNDLE/config.json" | cut -d: -f1)
  refused "config.json:$line:" '/process/rlimits/0/type' '"RLIMIT_FOO"'
  config '.process.rlimits[0].type = "RLIMIT_NOFIL"'
  refused '/process/rlimits/0/type' 'did you mean RLIMIT_NOFILE?'
}

@test "BI-01: no config.json, a directory, no permission" {
  rm "$BUNDLE/config.json"
  refused "config.json" 'no such file or directory'
  mkdir "$BUNDLE/config.json"
  refused 'config.json'
  rmdir "$BUNDLE/config.json"
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  chmod 0 "$BUNDLE/config.json"
  chmod 755 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "$BATS_TEST_TMPDIR" "$BUNDLE"
  cp "$HUSK" "$BATS_TEST_TMPDIR/husk"
  run --separate-stderr setpriv --reuid 1000 --regid 1000 --clear-groups "$BATS_TEST_TMPDIR/husk" --root "$STATE" run --bundle "$BUNDLE" "$ID"
  failed_with 1
  complains 'config.json' 'permission denied'
}

@test "BI-02: config.json is a FIFO, a socket, a device" {
  rm "$BUNDLE/config.json"
  mkfifo "$BUNDLE/config.json"
  local begin=$SECONDS
  refused 'config.json' 'regular'
  rm "$BUNDLE/config.json"
  ln -s /dev/zero "$BUNDLE/config.json"
  refused 'config.json' 'regular'
  rm "$BUNDLE/config.json"
  "$(tool recvtty)" "$BUNDLE/config.json" >/dev/null 2>&1 &
  BACKGROUND=$!
  wait_for test -S "$BUNDLE/config.json"
  refused 'config.json'
  [ $((SECONDS - begin)) -le 3 ]
}

@test "BI-02: a file over 16 MiB" {
  truncate -s 17M "$BUNDLE/config.json"
  refused 'config.json' '16'
}

@test "BI-03: empty, and cut at every 97th byte" {
  : >"$BUNDLE/config.json"
  refused 'config.json'
  jq -c . "$SOURCE/config.json.example" >"$BATS_TEST_TMPDIR/whole"
  local size at
  size=$(($(wc -c <"$BATS_TEST_TMPDIR/whole") - 1))
  for ((at = 1; at < size; at += 97)); do
    head -c "$at" "$BATS_TEST_TMPDIR/whole" >"$BUNDLE/config.json"
    run --separate-stderr husk check --bundle "$BUNDLE"
    failed_with 1
    [[ "$output$stderr" =~ config.json:[0-9]+:[0-9]+ ]]
  done
}

@test "BI-05: 100,000 nested arrays" {
  { printf '{"ociVersion": "1.0.2", "x": '; head -c 100000 /dev/zero | tr '\0' '['; } | raw
  refused 'config.json' '128'
}

@test "BI-06: the top is an array, a string, null, a number" {
  local text
  for text in '[]' '"x"' null 7 ''; do
    raw <<<"$text"
    refused 'config.json'
  done
}

@test "trailing text, duplicate keys, bad UTF-8, a comment" {
  { cat "$SOURCE/config.json.example"; echo '{}'; } | raw
  refused 'config.json:'
  sed '1a "ociVersion": "1.0.2",' "$SOURCE/config.json.example" | raw
  refused 'ociVersion' 'config.json:3:'
  printf '{"ociVersion": "1.0.\xff"}' | raw
  refused 'config.json:1:'
  sed '1a // comment' "$SOURCE/config.json.example" | raw
  refused 'config.json:2:'
}

@test "BI-08: NUL in strings" {
  local filter
  for filter in '.process.args[0] = "a\u0000b"' '.process.env[0] = "A=\u0000"' '.process.cwd = "/\u0000"' '.root.path = "rootfs\u0000/x"' \
    '.linux.cgroupsPath = "/a\u0000"' '.hostname = "a\u0000b"' '.linux.seccomp.syscalls[0].names[0] = "read\u0000"' \
    '.mounts[0].destination = "/proc\u0000"' '.linux.maskedPaths[0] = "/proc\u0000"'; do
    cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
    refused_config "$filter" 'NUL'
  done
}

@test "BI-10: a byte order mark" {
  { printf '\xef\xbb\xbf'; cat "$SOURCE/config.json.example"; } | raw
  launch
  [ "$status" -eq 0 ] || complains 'byte order mark'
}

@test "BI-11: ociVersion missing, empty, malformed, of another major, no string" {
  refused_config 'del(.ociVersion)' 'ociVersion' 'required'
  local value
  for value in '""' '"1.0"' '"99.0.0"' '"x"' 7 null; do
    cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
    refused_config ".ociVersion = $value" '/ociVersion'
  done
}

@test "BI-12: root missing, its path missing, empty, no directory, not there" {
  refused_config 'del(.root)' 'root'
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  refused_config '.root = {}' '/root' 'path'
  refused_config '.root = {"path": ""}' '/root/path'
  refused_config '.root = {"path": "config.json"}' '/root/path' 'not a directory'
  refused_config '.root = {"path": "missing"}' '/root/path' 'no such file or directory'
  refused_config '.root = []' '/root' 'object'
}

@test "BI-13: the host's root as the root" {
  refused_config '.root.path = "/"' '/root/path'
  local path
  for path in // /. /usr/.. /proc/self/root; do
    refused_config ".root.path = \"$path\"" '/root/path'
  done
}

@test "BI-15: no process" {
  refused_config 'del(.process)' 'process' 'required'
}

@test "BI-16: args empty, a string, an empty string, numbers, missing" {
  local value
  for value in '[]' '"sh"' '[""]' '[1]' null '{}'; do
    cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
    refused_config ".process.args = $value" '/process/args'
  done
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  refused_config 'del(.process.args)' '/process' 'args'
}

@test "BI-17: uid and gid out of range or no integer" {
  local value key
  for key in uid gid; do
    for value in -1 4294967296 0.5 '"0"' null true '{}' 18446744073709551616; do
      cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
      refused_config ".process.user.$key = $value" "/process/user/$key"
    done
  done
  sed 's/"uid": 0/"uid": 1e0/' "$SOURCE/config.json.example" | raw
  refused '/process/user/uid'
}

@test "CV-24: (uid_t) -1 as uid, gid and additional gid" {
  refused_config '.process.user.uid = 4294967295' '/process/user/uid' '4294967295'
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  refused_config '.process.user.gid = 4294967295' '/process/user/gid'
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  refused_config '.process.user.additionalGids = [1, 4294967295]' '/process/user/additionalGids/1'
}

@test "BI-18: 70,000 additional groups" {
  refused_config '.process.user.additionalGids = [range(70000)]' '/process/user/additionalGids' '65536'
}

@test "BI-19: capability names" {
  refused_config '.process.capabilities.bounding += ["CAP_FOO"]' '/process/capabilities/bounding/14' 'CAP_FOO'
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  refused_config '.process.capabilities.effective = ["CHOWN"]' '/process/capabilities/effective/0'
}

@test "BI-21: rlimits: unknown, soft over hard, negative, twice" {
  refused_config '.process.rlimits = [{"type": "RLIMIT_FOO", "soft": 1, "hard": 1}]' '/process/rlimits/0/type'
  refused_config '.process.rlimits = [{"type": "RLIMIT_CORE", "soft": 2, "hard": 1}]' '/process/rlimits/0'
  refused_config '.process.rlimits = [{"type": "RLIMIT_CORE", "soft": -1, "hard": 1}]' '/process/rlimits/0/soft'
  refused_config '.process.rlimits = [{"type": "RLIMIT_CORE", "soft": 1, "hard": 1}, {"type": "RLIMIT_CORE", "soft": 1, "hard": 1}]' '/process/rlimits/1'
  refused_config '.process.rlimits = [{"type": "RLIMIT_CORE", "soft": 1}]' '/process/rlimits/0' 'hard'
}

@test "BI-22: env without =, with an empty name, three megabytes" {
  refused_config '.process.env += ["FOO"]' '/process/env/2'
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  refused_config '.process.env += ["=x"]' '/process/env/2'
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  head -c 3000000 /dev/zero | tr '\0' x >"$BATS_TEST_TMPDIR/long"
  config '.process.env += ["X=" + $long]' --rawfile long "$BATS_TEST_TMPDIR/long"
  refused 'too l'
}

@test "BI-23: oomScoreAdj out of range" {
  local value
  for value in 5000 -1001 1001 '"0"' 0.5; do
    refused_config ".process.oomScoreAdj = $value" '/process/oomScoreAdj'
  done
}

@test "BI-25: namespaces: unknown, twice, missing path, relative path, not a namespace, of another type" {
  refused_config '.linux.namespaces += [{"type": "bogus"}]' '/linux/namespaces/6'
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  refused_config '.linux.namespaces += [{"type": "pid"}]' '/linux/namespaces/6'
  local path
  for path in /no/such/namespace proc/self/ns/net "$BUNDLE/config.json" /proc/self/ns/ipc /; do
    cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
    refused_config "(.linux.namespaces[] | select(.type == \"network\")).path = \"$path\"" '/linux/namespaces/1'
  done
}

@test "BI-27: no mount namespace, but mounts, masked paths or propagation" {
  local before
  before=$(cat /proc/self/mountinfo)
  refused_config 'del(.linux.namespaces[] | select(.type == "mount"))' 'mount'
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  refused_config 'del(.linux.namespaces[] | select(.type == "mount")) | .mounts = []' 'mount'
  refused_config '.linux.maskedPaths = [] | .linux.readonlyPaths = [] | .linux.rootfsPropagation = "shared"' 'mount'
  [ "$before" = "$(cat /proc/self/mountinfo)" ]
}

@test "BI-28: hostname, domainname, time offsets without their namespace; a long hostname" {
  refused_config 'del(.linux.namespaces[] | select(.type == "uts"))' '/hostname'
  refused_config 'del(.hostname) | .domainname = "x"' '/domainname'
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  refused_config '.hostname = "x" * 100' '/hostname'
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  refused_config '.linux.timeOffsets = {"boottime": {"secs": 1}}' '/linux/timeOffsets'
}

@test "BI-29: sysctls: host-wide, of a namespace that is the host's, not there, with / or a newline" {
  refused_config '.linux.sysctl = {"kernel.panic": "1"}' '/linux/sysctl/kernel.panic'
  refused_config '.linux.sysctl = {"vm.swappiness": "1"}' '/linux/sysctl/vm.swappiness'
  refused_config '.linux.sysctl = {"net.ipv4.no_such_thing": "1"}' 'net.ipv4.no_such_thing'
  refused_config '.linux.sysctl = {"net.ipv4.ip_forward": "1\n2"}' '/linux/sysctl'
  refused_config '.linux.sysctl = {"net.../../../kernel.panic": "1"}' '/linux/sysctl'
  refused_config '.linux.sysctl = {"net.ipv4.ip_forward": "1"} | del(.linux.namespaces[] | select(.type == "network"))' '/linux/sysctl/net.ipv4.ip_forward'
}

@test "BI-30: mounts: relative destination, unknown type, unknown option, missing source, the root" {
  config '.mounts += [{"destination": "tmp/", "type": "tmpfs"}]' # read as below /, as the specification says
  launch
  succeeded
  complains '/mounts/7/destination' 'relative'
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  refused_config '.mounts += [{"destination": "/mnt", "type": "bogusfs"}]' '/mounts/7' 'bogusfs'
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  refused_config '.mounts += [{"destination": "/tmp", "type": "tmpfs", "options": ["bogus_option"]}]' '/mounts/7' 'bogus_option'
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  refused_config '.mounts += [{"destination": "/tmp", "type": "bind", "source": "/no/such/source", "options": ["bind"]}]' '/mounts/7' '/no/such/source' 'no such file or directory'
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  refused_config '.mounts += [{"destination": "/tmp", "type": "bind", "options": ["bind"]}]' '/mounts/7' 'source'
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  refused_config '.mounts += [{"type": "tmpfs"}]' '/mounts/7' 'destination'
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  refused_config '.mounts += [{"destination": "/", "type": "tmpfs"}]' '/mounts/7'
}

@test "BI-31: a directory on a file, a file on a directory" {
  touch "$ROOTFS/file"
  refused_config '.mounts += [{"destination": "/file", "type": "bind", "source": "/tmp", "options": ["bind"]}]' '/mounts/7' 'not a directory'
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  refused_config '.mounts += [{"destination": "/tmp", "type": "bind", "source": "/etc/passwd", "options": ["bind"]}]' '/mounts/7'
}

@test "BI-32: large but good configs work in time, or meet a stated limit" {
  local begin=$SECONDS
  payload echo fine
  config '.process.env += [range(10000) | "V\(.)=x"]'
  launch
  same fine
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  payload echo fine
  config '.linux.maskedPaths += [range(4000) | "/not/there/\(.)"]'
  launch
  same fine
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  head -c 65536 /dev/zero | tr '\0' x >"$BATS_TEST_TMPDIR/long"
  script 'echo ${#1}'
  config '.process.args += ["sh", $long]' --rawfile long "$BATS_TEST_TMPDIR/long"
  launch
  same 65536
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  payload echo fine
  config '.mounts += [range(4000) | {"destination": "/dev/shm", "type": "tmpfs", "source": "t"}]'
  launch
  [ "$status" -ne 0 ] || same fine
  nothing_left
  [ $((SECONDS - begin)) -le 12 ]
}

@test "BI-33: relative masked and read-only paths" {
  refused_config '.linux.maskedPaths = ["proc/keys"]' '/linux/maskedPaths/0'
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  refused_config '.linux.readonlyPaths = ["/proc", "x"]' '/linux/readonlyPaths/1'
}

@test "BI-34: rootfsPropagation" {
  refused_config '.linux.rootfsPropagation = "bogus"' '/linux/rootfsPropagation' 'private'
}

@test "BI-35: devices: type, path, numbers" {
  refused_config '.linux.devices = [{"type": "z", "path": "/dev/x", "major": 1, "minor": 1}]' '/linux/devices/0/type'
  refused_config '.linux.devices = [{"type": "c", "path": "dev/x", "major": 1, "minor": 1}]' '/linux/devices/0/path'
  refused_config '.linux.devices = [{"type": "c", "path": "/dev/x", "major": 8589934592, "minor": 1}]' '/linux/devices/0/major'
  refused_config '.linux.devices = [{"type": "c", "path": "/dev/x"}]' '/linux/devices/0'
  refused_config '.linux.devices = [{"type": "c", "path": "/dev/shm", "major": 1, "minor": 3}]' '/linux/devices/0'
  touch "$BATS_TEST_TMPDIR/canary"
  config '.linux.devices = [{"type": "c", "path": "/../../../../../../x", "major": 1, "minor": 3}]'
  launch
  [ ! -e /x ]
}

@test "BI-40: personality, ioPriority, scheduler, memoryPolicy, intelRdt" {
  refused_config '.linux.personality = {"domain": "BSD"}' '/linux/personality/domain'
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  refused_config '.process.ioPriority = {"class": "IOPRIO_CLASS_X", "priority": 1}' '/process/ioPriority/class'
  refused_config '.process.ioPriority = {"class": "IOPRIO_CLASS_BE", "priority": 99}' '/process/ioPriority/priority'
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  refused_config '.process.scheduler = {"policy": "SCHED_X"}' '/process/scheduler/policy'
  refused_config '.process.scheduler = {"policy": "SCHED_OTHER", "nice": 99}' '/process/scheduler'
  refused_config '.process.scheduler = {"policy": "SCHED_OTHER", "flags": ["X"]}' '/process/scheduler/flags/0'
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  refused_config '.linux.memoryPolicy = {"mode": "X", "nodes": "0"}' '/linux/memoryPolicy/mode'
}

@test "BI-41: LSM labels without the LSM" {
  if grep -qE 'apparmor|selinux' /sys/kernel/security/lsm 2>/dev/null; then
    skip 'this kernel has one'
  fi
  refused_config '.process.apparmorProfile = "x"' '/process/apparmorProfile' 'AppArmor is not enabled'
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  refused_config '.process.selinuxLabel = "x"' '/process/selinuxLabel' 'SELinux is not enabled'
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  refused_config '.linux.mountLabel = "x"' '/linux/mountLabel' 'SELinux is not enabled'
}

@test "BI-42: unknown keys are ignored, a key in the wrong case is warned of" {
  config '.unknown = {"a": [1]} | .process.another = 7 | .linux.more = null'
  launch
  succeeded
  config '.Linux = {} | .process.noNewprivileges = true'
  script 'echo fine'
  launch
  succeeded
  same fine
  complains '"Linux"' 'linux' 'noNewprivileges' 'noNewPrivileges'
}

@test "BI-43: no linux object, no namespaces" {
  refused_config 'del(.linux)' 'required'
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  refused_config '.linux.namespaces = []' 'mount'
}

@test "CG-01: cgroupsPath with .., a newline, an over-long part" {
  local path
  for path in '/../../x' 'a/../../x' "/$(printf 'x%.0s' {1..300})"; do
    cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
    refused_config ".linux.cgroupsPath = \"$path\"" '/linux/cgroupsPath'
  done
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  refused_config '.linux.cgroupsPath = "/a\nb"' '/linux/cgroupsPath'
}

@test "bad seccomp profiles are refused at their place" {
  refused_config 'del(.linux.seccomp.defaultAction)' '/linux/seccomp' 'defaultAction'
  local row
  while IFS='|' read -r filter pointer; do
    cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
    refused_config "$filter" "$pointer"
  done <<'END'
.linux.seccomp.defaultAction = "SCMP_ACT_FOO"|/linux/seccomp/defaultAction
.linux.seccomp.defaultAction = "allow"|/linux/seccomp/defaultAction
.linux.seccomp.defaultErrnoRet = 5000|/linux/seccomp/defaultErrnoRet
.linux.seccomp.architectures = ["SCMP_ARCH_FOO"]|/linux/seccomp/architectures/0
.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_FOO"]|/linux/seccomp/flags/0
.linux.seccomp.syscalls[2].action = "x"|/linux/seccomp/syscalls/2/action
.linux.seccomp.syscalls[2].errnoRet = -1|/linux/seccomp/syscalls/2/errnoRet
.linux.seccomp.syscalls[0].names = "read"|/linux/seccomp/syscalls/0/names
.linux.seccomp.syscalls[0].names = []|/linux/seccomp/syscalls/0/names
.linux.seccomp.syscalls[3].args[0].index = 6|/linux/seccomp/syscalls/3/args/0/index
.linux.seccomp.syscalls[3].args[0].op = "EQ"|/linux/seccomp/syscalls/3/args/0/op
END
}

@test "the place of a mistake: line, column, pointer, hint" {
  plain
  config '.process.rlimits[0].type = "RLIMIT_FOO"'
  local line
  line=$(grep -n RLIMIT_FOO "$BUNDLE/config.json" | cut -d: -f1)
  go
  is 1 "husk: error: config.json:$line:17: /process/rlimits/0/type: \"RLIMIT_FOO\" is not a resource limit (did you mean RLIMIT_FSIZE?)"
  nothing_left
}

@test "BI-12, BI-13: the root" {
  plain
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

@test "BI-36: limits that make no sense" {
  plain
  config '.linux.resources = {pids: {limit: -5}}'
  refused '/linux/resources/pids/limit'
  config '.linux.resources = {memory: {limit: 100000000, swap: 1000}}'
  refused 'memory and swap together cannot be less than memory'
  config '.linux.resources = {unified: {"a/b": "1"}}'
  refused 'is not the name of a cgroup file'
}
