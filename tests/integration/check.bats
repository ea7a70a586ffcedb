#!/usr/bin/env bats
# check and plan as tools: a config or bundle as an operand, findings as JSON, what this machine lacks for a bundle, and
# what differs between two configs. None of the tests makes a container, except where run must meet what check found.
load bundle

# change FILE FILTER: a config beside the bundle's, with this change.
change() {
  jq "$2" "$BUNDLE/config.json" >"$BUNDLE/$1"
}

# found FILTER: the findings of $output, which is JSON, that the filter selects; fails if there is none.
found() {
  jq -e "[.[] | select($1)] | length > 0" <<<"$output" >/dev/null || { echo "not found: $1"; show; return 1; }
}

# on_host FILE: check --host --json, which prints nothing else.
on_host() {
  run --separate-stderr husk check --host --json "$@"
  [ -z "$stderr" ] || { show; return 1; }
}

# refuses FILTER TEXT [POINTER]: with this change of the config there is one error: with this text, at this pointer.
refuses() {
  change changed.json "$1"
  on_host "$BUNDLE/changed.json"
  [ "$status" = 1 ] || { show; return 1; }
  [ "$(jq '[.[] | select(.severity == "error")] | length' <<<"$output")" = 1 ] || { show; return 1; }
  [[ $(jq -r '.[] | select(.severity == "error").message' <<<"$output") = *"$2"* ]] || { echo "not: $2"; show; return 1; }
  [ $# -lt 3 ] || [ "$(jq -r '.[] | select(.severity == "error").pointer' <<<"$output")" = "$3" ] || { show; return 1; }
  jq -e '.[] | select(.severity == "error") | .line > 1 and .column > 1' <<<"$output" >/dev/null || { show; return 1; }
}

# accepts FILTER: with this change there is no error, and no warning.
accepts() {
  change changed.json "$1"
  run --separate-stderr husk check --host "$BUNDLE/changed.json"
  is 0 '0 errors, 0 warnings'
}

# bats test_tags=any-machine
@test "check: the operand is a bundle, or a config whose bundle is its directory; --bundle names another" {
  cd /
  run --separate-stderr husk check "$BUNDLE"
  is 0 '0 errors, 0 warnings'
  change other.json '.process.cwd = 7'
  run --separate-stderr husk check "$BUNDLE/other.json"
  is 1
  says 'other.json:' '/process/cwd: expected a string' '1 error, 0 warnings'
  cd "$BUNDLE"
  run --separate-stderr husk check other.json
  is 1
  says 'error: other.json:'
  run --separate-stderr husk plan config.json
  succeeded
  says "$ROOTFS"
  mkdir "$BATS_TEST_TMPDIR/else"
  run --separate-stderr husk plan --bundle "$BATS_TEST_TMPDIR/else" config.json
  succeeded
  says "$BATS_TEST_TMPDIR/else/rootfs"
  run --separate-stderr husk check none.json
  is 1
  complains 'open none.json: no such file or directory'
}

# bats test_tags=any-machine
@test "check and plan take one config: two, or one beside an option that names another, are an error" {
  local command
  for command in check plan; do
    run --separate-stderr husk "$command" "$BUNDLE" "$BUNDLE"
    is 1 ''
    complains "$command takes one config or bundle, 2 operands given"
    run --separate-stderr husk "$command" --bundle / "$BUNDLE"
    is 1 ''
    complains 'is a bundle, and --bundle names another one'
    run --separate-stderr husk "$command" --config /none "$BUNDLE/config.json"
    is 1 ''
    complains 'is a config, and --config names another one'
  done
}

# bats test_tags=any-machine
@test "check --json prints one array: each finding with file, line, column, pointer, severity, message and hint" {
  cd "$BUNDLE"
  run --separate-stderr husk check --json
  succeeded
  [ "$(jq -c . <<<"$output")" = '[]' ]
  printf '{\n  "ociVersion": "1.0.2",\n  "procces": {},\n  "root": {"path": 7}\n}\n' >two.json
  run --separate-stderr husk check --json two.json
  is 1
  [ -z "$stderr" ]
  found '.file == "two.json" and .line == 4 and .column == 20 and .pointer == "/root/path" and .severity == "error" and (.message | test("^expected a string")) and .hint'
  found '.line == 3 and .severity == "warning" and .pointer == "/procces" and (.hint | test("process"))'
  run --separate-stderr husk check --json "$BUNDLE"
  succeeded
  # the status is that of the lines for people
  change warned.json '.procces = {}'
  run --separate-stderr husk check --json warned.json
  succeeded
  found '.severity == "warning"'
  run --separate-stderr husk check --json --strict warned.json
  is 1
}

# bats test_tags=any-machine
@test "check --json: a config that cannot be parsed, or read, is a finding, and nothing is on standard error" {
  cd "$BUNDLE"
  printf '{\n  "ociVersion": 1.0.2\n}\n' >syntax.json
  run --separate-stderr husk check --json syntax.json
  is 1
  [ -z "$stderr" ]
  found '.file == "syntax.json" and .line == 2 and .column > 14 and (.message | test("not valid JSON"))'
  run --separate-stderr husk check --json none.json
  is 1
  [ "$(jq -c . <<<"$output")" = '[{"file":"none.json","severity":"error","message":"open none.json: no such file or directory"}]' ]
  run --separate-stderr husk check --json --bundle /none
  is 1
  [ -z "$stderr" ]
  found '.file == "/none" and (.message | test("open bundle /none: no such file"))'
}

# bats test_tags=any-machine
@test "check --json: the file is a path from where husk was called" {
  config '.process.cwd = 7'
  cd "$BATS_TEST_TMPDIR"
  run --separate-stderr husk check --json bundle
  is 1
  found '.file == "bundle/config.json"'
  cd bundle
  run --separate-stderr husk check --json
  found '.file == "config.json"'
  run --separate-stderr husk check --json ./config.json
  found '.file == "./config.json"'
}

@test "check --host finds nothing for a bundle that runs here, and makes nothing" {
  config '.process.args = ["/bin/true"] | .process.terminal = false'
  run --separate-stderr husk check --host "$BUNDLE"
  is 0 '0 errors, 0 warnings'
  strace -f -o "$BATS_TEST_TMPDIR/calls" "$HUSK" --root "$ROOT" "${OPTIONS[@]}" check --host "$BUNDLE" >/dev/null
  grep -q 'openat2\|openat' "$BATS_TEST_TMPDIR/calls"
  never grep -E 'O_(CREAT|WRONLY|RDWR|TMPFILE)' "$BATS_TEST_TMPDIR/calls"
  local made='mkdir(at)?|unlink(at)?|rename(at2?)?|mknod(at)?|(sym)?link(at)?|v?fork|clone3?|unshare|setns|memfd_create|fsopen|open_tree|move_mount|pivot_root|u?mount2?|keyctl'
  never grep -E "^[0-9]+ +($made)\(.* = [0-9]" "$BATS_TEST_TMPDIR/calls"
}

# bats test_tags=any-machine
@test "check --host: the root file system must be there, be a directory, and not be the host's" {
  refuses '.root.path = "/none"' 'open the root file system /none: no such file or directory' /root/path
  refuses '.root.path = "config.json"' 'open the root file system '"$BUNDLE"'/config.json: not a directory' /root/path
  refuses '.root.path = "/"' "the host's root cannot be a container's" /root/path
}

# bats test_tags=any-machine
@test "check --host: sources of binds exist; a link that is copied need not lead anywhere" {
  local mount='.mounts += [{destination: "/mnt", source: "%s", options: ["%s"]}]'
  ln -s /nowhere "$BATS_TEST_TMPDIR/dangling"
  # shellcheck disable=SC2059
  {
    refuses "$(printf "$mount" /nowhere rbind)" 'bind /nowhere on /mnt: no such file or directory' "/mounts/$(jq '.mounts | length' "$BUNDLE/config.json")/source"
    refuses "$(printf "$mount" "$BATS_TEST_TMPDIR/dangling" bind)" 'dangling on /mnt: no such file or directory'
    accepts "$(printf "$mount" "$BATS_TEST_TMPDIR/dangling" 'bind", "copy-symlink')"
    accepts "$(printf "$mount" /etc bind)"
  }
}

# bats test_tags=any-machine
@test "check --host: hooks are files that can be executed, on the host or, startContainer's, in the root file system" {
  local kind
  printf '#!/bin/sh\n' >"$BATS_TEST_TMPDIR/plain"
  for kind in prestart createRuntime createContainer poststart poststop; do
    refuses ".hooks.$kind = [{path: \"/none/hook\"}]" "$kind hook /none/hook: no such file or directory" "/hooks/$kind/0/path"
  done
  refuses ".hooks.poststop = [{path: \"$BATS_TEST_TMPDIR/plain\"}]" 'plain: permission denied'
  refuses '.hooks.poststop = [{path: "/etc"}]' 'poststop hook /etc: is a directory'
  accepts '.hooks = {prestart: [{path: "/bin/true"}], startContainer: [{path: "/bin/true"}]}'
  rm "$ROOTFS/bin/true"
  refuses '.hooks.startContainer = [{path: "/bin/true"}]' 'startContainer hook /bin/true: no such file or directory' /hooks/startContainer/0/path
}

# bats test_tags=any-machine
@test "check --host: namespaces by path are namespaces of their type, and a seccomp agent listens" {
  local network='(.linux.namespaces[] | select(.type == "network")).path'
  refuses "$network = \"/none/ns\"" 'open the namespace /none/ns: no such file or directory'
  refuses "$network = \"/etc/passwd\"" '/etc/passwd is not a namespace'
  refuses "$network = \"/proc/self/ns/uts\"" '/proc/self/ns/uts is a namespace of another type'
  local agent='.linux.seccomp.syscalls += [{names: ["chroot"], action: "SCMP_ACT_NOTIFY"}] | .linux.seccomp.listenerPath'
  refuses "$agent = \"/none/agent\"" '/none/agent: no such file or directory' /linux/seccomp/listenerPath
  refuses "$agent = \"/etc/passwd\"" '/etc/passwd: not a socket' /linux/seccomp/listenerPath
}

# bats test_tags=any-machine
@test "check --host: with a user namespace the host's devices are bound: they are there, and are those devices" {
  local mapped='.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}] | .linux.gidMappings = .linux.uidMappings
    | .linux.devices = [{path: "%s", type: "c", major: 1, minor: %s}]'
  # shellcheck disable=SC2059
  {
    refuses "$(printf "$mapped" /dev/none 3)" "bind the host's device /dev/none: no such file or directory" /linux/devices/0
    refuses "$(printf "$mapped" /dev/null 5)" "the host's /dev/null is not device 1:5" /linux/devices/0
    accepts "$(printf "$mapped" /dev/null 3)"
  }
  accepts '.linux.devices = [{path: "/dev/none", type: "c", major: 1, minor: 3}]' # it is made
}

@test "check --host: cgroups that are mounted read-only are an error at the cgroup's path" {
  rootless && skip 'an ordinary user lacks only limits then'
  in_systemd && skip 'systemd makes the cgroup'
  config '.linux.cgroupsPath = "/'"$PARENT"'/c"'
  run --separate-stderr unshare --mount sh -c 'for tree in /sys/fs/cgroup/*/; do mountpoint -q "$tree" && mount -o remount,bind,ro "$tree"; done
    mount -o remount,bind,ro /sys/fs/cgroup; exec "$@"' sh "$HUSK" --root "$ROOT" check --host --json "$BUNDLE"
  is 1
  found '.pointer == "/linux/cgroupsPath" and (.message | test("cannot make a cgroup")) and .hint'
}

# bats test_tags=any-machine
@test "check --host: the program is found in the root file system, by PATH and by its path, through no link of /proc" {
  refuses '.process.args = ["/bin/none"]' '"/bin/none": no such file or directory' /process/args/0
  refuses '.process.args = ["none"]' '"none": executable file not found in $PATH' /process/args/0
  refuses '.process.args = ["/bin"]' '"/bin": is a directory' /process/args/0
  printf 'text' >"$ROOTFS/bin/text"
  refuses '.process.args = ["text"]' '"text": permission denied' /process/args/0
  accepts '.process.args = ["./sh"] | .process.cwd = "/bin"'
  # links lead within the root file system: the host has this file, the image does not
  echo >"$BATS_TEST_TMPDIR/program"
  chmod 755 "$BATS_TEST_TMPDIR/program"
  ln -s "$BATS_TEST_TMPDIR/program" "$ROOTFS/bin/outside"
  refuses '.process.args = ["/bin/outside"]' '"/bin/outside": no such file or directory'
  mkdir -p "$ROOTFS$BATS_TEST_TMPDIR"
  cp -p "$BATS_TEST_TMPDIR/program" "$ROOTFS$BATS_TEST_TMPDIR/program"
  accepts '.process.args = ["/bin/outside"]'
}

# bats test_tags=any-machine
@test "check --host: a program below a mount is not looked for, also if a link leads there; one that a hook may add is a warning" {
  local mount='.mounts += [{destination: "/opt/bin", source: "/bin", options: ["rbind"]}]'
  accepts "$mount | .process.args = [\"/opt/bin/none\"]"
  mkdir -p "$ROOTFS/opt/bin"
  ln -s opt/bin "$ROOTFS/near"
  ln -s /opt/bin/none "$ROOTFS/bin/far"
  accepts "$mount | .process.args = [\"/near/none\"]"
  accepts "$mount | .process.args = [\"far\"]"
  refuses '.process.args = ["/near/none"]' '"/near/none": no such file or directory'
  change hooked.json '.process.args = ["/bin/none"] | .hooks.createRuntime = [{path: "/bin/true"}]'
  on_host "$BUNDLE/hooked.json"
  is 0
  found '.severity == "warning" and .pointer == "/process/args/0" and .hint == "unless a hook adds it"'
}

@test "check --host: an ordinary user needs a user namespace, and ids that they may map" {
  [ "$(id -u)" = 0 ] || skip 'it becomes other users'
  unprivileged check --host "$BUNDLE"
  is 1
  says '/linux/namespaces: an ordinary user needs a user namespace'
  config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 1000, size: 1}]
    | .linux.gidMappings = [{containerID: 0, hostID: 1000, size: 1}, {containerID: 1, hostID: 70000000, size: 2}]'
  unprivileged check --host --json "$BUNDLE"
  is 1
  found '.pointer // "" | test("^/linux/gidMappings")'
  never found '.pointer // "" | test("^/linux/uidMappings")'
  # root of a user namespace has the ids that are mapped there
  run --separate-stderr unshare --user --map-root-user "$HUSK" --root "$ROOT" check --host --json "$BUNDLE"
  is 1
  found '.pointer == "/linux/uidMappings/0" and (.message | test("the user namespace that husk runs in does not have host id 1000"))'
}

