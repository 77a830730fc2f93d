"""A process that has loaded the program, and forks for every turn it is asked for: see ``conftest.PRELOADED``."""

from __future__ import annotations

import ast
import os
import signal
import socket
import struct
import sys
import threading

from retentiond.connectors.filesystem import connector as _connector  # noqa: F401 - loaded for the forks
from retentiond.lifecycle import through as _through  # noqa: F401 - loaded for the forks
from retentiond.service import compose as _compose  # noqa: F401 - loaded for the forks
from retentiond.service import turn as _turn  # noqa: F401 - loaded for the forks

MOST = 8


def serve(address: str) -> None:
    """Fork for each connection, for ever."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind("\0" + address)
        listening.listen()
        os.write(1, b"ready\n")
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        while True:
            line, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                take(line)
            line.close()


def take(line: socket.socket) -> None:
    """Become the process that was asked for, as far as a turn can tell, and end with its exit code."""
    length, descriptors, _, _ = socket.recv_fds(line, 4, MOST)
    said = b""
    while len(said) < int.from_bytes(length, "big"):
        said += line.recv(1 << 16)
    code, words, environment, masked = ast.literal_eval(said.decode())
    for wanted, given in enumerate(descriptors[:3]):
        os.dup2(given, wanted)
        os.close(given)
    os.environ.clear()
    os.environ.update(environment)
    signal.pthread_sigmask(signal.SIG_SETMASK, masked)
    sys.argv = ["-c", *words]
    ended = 70
    try:
        exec(compile(code, "<turn>", "exec"), {"__name__": "__main__"})  # noqa: S102 - the test's own words
    except SystemExit as end:
        ended = end.code if isinstance(end.code, int) else 0
    finally:
        sys.stderr.flush()
        line.send(struct.pack("B", ended))
        os._exit(ended)


if __name__ == "__main__":
    assert threading.active_count() == 1
    serve(sys.argv[1])
