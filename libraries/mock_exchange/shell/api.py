"""What REST and WebSocket API share: a call, the endpoint it goes to, and the checks between them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from ..core.errors import VenueError, too_many_parameters, unread_parameters
from ..core.ledger_lines import RequestAction
from ..core.orders import Via
from ..core.venue import Venue
from ..core.venue_events import FirstFill
from .clock import VenueClock
from .fault_events import EventTap
from .fault_passage import HeldBack, Passage
from .faults import Faults
from .group_commit import Settle, nothing_to_settle
from .keys import KeyRing
from .limits import LimitExceeded, Limits
from .load import Load
from .market_driver import MarketDriver
from .security import Security, TimeFrame, check_may_trade
from .stream_port import StreamServer
from .transcript import Transcript
from .usage import Usage

if TYPE_CHECKING:
    from .listen_keys import ListenKeys

_SIGNED = frozenset({"timestamp", "recvWindow", "signature"})
_SHOWN = frozenset({"returnRateLimits"})
_COMMON: dict[tuple[str, Security], frozenset[str]] = {
    ("rest", "NONE"): frozenset(),
    ("rest", "USER_STREAM"): frozenset(),
    ("rest", "USER_DATA"): _SIGNED,
    ("rest", "TRADE"): _SIGNED,
    ("ws-api", "NONE"): _SHOWN,
    ("ws-api", "USER_STREAM"): _SHOWN | {"apiKey"},
    ("ws-api", "USER_DATA"): _SIGNED | _SHOWN | {"apiKey"},
    ("ws-api", "TRADE"): _SIGNED | _SHOWN | {"apiKey"},
}
"""Parameters that every endpoint of that kind reads, by (API, security type)."""


class Exchange:
    """The venue and what surrounds it; `driver`, `streams` and `listen_keys` are set once they exist."""

    def __init__(
        self,
        venue: Venue,
        clock: VenueClock,
        failed: Callable[[BaseException], None],
        *,
        limits: Limits | None = None,
        lenient: frozenset[str] = frozenset(),
        settle: Settle = nothing_to_settle,
    ) -> None:
        """`failed` ends the process: after an unexpected failure inside a command the venue's memory cannot be trusted.

        `lenient` holds names of `leniencies.LENIENCIES`.
        """
        self.failed = failed
        self.settle = settle
        self.venue = venue
        self.clock = clock
        self.lenient = lenient
        self.keys = KeyRing()
        self.usage = Usage(clock, limits)
        venue.listen(self.usage.on_event, FirstFill)
        self.transcript = Transcript()
        self.listen_keys: ListenKeys | None = None
        self.load = Load(venue)
        self.driver: MarketDriver | None = None
        self.streams: StreamServer | None = None
        self.faults = Faults(venue, clock)
        self.events = EventTap(self.faults)


class Call(msgspec.Struct):
    """One request on its way. `account` and `frame` are set for signed ones.

    `orders`: how many orders it asks for; `counted`: how many of them the account's order count took already.
    """

    params: dict[str, str]
    via: Via
    received_ns: int
    account: str = ""
    frame: TimeFrame | None = None
    orders: int = 0
    counted: int = 0
    passage: Passage | None = None
    """Set while faults are armed: the points that the request passes."""


Handler = Callable[[Exchange, Call], Any]


class Endpoint(msgspec.Struct, frozen=True):
    """One documented request. `entry` marks order entry, whose refusals after authentication are written to the ledger.

    `orders`: what it adds to the account's unfilled order count (an order 1, a list 2 or 3, cancel-replace 1, amend 0). A refused
    request adds nothing, unless `counts_refusals` (cancel-replace, binance-spot 1.2).
    """

    handler: Handler
    security: Security = "NONE"
    weight: int | Callable[[dict[str, str]], int] = 1
    params: frozenset[str] = frozenset()
    entry: RequestAction | None = None
    orders: int = 0
    counts_refusals: bool = False

    def weight_of(self, params: dict[str, str]) -> int:
        return self.weight if isinstance(self.weight, int) else self.weight(params)


async def carry_out(exchange: Exchange, endpoint: Endpoint, call: Call, passage: Passage) -> Any:
    """`run`, past the faults that wait around it.

    Raises:
        VenueError: the refusal to answer with. Unanswered: by a fault there is no answer.
    """
    return await passage.through(lambda: run(exchange, endpoint, call), holds=endpoint.entry is not None)


def run(exchange: Exchange, endpoint: Endpoint, call: Call) -> Any:
    """Check the parameters' names, then do it; an order-entry request refused before the core saw it is put on record.

    Raises:
        VenueError: the refusal to answer with.
    """
    call.orders = endpoint.orders
    try:
        _check_names(endpoint, call)
        if endpoint.security == "TRADE":
            _check_may_trade(exchange, endpoint, call)
        return endpoint.handler(exchange, call)
    except ParameterRefusal as refusal:
        assert endpoint.entry is not None
        _put_on_record(exchange, endpoint.entry, call, refusal.error)
        raise refusal.error from None
    except HeldBack:
        raise
    except VenueError:
        if call.counted and not endpoint.counts_refusals:
            exchange.usage.account(call.account).add(-call.counted, exchange.clock.now_ms())
            call.counted = 0
        raise
    except Exception as error:
        exchange.failed(error)
        raise


def _put_on_record(exchange: Exchange, action: RequestAction, call: Call, error: VenueError) -> None:
    exchange.venue.record_refusal(call.account, action, call.params, call.via, error=error, received_ns=call.received_ns)


class ParameterRefusal(Exception):
    """An order-entry request that did not get as far as the core; `error` is the answer."""

    def __init__(self, error: VenueError) -> None:
        super().__init__(error)
        self.error = error


def before_matching(exchange: Exchange, call: Call, *, cancel_only: bool = False) -> LimitExceeded | None:
    """The last look before the core takes the request: recvWindow again, then the account's order count, which takes its orders.

    With `cancel_only` (cancel-replace whose `orderRateLimitExceededMode` is CANCEL_ONLY) a reached limit is returned, not raised.

    Raises:
        VenueError: -1021 it took too long.
        LimitExceeded: -1015 too many orders.
        HeldBack: a fault waits here.
    """
    assert call.frame is not None
    now_us = exchange.clock.now_us()
    call.frame.check_again(now_us)
    if call.passage is not None:
        call.passage.hold()
    if not call.orders:
        return None
    try:
        exchange.usage.account(call.account).take(call.orders, now_us // 1_000)
    except LimitExceeded as refusal:
        if cancel_only:
            return refusal
        raise
    call.counted = call.orders
    return None


def _check_may_trade(exchange: Exchange, endpoint: Endpoint, call: Call) -> None:
    try:
        check_may_trade(exchange.keys, call.account, endpoint.entry or "place")
    except VenueError as error:
        raise ParameterRefusal(error) if endpoint.entry else error from None


@cache
def _known_names(via: Via, security: Security, own: frozenset[str]) -> frozenset[str]:
    return own | _COMMON[via, security]


def _check_names(endpoint: Endpoint, call: Call) -> None:
    known = _known_names(call.via, endpoint.security, endpoint.params)
    if call.params.keys() <= known:
        return
    sent = len(call.params)
    error = unread_parameters(len(call.params.keys() & known), sent) if known else too_many_parameters(0, sent)
    raise ParameterRefusal(error) if endpoint.entry else error
