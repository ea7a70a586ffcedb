#!/usr/bin/env bats
# process: user, groups, umask, env, cwd, PATH, rlimits, oom score, scheduler, I/O priority, personality ...
load bundle

# proves: /process/user /process/user/uid /process/user/gid /process/user/additionalGids
@test "user, group and additional groups" {
  config '.process.user = {"uid": 1000, "gid": 1001, "additionalGids": [7, 8, 100]}'
  inside 'id -u; id -g; id -G'
  same '1000
1001
1001 7 8 100'
  config '.process.user = {"uid": 4294967294, "gid": 4294967294}'
  inside 'id -u; id -g; grep Groups: /proc/self/status'
  same '4294967294
4294967294
Groups:	 '
}

@test "the program has none of husk's groups" {
  inside 'grep ^Groups: /proc/self/status'
  [ "$(tr -d ' \t' <<<"$output")" = Groups: ]
}

# proves: /process/user/umask
@test "the program has the umask of the config" {
  config '.process.user.umask = 63'
  inside umask
  same 0077
  config '.process.user.umask = 23'
  inside umask
  same 0027
}

@test "the umask and what husk makes do not depend on the caller's umask" {
  config '.process.cwd = "/made/here" | .process.user = {uid: 1000, gid: 1000} | .root.readonly = false'
  script 'umask; pwd'
  umask 077
  launch
  umask 022
  is 0 $'0022\n/made/here'
}

# proves: /process
@test "the environment is process.env and nothing else" {
  config '.process.env = ["A=1", "PATH=/bin", "EMPTY=", "HOME=/given", "B=x=y"]'
  program env
  export HUSK_LEAK=1 LEAK=2
  launch
  is 0 'A=1
PATH=/bin
EMPTY=
HOME=/given
B=x=y'
}

# proves: /process/env
@test "HOME is all that is added to the environment" {
  program env
  config '.process.env = ["PATH=/bin", "A=b"]'
  SECRET=1 LD_PRELOAD='' launch
  is 0 $'PATH=/bin\nA=b\nHOME=/root'
}

@test "an empty HOME is replaced in its position, and HOME occurs once" {
  program env
  config '.process.env = ["PATH=/bin", "HOME=", "A=b"]'
  launch
  is 0 $'PATH=/bin\nHOME=/root\nA=b'
  config '.process.env = ["HOME=/given", "PATH=/bin", "HOME="]'
  launch
  is 0 $'PATH=/bin\nHOME=/root'
  config '.process.env = ["HOME=", "PATH=/bin", "HOME=/given"]'
  launch
  is 0 $'PATH=/bin\nHOME=/given'
}

@test "HOME comes from the image's passwd when it is not set" {
  config '.process.user = {"uid": 1000, "gid": 1000}'
  inside 'echo $HOME'
  same /home/user
  config '.process.user = {uid: 4242, gid: 0}'
  inside 'echo $HOME'
  same /
  config '.process.user = {"uid": 0, "gid": 0}'
  inside 'echo $HOME'
  same /root
  rm "$ROOTFS/etc/passwd"
  inside 'echo $HOME'
  [[ "$output" = / || "$output" = /root ]]
}

# proves: /process/cwd /process/args
@test "the program starts in its working directory" {
  config '.process.cwd = "/home"'
  inside pwd
  same /home
}

@test "a missing cwd is made" {
  config '.process.cwd = "/not/yet" | .root.readonly = false'
  inside pwd
  same /not/yet
}

@test "a cwd that is not a directory is an error" {
  touch "$ROOTFS/file"
  refused_config '.process.cwd = "/file"' '/process/cwd' '/file'
}

@test "a cwd that only the user may enter" {
  mkdir -m 700 "$ROOTFS/home/user"
  chown 1000:1000 "$ROOTFS/home/user"
  config '.process.cwd = "/home/user" | .process.user = {"uid": 1000, "gid": 1000} | .process.capabilities = {}'
  inside pwd
  same /home/user
}

