#!/usr/bin/env bats
# path, args, env and timeout of the hooks of each kind.
load bundle

KINDS="prestart createRuntime createContainer startContainer poststart poststop"

setup() {
  bundle_make
  plain
  SEEN=$BATS_TEST_TMPDIR/seen # where hooks write, inside the container too
  mkdir -p "$SEEN" "$ROOTFS$SEEN"
  config '.mounts += [{destination: $seen, type: "none", source: $seen, options: ["bind"]}]' --arg seen "$SEEN"
  program true
}

# hook KIND JSON: a hook of this kind.
hook() {
  config '.hooks[$kind] = [$hook]' --arg kind "$1" --argjson hook "$2"
}

# life: creates, starts and deletes the container.
life() {
  create && husk start "$ID" && wait_for is_status stopped && husk delete "$ID"
}

# proves: /hooks /hooks/prestart /hooks/createRuntime /hooks/createContainer /hooks/startContainer /hooks/poststart
# proves: /hooks/poststop
# proves: /hooks/prestart/*/path /hooks/createRuntime/*/path /hooks/createContainer/*/path
# proves: /hooks/startContainer/*/path /hooks/poststart/*/path /hooks/poststop/*/path
# proves: /hooks/prestart/*/args /hooks/createRuntime/*/args /hooks/createContainer/*/args
# proves: /hooks/startContainer/*/args /hooks/poststart/*/args /hooks/poststop/*/args
# proves: /hooks/prestart/*/env /hooks/createRuntime/*/env /hooks/createContainer/*/env
# proves: /hooks/startContainer/*/env /hooks/poststart/*/env /hooks/poststop/*/env
@test "hooks of each kind run with their arguments and environment" {
  local kind
  for kind in $KINDS; do
    hook "$kind" "{\"path\": \"/bin/sh\", \"args\": [\"sh\", \"-c\", \"echo \$0 \$1 \$MARK >$SEEN/$kind\", \"zero\", \"one\"],
      \"env\": [\"MARK=$kind\"]}"
  done
  life
  for kind in $KINDS; do
    [ "$(cat "$SEEN/$kind")" = "zero one $kind" ]
  done
}

# late KIND: a hook of this kind exceeds its timeout.
late() {
  hook "$1" '{"path": "/bin/sh", "args": ["sh", "-c", "sleep 20"], "timeout": 1}'
}

# proves: /hooks/prestart/*/timeout
@test "a prestart hook is killed at its timeout" {
  late prestart
  refused /hooks/prestart/0 timeout
}

# proves: /hooks/createRuntime/*/timeout
@test "a createRuntime hook is killed at its timeout" {
  late createRuntime
  refused /hooks/createRuntime/0 timeout
}

# proves: /hooks/createContainer/*/timeout
@test "a createContainer hook is killed at its timeout" {
  late createContainer
  refused /hooks/createContainer/0 timeout
}

# proves: /hooks/startContainer/*/timeout
@test "a startContainer hook is killed at its timeout" {
  late startContainer
  create
  run --separate-stderr husk start "$ID"
  failed
  complains /hooks/startContainer/0 timeout
}

# proves: /hooks/poststart/*/timeout
@test "a poststart hook is killed at its timeout" {
  late poststart
  program sleep 1000
  create
  run --separate-stderr husk start "$ID"
  failed
  complains /hooks/poststart/0 timeout
}

# proves: /hooks/poststop/*/timeout
@test "a poststop hook is killed at its timeout" {
  late poststop
  create
  husk start "$ID"
  wait_for is_status stopped
  run --separate-stderr husk delete "$ID"
  succeeded
  complains 'warning: ' /hooks/poststop/0 timeout
}
