# husk-systemd against a real systemd (of the virtual machine, or of tests/views/systemd): what husk asks of it, one verb
# after another. husk itself with systemd's cgroups is in every other file, on the beds that have systemd.

load bundle

SYSTEMD=${HUSK%/*}/husk-systemd

setup() {
  [ -x "$SYSTEMD" ] || skip "built without libsystemd"
  UNIT=husk-test-$BATS_ROOT_PID-${BATS_SUITE_TEST_NUMBER:-0}.scope
  BACKGROUND=
}

# What a test leaves behind is an error of the test, and is removed.
teardown() {
  local process
  for process in $BACKGROUND; do
    kill -KILL "$process" 2>/dev/null || true
  done
  [ -z "${UNIT:-}" ] || [ ! -d /run/systemd/system ] || systemctl stop "$UNIT" 2>/dev/null || true
}

# Slices that systemd has made for a unit stay.
teardown_file() {
  [ ! -d /run/systemd/system ] || [ "$(id -u)" != 0 ] || systemctl stop husk.slice
}

need_systemd() {
  [ -d /run/systemd/system ] || skip "systemd does not run here"
  [ "$(id -u)" = 0 ] || skip "for root"
}

need_glib() {
  asked check '{properties: [{name: "Some", variant: "true"}]}'
  [ "$status" -eq 0 ] || skip "husk-systemd was built without GLib"
}

# sleeper: PID is a process that waits.
sleeper() {
  sleep 100 3>&- &
  PID=$!
  BACKGROUND+=" $PID"
}

asked() { # VERB [MEMBERS]: status, output (the answer), stderr. MEMBERS: of the request, as jq has an object.
  local request
  request=$(jq --null-input --compact-output --arg verb "$1" --arg unit "$UNIT" --arg pid "${PID:-1}" \
    '($pid | tonumber) as $pid | {verb: $verb, unit: $unit} + '"${2:-"{}"}")
  run --separate-stderr "$SYSTEMD" <<<"$request"
  echo "$request: status $status: $output $stderr" >&2
}

answered() { # FILTER: of the answer
  jq --raw-output "$1" <<<"$output"
}

started() { # [PROPERTIES]: as jq has an array
  sleeper
  asked start "{slice: \"husk-test.slice\", pid: \$pid, properties: ${1:-[]}}"
  [ "$status" -eq 0 ]
}

stopped() {
  asked stop
  [ "$status" -eq 0 ]
}

property() {
  systemctl show --property="$1" --value "$UNIT"
}

cgroup_of() { # PID: in the hierarchy that systemd uses
  sed -n '/^0::/{s///;p}' "/proc/$1/cgroup"
}

# gone: systemd no longer knows the unit.
gone() {
  [ "$(property LoadState)" = not-found ]
}

@test "a unit is started around a process in the named slice, and delegated" {
  need_systemd
  started
  [ "$(answered .cgroup)" = "/husk.slice/husk-test.slice/$UNIT" ]
  [ "$(cgroup_of "$PID")" = "$(answered .cgroup)" ]
  [ "$(answered '.leftOut - ["BlockIOAccounting"] | length')" = 0 ]
  [ "$(answered .error)" = null ]
  [ "$stderr" = "" ]
  [ "$(property Slice)" = husk-test.slice ]
  [ "$(property Delegate)" = yes ]
  [ "$(property CollectMode)" = inactive-or-failed ]
  [ "$(property DefaultDependencies)" = no ]
  [ "$(property Description)" = "husk container ${UNIT%.scope}" ]
  [ "$(property TasksAccounting)/$(property MemoryAccounting)/$(property CPUAccounting)" = yes/yes/yes ]
  [ "$(property IOAccounting)" = yes ]
}

@test "properties of each type reach systemd" {
  need_glib
  need_systemd
  started '[{name: "TasksMax", number: 77}, {name: "AllowedCPUs", mask: [3]}, {name: "DevicePolicy", text: "strict"},
    {name: "IOReadBandwidthMax", rates: [{device: "/dev/block/8:0", rate: 1000}, {device: "/dev/block/8:1", rate: 2000}]},
    {name: "DeviceAllow", access: [{device: "/dev/char/1:3", access: "rwm"}, {device: "char-pts", access: "rw"}, {device: "char-*", access: "m"}]},
    {name: "Documentation", variant: "[\u0027man:a;b(1)\u0027, \u0027man:c\\\\d(1)\u0027]"}, {name: "SendSIGHUP", truth: true},
    {name: "TimeoutStopUSec", seconds: "3"}, {name: "KillSignal", variant: "10"}, {name: "CPUWeight", number: 0}]'
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

@test "a second start of a unit in use is refused and does not affect it" {
  need_systemd
  started
  local first=$PID
  sleeper
  asked start '{pid: $pid}'
  [ "$status" -eq 1 ]
  [ "$(answered .error.text)" = "unit $UNIT exists and is in use" ]
  [ "$(answered .error.hint)" = "systemctl status $UNIT shows what uses it" ]
  [ "$(answered .error.property)" = null ]
  [[ $(cgroup_of "$first") = *"/$UNIT" ]]
  [[ $(cgroup_of "$PID") != *"/$UNIT" ]]
}

in_state() {
  [ "$(property ActiveState)" = "$1" ]
}

@test "a failed unit that was left is reset and started anew" {
  need_systemd
  started '[{name: "CollectMode", text: "inactive"}, {name: "RuntimeMaxUSec", number: 50000}]' # a scope fails when its time is over
  wait_for in_state failed
  started
  [ "$(property ActiveState)" = active ]
}

@test "properties of a running unit are set, for as long as it runs" {
  need_systemd
  started
  asked set '{properties: [{name: "TasksMax", number: 88}, {name: "NotThere", number: 5, optional: true}]}'
  [ "$status" -eq 0 ]
  [ "$(answered '.leftOut | join(" ")')" = NotThere ]
  [ "$(property TasksMax)" = 88 ]
  stopped
  gone
  asked set '{properties: [{name: "TasksMax", number: 88}]}'
  [ "$status" -eq 1 ]
  [[ $(answered .error.text) = *"(org.freedesktop.systemd1.NoSuchUnit)" ]]
}

@test "unknown optional properties are left out, others are named in an error" {
  need_systemd
  # 0 is not a limit that systemd accepts
  started '[{name: "NotThere", number: 5, optional: true}, {name: "TasksMax", number: 77}, {name: "MemoryMax", number: 0, optional: true}]'
  [ "$(property TasksMax)" = 77 ]
  [ "$(answered '.leftOut | index("NotThere") != null')" = true ]
  stopped
  sleeper
  asked start '{pid: $pid, properties: [{name: "NotThere", number: 5}]}'
  [ "$status" -eq 1 ]
  [ "$(answered .error.property)" = NotThere ]
  [[ $(answered .error.text) = "start unit $UNIT: Cannot set property NotThere"* ]]
  gone
  asked start '{pid: $pid, properties: [{name: "TasksMax", text: "five"}]}' # the type of another property
  [ "$status" -eq 1 ]
  [ "$(answered .error.property)" = TasksMax ]
}

# bats test_tags=any-machine
@test "a request that cannot be read, or a value in it, is refused before systemd is asked" {
  need_glib
  # there is no systemd to ask, and none is needed
  export DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere
  run --separate-stderr "$SYSTEMD" <<<'nonsense'
  [ "$status" -eq 1 ]
  [[ $(answered .error.text) = "request:1:1: not valid JSON: "* ]]
  run --separate-stderr "$SYSTEMD" </dev/null
  [ "$status" -eq 1 ]
  [[ $(answered .error.text) = "request:1:1: not valid JSON: "* ]]
  run --separate-stderr "$SYSTEMD" <<<'{"verb": "fly", "unit": "a.scope"}'
  [ "$status" -eq 1 ]
  [[ $(answered .error.text) = 'request:1:10: /verb: "fly" '* ]]
  run --separate-stderr "$SYSTEMD" <<<$'{"verb": "stop", "unit": "\xff"}'
  [ "$status" -eq 1 ]
  [[ $(answered .error.text) = *UTF-8* ]] || [[ $(answered .error.text) = *UTF8* ]]
  asked set '{properties: [{name: "TasksMax", number: -1}]}'
  [ "$status" -eq 1 ]
  [[ $(answered .error.text) = "request:1:"*": /properties/0/number: "* ]]
  asked start '{properties: [{name: "TasksMax", number: 5}, {name: "After", variant: "[5"}]}'
  [ "$status" -eq 1 ]
  [ "$(answered .error.property)" = After ]
  [[ $(answered .error.text) = '"[5" cannot be read: '* ]]
  run --separate-stderr "$SYSTEMD" start "$UNIT"
  [ "$status" -eq 1 ]
  [[ $stderr = "Usage: husk-systemd <REQUEST"* ]]
}

# bats test_tags=any-machine
@test "check parses values without systemd" {
  need_glib
  export DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere
  asked check '{properties: [{name: "After", variant: "[\u0027a.service\u0027]"}, {name: "TimeoutStopUSec", seconds: "1.5"}]}'
  [ "$status" -eq 0 ]
  [ "$(answered .error)" = null ]
  asked check '{properties: [{name: "TimeoutStopUSec", seconds: "-1"}]}'
  [ "$status" -eq 1 ]
  [ "$(answered .error.text)" = '"-1" is not a time in seconds: it must be a number from 0' ]
}

@test "values of any type that are valid in D-Bus are left to systemd to refuse" {
  need_glib
  need_systemd
  local value
  for value in '@a{sv} {}' '<5>' '[<(1, true)>]' "objectpath '/a'" "signature 'as'" '(byte 1, int16 -2, 3.5)' "b'ab'"; do
    sleeper
    asked start "{pid: \$pid, properties: [{name: \"After\", variant: $(jq -R . <<<"$value")}]}"
    [ "$status" -eq 1 ]
    [ "$(answered .error.property)" = After ]
  done
  gone
}

@test "a process is put into the unit, and below it" {
  need_systemd
  started
  local cgroup
  cgroup=$(answered .cgroup)
  sleeper
  asked attach '{pid: $pid}'
  [ "$status" -eq 0 ]
  [ "$(cgroup_of "$PID")" = "$cgroup" ]
  mkdir "/sys/fs/cgroup$cgroup/sub"
  asked attach '{pid: $pid, below: "/sub"}'
  [ "$status" -eq 0 ]
  [ "$(cgroup_of "$PID")" = "$cgroup/sub" ]
  asked attach '{pid: $pid, below: "/none"}'
  [ "$status" -eq 1 ]
  [[ $(answered .error.text) = "put process $PID into unit $UNIT: "*"No such file or directory"* ]]
}

@test "stop kills the unit with all its processes; stopping a missing unit is not an error" {
  need_systemd
  started
  stopped
  gone
  never kill -0 "$PID"
  [ ! -d "/sys/fs/cgroup/husk.slice/husk-test.slice/$UNIT" ]
  stopped
  [ "$output$stderr" = '{"leftOut":[]}' ]
}

@test "a stopped unit's name can be used again at once" {
  need_systemd
  for _ in 1 2 3 4 5; do
    started
    stopped
  done
  gone
}

@test "a slice is started as a unit without a process, in the parent slices of its name" {
  need_systemd
  UNIT=husk-test$BATS_ROOT_PID-a.slice
  asked start '{properties: [{name: "TasksMax", number: 50}]}'
  [ "$status" -eq 0 ]
  local cgroup
  cgroup=$(answered .cgroup)
  [ "$cgroup" = "/husk.slice/husk-test$BATS_ROOT_PID.slice/$UNIT" ]
  [ "$(property TasksMax)" = 50 ]
  asked start
  [ "$status" -eq 1 ]
  [[ $(answered .error.text) = *"exists and is in use" ]]
  stopped
  never systemctl is-active --quiet "$UNIT"
  [ ! -d "/sys/fs/cgroup$cgroup" ]
}

@test "systemd's messages about names and processes are passed on" {
  need_systemd
  sleeper
  asked start '{pid: $pid, unit: "a/b.scope"}'
  [ "$status" -eq 1 ]
  [[ $(answered .error.text) = "start unit a/b.scope: "*"(org.freedesktop.DBus.Error.InvalidArgs)" ]]
  asked start '{pid: $pid, slice: "a//b"}'
  [[ $(answered .error.text) = *"Invalid unit name 'a//b'"* ]]
  kill -KILL "$PID"
  wait "$PID" || true
  asked start '{pid: $pid}'
  [ "$status" -eq 1 ]
  [[ $(answered .error.text) = *"Process with ID $PID does not exist"* ]]
}

@test "without systemd's own socket the bus is used" {
  need_systemd
  [ -S /run/dbus/system_bus_socket ] || skip "no bus"
  sleeper
  # the same socket by another name is an unusual bus
  ln -s /run/dbus/system_bus_socket "$BATS_TEST_TMPDIR/bus"
  DBUS_SYSTEM_BUS_ADDRESS=unix:path=$BATS_TEST_TMPDIR/bus asked start '{pid: $pid}'
  [ "$status" -eq 0 ]
  [[ $(cgroup_of "$PID") = */"$UNIT" ]]
  DBUS_SYSTEM_BUS_ADDRESS=unix:path=$BATS_TEST_TMPDIR/bus asked stop
  [ "$status" -eq 0 ]
  gone
}

