# shellcheck shell=bash disable=SC2154,SC2034,SC2016,SC2119,SC2120
# (bats sets status, output and stderr; the tests read the rest, with arguments; jq has a $ of its own)

# What the bats files share: a bundle made from config.json.example on busybox, husk on a state directory of the test's
# own, and the check that nothing is left.

bats_require_minimum_version 1.5.0

# shellcheck source=tests/integration/waiting.bash
. "${BASH_SOURCE[0]%/*}/waiting.bash"

SOURCE=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
# shellcheck source=tests/programs.bash
. "${BASH_SOURCE[0]%/*}/../programs.bash"

# The bed: where this run is, as set by tests/views/run and tests/vm/suite. native, v1, v2: this kernel's cgroups as they are
# or as a view has them. vm-v2, vm-systemd, vm-rootless: the virtual machine, where husk manages cgroups by itself, by
# systemd, or is run by an ordinary user in a cgroup that systemd has delegated.
BED=${HUSK_BED:-native}

# bed NAME...: the bed is one of these.
bed() {
  [[ " $* " = *" $BED "* ]]
}

# emulated: processors are emulated here, at a tenth of the speed (unless there is KVM, which is rare).
emulated() {
  bed vm-v2 vm-systemd vm-rootless
}

# sampled: the lines of stdin, or every fourth of them if processors are emulated. For long lists that run completely
# elsewhere.
sampled() {
  if emulated; then
    awk 'NR % 4 == 0'
  else
    cat
  fi
}

# needs_linux VERSION WHAT: skips the test on an older kernel. What husk does there without it tests/fault/old_kernel.bats
# tests.
needs_linux() {
  printf '%s\n' "$1" "$(uname -r)" | sort --check=quiet --version-sort || skip "$2 is new in Linux $1"
}

in_systemd() {
  bed vm-systemd ns-systemd
}

rootless() {
  bed vm-rootless
}

# What comes before the command on husk's command line, for this bed.
OPTIONS=()
! in_systemd || OPTIONS=(--systemd-cgroup)

# tests/resources/run reads the file's name, to know which results follow.
setup_file() {
  [ "$(id -u)" = 0 ] || rootless || {
    echo "these tests make containers as root; meson test -C build needs no root" >&2
    return 1
  }
  [ -z "${HUSK_BED:-}" ] || echo "# file ${BATS_TEST_FILENAME##*/}" >&3
}

# One bundle a run that tests copy: the example on a root file system of busybox, whose /bin is beside it: tests link to
# what is there. (Perl makes the symlinks since a process each would take seconds where processes are emulated.)
bundle_cached() {
  local cache=$BATS_RUN_TMPDIR/bundle
  if [ ! -d "$cache" ]; then
    mkdir -p "$cache.new/rootfs"/{dev,etc,home,proc,root,run,sys,tmp,usr,var} "$BATS_RUN_TMPDIR/bin"
    cp /bin/busybox "$BATS_RUN_TMPDIR/busybox"
    ln "$BATS_RUN_TMPDIR/busybox" "$BATS_RUN_TMPDIR/bin/busybox"
    /bin/busybox --list | BIN=$BATS_RUN_TMPDIR/bin perl -nle 'symlink "busybox", "$ENV{BIN}/$_" if $_ ne "busybox"'
    chmod 1777 "$cache.new/rootfs/tmp"
    printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n' >"$cache.new/rootfs/etc/passwd"
    printf 'root:x:0:\nuser:x:1000:\n' >"$cache.new/rootfs/etc/group"
    cp "$SOURCE/config.json.example" "$cache.new/config.json"
    mv "$cache.new" "$cache"
  fi
}

# trace_lines: bats reports only the line of a failed test. It notes each command's place, with all its callers, before
# the command runs, which takes longer than most commands if processors are emulated.
trace_lines() {
  set +T
  trap '[ -n "$BATS_ERROR_STATUS" ] || BATS_DEBUG_LAST_STACK_TRACE=("$LINENO $BATS_TEST_NAME $BATS_TEST_SOURCE")' DEBUG
}

# tool NAME [OPTION...]: the path of NAME.c beside this file, compiled statically, once a run.
tool() {
  local name=$1 program=$BATS_RUN_TMPDIR/tools/$1
  shift
  if [ ! -x "$program" ]; then
    mkdir -p "${program%/*}"
    "${CC:-cc}" -std=gnu17 -D_GNU_SOURCE -O1 -static "$@" -o "$program" "$SOURCE/tests/integration/$name.c" >&2 || return 1
  fi
  echo "$program"
}

