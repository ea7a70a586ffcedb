#!/usr/bin/env bats
# Hooks as config.md requires: namespaces, file system of the program, moment, order, refusals.
load bundle
# shellcheck source=tests/integration/hooks.bash
. "$BATS_TEST_DIRNAME/hooks.bash"

KINDS='prestart createRuntime createContainer startContainer poststart poststop'
TYPES='cgroup ipc mnt net pid time user uts'

setup() {
  bundle_make
  LOG=$BATS_TEST_TMPDIR/log
}

# log_of KIND: the log's path for a hook of that kind.
log_of() {
  if [ "$1" = startContainer ]; then
    echo /log/log
  else
    echo "$LOG"
  fi
}


# identity: a user namespace that maps every id to itself, and a time namespace.
identity() {
  config '.linux.namespaces += [{type: "user"}, {type: "time"}]
    | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
}

# life: create, start, wait for the end, delete.
life() {
  create || { cat "$BATS_TEST_TMPDIR/err"; return 1; }
  husk start "$ID"
  wait_for is_status stopped
  husk delete "$ID"
  nothing_left
}

# host_root: its device and inode.
host_root() {
  stat -c %d:%i /
}

# proves: prestart-in-runtime create-runtime-in-runtime create-container-in-container start-container-in-container
# proves: poststart-in-runtime poststop-in-runtime
@test "runtime hooks run outside the container's namespaces, container hooks in all of them" {
  local kind look runtime container
  log_inside
  identity
  look="for t in $TYPES; do readlink /proc/self/ns/\$t; done | tr '\n' ' '"
  for kind in $KINDS; do
    hook "$kind" "echo $kind \$($look) >>$(log_of "$kind")"
  done
  script "echo program \$($look) >>/log/log"
  life
  cat "$LOG"
  runtime=$(for kind in $TYPES; do readlink "/proc/self/ns/$kind"; done | tr '\n' ' ')
  container=$(sed -n 's/^program //p' "$LOG")
  # the program shares none with the host
  [ "$(tr ' ' '\n' <<<"$runtime$container" | grep . | sort -u | wc -l)" = 16 ]
  for kind in prestart createRuntime poststart poststop; do
    grep -qxF "$kind ${runtime% }" "$LOG"
  done
  for kind in createContainer startContainer; do
    grep -qxF "$kind $container" "$LOG"
  done
}

# proves: hook-path-in-runtime start-container-path-in-container
@test "a startContainer hook is a program of the container, all others are programs of the host" {
  local kind which=$BATS_TEST_TMPDIR/which
  plain
  mkdir -p "$ROOTFS/${which%/*}"
  printf '#!/bin/sh\necho "$1: the host" >>%s\n' "$which.log" >"$which"
  printf '#!/bin/sh\necho "$1: the container" >>%s\n' "$which.log" >"$ROOTFS/$which"
  chmod 755 "$which" "$ROOTFS/$which"
  for kind in $KINDS; do
    config '.hooks[$kind] = [{path: $path, args: ["which", $kind]}]' --arg kind "$kind" --arg path "$which"
  done
  program true
  launch
  succeeded
  [ "$(sort "$which.log" "$ROOTFS/$which.log")" = 'createContainer: the host
createRuntime: the host
poststart: the host
poststop: the host
prestart: the host
startContainer: the container' ]
}

# proves: prestart-when create-runtime-when
@test "prestart and createRuntime hooks run once namespaces and mounts are made and before the root changes" {
  local kind number
  mkdir "$ROOTFS/mnt"
  config '.mounts += [{destination: "/mnt", type: "tmpfs", source: "last-mount"}]'
  for kind in prestart createRuntime; do
    hook "$kind" "pid=\$(jq .pid); { stat -c %d:%i /proc/\$pid/root/; grep -c '/mnt .* last-mount ' /proc/\$pid/mountinfo
      nsenter --target \$pid --uts hostname
      for t in $TYPES; do readlink /proc/\$pid/ns/\$t; done; } >$LOG.$kind"
  done
  script "for t in $TYPES; do readlink /proc/self/ns/\$t; done"
  create
  number=$(cat "$LOG.prestart" "$LOG.createRuntime" | wc -l) # before start
  husk start "$ID"
  wait_for is_status stopped
  [ "$number" -eq 22 ]
  for kind in prestart createRuntime; do
    cat "$LOG.$kind"
    [ "$(sed -n 1p "$LOG.$kind")" = "$(host_root)" ]
    [ "$(sed -n 2p "$LOG.$kind")" = 1 ]
    [ "$(sed -n 3p "$LOG.$kind")" = husk ]
    [ "$(sed -n '4,$p' "$LOG.$kind")" = "$(cat "$BATS_TEST_TMPDIR/out")" ]
  done
}

