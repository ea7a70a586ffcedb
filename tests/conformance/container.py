"""A container of a sample: husk creates, starts and deletes it, and its program's output is read."""
import contextlib
import glob
import json
import os
import socket
import subprocess
import time

from probe import sections


class Failed(Exception):
    pass


def wait_for(what, condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise Failed(f"{what}: not within {seconds} seconds")
        time.sleep(0.005)


def understand(text):
    try:
        return sections(text)
    except ValueError as error:
        raise Failed(str(error)) from None


class Area:
    """The directory, state directory and cgroup that all samples share."""

    def __init__(self, husk, directory):
        self.husk = husk
        self.directory = directory
        self.root = os.path.join(directory, "state")
        self.name = f"husk-sample-{os.getpid()}" # what every container's starts with
        self.cgroup = f"/husk-samples-{os.getpid()}" # the parent of their cgroups
        self.cgroups = []
        self.count = 0
        os.chmod(directory, 0o755) # others than root go there

    def command(self, *arguments):
        return [self.husk, "--root", self.root, *arguments]

    def run(self, *arguments, **options):
        done = subprocess.run(self.command(*arguments), text=True, capture_output=True, timeout=60, **options)
        if done.returncode:
            raise Failed(f"husk {arguments[0]}: {done.stderr.strip()}")
        return done.stdout

    def left(self):
        """What is left after every container is deleted; removes the empty parents of their cgroups."""
        left = [f"record {name}" for name in (os.listdir(self.root) if os.path.exists(self.root) else [])]
        for top in ["/sys/fs/cgroup", *glob.glob("/sys/fs/cgroup/*")]:
            left += [f"cgroup {top}{path}" for path in self.cgroups if os.path.exists(top + path)]
            left += [f"cgroup {path}" for path in glob.glob(f"{glob.escape(top)}/**/{self.name}-*", recursive=True)]
            for directory, _, _ in os.walk(top + self.cgroup, topdown=False):
                with contextlib.suppress(OSError):
                    os.rmdir(directory)
        with open("/proc/self/mountinfo") as file:
            left += [f"mount {line.split()[4]}" for line in file if self.directory in line]
        return left


class Container:
    def __init__(self, staged):
        self.area, self.id, self.bundle = staged.area, staged.id, staged.bundle
        self.output = os.path.join(self.bundle, "output")
        self.terminal = staged.config["process"].get("terminal")
        self.console = None

    def state(self):
        return json.loads(self.area.run("state", self.id))

    def launch(self, terminal, arguments):
        """husk with the output of the container's program in a file or on a terminal."""
        options = {"stdin": subprocess.DEVNULL}
        if not terminal:
            with open(self.output, "w") as output, open(self.output + ".err", "w+") as err:
                done = subprocess.run(self.area.command(*arguments), stdout=output, stderr=err, timeout=60, **options)
                err.seek(0)
                if done.returncode:
                    raise Failed(f"husk {arguments[0]}: {err.read().strip()}")
            return
        with socket.socket(socket.AF_UNIX) as listener:
            path = os.path.join(self.bundle, "console")
            listener.bind(path)
            listener.listen()
            listener.settimeout(20)
            self.area.run(arguments[0], "--console-socket", path, *arguments[1:], **options)
            with listener.accept()[0] as connection:
                _, descriptors, _, _ = socket.recv_fds(connection, 4096, 1)
            self.console = open(descriptors[0], "rb", buffering=0)
            os.unlink(path)

    def create(self):
        self.launch(self.terminal, ("create", "--bundle", self.bundle, self.id))

    def start(self):
        self.area.run("start", self.id)

    def report(self):
        """The program's output until it ends."""
        text = b""
        if self.console:
            with contextlib.suppress(OSError): # no process holds the other end any more
                while piece := self.console.read(65536):
                    text += piece
            text = text.replace(b"\r\n", b"\n")
        wait_for("the end of the program", lambda: self.state()["status"] == "stopped")
        if not self.console:
            with open(self.output, "rb") as file:
                text = file.read()
            with open(self.output + ".err", errors="replace") as file:
                complaints = list(file)
            if complaints:
                raise Failed(f"the program complained: {' '.join(complaints)}")
        return understand(text)

    def exec(self, process):
        path = os.path.join(self.bundle, "process.json")
        with open(path, "w") as file:
            json.dump(process, file, indent=1)
        self.launch(False, ("exec", "--process", path, self.id))
        with open(self.output, "rb") as file:
            return understand(file.read())

    def delete(self):
        if self.console:
            self.console.close()
        self.area.run("delete", "--force", self.id)
