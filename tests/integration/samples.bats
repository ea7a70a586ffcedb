#!/usr/bin/env bats
# Configs as engines write them run unchanged, and the program finds what they ask for.
load bundle

# samples PATTERN: those of tests/configs and its variants whose name matches it.
samples() {
  run --separate-stderr env HUSK="$HUSK" "$SOURCE/tests/conformance/samples" "$SOURCE/tests/configs" "$1"
  succeeded
  [ "$(grep -c '^ok' <<<"$output")" -ge 4 ] # one check at the end covers all of them
}

@test "containerd, for Kubernetes: sandboxes, containers, exec" { samples 'containerd*'; }
@test "a config of CRI-O runs" { samples 'crio*'; }
@test "a config of ctr runs" { samples 'ctr*'; }
@test "a config of docker runs" { samples 'docker*'; }
@test "a config of podman runs" { samples 'podman*'; }
