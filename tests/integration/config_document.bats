#!/usr/bin/env bats
# config.json as a document: the file, its JSON, its keys and its version. A mistake is one clear line with its place, and
# nothing is made.
# bats file_tags=any-machine
load bundle

# raw: config.json is copied from stdin.
raw() {
  cat >"$BUNDLE/config.json"
}

# text TEXT: config.json is the text, without a line feed.
text() {
  printf '%s' "$1" | raw
}

@test "an error has file, line, column, pointer, what is wrong and a suggestion" {
  config '.process.rlimits[0].type = "RLIMIT_FOO"'
  local line
  line=$(grep -n RLIMIT_FOO "$BUNDLE/config.json" | cut -d: -f1)
  refused "config.json:$line:"
  local place="$BUNDLE/config.json:$line:17: /process/rlimits/0/type"
  [ "$stderr" = "husk: error: $place: \"RLIMIT_FOO\" is not a resource limit (did you mean RLIMIT_FSIZE?)" ]
  config '.process.rlimits[0].type = "RLIMIT_NOFIL"'
  refused '/process/rlimits/0/type' 'did you mean RLIMIT_NOFILE?'
}

# bats test_tags=attack:BI-01
@test "config.json is missing, a directory or unreadable" {
  rm "$BUNDLE/config.json"
  refused "open $BUNDLE/config.json: no such file or directory"
  mkdir "$BUNDLE/config.json"
  refused 'config.json is not a regular file'
  rmdir "$BUNDLE/config.json"
  example
  chmod 0 "$BUNDLE/config.json"
  unprivileged run --bundle "$BUNDLE" "$ID"
  is 1
  complains 'config.json' 'permission denied'
}

# bats test_tags=attack:BI-02
@test "config.json is a FIFO, a link to an endless device, a socket" {
  rm "$BUNDLE/config.json"
  mkfifo "$BUNDLE/config.json"
  refused 'config.json is not a regular file'
  rm "$BUNDLE/config.json"
  ln -s /dev/zero "$BUNDLE/config.json"
  refused 'config.json is not a regular file'
  rm "$BUNDLE/config.json"
  listen_at "$BUNDLE" config.json
  refused 'config.json'
}

# bats test_tags=attack:BI-02
@test "a config.json over 16 MiB is refused" {
  truncate -s 17M "$BUNDLE/config.json"
  refused 'config.json' 'the limit is 16 MiB'
}

# bats test_tags=attack:BI-03
@test "config.json is empty or truncated at every 97th byte" {
  text ''
  refused 'config.json:1:1: not valid JSON'
  jq -c . "$SOURCE/config.json.example" >"$BATS_TEST_TMPDIR/whole"
  local size at
  size=$(($(wc -c <"$BATS_TEST_TMPDIR/whole") - 1))
  for ((at = 1; at < size; at += 97)); do
    head -c "$at" "$BATS_TEST_TMPDIR/whole" | raw
    run --separate-stderr husk check --bundle "$BUNDLE"
    is 1
    [[ "$output$stderr" =~ config.json:[0-9]+:[0-9]+ ]]
  done
}

# bats test_tags=attack:BI-05
@test "1,000 and 100,000 nested arrays are refused" {
  local depth
  for depth in 1000 100000; do
    head -c "$depth" /dev/zero | tr '\0' '[' | raw
    refused 'config.json' 'nested deeper than 128 levels'
    { printf '{"ociVersion": "1.0.2", "x": '; head -c "$depth" /dev/zero | tr '\0' '['; } | raw
    refused 'config.json' 'nested deeper than 128 levels'
  done
}

# bats test_tags=attack:BI-06
@test "the top level is an array, a string, null or a number" {
  text '[]'
  refused 'config.json' 'expected an object, found an array'
  text '"x"'
  refused 'config.json' 'expected an object, found a string'
  text null
  refused 'config.json' 'expected an object, found null'
  text 7
  refused 'config.json' 'expected an object, found a number'
}

@test "trailing text, duplicate keys, bad UTF-8, a comment" {
  text '{} x'
  refused 'config.json:1:4: not valid JSON'
  { cat "$SOURCE/config.json.example"; echo '{}'; } | raw
  refused 'config.json:'
  text '{"a": 1, "a": 2}'
  refused 'duplicate key "a"'
  sed '1a "ociVersion": "1.0.2",' "$SOURCE/config.json.example" | raw
  refused 'duplicate key "ociVersion"' 'config.json:3:'
  printf '{"ociVersion": "1.0.\xff"}' | raw
  refused 'config.json:1:21: not valid UTF-8'
  sed '1a // comment' "$SOURCE/config.json.example" | raw
  refused 'config.json:2:1: not valid JSON: JSON has no comments'
}

