#!/usr/bin/env bats
# podman with the runtime under test as its --runtime. tests/clients/run runs it.
load podman

@test "run: output, errors, exit status" {
  launch -- sh -c 'echo out; echo err >&2; exit 7'
  is 7 out
  [ "$stderr" = err ]
}

@test "run: the status for what cannot be executed is 127 or 126" {
  EXPECTED=-127
  launch -- nosuch
  launch -- /no/such
  EXPECTED=
  launch -- /etc/passwd
  is 126
}

@test "run: stdin and a terminal" {
  run p run --rm --interactive --network none --cgroup-parent "$CGROUP" "$IMAGE" cat <<<line
  is 0 line
  in_terminal '# =until stty size | grep ^24; do sleep 0.1; done\nexit 5\n' -- "${PODMAN[@]}" run --rm -it --network none --cgroup-parent "$CGROUP" "$IMAGE" sh
  [[ "$status $output" = 5*'24 80'* ]] || { echo "$output"; return 1; }
}

@test "run: environment, working directory, user, groups" {
  launch --env A=b --workdir /tmp --user 1000:1000 --group-add 2000 -- sh -c 'echo $A $PWD $(id -u) $(id -g) $(id -G)'
  is 0 'b /tmp 1000 1000 1000 2000'
}

@test "exec: output, exit status, user, directory; a missing program is 127, a file that cannot be executed 126" {
  up -- sleep 1000
  run --separate-stderr p exec "$NAME" sh -c 'echo out; echo err >&2; exit 3'
  is 3 out
  [ "$stderr" = err ]
  run p exec --user 1000 --workdir /tmp --env A=b "$NAME" sh -c 'echo $A $PWD $(id -u)'
  is 0 'b /tmp 1000'
  run -127 p exec "$NAME" nosuch
  run p exec "$NAME" /etc/passwd
  is 126
}

@test "an image's own user writes to /dev/stdout and /dev/stderr by name: run and exec, with pipes and at a terminal" {
  IMAGE=$USER_IMAGE
  launch -- sh -c "$BY_NAME"
  is 0 $'1000\nout'
  [ "$stderr" = err ]
  at_terminal run --rm -it "${MADE[@]}" "$IMAGE" sh -c "$BY_NAME"
  shown 0 $'1000\nout\nerr'
  up -- sleep 1000
  run --separate-stderr p exec "$NAME" sh -c "$BY_NAME"
  is 0 $'1000\nout'
  [ "$stderr" = err ]
  at_terminal exec -it "$NAME" sh -c "$BY_NAME"
  shown 0 $'1000\nout\nerr'
}

@test "a tmpfs on a directory of the image has the directory's mode and, as podman asks, its content" {
  launch --tmpfs /run -- sh -c 'stat -c "%a %u %g" /run; ls -A /run | grep -vx .containerenv' # which newer podman mounts there
  is 0 $'711 0 0\nkept'
}

@test "logs, top, stats and stop work, and inspect shows the exit status" {
  up -- sh -c 'trap "exit 9" TERM; echo started; while :; do sleep 0.05; done'
  wait_for logged started
  [ "$(p top "$NAME" pid | sed -n 2p | tr -d ' ')" = 1 ]
  p stats --no-stream --format '{{.Name}}' "$NAME" | grep -qx "$NAME"
  p stop --time 5 "$NAME" >/dev/null
  [ "$(p inspect --format '{{.State.ExitCode}}' "$NAME")" = 9 ]
}

logged() {
  p logs "$NAME" | grep -qx "$1"
}

@test "kill, pause, unpause" {
  up -- sleep 1000
  p pause "$NAME" >/dev/null
  [ "$(p inspect --format '{{.State.Status}}' "$NAME")" = paused ]
  p unpause "$NAME" >/dev/null
  p kill --signal KILL "$NAME" >/dev/null
  [ "$(p wait "$NAME")" = 137 ]
}

@test "build: RUN steps" {
  mkdir -p "$BOX/build"
  printf 'FROM %s\nRUN echo built >/made && chmod 600 /made\nRUN ["cat", "/made"]\nUSER 1000\nRUN id -u >/tmp/who\n' "$IMAGE" >"$BOX/build/Containerfile"
  p build --network none --isolation oci --tag made "$BOX/build" >"$BOX/build.log" 2>&1 || { cat "$BOX/build.log"; return 1; }
  run p run --rm --network none --cgroup-parent "$CGROUP" made cat /tmp/who
  is 0 1000
}

@test "the default profile, none with unconfined, or the one of a file" {
  echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28}]}' >"$BOX/profile.json"
  launch -- sh -c "$STATUS"
  [[ "$status $output" = 0*'Seccomp 2' ]]
  launch --security-opt seccomp=unconfined -- sh -c "$STATUS"
  [[ "$status $output" = 0*'Seccomp 0' ]]
  launch --security-opt seccomp="$BOX/profile.json" -- mkdir /tmp/x
  is 1
  [[ "$stderr" = *'No space left'* ]]
}

@test "privileged: all capabilities of the host's root, no filter" {
  launch --privileged -- sh -c "$STATUS"
  is 0 "CapEff $(sed -n 's/^CapEff:\t//p' /proc/self/status)"$'\nNoNewPrivs 0\nSeccomp 0'
}

