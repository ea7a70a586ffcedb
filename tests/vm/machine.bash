# shellcheck shell=bash disable=SC2154,SC2034 # variables of run
# The machine: qemu, booted afresh or resumed from the state that was kept after the first boot.
# Read by tests/vm/run. The guest first sends "ready" on its second serial line, and waits there for "go" and the time.

# KVM only if it is the processor's own: Debian's kernels do not boot under a paravirtual one.
machine_choose() {
  accelerator=tcg,thread=multi,tb-size=512
  processor=max
  if grep -qE '^flags.* (vmx|svm)( |$)' /proc/cpuinfo && [ -w /dev/kvm ]; then
    accelerator=kvm processor=host
  fi
  state=$image/state-${boot##*/}-$module-${accelerator%%,*}-$processors-$memory-$(sha256sum "$here/machine.bash" | cut -c 1-6)
}

# machine_command: the command line, in $machine. It must be the same when a state is kept and when it is resumed.
machine_command() {
  local append="console=ttyS0 root=/dev/vda rw quiet loglevel=3 panic=-1 tsc=reliable mitigations=off"
  append+=" security=$module $module=1 systemd.unified_cgroup_hierarchy=1"
  machine=(
    qemu-system-x86_64 -accel "$accelerator" -cpu "$processor" -smp "$processors" -m "$memory"
    -machine "q35,usb=off,vmport=off,smm=off" -nodefaults -no-user-config -no-reboot -display none
    -kernel "$boot/vmlinuz" -initrd "$boot/initrd" -append "$append"
    -drive "if=none,id=root,format=qcow2,file=$work/root.qcow2,cache=unsafe" -device "virtio-blk-pci,drive=root"
    -drive "if=none,id=work,format=raw,file=$work/work.img,cache=unsafe" -device "virtio-blk-pci,drive=work"
    -drive "if=none,id=modules,format=raw,file=$boot/modules.ext4,readonly=on" -device "virtio-blk-pci,drive=modules"
    -device virtio-rng-pci -device virtio-serial-pci
    -chardev "file,id=out,path=$work/out" -device "virtserialport,chardev=out,name=out"
    -serial "file:$work/console" -chardev "pipe,id=words,path=$work/words" -serial chardev:words
    -chardev "pipe,id=monitor,path=$work/monitor" -mon chardev=monitor
  )
}

# machine_lines: the guest's words and qemu's monitor, each a pair of pipes. Descriptors: 5 and 6 the words from and to the
# guest, 7 and 8 those of the monitor. Opened for reading and writing nothing waits for its other end.
machine_lines() {
  mkfifo "$work"/{words,monitor}.{in,out} "$work/out"
  exec 5<>"$work/words.out" 6<>"$work/words.in" 7<>"$work/monitor.out" 8<>"$work/monitor.in"
}

machine_ready() {
  local word
  while read -r -t 180 -u 5 word; do
    [[ $word != *ready* ]] || return 0
  done
  return 1
}

# machine_go: sends it several times, since the first bytes may be lost when a machine resumes.
machine_go() {
  local i
  for ((i = 0; i < 5; i++)); do
    kill -0 "$qemu" 2>/dev/null || return 0
    printf '\ngo %s\n' "$(date +%s)" >&6
    sleep 0.3
  done
}

# machine_start ARG...: starts it with these additional arguments and prints the output of the guest's command.
machine_start() {
  cat "$work/out" 9>&- &
  reader=$!
  timeout "$seconds" "${machine[@]}" "$@" </dev/null >"$work/qemu" 2>&1 9>&- &
  qemu=$!
}

# machine_wait: waits until it ends. 124: its time was over.
machine_wait() {
  local status=0
  wait "$qemu" || status=$?
  : <>"$work/out" # the reader's end, if qemu has never opened it
  wait "$reader" || true
  qemu='' reader=''
  return $status
}

# machine_keep: boots and keeps the state. The monitor's migrate returns when it is done.
machine_keep() {
  local begin=$EPOCHREALTIME
  qemu-img create -q -f qcow2 -F raw -b "$image/root.ext4" "$work/root.qcow2"
  truncate -s 1G "$work/work.img"
  machine_start
  machine_ready || fail "the guest does not boot"
  say "booted after $(since "$begin") s"
  printf '%s\n' 'migrate_set_parameter max-bandwidth 100G' "migrate \"exec:zstd -q -1 -T2 >'$state.new'\"" \
    'info migrate' quit >&8
  machine_wait || fail "the booted state could not be kept"
  timeout 1 cat <&7 >"$work/answers" || true
  grep -q 'Migration status: completed' "$work/answers" || fail "the booted state could not be kept"
  mv "$work/root.qcow2" "$state.qcow2"
  mv "$state.new" "$state.zst"
  say "state kept after $(since "$begin") s"
}

# machine_run: runs the command on the work disk.
machine_run() {
  local begin=$EPOCHREALTIME
  if [ "$fresh" = 1 ]; then
    qemu-img create -q -f qcow2 -F raw -b "$image/root.ext4" "$work/root.qcow2"
    machine_start
    machine_ready || fail "the guest does not boot"
  else
    qemu-img create -q -f qcow2 -F qcow2 -b "$state.qcow2" "$work/root.qcow2"
    machine_start -incoming "exec:zstd -qdc '$state.zst'"
  fi
  machine_go
  machine_wait || [ $? -ne 124 ] || late=1
  say "ran for $(since "$begin") s"
}
