# husk seccomp agent: what a policy may say, the files that it gives, its socket, its signals, and what it prints.
load bundle

setup() {
  bundle_make
  plain
  SOCKET=$BATS_TEST_TMPDIR/agent.sock
  LOG=$BATS_TEST_TMPDIR/agent.log
  SAID=$BATS_TEST_TMPDIR/agent.err
  POLICY=$BATS_TEST_TMPDIR/policy.json
}

# serve [POLICY]: the agent in the background, and its pid in AGENT.
serve() {
  local arguments=(--listen "$SOCKET")
  if [ $# -gt 0 ]; then
    echo "$1" >"$POLICY"
    arguments+=(--policy "$POLICY")
  fi
  "$HUSK" seccomp agent "${arguments[@]}" >"$LOG" 2>"$SAID" 3>&- &
  AGENT=$!
  BACKGROUND="$BACKGROUND $AGENT"
  wait_for listening
}

listening() {
  [ -S "$SOCKET" ] && grep -q "$SOCKET" /proc/net/unix
}

# notifies NAMES: the profile allows everything else.
notifies() {
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: $socket, syscalls: [{names: ($names | split(" ")), action: "SCMP_ACT_NOTIFY"}]}' \
    --arg names "$1" --arg socket "$SOCKET"
}

# logged FILTER: the filter holds for a line of the log.
logged() {
  jq -se "any(.[]; $1)" "$LOG" >/dev/null
}

# refused_policy POLICY TEXT...: the agent does not start, and says so.
refused_policy() {
  echo "$1" >"$POLICY"
  run --separate-stderr timeout 20 "$HUSK" seccomp agent --listen "$SOCKET" --policy "$POLICY"
  is 1
  complains "policy.json:1:" "${@:2}"
  [ ! -e "$SOCKET" ]
}

opens='open openat openat2'

@test "a policy decides by the values of arguments, as a profile does, and names its errno" {
  cp "$(tool probe)" "$ROOTFS/probe"
  serve '{"defaultAnswer": "errno", "defaultErrno": "EXDEV", "rules": [
    {"comment": "all must hold", "names": ["mseal"], "answer": "errno", "errno": "ENOSPC",
     "args": [{"index": 2, "value": 5, "op": "SCMP_CMP_EQ"}, {"index": 1, "value": 16, "op": "SCMP_CMP_GE"}]},
    {"names": ["mseal"], "answer": "errno", "errnoRet": 30,
     "args": [{"index": 2, "value": 240, "valueTwo": 32, "op": "SCMP_CMP_MASKED_EQ"}]},
    {"comment": "bits of valueTwo that the mask lacks do not count", "names": ["mseal"], "answer": "errno", "errno": "EMLINK",
     "args": [{"index": 2, "value": 240, "valueTwo": 65, "op": "SCMP_CMP_MASKED_EQ"}]},
    {"comment": "either is enough", "names": ["mseal"], "answer": "errno", "errno": "EDOM",
     "args": [{"index": 2, "value": 512, "op": "SCMP_CMP_EQ"}, {"index": 2, "value": 513, "op": "SCMP_CMP_EQ"}]},
    {"names": ["mseal"], "answer": "errno", "args": [{"index": 2, "value": 1023, "op": "SCMP_CMP_GT"}]}]}'
  notifies mseal
  program /probe 462:0:16:5 462:0:15:5 462:0:0:0x21 462:0:0:0x42 462:0:0:513 462:0:0:1024
  launch
  succeeded
  same '462:0:16:5: errno 28
462:0:15:5: errno 18
462:0:0:0x21: errno 30
462:0:0:0x42: errno 31
462:0:0:513: errno 33
462:0:0:1024: errno 18'
}

