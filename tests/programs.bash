# shellcheck shell=bash
# The programs under test: tests/run names those of its builds. By hand they are those beside HUSK, if that is set, or in
# build/, or of another build directory here when there is no build/.

programs=${BASH_SOURCE[0]%/*}/..
if [[ ${HUSK:-} = */src/husk ]]; then
  programs=${HUSK%/src/husk}
elif [ -x "$programs/build/src/husk" ]; then
  programs+=/build
else
  for programs in "$programs"/*/src/husk "$programs/build/src/husk"; do
    [ ! -x "$programs" ] || break
  done
  programs=${programs%/src/husk}
fi
programs=$(realpath -m "$programs")
: "${HUSK:=$programs/src/husk}" "${HUSK_INIT:=$programs/src/init/husk-init}" "${HUSK_FAULT:=$programs/tests/stepper}"
: "${HUSK_OLD_KERNEL:=$programs/tests/old_kernel}" "${HUSK_MEASURE:=$programs/tests/measure}"
HUSK=$(realpath -ms "$HUSK")
export HUSK HUSK_INIT HUSK_FAULT HUSK_OLD_KERNEL HUSK_MEASURE
[ -x "$HUSK" ] || {
  echo "no husk to test at $HUSK: meson setup build && ninja -C build" >&2
  exit 1
}
