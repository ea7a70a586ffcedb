#!/usr/bin/env bats
# What pods ask of newer containerd's Container Runtime Interface, and hooks as GPU toolkits set them. tests/clients/run runs it.
load cri

setup_file() {
  BOX=$BATS_FILE_TMPDIR
  mkdir "$BOX"/{cni,cdi}
  gpu_make
  network_make
  engine_start
}

teardown_file() {
  engine_end
}

teardown() {
  [ -z "${OWN_POD:-}" ] || { pod_down "$OWN_POD"; return; }
  [ -z "${ID:-}" ] || of RemoveContainer >/dev/null
}

# newer: the engine tells what its handlers can, as containerd does from 2.0 on.
newer() {
  cri Status '{}' | jq -e '.runtime_handlers | length > 0' >/dev/null || skip 'containerd has it from 2.0 on'
}

# network_make: pods may have a network of their own, where the packages for that are: in a bed.
network_make() {
  [ -e /usr/lib/cni/ptp ] || return 0
  ln -s /usr/lib/cni/* "$BOX/cni/"
  echo '{"cniVersion": "1.0.0", "name": "tests", "plugins": [{"type": "ptp", "ipam": {"type": "host-local", "subnet": "10.77.0.0/24"}}]}' \
    >"$BOX/cni/tests.conflist"
}

# gpu_make: a library and its driver's hook, as such toolkits bring them: the hook mounts the library into the container's root,
# before that is the root, and runs ldconfig there. A handler, a script in front of the runtime, adds the hook to each
# container (as toolkits do with engines before 2.0); and a device of the Container Device Interface has it.
gpu_make() {
  mkdir "$BOX/driver"
  cp "$(ldconfig -p | sed -n 's/.*libseccomp\.so\.2 (.*x86-64.*=> //p; s/.*libseccomp\.so\.2 (libc6,AArch64.*=> //p' | head -n 1)" \
    "$BOX/driver/libseccomp.so.2"
  cat >"$BOX/gpu-hook" <<END
#!/bin/bash
set -eu
exec 2>>"$BOX/gpu-hook.log"
set -x
bundle=\$(jq -r .bundle)
cd "\$bundle"
root=\$(realpath "\$(jq -r .root.path config.json)")
mkdir -p "\$root/usr/lib" "\$root/etc"
touch "\$root/usr/lib/libseccomp.so.2"
mount --bind -o ro "$BOX/driver/libseccomp.so.2" "\$root/usr/lib/libseccomp.so.2"
echo /usr/lib >"\$root/etc/ld.so.conf"
/sbin/ldconfig -r "\$root"
END
  cat >"$BOX/gpu-runtime" <<END
#!/bin/bash
set -eu
before=
for argument; do
  case \$before in
    --bundle) config=\$argument/config.json ;;
  esac
  [ "\$argument" != create ] || creates=1
  before=\$argument
done
if [ -n "\${creates:-}" ]; then
  jq '.hooks.createContainer += [{path: "$BOX/gpu-hook", args: ["gpu-hook", "update-ldcache"], env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]}]' \
    "\$config" >"\$config.new"
  mv "\$config.new" "\$config"
fi
exec "$RUNTIME_PATH" "\$@"
END
  chmod 755 "$BOX"/gpu-{hook,runtime}
  cat >"$BOX/handlers-gpu.toml" <<END
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.gpu]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.gpu.options]
      BinaryName = "$BOX/gpu-runtime"
END
  jq -n --arg hook "$BOX/gpu-hook" '{cdiVersion: "0.6.0", kind: "tests.example/gpu", devices: [{name: "one", containerEdits: {
    env: ["GPU=one"], deviceNodes: [{path: "/dev/gpu0", hostPath: "/dev/kmsg", permissions: "r"}], hooks: [{hookName: "createContainer", path: $hook,
      args: ["gpu-hook", "update-ldcache"], env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]}]}}]}' >"$BOX/cdi/tests.json"
}

# of_pod HANDLER FILTER: a pod of the test's own, removed with it.
of_pod() {
  SANDBOX=$(sandbox "own-$BATS_TEST_NUMBER" "$2")
  POD=$(pod_up "$SANDBOX" "$1")
  OWN_POD=$POD
}

has_driver() {
  inside sh -c 'grep -c " /usr/lib/libseccomp.so.2 [a-z0-9]* ro" /proc/mounts; grep -c libseccomp.so.2 /etc/ld.so.cache; cmp /usr/lib/libseccomp.so.2 /driver && echo same'
  same $'1\n1\nsame' || { cat "$BOX/gpu-hook.log"; return 1; }
  # the mount is the container's alone
  [ -z "$(within grep " .*usr/lib/libseccomp.so.2 " /proc/mounts)" ]
}

DRIVER='.mounts = [{container_path: "/driver", host_path: "'$BATS_FILE_TMPDIR'/driver/libseccomp.so.2", readonly: true}]'

@test "a createContainer hook mounts a library into the container and runs ldconfig there: a handler in front of the runtime" {
  of_pod gpu .
  up 'exec sleep 1000' "$DRIVER"
  has_driver
}

@test "a createContainer hook mounts a library into the container and runs ldconfig there: a CDI device" {
  newer
  up 'exec sleep 1000' "$DRIVER | .CDI_devices = [{name: \"tests.example/gpu=one\"}]"
  has_driver
  finds 'one character special file' sh -c 'echo "$GPU $(stat -c %F /dev/gpu0)"'
}

@test "containerd finds that the handler can do user namespaces and recursive read-only mounts" {
  newer
  cri Status '{}' | jq -e '.runtime_handlers[] | select(.name == "husk") | .features | .user_namespaces and .recursive_read_only_mounts'
}

MAPPED='[{host_id: 100000, container_id: 0, length: 65536}]'

@test "a pod with a user namespace: its containers, an idmapped volume, exec" {
  newer
  mkdir "$BOX/volume"
  touch "$BOX/volume/roots"
  of_pod husk ".linux.security_context.privileged = false | .linux.security_context.namespace_options = {network: \"POD\",
    pid: \"CONTAINER\", userns_options: {mode: \"POD\", uids: $MAPPED, gids: $MAPPED}}"
  up 'id -u; exec sleep 1000' ".mounts = [{container_path: \"/volume\", host_path: \"$BOX/volume\", uidMappings: $MAPPED, gidMappings: $MAPPED}]"
  wait_for written 0
  finds '0 100000 65536' sh -c 'tr -s " " </proc/self/uid_map | sed "s/^ //"'
  finds $'0 0\n0 0' sh -c 'stat -c "%u %g" /volume/roots /bin; touch /volume/new'
  [ "$(stat -c %u "$BOX/volume/new")" = 0 ]
  [ "$(within stat -c %u "/proc/$(within pgrep -n -x -f 'sleep 1000')")" = 100000 ]
}

@test "a read-only mount, and a recursive one" {
  newer
  mkdir -p "$BOX/nested/inner"
  within mount -t tmpfs tmpfs "$BOX/nested/inner"
  up 'exec sleep 1000' ".mounts = [{container_path: \"/flat\", host_path: \"$BOX/nested\", readonly: true},
    {container_path: \"/all\", host_path: \"$BOX/nested\", readonly: true, recursive_read_only: true}]"
  finds $'0\n1' sh -c 'touch /flat/inner/one; echo $?; touch /all/inner/two; echo $?'
  [[ "$stderr" = *'/all/inner/two: Read-only file system'* ]]
}

# first FILE...: the content of the first of these files that a hierarchy has.
first() {
  cgroup "$1" || cgroup "$2"
}

@test "update of a created and of a running container: processors and shares" {
  create 'exec sleep 1000'
  of UpdateContainerResources '{linux: {cpu_shares: 512, cpuset_cpus: "0"}}'
  of StartContainer >/dev/null
  [ "$(cgroup cpuset.cpus)" = 0 ]
  local shares
  shares=$(first cpu.shares cpu.weight)
  [ "$shares" = 512 ] || [ "$shares" -lt 100 ]
  of UpdateContainerResources '{linux: {cpu_shares: 2048, cpuset_cpus: "0-1"}}'
  [ "$(cgroup cpuset.cpus)" = 0-1 ]
  [ "$(first cpu.shares cpu.weight)" -gt "$shares" ]
}

@test "checkpoint of a container, which is paused for it, and goes on" {
  newer
  command -v criu >/dev/null || skip 'no criu'
  up 'i=0; while :; do echo $((i = i + 1)) >/count; sleep 0.05; done'
  wait_for inside test -s /count
  of CheckpointContainer "{location: \"$BOX/checkpoint.tar\", timeout: 40}"
  tar -tf "$BOX/checkpoint.tar" | grep -q '^checkpoint/pages-.*img$'
  in_state RUNNING
  inside cat /count
  local before=$output
  wait_for goes_on "$before"
}

goes_on() {
  inside cat /count
  [ "$output" -gt "$1" ]
}