@test "privileged with a requested profile keeps the profile" {
  launch --privileged --security-opt seccomp="$BOX/profile.json" -- sh -c "$STATUS; mkdir /tmp/x"
  is 1
  [[ "$output" = *'Seccomp 2' && "$stderr" = *'No space left'* ]]
}

@test "exec has the container's filter, with --privileged too" {
  up -- sleep 1000
  run p exec --privileged "$NAME" sh -c "$STATUS"
  [[ "$status $output" = 0*'Seccomp 2' ]]
}

@test "capabilities: added, dropped, none" {
  launch --cap-drop all --cap-add net_admin --cap-add kill -- sh -c "$STATUS"
  [[ "$output" = 'CapEff 0000000000001020'* ]]
  launch --cap-drop all -- sh -c "$STATUS"
  [[ "$output" = 'CapEff 0000000000000000'* ]]
  launch --user 1000 -- sh -c "$STATUS"
  [[ "$output" = 'CapEff 0000000000000000'* ]]
}

@test "no-new-privileges" {
  launch --security-opt no-new-privileges -- sh -c "$STATUS"
  [[ "$output" = *'NoNewPrivs 1'* ]]
}

@test "a read-only root, tmpfs, a volume" {
  mkdir -p "$BOX/volume"
  launch --read-only --read-only-tmpfs=false --tmpfs /scratch --volume "$BOX/volume:/v" -- \
    sh -c 'touch /x 2>/dev/null || echo closed; touch /scratch/x && echo kept >/v/file && stat -f -c %T /scratch'
  is 0 $'closed\ntmpfs'
  [ "$(cat "$BOX/volume/file")" = kept ]
}

@test "a user namespace" {
  launch --uidmap 0:100000:65536 --gidmap 0:200000:65536 -- sh -c 'tr -s " " </proc/self/uid_map; tr -s " " </proc/self/gid_map; id -u'
  is 0 $' 0 100000 65536\n 0 200000 65536\n0'
}

@test "namespaces of the host, of another container" {
  launch --pid host -- sh -c 'test $$ -ne 1 && echo other'
  is 0 other
  up -- sleep 1000
  launch --pid "container:$NAME" -- sh -c 'ps -o comm | grep -x sleep'
  is 0 sleep
}

@test "limits are in the cgroup; update changes them" {
  up --memory 64m --pids-limit 50 --cpus 0.5 -- sleep 1000
  local id
  id=$(p inspect --format '{{.Id}}' "$NAME")
  limit() { cat /sys/fs/cgroup/{,*/}"$CGROUP/libpod-$id/"{,container/}"$1" 2>/dev/null; }
  [ "$(limit memory.limit_in_bytes)$(limit memory.max)" = 67108864 ]
  [ "$(limit pids.max)" = 50 ]
  p update --cpus 0.25 "$NAME" >/dev/null
  [[ "$(limit cpu.cfs_quota_us)$(limit cpu.max)" = 25000* ]]
}

@test "ulimits that may be given" {
  launch --ulimit nofile=100:200 -- sh -c 'ulimit -n; ulimit -Hn'
  is 0 $'100\n200'
}

@test "descriptors are preserved" {
  echo through >"$BOX/through"
  run within timeout 40 sh -c 'exec 3<"$1"; shift; exec "$@"' sh "$BOX/through" "${PODMAN[@]}" run --rm --preserve-fds 1 --network none \
    --cgroup-parent "$CGROUP" "$IMAGE" sh -c 'cat <&3'
  is 0 through
}

@test "sdnotify: podman notifies for the container, or the container itself does" {
  [ -x "$BOX/send" ] || cc -static -O1 -o "$BOX/send" "$SOURCE/tests/integration/notify_send.c"
  run notified conmon sleep 1000
  [[ "$status $output" = 0*READY=1* ]] || { echo "$output"; return 1; }
  p rm --force --time 0 "$NAME" >/dev/null
  run notified container sh -c '/send READY=1; sleep 1000'
  [[ "$status $output" = 0*READY=1* ]] || { echo "$output"; return 1; }
}

@test "without cgroups" {
  printf '[engine]\nruntime_supports_nocgroup = ["husk", "runc", "crun"]\n' >"$BOX/containers.conf"
  run within env CONTAINERS_CONF="$BOX/containers.conf" timeout 40 "${PODMAN[@]}" run --rm --cgroups disabled --network none "$IMAGE" echo ran
  is 0 ran
}

@test "a pod: containers share its namespaces" {
  p pod create --name pod --infra-image "$IMAGE" --infra-command "sleep 1000000" --share net,ipc,uts --network none --cgroup-parent "$CGROUP" --hostname together >/dev/null
  run p run --rm --pod pod "$IMAGE" hostname
  is 0 together
  p pod rm --force pod >/dev/null
}

@test "an init of podman's" {
  [ -x /usr/libexec/podman/catatonit ] || [ -x /usr/bin/catatonit ] || skip 'catatonit is not there'
  launch --init -- sh -c 'cat /proc/1/comm'
  is 0 podman-init
}

@test "ten at once" {
  at_once 10 p run --rm --network none --cgroup-parent "$CGROUP" "$IMAGE" sh -c 'exit "$0"'
}
