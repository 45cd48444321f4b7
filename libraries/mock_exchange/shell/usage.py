"""What was used of the documented limits: request weight per address, orders per account. Reported, not enforced yet."""

from __future__ import annotations

from ..core.clock import Clock

WEIGHT_LIMIT = 6_000
ORDERS_10S_LIMIT = 100
ORDERS_DAY_LIMIT = 200_000
RAW_REQUESTS_LIMIT = 61_000
_MINUTE_MS = 60_000
_TEN_SECONDS_MS = 10_000
_DAY_MS = 86_400_000


class Window:
    """A count in fixed windows of the venue's clock, per key."""

    def __init__(self, length_ms: int) -> None:
        self._length_ms = length_ms
        self._counts: dict[str, tuple[int, int]] = {}

    def add(self, key: str, amount: int, now_ms: int) -> int:
        window = now_ms // self._length_ms
        since, count = self._counts.get(key, (window, 0))
        count = amount if since != window else count + amount
        self._counts[key] = (window, count)
        return count


class Usage:
    """Counters of all limiters."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._weight = Window(_MINUTE_MS)
        self._orders_10s = Window(_TEN_SECONDS_MS)
        self._orders_day = Window(_DAY_MS)

    def weigh(self, address: str, weight: int) -> int:
        """Weight used by the address in this minute, with this request."""
        return self._weight.add(address, weight, self._clock.now_ms())

    def count_order(self, account: str, amount: int) -> tuple[int, int]:
        """Orders of the account in these 10 seconds and on this day."""
        now_ms = self._clock.now_ms()
        return self._orders_10s.add(account, amount, now_ms), self._orders_day.add(account, amount, now_ms)


def limits() -> list[dict[str, object]]:
    """`rateLimits` of exchangeInfo."""
    return [
        _limit("REQUEST_WEIGHT", "MINUTE", 1, WEIGHT_LIMIT),
        _limit("ORDERS", "SECOND", 10, ORDERS_10S_LIMIT),
        _limit("ORDERS", "DAY", 1, ORDERS_DAY_LIMIT),
        _limit("RAW_REQUESTS", "MINUTE", 5, RAW_REQUESTS_LIMIT),
    ]


def weight_report(used: int) -> dict[str, object]:
    return _limit("REQUEST_WEIGHT", "MINUTE", 1, WEIGHT_LIMIT) | {"count": used}


def order_reports(counts: tuple[int, int]) -> list[dict[str, object]]:
    return [
        _limit("ORDERS", "SECOND", 10, ORDERS_10S_LIMIT) | {"count": counts[0]},
        _limit("ORDERS", "DAY", 1, ORDERS_DAY_LIMIT) | {"count": counts[1]},
    ]


def _limit(kind: str, interval: str, number: int, limit: int) -> dict[str, object]:
    return {"rateLimitType": kind, "interval": interval, "intervalNum": number, "limit": limit}
