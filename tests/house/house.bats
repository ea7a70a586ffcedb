# The checks of the house: who may include whom, how large a file may be, what the built programs carry.

TOP=$BATS_TEST_DIRNAME/../..
# shellcheck source=tests/programs.bash
. "$TOP/tests/programs.bash"

sources() { (cd "$TOP" && find src include tests -name '*.[ch]'); }

# shellcheck source=tests/integration/waiting.bash
. "$TOP/tests/integration/waiting.bash"

@test "no file is longer than 600 lines, no line than 120 columns" {
  cd "$TOP"
  local long
  long=$(sources | xargs wc -l | awk '$2 != "total" && $1 > 600')
  [ -z "$long" ] || { echo "$long" >&2; return 1; }
  long=$(find src include -name '*.[ch]' -exec awk 'length($0) > 120 { print FILENAME ":" FNR }' {} +)
  [ -z "$long" ] || { echo "$long" >&2; return 1; }
}

@test "the top level has what the project's users expect there, and nothing that a command left" {
  [ -e "$TOP/.git" ] || skip 'this is not a clone'
  local names
  names=$(git -C "$TOP" -c safe.directory='*' ls-tree --name-only HEAD | tr '\n' ' ')
  echo "$names"
  [ "$names" = '.ci .clang-format .clang-tidy .github .gitignore CHANGELOG.md CONTRIBUTING.md LICENSE README.md SECURITY.md config.json.example docs include meson.build meson.options meson_options.txt src tests ' ]
}

@test "no function is longer than a screen of 60 lines" {
  cd "$TOP"
  local long
  long=$(find src -name '*.c' -exec awk 'FNR == 1 { start = 0 } /^{/ { start = FNR } /^}/ { if (start && FNR - start > 60) print FILENAME ":" start; start = 0 }' {} +)
  [ -z "$long" ] || { echo "$long" >&2; return 1; }
}

# The rooms by their height: each includes headers of rooms below it, and its own, and calls no others.
declare -gA ROOMS=([libc]=-1 [base]=0 [json]=1 [spec]=2 [systemd]=2 [criu]=2 [host]=3 [seccomp]=4 [profile]=5 [loaded]=6 [audit]=6 [agent]=5 [observer]=6 [unit]=7 [cgroup]=8 [limits]=9
  [statistics]=10 [resctrl]=10 [plan]=11 [launch]=12 [container]=13 [checkpoint]=14 [doctor]=15 [cli]=16)
# header of include/husk -> its room, where the names differ
declare -gA HOMES=([arena]=base [clock]=base [descriptor]=base [error]=base [expression]=base [kernel]=base [log]=base [path]=base [program]=base [program_end]=base [signals]=base [stage]=base
  [text]=base [process]=host [foreign]=spec [calls]=seccomp [privilege]=profile [tree]=cgroup [compile]=plan [channel]=launch)

# may_include HERE HEADER: a file of the room HERE may include husk/HEADER.h.
may_include() {
  local home=${HOMES[$2]:-$2}
  [ "$1" = "$home" ] || [ "${ROOMS[$home]}" -lt "${ROOMS[$1]}" ]
}

@test "rooms include only rooms below them" {
  cd "$TOP"
  local file header here bad=
  for file in $(find src include -mindepth 2 -name '*.[ch]' -not -path 'src/init/*'); do
    case $file in
      include/*) here=$(basename "$file" .h) here=${HOMES[$here]:-$here} ;;
      *) here=${file#src/} here=${here%%/*} ;;
    esac
    for header in $(sed -n 's|^#include "husk/\(.*\)\.h"|\1|p' "$file"); do
      may_include "$here" "$header" || bad+="$file includes husk/$header.h"$'\n'
    done
    # into container alone, and only from checkpoint: docs/architecture.md has why
    for header in $(sed -n 's|^#include "\(.*\)/[^/]*\.h"|\1|p' "$file"); do
      [[ $header = husk || $file:$header = src/checkpoint/*:container ]] || bad+="$file reaches into $header"$'\n'
    done
  done
  [ -z "$bad" ] || { echo "$bad" >&2; return 1; }
}

@test "each header belongs to a room, and each room has a header" {
  cd "$TOP"
  local name bad= known=
  for name in include/husk/*.h; do
    name=$(basename "$name" .h)
    name=${HOMES[$name]:-$name}
    known+=" $name "
    [ -d "src/$name" ] || bad+="include/husk: there is no room $name"$'\n'
  done
  for name in src/*/; do
    name=$(basename "$name")
    case $name in
      cli | init | libc | systemd | package | completion) continue ;; # nothing includes them
    esac
    [[ $known = *" $name "* ]] || bad+="src/$name has no header"$'\n'
  done
  [ -z "$bad" ] || { echo "$bad" >&2; return 1; }
}

