#!/usr/bin/env bats
# kill and delete with --regex: what is done to several containers at once. tests/unit/test_expression.c has the
# expressions themselves.
load bundle

setup() {
  bundle_make
  program sleep 1000
}

# made NAME...: created containers; started NAME...: running ones.
made() {
  local name
  for name; do
    config 'if .linux.cgroupsPath then .linux.cgroupsPath = $path else . end' --arg path "/$name-$ID"
    husk create --bundle "$BUNDLE" "$name-$ID" </dev/null >/dev/null 2>&1 3>&-
  done
}

started() {
  made "$@"
  local name
  for name; do
    husk start "$name-$ID"
  done
}

# status_is STATUS NAME...
status_is() {
  local wanted=$1 name
  shift
  for name; do
    ID=$name-$ID wait_for is_status "$wanted"
  done
}

left() {
  husk list --quiet | sed "s/-$ID\$//" | tr '\n' ' '
}

@test "kill --regex signals the running containers that match, and no others" {
  started web1 web2 db
  made web3
  run --separate-stderr husk kill --regex '^web[12]-' KILL
  is 0 ''
  status_is stopped web1 web2
  status_is running db
  status_is created web3
  # those that have stopped need no signal
  run --separate-stderr husk kill -r '^web' KILL
  is 0 ''
  status_is stopped web3
  run --separate-stderr husk kill --regex --all 'd' KILL
  succeeded
  status_is stopped db
}

@test "delete --regex removes those that match; each that it cannot remove is an error, after the others" {
  started a1 a2
  made a3 b1
  husk kill "a2-$ID" KILL
  status_is stopped a2
  run --separate-stderr husk delete --regex '^a[0-9]'
  is 1
  complains "a1-$ID\" that is not stopped: it is running"
  complains_not "a2-$ID" "a3-$ID"
  [ "$(left)" = 'a1 b1 ' ]
  run --separate-stderr husk delete --force --regex '^(a|c)'
  is 0 ''
  [ "$(left)" = 'b1 ' ]
  # none matches
  run --separate-stderr husk delete --regex '^a'
  is 0 ''
  [ "$(left)" = 'b1 ' ]
}

@test "delete --force --regex removes a damaged container that matches" {
  made whole broken
  echo '{' >"$ROOT/broken-$ID/state.json"
  run --separate-stderr husk delete --force --regex '^broken'
  is 0
  [ "$(left)" = 'whole ' ]
}

@test "--regex without a state directory, with a wrong expression, with an empty one" {
  run --separate-stderr husk delete --force --regex '.*'
  is 0 ''
  made one
  local command words
  for command in kill 'delete --force'; do
    read -ra words <<<"$command"
    run --separate-stderr husk "${words[@]}" --regex 'one('
    is 1
    complains '--regex "one(": character 4: ( without )'
    run --separate-stderr husk "${words[@]}" --regex ''
    is 1
    complains 'an empty one would match every container'
    run --separate-stderr husk "${words[@]}" --regex
    is 1
  done
  status_is created one
}
