#!/usr/bin/env bats
# Mistakes in /root, /mounts, /linux and the host name in config.json: one clear line with the place, and nothing is made.
# bats file_tags=any-machine
load bundle

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
  local forward
  forward=$(</proc/sys/net/ipv4/ip_forward)
  refused_config '.linux.sysctl = {"net.ipv4.ip_forward": "1"}
    | .linux.namespaces |= map(if .type == "network" then .path = "/proc/self/ns/net" else . end)' \
    '/linux/sysctl/net.ipv4.ip_forward' 'would change the host: /proc/self/ns/net is the host'
  refused_config '.linux.sysctl = {"kernel.shm_rmid_forced": "1"}
    | .linux.namespaces |= map(if .type == "ipc" then .path = "/proc/self/ns/ipc" else . end)' \
    '/linux/sysctl/kernel.shm_rmid_forced' 'would change the host'
  [ "$(</proc/sys/net/ipv4/ip_forward)" = "$forward" ]
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

# bats test_tags=attack:BI-43
@test "a config without linux is refused; without namespaces the container uses the host's" {
  refused_config 'del(.linux)' 'config.json:1:1: "linux" is missing: the program would run on the host'
  # the host's namespaces are used, except for what would change them
  refused_example '.linux.namespaces = []' '/linux/maskedPaths: "maskedPaths" need a mount namespace'
  warns '"namespaces" is missing or empty'
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
