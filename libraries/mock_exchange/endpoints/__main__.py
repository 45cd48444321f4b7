"""One address process: `python -m libraries.mock_exchange.endpoints`, started by the matching process only.

Its assignment comes as one JSON line on stdin; when stdin ends, the matching process has ended and so does this one. It prints one JSON
line when it listens. Exit code 5: its port cannot be opened.
"""

from __future__ import annotations

import asyncio
import ctypes
import errno
import os
import signal
import socket
import sys
from pathlib import Path

import msgspec
import uvloop

from .assignment import Assignment
from .forwarder import Forwarder
from .tls import server_context

_PR_SET_PDEATHSIG = 1
PORT_UNAVAILABLE = 5


def main() -> int:
    assignment = msgspec.json.decode(sys.stdin.buffer.readline(), type=Assignment)
    _die_with(assignment.venue_pid)
    try:
        listening = _listening(assignment.port)
    except OSError as error:
        reason = "it is in use" if error.errno == errno.EADDRINUSE else str(error.strerror)
        sys.stderr.write(f"mock-exchange: address {assignment.name}: expected a free port on 127.0.0.1, got {assignment.port}: {reason}\n")
        return PORT_UNAVAILABLE
    uvloop.run(_serve(assignment, listening))
    return 0


def _die_with(venue_pid: int) -> None:
    """Even one that is stopped (SIGSTOP) ends with the matching process; that it reads the end of stdin covers other systems."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != venue_pid:
        raise SystemExit(0)


def _listening(port: int) -> socket.socket:
    """`port` is reserved by the matching process, which holds it bound without listening."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
        listening.listen(512)
    except OSError:
        listening.close()
        raise
    listening.setblocking(False)
    return listening


async def _serve(assignment: Assignment, listening: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    os.set_blocking(0, False)
    loop.add_reader(0, _read_stdin, ended)
    tls = server_context(Path(assignment.tls)) if assignment.tls else None
    forwarder = Forwarder(assignment.name, assignment.venue_port, assignment.token)
    server = await loop.create_server(forwarder.client, sock=listening, ssl=tls)
    sys.stdout.write(msgspec.json.encode({"name": assignment.name, "pid": os.getpid(), "port": assignment.port}).decode() + "\n")
    sys.stdout.flush()
    await ended.wait()
    server.close()


def _read_stdin(ended: asyncio.Event) -> None:
    """The matching process writes nothing more: what becomes readable is the end."""
    if not os.read(0, 4096):
        asyncio.get_running_loop().remove_reader(0)
        ended.set()


if __name__ == "__main__":
    sys.exit(main())
