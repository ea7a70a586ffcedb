"""The program of a sample: a script that prints what it finds, section by section."""
import shlex


def script(config):
    """The script for that config: it inspects what the config names."""
    linux = config["linux"]
    paths = linux.get("maskedPaths", []) + linux.get("readonlyPaths", [])
    lines = ["say() { echo; echo \"== $1\"; }"]
    for name in ("status", "limits", "mountinfo", "oom_score_adj", "cgroup", "environ"):
        lines.append(f"say {name}; cat /proc/$$/{name}")
    lines += ["say cwd; pwd -P", "say umask; umask", "say hostname; hostname", "say namespaces; ls -ln /proc/$$/ns", "say terminal",
              "if test -t 0 && test -t 1 && test -t 2; then echo yes; else echo no; fi", "say paths"]
    for path in map(shlex.quote, paths):
        lines.append(f"if test -d {path}; then echo {path} directory $(ls -A {path} 2>&1 | wc -l); "
                     f"elif test -e {path}; then echo {path} file $(cat {path} 2>/dev/null | wc -c); fi")
    lines.append("say sysctl")
    for name in linux.get("sysctl", {}):
        lines.append(f"echo {name} $(cat /proc/sys/{name.replace('.', '/')})")
    lines.append("say devices")
    devices = [d["path"] for d in linux.get("devices", [])]
    for path in devices + ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"]:
        lines.append(f"stat -c '%n %t %T' {shlex.quote(path)}")
    lines.append("say end")
    return "\n".join(lines)


def sections(text):
    """Section name -> text of the probe's output."""
    found = {}
    for part in b"\n".join([b"", text]).split(b"\n== ")[1:]:
        name, _, body = part.partition(b"\n")
        found[name.decode()] = body.removesuffix(b"\n").decode(errors="replace")
    if "end" not in found:
        raise ValueError(f"the program did not come to its end: {text[-300:].decode(errors='replace')}")
    return found
