# husk-systemd against a real systemd (of the virtual machine, or of tests/views/systemd): what husk asks of it, one verb
# after another. husk itself with systemd's cgroups is in every other file, on the beds that have systemd.

load bundle

SYSTEMD=${HUSK%/*}/husk-systemd

setup() {
  [ -x "$SYSTEMD" ] || skip "built without libsystemd"
  UNIT=husk-test-$BATS_ROOT_PID-${BATS_SUITE_TEST_NUMBER:-0}.scope
  BACKGROUND=
}

# What a test has left over is an error of the test's, and is taken away.
teardown() {
  local process
  for process in $BACKGROUND; do
    kill -KILL "$process" 2>/dev/null || true
  done
  [ -z "${UNIT:-}" ] || [ ! -d /run/systemd/system ] || systemctl stop "$UNIT" 2>/dev/null || true
}

# Slices that systemd has made for a unit's sake stay.
teardown_file() {
  [ ! -d /run/systemd/system ] || [ "$(id -u)" != 0 ] || systemctl stop husk.slice
}

need_systemd() {
  [ -d /run/systemd/system ] || skip "systemd does not run here"
  [ "$(id -u)" = 0 ] || skip "for root"
}

# sleeper: PID is a process that waits.
sleeper() {
  sleep 100 3>&- &
  PID=$!
  BACKGROUND+=" $PID"
}

asked() { # VERB...: status, output, stderr
  run --separate-stderr "$SYSTEMD" "$@"
  echo "status $status: $stderr" >&2
}

started() { # [PROPERTY...]
  sleeper
  asked --slice=husk-test.slice --pid="$PID" start "$UNIT" "$@"
  [ "$status" -eq 0 ]
}

property() {
  systemctl show --property="$1" --value "$UNIT"
}

cgroup_of() { # PID: in the hierarchy that systemd uses
  sed -n '/^0::/{s///;p}' "/proc/$1/cgroup"
}

# gone: systemd does not know the unit any longer.
gone() {
  [ "$(property LoadState)" = not-found ]
}

@test "a unit is started around a process, where the slice says, and delegated" {
  need_systemd
  started
  [ "$output" = "/husk.slice/husk-test.slice/$UNIT" ]
  [ "$(cgroup_of "$PID")" = "$output" ]
  [ "$stderr" = "" ]
  [ "$(property Slice)" = husk-test.slice ]
  [ "$(property Delegate)" = yes ]
  [ "$(property CollectMode)" = inactive-or-failed ]
  [ "$(property DefaultDependencies)" = no ]
  [ "$(property Description)" = "husk container ${UNIT%.scope}" ]
  [ "$(property TasksAccounting)/$(property MemoryAccounting)/$(property CPUAccounting)" = yes/yes/yes ]
  [ "$(property IOAccounting)" = yes ]
}

@test "properties of each type arrive" {
  need_systemd
  started TasksMax t 77 AllowedCPUs ay 03 IOReadBandwidthMax 'a(st)' '2;/dev/block/8:0;1000;/dev/block/8:1;2000;' \
    DevicePolicy s strict DeviceAllow 'a(ss)' '3;/dev/char/1:3;rwm;char-pts;rw;char-*;m;' Documentation as '2;man:a\;b(1);man:c\\d(1);' \
    TimeoutStopUSec t 3000000 SendSIGHUP b true KillSignal i 10 CPUWeight t 0
  [ "$(property TasksMax)" = 77 ]
  [ "$(property AllowedCPUs)" = 0-1 ]
  [[ $(property IOReadBandwidthMax) = *"/dev/block/8:0 1000"*"/dev/block/8:1 2000"* ]]
  [ "$(property DevicePolicy)" = strict ]
  [[ $(property DeviceAllow) = *"/dev/char/1:3 rwm"* ]]
  [[ $(property DeviceAllow) = *"char-pts rw"* ]]
  [ "$(property Documentation)" = '"man:a;b(1)" "man:c\\d(1)"' ] || [ "$(property Documentation)" = 'man:a;b(1) man:c\d(1)' ]
  [ "$(property TimeoutStopUSec)" = 3s ]
  [ "$(property SendSIGHUP)" = yes ]
  [ "$(property KillSignal)" = 10 ]
  [ "$(property CPUWeight)" = idle ]
}

@test "a second start of a unit that is in use is refused, and nothing happens to it" {
  need_systemd
  started
  local first=$PID
  sleeper
  asked --pid="$PID" start "$UNIT"
  [ "$status" -eq 1 ]
  [ "$stderr" = $'error\t0\t\tunit '"$UNIT exists and is in use"$'\t'"systemctl status $UNIT shows whose it is" ]
  [[ $(cgroup_of "$first") = *"/$UNIT" ]]
  [[ $(cgroup_of "$PID") != *"/$UNIT" ]]
}

@test "a failed unit that was left is reset and started anew" {
  need_systemd
  started CollectMode s inactive RuntimeMaxUSec t 50000 # a scope fails by its time being over
  for _ in $(seq 100); do
    [ "$(property ActiveState)" != failed ] || break
    sleep 0.05
  done
  [ "$(property ActiveState)" = failed ]
  started
  [ "$(property ActiveState)" = active ]
}

@test "properties of a running unit are set, for as long as it runs" {
  need_systemd
  started
  asked set "$UNIT" TasksMax t 88 '?NotThere' t 5
  [ "$status" -eq 0 ]
  [ "$stderr" = $'note\tunit '"$UNIT: this systemd does not take NotThere: left out" ]
  [ "$(property TasksMax)" = 88 ]
  "$SYSTEMD" stop "$UNIT"
  gone
  asked set "$UNIT" TasksMax t 88
  [ "$status" -eq 1 ]
  [[ $stderr = *"(org.freedesktop.systemd1.NoSuchUnit)"* ]]
}

@test "what is dispensable is left out, what is not is named" {
  need_systemd
  started '?NotThere' t 5 TasksMax t 77 '?MemoryMax' t 0 # 0 is no limit that systemd takes
  [ "$(property TasksMax)" = 77 ]
  [[ $stderr = *"does not take NotThere: left out"* ]]
  "$SYSTEMD" stop "$UNIT"
  sleeper
  asked --pid="$PID" start "$UNIT" NotThere t 5
  [ "$status" -eq 1 ]
  [[ $stderr = $'error\t0\tNotThere\tstart unit '"$UNIT: Cannot set property NotThere"* ]]
  gone
  asked --pid="$PID" start "$UNIT" TasksMax s five # the type of another property
  [ "$status" -eq 1 ]
  [[ $stderr = $'error\t0\tTasksMax\t'* ]]
  asked --pid="$PID" start "$UNIT" TasksMax t five
  [ "$stderr" = $'error\t22\tTasksMax\ttake "five" as the value of TasksMax, which has the type t' ]
}

@test "values that are not in the notation are refused before systemd is asked" {
  need_systemd
  sleeper
  local value
  for value in "as|" "as|1;" "as|1;a" "as|2;a;" "as|1;a;b;" "as|x;a;" 'as|1;a\' "ay|0" "ay|0g" "b|yes" "t|-1" "u|4294967296" \
    "y|256" "i|2147483648" "d|x" "a(st)|1;a;" "a(st)|1;a;b;" "(|" "a|" "a{sv}|0;" "v|x" "tt|1"; do
    asked --pid="$PID" start "$UNIT" After "${value%%|*}" "${value#*|}"
    echo "$value" >&2
    [ "$status" -eq 1 ]
    [[ $stderr = $'error\t'*$'\tAfter\ttake '* ]]
  done
  gone
}

@test "a process is put into the unit, and below it" {
  need_systemd
  started
  local cgroup=$output
  sleeper
  asked attach "$UNIT" "" "$PID"
  [ "$status" -eq 0 ]
  [ "$(cgroup_of "$PID")" = "$cgroup" ]
  mkdir "/sys/fs/cgroup$cgroup/sub"
  asked attach "$UNIT" /sub "$PID"
  [ "$status" -eq 0 ]
  [ "$(cgroup_of "$PID")" = "$cgroup/sub" ]
  asked attach "$UNIT" /none "$PID"
  [ "$status" -eq 1 ]
  [[ $stderr = *"put process $PID into unit $UNIT: "*"No such file or directory"* ]]
}

@test "stop ends the unit with all in it, at once; there is nothing to stop: no error" {
  need_systemd
  started
  asked stop "$UNIT"
  [ "$status" -eq 0 ]
  gone
  never kill -0 "$PID"
  [ ! -d "/sys/fs/cgroup/husk.slice/husk-test.slice/$UNIT" ]
  asked stop "$UNIT"
  [ "$status" -eq 0 ]
  [ "$output$stderr" = "" ]
}

@test "a stopped unit's name is free at once" {
  need_systemd
  for _ in 1 2 3 4 5; do
    started
    "$SYSTEMD" stop "$UNIT"
  done
  gone
}

@test "a slice is a unit, too: without a process, in the slices of its name" {
  need_systemd
  UNIT=husk-test$BATS_ROOT_PID-a.slice
  asked start "$UNIT" TasksMax t 50
  [ "$status" -eq 0 ]
  local cgroup=$output
  [ "$cgroup" = "/husk.slice/husk-test$BATS_ROOT_PID.slice/$UNIT" ]
  [ "$(property TasksMax)" = 50 ]
  asked start "$UNIT"
  [ "$status" -eq 1 ]
  [[ $stderr = *"exists and is in use"* ]]
  "$SYSTEMD" stop "$UNIT"
  never systemctl is-active --quiet "$UNIT"
  [ ! -d "/sys/fs/cgroup$cgroup" ]
}

@test "systemd's own words about names and processes" {
  need_systemd
  sleeper
  asked --pid="$PID" start a/b.scope
  [ "$status" -eq 1 ]
  [[ $stderr = $'error\t0\t\tstart unit a/b.scope: '*"(org.freedesktop.DBus.Error.InvalidArgs)"* ]]
  asked --pid="$PID" --slice=a//b start "$UNIT"
  [[ $stderr = *"Invalid unit name 'a//b'"* ]]
  kill -KILL "$PID"
  wait "$PID" || true
  asked --pid="$PID" start "$UNIT"
  [ "$status" -eq 1 ]
  [[ $stderr = *"Process with ID $PID does not exist"* ]]
}

@test "without the own socket of systemd it is the bus" {
  need_systemd
  [ -S /run/dbus/system_bus_socket ] || skip "no bus"
  sleeper
  # the same socket by another name is an unusual bus
  ln -s /run/dbus/system_bus_socket "$BATS_TEST_TMPDIR/bus"
  DBUS_SYSTEM_BUS_ADDRESS=unix:path=$BATS_TEST_TMPDIR/bus asked --pid="$PID" start "$UNIT"
  [ "$status" -eq 0 ]
  [[ $(cgroup_of "$PID") = */"$UNIT" ]]
  DBUS_SYSTEM_BUS_ADDRESS=unix:path=$BATS_TEST_TMPDIR/bus asked stop "$UNIT"
  [ "$status" -eq 0 ]
  gone
}

