"""Calls that may hang are made in a thread that is left behind when its time is over.

A frozen server answers nothing, not even a refusal, and the driver's own cancelling of a query takes ten seconds. So the socket is shut
down from outside, which wakes the thread; where even that does not help (a name that does not resolve), it is abandoned.
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
        except BaseException as error:  # noqa: BLE001 - raised by who waits
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
