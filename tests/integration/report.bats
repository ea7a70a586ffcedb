# husk seccomp report: a profile as a page for the browser. What it shows, and that what it is about cannot change it.
# bats file_tags=any-machine
load bundle

HOSTILE='"><script>alert(1)</script><img src=x onerror=alert(2)>&amp;'"'"

setup() {
  cd "$BATS_TEST_TMPDIR" || return
  cat >app.json <<'P'
{
  "defaultAction": "SCMP_ACT_ERRNO",
  "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
  "syscalls": [
    { "names": ["read", "write", "execve", "exit_group", "bpf", "openat2"], "action": "SCMP_ACT_ALLOW" },
    { "names": ["personality"], "action": "SCMP_ACT_ALLOW",
      "args": [{ "index": 0, "value": 8, "op": "SCMP_CMP_EQ" }] }
  ]
}
P
}

teardown() { :; }

# report OPERAND...: the page's text is what was printed.
report() {
  run --separate-stderr "$HUSK" seccomp report "$@" -o page.html
  is 0 ""
  run --separate-stderr python3 "$BATS_TEST_DIRNAME/report_page.py" page.html
  succeeded
}

# browser PAGE [OPTION...]: what a browser has made of it, as HTML. Chromium is too large (300 MB) to be among the packages.
browser() {
  command -v chromium >/dev/null || skip "chromium is not installed"
  mkdir -p browser
  run --separate-stderr timeout 60 chromium --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking \
    --user-data-dir="$PWD/browser" --dump-dom "${@:2}" "file://$PWD/$1"
  succeeded
}

@test "a report has each call with its architectures, its verdict and the line of its rule" {
  report app.json
  says 'Seccomp profile app.json' 'The default action is ERRNO 1 (operation not permitted)' \
    'read | x86_64, x86 | ALLOW | line 5, /syscalls/0' '_llseek | x86 | ERRNO 1 (operation not permitted) differs | line 2, /defaultAction' \
    'personality | x86_64, x86 | ALLOW if arg0 == 0x8 differs | line 6, /syscalls/1' \
    'personality | x86_64, x86 | ERRNO 1 (operation not permitted) else | line 2, /defaultAction' \
    'mseal | x86_64, x86 | ERRNO 38 (function not implemented) differs | newer than the profile' \
    'files: opening, reading, writing ('
  says_not Recorded Denials
}

@test "a report has the verdicts that explain has, for every call" {
  local name verdict arch
  report app.json
  for arch in x86_64 x86; do
    "$HUSK" seccomp explain --all --json --arch "$arch" app.json \
      | jq -r '.syscalls[] | select(.outcomes | length == 1) | "\(.syscall)\t\(.outcomes[0].verdict)"' >"calls.$arch"
    while IFS=$'\t' read -r name verdict; do
      [[ $'\n'$output =~ $'\n'"$name | "[^$'\n']*"$arch"[^$'\n']*" | $verdict" ]] || { echo "$name on $arch: not $verdict"; return 1; }
    done <"calls.$arch"
    [ "$(wc -l <"calls.$arch")" -gt 300 ]
  done
}

# counted PROFILE: how many calls are always allowed, sometimes, and never, of what explain has on both architectures.
counted() {
  { "$HUSK" seccomp explain --all --json --arch x86_64 "$1"; "$HUSK" seccomp explain --all --json --arch x86 "$1"; } \
    | jq -rs '[.[].syscalls[]] | group_by(.syscall) | map([.[].outcomes[].verdict == "ALLOW"] | unique) as $calls
        | [[true], [false, true], [false]] | map(. as $kind | [$calls[] | select(. == $kind)] | length) | join(" ")'
}

@test "a report has rules for values of one argument in one row" {
  jq -c '.syscalls += [3, 2, 40, 4 | {names: ["socket"], action: "SCMP_ACT_ALLOW", args: [{index: 0, value: ., op: "SCMP_CMP_EQ"}]}]' app.json >families.json
  report families.json
  says 'socket | x86_64, x86 | ALLOW if arg0 in AF_INET..AF_IPX, AF_VSOCK differs | line 1, /syscalls/2 and 3 more' \
    ' | ALLOW if arg0 in AF_INET..AF_IPX, AF_VSOCK; else ERRNO 1 (operation not permitted)' 'personality | x86_64, x86 | ALLOW if arg0 == 0x8 differs' \
    'socketcall | x86 | ALLOW if arg0 == 0x1 differs | line 1, /syscalls/2 and 3 more'
}