@test "without a bus and systemd one line reports that" {
  DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere asked stop
  [ "$status" -eq 1 ]
  [ "$(answered '.error | "\(.errno) \(.text) (\(.hint))"')" = '2 connect to systemd at unix:path=/nowhere (systemd is not running)' ]
  DBUS_SESSION_BUS_ADDRESS='' XDG_RUNTIME_DIR='/no where' asked stop '{user: true}'
  [ "$status" -eq 1 ]
  [ "$(answered '.error | "\(.errno) \(.text)"')" = "2 connect to the user's systemd at unix:path=/no%20where/bus" ]
  [ "$(answered .error.hint)" = "the user's systemd is not reachable: is XDG_RUNTIME_DIR set and lingering enabled?" ]
}

# silent_bus [ANSWER]: a bus that accepts connections, sends ANSWER and then nothing more.
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
  wait_for test -S "$BATS_TEST_TMPDIR/silent"
}

@test "a bus that never answers: the error after the deadline names what was waited for" {
  silent_bus
  DBUS_SYSTEM_BUS_ADDRESS=unix:path=$BATS_TEST_TMPDIR/silent asked stop '{timeout: 300}'
  [ "$status" -eq 1 ]
  [ "$(answered '.error | "\(.errno) \(.text)"')" = "110 wait for an answer from systemd's bus for 0.3 s" ]
}