setup() {
  bundle_make
}

teardown() {
  bundle_end
}

bundle_make() {
  BUNDLE=$BATS_TEST_TMPDIR/bundle
  ROOTFS=$BUNDLE/rootfs
  ROOT=$BATS_TEST_TMPDIR/state
  ID=husk-test-$BATS_ROOT_PID-${BATS_SUITE_TEST_NUMBER:-0}
  PARENT=husk-test-parent-$BATS_ROOT_PID-${BATS_SUITE_TEST_NUMBER:-0} # of cgroups, for tests that want one
  WARNINGS=$BATS_TEST_TMPDIR/warnings # see warns
  WARNED=(--log "$WARNINGS" --log-format json)
  BACKGROUND= # process ids that end with the test
  ! emulated || trace_lines
  bundle_cached
  cp -a "$BATS_RUN_TMPDIR/bundle" "$BUNDLE"
  cp -al "$BATS_RUN_TMPDIR/bin" "$ROOTFS/bin"
}

# Nothing of a test stays on the machine; what husk cannot remove is a failure.
bundle_end() {
  local record process directory
  for record in "$ROOT"/*; do
    [ ! -e "$record" ] || husk delete --force "${record##*/}" >/dev/null 2>&1 || true
  done
  for process in $BACKGROUND; do
    kill -KILL "$process" 2>/dev/null || true
  done
  for directory in "/sys/fs/cgroup/$PARENT" /sys/fs/cgroup/*/"$PARENT"; do
    [ ! -d "$directory" ] || rmdir "$directory" 2>/dev/null || true
  done
  nothing_left
}

husk() {
  "$HUSK" --root "$ROOT" "${OPTIONS[@]}" "$@"
}

# example: config.json is the example again.
example() {
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
}

# config FILTER [JQ-OPTION...]: changes config.json.
config() {
  local filter=$1 new
  shift
  new=$(jq "$@" "$filter" "$BUNDLE/config.json") && printf '%s\n' "$new" >"$BUNDLE/config.json"
}

# example_with FILTER [JQ-OPTION...]: config.json is the example with this change.
example_with() {
  jq "$@" "$SOURCE/config.json.example" >"$BUNDLE/config.json"
}

# in_parent: the container's cgroup gets a parent of the test's own.
in_parent() {
  config '.linux.cgroupsPath = $path' --arg path "/$PARENT/$ID"
}

# program ARG...: the program of the container. Usually jq has written config.json and the arguments are plain: then the
# shell replaces them itself, in a tenth of the time that jq needs to start.
program() {
  local new text argument arguments=() first=$'\n    "args": [\n' last=$'\n    ]' odd=$'[^ \n[:graph:]]'
  IFS= read -r -d '' text <"$BUNDLE/config.json" || true
  if [[ $# -gt 0 && ! "$*" =~ $odd && "$text" = *"$first"* && "${text#*"$first"}" != *"$first"* ]]; then
    for argument; do
      argument=${argument//\\/\\\\} argument=${argument//\"/\\\"}
      arguments+=("      \"${argument//$'\n'/\\n}\"")
    done
    printf -v new '%s,\n' "${arguments[@]}"
    printf '%s' "${text%%"$first"*}$first${new%,?}$last${text#*"$first"*"$last"}" >"$BUNDLE/config.json"
    return
  fi
  new=$(jq --args '.process.args = $ARGS.positional' -- "$@" <"$BUNDLE/config.json") && printf '%s\n' "$new" >"$BUNDLE/config.json"
}

# script TEXT: a shell script as the program of the container.
script() {
  program sh -c "$1"
}

# launch [OPTION...]: runs the bundle and sets status, output (stdout) and stderr; `warns` reads its warnings, since
# stderr is the container's. Nothing here takes a minute. (As `run --separate-stderr` does it, with fewer processes.)
launch() {
  local - errors=$BATS_TEST_TMPDIR/launch.stderr
  set +eET
  [ ! -e "$WARNINGS" ] || : >"$WARNINGS"
  : >"$errors"
  output=$(timeout --foreground 60 "$HUSK" --root "$ROOT" "${OPTIONS[@]}" "${WARNED[@]}" run --bundle "$BUNDLE" "$@" "$ID" \
    </dev/null 2>>"$errors") && status=0 || status=$?
  IFS=$'\n' read -r -d '' -a lines <<<"$output" || true
  read -r -d '' stderr <"$errors" || true
}

# plain: without the example's filter, and with a root that can be written.
plain() {
  config 'del(.linux.seccomp) | .root.readonly = false'
}

# together: the bundle is run with stdout and stderr in one output.
together() {
  run husk run --bundle "$BUNDLE" "$ID" </dev/null
}

# inside TEXT: script and launch, and it must succeed.
inside() {
  script "$1"
  launch
  succeeded
}

# create [OPTION...]: a created container that holds no descriptor of the test.
create() {
  husk create --bundle "$BUNDLE" "$@" "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&-
}

# container_up [SCRIPT]: a started container in the background.
container_up() {
  script "${1:-sleep 1000}"
  create || { cat "$BATS_TEST_TMPDIR/err"; return 1; }
  husk start "$ID"
  local state
  state=$(husk state "$ID")
  [[ $state =~ '"pid": '([0-9]+) ]] && PID=${BASH_REMATCH[1]}
}

show() {
  echo "status: $status"
  echo "stdout: $output"
  echo "stderr: ${stderr:-}"
}

# is STATUS [TEXT]: the status is STATUS, and stdout is exactly the text.
is() {
  if [ "$status" -ne "$1" ]; then
    echo "expected status: $1"
    show
    return 1
  fi
  [ $# -lt 2 ] || same "$2"
}

succeeded() {
  is 0
}

failed() {
  if [ "$status" -eq 0 ]; then
    show
    return 1
  fi
}

# same TEXT: stdout is exactly the text.
same() {
  if [ "$output" != "$1" ]; then
    echo "expected: $1"
    show
    return 1
  fi
}

# says TEXT...: stdout holds each of them. complains TEXT...: stderr does. says_not TEXT...: stdout holds none.
says() {
  local text
  for text in "$@"; do
    if [[ "$output" != *"$text"* ]]; then
      echo "not said: $text"
      show
      return 1
    fi
  done
}

says_not() {
  local text
  for text in "$@"; do
    if [[ "$output" == *"$text"* ]]; then
      echo "said: $text"
      show
      return 1
    fi
  done
}

complains() {
  local text
  for text in "$@"; do
    if [[ "${stderr:-}" != *"$text"* ]]; then
      echo "not complained: $text"
      show
      return 1
    fi
  done
}

complains_not() {
  local text
  for text in "$@"; do
    if [[ "${stderr:-}" == *"$text"* ]]; then
      echo "complained: $text"
      show
      return 1
    fi
  done
}

# warns TEXT...: the warnings of launch, or of a husk with "${WARNED[@]}", contain each text.
warns() {
  local stderr
  stderr=$(jq -r 'select(.level == "warning").msg' "$WARNINGS")
  complains "$@"
}

# processes_left: the processes in cgroups of this test, without zombies, which husk need not reap.
processes_left() {
  local process
  for process in $(grep -l -- "$ID" /proc/[0-9]*/cgroup 2>/dev/null || true); do
    if grep -q . "${process%/cgroup}/maps" 2>/dev/null || grep -q . "${process%/cgroup}/cmdline" 2>/dev/null; then
      echo "$process"
    fi
  done
}

