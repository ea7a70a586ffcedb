#!/usr/bin/python3 -B
"""Runs a command in a pseudo-terminal of 24 lines and 80 columns, as one at a terminal would:

    terminal.py STEP... -- COMMAND...

Each step is `TEXT=INPUT`: when the command has shown TEXT, INPUT is typed (\\n is a newline); an INPUT of `resize` makes the
terminal one of 43 lines and 132 columns instead. Prints what was shown, and ends with the command's status, or 99 when a
text does not come within ten seconds.
"""
import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time


def resize(terminal, lines, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("4H", lines, columns, 0, 0))


class Screen:
    def __init__(self, terminal):
        self.terminal, self.shown, self.seen = terminal, b"", 0

    def read(self, deadline):
        """Reads more output; False at its end."""
        if not select.select([self.terminal], [], [], max(0, deadline - time.monotonic()))[0]:
            raise TimeoutError
        try:
            data = os.read(self.terminal, 4096)
        except OSError:  # no process has the terminal open any more
            data = b""
        self.shown += data
        return data != b""

    def wait(self, text):
        deadline = time.monotonic() + 10
        while (at := self.shown.find(text, self.seen)) < 0:
            if not self.read(deadline):
                raise TimeoutError
        self.seen = at + len(text)


def main(arguments):
    end = arguments.index("--")
    child, terminal = pty.fork()
    if child == 0:
        resize(0, 24, 80)
        os.execvp(arguments[end + 1], arguments[end + 1 :])
    screen = Screen(terminal)
    try:
        for step in arguments[:end]:
            text, _, typed = step.partition("=")
            screen.wait(text.encode())
            if typed == "resize":
                resize(terminal, 43, 132)
            else:
                os.write(terminal, typed.replace("\\n", "\n").encode())
        while screen.read(time.monotonic() + 10):
            pass
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    except TimeoutError:
        status = 99
    sys.stdout.buffer.write(screen.shown.replace(b"\r\n", b"\n"))
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
