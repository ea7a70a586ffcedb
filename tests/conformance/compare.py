"""Compares what a config asks for with what the container's program has found."""
import glob
import os
import re

from stage import own_status

CAPABILITIES = """CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE
NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE
SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM
BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE""".split()
LIMITS = {
    "CPU": "Max cpu time", "FSIZE": "Max file size", "DATA": "Max data size", "STACK": "Max stack size", "CORE": "Max core file size",
    "RSS": "Max resident set", "NPROC": "Max processes", "NOFILE": "Max open files", "MEMLOCK": "Max locked memory",
    "AS": "Max address space", "LOCKS": "Max file locks", "SIGPENDING": "Max pending signals", "MSGQUEUE": "Max msgqueue size",
    "NICE": "Max nice priority", "RTPRIO": "Max realtime priority", "RTTIME": "Max realtime timeout"}
NAMESPACES = {"ipc": "ipc", "uts": "uts", "network": "net", "mount": "mnt", "cgroup": "cgroup", "pid": "pid", "user": "user"}
FLAGS = {"ro", "nosuid", "nodev", "noexec", "noatime", "nodiratime", "relatime"}
# what exists without being in the config
VARIABLES = {"HOME"}


class Differences(list):
    def say(self, what, found, expected):
        if found != expected:
            self.append(f"{what}: {found}, expected: {expected}")


def compare_process(report, process, staged, differences):
    """The program's own report, section by section."""
    status = dict(re.findall(r"^(\w+):\t(.*)$", report["status"], re.M))
    compare_rights(status, process, staged.config, differences)
    compare_limits(report["limits"], process, differences)
    compare_variables(report["environ"], process, differences)
    differences.say("working directory", report["cwd"], process["cwd"])
    if "umask" in process["user"]:
        differences.say("umask", int(report["umask"], 8), process["user"]["umask"])
    if "oomScoreAdj" in process:
        differences.say("oom score", int(report["oom_score_adj"]), process["oomScoreAdj"])
    differences.say("terminal", report["terminal"], "yes" if process.get("terminal") else "no")
    if staged.config.get("hostname"):
        differences.say("hostname", report["hostname"], staged.config["hostname"])
    table = mount_table(report["mountinfo"])
    compare_mounts(table, staged.config, differences)
    compare_paths(report["paths"], table, staged.config, differences)
    compare_namespaces(report["namespaces"], staged.config, differences)
    sysctl = dict(line.split(None, 1) for line in report["sysctl"].splitlines())
    differences.say("sysctl", sysctl, {k: " ".join(v.split()) for k, v in staged.config["linux"].get("sysctl", {}).items()})
    compare_devices(report["devices"], staged.config, differences)


# ---- the process ----------------------------------------------------------------------------------------------------


def mask(names):
    """As the kernel prints it, without what this process itself lacks."""
    return sum(1 << CAPABILITIES.index(name.removeprefix("CAP_")) for name in names) & int(own_status("CapBnd"), 16)


def compare_rights(status, process, config, differences):
    sets = {name: mask(names) for name, names in (process.get("capabilities") or {}).items()}
    bounding, inheritable, ambient = (sets.get(name, 0) for name in ("bounding", "inheritable", "ambient"))
    after = bounding | inheritable if process["user"]["uid"] == 0 else ambient # as execve(2) makes them of these
    if process.get("noNewPrivileges"):
        after &= sets.get("permitted", 0)
    for key, expected in (("CapBnd", bounding), ("CapInh", inheritable), ("CapPrm", after), ("CapEff", after), ("CapAmb", ambient)):
        differences.say(key, status[key], f"{expected:016x}")
    differences.say("NoNewPrivs", status["NoNewPrivs"], str(int(process.get("noNewPrivileges", False))))
    differences.say("Seccomp", status["Seccomp"], "2" if config["linux"].get("seccomp") else "0")
    differences.say("Uid", set(status["Uid"].split()), {str(process["user"]["uid"])})
    differences.say("Gid", set(status["Gid"].split()), {str(process["user"]["gid"])})
    differences.say("Groups", sorted(map(int, status["Groups"].split())), sorted(process["user"].get("additionalGids", [])))


def compare_limits(text, process, differences):
    for limit in process.get("rlimits", []):
        found = re.search(rf"^{LIMITS[limit['type'].removeprefix('RLIMIT_')]} +(\S+) +(\S+)", text, re.M).groups()
        expected = tuple("unlimited" if limit[kind] == 2**64 - 1 else str(limit[kind]) for kind in ("soft", "hard"))
        differences.say(limit["type"], found, expected)


def compare_variables(text, process, differences):
    """If a name occurs twice the last one counts; getenv(3) takes the first that a process has."""
    found = {}
    for pair in text.rstrip("\0").split("\0"):
        found.setdefault(*pair.split("=", 1))
    expected = dict(pair.split("=", 1) for pair in process.get("env", []))
    differences.say("environment", {k: v for k, v in found.items() if k in expected or k not in VARIABLES}, expected)


# ---- its surroundings -----------------------------------------------------------------------------------------------


def mount_table(text):
    """Mount point -> (type, flags, options of the file system, tags); the last that covers it."""
    table = {}
    for line in text.splitlines():
        fields = line.split()
        dash = fields.index("-")
        table[fields[4]] = (fields[dash + 1], set(fields[5].split(",")), set(fields[dash + 3].split(",")), fields[6:dash])
    return table


