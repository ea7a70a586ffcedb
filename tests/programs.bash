# shellcheck shell=bash
# The programs under test: tests/run names those of its builds; by hand they are those of build/.

programs=${BASH_SOURCE[0]%/*}/../build
programs=$(realpath -m "$programs")
: "${HUSK:=$programs/src/husk}" "${HUSK_INIT:=$programs/src/init/husk-init}" "${HUSK_FAULT:=$programs/tests/stepper}"
: "${HUSK_OLD_KERNEL:=$programs/tests/old_kernel}" "${HUSK_MEASURE:=$programs/tests/measure}"
export HUSK HUSK_INIT HUSK_FAULT HUSK_OLD_KERNEL HUSK_MEASURE
[ -x "$HUSK" ] || {
  echo "no husk to test at $HUSK: meson setup build && ninja -C build" >&2
  exit 1
}
