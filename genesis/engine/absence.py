"""When "not found" is final (binance-spot section 5, X15): past the bound on the venue's clock, as far as ours does not contradict it."""

from __future__ import annotations

from genesis.engine.desk import NS_PER_MS, Absent, Desk

CLOCK_TOLERANCE_MS = 1_000
"""How far what passed between two answers may differ by the venue's clock and by ours. The venue's time is read before the question and
ours when the answer is there, so a slow answer looks like a difference: it costs another question, never a proof."""


def proven(desk: Desk, client_order_id: str, venue_ms: int) -> bool:
    """Whether another -2013, at the venue's time `venue_ms`, proves that the order is absent.

    The request's time on the venue's clock is not known here; the venue's time at the first -2013 is not earlier, so the bound counted from
    there is safe under any skew and after any restart. A venue's time that is far ahead or behind (a wrong answer, a clock that was set)
    counts for nothing: the bound is counted anew from it, and must have passed by our monotonic clock, too.
    """
    said = Absent(venue_ms=venue_ms, mono_ns=desk.now.mono_ns)
    first = desk.memory.first_absent.setdefault(client_order_id, said)
    by_venue_ms, by_us_ms = said.venue_ms - first.venue_ms, (said.mono_ns - first.mono_ns) // NS_PER_MS
    if abs(by_venue_ms - by_us_ms) > CLOCK_TOLERANCE_MS:
        desk.memory.first_absent[client_order_id] = said
        return False
    timing = desk.settings.timing
    return min(by_venue_ms, by_us_ms) > timing.recv_window_ms + timing.transit_ms + timing.read_lag_ms
