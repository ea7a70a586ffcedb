# shellcheck shell=bash
# What all bats files share that have to wait, or to see something fail.

# never COMMAND...: it must fail. (A bare `!` does not fail a test.)
never() {
  if "$@"; then
    echo "unexpected success: $*"
    return 1
  fi
}

# wait_for COMMAND...: until it succeeds, for at most half a minute, whatever the command takes.
wait_for() {
  local end=$((SECONDS + 30))
  while [ "$SECONDS" -lt "$end" ]; do
    "$@" >/dev/null 2>&1 && return 0
    sleep 0.02
  done
  echo "in vain: $*"
  return 1
}
