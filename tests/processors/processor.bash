# shellcheck shell=bash disable=SC2034,SC2154 # variables of those that read this
# The processors, and what is kept of each in the cache directory. Read by run and machine.
#
# What a processor needs is unpacked from Debian's packages and never configured: nothing of it runs on this machine but
# what qemu emulates.

PROCESSORS="aarch64 riscv64 s390x armhf"
PROCESSOR_PACKAGES="gcc-aarch64-linux-gnu gcc-riscv64-linux-gnu gcc-s390x-linux-gnu gcc-arm-linux-gnueabihf qemu-user-static
  mmdebstrap debian-archive-keyring meson ninja-build pkg-config python3 protobuf-c-compiler"
MACHINE_PACKAGES="qemu-system-arm qemu-system-misc opensbi kmod e2fsprogs busybox-static"

# What husk and its unit tests are linked with.
LIBRARIES=libc6-dev,linux-libc-dev,libseccomp-dev,libyajl-dev,libcap-dev,libcmocka-dev,libprotobuf-c-dev,libsystemd-dev,libglib2.0-dev

# What the machine's tests call.
GUEST=base-files,base-passwd,bash,coreutils,dash,diffutils,findutils,grep,sed,mawk,tar,gzip,util-linux,bsdutils,mount,procps
GUEST+=,iproute2,hostname,passwd,login,libc-bin,perl-base,python3-minimal,bats,jq,strace,binutils,gcc,libc6-dev,uidmap,libcap2-bin
GUEST+=,busybox-static,kmod,ncurses-base,libseccomp2,libcap2,libcmocka0,libyajl2,libprotobuf-c1,libsystemd0,libglib2.0-0t64

# processor NAME: sets what is special about it.
processor() {
  name=$1 emulator=qemu-$1-static family=$1 order=little suite=bookworm kernel='' system=()
  case $1 in
    aarch64)
      debian=arm64 triplet=aarch64-linux-gnu kernel=linux-image-cloud-arm64
      system=(qemu-system-aarch64 -machine virt -cpu max,pauth-impdef=on) console=ttyAMA0
      ;;
    riscv64) # not in bookworm
      debian=riscv64 triplet=riscv64-linux-gnu suite=trixie kernel=linux-image-riscv64
      system=(qemu-system-riscv64 -machine virt) console=ttyS0
      ;;
    s390x)
      debian=s390x triplet=s390x-linux-gnu order=big kernel=linux-image-s390x
      system=(qemu-system-s390x -machine s390-ccw-virtio -cpu max) console=ttysclp0
      ;;
    armhf) debian=armhf triplet=arm-linux-gnueabihf emulator=qemu-arm-static family=arm ;;
    *) return 1 ;;
  esac
}

# packages_need PACKAGE...: installs those that are missing, as root.
packages_need() {
  local package missing=()
  for package; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}"; } >&2
}

# mirror: where packages come from: the archive that apt of this machine uses, if that is Debian's.
mirror() {
  local release
  release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  # shellcheck disable=SC2016 # apt's variables
  apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' 'Component: main' \
    | awk -v release="$release" '$1 == release { found = $2 } END { print found ? found : "http://deb.debian.org/debian" }'
}

# unpacked NAME SUITE ARCHITECTURE PACKAGES: the cache has these packages, with what they depend on, unpacked in $unpacked.
unpacked() {
  local key
  key=$(printf '%s\n' "$2 $3 $4" | sha256sum | cut -c 1-12)
  unpacked=$cache/$1-$key
  [ ! -e "$unpacked" ] || { touch "$unpacked" && return; }
  rm -rf "$unpacked.new"
  mmdebstrap --quiet --variant=extract --architectures="$3" --aptopt='APT::Install-Recommends "false"' --include="$4" \
    "$2" "$unpacked.new" "deb $(mirror) $2 main" >&2 || return 1
  rm -rf "$unpacked.new"/var/{lib,cache}/apt "$unpacked.new"/usr/share/{doc,man,locale}
  [ -e "$unpacked.new/lib" ] || ln -s usr/lib "$unpacked.new/lib"
  mv "$unpacked.new" "$unpacked"
}

# The libraries of riscv64 are too new for the linker of bookworm, which crashes: they go with their own suite's.
newer_linker() {
  local tool
  unpacked linker trixie amd64 "binutils-$triplet" || return 1
  mkdir -p "$work/linker"
  for tool in as ld; do
    cat >"$work/linker/$tool" <<TOOL
#!/bin/sh
exec $unpacked/usr/lib64/ld-linux-x86-64.so.2 --library-path $unpacked/usr/lib/x86_64-linux-gnu $unpacked/usr/bin/$triplet-$tool "\$@"
TOOL
    chmod 755 "$work/linker/$tool"
  done
}

# cross_build: builds husk and its tests for the processor in $work/NAME, with its root file system in $sysroot.
cross_build() {
  local linker=
  [ "$name" != riscv64 ] || { newer_linker && linker=", '-B$work/linker'"; } || return 1
  unpacked "$name" "$suite" "$debian" "$LIBRARIES" || return 1
  sysroot=$unpacked
  cat >"$work/$name.ini" <<CROSS
[binaries]
c = ['$triplet-gcc', '--sysroot=$sysroot'$linker]
ar = '$triplet-ar'
strip = '$triplet-strip'
nm = '$triplet-nm'
pkgconfig = 'pkg-config'
exe_wrapper = ['$emulator', '-L', '$sysroot']
[properties]
sys_root = '$sysroot'
pkg_config_libdir = ['$sysroot/usr/lib/$triplet/pkgconfig', '$sysroot/usr/share/pkgconfig']
[host_machine]
system = 'linux'
cpu_family = '$family'
cpu = '$name'
endian = '$order'
CROSS
  meson setup "$work/$name" "$top" --cross-file "$work/$name.ini" -Dwerror=true -Dlibc=native -Dinit_compiler=native >&2 \
    && ninja -C "$work/$name" >&2
}