no_processes_left() {
  [ -z "$(processes_left)" ]
}

# nothing_left: no record, process, cgroup or mount of this test.
nothing_left() {
  local left='' mounts record
  for record in "$ROOT"/* "$ROOT"/.[!.]*; do
    [[ ! -e $record && ! -L $record ]] || left+="record: $record "
  done
  left+=$(processes_left)
  left+=$(find /sys/fs/cgroup -name "*$ID*" 2>/dev/null || true)
  ! in_systemd || left+=$(systemctl list-units --all --no-legend --plain "*$ID*" 2>/dev/null)
  read -r -d '' mounts </proc/self/mountinfo || true
  [[ $mounts != *"$BATS_TEST_TMPDIR"* ]] || left+="mounts of $BATS_TEST_TMPDIR"
  if [ -n "$left" ]; then
    echo "left behind: $left"
    return 1
  fi
}

# no_observer: no process of this husk watches system calls. Zombies do not count, nor do those of another husk.
no_observer() {
  local process
  while read -r process; do
    # an ordinary user cannot see the program of a process that is not dumpable
    if [ "${process%/comm}/exe" -ef "$HUSK" ] || { rootless && grep -qs . "${process%/comm}/cmdline"; }; then
      echo "an observer is left: $process"
      return 1
    fi
  done < <(grep -ls '^husk:observer$' /proc/[0-9]*/comm)
}

