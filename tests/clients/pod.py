#!/usr/bin/python3 -B
"""Runs the pod of a YAML file as a kubelet does, through cri.py: its sandbox, its init containers one after the other to
their end, its containers, its ephemeral containers. Then prints a line for each with what its process, and one that is
exec'd in it, find in /proc/self/status, and takes the pod away.

    pod.py POD.yaml DIRECTORY IMAGE

Profiles of the node are files in DIRECTORY/seccomp; logs go to DIRECTORY/logs/NAME. Whatever the containers' images and
commands are, they are IMAGE and one that shows the status; the network is the node's.
"""
import os
import sys
import time

import yaml

from cri import call

FIELDS = "Seccomp", "NoNewPrivs", "CapEff"
SHOW = ["grep", "-E", f"^({'|'.join(FIELDS)}):", "/proc/self/status"]


def profile(context, above, directory):
    """The profile that a kubelet requests: the container's own, otherwise the pod's, otherwise Unconfined."""
    wanted = context.get("seccompProfile") or above.get("seccompProfile") or {"type": "Unconfined"}
    asked = {"profile_type": wanted["type"]}  # the types have the same names there
    if wanted["type"] == "Localhost":
        asked["localhost_ref"] = f"{directory}/seccomp/{wanted['localhostProfile']}"
    return asked


class Pod:
    def __init__(self, manifest, directory, image):
        self.spec, self.directory, self.image = manifest["spec"], directory, image
        self.logs = f"{directory}/logs/{manifest['metadata']['name']}"
        self.context = self.spec.get("securityContext", {})
        everything = [container for kind in ("initContainers", "containers") for container in self.spec.get(kind, [])]
        self.namespaces = {"network": "NODE", "pid": "CONTAINER"}
        self.config = {
            "metadata": {**{key: manifest["metadata"][key] for key in ("name", "namespace")}, "uid": manifest["metadata"]["name"]},
            "log_directory": self.logs,
            "linux": {
                "security_context": {
                    "namespace_options": self.namespaces,
                    "privileged": any(c.get("securityContext", {}).get("privileged", False) for c in everything),
                    "seccomp": {"profile_type": "RuntimeDefault"},
                }
            },
        }
        os.makedirs(self.logs, exist_ok=True)
        request = {"config": self.config, "runtime_handler": self.spec["runtimeClassName"]}
        self.id = call("RunPodSandbox", request)["pod_sandbox_id"]
        self.containers = {}

    def start(self, container, command):
        """Starts it; returns the profile that was requested."""
        name, context = container["name"], container.get("securityContext", {})
        seccomp = profile(context, self.context, self.directory)
        namespaces = dict(self.namespaces)
        if target := container.get("targetContainerName"):
            namespaces.update(pid="TARGET", target_id=self.containers[target])
        config = {
            "metadata": {"name": name},
            "image": {"image": self.image},
            "command": command,
            "log_path": name + ".log",
            "linux": {
                "security_context": {
                    "namespace_options": namespaces,
                    "privileged": context.get("privileged", False),
                    "no_new_privs": not context.get("allowPrivilegeEscalation", True),
                    "seccomp": seccomp,
                }
            },
        }
        request = {"pod_sandbox_id": self.id, "config": config, "sandbox_config": self.config}
        self.containers[name] = call("CreateContainer", request)["container_id"]
        call("StartContainer", {"container_id": self.containers[name]})
        if not context.get("privileged"):
            return seccomp["profile_type"]
        return "privileged, " + seccomp["profile_type"] if "seccompProfile" in context else "privileged"

    def ended(self, name):
        """Its status when it has ended."""
        for _ in range(200):
            status = call("ContainerStatus", {"container_id": self.containers[name]})["status"]
            if status["state"] == "EXITED":
                return status
            time.sleep(0.02)
        raise SystemExit(f"{name} does not end")

    def log(self, name):
        """What the container has written so far; each line of a log is TIME STREAM F TEXT."""
        for _ in range(200):
            with open(f"{self.logs}/{name}.log", encoding="utf-8") as file:
                lines = [line.split(" ", 3)[3] for line in file]
            if len(lines) >= len(FIELDS):
                break
            time.sleep(0.02)
        return "".join(lines)

    def remove(self):
        call("StopPodSandbox", {"pod_sandbox_id": self.id})
        call("RemovePodSandbox", {"pod_sandbox_id": self.id})


def row(name, asked, process, text):
    values = dict(line.split(":\t") for line in text.splitlines())
    print("|", " | ".join([name, asked, process, *(values[field] for field in FIELDS)]), "|")


def main(path, directory, image):
    with open(path, encoding="utf-8") as file:
        pod = Pod(yaml.safe_load(file), directory, image)
    try:
        print("| container | asked for | process |", " | ".join(FIELDS), "|")
        print("|---" * (3 + len(FIELDS)) + "|")
        for container in pod.spec.get("initContainers", []):
            asked = pod.start(container, SHOW)
            if pod.ended(container["name"])["exit_code"] != 0:
                raise SystemExit(f"{container['name']} has failed")
            row(container["name"], asked, "init", pod.log(container["name"]))
        for container in pod.spec["containers"] + pod.spec.get("ephemeralContainers", []):
            name = container["name"]
            asked = pod.start(container, ["sh", "-c", '"$@"; exec sleep 1000', "sh", *SHOW])
            row(name, asked, "init", pod.log(name))
            row(name, asked, "exec", call("ExecSync", {"container_id": pod.containers[name], "cmd": SHOW})["stdout"])
    finally:
        pod.remove()


if __name__ == "__main__":
    main(*sys.argv[1:])
