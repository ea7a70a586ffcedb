# Who is confined: privileged containers, by proof and declaration; a profile chosen on the command line as a pod would.
# bats file_tags=any-machine

load bundle

# The program prints what confines it. Under the profile mkdir fails with a special errno.
setup() {
  bundle_make
  bundle_profile
}

bundle_profile() {
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [
    {names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 122}]} | .root.readonly = false'
  script "$PROBE"
}

PROBE='grep -E "^(Seccomp|NoNewPrivs|CapEff):" /proc/self/status | tr "\n" " "; mkdir /d 2>&1; rmdir /d 2>/dev/null; true'
CONFINED='quota exceeded'

confined() {
  succeeded
  says 'Seccomp:	2' "$CONFINED"
}

unconfined() {
  says 'Seccomp:	0'
  says_not "$CONFINED"
}

# proved [FILTER]: the config proves that the container is privileged, except for FILTER.
proved() {
  config '.process.capabilities = $privileged[0].process.capabilities | .process.noNewPrivileges = false
    | del(.linux.maskedPaths, .linux.readonlyPaths) | .linux.resources.devices = [{allow: true, access: "rwm"}]' \
    --slurpfile privileged "$SOURCE/tests/configs/crio-privileged.json"
  config "${1:-.}"
}

declared() {
  config '.annotations["run.oci.privileged"] = "true"'
}

husk_with() { # husk_with OPTION...: global options for one run
  run --separate-stderr timeout --foreground 60 "$HUSK" --root "$ROOT" "$@" run --bundle "$BUNDLE" "$ID" </dev/null
}

reason() {
  husk state "$ID" | jq -r '.seccomp | "\(.profile) \(.applied) \(.reason)"'
}

# bats test_tags=attack:PV-04
@test "the profile applies to a container that is proved privileged but not declared; --privileged-seccomp=proved skips it, apply never does" {
  proved
  launch
  confined
  complains_not contradicts
  husk_with --privileged-seccomp=proved
  unconfined
  declared
  husk_with --privileged-seccomp=apply
  confined
  husk_with --privileged-seccomp=declared
  unconfined
  husk_with --privileged-seccomp=never
  is 1 ''
  complains '"never" must be declared, apply or proved'
}

# bats test_tags=attack:PV-03
@test "a declaration that the config contradicts has no effect and is warned of" {
  local change
  while read -r change; do
    example
    bundle_profile
    proved "$change"
    declared
    launch
    confined
    warns 'config.json:' 'privileged claim contradicts config'
  done <<'END'
.process.noNewPrivileges = true
.linux.maskedPaths = ["/proc/kcore"]
.linux.readonlyPaths = ["/proc/sys"]
.process.capabilities |= map_values(. - ["CAP_SYS_ADMIN"])
.process.capabilities.effective -= ["CAP_CHOWN"]
.linux.resources.devices += [{allow: false, type: "b", access: "w"}]
.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}] | .linux.gidMappings = .linux.uidMappings
END
}

# bats test_tags=attack:PV-01,attack:PV-07,attack:PV-08
@test "only the one annotation declares a container privileged, not other annotations, labels, the environment or files" {
  local change
  proved
  echo privileged=true >"$ROOTFS/run.oci.privileged"
  while read -r change; do
    config "$change"
    launch
    confined
  done <<'END'
.annotations["io.podman.annotations.privileged"] = "TRUE"
.annotations["io.kubernetes.cri-o.PrivilegedRuntime"] = "true"
.annotations["org.opencontainers.image.privileged"] = "true"
.annotations["run.oci.privileged"] = "TRUE"
.annotations["run.oci.privileged."] = "true"
.process.env += ["run.oci.privileged=true", "privileged=true"]
.linux.seccomp["run.oci.privileged"] = "true" | .linux["run.oci.privileged"] = "true"
END
  # of duplicate keys it is unclear which one counts
  sed -i '0,/"annotations": {/s//"annotations": { "run.oci.privileged": "true",/' "$BUNDLE/config.json"
  refused 'run.oci.privileged'
}

