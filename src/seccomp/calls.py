#!/usr/bin/env python3
"""The table of system calls: calls.csv from the kernel's own headers, and from it what husk is compiled with.

usage: calls.py gather HEADERS S390 PAGE >calls.csv
       calls.py compile calls.csv >calls_table.c

gather: HEADERS is the directory with the uapi headers of every architecture (/usr/lib/linux/uapi of Debian's
linux-libc-dev), from the newest kernel. S390 is a directory with the unistd_32.h of an s390, which newer kernels lack
(that of Debian 12's linux-libc-dev-s390x-cross). PAGE is the manual page syscalls(2), which knows when a call was
introduced; LATER has the calls that the page lacks. A call whose version is in neither is an error.

compile: names and versions of the calls of Linux 3.0 or later, and the numbers of those that are the same on all
architectures or unknown to libseccomp. calls.c asks libseccomp for the others.
"""
import csv
import gzip
import re
import sys

# The columns, in the order of enum call_abi. The numbers of x32 and MIPS are without the base of their ABI.
HEADERS = {
    "x86_64": "x86/asm/unistd_64.h", "x86": "x86/asm/unistd_32.h", "x32": "x86/asm/unistd_x32.h",
    "aarch64": "arm64/asm/unistd_64.h", "arm": "arm/asm/unistd-eabi.h", "mips": "mips/asm/unistd_o32.h",
    "mips64": "mips/asm/unistd_n64.h", "mips64n32": "mips/asm/unistd_n32.h", "ppc": "powerpc/asm/unistd_32.h",
    "ppc64": "powerpc/asm/unistd_64.h", "s390": None, "s390x": "s390/asm/unistd_64.h",
    "parisc": "parisc/asm/unistd_32.h", "parisc64": "parisc/asm/unistd_64.h", "riscv64": "riscv/asm/unistd_64.h",
    "loongarch64": "loongarch/asm/unistd_64.h", "m68k": "m68k/asm/unistd_32.h", "sh": "sh/asm/unistd_32.h",
}