# proves: /process/rlimits /process/rlimits/*/type /process/rlimits/*/soft /process/rlimits/*/hard
# proves: rlimit-soft rlimit-hard
@test "the program has the rlimits of the config" {
  config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 200}, {type: "RLIMIT_CORE", soft: 0, hard: 0},
    {type: "RLIMIT_FSIZE", soft: 4096, hard: 123456789}, {type: "RLIMIT_STACK", soft: 1048576, hard: 2097152}]'
  script 'grep -E "open files|core file|Max file size|stack" /proc/self/limits | tr -s " "'
  sed -i 's/123456789/18446744073709551615/' "$BUNDLE/config.json" # jq cannot write this number
  launch
  succeeded
  says 'Max open files 100 200' 'Max core file size 0 0' 'Max file size 4096 unlimited' 'Max stack size 1048576 2097152'
  config '.process.rlimits[2].hard = 8192'
  inside 'ulimit -n; ulimit -Hn; grep "Max file size" /proc/self/limits | tr -s " "'
  same $'100\n200\nMax file size 4096 8192 bytes '
}

# limits: a soft and a hard value for each type, and the kernel's name. They can be set without CAP_SYS_RESOURCE.
limits() {
  cat <<'END'
AS 1000001536 1000003584 address space
CORE 4096 8192 core file size
CPU 101 102 cpu time
DATA 500002816 500004864 data size
FSIZE 40960 81920 file size
LOCKS 103 104 file locks
MEMLOCK 36864 45056 locked memory
MSGQUEUE 40000 50000 msgqueue size
NICE 0 0 nice priority
NOFILE 105 106 open files
NPROC 107 108 processes
RSS 1000005632 1000007680 resident set
RTPRIO 0 0 realtime priority
RTTIME 1000009 1000010 realtime timeout
SIGPENDING 109 110 pending signals
STACK 1048576 2097152 stack size
END
}

# without_resource COMMAND...: by root that cannot raise limits, with 1000 open files at most.
without_resource() {
  (ulimit -n 1000 && exec setpriv --bounding-set -sys_resource --inh-caps -sys_resource "$@")
}

@test "limits that root may not raise are as high as possible, with a warning" {
  config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 2000, hard: 4000}, {type: "RLIMIT_CORE", soft: 0, hard: 0}]'
  script 'ulimit -n; ulimit -Hn'
  run --separate-stderr without_resource "$HUSK" --root "$ROOT" "${WARNED[@]}" run --bundle "$BUNDLE" "$ID"
  is 0 $'1000\n1000'
  warns 'config.json:' '/process/rlimits/0: RLIMIT_NOFILE cannot be raised to 4000 without CAP_SYS_RESOURCE: it is 1000'
  never grep rlimits/1 "$WARNINGS"
  [ -z "$stderr" ]
  # in a user namespace husk sets them, and for exec as well
  config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
    | .linux.gidMappings = .linux.uidMappings'
  reachable
  script 'ulimit -Hn; sleep 1000'
  without_resource "$HUSK" --root "$ROOT" create --bundle "$BUNDLE" "$ID" >"$BATS_TEST_TMPDIR/out" 2>/dev/null </dev/null 3>&-
  husk start "$ID"
  wait_for grep -qx 1000 "$BATS_TEST_TMPDIR/out"
  run --separate-stderr without_resource "$HUSK" --root "$ROOT" exec "$ID" sh -c 'ulimit -Hn'
  is 0 1000
}

@test "an oomScoreAdj that root may not lower is left unchanged, with a warning" {
  config '.process.oomScoreAdj = -900'
  script 'cat /proc/self/oom_score_adj'
  run --separate-stderr without_resource "$HUSK" --root "$ROOT" "${WARNED[@]}" run --bundle "$BUNDLE" "$ID"
  is 0 "$(cat /proc/self/oom_score_adj)"
  warns '/process/oomScoreAdj: oom_score_adj cannot be lowered to -900 without CAP_SYS_RESOURCE'
}

# proves: rlimit-can-be-read rlimit-soft rlimit-hard
@test "every rlimit of the specification is set and can be read back" {
  local type name soft hard rest
  config '.process.rlimits = []'
  while read -r type soft hard rest; do
    config '.process.rlimits += [{type: $type, soft: $soft, hard: $hard}]' --arg type "RLIMIT_$type" \
      --argjson soft "$soft" --argjson hard "$hard"
  done <<<"$(limits)"
  inside 'sed "s/  */ /g" /proc/self/limits'
  while read -r type soft hard name; do
    says "Max $name $soft $hard"
  done <<<"$(limits)"
}

