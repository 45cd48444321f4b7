"""How often an engine trades (R9): entries of a day, and entry signals of one strategy in a minute and in ten seconds."""

from __future__ import annotations

from collections import Counter, defaultdict

from libraries.auditor.examination import Examination
from libraries.auditor.witnesses.journal import Event
from libraries.auditor.world import World

DAY_MS = 24 * 60 * 60 * 1_000
TRADES_A_DAY = 100
"""R9: of the whole account. One signal is one trade, whatever its slices and legs; those of a pair are one trade together."""
SIGNALS = ((5, 10_000), (20, 60_000))
"""R9: so many of one strategy in so many ms."""


def limited(found: Examination, world: World) -> None:
    """R9, for the entries that were accepted; an engine may be configured to trade less often. Objects: accepted entry signals."""
    denied = {str(event.data["signal_id"]) for event in world.journal.by_kind["RiskDenied"]}
    of_day: Counter[int] = Counter()
    pairs: set[tuple[object, ...]] = set()
    of_strategy: dict[str, list[int]] = defaultdict(list)
    for event in world.journal.by_kind["SignalReceived"]:
        signal = event.inner("signal")
        if signal.get("purpose") != "ENTRY" or signal.get("signal_id") in denied:
            continue
        found.look()
        day = event.wall_ms // DAY_MS
        pair = (signal.get("strategy"), signal.get("pair"), signal.get("received_ms"))
        of_day[day] += pair not in pairs
        if signal.get("pair"):
            pairs.add(pair)
        found.require(of_day[day] <= TRADES_A_DAY, "trades of a day", f"at most {TRADES_A_DAY} (R9)", of_day[day], event.where)
        if signal.get("source") == "strategy":
            name, at_ms = str(signal.get("strategy")), int(signal.get("received_ms") or event.wall_ms)
            _not_too_many(found, event, name, at_ms, of_strategy[name])
            of_strategy[name].append(at_ms)


def _not_too_many(found: Examination, event: Event, name: str, at_ms: int, before: list[int]) -> None:
    for most, window_ms in SIGNALS:
        number = 1 + sum(1 for earlier_ms in before[-most:] if at_ms - window_ms < earlier_ms <= at_ms)
        found.require(number <= most, f"signals of {name} in {window_ms // 1_000} s", f"at most {most} (R9)", number, event.where)
