#!/usr/bin/env bats
# What husk says of the usual mistakes: where, why, and what to do about it. Clients match the words of errno in some of
# these lines, so the explanation follows them.
# shellcheck disable=SC2016 # jq and the container's shell have a $ of their own
load bundle

# text BYTES: config.json is these bytes, with printf's escapes.
text() {
  printf "$1" >"$BUNDLE/config.json"
}

# file NAME: an executable file in the root file system, from standard input.
file() {
  cat >"$ROOTFS/$1"
  chmod 755 "$ROOTFS/$1"
}

# elf MACHINE TYPE [SIZE]: an ELF header, and nothing behind it that could be loaded.
elf() {
  printf '\177ELF\002\001\001\000\000\000\000\000\000\000\000\000%b%b\001\000\000\000' "$2" "$1" | head -c "${3:-64}"
}

# cannot_run NAME TEXT: with each profile the program is refused with this line; under one that allows only execve, without
# the part in brackets, which would take other calls.
cannot_run() {
  local profile
  for profile in 'del(.linux.seccomp)' . '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", syscalls: [
    {names: ["execve"], action: "SCMP_ACT_ALLOW"}, {names: ["openat2", "statx"], action: "SCMP_ACT_KILL_PROCESS"}]}'; do
    example_with "$profile"
    program "/$1"
    [[ $profile != *execve* ]] || set -- "$1" "${2%% (*}"
    refused "/process/args/0: exec: \"/$1\": $2"
  done
}