@test "each C file begins with a comment" {
  cd "$TOP"
  local bare
  bare=$(find src include \( -name '*.c' -o -name '*.h' \) -exec awk 'FNR == 1 && !/^\/\*/ { print FILENAME }' {} +)
  [ -z "$bare" ] || { echo "$bare" >&2; return 1; }
}

@test "headers do not include each other in a circle" {
  cd "$TOP"
  find include src -name '*.h' | while read -r header; do
    sed -n 's|^#include "\(husk/\)\?\(.*\.h\)"|\1\2|p' "$header" | while read -r included; do
      [[ $included = husk/* ]] && included=include/$included || included=${header%/*}/$included
      echo "$header $included"
    done
  done | tsort >/dev/null
}

@test "husk-init includes only the plan, the channel, the names of the kernel and its own" {
  cd "$TOP"
  local strange
  strange=$(grep -n '#include "' src/init/*.[ch] | grep -vE '"(husk/(plan|channel|error|program_end|kernel)\.h|[a-z_]+\.h)"' || true)
  [ -z "$strange" ] || { echo "$strange" >&2; return 1; }
  never grep -nE '\b(malloc|calloc|realloc|printf|fopen)\b *\(' src/init/*.c
}

@test "no file has a vague name (utils, helper, misc, common, stuff)" {
  cd "$TOP"
  sources >"$BATS_TEST_TMPDIR/names"
  never grep -Ei '/(utils?|helpers?|misc|common|stuff)\.[ch]$' "$BATS_TEST_TMPDIR/names"
}

# list_calls: "FILE FILE SYMBOL" for each symbol that an object of a room takes from another object.
list_calls() {
  local build=${HUSK%/src/husk}
  find "$build/src" -name 'libhusk-*.a' -exec nm -A {} + >"$BATS_TEST_TMPDIR/symbols"
  awk '{ file = $1; sub(/:[0-9a-f]*$/, "", file) }
    NF == 3 && $2 == "U" { wanted[file, $3]; next }
    NF == 3 && $2 ~ /^[TDBRVW]$/ { home[$3] = file }
    END { for (key in wanted) { split(key, part, SUBSEP); if (part[2] in home && home[part[2]] != part[1]) print part[1], home[part[2]], part[2] } }' \
    "$BATS_TEST_TMPDIR/symbols" >"$BATS_TEST_TMPDIR/calls"
  [ "$(wc -l <"$BATS_TEST_TMPDIR/calls")" -gt 300 ]
}

@test "calls between files form no cycle" {
  list_calls
  # cli.c has the table of commands, each of which uses what cli.c has for all of them
  awk '$1 !~ /libhusk-cli\.a/ { print $1, $2 }' "$BATS_TEST_TMPDIR/calls" | tsort >/dev/null
}

@test "rooms call only rooms below them" {
  local caller callee symbol bad=
  list_calls
  # husk-init's image, the example of a config and the head of a page are data
  sed -E '/libhusk-(init-image|example|page)\.a/d; s|[^ ]*/libhusk-([a-z]+)\.a[^ ]*|\1|g' "$BATS_TEST_TMPDIR/calls" >"$BATS_TEST_TMPDIR/rooms"
  [ "$(wc -l <"$BATS_TEST_TMPDIR/rooms")" -gt 300 ]
  while read -r caller callee symbol; do
    [ "$caller" = "$callee" ] || [ "${ROOMS[$callee]}" -lt "${ROOMS[$caller]}" ] || bad+="$caller calls $callee: $symbol"$'\n'
  done <"$BATS_TEST_TMPDIR/rooms"
  [ -z "$bad" ] || { echo "$bad" >&2; return 1; }
}

@test "the functions that src/order.ld names exist" {
  cd "$TOP"
  local unknown
  # startup and run are sections; a function that the compiler has split has a suffix
  unknown=$(comm -23 <(grep -oE '\.text\.\w+' src/order.ld | sed 's/^.text.//' | grep -vx -e startup -e run | sort -u) \
    <(grep -rhoE '^\w+ \(' src include --include='*.[ch]' | sed 's/ (//' | sort -u))
  [ -z "$unknown" ] || { echo "$unknown" >&2; return 1; }
}

@test "static functions of one word are unique, and none is named by a vague verb alone" {
  cd "$TOP"
  local bare
  bare=$(grep -rnE '^(take|say|run|add|get|set|put|read_all|do_it|handle|process) \(' src --include='*.c' || true)
  [ -z "$bare" ] || { echo "$bare" >&2; return 1; }
  bare=$(grep -rE '^[a-z]+ \(' src --include='*.c' -o | sort -u | sed 's/.*://' | sort | uniq -d | grep -vx 'main (' || true)
  [ -z "$bare" ] || { echo "$bare" >&2; return 1; }
}

@test "docs/attacks.md has exactly the tags of the tests, and names the tests that have them" {
  "$TOP/tests/house/attacks"
}

@test "a section that a page refers to, above or below, is on that page" {
  cd "$TOP"
  local page section references=0 lost=
  for page in docs/*.md ./*.md; do
    while IFS= read -r section; do
      references=$((references + 1))
      grep -qxE "#+ $section" "$page" || lost+="$page: $section"$'\n'
    done < <(tr '\n' ' ' <"$page" | grep -oE '((under|see) "[A-Z][^"]*"|"[A-Z][^"]*",? (above|below))' | grep -oE '[A-Z][^"]*[^",]')
  done
  [ "$references" -gt 5 ]
  [ -z "$lost" ] || { echo "$lost" >&2; return 1; }
}

@test "each link of a page leads to a file, and to a section that is on that page" {
  cd "$TOP"
  local page target section links=0 lost=
  for page in docs/*.md ./*.md; do
    while IFS= read -r target; do
      links=$((links + 1))
      [ -e "${page%/*}/$target" ] || lost+="$page: $target"$'\n'
    done < <(grep -oE '\]\([^):# ]+\)' "$page" | sed 's/^](//; s/)$//')
    # [docs/seccomp.md](docs/seccomp.md), "Who is confined"
    while IFS='|' read -r target section; do
      grep -qxE "#+ $section" "${page%/*}/$target" || lost+="$page: $target, $section"$'\n'
    done < <(tr '\n' ' ' <"$page" | grep -oE '\]\([^):# ]+\.md\), "[^"]+"' | sed -E 's/^\]\(([^)]*)\), "([^"]*)"/\1|\2/')
  done
  [ "$links" -gt 40 ]
  [ -z "$lost" ] || { echo "$lost" >&2; return 1; }
}

@test "docs/README.md lists each page of docs, and meson installs it" {
  cd "$TOP"
  local page lacking=
  for page in docs/*.md docs/pictures/*.svg; do
    [ "$page" = docs/README.md ] || grep -qF "](${page#docs/})" docs/README.md || lacking+="docs/README.md: $page"$'\n'
    grep -qF "'$page'" meson.build || lacking+="meson.build: $page"$'\n'
  done
  [ -z "$lacking" ] || { echo "$lacking" >&2; return 1; }
}

@test "the version is in meson.build, and CHANGELOG.md begins with it" {
  cd "$TOP"
  local version
  version=$(sed -n "s/^  version: '\([^']*\)',/\1/p" meson.build)
  [ "$(sed -n 's/^## \([^,]*\),.*/\1/p' CHANGELOG.md | head -n 1)" = "$version" ]
  "$HUSK" --version | grep -qx "husk version $version"
  never grep -rnF "$version" src include docs/husk.8
}

@test "the examples restrict the use of the RuntimeClass that takes the filter off" {
  cd "$TOP/docs/examples"
  local class
  class=$(sed -n 's/^  name: //p' runtimeclass-record.yaml)
  grep -qxF "    - expression: \"!has(object.spec.runtimeClassName) || object.spec.runtimeClassName != '$class'\"" policy-record.yaml
  [ "$(sed -n '/^kind: ValidatingAdmissionPolicy$/,/^---$/s/^  name: //p' policy-record.yaml)" = "$(sed -n 's/^  policyName: //p' policy-record.yaml)" ]
  grep -qxF '  validationActions: [Deny]' policy-record.yaml
  grep -qF '(examples/policy-record.yaml)' ../kubernetes.md
}

@test "a husk that is installed has no code for mutants" {
  never grep -q HUSK_MUTANT "$HUSK"
  never grep -rniE 'mutant' "$TOP/src" "$TOP/include"
}

@test "the built programs are hardened" {
  local program build=${HUSK%/src/husk}
  for program in "$HUSK" "$HUSK_INIT" "$build"/src/husk-systemd "$build"/src/husk-criu; do
    [ -e "$program" ] || continue # the last two need libraries
    readelf -hldW "$program" >"$BATS_TEST_TMPDIR/elf"
    echo "$program" && cat "$BATS_TEST_TMPDIR/elf"
    grep -q GNU_RELRO "$BATS_TEST_TMPDIR/elf"
    grep -E 'GNU_STACK' "$BATS_TEST_TMPDIR/elf" | grep -q 'RW '
    never grep -E 'LOAD.*(RWE|WE)' "$BATS_TEST_TMPDIR/elf"
    never grep -w TEXTREL "$BATS_TEST_TMPDIR/elf"
    # no table of lazily bound calls stays writable; a program at a fixed address has no such table
    grep -q BIND_NOW "$BATS_TEST_TMPDIR/elf" || grep -q 'Type: *EXEC' "$BATS_TEST_TMPDIR/elf"
    case $program in
      */husk-init) grep -q 'Type: *DYN' "$BATS_TEST_TMPDIR/elf" && never grep -q INTERP "$BATS_TEST_TMPDIR/elf" ;;
      */husk) never grep -q INTERP "$BATS_TEST_TMPDIR/elf" ;; # at a fixed address: docs/architecture.md has why
      *) grep -q 'Type: *DYN' "$BATS_TEST_TMPDIR/elf" ;;
    esac
  done
}

