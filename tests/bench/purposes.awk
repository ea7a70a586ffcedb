# What husk's `run` makes its system calls for: reads the log of strace -f, prints "purpose|calls" lines. A process goes
# through its purposes in their order; the first call of the next one, by which it is known, stands between the two.
BEGIN {
  husk = "husk: the start of the process and of its libraries|openat\\(|" \
         "husk: config.json, and what the plan depends on|memfd_create\\(\"husk-plan|" \
         "husk: the plan's memory, signals, the record|/sys/fs/cgroup.*RESOLVE|" \
         "husk: the cgroup|open_tree\\(|husk: the root, and the start of husk-init|bpf\\(|" \
         "husk: the device program, and who husk-init is|recvmsg\\(|husk: the record says that it runs|" \
         "signalfd4\\(|husk: waiting, and the removal of the cgroup and the record"
  init = "husk-init: its start|setns\\(|husk-init: namespaces, session, keyring, host name, the root|fsopen\\(|" \
         "husk-init: mounts|mknodat\\(|husk-init: devices and links in /dev|openat2\\(|" \
         "husk-init: read-only and masked paths|fchdir\\(|husk-init: the new root, nothing of the host left open|PR_CAPBSET_DROP|" \
         "husk-init: the bounding set, a call for each capability|setgroups\\(|" \
         "husk-init: ids, capabilities, no_new_privs|/etc/passwd|husk-init: HOME, the program found and executed"
}

# go_through PROCESS LIST: its purposes, and the calls between them.
function go_through(process, list, part, count, i) {
  count = split(list, part, "|")
  for (i = 1; i <= count; i += 2) {
    purpose[process, (i + 1) / 2] = part[i]
    if (i < count) next_call[process, (i + 1) / 2] = part[i + 1]
    if (!(part[i] in calls)) {
      order[++purposes] = part[i]
      calls[part[i]] = 0
    }
  }
  at[process] = 1
}

!/^[0-9]+ +[a-z_0-9]+\(/ { next }
!processes { go_through($1, husk) }
!($1 in at) { go_through($1, /unshare\(CLONE_NEWNET/ ? "husk: the network namespace, by a thread" : init) }
{
  processes += !seen[$1]++
  while (($1, at[$1]) in next_call && $0 ~ next_call[$1, at[$1]]) at[$1]++
  calls[executed[$1] ? "the program" : purpose[$1, at[$1]]]++
  executed[$1] += / execve\(/ && processes > 2
  total++
}
END {
  order[++purposes] = "the program"
  for (i = 1; i <= purposes; i++) print order[i] "|" calls[order[i]]
  print "all|" total
}