@test "no bus, no systemd: one line that says so" {
  DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere asked stop "$UNIT"
  [ "$status" -eq 1 ]
  [ "$stderr" = $'error\t2\t\tconnect to systemd at unix:path=/nowhere\tsystemd is not running' ]
  DBUS_SESSION_BUS_ADDRESS='' XDG_RUNTIME_DIR='/no where' asked --user stop "$UNIT"
  [ "$status" -eq 1 ]
  [ "$stderr" = $'error\t2\t\tconnect to the user\'s systemd at unix:path=/no%20where/bus\tthe user\'s systemd is not reachable: is XDG_RUNTIME_DIR set, is lingering on?' ]
}

# silent_bus [ANSWER]: a bus that takes connections, and after that says ANSWER and nothing more.
silent_bus() {
  python3 - "$BATS_TEST_TMPDIR/silent" "${1:-}" 3>&- <<'P' &
import socket, sys
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen(8)
held = []
while True:
    held.append(server.accept()[0])
    held[-1].sendall(sys.argv[2].encode().decode("unicode_escape").encode())
P
  BACKGROUND+=" $!"
  for _ in $(seq 100); do
    [ ! -S "$BATS_TEST_TMPDIR/silent" ] || return 0
    sleep 0.05
  done
  return 1
}

