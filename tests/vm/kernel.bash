# shellcheck shell=bash disable=SC2154,SC2034 # variables of run
# The guest's kernel: a directory of the cache with vmlinuz, initrd, modules.ext4 and release. Read by tests/vm/run. Any
# kernel boots the same root file system: the initrd mounts the disk with the kernel's modules over /lib/modules.

# kernel_directory: where it is kept, for this script and the initrd's drivers.
kernel_directory() {
  echo "$cache/kernel-$kernel-$(sha256sum "$here/kernel.bash" | cut -c 1-12)"
}

# kernel_sources: of a suite that has updates the updates, too: the newest package wins.
kernel_sources() {
  archives
  echo "deb [signed-by=$keyring] $archive $kernel main"
  [ "$kernel" = sid ] || echo "deb [signed-by=$keyring] $security $kernel-security main"
}

# kernel_apt COMMAND...: apt with lists of its own, so that this machine's packages do not matter.
kernel_apt() {
  "$1" -qq -o Dir::Etc::SourceList="$work/apt/sources" -o Dir::Etc::SourceParts=/dev/null -o Dir::State="$work/apt/state" \
    -o Dir::State::status=/dev/null -o Dir::Cache="$work/apt/cache" -o APT::Architecture=amd64 -o APT::Sandbox::User=root \
    -o Acquire::Languages=none "${@:2}"
}

# kernel_packages: the package of the kernel that the suite has now. Newer ones are in parts: the kernel and its modules.
kernel_packages() {
  local image
  image=$(kernel_apt apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
  echo "$image"
  kernel_apt apt-cache depends "$image" | sed -n 's/.*Depends: \(linux-\(binary\|modules\)-[0-9].*\)/\1/p'
}

# kernel_fetch: the packages, unpacked, in $work/kernel.
kernel_fetch() {
  local package packages
  mkdir -p "$work"/apt/{state/lists,cache/archives}/partial "$work/kernel/lib"
  kernel_sources >"$work/apt/sources"
  kernel_apt apt-get update
  mapfile -t packages < <(kernel_packages)
  (cd "$work/apt" && kernel_apt apt-get download "${packages[@]}")
  for package in "$work"/apt/*.deb; do
    dpkg-deb -x "$package" "$work/kernel"
  done
  # newer packages have them in /usr
  [ ! -d "$work/kernel/usr/lib/modules" ] || mv "$work/kernel/usr/lib/modules" "$work/kernel/lib/"
}

# kernel_unpacked FILE: the ELF inside of a bzImage. Emulated, the kernel would unpack itself for seconds; qemu boots the
# ELF by its PVH note.
kernel_unpacked() {
  local magic unpack offset
  while read -r magic unpack; do
    while IFS=: read -r offset _; do
      tail -c "+$((offset + 1))" "$1" | $unpack >"$work/elf" 2>/dev/null || true # what follows is not part of it
      [ "$(head -c 4 "$work/elf" | tail -c 3)" = ELF ] || continue
      cat "$work/elf"
      return
    done < <(LC_ALL=C grep -aboP "$magic" "$1")
  done <<'PACKERS'
\x28\xb5\x2f\xfd zstd -dcq
\xfd7zXZ\x00 xz -dcq
PACKERS
  return 1
}

# kernel_drivers NAME...: files of these modules and those they need, in the order they are to be loaded.
kernel_drivers() {
  local name
  for name; do
    grep -E "/$name\.ko[^:]*:" "$modules/modules.dep" | head -n 1 | tr -d : | tr ' ' '\n' | tac
  done | awk '!seen[$0]++'
}

# kernel_initrd FILE: does what is needed: loads the disks' driver, mounts the root and the modules.
kernel_initrd() {
  local tree=$work/initrd file names=
  mkdir -p "$tree"/{bin,modules,dev,root}
  cp /bin/busybox "$tree/bin/"
  ln -s busybox "$tree/bin/sh"
  for file in $(kernel_drivers virtio_pci virtio_blk virtio_console virtio_rng ext4); do
    case $file in
      *.xz) xz -dc "$modules/$file" ;;
      *.zst) zstd -dcq "$modules/$file" ;;
      *) cat "$modules/$file" ;;
    esac >"$tree/modules/$(basename "$file")"
    names+=" /modules/$(basename "$file")"
  done
  cat >"$tree/init" <<INIT
#!/bin/sh
PATH=/bin
busybox mount -t devtmpfs dev /dev
for module in $names; do busybox insmod \$module; done
busybox mount -t ext4 -o noatime /dev/vda /root || busybox poweroff -f
busybox mount -t ext4 -o ro /dev/vdc /root/lib/modules || busybox poweroff -f
busybox mount -o move /dev /root/dev
exec busybox switch_root /root /sbin/init
INIT
  chmod 755 "$tree/init"
  (cd "$tree" && find . | /bin/busybox cpio -o -H newc 2>/dev/null) >"$1"
}

# kernel_files DIRECTORY: what qemu boots, of the packages.
kernel_files() {
  local release modules packed
  release=$(ls "$work/kernel/lib/modules")
  modules=$work/kernel/lib/modules/$release
  packed=$modules/vmlinuz
  [ -e "$packed" ] || packed=$work/kernel/boot/vmlinuz-$release
  kernel_unpacked "$packed" >"$1/vmlinuz" || cp "$packed" "$1/vmlinuz"
  rm -f "$modules/vmlinuz"
  depmod -b "$work/kernel" "$release"
  kernel_initrd "$1/initrd"
  truncate -s "$(($(du -sm "$modules" | cut -f 1) * 5 / 4 + 16))M" "$1/modules.ext4"
  mke2fs -q -F -t ext4 -O ^has_journal -m 0 -E lazy_itable_init=1 -d "$work/kernel/lib/modules" "$1/modules.ext4"
  echo "$release" >"$1/release"
}

# kernel_make: the kernel is there, in $boot.
kernel_make() {
  boot=$(kernel_directory)
  if [ ! -e "$boot" ]; then
    say "fetching the kernel of $kernel"
    rm -rf "$boot.new"
    mkdir "$boot.new"
    { kernel_fetch && kernel_files "$boot.new"; } >"$work/log" 2>&1 || {
      tail -n 20 "$work/log" >&2
      rm -rf "$boot.new"
      fail "the kernel of $kernel could not be fetched"
    }
    mv "$boot.new" "$boot"
    rm -rf "$work/kernel" "$work/initrd" "$work/apt"
  fi
  touch "$boot"
}