@test "a bus that answers no call: the error after the deadline names what was waited for" {
  silent_bus 'DATA\r\nOK 00000000000000000000000000000000\r\nAGREE_UNIX_FD\r\n'
  DBUS_SYSTEM_BUS_ADDRESS=unix:path=$BATS_TEST_TMPDIR/silent asked stop '{timeout: 300}'
  [ "$status" -eq 1 ]
  [[ $(answered '.error | "\(.errno) \(.text)"') = '110 wait for '*' for 0.3 s' ]]
}

@test "no unit is started for a husk that has died" {
  need_systemd
  sleeper
  # its output is not read
  run --separate-stderr python3 -c '
import os, subprocess, sys
read, write = os.pipe()
os.close(read)
sys.exit(subprocess.run(sys.argv[1:], stdout=write).returncode)' "$SYSTEMD" <<<"{\"verb\": \"start\", \"unit\": \"$UNIT\", \"pid\": $PID}"
  [ "$status" -eq 1 ]
  gone
}

@test "the user's systemd runs its own units" {
  need_systemd
  systemctl cat user@.service >/dev/null 2>&1 || skip "no user's systemd"
  local user name=husk-test-$BATS_ROOT_PID
  user=$(id -u husk 2>/dev/null || id -u user 2>/dev/null) || skip "no ordinary user here"
  systemctl start "user@$user" || skip "the user's systemd does not start"
  cat >"$BATS_TEST_TMPDIR/user" <<U
unset DBUS_SESSION_BUS_ADDRESS
sleep 100 3>&- &
asked() {
  echo "{\"verb\": \"\$1\", \"unit\": \"$name.scope\", \"user\": true\$2}" | "\${@:3}" "$SYSTEMD" >/dev/null
}
asked start ", \"slice\": \"user.slice\", \"pid\": \$!" || exit 1
cat /proc/\$!/cgroup
# as root of a user namespace, like rootless podman
asked set ', "properties": [{"name": "TasksMax", "number": 66}]' unshare --user --map-root-user || exit 1
systemctl --user show --property=TasksMax --value $name.scope
systemctl --user show --property=Delegate --value $name.scope
asked stop '' env DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/$user/bus || exit 1
systemctl --user show --property=LoadState --value $name.scope
U
  # from inside: the user may not move a process of root
  run timeout 60 systemd-run --quiet --pipe --wait --collect --uid="$user" --property=Slice="user-$user.slice" \
    --property=Delegate=yes --setenv=XDG_RUNTIME_DIR="/run/user/$user" bash -s <"$BATS_TEST_TMPDIR/user"
  echo "$output" >&2
  [ "$status" -eq 0 ]
  [[ $output = *"/user@$user.service/user.slice/$name.scope"* ]]
  [[ $output = *66*yes* ]]
  [[ $output = *not-found* ]]
}