@test "proved and declared by the annotation: unconfined; without a profile there is nothing to skip" {
  proved
  declared
  create
  [ "$(reason)" = 'config.json false the container is privileged: annotation run.oci.privileged' ]
  husk delete --force "$ID"
  config 'del(.linux.seccomp)'
  create
  [ "$(reason)" = 'config.json false it has no profile' ]
  husk delete --force "$ID"
  config 'del(.annotations)'
  bundle_profile
  create
  [ "$(reason)" = 'config.json true the container is not declared privileged' ]
}

# bats test_tags=attack:PV-06
@test "exec follows the decision of create, regardless of its process document" {
  proved
  declared
  container_up
  run husk exec "$ID" sh -c "$PROBE"
  unconfined
  husk delete --force "$ID"
  config 'del(.annotations)'
  container_up
  jq -n '{args: ["sh", "-c", $script], cwd: "/", env: ["PATH=/bin"], annotations: {"run.oci.privileged": "true"},
    privileged: true, capabilities: $privileged[0].process.capabilities}' --arg script "$PROBE" \
    --slurpfile privileged "$SOURCE/tests/configs/crio-privileged.json" >"$BATS_TEST_TMPDIR/process.json"
  run husk exec --process "$BATS_TEST_TMPDIR/process.json" "$ID"
  confined
  # an option of exec does not change what create has decided either
  run husk --privileged-seccomp=proved exec "$ID" sh -c "$PROBE"
  confined
}

@test "--privileged grants everything that proves a container privileged, and skips the filter: run, start and exec" {
  local all
  all=$(sed -n 's/^CapPrm:	//p' /proc/self/status)
  config '.linux.maskedPaths = ["/proc/kcore"] | .process.noNewPrivileges = true'
  launch
  confined
  says 'NoNewPrivs:	1'
  launch --privileged
  unconfined
  says 'NoNewPrivs:	0' "CapEff:	$all"
  script 'echo made >/proc/sys/kernel/hostname && hostname; grep -c "^sysfs /sys sysfs rw" /proc/mounts; sleep 1000'
  husk run --detach --bundle "$BUNDLE" --privileged "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 3>&-
  wait_for grep -qx 1 "$BATS_TEST_TMPDIR/out"
  grep -qx made "$BATS_TEST_TMPDIR/out"
  [ "$(reason)" = 'config.json false the container is privileged: --privileged' ]
  run husk exec "$ID" sh -c "$PROBE"
  unconfined
  says 'NoNewPrivs:	0' "CapEff:	$all"
}

@test "--privileged in a user namespace: capabilities are granted there, the filter stays" {
  config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}]
    | .linux.gidMappings = .linux.uidMappings'
  launch --privileged
  confined
  warns 'contradicts config: it has a user namespace'
}

@test "husk seccomp explain reports whether the profile is applied" {
  proved
  run "$HUSK" seccomp explain "$BUNDLE/config.json" mkdir
  says 'ERRNO 122'
  says_not 'not applied'
  declared
  run "$HUSK" seccomp explain "$BUNDLE/config.json" mkdir
  says 'ERRNO 122' 'but the profile is not applied: the container is privileged: annotation run.oci.privileged'
  [ "$("$HUSK" seccomp explain --json "$BUNDLE/config.json" mkdir | jq .applied)" = false ]
}

