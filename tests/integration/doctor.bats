#!/usr/bin/env bats
# doctor: what it finds is what husk then meets, and it makes nothing. The machine is changed in private namespaces only.
load bundle

# finding FILTER: the findings of $output, which is JSON, that the filter selects; fails if there is none.
finding() {
  jq -e "[.findings[] | select($1)] | length > 0" <<<"$output" >/dev/null || { echo "not found: $1"; show; return 1; }
}

# none_missing: of what containers need.
none_missing() {
  jq -e '.missing == 0' <<<"$output" >/dev/null || { show; return 1; }
}

@test "doctor finds nothing missing where husk runs a container" {
  config '.process.args = ["/bin/true"] | .process.terminal = false'
  run --separate-stderr husk run --bundle "$BUNDLE" "$ID"
  is 0
  run --separate-stderr husk doctor --json
  is 0
  none_missing
  [ "$(jq -r '[.findings[] | select(.state == "limited")] | length' <<<"$output")" = "$(jq .limited <<<"$output")" ]
  finding '.subject == "kernel" and .state == "ok" and .found == "Linux '"$(uname -r)"'"'
  finding '.subject == "cgroups" and .state == "ok"'
}

@test "every finding that is not ok says what it means and what to do, in the text too" {
  run --separate-stderr unshare --mount sh -c 'umount -R /sys/fs/cgroup; PATH=/nowhere exec "$0" doctor --json' "$HUSK"
  jq -e '.findings | all(.state == "ok" or (.meaning and .remedy))' <<<"$output"
  run --separate-stderr unshare --mount sh -c 'umount -R /sys/fs/cgroup; exec "$0" doctor' "$HUSK"
  is 0
  [[ $output = *$'\n''limited  cgroups: no cgroup file system on /sys/fs/cgroup; configs with limits are refused'*$'\n''         to do: mount -t cgroup2'* ]] || { show; return 1; }
  [[ ${lines[-1]} =~ ^0\ missing,\ [1-9][0-9]*\ limited$ ]]
}

@test "doctor makes nothing: no file, no directory, no namespace, no mount" {
  strace -f -o "$BATS_TEST_TMPDIR/calls" "$HUSK" --root "$BATS_TEST_TMPDIR/none/husk" doctor >/dev/null
  [ ! -e "$BATS_TEST_TMPDIR/none" ]
  grep -q 'openat2\|openat' "$BATS_TEST_TMPDIR/calls"
  never grep -E 'O_(CREAT|WRONLY|RDWR|TMPFILE)' "$BATS_TEST_TMPDIR/calls"
  # the calls that it tries have failed
  local made='mkdir(at)?|unlink(at)?|rename(at2?)?|mknod(at)?|(sym)?link(at)?|v?fork|clone3?|unshare|setns|memfd_create|fsopen|open_tree|move_mount|pivot_root|u?mount2?|keyctl'
  never grep -E "^[0-9]+ +($made)\(.* = [0-9]" "$BATS_TEST_TMPDIR/calls"
  never grep -E 'seccomp\(SECCOMP_SET_MODE_FILTER.* = 0' "$BATS_TEST_TMPDIR/calls"
  grep -E 'unshare\(.* = -1 EINVAL' "$BATS_TEST_TMPDIR/calls"
}

@test "cgroups that are mounted read-only are missing, as husk run finds" {
  local readonly='for tree in /sys/fs/cgroup/*/; do mountpoint -q "$tree" && mount -o remount,bind,ro "$tree"; done
    mount -o remount,bind,ro /sys/fs/cgroup'
  rootless && skip 'an ordinary user lacks only limits then'
  run --separate-stderr unshare --mount sh -c "$readonly; exec \"\$0\" doctor --json" "$HUSK"
  is 1
  finding '.subject == "cgroup rights" and .state == "missing"'
  config '.process.args = ["/bin/true"] | .process.terminal = false'
  in_systemd && return
  run --separate-stderr unshare --mount sh -c "$readonly; exec \"\$@\"" sh "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  [ "$status" = 1 ]
  [[ $stderr = *'read-only file system'* ]] || { show; return 1; }
}

@test "vm.memfd_noexec that forbids husk-init is missing, as husk run finds" {
  [ -e /proc/sys/vm/memfd_noexec ] || skip 'the kernel is older'
  local forbid='echo 2 >/proc/sys/vm/memfd_noexec'
  run --separate-stderr unshare --pid --fork --mount-proc sh -c "$forbid; \"\$0\" doctor --json" "$HUSK"
  is 1
  finding '.subject == "memfd" and .state == "missing" and .found == "vm.memfd_noexec is 2"'
  config '.process.args = ["/bin/true"] | .process.terminal = false'
  run --separate-stderr unshare --pid --fork --mount-proc sh -c "$forbid; \"\$@\"" sh "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  [ "$status" = 1 ]
  [[ $stderr = *memfd_noexec* ]] || { show; return 1; }
}

