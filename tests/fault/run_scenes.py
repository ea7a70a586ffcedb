"""More of the scenes of tests/fault/sweep: runs of configs with hooks, a terminal, a seccomp listener, a user namespace,
and an ordinary user's."""

import os
import select
import socket
import threading

from scenes import Create, Delete, Run

ORDINARY = 1234
HOOKS = ("prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop")
AFTERWARDS = ("poststart", "poststop")  # whose failure is told, and does not undo what has been done


class RunHooks(Run):
    """Each hook writes its name to a file, the container's hook also what confines it. Warnings go to --log."""

    def __init__(self, bed):
        super().__init__(bed)
        self.directory = f"{bed.directory}/hooks"
        os.makedirs(self.directory, exist_ok=True)
        os.chmod(self.directory, 0o777)

    def arguments(self):
        return ["--log", f"{self.directory}/log", *super().arguments()]

    def change(self, config):
        config["mounts"].append({"destination": "/hooks", "type": "bind", "source": self.directory, "options": ["bind", "private"]})
        config["hooks"] = {
            name: [{"path": "/bin/sh", "args": ["sh", "-c", f"echo {name} >>{self.directory}/order"]}] for name in HOOKS
        }
        script = "echo startContainer >>/hooks/order; /confined once >/hooks/facts"
        config["hooks"]["startContainer"] = [{"path": "/busybox", "args": ["busybox", "sh", "-c", script]}]

    def prepare(self):
        for name in ("order", "facts", "log"):
            with open(f"{self.directory}/{name}", "w") as file:
                os.chmod(file.name, 0o666)
        return super().prepare()

    def read(self, name):
        with open(f"{self.directory}/{name}") as file:
            return file.read()

    def right(self, result):
        bed = self.bed
        ran, hook, log = (self.read(name) for name in ("order", "facts", "log"))
        ran, hook, own = ran.split(), bed.facts(hook), bed.read_facts()
        wrong = self.compare(None if own is None else own + [f"hook: {line}" for line in hook], result.cgroups)
        wanted = [name for name in HOOKS if name in ran or name not in AFTERWARDS or not log]
        return wrong + ([] if ran == wanted else [f"the hooks that have run: {' '.join(ran)}"])


class RunSocket(Run):
    """A run that sends descriptors to a socket and waits until they are received."""

    listening = taker = None
    descriptors = ()

    def prepare(self):
        self.end()
        self.listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        self.listening.bind(self.path())
        self.listening.listen()
        self.taker = threading.Thread(target=self.take, daemon=True)
        self.taker.start()
        return super().prepare()

    def path(self):
        return f"{self.bed.directory}/{type(self).__name__}"

    def take(self):
        try:
            connection, _ = self.listening.accept()
            with connection:
                self.descriptors = socket.recv_fds(connection, 65536, 8)[1]
        except OSError:
            pass  # nothing has connected

    def received(self):
        self.taker.join(2)
        return self.descriptors

    def end(self):
        if not self.listening:
            return
        try:
            self.listening.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.taker.join()
        self.listening.close()
        os.unlink(self.path())
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.descriptors = ()


class RunTerminal(RunSocket):
    mode = "stay"

    def arguments(self):
        bed = self.bed
        return ["run", "--detach", "--console-socket", self.path(), "--bundle", bed.bundle, "--pid-file", bed.pid_file, bed.id]

    def change(self, config):
        config["process"]["terminal"] = True
        config["process"]["consoleSize"] = {"height": 25, "width": 80}

    def output(self):
        return None

    def right(self, result):
        bed, masters = self.bed, self.received()
        if len(masters) != 1:
            return [f"{len(masters)} terminals have come"]
        facts = bed.facts(self.read_terminal(masters[0]))
        return self.compare(facts, bed.cgroups_of(bed.own_pid()))

    def read_terminal(self, master):
        text = b""
        while b"end\r\n" not in text:
            if not select.select([master], [], [], 5)[0]:
                return None
            try:
                text += os.read(master, 65536)
            except OSError:  # no process has it open any more
                return None
        return text.partition(b"end\r\n")[0].decode(errors="replace").replace("\r\n", "\n")


class RunListener(RunSocket):
    def change(self, config):
        seccomp = config["linux"]["seccomp"]
        seccomp["listenerPath"] = self.path()
        seccomp["syscalls"].append({"names": ["swapon"], "action": "SCMP_ACT_NOTIFY"})

    def right(self, result):
        wrong = self.compare(self.bed.read_facts(), result.cgroups)
        return wrong + ([] if self.received() else ["the listener has not come"])


def with_user_namespace(config, mapping):
    linux = config["linux"]
    linux["namespaces"].append({"type": "user"})
    linux["uidMappings"] = linux["gidMappings"] = [mapping]
    del linux["devices"]  # a node cannot be made there, and a bind of the host's is another thing


class RunUser(Run):
    def change(self, config):
        with_user_namespace(config, {"containerID": 0, "hostID": 100000, "size": 65536})


def for_ordinary_user(config):
    """A config that needs no rights: only the user's own id, and no cgroup."""
    with_user_namespace(config, {"containerID": 0, "hostID": ORDINARY, "size": 1})
    config["process"]["user"] = {"uid": 0, "gid": 0, "umask": 0o27}
    del config["linux"]["resources"], config["linux"]["cgroupsPath"]
    config["mounts"] = [mount for mount in config["mounts"] if mount["type"] != "cgroup"]
    for mount in config["mounts"]:
        mount["options"] = [option for option in mount.get("options", []) if option != "gid=5"]


class RootlessRun(Run):
    user = ORDINARY

    def change(self, config):
        for_ordinary_user(config)


class RootlessCreate(Create):
    user = ORDINARY

    def change(self, config):
        for_ordinary_user(config)


class RootlessDelete(Delete):
    user = ORDINARY

    def change(self, config):
        for_ordinary_user(config)


RUN_SCENES = {
    "run-hooks": RunHooks,
    "run-terminal": RunTerminal,
    "run-listener": RunListener,
    "run-user": RunUser,
    "rootless-run": RootlessRun,
    "rootless-create": RootlessCreate,
    "rootless-delete": RootlessDelete,
}
