# shellcheck shell=bash disable=SC2154
# The output of tests/run: each group's results and time, and at the end a summary of the failures.

passed=0 failed=0
failures=()

# report_begin: a group's time starts here.
report_begin() {
  began=$EPOCHREALTIME
}

report_seconds() {
  awk -v began="$began" -v now="$EPOCHREALTIME" 'BEGIN { printf "%.0f s", now - began }'
}

# tap GROUP FILE: adds the results in the file to the TAP document of all groups, if one is wanted.
tap() {
  [ -z "$document" ] || sed -nE "s|^ *((not )?ok)( [0-9]+)?( -)? *|\1 - $1: |p" "$2" >>"$document"
}

# check NAME COMMAND...: one test, which passes if the command succeeds.
check() {
  local name=$1 verdict=ok
  shift
  report_begin
  if "$@" >"$work/out" 2>&1; then
    passed=$((passed + 1))
  else
    verdict="not ok"
    failed=$((failed + 1))
    failures+=("$name")
    tail -n 60 "$work/out" | sed 's/^/    /'
  fi
  echo "$verdict - $name ($(report_seconds))"
  [ -z "$document" ] || echo "$verdict - $name" >>"$document"
}

# count NAME STATUS FILE: counts the TAP in the file, from a command with that status.
count() {
  local good bad
  good=$(grep -cE '^ *ok ' "$3")
  bad=$(grep -cE '^ *not ok ' "$3")
  if [ "$bad" -eq 0 ] && { [ "$2" -ne 0 ] || [ "$good" -eq 0 ]; }; then # a suite that ran nothing has not passed
    bad=1
    echo "not ok - it ended with status $2 after $good tests" >>"$3"
  fi
  passed=$((passed + good)) failed=$((failed + bad))
  tap "$1" "$3"
  if [ "$bad" -gt 0 ]; then
    grep -vE '^ *ok |^# file ' "$3" | tail -n 200 | sed 's/^/    /'
    mapfile -t -O "${#failures[@]}" failures < <(sed -nE "s|^ *not ok( [0-9]+)?( -)? *|$1: |p" "$3")
  fi
  echo "$1: $good ok, $bad not ok ($(report_seconds))"
}

# counted NAME COMMAND...: a command that prints TAP.
counted() {
  local name=$1
  shift
  report_begin
  "$@" >"$work/out" 2>&1
  count "$name" $? "$work/out"
}

# report_end: what failed, and the line that counts.
report_end() {
  [ -z "$document" ] || echo "1..$((passed + failed))" >>"$document"
  [ ${#failures[@]} -eq 0 ] || printf 'failed: %s\n' "${failures[@]}"
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}
