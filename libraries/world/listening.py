"""Whether anything of a world can be reached from another machine: every server listens on loopback only (A6.5).

Asked when a process says that it is ready, and of all of them when a test ends. The table of all listening sockets is read first, which
takes a moment; only where one of them is open to others are the processes looked at, to see whose it is.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import psutil

_TABLES = ("tcp", "tcp6")
_LISTENS = " 0A "  # the state, as the kernel writes it


def open_to_others(processes: Callable[[], Iterable[int]]) -> list[str]:
    """Each listening TCP socket of these processes (ids) whose address is not one of loopback, as a sentence."""
    if not _anything_open():
        return []
    found = []
    for pid in processes():
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):  # it ended, or is another user's: not of this world
            process = psutil.Process(pid)
            found += [
                f"process {pid} ({' '.join(process.cmdline()[:4]) or process.name()}) listens on {connection.laddr.ip}, "
                f"port {connection.laddr.port}: other machines can reach it; expected 127.0.0.1"
                for connection in process.net_connections("tcp")
                if connection.status == psutil.CONN_LISTEN and not is_loopback(connection.laddr.ip)
            ]
    return found


def with_children(pid: int) -> list[int]:
    """The process and everything it started."""
    with suppress(psutil.NoSuchProcess):
        return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
    return []


def is_loopback(address: str) -> bool:
    """127.0.0.0/8 and ::1, also 127.0.0.0/8 as IPv6 writes it."""
    parsed = ipaddress.ip_address(address)
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return (mapped or parsed).is_loopback


def _anything_open() -> bool:
    """Whether any process of this machine listens where others can reach it."""
    for table in _TABLES:
        with suppress(FileNotFoundError):  # no IPv6 here
            for line in Path("/proc/self/net", table).read_text("ascii").splitlines()[1:]:
                if _LISTENS in line and not is_loopback(_address(line.split()[1].partition(":")[0])):
                    return True
    return False


def _address(digits: str) -> str:
    """As the kernel prints it: words of four bytes, each in the machine's order."""
    words = [bytes.fromhex(digits[at : at + 8])[::-1] for at in range(0, len(digits), 8)]
    return str(ipaddress.ip_address(b"".join(words)))
