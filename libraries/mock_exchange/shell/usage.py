"""What was used of the limits: request weight, requests and connections per address, orders per account (binance-spot 1.2).

Windows are fixed (the minute begins at :00, the day at 00:00 UTC) and follow the venue's clock, as do bans.
"""

from __future__ import annotations

from ..core.clock import Clock
from ..core.venue_events import FirstFill, VenueEvent
from .limits import (
    CONNECT_WEIGHT,
    DAY_MS,
    FIRST_BAN_MS,
    FIVE_MINUTES_MS,
    LONGEST_BAN_MS,
    MINUTE_MS,
    TEN_SECONDS_MS,
    LimitExceeded,
    Limits,
    banned,
    too_many_connections,
    too_many_orders,
    too_many_requests,
    too_much_weight,
)


class Count:
    """A number that starts again with each fixed window. A clock that was set back out of the window starts it again too."""

    __slots__ = ("_length_ms", "_since_ms", "ends_ms", "value")

    def __init__(self, length_ms: int) -> None:
        self._length_ms = length_ms
        self._since_ms = 0
        self.ends_ms = 0
        self.value = 0

    def add(self, amount: int, now_ms: int) -> int:
        """The count with `amount`; it never falls below zero."""
        if not self._since_ms <= now_ms < self.ends_ms:
            self._begin(now_ms)
        value = self.value + amount
        self.value = value if value > 0 else 0
        return self.value

    def hold(self, value: int, now_ms: int, at_least_ms: int) -> None:
        """Set the count, for this window and, where the rest of it is shorter than `at_least_ms`, for the next ones until then."""
        self._begin(now_ms)
        while self.ends_ms - now_ms < at_least_ms:
            self.ends_ms += self._length_ms
        self.value = value

    def forget(self) -> None:
        """Nothing was counted; the next addition begins a window."""
        self._since_ms = self.ends_ms = self.value = 0

    def _begin(self, now_ms: int) -> None:
        self._since_ms = now_ms - now_ms % self._length_ms
        self.ends_ms = self._since_ms + self._length_ms
        self.value = 0


class Ban:
    """Bans of one address: 2 minutes at first, twice as long each time, at most 3 days. An offence is forgotten after 3 days.

    `everywhere`: from the market streams too; an address that asked too much of the APIs is told to use those instead.
    Requests made while banned count like refusals ignored: after as many of them the ban is prolonged by one step.
    """

    __slots__ = ("_steps", "everywhere", "ignored", "until_ms")

    def __init__(self) -> None:
        self.until_ms = 0
        self.everywhere = False
        self.ignored = 0
        self._steps = 0

    def begin(self, now_ms: int, for_ms: int | None = None) -> None:
        """Ban from now on, for the length of the next step unless one is given."""
        if now_ms - self.until_ms > LONGEST_BAN_MS:
            self._steps = 0
        if for_ms is None:
            for_ms = min(FIRST_BAN_MS << self._steps, LONGEST_BAN_MS)
            self._steps = min(self._steps + 1, 16)
        self.until_ms = now_ms + for_ms
        self.ignored = 0
        self.everywhere = False

    def lift(self) -> None:
        self.until_ms = self.ignored = self._steps = 0
        self.everywhere = False


class ClientUsage:
    """One address."""

    __slots__ = ("_connections", "_cuts", "_limits", "_raw", "_refusals", "ban", "weight")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._raw = Count(FIVE_MINUTES_MS)
        self._refusals = Count(MINUTE_MS)
        self._connections = Count(FIVE_MINUTES_MS)
        self._cuts = Count(FIVE_MINUTES_MS)
        self.weight = Count(MINUTE_MS)
        self.ban = Ban()

    def admit(self, weight: int, now_ms: int) -> None:
        """Count a request; it may go on if nothing is raised.

        Raises:
            LimitExceeded: 429 over a limit, 418 banned.
        """
        used = self.weight.add(weight, now_ms)
        requests = self._raw.add(1, now_ms)
        if now_ms < self.ban.until_ms:
            raise self._while_banned(now_ms)
        limits = self._limits
        if used > limits.request_weight:
            self._refuse(now_ms, too_much_weight(limits.request_weight, self.weight.ends_ms))
        if requests > limits.raw_requests:
            self._refuse(now_ms, too_many_requests(self._raw.ends_ms))

    def connect(self, now_ms: int, *, weighs: bool) -> None:
        """Count an attempt to connect; one to the WebSocket API weighs, and is refused to a banned address. Raises LimitExceeded."""
        if weighs:
            self.admit(CONNECT_WEIGHT, now_ms)
        elif self.ban.everywhere and now_ms < self.ban.until_ms:
            raise banned(self.ban.until_ms)
        if self._connections.add(1, now_ms) > self._limits.connections_5m:
            raise too_many_connections(self._limits.connections_5m, self._connections.ends_ms)

    def cut_off(self, now_ms: int) -> None:
        """A stream connection was ended because it sent too fast; where that happens repeatedly, the address is banned."""
        if self._cuts.add(1, now_ms) > self._limits.cuts_before_ban:
            self.ban.begin(now_ms)
            self.ban.everywhere = True

    def forget(self) -> None:
        """As if the address had never asked."""
        self.ban.lift()
        for count in (self._raw, self._refusals, self._cuts, self._connections, self.weight):
            count.forget()

    def _refuse(self, now_ms: int, refusal: LimitExceeded) -> None:
        if self._refusals.add(1, now_ms) > self._limits.refusals_before_ban:
            self.ban.begin(now_ms)
            raise banned(self.ban.until_ms)
        raise refusal

    def _while_banned(self, now_ms: int) -> LimitExceeded:
        self.ban.ignored += 1
        if self.ban.ignored > self._limits.refusals_before_ban:
            self.ban.begin(now_ms)
        return banned(self.ban.until_ms)


