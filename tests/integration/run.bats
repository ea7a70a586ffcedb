load bundle

@test "run prints what the program prints and gives its status" {
  program_sh 'echo out; echo err >&2; exit 7'
  go
  is 7 $'out\nerr'
  nothing_left
}

@test "run gives 128+N for a signal" {
  program sleep 100
  "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID" >/dev/null 2>&1 3>&- &
  local pid=$!
  running
  husk kill "$ID" KILL
  status=0
  wait "$pid" || status=$?
  is 137
  nothing_left
}

@test "run passes signals on to the program" {
  program_sh 'trap "exit 42" TERM; touch /ready; while :; do sleep 0.05; done'
  "$HUSK" --root "$ROOT" run --bundle "$BUNDLE" "$ID" >/dev/null 2>&1 3>&- &
  local pid=$!
  for _ in $(seq 200); do [ -e "$BUNDLE/rootfs/ready" ] && break; sleep 0.02; done
  kill -TERM "$pid"
  status=0
  wait "$pid" || status=$?
  is 42
  nothing_left
}

@test "stdin reaches the program" {
  program cat
  run bash -c "echo hello | '$HUSK' --root '$ROOT' run --bundle '$BUNDLE' '$ID'"
  is 0 hello
}

@test "the environment of husk does not reach the program" {
  program env
  config '.process.env = ["PATH=/bin", "A=b"]'
  SECRET=1 LD_PRELOAD='' go
  is 0 $'PATH=/bin\nA=b\nHOME=/root'
}

@test "config.json.example runs as it stands" {
  cp "$EXAMPLE" "$BUNDLE/config.json"
  go
  is 0
  says 'Hello from husk, process 1, as root'
  says $'NoNewPrivs:\t1'
  says $'Seccomp:\t2'
  says $'CapBnd:\t00000000a80425fb'
}

@test "a program that is missing: exit 1 and the words that clients match" {
  program nosuch
  go
  is 1
  says 'exec: "nosuch": executable file not found in $PATH'
  program /nosuch
  go
  is 1
  says 'exec: "/nosuch": stat /nosuch: no such file or directory'
  program /etc/passwd
  go
  is 1
  says 'exec: "/etc/passwd": permission denied'
  program /etc
  go
  is 1
  says 'exec: "/etc": is a directory'
  nothing_left
}

@test "run --detach goes on by itself, --keep keeps the record" {
  program_sh 'exit 5'
  run husk run --keep --bundle "$BUNDLE" "$ID"
  is 5
  [ "$(husk state "$ID" | jq -r .status)" = stopped ]
  husk delete "$ID"
  program sleep 100
  husk run --detach --bundle "$BUNDLE" "$ID" >/dev/null 2>&1 </dev/null
  [ "$(husk state "$ID" | jq -r .status)" = running ]
  husk delete --force "$ID"
  nothing_left
}