@test "a policy decides by paths: absolute, relative to the directory or a descriptor, and with dots" {
  serve '{"rules": [{"names": ["mkdir", "mkdirat", "rename", "renameat", "renameat2"], "answer": "errno", "errno": "EROFS",
    "paths": ["/tmp/exactly", "/tmp/one/*", "/tmp/any/**"]}]}'
  notifies 'mkdir mkdirat rename renameat renameat2'
  script 'mkdir /tmp/one /tmp/any
    try() { "$@" 2>/dev/null && echo "$* made" || echo "$* refused"; }
    try mkdir /tmp/exactly; try mkdir /tmp/exactly2; try mkdir /tmp/./one//x; try mkdir /tmp/none/../one/y
    try mkdir /tmp/any; try mkdir /tmp/any/a; try mkdir /tmp/any/a/b
    cd /tmp/one; try mkdir z; try mkdir ../two; try mkdir ../any/c; try mv ../two ../exactly; try mv ../two ../three'
  launch
  succeeded
  same 'mkdir /tmp/exactly refused
mkdir /tmp/exactly2 made
mkdir /tmp/./one//x refused
mkdir /tmp/none/../one/y refused
mkdir /tmp/any refused
mkdir /tmp/any/a refused
mkdir /tmp/any/a/b refused
mkdir z refused
mkdir ../two made
mkdir ../any/c refused
mv ../two ../exactly refused
mv ../two ../three made'
  logged '.syscall == "mkdir" and .paths == ["/tmp/one/z"] and .answer == "errno" and .errno == 30'
  grep -q 'warning: .*policy.json:.*: /rules/0/paths: a hostile program can bypass this rule' "$SAID"
}

@test "a path that cannot be read is refused as the kernel would, where a rule depends on it" {
  [ "$(uname -m)" = x86_64 ] || skip 'the number is of x86_64'
  cp "$(tool probe)" "$ROOTFS/probe"
  serve '{"defaultAnswer": "errno", "defaultErrno": "EXDEV", "rules": [{"names": ["mkdir"], "answer": "errno", "errno": "EROFS", "paths": ["/x"]}]}'
  notifies mkdir
  program /probe 83:1
  launch
  succeeded
  same '83:1: errno 14'
  logged '.syscall == "mkdir" and .paths == [null] and .errno == 14'
}

@test "a rule gives files that the caller may not open: the descriptor is of the path that was decided about" {
  mkdir "$ROOTFS/secret" "$ROOTFS/secret/below"
  echo 'the secret' >"$ROOTFS/secret/one"
  echo 'another' >"$ROOTFS/secret/below/two"
  chmod -R go= "$ROOTFS/secret"
  reachable
  config '.process.user = {uid: 1000, gid: 1000} | .process.capabilities = {} | .root.readonly = false'
  serve '{"rules": [{"names": ["open", "openat", "openat2"], "answer": "open", "paths": ["/secret/*"]}]}'
  notifies "$opens"
  script 'cat /secret/one; cd /; cat secret/../secret/./one; cat /secret/below/two; echo x >/secret/one; echo x >/secret/new; exec 3</secret/one; readlink /proc/self/fd/3'
  launch
  same 'the secret
the secret
/secret/one'
  complains "can't open '/secret/below/two': Permission denied" "can't create /secret/one: Permission denied" \
    "can't create /secret/new: Permission denied"
  [ "$(cat "$ROOTFS/secret/one")" = 'the secret' ]
  logged '.answer == "open" and .paths == ["/secret/one"] and .errno == null'
  logged '.answer == "open" and .paths == ["/secret/new"] and .errno == 13'
}

@test "a rule that is writable gives files for writing, and creates none" {
  mkdir "$ROOTFS/secret"
  echo old >"$ROOTFS/secret/one"
  chmod -R go= "$ROOTFS/secret"
  reachable
  config '.process.user = {uid: 1000, gid: 1000} | .process.capabilities = {} | .root.readonly = false'
  serve '{"rules": [{"names": ["open", "openat", "openat2"], "answer": "open", "writable": true, "paths": ["/secret/*"]}]}'
  notifies "$opens"
  script 'echo more >>/secret/one; cat /secret/one; echo new >/secret/one; cat /secret/one; echo x >/secret/two'
  launch
  same 'old
more
new'
  complains "can't create /secret/two: nonexistent directory"
  [ "$(cat "$ROOTFS/secret/one")" = new ]
  [ ! -e "$ROOTFS/secret/two" ]
}