# proves: config-is-utf-8
@test "bytes that are not UTF-8: Latin-1, cut short, overlong forms, surrogates, beyond Unicode, UTF-16" {
  local bytes
  for bytes in '\xe9' '\xc3' '\xe2\x82' '\xf0\x9f\x90' '\x80' '\xc0\xaf' '\xc1\x81' '\xe0\x80\xaf' '\xe0\x9f\xbf' \
    '\xf0\x8f\xbf\xbf' '\xed\xa0\x80' '\xed\xbf\xbf' '\xf4\x90\x80\x80' '\xf5\x80\x80\x80' '\xff'; do
    # in a key of an unknown property, in a value, and between values
    printf "{\"x$bytes\": 1, %s" "$(jq -c . "$SOURCE/config.json.example" | cut -c2-)" | raw
    refused 'config.json:1:' 'valid'
    printf "{\"annotations\": {\"a\": \"x$bytes\"}, %s" "$(jq -c . "$SOURCE/config.json.example" | cut -c2-)" | raw
    refused 'config.json:1:' 'valid'
    { printf "$bytes"; cat "$SOURCE/config.json.example"; } | raw
    refused 'config.json:1:' 'valid'
  done
  for bytes in UTF-16LE UTF-16BE UTF-32LE; do
    iconv -f UTF-8 -t $bytes "$SOURCE/config.json.example" | raw
    refused 'config.json:1:' 'not valid JSON'
  done
  # the first and the last characters of each length, and those around the surrogates
  example
  script 'echo "$A"'
  config '.process.env += ["A=\u0080\u07ff\u0800\ud7ff\ue000\uffff\ud800\udc00\udbff\udfff"]'
  launch
  is 0 $'\u0080\u07ff\u0800\ud7ff\ue000\uffff\U10000\U10ffff'
}

# proves: duplicate-names-refused
@test "duplicate keys in an object: deeply nested, written with escapes, far apart, in unknown members" {
  local text
  for text in '"\\u0078": 1, "x": 2' '"unknown": {"list": [{"x": 1, "y": 2, "x": 1}]}' \
    "$(seq -f '"x%g": 0,' 1 100) \"x7\": 0"; do
    printf '{%b, %s' "$text" "$(jq -c . "$SOURCE/config.json.example" | cut -c2-)" | raw
    refused 'config.json:' 'duplicate key '
  done
  # in different objects the same name is valid
  jq '.annotations = {x: "1"} | .unknown = [{x: 1}, {x: 2}]' "$SOURCE/config.json.example" | raw
  launch
  succeeded
}

# proves: annotations-are-a-map annotation-keys-are-strings annotation-keys-not-empty annotation-values-are-strings
@test "annotations are refused if they are not an object, or if a key is empty or a value is not a string" {
  local value
  for value in '["a", "b"]' '"a=b"' 1 true; do
    refused_example ".annotations = $value" '/annotations: expected an object'
  done
  refused_example '.annotations = {"": "x"}' '/annotations/: the key of an annotation is empty'
  for value in '["x"]' '{"x": "y"}' 1 true null; do
    refused_example ".annotations = {good: \"x\", bad: $value}" '/annotations/bad: expected a string'
  done
  for value in 1 true null 'a'; do
    sed "1a \"annotations\": {$value: \"x\"}," "$SOURCE/config.json.example" | raw
    refused 'config.json:2:' 'not valid JSON'
  done
  example_with '.annotations = {}'
  program echo fine
  launch
  is 0 fine
}

# bats test_tags=attack:BI-08
@test "a NUL in a string is refused" {
  text '{"ociVersion": "1.0.0\u0000"}'
  refused 'config.json:1:16: /ociVersion: the string contains a NUL'
  local filter
  for filter in '.process.args[0] = "a\u0000b"' '.process.env[0] = "A=\u0000"' '.process.cwd = "/\u0000"' \
    '.root.path = "rootfs\u0000/x"' '.linux.cgroupsPath = "/a\u0000"' '.hostname = "a\u0000b"' \
    '.linux.seccomp.syscalls[0].names[0] = "read\u0000"' '.mounts[0].destination = "/proc\u0000"' \
    '.linux.maskedPaths[0] = "/proc\u0000"'; do
    refused_example "$filter" 'the string contains a NUL'
  done
}

# bats test_tags=attack:BI-10
@test "a byte order mark is refused" {
  { printf '\xef\xbb\xbf'; cat "$SOURCE/config.json.example"; } | raw
  refused 'byte order mark'
}

# proves: version-is-semver
# bats test_tags=attack:BI-11
@test "ociVersion is missing, empty, malformed, of another major version or not a string" {
  refused_config 'del(.ociVersion)' '"ociVersion" is required'
  local value
  for value in '""' '"1.0"' '"x"' '"1.0.0.0"' '"v1.0.0"' '" 1.0.0"' '"1.0.0 "' '"01.0.0"' '"1.00.0"' '"1.0.x"' '"1.0.0-"' \
    '"1.0.0+"' '"1.0.0-a..b"' '"1.0.0-01"' '"1.0.0-a+b+c"' '"1.0.0-a_b"' '"1.0.0+a."'; do
    refused_example ".ociVersion = $value" '/ociVersion' 'is not a version'
  done
  refused_example '.ociVersion = "99.0.0"' '/ociVersion' 'husk implements 1.x'
  refused_example '.ociVersion = 7' '/ociVersion' 'expected a string, found a number'
  refused_example '.ociVersion = null' '/ociVersion'
}