# proves: create-container-when create-container-in-container
@test "a createContainer hook finds the container's mounts below the bundle, and its own mounts there stay" {
  local option
  mkdir "$ROOTFS"/{mnt,hook}
  config '.mounts += [{destination: "/mnt", type: "tmpfs", source: "tmpfs"}]'
  hook createContainer "cd \$(jq -r .bundle)/rootfs && stat -c %d:%i / >$LOG && echo found >mnt/file &&
    mount -t tmpfs by-hook hook && echo mounted >hook/file"
  script 'cat /mnt/file /hook/file; grep -c by-hook /proc/self/mountinfo'
  for option in '' --no-pivot; do
    launch ${option:+"$option"}
    is 0 $'found\nmounted\n1'
    [ "$(cat "$LOG")" = "$(host_root)" ]
    [ ! -e "$ROOTFS/mnt/file" ]
    [ ! -e "$ROOTFS/hook/file" ]
    nothing_left
  done
}

@test "with hooks and without pivot_root, exec sees only the container's root" {
  hook createContainer 'exit 0'
  touch "$ROOTFS/of-the-container"
  program sleep 1000
  create --no-pivot
  husk start "$ID"
  run --separate-stderr husk exec "$ID" ls -d /of-the-container "$BATS_TEST_TMPDIR"
  [ "$output" = /of-the-container ]
}

@test "a createRuntime hook can enter the container's mount namespace and mount below the bundle" {
  mkdir "$ROOTFS/hook"
  hook createRuntime "nsenter --target \$(jq .pid) --mount mount -t tmpfs by-hook $ROOTFS/hook"
  inside 'grep -c " /hook .* by-hook" /proc/self/mountinfo'
  same 1
}

@test "a createContainer hook runs even if the container's root may not enter the bundle" {
  chmod 700 "$BATS_TEST_TMPDIR"
  config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
    | .linux.gidMappings = .linux.uidMappings'
  hook createContainer "cat >/dev/null; id -u >/dev/shm/$ID"
  program echo the program
  launch
  is 0 'the program'
  [ "$(cat "/dev/shm/$ID")" = 0 ]
  rm "/dev/shm/$ID"
}

# proves: hooks-in-listed-order prestart-before-create-runtime create-container-after-create-runtime
@test "hooks of a kind run one after the other as listed, and the kinds of create in their order" {
  local kind log expected=''
  log_inside
  # the kinds are not listed in their order, and each kind's first hook is the slowest: if husk did not wait for each,
  # the third would be first
  for kind in poststop startContainer createContainer poststart createRuntime prestart; do
    log=$(log_of "$kind")
    hook "$kind" "sleep 0.2; echo $kind.1 >>$log"
    hook "$kind" "sleep 0.1; echo $kind.2 >>$log"
    hook "$kind" "echo $kind.3 >>$log"
  done
  program true
  life
  for kind in $KINDS; do
    expected+="$kind.1 $kind.2 $kind.3 "
  done
  [ "$(first_word "$LOG")" = "$expected" ]
}

# proves: start-container-when
@test "startContainer hooks run in start, before the program" {
  log_inside
  hook startContainer 'sleep 0.2; echo hook >>/log/log' # a program that did not wait would be first
  script 'echo program >>/log/log'
  create
  wait_for waits_for_start
  [ ! -e "$LOG" ]
  husk start "$ID"
  wait_for is_status stopped
  [ "$(first_word "$LOG")" = 'hook program ' ]
}

# proves: poststart-when
@test "poststart hooks run once the program is executed, and start waits for them" {
  # a start that did not wait would end before the log has its name; likewise delete below
  hook poststart "pid=\$(jq .pid); tr '\0' ' ' </proc/\$pid/cmdline >$LOG.now; sleep 0.3; mv $LOG.now $LOG"
  program sleep 1000
  create
  [ ! -e "$LOG" ]
  husk start "$ID"
  [ "$(cat "$LOG")" = 'sleep 1000 ' ]
}

# proves: poststop-when
@test "poststop hooks run once processes and cgroups are gone, and delete waits for them" {
  local force
  hook poststop "while read -r path; do [ ! -e \$path ] || echo left: \$path; done <$BATS_TEST_TMPDIR/paths >$LOG.now
    sleep 0.3; mv $LOG.now $LOG"
  for force in '' --force; do
    rm -f "$LOG"
    # a process that outlives the first one
    container_up 'sleep 1000 >/dev/null 2>&1 & sleep 1000'
    { hierarchies; pgrep -P "$PID" | sed 's|^|/proc/|'; echo "/proc/$PID/root/bin"; } >"$BATS_TEST_TMPDIR/paths"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/paths")" -gt 2 ]
    if [ -z "$force" ]; then
      husk kill "$ID" KILL
      wait_for is_status stopped
    fi
    [ ! -e "$LOG" ]
    husk delete $force "$ID"
    cat "$LOG"
    [ ! -s "$LOG" ]
    nothing_left
  done
}

# proves: hook-path-absolute hook-timeout-positive
# bats test_tags=any-machine
@test "a relative path and a timeout of zero are refused for hooks of every kind" {
  local kind value
  for kind in $KINDS; do
    refused_example ".hooks.$kind = [{path: \"bin/true\"}]" "/hooks/$kind/0/path" 'is not an absolute path'
    for value in 0 -1; do
      refused_example ".hooks.$kind = [{path: \"/bin/true\"}, {path: \"/bin/true\", timeout: $value}]" \
        "/hooks/$kind/1/timeout" "$value is out of range"
    done
  done
}
