"""Where tests/fault/sweep runs husk: one worker's own bundle, root directory, id and cgroups, and what is left of
them. The worker reaps everything that its commands leave running, so that nothing stays unnoticed."""

import ctypes
import json
import os
import re
import select
import shutil
import signal
import subprocess
import time

CGROUPS = "/sys/fs/cgroup"
DEADLINE = 20  # seconds for any command


class Result:
    """How a command ended: its status, or a signal, or not at all."""

    def __init__(self):
        self.status = self.signal = None
        self.hang = False
        self.died = []  # of processes beside the command
        self.point = None
        self.payload = None
        self.cgroups = []
        self.calls = []
        self.message = ""


class Bed:
    def __init__(self, directory, tools, view, worker):
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
        self.tools, self.view = tools, view
        self.directory = f"{directory}/{view}-{worker}"
        self.id = f"sweep-{os.getpid()}"
        self.parent = f"husk-{self.id}"
        self.bundle = f"{self.directory}/bundle"
        self.root = f"{self.directory}/state"
        self.pid_file = f"{self.directory}/out/pid"
        self.errors = f"{self.directory}/stderr"
        self.report = f"{self.directory}/report"
        self.user = None  # whose the commands are; None: root
        self.output = -1
        self.rest = b""
        self.children = set()
        self.names = {os.readlink(f"/proc/self/ns/{name}"): "host" for name in os.listdir("/proc/self/ns")}
        self.container_names = {}
        self.make_bundle()
        self.mounts = self.count_mounts()
        self.cgroups_before = set()

    def become(self, user):
        """From now on commands run as another user, who has their own root directory."""
        self.user = user
        self.container_names = {}  # those of the scene before are others' by now
        self.root = f"{self.directory}/state-{user}" if user else f"{self.directory}/state"
        if user:
            self.make_root()
            os.chmod(f"{self.directory}/out", 0o777)
            self.make_reachable()

    def make_reachable(self):
        """The user may not be able to reach the build directory."""
        copy = f"{self.directory}/husk"
        if not os.path.exists(copy):
            shutil.copy(self.tools["husk"], copy)
        self.tools = {**self.tools, "husk": copy}

    def make_root(self):
        os.makedirs(self.root, exist_ok=True)
        if self.user:
            os.chown(self.root, self.user, self.user)

    def make_bundle(self):
        rootfs = f"{self.bundle}/rootfs"
        for name in ("dev", "etc", "hooks", "proc", "sys", "tmp", "work"):
            os.makedirs(f"{rootfs}/{name}")
        os.makedirs(f"{self.directory}/out")
        shutil.copy(self.tools["confined"], f"{rootfs}/confined")
        shutil.copy("/bin/busybox", f"{rootfs}/busybox")
        for name in ("passwd", "group"):
            with open(f"{rootfs}/etc/{name}", "w") as file:
                file.write("root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n"[: None if name == "passwd" else 0])
        self.config("once")
        self.files = self.list_files()

    def config(self, mode, change=None):
        """config.json: the example, with everything that a failing call might loosen; `change` modifies it further."""
        with open(f"{self.tools['source']}/config.json.example") as file:
            config = json.load(file)
        process, linux = config["process"], config["linux"]
        process["args"] = ["/confined", mode]
        process["cwd"] = "/work"
        process["user"] = {"uid": 1000, "gid": 1000, "additionalGids": [7, 1001], "umask": 0o27}
        process["oomScoreAdj"] = 321
        process["capabilities"]["ambient"] = ["CAP_NET_BIND_SERVICE"]
        process["capabilities"]["inheritable"] = ["CAP_NET_BIND_SERVICE"]
        process["rlimits"].append({"type": "RLIMIT_CORE", "soft": 0, "hard": 0})
        linux["cgroupsPath"] = f"/{self.parent}/{self.id}"
        linux["resources"] = {"devices": [{"allow": False, "access": "rwm"}], **self.limits(77)}
        linux["devices"] = [{"path": "/dev/denied", "type": "c", "major": 1, "minor": 11, "fileMode": 0o666, "uid": 0, "gid": 0}]
        linux["sysctl"] = {"net.ipv4.ip_forward": "1"}
        linux["personality"] = {"domain": "LINUX"}
        linux["seccomp"]["syscalls"].append({"names": ["keyctl"], "action": "SCMP_ACT_ALLOW"})
        config["mounts"].append({"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "nodev", "noexec", "mode=1777"]})
        config["mounts"].append({"destination": "/etc", "type": "bind", "source": f"{self.bundle}/rootfs/etc", "options": ["rbind", "ro", "nosuid", "nodev", "private"]})
        if change:
            change(config)
        with open(f"{self.bundle}/config.json", "w") as file:
            json.dump(config, file)

    def limits(self, number):
        """linux.resources with limits for the controllers of this view."""
        if self.view == "v2" and "pids" not in open(f"{CGROUPS}/cgroup.controllers").read():
            return {"hugepageLimits": [{"pageSize": "2MB", "limit": number << 21}]}
        return {"memory": {"limit": number << 22}, "pids": {"limit": number}, "cpu": {"shares": number + 100}}

    # --- commands

    def spawn(self, arguments, output):
        opened = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDWR, 0),
            (os.POSIX_SPAWN_OPEN, 2, self.errors, opened, 0o600),
            (os.POSIX_SPAWN_DUP2, output, 1) if output is not None else (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0),
        ]
        return os.posix_spawn(arguments[0], arguments, {"PATH": os.environ["PATH"]}, file_actions=actions)

    def message(self):
        with open(self.errors, errors="replace") as file:
            return file.read().strip()

    def to_end(self, pid, seconds):
        """The wait status of a child, None if it does not end. Others are reaped meanwhile: the first process of a pid
        namespace ends only once adopted processes are reaped."""
        until = time.monotonic() + seconds
        try:
            watch = os.pidfd_open(pid)
        except ProcessLookupError:
            return 0  # reaped already
        try:
            while True:
                ended, status = os.waitpid(-1, os.WNOHANG)
                if ended == pid:
                    return status
                if ended == 0 and time.monotonic() > until:
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)
                    return None
                if ended == 0:
                    select.select([watch], [], [], 0.02)
        finally:
            os.close(watch)

    def husk(self, *arguments, output=None):
        """A command without faults: its status."""
        user = ["/usr/bin/setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups"] if self.user else []
        pid = self.spawn([*user, self.tools["husk"], "--root", self.root, *arguments], output)
        status = self.to_end(pid, DEADLINE)
        return -99 if status is None else os.waitstatus_to_exitcode(status)

    def failing(self, arguments, point=None, code=0, output=None, other=None):
        options = ["-t", str(DEADLINE), "-o", self.report]
        if point:
            options += ["-n", point, "-e", str(code)]
        if other:
            options += ["-p", str(other)]
        if self.user:
            options += ["-u", str(self.user)]
        pid = self.spawn([self.tools["failer"], *options, self.tools["husk"], "--root", self.root, *arguments], output)
        self.to_end(pid, DEADLINE + 10)
        result = Result()
        with open(self.report, errors="replace") as file:
            for line in file:
                word, _, rest = line.rstrip("\n").partition(" ")
                if word == "call":
                    result.calls.append(rest.split())
                elif word == "status":
                    result.status = int(rest)
                elif word == "signal":
                    result.signal = int(rest)
                elif word == "died":
                    result.died.append(rest)
                elif word == "point":
                    result.point = rest.split()
                elif word == "payload":
                    result.payload, result.cgroups = int(rest), []
                elif word == "cgroup":
                    result.cgroups.append(self.plain(rest))
        result.hang = result.status is None and result.signal is None
        result.message = self.message()
        return result

    def pipe(self):
        """A new output for a container: the end to write to."""
        if self.output >= 0:
            os.close(self.output)
        self.output, end = os.pipe2(os.O_CLOEXEC)
        self.rest = b""
        return end

    def read_until(self, word, seconds=5.0):
        """The container's output up to a line, without that line; None if it does not come."""
        until = time.monotonic() + seconds
        word = word.encode() + b"\n"
        while word not in self.rest:
            ready, _, _ = select.select([self.output], [], [], max(0, until - time.monotonic()))
            more = os.read(self.output, 65536) if ready else b""
            if not more:
                return None
            self.rest += more
        text, _, self.rest = self.rest.partition(word)
        return text.decode(errors="replace")

    def read_rest(self):
        """The whole output of a command that has ended."""
        while more := os.read(self.output, 65536):
            self.rest += more
        return self.rest.decode(errors="replace")

    # --- facts

    def plain(self, text):
        """Without parts that differ between containers."""
        return text.replace(self.id, "ID").replace(self.directory, "DIRECTORY")

    def facts(self, text):
        if text is None:
            return None
        lines = []
        for line in self.plain(text).splitlines():
            if "/mountinfo: " in line:
                words = line.split(" ")
                line = " ".join([words[0]] + words[4:])
                line = re.sub(r"(shared|master|propagate_from):\d+", r"\1", line)
            line = re.sub(r"pipe:\[\d+\]", "pipe", line)
            if line.startswith("/proc/self/ns/"):
                name = line.split(" ")[1]
                line = line.replace(name, self.names.get(name) or self.container_names.get(name) or "own")
            lines.append(line)
        return sorted(lines)

    def read_facts(self):
        return self.facts(self.read_until("end"))

    def cgroups_of(self, pid):
        try:
            with open(f"/proc/{pid}/cgroup") as file:
                return [self.plain(line.rstrip("\n")) for line in file]
        except OSError:
            return []

    def own_pid(self):
        try:
            with open(self.pid_file) as file:
                return int(file.read())
        except (OSError, ValueError):
            return None

    def alive(self, pid):
        try:
            with open(f"/proc/{pid}/stat") as file:
                return file.read().rpartition(")")[2].split()[0] not in "ZX"
        except OSError:
            return False

    def state(self):
        read, write = os.pipe2(os.O_CLOEXEC)
        status = self.husk("state", self.id, output=write)
        os.close(write)
        with os.fdopen(read) as file:
            text = file.read()
        return json.loads(text)["status"] if status == 0 else None

    def hierarchies(self):
        if os.path.exists(f"{CGROUPS}/cgroup.procs"):
            return [CGROUPS]
        names = [f"{CGROUPS}/{name}" for name in os.listdir(CGROUPS)]
        return [name for name in names if not os.path.islink(name)]

    def cgroups(self):
        found = set()
        for hierarchy in self.hierarchies():
            parent = f"{hierarchy}/{self.parent}"
            if os.path.isdir(parent):
                found.add(parent)
                found.update(entry.path for entry in os.scandir(parent) if entry.is_dir())
        return found

    def cgroup_file(self, *names):
        """The first existing one of these files: HIERARCHY of v1 or "" for v2, and the name."""
        for hierarchy, name in names:
            for base in (f"{CGROUPS}/{hierarchy}", CGROUPS, f"{CGROUPS}/unified"):
                path = f"{base}/{self.parent}/{self.id}/{name}"
                if os.path.exists(path):
                    with open(path) as file:
                        return file.read().strip()
        return None

    def frozen(self):
        events = self.cgroup_file(("unified", "cgroup.events")) or ""
        return "frozen 1" in events or self.cgroup_file(("freezer", "freezer.state")) == "FROZEN"

    def count_mounts(self):
        with open("/proc/self/mountinfo") as file:
            return sum(1 for _ in file)

    def list_files(self):
        found = set()
        for top in (self.bundle, self.root, f"{self.directory}/out"):
            for directory, directories, files in os.walk(top):
                found.update(os.path.join(directory, name) for name in directories + files)
        return found

    # --- the end

    def reap(self, seconds):
        """Waits for everything that the commands have left running; returns what does not end."""
        until = time.monotonic() + seconds
        while True:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return []
            if pid == 0:
                if time.monotonic() > until:
                    return self.processes()
                time.sleep(0.001)

    def processes(self):
        with open(f"/proc/self/task/{os.getpid()}/children") as file:
            return [int(word) for word in file.read().split()]

    def left(self, failed=False):
        """Deletes the container; describes what is left of it."""
        wrong = []
        pid_file = self.plain(open(self.pid_file).read()) if os.path.exists(self.pid_file) else None
        if failed and pid_file is not None:
            wrong.append("a pid file of what has failed")
        if pid_file is not None:
            os.unlink(self.pid_file)
        status = self.husk("delete", "--force", self.id)
        if status != 0:
            wrong.append(f"delete --force says {status}: {self.message()}")
        for pid in self.reap(3):
            wrong.append(f"process {self.name_of(pid)}")
            os.kill(pid, signal.SIGKILL)
        self.reap(3)
        for path in sorted(self.cgroups() - self.cgroups_before):
            wrong.append(f"cgroup {path}")
        if self.count_mounts() != self.mounts:
            wrong.append("a mount")
            self.mounts = self.count_mounts()
        files = self.list_files() - self.files
        wrong += [f"file {path}" for path in sorted(files)]
        if wrong:
            self.clear()
        return [self.plain(line) for line in wrong]

    def name_of(self, pid):
        try:
            with open(f"/proc/{pid}/comm") as file:
                return f"{pid} ({file.read().strip()})"
        except OSError:
            return str(pid)

    def clear(self):
        """Removes it by hand, so that the next point is not blamed for it."""
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)
        self.husk("delete", "--force", self.id)
        self.reap(3)
        for path in sorted(self.cgroups(), reverse=True):
            if path.endswith(self.id) and not path.endswith(self.parent):
                subprocess.run(["rmdir", path], stderr=subprocess.DEVNULL, check=False)
        for path in sorted(self.list_files() - self.files, reverse=True):
            if path.startswith(self.root + "/") or "/out/" in path:
                shutil.rmtree(path, ignore_errors=True) if os.path.isdir(path) else os.unlink(path)
        self.make_root()

    def close(self):
        self.left()
        for path in sorted(self.cgroups(), reverse=True):
            subprocess.run(["rmdir", path], stderr=subprocess.DEVNULL, check=False)
        shutil.rmtree(self.directory, ignore_errors=True)
