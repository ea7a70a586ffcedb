# Many containers, one after another, leave no cgroups, visible or dying. CYCLES=1000 for a long run.
load ../integration/bundle
load cgroup

setup() {
  cgroup_bundle
  program true
  local resources='{"devices": [{"allow": false, "access": "rwm"}]}'
  ! v1_has memory && ! v2_has memory || resources=$(jq '.memory.limit = 67108864' <<<"$resources")
  ! v1_has pids && ! v2_has pids || resources=$(jq '.pids.limit = 50' <<<"$resources")
  limits "$resources"
}

# dying: cgroups that are removed, but still referred to (by a page, a program, a descriptor).
dying() {
  local tree
  if tree=$(v2_mount); then
    sed -n 's/nr_dying_descendants //p' "$tree$(! rootless || delegated)/cgroup.stat"
  else
    echo 0
  fi
}

# cgroups: the number that v1's memory controller knows, including dying ones.
cgroups() {
  if v1_has memory; then awk '$1 == "memory" { print $3 }' /proc/cgroups; else echo 0; fi
}

programs() {
  if rootless; then echo 0; else "$PROGRAMS"; fi
}

counts() {
  echo "$(dying) $(cgroups) $(programs)"
}

# no_more_than COUNTS: the present counts are not higher.
no_more_than() {
  local now had
  read -ra now <<<"$(counts)"
  read -ra had <<<"$1"
  [ "${now[0]}" -le "${had[0]}" ] && [ "${now[1]}" -le "${had[1]}" ] && [ "${now[2]}" -le "${had[2]}" ]
}

# settled: the counts no longer change.
settled() {
  local now
  now=$(counts)
  sleep 0.2
  [ "$(counts)" = "$now" ]
}

@test "run after run leaves no cgroup, unit, dying descendant or device program" {
  local i before
  PROGRAMS=$BATS_TEST_TMPDIR/programs
  cc -std=gnu17 -D_GNU_SOURCE -static -o "$PROGRAMS" "$BATS_TEST_DIRNAME/programs.c"
  for i in 1 2 3; do # the first containers read the root file system into the page cache, which is charged to them
    husk run --bundle "$BUNDLE" "$ID"
  done
  sync
  wait_for settled
  before=$(counts)
  for ((i = 0; i < ${CYCLES:-25}; i++)); do
    husk run --bundle "$BUNDLE" "$ID"
  done
  wait_for no_more_than "$before" || { echo "dying, cgroups, programs: $before, then $(counts)" && return 1; }
  echo "# ${CYCLES:-25} cycles on $BED: dying, cgroups, programs: $before, then $(counts)" >&3
  ! in_systemd || [ -z "$(systemctl list-units --all --no-legend 'husk-*')" ]
}
