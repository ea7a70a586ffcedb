#!/usr/bin/env bats
# A config that is not the bundle's config.json: --config of run, create, plan and check, --file of spec.
load bundle

# other FILTER: a config beside the bundle, as the caller names it from the working directory.
other() {
  OTHER=other.json
  cd "$BATS_TEST_TMPDIR"
  jq "$1" bundle/config.json >"$OTHER"
}

@test "--config: run and create read this file, from the caller's directory, not the bundle's config.json" {
  other '.process.args = ["sh", "-c", "echo other; cat /etc/mark"]'
  echo mark >"$ROOTFS/etc/mark"
  rm "$BUNDLE/config.json"
  launch --config "$OTHER"
  is 0 $'other\nmark'
  launch -f "$BATS_TEST_TMPDIR/$OTHER"
  is 0 $'other\nmark'
  create --config="$OTHER"
  rm "$OTHER"
  [ "$(husk state "$ID" | jq -r .bundle)" = "$BUNDLE" ]
  husk exec "$ID" test -e /etc/mark
  husk start "$ID"
  wait_for is_status stopped
  grep -qx other "$BATS_TEST_TMPDIR/out"
}

@test "--config may be a pipe" {
  other '.process.args = ["echo", "piped"]'
  rm "$BUNDLE/config.json"
  launch --config <(cat "$OTHER")
  is 0 piped
}

@test "--config: poststop hooks of the file run, and the state has where the profile is from" {
  other '.process.args = ["sleep", "1000"] | .hooks.poststop = [{path: "/bin/touch", args: ["touch", $ENV.BATS_TEST_TMPDIR + "/stopped"]}]'
  create --config "$OTHER"
  [ "$(husk state "$ID" | jq -r .seccomp.profile)" = "$OTHER" ]
  husk delete --force "$ID"
  [ -e stopped ]
}

@test "--config: mistakes have the file's name and place, and nothing is made" {
  other '.process.cwd = 7'
  local command
  for command in run create; do
    run --separate-stderr husk "$command" --bundle "$BUNDLE" --config "$OTHER" "$ID" </dev/null
    is 1
    complains "$OTHER:" '/process/cwd: expected a string'
  done
  launch --config none.json
  is 1
  complains 'none.json: no such file'
  launch --config bundle
  is 1
  complains 'read bundle: is a directory'
  nothing_left
}

@test "--config: plan and check read it" {
  other '.process.args = ["planned"]'
  rm "$BUNDLE/config.json"
  run --separate-stderr husk plan --bundle "$BUNDLE" --config "$OTHER"
  succeeded
  says planned
  jq '.process.cwd = 7' "$OTHER" >wrong.json
  run husk check --bundle "$BUNDLE" --config wrong.json
  is 1
  says wrong.json: /process/cwd
}

@test "spec --file writes this file, from the bundle's directory, and overwrites none" {
  mkdir "$BATS_TEST_TMPDIR/new"
  husk spec --bundle "$BATS_TEST_TMPDIR/new" --file a.json
  jq -e .process.args "$BATS_TEST_TMPDIR/new/a.json"
  [ "$(ls "$BATS_TEST_TMPDIR/new")" = a.json ]
  (cd "$BATS_TEST_TMPDIR/new" && husk spec -f b.json)
  cmp "$BATS_TEST_TMPDIR/new/a.json" "$BATS_TEST_TMPDIR/new/b.json"
  husk spec --bundle / --file "$BATS_TEST_TMPDIR/absolute.json"
  cmp "$BATS_TEST_TMPDIR/new/a.json" "$BATS_TEST_TMPDIR/absolute.json"
  echo mine >"$BATS_TEST_TMPDIR/new/c.json"
  run --separate-stderr husk spec --bundle "$BATS_TEST_TMPDIR/new" --file c.json
  is 1
  complains "create $BATS_TEST_TMPDIR/new/c.json: file exists"
  [ "$(cat "$BATS_TEST_TMPDIR/new/c.json")" = mine ]
}