@test "a report counts the calls that depend on arguments or architecture, and does not mention them if there are none" {
  local allowed some refused
  jq '.syscalls += [{names: ["socket"], action: "SCMP_ACT_ERRNO", errnoRet: 97, args: [{index: 0, value: 9, op: "SCMP_CMP_EQ"}]}]' \
    app.json >three.json # socket is refused, whatever its arguments are
  read -r allowed some refused <<<"$(counted three.json)"
  [ "$some" = 1 ]
  report three.json
  says "system calls on x86_64, x86: $allowed allowed, 1 allowed depending on arguments or architecture, $refused refused. The default"
  jq '.syscalls |= [.[0]]' app.json >plain.json
  read -r allowed some refused <<<"$(counted plain.json)"
  [ "$some" = 0 ]
  report plain.json
  says "system calls on x86_64, x86: $allowed allowed, $refused refused. The default"
  says_not depend
}

@test "a report names what differs from another profile, and that nothing does" {
  report app.json
  says 'Differences from RuntimeDefault' 'defaultAction |  | ERRNO 38 (function not implemented) | ERRNO 1 (operation not permitted)' \
    'bpf | x86_64, x86 | ERRNO 1 (operation not permitted) | ALLOW'
  report app.json --against app.json
  says 'Differences from app.json' 'There are none: both profiles have the same effect.'
  jq '.syscalls[0].names -= ["bpf"]' app.json >base.json
  report app.json --against base.json
  says 'bpf | x86_64, x86 | ERRNO 1 (operation not permitted) | ALLOW' 'bpf | x86_64, x86 | ALLOW differs | line 5, /syscalls/0'
}

@test "a report says in a sentence why an allowed call deserves a look" {
  report app.json
  says 'bpf | always | It loads programs into the kernel.' 'personality | depending on arguments or architecture | It can '
  says_not 'mount | always'
  jq '.syscalls |= [.[0]] | .syscalls[0].names = ["read", "execve"]' app.json >plain.json
  report plain.json
  says $'Allowed calls that deserve a look\nThere are none.'
}

@test "a report has what was recorded, with counts where the recording has them" {
  jq '{defaultAction, syscalls: [{names: ["read", "write", "mkdir"], action: "SCMP_ACT_ALLOW"}]}' app.json >recorded.json
  report app.json --recording recorded.json
  says 'Recorded in recorded.json, but refused by the profile, at least with some arguments or on some architecture: mkdir.' \
    'bpf, execve, exit_group, openat2, personality.' 'read | x86_64, x86 | ALLOW | line 5, /syscalls/0 | recorded'
  says_not $'read | 12\n'
  jq '.calls = [{name: "read", count: 12}, {name: "write", count: 345}, {name: "unheard", count: 6}, {number: 600, count: 1}]' \
    recorded.json >counted.json
  report app.json --recording counted.json
  says $'System call | Times\nwrite | 345\nread | 12\n' "Recorded, but not a system call of the profile's architectures: unheard." \
    'write | x86_64, x86 | ALLOW | line 5, /syscalls/0 | 345'
}

@test "a report reads the profile and the counts that record has written" {
  local count
  "$HUSK" seccomp record -o recorded.json --counts counts.json -- mkdir made
  report app.json --recording recorded.json
  says 'Recorded in recorded.json, but refused by the profile' 'execve | x86_64, x86 | ALLOW | line 5, /syscalls/0 | recorded'
  count=$(jq '.calls[] | select(.name == "read").count' counts.json)
  report app.json --recording counts.json
  says $'System call | Times\n' "read | x86_64, x86 | ALLOW | line 5, /syscalls/0 | $count"
}

