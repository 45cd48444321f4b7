"""The venue's own words about its limits, as counts: headers of REST, `rateLimits` of the WebSocket API and of exchangeInfo."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from genesis.exchange.rate_budget import ORDERS, SECOND_MS, UNIT_MS, WEIGHT, Count
from genesis.exchange.wire import RateLimit, RefusalBody

_HEADER: Final = re.compile(r"X-MBX-(USED-WEIGHT|ORDER-COUNT)-(\d{1,6})([SMHD])", re.IGNORECASE)
_KINDS: Final = {"USED-WEIGHT": WEIGHT, "ORDER-COUNT": ORDERS}
_LETTERS: Final = {unit[0]: length_ms for unit, length_ms in UNIT_MS.items()}
_WHOLE: Final = re.compile(r"\d{1,9}")
RETRY_AFTER: Final = "Retry-After"


def of_headers(headers: Mapping[str, str]) -> Iterator[Count]:
    """The counts of `X-MBX-USED-WEIGHT-1M`, `X-MBX-ORDER-COUNT-10S` and their like; what is no number is passed over."""
    for name, value in headers.items():
        match = _HEADER.fullmatch(name)
        if match is not None and _WHOLE.fullmatch(value):
            kind, number, letter = match.groups()
            yield Count(kind=_KINDS[kind.upper()], interval_ms=int(number) * _LETTERS[letter.upper()], used=int(value))


def of_limits(limits: Iterable[RateLimit]) -> Iterator[Count]:
    """The limits (and, in answers, the counts) of `rateLimits`; intervals that nobody knows are passed over."""
    for limit in limits:
        if limit.interval in UNIT_MS:
            interval_ms = limit.interval_num * UNIT_MS[limit.interval]
            yield Count(kind=limit.rate_limit_type, interval_ms=interval_ms, most=limit.limit, used=limit.count)


def retry_of_headers(headers: Mapping[str, str]) -> int | None:
    """`Retry-After` in ms; None where it is missing or no number of seconds."""
    value = next((value for name, value in headers.items() if name.lower() == RETRY_AFTER.lower()), "").strip()
    return int(value) * SECOND_MS if _WHOLE.fullmatch(value) else None


def retry_of_refusal(refusal: RefusalBody) -> int | None:
    """The pause that a refusal on the WebSocket API asks for, in ms: both of its times are the venue's own."""
    data = refusal.data
    if data is None or data.retry_after is None or data.server_time is None:
        return None
    return max(data.retry_after - data.server_time, 0)