@test "check --host: the ids of an ordinary user are in the ranges that they are granted, of which one may continue another" {
  [ "$(id -u)" = 0 ] || skip 'it becomes another user'
  reachable
  cp "$HUSK" "$BATS_TEST_TMPDIR/husk"
  mkdir -m 777 "$ROOT"
  printf '1000:100000:10\nother:100000:99\n1000:100010:10\n' >"$BATS_TEST_TMPDIR/ranges"
  ranged() {
    config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 1000, size: 1}, {containerID: 1, hostID: $first, size: $size}]
      | .linux.gidMappings = .linux.uidMappings' --argjson first "$1" --argjson size "$2"
    # shellcheck disable=SC2016 # for the inner shell
    run --separate-stderr unshare --mount sh -c 'touch /etc/subuid /etc/subgid; mount --bind "$1" /etc/subuid; mount --bind "$1" /etc/subgid
      shift; exec setpriv --reuid 1000 --regid 1000 --clear-groups "$@"' sh "$BATS_TEST_TMPDIR/ranges" "$BATS_TEST_TMPDIR/husk" --root "$ROOT" check --host --json "$BUNDLE"
    example
  }
  ranged 100000 20
  is 0
  ranged 100005 16
  is 1
  found '.pointer == "/linux/uidMappings/1" and .message == "/etc/subuid does not have host id 100020"'
  found '.pointer == "/linux/gidMappings/1" and .message == "/etc/subgid does not have host id 100020"'
}

