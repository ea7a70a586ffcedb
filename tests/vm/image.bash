# shellcheck shell=bash disable=SC2154,SC2034 # variables of run
# The guest's image: a directory of the cache with root.ext4, the root file system. Read by tests/vm/run.

# What the machine needs for it, as Debian's packages. tests/run installs them.
VM_PACKAGES="qemu-system-x86 qemu-utils mmdebstrap debian-archive-keyring e2fsprogs zstd xz-utils kmod busybox-static util-linux"

# What is inside: systemd and AppArmor; what the bats suite calls; the peers.
GUEST_PACKAGES=systemd,systemd-sysv,libpam-systemd,dbus,dbus-user-session,libsystemd0,apparmor,kmod,procps,iproute2
GUEST_PACKAGES+=,util-linux,bsdutils,uidmap,acl,libcap2-bin,busybox-static
GUEST_PACKAGES+=,bats,jq,strace,binutils,python3-minimal,gcc,libc6-dev,libseccomp2,sudo
GUEST_PACKAGES+=,runc,crun,criu,libprotobuf-c1,iptables

# guest_packages: trixie's image has SELinux's policy as well: tests/vm/run -M selinux.
guest_packages() {
  echo "$GUEST_PACKAGES$([ "$suite" != trixie ] || echo ,selinux-policy-default,policycoreutils,selinux-utils)"
}

# image_need: says which packages this machine lacks.
image_need() {
  local package missing=
  command -v dpkg-query >/dev/null || fail "needs Debian or Ubuntu with: $VM_PACKAGES"
  [ "$(uname -m)" = x86_64 ] || fail "the guest is for x86_64"
  for package in $VM_PACKAGES; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=" $package"
  done
  [ -z "$missing" ] || fail "missing packages: apt-get install --no-install-recommends$missing"
}

# image_key: what decides about an image, in a few characters: another script means another image.
image_key() {
  {
    echo "$suite"
    cat "$here/image.bash" "$here/customize"
    find "$here/guest" -type f | sort | xargs cat
  } | sha256sum | cut -c 1-12
}

# archives: where packages come from: the archives that apt of this machine uses, if they are Debian's.
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
archives() {
  local release=
  [ "$(sed -n 's/^ID=//p' /etc/os-release)" != debian ] || release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  # shellcheck disable=SC2016 # apt's variables
  apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' 'Component: main' >"$work/targets"
  archive=$(awk -v release="$release" '$1 == release { print $2; exit }' "$work/targets")
  security=$(awk -v release="$release-security" '$1 == release { print $2; exit }' "$work/targets")
  : "${archive:=http://deb.debian.org/debian}" "${security:=http://deb.debian.org/debian-security}"
}

# image_sources: bookworm's image has a newer jq: see customize.
image_sources() {
  archives
  echo "deb $archive $suite main"
  [ "$suite" != bookworm ] || echo "deb $archive trixie main"
  echo "deb $security $suite-security main"
}

# image_make: the image is there, in $image.
image_make() {
  image=$cache/$suite-$(image_key)
  mkdir -p "$cache"
  find "$cache" -mindepth 1 -maxdepth 1 -type d -mtime +7 -exec rm -rf {} + # older scripts' images, long unused
  if [ ! -e "$image/root.ext4" ]; then
    [ "$(id -u)" = 0 ] || fail "the image is made by root"
    say "making the image $image"
    image_sources >"$work/sources"
    rm -rf "$image.new"
    mkdir "$image.new"
    mmdebstrap --quiet --variant=minbase --format=null --include="$(guest_packages)" \
      --aptopt='APT::Install-Recommends "false"' --setup-hook="[ $suite = trixie ] || '$here/customize' pin \"\$1\"" \
      --customize-hook="'$here/customize' guest \"\$1\" '$image.new' $suite" "$suite" /dev/null "$work/sources" >"$work/log" 2>&1 || {
      tail -n 20 "$work/log" >&2
      rm -rf "$image.new"
      fail "the image could not be made"
    }
    mv "$image.new" "$image"
  fi
  touch "$image"
}
