# linux.resources.devices
load ../integration/bundle
load cgroup
load ../integration/hooks

setup() {
  cgroup_bundle
  ! rootless || skip 'an ordinary user cannot rule devices'
  v1_has devices || v2_mount || skip 'no way to rule devices'
  config '.process.capabilities[] |= (. + ["CAP_MKNOD", "CAP_SYSLOG"] | unique) | .process.noNewPrivileges = false
    | .linux.maskedPaths = []'
}

DENY='{"allow": false, "access": "rwm"}'

# opens PATH TYPE MAJOR MINOR: opens the device in the container and prints the result.
opens() {
  echo "rm -f $1; mknod $1 $2 $3 $4 && (: <$1) 2>&1 | sed 's/.*: //'; "
}

# proves: /linux/resources/devices
@test "access to other devices fails with EPERM; default devices are always allowed" {
  limits "{\"devices\": [$DENY]}"
  inside "$(opens /tmp/kmsg c 1 11) $(opens /tmp/null c 1 3) $(opens /tmp/urandom c 1 9) echo >/dev/null && echo end"
  same "$(printf 'Operation not permitted\nend')"
}

# proves: /linux/resources/devices/*/access
# proves: device-rules-in-order
@test "a device is allowed for reading only" {
  limits "{\"devices\": [$DENY, {\"allow\": true, \"type\": \"c\", \"major\": 1, \"minor\": 11, \"access\": \"r\"}]}"
  inside "$(opens /tmp/kmsg c 1 11) echo x >/tmp/kmsg; echo end"
  same end
  complains 'Operation not permitted'
}

@test "a denial of a default device has no effect" {
  limits "{\"devices\": [$DENY, {\"allow\": false, \"type\": \"c\", \"major\": 1, \"minor\": 3, \"access\": \"rwm\"}]}"
  inside 'echo >/dev/null && echo end'
  same end
}

@test "all is allowed for a privileged container, and no program is loaded for it" {
  limits "{\"devices\": [$DENY, {\"allow\": true, \"access\": \"rwm\"}]}"
  inside "$(opens /tmp/kmsg c 1 11) echo end"
  same end
}

# proves: /linux/resources/devices
@test "without a denial only the default devices and those of the rules are allowed" {
  local rules
  for rules in '{}' '{"devices": []}' \
    '{"devices": [{"allow": true, "type": "c", "major": 1, "minor": 5, "access": "rwm"}]}'; do
    limits "$rules"
    inside "$(opens /tmp/kmsg c 1 11) $(opens /tmp/null c 1 3) echo >/dev/null && echo end"
    same "$(printf 'Operation not permitted\nend')"
  done
  config 'del(.linux.resources)'
  inside "$(opens /tmp/kmsg c 1 11) echo end"
  same "$(printf 'Operation not permitted\nend')"
  limits '{"devices": [{"allow": true, "type": "c", "major": 1, "minor": 11, "access": "rwm"}]}'
  inside "$(opens /tmp/kmsg c 1 11) echo end"
  same end
}

@test "the template denies devices but for the default ones" {
  local template=$BATS_TEST_TMPDIR/template
  mkdir "$template"
  husk spec --bundle "$template"
  [ "$(jq -c .linux.resources.devices "$template/config.json")" = "[$(jq -c . <<<"$DENY")]" ]
  config '.linux.resources = $template[0].linux.resources' --slurpfile template "$template/config.json"
  inside "$(opens /tmp/fuse c 10 229) $(opens /tmp/urandom c 1 9) echo >/dev/null && echo end"
  same "$(printf 'Operation not permitted\nend')"
}

@test "a single device is denied" {
  limits '{"devices": [{"allow": false, "type": "c", "major": 1, "minor": 11, "access": "rwm"}]}'
  inside "$(opens /tmp/kmsg c 1 11) $(opens /tmp/null c 1 3) echo end"
  same "$(printf 'Operation not permitted\nend')"
}

# proves: /linux/resources/devices/*/allow /linux/resources/devices/*/type /linux/resources/devices/*/major
# proves: /linux/resources/devices/*/minor
@test "a denial within an allowed range works on v2 and is refused on v1" {
  limits "{\"devices\": [$DENY, {\"allow\": true, \"type\": \"c\", \"major\": 1, \"access\": \"rwm\"},
    {\"allow\": false, \"type\": \"c\", \"major\": 1, \"minor\": 11, \"access\": \"rw\"}]}"
  if v1_has devices; then
    refused /linux/resources/devices 'cgroup v1 cannot deny c 1:11'
  else
    inside "$(opens /tmp/kmsg c 1 11) $(opens /tmp/kmem c 1 2) echo end"
    says 'Operation not permitted' end
  fi
}

@test "update replaces the rules, and a running program keeps its devices while it does" {
  limits "{\"devices\": [$DENY]}"
  container_up 'mknod /tmp/kmsg c 1 11; while echo >/dev/null; do :; done; echo lost >/tmp/lost; sleep 1000'
  wait_for test -e "$ROOTFS/tmp/kmsg"
  execute_open() { run --separate-stderr husk exec "$ID" sh -c ': </tmp/kmsg'; }
  execute_open
  failed
  for i in 1 2 3 4 5 6 7 8 9 10; do
    husk update -r - "$ID" <<<"{\"devices\": [$DENY, {\"allow\": true, \"type\": \"c\", \"major\": 1, \"minor\": 11, \"access\": \"rw\"}]}"
    execute_open
    succeeded
    husk update -r - "$ID" <<<"{\"devices\": [$DENY]}"
    execute_open
    failed
  done
  [ ! -e "$ROOTFS/tmp/lost" ]
  husk update -r - "$ID" <<<'{"devices": [{"allow": true, "access": "rwm"}]}'
  execute_open
  succeeded
}

@test "no device program is left on a cgroup or in the kernel" {
  v2_mount && ! v1_has devices || skip 'no device programs here'
  programs() { find /proc/[0-9]*/fdinfo -type f -exec grep -ls '^prog_type:.*15$' {} + 2>/dev/null | wc -l; }
  local before
  before=$(programs)
  limits "{\"devices\": [$DENY]}"
  for i in 1 2 3; do
    inside 'echo end'
  done
  [ "$(programs)" -le "$before" ]
}

# husk loads the rules of v2 while the container is being set up
@test "createContainer hooks are ruled too, every time" {
  limits "{\"devices\": [$DENY]}"
  hook createContainer "cd $BATS_TEST_TMPDIR; rm -f kmsg; mknod kmsg c 1 11 ; (: <kmsg) 2>>log || true"
  program true
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    launch
    succeeded
  done
  [ "$(grep -c 'Operation not permitted' "$BATS_TEST_TMPDIR/log")" = 10 ]
}
