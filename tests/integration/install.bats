#!/usr/bin/env bats
# What `ninja install` installs where, and shell completion. The packages: tests/release.
# bats file_tags=any-machine
load bundle

setup() {
  ! rootless || skip 'it is not installed by an ordinary user'
  [ -e "$SOURCE/meson.build" ] && command -v meson >/dev/null || skip 'there is no build system here'
}

teardown() { :; }

# built: a build directory with prefix /usr, once for this file.
built() {
  local build=$BATS_FILE_TMPDIR/build
  [ -d "$build" ] || { meson setup "$build" "$SOURCE" --prefix=/usr -Dtests=false && ninja -C "$build"; } >"$BATS_FILE_TMPDIR/log" 2>&1 \
    || { cat "$BATS_FILE_TMPDIR/log"; return 1; }
  echo "$build"
}

@test "install: husk, manual pages, completion, documents; what is installed runs" {
  local tree=$BATS_TEST_TMPDIR/tree build file
  build=$(built)
  DESTDIR=$tree meson install --quiet --no-rebuild -C "$build"
  for file in sbin/husk share/man/man8/husk.8 share/man/man8/husk-run.8 share/man/man8/husk-seccomp-explain.8 share/bash-completion/completions/husk share/zsh/site-functions/_husk \
    share/fish/vendor_completions.d/husk.fish share/doc/husk/LICENSE share/doc/husk/docs/kubernetes.md \
    share/doc/husk/docs/examples/localhost.yaml; do
    [ -s "$tree/usr/$file" ] || { echo "missing: $file"; return 1; }
  done
  [ -z "$(find "$tree" -type f ! -path "$tree/usr/*")" ]
  "$tree/usr/sbin/husk" --version | grep -q '^husk'
  "$tree/usr/sbin/husk" features | jq -e .ociVersionMax >/dev/null
}

@test "install: the AppArmor profile for husk, where it is asked for" {
  local build=$BATS_TEST_TMPDIR/build profile
  meson setup "$build" "$SOURCE" --prefix=/usr -Dtests=false -Dapparmor=/etc/apparmor.d >/dev/null
  profile=$(meson introspect --installed "$build" | jq -r 'to_entries[] | select(.value == "/etc/apparmor.d/husk").key')
  grep -qx 'profile husk /usr/sbin/husk flags=(unconfined) {' "$profile"
  ! grep -q @ "$profile"
}

# completions LINE: what bash offers for the last word of the line.
completions() {
  PATH=$BATS_TEST_TMPDIR/bin:$PATH bash -c '
    . "$1"
    read -ra COMP_WORDS <<<"$2"
    [[ $2 != *" " ]] || COMP_WORDS+=("")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _husk
    printf "%s\n" "${COMPREPLY[@]}"' bash "$SOURCE/src/completion/husk.bash" "$1"
}

offers() {
  local line=$1 word
  shift
  for word; do
    completions "$line" | grep -qxF -- "$word" || { echo "not offered for '$line': $word"; completions "$line"; return 1; }
  done
}

@test "bash completes commands, options, option values and container ids" {
  mkdir "$BATS_TEST_TMPDIR/bin"
  ln -s "$HUSK" "$BATS_TEST_TMPDIR/bin/husk"
  offers 'husk ' create run seccomp update
  [ "$(completions 'husk cre')" = create ]
  offers 'husk --' --root --log-format --systemd-cgroup
  offers 'husk --log-format ' text json
  offers 'husk --root /none run --' --bundle --pid-file --seccomp-profile
  offers 'husk run --seccomp-profile ' RuntimeDefault
  offers 'husk seccomp ' check explain record
  offers 'husk seccomp explain --' --all --arch
  # each option of each command's help is offered
  local command option
  for command in $("$HUSK" --help | sed -nE '/^options:/q; s/^  ([a-z]+) .*/\1/p'); do
    for option in $("$HUSK" "$command" --help | grep -oE '^ +(-[a-z], )?--[a-z0-9-]+' | grep -oE -- '--[a-z0-9-]+'); do
      completions "husk $command --" | grep -qxF -- "$option" || { echo "husk $command: $option"; return 1; }
    done
  done
  mkdir -p "$BATS_TEST_TMPDIR/state/web1" "$BATS_TEST_TMPDIR/state/db2"
  chmod 700 "$BATS_TEST_TMPDIR/state"
  offers "husk --root $BATS_TEST_TMPDIR/state delete " web1 db2
  offers "husk --root $BATS_TEST_TMPDIR/state kill web1 " SIGTERM
}

@test "the completions for zsh and fish are valid programs of these shells" {
  local shells=0
  ! command -v zsh >/dev/null || { zsh -n "$SOURCE/src/completion/_husk"; shells=$((shells + 1)); }
  ! command -v fish >/dev/null || { fish -n "$SOURCE/src/completion/husk.fish"; shells=$((shells + 1)); }
  [ "$shells" -gt 0 ] || skip 'neither shell is here'
}

@test "each option that a command's help shows is in its manual page, and the pages are well-formed" {
  local tree=$BATS_TEST_TMPDIR/tree command option page
  DESTDIR=$tree meson install --quiet --no-rebuild -C "$(built)"
  for command in $("$HUSK" --help | sed -nE '/^options:/q; s/^  ([a-z]+) .*/\1/p'); do
    page=$tree/usr/share/man/man8/husk-$command.8
    for option in $("$HUSK" "$command" --help | grep -oE '^ +(-[a-z], )?--[a-z0-9-]+' | grep -oE -- '--[a-z0-9-]+' | sed 's/-/\\-/g'); do
      grep -qF -- "$option" "$page" || { echo "husk $command: $option is not in the manual"; return 1; }
    done
    grep -qE "^husk.-$command .- [a-z]" "$page"
  done
  # the options before the command are those of husk.8
  for option in $("$HUSK" --help | grep -oE '^ +(-[a-z], )?--[a-z0-9-]+' | grep -oE -- '--[a-z0-9-]+' | sed 's/-/\\-/g'); do
    grep -qF -- "$option" "$tree/usr/share/man/man8/husk.8" || { echo "$option is not in husk(8)"; return 1; }
  done
  ! command -v man >/dev/null || [ -z "$(for page in "$tree"/usr/share/man/man8/*; do man --warnings -l "$page" 2>&1 >/dev/null; done)" ]
}
