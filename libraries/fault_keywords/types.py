"""Arguments of fault keywords: which request a fault hits, and how often it happens."""

from __future__ import annotations

import re
from enum import Enum
from typing import Any

from libraries.common.errors import WrongArgument, refuse_unknown
from libraries.common.types import typed

PHRASES: dict[str, tuple[str, ...]] = {
    "any request": (),
    "order placement": ("order.place", "orderList.place*"),
    "cancellation": ("order.cancel", "openOrders.cancelAll", "orderList.cancel"),
    "cancel and replace": ("order.cancelReplace",),
    "order query": ("order.status",),
    "open orders query": ("openOrders.status",),
    "history query": ("allOrders", "myTrades", "allOrderLists"),
    "account query": ("account.status",),
    "depth snapshot": ("depth",),
    "exchange information": ("exchangeInfo",),
    "time": ("time",),
    "ping": ("ping",),
}
"""Phrase to the WebSocket API's names of requests, which REST requests bear too."""
_OPERATION = re.compile(r"[a-z][A-Za-z]*(\.[A-Za-z0-9*]+)+")
_REST = re.compile(r"(GET|POST|PUT|DELETE) (/\S*)")


class Request(str):
    """Which request: `order placement`, `cancellation`, `order query`, `depth snapshot`, `any request`, ...; an operation of
    the WebSocket API such as `order.place`; or method and path such as `POST /api/v3/order`."""

    __slots__ = ()

    def match(self) -> dict[str, Any]:
        """The keys of a rule that hit it."""
        rest = _REST.fullmatch(self)
        if rest is not None:
            return {"method": rest[1], "path": rest[2]}
        names = PHRASES.get(self, (str(self),))
        return {"operation": list(names)} if names else {}


class Times(int):
    """How often a fault happens: a number from 1, or `always`."""

    def as_rule(self) -> int | None:
        return int(self) or None


class FaultPoint(Enum):
    """Where on its way a request meets the fault: before or after the venue did what it asks."""

    after_headers = "after_headers"
    before_parse = "before_parse"
    after_validate = "after_validate"
    after_match = "after_match"
    before_reply = "before_reply"


class Packing(Enum):
    """How a body is compressed."""

    gzip = "gzip"
    deflate = "deflate"


class SymbolStatus(Enum):
    """Whether a symbol trades."""

    TRADING = "TRADING"
    END_OF_DAY = "END_OF_DAY"
    HALT = "HALT"
    BREAK = "BREAK"
    CANCEL_ONLY = "CANCEL_ONLY"


class Output(Enum):
    """What an engine says, and where."""

    STDOUT = "STDOUT"
    LOG = "LOG"
    BOTH = "BOTH"


class WriteOutcome(Enum):
    """What became of a write of a database's client."""

    ACKNOWLEDGED = "ACKNOWLEDGED"
    LOST = "LOST"
    PHANTOM = "PHANTOM"
    INDETERMINATE = "INDETERMINATE"


class Via(Enum):
    """By which API a request came."""

    rest = "rest"
    ws_api = "ws-api"


ONCE = Times(1)
ANY_REQUEST = Request("any request")
ORDER_PLACEMENT = Request("order placement")


def to_request(value: object) -> Request:
    """Read which request is meant.

    Raises:
        WrongArgument: neither a phrase, nor an operation, nor method and path.
    """
    text = str(value) if isinstance(value, str) else ""
    if text not in PHRASES and not _OPERATION.fullmatch(text) and not _REST.fullmatch(text):
        raise refuse_unknown("request", f"{value}", [*PHRASES, "order.place", "POST /api/v3/order"])
    return Request(text)


def to_times(value: object) -> Times:
    """Read how often.

    Raises:
        WrongArgument: neither a whole number from 1 nor `always`.
    """
    text = str(value)
    if text == "always":
        return Times(0)
    if isinstance(value, bool) or not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        raise WrongArgument(f"times must be a whole number from 1, or always, got {value!r}")
    return Times(text)


CONVERTERS = typed({Request: to_request, Times: to_times})