@test "a bus that never answers: the deadline, and what was waited for" {
  silent_bus
  DBUS_SYSTEM_BUS_ADDRESS=unix:path=$BATS_TEST_TMPDIR/silent asked --timeout=300 stop "$UNIT"
  [ "$status" -eq 1 ]
  [ "$stderr" = $'error\t110\t\twait for an answer of systemd\'s bus for 0.3 s' ]
}

@test "a bus that answers no call: the deadline, and what was waited for" {
  silent_bus 'DATA\r\nOK 00000000000000000000000000000000\r\nAGREE_UNIX_FD\r\n'
  DBUS_SYSTEM_BUS_ADDRESS=unix:path=$BATS_TEST_TMPDIR/silent asked --timeout=300 stop "$UNIT"
  [ "$status" -eq 1 ]
  [[ $stderr = $'error\t110\t\twait for '*' for 0.3 s' ]]
}

@test "a husk that is gone gets no unit" {
  need_systemd
  sleeper
  # nobody reads what it would say
  run --separate-stderr python3 -c '
import os, subprocess, sys
read, write = os.pipe()
os.close(read)
sys.exit(subprocess.run(sys.argv[1:], stdout=write).returncode)' "$SYSTEMD" --pid="$PID" start "$UNIT"
  [ "$status" -eq 1 ]
  gone
}

