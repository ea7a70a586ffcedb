load bundle

@test "user, group, additional groups and umask are as configured" {
  program_sh 'id -u; id -g; id -G; umask; grep ^Groups /proc/self/status'
  config '.process.user = {uid: 1000, gid: 1001, additionalGids: [5, 6], umask: 23}'
  go
  is 0 $'1000\n1001\n1001 5 6\n0027\nGroups:\t5 6 '
}

@test "HOME comes from the image's passwd when it is unset, and stays when it is set" {
  program_sh 'echo $HOME'
  config '.process.user = {uid: 1000, gid: 1000}'
  go
  is 0 /home/user
  config '.process.user.uid = 4242'
  go
  is 0 /
  config '.process.env += ["HOME=/elsewhere"]'
  go
  is 0 /elsewhere
}

@test "cwd is made if it is missing" {
  program pwd
  config '.process.cwd = "/made/for/this"'
  go
  is 0 /made/for/this
}

@test "the program is found in the PATH of its own environment" {
  mkdir "$BUNDLE/rootfs/opt"
  printf '#!/bin/sh\necho found $1\n' >"$BUNDLE/rootfs/opt/prog"
  chmod 755 "$BUNDLE/rootfs/opt/prog"
  program prog argument
  config '.process.env = ["PATH=/nowhere:/opt"]'
  go
  is 0 'found argument'
}

@test "capability sets are exactly the configured ones: root" {
  program grep Cap /proc/self/status
  config '.process.capabilities = {bounding: ["CAP_KILL", "CAP_CHOWN"], permitted: ["CAP_KILL", "CAP_CHOWN"],
          effective: ["CAP_KILL"], inheritable: [], ambient: []}'
  go
  is 0 $'CapInh:\t0000000000000000\nCapPrm:\t0000000000000021\nCapEff:\t0000000000000021\nCapBnd:\t0000000000000021\nCapAmb:\t0000000000000000'
}

@test "capability sets are exactly the configured ones: another user, with ambient" {
  program grep Cap /proc/self/status
  config '.process.user = {uid: 1000, gid: 1000} |
          .process.capabilities = {bounding: ["CAP_KILL", "CAP_CHOWN"], permitted: ["CAP_KILL", "CAP_CHOWN"],
          effective: ["CAP_KILL"], inheritable: ["CAP_KILL"], ambient: ["CAP_KILL"]}'
  go
  is 0 $'CapInh:\t0000000000000020\nCapPrm:\t0000000000000020\nCapEff:\t0000000000000020\nCapBnd:\t0000000000000021\nCapAmb:\t0000000000000020'
}

@test "CV-21: without inheritable and ambient nothing is inherited" {
  program grep -E 'CapInh|CapAmb' /proc/self/status
  go
  is 0 $'CapInh:\t0000000000000000\nCapAmb:\t0000000000000000'
}

@test "a capability that husk lacks is left out with one warning" {
  run grep CapBnd /proc/self/status
  [[ $output != *fffffffffff* ]] || skip "root has every capability here"
  program true
  config '.process.capabilities = {bounding: ["CAP_SYS_RESOURCE", "CAP_KILL"], permitted: ["CAP_SYS_RESOURCE", "CAP_KILL"],
          effective: ["CAP_SYS_RESOURCE"]}'
  go
  is 0
  says 'CAP_SYS_RESOURCE cannot be granted'
  [ "$(grep -c CAP_SYS_RESOURCE <<<"$output")" = 1 ]
}

@test "no capabilities in the config are no capabilities" {
  program grep -E 'CapBnd|CapEff' /proc/self/status
  config 'del(.process.capabilities)'
  go
  is 0 $'CapEff:\t0000000000000000\nCapBnd:\t0000000000000000'
}

@test "noNewPrivileges true and false" {
  program grep NoNewPrivs /proc/self/status
  go
  is 0 $'NoNewPrivs:\t1'
  config '.process.noNewPrivileges = false'
  go
  is 0 $'NoNewPrivs:\t0'
}

@test "rlimits are read back as set" {
  program_sh 'ulimit -n; ulimit -Hn; grep "Max file size" /proc/self/limits'
  config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 200}, {type: "RLIMIT_FSIZE", soft: 4096, hard: 8192}]'
  go
  is 0
  [[ $output =~ ^100$'\n'200$'\n'Max\ file\ size\ +4096\ +8192 ]]
}

@test "oomScoreAdj, scheduler, ioPriority and personality" {
  program_sh 'cat /proc/self/oom_score_adj; grep -E "^(policy|prio)" /proc/self/sched; uname -m'
  ln -s busybox "$BUNDLE/rootfs/bin/uname"
  config '.process.oomScoreAdj = 500 | .process.scheduler = {policy: "SCHED_BATCH", nice: 5} |
          .process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6} | .linux.personality = {domain: "LINUX32"}'
  go
  is 0
  says 500
  [[ $(uname -m) != x86_64 ]] || says i686
}

@test "host name and domain name" {
  program_sh 'hostname; cat /proc/sys/kernel/domainname'
  config '.hostname = "one" | .domainname = "two.test"'
  go
  is 0 $'one\ntwo.test'
}

@test "sysctls of the container's namespaces" {
  program cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax
  config '.linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.msgmax": "4096"}'
  go
  is 0 $'1\n4096'
}

@test "lo is up in a new network namespace" {
  program_sh 'ip addr show lo'
  go
  is 0
  says 'LOOPBACK,UP'
}

@test "time offsets move the clocks of the container" {
  [ -e /proc/self/ns/time ] || skip "this kernel has no time namespaces"
  program_sh 'head -n1 /proc/uptime'
  config '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: 100000000}}'
  go
  is 0
  [ "${output%%.*}" -ge 100000000 ]
}

@test "a new session keyring of its own, or the caller's" {
  program_sh 'cat /proc/keys | head -c0; echo ok'
  go
  is 0 ok
  run husk run --no-new-keyring --bundle "$BUNDLE" "$ID"
  is 0 ok
}

@test "BI-41: a label without its LSM is refused" {
  [ ! -e /sys/module/apparmor ] || skip "this kernel has AppArmor"
  config '.process.apparmorProfile = "x"'
  refused 'AppArmor is not enabled in this kernel'
  config 'del(.process.apparmorProfile) | .process.selinuxLabel = "x"'
  refused 'SELinux is not enabled in this kernel'
  config 'del(.process.selinuxLabel) | .linux.mountLabel = "x"'
  refused 'SELinux is not enabled in this kernel'
}
