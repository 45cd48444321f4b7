"""How long threads have waited for a processor, by the system's own account: what a busy machine adds to every time that is measured."""

from __future__ import annotations

import threading
from pathlib import Path

_NS = 1_000_000_000


def waited_s(pid: int) -> float:
    """Seconds that the main thread of a process was ready to run and was not let; 0 = it is gone, or the system keeps no account."""
    return _read(Path(f"/proc/{pid}/schedstat"))


def own_waited_s() -> float:
    """As `waited_s`, of the calling thread."""
    return _read(Path(f"/proc/self/task/{threading.get_native_id()}/schedstat"))


def _read(path: Path) -> float:
    try:
        return int(path.read_text(encoding="ascii").split()[1]) / _NS
    except (OSError, IndexError, ValueError):
        return 0.0
