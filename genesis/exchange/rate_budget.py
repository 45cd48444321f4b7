"""The rate budget: what may still be asked of one venue, so that it never has to refuse or ban us (X31-X33; binance-spot 1.2).

Every request takes its weight here before it leaves. Windows are the venue's: fixed, by its own clock. Ours is the count until the venue
tells its own (headers, `rateLimits`), which also holds what others on this address have used. A part of each limit is kept back: entries
and market data leave two parts of the weight untouched, readings one, so that cancels and exits always find some.

While the venue wants no requests (429, 418) none leaves, whatever it is for; that time runs on the monotonic clock, from the arrival of
the refusal, and so never ends early. No clock and no I/O of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import ROUND_UP, Decimal
from enum import StrEnum
from typing import Any, Final

import msgspec

from genesis.core.errors import RATE_LIMITED
from genesis.core.settings import RateSettings

WEIGHT, ORDERS, REQUESTS = "REQUEST_WEIGHT", "ORDERS", "RAW_REQUESTS"
SECOND_MS, MINUTE_MS, DAY_MS = 1_000, 60_000, 86_400_000
LONGEST_BAN_MS: Final = 3 * DAY_MS
UNIT_MS: Final = {"SECOND": SECOND_MS, "MINUTE": MINUTE_MS, "HOUR": 60 * MINUTE_MS, "DAY": DAY_MS}
"""Lengths of the venue's intervals; headers write the first letter."""
_MOST_WINDOWS: Final = 16
"""A venue has about five limits; one that names ever more of them is not followed."""
_NS_PER_MS: Final = 1_000_000
TOO_MANY_REQUESTS, BANNED, TOO_MANY_ORDERS = 429, 418, -1015


class Use(StrEnum):
    """What a request is for; what opens risk or can wait leaves the most untouched."""

    CANCEL = "CANCEL"
    EXIT = "EXIT"  # whatever can only reduce a position: exits, stops, unwinding
    READING = "READING"  # questions about orders and the account, the session itself
    ENTRY = "ENTRY"
    MARKET = "MARKET"  # books, bars


_WEIGHT_PARTS: Final = {Use.CANCEL: 0, Use.EXIT: 0, Use.READING: 1, Use.ENTRY: 2, Use.MARKET: 2}
_ORDER_PARTS: Final = {**dict.fromkeys(Use, 0), Use.ENTRY: 1}


class Scope(StrEnum):
    """What has to wait."""

    ENTRIES = "ENTRIES"  # our own reserve is reached: nothing that opens risk
    ORDERS = "ORDERS"  # new orders of any kind; cancels pass
    ALL = "ALL"  # every request


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """One of the venue's limits, with what of it is used; either may be missing (None)."""

    kind: str
    interval_ms: int
    most: int | None = None
    used: int | None = None


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A request that must not leave now. `limit` names it; it is worth trying again after `wait_ms`."""

    scope: Scope
    limit: str
    most: int
    used: int
    wait_ms: int
    banned: bool = False

    @property
    def reason(self) -> str:
        """One line, with the GENESIS code."""
        if self.scope is Scope.ALL:
            word = "banned by the venue" if self.banned else "refused by the venue"
            return f"{RATE_LIMITED} {word}: no request for {self.wait_ms} ms"
        return f"{RATE_LIMITED} {self.limit}: {self.used} used, {self.most} for this use; again in {self.wait_ms} ms"


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """A request that was counted: give it back with `answered` or `lost`."""

    amounts: dict[str, int]
    sent_ms: int  # the venue's clock


class _Window:
    """One limit and what is used of it in the present window."""

    def __init__(self, kind: str, length_ms: int, most: int) -> None:
        self.kind = kind
        self.length_ms = length_ms
        self.most = most
        self.used = 0
        self._number = 0

    @property
    def name(self) -> str:
        return f"{self.kind} per {self.length_ms // SECOND_MS} s"

    def roll(self, now_ms: int, under_way: int) -> None:
        """Begin a new window if its time has come: what is under way may be counted there. A clock that is corrected by little
        does not bring an old window back."""
        number = now_ms // self.length_ms
        if number > self._number or number < self._number - 1:
            self._number = number
            self.used = under_way

    def ends_in_ms(self, now_ms: int) -> int:
        return (self._number + 1) * self.length_ms - now_ms

    def holds(self, moment_ms: int) -> bool:
        return moment_ms // self.length_ms == self._number

    def learn(self, used: int, under_way: int) -> None:
        """The venue's own count, of all that it has answered. Weight never falls within a window; orders do, with each fill."""
        known = used + under_way
        self.used = known if self.kind == ORDERS else max(self.used, known)