@test "the user's systemd has units of its own" {
  need_systemd
  systemctl cat user@.service >/dev/null 2>&1 || skip "no user's systemd"
  local user name=husk-test-$BATS_ROOT_PID
  user=$(id -u husk 2>/dev/null || id -u user 2>/dev/null) || skip "no ordinary user here"
  systemctl start "user@$user" || skip "the user's systemd does not start"
  cat >"$BATS_TEST_TMPDIR/user" <<U
unset DBUS_SESSION_BUS_ADDRESS
sleep 100 3>&- &
"$SYSTEMD" --user --slice=user.slice --pid=\$! start $name.scope || exit 1
cat /proc/\$!/cgroup
# as root of a user namespace, which is what podman without root is
unshare --user --map-root-user "$SYSTEMD" --user set $name.scope TasksMax t 66 || exit 1
systemctl --user show --property=TasksMax --value $name.scope
systemctl --user show --property=Delegate --value $name.scope
DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/$user/bus "$SYSTEMD" --user stop $name.scope || exit 1
systemctl --user show --property=LoadState --value $name.scope
U
  # from within: a process of root's is not the user's to move
  run timeout 60 systemd-run --quiet --pipe --wait --collect --uid="$user" --property=Slice="user-$user.slice" \
    --property=Delegate=yes --setenv=XDG_RUNTIME_DIR="/run/user/$user" bash -s <"$BATS_TEST_TMPDIR/user"
  echo "$output" >&2
  [ "$status" -eq 0 ]
  [[ $output = *"/user@$user.service/user.slice/$name.scope"* ]]
  [[ $output = *66*yes* ]]
  [[ $output = *not-found* ]]
}

@test "an ordinary user has no units of the system's systemd" {
  need_systemd
  local user
  user=$(id -u husk 2>/dev/null || id -u nobody)
  run --separate-stderr setpriv --reuid "$user" --regid "$user" --clear-groups "$SYSTEMD" stop init.scope
  [ "$status" -eq 1 ]
  [[ $stderr = *$'\tunits of the system\'s systemd are root\'s'* ]] || [[ $stderr = *"systemd is not running"* ]]
}

# ---- husk and the program -----------------------------------------------------------------------------------------

# beside SCRIPT: husk in a directory of its own, and as husk-systemd beside it the script.
beside() {
  bundle_make
  mkdir "$BATS_TEST_TMPDIR/bin"
  cp "$HUSK" "$BATS_TEST_TMPDIR/bin/husk"
  [ -z "$1" ] || printf '#!/bin/sh\n%s\n' "$1" >"$BATS_TEST_TMPDIR/bin/husk-systemd"
  [ -z "$1" ] || chmod +x "$BATS_TEST_TMPDIR/bin/husk-systemd"
  HUSK=$BATS_TEST_TMPDIR/bin/husk OPTIONS=(--systemd-cgroup)
  example
  config 'del(.linux.resources) | .linux.cgroupsPath = "machine.slice:husk:test"'
}

