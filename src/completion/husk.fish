# Completion of husk's command line for fish. Commands and options are what `husk --help` and `husk COMMAND --help` list.

# The words that name the command: none, one, or two of seccomp.
function __husk_command
    set -l found
    set -l takes
    for word in (commandline -opc)[2..-1]
        if test -n "$takes"
            set takes
        else if string match -q -- '-*' $word
            test (count $found) -gt 0; or __husk_takes $word; and set takes $word
        else if test (count $found) -eq 0; or test "$found" = seccomp
            set -a found $word
        end
    end
    string join \n $found
end

# Whether a global option has an argument.
function __husk_takes
    husk --help 2>/dev/null | string match -qr -- "^ +$argv[1] [A-Z]+"
end

function __husk_root
    string match -r -- '--root[ =](\S+)' (commandline -pc) | tail -n 1
end

function __husk_options
    husk (__husk_command) --help 2>/dev/null | string match -rg -- '^ +(?:-[a-z], )?(--[a-z0-9-]+)'
end

function __husk_commands
    husk --help 2>/dev/null | string match -rg '^  ([a-z]+ .*)$' | string replace -r ' +' \t
end

function __husk_ids
    set -l root (__husk_root)
    test -n "$root"; and husk --root $root list --quiet 2>/dev/null; or husk list --quiet 2>/dev/null
end

function __husk_is
    set -l command (__husk_command)
    contains -- "$command" $argv
end

function __husk_after
    contains -- (commandline -opc)[-1] $argv
end

complete -c husk -n '__husk_is ""' -f -a '(__husk_commands)'
complete -c husk -n '__husk_is seccomp' -f -a 'check explain diff merge report resolve dump audit default record agent'
complete -c husk -n '__husk_is start state kill delete pause resume ps events exec update' -f -a '(__husk_ids)'
complete -c husk -n 'string match -q -- "-*" (commandline -ct)' -a '(__husk_options)'
complete -c husk -n '__husk_after --log-format' -f -a 'text json'
complete -c husk -n '__husk_after --log-level' -f -a 'debug info warning error'
complete -c husk -n '__husk_after --cgroup-manager' -f -a 'cgroupfs systemd disabled'
complete -c husk -n '__husk_after --rootless' -f -a 'auto true false'
complete -c husk -n '__husk_after --privileged-seccomp' -f -a 'declared proved apply'
complete -c husk -n '__husk_after --network-lock' -f -a 'iptables nftables skip'
complete -c husk -n '__husk_after --manage-cgroups-mode' -f -a 'soft full strict ignore'
complete -c husk -n '__husk_after --seccomp-enosys' -f -a 'on off'
complete -c husk -n '__husk_after --seccomp-explain-to' -f -a 'stderr'
complete -c husk -n '__husk_after --seccomp-profile' -f -a 'Unconfined RuntimeDefault Localhost: ./'
complete -c husk -n '__husk_after --container' -f -a '(__husk_ids)'
complete -c husk -n '__husk_after --pid' -f -a '(__fish_complete_pids)'
complete -c husk -n '__husk_after --format; and not __husk_is run create seccomp' -f -a 'table json'
complete -c husk -n '__husk_after -f; and __husk_is ps list' -f -a 'table json'
complete -c husk -n '__husk_after --format; and __husk_is run create seccomp' -f -a 'oci crd'
