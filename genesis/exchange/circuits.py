"""The circuit breakers of one venue, one for each of its services, and who is told of them (R24).

Market and user streams have none: a connection that is lost is tried again with R25's pauses.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import partial

from genesis.core.errors import CIRCUIT_OPEN
from genesis.core.events import CircuitChanged
from genesis.core.models import CircuitState
from genesis.core.settings import BreakerSettings
from genesis.engine.ports import Clock, EventSink
from genesis.exchange.circuit_breaker import CircuitBreaker


class Service(StrEnum):
    ORDERS = "orders"  # new orders and cancels, on the WebSocket API
    ACCOUNT = "account"  # REST: the account, its orders and trades, the venue's rules and time
    MARKET = "market"  # REST: depth snapshots and klines


class Call:
    """A call that was let through. The first word on its end counts, later ones change nothing."""

    def __init__(self, circuits: Circuits, service: Service, permit: int) -> None:
        self._circuits = circuits
        self._service = service
        self._permit: int | None = permit

    def answered(self) -> None:
        """The venue answered, be it with a refusal."""
        if (permit := self._taken()) is not None:
            self._circuits.breakers[self._service].answered(permit)
            self._circuits.ended(self._service)

    def failed(self, reason: str) -> None:
        """No connection, no answer in time, or one that says that the venue failed (5xx, -1001, -1006, -1007)."""
        if (permit := self._taken()) is not None:
            self._circuits.breakers[self._service].failed(permit, self._circuits.now_ns(), reason)
            self._circuits.ended(self._service)

    def let_go(self) -> None:
        """The call says nothing of the service: it never left, was given up by us, or was one too many (429, 418)."""
        if (permit := self._taken()) is not None:
            self._circuits.breakers[self._service].let_go(permit)
            self._circuits.ended(self._service)

    def _taken(self) -> int | None:
        permit, self._permit = self._permit, None
        return permit


class Circuits:
    """`wait` is given an instant (monotonic ns) and calls back once it has come; it is asked when a breaker opens."""

    def __init__(
        self, venue: str, settings: BreakerSettings, sink: EventSink, clock: Clock, wait: Callable[[int, Callable[[], None]], None]
    ) -> None:
        self._venue = venue
        self._sink = sink
        self._clock = clock
        self._wait = wait
        self.breakers = {service: CircuitBreaker(settings, partial(self._changed, service)) for service in Service}
        self._waiting: dict[Service, Callable[[], None]] = {}
        self.on_open: Callable[[str], None] = lambda _reason: None
        """Told why a breaker has opened, after the engine was."""

    def now_ns(self) -> int:
        return self._clock.mono_ns()

    def when_free(self, service: Service, call: Callable[[], None]) -> None:
        """`call` is called whenever a call of `service` may have become possible."""
        self._waiting[service] = call

    def ask(self, service: Service) -> Call | None:
        """A call to `service`, None = it must not be made now."""
        permit = self.breakers[service].ask(self.now_ns())
        return None if permit is None else Call(self, service, permit)

    def refusal(self, service: Service) -> str:
        """Why a call is not made, in words."""
        state = self.breakers[service].state
        why = "open" if state is CircuitState.OPEN else "half-open, and a probe is under way"
        return f"{CIRCUIT_OPEN}: the circuit breaker of {self._venue}/{service} is {why}"

    def ended(self, service: Service) -> None:
        """A call has ended: the next may be possible."""
        if self.breakers[service].state is not CircuitState.OPEN and service in self._waiting:
            self._waiting[service]()

    def _changed(self, service: Service, before: CircuitState, after: CircuitState, reason: str) -> None:
        self._sink(CircuitChanged(venue=self._venue, service=service.value, state=after, reason=reason))
        if after is CircuitState.OPEN:
            self._wait(self.breakers[service].due_ns, partial(self._look, service))
            self.on_open(f"circuit breaker of {service.value}: {reason}")

    def forget(self, *services: Service) -> None:
        """Another address is asked, or one that was dead lives: these services are not known to fail."""
        for service in services:
            self.breakers[service].forget()

    def _look(self, service: Service) -> None:
        self.breakers[service].look(self.now_ns())
        self.ended(service)
