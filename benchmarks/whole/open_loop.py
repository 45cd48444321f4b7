"""The whole path under ticks on a clock, made inside the venue: latency counts from the moment at which each tick was due."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from libraries.evidence.audit import Auditor, audit_world
from libraries.load.running import ENGINE, Outcome, Run
from libraries.load.schedule import steady
from libraries.world.deadlines import Deadline
from libraries.world.exchange import Exchange

from .path import AUDIT_S, LOT, engine_on
from .table import Line, progress
from .venue import SYMBOL

USUAL: Final = 1_000
FAST: Final = 5_000
SUSTAINED: Final = (15_000, 10_000, 7_500, 5_000, 3_000, 2_000, 1_000)
KEPT: Final = 0.8
"""The sustained rate is the highest of those that is so much of what the closed loop reached: at more a queue only grows."""
AFTER_S: Final = 600.0
MB: Final = 2**20


class Plan(msgspec.Struct, frozen=True):
    """Seconds of each: at the usual rate, at the fast one, of the sustained one."""

    usual_s: int
    fast_s: int
    sustained_s: int


def measured(exchange: Exchange, place: Path, plan: Plan, ceiling: float | None) -> list[Line]:
    """`ceiling`: orders a second of the closed loop; None = it was not measured, and nothing above the usual rate is offered."""
    usual = _Load("usual", exchange, place, USUAL, plan.usual_s)
    lines = usual.latencies("latency.1000", "end to end at 1,000 ticks/s", (50.0, 2.5), (50.0, 10.0))
    lines.append(usual.execution())
    if ceiling is not None and ceiling * KEPT >= FAST:
        fast = _Load("fast", exchange, place, FAST, plan.fast_s)
        lines += fast.latencies("latency.5000", "end to end at 5,000 ticks/s", (None, None), (None, 15.0))
    else:
        why = f"not measured: the closed loop reached {'nothing' if ceiling is None else f'{ceiling:,.0f}/s'} on this machine now"
        lines.append(Line(key="latency.5000.p99", what="end to end at 5,000 ticks/s, p99", unit="ms", goal=15.0, more=False, note=why))
    rate = next((rate for rate in SUSTAINED if rate <= (ceiling or 0.0) * KEPT), SUSTAINED[-1])
    sustained = _Load("sustained", exchange, place, rate, plan.sustained_s)
    return [*lines, *sustained.sustained()]


class _Load:
    """One load on a fresh engine, audited; `wrong` says what did not add up."""

    def __init__(self, what: str, exchange: Exchange, place: Path, rate: int, seconds: int) -> None:
        self.rate, self.seconds = rate, seconds
        progress(f"whole path, {rate:,} ticks/s for {seconds} s")
        name = f"open-{what}-{rate}"
        with engine_on(exchange, name, place, {"up_to": LOT}) as (engine, history):
            try:
                run = Run(exchange, engine, steady(rate, seconds), [SYMBOL])
                run.begin()
                self.found: Outcome | None = run.wait(Deadline(seconds + AFTER_S))
                problems = [*self.found.account.problems]
                problems += audit_world([engine], [exchange], history, place / name, auditor=Auditor(timeout=AUDIT_S)).failures
            except AssertionError as late:
                self.found, problems = None, [str(late)]
        self.wrong = "; ".join(problems)

    def latencies(self, key: str, what: str, p50: tuple[float | None, float | None], p99: tuple[float | None, float | None]) -> list[Line]:
        """Lines of p50 and p99; each with (required, goal)."""
        return [self._latency(f"{key}.p50", f"{what}, p50", 50.0, p50), self._latency(f"{key}.p99", f"{what}, p99", 99.0, p99)]

    def _latency(self, key: str, what: str, percentile: float, limits: tuple[float | None, float | None]) -> Line:
        required, goal = limits
        line = Line(key=key, what=what, unit="ms", required=required, goal=goal, more=False)
        if self.found is None or self.wrong:
            return self._nothing(line)
        account = self.found.account
        note = f"{len(account.journeys):,} orders; {self.found.speed.text()}"
        return msgspec.structs.replace(line, reached=account.end_to_end.percentile_ms(percentile), note=note)

    def execution(self) -> Line:
        what = f"order execution (decision to the venue's first word) at {self.rate:,} ticks/s, p50"
        line = Line(key="execution.p50", what=what, unit="ms", required=50.0, goal=1.5, more=False)
        if self.found is None or self.wrong:
            return self._nothing(line)
        return msgspec.structs.replace(line, reached=self.found.account.execution.p50_ms, note=self.found.account.execution.text())

    def sustained(self) -> list[Line]:
        """The rate, its p99, and what it took of memory."""
        rate = Line(key="path.sustained", what=f"whole path, durable, {self.seconds} s", unit="orders/s", required=1_000, goal=10_000)
        if self.found is None or self.wrong:
            return [self._nothing(rate)]
        account, samples = self.found.account, self.found.watch.samples[ENGINE]
        offered = f"offered {self.rate:,}/s; {len(account.journeys):,} orders, end to end {account.end_to_end.text()}"
        cpu = self.found.watch.cpu_share(ENGINE)
        peak = max(sample.rss for sample in samples) / MB
        used = f"{samples[0].rss / MB:.0f} MB before; {cpu:.0%} of a core; after {len(account.journeys):,} orders"
        p99 = Line(key="path.sustained.p99", what="  its end to end, p99", unit="ms", goal=25.0, more=False)
        memory = Line(
            key="memory", what="  memory of the engine under it, peak", unit="MB", required=2_048, goal=200, more=False, note=used
        )
        return [
            msgspec.structs.replace(rate, reached=account.rate, note=f"{offered}; {self.found.speed.text()}"),
            msgspec.structs.replace(p99, reached=account.end_to_end.p99_ms),
            msgspec.structs.replace(memory, reached=peak),
        ]

    def _nothing(self, line: Line) -> Line:
        return msgspec.structs.replace(line, note=self.wrong, wrong=True)