@test "every rlimit of the specification is known" {
  local name
  for name in AS CORE CPU DATA FSIZE LOCKS MEMLOCK MSGQUEUE NICE NOFILE NPROC RSS RTPRIO RTTIME SIGPENDING STACK; do
    config '.process.rlimits = [{"type": $type, "soft": 0, "hard": 0}]' --arg type "RLIMIT_$name"
    run husk check --bundle "$BUNDLE"
    succeeded
  done
}

# proves: /process/oomScoreAdj
# proves: oom-score-adj-set
@test "the program has the oomScoreAdj of the config" {
  config '.process.oomScoreAdj = 500'
  inside 'cat /proc/self/oom_score_adj'
  same 500
}

# proves: oom-score-adj-absent
@test "without oomScoreAdj the program has that of husk's caller" {
  local own
  own=$(cat /proc/self/oom_score_adj)
  config 'del(.process.oomScoreAdj)'
  script 'cat /proc/self/oom_score_adj'
  run --separate-stderr bash -c "echo $((own + 21)) >/proc/self/oom_score_adj
    exec '$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID' </dev/null"
  is 0 $((own + 21))
}

# proves: /process/noNewPrivileges
@test "no_new_privs is set as noNewPrivileges says" {
  inside "grep NoNewPrivs /proc/self/status"
  same 'NoNewPrivs:	1'
  config '.process.noNewPrivileges = false'
  inside "grep NoNewPrivs /proc/self/status"
  same 'NoNewPrivs:	0'
  config 'del(.process.noNewPrivileges)'
  inside "grep NoNewPrivs /proc/self/status"
  same 'NoNewPrivs:	0'
}

@test "the program has the scheduler of the config" {
  config '.process.scheduler = {"policy": "SCHED_BATCH", "nice": 5}'
  inside 'cut -d" " -f19,41 /proc/self/stat'
  same '5 3'
  config '.process.scheduler = {"policy": "SCHED_IDLE"}'
  inside 'cut -d" " -f41 /proc/self/stat'
  same 5
  config '.process.scheduler = {"policy": "SCHED_OTHER", "nice": 7}'
  inside 'cut -d" " -f19,41 /proc/self/stat'
  same '7 0'
}

@test "the program has the ioPriority of the config" {
  config '.process.ioPriority = {"class": "IOPRIO_CLASS_IDLE", "priority": 0}'
  inside 'ionice -p $$'
  says idle
  config '.process.ioPriority = {"class": "IOPRIO_CLASS_BE", "priority": 6}'
  inside 'ionice -p $$'
  says 'best-effort: prio 6'
}

# proves: /linux/personality /linux/personality/domain /linux/personality/domain[=LINUX]
# proves: /linux/personality/domain[=LINUX32]
@test "the program has the personality of the config" {
  config '.linux.personality = {domain: "LINUX32"}'
  inside 'uname -m'
  same "$(setarch linux32 uname -m)" # i686 on x86_64
  config '.linux.personality = {domain: "LINUX"}'
  inside 'uname -m'
  same "$(setarch linux64 uname -m)"
}

@test "the CPUs of execCPUAffinity hold for exec" {
  config '.process.execCPUAffinity = {"final": "0"}'
  container_up
  run --separate-stderr husk exec "$ID" grep Cpus_allowed_list /proc/self/status
  same 'Cpus_allowed_list:	0'
}

# proves: start-runs
@test "the program gets its arguments unchanged" {
  program sh -c 'for a; do echo "<$a>"; done' name '' ' ' 'a b' '*' '$HOME' $'new\nline' 'ünï' '"'
  launch
  same '<>
< >
<a b>
<*>
<$HOME>
<new
line>
<ünï>
<">'
}

@test "a new session keyring, unless --no-new-keyring is given" {
  program cat /proc/keys
  config '.linux.maskedPaths = []'
  launch --no-new-keyring
  succeeded
  says_not "_ses.$ID:"
  launch
  succeeded
  says "_ses.$ID:"
}

@test "the program leads a session of its own" {
  inside 'cut -d" " -f6 /proc/self/stat'
  same 1
}

