"""The commands that tests/fault/sweep makes fail. Each scene has what must exist before, and what must be true if the
status is 0, or is not. A scene that `stays` reuses its container as long as nothing has happened to it."""

import errno
import json
import os
import time

# Calls that no kernel lets fail, and the C library's own before main.
NEVER = set(
    """exit exit_group rt_sigreturn restart_syscall getpid gettid getppid getuid geteuid getgid getegid getpgrp umask
    arch_prctl set_tid_address set_robust_list rseq""".split()
)


class Scene:
    stays = False
    user = None  # whose command it is; None: root

    def __init__(self, bed):
        self.bed = bed
        bed.become(self.user)
        self.golden = self.golden_cgroups = None
        self.pid = None
        self.facts = None

    def arguments(self):
        raise NotImplementedError

    def prepare(self):
        """Makes what must exist before the command; True if that succeeded."""
        return True

    def change(self, config):
        """What this scene's config has in addition."""

    def other(self):
        return None

    def output(self):
        return None

    def right(self, result):
        """What is wrong although the status is 0."""
        return []

    def wrong(self, result):
        """What is wrong beside the failure."""
        return []

    def up(self, mode="stay"):
        """A running container; an intact one is reused."""
        bed = self.bed
        if self.pid and bed.alive(self.pid) and os.path.exists(f"{bed.root}/{bed.id}"):
            return True
        bed.left()
        if not self.create(mode):
            return False
        if bed.husk("start", bed.id) != 0:
            return False
        self.facts = bed.read_facts()
        bed.container_names = {}
        for name in os.listdir(f"/proc/{self.pid}/ns"):
            link = os.readlink(f"/proc/{self.pid}/ns/{name}")
            if link not in bed.names:
                bed.container_names[link] = "container's"
        return bed.read_until("ready") is not None

    def create(self, mode):
        bed = self.bed
        bed.config(mode, self.change)
        end = bed.pipe()
        status = bed.husk("create", "--bundle", bed.bundle, "--pid-file", bed.pid_file, bed.id, output=end)
        os.close(end)
        self.pid = bed.own_pid()
        return status == 0

    def well(self):
        """What has changed in a container that should be unchanged."""
        bed = self.bed
        wrong = []
        if not bed.alive(self.pid):
            wrong.append("the container has died")
        elif not os.path.exists(f"{bed.root}/{bed.id}/state.json"):
            wrong.append("the container's record is gone")
        elif bed.frozen():
            wrong.append("the container is frozen")
            if bed.husk("resume", bed.id) != 0 or bed.frozen():
                bed.left()
        if wrong:
            bed.left()
            self.pid = None
        return wrong

    def compare(self, facts, cgroups):
        if facts is None:
            return ["the program does not run"]
        if self.golden is None:
            self.golden, self.golden_cgroups = facts, cgroups
            return []
        differs = [f"- {line}" for line in self.golden if line not in facts]
        differs += [f"+ {line}" for line in facts if line not in self.golden]
        differs += [f"- cgroup {line}" for line in self.golden_cgroups if line not in cgroups]
        differs += [f"+ cgroup {line}" for line in cgroups if line not in self.golden_cgroups]
        return differs


class Run(Scene):
    mode = "once"

    def arguments(self):
        return ["run", "--bundle", self.bed.bundle, "--pid-file", self.bed.pid_file, self.bed.id]

    def prepare(self):
        self.bed.config(self.mode, self.change)
        return True

    def output(self):
        return self.bed.pipe()

    def right(self, result):
        return self.compare(self.bed.read_facts(), result.cgroups)


class Create(Scene):
    def arguments(self):
        return ["create", "--bundle", self.bed.bundle, "--pid-file", self.bed.pid_file, self.bed.id]

    def prepare(self):
        self.bed.config("stay", self.change)
        return True

    def output(self):
        return self.bed.pipe()

    def right(self, result):
        bed = self.bed
        pid = bed.own_pid()
        if pid is None:
            return ["no pid file"]
        state = bed.state()
        if state != "created":
            return [f"its state is {state}: {bed.message()}"]
        if bed.husk("start", bed.id) != 0:
            return [f"start fails: {bed.message()}"]
        facts = bed.read_facts()
        return self.compare(facts, bed.cgroups_of(pid))


class Start(Scene):
    def arguments(self):
        return ["start", self.bed.id]

    def prepare(self):
        return self.create("stay")

    def other(self):
        return self.pid

    def right(self, result):
        bed = self.bed
        differs = self.compare(bed.read_facts(), bed.cgroups_of(self.pid))
        state = bed.state()
        return differs + ([] if state == "running" else [f"its state is {state}: {bed.message()}"])


class Exec(Scene):
    stays = True

    def arguments(self):
        return ["exec", self.bed.id, "/confined"]

    def prepare(self):
        return self.up()

    def output(self):
        return self.bed.pipe()

    def right(self, result):
        return self.compare(self.bed.read_facts(), result.cgroups) + self.well()

    def wrong(self, result):
        return self.well() + [f"in the cgroup still: process {name}" for name in self.others()]

    def others(self):
        """The processes in the cgroup other than the container's program that do not end."""
        bed, until = self.bed, time.monotonic() + 1
        while True:
            procs = bed.cgroup_file(("pids", "cgroup.procs"), ("", "cgroup.procs")) or ""
            others = [int(pid) for pid in procs.split() if int(pid) != self.pid]
            if not others or time.monotonic() > until:
                return [bed.name_of(pid) for pid in others]
            time.sleep(0.002)