@test "a syntax error: the byte, and what is wrong there" {
  local bytes place what
  while IFS='|' read -r bytes place what; do
    text "$bytes"
    refused "config.json:$place: not valid JSON: $what"
  done <<'END'
{"a": "b"\n "c": 1}|1:10|a comma is missing after "b"
{"a": [1 2]}|1:9|a comma is missing after "1"
{"a": {}\n "c": 1}|1:9|a comma is missing after "}"
{"a": 1,}|1:8|a comma before "}" (remove the comma)
{"a": [1,\n]}|1:9|a comma before "]" (remove the comma)
{"a": 1,, "b": 2}|1:9|two commas in a row
{"a": "b|1:9|the text ends inside the string that begins at 1:7 (is it whole, or is a closing quote missing?)
{\n"a": {"b": 1},\n|2:15|the text ends inside the object that begins at 1:1 (is it whole, or is a "}" missing?)
[1, 2|1:6|the text ends inside the array that begins at 1:1 (is it whole, or is a "]" missing?)
{"a" 1}|1:5|a colon is missing after the key "a"
{"a" = 1}|1:6|"=" in place of the colon after the key "a"
{"a"}|1:5|a colon and a value are missing after the key "a"
{"a": }|1:7|a value is missing after the colon
{a: 1}|1:2|the key a is not in quotes
{'a': 1}|1:2|' does not begin a string (strings are in double quotes
{"a": True}|1:7|True is not a value (did you mean true?)
{"a": b}|1:7|b is not a value (strings are in double quotes
{"a": 0644}|1:7|the number 0644 begins with a zero
{"a": 0x1F}|1:7|"0x1F" is not a number
{"a": 1.}|1:9|"1." is not a number: a digit is missing here
{"a": "\\d"}|1:8|strings have no escape \d (a backslash itself is written \\)
{"a": "\\u12"}|1:8|\u needs four hexadecimal digits
{"a": "b\n", "c": 1}|1:9|the line ends inside a string (is its closing quote missing?
{"a": "b\tc"}|1:9|a tab in a string must be written \t
{"a": 1}}|1:9|"}" closes nothing
{"a": 1} {}|1:10|text after the end of the document
{"a": [1}|1:9|"}" cannot close the array that begins at 1:7 (a "]" is missing before it)
{"a": 1]|1:8|"]" cannot close the object that begins at 1:1 (a "}" is missing before it)
{"a": 1 /* b */}|1:9|JSON has no comments (remove it)
# b\n{}|1:1|JSON has no comments (remove it)
{"a": [1; 2]}|1:9|";" in place of a comma
{"a":: 1}|1:6|a colon in place of a value
\xef\xbb\xbf{}|1:1|the file starts with a byte order mark (remove it)
 |1:1|the text is empty
END
}

@test "a value of another kind: how it is written in the kind that is expected" {
  refused_example '.process.user.uid = "nobody"' '/process/user/uid: expected a number, found a string (husk does not read /etc/passwd'
  refused_example '.process.user.additionalGids = ["wheel"]' '/process/user/additionalGids/0: ' 'give the number)'
  refused_example '.process.user.gid = "0"' '/process/user/gid: expected a number, found a string (without quotes: 0)'
  refused_example '.process.terminal = "false"' '/process/terminal: ' '(without quotes: false)'
  refused_example '.hostname = 7' '/hostname: ' '(in quotes: "7")'
  refused_example '.process.args = "sh"' '/process/args: ' '(a list with one entry is ["sh"])'
}

@test "a word without its prefix, shortened or misspelt: the one that is meant" {
  local filter meant
  while IFS='|' read -r filter meant; do
    refused_example "$filter" "(did you mean $meant?)"
  done <<'END'
.linux.namespaces += [{type: "net"}]|network
.linux.namespaces += [{type: "mnt"}]|mount
.process.rlimits = [{type: "NOFILE", soft: 9, hard: 9}]|RLIMIT_NOFILE
.process.rlimits = [{type: "nproc", soft: 9, hard: 9}]|RLIMIT_NPROC
.linux.seccomp.defaultAction = "ERRNO"|SCMP_ACT_ERRNO
.linux.seccomp.defaultAction = "allow"|SCMP_ACT_ALLOW
.linux.seccomp.architectures = ["x86_64"]|SCMP_ARCH_X86_64
.linux.seccomp.architectures = ["aarch64"]|SCMP_ARCH_AARCH64
.linux.seccomp.flags = ["TSYNC"]|SECCOMP_FILTER_FLAG_TSYNC
.linux.seccomp.syscalls[0].args = [{index: 0, value: 1, op: "EQ"}]|SCMP_CMP_EQ
END
}

@test "a name that is not a capability is warned of once, with the one that is meant" {
  config '.process.capabilities |= map_values(. + ["CAP_CHWON", "net_raw", "CAP_NO_SUCH_THING"])'
  run husk check --bundle "$BUNDLE"
  says '"CAP_CHWON" is not a capability: left out (did you mean "CAP_CHOWN"?)' \
    '"net_raw" is not a capability: left out (did you mean "CAP_NET_RAW"?)'
  [ "$(grep -c 'is not a capability' <<<"$output")" = 3 ]
  program sleep 1000
  create
  run --separate-stderr husk "${WARNED[@]}" exec --cap CAP_SYS_ADMN "$ID" true
  is 0
  warns '--cap "CAP_SYS_ADMN" is not a capability: left out (did you mean "CAP_SYS_ADMIN"?)'
}

@test "a program that is there and cannot be executed: why" {
  local missing='no such file or directory' format='exec format error' own name
  own=$(uname -m)
  echo 'echo hi' | file plain
  file empty </dev/null
  { elf '\020\377' '\002\000'; head -c 40 /dev/zero; } | file strange
  { elf '\363\000' '\002\000'; head -c 40 /dev/zero; } | file riscv
  elf '\076\000' '\002\000' 18 | file short
  echo '#!/usr/bin/pythn -u' | file script
  printf '#!/bin/sh\r\necho hi\r\n' | file dos
  printf '\xef\xbb\xbf#!/bin/sh\n' | file marked
  echo '#! ' | file nameless
  echo '#!no/such' | file relative
  echo '#!/script' | file chained
  echo '#!/riscv' | file foreign
  echo '#!/etc/passwd' | file unready
  echo '#!/etc' | file directory
  cannot_run plain "$format (it is not an ELF file and has no \"#!\" line: a script begins with one, as #!/bin/sh)"
  cannot_run empty "$format (it is empty)"
  cannot_run strange "$format (it is for another processor, this machine is $own)"
  cannot_run riscv "$format (it is for riscv, this machine is $own)"
  cannot_run short "$format (it is cut off within its ELF header)"
  cannot_run script "$missing (its interpreter /usr/bin/pythn is not in the root file system)"
  cannot_run dos "$missing (its first line ends with a carriage return: use dos2unix)"
  cannot_run marked "$format (it has a byte order mark before \"#!\": remove it)"
  cannot_run nameless "$format (it has no interpreter in its \"#!\" line)"
  cannot_run relative "$missing (its interpreter no/such is not an absolute path)"
  cannot_run chained "$missing (its interpreter /usr/bin/pythn is not in the root file system)"
  cannot_run foreign "$format (its interpreter /riscv is for riscv, this machine is $own)"
  cannot_run unready 'permission denied (its interpreter /etc/passwd has mode 644: chmod +x makes it executable)'
  cannot_run directory 'permission denied (its interpreter /etc is not a regular file)'
}

@test "under a profile with which husk-init cannot look at the file, the hint is what the error alone says" {
  example_with '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", syscalls: [{names: ["execve"], action: "SCMP_ACT_ALLOW"}]}'
  echo '#!/no/such' | file script
  echo 'echo hi' | file plain
  program /script
  refused 'exec: "/script": no such file or directory (the file is there, but not the interpreter or loader that it needs)'
  program /plain
  refused 'exec: "/plain": exec format error (it is neither a program for this machine nor a script that begins with #!)'
}

@test "a program whose loader is missing or is no ELF file: which one" {
  local loader
  "${CC:-cc}" -x c -o "$ROOTFS/dynamic" - <<<'int main (void) { return 0; }'
  loader=$(readelf -l "$ROOTFS/dynamic" | sed -n 's/.*interpreter: \(.*\)]/\1/p')
  cannot_run dynamic "no such file or directory (its loader $loader is not in the root file system)"
  mkdir -p "$ROOTFS/${loader%/*}"
  echo hi >"$ROOTFS$loader"
  cannot_run dynamic "permission denied (its loader $loader has mode 644: chmod +x makes it executable)"
}

@test "hostile first pages: program headers that point anywhere, an interpreter line without an end, a file that is a pipe" {
  local offset
  for offset in '\100\000\000\000\000\000\000\000' '\377\377\377\377\377\377\377\377' '\000\020\000\000\000\000\000\000' \
    '\360\017\000\000\000\000\000\000'; do
    {
      elf "$(printf '\\%03o\\000' "$(($(od -An -tu1 -j18 -N1 "$HUSK_INIT")))")" '\002\000' 24
      printf '\000\000\000\000\000\000\000\000%b' "$offset"
      printf '\000\000\000\000\000\000\000\000\000\000\000\000\100\000\070\000\377\377\000\000\000\000\000\000'
      # a PT_INTERP that ends after the file
      printf '\003\000\000\000\004\000\000\000\360\000\000\000\000\000\000\000%032d' 0
      printf '\377\377\000\000\000\000\000\000\377\377\000\000\000\000\000\000\000\000\000\000\000\000\000\000'
    } | file headers
    example_with 'del(.linux.seccomp)'
    program /headers
    refused 'exec: "/headers": '
  done
  { printf '#!/'; head -c 5000 /dev/zero | tr '\0' a; } | file long
  program /long
  refused 'exec: "/long": '
  mkfifo "$ROOTFS/pipe"
  chmod 755 "$ROOTFS/pipe"
  program /pipe
  refused 'exec: "/pipe": permission denied (it is a FIFO)'
  echo '#!/pipe' | file piped
  program /piped
  refused 'exec: "/piped": permission denied (its interpreter /pipe is a FIFO)'
}

@test "a program that may not be executed: its mode, its user, or the file system" {
  program /etc/passwd
  refused 'exec: "/etc/passwd": permission denied (it has mode 644: chmod +x makes it executable)'
  config '.process.env = ["PATH=/etc"]'
  program passwd
  refused 'exec: "passwd": permission denied (it has mode 644: chmod +x makes it executable)'
  example_with '.process.user = {uid: 1000, gid: 1000} | del(.process.capabilities)'
  file mine <"$ROOTFS/bin/busybox"
  chmod 700 "$ROOTFS/mine"
  program /mine
  refused 'exec: "/mine": permission denied (it has mode 700: this user may not execute it)'
  mkdir -m 700 "$ROOTFS/closed"
  cp "$ROOTFS/bin/busybox" "$ROOTFS/closed/busybox"
  program /closed/busybox
  refused 'exec: "/closed/busybox": permission denied'
  example_with '.mounts += [{destination: "/tmp", type: "bind", source: $source, options: ["bind", "noexec"]}]' \
    --arg source "$ROOTFS/bin"
  program /tmp/busybox
  refused 'exec: "/tmp/busybox": permission denied (it is on a file system that is mounted noexec)'
}

@test "a program that is not there: a whole command line, a link to nothing, PATH" {
  program 'echo ok'
  refused 'exec: "echo ok": executable file not found in $PATH (each argument is an entry of its own: ["echo", "ok"])'
  program '/bin/echo ok'
  refused 'exec: "/bin/echo ok": stat /bin/echo ok: no such file or directory (each argument is an entry of its own: '
  config '.process.env = ["PATH=/usr/bin:/opt/bin"]'
  program busybox
  refused 'executable file not found in $PATH (PATH is /usr/bin:/opt/bin)'
  ln -s /opt/gone "$ROOTFS/link"
  program /link
  refused 'exec: "/link": stat /link: no such file or directory (it is a link to /opt/gone, which is not in the root file system)'
  program /gone
  refused 'exec: "/gone": stat /gone: no such file or directory (it is not in the root file system)'
}

@test "startContainer and createContainer hooks that cannot be executed: why" {
  printf '#!/no/such\n' | file hook
  config '.hooks.startContainer = [{path: "/hook"}]'
  refused 'startContainer hook 0 (/hook): no such file or directory (its interpreter /no/such is not in the root file system)'
  example_with '.hooks.createContainer = [{path: $path}]' --arg path "$ROOTFS/hook"
  refused "createContainer hook 0 ($ROOTFS/hook): no such file or directory (its interpreter /no/such"
}

@test "create, start and exec explain a program as run does" {
  echo '#!/no/such' | file script
  program /script
  create
  run --separate-stderr husk start "$ID"
  is 1 ''
  complains 'exec: "/script": no such file or directory (its interpreter /no/such is not in the root file system)'
  husk delete --force "$ID"
  container_up
  run -127 --separate-stderr husk exec "$ID" /script
  complains 'exec: "/script": no such file or directory (its interpreter /no/such is not in the root file system)'
  run --separate-stderr husk exec "$ID" /etc/passwd
  is 126 ''
  complains 'permission denied (it has mode 644: chmod +x makes it executable)'
}

@test "mounts and the working directory: a missing source, an unknown file system, a file in the way" {
  refused_example '.mounts += [{destination: "/tmp", type: "bind", source: "/no/such", options: ["bind"]}]' \
    '/mounts/7/source: bind /no/such on /tmp: no such file or directory (the source does not exist on the host)'
  refused_example '.mounts += [{destination: "/tmp", type: "tmpsf", source: "tmpfs"}]' \
    '/mounts/7/type: mount tmpsf on /tmp: no such device (this kernel has no file system of that name: did you mean tmpfs?)'
  refused_example '.process.cwd = "/etc/passwd"' \
    '/process/cwd: /etc/passwd: not a directory (it, or something on the way to it, is a file in the root file system)'
  refused_example '.mounts += [{destination: "/etc/passwd/x", type: "tmpfs", source: "tmpfs"}]' \
    '/mounts/7' 'not a directory (it, or something on the way to it, is a file'
  mkdir "$BATS_TEST_TMPDIR/read-only"
  example_with '.root.path = $path | .mounts += [{destination: "/missing", type: "tmpfs", source: "tmpfs"}]' --arg path "$BATS_TEST_TMPDIR/read-only"
  run --separate-stderr unshare --mount --propagation private bash -c "
    mount --bind '$ROOTFS' '$BATS_TEST_TMPDIR/read-only' && mount -o remount,bind,ro '$BATS_TEST_TMPDIR/read-only' || exit 9
    exec '$HUSK' --root '$ROOT' ${OPTIONS[*]} run --bundle '$BUNDLE' '$ID' </dev/null"
  is 1 ''
  complains 'make /missing: read-only file system (the root file system is read-only: make the directory in the image)'
}

@test "limits that the machine cannot keep: its CPUs, and the value that is too small" {
  refused_example '.linux.resources.cpu.cpus = "0-4000"' '/linux/resources/cpu/cpus: ' \
    "(this machine has the CPUs $(cat /sys/devices/system/cpu/online))"
  refused_example '.linux.resources.memory.limit = 4096' '/linux/resources/memory/limit: ' \
    '(the memory limit of its cgroup may be too small for it)'
}

@test "a profile that denies execve: the rule or the default action that does" {
  refused_example '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO"}' '/linux/seccomp/defaultAction: the seccomp profile denies execve'
  refused_example '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO"},
    {names: ["execve"], action: "SCMP_ACT_ERRNO"}]}' '/linux/seccomp/syscalls/1/action: the seccomp profile denies execve'
}

@test "a terminal without --console-socket, and a bundle without config.json" {
  config '.process.terminal = true'
  run --separate-stderr husk create --bundle "$BUNDLE" "$ID"
  is 1 ''
  complains '/process/terminal: a detached container with a terminal needs --console-socket (or set it to false)'
  rm "$BUNDLE/config.json"
  refused "open $BUNDLE/config.json: no such file or directory (husk spec --bundle $BUNDLE writes one)"
  run --separate-stderr husk check --bundle "$BUNDLE"
  is 1 ''
  complains "(husk spec --bundle $BUNDLE writes one)"
}

@test "the place of a mistake begins with a path that opens the file from where the command was given" {
  local way
  config '.process.args = 1'
  while IFS='|' read -r directory bundle file; do
    cd "$directory"
    for command in 'check' 'plan' 'run'; do
      # shellcheck disable=SC2046 # nothing, or a word
      run husk "$command" --bundle "$bundle" $([ "$command" != run ] || echo "$ID")
      [ "$status" -eq 1 ]
      way=${output#*error: }
      way=${way%%:*}
      [ "$way" = "$file" ] || { show && false; }
      [ "$way" -ef "$BUNDLE/config.json" ]
    done
  done <<END
$BUNDLE|.|config.json
$BUNDLE|./|config.json
$BUNDLE|$BUNDLE|config.json
$BUNDLE|$BUNDLE/|config.json
$BUNDLE/rootfs|..|../config.json
${BUNDLE%/*}|${BUNDLE##*/}|${BUNDLE##*/}/config.json
${BUNDLE%/*}|./${BUNDLE##*/}//|./${BUNDLE##*/}/config.json
/|$BUNDLE|$BUNDLE/config.json
END
}

@test "options that do not exist: the one that is meant, and those of docker" {
  local options meant
  while IFS='|' read -r options meant; do
    # shellcheck disable=SC2086 # words
    run --separate-stderr husk $options
    failed
    complains "$meant"
  done <<'END'
run --dettach x|unknown option "--dettach" (did you mean --detach?)
create --pidfile=p x|unknown option "--pidfile=p" (did you mean --pid-file?)
exec -it x sh|unknown option "-i", or its argument is missing (standard input is always connected: leave -i out)
exec --interactive x sh|(standard input is always connected: leave it out)
update --cpus 2 x|(half a CPU is --cpu-quota 50000 with --cpu-period 100000)
run --rm x|(run removes the container at its end: leave it out)
run x sh|run takes one container id, 2 operands given (the command to run is process.args in config.json)
strat x|"strat" is not a command (did you mean start?
END
  container_up
  run --separate-stderr husk exec --user nobody "$ID" true
  is 255 ''
  complains '--user "nobody" is not a number from 0 to 4294967294 (husk does not read /etc/passwd or /etc/group: give the number)'
}

@test "a command that the state of the container forbids: the one that comes first" {
  container_up
  run --separate-stderr husk delete "$ID"
  is 1
  complains "it is running (husk kill $ID KILL ends it, delete --force does both)"
  run --separate-stderr husk start "$ID"
  is 1
  complains "it is running (husk exec $ID COMMAND runs another program in it)"
  husk pause "$ID"
  run --separate-stderr husk exec "$ID" true
  is 255
  complains "it is paused (husk resume $ID, or --ignore-paused to wait until it is resumed)"
  husk resume "$ID"
  husk kill "$ID" KILL
  wait_for is_status stopped
  run --separate-stderr husk start "$ID"
  is 1
  complains "it has stopped (a container starts once: husk delete $ID, then create it again)"
}

@test "run in the foreground: one line on standard error if memory or the profile has ended the program" {
  config '.linux.resources.memory = {limit: 16777216, swap: 16777216}'
  program tail /dev/zero
  run --separate-stderr husk run --bundle "$BUNDLE" "$ID"
  is 137 ''
  [[ $stderr =~ ^'husk: warning: out of memory: the kernel killed 1 process of the container ('"$BUNDLE/config.json:"[0-9]+:[0-9]+' limits it to 16777216 bytes)'$ ]]
  example_with '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_KILL_PROCESS"}]}'
  program mkdir /tmp/x
  run --separate-stderr husk run --bundle "$BUNDLE" "$ID"
  is 159 ''
  [ "$stderr" = 'husk: warning: status 159 is SIGSYS: the seccomp profile may have killed it (--seccomp-explain shows the call)' ]
  script 'exit 137'
  run --separate-stderr husk run --bundle "$BUNDLE" "$ID"
  is 137 ''
  [ -z "$stderr" ]
}

@test "exec in the foreground: the same as a line of the log" {
  config '.linux.resources.memory = {limit: 16777216, swap: 16777216}'
  container_up
  run --separate-stderr husk "${WARNED[@]}" exec "$ID" tail /dev/zero
  is 137 ''
  [ -z "$stderr" ]
  warns 'out of memory: the kernel killed' 'limits it to 16777216 bytes'
}

@test "output whose reader has seen enough is no error to report" {
  local command
  for command in 'check --bundle %s' 'plan --bundle %s' 'features' 'seccomp default' 'list' '--help' 'seccomp explain --all --json %s/config.json'; do
    # a pipe whose reading end is closed
    # shellcheck disable=SC2086 # words
    run --separate-stderr perl -e 'pipe my $r, my $w; close $r; open STDOUT, ">&", $w; $SIG{PIPE} = "IGNORE"; exec @ARGV' \
      "$HUSK" --root "$ROOT" ${command//%s/"$BUNDLE"}
    is 1 ''
    [ -z "$stderr" ] || { echo "$command: $stderr"; false; }
  done
}