@test "the program has no blocked signals, and SIGPIPE has its default effect" {
  trap '' INT
  inside "grep -E '^Sig(Blk|Ign):' /proc/1/status"
  trap - INT
  says 'SigBlk:	0000000000000000'
  [ $((0x${output##*$'\t'} & 0x1000)) -eq 0 ]
}

@test "signals: a caller that ignores SIGCHLD still learns the exit status" {
  program sh -c 'exit 7'
  run -7 env --ignore-signal=CHLD "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  never grep . <<<"$output"
}

# ---- more than execve takes ------------------------------------------------------------------------------------------

# too_long TEXT...: execve refuses the program; run and start print one line that contains each text.
too_long() {
  launch
  is 1 ''
  complains 'argument list too long (' "$@"
  [ "$(grep -c . <<<"$stderr")" -eq 1 ]
  create
  run husk start "$ID"
  is 1
  says 'argument list too long (' "$@"
  [ "${#lines[@]}" -eq 1 ]
  husk delete --force "$ID"
}

# changed FILTER: the bundle's program is true, with this change; $long is one byte more than the kernel takes of a string,
# and jq reads it from a file, since it is too long for an argument.
changed() {
  local page
  page=$(getconf PAGESIZE)
  LIMIT=$((32 * page - 1))
  head -c "$((32 * page))" /dev/zero | tr '\0' x >"$BATS_TEST_TMPDIR/long"
  example
  program true
  config "$1" --rawfile long "$BATS_TEST_TMPDIR/long" --argjson limit "$LIMIT"
}

@test "run and start report the string that is too long for execve, with its place" {
  changed '.process.env += ["A=1", "BIG=" + $long, "B=1"]'
  too_long '/process/env/3: exec: "true": ' "the environment variable BIG is $((LIMIT + 5)) bytes long: the kernel allows $LIMIT)"
  changed '.process.args += ["a", $long]'
  too_long '/process/args/2: exec: "true": ' "the argument args[2] is $((LIMIT + 1)) bytes long: the kernel allows $LIMIT)"
  changed '.process.args += ["a", $long] | del(.linux.seccomp)'
  too_long '/process/args/2: exec: "true": ' "the argument args[2] is $((LIMIT + 1)) bytes long"
  changed '.process.env += ["BIG=" + $long, "MORE=" + $long] | .process.args += [$long]'
  too_long 'the argument args[1] ' '; 2 more are too long)'
  changed '.process.env += [$long + "=1"]'
  too_long "the environment variable $(printf '%040d' 0 | tr 0 x)... is"
  # the last of two with one name counts
  changed '.process.env += ["BIG=" + $long, "BIG=1"]'
  launch
  is 0 ''
  changed '.process.env += ["BIG=" + $long[0:$limit - 4]] | .process.args += [$long[0:$limit]]'
  launch
  is 0 ''
}

@test "if all strings together are too long, the error has the sizes of arguments and environment" {
  changed '.process.env += [range(80) | "V\(.)=" + ($long[0:100000])]'
  too_long 'the arguments take 5 bytes, the environment 80' 'RLIMIT_STACK'
  changed '.process.args += [range(80) | $long[0:100000]]'
  too_long 'the arguments take 8000085 bytes, the environment '
}

@test "arguments that are too long are an error of exec and of hooks" {
  changed '.process.args = ["sleep", "1000"]'
  create
  husk start "$ID"
  jq --rawfile long "$BATS_TEST_TMPDIR/long" '.process | .args = ["true", $long] | .terminal = false' "$BUNDLE/config.json" >"$BATS_TEST_TMPDIR/process"
  run husk exec --process "$BATS_TEST_TMPDIR/process" "$ID"
  is 126
  says '/args/1: exec: "true": argument list too long (the argument args[1] is'
  jq --rawfile long "$BATS_TEST_TMPDIR/long" '.process | .args = ["true"] | .env += ["BIG=" + $long] | .terminal = false' "$BUNDLE/config.json" >"$BATS_TEST_TMPDIR/process"
  run husk exec --process "$BATS_TEST_TMPDIR/process" "$ID"
  is 126
  says 'exec: "true": argument list too long (the environment variable BIG is'
  husk delete --force "$ID"
  local kind
  for kind in createRuntime createContainer startContainer; do
    changed ".hooks = {$kind: [{path: \"/bin/true\", args: [\"true\"], env: [\"BIG=\" + \$long]}]}"
    launch
    is 1 ''
    complains "$kind hook 0 (/bin/true): argument list too long (the environment variable BIG is"
  done
}
