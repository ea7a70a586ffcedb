# shellcheck shell=bash disable=SC2154,SC2034
# The groups of tests, in the order in which they run. (tests/run sets the variables.)

# A unit test that meson does not build is a failure.
mapfile -t units < <(cd "$top/tests/unit" && printf '%s\n' test_*.c | sed 's/^test_//; s/\.c$//')

group_units() {
  local test
  for test in "${units[@]}"; do
    if wanted "unit $test, sanitized"; then
      built sanitized
      counted "unit $test, sanitized" env HUSK_PROFILES=200 CMOCKA_MESSAGE_OUTPUT=TAP "$work/sanitized/tests/test_$test" "$top"
    fi
    if wanted "unit $test, clang"; then
      built clang
      counted "unit $test, clang" env CMOCKA_MESSAGE_OUTPUT=TAP "$work/clang/tests/test_$test" "$top"
    fi
    # the other two builds test the same and more: this one runs only with --quick or on request
    if { [ -n "$quick$list" ] || [ "$only" != . ]; } && wanted "unit $test" quick; then
      built release
      counted "unit $test" env HUSK_PROFILES=200 CMOCKA_MESSAGE_OUTPUT=TAP "$work/release/tests/test_$test" "$top"
    fi
  done
}

# fuzzed NAME: the target's row in the table of tests/fuzz/run has no findings. What it found, or its last lines, are shown.
fuzzed() {
  grep -E "^(target|$1) |^$1: " "$work/fuzz"
  awk -v name="$1" '$1 == name { well = $NF == 0 } END { exit !well }' "$work/fuzz" || { tail -n 40 "$work/fuzzer/fuzzed/$1.log"; return 1; }
}