def asked_flags(options):
    asked = set()
    for option in options:
        if option == "rw":
            asked.discard("ro")
        elif option in FLAGS:
            asked.add(option)
    return asked


def compare_mounts(table, config, differences):
    on_top = {mount["destination"]: mount for mount in config.get("mounts", [])}
    for mount in on_top.values():
        destination, options = mount["destination"], mount.get("options", [])
        if destination not in table:
            differences.append(f"mount {destination}: none")
            continue
        kind, flags, data, tags = table[destination]
        if not {"bind", "rbind"} & set(options):
            kinds = ("tmpfs", "cgroup2") if mount["type"] == "cgroup" else (mount["type"],)
            differences.say(f"type of {destination}", kind, kind if kind in kinds else kinds)
        differences.say(f"flags of {destination}", flags & asked_flags(options), asked_flags(options))
        if "rw" in options:
            differences.say(f"{destination} read-only", "ro" in flags, False)
        if kind == "tmpfs" and mount["type"] == "tmpfs":
            size = [f"size={int(o[5:]) // 1024}k" if o[5:].isdigit() else o for o in options if o.startswith("size=")]
            mode = [o for o in options if o.startswith("mode=") and o != "mode=1777"]
            differences.say(f"options of {destination}", [o for o in size + mode if o not in data], [])
        if {"rprivate", "private"} & set(options):
            differences.say(f"peers of {destination}", tags, [])
    differences.say("root read-only", "ro" in table["/"][1], config["root"].get("readonly", False))


def compare_paths(text, table, config, differences):
    """A path that this machine lacks cannot be there."""
    found = {line.split()[0]: line.split()[1:] for line in text.splitlines()}
    for path in config["linux"].get("maskedPaths", []):
        if path in found or os.path.exists(path):
            differences.say(f"what can be read of {path}", found.get(path, ["nothing"])[1:], ["0"])
            differences.say(f"{path} is covered", path in table, True)
    for path in config["linux"].get("readonlyPaths", []):
        if path in found:
            differences.say(f"{path} read-only", path in table and "ro" in table[path][1], True)


def compare_namespaces(text, config, differences):
    """A new namespace, the one at the path, or this process's."""
    found = dict(re.findall(r"(\w+) -> (\S+)", text))
    asked = {namespace["type"]: namespace.get("path") for namespace in config["linux"]["namespaces"]}
    for kind, link in NAMESPACES.items():
        ours = os.readlink(f"/proc/self/ns/{link}")
        if asked.get(kind):
            differences.say(f"{kind} namespace", found[link], os.readlink(asked[kind]))
        elif kind != "cgroup": # without being asked for, husk makes one
            differences.say(f"{kind} namespace of its own", found[link] != ours, kind in asked)


def compare_devices(text, config, differences):
    found = {path: (int(major, 16), int(minor, 16)) for path, major, minor in map(str.split, text.splitlines())}
    expected = {"/dev/null": (1, 3), "/dev/zero": (1, 5), "/dev/full": (1, 7), "/dev/random": (1, 8), "/dev/urandom": (1, 9),
                "/dev/tty": (5, 0)}
    for device in config["linux"].get("devices", []):
        expected[device["path"]] = (device["major"], device["minor"])
    differences.say("devices", found, expected)


# ---- the cgroup, from outside ---------------------------------------------------------------------------------------


def directory_of(controller, pid):
    """The process's cgroup in that controller's hierarchy, and whether that is one of v1."""
    with open(f"/proc/{pid}/cgroup") as file:
        lines = [line.rstrip("\n").split(":", 2) for line in file]
    for _, controllers, path in lines:
        if controller in controllers.split(",") and os.path.isdir(f"/sys/fs/cgroup/{controller}"):
            return f"/sys/fs/cgroup/{controller}{path}", True
    top = "/sys/fs/cgroup/unified" if os.path.isdir("/sys/fs/cgroup/unified") else "/sys/fs/cgroup"
    return top + next(path for number, _, path in lines if number == "0"), False


def compare_container(container, staged, differences):
    pid = container.state()["pid"]
    resources = staged.config["linux"].get("resources", {})
    memory, cpu = resources.get("memory", {}), resources.get("cpu", {})
    path = staged.config["linux"].get("cgroupsPath")
    directory, _ = directory_of("devices", pid)
    differences.say("cgroup", directory.endswith(path or ""), True)
    rows = [("memory", memory.get("limit"), "memory.limit_in_bytes", "memory.max"),
            ("memory", memory.get("swap"), "memory.memsw.limit_in_bytes", None),
            ("cpu", cpu.get("shares"), "cpu.shares", None), ("cpu", cpu.get("quota"), "cpu.cfs_quota_us", None),
            ("cpu", cpu.get("period"), "cpu.cfs_period_us", None),
            ("pids", resources.get("pids", {}).get("limit"), "pids.max", "pids.max")]
    for controller, asked, old, new in rows:
        directory, is_old = directory_of(controller, pid)
        name = old if is_old else new
        if asked and name: # 0: unset
            with open(f"{directory}/{name}") as file:
                differences.say(name, file.read().strip(), str(asked) if asked > 0 else "max")
