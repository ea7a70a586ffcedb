#!/usr/bin/env bats
# A config.json that is wrong: one clear line with the place, and nothing is made.
# bats file_tags=any-machine
load bundle

# raw: config.json is copied from stdin.
raw() {
  cat >"$BUNDLE/config.json"
}

# text TEXT: config.json is the text, without a line feed.
text() {
  printf '%s' "$1" | raw
}

@test "an error has file, line, column, pointer, what is wrong and a suggestion" {
  config '.process.rlimits[0].type = "RLIMIT_FOO"'
  local line
  line=$(grep -n RLIMIT_FOO "$BUNDLE/config.json" | cut -d: -f1)
  refused "config.json:$line:"
  local place="config.json:$line:17: /process/rlimits/0/type"
  [ "$stderr" = "husk: error: $place: \"RLIMIT_FOO\" is not a resource limit (did you mean RLIMIT_FSIZE?)" ]
  config '.process.rlimits[0].type = "RLIMIT_NOFIL"'
  refused '/process/rlimits/0/type' 'did you mean RLIMIT_NOFILE?'
}

# bats test_tags=attack:BI-01
@test "config.json is missing, a directory or unreadable" {
  rm "$BUNDLE/config.json"
  refused 'open config.json: no such file or directory'
  mkdir "$BUNDLE/config.json"
  refused 'config.json is not a regular file'
  rmdir "$BUNDLE/config.json"
  example
  chmod 0 "$BUNDLE/config.json"
  unprivileged run --bundle "$BUNDLE" "$ID"
  is 1
  complains 'config.json' 'permission denied'
}

# bats test_tags=attack:BI-02
@test "config.json is a FIFO, a link to an endless device, a socket" {
  rm "$BUNDLE/config.json"
  mkfifo "$BUNDLE/config.json"
  refused 'config.json is not a regular file'
  rm "$BUNDLE/config.json"
  ln -s /dev/zero "$BUNDLE/config.json"
  refused 'config.json is not a regular file'
  rm "$BUNDLE/config.json"
  listen_at "$BUNDLE" config.json
  refused 'config.json'
}

# bats test_tags=attack:BI-02
@test "a config.json over 16 MiB is refused" {
  truncate -s 17M "$BUNDLE/config.json"
  refused 'config.json' 'the limit is 16 MiB'
}

# bats test_tags=attack:BI-03
@test "config.json is empty or truncated at every 97th byte" {
  text ''
  refused 'config.json:1:1: not valid JSON'
  jq -c . "$SOURCE/config.json.example" >"$BATS_TEST_TMPDIR/whole"
  local size at
  size=$(($(wc -c <"$BATS_TEST_TMPDIR/whole") - 1))
  for ((at = 1; at < size; at += 97)); do
    head -c "$at" "$BATS_TEST_TMPDIR/whole" | raw
    run --separate-stderr husk check --bundle "$BUNDLE"
    is 1
    [[ "$output$stderr" =~ config.json:[0-9]+:[0-9]+ ]]
  done
}

# bats test_tags=attack:BI-05
@test "1,000 and 100,000 nested arrays are refused" {
  local depth
  for depth in 1000 100000; do
    head -c "$depth" /dev/zero | tr '\0' '[' | raw
    refused 'config.json' 'nested deeper than 128 levels'
    { printf '{"ociVersion": "1.0.2", "x": '; head -c "$depth" /dev/zero | tr '\0' '['; } | raw
    refused 'config.json' 'nested deeper than 128 levels'
  done
}

# bats test_tags=attack:BI-06
@test "the top level is an array, a string, null or a number" {
  text '[]'
  refused 'config.json' 'expected an object, found an array'
  text '"x"'
  refused 'config.json' 'expected an object, found a string'
  text null
  refused 'config.json' 'expected an object, found null'
  text 7
  refused 'config.json' 'expected an object, found a number'
}

@test "trailing text, duplicate keys, bad UTF-8, a comment" {
  text '{} x'
  refused 'config.json:1:4: not valid JSON'
  { cat "$SOURCE/config.json.example"; echo '{}'; } | raw
  refused 'config.json:'
  text '{"a": 1, "a": 2}'
  refused 'duplicate key "a"'
  sed '1a "ociVersion": "1.0.2",' "$SOURCE/config.json.example" | raw
  refused 'duplicate key "ociVersion"' 'config.json:3:'
  printf '{"ociVersion": "1.0.\xff"}' | raw
  refused 'config.json:1:' 'not valid JSON'
  sed '1a // comment' "$SOURCE/config.json.example" | raw
  refused 'config.json:2:'
}

