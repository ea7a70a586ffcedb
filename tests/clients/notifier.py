#!/usr/bin/python3 -B
"""An agent for SCMP_ACT_NOTIFY as strict as CRI-O's: it names what it does not accept, and exits with status 1.

    notifier.py SOCKET

One connection for each process that loads the filter; on it one message, received in one call that has room for 16 KiB and
for one descriptor; the message is a container process state that names that descriptor. Each notified call is answered with
ENOSYS. Prints a line for each message, `message BYTES ID STATUS PID ANNOTATIONS`, and for each call, `call NAME`.
"""
import ctypes
import errno
import fcntl
import json
import os
import select
import socket
import struct
import sys
import threading

MESSAGE_MAX = 16384
RECEIVE, SEND = 0xC0502100, 0xC0182101  # SECCOMP_IOCTL_NOTIF_RECV, SECCOMP_IOCTL_NOTIF_SEND
NOTIFICATION = struct.Struct("QIIiIQ6Q")  # id, pid, flags, then the call: number, architecture, ip, arguments
ANSWER = struct.Struct("QqiI")  # id, value, error, flags

libseccomp = ctypes.CDLL("libseccomp.so.2")
libseccomp.seccomp_syscall_resolve_num_arch.restype = ctypes.c_char_p


def say(*words):
    print(*words, flush=True)


def refuse(why):
    say("refused:", why)
    os._exit(1)


def want(true, why):
    if not true:
        refuse(why)


def receive(connection):
    """The state and the listener of a connection."""
    data, control, flags, _ = connection.recvmsg(MESSAGE_MAX, socket.CMSG_SPACE(4), socket.MSG_CMSG_CLOEXEC)
    want(0 < len(data) < MESSAGE_MAX, f"a message of {len(data)} bytes")
    want(not flags & socket.MSG_CTRUNC, "more than one descriptor")
    want(len(control) == 1, f"{len(control)} control messages")
    level, kind, rights = control[0]
    want((level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS), f"a control message {level}, {kind}")
    want(len(rights) == 4, f"{len(rights) // 4} descriptors")
    try:
        state = json.loads(data)
    except ValueError as error:
        refuse(f"not one piece of JSON: {error}")
    return state, len(data), struct.unpack("i", rights)[0]


def text(value):
    return isinstance(value, str) and value != ""


def check(message):
    """Checks a container process state against the specification."""
    want(isinstance(message, dict), "no object")
    want(set(message) <= {"ociVersion", "fds", "pid", "metadata", "state"}, f"keys {sorted(message)}")
    want(text(message.get("ociVersion")), "no ociVersion")
    want(message.get("fds") == ["seccompFd"], f"fds {message.get('fds')}")
    want(type(message.get("pid")) is int and message["pid"] > 0, f"pid {message.get('pid')}")
    want(message.get("metadata", "") == "", "unrequested metadata")
    state = message.get("state")
    want(isinstance(state, dict), "no state")
    want(all(text(state.get(key)) for key in ("ociVersion", "id", "bundle")), "state without ociVersion, id or bundle")
    want(state.get("status") in ("creating", "created", "running"), f"status {state.get('status')}")
    want(type(state.get("pid")) is int and state["pid"] > 0, f"pid of the state {state.get('pid')}")
    annotations = state.get("annotations", {})
    want(isinstance(annotations, dict) and all(isinstance(v, str) for v in annotations.values()), "annotations")
    return state


def answer(listener):
    """Answers each call with ENOSYS, until no process is left that could make one."""
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    while True:
        events = poll.poll()[0][1]
        if not events & select.POLLIN:
            break
        call = bytearray(NOTIFICATION.size)
        try:
            fcntl.ioctl(listener, RECEIVE, call)
            identity, _, _, number, architecture, *_ = NOTIFICATION.unpack(call)
            name = libseccomp.seccomp_syscall_resolve_num_arch(ctypes.c_uint32(architecture), ctypes.c_int(number))
            say("call", name.decode() if name else number)
            fcntl.ioctl(listener, SEND, ANSWER.pack(identity, 0, -errno.ENOSYS, 0))
        except OSError as error:
            if error.errno != errno.ENOENT:  # the caller is gone
                raise
    os.close(listener)


def serve(connection):
    message, size, listener = receive(connection)
    state = check(message)
    say("message", size, state["id"], state["status"], message["pid"], len(state.get("annotations", {})))
    answer(listener)
    try:
        want(connection.recv(1, socket.MSG_DONTWAIT) == b"", "there is more than one message")
    except (BlockingIOError, ConnectionResetError):
        pass
    connection.close()


def main(path):
    threading.excepthook = lambda failure: refuse(repr(failure.exc_value))
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(path)
    server.listen()
    while True:
        connection, _ = server.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


if __name__ == "__main__":
    main(sys.argv[1])