@test "the compiler's protections are in every object" {
  local build=${HUSK%/src/husk} flag
  # a release has no symbols, so the objects that it is linked from are checked
  nm "$build"/src/libhusk-*.a >"$BATS_TEST_TMPDIR/symbols"
  grep -q ' U __stack_chk_fail$' "$BATS_TEST_TMPDIR/symbols"
  grep -qE ' U __(read|memcpy|snprintf|vsnprintf)_chk$' "$BATS_TEST_TMPDIR/symbols"
  # musl's protector ends the process without a word; glibc's start files have a note that musl's have not
  readelf -nW "$HUSK" >"$BATS_TEST_TMPDIR/notes"
  ! grep -q ABI-tag "$BATS_TEST_TMPDIR/notes" || grep -q 'stack smashing detected' "$HUSK"
  # husk-init is stripped: the protector's failure path is recognized by its message
  [ "$(stat -c %s "$HUSK_INIT")" -lt 1000000 ]
  jq -r '.[] | select (.file | test ("/src/.*[.]c$")) | .command' "$build/compile_commands.json" >"$BATS_TEST_TMPDIR/commands"
  "${NINJA:-ninja}" -C "$build" -t commands src/init/husk-init | grep -e '-o src/init/husk-init' >>"$BATS_TEST_TMPDIR/commands"
  [ "$(wc -l <"$BATS_TEST_TMPDIR/commands")" -gt 150 ]
  local flags=(-fstack-protector-strong -fstack-clash-protection -ftrivial-auto-var-init=zero)
  [ "$(uname -m)" != x86_64 ] || flags+=(-fcf-protection)
  for flag in "${flags[@]}"; do
    echo "$flag"
    [ "$(grep -v -c -e "$flag" "$BATS_TEST_TMPDIR/commands")" = 0 ]
  done
  [ "$(uname -m)" = x86_64 ] || return 0
  # every object is marked for IBT and SHSTK; a program is only if its C library and start files are too
  readelf -nW "$build"/src/libhusk-plan.a >"$BATS_TEST_TMPDIR/notes"
  [ "$(grep -c 'IBT, SHSTK' "$BATS_TEST_TMPDIR/notes")" = "$(grep -c '^File: ' "$BATS_TEST_TMPDIR/notes")" ]
  if readelf -nW "$(gcc -print-file-name=crti.o)" "$(gcc -print-file-name=libc.a)" 2>/dev/null | grep -q IBT; then
    readelf -nW "$HUSK" | grep -q IBT
  fi
}