group_fuzz() {
  local name targets=()
  for name in $(tests/fuzz/run --list); do
    ! wanted "fuzz: $name" || targets+=("$name")
  done
  [ ${#targets[@]} -gt 0 ] || return 0
  built fuzzer
  tests/fuzz/run --build "$work/fuzzer" --jobs 2 20 "${targets[@]}" >"$work/fuzz" 2>&1
  for name in "${targets[@]}"; do
    check "fuzz: $name" fuzzed "$name"
  done
}

# glib_flags: GLIB has the flags for its headers. One of these is for the architecture; it is the same for all of 64 bits.
glib_flags() {
  read -ra GLIB <<<"$(pkg-config --cflags glib-2.0)"
}

# Compiled for aarch64 with its headers of the kernel and libc; the libraries' headers are the same.
aarch64() {
  local source
  glib_flags
  protoc-c --proto_path=src/criu --c_out="$work" rpc.proto || return 1
  find src -name '*.c' -not -path 'src/init/*' | while read -r source; do
    aarch64-linux-gnu-gcc -std=gnu17 -D_GNU_SOURCE -DHUSK_VERSION='""' -DHUSK_LIBEXECDIR='""' -DHUSK_SYSTEMD=1 -DHUSK_CRIU=1 -Wall -Wextra -Werror -Wno-unused-parameter \
      -Wno-missing-field-initializers -O1 -I include -I src -I src/cli -I "$work" "${GLIB[@]}" -idirafter /usr/include -c -o "$work/object.o" "$source" || exit 1
  done || return 1
  aarch64-linux-gnu-gcc -std=gnu17 -D_GNU_SOURCE -Os -fPIE -static-pie -fstack-clash-protection -ftrivial-auto-var-init=zero \
    -mbranch-protection=standard -Wall -Wextra -Werror -I include -o "$work/init" src/init/*.c
}

# gcc's analyzer with the release's flags, without zeroed variables, which it reports as missing initialisers.
# A false positive is answered by clearer code.
analyze() {
  glib_flags
  protoc-c --proto_path=src/criu --c_out="$work" rpc.proto || return 1
  find src -name '*.c' -print0 | xargs -0 -P 2 -I{} gcc -std=gnu17 -D_GNU_SOURCE -DHUSK_VERSION='""' -DHUSK_LIBEXECDIR='""' -DHUSK_SYSTEMD=1 -DHUSK_CRIU=1 -O2 -fPIC \
    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -I include -I src -I src/cli -I "$work" "${GLIB[@]}" -fanalyzer -Werror -c -o /dev/null {}
}

group_compilers() {
  ! wanted "build: all dynamic" || built dynamic
  ! wanted "build: husk that forgets properties" || built mutants
  ! usual || ! wanted "build: aarch64" || check "build: aarch64" aarch64
  ! wanted "gcc -fanalyzer" || check "gcc -fanalyzer" analyze
}

# The virtual machines' processors are emulated, at a tenth of the speed: they run beside everything that follows. One has the
# oldest kernel, one the newest, each a part of the files; tests/vm/kernels runs all files on every kernel.
machine_begin() {
  usual && wanted "integration, virtual machine" || return 0
  built release
  machine_began=$EPOCHREALTIME
  SUITE_SECONDS=3000 tests/vm/suite -j 2 -c 1 -k bullseye,sid >"$work/machine" 2>&1 &
  machine=$!
}

machine_end() {
  [ -n "$machine" ] || return 0
  wait "$machine"
  local status=$?
  machine=
  began=$machine_began
  count "integration, virtual machine" $status "$work/machine"
}

# suite NAME quick|all COMMAND...: one that prints TAP and tests the release build.
suite() {
  local name=$1 tier=$2
  shift 2
  wanted "$name" "${tier#all}" || return 0
  built release
  counted "$name" "$@"
}

# halves: the integration suite with a processor for each half of its files. Each has a husk of its own, so that what a test
# says about husk's processes is about those of its half.
halves() {
  local status first second
  mapfile -t first < <(printf '%s\n' tests/integration/*.bats | awk 'NR % 2')
  mapfile -t second < <(printf '%s\n' tests/integration/*.bats | awk 'NR % 2 == 0')
  cp -r "$work/release/src" "$work/second"
  HUSK=$work/second/husk bats --tap "${second[@]}" >"$work/half" 2>&1 &
  second_half=$!
  bats --tap "${first[@]}"
  status=$?
  wait "$second_half" || status=$?
  second_half=
  cat "$work/half"
  return $status
}

group_integration() {
  local view
  if [ -n "$quick" ]; then
    suite "integration" quick halves
  else
    suite "integration" quick bats --tap tests/integration
  fi
  if wanted "integration, husk-init by clang"; then
    built release
    built clang
    counted "integration, husk-init by clang" env HUSK="$work/clang/src/husk" bats --tap tests/integration/{run,mounts,exec}.bats
  fi
  for view in v1 v2; do
    tests/views/run "$view" true 2>/dev/null || continue # a machine without it
    suite "integration, cgroup $view view" all tests/views/run "$view" bats --tap tests/integration/run.bats \
      tests/integration/{lifecycle,exec,pause,ps,events,update,cgroup_end}.bats
  done
  ! usual || suite "systemd's units" all env HUSK_BED=ns-systemd tests/vm/suite tests/integration/systemd.bats
  suite "faults" all bats --tap tests/fault
  ! usual || suite "faults, the oldest kernel" all tests/vm/suite -c 1 -k bullseye tests/fault/old_kernel.bats
  ! usual || suite "faults, systemd's units" all env HUSK_BED=ns-systemd tests/vm/suite tests/fault/fault.bats
  suite "budgets" quick bats --tap tests/bench
  suite "house" quick bats --tap tests/house
  suite "release" all bats --tap tests/release
}

group_conformance() {
  local name
  ! wanted "conformance: every property has a test" quick \
    || check "conformance: every property has a test" tests/conformance/coverage
  name="conformance: a test fails without the property"
  if wanted "$name"; then
    built mutants
    counted "$name" env HUSK="$work/mutants/husk" tests/conformance/mutants
  fi
  # its root file system is for that architecture
  ! usual || suite "conformance: runtime-tools" all tests/conformance/runtime_tools
}

group_clients() {
  local engine engines=(containerd cri cri_options crio docker docker_options notifier podman podman_options podman_rootless)
  for engine in "${engines[@]}"; do
    suite "clients: $engine" all tests/clients/run --tap "$engine"
  done
  # the engines of another release, whose root file system of 1 GB is made once: HUSK_CLIENTS_BED=sid
  if [ -n "${HUSK_CLIENTS_BED:-}" ]; then
    for engine in "${engines[@]}" checkpoint; do
      suite "clients: $engine, $HUSK_CLIENTS_BED" all tests/clients/run --bed "$HUSK_CLIENTS_BED" --tap "$engine"
    done
  fi
  # programs of Debian under husk's own profile: a root file system of 600 MB is made for them once
  [ "${HUSK_WORKLOADS:-}" != 1 ] || suite "clients: workloads" all tests/clients/run --tap workloads
}

# Debian 12's criu works on its own kernel. This runs while the virtual machines come to their end.
group_checkpoint() {
  ! usual || suite "checkpoint, virtual machine" all tests/vm/suite -c 1 -k bookworm tests/integration/checkpoint.bats
  ! usual || suite "security modules, virtual machines" all tests/vm/modules
}

# tidy: clang-tidy with the checks of .clang-tidy on all of src that this machine compiles. The headers that are made come first.
tidy() {
  CC=clang meson setup "$work/tidy" "$top" -Dbuildtype=debug -Dtests=false && ninja -C "$work/tidy" src/criu/rpc.pb-c.h || return 1
  run-clang-tidy -quiet -j "$(nproc)" -p "$work/tidy" "^$top/src/.*\\.c\$"
}

group_linters() {
  local sources scripts
  mapfile -t sources < <(find src include tests -name '*.[ch]' | sort)
  mapfile -t scripts < <(grep -rlE '^#(!.*bash$| shellcheck shell=bash)' tests src .ci | sort)
  ! wanted "the sources are found" quick || check "the sources are found" test ${#sources[@]} -gt 100 -a ${#scripts[@]} -gt 8
  ! wanted "clang-format" quick || check "clang-format" clang-format --dry-run -Werror "${sources[@]}"
  ! wanted "shellcheck" quick || check "shellcheck" shellcheck -x "${scripts[@]}"
  ! wanted "clang-tidy" || check "clang-tidy" tidy
  ! wanted "cppcheck" quick || check "cppcheck" cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,portability --inline-suppr \
    -I include -I src -I src/cli -D__x86_64__ -DHUSK_VERSION='""' -DHUSK_LIBEXECDIR='""' -DHUSK_SYSTEMD=1 -DHUSK_CRIU=1 --suppress=missingIncludeSystem --suppress=unknownMacro \
    --suppress=comparePointers --suppress=subtractPointers --suppress=normalCheckLevelMaxBranches -j2 src
}

# The limits on every layout of cgroups, as a matrix.
group_resources() {
  wanted "resources" || return 0
  built release
  if usual; then
    counted "resources" tests/resources/run
  else
    counted "resources" tests/resources/run native v1 v2
  fi
  sed -n '/^$/,$p' "$work/out"
}

groups_run() {
  group_units
  group_fuzz
  group_compilers
  machine_begin
  group_integration
  group_conformance
  group_clients
  group_linters
  group_checkpoint
  machine_end
  group_resources
}
