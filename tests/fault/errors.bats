# Every K-th system call of husk's commands fails with an error, for each error and view: tests/fault/sweep does it for all.
# Leftovers, hangs, crashes, failures without a message and programs with more rights than their config are failures.
# bats file_tags=attack:FI-01

# shellcheck source=tests/programs.bash
. "$BATS_TEST_DIRNAME/../programs.bash"

sweep() { # sweep VIEW K COMMAND...: every K-th call of the commands in that view
  local view=$1 sample=$2
  shift 2
  "$BATS_TEST_DIRNAME/../views/run" "$view" true 2>/dev/null || skip "this machine has no view $view"
  "$BATS_TEST_DIRNAME/sweep" --view "$view" --sample "$sample" "$@" 3>&-
}

@test "errors at calls of run and create, v1" { sweep v1 19 run create; }
@test "errors at calls of run and create, v2" { sweep v2 19 run create; }
@test "errors at calls of start and exec, v1" { sweep v1 19 start exec; }
@test "errors at calls of start and exec, v2" { sweep v2 19 start exec; }
@test "errors at calls of delete, v1" { sweep v1 19 delete delete-running delete-force; }
@test "errors at calls of delete, v2" { sweep v2 19 delete delete-running delete-force; }
@test "errors at calls of kill, update, pause and resume, v1" { sweep v1 19 kill kill-all update pause resume; }
@test "errors at calls of kill, update, pause and resume, v2" { sweep v2 19 kill kill-all update pause resume; }
@test "errors at calls of state, list, ps and events, v1" { sweep v1 29 state list ps events; }
@test "errors at calls of state, list, ps and events, v2" { sweep v2 29 state list ps events; }
@test "errors at calls of run with hooks, a terminal, a listener and a user namespace" {
  sweep native 127 run-hooks run-terminal run-listener run-user
}
@test "errors at calls of an ordinary user's run, create and delete" {
  setpriv --reuid=1234 --regid=1234 --clear-groups unshare --user --map-root-user true || skip 'no user namespaces for ordinary users'
  sweep native 97 rootless-run rootless-create rootless-delete
}
@test "errors at calls of run and resume, the cgroups as they are" { sweep native 149 run resume; }