# proves: config-is-utf-8
@test "bytes that are not UTF-8: Latin-1, cut short, overlong forms, surrogates, beyond Unicode, UTF-16" {
  local bytes
  for bytes in '\xe9' '\xc3' '\xe2\x82' '\xf0\x9f\x90' '\x80' '\xc0\xaf' '\xc1\x81' '\xe0\x80\xaf' '\xe0\x9f\xbf' \
    '\xf0\x8f\xbf\xbf' '\xed\xa0\x80' '\xed\xbf\xbf' '\xf4\x90\x80\x80' '\xf5\x80\x80\x80' '\xff'; do
    # in a key of an unknown property, in a value, and between values
    printf "{\"x$bytes\": 1, %s" "$(jq -c . "$SOURCE/config.json.example" | cut -c2-)" | raw
    refused 'config.json:1:' 'valid'
    printf "{\"annotations\": {\"a\": \"x$bytes\"}, %s" "$(jq -c . "$SOURCE/config.json.example" | cut -c2-)" | raw
    refused 'config.json:1:' 'valid'
    { printf "$bytes"; cat "$SOURCE/config.json.example"; } | raw
    refused 'config.json:1:' 'valid'
  done
  for bytes in UTF-16LE UTF-16BE UTF-32LE; do
    iconv -f UTF-8 -t $bytes "$SOURCE/config.json.example" | raw
    refused 'config.json:1:' 'not valid JSON'
  done
  # the first and the last characters of each length, and those around the surrogates
  example
  script 'echo "$A"'
  config '.process.env += ["A=\u0080\u07ff\u0800\ud7ff\ue000\uffff\ud800\udc00\udbff\udfff"]'
  launch
  is 0 $'\u0080\u07ff\u0800\ud7ff\ue000\uffff\U10000\U10ffff'
}

# proves: duplicate-names-refused
@test "duplicate keys in an object: deeply nested, written with escapes, far apart, in unknown members" {
  local text
  for text in '"\\u0078": 1, "x": 2' '"unknown": {"list": [{"x": 1, "y": 2, "x": 1}]}' \
    "$(seq -f '"x%g": 0,' 1 100) \"x7\": 0"; do
    printf '{%b, %s' "$text" "$(jq -c . "$SOURCE/config.json.example" | cut -c2-)" | raw
    refused 'config.json:' 'duplicate key '
  done
  # in different objects the same name is valid
  jq '.annotations = {x: "1"} | .unknown = [{x: 1}, {x: 2}]' "$SOURCE/config.json.example" | raw
  launch
  succeeded
}

# proves: annotations-are-a-map annotation-keys-are-strings annotation-keys-not-empty annotation-values-are-strings
@test "annotations are refused if they are not an object, or if a key is empty or a value is not a string" {
  local value
  for value in '["a", "b"]' '"a=b"' 1 true; do
    refused_example ".annotations = $value" '/annotations: expected an object'
  done
  refused_example '.annotations = {"": "x"}' '/annotations/: the key of an annotation is empty'
  for value in '["x"]' '{"x": "y"}' 1 true null; do
    refused_example ".annotations = {good: \"x\", bad: $value}" '/annotations/bad: expected a string'
  done
  for value in 1 true null 'a'; do
    sed "1a \"annotations\": {$value: \"x\"}," "$SOURCE/config.json.example" | raw
    refused 'config.json:2:' 'not valid JSON'
  done
  example_with '.annotations = {}'
  program echo fine
  launch
  is 0 fine
}

# proves: cwd-is-absolute
@test "a relative working directory is refused" {
  local path
  for path in tmp ./tmp ../tmp . ''; do
    refused_example ".process.cwd = \"$path\"" "/process/cwd: \"$path\" is not an absolute path"
  done
}