@test "only a regular file or a directory is handed over, and no link is followed, whatever is at the path" {
  mkdir "$ROOTFS/data" "$ROOTFS/hidden"
  echo hidden >"$ROOTFS/hidden/file"
  ln -s /hidden/file "$ROOTFS/data/link"
  ln -s /hidden "$ROOTFS/data/directory"
  mkfifo "$ROOTFS/data/fifo"
  mknod "$ROOTFS/data/null" c 1 3 2>/dev/null || rootless
  serve '{"rules": [{"names": ["open", "openat", "openat2"], "answer": "open", "paths": ["/data/**"]}]}'
  notifies "$opens"
  script 'for f in link directory/file fifo null none; do cat /data/$f; done'
  launch
  complains "'/data/link': Too many levels of symbolic links" "'/data/directory/file': Too many levels of symbolic links" \
    "'/data/fifo': Permission denied" "'/data/none': No such file or directory"
  rootless || complains "'/data/null': Permission denied"
  says_not hidden
}

# bats test_tags=attack:CL-22
@test "a caller that swaps the path in its memory gets the file that was decided about, or none" {
  mkdir "$ROOTFS/data"
  echo given >"$ROOTFS/data/given"
  echo other >"$ROOTFS/data/other"
  chmod -R go= "$ROOTFS/data"
  reachable
  cp "$(tool swapper -pthread)" "$ROOTFS/bin/swapper"
  config '.process.user = {uid: 1000, gid: 1000} | .process.capabilities = {}'
  serve '{"rules": [{"names": ["openat"], "answer": "open", "paths": ["/data/given"]}]}'
  notifies openat
  program swapper /data/given /data/other
  launch
  succeeded
  same given
}

# bats test_tags=attack:CL-22
@test "a caller in namespaces or a root directory of its own gets no file of them" {
  unshare -Ur true 2>/dev/null || skip 'no user namespaces here'
  mkdir "$ROOTFS/given" "$ROOTFS/hidden" "$ROOTFS/jail" "$ROOTFS/jail/bin" "$ROOTFS/jail/given"
  echo given >"$ROOTFS/given/one"
  echo hidden | tee "$ROOTFS/hidden/file" >"$ROOTFS/jail/given/one"
  cp "$ROOTFS/bin/busybox" "$ROOTFS/jail/bin/cat"
  chmod 600 "$ROOTFS/given/one" "$ROOTFS/hidden/file" "$ROOTFS/jail/given/one"
  reachable
  config '.process.user = {uid: 1000, gid: 1000} | .process.capabilities = {}'
  serve '{"rules": [{"names": ["open", "openat", "openat2"], "answer": "open", "paths": ["/given/*"]}]}'
  notifies "$opens"
  script 'cat /given/one
    unshare -Ur cat /given/one
    unshare -Urm sh -c "mount --bind /hidden/file /given/one; cat /given/one"
    unshare -Ur chroot /jail /bin/cat /given/one'
  launch
  same 'given
given'
  [ "$(grep -c 'Permission denied' <<<"$stderr")" = 2 ]
  says_not hidden
  logged '.answer == "open" and .paths == ["/given/one"] and .errno == 13'
}

# bats test_tags=attack:CL-22
@test "a program that exec starts in namespaces that the container's program has made gets no file of them" {
  unshare -Ur true 2>/dev/null || skip 'no user namespaces here'
  mkdir "$ROOTFS/given" "$ROOTFS/hidden"
  echo given >"$ROOTFS/given/one"
  echo hidden >"$ROOTFS/hidden/file"
  chmod 600 "$ROOTFS/given/one" "$ROOTFS/hidden/file"
  reachable
  config '.process.user = {uid: 1000, gid: 1000} | .process.capabilities = {}'
  serve '{"rules": [{"names": ["open", "openat", "openat2"], "answer": "open", "paths": ["/given/*"]}]}'
  notifies "$opens"
  container_up 'exec unshare -Urm sh -c "mount --bind /hidden/file /given/one && touch /tmp/mounted && sleep 1000"'
  wait_for test -e "$ROOTFS/tmp/mounted"
  run --separate-stderr husk exec "$ID" cat /given/one
  failed
  says_not hidden
  complains 'Permission denied'
}

