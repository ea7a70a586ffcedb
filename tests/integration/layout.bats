# The plan has the same address in husk and husk-init, wherever the kernel puts programs, stacks and mappings.
load bundle

setup() {
  bundle_make
  plain
  program echo here
}

teardown() { bundle_end; }

# lay OUT COMMAND...: as launch, with husk started by the command.
laid_out() {
  run --separate-stderr "$@" "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  is 0 here
}

@test "husk runs without address space randomization" {
  laid_out setarch -R
}

@test "husk runs with the legacy memory layout, which grows upwards" {
  laid_out setarch -L
  laid_out setarch -L -R
}

@test "husk runs with an unlimited or a very large stack" {
  laid_out prlimit --stack=unlimited
  laid_out prlimit --stack=unlimited setarch -R
  laid_out prlimit --stack=$((1 << 50)) setarch -R
  laid_out prlimit --stack=$((1 << 50))
}

@test "husk-init's address is random, and its relocated data is read-only" {
  local pid place places= _
  for _ in 1 2 3; do
    create
    pid=$(husk state "$ID" | jq .pid)
    place=$(grep -m 1 memfd:husk-init "/proc/$pid/maps")
    places+=" ${place%%-*}"
    # the first page that was written to: before .data, and not writable any more
    grep memfd:husk-init "/proc/$pid/maps" | awk '{ print $2 }' | tr '\n' ' ' >"$BATS_TEST_TMPDIR/rights"
    grep -qx 'r--p r-xp r--p r--p rw-p ' "$BATS_TEST_TMPDIR/rights"
    husk delete --force "$ID"
  done
  echo "$places"
  [ "$(tr ' ' '\n' <<<"$places" | sort -u | grep -c .)" -gt 1 ]
}
