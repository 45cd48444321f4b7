"""The parts of the path by themselves: analysis of a pair, a strategy's cycle, a message from the socket to the strategies."""

from __future__ import annotations

import uvloop

from benchmarks.analysis.__main__ import quantile, spent_on
from benchmarks.analysis.rig import Times
from benchmarks.market_data.path import SYMBOLS, run

from .table import Line

SEED, TICKS = 1, 60_000
MESSAGES_A_SECOND, MESSAGES = 1_000, 20_000
FULL = 1.0


def measured(size: float = FULL) -> list[Line]:
    """`size`: the part of the usual number of ticks and messages."""
    spent, _, _ = spent_on(SEED, int(TICKS * size))
    pair = {"public trade": spent.trade, "closed bar": spent.bar, "book of 20 levels": spent.book}
    lines = [_step(f"analysis.{name}", f"analysis per pair, {name}, p99", times, 10.0, 0.1) for name, times in pair.items()]
    lines.append(_step("strategy.cycle", "strategy cycle, one of ten strategies at a closed bar, p99", spent.cycle, 100.0, 1.0))
    return [*lines, _messages(int(MESSAGES * size))]


def _step(key: str, what: str, times: Times, required_ms: float, goal_ms: float) -> Line:
    """On the wall: that is what is required."""
    note = f"of the processor p50 {quantile(times.processor, 0.5):.4f}, p99 {quantile(times.processor, 0.99):.4f} ms"
    reached = quantile(times.wall, 0.99)
    return Line(key=key, what=what, unit="ms", reached=reached, required=required_ms, goal=goal_ms, more=False, note=note)


def _messages(messages: int) -> Line:
    outcome = uvloop.run(run(MESSAGES_A_SECOND, messages))
    what = f"message from the socket to the strategies, {MESSAGES_A_SECOND:,}/s of {SYMBOLS} symbols, p99"
    note = f"p50 {outcome.percentile(0.5):.3f} ms; the machine stood still {outcome.stalled:.1%} of the time; lost {outcome.lost}"
    return Line(
        key="message",
        what=what,
        unit="ms",
        reached=outcome.percentile(0.99),
        required=5.0,
        goal=0.25,
        more=False,
        note=note,
        wrong=bool(outcome.lost),
    )
