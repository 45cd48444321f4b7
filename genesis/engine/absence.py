"""When "not found" is final (binance-spot section 5, X15): past the bound by the venue's clock and by ours."""

from __future__ import annotations

from genesis.engine.desk import NS_PER_MS, Absent, Desk


def proven(desk: Desk, client_order_id: str, venue_ms: int) -> bool:
    """Whether another -2013, at the venue's time `venue_ms`, proves that the order is absent.

    The request's time on the venue's clock is not known here; the venue's time at the first -2013 is not earlier, so the bound counted from
    there is safe under any skew and after any restart. The bound must have passed by our monotonic clock, too, so a venue's time that is
    far ahead (a wrong answer, a clock that was set) proves nothing. One that lies before the first shows that the first was wrong, or that
    the clock was set back: the bound is counted anew from it.
    """
    said = Absent(venue_ms=venue_ms, mono_ns=desk.now.mono_ns)
    first = desk.memory.first_absent.setdefault(client_order_id, said)
    by_venue_ms, by_us_ms = said.venue_ms - first.venue_ms, (said.mono_ns - first.mono_ns) // NS_PER_MS
    if by_venue_ms < 0:
        desk.memory.first_absent[client_order_id] = said
        return False
    timing = desk.settings.timing
    return min(by_venue_ms, by_us_ms) > timing.recv_window_ms + timing.transit_ms + timing.read_lag_ms
