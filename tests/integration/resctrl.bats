#!/usr/bin/env bats
# linux.intelRdt on a machine without resctrl; tests/unit/test_resctrl.c tests it with resctrl.
load bundle

setup() {
  bundle_make
  plain
}

# proves: rdt-not-mounted
# bats test_tags=any-machine
@test "intelRdt without a mounted resctrl is an error before anything is made" {
  [ ! -e /sys/fs/resctrl/schemata ] || skip 'resctrl is mounted'
  local filter
  for filter in '{}' '{closID: "/"}' '{l3CacheSchema: "L3:0=f"}' '{enableMonitoring: true}'; do
    refused_config ".linux.intelRdt = $filter" /linux/intelRdt 'which is not mounted on /sys/fs/resctrl'
  done
}

# proves: rdt-untouched
@test "without intelRdt nothing of resctrl is opened" {
  program true
  run strace -f -e trace=%file,statfs,fstatfs -o "$BATS_TEST_TMPDIR/trace" "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  succeeded
  grep -q config.json "$BATS_TEST_TMPDIR/trace"
  never grep resctrl "$BATS_TEST_TMPDIR/trace"
}