# bats test_tags=attack:BI-08
@test "a NUL in a string is refused" {
  text '{"ociVersion": "1.0.0\u0000"}'
  refused 'config.json:1:16: /ociVersion: the string contains a NUL'
  local filter
  for filter in '.process.args[0] = "a\u0000b"' '.process.env[0] = "A=\u0000"' '.process.cwd = "/\u0000"' \
    '.root.path = "rootfs\u0000/x"' '.linux.cgroupsPath = "/a\u0000"' '.hostname = "a\u0000b"' \
    '.linux.seccomp.syscalls[0].names[0] = "read\u0000"' '.mounts[0].destination = "/proc\u0000"' \
    '.linux.maskedPaths[0] = "/proc\u0000"'; do
    refused_example "$filter" 'the string contains a NUL'
  done
}

# bats test_tags=attack:BI-10
@test "a byte order mark is refused" {
  { printf '\xef\xbb\xbf'; cat "$SOURCE/config.json.example"; } | raw
  refused 'byte order mark'
}

# proves: version-is-semver
# bats test_tags=attack:BI-11
@test "ociVersion is missing, empty, malformed, of another major version or not a string" {
  refused_config 'del(.ociVersion)' '"ociVersion" is required'
  local value
  for value in '""' '"1.0"' '"x"' '"1.0.0.0"' '"v1.0.0"' '" 1.0.0"' '"1.0.0 "' '"01.0.0"' '"1.00.0"' '"1.0.x"' '"1.0.0-"' \
    '"1.0.0+"' '"1.0.0-a..b"' '"1.0.0-01"' '"1.0.0-a+b+c"' '"1.0.0-a_b"' '"1.0.0+a."'; do
    refused_example ".ociVersion = $value" '/ociVersion' 'is not a version'
  done
  refused_example '.ociVersion = "99.0.0"' '/ociVersion' 'husk implements 1.x'
  refused_example '.ociVersion = 7' '/ociVersion' 'expected a string, found a number'
  refused_example '.ociVersion = null' '/ociVersion'
}

# bats test_tags=attack:BI-11
@test "the versions 1.0.0 to 1.99, with a suffix too" {
  local version
  program echo fine
  for version in 1.0.0 1.0.2-dev 1.0.2 1.1.0 1.2.1 1.3.0 1.99.0 1.99.7 1.0.0-rc.1 1.0.0-0a.-1+01.b 1.0.0+x-y; do
    config '.ociVersion = $v' --arg v "$version"
    launch
    is 0 fine
  done
}

# proves: root-directory-exists
# bats test_tags=attack:BI-12
@test "root or its path is missing, or the path is empty, not a directory or does not exist" {
  refused_config 'del(.root)' '"root" is required'
  refused_example '.root = {}' '/root' 'path'
  refused_config '.root = {path: ""}' '/root/path: the string is empty'
  refused_config '.root = {path: "config.json"}' '/root/path' 'not a directory'
  refused_config '.root = {path: "/etc/passwd"}' '/root/path' 'not a directory'
  refused_config '.root = {path: "missing"}' '/root/path' 'no such file or directory'
  refused_config '.root = []' '/root' 'object'
}

# bats test_tags=attack:BI-13
@test "the host's root is refused as a container's root" {
  local path
  for path in / // /. /usr/.. /proc/self/root; do
    refused_config ".root.path = \"$path\"" '/root/path' "the host's root cannot"
  done
}

# proves: start-without-process
# bats test_tags=attack:BI-15
@test "without a process create succeeds, run and start fail" {
  refused_config 'del(.process)' '"process" is required'
  create
  run --separate-stderr husk start "$ID"
  is 1
  complains '"process" is required'
}

# bats test_tags=attack:BI-16
@test "args empty, a string, an empty string, numbers, missing" {
  refused_config '.process.args = []' '/process/args: the array is empty'
  refused_config '.process.args = "sh"' '/process/args: expected an array, found a string'
  refused_config '.process.args = [""]' "/process/args/0: the program's name is empty"
  refused_config '.process.args = [1]' '/process/args/0: expected a string, found a number'
  refused_config '.process.args = null' '/process/args'
  refused_config '.process.args = {}' '/process/args'
  refused_example 'del(.process.args)' '/process' 'args'
}

