# shellcheck shell=bash disable=SC2154,SC2034,SC2016
# (bats sets status, output and stderr; the tests read the rest; jq has a $ of its own)

# What the tests of resources share beside ../integration/bundle: limits are given in config.json, read back from the
# kernel's files in the container's cgroup, wherever this bed has it, and from systemd's properties.

# cgroup_bundle: a bundle whose cgroup is the test's own, if the bed lets husk make one.
cgroup_bundle() {
  bundle_make
  plain
  config '.linux.cgroupsPath = $path' --arg path "$(cgroup_path)"
  ! rootless || mapped
}

# cgroup_path: linux.cgroupsPath for this bed. By systemd the unit is husk-test-... of systemd's own slice.
cgroup_path() {
  if in_systemd; then
    echo "system.slice:husk:$ID"
  elif rootless; then
    echo "$(delegated)/$ID"
  else
    echo "/$PARENT/$ID"
  fi
}

# delegated: the cgroup that systemd has delegated to the user; the tests' processes are in a cgroup below it.
delegated() {
  sed -n 's|^0::\(.*\)/tests$|\1|p' /proc/self/cgroup
}

# mapped: a user namespace with the user's ids: their own as root, and their subordinate ones.
mapped() {
  reachable
  config '.linux.namespaces += [{type: "user"}]
    | .linux.uidMappings = [{containerID: 0, hostID: $uid, size: 1}, {containerID: 1, hostID: 100000, size: 65536}]
    | .linux.gidMappings = .linux.uidMappings' --argjson uid "$(id -u)"
}

# limits JSON: linux.resources.
limits() {
  config '.linux.resources = $limits' --argjson limits "$1"
}

# v1_has CONTROLLER: it is mounted as a v1 hierarchy. (In a view of v2 /proc/self/cgroup lists v1's too.)
v1_has() {
  local hierarchy
  hierarchy=$(v1_hierarchy "$1")
  [ -n "$hierarchy" ] && [ -d "/sys/fs/cgroup/$hierarchy" ] && [ ! -e /sys/fs/cgroup/cgroup.controllers ]
}

v1_hierarchy() {
  awk -F : -v controller="$1" '$2 ~ "(^|,)" controller "(,|$)" { print $2 }' /proc/self/cgroup
}

# v2_mount: where the cgroup2 tree is, if there is one.
v2_mount() {
  local mount
  for mount in /sys/fs/cgroup /sys/fs/cgroup/unified; do
    [ ! -e "$mount/cgroup.procs" ] || { echo "$mount" && return; }
  done
  return 1
}

# v2_has CONTROLLER: it is available there, to the user if an ordinary user runs the tests.
v2_has() {
  local mount
  mount=$(v2_mount) && grep -qw "$1" "$mount$(! rootless || delegated)/cgroup.controllers"
}

# needs CONTROLLER...: skips the test if one of them is missing.
needs() {
  local controller
  for controller; do
    v1_has "$controller" || v2_has "$controller" || skip "no $controller controller"
  done
}

# cgroup_of CONTROLLER [PROCESS]: the directory of the container's cgroup where its files are.
cgroup_of() {
  local controller=$1 process=${2:-$PID}
  if v1_has "$controller"; then
    awk -F : -v name="$(v1_hierarchy "$controller")" '$2 == name { print "/sys/fs/cgroup/" name $3 }' "/proc/$process/cgroup"
  else
    echo "$(v2_mount)$(sed -n 's/^0:://p' "/proc/$process/cgroup")"
  fi
}

# reads CONTROLLER V1-FILE V2-FILE VALUE [V2-VALUE]: the kernel's file has that value. "-": that version has no file.
reads() {
  local file=$3 value=${5:-$4} found
  ! v1_has "$1" || file=$2 value=$4
  [ "$file" != - ] || return 0
  found=$(cat "$(cgroup_of "$1")/$file") || return 1
  if [ "$found" != "$value" ]; then
    echo "$file: expected $value, found $found"
    return 1
  fi
}

# unit: the container's unit of systemd.
unit() {
  echo "husk-$ID.scope"
}

# unit_reads PROPERTY VALUE: systemd has that value, on the beds where it manages cgroups.
unit_reads() {
  local found
  in_systemd || return 0
  found=$(systemctl show --property "$1" --value "$(unit)")
  if [ "$found" != "$2" ]; then
    echo "$1 of $(unit): expected $2, found $found"
    return 1
  fi
}
