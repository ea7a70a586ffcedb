# shellcheck shell=bash disable=SC2154
# The handlers husk-explain, husk-record and husk-annotated as docs/examples has them for a node, with the paths of a test: BOX
# has the scripts, what they explain and what they record. husk-unasked gets the annotation too, but not the operator's option.

# on_this_node FILE...
on_this_node() {
  sed -e "s|/usr/local/sbin/husk |$RUNTIME_PATH |; s|/usr/local/sbin/husk-|$BOX/husk-|" \
    -e "s|/var/log/husk-seccomp|$BOX/explained|; s|/var/lib/husk-recorded|$BOX/recorded|" "$@"
}

# handlers_make: the scripts, and what containerd, started next, needs for them.
handlers_make() {
  local name
  install -d -m 700 "$BOX/explained" "$BOX/recorded"
  for name in husk-explain husk-record husk-annotated; do
    on_this_node "$SOURCE/docs/examples/$name" >"$BOX/$name"
    chmod 755 "$BOX/$name"
  done
  on_this_node "$SOURCE/docs/examples/containerd-live.toml" >"$BOX/handlers.toml"
  sed -n "/runtimes\.husk-annotated\]/,\$ { s|$BOX/husk-annotated|$RUNTIME_PATH|; s/husk-annotated/husk-unasked/; p }" \
    "$BOX/handlers.toml" >"$BOX/unasked.toml"
  cat "$BOX/unasked.toml" >>"$BOX/handlers.toml"
}