@test "check --host: what the machine forbids" {
  config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
  # the setting of a user namespace of the test's own
  run --separate-stderr unshare --user --map-root-user sh -c 'echo 0 >/proc/sys/user/max_user_namespaces; exec "$@"' sh \
    "$HUSK" --root "$ROOT" check --host --json "$BUNDLE"
  is 1
  found '(.pointer | test("^/linux/namespaces/")) and (.message | test("user.max_user_namespaces is 0")) and .hint'
}

@test "check --host: create refuses what it found, in the same words" {
  local changes=('.root.path = "/none"' '.mounts += [{destination: "/mnt", source: "/nowhere", options: ["bind"]}]'
    '(.linux.namespaces[] | select(.type == "network")).path = "/etc/passwd"' '.root.path = "/"')
  local filter words
  for filter in "${changes[@]}"; do
    change changed.json "$filter"
    on_host "$BUNDLE/changed.json"
    is 1
    words=$(jq -r '.[0] | "\(.line):\(.column): \(.pointer): \(.message)"' <<<"$output")
    launch --config "$BUNDLE/changed.json"
    is 1
    complains "$words"
  done
}

# ---- plan --diff ----------------------------------------------------------------------------------------------------

# differ FILTER: plan --diff of the config and of the one with this change.
differ() {
  change changed.json "$1"
  run --separate-stderr husk plan --diff "$BUNDLE" "$BUNDLE/changed.json"
  [ -z "$stderr" ] || { show; return 1; }
}

