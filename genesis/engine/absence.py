"""When "not found" is final (binance-spot section 5, X15): past the bound by the venue's clock and by ours."""

from __future__ import annotations

from genesis.engine.desk import NS_PER_MS, Absent, Desk


def proven(desk: Desk, client_order_id: str, venue_ms: int) -> bool:
    """Whether another -2013, at the venue's time `venue_ms`, proves that the order is absent.

    The bound counts on the venue's clock from the first -2013, which is not earlier than the request, or from the request's own timestamp
    where that is later: the venue's clock was set back in between, and a request on its way stays valid for longer. After a restart the
    timestamp is not known, and the first -2013 has to do. The bound must have passed by our monotonic clock, too, so a venue's time that is
    far ahead (a wrong answer, a clock that was set) proves nothing. One that lies before the first shows that the first was wrong, or that
    the clock was set back: the bound is counted anew from it.
    """
    signed_ms = desk.memory.signed_ms.get(client_order_id, venue_ms)
    said = Absent(venue_ms=max(venue_ms, signed_ms), mono_ns=desk.now.mono_ns)
    first = desk.memory.first_absent.setdefault(client_order_id, said)
    by_venue_ms, by_us_ms = said.venue_ms - first.venue_ms, (said.mono_ns - first.mono_ns) // NS_PER_MS
    if by_venue_ms < 0:
        desk.memory.first_absent[client_order_id] = said
        return False
    timing = desk.settings.timing
    return min(by_venue_ms, by_us_ms) > timing.recv_window_ms + timing.transit_ms + timing.read_lag_ms
