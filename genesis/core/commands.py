"""What goes out: what the engine wants done. Nothing of it leaves before the facts that explain it are durable (I16)."""

from __future__ import annotations

from typing import Any

import msgspec

from genesis.core.models import Order


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all commands."""


class PlaceOrder(Command, frozen=True):
    """Send this order (a copy made at the decision). Entries are looked at once more before the bytes leave."""

    order: Order


class CancelOrder(Command, frozen=True):
    venue: str
    symbol: str
    client_order_id: str
    cancel_id: str  # the client order id of the cancel itself


class QueryOrder(Command, frozen=True):
    """Ask the venue over REST what became of an order (and its trades); answers come as OrderReported / OrderNotFound."""

    venue: str
    symbol: str
    client_order_id: str


class Reconcile(Command, frozen=True):
    """Read the venue's state over REST; the answer comes as VenueSnapshot or ReconcileFailed."""

    venue: str
    unresolved: tuple[tuple[str, str], ...]  # (symbol, client_order_id) of our non-terminal orders
    trades_after: dict[str, int]  # symbol -> last trade id we know (-1 = from the first)
    orders_after: dict[str, int] = {}  # symbol -> the venue's number of an order after which all are wanted, whatever became of them


class TryKey(Command, frozen=True):
    """The key, which the venue refused, may be good again: what needs it is asked for anew, beginning with the user data."""

    venue: str


class FetchBars(Command, frozen=True):
    """Read closed bars (klines) over REST: those that open at `from_ms` or later and are over at `until_ms`. Answered by
    BarsFetched or BarsFailed."""

    venue: str
    symbol: str
    interval_ms: int
    from_ms: int
    until_ms: int


class FetchRules(Command, frozen=True):
    """Read the venue's trading rules of our symbols (exchangeInfo); the answer comes as RulesFetched or RulesFailed."""

    venue: str


class Reply(Command, frozen=True):
    """Answer a waiting caller of the control API."""

    reply_to: int
    status: int  # HTTP status
    body: dict[str, Any]


class Alert(Command, frozen=True):
    severity: str  # "warning" or "critical"
    text: str
    alert_id: str = ""  # given when it is recorded, before it leaves


class TakeSnapshot(Command, frozen=True):
    """Write a snapshot of the state (R28)."""


class ExitProcess(Command, frozen=True):
    """The last command of a shutdown: checkpoint, close, leave with this exit code."""

    code: int
