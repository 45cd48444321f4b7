"""How much the venue bears from one address and one account: the documented numbers, and the words of its refusals (binance-spot 1.2)."""

from __future__ import annotations

import msgspec

from ..core.errors import VenueError

MINUTE_MS = 60_000
FIVE_MINUTES_MS = 300_000
TEN_SECONDS_MS = 10_000
DAY_MS = 86_400_000
FIRST_BAN_MS = 2 * MINUTE_MS
LONGEST_BAN_MS = 3 * DAY_MS
CONNECT_WEIGHT = 2


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers; the defaults are the documented ones, where there are any.

    `refusals_before_ban`: how many 429 of one minute an address may ignore before it is banned (the documentation says
    "repeatedly"). `stream_messages_1s`: what a connection of the market streams may send in a second; `cuts_before_ban`: how many
    disconnections for more than that, within 5 minutes, an address may have before it is banned, from the streams too. `maker_fill`: by
    how much an order's first fill as maker lowers the account's order count (the documentation's example says 5, as taker it is 1);
    `maker_fill_of` overrides it by symbol.
    """

    request_weight: int = 6_000
    raw_requests: int = 61_000
    orders_10s: int = 100
    orders_1d: int = 200_000
    connections_5m: int = 300
    stream_messages_1s: int = 5
    cuts_before_ban: int = 5
    refusals_before_ban: int = 10
    maker_fill: int = 5
    maker_fill_of: dict[str, int] = msgspec.field(default_factory=dict)


class LimitExceeded(VenueError):
    """429, or 418 for a banned address. `retry_at_ms`: when requests are welcome again, by the venue's clock."""

    def __init__(self, code: int, msg: str, status: int, retry_at_ms: int) -> None:
        super().__init__(code, msg, status)
        self.retry_at_ms = retry_at_ms

    @property
    def is_ban(self) -> bool:
        return self.status == 418

    def retry_after_s(self, now_ms: int) -> int:
        """`Retry-After`: whole seconds, rounded up, so that whoever waits them out is welcome."""
        return max(1, -((now_ms - self.retry_at_ms) // 1_000))


def too_much_weight(limit: int, retry_at_ms: int) -> LimitExceeded:
    text = (
        f"Too much request weight used; current limit is {limit} request weight per 1 MINUTE. "
        "Please use WebSocket Streams for live updates to avoid polling the API."
    )
    return LimitExceeded(-1003, text, 429, retry_at_ms)


def too_many_requests(retry_at_ms: int) -> LimitExceeded:
    return LimitExceeded(-1003, "Too many requests queued.", 429, retry_at_ms)


def banned(until_ms: int) -> LimitExceeded:
    text = f"Way too much request weight used; IP banned until {until_ms}. Please use WebSocket Streams for live updates to avoid bans."
    return LimitExceeded(-1003, text, 418, until_ms)


def too_many_orders(limit: int, interval: str, retry_at_ms: int) -> LimitExceeded:
    """`interval` as the venue writes it: "10 SECOND", "1 DAY"."""
    return LimitExceeded(-1015, f"Too many new orders; current limit is {limit} orders per {interval}.", 429, retry_at_ms)


def too_many_connections(limit: int, retry_at_ms: int) -> LimitExceeded:
    return LimitExceeded(-1034, f"Too many connection attempts from IP; current limit is {limit} per '5 MINUTE'.", 429, retry_at_ms)
