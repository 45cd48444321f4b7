"""The rate budget beside the wire: asked before each request of one venue, told of each answer; what has to wait is told to the engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from genesis.core.events import RequestsHeld
from genesis.core.settings import RateSettings
from genesis.engine.ports import Clock, EventSink
from genesis.exchange import rate_counts, weights
from genesis.exchange.errors import RateLimited
from genesis.exchange.rate_budget import RateBudget, Refused, Scope, Ticket, Use
from genesis.exchange.venue_clock import VenueClock
from genesis.exchange.wire import ExchangeInfo, RateLimit, RefusalBody

_NS_PER_MS = 1_000_000
_NEWS_NS = 1_000 * _NS_PER_MS
"""A pause that ends so much later than the one that was told is told again."""
_TOLD = frozenset({Use.CANCEL, Use.EXIT, Use.ENTRY})

_log = structlog.get_logger("genesis.exchange")


class RateGuard:
    """One venue's."""

    def __init__(
        self, venue: str, settings: RateSettings, clock: Clock, venue_clock: VenueClock, *, sink: EventSink, held_ms: int = 0
    ) -> None:
        """`held_ms`: see `RateBudget`."""
        self._venue = venue
        self._clock = clock
        self._sink = sink
        self._budget = RateBudget(settings, clock.mono_ns, venue_clock.now_ms, held_ms)
        self._told_ns: dict[Scope, int] = {}

    def take(self, use: Use, weight: int, orders: int = 0) -> Ticket | Refused:
        """Count a request that leaves now, or say why it must not."""
        outcome = self._budget.take(use, weight, orders)
        if isinstance(outcome, Refused) and use in _TOLD:
            self._tell(outcome)
        return outcome

    def admit(self, use: Use, weight: int, what: str) -> Ticket:
        """As `take`, for a question.

        Raises:
            RateLimited: it must not leave now.
        """
        outcome = self.take(use, weight)
        if isinstance(outcome, Refused):
            raise RateLimited(f"{what}: not asked: {outcome.reason}")
        return outcome

    def connect_wait_ms(self) -> int:
        """How long to wait before another connection may be opened, in ms; 0 = it counts as opened now."""
        outcome = self.take(Use.READING, weights.CONNECT)
        if isinstance(outcome, Refused):
            return outcome.wait_ms
        self._budget.lost(outcome)  # its answer is the connection
        return 0

    @property
    def holds_connections(self) -> bool:
        """Whether the venue wants no connection now; counts nothing."""
        return self._budget.held_ms > 0

    def lost(self, ticket: Ticket) -> None:
        """No answer will come."""
        self._budget.lost(ticket)

    def answered_rest(self, ticket: Ticket, status: int, code: int, headers: Mapping[str, str]) -> None:
        """An HTTP answer; `code` is the venue's, 0 = none."""
        self._budget.answered(ticket, rate_counts.of_headers(headers))
        self.refused(status, code, rate_counts.retry_of_headers(headers))

    def answered_ws(self, ticket: Ticket, status: int, error: RefusalBody, limits: list[RateLimit]) -> None:
        """An answer on the WebSocket API."""
        self._budget.answered(ticket, rate_counts.of_limits(limits))
        self.refused(status, error.code, rate_counts.retry_of_refusal(error))

    def refused(self, status: int, code: int, retry_ms: int | None) -> None:
        """An answer's status, for what it says of the limits."""
        refusal = self._budget.refused(status, code, retry_ms)
        if refusal is not None:
            _log.warning("the venue refuses requests", venue=self._venue, status=status, code=code, wait_ms=refusal.wait_ms)
            self._tell(refusal)

    def connection_refused(self, status: int, headers: Mapping[str, str]) -> None:
        """A handshake was answered with an HTTP status."""
        self.refused(status, 0, rate_counts.retry_of_headers(headers))

    def learn(self, info: ExchangeInfo) -> None:
        """The venue's limits have been read."""
        self._budget.learn(rate_counts.of_limits(info.rate_limits))

    def status(self) -> dict[str, Any]:
        """See `RateBudget.status`."""
        return self._budget.status()

    def _tell(self, refusal: Refused) -> None:
        now_ns = self._clock.mono_ns()
        until_ns = now_ns + refusal.wait_ms * _NS_PER_MS
        told_ns = self._told_ns.get(refusal.scope, 0)
        if told_ns > now_ns and until_ns < told_ns + _NEWS_NS:
            return
        self._told_ns[refusal.scope] = until_ns
        held = RequestsHeld(
            venue=self._venue,
            scope=refusal.scope.value,
            banned=refusal.banned,
            limit=refusal.limit,
            most=refusal.most,
            used=refusal.used,
            wait_ms=refusal.wait_ms,
        )
        self._sink(held)
