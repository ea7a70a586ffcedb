#!/usr/bin/env bats
# The seccomp notifier as CRI-O drives it, end to end: a container's profile in which every refusing rule notifies
# instead, an agent as strict as CRI-O's (notifier.py), the container and what is exec'd in it by conmon.
load crio

setup() {
  crio_make
  for_peers
  config '.linux.seccomp |= (.listenerPath = $socket
    | (.syscalls[] | select(.action | test("ERRNO|KILL"))) |= (.action = "SCMP_ACT_NOTIFY" | del(.errnoRet)))' \
    --arg socket "$POD/$ID"
  AGENT_LOG=$BOX/agent.log
}

teardown() {
  crio_end
}

agent() {
  "$SOURCE/tests/clients/notifier.py" "$POD/$ID" >"$AGENT_LOG" 2>&1 3>&- &
  AGENT=$!
  BACKGROUND="$BACKGROUND $AGENT"
  wait_for test -S "$POD/$ID"
}

# accepted: what the agent has received so far was right.
accepted() {
  if ! kill -0 "$AGENT" || grep -e refused "$AGENT_LOG"; then
    cat "$AGENT_LOG"
    return 1
  fi
}

# messages PATTERN...: it has received exactly one message for each pattern.
messages() {
  accepted
  local line
  [ "$(grep -c '^message ' "$AGENT_LOG")" -eq $# ] || { cat "$AGENT_LOG"; return 1; }
  while read -r line; do
    [[ "$line" =~ $1 ]] || { echo "$line"; return 1; }
    shift
  done < <(grep '^message ' "$AGENT_LOG")
}

notified() {
  local name
  for name; do
    grep -qx "call $name" "$AGENT_LOG" || { echo "not notified: $name"; cat "$AGENT_LOG"; return 1; }
  done
}

DENIED='chroot / true; echo "chroot $?"; hostname other; date -s 2020-01-01; unshare -m true; mount -t tmpfs none /tmp; umount /tmp
  swapon /dev/null; insmod /etc/passwd; echo end'

@test "the profile: every rule that refused notifies" {
  [ "$(jq '[.linux.seccomp.syscalls[] | select(.action == "SCMP_ACT_NOTIFY")] | length' "$BUNDLE/config.json")" -gt 10 ]
  never jq -e '.linux.seccomp.syscalls[] | select(.action | test("ERRNO|KILL"))' "$BUNDLE/config.json"
}

@test "a container runs to its end; refused calls fail with ENOSYS and are reported by name" {
  agent
  up "$DENIED"
  exited 0
  logged end
  messages "^message [0-9]+ $ID creat(ing|ed) $PID 3\$"
  notified chroot sethostname clock_settime finit_module
  [ "$(grep -c 'unction not implemented' "$LOG")" -ge 3 ]
  echo "# notified: $(sed -n 's/^call //p' "$AGENT_LOG" | sort | uniq -c | awk '{ printf "%s%s %s", comma, $2, $1; comma = ", " }')" >&3
}

@test "each exec makes one more connection, through conmon and in the foreground" {
  agent
  up 'while :; do sleep 0.05; done'
  process . sh -c 'chroot / true; echo end'
  conmon_exec one
  jq -e '.exit_code == 0' <<<"$ANSWER"
  logged end "$BOX/one.log"
  run runtime exec --process "$BOX/process.json" "$ID"
  succeeded
  says end 'unction not implemented'
  messages "^message [0-9]+ $ID creat" "^message [0-9]+ $ID running [0-9]+ 3\$" "^message [0-9]+ $ID running [0-9]+ 3\$"
  [ "$(grep -cx 'call chroot' "$AGENT_LOG")" = 2 ]
  # the message of an exec names its process, not the container's
  never grep -q "running $PID " "$AGENT_LOG"
}

@test "annotations of 20 kB: the message still fits" {
  config '.annotations.large = ("x" * 20000)'
  agent
  up "$DENIED"
  exited 0
  messages "^message [0-9]{2,4} $ID creat(ing|ed) $PID 0\$"
  notified chroot
}

@test "annotations of some kB are sent" {
  config '.annotations.large = ("x" * 9000)'
  agent
  up "$DENIED"
  exited 0
  messages "^message 9[0-9]{3} $ID creat(ing|ed) $PID 4\$"
}

@test "after the agent's death notified calls fail with ENOSYS and the container continues" {
  agent
  up 'while [ ! -e /tmp/go ]; do sleep 0.02; done; chroot / true; echo "chroot $?"; hostname other; echo end'
  messages "^message [0-9]+ $ID creat"
  kill -KILL "$AGENT"
  wait "$AGENT" || true
  : >"$ROOTFS/tmp/go"
  exited 0
  logged end
  [ "$(grep -c 'unction not implemented' "$LOG")" -eq 2 ]
}

@test "without an agent the container is refused with the socket's name, and nothing is left" {
  script 'echo end'
  conmon_create || true
  if [ "$(jq .pid <<<"$ANSWER")" -gt 0 ]; then
    run runtime start "$ID"
    failed
  else
    output=$(jq -r .message <<<"$ANSWER")
  fi
  says "$POD/$ID"
  runtime delete --force "$ID"
  nothing_left
  never grep -q end "$LOG"
}

@test "the notifier works without capabilities and with no new privileges" {
  config '.process.noNewPrivileges = true | .process.user = {uid: 1000, gid: 1000} | .process.capabilities = {}'
  agent
  up 'chroot / true; hostname other; echo end'
  exited 0
  logged end
  messages "^message [0-9]+ $ID creat"
  notified chroot sethostname
}
