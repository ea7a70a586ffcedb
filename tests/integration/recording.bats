# What a recording says and how it is written, beside the names of calls (seccomp_record.bats): what deserves a look, the age of
# a merged profile, the default's errno, counts, arguments, and the SeccompProfile of Kubernetes' Security Profiles
# Operator.

load bundle

setup() {
  bundle_make
  RECORDED=$BATS_TEST_TMPDIR/app.json
}

teardown() {
  bundle_end
  wait_for no_observer
}

# records OPTION... [-- ARGUMENT...]: the probe, with these calls, is recorded.
records() {
  local options=()
  while [ $# -gt 0 ] && [ "$1" != -- ]; do
    options+=("$1")
    shift
  done
  run --separate-stderr "$HUSK" seccomp record -o "$RECORDED" "${options[@]}" -- "$(tool probe)" "${@:2}"
}

# number_of CALL: its number on this machine.
number_of() {
  "$HUSK" seccomp explain --json "$SOURCE/config.json.example" "$1" | jq .number
}

# gets CALL ARGUMENT...: what the call gets under the recorded profile.
gets() {
  "$HUSK" seccomp explain "$RECORDED" "$@" | sed -E 's/^[^:]*: ([A-Z]+).*/\1/'
}

@test "record: a call that deserves a look is pointed out with a reason, once: not again when it is merged" {
  records -- "$(number_of ptrace)" "$(number_of bpf)" "$(number_of bpf)"
  succeeded
  complains 'husk: warning: the recorded call ptrace deserves a look: it ' 'the recorded call bpf deserves a look: it '
  [ "$(grep -c 'deserves a look' <<<"$stderr")" -eq 2 ]
  records --merge -- "$(number_of bpf)" "$(number_of userfaultfd)"
  [ "$(grep -c 'deserves a look' <<<"$stderr")" -eq 1 ]
  complains 'the recorded call userfaultfd deserves a look'
}

@test "record: restart_syscall, which the kernel makes for an interrupted sleep, is always named" {
  records
  succeeded
  [ "$(gets restart_syscall)" = ALLOW ]
  records --merge
  jq -e '[.syscalls[].names[] | select(. == "restart_syscall")] | length == 1' "$RECORDED"
}

@test "record: in a container too, and by whoever deletes it" {
  config '.root.readonly = false'
  cp "$(tool probe)" "$ROOTFS/probe"
  program /probe "$(number_of keyctl)"
  launch --seccomp-record "$RECORDED"
  succeeded
  warns 'the recorded call keyctl deserves a look'
  script 'sleep 1000'
  create --seccomp-record "$RECORDED" --merge
  [ "$(husk state "$ID" | jq -r '.seccomp | "\(.applied) \(.reason)"')" = 'false system calls are recorded: --seccomp-record' ]
  husk start "$ID"
  husk exec "$ID" /probe "$(number_of ptrace)"
  run husk delete --force "$ID"
  succeeded
  says 'the recorded call ptrace deserves a look'
}

# bats test_tags=any-machine
@test "record: merging a newer call says what loses its ENOSYS by it" {
  records -- 437
  succeeded
  complains_not 'knows system calls up to'
  records --merge -- 462
  succeeded
  complains 'knows system calls up to Linux 6.10, before up to 5.6: these get EPERM now, not ENOSYS' ' statmount' ' faccessat2'
  [ "$(gets statmount)" = ERRNO ]
  run "$HUSK" seccomp explain "$RECORDED" statmount
  says 'ERRNO 1 '
  records --merge -- 462
  complains_not 'knows system calls up to'
}

# bats test_tags=any-machine
@test "record: --default-errno ENOSYS, which merging keeps, and with which no call loses its ENOSYS" {
  records --default-errno ENOSYS -- 437
  succeeded
  records --merge -- 462
  succeeded
  complains_not 'knows system calls up to'
  [ "$(jq .defaultErrnoRet "$RECORDED")" -eq 38 ]
  records --merge --default-errno 5 -- 462
  [ "$(jq .defaultErrnoRet "$RECORDED")" -eq 5 ]
  for number in 0 4096 -1 1x x '' ENOTHING; do
    records --default-errno "$number" -- 462
    is 1
    complains "--default-errno \"$number\" is neither the name of an errno nor a number from 1 to 4095"
  done
  for word in ENOSY enosys; do
    records --default-errno "$word" -- 462
    is 1
    complains 'did you mean ENOSYS?'
  done
}

@test "record: --counts has how often each call was made, the most frequent first" {
  # shellcheck disable=SC2046 # a word each
  records --counts "$BATS_TEST_TMPDIR/counts.json" -- $(for _ in {1..25}; do number_of getppid; done) 600 600
  succeeded
  jq -e --arg arch "$(uname -m)" '(.calls | map(.count) | . == (sort | reverse))
    and any(.calls[]; .name == "getppid" and .count == 25 and .architecture == $arch)
    and any(.calls[]; .number == 600 and .count == 2 and (has("name") | not))' "$BATS_TEST_TMPDIR/counts.json"
  plain
  script 'for i in 1 2 3; do mkdir /tmp/$i; done'
  launch --seccomp-record "$RECORDED" --counts "$BATS_TEST_TMPDIR/counts.json"
  succeeded
  jq -e '[.calls[] | select(.name == "mkdir" or .name == "mkdirat").count] | add == 3' "$BATS_TEST_TMPDIR/counts.json"
}

@test "record: --arguments allows what was seen and no more; the program runs under it" {
  records --arguments -- "$(number_of socket):1:2:0" "$(number_of socket):2:1:0" "$(number_of prctl):15" "$(number_of ioctl):0:0x5401" \
    "$(number_of personality):0xffffffffffffffff"
  succeeded
  [ "$(gets socket 1) $(gets socket 2 3) $(gets socket 16) $(gets socket 0x100000001)" = 'ALLOW ALLOW ERRNO ALLOW' ]
  [ "$(gets prctl 15) $(gets prctl 16) $(gets ioctl 9 0x5401) $(gets ioctl 9 0x5412)" = 'ALLOW ERRNO ALLOW ERRNO' ]
  [ "$(gets personality 0xffffffff) $(gets personality 0)" = 'ALLOW ERRNO' ]
  [ "$(gets write 1)" = ALLOW ]
  # another run, without the option: what has conditions keeps them, and gets those of this run
  records --merge -- "$(number_of socket):16:3:0" "$(number_of keyctl):6"
  succeeded
  [ "$(gets socket 16) $(gets socket 1) $(gets socket 17) $(gets keyctl 6) $(gets keyctl 0)" = 'ALLOW ALLOW ERRNO ALLOW ERRNO' ]
  # in a container, with threads and children
  plain
  cp "$(tool denied -pthread)" "$ROOTFS/bin/denied"
  script 'denied thread; denied child; echo done'
  launch --seccomp-record "$RECORDED" --arguments
  succeeded
  jq -e 'any(.syscalls[]; .names == ["clone"] and .args[0].op == "SCMP_CMP_MASKED_EQ") or all(.syscalls[].names[]; . != "clone")' "$RECORDED"
  config '.linux.seccomp = $profile[0]' --slurpfile profile "$RECORDED"
  rm -rf "${ROOTFS:?}/a"
  launch --seccomp-explain
  succeeded
  says "done"
  complains 'nothing was denied'
}

@test "record: a call with too many arguments has no condition, and what has none gets none" {
  # shellcheck disable=SC2046 # a word each
  records --arguments -- $(seq -f "$(number_of ioctl):0:%g" 1 17) "$(number_of socket):1:2"
  succeeded
  complains 'ioctl was called with more than 16 different arguments: it has no condition'
  [ "$(gets ioctl 0 999) $(gets socket 1) $(gets socket 2)" = 'ALLOW ALLOW ERRNO' ]
  records -- "$(number_of socket):1:2"
  records --merge --arguments -- "$(number_of socket):2:1"
  [ "$(gets socket 5)" = ALLOW ]
}

# bats test_tags=any-machine
@test "record: --format crd is a SeccompProfile with the same calls, which merges with itself" {
  records -- 437
  cp "$RECORDED" "$RECORDED.oci"
  rm "$RECORDED"
  records --format crd --namespace apps -- 437
  succeeded
  jq -e '.apiVersion == "security-profiles-operator.x-k8s.io/v1beta1" and .kind == "SeccompProfile"
    and .metadata == {name: "app", namespace: "apps"} and (.spec | has("defaultErrnoRet") | not)
    and .spec.defaultAction == "SCMP_ACT_ERRNO"' "$RECORDED"
  run "$HUSK" seccomp diff "$RECORDED.oci" "$RECORDED"
  succeeded
  records --merge --format crd --arguments -- "$(number_of getppid)" "$(number_of socket):1:2"
  succeeded
  jq -e '.metadata == {name: "app", namespace: "apps"} and (.spec.syscalls[0].names | index("getppid") and index("openat2"))
    and .spec.syscalls[1].names == ["socket"]' "$RECORDED"
  records --merge --format crd --name other.name -- 437
  jq -e '.metadata == {name: "other.name", namespace: "apps"} and .spec.syscalls[1].names == ["socket"]' "$RECORDED"
}

# wrong TEXT OPTION...: the recording is refused with this text, before anything runs.
wrong() {
  local text=$1
  shift
  run --separate-stderr "$HUSK" seccomp record -o "$RECORDED" "$@" -- touch "$BATS_TEST_TMPDIR/ran"
  is 1
  complains "$text"
  [ ! -e "$BATS_TEST_TMPDIR/ran" ]
}

# bats test_tags=any-machine
@test "record: what cannot be is refused before anything runs" {
  local name
  wrong '--format "yaml" must be oci or crd' --format yaml
  wrong '--name needs --format crd' --name x
  wrong '--namespace needs --format crd' --namespace x
  wrong 'has no errno for its default action' --format crd --default-errno 38
  for name in '' A a_b -a a. a/b 'a"b' "$(printf '%0254d' 0)"; do
    wrong 'is not a name for a SeccompProfile' --format crd --name "$name"
  done
  wrong 'is not a Kubernetes namespace' --format crd --namespace a.b
  wrong 'write the counts /no/such/place: no such file or directory' --counts /no/such/place
  wrong 'the counts and the recorded profile cannot both be written to' --counts "$BATS_TEST_TMPDIR/../${BATS_TEST_TMPDIR##*/}/app.json"
  records -- 437
  wrong 'is not a SeccompProfile: it cannot be merged with --format crd' --format crd --merge
  records --format crd -- 437
  wrong 'is a SeccompProfile: it needs --format crd' --merge
  RECORDED=$BATS_TEST_TMPDIR/Of_my_own.json
  wrong '--name sets one' --format crd
  program true
  for name in --merge --arguments --format=crd --name=x --namespace=x --default-errno=38 --counts=x; do
    launch "$name"
    is 1 ''
    complains "${name%=*} needs --seccomp-record"
  done
}

# bats test_tags=any-machine
@test "record: counts that cannot be written at the end are an error" {
  records --counts /dev/full -- 437
  is 1
  complains 'write /dev/full: no space left on device'
  plain
  program true
  launch --seccomp-record "$RECORDED" --counts /dev/full
  is 1 ''
  complains 'the counts of the recorded calls are lost: write /dev/full: no space left on device'
}