@test "root of a user namespace can run containers: nothing is missing" {
  unshare -r true 2>/dev/null || skip 'no user namespaces here'
  run --separate-stderr unshare --map-root-user --mount "$HUSK" --root "$ROOT" doctor --json
  is 0
  none_missing
  finding '.subject == "rights" and (.found | startswith("root of a user namespace, uid"))'
}

@test "without user namespaces a user who may not mount lacks them, and root of the machine is limited" {
  # max_user_namespaces belongs to the user namespace that it is read in
  unshare -r true 2>/dev/null || skip 'no user namespaces here'
  run --separate-stderr unshare --map-root-user --mount sh -c 'echo 0 >/proc/sys/user/max_user_namespaces; exec "$0" --root "$1" doctor --json' "$HUSK" "$ROOT"
  is 0
  finding '.subject == "user namespaces" and .state == "limited" and .found == "user.max_user_namespaces is 0"'
  run --separate-stderr unshare --map-root-user --mount sh -c 'echo 0 >/proc/sys/user/max_user_namespaces; shift; exec setpriv --bounding-set -sys_admin --inh-caps -sys_admin "$0" --root "$1" doctor --json' \
    "$HUSK" "" "$ROOT"
  is 1
  finding '.subject == "user namespaces" and .state == "missing"'
}

@test "a seccomp filter around husk is found by what it denies" {
  config '.process.args = ["/husk", "--root", "/tmp/state", "doctor", "--json"] | .process.terminal = false
    | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [
      {names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: 38}, {names: ["keyctl"], action: "SCMP_ACT_ERRNO", errnoRet: 1}]}'
  cp "$HUSK" "$ROOTFS/husk"
  run --separate-stderr husk run --bundle "$BUNDLE" "$ID"
  is 1
  finding '.subject == "system call" and .state == "missing" and (.found | startswith("clone3(2)")) and (.remedy | startswith("allow it"))'
  finding '.subject == "system call" and .state == "limited" and (.found | startswith("keyctl(2)"))'
  finding '.subject == "own filter" and .state == "limited"'
}

@test "lines of the engines' configurations that name husk, and whether it is there" {
  mkdir -p "$BATS_TEST_TMPDIR/etc/containers.conf.d"
  printf '[engine]\n# runtime = "husk"\nruntime = "husk"\nhusk = ["/nowhere/husk"]\n' >"$BATS_TEST_TMPDIR/etc/containers.conf"
  printf 'husk = ["%s"]\n' "$HUSK" >"$BATS_TEST_TMPDIR/etc/containers.conf.d/b.conf"
  echo 'nothusk = 1' >"$BATS_TEST_TMPDIR/etc/containers.conf.d/a.conf"
  run --separate-stderr unshare --mount sh -c 'mount -t tmpfs none /etc && cp -r "$1" /etc/containers && exec "$0" doctor --json' "$HUSK" "$BATS_TEST_TMPDIR/etc"
  is 0
  local found
  found=$(jq -r '.findings[] | select(.subject == "podman" and (.found | startswith("/etc/"))) | .state + " " + .found' <<<"$output")
  echo "$found"
  [ "$found" = "ok /etc/containers/containers.conf:3: runtime = \"husk\"
limited /etc/containers/containers.conf:4: husk = [\"/nowhere/husk\"]
ok /etc/containers/containers.conf.d/b.conf:1: husk = [\"$HUSK\"]" ]
}

@test "an ordinary user is told of their ranges of ids, their cgroups and where records go" {
  rootless && skip 'this user is one'
  local uid=$((20000 + BATS_ROOT_PID % 20000))
  reachable
  cp "$HUSK" "$BATS_TEST_TMPDIR/husk"
  run --separate-stderr env -u XDG_RUNTIME_DIR -u HOME setpriv --reuid "$uid" --regid "$uid" --clear-groups "$BATS_TEST_TMPDIR/husk" doctor --json
  finding '.subject == "rights" and (.found | startswith("uid '"$uid"',"))'
  finding '.subject == "id ranges" and .state == "limited"'
  finding '.subject == "records" and (.found | endswith("/tmp/husk-'"$uid"'"))'
  finding '.subject == "cgroup rights" and .state == "limited"'
  [ ! -e "/tmp/husk-$uid" ]
  run --separate-stderr setpriv --reuid "$uid" --regid "$uid" --clear-groups "$BATS_TEST_TMPDIR/husk" --root /proc/nowhere doctor --json
  is 1
  finding '.subject == "records" and .state == "missing"'
}