@test "tools of husk seccomp conclude nothing from a profile that is not applied" {
  local strict=$BATS_TEST_TMPDIR/strict.json priv=$BUNDLE/config.json
  local why='the profile is not applied: the container is privileged: annotation run.oci.privileged'
  proved
  jq .linux.seccomp "$priv" >"$strict"
  "$HUSK" seccomp diff --not-looser-than "$strict" "$priv"
  run --separate-stderr "$HUSK" seccomp diff "$strict" "$priv"
  is 0 ''
  [ -z "$stderr" ]
  declared
  for command in 'diff --not-looser-than' 'diff --json --not-looser-than' 'merge --union' 'merge --intersect'; do
    # shellcheck disable=SC2086
    run --separate-stderr "$HUSK" seccomp $command "$strict" "$priv"
    is 1 ''
    [ "$stderr" = "husk: error: $priv: $why" ]
    # shellcheck disable=SC2086
    run --separate-stderr "$HUSK" seccomp $command "$priv" "$strict"
    is 1 ''
  done
  run --separate-stderr "$HUSK" seccomp diff "$strict" "$priv"
  is 2 $'applied:\n- yes\n+ no: '"${why#*: }"
  [ "$stderr" = "husk: warning: $priv: $why" ]
  run --separate-stderr "$HUSK" seccomp diff "$priv" "$priv"
  is 0 ''
  [ "$(grep -c "^husk: warning: $priv: $why$" <<<"$stderr")" = 2 ]
  run --separate-stderr "$HUSK" seccomp dump "$priv"
  is 0
  [ "$stderr" = "husk: warning: $priv: $why" ]
  run "$HUSK" seccomp check "$priv"
  says "note: $priv:" "/linux/seccomp: $why"
  run "$HUSK" seccomp explain --all "$priv"
  says "but $why"
  [ "$("$HUSK" seccomp explain --all --json "$priv" | jq .applied)" = false ]
  "$HUSK" seccomp report "$priv" | grep -qF "But the profile is not applied</b>: ${why#*: }."
}

@test "tools of husk seccomp decide as run does, by the same --privileged-seccomp" {
  local policy ran annotation number=0
  proved
  for annotation in '' declared; do
    ${annotation:-true}
    for policy in declared apply proved; do
      husk_with "--privileged-seccomp=$policy"
      succeeded
      ran=true
      [[ $output = *$'Seccomp:\t2'* ]] || ran=false
      [ "$("$HUSK" "--privileged-seccomp=$policy" seccomp explain --json "$BUNDLE/config.json" mkdir | jq .applied)" = $ran ]
      [ $ran = true ] || number=$((number + 1))
    done
  done
  [ "$number" = 3 ]
  config 'del(.annotations)'
  run --separate-stderr "$HUSK" --privileged-seccomp=proved seccomp merge --union "$BUNDLE/config.json" "$BUNDLE/config.json"
  is 1 ''
  complains 'the profile is not applied: the container is privileged: --privileged-seccomp=proved'
  run --separate-stderr "$HUSK" --privileged-seccomp=proved seccomp resolve "$BUNDLE/config.json"
  is 0
  [[ $stderr = *'the profile is not applied: the container is privileged: --privileged-seccomp=proved' ]]
  run "$HUSK" --privileged-seccomp=proved seccomp check "$BUNDLE/config.json"
  says 'note: ' 'the profile is not applied: the container is privileged: --privileged-seccomp=proved'
}

@test "the decision is one line of the log" {
  husk_with --log "$BATS_TEST_TMPDIR/log" --log-level info
  [ "$(grep -c 'seccomp: the profile of config.json is applied: the container is not declared' "$BATS_TEST_TMPDIR/log")" -eq 1 ]
}

# ---- --seccomp-profile ----------------------------------------------------------------------------------------------

