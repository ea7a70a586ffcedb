# husk seccomp audit: lines of the kernel's log, counted, named, compared with a profile.
# bats file_tags=any-machine
load bundle

setup() {
  bundle_make
  LOG=$BATS_TEST_TMPDIR/log
  PROFILE=$BATS_TEST_TMPDIR/profile.json
  cat >"$PROFILE" <<'P'
{
  "defaultAction": "SCMP_ACT_LOG",
  "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
  "syscalls": [
    { "names": ["read", "write", "execve", "exit_group"], "action": "SCMP_ACT_ALLOW" },
    { "names": ["ptrace"], "action": "SCMP_ACT_KILL_PROCESS" },
    { "names": ["socket"], "action": "SCMP_ACT_ERRNO", "errnoRet": 97, "args": [{ "index": 0, "value": 40, "op": "SCMP_CMP_EQ" }] },
    { "names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{ "index": 0, "value": 0, "op": "SCMP_CMP_NE" }] }
  ]
}
P
}

# line STAMP COMM ARCH NUMBER CODE [PID]: appends a record as dmesg has it.
line() {
  echo "[   12.345678] audit: type=1326 audit(1795966627.$1:$1): auid=4294967295 uid=0 gid=0 ses=4294967295 pid=${6:-999999999}" \
    "comm=$2 exe=\"/bin/app\" sig=0 arch=$3 syscall=$4 compat=0 ip=0x40176b code=$5" >>"$LOG"
}

audit() {
  run --separate-stderr "$HUSK" --root "$ROOT" seccomp audit "$@"
}

@test "audit names calls, architectures and programs, and counts what is alike" {
  line 001 '"app"' c000003e 83 0x7ffc0000
  line 002 '"app"' c000003e 83 0x7ffc0000
  line 002 '"app"' c000003e 83 0x7ffc0000
  line 003 '"app"' 40000003 39 0x0
  line 004 '"app"' c000003e 1073741907 0x7ffc0000
  line 005 '"app"' c00000b7 34 0x50000
  line 006 '"app"' c000003e 999 0x30000
  line 007 '"app"' deadbeef 5 0x80000000
  echo 'usb 1-1: new device' >>"$LOG"
  audit --file "$LOG"
  succeeded
  says '     2  mkdir (83) by app (/bin/app) on x86_64: LOG' 'mkdir (39) by app (/bin/app) on x86: KILL_THREAD' \
    'mkdir (1073741907) by app (/bin/app) on x32: LOG' 'mkdirat (34) by app (/bin/app) on aarch64: ERRNO' \
    'system call 999 by app (/bin/app) on x86_64: TRAP' 'system call 5 by app (/bin/app) on 0xdeadbeef: KILL_PROCESS' \
    '7 calls, 6 of them different, in 9 lines'
  [ "$("$HUSK" seccomp audit <"$LOG")" = "$output" ]
  audit --json --file "$LOG"
  jq -e 'length == 6 and .[0] == {count: 2, syscall: "mkdir", number: 83, architecture: "SCMP_ARCH_X86_64", auditArchitecture: 3221225534,
    action: "LOG", comm: "app", exe: "/bin/app", first: "2026-11-29T15:37:07Z", last: "2026-11-29T15:37:07Z"}' <<<"$output"
  audit </dev/null
  is 0 'no seccomp records in 0 lines'
  audit --json </dev/null
  succeeded
  jq -e '. == []' <<<"$output"
}

@test "audit shows the rule of a profile that has given the logged answer" {
  line 001 '"app"' c000003e 83 0x7ffc0000
  line 002 '"app"' c000003e 101 0x80000000
  line 003 '"app"' c000003e 41 0x50000
  line 004 '"app"' c000003e 1 0x80000000
  line 005 '"app"' c00000b7 34 0x0
  audit --file "$LOG" "$PROFILE"
  succeeded
  says "LOG, by $PROFILE:2:20: /defaultAction" "KILL_PROCESS, by $PROFILE:6:5: /syscalls/1" \
    "ERRNO 97 (address family not supported by protocol) if arg0 == 0x28, by $PROFILE:7:5: /syscalls/2" \
    "under this profile: ALLOW, by $PROFILE:5:5: /syscalls/0" "KILL_THREAD, by $PROFILE:3:20: /architectures"
  audit --json --file "$LOG" "$PROFILE"
  jq -e --arg p "$PROFILE" 'any(.[]; .syscall == "ptrace" and .profile == {verdict: "KILL_PROCESS", place: ($p + ":6:5: /syscalls/1"), agrees: true})
    and any(.[]; .syscall == "write" and .profile.agrees == false)' <<<"$output"
}

