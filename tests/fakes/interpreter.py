"""Stands in for the Python interpreter in forked runs: `-m comfyvn…` becomes a fork, anything else the interpreter.

forked.py writes it to a program of its own, with the two names that are not defined here. It imports as little as it
can: it is started hundreds of times. Signals that it gets are passed on; it ends as the fork ends.
"""

import _signal
import _socket
import os
import sys


def _fork(command):  # no annotations, here and below: typing and __future__ would be imported
    line = _socket.socket(_socket.AF_UNIX)
    line.connect(ADDRESS)  # noqa: F821 - written above this
    variables = [f"{name}={value}" for name, value in os.environ.items()]
    text = "\0".join((str(len(command)), *command, os.getcwd(), *variables))  # noqa: PTH109
    data = os.fsencode(text)
    files = b"".join(number.to_bytes(4, sys.byteorder) for number in range(3))
    sent = line.sendmsg([data], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, files)])
    line.sendall(data[sent:])
    line.shutdown(_socket.SHUT_WR)
    told = b""
    while b"\n" not in told:
        told += line.recv(16) or b"1\n"
    pid, told = told.split(b"\n", 1)
    for number in (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP):
        if _signal.getsignal(number) != _signal.SIG_IGN:
            _signal.signal(number, lambda which, frame: os.kill(int(pid), which))
    while not told.endswith(b"\n"):
        told += line.recv(16) or b"1\n"
    code = int(told)
    if code < 0:
        if code != -_signal.SIGKILL:
            _signal.signal(-code, _signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code % 256)


arguments = sys.argv[1:]
words = arguments[1:] if arguments[:1] == ["-P"] else arguments
if words[:1] == ["-m"] and words[1].partition(".")[0] in ("comfyvn", "doit"):
    _fork(words[1:])
os.execv(PYTHON, [PYTHON, *arguments])  # noqa: F821