# bats test_tags=attack:BI-17
@test "uid and gid out of range or not integers" {
  local value key
  for key in uid gid; do
    for value in -1 4294967296 18446744073709551616; do
      refused_example ".process.user.$key = $value" "/process/user/$key" 'is out of range'
    done
    for value in null true '{}'; do
      refused_example ".process.user.$key = $value" "/process/user/$key"
    done
    refused_example ".process.user.$key = 0.5" "/process/user/$key" 'is not a whole number'
    refused_example ".process.user.$key = \"0\"" "/process/user/$key" 'expected a number, found a string'
  done
  sed 's/"uid": 0/"uid": 1e0/' "$SOURCE/config.json.example" | raw
  refused '/process/user/uid'
}

# bats test_tags=attack:CV-24
@test "(uid_t) -1 as uid, gid and additional gid" {
  refused_config '.process.user.uid = 4294967295' '/process/user/uid: 4294967295 is out of range'
  refused_example '.process.user.gid = 4294967295' '/process/user/gid: 4294967295 is out of range'
  refused_example '.process.user.additionalGids = [1, 4294967295]' \
    '/process/user/additionalGids/1: 4294967295 is out of range'
}

# bats test_tags=attack:BI-18
@test "70,000 additional groups are refused" {
  refused_config '.process.user.additionalGids = [range(70000)]' '/process/user/additionalGids' \
    'the kernel allows 65536'
}

# bats test_tags=attack:BI-19
@test "unknown capability names are warned of" {
  config '.process.capabilities.bounding += ["CAP_FOO"] | .process.capabilities.effective = ["CHOWN"]'
  program echo fine
  launch
  is 0 fine
  warns '/process/capabilities/bounding/14' '"CAP_FOO" is not a capability' '/process/capabilities/effective/0' \
    '"CHOWN" is not a capability'
  refused_example '.process.capabilities.bounding = [1]' '/process/capabilities/bounding/0' 'expected a string'
  refused_example '.process.capabilities.bounding = "CAP_CHOWN"' '/process/capabilities/bounding' 'expected an array'
}

# proves: rlimit-type-known rlimit-twice
# bats test_tags=attack:BI-21
@test "rlimits: unknown, soft over hard, negative, twice" {
  refused_config '.process.rlimits = [{type: "RLIMIT_FOO", soft: 1, hard: 1}]' '/process/rlimits/0/type'
  refused_config '.process.rlimits = [{type: "RLIMIT_CORE", soft: 9999, hard: 1024}]' '/process/rlimits/0' \
    'the soft limit 9999 is above the hard limit 1024'
  refused_config '.process.rlimits = [{type: "RLIMIT_CORE", soft: -1, hard: 1}]' '/process/rlimits/0/soft'
  refused_config '.process.rlimits = ({type: "RLIMIT_CORE", soft: 1, hard: 1} | [., .])' '/process/rlimits/1' \
    'this resource limit is set twice'
  refused_config '.process.rlimits = [{type: "RLIMIT_CORE", soft: 1}]' '/process/rlimits/0' 'hard'
}

# bats test_tags=attack:BI-22
@test "env without =, with an empty name, three megabytes" {
  refused_config '.process.env += ["FOO"]' '/process/env/2' '"FOO" is not NAME=VALUE'
  refused_example '.process.env += ["=x"]' '/process/env/2' '"=x" is not NAME=VALUE'
  example
  refused_config '.process.env += ["X=" + "x" * 3000000]' 'argument list too long'
}

# proves: invalid-values-refused
# bats test_tags=attack:BI-23
@test "an oomScoreAdj out of range is refused" {
  local value
  for value in 5000 -1001 1001; do
    refused_config ".process.oomScoreAdj = $value" '/process/oomScoreAdj' "$value is out of range (-1000 to 1000)"
  done
  for value in '"0"' 0.5; do
    refused_config ".process.oomScoreAdj = $value" '/process/oomScoreAdj'
  done
}

