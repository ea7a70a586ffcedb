#!/bin/bash -eu
# OSS-Fuzz calls this in the source's directory with its own compiler, flags and engine. Each target gets its seeds, and all of
# them the dictionary of tests/fuzz/run.
mapfile -t targets < <(tests/fuzz/run --list)
meson setup "$WORK/build" -Dbuildtype=plain -Dlink=dynamic -Dlibc=native -Dinit_compiler=native -Db_lundef=false -Dtests=false \
  -Dfuzz=true -Dfuzz_engine="$LIB_FUZZING_ENGINE"
ninja -C "$WORK/build" "${targets[@]/#/tests/fuzz_}"

# The image that runs the targets has none of these libraries.
mkdir -p "$OUT/lib"
for name in "${targets[@]}"; do
  target=$WORK/build/tests/fuzz_$name
  cp "$target" "$OUT/"
  ldd "$target" | sed -nE 's/.*=> (\/[^ ]*(seccomp|yajl|libcap|protobuf-c|systemd|glib|pcre|lzma|zstd|lz4|gcrypt|gpg-error)[^ ]*) .*/\1/p' \
    | xargs -r cp -t "$OUT/lib"
  patchelf --set-rpath "\$ORIGIN/lib" "$OUT/fuzz_$name"
  seeds=("tests/fuzz/corpus/$name")
  [[ $name != config && $name != spelling ]] || seeds+=(tests/configs)
  [[ $name != resolve ]] || seeds+=(tests/profiles)
  find "${seeds[@]}" -type f -print0 | xargs -0 zip -q "$OUT/fuzz_${name}_seed_corpus.zip"
  tests/fuzz/run --dictionary >"$OUT/fuzz_$name.dict"
done
