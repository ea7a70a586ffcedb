# shellcheck shell=bash
# Waiting for a state and expecting a failure, for all bats files.

# never COMMAND...: it must fail. (A bare `!` does not fail a test.)
never() {
  if "$@"; then
    echo "unexpected success: $*"
    return 1
  fi
}

# wait_for COMMAND...: repeats it until it succeeds, for at most half a minute.
wait_for() {
  local end=$((SECONDS + 30))
  while [ "$SECONDS" -lt "$end" ]; do
    "$@" >/dev/null 2>&1 && return 0
    sleep 0.02
  done
  echo "in vain: $*"
  return 1
}
