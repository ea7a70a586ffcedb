# AppArmor in force: process.apparmorProfile, and the profile for husk itself that packages install.
load bundle

setup() {
  bundle_make
  plain
  [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] || skip 'no AppArmor'
  PROFILE=husk-test-$BATS_ROOT_PID-$BATS_SUITE_TEST_NUMBER
  OWN= # the name of husk's own profile, once it is loaded
  apparmor_parser --replace --skip-cache <<PROFILE
profile $PROFILE flags=(attach_disconnected,mediate_deleted) {
  file,
  signal,
  capability,
  deny /tmp/forbidden w,
}
PROFILE
  config '.process.apparmorProfile = $profile' --arg profile "$PROFILE"
}

teardown() {
  local profile
  bundle_end
  for profile in ${PROFILE:-} ${OWN:-}; do
    echo -n "$profile" >/sys/kernel/security/apparmor/.remove
  done
}

# own_profile [FILTER]: loads husk's own profile, changed by sed, for a copy of husk that an ordinary user reaches too: $OWN
# is its name, and HUSK that copy.
own_profile() {
  local parser
  parser=$(apparmor_parser --version | sed -n 's/.*version //p')
  printf '%s\n' 4.0 "$parser" | sort --check=quiet --version-sort || skip "apparmor_parser $parser knows no user namespaces"
  reachable
  [ -n "$OWN" ] || cp "$HUSK" "$BATS_TEST_TMPDIR/husk"
  HUSK=$BATS_TEST_TMPDIR/husk OWN=$PROFILE-husk
  sed "s,@HUSK@,$HUSK,; s,^profile husk,profile $OWN,; ${1:-}" "$SOURCE/src/package/apparmor/husk.in" >"$BATS_TEST_TMPDIR/profile"
  apparmor_parser --replace --skip-cache "$BATS_TEST_TMPDIR/profile"
}

# mediated: this kernel's AppArmor decides about user namespaces.
mediated() {
  grep -qsw userns_create /sys/kernel/security/apparmor/features/namespaces/mask || skip 'AppArmor mediates user namespaces since Linux 6.7'
}

in_user_namespace() {
  config '.linux.namespaces += [{type: "user"}]
    | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 2000}] | .linux.gidMappings = .linux.uidMappings'
}

# proves: /process/apparmorProfile
@test "the program is confined, and what the profile denies is denied" {
  inside 'cat /proc/self/attr/current; echo x >/tmp/allowed; echo x >/tmp/forbidden || ls /tmp'
  same "$PROFILE (enforce)"$'\n'allowed
}

@test "the AppArmor profile confines with noNewPrivileges, as another user and with a seccomp profile" {
  example_with '.root.readonly = false | .process.noNewPrivileges = true | .process.user = {uid: 1000, gid: 1000}
    | .process.apparmorProfile = $profile' --arg profile "$PROFILE"
  inside 'cat /proc/self/attr/current; echo x >/tmp/allowed; echo x >/tmp/forbidden || ls /tmp'
  same "$PROFILE (enforce)"$'\n'allowed
}

@test "the AppArmor profile confines in a user namespace" {
  in_user_namespace
  inside 'cat /proc/self/attr/current; echo x >/tmp/forbidden || echo denied'
  same "$PROFILE (enforce)"$'\n'denied
}

@test "paths are masked and read-only under an AppArmor profile" {
  config '.linux.maskedPaths = ["/proc/kcore", "/proc/scsi", "/etc"] | .linux.readonlyPaths = ["/proc/sys"]'
  inside 'cat /proc/kcore | wc -c; ls /etc | wc -l; echo x >/proc/sys/kernel/domainname || echo read-only'
  same $'0\n0\nread-only'
}

@test "exec has the container's profile, or its own" {
  container_up
  run --separate-stderr husk exec "$ID" cat /proc/self/attr/current
  is 0 "$PROFILE (enforce)"
  run --separate-stderr husk exec --apparmor unconfined "$ID" cat /proc/self/attr/current
  is 0 unconfined
}

@test "an AppArmor profile that is not loaded is an error with its place, and the program does not run" {
  config '.process.apparmorProfile = "husk-test-no-such"'
  refused /process/apparmorProfile husk-test-no-such
}

@test "exec with an AppArmor profile that is not loaded is one error, and the container runs on" {
  container_up
  run --separate-stderr husk exec --apparmor husk-test-no-such "$ID" echo ran
  is 255 ''
  complains husk-test-no-such
  is_status running
}

@test "without a profile the program has husk's own AppArmor profile" {
  config 'del(.process.apparmorProfile)'
  inside 'cat /proc/self/attr/current'
  same unconfined
}

@test "under its own AppArmor profile husk gives it to a program without one, and confines another" {
  own_profile
  in_user_namespace
  inside 'cat /proc/self/attr/current; echo x >/tmp/forbidden || echo denied'
  same "$PROFILE (enforce)"$'\n'denied
  config 'del(.process.apparmorProfile) | .process.noNewPrivileges = true'
  inside 'cat /proc/self/attr/current'
  same "$OWN (unconfined)"
}

# The same profile in force, without that rule, is what husk would meet where user namespaces are restricted.
@test "the rule of its own AppArmor profile is what lets husk make user namespaces" {
  mediated
  local all='s/(unconfined)/(attach_disconnected)/; s/  userns,/  userns, file, mount, umount, pivot_root, capability, signal, ptrace, unix, network, dbus, change_profile,/'
  in_user_namespace
  config 'del(.process.apparmorProfile)'
  own_profile "$all"
  inside 'cat /proc/self/attr/current'
  same "$OWN (enforce)"
  own_profile "$all; s/  userns,//"
  refused "make the container's namespaces: permission denied" 'husk doctor'
}

@test "an ordinary user's husk makes user namespaces by its own AppArmor profile where they are restricted" {
  local setting=/proc/sys/kernel/apparmor_restrict_unprivileged_userns
  [ -e "$setting" ] || skip 'this kernel cannot restrict user namespaces to AppArmor profiles'
  own_profile
  [ "$(cat "$setting")" = 1 ] || skip "$setting is not 1"
  chown 1000:1000 "$BUNDLE"
  rm "$BUNDLE/config.json"
  local user=(setpriv --reuid 1000 --regid 1000 --clear-groups)
  "${user[@]}" "$HUSK" spec --rootless --bundle "$BUNDLE"
  config '.process.args = ["echo", "ran"] | .process.terminal = false'
  run "${user[@]}" "$HUSK" --root "/tmp/$ID" run --bundle "$BUNDLE" "$ID"
  rmdir "/tmp/$ID"
  is 0 ran
}