@test "a husk that runs cannot write to its tables of addresses" {
  local at process
  at=$(readelf -lW "$HUSK" | awk '$1 == "GNU_RELRO" { print $3 }')
  readelf -hW "$HUSK" | grep -q 'Type: *EXEC' || skip 'the tables of a husk at a random address are found by its loader'
  mkfifo "$BATS_TEST_TMPDIR/profile"
  "$HUSK" seccomp check - <"$BATS_TEST_TMPDIR/profile" >/dev/null 2>&1 3>&- &
  process=$!
  exec 7>"$BATS_TEST_TMPDIR/profile" # it waits for what it is to read
  wait_for grep -qi "^0*$(printf '%x' $((at & ~4095)))-[0-9a-f]* r--p .*/husk$" "/proc/$process/maps"
  exec 7>&-
  wait "$process" || true
}

@test "what the static libraries call of libc is known to be the same under musl" {
  local library archives=()
  for library in yajl_s seccomp cap; do
    archives+=("$(gcc -print-file-name="lib$library.a")")
    [ -e "${archives[-1]}" ] || skip "there is no lib$library.a"
  done
  run "$TOP/src/libc/unknown" nm "${archives[@]}"
  echo "$output"
  [ "$status" = 0 ] && [ "$output" = '' ]
  # one that jumps, and one that looks into a FILE, are noticed
  cat >"$BATS_TEST_TMPDIR/other.c" <<'END'
    #include <setjmp.h>
    #include <stdio.h>
    int other (FILE *file, jmp_buf here) { return setjmp (here) + putc_unlocked ('a', file); }
END
  gcc -O2 -c -o "$BATS_TEST_TMPDIR/other.o" "$BATS_TEST_TMPDIR/other.c"
  run "$TOP/src/libc/unknown" nm "${archives[@]}" "$BATS_TEST_TMPDIR/other.o"
  [ "$status" = 0 ] && [ "$output" = $'__overflow\n_setjmp' ]
  run "$TOP/src/libc/unknown" nm "$BATS_TEST_TMPDIR/none.a"
  [ "$status" != 0 ]
}

