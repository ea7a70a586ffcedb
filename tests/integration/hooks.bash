# shellcheck shell=bash disable=SC2016,SC2154
# What the bats files about hooks share.

PATHS='PATH=/usr/sbin:/usr/bin:/sbin:/bin'

# hook KIND SCRIPT [FILTER]: a hook in the host's shell, or in the container's if the kind runs there.
hook() {
  config '.hooks[$kind] += [{path: "/bin/sh", args: ["sh", "-c", $script], env: [$paths]} '"${3:+| $3}"']' \
    --arg kind "$1" --arg script "$2" --arg paths "$PATHS"
}

# first_word: the first word of each line of the log, in one line.
first_word() {
  cut -d' ' -f1 "$1" | tr '\n' ' '
}

# log_inside: the container has the test's directory as /log, for hooks that run there.
log_inside() {
  mkdir "$ROOTFS/log"
  config '.mounts += [{destination: "/log", source: $d, options: ["bind"]}]' --arg d "$BATS_TEST_TMPDIR"
}
