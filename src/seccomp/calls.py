#!/usr/bin/env python3
"""The table of system calls: calls.csv from the kernel's own headers, and from it what husk is compiled with.

usage: calls.py gather HEADERS S390 PAGE >calls.csv
       calls.py compile calls.csv multiplexed.c >calls_table.c

gather: HEADERS is the directory with the uapi headers of every architecture (/usr/lib/linux/uapi of Debian's
linux-libc-dev), from the newest kernel. S390 is a directory with the unistd_32.h of an s390, which newer kernels lack
(that of Debian 12's linux-libc-dev-s390x-cross). PAGE is the manual page syscalls(2), which knows when a call was
introduced; LATER has the calls that the page lacks. A call whose version is in neither is an error.

compile: all names, sorted, the versions from 3.0 on, and the numbers on the architectures that one kernel runs programs
of: those of each of FAMILIES, of which the compiler takes its own. Of the other architectures only the numbers that
libseccomp may be too old for; calls.c asks libseccomp for the rest. filter.h describes the result. multiplexed.c has
the names of the calls behind socketcall and ipc.
"""
import csv
import gzip
import os
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

# The ABIs of the programs that one kernel runs.
FAMILIES = {
    "defined(__x86_64__) || defined(__i386__)": ["x86_64", "x86", "x32"],
    "defined(__aarch64__) || defined(__arm__)": ["aarch64", "arm"],
    "defined(__riscv)": ["riscv64"],
    "defined(__powerpc64__)": ["ppc64", "ppc"],
    "defined(__s390x__)": ["s390x", "s390"],
    "defined(__loongarch__)": ["loongarch64"],
}
NAMES_IN_BLOCK = 8
NUMBER_BITS = 10
ABSENT, ASK, BEHIND = 1023, 1022, 1 << 30  # see filter.h

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
    """The number of a call, the same on all its architectures, if the call is new; 0: libseccomp knows it, or it has
    several numbers."""
    numbers = {int(row[abi]) for abi in HEADERS if row[abi]}
    if max(numbers) >= FIRST_SHARED and max(numbers) < ARM_PRIVATE and parse_version(row["since"]) >= (5, 1):
        if len(numbers) != 1 and row["name"].find("time64") < 0:
            sys.exit(f"{row['name']} has several numbers")
        return numbers.pop() if len(numbers) == 1 else 0
    return numbers.pop() if parse_version(row["since"]) >= (6, 0) else 0


def print_names(rows):
    """Each name without what it shares with the one before, whose length takes the place of a NUL."""
    starts, length, before = [], 0, ""
    print("const char call_names[] =")
    for at, row in enumerate(rows):
        shared = 0 if at % NAMES_IN_BLOCK == 0 else len(os.path.commonprefix([before, row["name"]]))
        if at % NAMES_IN_BLOCK == 0:
            starts.append(length)
        before = row["name"]
        print(f'  "\\{shared:03o}{before[shared:]}"')
        length += 1 + len(before) - shared
    print(f"  ;\nconst uint16_t call_blocks[] = {{ {', '.join(map(str, starts))} }};")
    print(f"const uint32_t call_count = {len(rows)}, call_block_count = {len(starts)};")


def print_versions(rows):
    since = [parse_version(row["since"]) for row in rows]
    since = [version if version >= (3, 0) else (0, 0) for version in since]
    versions = sorted(set(since))
    print(f"const uint16_t call_versions[] = {{ {', '.join(f'LINUX ({major}, {minor})' for major, minor in versions)} }};")
    print(f"const uint8_t call_since[] = {{ {', '.join(str(versions.index(version)) for version in since)} }};")


def pack_numbers(row, family, multiplexed):
    word = BEHIND if row["name"] in multiplexed else 0
    for column, abi in enumerate(family):
        word |= (min(int(row[abi]), ASK) if row[abi] else ABSENT) << NUMBER_BITS * column
    return hex(word)


def print_numbers(rows, multiplexed):
    word = "#if"
    for condition, family in FAMILIES.items():
        print(f"{word} {condition}")
        columns = [f"[{list(HEADERS).index(abi)}] = {column + 1}" for column, abi in enumerate(family)]
        print(f"const uint8_t call_columns[{len(HEADERS)}] = {{ {', '.join(columns)} }};")
        print(f"const uint32_t call_numbers[] = {{ {', '.join(pack_numbers(row, family, multiplexed) for row in rows)} }};")
        word = "#elif"
    print("#endif")


def print_shared(rows):
    print("const struct call_shared call_shared[] = {")
    shared = [(at, one_number(row)) for at, row in enumerate(rows) if one_number(row)]
    for at, number in shared:
        abis = sum(1 << bit for bit, abi in enumerate(HEADERS) if rows[at][abi])
        print(f"  {{ {at}, {number}, {hex(abis)} }},")
    print(f"}};\nconst uint32_t call_shared_count = {len(shared)};")


def compile_table(path, multiplexed_path):
    with open(path) as file:
        rows = list(csv.DictReader(file))
    if not rows or list(rows[0])[2:] != list(HEADERS):
        sys.exit(f"{path}: its columns are not those of enum call_abi")
    with open(multiplexed_path) as file:
        multiplexed = set(re.findall(r'^  \{ "(\w+)", (?:true|false), \d', file.read(), re.M))
    rows.sort(key=lambda row: row["name"])
    print("/* Made by calls.py from calls.csv. filter.h describes it. */")
    print('#include "filter.h"\n')
    print_names(rows)
    print_versions(rows)
    print_numbers(rows, multiplexed)
    print_shared(rows)


if sys.argv[1:2] == ["gather"] and len(sys.argv) == 5:
    gather(*sys.argv[2:])
elif sys.argv[1:2] == ["compile"] and len(sys.argv) == 4:
    compile_table(*sys.argv[2:])
else:
    sys.exit(__doc__)
