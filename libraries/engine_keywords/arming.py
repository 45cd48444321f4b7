"""Crash points of a running engine with test hooks."""

from __future__ import annotations

from libraries.common.errors import WrongArgument
from libraries.world.engine import Engine


def arm(engine: Engine, crash: str) -> None:
    """`crash`: `POINT:NTH:MODE`, such as `CP-K1:1:kill`, counted from now.

    Raises:
        WrongArgument: the engine refuses: an unknown point, or it has no test hooks.
    """
    answer = engine.control.request("POST", "/control/crash", json={"crash": crash})
    if not answer.ok:
        raise WrongArgument(f"{crash} cannot be armed: {answer.error.get('message', answer.body)}")
