# Fallbacks for kernels from 5.10 on. On a newer one old_kernel disables the newer system calls; on the oldest
# (tests/vm/suite -k bullseye) they are really missing, and nothing comes between husk and the kernel.
# bats file_tags=attack:FI-20
load ../integration/bundle

setup() {
  bundle_make
  plain
  case $(uname -r) in
    5.10.*) OLD=("$HUSK") ;;
    *) OLD=("$HUSK_OLD_KERNEL" "$HUSK") ;;
  esac
}

old() { "${OLD[@]}" --root "$ROOT" "$@"; }

# atime: the option of the file system that tests bind, which a bind keeps.
atime() { findmnt -no OPTIONS -T "$BATS_TEST_TMPDIR" | grep -oE 'noatime|relatime'; }

go_old() { run old run --bundle "$BUNDLE" "$ID" </dev/null; }

@test "the kernel that the tests call old lacks the newer system calls" {
  run strace -f -e trace=mount_setattr,close_range,memfd_create "${OLD[@]}" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null
  says 'ENOSYS'
  [ "$(grep -c 'MFD_EXEC\|0x10' <<<"$output")" -ge 1 ]
  never grep -q 'mount_setattr.*= 0' <<<"$output"
}

@test "the example runs, with its filter, its masks and its read-only paths" {
  cp "$SOURCE/config.json.example" "$BUNDLE/config.json"
  script 'grep Seccomp: /proc/self/status; touch /x 2>&1; echo 1 2>&1 >/proc/sys/kernel/panic; cat /proc/keys | wc -c
    grep -E "^([^ ]+ ){4}/ " /proc/self/mountinfo | cut -d" " -f6; grep " /proc/sys " /proc/self/mountinfo | cut -d" " -f6'
  go_old
  is 0
  says $'Seccomp:\t2'
  says "touch: /x: Read-only file system"
  says "can't create /proc/sys/kernel/panic: Read-only file system"
  [ "${lines[3]}" = 0 ]
  [[ ${lines[4]} == ro,* ]]
  [[ ${lines[5]} == ro,nosuid,nodev,noexec,* ]]
}

@test "options of binds, and their propagation" {
  mkdir "$BATS_TEST_TMPDIR/source"
  config '.mounts += [{destination: "/m", source: $s, options: ["bind", "ro", "nosuid", "nodev", "noexec", "noatime"]}]' \
    --arg s "$BATS_TEST_TMPDIR/source"
  config '.mounts += [{destination: "/n", source: $s, options: ["bind", "rprivate"]}]' --arg s "$BATS_TEST_TMPDIR/source"
  script 'grep -E " /(m|n) " /proc/self/mountinfo | cut -d" " -f6-7; touch /m/x; touch /n/x'
  go_old
  is 0
  [ "${lines[0]}" = 'ro,nosuid,nodev,noexec,noatime -' ]
  [ "${lines[1]}" = "rw,$(atime) -" ]
  says 'touch: /m/x: Read-only file system'
  [ -e "$BATS_TEST_TMPDIR/source/x" ]
}

@test "nosymfollow works by mount(2), and a read-only path keeps it" {
  mkdir "$BATS_TEST_TMPDIR/source"
  config '.mounts += [{destination: "/m", source: $s, options: ["bind", "nosymfollow"]},
    {destination: "/n", type: "tmpfs", source: "tmpfs", options: ["nosymfollow", "nodev"]},
    {destination: "/o", type: "tmpfs", source: "tmpfs", options: ["nosymfollow", "symfollow"]}]
    | .linux.readonlyPaths = ["/m"]' --arg s "$BATS_TEST_TMPDIR/source"
  script 'ln -s target /n/link; cat /n/link 2>&1; grep -E " /(m|n|o) " /proc/self/mountinfo | cut -d" " -f5,6 | sort'
  go_old
  is 0
  says 'Too many levels of symbolic links'
  says "/m ro,$(atime),nosymfollow"
  says '/n rw,nodev,relatime,nosymfollow'
  says '/o rw,relatime'
  says_not '/o rw,relatime,'
}

@test "no descriptor of the caller reaches the program" {
  script 'ls /proc/self/fd | tr "\n" " "'
  run bash -c 'for n in $(seq 10 40); do eval "exec $n</"; done
    exec "$@" </dev/null' - "${OLD[@]}" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  is 0 '0 1 2 3 '
}

@test "exec works, and later mounts of the host stay out" {
  program sleep 100
  old run -d --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
  run old exec "$ID" sh -c 'echo inside; ls /proc/self/fd | tr "\n" " "'
  is 0 $'inside\n0 1 2 3 '
}

@test "features that need a newer kernel are refused with that reason" {
  config '.mounts += [{destination: "/m", source: "/tmp", options: ["rbind", "rro"]}]'
  go_old
  is 1
  says '/mounts/7'
  says 'Linux 5.12'
  nothing_left
}

# Before Linux 5.11 the program of the device rules is charged to that limit.
@test "device rules are in force even if no memory may be locked" {
  config '.process.capabilities[] |= (. + ["CAP_MKNOD", "CAP_SYSLOG"] | unique)
    | .linux.resources.devices = [{allow: false, access: "rwm"}]'
  script 'mknod /tmp/kmsg c 1 11; cat /tmp/kmsg; ulimit -l'
  ulimit -l 0
  go_old
  says "can't open '/tmp/kmsg': Operation not permitted"
  [ "${lines[-1]}" = 0 ]
}