@test "under musl, too, a write past a buffer ends the program" {
  command -v musl-gcc || skip 'there is no musl'
  cat >"$BATS_TEST_TMPDIR/overflow.c" <<'END'
    #include <stdlib.h>
    int main (int argc, char **argv)
    {
      size_t size = (size_t)atoi (argv[2]);
      char *out = malloc (8), in[16] = "";
      switch (argv[1][0])
        {
        case 'c': memcpy (out, in, size); break;
        case 'm': memmove (out, in, size); break;
        case 's': memset (out, 1, size); break;
        case 'p': snprintf (out, size, "%d", argc); break;
        case 'v': out = __builtin_alloca (8); vsnprintf (out, size, "", (va_list){ 0 }); break;
        case 't': memset (in, 'x', size - 1); stpcpy (out, in); break;
        case 'f': sprintf (out, "%0*d", (int)size - 1, argc); break;
        case 'r': out = malloc (size * PATH_MAX / 9 + 8); realpath ("/", out); break;
        }
      __asm__ volatile ("" : : "r" (out) : "memory");
      return 0;
    }
END
  musl-gcc -O2 -D_GNU_SOURCE -c -o "$BATS_TEST_TMPDIR/musl.o" "$TOP/src/libc/musl.c"
  musl-gcc -O2 -D_GNU_SOURCE -static -include "$TOP/src/libc/checked.h" -o "$BATS_TEST_TMPDIR/overflow" "$BATS_TEST_TMPDIR/overflow.c" "$BATS_TEST_TMPDIR/musl.o"
  local function fits over
  for function in c m s p v t f r; do
    fits=8 over=9
    [ "$function" != r ] || fits=9 over=8
    "$BATS_TEST_TMPDIR/overflow" "$function" "$fits"
    run "$BATS_TEST_TMPDIR/overflow" "$function" "$over"
    echo "$function: $status"
    [ "$status" = $((128 + 6)) ]
  done
}

@test "calls that a signal may interrupt are made through wrappers that retry" {
  cd "$TOP"
  local bare
  # without comments and strings; close(2) must not be repeated. husk-init and the helpers are separate programs.
  bare=$(find src -not -path 'src/init/*' -not -path 'src/criu/*' -not -path 'src/systemd/*' \
    -name '*.c' -not -name interrupted.c -exec awk '
      { line = $0; gsub(/"([^"\\]|\\.)*"/, "\"\"", line); sub(/\/\*.*/, "", line) }
      line ~ /^ *\*/ { next }
      line ~ /(^|[^A-Za-z0-9_.>])(open|openat|read|pread|write|pwrite|poll|ppoll|connect|accept4?|send|sendto|sendmsg|recv|recvfrom|recvmsg|flock|wait4?|waitpid|waitid) \(/ || line ~ /SYS_openat2/ {
        print FILENAME ":" FNR ": " $0 }' {} +)
  [ -z "$bare" ] || { echo "$bare" >&2; return 1; }
}

@test "the pictures of the pages are what mscgen draws from their text" {
  command -v mscgen || skip 'there is no mscgen'
  "$TOP/tests/house/pictures"
}

@test "README.md quotes the numbers of docs/performance.md" {
  cd "$TOP"
  # shellcheck disable=SC2016 # Markdown
  grep '^`husk run` takes [0-9]' docs/performance.md >"$BATS_TEST_TMPDIR/sentence"
  [ "$(wc -l <"$BATS_TEST_TMPDIR/sentence")" -eq 1 ]
  grep -Fxf "$BATS_TEST_TMPDIR/sentence" README.md
}
