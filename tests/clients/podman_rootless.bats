#!/usr/bin/env bats
# podman of an ordinary user with subordinate ids, with the runtime under test. The user is one of these tests' namespaces.
# tests/clients/run runs it.
load engine

BY_USER=(setpriv --reuid 1000 --regid 1000 --groups 1000,4711 --inh-caps -all env -i PATH="$PATH" HOME=/run/home XDG_RUNTIME_DIR=/run/user
  XDG_CONFIG_HOME=/run/home PODMAN_IGNORE_CGROUPSV1_WARNING=1 ${ENGINES:+CONTAINERS_CONF_OVERRIDE=/run/engines.conf} timeout --foreground 40 podman --runtime "/run/bin/${RUNTIME_PATH##*/}"
  --storage-driver vfs --cgroup-manager cgroupfs)

setup_file() {
  export BOX=$BATS_FILE_TMPDIR
  space_open
  mkdir "$BOX/etc"
  printf 'root:x:0:0:root:/root:/bin/sh\ntester:x:1000:1000::/run/home:/bin/sh\n' >"$BOX/etc/passwd"
  printf 'root:x:0:\ntester:x:1000:\nmore:x:4711:tester\n' >"$BOX/etc/group"
  echo tester:100000:65536 | tee "$BOX/etc/subuid" >"$BOX/etc/subgid"
  local file
  for file in passwd group subuid subgid; do
    [ -e "/etc/$file" ] || : >"/etc/$file"
    within mount --bind "$BOX/etc/$file" "/etc/$file"
  done
  within install -d -o 1000 -g 1000 -m 700 /run/home /run/user
  within install -D -m 755 -t /run/bin "$RUNTIME_PATH"
  busybox_image "$BOX/busybox.tar"
  within sh -c 'cat >/run/busybox.tar' <"$BOX/busybox.tar"
  p load --quiet --input /run/busybox.tar
}

teardown_file() {
  p rm --all --force --time 0 >/dev/null
  local left
  left=$(p ps --all --quiet; within pgrep conmon)
  space_close
  [ -z "$left" ] || { echo "left behind: $left"; return 1; }
}

setup() {
  NAME=husk-test-$BATS_TEST_NUMBER
}

teardown() {
  p rm --force --time 0 "$NAME" >/dev/null 2>&1 || true
}

p() {
  within env --chdir=/ "${BY_USER[@]}" "$@" 3>&-
}

# launch [OPTION...] -- COMMAND...: podman run.
launch() {
  split "$@"
  run --separate-stderr p run --rm --network none "${OPTIONS[@]}" "$IMAGE" "${REST[@]}" </dev/null
}

# up [OPTION...] -- COMMAND...: one in the background, of the test's name.
up() {
  split "$@"
  p run --detach --name "$NAME" --network none "${OPTIONS[@]}" "$IMAGE" "${REST[@]}" </dev/null >/dev/null
}

@test "run: output, errors, exit status; root there is the user here" {
  launch -- sh -c 'echo out; echo err >&2; tr -s " " </proc/self/uid_map; exit 7'
  is 7 $'out\n 0 1000 1\n 1 100000 65536'
  [ "$stderr" = err ]
}

@test "a volume: what root writes there is the user's here" {
  within install -d -o 1000 -g 1000 /run/home/volume
  launch --volume /run/home/volume:/v -- sh -c 'echo kept >/v/roots; touch /v/users; chown 5:5 /v/users'
  is 0
  [ "$(within stat -c '%u %g' /run/home/volume/roots /run/home/volume/users)" = $'1000 1000\n100004 100004' ]
}

@test "--userns=keep-id: the user has its own id, or another" {
  launch --userns keep-id -- sh -c 'id -u; id -g'
  is 0 $'1000\n1000'
  launch --userns keep-id --volume /run/home:/v -- stat -c '%u %g' /v
  is 0 '1000 1000'
  launch --userns keep-id:uid=200,gid=300 -- sh -c 'id -u; id -g'
  is 0 $'200\n300'
}

@test "--userns=nomap: the user is not in the container" {
  launch --userns nomap -- sh -c 'tr -s " " </proc/self/uid_map'
  is 0 ' 0 1 65536' # of podman's own namespace, whose 0 is the user
}

@test "--group-add keep-groups: a directory that only the group may read" {
  within install -d -o 0 -g 4711 -m 750 /run/shared
  launch --volume /run/shared:/v -- ls /v
  is 1
  launch --group-add keep-groups --volume /run/shared:/v -- ls /v
  is 0 ''
}

@test "exec, stop, logs, kill, a user of the image" {
  up -- sh -c 'trap "exit 9" TERM; echo started; while :; do sleep 0.05; done'
  run --separate-stderr p exec --user 1000 --workdir /tmp "$NAME" sh -c 'id -u; pwd; exit 3'
  is 3 $'1000\n/tmp'
  wait_for in_log started
  p stop --time 10 "$NAME" >/dev/null
  [ "$(p inspect --format '{{.State.ExitCode}}' "$NAME")" = 9 ]
  p start "$NAME" >/dev/null
  p kill --signal KILL "$NAME" >/dev/null
  [ "$(p wait "$NAME")" = 137 ]
}

in_log() {
  p logs "$NAME" | grep -qx "$1"
}

@test "a terminal" {
  in_terminal '# =until stty size | grep ^24; do sleep 0.1; done\nexit 5\n' -- env --chdir=/ "${BY_USER[@]}" run --rm -it --network none "$IMAGE" sh
  [[ "$status $output" = 5*'24 80'* ]] || { echo "$output"; return 1; }
}

@test "privileged: all capabilities in the user's namespace, no filter; without: the default ones and a filter" {
  local facts='grep -E "^(CapEff|Seccomp):" /proc/self/status'
  launch --privileged -- sh -c "$facts"
  [[ "$status $output" = $'0 CapEff:\t000001'*$'\nSeccomp:\t0' ]] || { echo "$output $stderr"; return 1; }
  launch -- sh -c "$facts"
  [[ "$status $output" = $'0 CapEff:\t00000000800'*$'\nSeccomp:\t2' ]] || { echo "$output $stderr"; return 1; }
}

@test "a read-only root with tmpfs, a host name, a sysctl" {
  launch --read-only --tmpfs /scratch --hostname mine --sysctl net.ipv4.ip_forward=1 -- \
    sh -c 'touch /x 2>/dev/null || echo closed; touch /scratch/x && hostname; cat /proc/sys/net/ipv4/ip_forward'
  is 0 $'closed\nmine\n1'
}

@test "six at once" {
  at_once 6 p run --rm --network none "$IMAGE" sh -c 'exit "$0"'
}