# From 424 on, a call has the same number on every architecture.
FIRST_SHARED = 424
S390_END = (6, 18)

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
7.3 fchroot
"""

# The page has one row for each pair of calls on 32-bit architectures.
TIME64 = """clock_adjtime64 clock_getres_time64 clock_gettime64 clock_nanosleep_time64 clock_settime64 futex_time64
io_pgetevents_time64 mq_timedreceive_time64 mq_timedsend_time64 ppoll_time64 pselect6_time64 recvmmsg_time64
rt_sigtimedwait_time64 sched_rr_get_interval_time64 semtimedop_time64 timer_gettime64 timer_settime64 timerfd_gettime64
timerfd_settime64 utimensat_time64"""

# Calls from before 3.0 that the page leaves out: never implemented, or only on one architecture.
ANCIENT = """afs_syscall arm_fadvise64_64 arm_sync_file_range break cachectl epoll_ctl_old epoll_wait_old ftime getpmsg gtty
idle lock mpx multiplexer pread64 prof profil putpmsg pwrite64 security stty timerfd tuxcall ulimit vserver"""

DEFINED = re.compile(r"^#define\s+__(?:ARM_)?NR_(\w+)\s+\(?(?:(__ARM_NR_BASE|__\w+)\s?\+ ?)?(\d+)\)?$", re.M)
ARM_PRIVATE = 0xF0000


def read_header(path):
    with open(path) as header:
        text = header.read()
    return {name: int(number) + (ARM_PRIVATE if base == "__ARM_NR_BASE" else 0)
            for name, base, number in DEFINED.findall(text)
            if not re.fullmatch(r"(reserved|unused)\d+|SYSCALL_BASE", name)}


def read_architecture(root, path):
    numbers = read_header(f"{root}/{path}")
    if path.startswith("arm/"):  # its private calls are in another file
        numbers.update(read_header(f"{root}/arm/asm/unistd.h"))
    return numbers


def read_page(path):
    opened = gzip.open if path.endswith(".gz") else open
    with opened(path, "rt") as page:
        table = page.read().split(".TS", 1)[1].split(".TE", 1)[0]
    table = re.sub(r'^\.\\".*\n', "", table, flags=re.M)
    table = re.sub(r"T\{\n(.*?)\nT\}", lambda cell: cell.group(1).replace("\n", " ").replace("\t", " "), table,
                   flags=re.S)
    for line in table.split("\n"):
        cells = line.split("\t")
        name = re.match(r"\.?(?:\\f\[?B\]?|BR? )?(\w+)", cells[0])
        version = re.match(r"\d+\.\d+", cells[1]) if len(cells) > 1 else None
        if name and version:
            yield name.group(1), version.group()


def read_versions(page):
    versions = {}
    for name, version in read_page(page):
        versions.setdefault(name, version)
    for line in LATER.split("\n"):
        for name in line.split()[1:]:
            versions.setdefault(name, line.split()[0])
    versions.update((name, "5.1") for name in TIME64.split())
    for name in ANCIENT.split():
        versions.setdefault(name, "")
    return versions


def parse_version(text):
    return tuple(map(int, text.split("."))) if text else (0, 0)


def gather(root, s390, page):
    versions = read_versions(page)
    found = {abi: read_architecture(root, path) for abi, path in HEADERS.items() if path}
    found["s390"] = read_header(f"{s390}/unistd_32.h")
    found["s390"].update((name, number) for name, number in found["s390x"].items()
                         if number >= FIRST_SHARED and parse_version(versions.get(name)) <= S390_END)
    names = sorted({name for numbers in found.values() for name in numbers})
    unknown = [name for name in names if name not in versions]
    if unknown:
        sys.exit(f"no version is known of {' '.join(unknown)}")
    print(f"name,since,{','.join(HEADERS)}")
    for name in names:
        print(f"{name},{versions[name]},{','.join(str(found[abi].get(name, '')) for abi in HEADERS)}")


def one_number(row):
    """The number of a call, the same on all its architectures, if the call is new; 0: libseccomp knows it."""
    numbers = {int(row[abi]) for abi in HEADERS if row[abi]}
    if max(numbers) >= FIRST_SHARED and max(numbers) < ARM_PRIVATE and parse_version(row["since"]) >= (5, 1):
        if len(numbers) != 1 and row["name"].find("time64") < 0:
            sys.exit(f"{row['name']} has several numbers")
        return numbers.pop() if len(numbers) == 1 else 0
    return numbers.pop() if parse_version(row["since"]) >= (6, 0) else 0


def compile_table(path):
    with open(path) as file:
        rows = [row for row in csv.DictReader(file) if parse_version(row["since"]) >= (3, 0)]
    if not rows or list(rows[0])[2:] != list(HEADERS):
        sys.exit(f"{path}: its columns are not those of enum call_abi")
    rows.sort(key=lambda row: ([-part for part in parse_version(row["since"])], row["name"]))
    print("/* Made by calls.py from calls.csv. The newest come first. */")
    print('#include "filter.h"\n')
    print("const char introduced_names[] =")
    for row in rows:
        print(f'  "{row["name"]}\\0"')
    print("  ;\n\nconst struct call_introduction introduced[] = {")
    start, sets = 0, []
    for row in rows:
        major, minor = parse_version(row["since"])
        abis = sum(1 << at for at, abi in enumerate(HEADERS) if row[abi])
        sets += [abis] if abis not in sets else []
        print(f"  {{ {start}, LINUX ({major}, {minor}), {one_number(row)}, {sets.index(abis)} }},")
        start += len(row["name"]) + 1
    print(f"}};\nconst uint32_t introduced_count = {len(rows)};")
    by_name = sorted(range(len(rows)), key=lambda at: rows[at]["name"])
    print(f"const uint8_t introduced_by_name[] = {{ {', '.join(map(str, by_name))} }};")
    print(f"const uint32_t introduced_abis[] = {{ {', '.join(map(hex, sets))} }};")


if sys.argv[1:2] == ["gather"] and len(sys.argv) == 5:
    gather(*sys.argv[2:])
elif sys.argv[1:2] == ["compile"] and len(sys.argv) == 3:
    compile_table(sys.argv[2])
else:
    sys.exit(__doc__)
