#!/usr/bin/env bats
# A release of the source as it is here: made twice, in different places and surroundings, and what is in it.

TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
VERSION=$(sed -n "s/^  version: '\([^']*\)',/\1/p" "$TOP/meson.build")
ARCHITECTURE=$(dpkg --print-architecture)
CLONE=$BATS_FILE_TMPDIR/clone OTHER=$BATS_FILE_TMPDIR/in/other/directories/clone
RELEASE=$CLONE/build/release
PROGRAM=$RELEASE/husk-$VERSION-linux-$ARCHITECTURE
SPDX=$PROGRAM.spdx.json

setup_file() {
  [ -e "$TOP/.git" ] || return 0
  # a commit of what is here, that has the same date and name in each run
  mkdir "$CLONE"
  (cd "$TOP" && git -c safe.directory='*' ls-files -z --cached --others --exclude-standard | while IFS= read -rd '' file; do
    [ ! -e "$file" ] && [ ! -L "$file" ] || printf '%s\0' "$file" # a file that is not deleted
  done | tar -c --null --no-recursion -T -) | tar -x -C "$CLONE"
  git -C "$CLONE" init --quiet
  git -C "$CLONE" add --all
  GIT_AUTHOR_DATE='1700000000 +0000' GIT_COMMITTER_DATE='1700000000 +0000' git -C "$CLONE" -c user.name=tests -c user.email=tests commit \
    --quiet --message='as it is here'
  git clone --quiet "$CLONE" "$OTHER"

  local first status=0
  { meson setup "$CLONE/build" "$CLONE" -Dtests=false && ninja -C "$CLONE/build" release; } >"$BATS_FILE_TMPDIR/log" 2>&1 3>&- &
  first=$!
  mkdir "$BATS_FILE_TMPDIR/temporary"
  (umask 077 && cd / && TMPDIR=$BATS_FILE_TMPDIR/temporary TZ=Pacific/Auckland LANG=de_DE.UTF-8 LC_ALL='' HOME=/nonexistent CFLAGS=-O0 LDFLAGS=-Wl,-O0 \
    SOURCE_DATE_EPOCH=1 "$OTHER/src/package/release" "$OTHER/out") >"$BATS_FILE_TMPDIR/other" 2>&1 || status=$?
  wait "$first" && [ "$status" = 0 ] || { tail -n 20 "$BATS_FILE_TMPDIR/log" "$BATS_FILE_TMPDIR/other"; return 1; }
}

setup() {
  [ -e "$TOP/.git" ] || skip 'this is not a clone'
}

@test "made twice, in different directories and surroundings, it is the same, byte for byte" {
  diff -r "$RELEASE" "$OTHER/out"
  [ "$(cd "$RELEASE" && stat -c '%A %n' ./*)" = "$(cd "$OTHER/out" && stat -c '%A %n' ./*)" ]
}

@test "it has the source, husk, three packages, what is in them, and the sums of all" {
  cd "$RELEASE"
  local names
  names=$(printf '%s\n' "husk-$VERSION.tar.xz" "${PROGRAM##*/}" "${SPDX##*/}" husk{,-systemd,-criu}_"${VERSION}_$ARCHITECTURE.deb" | LC_ALL=C sort)
  [ "$(LC_ALL=C ls | grep -vx SHA256SUMS)" = "$names" ]
  [ "$(awk '{ print $2 }' SHA256SUMS)" = "$names" ]
  sha256sum --check --strict --quiet SHA256SUMS
}

@test "the source is the commit's files, and names the commit; its form is the commit's too" {
  local tree=$BATS_TEST_TMPDIR/husk-$VERSION commit list
  commit=$(git -C "$CLONE" rev-parse HEAD)
  tar -xf "$RELEASE/husk-$VERSION.tar.xz" -C "$BATS_TEST_TMPDIR"
  [ "$(cat "$tree/src/cli/commit")" = "$commit" ]
  diff -r --no-dereference --exclude=.git --exclude=build --exclude=commit "$CLONE" "$tree"
  list=$(TZ=UTC tar --full-time -tvf "$RELEASE/husk-$VERSION.tar.xz")
  [ "$(awk '{ print $2, $4, $5 }' <<<"$list" | sort -u)" = 'root/root 2023-11-14 22:13:20' ]
  [ "$(xz -dc "$RELEASE/husk-$VERSION.tar.xz" | git get-tar-commit-id)" = "$commit" ]
}