@test "a report has the denials of a run, from lines and from events" {
  local denial='mkdir("/a", 0777) by sh on x86_64: ERRNO 1 (operation not permitted), by app.json:2:20: /defaultAction'
  printf '%s\n' "the program's own line" "2026-01-01T00:00:00Z stderr F husk: seccomp: $denial [pid 12]" 'husk: seccomp: denied calls: 7' \
    "husk: seccomp:      7  $denial" 'husk: seccomp: what the profile would have to allow: mkdir' \
    'husk: seccomp: mount("a") by sh on x86_64: ERRNO 1 [pid 13]' >lines
  report app.json --denials lines
  says $'Times | System call | Denial\n7 | mkdir | '"$denial"$'\n1 | mount | mount("a") by sh on x86_64: ERRNO 1\n' \
    'what the profile would have to allow: mkdir'
  says_not "the program's own line"
  jq -nc --arg d "$denial" '{event: "begin", id: "c"}, {event: "denied", id: "c", denial: $d}, {event: "counted", denial: $d, count: 41}' >events
  report app.json --denials events
  says $'\n41 | mkdir | '"$denial"$'\n'
}

# bats test_tags=attack:CL-21
@test "a report escapes the names of files, calls and programs, and shows what cannot be shown" {
  local name="x${HOSTILE//\//}"$'\e[31m\u202e\xff'.json
  jq --arg h "$HOSTILE" '.syscalls[0].comment = $h | .[$h] = 1 | .flags = [] | .listenerPath = "/a"' app.json >"$name"
  jq --arg h "$HOSTILE" '{syscalls: [{names: [$h, "read"], action: "SCMP_ACT_ALLOW"}], calls: [{name: $h, count: 3}]}' app.json >recorded.json
  printf 'husk: seccomp: %s(%s) by \e[1m\xff on x86_64: ERRNO 1 [pid 1]\nhusk: seccomp: %s\n' "$HOSTILE" "$HOSTILE" "$HOSTILE" >lines
  report "$name" --recording recorded.json --denials lines --against app.json
  says "Seccomp profile x${HOSTILE//\//}"'\x1b[31m\u202e\xff.json' "1 |  | $HOSTILE($HOSTILE) by \\x1b[1m\\xff on x86_64: ERRNO 1" \
    "architectures: $HOSTILE." 'listenerPath |  | none | /a'
  [ "$(grep -c '<script>' page.html)" -eq 1 ]
  cp page.html hostile.html
  report app.json --against "$name"
  says "Differences from x${HOSTILE//\//}"
}

# bats test_tags=attack:CL-21
@test "a browser runs the report's own script, and none that was slipped in" {
  printf 'husk: seccomp: <script>document.title="taken"</script>() by x [pid 1]\n' >lines
  "$HUSK" seccomp report app.json --denials lines -o page.html
  browser page.html
  # the search appears when the script runs
  says '<label>Search' '<title>app.json: seccomp profile</title>' '&lt;script&gt;document.title='
  # without the hash in the policy it does not, and the page is there all the same
  sed 's/script-src [^;]*;//; s/<h1>/<script>document.title="taken"<\/script><h1>/' page.html >changed.html
  browser changed.html
  says '<label hidden="">Search' '<title>app.json: seccomp profile</title>' 'id="call-read"'
}

@test "on a narrow screen no name of a call is broken, and the page is not wider than the screen" {
  "$HUSK" seccomp default >husk.json
  jq '{calls: [.syscalls[].names[] | {name: ., count: 1234}]}' husk.json >counts.json
  "$HUSK" seccomp report husk.json --against app.json --recording counts.json -o page.html
  # the policy would not let the measuring script run
  sed 's/<meta http-equiv[^>]*>//' page.html >narrow.html
  cat >>narrow.html <<'S'
<script>
document.documentElement.style.width = '420px' // a window is not made as narrow as a telephone
const lines = name => {
  const range = document.createRange()
  range.selectNodeContents(name)
  return new Set([...range.getClientRects()].map(box => box.top)).size
}
const names = [...document.querySelectorAll('tbody th a, tr[id] > th')]
document.title = `${names.length > 400 ? 'many' : 'few'} names, broken: ${names.filter(name => lines(name) > 1).map(name => name.textContent)};`
  + ` ${document.body.scrollWidth <= 420 ? 'narrow' : document.body.scrollWidth}`
</script>
S
  browser narrow.html --window-size=500,800
  output=$(grep '<title>' <<<"$output")
  says '<title>many names, broken: ; narrow</title>'
}

