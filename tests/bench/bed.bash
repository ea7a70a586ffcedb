# shellcheck shell=bash
# What tables, shares and scale share: the programs, a bundle, a place of their own that is empty again at the end
# whatever happens, and `compare`, which measures one command of all programs and prints a table in Markdown.
#   HUSK, CRUN, RUNC, BWRAP   the programs; crun, runc and bubblewrap by default those in PATH, if they are there
#   RUNS                      how often each command runs

bench=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
top=$(realpath "$bench/../..")
# shellcheck disable=SC2034 # named indirectly, or by those who source this
husk=$(realpath "${HUSK:-$top/build/src/husk}") crun=${CRUN-$(command -v crun || :)} runc=${RUNC-$(command -v runc || :)} \
  bwrap=${BWRAP-$(command -v bwrap || :)} runs=${RUNS:-30}
work=$(mktemp -d "${TMPDIR:-/tmp}/husk-bench.XXXXXX")
bundle=$work/bundle

# of PROGRAM NAME WORDS...: with the state of this run
of() { "$1" --root "$work/root-$2" "${@:3}"; }

# delete_all: no container of any program is left.
delete_all() {
  local name program record
  while read -r name program; do
    for record in "$work/root-$name"/*; do
      record=${record##*/}
      [ "$record" = '*' ] || of "$program" "$name" delete --force "${record#:}" || :
    done
  done <"$work/names"
}

clean() {
  trap '' INT TERM HUP
  delete_all >/dev/null 2>&1
  rmdir /sys/fs/cgroup/husk-bench-floor /sys/fs/cgroup/*/husk-bench-floor 2>/dev/null || :
  rm -rf "$work"
}
: >"$work/names" # a line for each runtime that runs here: its name, its program
trap clean EXIT
trap 'exit 1' INT TERM HUP

# config ARGS FILTER: the bundle's config.json: the example with a program and without what not all of them can do (the
# version of the specification, limits above those of this root), changed by a jq filter.
config() {
  jq --argjson args "$1" '.ociVersion = "1.0.2" | del(.process.rlimits) | .process.args = $args
    | .process.noNewPrivileges = true | .root.path = "'"$bundle/rootfs"'" | '"$2" "$top/config.json.example" >"${3:-$bundle}/config.json"
}
plain='del(.linux.seccomp)'

# header FIRST: of a table with a column for each runtime.
header() {
  local name program columns="| $1" line='|---'
  while read -r name program; do
    columns+=" | $name"
    line+='|--:'
  done <"$work/names"
  printf '%s |\n%s|\n' "$columns" "$line"
}

# calls COMMANDS [AFTER]: the number of system calls of all processes until the last of the commands has ended.
calls() {
  local count=0 part log=$work/strace
  while read -r part; do
    : >"$log"
    # shellcheck disable=SC2086 # words on purpose
    strace -f -o "$log" $part </dev/null >/dev/null 2>&1 &
    # a container that was created remains, and strace with it
    while kill -0 $! 2>/dev/null && ! awk 'NR == 1 { first = $1 } $1 == first && / \+\+\+ / { over = 1 } END { exit !over }' "$log"; do
      sleep 0.02
    done
    count=$((count + $(grep -cE '^[0-9]+ +[a-z_0-9]+\(' "$log")))
  done <<<"${1// ; /$'\n'}"
  # shellcheck disable=SC2086
  ${2:-/bin/true} >/dev/null 2>&1 || :
  wait
  echo "$count"
}

# compare TITLE COMMANDS [BEFORE [AFTER]]: $r is a program with its state, $id a container of it. Lines of measure's that
# have no runtime's name may be put into $work/others before.
compare() {
  local name program line before after
  touch "$work/others"
  while read -r name program; do
    printf %s "$name"
    for line in "$2" "${3:-/bin/true}" "${4:-/bin/true}"; do
      line=${line//\$r/$program --root $work/root-$name}
      printf '\t%s' "${line//\$id/x$name}"
    done
    echo
  done <"$work/names" >"$work/list"
  cat "$work/others" >>"$work/list"
  : >"$work/others"
  "$work/measure" "$runs" "$work/list" >"$work/measured"
  while IFS=$'\t' read -r name line before after; do
    # shellcheck disable=SC2086
    ${before:-/bin/true} </dev/null >/dev/null 2>&1
    echo "$name	$(calls "$line" "$after")"
  done <"$work/list" >"$work/counted"
  printf '\n### %s\n\n' "$1"
  awk -f "$bench/table.awk" "$work/counted" "$work/measured"
}

mkdir -p "$bundle"/rootfs/{bin,proc,sys,dev,etc}
cp /bin/busybox "$bundle/rootfs/bin/"
for name in true sleep sh; do ln -s busybox "$bundle/rootfs/bin/$name"; done
# build NAME: static and small: the memory of measure itself would count as the least of whatever it runs.
build() {
  musl-gcc -O2 -static -D_GNU_SOURCE -idirafter /usr/include -idirafter "/usr/include/$(gcc -print-multiarch)" -o "$work/$1" "$bench/$1.c" 2>/dev/null ||
    gcc -O2 -static -D_GNU_SOURCE -o "$work/$1" "$bench/$1.c"
}
build measure
build floor
config '["true"]' "$plain"
for name in husk crun runc; do
  [ -z "${!name}" ] || ! of "${!name}" "$name" run --bundle "$bundle" "x$name" </dev/null >/dev/null 2>"$work/error" || echo "$name ${!name}"
  [ ! -s "$work/error" ] || { echo "$name does not run here: $(tail -1 "$work/error")" >&2 && : >"$work/error"; }
done >"$work/names"