@test "a rule can hand over a file of the host, but never a directory" {
  mkdir "$BATS_TEST_TMPDIR/host"
  echo 'from the host' >"$BATS_TEST_TMPDIR/host/file"
  serve "{\"rules\": [{\"names\": [\"open\", \"openat\", \"openat2\"], \"answer\": \"open\", \"paths\": [\"/etc/token\"], \"file\": \"$BATS_TEST_TMPDIR/host/file\"},
    {\"names\": [\"open\", \"openat\", \"openat2\"], \"answer\": \"open\", \"paths\": [\"/host\"], \"file\": \"$BATS_TEST_TMPDIR/host\"}]}"
  notifies "$opens"
  script 'cat /etc/token; cat /host; echo x >/etc/token; ls /proc/self/fd'
  launch
  says 'from the host'
  complains "can't open '/host': Is a directory" "can't create /etc/token: Permission denied"
  [ "$(cat "$BATS_TEST_TMPDIR/host/file")" = 'from the host' ]
}

@test "each line has the time and the call with its arguments; the last one is a summary" {
  serve '{"rules": [{"names": ["rmdir", "unlinkat"], "answer": "errno", "errno": "EBUSY"}]}'
  notifies 'mkdir mkdirat rmdir unlinkat'
  script 'mkdir /tmp/a "/tmp/b c"; rmdir /tmp/a'
  launch
  logged '(.syscall == "mkdir" or .syscall == "mkdirat") and (.call | test("^mkdir(at)?\\(.*\"/tmp/b c\", 0777\\)$")) and .paths == ["/tmp/b c"]'
  jq -se 'all(.[]; .time | test("^2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{9}Z$"))' "$LOG"
  kill "$AGENT"
  wait_for grep -q '"summary"' "$LOG"
  tail -n 1 "$LOG" | jq -e '.summary | .containers == 1 and .calls == 3 and .answers == {continue: 2, errno: 1}
    and (.syscalls | map(select(.syscall | startswith("mkdir"))) == [{syscall: .[0].syscall, continue: 2}])'
  wait_for test ! -e "$SOCKET"
}

@test "a report reads an agent's lines, and counts its calls only" {
  serve
  notifies 'mkdir mkdirat'
  script 'mkdir /tmp/a /tmp/b /tmp/c'
  launch
  succeeded
  kill -HUP "$AGENT"
  wait_for grep -q '"reloaded"' "$LOG"
  kill "$AGENT"
  wait_for grep -q '"summary"' "$LOG"
  echo '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["execve"], "action": "SCMP_ACT_ALLOW"}]}' >"$POLICY"
  husk seccomp report "$POLICY" --recording "$LOG" -o "$BATS_TEST_TMPDIR/page.html"
  run python3 "$BATS_TEST_DIRNAME/report_page.py" "$BATS_TEST_TMPDIR/page.html"
  [[ $output =~ $'System call | Times\n'mkdir(at)?' | 3'$'\n' ]] || { show; return 1; }
}

# bats test_tags=any-machine
@test "a socket that an agent has left behind is replaced; one that is listened at, and any other file, stays" {
  serve
  run --separate-stderr timeout 20 "$HUSK" seccomp agent --listen "$SOCKET"
  is 1
  complains "listen at $SOCKET: another process is listening there"
  [ -S "$SOCKET" ]
  kill -KILL "$AGENT"
  wait "$AGENT" || true
  [ -S "$SOCKET" ]
  serve
  kill "$AGENT"
  wait_for test ! -e "$SOCKET"
  echo mine >"$SOCKET"
  run --separate-stderr timeout 20 "$HUSK" seccomp agent --listen "$SOCKET"
  is 1
  complains 'the file exists and is not a socket'
  [ "$(cat "$SOCKET")" = mine ]
}

# bats test_tags=any-machine
@test "an agent removes only the socket that it has made" {
  serve
  rm "$SOCKET"
  local first=$AGENT
  serve
  kill "$first"
  wait "$first"
  [ -S "$SOCKET" ]
}

# bats test_tags=any-machine
@test "the agent serves as many clients as its hard limit of descriptors allows" {
  ulimit -Sn 256
  ulimit -Hn 512
  serve
  [ "$(awk '/^Max open files/ {print $4, $5}' "/proc/$AGENT/limits")" = "512 512" ]
}

# bats test_tags=any-machine
@test "a typo in a policy is refused with its place" {
  refused_policy '{"rules": [{"names": ["mkdri"], "answer": "kill"}]}' '/rules/0/names/0' '"mkdri" is not a system call (did you mean mkdir?)'
  refused_policy '{"rules": [{"names": ["mkdir"], "anwser": "kill"}]}' '/rules/0/anwser' 'unknown key "anwser" (did you mean "answer"?)'
  refused_policy '{"rule": []}' '/rule:' 'unknown key "rule" (did you mean "rules"?)'
  refused_policy '{"rules": [{"names": ["mkdir"], "answer": "kill", "args": [{"index": 0, "value": 1, "operator": "SCMP_CMP_EQ"}]}]}' '/rules/0/args/0/operator'
  refused_policy '{"rules": [{"names": ["mkdir"], "answer": "errno", "errno": "ENOSPACE"}]}' '/rules/0/errno' '"ENOSPACE" is not an errno (did you mean ENOSPC?)'
  refused_policy '{"rules": [{"names": ["mkdir"], "answer": "errno", "errno": "EIO", "errnoRet": 5}]}' '/rules/0/errno' 'not both'
  refused_policy '{"rules": [{"names": ["mkdir"], "answer": "kill", "errno": "EIO"}]}' '/rules/0/errno' 'needs the answer "errno"'
  refused_policy '{"rules": [{"names": ["mkdir"], "answer": "errno", "paths": ["tmp"]}]}' '/rules/0/paths/0' 'not an absolute path'
  refused_policy '{"rules": [{"names": ["mkdir"], "answer": "errno", "paths": ["/a*/b"]}]}' '/rules/0/paths/0' 'stars are allowed only as the last component'
  refused_policy '{"rules": [{"names": ["mkdir"], "answer": "errno", "paths": ["/a/../b"]}]}' '/rules/0/paths/0' 'never has this path'
  refused_policy '{"rules": [{"names": ["getpid"], "answer": "errno", "paths": ["/a"]}]}' '/rules/0/names/0' 'no path'
  refused_policy '{"rules": [{"names": ["mkdir"], "answer": "continue", "paths": ["/a"]}]}' '/rules/0/answer' '"continue" is not safe for paths'
  refused_policy '{"rules": [{"names": ["mkdir"], "answer": "open", "paths": ["/a"]}]}' '/rules/0/names/0' 'only open, openat, openat2 and creat'
  refused_policy '{"rules": [{"names": ["openat"], "answer": "open"}]}' '/rules/0' '"open" needs "paths"'
  refused_policy '{"rules": [{"names": ["openat"], "answer": "kill", "file": "/a"}]}' '/rules/0/file' 'needs the answer "open"'
  refused_policy '{"defaultAnswer": "open"}' '/defaultAnswer' 'an answer of rules only'
}

@test "SIGHUP reads the policy again; if it has a mistake, the old one stays in force, with a warning" {
  serve '{"rules": [{"names": ["mkdir", "mkdirat"], "answer": "errno", "errno": "ENOSPC"}]}'
  notifies 'mkdir mkdirat'
  script 'mkdir /tmp/x'
  launch
  complains 'No space left on device'
  echo '{"rules": [{"names": ["mkdir", "mkdirat"], "answer": "errno", "errno": "EROFS"}]}' >"$POLICY"
  kill -HUP "$AGENT"
  wait_for grep -q '"reloaded":true' "$LOG"
  launch
  complains 'Read-only file system'
  echo '{"rules": [{"names": ["mkdir", "mkdirat"], "answer": "erno"}]}' >"$POLICY"
  kill -HUP "$AGENT"
  wait_for grep -q '"reloaded":false' "$LOG"
  grep -q 'warning: the policy stays as it was: .*policy.json:1:.*: /rules/0/answer: .*did you mean errno?' "$SAID"
  logged '.reloaded == false and (.error | contains("/rules/0/answer"))'
  launch
  complains 'Read-only file system'
  rm "$POLICY"
  kill -HUP "$AGENT"
  wait_for grep -q 'no such file or directory' "$SAID"
  launch
  complains 'Read-only file system'
}
