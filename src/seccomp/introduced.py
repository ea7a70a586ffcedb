#!/usr/bin/env python3
"""Makes introduced.c: the Linux version that each system call came with, and the numbers of new ones.

usage: introduced.py syscalls.2[.gz] >introduced.c

The source is the table of the manual page syscalls(2) (Debian: manpages-dev). Calls that the page
lacks are listed here, and numbers, as in the kernel's own tables (scripts/syscall.tbl,
arch/*/entry/syscalls).
"""
import gzip
import re
import sys

LATER = """
5.12 mount_setattr
5.15 process_mrelease
5.16 futex_waitv
5.17 set_mempolicy_home_node
6.4 riscv_hwprobe
6.5 cachestat
6.6 fchmodat2 map_shadow_stack
6.7 futex_wake futex_wait futex_requeue
6.8 statmount listmount lsm_get_self_attr lsm_set_self_attr lsm_list_modules
6.10 mseal
6.11 uretprobe
6.13 setxattrat getxattrat listxattrat removexattrat
6.15 open_tree_attr
6.17 file_getattr file_setattr
6.18 uprobe
6.19 listns
7.0 rseq_slice_yield
"""

# From 424 on a call has one number on every architecture, apart from what some add to all of theirs.
FIRST_SHARED = 424
SHARED = """
pidfd_send_signal io_uring_setup io_uring_enter io_uring_register open_tree move_mount fsopen fsconfig fsmount fspick
pidfd_open clone3 close_range openat2 pidfd_getfd faccessat2 process_madvise epoll_pwait2 mount_setattr quotactl_fd
landlock_create_ruleset landlock_add_rule landlock_restrict_self memfd_secret process_mrelease futex_waitv
set_mempolicy_home_node cachestat fchmodat2 map_shadow_stack futex_wake futex_wait futex_requeue statmount listmount
lsm_get_self_attr lsm_set_self_attr lsm_list_modules mseal setxattrat getxattrat listxattrat removexattrat
open_tree_attr file_getattr file_setattr listns rseq_slice_yield
"""

# New calls of one architecture.
OWN = {"riscv_hwprobe": (258, "RISCV64"), "uretprobe": (335, "X86_64"), "uprobe": (336, "X86_64")}

# The page has one row for what 32-bit architectures have twice.
TIME64 = """clock_adjtime64 clock_getres_time64 clock_gettime64 clock_nanosleep_time64 clock_settime64 futex_time64
io_pgetevents_time64 mq_timedreceive_time64 mq_timedsend_time64 ppoll_time64 pselect6_time64 recvmmsg_time64
rt_sigtimedwait_time64 sched_rr_get_interval_time64 semtimedop_time64 timer_gettime64 timer_settime64 timerfd_gettime64
timerfd_settime64 utimensat_time64"""


def read_page(path):
    opened = gzip.open if path.endswith(".gz") else open
    with opened(path, "rt") as page:
        table = page.read().split(".TS", 1)[1].split(".TE", 1)[0]
    for name, version in re.findall(r"^(?:\\fB|\.BR? )?(\w+)(?:\\fP)?[ ]?\(2\)\t+(\d+\.\d+)", table, re.M):
        yield name, version


def main():
    found = {}
    for name, version in read_page(sys.argv[1]):
        found.setdefault(name, version)
    for line in LATER.split("\n"):
        for name in line.split()[1:]:
            found.setdefault(name, line.split()[0])
    for name in TIME64.split():
        found[name] = "5.1"
    rows = [(tuple(map(int, version.split("."))), name) for name, version in found.items()]
    # what is older than 3.0 is known to everybody
    rows = sorted((row for row in rows if row[0] >= (3, 0)), key=lambda row: (-row[0][0], -row[0][1], row[1]))
    numbers = {name: (FIRST_SHARED + at, None) for at, name in enumerate(SHARED.split())}
    numbers.update(OWN)
    print("/* Made by introduced.py from syscalls(2). The newest come first. */")
    print('#include "filter.h"\n')
    print("#include <seccomp.h>")
    print("#include <stddef.h>\n")
    print("const struct call_introduction introduced[] = {")
    for (major, minor), name in rows:
        number, only = numbers.pop(name, (0, None))
        print(f'  {{ "{name}", LINUX ({major}, {minor}), {number}, {"SCMP_ARCH_" + only if only else 0} }},')
    print("  { NULL, 0, 0, 0 },\n};")
    if numbers:
        sys.exit(f"no version is known of {' '.join(numbers)}")


main()
