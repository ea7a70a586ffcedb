#!/usr/bin/env bats
# Mistakes in /process of config.json: one clear line with the place, and nothing is made.
# bats file_tags=any-machine
load bundle

# proves: cwd-is-absolute
@test "a relative working directory is refused" {
  local path
  for path in tmp ./tmp ../tmp . ''; do
    refused_example ".process.cwd = \"$path\"" "/process/cwd: \"$path\" is not an absolute path"
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
  sed 's/"uid": 0/"uid": 1e0/' "$SOURCE/config.json.example" >"$BUNDLE/config.json"
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