# proves: namespace-path-absolute namespace-path-of-its-type namespace-once
# bats test_tags=attack:BI-25
@test "namespaces: unknown, twice, missing path, relative path, not a namespace, of another type" {
  refused_config '.linux.namespaces += [{type: "bogus"}]' '/linux/namespaces/6/type: "bogus" is not a namespace type'
  refused_example '.linux.namespaces += [{type: "pid"}]' '/linux/namespaces/6' \
    'namespace type "pid" is listed twice'
  refused_example '.linux.namespaces += [{type: "time", path: "relative"}]' '/linux/namespaces/6' \
    'is not an absolute path'
  local path reason
  while IFS='|' read -r path reason; do
    refused_example "(.linux.namespaces[] | select(.type == \"network\")).path = \"$path\"" '/linux/namespaces/1' \
      "$reason"
  done <<END
/no/such/namespace|open the namespace /no/such/namespace: no such file or directory
proc/self/ns/net|is not an absolute path
$BUNDLE/config.json|$BUNDLE/config.json is not a namespace
/etc/passwd|/etc/passwd is not a namespace
/|is not a namespace
/proc/self/ns/ipc|is a namespace of another type
END
}

# bats test_tags=attack:BI-27
@test "mounts, masked paths and propagation without a mount namespace are refused" {
  local before
  before=$(cat /proc/self/mountinfo)
  refused_config 'del(.linux.namespaces[] | select(.type == "mount"))
    | .mounts += [{destination: "/mnt", source: "/tmp", options: ["bind"]}]' '/mounts/7: "mounts" need a mount namespace'
  refused_config '.mounts = []' '"maskedPaths" need a mount namespace'
  refused_config 'del(.linux.maskedPaths)' '"readonlyPaths" need a mount namespace'
  refused_config '.linux.readonlyPaths = [] | .linux.rootfsPropagation = "shared"' 'mount'
  [ "$before" = "$(cat /proc/self/mountinfo)" ]
}

# bats test_tags=attack:BI-28
@test "hostname, domainname, time offsets without their namespace; a long hostname" {
  refused_config 'del(.linux.namespaces[] | select(.type == "uts"))' '/hostname' 'a hostname needs a uts namespace'
  refused_config 'del(.hostname) | .domainname = "x"' '/domainname'
  refused_example '.hostname = "x" * 100' '/hostname' 'the hostname is 100 bytes long: the kernel allows 64'
  local clock
  for clock in boottime monotonic; do
    refused_example ".linux.timeOffsets = {$clock: {secs: 1}}" '/linux/timeOffsets' \
      '"timeOffsets" need a new time namespace'
  done
}

# proves: create-refuses lifecycle-create-fails
# bats test_tags=attack:BI-29
@test "sysctls that are host-wide, of a namespace of the host, missing, or contain / or a newline are refused" {
  refused_config '.linux.sysctl = {"kernel.panic": "1"}' '/linux/sysctl/kernel.panic' \
    'is not a namespaced parameter'
  refused_config '.linux.sysctl = {"vm.swappiness": "1"}' '/linux/sysctl/vm.swappiness'
  refused_config '.linux.sysctl = {"net.ipv4.no_such_thing": "1"}' \
    'set sysctl net.ipv4.no_such_thing: no such file or directory'
  refused_config '.linux.sysctl = {"net.ipv4.ip_forward": "1\n2"}' '/linux/sysctl' \
    'must be a kernel parameter with a one-line value'
  refused_config '.linux.sysctl = {"net.../../../kernel.panic": "1"}' '/linux/sysctl'
  # a slash in the name is a dot in the file's name
  refused_config '.linux.sysctl = {"net.//.kernel.panic": "1"}' '/linux/sysctl' 'must be a kernel parameter with a one-line value'
  refused_config '.linux.sysctl = {"fs.mqueue.//.//.kernel.panic": "1"}' '/linux/sysctl'
  refused_config '.linux.sysctl = {"net.ipv4.ip_forward": "1"}
    | del(.linux.namespaces[] | select(.type == "network"))' \
    '/linux/sysctl/net.ipv4.ip_forward' 'needs a network namespace'
}

