# process.apparmorProfile, on machines with AppArmor.
load bundle

setup() {
  bundle_make
  plain
  [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] || skip 'no AppArmor'
  PROFILE=husk-test-$BATS_ROOT_PID-$BATS_SUITE_TEST_NUMBER
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
  bundle_end
  [ -z "${PROFILE:-}" ] || echo -n "$PROFILE" >/sys/kernel/security/apparmor/.remove
}

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

@test "without a profile the program has husk's own AppArmor profile" {
  config 'del(.process.apparmorProfile)'
  inside 'cat /proc/self/attr/current'
  same unconfined
}