@test "an ordinary user cannot start units of the system's systemd" {
  need_systemd
  local user
  user=$(id -u husk 2>/dev/null || id -u nobody)
  run --separate-stderr setpriv --reuid "$user" --regid "$user" --clear-groups "$SYSTEMD" <<<'{"verb": "stop", "unit": "init.scope"}'
  [ "$status" -eq 1 ]
  [[ $(answered .error.hint) = "only root can make system units"* ]] || [ "$(answered .error.hint)" = "systemd is not running" ]
}

# ---- husk and the program -----------------------------------------------------------------------------------------

# beside SCRIPT: a copy of husk with the script beside it as husk-systemd.
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

@test "without husk-systemd the error says where it was looked for and what works without it" {
  beside ''
  [ ! -e /usr/local/libexec/husk/husk-systemd ] || skip "husk is installed here"
  launch
  echo "$stderr" >&2
  [ "$status" -ne 0 ]
  [[ $stderr = *"husk was built without libsystemd: --systemd-cgroup needs the program husk-systemd (looked for at $BATS_TEST_TMPDIR/bin/husk-systemd and "*"/husk/husk-systemd)"* ]]
  [[ $stderr = *"(--cgroup-manager=cgroupfs does not need systemd)"* ]]
}

@test "husk-systemd inherits only the variables that locate the buses, and no descriptors" {
  beside "env | sort >'$BATS_TEST_TMPDIR/env'; ls /proc/self/fd >'$BATS_TEST_TMPDIR/fds'
echo \$# >'$BATS_TEST_TMPDIR/arguments'; cat >'$BATS_TEST_TMPDIR/request'
echo '{\"error\": {\"text\": \"no\"}}'; exit 1"
  SECRET=1 XDG_RUNTIME_DIR=/x DBUS_SYSTEM_BUS_ADDRESS=unix:path=/y launch
  echo "$stderr" >&2
  [ "$status" -ne 0 ]
  run grep -vE '^(XDG_RUNTIME_DIR=/x|DBUS_SYSTEM_BUS_ADDRESS=unix:path=/y|PWD=.*|_=.*|OLDPWD=.*|SHLVL=.*|DBUS_SESSION_BUS_ADDRESS=.*)$' "$BATS_TEST_TMPDIR/env"
  [ "$output" = "" ]
  grep -q '^XDG_RUNTIME_DIR=/x$' "$BATS_TEST_TMPDIR/env"
  cat "$BATS_TEST_TMPDIR/fds" >&2
  [ "$(sort -n "$BATS_TEST_TMPDIR/fds" | tr '\n' ' ')" = "0 1 2 3 " ] # 3 is ls' own
  [ "$(cat "$BATS_TEST_TMPDIR/arguments")" = 0 ]
  jq --exit-status '.verb == "start" and .unit == "husk-test.scope" and .slice == "machine.slice" and .pid > 0 and .user == false' "$BATS_TEST_TMPDIR/request"
}