@test "a report is the same each time, small, and written whole or not at all" {
  "$HUSK" seccomp report app.json >one.html
  "$HUSK" seccomp report app.json -o two.html
  "$HUSK" seccomp report - <app.json | sed 's/standard input/app.json/g' >three.html
  cmp one.html two.html
  cmp one.html three.html
  [ "$(stat -c %s one.html)" -lt 150000 ]
  ln two.html before.html
  "$HUSK" seccomp report app.json --against app.json -o two.html
  cmp one.html before.html # what was there is replaced, not written over
  run --separate-stderr "$HUSK" seccomp report app.json -o missing/page.html
  is 1 ""
  complains 'write the page missing/page.html: no such file or directory'
  run --separate-stderr "$HUSK" seccomp report app.json -o "$PWD"
  is 1 ""
  # shellcheck disable=SC2016
  run --separate-stderr sh -c '"$0" seccomp report app.json >/dev/full' "$HUSK"
  is 1
  complains 'write the page: no space left on device'
}

@test "profiles and recordings of many thousand names and rules are read once" {
  # walking them from the beginning for each would take many minutes
  { echo '{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"action":"SCMP_ACT_ALLOW","names":["read"'; seq -f ',"x%.0f"' 600000; echo ']}]}'; } >names.json
  run --separate-stderr timeout 120 "$HUSK" seccomp explain names.json read
  succeeded
  says 'read (0) on'
  { echo '{"syscalls":['; yes '{"names":["read"],"action":"SCMP_ACT_ALLOW"},' | head -n 300000; echo '{"names":["write"],"action":"SCMP_ACT_ALLOW"}]}'; } >rules.json
  run --separate-stderr timeout 120 "$HUSK" seccomp report app.json --recording rules.json -o page.html
  is 0 ""
}

@test "a report is a file of its own, even if another is where it is written first" {
  # planted COMMAND: makes .page.html.PID in husk's name, by the command
  planted() {
    run --separate-stderr sh -c "${1//FILE/.page.html.\$\$}; exec \"\$0\" seccomp report app.json -o page.html" "$HUSK"
  }
  echo mine >mine
  planted 'ln mine FILE'
  is 0 ""
  [ "$(cat mine)" = mine ]
  grep -qi '^<!doctype html>' page.html
  rm page.html
  planted 'ln -s mine FILE'
  is 0 ""
  [ "$(cat mine)" = mine ]
  [ ! -L page.html ]
  rm page.html
  planted 'mkdir FILE'
  is 1 ""
  complains 'write the page page.html: file exists'
  [ ! -e page.html ]
}

@test "a report refuses what is not a profile, a recording or a log" {
  echo '{"syscalls": [' >cut.json
  run --separate-stderr "$HUSK" seccomp report cut.json
  is 1 ""
  run --separate-stderr "$HUSK" seccomp report app.json --recording cut.json
  is 1 ""
  complains cut.json:1:1
  echo '{"name": "x"}' >other.json
  run --separate-stderr "$HUSK" seccomp report app.json --recording other.json
  is 1 ""
  complains 'other.json is not a recording: it has neither syscalls nor calls'
  printf 'husk: seccomp: a\n{"event": "denied", \n' >events
  run --separate-stderr "$HUSK" seccomp report app.json --denials events
  is 1 ""
  complains 'events, line 2:'
  printf 'a\0b\n' >bytes
  run --separate-stderr "$HUSK" seccomp report app.json --denials bytes
  is 1 ""
  complains 'bytes is not text: it has a NUL byte'
  run --separate-stderr "$HUSK" seccomp report app.json --denials missing
  is 1 ""
  complains 'open missing: no such file or directory'
  run --separate-stderr "$HUSK" seccomp report
  is 1 ""
  complains 'seccomp report'
}

@test "a page does not replace what it is made of, whatever the file is called" {
  local before option
  before=$(cat app.json)
  cp app.json other.json
  ln -s app.json link.json
  ln app.json name.json
  for option in "-o app.json app.json" "-o link.json app.json" "-o name.json app.json" "-o app.json - " \
    "--against app.json -o name.json other.json" "--recording app.json -o ./app.json other.json" \
    "--denials app.json -o app.json other.json"; do
    # shellcheck disable=SC2086
    run --separate-stderr "$HUSK" seccomp report $option <app.json
    is 1
    complains 'the page would replace ' 'which it is made of'
    [ "$(cat app.json)" = "$before" ] || { echo "$option has replaced it"; return 1; }
  done
  report app.json
  report app.json
}