@test "without the program: where it was looked for, and what does without" {
  beside ''
  [ ! -e /usr/local/libexec/husk/husk-systemd ] || skip "husk is installed here"
  launch
  echo "$stderr" >&2
  [ "$status" -ne 0 ]
  [[ $stderr = *"husk was built without libsystemd: --systemd-cgroup needs the program husk-systemd (looked for at $BATS_TEST_TMPDIR/bin/husk-systemd and "*"/husk/husk-systemd)"* ]]
  [[ $stderr = *"(--cgroup-manager=cgroupfs does without systemd)"* ]]
}

@test "nothing of husk's environment and descriptors comes to the program but where the buses are" {
  beside "env | sort >'$BATS_TEST_TMPDIR/env'; ls /proc/self/fd >'$BATS_TEST_TMPDIR/fds'
printf '%s|' \"\$@\" >>'$BATS_TEST_TMPDIR/arguments'
printf 'error\\t0\\t\\tno\\n' >&2; exit 1"
  SECRET=1 XDG_RUNTIME_DIR=/x DBUS_SYSTEM_BUS_ADDRESS=unix:path=/y launch
  echo "$stderr" >&2
  [ "$status" -ne 0 ]
  run grep -vE '^(XDG_RUNTIME_DIR=/x|DBUS_SYSTEM_BUS_ADDRESS=unix:path=/y|PWD=.*|_=.*|OLDPWD=.*|SHLVL=.*|DBUS_SESSION_BUS_ADDRESS=.*)$' "$BATS_TEST_TMPDIR/env"
  [ "$output" = "" ]
  grep -q '^XDG_RUNTIME_DIR=/x$' "$BATS_TEST_TMPDIR/env"
  cat "$BATS_TEST_TMPDIR/fds" >&2
  [ "$(sort -n "$BATS_TEST_TMPDIR/fds" | tr '\n' ' ')" = "0 1 2 3 " ] # 3 is ls' own
  [[ $(cat "$BATS_TEST_TMPDIR/arguments") = "--slice=machine.slice|--pid="*"|start|husk-test.scope|"* ]]
}

@test "what systemd says against a property or a name stands at its place in config.json" {
  beside 'case " $* " in *" Nope "*) property=Nope ;; esac
printf "note\tsomething\nerror\t0\t%s\tstart unit: not this (a.b.C)\tdo that\n" "$property" >&2
exit 1'
  config '.annotations["org.systemd.property.Nope"] = "5"'
  launch
  echo "$stderr" >&2
  [[ $stderr = *"config.json:"*": /annotations/org.systemd.property.Nope: start unit: not this (a.b.C) (do that)"* ]]
  config 'del(.annotations)'
  launch
  [[ $stderr = *"config.json:"*": /linux/cgroupsPath: start unit: not this (a.b.C) (do that)"* ]]
}

@test "a program that dies, or says nothing husk knows" {
  beside 'kill -SEGV $$'
  launch
  [[ $stderr = *"husk-systemd start was killed by SIGSEGV"* ]]
  printf '#!/bin/sh\necho "cannot load libsystemd.so.0" >&2; exit 127\n' >"$BATS_TEST_TMPDIR/bin/husk-systemd"
  launch
  [[ $stderr = *"husk-systemd has failed: cannot load libsystemd.so.0"* ]]
  printf '#!/bin/sh\nexit 0\n' >"$BATS_TEST_TMPDIR/bin/husk-systemd"
  launch
  [[ $stderr = *"husk-systemd has not told the cgroup of unit husk-test.scope"* ]]
  # more than a pipe holds, on both of its outputs
  printf '#!/bin/sh\nhead -c 300000 /dev/zero; head -c 300000 /dev/zero >&2; exit 1\n' >"$BATS_TEST_TMPDIR/bin/husk-systemd"
  launch
  [[ $stderr = *"husk-systemd has failed"* ]]
}

@test "annotations are read when systemd makes the cgroup, and are nothing else" {
  beside 'exit 1'
  config '.annotations["org.systemd.property.After"] = "[5"'
  launch
  [[ $stderr = *": /annotations/org.systemd.property.After: \"[5\" cannot be read: "* ]]
  [[ $stderr = *"(values are in GVariant's text format: "* ]]
  config 'del(.linux.cgroupsPath)'
  OPTIONS=(--cgroup-manager=disabled)
  launch
  [ "$status" -eq 0 ]
}