@test "audit --profile writes what was logged and allowed, not what was denied" {
  local out=$BATS_TEST_TMPDIR/out.json
  line 001 '"app"' c000003e 83 0x7ffc0000
  line 002 '"app"' 40000003 5 0x7ffc0000
  line 003 '"app"' c000003e 165 0x50000
  line 004 '"app"' c000003e 999 0x7ffc0000
  audit --file "$LOG" --profile "$out"
  succeeded
  complains 'unknown system calls 999 of x86_64: they are not in the profile' \
    'calls of 3 lines that do not prove who wrote them'
  jq -e '.defaultAction == "SCMP_ACT_ERRNO" and .architectures == ["SCMP_ARCH_X86", "SCMP_ARCH_X86_64"]
    and .syscalls == [{names: ["mkdir", "open", "restart_syscall"], action: "SCMP_ACT_ALLOW"}]' "$out"
  : >"$LOG"
  line 005 '"app"' c000003e 84 0x7ffc0000
  audit --file "$LOG" --profile "$out" --merge
  succeeded
  jq -e '.syscalls[0].names == ["mkdir", "open", "restart_syscall", "rmdir"]' "$out"
  jq -Rc '{_TRANSPORT: "kernel", MESSAGE: .}' "$LOG" >"$LOG.json"
  audit --file "$LOG.json" --profile "$out"
  succeeded
  complains_not 'who wrote them'
  jq -e '.syscalls[0].names == ["restart_syscall", "rmdir"]' "$out"
  : >"$LOG"
  line 006 '"app"' c000003e 84 0x50000
  audit --file "$LOG" --profile "$out.none"
  is 1
  complains 'the log has no call that SCMP_ACT_LOG allowed'
  [ ! -e "$out.none" ]
  audit --file "$LOG" --profile /nonexistent/out.json
  is 1
  complains 'write the recorded profile /nonexistent/out.json'
}

@test "audit escapes names, and does not count what programs have written" {
  line 001 6120221B5B324A c000003e 83 0x7ffc0000
  printf 'Nov 29 15:37:40 host liar[12]: kernel: %s\n' "$(cat "$LOG")" >>"$LOG"
  echo '[   13.0] audit: rate limit exceeded' >>"$LOG"
  echo 'type=1326 audit(1.2:3): comm="x"' >>"$LOG"
  audit --file "$LOG"
  succeeded
  says '1  mkdir (83) by a "\x1b[2J (/bin/app) on x86_64: LOG' '1 call, 1 of them different'
  complains 'were written by programs (liar)' 'the kernel dropped records' '1 lines are damaged'
  audit --json --file "$LOG"
  jq -e '.[0].comm == "a \"\u001b[2J"' <<<"$output"
  never grep -q $'\x1b' <<<"$output"
}

@test "audit finds the container of a process that lives still, by its cgroup and husk's records" {
  bed vm-systemd vm-rootless ns-systemd && skip "cgroups have names of systemd's here"
  config '.annotations = {"io.kubernetes.cri.container-name": "web", "io.kubernetes.cri.sandbox-name": "shop",
    "io.kubernetes.cri.sandbox-namespace": "default"}'
  container_up
  wait_for grep -q sleep "/proc/$PID/comm"
  local now
  now=$(date +%s)
  line 001 '"sleep"' c000003e 83 0x7ffc0000 "$PID"
  line 002 '"other"' c000003e 84 0x7ffc0000 "$PID"
  line 003 '"sleep"' c000003e 85 0x7ffc0000 "$PID"
  sed -i "1,2s/audit(1795966627/audit($now/; 3s/audit(1795966627/audit(1000000000/" "$LOG"
  audit --file "$LOG"
  succeeded
  says 'mkdir (83) by sleep (/bin/app) on x86_64: LOG, pod default/shop, container web'
  # another program by that number, and one that began after the line
  [[ $'\n'"$output"$'\n' = *'rmdir (84) by other (/bin/app) on x86_64: LOG'$'\n'* ]]
  [[ $'\n'"$output"$'\n' = *'creat (85) by sleep (/bin/app) on x86_64: LOG'$'\n'* ]]
  audit --json --file "$LOG"
  jq -e --arg id "$ID" '.[] | select(.number == 83) | .containerId == $id and .pod == "shop" and .namespace == "default"
    and .container == "web" and (.cgroup | endswith($id))' <<<"$output"
}

@test "audit refuses what it cannot read" {
  audit --file /nonexistent
  is 1
  complains 'open /nonexistent: no such file or directory'
  audit "$PROFILE" "$PROFILE" </dev/null
  complains 'takes one profile, 2 given'
  audit --merge </dev/null
  complains '--merge needs --profile'
  audit /nonexistent.json </dev/null
  is 1
  complains '/nonexistent.json'
}

@test "audit resolves docker's format for --cap, and reads the profile from standard input beside --file" {
  local docker=$SOURCE/tests/profiles/docker.json
  line 001 '"app"' c000003e 165 0x50000
  audit --file "$LOG" "$docker"
  succeeded
  says 'mount (165) by app' "        ERRNO 1 (operation not permitted), by $docker:"
  audit --file "$LOG" --cap SYS_ADMIN "$docker"
  succeeded
  says '        under this profile: ALLOW, by '"$docker:"
  run --separate-stderr "$HUSK" seccomp audit --file "$LOG" --cap SYS_ADMIN - <"$docker"
  succeeded
  says '        under this profile: ALLOW, by standard input:'
  run --separate-stderr "$HUSK" seccomp audit - <"$LOG"
  is 1
  complains 'standard input is the log'
}

@test "audit shows the rule of a SeccompProfile" {
  line 001 '"app"' c000003e 59 0x7ffc0000
  audit --file "$LOG" --base "$SOURCE/docs/examples/base-profile.json" "$SOURCE/docs/examples/derived-profile.json"
  succeeded
  says 'execve (59) by app' 'ALLOW, by ' 'base-profile.json:'
}

@test "audit does not replace the log by the profile that is made of it" {
  line 001 '"app"' c000003e 83 0x7ffc0000
  local before
  before=$(cat "$LOG")
  ln "$LOG" "$LOG.json"
  audit --file "$LOG" --profile "$LOG.json"
  is 1
  complains 'the profile would replace the log'
  run --separate-stderr "$HUSK" seccomp audit --profile "$LOG" <"$LOG"
  is 1
  complains 'the profile would replace the log'
  [ "$(cat "$LOG")" = "$before" ]
}
