"""The pure engine: one synchronous, clockless decision per event (decide, commit, act).

`handle` is a flat dispatch; the concerns live beside it: `lifecycle` (boot, connections, operator), `shutdown`, `reconciler`,
`orders` and `booking`, `signals` and `risk_engine`, `protection` (stops), `arbitrage`, `pairs` and `legging` (multi-leg trades).
Nothing is caught here: an unexpected exception is the loop's to turn into HALTED.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import msgspec

from genesis.analytics.market_analyzer import MarketAnalyzer
from genesis.core import events
from genesis.core.commands import Command, Reply
from genesis.core.errors import CIRCUIT_OPEN, FOREIGN_ACTIVITY, INVALID_PARAMETERS
from genesis.core.events import Event, Now
from genesis.core.facts import BalanceOpened, BalanceTransferred, Fact, MarketDataRejected
from genesis.core.models import CircuitState, EngineState, Order, Purpose, StrategyState, TopOfBook
from genesis.core.money import ZERO, text
from genesis.core.settings import EngineSettings
from genesis.core.state import State
from genesis.engine import (
    arbitrage,
    cancel_all,
    day_loss,
    deleveraging,
    emergency,
    exposure,
    halts,
    history,
    impending,
    legging,
    lifecycle,
    orders,
    override,
    parents,
    protection,
    rate_limits,
    reconciler,
    redundancy,
    reserve,
    resting_stops,
    shutdown,
    signals,
    standing,
    tilt,
    valuation,
    venue_rules,
)
from genesis.engine.desk import NS_PER_MS, ORDERS, SERVICES, Desk, circuit, unseen
from genesis.engine.flash_crash import FlashWatch
from genesis.engine.state_machine import VenueStatus
from genesis.engine.strategy_runtime import StrategyRuntime
from genesis.engine.supervision import Supervisor, Unsupervised
from genesis.strategies.registry import enabled, make

BALANCES_PATIENCE_MS = 2_000
"""How long the venue's word on balances may differ from our accounting before the venue is read again (X25)."""


_OFTEN_NO_NEWS = (events.OrderReported, events.BalanceReported)
"""What was told before by another channel: of such an event without a fact nothing follows that does not follow from the next timer."""

STRATEGY_ACTIONS = {
    "START_STRATEGY": StrategyState.STARTING,
    "PAUSE_STRATEGY": StrategyState.PAUSED,
    "STOP_STRATEGY": StrategyState.STOPPING,
}
"""What an operator may do to one strategy -> the state it is to enter."""


class Decision(msgspec.Struct):
    """What came of one event: facts (already folded into the state), and commands that may leave once those are durable."""

    facts: list[Fact]
    commands: list[Command]