@test "systemd's complaint about a property or a name is reported at its place in config.json" {
  beside 'request=$(cat)
case $request in
  *check*) exec echo "{}" ;;
  *Nope*) property=Nope ;;
esac
echo "{\"leftOut\": [\"Some\"], \"error\": {\"property\": \"$property\", \"text\": \"start unit: not this (a.b.C)\", \"hint\": \"do that\"}}"
exit 1'
  config '.annotations["org.systemd.property.Nope"] = "5"'
  launch
  echo "$stderr" >&2
  [[ $stderr = *"config.json:"*": /annotations/org.systemd.property.Nope: start unit: not this (a.b.C) (do that)"* ]]
  config 'del(.annotations)'
  launch
  [[ $stderr = *"config.json:"*": /linux/cgroupsPath: start unit: not this (a.b.C) (do that)"* ]]
}

@test "a husk-systemd that dies or sends an unknown answer is an error" {
  beside 'kill -SEGV $$'
  launch
  [[ $stderr = *"husk-systemd start was killed by signal 11 (SIGSEGV)"* ]]
  printf '#!/bin/sh\necho "cannot load libsystemd.so.0" >&2; exit 127\n' >"$BATS_TEST_TMPDIR/bin/husk-systemd"
  launch
  [[ $stderr = *"husk-systemd failed: cannot load libsystemd.so.0"* ]]
  printf '#!/bin/sh\nexit 0\n' >"$BATS_TEST_TMPDIR/bin/husk-systemd"
  launch
  [[ $stderr = *"husk-systemd printed no answer"* ]] # which must not count as done
  printf '#!/bin/sh\necho "{}"\n' >"$BATS_TEST_TMPDIR/bin/husk-systemd"
  launch
  [[ $stderr = *"husk-systemd did not report the cgroup of unit husk-test.scope"* ]]
  # more than a pipe holds, on both of its outputs
  printf '#!/bin/sh\nhead -c 300000 /dev/zero; head -c 300000 /dev/zero >&2; exit 1\n' >"$BATS_TEST_TMPDIR/bin/husk-systemd"
  launch
  [[ $stderr = *"husk-systemd failed"* ]]
  printf '#!/bin/sh\nhead -c 300000 /dev/zero\n' >"$BATS_TEST_TMPDIR/bin/husk-systemd"
  launch
  [[ $stderr = *"husk-systemd start printed more than 65535 bytes"* ]]
}

