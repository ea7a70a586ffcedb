# That the page of performance is whole, whatever the times: each table is there, with a value in each cell.
load ../integration/bundle

setup() {
  bundle_make
}

# titles PAGE: its tables, without what depends on the machine.
titles() { sed -n 's/^### //p' "$1" | sed 's/: .*//; s/^update.*/update/' | uniq; }

@test "tests/bench/run --page writes each table, without an empty cell" {
  # runc takes its time for everything, and shows that a runtime may be left out
  RUNC='' RUNS=1 CONTAINERS=3 "$SOURCE/tests/bench/run" --page "$BATS_TEST_TMPDIR/page" 3>&-
  cat "$BATS_TEST_TMPDIR/page"
  local title one='run (a)
run (b)
run (c)
create, start, delete --force
create
start
delete --force of a running container
exec
state
list
kill
pause, resume
ps
update'
  titles "$BATS_TEST_TMPDIR/page" >"$BATS_TEST_TMPDIR/titles"
  # once for each layout of cgroups that this machine has
  local views
  views=$(grep -c '^## One container' "$BATS_TEST_TMPDIR/page")
  [ "$views" -ge 1 ]
  {
    for ((i = 0; i < views; i++)); do echo "$one"; done
    printf '%s\n' 'The parts of run (a)' 'The system calls of run (a)' 'What husk makes them for' 'The filter of config.json.example' \
      'The filter of tests/configs/docker.json' 'Cost of one container beside N of the same runtime that run' \
      'N containers created, then started, then deleted, at most 100 at a time' 'Memory of N created containers' \
      '6 execs at once in one container' '3 more mounts on the host'
  } | diff - "$BATS_TEST_TMPDIR/titles"
  # each title has a table, and each table a row for husk or of its own kind
  awk '/^### / { if (title && rows < 3) { print "no rows: " title; bad = 1 } title = $0; rows = 0 } /^\|/ { rows++ }
    END { exit bad || rows < 3 }' "$BATS_TEST_TMPDIR/page"
  # the first cell of a head may be empty, no cell of a row
  never grep -nE '^\|[^-].*\| *\|' <(sed 's/^| |/|x|/' "$BATS_TEST_TMPDIR/page")
  never grep -E '^\|.* (nan|inf|-nan)' "$BATS_TEST_TMPDIR/page"
  [ "$(grep -cE '^\| husk \| [0-9.]+ \| [0-9.]+ \| [0-9.]+ \| [1-9][0-9]* \| [1-9][0-9]* \| [1-9][0-9]* \|' "$BATS_TEST_TMPDIR/page")" -ge $((14 * views)) ]
  grep -Fx -- '- runc is left out: it is not installed' "$BATS_TEST_TMPDIR/page"
  # shellcheck disable=SC2016 # Markdown
  grep -E '^`husk run` takes [0-9.]+ ms.*; `husk exec` [0-9.]+ ms.*; the seccomp profile of config.json.example adds -?[0-9.]+ ms\.$' "$BATS_TEST_TMPDIR/page"
}

@test "the bench explains itself, and refuses what it does not know" {
  run "$SOURCE/tests/bench/run" --help
  [ "$status" -eq 0 ]
  [[ $output = *'tests/bench/run [--page [FILE]]'* ]]
  [[ $output = *CRUN*RUNS*CONTAINERS* ]]
  run "$SOURCE/tests/bench/run" --pages
  [ "$status" -eq 2 ]
  [[ $output = *'unknown argument "--pages"'* ]]
}
