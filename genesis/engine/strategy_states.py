"""States of a strategy: one table of legal transitions. Every change is a fact (StrategyChanged).

| state | gets closed bars | may enter | may exit |
|---|---|---|---|
| IDLE (its market is none that it trades in, R32) | yes | no | yes |
| STARTING, RECOVERING (warming up) | yes, what it wishes is dropped | no | no |
| RUNNING | yes | yes | yes |
| PAUSED, STOPPING, STOPPED, ERROR | no | no | no |

What a strategy holds stays protected by its stop (R6) in every state.
"""

from __future__ import annotations

from genesis.core.facts import StrategyChanged
from genesis.core.models import StrategyState
from genesis.engine.desk import Desk

_LIVE = frozenset({StrategyState.IDLE, StrategyState.STARTING, StrategyState.RUNNING, StrategyState.RECOVERING})
_AWAY = frozenset({StrategyState.PAUSED, StrategyState.STOPPING, StrategyState.ERROR, StrategyState.RECOVERING})

TRANSITIONS: dict[StrategyState, frozenset[StrategyState]] = {
    StrategyState.IDLE: frozenset({StrategyState.STARTING, StrategyState.RUNNING}) | _AWAY,
    StrategyState.STARTING: frozenset({StrategyState.RUNNING, StrategyState.IDLE}) | _AWAY,
    StrategyState.RUNNING: frozenset({StrategyState.IDLE}) | _AWAY,
    StrategyState.RECOVERING: (frozenset({StrategyState.RUNNING, StrategyState.IDLE}) | _AWAY) - {StrategyState.RECOVERING},
    StrategyState.PAUSED: frozenset({StrategyState.STARTING, StrategyState.STOPPING, StrategyState.ERROR}),
    StrategyState.STOPPING: frozenset({StrategyState.STOPPED, StrategyState.ERROR}),
    StrategyState.STOPPED: frozenset({StrategyState.STARTING}),
    StrategyState.ERROR: frozenset({StrategyState.STARTING, StrategyState.STOPPING}),
}
"""State -> states it may change to. A strategy that was never seen is IDLE."""

LISTENING = _LIVE
"""States in which a strategy gets closed bars."""
WARMING = frozenset({StrategyState.STARTING, StrategyState.RECOVERING})
WISHING = frozenset({StrategyState.RUNNING, StrategyState.IDLE})
"""States in which what it wishes is looked at; of an IDLE one only exits are."""


SWITCHED_OFF = "switched off"
"""Why a strategy is STOPPED that the configuration does not have any more; it starts again when it is back."""


class IllegalStrategyTransition(AssertionError):
    """A change of a strategy's state that the table does not know."""


def state_of(desk: Desk, name: str) -> StrategyState:
    """The strategy's state; IDLE if there never was one."""
    return StrategyState(desk.state.strategies.get(name, StrategyState.IDLE))


def enter(desk: Desk, name: str, after: StrategyState, reason: str) -> None:
    """Record a change of state.

    Raises:
        IllegalStrategyTransition: the table does not know it.
    """
    before = state_of(desk, name)
    if after not in TRANSITIONS[before]:
        raise IllegalStrategyTransition(f"strategy {name}: expected one of {sorted(TRANSITIONS[before])} after {before}, got {after}")
    desk.record(StrategyChanged(strategy=name, before=before, after=after, reason=reason, correlation_id=name))
