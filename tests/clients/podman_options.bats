#!/usr/bin/env bats
# Options of podman that ask more of a runtime, with the runtime under test. tests/clients/run runs it.
load podman

logged() {
  p logs "$NAME" 2>&1 | grep -qxF -- "$1"
}

# init_runs [OPTION...]: the image with an init, whose log has what systemd needs; podman stops it by the signal for systemd.
init_runs() {
  p run --detach --name "$NAME" "${MADE[@]}" "$@" >/dev/null
  wait_for logged started || { p logs "$NAME"; return 1; }
  local directory
  for directory in /run /run/lock /tmp /var/log/journal; do
    logged "$directory tmpfs written" || { p logs "$NAME"; return 1; }
  done
  p logs "$NAME" | grep -qE '^process 1, container=(podman|oci)$'
  # systemd's own hierarchy, in which it makes groups
  p exec "$NAME" sh -c 'grep -E " /sys/fs/cgroup(/systemd)? cgroup2? rw," /proc/mounts' || { p exec "$NAME" cat /proc/mounts; return 1; }
  p stop --time 20 "$NAME" >/dev/null
  logged 'asked to end'
  [ "$(p inspect --format '{{.State.ExitCode}}' "$NAME")" = 3 ]
}

@test "an image whose command is /sbin/init is run as podman runs systemd" {
  init_runs "$INIT_IMAGE"
}

@test "--systemd=always: any command" {
  init_runs --systemd always "$INIT_IMAGE" sh /sbin/init
}

@test "--tmpfs over a directory of the image: its size, its mode, without the image's content" {
  launch --tmpfs /run:size=1m,mode=0750,notmpcopyup -- sh -c 'stat -c %a /run; ls -A /run | grep -vx .containerenv; dd if=/dev/zero of=/run/file bs=1k count=2000'
  is 1 750
  [[ "$stderr" = *'No space left'* ]]
}

# owner PATH
owner() {
  stat -c '%u %g' "$1"
}

@test "-v :idmap: a file's owner is the same in a container with a user namespace, and what it writes is root's outside" {
  mkdir "$BOX/mapped"
  touch "$BOX/mapped/roots"
  touch "$BOX/mapped/users"
  chown 1000:1000 "$BOX/mapped/users"
  launch --uidmap 0:100000:65536 --gidmap 0:200000:65536 --volume "$BOX/mapped:/v:idmap" -- \
    sh -c 'stat -c "%u %g" /v/roots /v/users; touch /v/new; chown 5:6 /v/new'
  is 0 $'0 0\n1000 1000'
  [ "$(owner "$BOX/mapped/new")" = '5 6' ]
  [ "$(owner "$BOX/mapped/roots")" = '0 0' ]
}

@test "-v :U: the volume is given to the container's user" {
  mkdir "$BOX/given"
  touch "$BOX/given/file"
  launch --uidmap 0:100000:65536 --gidmap 0:200000:65536 --user 1000:2000 --volume "$BOX/given:/v:U" -- sh -c 'stat -c "%u %g" /v /v/file; echo mine >/v/file'
  is 0 $'1000 2000\n1000 2000'
  [ "$(owner "$BOX/given/file") $(cat "$BOX/given/file")" = '101000 202000 mine' ]
}

@test "--group-add keep-groups: the caller's groups" {
  run within setpriv --groups 4711,4712 timeout 40 "${PODMAN[@]}" run --rm "${MADE[@]}" --group-add keep-groups "$IMAGE" id -G
  [ "$status" = 0 ]
  [[ " $output " = *' 4711 4712 '* ]] || { echo "$output"; return 1; }
}

@test "--sdnotify: ignored, by conmon, by the container" {
  [ -x "$BOX/send" ] || cc -static -O1 -o "$BOX/send" "$SOURCE/tests/integration/notify_send.c"
  run notified ignore sleep 1000
  is 0 ''
  p rm --force --time 0 "$NAME" >/dev/null
  run notified conmon sleep 1000
  [[ "$status $output" = 0*MAINPID=*READY=1* ]] || { echo "$output"; return 1; }
  p rm --force --time 0 "$NAME" >/dev/null
  run notified container sh -c 'test -S "$NOTIFY_SOCKET" && /send READY=1; sleep 1000'
  [[ "$status $output" = 0*READY=1* ]] || { echo "$output"; return 1; }
}

# played TYPE ANNOTATION [PROFILE]: the filter and the output of a container of a pod with that seccompProfile, and with the
# annotation of older Kubernetes that means the same, which is what podman reads.
played() {
  cat >"$BOX/pod.yaml" <<END
apiVersion: v1
kind: Pod
metadata:
  name: played
  annotations:
    container.seccomp.security.alpha.kubernetes.io/one: $2
spec:
  hostNetwork: true
  restartPolicy: Never
  containers:
    - name: one
      image: $IMAGE
      imagePullPolicy: Never
      command: [sh, -c, "grep ^Seccomp: /proc/self/status; mkdir /tmp/x && echo made; echo end"]
      securityContext:
        seccompProfile:
          type: $1
${3:+          localhostProfile: $3}
END
  p kube play --seccomp-profile-root "$BOX/profiles" "$BOX/pod.yaml" >"$BOX/played" 2>&1 || { cat "$BOX/played"; return 1; }
  wait_for said end
  p logs played-one 2>&1
  p kube down "$BOX/pod.yaml" >/dev/null 2>&1
}

said() {
  p logs played-one | grep -qx "$1"
}

@test "kube play: a pod with each type of seccompProfile" {
  mkdir "$BOX/profiles"
  echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28}]}' >"$BOX/profiles/full.json"
  run played RuntimeDefault runtime/default
  is 0 $'Seccomp:\t2\nmade\nend'
  run played Unconfined unconfined
  is 0 $'Seccomp:\t0\nmade\nend'
  run played Localhost localhost/full.json full.json
  [[ "$status $output" = $'0 Seccomp:\t2\n'*'No space left'*end ]] || { echo "$output"; return 1; }
}
