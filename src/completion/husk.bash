# Completion of husk's command line for bash. Commands and options are what `husk --help` and `husk COMMAND --help` list, so
# that they are those of the husk that is there.

# _husk_options COMMAND...: the options that its help has, a line each; those that take an argument end with "=".
_husk_options() {
  command husk "$@" --help 2>/dev/null | sed -nE \
    -e 's/^ +(-[a-z], )?(--[a-z0-9-]+)(\[=[A-Z]+\])?( +.*)?$/\2 \4/p' | sed -E 's/^(--[a-z0-9-]+)  ?([A-Z]+|[a-z]+\||[a-z:A-Z]+\|.*).*$/\1=/; s/ .*//'
}

_husk_commands() {
  command husk --help 2>/dev/null | sed -nE '/^options:/q; s/^  ([a-z]+) .*/\1/p'
}

# Sets command, to the words that name it (none, one, or two of seccomp), and root, to --root's argument.
_husk_parse() {
  local word takes='' i
  command=() root=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ -n $takes ]]; then
      [[ $takes != --root ]] || root=(--root "$word")
      takes=
    elif [[ $word == -* && ${#command[@]} -eq 0 ]]; then
      [[ $'\n'$globals$'\n' != *$'\n'"$word="$'\n'* ]] || takes=$word
    elif [[ $word != [-=]* && (${#command[@]} -eq 0 || (${command[0]} == seccomp && ${#command[@]} -eq 1)) ]]; then
      command+=("$word")
    fi
  done
}

# The words that may follow an option.
_husk_values() {
  case $1 in
    --log-format) echo text json ;;
    --log-level) echo debug info warning error ;;
    --cgroup-manager) echo cgroupfs systemd disabled ;;
    --rootless) echo auto true false ;;
    --privileged-seccomp) echo declared proved apply ;;
    --network-lock) echo iptables nftables skip ;;
    --manage-cgroups-mode) echo soft full strict ignore ;;
    --seccomp-enosys) echo on off ;;
    --seccomp-explain-to) echo stderr ;;
    --seccomp-agent-lost) echo enosys errno: kill ;;
    --seccomp-profile) echo Unconfined RuntimeDefault Localhost: ./ ;;
    -f) [[ ${command[0]:-} == @(ps|list) ]] && echo table json ;;
    --format) [[ ${command[0]:-} == @(run|create|seccomp) ]] && echo oci crd || echo table json ;;
    --container) command husk "${root[@]}" list --quiet 2>/dev/null ;;
    --pid) printf '%s\n' /proc/[0-9]* | sed 's|.*/||' ;;
    *) return 1 ;;
  esac
}

_husk() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} globals options words
  local -a command root
  globals=$(_husk_options)
  _husk_parse
  COMPREPLY=()
  if words=$(_husk_values "$previous"); then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    return
  fi
  options=$(_husk_options "${command[@]}")
  if [[ $'\n'$options$'\n' == *$'\n'"$previous="$'\n'* ]]; then
    mapfile -t COMPREPLY < <(compgen -f -- "$current") # most take a path
  elif [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "${options//=/}" -- "$current")
  else
    case ${command[*]} in
      '') words=$(_husk_commands) ;;
      seccomp) words='check explain diff merge report resolve dump audit default record agent' ;;
      start | state | kill | delete | pause | resume | ps | events | exec | update)
        words=$(command husk "${root[@]}" list --quiet 2>/dev/null)
        [[ ${command[0]} != kill ]] || words+=" $(compgen -A signal SIG)"
        ;;
      seccomp\ * | recvtty | check | plan)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
        ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  fi
}

complete -o filenames -F _husk husk
