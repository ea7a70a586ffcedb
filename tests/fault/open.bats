#!/usr/bin/env bats
# husk-init is stopped at each of its system calls from the change of the root on, and what it has open is compared with
# tests/fault/open, and printed.
# bats file_tags=attack:CV-50
load ../integration/bundle

INSPECT=$HUSK_FAULT
INSPECT=${INSPECT%/*}/inspect

setup() {
  bundle_make
  plain
  program true
  config '.process.cwd = "/tmp" | .hooks = {startContainer: [{path: "/bin/true"}]}
    | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW"} | .linux.sysctl = {"net.ipv4.ip_forward": "0"}
    | .process.oomScoreAdj = 100'
  SEEN=$BATS_TEST_TMPDIR/seen
}

# watched COMMAND...: the command, whose caller has left a directory and a file of the host open.
watched() {
  : >"$SEEN"
  timeout 60 "$INSPECT" 3 "$@" 9>"$SEEN" 12</ 17</etc/passwd </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- ||
    { cat "$BATS_TEST_TMPDIR/out"; return 1; }
}

# harmless: everything that was seen is in the table, and execve and openat2 were seen.
harmless() {
  uniq -c "$SEEN"
  python3 - "$SOURCE/tests/fault/open" "$SEEN" <<'PYTHON'
import fnmatch, sys
table = [line.rstrip("\n").split("\t") for line in open(sys.argv[1]) if not line.startswith("#")]
wrong, calls = set(), set()
for line in open(sys.argv[2]):
    call, cwd, *kinds = line.replace("seccomp notify", "listener").split()
    calls.add(call)
    if cwd != "cwd=root" and not cwd.startswith("cwd=inside:/"):
        wrong.add((call, cwd))
    for kind in kinds:
        rows = [row for row in table if row[0] == kind or row[0].endswith("*") and kind.startswith(row[0][:-1])]
        where = rows[0][1] if rows else ""
        listed = call in where.lstrip("!").split(",")
        if not rows or not (where == "*" or listed != where.startswith("!")):
            wrong.add((call, kind))
for call, kind in sorted(wrong):
    print(f"not in the table: {kind} at {call}")
sys.exit(bool(wrong) or not {"execve", "openat2"} <= calls)
PYTHON
}

# each VIEW...: run, create and start, exec, with the options of run and of both exec and create in RUN and TERMINAL.
each() {
  watched "$@" "$HUSK" --root "$ROOT" run "${RUN[@]}" --bundle "$BUNDLE" "$ID"
  harmless
}

create_and_start() {
  watched sh -c '"$0" --root "$1" create --bundle "$2" "$3" && "$0" --root "$1" start "$3"' "$HUSK" "$ROOT" "$BUNDLE" "$ID"
  harmless
  husk delete --force "$ID"
}

entered() {
  program sleep 60
  husk run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&-
  watched "$HUSK" --root "$ROOT" exec "$@" "$ID" true
  harmless
  husk delete --force "$ID"
}

@test "nothing of the host is open: run, create and start, exec" {
  RUN=()
  each
  create_and_start
  entered
}

@test "nothing of the host is open: with cgroups of v1 and of v2" {
  bed native || skip 'it is in a view'
  RUN=()
  each "$SOURCE/tests/views/run" v1
  each "$SOURCE/tests/views/run" v2
}

@test "nothing of the host is open: with a user namespace" {
  RUN=()
  chmod 755 "$BATS_TEST_TMPDIR"
  config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
    | .linux.gidMappings = .linux.uidMappings'
  each
  create_and_start
  entered
}

@test "nothing of the host is open: with a terminal" {
  RUN=()
  config '.process.terminal = true'
  each
  config '.process.terminal = false'
  entered --tty
}

@test "nothing of the host is open: with an agent that listens" {
  local agent
  RUN=()
  agent=$(tool agent)
  "$agent" "$BATS_TEST_TMPDIR/agent.sock" continue >/dev/null 2>&1 3>&- &
  BACKGROUND=$!
  wait_for test -S "$BATS_TEST_TMPDIR/agent.sock"
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: $socket,
    syscalls: [{names: ["mkdir"], action: "SCMP_ACT_NOTIFY"}]}' --arg socket "$BATS_TEST_TMPDIR/agent.sock"
  each
  create_and_start
  entered
}

@test "nothing of the host is open: with an observer, with a shared mount, with --no-pivot" {
  RUN=(--seccomp-explain)
  each
  RUN=()
  mkdir "$BATS_TEST_TMPDIR/bound"
  touch "$BATS_TEST_TMPDIR/file"
  config '.mounts += [{destination: "/bound", type: "bind", source: $d, options: ["rbind", "rshared"]},
    {destination: "/file", type: "bind", source: $f, options: ["bind", "ro"]}]' \
    --arg d "$BATS_TEST_TMPDIR/bound" --arg f "$BATS_TEST_TMPDIR/file"
  each
  RUN=(--no-pivot)
  each
}