profiles() {
  mkdir -p "$BATS_TEST_TMPDIR/profiles/team"
  cat >"$BATS_TEST_TMPDIR/profiles/team/a.json" <<'END'
{
  "defaultAction": "SCMP_ACT_ALLOW",
  "syscalls": [ { "names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28 } ]
}
END
}

@test "--seccomp-profile Localhost: the profile of the node, in place of the config's, also for start and exec" {
  profiles
  launch --seccomp-profile Localhost:team/a.json --seccomp-profile-root "$BATS_TEST_TMPDIR/profiles"
  says 'No space left'
  container_up_with --seccomp-profile Localhost:team/a.json --seccomp-profile-root "$BATS_TEST_TMPDIR/profiles"
  [ "$(reason)" = 'Localhost:team/a.json true the container is not declared privileged' ]
  rm -r "$BATS_TEST_TMPDIR/profiles" # the container has its own copy
  run husk exec "$ID" sh -c "$PROBE"
  says 'Seccomp:	2' 'No space left'
}

container_up_with() {
  script 'sleep 1000'
  create "$@"
  husk start "$ID"
}

@test "--seccomp-profile Unconfined: no filter, though the config has one" {
  launch --seccomp-profile Unconfined
  unconfined
  container_up_with --seccomp-profile Unconfined
  run husk exec "$ID" sh -c "$PROBE"
  unconfined
}

@test "--seccomp-profile RuntimeDefault: husk's own, by the container's capabilities" {
  script 'grep Seccomp: /proc/self/status; mkdir /d && echo made; mount -t tmpfs none /d 2>&1; unshare -U true 2>&1'
  launch --seccomp-profile RuntimeDefault
  says 'Seccomp:	2' made 'mount: permission denied' 'unshare'
  container_up_with --seccomp-profile RuntimeDefault
  [ "$(reason)" = 'RuntimeDefault true the container is not declared privileged' ]
  run husk exec "$ID" grep Seccomp: /proc/self/status
  says 'Seccomp:	2'
  husk delete --force "$ID"
  config '.process.capabilities.bounding += ["CAP_SYS_ADMIN"] | .process.capabilities.effective += ["CAP_SYS_ADMIN"]
    | .process.capabilities.permitted += ["CAP_SYS_ADMIN"]'
  script 'mount -t tmpfs none /tmp && echo mounted'
  launch --seccomp-profile RuntimeDefault
  is 0 mounted
}

@test "--seccomp-profile: an invalid profile is a one-line error, and nothing is made" {
  profiles
  launch --seccomp-profile Localhost:team/b.json --seccomp-profile-root "$BATS_TEST_TMPDIR/profiles"
  is 1 ''
  complains "$BATS_TEST_TMPDIR/profiles/team/b.json: no such file or directory"
  launch --seccomp-profile Localhost:a.json
  is 1 ''
  complains /var/lib/kubelet/seccomp/a.json
  for path in ../a.json team/../../a.json /etc/passwd ''; do
    launch --seccomp-profile "Localhost:$path" --seccomp-profile-root "$BATS_TEST_TMPDIR/profiles"
    is 1 ''
    complains 'is not a path below'
  done
  launch --seccomp-profile Localhost
  is 1 ''
  complains '"Localhost" is not a profile' 'RuntimeDefault'
  sed -i s/SCMP_ACT_ERRNO/SCMP_ACT_ERNO/ "$BATS_TEST_TMPDIR/profiles/team/a.json"
  launch --seccomp-profile Localhost:team/a.json --seccomp-profile-root "$BATS_TEST_TMPDIR/profiles"
  is 1 ''
  complains 'team/a.json:3:' '/syscalls/0/action'
  nothing_left
}

@test "--seccomp-profile with --privileged: privileged containers are unconfined, as in Kubernetes" {
  profiles
  launch --privileged --seccomp-profile Localhost:team/a.json --seccomp-profile-root "$BATS_TEST_TMPDIR/profiles"
  unconfined
  run --separate-stderr husk --privileged-seccomp=apply run --bundle "$BUNDLE" --privileged \
    --seccomp-profile Localhost:team/a.json --seccomp-profile-root "$BATS_TEST_TMPDIR/profiles" "$ID"
  says 'Seccomp:	2' 'No space left'
}

@test "an annotation value other than true or false is warned of and declares nothing" {
  local value
  for value in yes TRUE 1 ' true' ''; do
    config '.annotations = {"run.oci.privileged": $value}' --arg value "$value"
    run --separate-stderr "$HUSK" check --bundle "$BUNDLE"
    [ "$status" = 0 ]
    says "/annotations/run.oci.privileged: run.oci.privileged is \"$value\": read as \"false\""
  done
  for value in true false; do
    config '.annotations = {"run.oci.privileged": $value}' --arg value "$value"
    run --separate-stderr "$HUSK" check --bundle "$BUNDLE"
    [[ "$output" != *'read as'* ]]
  done
}