# proves: mount-destination-relative
# bats test_tags=attack:BI-30
@test "mounts: relative destination, unknown type, unknown option, missing source, the root" {
  config '.mounts += [{destination: "tmp/", type: "tmpfs"}]' # taken as relative to /, as the specification says
  inside "grep -c ' /tmp ' /proc/self/mountinfo"
  same 1
  warns '/mounts/7/destination' 'read as relative to /'
  local mount reason
  while IFS='|' read -r mount reason; do
    refused_example ".mounts += [$mount]" '/mounts/7' "$reason"
  done <<'END'
{destination: "/mnt", type: "bogusfs"}|mount bogusfs on /mnt: no such device
{destination: "/tmp", type: "tmpfs", options: ["bogus=1"]}|mount tmpfs on /tmp: option bogus: tmpfs: Unknown parameter
{destination: "/tmp", type: "tmpfs", options: ["bogus_option"]}|bogus_option
{destination: "/tmp", source: "/no/such", options: ["bind"]}|bind /no/such on /tmp: no such file or directory
{destination: "/tmp", type: "bind", options: ["bind"]}|a bind mount needs a "source"
{destination: "/tmp", options: ["bind"]}|a bind mount needs a "source"
{destination: "/tmp", source: "/tmp", options: ["bind", "readonly"]}|/options/1: "readonly" is not an option of a bind mount
{destination: "/tmp", source: "/tmp", options: ["bind", "sized=3"]}|/options/1: "sized=3" is not an option of a bind mount
{destination: "/m/../..", type: "tmpfs"}|only a bind mount can replace
{type: "tmpfs"}|destination
{destination: "/", type: "tmpfs"}|only a bind mount can replace
END
}

# bats test_tags=attack:BI-31
@test "a directory on a file, a file on a directory" {
  refused_config '.mounts += [{destination: "/etc/passwd", source: "/tmp", options: ["bind"]}]' '/mounts/7' \
    'cannot mount a directory on a file: /tmp on /etc/passwd: not a directory'
  refused_example '.mounts += [{destination: "/tmp", source: "/etc/passwd", options: ["bind"]}]' '/mounts/7' \
    'cannot mount a file on a directory'
}

# bats test_tags=attack:BI-32
@test "large valid configs work in reasonable time or exceed a stated limit" {
  program echo fine
  config '.process.env += [range(10000) | "V\(.)=x"]'
  launch
  is 0 fine
  config '.linux.maskedPaths += [range(4000) | "/not/there/\(.)"]'
  launch
  is 0 fine
  example
  script 'echo ${#1}'
  config '.process.args += ["sh", "x" * 65536]'
  launch
  is 0 65536
  example
  program echo fine
  config '.mounts += [range(4000) | {destination: "/dev/shm", type: "tmpfs", source: "t"}]'
  launch
  [ "$status" -ne 0 ] || same fine
  nothing_left
}

# proves: masked-paths-absolute readonly-paths-absolute
# bats test_tags=attack:BI-33
@test "relative masked and read-only paths are refused" {
  refused_config '.linux.maskedPaths = ["proc/keys"]' '/linux/maskedPaths/0: "proc/keys" is not an absolute path'
  refused_example '.linux.readonlyPaths = ["/proc", "x"]' '/linux/readonlyPaths/1: "x" is not an absolute path'
}

# bats test_tags=attack:BI-34
@test "an unknown rootfsPropagation is refused" {
  refused_config '.linux.rootfsPropagation = "bogus"' '/linux/rootfsPropagation' \
    'is not a mount propagation: shared, slave, private or unbindable'
}

# proves: invalid-values-refused
# proves: device-in-the-way
# bats test_tags=attack:BI-35
@test "a device of a wrong type, path or number is refused" {
  local device reason
  while IFS='|' read -r device reason; do
    refused_config ".linux.devices = [$device]" '/linux/devices/0' "$reason"
  done <<'END'
{path: "/dev/x", type: "z", major: 1, minor: 1}|/linux/devices/0/type: "z" is not a device type
{path: "/dev/x", type: "z"}|/linux/devices/0/type: "z" is not a device type
{path: "dev/x", type: "c", major: 1, minor: 1}|/linux/devices/0/path
{path: "/dev/../x", type: "c", major: 1, minor: 3}|/linux/devices/0/path
{path: "/../../../../../../x", type: "c", major: 1, minor: 3}|/linux/devices/0/path
{path: "/dev/x", type: "c", major: 8589934592, minor: 1}|/linux/devices/0/major: 8589934592 is out of range
{path: "/dev/x", type: "c"}|"major" and "minor" are required
{path: "/tmp", type: "c", major: 1, minor: 3}|/tmp exists in the root file system but is not the requested device
{path: "/dev/shm", type: "c", major: 1, minor: 3}|is not the requested device
END
  [ ! -e /x ]
}

