# Every K-th system call of husk's commands fails with an error, for each error and view: tests/fault/sweep does it for all.
# What is left, hangs, dies of itself, fails without a word or gives a program more than its config has is a failure.

sweep() { # sweep VIEW COMMAND...: the commands in that view
  local view=$1 command
  local commands=()
  shift
  for command; do
    commands+=(--command "$command")
  done
  "$BATS_TEST_DIRNAME/../views/run" "$view" true 2>/dev/null || skip "this machine has no view $view"
  "$BATS_TEST_DIRNAME/sweep" --view "$view" --sample 19 "${commands[@]}" 3>&-
}

@test "errors at calls of run and create, v1" { sweep v1 run create; }
@test "errors at calls of run and create, v2" { sweep v2 run create; }
@test "errors at calls of start and exec, v1" { sweep v1 start exec; }
@test "errors at calls of start and exec, v2" { sweep v2 start exec; }
@test "errors at calls of delete, v1" { sweep v1 delete delete-running delete-force; }
@test "errors at calls of delete, v2" { sweep v2 delete delete-running delete-force; }
@test "errors at calls of kill, update, pause and resume, v1" { sweep v1 kill kill-all update pause resume; }
@test "errors at calls of kill, update, pause and resume, v2" { sweep v2 kill kill-all update pause resume; }
@test "errors at calls of state and list, v1" { sweep v1 state list; }
@test "errors at calls of state and list, v2" { sweep v2 state list; }
