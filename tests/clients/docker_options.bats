#!/usr/bin/env bats
# Options of docker that ask more of a runtime, with the runtime under test. tests/clients/run runs it.
load docker

@test "--tmpfs: its size, a program there with exec only" {
  launch --tmpfs /run:size=1m --tmpfs /tmp:exec -- sh -c 'dd if=/dev/zero of=/run/file bs=1k count=2000 2>/dev/null || echo full
    for directory in /run /tmp; do rm -f $directory/file; cp /bin/busybox $directory/busybox; $directory/busybox echo "$directory" 2>/dev/null; done'
  is 0 $'full\n/tmp'
}

@test "--cgroupns private: the container's group is the root there; host: it has its path" {
  launch --cgroupns private -- sh -c 'cut -d : -f 3 /proc/self/cgroup | sort -u'
  is 0 /
  launch --cgroupns host -- sh -c 'cut -d : -f 3 /proc/self/cgroup'
  [ "$status" = 0 ]
  grep -qE "^$CGROUP/[0-9a-f]{64}$" <<<"$output" || { echo "$output"; return 1; }
}

@test "--init: docker's init is process 1 and reaps; the command's status is the container's" {
  launch --init -- sh -c 'cat /proc/1/comm; (sleep 0.1 &); exit 7'
  is 7 docker-init
}

# nothing_lost: the output is whole; terminal.py has seen the end of it.
nothing_lost() {
  [ "$status" = 5 ] || { echo "status $status: $output"; return 1; }
  output=${output//$'\r'/}
  cmp <(seq 1 3000) - <<<"$output"
}

@test "run -it ten times: nothing of the output is lost" {
  local number
  for number in 1 2 3 4 5 6 7 8 9 10; do
    at_terminal -- run --rm -it --network none "$IMAGE" sh -c 'seq 1 3000; exit 5'
    nothing_lost || { echo "run $number"; return 1; }
  done
}

@test "exec -it ten times: nothing of the output is lost" {
  up -- sleep 1000
  local number
  for number in 1 2 3 4 5 6 7 8 9 10; do
    at_terminal -- exec -it "$NAME" sh -c 'seq 1 3000; exit 5'
    nothing_lost || { echo "exec $number"; return 1; }
  done
}

@test "run and exec -i three times: nothing of what is piped in and out is lost" {
  up -- sleep 1000
  local number
  seq 1 30000 >"$BOX/numbers"
  for number in 1 2 3; do
    d exec -i "$NAME" cat <"$BOX/numbers" | cmp - "$BOX/numbers"
    d run --rm -i --network none "$IMAGE" cat <"$BOX/numbers" | cmp - "$BOX/numbers"
  done
}