# proves: invalid-values-refused
# bats test_tags=attack:BI-36
@test "inconsistent limits are refused" {
  local filter pointer reason
  while IFS='|' read -r filter pointer reason; do
    refused_example ".linux.resources = $filter" "/linux/resources/$pointer" "$reason"
  done <<'END'
{pids: {limit: -5}}|pids/limit|-5 is neither
{memory: {limit: 100}}|memory/limit|less than a page
{memory: {limit: -7}}|memory/limit|-7 is neither
{memory: {limit: 100000000, swap: 1000}}|memory/swap|memory plus swap cannot be less than memory
{cpu: {quota: 1}}|cpu/quota|1 is neither a quota of at least 1000 microseconds nor -1
{cpu: {period: 5}}|cpu/period|5 is out of range (1000 to 1000000 microseconds)
{cpu: {cpus: "0-"}}|cpu/cpus|is not a list of CPUs
{blockIO: {weight: 5}}|blockIO/weight|5 is out of range (10 to 1000)
{hugepageLimits: [{pageSize: "../x", limit: 1}]}|hugepageLimits/0/pageSize|is not a page size
{unified: {"a/b": "1"}}|unified|is not a cgroup file name
{unified: {"nosuch.max": "1"}}|unified|nosuch
{unified: {"cgroup.procs": "1"}}|unified|is not a resource limit
END
}

# proves: /linux/personality/flags
# proves: invalid-values-refused
# bats test_tags=attack:BI-40
@test "personality, ioPriority, scheduler, memoryPolicy, intelRdt" {
  local filter pointer reason
  while IFS='|' read -r filter pointer reason; do
    refused_example "$filter" "$pointer" "$reason"
  done <<'END'
.linux.personality = {domain: "LINUX", flags: ["X"]}|/linux/personality/flags|personality flags are not supported
.linux.personality = {domain: "BSD"}|/linux/personality/domain|is not an execution domain
.process.ioPriority = {class: "IOPRIO_CLASS_X", priority: 1}|/process/ioPriority/class|IOPRIO_CLASS_X
.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 99}|/process/ioPriority/priority|99 is out of range (0 to 7)
.process.ioPriority = {class: "IOPRIO_CLASS_RT", priority: 9}|/process/ioPriority/priority|9 is out of range (0 to 7)
.process.scheduler = {policy: "SCHED_X"}|/process/scheduler/policy|is not a scheduling policy
.process.scheduler = {policy: "SCHED_FIFO"}|/process/scheduler|need a priority from 1 to 99
.process.scheduler = {policy: "SCHED_OTHER", nice: 99}|/process/scheduler|
.process.scheduler = {policy: "SCHED_OTHER", flags: ["X"]}|/process/scheduler/flags/0|
.linux.memoryPolicy = {mode: "X", nodes: "0"}|/linux/memoryPolicy/mode|
.linux.memoryPolicy = {mode: "MPOL_BIND"}|/linux/memoryPolicy|this mode needs "nodes"
.linux.intelRdt = {memBwSchema: "L3:0=f"}|/linux/intelRdt|starts with "MB:"
END
}

# proves: /process/apparmorProfile /process/selinuxLabel /linux/mountLabel
# proves: invalid-values-refused
# bats test_tags=attack:BI-41
@test "LSM labels are refused where the kernel lacks the LSM" {
  local modules=/sys/kernel/security/lsm
  if [ ! -e /sys/module/apparmor ] && ! grep -qs apparmor "$modules"; then
    refused_example '.process.apparmorProfile = "x"' '/process/apparmorProfile' \
      'AppArmor is not enabled in this kernel'
  fi
  if ! grep -qs selinux "$modules"; then
    refused_example '.process.selinuxLabel = "system_u:system_r:container_t:s0"' '/process/selinuxLabel' \
      'SELinux is not enabled in this kernel'
    refused_example '.linux.mountLabel = "x"' '/linux/mountLabel' 'SELinux is not enabled in this kernel'
  fi
}

