"""Order entry and user data on one multiplexed WebSocket API connection (binance-spot 1.8, 1.10).

A table of unanswered requests, no task and no future per order. After the connection opens: measure the venue's clock, subscribe
to user data, and only then report the channel up, so that a reconciliation after it misses nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial

import msgspec
import structlog

from genesis import hooks
from genesis.core.commands import CancelOrder
from genesis.core.events import (
    CancelRefused,
    ConnectionChanged,
    CredentialsRefused,
    ForeignEventReported,
    OrderRefused,
    OrderSent,
    OutcomeUnknown,
    SendRefused,
)
from genesis.core.models import Order
from genesis.exchange import outcomes, strict_json, translate, weights, wire
from genesis.exchange.circuits import Call, Service
from genesis.exchange.clock_gate import ClockGate
from genesis.exchange.connection import Connection
from genesis.exchange.context import VenueContext
from genesis.exchange.errors import UNREADABLE, MalformedMessage
from genesis.exchange.outcomes import Outcome
from genesis.exchange.rate_budget import Refused, Use
from genesis.exchange.signing import Params
from genesis.exchange.ticker import Ticker
from genesis.exchange.ws_requests import Pending, Request, order_params

MAX_ORDERS_IN_FLIGHT = 4_096
MAX_REQUESTS_IN_FLIGHT = 2 * MAX_ORDERS_IN_FLIGHT  # cancels still leave when orders may not
NOT_SENT = 0  # code of a cancel that never left
DOWN = "the orders channel is down"
NO_LEASE = "the lease of this engine was not renewed in time: another may have taken over"
_NS_PER_MS = 1_000_000

_log = structlog.get_logger("genesis.exchange")
_decoder = msgspec.json.Decoder(wire.OrdersMessage)
_loose_decoder = msgspec.json.Decoder(wire.LooseOrdersMessage)
_encoder = msgspec.json.Encoder()


class OrdersChannel:
    """The "orders" channel of one venue."""

    def __init__(self, venue: VenueContext) -> None:
        settings, timing = venue.settings, venue.timing
        self._venue = settings.name
        self._api_key = settings.api_key
        self._recv_window_ms = timing.recv_window_ms
        self._answer_ns = timing.answer_timeout_ms * _NS_PER_MS
        self._idle_ns = timing.book_stale_ms * _NS_PER_MS // 2
        self._sink = venue.sink
        self._clock = venue.clock
        self._venue_clock = venue.venue_clock
        self._signer = venue.signer
        self._counters = venue.counters
        self._rate = venue.rate
        self._leased = venue.leased
        self._circuits = venue.circuits
        self._circuits.when_free(Service.ORDERS, self._send_kept)
        self._kept: deque[Order] = deque()  # exits that wait for the circuit breaker, the oldest first
        self._sending_kept = False
        self._barred = False  # the venue refused the key when we signed on, and nobody has said since that it is good again
        self._gate = ClockGate(MAX_REQUESTS_IN_FLIGHT)
        self._connection = Connection(
            f"{settings.name}/orders",
            lambda: venue.route.way.ws_api_url,
            self,
            backoff=venue.backoff(),
            trust=venue.trust,
            clock=venue.clock,
            wait_ms=venue.rate.connect_wait_ms,
            refused=venue.rate.connection_refused,
        )
        self._ticker = Ticker(timing.answer_timeout_ms / 1_000, self._look_at_deadlines)
        self._route = venue.route
        self._turn = 0  # of the route, when it was last tried
        self._was_open = False
        self._pending: dict[int, Pending] = {}
        self._last_id = 0
        self._last_heard_ns = 0
        self._up: bool | None = None  # None = not yet known
        self._position = 0
        self._subscription: int | None = None  # the number that the venue gave ours

    @property
    def up(self) -> bool:
        return self._up is True

    @property
    def position(self) -> int:
        """Grows with every user event and every loss of the channel: equal positions = nothing was heard or missed between them."""
        return self._position

    @property
    def idle(self) -> bool:
        """Whether no order and no cancel waits for its answer."""
        return not any(entry.request in (Request.PLACE, Request.CANCEL) for entry in self._pending.values())

    def hurry(self) -> None:
        """The venue answers again: the next attempt to connect is made now."""
        self._connection.hurry()

    def move(self, at_once: bool) -> None:
        """The venue is spoken to by another address from now on; what is unanswered is unknown."""
        self._connection.move(at_once)

    async def run(self) -> None:
        await self._connection.run()

    async def close(self) -> None:
        self._ticker.stop()
        await self._connection.close()

    # -- requests -----------------------------------------------------------------------------------------------------

    def place(self, order: Order) -> None:
        """Send a new order: OrderSent, or SendRefused when not a byte has left. An order that reduces a position is kept while
        the circuit breaker lets nothing through, and leaves before anything else (R24)."""
        if self._gate.holds(partial(self.place, order)):
            return
        refusal = self._refusal(MAX_ORDERS_IN_FLIGHT)
        call = None if refusal else self._circuits.ask(Service.ORDERS)
        if call is not None:
            self._place(order, call)
        elif not refusal and order.purpose.reduces and len(self._kept) < MAX_ORDERS_IN_FLIGHT:
            self._kept.append(order)
        else:
            self._not_sent(order, refusal or self._circuits.refusal(Service.ORDERS))

    def _place(self, order: Order, call: Call) -> None:
        use = Use.EXIT if order.purpose.reduces else Use.ENTRY
        params = self._signed(order_params(order))
        hooks.reached("CP-T1")
        refusal = self._request(Request.PLACE, params, use, order=order, call=call)
        if refusal:
            self._not_sent(order, refusal)
        else:
            hooks.reached("CP-O6")
            if self._leased is not None:
                hooks.reached("CP-L2")
            self._sink(OrderSent(client_order_id=order.client_order_id, signed_ms=int(params["timestamp"])))

    def _not_sent(self, order: Order, reason: str) -> None:
        self._sink(SendRefused(client_order_id=order.client_order_id, reason=reason))

    def _send_kept(self) -> None:
        if self._sending_kept:
            return
        self._sending_kept = True
        while self._kept and self.up and (call := self._circuits.ask(Service.ORDERS)) is not None:
            self._place(self._kept.popleft(), call)
        self._sending_kept = False

    def cancel(self, command: CancelOrder) -> None:
        """Send a cancel; one that cannot leave is reported as CancelRefused with code 0: the order lives on."""
        if self._gate.holds(partial(self.cancel, command)):
            return
        params: dict[str, str | int] = {
            "symbol": command.symbol,
            "origClientOrderId": command.client_order_id,
            "newClientOrderId": command.cancel_id,
        }
        refusal = self._refusal(MAX_REQUESTS_IN_FLIGHT)
        if not refusal and (call := self._circuits.ask(Service.ORDERS)) is not None:
            refusal = self._request(Request.CANCEL, self._signed(params), Use.CANCEL, cancel=command, call=call)
            if not refusal:
                hooks.reached("CP-C1b")
        elif not refusal:
            refusal = self._circuits.refusal(Service.ORDERS)
        if refusal:
            self._sink(CancelRefused(client_order_id=command.client_order_id, code=NOT_SENT, message=f"not sent: {refusal}"))

    async def barrier(self, timeout_s: float) -> bool:
        """Whether all that the venue had sent before this call has reached the sink: a ping is answered behind it."""
        if not self.up:
            return False
        waiter: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if self._request(Request.PING, {}, waiter=waiter):
            return False
        try:
            async with asyncio.timeout(timeout_s):
                return await waiter
        except TimeoutError:
            return False

    def _refusal(self, limit: int) -> str:
        if not self.up:
            return DOWN
        return f"{limit} requests are in flight already" if len(self._pending) >= limit else ""

    def _request(
        self,
        request: Request,
        params: Params,
        use: Use = Use.READING,
        *,
        order: Order | None = None,
        cancel: CancelOrder | None = None,
        waiter: asyncio.Future[bool] | None = None,
        call: Call | None = None,
    ) -> str:
        """Send a request; why it could not leave, "" = it did."""
        ticket = self._rate.take(use, weights.of_request(request.value), orders=1 if order is not None else 0)
        if isinstance(ticket, Refused):
            if call is not None:
                call.let_go()
            return ticket.reason
        self._last_id += 1
        now = self._clock.mono_ns()
        if refusal := self._leave(request, _encoder.encode({"id": self._last_id, "method": request.value, "params": params})):
            self._rate.lost(ticket)
            if call is not None:
                call.let_go()
            return refusal
        self._pending[self._last_id] = Pending(
            request=request,
            sent_ns=now,
            deadline_ns=now + self._answer_ns,
            ticket=ticket,
            order=order,
            cancel=cancel,
            waiter=waiter,
            call=call,
        )
        return ""

    def _leave(self, request: Request, message: bytes) -> str:
        """Write it; why not, "" = it is written. What is signed before the lease is looked at and written after it is over is too old for
        the venue, however long this process was frozen between the two."""
        if self._leased is not None and request in (Request.PLACE, Request.CANCEL):
            if not self._leased():
                return NO_LEASE
            if request is Request.PLACE:
                hooks.reached("CP-L1")
        return "" if self._send(request, message) else DOWN

    def _send(self, request: Request, message: bytes) -> bool:
        if request is Request.PLACE and hooks.fires_next("CP-O5"):
            return self._connection.send_in_halves(message, "CP-O5")
        sent = self._connection.send(message)
        if sent and request is Request.PLACE:
            hooks.reached("CP-O5")
        return sent

    def _signed(self, params: dict[str, str | int]) -> Params:
        params["apiKey"] = self._api_key.reveal()
        params["recvWindow"] = self._recv_window_ms
        params["timestamp"] = self._venue_clock.now_ms()
        return self._signer.signed_params(params)

    def try_key(self) -> None:
        """Sign on again, if the key was refused when we did."""
        if self._barred:
            self._barred = False
            self._sign_on()

    # -- the connection -----------------------------------------------------------------------------------------------

    def connecting(self) -> None:
        """Nothing changes: the channel is down until the venue has spoken."""
        self._turn, self._was_open = self._route.turn, False

    def opened(self) -> None:
        self._was_open = True
        self._last_heard_ns = self._clock.mono_ns()
        self._ticker.start()
        self._sign_on()

    def _sign_on(self) -> None:
        """Measure the venue's clock, then subscribe; begun again by the deadlines if the rate budget keeps it back."""
        self._request(Request.TIME, {})

    def closed(self, reason: str) -> None:
        """Every unanswered request has an unknown outcome from here on."""
        self._ticker.stop()
        self._position += 1
        served = self.up
        pending, self._pending = self._pending, {}
        if self._up is not False:
            self._up = False
            self._sink(ConnectionChanged(venue=self._venue, channel="orders", connected=False, reason=reason))
        for entry in pending.values():
            self._rate.lost(entry.ticket)
            self._fail(entry, f"the connection was lost before the answer: {reason}")
        while self._kept:
            self._not_sent(self._kept.popleft(), DOWN)
        self._gate.open()
        self._judge_address(served, reason)

    def _judge_address(self, served: bool, reason: str) -> None:
        """What the end of a connection says of the address: nothing served there, or one more loss. That the venue wants no connection
        now (429, 418) it says at all its addresses."""
        if self._rate.holds_connections:
            return
        if served and self._was_open:
            self._route.lost(self._turn, "orders", reason)
        else:
            self._route.failed(self._turn, f"orders: {reason}", pressing=True)

    def message(self, payload: memoryview | bytes) -> None:
        self._last_heard_ns = self._clock.mono_ns()
        try:
            message = strict_json.read(payload, _decoder)
            if message.event is not None:
                self._subscribed_event(message.subscription_id, message.event)
            else:
                self._answer(message)
        except (*UNREADABLE, MalformedMessage) as error:
            self._malformed(payload, error)

    def _look_at_deadlines(self) -> None:
        now = self._clock.mono_ns()
        while self._pending:
            number, oldest = next(iter(self._pending.items()))
            if oldest.deadline_ns > now:
                break
            del self._pending[number]
            self._rate.lost(oldest.ticket)
            self._expire(oldest)
        if not self.up and not self._pending and not self._barred:
            self._sign_on()
        if now - self._last_heard_ns >= self._idle_ns:
            self._ping()

    def _expire(self, entry: Pending) -> None:
        self._counters["expired_requests"] += 1
        reason = f"no answer within {self._answer_ns // _NS_PER_MS} ms"
        self._fail(entry, reason)
        if entry.request in (Request.PLACE, Request.CANCEL):
            self._ping()  # one lost answer, or a dead connection? The ping's own deadline tells
        else:
            self._connection.cut(f"{reason} to {entry.request.value}")
            self._route.failed(self._turn, f"orders: {reason} to {entry.request.value}", pressing=True)

    def _ping(self) -> None:
        if not any(entry.request is Request.PING for entry in self._pending.values()):
            self._request(Request.PING, {})

    def _fail(self, entry: Pending, reason: str) -> None:
        """The outcome of `entry` is unknown."""
        if entry.call is not None:
            entry.call.failed(reason)
        if entry.order is not None:
            hooks.reached("CP-O7")
            self._sink(OutcomeUnknown(client_order_id=entry.order.client_order_id, action="NEW", reason=reason))
        elif entry.cancel is not None:
            self._sink(OutcomeUnknown(client_order_id=entry.cancel.client_order_id, action="CANCEL", reason=reason))
        elif entry.waiter is not None and not entry.waiter.done():
            entry.waiter.set_result(False)

    # -- what the venue says ------------------------------------------------------------------------------------------

    def _subscribed_event(self, subscription: int | None, event: wire.AnyUserEvent) -> None:
        """Events of another subscription are another account's. What comes before ours is known is read when the channel is up."""
        if isinstance(event, wire.ServerShutdown) or (self.up and subscription == self._subscription):
            self._user_event(event)
            return
        self._position += 1
        if not self.up:
            self._counters["early_events"] += 1
            return
        self._counters["foreign_events"] += 1
        detail = f"{type(event).__name__} of subscription {subscription}; ours is {self._subscription}: not believed"
        self._sink(ForeignEventReported(venue=self._venue, detail=detail))

    def _user_event(self, event: wire.AnyUserEvent) -> None:
        self._position += 1
        match event:
            case wire.ExecutionReport():
                if event.execution == "TRADE":
                    hooks.reached("CP-F2")
                self._sink(translate.execution_report(self._venue, event))
            case wire.AccountPosition():
                self._sink(translate.account_position(self._venue, event))
            case wire.BalanceUpdate():
                self._sink(translate.balance_update(self._venue, event))
            case wire.StreamTerminated() | wire.ServerShutdown():
                self._connection.cut("the venue ends the user data stream")
            case wire.ListStatus() | wire.ExternalLockUpdate():
                self._counters["ignored_events"] += 1

    def _answer(self, message: wire.OrdersMessage) -> None:
        if message.id is None and message.error is None:
            raise MalformedMessage("expected an answer with an id or a user event, got neither")
        entry = self._pending.pop(message.id, None) if isinstance(message.id, int) else None
        if entry is None:
            # late, or the venue could not read a request (id null): what became of it is found by its deadline
            self._counters["late_answers" if message.id is not None else "unattributed_errors"] += 1
            return
        status = message.status or 0
        error = message.error or wire.RefusalBody(code=0, msg="no reason given")
        self._rate.answered_ws(entry.ticket, status, error, message.rate_limits)
        result = message.result if status == 200 else None
        entry.judge(status, error.code)
        if entry.order is not None:
            self._place_answer(entry, entry.order, status, result, error)
        elif entry.cancel is not None:
            self._cancel_answer(entry, entry.cancel, status, result, error)
        else:
            self._own_answer(entry, status, result, error)
            if entry.request is Request.TIME:
                self._gate.open()
        if entry.call is not None:
            entry.call.answered()

    def _place_answer(self, entry: Pending, order: Order, status: int, result: wire.AnswerResult | None, error: wire.RefusalBody) -> None:
        outcome = outcomes.of_new_order(status, error.code, error.msg)
        if outcome is Outcome.REFUSED:
            self._after_refusal(error)
            hooks.reached("CP-O10")
            self._sink(OrderRefused(client_order_id=order.client_order_id, code=error.code, message=error.words))
            return
        if result is None:
            self._fail(entry, f"answered {status} with code {error.code}: {error.words}")
            return
        hooks.reached("CP-O8")
        try:
            self._sink(translate.placed(order, result))
        except MalformedMessage as malformed:
            self._unreadable_answer(entry, malformed)

    def _cancel_answer(
        self, entry: Pending, command: CancelOrder, status: int, result: wire.AnswerResult | None, error: wire.RefusalBody
    ) -> None:
        if outcomes.of_request(status, error.code) is Outcome.REFUSED:
            self._after_refusal(error)
            not_taken = outcomes.is_over_limit(status) or outcomes.is_key_refused(error.code)
            code, message = (NOT_SENT, f"not taken: {error.code} {error.words}") if not_taken else (error.code, error.words)
            self._sink(CancelRefused(client_order_id=command.client_order_id, code=code, message=message))
            return
        if result is None:
            self._fail(entry, f"answered {status} with code {error.code}: {error.words}")
            return
        try:
            self._sink(translate.cancelled(self._venue, command.symbol, command.client_order_id, result))
        except MalformedMessage as malformed:
            self._unreadable_answer(entry, malformed)

    def _own_answer(self, entry: Pending, status: int, result: wire.AnswerResult | None, error: wire.RefusalBody) -> None:
        if result is None and entry.request is Request.TIME and self.up:
            _log.warning("the venue's clock could not be measured again", venue=self._venue, code=error.code)
        elif result is None and outcomes.is_over_limit(status):
            self._fail(entry, error.words)  # asked again when the venue takes requests
        elif result is None:
            self._fail(entry, error.words)
            self._barred = outcomes.is_key_refused(error.code)
            if self._barred:
                self._after_refusal(error)
            self._connection.cut(f"{entry.request.value} refused: {error.code} {error.words}")
        elif entry.waiter is not None:
            if not entry.waiter.done():
                entry.waiter.set_result(True)
        elif entry.request is Request.TIME:
            self._clock_answer(entry, result)
        elif entry.request is Request.SUBSCRIBE:
            self._up, self._subscription = True, result.subscription_id
            self._sink(ConnectionChanged(venue=self._venue, channel="orders", connected=True))

    def _clock_answer(self, entry: Pending, result: wire.AnswerResult) -> None:
        if result.server_time is None:
            raise MalformedMessage("answer to time: expected serverTime, got none")
        translate.time_ms(result.server_time, "time.serverTime")
        self._venue_clock.observe(result.server_time, entry.sent_ns, self._clock.mono_ns())
        if not self.up and not self._barred:
            self._request(Request.SUBSCRIBE, self._signed({}))

    def _after_refusal(self, error: wire.RefusalBody) -> None:
        """-1021: the venue's clock is asked for before anything else is signed, once for all that were refused with it. A refused
        key is told before what it was refused for, so that nothing comes of that which would be refused as well (X35)."""
        if outcomes.is_key_refused(error.code):
            self._sink(CredentialsRefused(venue=self._venue, reason=f"{error.code} {error.words}"))
        elif outcomes.is_clock_skew(error.code) and not self._gate.closed:
            self._counters["clock_measurements"] += 1
            self._gate.closed = not self._request(Request.TIME, {})

    def _unreadable_answer(self, entry: Pending, error: Exception) -> None:
        self._counters["malformed_messages"] += 1
        _log.warning("unreadable answer", venue=self._venue, request=entry.request.value, error=str(error))
        self._fail(entry, f"the answer cannot be read: {error}")

    def _malformed(self, payload: memoryview | bytes, error: Exception) -> None:
        """An unreadable answer makes its request unknown; an unreadable event may have been a fill, so the channel starts over."""
        try:
            loose = _loose_decoder.decode(payload)
        except UNREADABLE:
            loose = wire.LooseOrdersMessage()
        entry = self._pending.pop(loose.id, None) if isinstance(loose.id, int) else None
        if entry is not None:
            self._rate.lost(entry.ticket)
        if entry is not None and entry.request in (Request.PLACE, Request.CANCEL):
            self._unreadable_answer(entry, error)
            return
        if loose.event is not None and loose.event.name not in wire.USER_EVENT_NAMES:
            self._counters["ignored_events"] += 1  # a kind newer than this program
            return
        self._counters["malformed_messages"] += 1
        _log.warning("unreadable message", venue=self._venue, bytes=len(payload), error=str(error))
        if entry is not None:
            self._fail(entry, "the answer cannot be read")
        self._connection.cut(f"unreadable message on the orders channel: {error}")