@test "husk is static, knows its version and commit, and nothing of the place where it was made" {
  "$PROGRAM" --version | grep -qx "husk version $VERSION"
  [ "$("$PROGRAM" features | jq -r '.annotations["run.oci.husk.commit"]')" = "$(git -C "$CLONE" rev-parse --short=12 HEAD)" ]
  ! readelf --program-headers "$PROGRAM" | grep -q INTERP || return 1
  [ -z "$(strings "$PROGRAM" | grep -F -e "$BATS_FILE_TMPDIR" -e /husk-release -e /husk-package)" ]
}

@test "the package depends on nothing, is complete, has the same husk, and can be removed" {
  local root=$BATS_TEST_TMPDIR/root package=$RELEASE/husk_${VERSION}_$ARCHITECTURE.deb file
  [ -z "$(dpkg-deb --field "$package" Depends)" ]
  mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates"
  touch "$root/var/lib/dpkg/status"
  dpkg --root "$root" --force-not-root --install "$package" >/dev/null
  "$root/usr/sbin/husk" --version | grep -qx "husk version $VERSION"
  cmp "$root/usr/sbin/husk" "$PROGRAM"
  (cd "$root" && md5sum --quiet --check "$root/var/lib/dpkg/info/husk.md5sums")
  for file in man/man8/husk.8.gz man/man8/husk-run.8.gz man/man8/husk-seccomp-explain.8.gz bash-completion/completions/husk zsh/site-functions/_husk \
    fish/vendor_completions.d/husk.fish doc/husk/copyright doc/husk/changelog.gz doc/husk/README.md doc/husk/CHANGELOG.md \
    doc/husk/config.json.example doc/husk/docs/kubernetes.md doc/husk/docs/examples/localhost.yaml; do
    [ -s "$root/usr/share/$file" ] || { echo "missing: $file"; return 1; }
  done
  grep -q 'License: Apache-2.0' "$root/usr/share/doc/husk/copyright"
  zcat "$root/usr/share/doc/husk/changelog.gz" | grep -q "^husk ($VERSION) "
  ! grep -rqF "$BATS_FILE_TMPDIR" "$root/usr" || return 1
  dpkg --root "$root" --force-not-root --purge husk >/dev/null
  [ -z "$(find "$root/usr" -type f)" ]
}

@test "husk-systemd and husk-criu have the program, and depend on this husk and on their libraries" {
  local name package
  for name in husk-systemd:libsystemd0 husk-criu:libprotobuf-c1; do
    package=$RELEASE/${name%:*}_${VERSION}_$ARCHITECTURE.deb
    [[ $(dpkg-deb --field "$package" Depends) = "husk (= $VERSION), "*"${name#*:} "* ]]
    dpkg-deb --extract "$package" "$BATS_TEST_TMPDIR"
    [ -x "$BATS_TEST_TMPDIR/usr/libexec/husk/${name%:*}" ]
  done
}

# spdx FILTER: what jq finds in the document, with the names of what is on either side of a relationship.
spdx() {
  jq -r --arg program "${PROGRAM##*/}" "
    def id(\$file): .packages[] | select(.packageFileName == \$file).SPDXID;
    def related(\$one; \$kind): [.relationships[] | select(.spdxElementId == \$one and .relationshipType == \$kind).relatedSpdxElement];
    $1" "$SPDX"
}

@test "SPDX: the document is well-formed, and its sums are those of the files" {
  spdx '[.spdxVersion, .dataLicense, .SPDXID, .name, .creationInfo.created] | join(" ")' \
    | grep -qx "SPDX-2.3 CC0-1.0 SPDXRef-DOCUMENT husk-$VERSION 2023-11-14T22:13:20Z"
  spdx '.documentNamespace' | grep -qxE 'urn:uuid:[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}'
  # each element has a name of its own, and each relationship has two ends
  spdx '[.SPDXID, (.packages, .files)[].SPDXID] | (length - (unique | length)), (map(select(test("^SPDXRef-[A-Za-z0-9.-]+$") | not)) | length)' \
    | cmp - <(printf '0\n0\n')
  [ "$(spdx '([.SPDXID, (.packages, .files)[].SPDXID]) as $ids | .relationships[] | (.spdxElementId, .relatedSpdxElement) | select(IN($ids[]) | not)')" = '' ]
  [ "$(spdx '.packages[] | select(.versionInfo == "" or .versionInfo == null or .downloadLocation == null or .filesAnalyzed).name')" = '' ]
  # all files of the release but the document and the sums themselves
  spdx '.packages[] | select(.packageFileName) | (.checksums[] | select(.algorithm == "SHA256").checksumValue) + "  " + .packageFileName' | LC_ALL=C sort -k 2 \
    | cmp - <(grep -v spdx.json "$RELEASE/SHA256SUMS")
  spdx '.packages[] | select(.packageFileName and (.packageFileName | endswith("tar.xz"))).sourceInfo' \
    | grep -qx "commit $(git -C "$CLONE" rev-parse --short=12 HEAD)"
}

