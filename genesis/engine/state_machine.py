"""The engine's own states: one table of legal transitions, and the state that circumstances ask for.

What each state lets through:

| state | entries, strategies | exit signals | stops (R6) | cancels |
|---|---|---|---|---|
| STARTING, RECONCILING, DEGRADED | no | no | no | yes |
| RUNNING | yes | yes | yes | yes |
| PAUSED | no | no | yes | yes |
| HALTED | no | yes | yes | yes |
| STOPPING, STOPPED | no | no | no | the shutdown's own |

A pause must not leave a position unprotected, so R6 goes on; so does it while order sources are quiesced.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from genesis.core.models import EngineState

_ANY_LIVE = (EngineState.RECONCILING, EngineState.RUNNING, EngineState.PAUSED, EngineState.DEGRADED, EngineState.HALTED)

TRANSITIONS: dict[EngineState, frozenset[EngineState]] = {
    EngineState.STARTING: frozenset({EngineState.RECONCILING, EngineState.HALTED, EngineState.STOPPING}),
    **{state: frozenset({*_ANY_LIVE, EngineState.STOPPING} - {state}) for state in _ANY_LIVE},
    EngineState.STOPPING: frozenset({EngineState.STOPPED, EngineState.HALTED}),
    EngineState.STOPPED: frozenset(),
}
"""State -> states it may change to. HALTED is left by RESUME only (`wanted`); a new process starts at STARTING."""

PROTECTING = frozenset({EngineState.RUNNING, EngineState.PAUSED, EngineState.HALTED})
"""States in which stops fire."""
EXITING = frozenset({EngineState.RUNNING, EngineState.HALTED})
"""States in which exit signals are taken."""
LEAVING = frozenset({EngineState.STOPPING, EngineState.STOPPED})


class IllegalTransition(AssertionError):
    """A change of the engine's state that the table does not know."""


class VenueStatus(msgspec.Struct):
    """The condition of one venue, as the engine sees it. Not journaled itself; changes are facts (ConditionChanged)."""

    orders: bool = False
    market: bool = False
    reconciled: bool = False
    key_refused: bool = False  # until the operator resumes nothing that needs the key is asked for (X35)


def check(before: EngineState, after: EngineState) -> None:
    """Assert that the change is legal.

    Raises:
        IllegalTransition: it is not.
    """
    if after not in TRANSITIONS[before]:
        raise IllegalTransition(f"expected one of {sorted(TRANSITIONS[before])} after {before}, got {after}")


def wanted(current: EngineState, operator_mode: str, halted: bool, venues: Iterable[VenueStatus]) -> EngineState:
    """The state that circumstances ask for.

    RUNNING needs every venue connected (orders and market channel) and reconciled. A halt outranks everything but a
    shutdown; a broken connection outranks a pause. Before the first RUNNING of a process a venue that is not there
    yet means RECONCILING, later it means DEGRADED, and RECONCILING as soon as it can be read again.
    """
    if current in LEAVING:
        return current
    if halted or operator_mode == "HALT":
        return EngineState.HALTED
    reconciled = reachable = streaming = True
    for venue in venues:
        reconciled = reconciled and venue.reconciled
        reachable = reachable and venue.orders
        streaming = streaming and venue.market
    if not (reconciled and reachable and streaming):
        starting = current in (EngineState.STARTING, EngineState.RECONCILING)
        readable = reachable and not reconciled
        return EngineState.RECONCILING if starting or readable else EngineState.DEGRADED
    return EngineState.PAUSED if operator_mode == "PAUSE" else EngineState.RUNNING