# refused TEXT...: `run` of the bundle fails with one line that holds each text, and leaves nothing.
refused() {
  launch
  is 1 ''
  complains 'error: ' "$@"
  if [[ "$stderr" = *'error: '*$'\n'*'error: '* ]]; then
    echo 'more than one line of errors'
    show
    return 1
  fi
  nothing_left
}

# refused_config FILTER TEXT...: changes config.json, then refused.
refused_config() {
  config "$1"
  shift
  refused "$@"
}

# refused_example FILTER TEXT...: changes the example, then refused.
refused_example() {
  example_with "$1"
  shift
  refused "$@"
}

is_status() {
  [[ "$(husk state "$ID")" =~ '"status": "'([a-z]+)'"' && ${BASH_REMATCH[1]} = "$1" ]]
}

# waits_for_start: the container's process is still husk-init, and sleeps. (It sleeps only to wait for start, and a signal
# that has been sent to it would have woken it.)
waits_for_start() {
  local pid
  pid=$(husk state "$ID" | jq .pid)
  [ "$(cat "/proc/$pid/comm")" = husk:init ] && grep -q '^State:.S' "/proc/$pid/status"
}

# listen_at DIRECTORY NAME: a listening socket, until the test ends.
listen_at() {
  local receiver
  receiver=$(tool recvtty)
  (cd "$1" && exec "$receiver" "$2" >/dev/null 2>&1 3>&-) & # a socket's path has room for 107 bytes
  BACKGROUND="$BACKGROUND $!"
  wait_for test -S "$1/$2"
}

# reachable: users other than root can reach the bundle.
reachable() {
  chmod 755 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "$BATS_TEST_TMPDIR" "$BUNDLE" "$ROOTFS"
}

# unprivileged ARG...: husk by user 1000.
unprivileged() {
  reachable
  cp "$HUSK" "$BATS_TEST_TMPDIR/husk"
  run --separate-stderr setpriv --reuid 1000 --regid 1000 --clear-groups "$BATS_TEST_TMPDIR/husk" --root "$ROOT" "$@"
}

# cgroup_directory CONTROLLER [PID]: the cgroup of the process (default: the container's, $PID) in the hierarchy of
# that v1 controller, or in cgroup2 if there is none.
cgroup_directory() {
  local path top=/sys/fs/cgroup
  path=$(sed -n "s/^[0-9]*:\([^:]*,\|name=\)\?$1\(,[^:]*\)\?:\(.*\)/\3/p" "/proc/${2:-$PID}/cgroup")
  if [ -n "$path" ] && [ -d "$top/$1" ]; then
    echo "$top/$1$path"
  else
    [ ! -d "$top/unified" ] || top=$top/unified
    echo "$top$(sed -n 's/^0:://p' "/proc/${2:-$PID}/cgroup")"
  fi
}

# cgroup_is_v1 CONTROLLER: it has a hierarchy of v1.
cgroup_is_v1() {
  [[ "$(cgroup_directory "$1" self)" == "/sys/fs/cgroup/$1"* ]]
}

# hierarchies: the container's directory in each hierarchy that is mounted.
hierarchies() {
  local name directory
  while IFS=: read -r _ name _; do
    name=${name#name=}
    directory=$(cgroup_directory "${name:-none}")
    [ ! -e "$directory/cgroup.procs" ] || echo "$directory"
  done <"/proc/$PID/cgroup" | sort -u
}

# ready DIRECTORY...: directories of v1's cpuset get the CPUs and memory nodes of their parent.
ready() {
  local directory
  for directory; do
    if [ -e "$directory/cgroup.clone_children" ] && [ -e "$directory/cpuset.cpus" ]; then
      cat "${directory%/*}/cpuset.cpus" >"$directory/cpuset.cpus"
      cat "${directory%/*}/cpuset.mems" >"$directory/cpuset.mems"
    fi
  done
}