# bats test_tags=any-machine
@test "plan --diff: status 0 and nothing printed for equal plans, also if lines moved" {
  run --separate-stderr husk plan --diff "$BUNDLE" "$BUNDLE"
  is 0 ''
  jq -c . "$BUNDLE/config.json" >"$BUNDLE/short.json"
  run --separate-stderr husk plan --diff "$BUNDLE" "$BUNDLE/short.json"
  is 0 ''
}

# bats test_tags=any-machine
@test "plan --diff: a step that differs, one that is added, one that moved, with their places" {
  differ '.process.cwd = "/tmp"'
  is 2
  [[ $output = *$'\n- cwd                /  '"$BUNDLE/config.json:"*': /process/cwd'* ]] || { show; return 1; }
  [[ $output = *$'\n+ cwd                /tmp  '*'changed.json:'*': /process/cwd'* ]] || { show; return 1; }
  differ '.linux.maskedPaths += ["/proc/more"]'
  is 2
  [[ $output =~ ^'+ mask               /proc/more  '[^$'\n']*'/linux/maskedPaths/'[0-9]+$ ]] || { show; return 1; }
  differ '.mounts = [.mounts[0], .mounts[2], .mounts[1]] + .mounts[3:]'
  is 2
  [ "$(grep -c '^[-+] mount' <<<"$output")" = 2 ]
  [ "$(sed -n 's/^\([-+]\) mount *\([a-z]*\) .*/\2/p' <<<"$output" | sort -u | wc -l)" = 1 ]
}

