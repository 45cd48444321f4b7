"""What REST and WebSocket API share: a call, the endpoint it goes to, and the checks between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from ..core.errors import VenueError, unread_parameters
from ..core.orders import Via
from ..core.venue import Venue
from .clock import VenueClock
from .market_driver import MarketDriver
from .security import TimeFrame
from .stream_port import StreamServer
from .transcript import Transcript
from .usage import Usage

_SIGNED = frozenset({"timestamp", "recvWindow", "signature"})
_COMMON = {
    ("rest", False): frozenset[str](),
    ("rest", True): _SIGNED,
    ("ws-api", False): frozenset({"returnRateLimits"}),
    ("ws-api", True): _SIGNED | {"apiKey", "returnRateLimits"},
}
"""Parameters that every endpoint of that kind reads, by (API, signed)."""
Security = Literal["NONE", "USER_DATA", "TRADE"]


class Exchange:
    """The venue and what surrounds it; `driver` and `streams` are set once they exist."""

    def __init__(self, venue: Venue, clock: VenueClock, failed: Callable[[BaseException], None]) -> None:
        """`failed` ends the process: after an unexpected failure inside a command the venue's memory cannot be trusted."""
        self.failed = failed
        self.venue = venue
        self.clock = clock
        self.usage = Usage(clock)
        self.transcript = Transcript()
        self.driver: MarketDriver | None = None
        self.streams: StreamServer | None = None


class Call(msgspec.Struct):
    """One request on its way. `account` and `frame` are set for signed ones; `placed` = orders it placed, for the counters."""

    params: dict[str, str]
    via: Via
    received_ns: int
    account: str = ""
    frame: TimeFrame | None = None
    placed: int = 0


Handler = Callable[[Exchange, Call], Any]


class Endpoint(msgspec.Struct, frozen=True):
    """One documented request. `entry` marks order entry, whose refusals after authentication are written to the ledger."""

    handler: Handler
    security: Security = "NONE"
    weight: int | Callable[[dict[str, str]], int] = 1
    params: frozenset[str] = frozenset()
    entry: Literal["place", "cancel"] | None = None

    def weight_of(self, params: dict[str, str]) -> int:
        return self.weight if isinstance(self.weight, int) else self.weight(params)


def run(exchange: Exchange, endpoint: Endpoint, call: Call) -> Any:
    """Check the parameters' names, then do it; an order-entry request refused before the core saw it is put on record.

    Raises:
        VenueError: the refusal to answer with.
    """
    try:
        _check_names(endpoint, call)
        return endpoint.handler(exchange, call)
    except ParameterRefusal as refusal:
        assert endpoint.entry is not None
        _put_on_record(exchange, endpoint.entry, call, refusal.error)
        raise refusal.error from None
    except VenueError:
        raise
    except Exception as error:
        exchange.failed(error)
        raise


def _put_on_record(exchange: Exchange, action: Literal["place", "cancel"], call: Call, error: VenueError) -> None:
    exchange.venue.record_refusal(call.account, action, call.params, call.via, error=error, received_ns=call.received_ns)


class ParameterRefusal(Exception):
    """An order-entry request that did not get as far as the core; `error` is the answer."""

    def __init__(self, error: VenueError) -> None:
        super().__init__(error)
        self.error = error


def before_matching(exchange: Exchange, call: Call) -> None:
    """The second look at recvWindow, immediately before the core takes the request. Raises VenueError -1021."""
    assert call.frame is not None
    call.frame.check(exchange.clock)


def _check_names(endpoint: Endpoint, call: Call) -> None:
    common = _COMMON[call.via, endpoint.security != "NONE"]
    read = sum(1 for name in call.params if name in endpoint.params or name in common)
    if read == len(call.params):
        return
    error = unread_parameters(read, len(call.params))
    raise ParameterRefusal(error) if endpoint.entry else error
