# shellcheck shell=bash
# The packages of Debian and Ubuntu that the tests need.

packages="meson ninja-build pkg-config gcc clang libclang-rt-dev libseccomp-dev libyajl-dev libcap-dev libcmocka-dev
  musl-tools debhelper git bats busybox-static cppcheck shellcheck clang-format clang-tidy llvm jq procps binutils strace python3
  util-linux bsdutils uidmap
  libsystemd-dev libglib2.0-dev iproute2 libprotobuf-c-dev protobuf-c-compiler mscgen"
# on the usual machine, what the other architecture needs to be compiled for, and the virtual machine
[ "$(uname -m)" != x86_64 ] || packages="$packages gcc-aarch64-linux-gnu libc6-dev-arm64-cross $VM_PACKAGES"

# packages_missing: those that are not installed.
packages_missing() {
  local package
  for package in $packages; do
    # clang's sanitizer runtime has clang's version in its name
    [ "$package" != libclang-rt-dev ] || package="libclang-rt-*-dev"
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
  done
}

# packages_install: as root.
packages_install() {
  local package version missing
  missing=$(packages_missing)
  [ -n "$missing" ] || return 0
  [ "$(id -u)" = 0 ] || { echo "only root can install what the tests need: ${missing//$'\n'/ }" >&2; return 1; }
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq || return 1
  for package in $missing; do
    case $package in
      libclang-rt*)
        version=$(clang --version | sed -n 's/.*version \([0-9]*\).*/\1/p')
        apt-get install -qq -y --no-install-recommends "libclang-rt-$version-dev" || :
        ;;
      *) apt-get install -qq -y --no-install-recommends "$package" || return 1 ;;
    esac
  done >&2
}
