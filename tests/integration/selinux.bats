# SELinux in force, with the policy that Debian has: process.selinuxLabel, linux.mountLabel, and the label of keys. husk runs in
# the domain of container engines, into which the label of an installed husk would bring it. The container may not use
# descriptors of the test's: what it prints goes to a file.
load bundle

LABEL=system_u:system_r:container_t:s0:c1,c2
FILES=system_u:object_r:container_file_t:s0:c1,c2

setup() {
  bundle_make
  plain
  [ "$(cat /sys/fs/selinux/enforce 2>/dev/null)" = 1 ] || skip 'SELinux is not in force'
  mkdir "$ROOT"
  cp "$HUSK" "$BATS_TEST_TMPDIR/husk"
  HUSK=$BATS_TEST_TMPDIR/husk
  chcon -t container_var_lib_t "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}"
  chcon -R -h -t container_var_lib_t "$BATS_TEST_TMPDIR"
  chcon -R -h "$FILES" "$ROOTFS"
  chcon -t container_engine_exec_t "$HUSK"
  labelled
}

# labelled: the program and the mounts have their labels.
labelled() {
  config '.process.selinuxLabel = $label | .linux.mountLabel = $files' --arg label "$LABEL" --arg files "$FILES"
}

# told: what the container has printed.
told() {
  output=$(tr -d '\0' <"$ROOTFS/told")
}

# inside_told TEXT: as inside, with what it prints in a file.
inside_told() {
  inside "exec >/told 2>&1; $1"
  told
}

# exec_told [OPTION...] TEXT: a script by exec, with what it prints in a file.
exec_told() {
  husk exec "${@:1:$#-1}" "$ID" sh -c "exec >/told 2>&1; ${*: -1}"
  told
}

# with_keys: /bin/key_label is in the container.
with_keys() {
  cp "$(tool key_label)" "$ROOTFS/bin/key_label"
  chcon "$FILES" "$ROOTFS/bin/key_label"
}

# in_test_domain: the label of husk is such that it stays in the test's domain, which may start no container.
in_test_domain() {
  chcon -t bin_t "$HUSK"
}

# denials: how often the policy has denied husk something.
denials() {
  dmesg | grep -c 'avc: *denied.*comm="husk' || true
}

# proves: /process/selinuxLabel
@test "the program has its SELinux label, and what the policy denies to it is denied" {
  echo secret >"$ROOTFS/secret"
  chcon system_u:object_r:container_file_t:s0:c3 "$ROOTFS/secret"
  inside_told 'cat /proc/self/attr/current; echo; cat /secret || echo denied'
  says "$LABEL" "can't open '/secret'" denied
}

@test "the SELinux label is there with a seccomp profile, with noNewPrivileges and in a user namespace" {
  example_with '.root.readonly = false | .process.noNewPrivileges = true | .linux.namespaces += [{type: "user"}]
    | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 2000}] | .linux.gidMappings = .linux.uidMappings'
  labelled
  inside_told 'cat /proc/self/attr/current'
  same "$LABEL"
}

# proves: /linux/mountLabel
@test "mounts have linux.mountLabel: tmpfs, devpts, message queues; proc and sysfs keep theirs" {
  local path
  container_up
  for path in /dev /dev/shm /dev/pts /dev/mqueue; do
    run stat --format %C "/proc/$PID/root$path"
    is 0 "$FILES"
  done
  run stat --format %C "/proc/$PID/root/proc" "/proc/$PID/root/sys"
  is 0 $'system_u:object_r:proc_t:s0\nsystem_u:object_r:sysfs_t:s0'
}

@test "a mount's own SELinux context comes before mountLabel, in quotes or without" {
  config '.mounts += [{destination: "/a", type: "tmpfs", source: "a", options: ["context=\"\($own)\""]},
    {destination: "/b", type: "tmpfs", source: "b", options: ["rootcontext=\($own)"]}]' --arg own "${FILES%2}7"
  container_up
  run stat --format %C "/proc/$PID/root/a" "/proc/$PID/root/b"
  is 0 "${FILES%2}7"$'\n'"${FILES%2}7"
}

@test "the session keyring has the program's SELinux label, so that it can use it; exec's too" {
  with_keys
  inside_told 'key_label'
  same "$LABEL"
  container_up
  exec_told key_label
  same "$LABEL"
}

@test "exec has the container's SELinux label, or its own" {
  container_up
  exec_told 'cat /proc/self/attr/current'
  same "$LABEL"
  run husk exec --process-label "$LABEL,c5" "$ID" sh -c 'exec >/told 2>&1; cat /proc/self/attr/current'
  is 0
  told
  same "$LABEL,c5"
}

@test "an SELinux label that the policy does not know is one error with its place" {
  config '.process.selinuxLabel = "system_u:system_r:no_such_t:s0"'
  refused /process/selinuxLabel no_such_t 'the policy that is loaded does not know it'
  labelled
  config '.linux.mountLabel = "system_u:object_r:no_such_t:s0"'
  refused 'option context: invalid argument' "SELinux's policy does not know system_u:object_r:no_such_t:s0"
  labelled
  container_up
  run --separate-stderr husk exec --process-label system_u:system_r:no_such_t:s0 "$ID" true
  is 255 ''
  complains no_such_t 'the policy that is loaded does not know it'
}

@test "a label that the policy does not let husk's domain start is told as such, not as a broken program" {
  in_test_domain
  refused 'exec: "sh"' "does the policy let it start with the label $LABEL?"
  config '.process.noNewPrivileges = false'
  refused 'exec: "sh"' "does the policy let it start with the label $LABEL?"
}

@test "husk-init, which is executed from a memfd, has the label of the domain's files on tmpfs" {
  script 'sleep 1000'
  create
  local pid
  pid=$(husk state "$ID" | jq .pid)
  run stat --dereference --format %C "/proc/$pid/exe"
  is 0 system_u:object_r:container_engine_tmpfs_t:s0
  run cat "/proc/$pid/attr/current"
  says container_engine_t
}

@test "in the domain of engines husk does all its work, and the policy denies it nothing" {
  local before
  before=$(denials)
  container_up
  is_status running
  husk pause "$ID"
  is_status paused
  husk resume "$ID"
  husk update --pids-limit 100 "$ID"
  husk ps "$ID"
  husk events --stats "$ID" >/dev/null
  husk exec "$ID" true
  husk kill "$ID" KILL
  wait_for is_status stopped
  husk delete "$ID"
  [ "$(denials)" = "$before" ] || { dmesg | grep avc:; return 1; }
}