@test "SPDX: what husk is linked with, in the versions of this machine" {
  local package linked sum path
  linked=$(spdx 'related(id($program); "STATIC_LINK") as $ids | .packages[] | select(.SPDXID | IN($ids[])) | .name + " " + .versionInfo')
  echo "$linked"
  for package in libseccomp-dev libyajl-dev libcap-dev musl-dev "libgcc-$(gcc -dumpversion)-dev"; do
    grep -qxF "$(dpkg-query --show --showformat='${source:Package} ${source:Version}' "$package")" <<<"$linked"
  done
  [ -z "$(spdx 'related(id($program); "DYNAMIC_LINK")[]')" ]
  # the archives that the versions are of
  spdx '.files[] | (.checksums[] | select(.algorithm == "SHA256").checksumValue) + "  " + (.fileName | ltrimstr("."))' >"$BATS_TEST_TMPDIR/sums"
  grep -q '/libseccomp\.a$' "$BATS_TEST_TMPDIR/sums"
  sha256sum --check --strict --quiet "$BATS_TEST_TMPDIR/sums"
  # and the members that were taken: those that husk calls, not those that it does not
  spdx '.files[] | select(.fileName | endswith("/libyajl_s.a")).comment' | grep -q 'yajl_parser'
  ! spdx '.files[] | select(.fileName | endswith("/libyajl_s.a")).comment' | grep -q 'yajl_tree' || return 1
}

@test "SPDX: what husk-systemd and husk-criu need at run time, and what all was compiled with" {
  local name file needed
  for name in husk-systemd husk-criu; do
    dpkg-deb --extract "$RELEASE/${name}_${VERSION}_$ARCHITECTURE.deb" "$BATS_TEST_TMPDIR"
    file=${name}_${VERSION}_$ARCHITECTURE.deb
    needed=$(readelf --dynamic "$BATS_TEST_TMPDIR/usr/libexec/husk/$name" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | while read -r file; do
      realpath "$(gcc -print-file-name="$file")"
    done | sort)
    [ -n "$needed" ]
    [ "$(spdx "related(id(\"$file\"); \"DYNAMIC_LINK\") as \$ids | .files[] | select(.SPDXID | IN(\$ids[])).fileName | ltrimstr(\".\")" | sort)" = "$needed" ]
  done
  for name in "$(realpath "$(command -v gcc)")" "$(realpath "$(command -v ld)")"; do
    spdx '[.relationships[] | select(.relationshipType == "BUILD_TOOL_OF").spdxElementId] as $ids | .packages[] | select(.SPDXID | IN($ids[])) | .name + " " + .versionInfo' \
      | grep -qxF "$(dpkg-query --show --showformat='${source:Package} ${source:Version}' "$(dpkg-query --search "$name" | cut -d: -f1)")"
  done
}

@test "only a commit is released: not changes since then, and not a source without git; the release before stays" {
  echo "more" >>"$OTHER/README.md"
  run "$OTHER/src/package/release" "$OTHER/out"
  git -C "$OTHER" checkout --quiet README.md
  [ "$status" = 1 ]
  [[ $output = *'these files differ from it:'*' M README.md' ]]
  tar -xf "$RELEASE/husk-$VERSION.tar.xz" -C "$BATS_TEST_TMPDIR"
  run "$BATS_TEST_TMPDIR/husk-$VERSION/src/package/release" "$OTHER/out"
  [ "$status" = 1 ]
  [[ $output = *'this source is not a clone'* ]]
  (cd "$OTHER/out" && sha256sum --check --strict --quiet SHA256SUMS)
}
