"""How often an engine trades (R9): entries of a day, and entry signals of one strategy in a minute and in ten seconds."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from libraries.auditor.examination import Examination
from libraries.auditor.witnesses.journal import Event
from libraries.auditor.world import World

DAY_MS = 24 * 60 * 60 * 1_000
MINUTE_MS = 60_000
TRADES_A_DAY = 100
"""R9: of the whole account. One signal is one trade, whatever its slices and legs; those of a pair are one trade together."""
BURST, BURST_MS, A_MINUTE = 5, 10_000, 20
"""R9: so many of one strategy in so many ms, and in a minute. Other numbers of the configuration are on record (LimitsChanged)."""


@dataclass
class _Limits:
    """R9's numbers, as the facts up to a moment say."""

    trades_a_day: int = TRADES_A_DAY
    burst: int = BURST
    burst_ms: int = BURST_MS
    a_minute: int = A_MINUTE

    def apply(self, event: Event) -> None:
        after = {str(change.get("key")): str(change.get("after")) for change in event.data.get("changes") or ()}
        self.trades_a_day = int(after.get("risk.trades_a_day", self.trades_a_day))
        self.burst = int(after.get("runtime.burst_signals", self.burst))
        self.burst_ms = int(after.get("runtime.burst_ms", self.burst_ms))
        self.a_minute = int(after.get("runtime.signals_a_minute", self.a_minute))

    @property
    def of_strategy(self) -> tuple[tuple[int, int], ...]:
        """(so many, in so many ms)"""
        return ((self.burst, self.burst_ms), (self.a_minute, MINUTE_MS))


def limited(found: Examination, world: World) -> None:
    """R9, for the entries that were accepted, by the numbers of the configuration then. Objects: accepted entry signals."""
    denied = {str(event.data["signal_id"]) for event in world.journal.by_kind["RiskDenied"]}
    of_day: Counter[int] = Counter()
    pairs: set[tuple[object, ...]] = set()
    of_strategy: dict[str, list[int]] = defaultdict(list)
    limits = _Limits()
    for event in sorted((*world.journal.by_kind["SignalReceived"], *world.journal.by_kind["LimitsChanged"]), key=lambda each: each.seq):
        if event.kind == "LimitsChanged":
            limits.apply(event)
            continue
        signal = event.inner("signal")
        if signal.get("purpose") != "ENTRY" or signal.get("signal_id") in denied:
            continue
        found.look()
        day = event.wall_ms // DAY_MS
        pair = (signal.get("strategy"), signal.get("pair"), signal.get("received_ms"))
        of_day[day] += pair not in pairs
        if signal.get("pair"):
            pairs.add(pair)
        most = limits.trades_a_day
        found.require(of_day[day] <= most, "trades of a day", f"at most {most} (R9)", of_day[day], event.where)
        if signal.get("source") == "strategy":
            name, at_ms = str(signal.get("strategy")), int(signal.get("received_ms") or event.wall_ms)
            _not_too_many(found, event, at_ms, of_strategy[name], limits)
            of_strategy[name].append(at_ms)


def _not_too_many(found: Examination, event: Event, at_ms: int, before: list[int], limits: _Limits) -> None:
    name = event.inner("signal").get("strategy")
    for most, window_ms in limits.of_strategy:
        recent = before[-most:] if len(before) >= most else ()  # fewer than that cannot be too many
        number = 1 + sum(1 for earlier_ms in recent if at_ms - window_ms < earlier_ms <= at_ms)
        found.require(number <= most, f"signals of {name} in {window_ms // 1_000} s", f"at most {most} (R9)", number, event.where)
