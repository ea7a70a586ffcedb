"""Where samples are run: a bundle for each, changed only where the machine lacks something."""
import contextlib
import copy
import json
import os
import resource
import shutil
import subprocess

from container import Container, wait_for
from probe import script

APPLETS = "sh cat echo hostname ls sleep stat test true umask wc".split()
FLAGS = {"ipc": "--ipc", "uts": "--uts", "network": "--net", "mount": "--mount", "cgroup": "--cgroup", "pid": "--pid", "time": "--time"}
LINKS = {"network": "net", "mount": "mnt", "pid": "pid_for_children", "time": "time_for_children"}
FILES = ("/etc/", "/run/.containerenv", "/dev/termination-log")


def own_status(key):
    """The value of that key in this process's /proc/self/status."""
    with open("/proc/self/status") as file:
        return next(line.split()[1] for line in file if line.startswith(key + ":"))


def may_raise():
    """CAP_SYS_RESOURCE: needed to raise a limit or lower a score."""
    return int(own_status("CapEff"), 16) >> 24 & 1


class Stage:
    """A sample that can be run."""

    def __init__(self, area, config):
        area.count += 1
        self.area = area
        self.id = f"{area.name}-{area.count}"
        self.bundle = os.path.join(area.directory, self.id)
        self.hook_log = os.path.join(self.bundle, "hooks")
        self.agent_log = os.path.join(self.bundle, "agent.log")
        self.config = copy.deepcopy(config)
        self.adapted = []
        self.processes = []
        self.namespaces = {}

    def __enter__(self):
        self.make_rootfs()
        with contextlib.ExitStack() as undo:
            undo.callback(self.close)
            self.adapt()
            undo.pop_all()
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for process in self.processes:
            process.kill()
            process.wait()
        shutil.rmtree(self.bundle)

    # ---- what it lacks ----------------------------------------------------------------------------------------------

    def make_rootfs(self):
        binaries = os.path.join(self.bundle, "rootfs", "bin")
        os.makedirs(binaries)
        shutil.copy("/bin/busybox", binaries)
        for applet in APPLETS:
            os.symlink("busybox", os.path.join(binaries, applet))
        for name in ("dev", "etc", "proc", "sys", "tmp", "run"):
            os.mkdir(os.path.join(self.bundle, "rootfs", name))

    def adapt(self):
        self.config["root"]["path"] = "rootfs"
        self.adapt_sources()
        self.adapt_namespaces()
        self.adapt_cgroup()
        self.adapt_hooks()
        self.adapt_listener()
        self.config["process"] = self.adapt_process(self.config["process"])

    def adapt_sources(self):
        """Files and directories that an engine would have made, named after their destinations."""
        count = 0
        for mount in self.config.get("mounts", []):
            bind = {"bind", "rbind"} & set(mount.get("options", []))
            if not bind or os.path.exists(os.path.join(self.bundle, mount["source"])):
                continue
            count += 1
            mount["source"] = os.path.join(self.bundle, f"source-{count}")
            if mount["destination"].startswith(FILES):
                with open(mount["source"], "w") as file:
                    file.write(f"{mount['destination']}\n")
            else:
                os.mkdir(mount["source"])
        if count:
            self.adapted.append(f"{count} sources of mounts")

    def adapt_namespaces(self):
        """Namespaces by path: new ones, held by a process. Those of process 1 become this process's."""
        named = [n for n in self.config["linux"]["namespaces"] if n.get("path")]
        for namespace in named:
            namespace["path"] = namespace["path"].replace("/proc/1/", f"/proc/{os.getpid()}/")
        gone = [n for n in named if not n["path"].startswith(f"/proc/{os.getpid()}/")]
        if named:
            self.adapted.append("paths of the namespaces " + " ".join(n["type"] for n in named))
        if not gone:
            return
        holder = subprocess.Popen(["unshare", *(FLAGS[n["type"]] for n in gone), "--fork", "--kill-child", "sh", "-c",
                                   "echo; exec sleep 600"], stdout=subprocess.PIPE)
        self.processes.append(holder)
        holder.stdout.readline()
        for namespace in gone:
            namespace["path"] = f"/proc/{holder.pid}/ns/{LINKS.get(namespace['type'], namespace['type'])}"

    def adapt_cgroup(self):
        """Below the test's own cgroup; a unit of systemd becomes the directory of that name."""
        path = self.config["linux"].get("cgroupsPath")
        if not path:
            return
        if path.count(":") == 2:
            path = path[path.index(":") + 1:].replace(":", "-")
        path = os.path.join(self.area.cgroup, path.lstrip("/"))
        self.config["linux"]["cgroupsPath"] = path
        self.area.cgroups.append(path)
        self.adapted.append("cgroupsPath")

    def adapt_hooks(self):
        hooks = self.config.get("hooks") or {}
        for kind, hook in self.each_hook(hooks):
            log = "/tmp/hooks" if kind == "startContainer" else self.hook_log # that one sees the container's files
            hook.update(path="/bin/sh", args=["sh", "-c", f"cat >/dev/null; echo {kind} >>{log}"])
        if hooks:
            self.adapted.append("hooks")

    @staticmethod
    def each_hook(hooks):
        return [(kind, hook) for kind in hooks for hook in hooks[kind]]

    def hooks_asked(self):
        return sorted(kind for kind, _ in self.each_hook(self.config.get("hooks") or {}))

    def hooks_run(self):
        run = []
        for path in (self.hook_log, os.path.join(self.bundle, "rootfs", "tmp", "hooks")):
            if os.path.exists(path):
                with open(path) as file:
                    run += file.read().split()
        return sorted(run)

    def adapt_listener(self):
        """An agent that lets each call continue."""
        seccomp = self.config["linux"].get("seccomp") or {}
        if not seccomp.get("listenerPath"):
            return
        seccomp["listenerPath"] = os.path.join(self.bundle, "agent")
        with open(self.agent_log, "w") as log:
            self.processes.append(subprocess.Popen(self.area.command("seccomp", "agent", "--listen", seccomp["listenerPath"]), stdout=log))
        wait_for("the agent", lambda: os.path.exists(seccomp["listenerPath"]))
        self.adapted.append("listenerPath")

    def agent_told(self):
        """Whether the agent has received the container's state, or there is no agent."""
        if not os.path.exists(self.agent_log):
            return True
        with open(self.agent_log) as log:
            return f'"id":"{self.id}"' in log.read().replace(": ", ":")

    def adapt_process(self, process):
        """Replaces the program by one that prints what it finds."""
        process = copy.deepcopy(process)
        process["args"] = ["/bin/sh", "-c", script(self.config)]
        if may_raise():
            return process
        with open("/proc/self/oom_score_adj") as file:
            least = int(file.read())
        if process.get("oomScoreAdj", least) < least:
            process["oomScoreAdj"] = least
            self.adapted.append("oomScoreAdj")
        for limit in process.get("rlimits", []):
            most = resource.getrlimit(getattr(resource, limit["type"]))[1]
            if most != resource.RLIM_INFINITY and limit["hard"] > most:
                limit.update(hard=most, soft=min(limit["soft"], most))
                self.adapted.append(limit["type"])
        return process

    # ---- its life ---------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def created(self):
        with open(os.path.join(self.bundle, "config.json"), "w") as file:
            json.dump(self.config, file, indent=1)
        container = Container(self)
        try:
            container.create()
            yield container
        finally:
            container.delete()