class RateBudget:
    """One venue's. Called in one thread."""

    def __init__(self, settings: RateSettings, mono_ns: Callable[[], int], venue_ms: Callable[[], int], held_ms: int = 0) -> None:
        """`held_ms`: for so long the venue wants no request, as the process before this one was told (at most the longest ban)."""
        self._settings = settings
        self._mono_ns = mono_ns
        self._venue_ms = venue_ms
        self._windows = {
            (kind, length_ms): _Window(kind, length_ms, most)
            for kind, length_ms, most in (
                (WEIGHT, MINUTE_MS, settings.weight_1m),
                (ORDERS, 10 * SECOND_MS, settings.orders_10s),
                (ORDERS, DAY_MS, settings.orders_1d),
                (REQUESTS, 5 * MINUTE_MS, settings.requests_5m),
            )
        }
        self._under_way = dict.fromkeys((WEIGHT, ORDERS, REQUESTS), 0)
        self._held_until_ns = mono_ns() + min(held_ms, LONGEST_BAN_MS) * _NS_PER_MS if held_ms > 0 else 0
        self._orders_until_ns = 0
        self._banned = False
        self.refusals = dict.fromkeys(Use, 0)
        """How many requests were kept back so far, by use."""

    # -- before a request -----------------------------------------------------------------------------------------

    def take(self, use: Use, weight: int, orders: int = 0) -> Ticket | Refused:
        """Count a request that is about to leave, or say why it must not."""
        amounts = {WEIGHT: weight, ORDERS: orders, REQUESTS: 1}
        refused = self._held(orders) or self._beyond(use, amounts)
        if refused is not None:
            self.refusals[use] += 1
            return refused
        for window in self._windows.values():
            window.used += amounts[window.kind]
        for kind, amount in amounts.items():
            self._under_way[kind] += amount
        return Ticket(amounts=amounts, sent_ms=self._venue_ms())

    @property
    def held_ms(self) -> int:
        """For how long the venue wants no request at all, ms rounded up; 0 = it takes them."""
        return _left_ms(self._held_until_ns, self._mono_ns())

    def _held(self, orders: int) -> Refused | None:
        if self.held_ms > 0:
            return Refused(scope=Scope.ALL, limit="the venue's refusal", most=0, used=0, wait_ms=self.held_ms, banned=self._banned)
        left_ms = _left_ms(self._orders_until_ns, self._mono_ns())
        if orders and left_ms > 0:
            return Refused(scope=Scope.ORDERS, limit="the venue's order count", most=0, used=0, wait_ms=left_ms)
        return None

    def _beyond(self, use: Use, amounts: dict[str, int]) -> Refused | None:
        now_ms = self._now_ms()
        for window in self._windows.values():
            amount = amounts[window.kind]
            most = self._most(window, use)
            if amount and window.used + amount > most:
                scope = Scope.ENTRIES if most < window.most else Scope.ORDERS if window.kind == ORDERS else Scope.ALL
                return Refused(scope=scope, limit=window.name, most=most, used=window.used, wait_ms=window.ends_in_ms(now_ms))
        return None

    def _most(self, window: _Window, use: Use) -> int:
        if window.kind == ORDERS:
            return window.most - _ORDER_PARTS[use] * _part(window.most, self._settings.order_reserve)
        return max(window.most - _WEIGHT_PARTS[use] * _part(window.most, self._settings.weight_reserve), 0)

    # -- after it -------------------------------------------------------------------------------------------------

    def answered(self, ticket: Ticket, counts: Iterable[Count] = ()) -> None:
        """The venue has answered, with its own counts. Those of a request that was sent in an earlier window are not believed:
        they may be of either."""
        now_ms = self._now_ms()
        self._ended(ticket)
        for count in counts:
            window = self._known(count)
            if window is not None and count.used is not None and window.holds(ticket.sent_ms) and window.holds(now_ms):
                window.learn(count.used, self._under_way[window.kind])

    def lost(self, ticket: Ticket) -> None:
        """No answer will come: what was counted stays counted for its window."""
        self._now_ms()
        self._ended(ticket)

    def _ended(self, ticket: Ticket) -> None:
        """No more under way. Only after a window whose time has come has begun: there it may have been counted."""
        for kind, amount in ticket.amounts.items():
            self._under_way[kind] -= amount
            assert self._under_way[kind] >= 0, kind

    def learn(self, counts: Iterable[Count]) -> None:
        """The venue's limits, as exchangeInfo tells them."""
        for count in counts:
            self._known(count)

    def refused(self, status: int, code: int, retry_ms: int | None) -> Refused | None:
        """What the venue's refusal of a request says of its limits; None = nothing.

        429 and 418: no request until Retry-After; -1015 (too many orders): no order until then. Without a Retry-After: a first ban's
        two minutes, else until the end of the venue's minute, or of its ten seconds. A later refusal never ends a pause earlier.
        """
        if status not in (TOO_MANY_REQUESTS, BANNED):
            return None
        now_ns, now_ms = self._mono_ns(), self._now_ms()
        if code == TOO_MANY_ORDERS and status != BANNED:
            wait_ms = self._ends_in(ORDERS, now_ms) if retry_ms is None else max(retry_ms, 0)
            self._orders_until_ns = max(self._orders_until_ns, now_ns + min(wait_ms, LONGEST_BAN_MS) * _NS_PER_MS)
            return self._held(1)
        unsaid_ms = self._settings.ban_ms if status == BANNED else self._ends_in(WEIGHT, now_ms)
        wait_ms = unsaid_ms if retry_ms is None else max(retry_ms, 0)
        until_ns = now_ns + min(wait_ms, LONGEST_BAN_MS) * _NS_PER_MS
        self._banned = status == BANNED or (self._banned and self.held_ms > 0)
        self._held_until_ns = max(self._held_until_ns, until_ns)
        return self._held(0)

    # -- what is known --------------------------------------------------------------------------------------------

    def status(self) -> dict[str, Any]:
        """For people: each limit with its use, what is held and what was kept back so far."""
        now_ns, now_ms = self._mono_ns(), self._now_ms()
        return {
            "limits": [
                {
                    "kind": window.kind,
                    "interval_ms": window.length_ms,
                    "limit": window.most,
                    "for_entries": self._most(window, Use.ENTRY),
                    "used": window.used,
                    "ends_in_ms": window.ends_in_ms(now_ms),
                }
                for window in self._windows.values()
            ],
            "held_ms": self.held_ms,
            "banned": self._banned and self.held_ms > 0,
            "orders_held_ms": _left_ms(self._orders_until_ns, now_ns),
            "kept_back": {use.value: number for use, number in self.refusals.items()},
        }

    def _now_ms(self) -> int:
        now_ms = self._venue_ms()
        for window in self._windows.values():
            window.roll(now_ms, self._under_way[window.kind])
        return now_ms

    def _ends_in(self, kind: str, now_ms: int) -> int:
        return min(window.ends_in_ms(now_ms) for window in self._windows.values() if window.kind == kind)

    def _known(self, count: Count) -> _Window | None:
        """The window of a count, with the limit that it tells; None = of a kind that is none of ours."""
        if count.kind not in self._under_way or count.interval_ms <= 0:
            return None
        key = (count.kind, count.interval_ms)
        window = self._windows.get(key)
        if count.most is not None and count.most > 0:
            if window is None and len(self._windows) >= _MOST_WINDOWS:
                return None
            if window is None:
                window = self._windows[key] = _Window(*key, count.most)
                window.roll(self._venue_ms(), self._under_way[count.kind])
            window.most = count.most
        return window


def _left_ms(until_ns: int, now_ns: int) -> int:
    return max(-((now_ns - until_ns) // _NS_PER_MS), 0)


def _part(most: int, fraction: Decimal) -> int:
    """A part of a limit that is kept back, rounded up."""
    return int((most * fraction).to_integral_value(ROUND_UP))
