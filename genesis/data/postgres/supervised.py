"""Calls that may hang are made in a thread that is left behind when its time is over.

A frozen server answers nothing, not even a refusal, and the driver's own cancelling of a query takes ten seconds. So the socket is shut
down from outside, which wakes the thread; where even that does not help (a name that does not resolve), it is abandoned.

A thread that is left behind is still in the driver, which frees a connection's memory at once and asks no one: whatever it is in may be
freed only when it came back.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

Result = TypeVar("Result")


class Overdue(Exception):
    """The call did not return in time; what it asked for may have happened."""


def within(seconds: float, call: Callable[[], Result], cut: Callable[[], object]) -> Result:
    """What `call` returns or raises; when it takes longer, `cut` is called.

    Raises:
        Overdue: it took longer.
    """
    outcome: list[Any] = []
    over = threading.Event()

    def made() -> None:
        try:
            outcome.append((call(), None))
        except BaseException as error:  # noqa: BLE001 - raised by who waits; who no longer does has said Overdue
            outcome.append((None, error))
        over.set()

    threading.Thread(target=made, name="database", daemon=True).start()
    if not over.wait(seconds):
        cut()
        raise Overdue(f"no answer within {seconds:g} s")
    result, error = outcome[0]
    if error is not None:
        raise error
    return result  # type: ignore[no-any-return]


class Occupied:
    """What calls may still be in, and is therefore freed by whoever is the last there."""

    def __init__(self, free: Callable[[], object]) -> None:
        """`free` is called once: by `close`, or by the thread that a call was left behind in."""
        self._free = free
        self._lock = threading.Lock()
        self._inside = 0
        self._closed = False
        self._freed = False

    def within(self, seconds: float, call: Callable[[], Result], cut: Callable[[], object]) -> Result:
        """As the function of this name, and nothing is freed while `call` runs, left behind or not."""
        self._change(inside=1)
        return within(seconds, lambda: self._through(call), cut)

    def _through(self, call: Callable[[], Result]) -> Result:
        try:
            return call()
        finally:
            self._change(inside=-1)

    def close(self) -> None:
        """Free it, now or as soon as nobody is in it; returns at once."""
        self._change(closed=True)

    def _change(self, inside: int = 0, *, closed: bool = False) -> None:
        with self._lock:
            self._inside += inside
            self._closed = self._closed or closed
            free = self._closed and not self._inside and not self._freed
            self._freed = self._freed or free
        if free:
            self._free()