# bats test_tags=any-machine
@test "plan --diff: what is no step differs too: cgroup, limits, namespaces, id maps, hooks and their arguments" {
  differ '.linux.resources.pids.limit = 77'
  is 2
  says '+ pids ' 'pids.max = 77'
  differ '.linux.namespaces |= map(select(.type != "ipc"))'
  is 2
  says '- clone' ipc
  differ '.hooks.poststop = [{path: "/bin/true", args: ["true", "x"], timeout: 3}]'
  is 2
  says '+ hook ' 'poststop /bin/true true x; 3 s'
  jq '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 9}] | .linux.gidMappings = .linux.uidMappings' \
    "$BUNDLE/config.json" >"$BUNDLE/mapped.json"
  jq '.linux.uidMappings[0].hostID = 5' "$BUNDLE/mapped.json" >"$BUNDLE/remapped.json"
  run husk plan --diff "$BUNDLE/mapped.json" "$BUNDLE/remapped.json"
  [ "$status" = 2 ]
  says '- uid-map            0 0 9' '+ uid-map            0 5 9'
  says_not gid-map
}

# bats test_tags=any-machine
@test "plan --diff: values of variables and instructions of filters differ though their lines read the same" {
  config '.process.env += ["SECRET=one"]'
  differ '.process.env[-1] = "SECRET=two"'
  is 2
  says '- exec ' '+ exec ' 'values of variables differ: --show-env shows them'
  says_not one two
  run husk plan --diff --show-env "$BUNDLE" "$BUNDLE/changed.json"
  says SECRET=one SECRET=two
  says_not 'values of variables differ'
  differ '.linux.seccomp.defaultErrnoRet = 77'
  is 2
  says '- seccomp ' '+ seccomp ' 'the filters differ'
}

# bats test_tags=any-machine
@test "plan --diff: mistakes have status 1" {
  change wrong.json '.process.cwd = 7'
  run --separate-stderr husk plan --diff "$BUNDLE" "$BUNDLE/wrong.json"
  is 1 ''
  complains 'wrong.json:' '/process/cwd: expected a string'
  run --separate-stderr husk plan --diff "$BUNDLE"
  is 1 ''
  complains 'plan --diff takes two configs or bundles as operands, 1 given'
  run --separate-stderr husk plan --diff --json "$BUNDLE" "$BUNDLE"
  is 1 ''
  complains '--diff and --json are mutually exclusive'
  run --separate-stderr husk plan --diff --config /none "$BUNDLE" "$BUNDLE"
  is 1 ''
  complains 'leave --config out'
}
