"""Our whole durable path beside public clients, in turns on one exchange: medians, and how many times faster."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

import msgspec

from libraries.common.errors import ClientMissing
from libraries.world.exchange import Exchange

from . import peers
from .path import Outcome, Wrong, closed_loop
from .peers import BACKTEST_GOAL, EQUAL, PEERS, Peer, Reached
from .table import Line, progress

REQUIRED_RATE, GOAL_RATE = 1_000, 10_000
BACKTEST_ORDERS = 5_000


class Plan(msgspec.Struct, frozen=True):
    """How often each is measured, how many orders of a peer at each window, how long ours at each."""

    turns: int
    orders: int
    seconds: float


class _Ours(msgspec.Struct, frozen=True):
    """Medians over the turns; None = `wrong` says what did not add up."""

    best: float | None
    equal: float | None
    wrong: str = ""


def measured(exchange: Exchange, place: Path, plan: Plan) -> list[Line]:
    """Turn by turn each peer and then our engine, so that a slow minute of the machine is everybody's."""
    found: dict[str, list[Reached]] = {peer.name: [] for peer in PEERS}
    missing: dict[str, Line] = {}
    outcomes: list[Outcome] = []
    wrong = ""
    for turn in range(plan.turns):
        for peer in PEERS:
            progress(f"turn {turn + 1} of {plan.turns}: {peer.title}")
            try:
                if peer.name not in missing:
                    found[peer.name].append(peers.measure(peer, exchange, plan.orders, turn))
            except (ClientMissing, peers.Failed) as error:
                missing[peer.name] = _without(f"peer.{peer.name}", peer.title, error)
        progress(f"turn {turn + 1} of {plan.turns}: whole path, closed loop")
        try:
            outcomes.append(closed_loop(exchange, place / "engines", turn, plan.seconds))
        except Wrong as error:
            wrong = str(error)
    ours = _ours(outcomes, wrong)
    lines = [_path(ours, outcomes)]
    for peer in PEERS:
        lines += [missing[peer.name]] if peer.name in missing else _ratios(peer, found[peer.name], ours)
    return [*lines, _backtest(ours)]


def _without(key: str, what: str, error: Exception) -> Line:
    """A client that is not here is not measured; one that is here and fails is wrong."""
    return Line(key=key, what=what, unit="orders/s", note=f"not measured: {error}", wrong=not isinstance(error, ClientMissing))


def _ours(outcomes: Sequence[Outcome], wrong: str) -> _Ours:
    if wrong or not outcomes:
        return _Ours(None, None, wrong or "no turn")
    best = statistics.median(outcome.best[1] for outcome in outcomes)
    return _Ours(best, statistics.median(outcome.by_window[EQUAL] for outcome in outcomes))


def _path(ours: _Ours, outcomes: Sequence[Outcome]) -> Line:
    what = "whole path, durable (synchronous=FULL), closed loop at its best window"
    line = Line(key="path.best", what=what, unit="orders/s", reached=ours.best, required=REQUIRED_RATE, goal=GOAL_RATE)
    if ours.best is None:
        return msgspec.structs.replace(line, note=ours.wrong, wrong=True)
    best = max(outcomes, key=lambda outcome: outcome.best[1])
    windows = ", ".join(f"{rate:,.0f} at {window}" for window, rate in best.by_window.items())
    orders = sum(outcome.orders for outcome in outcomes)
    note = f"{windows} in flight; an order costs {best.cost}; "
    return msgspec.structs.replace(line, note=f"{note}{orders:,} orders at the venue, in the databases and in the audits ({best.audit})")


def _ratios(peer: Peer, turns: Sequence[Reached], ours: _Ours) -> list[Line]:
    """What the peer reached, then ours beside it at the best windows and at the same one."""
    best = statistics.median(turn.best[1] for turn in turns)
    equal = statistics.median(turn.by_window[EQUAL] for turn in turns)
    cost = statistics.median(turn.cpu_us for turn in turns)
    note = f"best of {', '.join(map(str, peers.WINDOWS))} in flight: {turns[0].best[0]}; {cost:.0f} us of its processor an order"
    return [
        Line(key=f"peer.{peer.name}", what=peer.title, unit="orders/s", reached=best, note=note),
        _beside(peer, "best", "best window of each", _times(ours.best, best), peer.best_goal),
        _beside(peer, "equal", f"both at {EQUAL} in flight", _times(ours.equal, equal), peer.equal_goal),
    ]


def _times(ours: float | None, theirs: float) -> float | None:
    return None if ours is None else ours / theirs


def _beside(peer: Peer, key: str, what: str, ratio: float | None, goal: float) -> Line:
    return Line(key=f"ratio.{peer.name}.{key}", what=f"  whole durable path beside it, {what}", unit="x", reached=ratio, goal=goal)


def _backtest(ours: _Ours) -> Line:
    what = "whole durable path beside NautilusTrader's BacktestEngine in memory, filled orders"
    try:
        theirs = peers.backtest(BACKTEST_ORDERS)
    except (ClientMissing, peers.Failed) as error:
        return _without("ratio.nautilus-backtest", what, error)
    return Line(
        key="ratio.nautilus-backtest",
        what=what,
        unit="x",
        reached=_times(ours.best, theirs),
        goal=BACKTEST_GOAL,
        note=f"{theirs:,.0f} orders/s of it",
    )
