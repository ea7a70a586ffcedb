load bundle

# hook KIND NAME TEXT: adds a hook that is a shell script on the host (and in the rootfs at the same path).
hook() {
  local path=$BATS_TEST_TMPDIR/$2
  printf '#!/bin/sh\n%s\n' "$3" >"$path"
  chmod 755 "$path"
  config '.hooks[$k] += [{path: $p, args: ["name", "arg"], env: ["PATH=/usr/bin:/bin", "E=v"]}]' --arg k "$1" --arg p "$path"
}
log=
setup_log() { log=$BATS_TEST_TMPDIR/log; : >"$log"; }

@test "all six kinds in their order, with the state on stdin" {
  setup_log
  local kind
  for kind in prestart createRuntime createContainer poststart poststop; do
    hook $kind "$kind" "echo $kind \$E \$1 \$(jq -r '.id + \" \" + .status + \" \" + (.pid | tostring)') >>$log"
  done
  printf '#!/bin/sh\necho startContainer $(cat) >>/tmp/log\n' >"$BUNDLE/rootfs/bin/starthook"
  chmod 755 "$BUNDLE/rootfs/bin/starthook"
  config '.hooks.startContainer = [{path: "/bin/starthook"}] | .process.env = ["PATH=/bin"]'
  program true
  husk create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&-
  local pid
  pid=$(husk state "$ID" | jq .pid)
  [ "$(cat "$log")" = "prestart v arg $ID creating $pid
createRuntime v arg $ID creating $pid
createContainer v arg $ID creating 1" ]
  husk start "$ID"
  [ "$(tail -n1 "$log")" = "poststart v arg $ID running $pid" ]
  grep -q '"pid":1' "$BUNDLE/rootfs/tmp/log"
  grep -q '"status":"created"' "$BUNDLE/rootfs/tmp/log"
  for _ in $(seq 100); do [ "$(husk state "$ID" | jq -r .status)" = stopped ] && break; sleep 0.02; done
  husk delete "$ID"
  [[ $(tail -n1 "$log") == "poststop v arg $ID stopped"* ]]
}

@test "run has the hooks too, poststop at its end" {
  setup_log
  hook createRuntime one "echo one >>$log"
  hook poststart two "echo two >>$log"
  hook poststop three "echo three >>$log"
  program true
  go
  is 0
  [ "$(cat "$log")" = $'one\ntwo\nthree' ]
}

@test "BI-37: a failing hook is named with its status and its last words, and all is undone" {
  local kind
  for kind in prestart createRuntime createContainer; do
    config 'del(.hooks)'
    hook $kind "$kind" 'echo some words; echo the reason >&2; exit 3'
    refused "$kind hook 0 ($BATS_TEST_TMPDIR/$kind) exited with status 3: the reason"
  done
  config 'del(.hooks)'
  hook createRuntime killed 'kill -KILL $$'
  refused 'was killed by signal 9'
  config '.hooks = {createRuntime: [{path: "/nosuch"}]}'
  refused 'createRuntime hook 0 (/nosuch): no such file or directory'
  config '.hooks = {createRuntime: [{path: "relative"}]}'
  refused '"relative" is not an absolute path'
  config '.hooks = {createRuntime: [{path: "/etc/passwd"}]}'
  refused 'permission denied'
}

@test "a failing startContainer hook fails start, a failing poststart hook stops the container" {
  printf '#!/bin/sh\necho no >&2; exit 4\n' >"$BUNDLE/rootfs/bin/starthook"
  chmod 755 "$BUNDLE/rootfs/bin/starthook"
  config '.hooks.startContainer = [{path: "/bin/starthook"}]'
  program sleep 100
  husk create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&-
  run husk start "$ID"
  is 1
  says 'startContainer hook 0 (/bin/starthook) exited with status 4: no'
  husk delete --force "$ID"
  config 'del(.hooks)'
  hook poststart bad 'exit 5'
  husk create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&-
  run husk start "$ID"
  is 1
  says 'poststart hook 0'
  for _ in $(seq 100); do [ "$(husk state "$ID" | jq -r .status)" = stopped ] && break; sleep 0.02; done
  [ "$(husk state "$ID" | jq -r .status)" = stopped ]
}

@test "BI-38: a hook over its timeout is killed with its children" {
  hook createRuntime slow 'sleep 77 & sleep 77'
  config '.hooks.createRuntime[0].timeout = 1'
  SECONDS=0
  refused 'ran longer than its timeout'
  [ $SECONDS -le 3 ]
  [ -z "$(pgrep -f '^sleep 77$')" ]
}

@test "BI-39: a hook that never reads its stdin" {
  hook createRuntime deaf 'exit 0'
  config '.annotations = {big: ("x" * 2000000)}'
  program true
  run timeout 10 "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  is 0
}