# bats test_tags=attack:BI-11
@test "the versions 1.0.0 to 1.99, with a suffix too" {
  local version
  program echo fine
  for version in 1.0.0 1.0.2-dev 1.0.2 1.1.0 1.2.1 1.3.0 1.99.0 1.99.7 1.0.0-rc.1 1.0.0-0a.-1+01.b 1.0.0+x-y; do
    config '.ociVersion = $v' --arg v "$version"
    launch
    is 0 fine
  done
}

# bats test_tags=attack:BI-32
@test "large valid configs work in reasonable time or exceed a stated limit" {
  program echo fine
  config '.process.env += [range(10000) | "V\(.)=x"]'
  launch
  is 0 fine
  config '.linux.maskedPaths += [range(4000) | "/not/there/\(.)"]'
  launch
  is 0 fine
  example
  script 'echo ${#1}'
  config '.process.args += ["sh", "x" * 65536]'
  launch
  is 0 65536
  example
  program echo fine
  config '.mounts += [range(4000) | {destination: "/dev/shm", type: "tmpfs", source: "t"}]'
  launch
  [ "$status" -ne 0 ] || same fine
  nothing_left
}

# proves: /process/commandLine /process/user/username
# proves: unknown-properties-ignored
# bats test_tags=attack:BI-42
@test "unknown keys are ignored, a key in the wrong case is warned of" {
  config '.unknown = {a: [1]} | .process.another = 7 | .linux.more = null | .process.user.x = 1 | .root.x = "y"
    | .mounts[0].x = {} | .linux.namespaces[0].x = true | .linux.resources.x = {y: -1} | .linux.seccomp.x = "SCMP_ACT_X"
    | .linux.seccomp.syscalls[0].x = 1 | .hooks = {x: [{path: "relative"}]} | .process.capabilities.x = ["CAP_X"]
    | .linux.intelligence = {} | .vmware = "x" | .process.commandLine = "of Windows"
    | .process.user.username = "of Windows"'
  launch
  succeeded
  [ -z "$stderr" ]
  config '.Linux = {} | .process.noNewprivileges = true'
  program echo fine
  launch
  is 0 fine
  warns 'the key "Linux" is unknown and ignored (did you mean "linux"?)' \
    'noNewprivileges' '(did you mean "noNewPrivileges"?)'
  never grep -E '\\"unknown\\"|another|more' "$WARNINGS"
}

@test "members of a wrong type: create accepts or refuses them, and a refused create leaves nothing" {
  local member value
  for member in linux process root mounts hooks annotations hostname linux.namespaces linux.resources linux.seccomp \
    linux.devices linux.maskedPaths process.user process.args process.capabilities process.rlimits; do
    for value in null true 0 '""' '[]' '{}'; do
      example_with ".$member = $value"
      status=0 # the container keeps its output open, so that is a file
      husk create --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/said" 2>&1 || status=$?
      if [ "$status" = 0 ]; then
        husk delete --force "$ID"
      else
        [ "$status" -lt 128 ] && grep -q 'config\.json:' "$BATS_TEST_TMPDIR/said" \
          || { echo "$member = $value: status $status, $(cat "$BATS_TEST_TMPDIR/said")" >&2; return 1; }
        [ ! -e "$ROOT/$ID" ]
      fi
    done
  done
}

@test "a member that is null counts as absent, for check, plan, run and create" {
  example_with '.linux = null'
  local line command
  line=$(grep -n '"linux": null' "$BUNDLE/config.json" | cut -d: -f1)
  for command in check plan; do
    run --separate-stderr husk "$command" --bundle "$BUNDLE"
    is 1
    [[ "$output$stderr" = *"config.json:$line:"*'/linux: "linux" is missing: the program would run on the host'* ]]
  done
  refused '/linux: "linux" is missing'
  example_with '.linux = null | .windows = {}'
  refused '/windows: this config is for Windows'
  example_with '.hooks = null | .annotations = null | .linux.seccomp = null | .process.rlimits = null'
  program true
  launch
  succeeded
}

@test "for a config of another platform run and check name the platform in one line" {
  local section
  while read -r section name; do
    refused_example "del(.linux) | .process.apparmorProfile = 7 | .$section = {}" "/$section: this config is for $name: husk runs Linux containers"
    run husk check --bundle "$BUNDLE"
    is 1
    [ "${#lines[@]}" -eq 2 ]
    says "/$section: this config is for $name: husk" '1 error, 0 warnings'
  done <<<$'freebsd FreeBSD\nsolaris Solaris\nvm virtual machines\nwindows Windows\nzos z/OS'
  example_with '.windows = {} | .vm = {}'
  program echo fine
  launch
  is 0 fine
}
