#!/usr/bin/env bats
# Configs of the shape that engines write run as they stand, with the sets and the filter that they ask for.
load bundle

# mask SET: what the config's set of capabilities is as the kernel prints it, cut to what husk itself has.
mask() {
  local own
  own=$(sed -n 's/^CapBnd:\t//p' /proc/self/status)
  python3 - "$1" "$BUNDLE/config.json" "$own" <<'P'
import json, sys
names = """CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE
NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT
SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP
MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE""".split()
wanted = json.load(open(sys.argv[2]))["process"]["capabilities"][sys.argv[1]]
print("%016x" % (sum(1 << names.index(n[4:]) for n in wanted) & int(sys.argv[3], 16)))
P
}

# The bundle has the files that engines bind. The cgroup is of the test, and the score one that an ordinary host allows.
sample() {
  cp "$SOURCE/tests/configs/$1.json" "$BUNDLE/config.json"
  in_parent
  config '.process.oomScoreAdj = ([.process.oomScoreAdj // 0, 0] | max)'
  mkdir -p "$BUNDLE/files/etc" "$BUNDLE/files/run"
  touch "$BUNDLE"/files/etc/{resolv.conf,hostname,hosts} "$BUNDLE/files/run/.containerenv"
  launch
  succeeded
  says "CapEff:"$'\t'"$(mask effective)"
  says "CapBnd:"$'\t'"$(mask bounding)"
  says "NoNewPrivs:"$'\t'"$(jq 'if .process.noNewPrivileges then 1 else 0 end' "$BUNDLE/config.json")"
  says "Seccomp:"$'\t'"$(jq 'if .linux.seccomp then 2 else 0 end' "$BUNDLE/config.json")"
  nothing_left
}

@test "docker" { sample docker; }
@test "docker, privileged" { sample docker-privileged; }
@test "podman" { sample podman; }
@test "ctr with a filter" { sample ctr; }
@test "containerd for Kubernetes" { sample containerd; }
@test "CRI-O for Kubernetes" { sample crio; }
@test "CRI-O for Kubernetes, privileged" { sample crio-privileged; }