class TradingEngine:
    """Decides. `instance_id`: 6 or more of [a-z0-9], from the database's birth; client order ids are `g<instance_id>-<n>`."""

    def __init__(
        self,
        settings: EngineSettings,
        state: State,
        instance_id: str,
        supervisor: Supervisor | None = None,
        trace: Callable[[str], None] = unseen,
        *,
        former: tuple[str, ...] = (),
    ) -> None:
        """`supervisor` watches the strategies; without one their cycles take no time. `trace` is told of crash points and `former` are the
        instances that orders bore before (`Desk`)."""
        self.settings = settings
        self.state = state
        self._desk = Desk(settings, state, instance_id, trace, former)
        self._strategies = enabled(settings)
        self.runtime = StrategyRuntime(self._desk, partial(make, settings), supervisor or Unsupervised())
        fees = {terms.name: terms.taker_fee for terms in settings.venues}
        arbitraging = settings.arbitrage
        self._analyzer = MarketAnalyzer(fees, arbitraging.start_asset, arbitraging.max_hops, arbitraging.min_net)
        self._flash = FlashWatch(self._desk)
        self._learn_routes()
        self._handlers: dict[type[Event], Callable[[Any], None]] = {
            events.EngineBooted: self._booted,
            events.SignalSubmitted: self._signal,
            events.BookChanged: self._book_changed,
            events.BookLost: self._book_lost,
            events.MarketTrade: self._market_trade,
            events.MarketDataRefused: self._market_data_refused,
            events.BarsFetched: self._bars_fetched,
            events.BarsFailed: self._bars_failed,
            events.OrderSent: self._order_event(orders.on_sent),
            events.SendRefused: self._order_event(orders.on_send_refused),
            events.OrderReported: self._order_event(orders.on_reported),
            events.OrderRefused: self._order_event(orders.on_refused),
            events.CancelRefused: self._order_event(orders.on_cancel_refused),
            events.OutcomeUnknown: self._order_event(orders.on_unknown),
            events.OrderNotFound: self._order_event(orders.on_not_found),
            events.BalanceReported: self._balance_reported,
            events.TransferReported: self._transfer_reported,
            events.ForeignOrderReported: self._foreign_order,
            events.ForeignEventReported: self._foreign_event,
            events.ConnectionChanged: self._connection,
            events.CircuitChanged: self._circuit_changed,
            events.AddressChanged: partial(lifecycle.on_address, self._desk),
            events.CredentialsRefused: self._credentials_refused,
            events.CertificateRefused: self._certificate_refused,
            events.RequestsHeld: partial(rate_limits.on_held, self._desk),
            events.RulesFetched: partial(venue_rules.on_fetched, self._desk),
            events.RulesFailed: partial(venue_rules.on_failed, self._desk),
            events.VenueSnapshot: self._snapshot,
            events.ReconcileFailed: self._reconcile_failed,
            events.StandbysSeen: partial(redundancy.on_seen, self._desk),
            events.TimerFired: self._timer,
            events.OperatorAction: self._operator,
            events.StopRequested: self._stop,
        }

    def handle(self, event: Event, now: Now) -> Decision:
        """Decide on one event. The facts are already applied to `state` when this returns.

        Raises:
            KeyError, AssertionError: a programming error or an event that contradicts the configuration; nothing may leave.
        """
        desk = self._desk
        desk.begin(now)
        before = self.state.engine_state
        if before is not EngineState.STOPPED or isinstance(event, events.EngineBooted):
            self._handlers[type(event)](event)
            if desk.facts or desk.commands or not isinstance(event, _OFTEN_NO_NEWS):
                self._follow_up(before)
        return Decision(desk.facts, desk.commands)

    def refusal_before_send(self, order: Order, now: Now) -> str | None:
        """The second look, between commit and send: entries and legs leave only young, on a fresh book, from a RUNNING
        engine with a reconciled venue. None = it may leave; orders that reduce risk always may."""
        if order.purpose not in (Purpose.ENTRY, Purpose.LEG):
            return None
        self._desk.now = now
        return self._too_old(order, now) or self._situation(order)

    def _too_old(self, order: Order, now: Now) -> str | None:
        intended_ns = self._desk.memory.intended_ns.get(order.client_order_id)
        if intended_ns is None:
            return "not intended by this process"
        age_ms, most_ms = (now.mono_ns - intended_ns) // NS_PER_MS, self.settings.timing.entry_age_ms
        return f"{age_ms} ms old, at most {most_ms} allowed" if age_ms > most_ms else None

    def _situation(self, order: Order) -> str | None:
        if self.state.engine_state is not EngineState.RUNNING:
            return f"the engine is {self.state.engine_state}"
        if not self._desk.venue_ready(order.venue):
            return f"the venue {order.venue} is not connected and reconciled"
        if self._desk.circuit_open(order.venue):
            return f"{CIRCUIT_OPEN}: the circuit breaker of {order.venue}/{ORDERS} is open"
        if self._desk.fresh_top(order.venue, order.symbol) is None:
            return f"the book of {order.symbol} is not fresh"
        halted = halts.blocked(self._desk)
        if halted:
            return halted
        refusal = signals.venue_refusal(self._desk, self.state.rules[(order.venue, order.symbol)], order.purpose)
        return None if refusal is None else f"{refusal.code} {refusal.message}"

    # What the control API shows. Reads only; `now` decides which books are fresh.

    def equity(self, now: Now) -> Decimal | None:
        """Equity in the quote asset; None while a needed book is not fresh."""
        self._desk.now = now
        return valuation.equity(self._desk)

    def unrealised(self, now: Now) -> Decimal | None:
        """Unrealised profit of all positions in the quote asset; None while a needed book is not fresh."""
        self._desk.now = now
        return valuation.unrealised_total(self._desk)

    def venues(self) -> dict[str, VenueStatus]:
        """Connection and reconciliation of each venue."""
        return self._desk.memory.venues

    def differences(self, venue: str) -> tuple[str, ...]:
        """Why a venue is blocked: what its readings show that nothing explains (X38); empty = it is not."""
        return self._desk.memory.reconciling[venue].last_differences

    def books(self, now: Now) -> dict[str, bool]:
        """`venue/symbol` -> whether its book is fresh, for every configured symbol."""
        self._desk.now = now
        pairs = [(terms.name, symbol) for terms in self.settings.venues for symbol in terms.symbols]
        return {f"{venue}/{symbol}": self._desk.fresh_top(venue, symbol) is not None for venue, symbol in pairs}

    def tops(self, now: Now) -> dict[str, TopOfBook]:
        """`venue/symbol` -> its best bid and ask, of every book that is fresh."""
        self._desk.now = now
        pairs = [(terms.name, symbol) for terms in self.settings.venues for symbol in terms.symbols]
        fresh = {f"{venue}/{symbol}": self._desk.fresh_top(venue, symbol) for venue, symbol in pairs}
        return {name: top for name, top in fresh.items() if top is not None}

    def impending(self, now: Now) -> list[str]:
        """What the engine does by itself within a second though nothing comes, in words: empty = it is at rest."""
        self._desk.now = now
        return impending.impending(self._desk)

    def circuits(self) -> dict[str, dict[str, str]]:
        """venue -> service -> state of its circuit breaker (R24); one that never opened in this process is CLOSED."""
        conditions = self.state.conditions
        return {
            name: {service: conditions.get(circuit(name, service), CircuitState.CLOSED.value) for service in SERVICES}
            for name in self._desk.terms
        }

    def tilt(self, now: Now) -> dict[str, int | str]:
        """Where the operator stands (R20, R21): level, anomalies that count, the part of the largest order, until when entries
        pause (wall clock, ms; 0 = never did), and a score of 0..100."""
        self._desk.now = now
        known, number = self.state.tilt, tilt.counted(self._desk)
        return {
            "level": known.level,
            "anomalies": number,
            "size_factor": text(known.size_factor),
            "locked_until_ms": known.locked_until_ms,
            "lockouts": len(known.lockouts),
            "score": tilt.score(self._desk),
        }

    def day(self, now: Now) -> dict[str, Any]:
        """The day's loss (R3, R22) and its overrides (R35): amounts in USDT as text, `loss` None while it cannot be told, `limit` of R3,
        `reached` rungs, `override_until_ms` (wall clock, ms; 0 = none)."""
        self._desk.now = now
        known, lost, tier = self.state.day, day_loss.loss(self._desk), self.state.tier
        return {
            "loss": text(lost) if lost is not None else None,
            "limit": text(self.settings.risk.tiers[tier].daily_loss) if tier is not None else None,
            "reached": [str(rung) for rung in known.reached],
            "overrides": known.overrides,
            "override_until_ms": known.override_until_ms,
        }

    def tier_grace(self, now: Now) -> str:
        """IN_GRACE_PERIOD while a changed tier stays as it is, else ""."""
        self._desk.now = now
        return standing.grace(self._desk)

    # One handler per event.

    def _booted(self, event: events.EngineBooted) -> None:
        lifecycle.on_booted(self._desk, event, tuple(self._strategies), tuple(self.runtime.seats))
        rate_limits.on_booted(self._desk)
        self.runtime.on_booted(event.stuck)

    def _signal(self, event: events.SignalSubmitted) -> None:
        signals.on_submitted(self._desk, event)

    def _book_changed(self, event: events.BookChanged) -> None:
        desk, top = self._desk, event.top
        desk.see(top)
        lifecycle.condition(desk, f"{top.venue}/{top.symbol}/book", "UP", "")
        protection.check(desk, top.venue, top.symbol)
        arbitrage.look(desk, self._analyzer, self._strategies, top.venue, top.symbol)

    def _book_lost(self, event: events.BookLost) -> None:
        lifecycle.lose_book(self._desk, event.venue, event.symbol, event.reason)

    def _market_trade(self, event: events.MarketTrade) -> None:
        desk, key = self._desk, (event.venue, event.symbol)
        desk.memory.traded[key] = desk.memory.traded.get(key, ZERO) + event.quantity
        self._flash.on_trade(event)
        self.runtime.on_trade(event)

    def _bars_fetched(self, event: events.BarsFetched) -> None:
        self.runtime.on_fetched(event)

    def _bars_failed(self, event: events.BarsFailed) -> None:
        self.runtime.on_failed(event)

    def _market_data_refused(self, event: events.MarketDataRefused) -> None:
        """What was not believed is on record, and nothing else comes of it."""
        self._desk.record(
            MarketDataRejected(
                venue=event.venue,
                symbol=event.symbol,
                stream=event.stream,
                reason=event.reason,
                detail=event.detail,
                count=event.count,
                correlation_id=f"{event.venue}/{event.symbol}",
            )
        )

    def _order_event(self, handler: Callable[[Desk, Any], Order | None]) -> Callable[[Any], None]:
        def handle(event: Any) -> None:
            known = self.state.orders.get(event.client_order_id)
            was_open = known is not None and not known.state.terminal
            order = handler(self._desk, event)
            if order is not None and self._desk.facts:  # each thing is told twice, by an answer and by the stream: once it is no news
                self._after_order(order, ended=was_open and order.state.terminal)

        return handle

    def _after_order(self, order: Order, *, ended: bool) -> None:
        """What follows from an order's news: the trade's next leg, the stop of the position it left."""
        desk = self._desk
        if ended and order.correlation_id in self.state.working_parents:
            parents.on_slice_ended(desk, order)
        if order.multi_leg_id is not None:
            if ended:
                legging.on_leg_ended(desk, order)
            return
        if ended and order.rests_as_stop:
            resting_stops.on_ended(desk, order)
        elif ended and order.purpose is Purpose.STOP:
            protection.on_stop_ended(desk, order)
        if ended and order.purpose is Purpose.ENTRY and self._overruled(order):
            signals.close_overruled(desk, order)
        protection.check(desk, order.venue, order.symbol)
        resting_stops.maintain(desk, order.venue, order.symbol)

    def _overruled(self, order: Order) -> bool:
        outcome = self.state.signal_outcomes.get(order.correlation_id)
        return outcome is not None and outcome.status == "overruled"

    def _balance_reported(self, event: events.BalanceReported) -> None:
        reconciler.note_balances(self._desk, event.venue, event.balances)

    def _transfer_reported(self, event: events.TransferReported) -> None:
        """Deposits of the quote asset are cash; of any other asset they move the inventory target along."""
        desk, key = self._desk, (event.venue, event.asset)
        if not any(venue == event.venue for venue, _ in self.state.balances):
            return  # the account was not opened yet: its first balances will include it
        name = f"{event.venue}/{event.asset}"
        if key not in self.state.balances:
            desk.record(BalanceOpened(venue=event.venue, asset=event.asset, amount=ZERO, target=ZERO, correlation_id=name))
        to_target = event.asset != self.settings.quote_asset
        fact = BalanceTransferred(venue=event.venue, asset=event.asset, amount=event.amount, to_target=to_target, correlation_id=name)
        desk.record(fact)

    def _foreign_order(self, event: events.ForeignOrderReported) -> None:
        detail = f"{event.side} order {event.client_order_id!r} on {event.symbol}, {event.status}, that this engine never made"
        self._desk.error(FOREIGN_ACTIVITY, detail, event.client_order_id)
        orders.distrust(self._desk, event.venue)

    def _foreign_event(self, event: events.ForeignEventReported) -> None:
        """It may have been ours under a wrong number: nothing new leaves before the venue was read again."""
        self._desk.error(FOREIGN_ACTIVITY, event.detail, event.venue)
        orders.distrust(self._desk, event.venue)

    def _connection(self, event: events.ConnectionChanged) -> None:
        lifecycle.on_connection(self._desk, event)
        if event.channel == lifecycle.MARKET:
            self.runtime.on_market(event.venue, connected=event.connected)

    def _circuit_changed(self, event: events.CircuitChanged) -> None:
        lifecycle.on_circuit(self._desk, event)

    def _credentials_refused(self, event: events.CredentialsRefused) -> None:
        lifecycle.on_credentials_refused(self._desk, event)

    def _certificate_refused(self, event: events.CertificateRefused) -> None:
        lifecycle.on_certificate_refused(self._desk, event)

    def _snapshot(self, event: events.VenueSnapshot) -> None:
        desk = self._desk
        ended = reconciler.on_snapshot(desk, event)
        self.runtime.hear(event.venue, event.venue_time_ms)
        self._learn_routes()
        lifecycle.settle(desk, f"{event.venue} read")
        for order in ended:
            self._after_order(order, ended=True)
        legging.advance_all(desk)

    def _reconcile_failed(self, event: events.ReconcileFailed) -> None:
        reconciler.on_failed(self._desk, event)

    def _timer(self, event: events.TimerFired) -> None:
        desk = self._desk
        desk.memory.looked_ns = desk.now.mono_ns
        orders.look_at_deadlines(desk)
        for venue, status in desk.memory.venues.items():
            if status.reconciled and reconciler.watch_balances(desk, venue, BALANCES_PATIENCE_MS):
                orders.distrust(desk, venue)
        rate_limits.settle(desk)
        venue_rules.ask_due(desk)
        protection.check_all(desk)
        resting_stops.maintain_all(desk)
        legging.advance_all(desk)
        parents.advance_all(desk)
        tilt.settle(desk)
        self._flash.settle()
        halts.settle(desk)
        exposure.watch(desk)
        history.settle(desk)
        self._day()
        self.runtime.tick()

    def _day(self) -> None:
        """The tier follows the balance; the day's loss is looked at, and what it asks for is pursued (R3, R22, R35)."""
        desk = self._desk
        override.settle(desk)
        value = valuation.equity(desk) if desk.state.engine_state is EngineState.RUNNING else None
        if value is not None:
            standing.follow(desk, value)
        day_loss.look(desk)
        deleveraging.deleverage(desk)

    def _operator(self, event: events.OperatorAction) -> None:
        if event.action in STRATEGY_ACTIONS:
            self._operate_strategy(event)
            return
        lifecycle.on_operator(self._desk, event)
        if event.action == "RESUME":
            self._look_everywhere()

    def _operate_strategy(self, event: events.OperatorAction) -> None:
        desk = self._desk
        lifecycle.acted(desk, event, event.strategy)
        tilt.acted(desk, event.action)
        refused = self.runtime.operate(event.strategy, STRATEGY_ACTIONS[event.action])
        status = 200 if not refused else 409 if event.strategy in self.runtime.seats else 404
        state = {"strategy": event.strategy, "state": self.state.strategies.get(event.strategy, "")}
        body = state if not refused else {"error": {"code": INVALID_PARAMETERS, "message": refused}}
        desk.send(Reply(reply_to=event.reply_to, status=status, body=body))

    def _stop(self, event: events.StopRequested) -> None:
        shutdown.on_stop(self._desk, event)

    # What follows from every event.

    def _follow_up(self, before: EngineState) -> None:
        desk = self._desk
        reserve.settle(desk)
        parents.abort_unserved(desk)
        lifecycle.settle(desk, "circumstances")
        if self.state.engine_state is not before:
            protection.check_all(desk)
            resting_stops.maintain_all(desk)
            self._look_everywhere()
        reconciler.ask_due(desk)
        cancel_all.progress(desk)
        emergency.advance(desk)
        self.runtime.progress()
        shutdown.progress_stop(desk)

    def _look_everywhere(self) -> None:
        for venue, symbol in list(self._desk.memory.tops):
            arbitrage.look(self._desk, self._analyzer, self._strategies, venue, symbol)

    def _learn_routes(self) -> None:
        if self._strategies:
            self._analyzer.learn(self.state.rules.values())
