"""Market streams of many symbols to many subscribers, none of whom may lose a message."""

from __future__ import annotations

from benchmarks.row import Row, must
from tests.mock_exchange_streams.streams_load import measure

SYMBOLS, SUBSCRIBERS, ROUNDS = 50, 20, 50


async def measured() -> list[Row]:
    """Server and subscribers share a process here: the rate is a floor."""
    outcome = await measure(SYMBOLS, SUBSCRIBERS, ROUNDS)
    name = f"streams: {SYMBOLS} symbols to {SUBSCRIBERS} subscribers"
    reached = f"{outcome.messages:,} messages, {outcome.lost} lost, {outcome.cut} cut ({outcome.messages / outcome.seconds:,.0f}/s)"
    return [must(name, outcome.lost == outcome.cut == 0, reached, "0 lost")]