class AccountUsage:
    """Orders of one account that are not filled yet, over all its keys, addresses and APIs."""

    __slots__ = ("_limits", "day", "ten_seconds")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.ten_seconds = Count(TEN_SECONDS_MS)
        self.day = Count(DAY_MS)

    def take(self, orders: int, now_ms: int) -> None:
        """Count orders that are about to be placed. Raises LimitExceeded (-1015): they are too many, and none was counted."""
        limits, ten_seconds, day = self._limits, self.ten_seconds, self.day
        if ten_seconds.add(0, now_ms) + orders > limits.orders_10s:
            raise too_many_orders(limits.orders_10s, "10 SECOND", ten_seconds.ends_ms)
        if day.add(0, now_ms) + orders > limits.orders_1d:
            raise too_many_orders(limits.orders_1d, "1 DAY", day.ends_ms)
        ten_seconds.value += orders
        day.value += orders

    def forget(self) -> None:
        """As if the account had never placed an order."""
        self.ten_seconds.forget()
        self.day.forget()

    def add(self, orders: int, now_ms: int) -> None:
        """Add, or (negative: fills, orders that the venue refused after all) give back."""
        self.ten_seconds.add(orders, now_ms)
        self.day.add(orders, now_ms)


class Usage:
    """All counters. Listens to the venue: the first fill of an order gives back what it counted for."""

    def __init__(self, clock: Clock, limits: Limits | None = None) -> None:
        self._clock = clock
        self.limits = limits or Limits()
        self._clients: dict[str, ClientUsage] = {}
        self._accounts: dict[str, AccountUsage] = {}
        self._weight_prefix = _prefix("REQUEST_WEIGHT", "MINUTE", 1, self.limits.request_weight)
        self._ten_seconds_prefix = _prefix("ORDERS", "SECOND", 10, self.limits.orders_10s)
        self._day_prefix = _prefix("ORDERS", "DAY", 1, self.limits.orders_1d)

    def client(self, address: str) -> ClientUsage:
        found = self._clients.get(address)
        if found is None:
            found = self._clients[address] = ClientUsage(self.limits)
        return found

    def account(self, name: str) -> AccountUsage:
        found = self._accounts.get(name)
        if found is None:
            found = self._accounts[name] = AccountUsage(self.limits)
        return found

    def addresses(self) -> list[str]:
        """Every address that was seen."""
        return list(self._clients)

    def on_event(self, event: VenueEvent) -> None:
        """The venue's listener."""
        if isinstance(event, FirstFill):
            limits = self.limits
            given_back = limits.maker_fill_of.get(event.symbol, limits.maker_fill) if event.maker else 1
            self.account(event.account).add(-given_back, event.time_ms)

    def described(self) -> list[dict[str, object]]:
        """`rateLimits` of exchangeInfo."""
        limits = self.limits
        return [
            _limit("REQUEST_WEIGHT", "MINUTE", 1, limits.request_weight),
            _limit("ORDERS", "SECOND", 10, limits.orders_10s),
            _limit("ORDERS", "DAY", 1, limits.orders_1d),
            _limit("RAW_REQUESTS", "MINUTE", 5, limits.raw_requests),
        ]

    def order_counts(self, account: str) -> list[dict[str, object]]:
        """The answer to "query unfilled order count"."""
        usage, now_ms = self.account(account), self._clock.now_ms()
        return [
            _limit("ORDERS", "SECOND", 10, self.limits.orders_10s) | {"count": usage.ten_seconds.add(0, now_ms)},
            _limit("ORDERS", "DAY", 1, self.limits.orders_1d) | {"count": usage.day.add(0, now_ms)},
        ]

    def weight_json(self, client: ClientUsage) -> bytes:
        """One element of `rateLimits`, as bytes: every answer of the WebSocket API carries it."""
        return b"%s%d}" % (self._weight_prefix, client.weight.value)

    def orders_json(self, account: AccountUsage) -> bytes:
        """The two elements of `rateLimits` that an order's answer carries."""
        return b"%s%d},%s%d}," % (self._ten_seconds_prefix, account.ten_seconds.value, self._day_prefix, account.day.value)


def _limit(kind: str, interval: str, number: int, limit: int) -> dict[str, object]:
    return {"rateLimitType": kind, "interval": interval, "intervalNum": number, "limit": limit}


def _prefix(kind: str, interval: str, number: int, limit: int) -> bytes:
    text = f'{{"rateLimitType":"{kind}","interval":"{interval}","intervalNum":{number},"limit":{limit},"count":'
    return text.encode()