# proves: /process/commandLine /process/user/username
# proves: unknown-properties-ignored
# bats test_tags=attack:BI-42
@test "unknown keys are ignored, a key in the wrong case is warned of" {
  config '.unknown = {a: [1]} | .process.another = 7 | .linux.more = null | .process.user.x = 1 | .root.x = "y"
    | .mounts[0].x = {} | .linux.namespaces[0].x = true | .linux.resources.x = {y: -1} | .linux.seccomp.x = "SCMP_ACT_X"
    | .linux.seccomp.syscalls[0].x = 1 | .hooks = {x: [{path: "relative"}]} | .process.capabilities.x = ["CAP_X"]
    | .linux.intelligence = {} | .vmware = "x" | .process.commandLine = "of Windows"
    | .process.user.username = "of Windows"'
  launch
  succeeded
  [ -z "$stderr" ]
  config '.Linux = {} | .process.noNewprivileges = true'
  program echo fine
  launch
  is 0 fine
  warns 'the key "Linux" is unknown and ignored (did you mean "linux"?)' \
    'noNewprivileges' '(did you mean "noNewPrivileges"?)'
  never grep -E '\\"unknown\\"|another|more' "$WARNINGS"
}

# bats test_tags=attack:BI-43
@test "a config without linux is refused; without namespaces the container uses the host's" {
  refused_config 'del(.linux)' 'config.json:1:1: "linux" is missing: the program would run on the host'
  # the host's namespaces are used, except for what would change them
  refused_example '.linux.namespaces = []' '/linux/maskedPaths: "maskedPaths" need a mount namespace'
  warns '"namespaces" is missing or empty'
}

@test "members of a wrong type: create accepts or refuses them, and a refused create leaves nothing" {
  local member value
  for member in linux process root mounts hooks annotations hostname linux.namespaces linux.resources linux.seccomp \
    linux.devices linux.maskedPaths process.user process.args process.capabilities process.rlimits; do
    for value in null true 0 '""' '[]' '{}'; do
      example_with ".$member = $value"
      status=0 # the container keeps its output open, so that is a file
      husk create --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/said" 2>&1 || status=$?
      if [ "$status" = 0 ]; then
        husk delete --force "$ID"
      else
        [ "$status" -lt 128 ] && grep -q 'config\.json:' "$BATS_TEST_TMPDIR/said" \
          || { echo "$member = $value: status $status, $(cat "$BATS_TEST_TMPDIR/said")" >&2; return 1; }
        [ ! -e "$ROOT/$ID" ]
      fi
    done
  done
}

@test "a member that is null counts as absent, for check, plan, run and create" {
  example_with '.linux = null'
  local line command
  line=$(grep -n '"linux": null' "$BUNDLE/config.json" | cut -d: -f1)
  for command in check plan; do
    run --separate-stderr husk "$command" --bundle "$BUNDLE"
    is 1
    [[ "$output$stderr" = *"config.json:$line:"*'/linux: "linux" is missing: the program would run on the host'* ]]
  done
  refused '/linux: "linux" is missing'
  example_with '.linux = null | .windows = {}'
  refused '/windows: this config is for Windows'
  example_with '.hooks = null | .annotations = null | .linux.seccomp = null | .process.rlimits = null'
  program true
  launch
  succeeded
}

@test "for a config of another platform run and check name the platform in one line" {
  local section
  while read -r section name; do
    refused_example "del(.linux) | .process.apparmorProfile = 7 | .$section = {}" "/$section: this config is for $name: husk runs Linux containers"
    run husk check --bundle "$BUNDLE"
    is 1
    [ "${#lines[@]}" -eq 2 ]
    says "/$section: this config is for $name: husk" '1 errors, 0 warnings'
  done <<<$'freebsd FreeBSD\nsolaris Solaris\nvm virtual machines\nwindows Windows\nzos z/OS'
  example_with '.windows = {} | .vm = {}'
  program echo fine
  launch
  is 0 fine
}

# proves: cgroups-path-form cgroups-path-invalid
# bats test_tags=attack:CG-01
@test "a cgroupsPath with .., a newline or an over-long component is refused" {
  local path
  for path in '/../../x' 'a/../../x' "/$(printf 'x%.0s' {1..300})"; do
    refused_example ".linux.cgroupsPath = \"$path\"" '/linux/cgroupsPath'
  done
  refused_example '.linux.cgroupsPath = "/a\nb"' '/linux/cgroupsPath'
}
