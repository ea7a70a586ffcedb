#!/usr/bin/env bats
# What errors and warnings have on a terminal alone: colours, and the line that they are about with a caret below the place.
# bats test_tags=any-machine
load bundle

setup() {
  bundle_make
  NO_COLOR= TERM=xterm
  export NO_COLOR TERM
}

# on_terminal COMMAND...: husk COMMAND with a terminal; output is what it shows, without carriage returns.
on_terminal() {
  local line
  printf -v line '%q ' "$HUSK" --root "$ROOT" "$@"
  run command script --quiet --return --command "stty cols 200 && $line" /dev/null </dev/null
  output=${output//$'\r'/}
}

# plain_terminal COMMAND...: the same without colours.
plain_terminal() {
  NO_COLOR=1 on_terminal "$@"
}

# marked TEXT: in the last two lines of output the caret is below the beginning of TEXT.
marked() {
  python3 - "$output" "$1" <<'PYTHON'
import sys, unicodedata
line, caret = sys.argv[1].splitlines()[-2:]
cells = lambda text: sum(2 if unicodedata.east_asian_width(c) in 'WF' else 0 if unicodedata.combining(c) else 1 for c in text)
before = caret.index('^')
assert caret[before + 1:] == '' and caret[:before].replace('|', ' ').isspace(), caret
at = [i for i in range(len(line)) if line.startswith(sys.argv[2], i) and cells(line[:i]) == before]
assert len(at) == 1, f'the caret is not below {sys.argv[2]}:\n{line}\n{caret}'
PYTHON
}

# wrong TEXT: a config.json of this text is refused on a terminal.
wrong() {
  printf '%s' "$1" >"$BUNDLE/config.json"
  plain_terminal plan --bundle "$BUNDLE"
  is 1
}

@test "an error on a terminal shows its line, with a caret below the place" {
  wrong $'{"ociVersion": "1.0.2",\n  "hostname": 5, "root": {"path": "rootfs"}}\n'
  [[ "$output" == "husk: error: $BUNDLE/config.json:2:15: /hostname: "*$'\n     2 |   "hostname": 5, "root": {"path": "rootfs"}}'$'\n'* ]]
  marked '5, "root"'
  wrong $'{"ociVersion": "1.0.2",\n  "process": {"args": ["x" "y"]}}\n'
  says '  "process": {"args": ["x" "y"]}}'
  marked ' "y"]}}'
  wrong '{"ociVersion": "1.0.2", "process": {"args": ["x"]'
  says '"process": {"args": ["x"]'
  [[ "${output##*$'\n'}" =~ ^\ +\|\ +\^$ ]]
}

@test "tabs, control characters, wide and reversing characters do not move the caret" {
  wrong $'{\n\t"ociVersion":\t"1.0.2",\t"hostname": 5}'
  marked 5
  wrong $'{\n"a\u65e5\u672ce\u0301\u202e\u0085": "\U0001f433", "hostname": 5}'
  says '\u202e' '\u0085'
  marked '5}'
  wrong $'{"a": "b\x01"}'
  says '{"a": "b\x01"}'
  marked '\x01'
  wrong $'{"ociVersion": "1.0.2",\r\n"hostname": 5}\r\n'
  marked '5}'
  [[ "$output" != *$'\x01'* && "$output" != *'\x0d'* ]]
}

@test "of a long line the part around the place is shown" {
  local many
  many=$(printf '"key%s": "value", ' {1..400})
  wrong "{$many\"hostname\": 5, ${many//key/other}\"ociVersion\": \"1.0.2\"}"
  marked '5, '
  local line
  line=$(tail -n 2 <<<"$output" | head -n 1)
  [ "${#line}" -le 100 ]
  [[ "$line" == *' | ...'*'"hostname": 5, "other'*... ]]
}

@test "colours are for a terminal that has them, and nothing changes where standard error is none" {
  printf '{"ociVersion": "1.0.2", "hostname": 5}' >"$BUNDLE/config.json"
  on_terminal plan --bundle "$BUNDLE"
  [[ "$output" == $'husk: \e[1;31merror: \e[0m'"$BUNDLE/config.json:1:37: "*$'\e[1;31m^\e[0m' ]]
  TERM=dumb on_terminal plan --bundle "$BUNDLE"
  [[ "$output" == "husk: error: $BUNDLE/config.json:1:37: "*$'^' && "$output" != *$'\e'* ]]
  plain_terminal plan --bundle "$BUNDLE"
  [[ "$output" == "husk: error: $BUNDLE/config.json:1:37: "*$'^' && "$output" != *$'\e'* ]]
  run --separate-stderr husk plan --bundle "$BUNDLE"
  is 1 ''
  [ "${#stderr_lines[@]}" -eq 1 ]
  [[ "$stderr" == "husk: error: $BUNDLE/config.json:1:37: /hostname: "* && "$stderr" != *$'\e'* ]]
  on_terminal --log "$BATS_TEST_TMPDIR/log" plan --bundle "$BUNDLE"
  [ "$(wc -l <"$BATS_TEST_TMPDIR/log")" -eq 1 ]
  never grep -q $'\e\|\^' "$BATS_TEST_TMPDIR/log"
}

@test "a warning has its line too, in yellow, and the error after it its own" {
  example
  config '.hostnam = "x" | .hostname = 5'
  on_terminal plan --bundle "$BUNDLE"
  is 1
  says $'husk: \e[1;33mwarning: \e[0m'"$BUNDLE/config.json:" $'\e[1;33m^\e[0m' $'\e[1;31m^\e[0m'
  output=$(sed $'s/\e\\[[0-9;]*m//g' <<<"$output")
  marked 5
}

@test "a profile's error shows the profile's line, and no file is opened again" {
  printf '{"defaultAction":\n "SCMP_ACT_NONE"}' >"$BATS_TEST_TMPDIR/profile.json"
  plain_terminal seccomp dump "$BATS_TEST_TMPDIR/profile.json"
  is 1
  marked '"SCMP_ACT_NONE"'
  run command script --quiet --return --command "strace -f -o $BATS_TEST_TMPDIR/calls -e trace=open,openat,openat2 \
    $HUSK seccomp dump $BATS_TEST_TMPDIR/profile.json" /dev/null </dev/null
  [ "$(grep -c profile.json "$BATS_TEST_TMPDIR/calls")" -eq 1 ]
}