class Gone(Scene):
    def right(self, result):
        bed = self.bed
        wrong = []
        if os.path.exists(f"{bed.root}/{bed.id}"):
            wrong.append("the record is there")
        wrong += [f"cgroup {path} is there" for path in bed.cgroups() - bed.cgroups_before]
        if bed.alive(self.pid):
            wrong.append("the container is alive")
        return wrong


class Delete(Gone):
    def arguments(self):
        return ["delete", self.bed.id]

    def prepare(self):
        bed = self.bed
        if not self.create("once") or bed.husk("kill", bed.id, "KILL") != 0:
            return False
        bed.to_end(self.pid, 3)
        return True


class DeleteRunning(Scene):
    stays = True

    def arguments(self):
        return ["delete", self.bed.id]

    def prepare(self):
        return self.up()

    def right(self, result):
        self.well()
        return ["a running container is deleted"]

    def wrong(self, result):
        return self.well()


class DeleteForce(Gone):
    def arguments(self):
        return ["delete", "--force", self.bed.id]

    def prepare(self):
        return self.up()


class Kill(Scene):
    stays = True
    options = ()

    def arguments(self):
        return ["kill", *self.options, self.bed.id, "USR1"]

    def prepare(self):
        self.bed.rest = b""
        return self.up()

    def right(self, result):
        wrong = [] if self.bed.read_until("signal", 2) is not None else ["the signal has not come"]
        return wrong + self.well()

    def wrong(self, result):
        return self.well()


class KillAll(Kill):
    options = ("--all",)


class Update(Scene):
    stays = True
    limit = 100

    def arguments(self):
        return ["update", "--resources", f"{self.bed.directory}/limits", self.bed.id]

    def prepare(self):
        self.limit = self.limit + 1 if self.limit < 900 else 100
        self.limits = self.bed.limits(self.limit)
        with open(f"{self.bed.directory}/limits", "w") as file:
            json.dump(self.limits, file)
        return self.up()

    def right(self, result):
        read = self.bed.cgroup_file
        if "pids" in self.limits:
            wanted = {read(("pids", "pids.max")): self.limit}
            wanted[read(("memory", "memory.limit_in_bytes"), ("memory", "memory.max"))] = self.limit << 22
        else:
            wanted = {read(("", "hugetlb.2MB.max")): self.limit << 21}
        wrong = [f"a limit is {is_} where {limit} is wanted" for is_, limit in wanted.items() if is_ != str(limit)]
        return wrong + self.well()

    def wrong(self, result):
        return self.well()


class Pause(Scene):
    stays = True

    def arguments(self):
        return ["pause", self.bed.id]

    def prepare(self):
        return self.up()

    def right(self, result):
        bed = self.bed
        wrong = [] if bed.frozen() else ["the container is not frozen"]
        if bed.husk("resume", bed.id) != 0:
            wrong.append(f"resume fails: {bed.message()}")
        return wrong + self.well()

    def wrong(self, result):
        """A failure may leave it paused only if the message says so."""
        bed = self.bed
        if bed.frozen() and "frozen" not in result.message and "paused" not in result.message:
            return self.well()
        if bed.frozen() and bed.husk("resume", bed.id) != 0:
            return [f"resume fails: {bed.message()}"] + self.well()
        return self.well()


class Resume(Scene):
    stays = True

    def arguments(self):
        return ["resume", self.bed.id]

    def prepare(self):
        return self.up() and (self.bed.frozen() or self.bed.husk("pause", self.bed.id) == 0)

    def right(self, result):
        return self.well()

    def wrong(self, result):
        bed = self.bed
        if bed.frozen() and bed.husk("resume", bed.id) != 0:
            return [f"resume fails: {bed.message()}"] + self.well()
        return self.well()


class State(Scene):
    stays = True

    def arguments(self):
        return ["state", self.bed.id]

    def prepare(self):
        return self.up()

    def output(self):
        return self.bed.pipe()

    def right(self, result):
        text = self.bed.read_rest()
        return ([] if '"running"' in text else [f"it says {text}"]) + self.well()

    def wrong(self, result):
        return self.well()


class List(State):
    def arguments(self):
        return ["list"]

    def right(self, result):
        text = self.bed.read_rest()
        lines = [line for line in text.splitlines() if self.bed.id in line]
        return ([] if lines and "running" in lines[0] else [f"it says {text}"]) + self.well()


class Ps(State):
    def arguments(self):
        return ["ps", self.bed.id]

    def right(self, result):
        text = self.bed.read_rest()
        lines = [line for line in text.splitlines() if str(self.pid) in line.split()]
        return ([] if lines else [f"it says {text}"]) + self.well()


class Events(State):
    """Without a fault the output has the numbers of the other controllers too."""

    def arguments(self):
        return ["events", "--stats", self.bed.id]

    def right(self, result):
        text = self.bed.read_rest()
        kinds = [f"stats {name}" for name in sorted(json.loads(text)["data"])]
        return self.compare(kinds, []) + self.well()


SCENES = {
    "run": Run,
    "create": Create,
    "start": Start,
    "exec": Exec,
    "delete": Delete,
    "delete-running": DeleteRunning,
    "delete-force": DeleteForce,
    "kill": Kill,
    "kill-all": KillAll,
    "update": Update,
    "pause": Pause,
    "resume": Resume,
    "state": State,
    "list": List,
    "ps": Ps,
    "events": Events,
}
ERRORS = {name: getattr(errno, name) for name in ("ENOMEM", "EPERM", "EINTR", "EIO", "EMFILE")}