@test "an answer of husk-systemd that is not JSON or not in its format is an error" {
  beside 'echo "all is well"'
  launch
  [ "$status" -ne 0 ]
  [[ $stderr = *"cannot read husk-systemd's answer: answer:1:1: not valid JSON: "* ]]
  printf '#!/bin/sh\necho "{\\"cgroup\\": 5}"\n' >"$BATS_TEST_TMPDIR/bin/husk-systemd"
  launch
  [[ $stderr = *"cannot read husk-systemd's answer: answer:1:"*": /cgroup: "* ]]
}

@test "unit annotations are parsed before anything is made, and only if systemd makes the cgroup" {
  need_glib
  beside ''
  cp "$SYSTEMD" "$BATS_TEST_TMPDIR/bin/"
  config '.annotations["org.systemd.property.After"] = "[5"'
  launch
  [ "$status" -ne 0 ]
  [[ $stderr = *": /annotations/org.systemd.property.After: \"[5\" cannot be read: "* ]]
  [[ $stderr = *"(values are in GVariant's text format: "* ]]
  [ ! -e "$ROOT/$ID" ]
  # check finds each of them
  config '.annotations["org.systemd.property.TimeoutStopSec"] = "-1"'
  run --separate-stderr "$HUSK" "${OPTIONS[@]}" check --bundle "$BUNDLE"
  [ "$status" -eq 1 ]
  [[ $output$stderr = *'/annotations/org.systemd.property.After: "[5" cannot be read: '* ]]
  [[ $output$stderr = *'/annotations/org.systemd.property.TimeoutStopSec: "-1" is not a time in seconds'* ]]
  config 'del(.linux.cgroupsPath)'
  OPTIONS=(--cgroup-manager=disabled)
  launch
  [ "$status" -eq 0 ]
}

@test "a request longer than a program's argument may be reaches husk-systemd whole" {
  beside "cat >'$BATS_TEST_TMPDIR/request'; echo '{\"error\": {\"text\": \"no\"}}'; exit 1"
  config '.linux.resources.devices = [{allow: false, access: "rwm"}] + [range(1900) | {allow: true, major: 4000, minor: (1000000 + .), access: "rw"}]'
  launch
  [ "$status" -ne 0 ]
  echo "$stderr" >&2
  [ "$(jq '.properties[] | select(.name == "DeviceAllow").access | length' "$BATS_TEST_TMPDIR/request")" -ge 3800 ]
  [ "$(stat -c %s "$BATS_TEST_TMPDIR/request")" -gt 131072 ]
}
