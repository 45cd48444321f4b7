"""A bench for the pure engine: a clock that is moved by hand, and a venue that does what the test says.

The venue keeps its own books with its own arithmetic, so that balances can be compared. After every event the bench checks
what must always hold; a test only states what is special.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeVar

from genesis.core.commands import CancelOrder, Command, PlaceOrder, QueryOrder, Reconcile, Reply
from genesis.core.events import (
    AssetBalance,
    BalanceReported,
    BookChanged,
    ConnectionChanged,
    EngineBooted,
    Event,
    Now,
    OperatorAction,
    OrderReported,
    OrderSent,
    SignalSubmitted,
    TimerFired,
    VenueOrder,
    VenueSnapshot,
)
from genesis.core.facts import Fact
from genesis.core.models import EngineState, Fill, Order, Side, Signal, SymbolRules
from genesis.core.money import ZERO, truncate8
from genesis.core.settings import EngineSettings
from genesis.core.state import State
from genesis.engine.engine import Decision, TradingEngine
from tests import builders
from tests.builders import START_MS, VENUE, Amount, d
from tests.engine_pure.recount import check_tally

Kind = TypeVar("Kind")
FEE = Decimal("0.001")


class VenueBook:
    """One order as the venue has it."""

    def __init__(self, order: Order, venue_order_id: int) -> None:
        self.order = order
        self.venue_order_id = venue_order_id
        self.status = "NEW"
        self.executed = ZERO
        self.cum_quote = ZERO


class Bench:
    def __init__(
        self,
        settings: EngineSettings | None = None,
        state: State | None = None,
        rules: tuple[SymbolRules, ...] | None = None,
        funds: Mapping[str, Amount] | None = None,
    ) -> None:
        self.settings = settings if settings is not None else builders.settings()
        self.rules = rules if rules is not None else (builders.rules(),)
        names = [terms.name for terms in self.settings.venues]
        given: Mapping[str, Amount] = funds if funds is not None else {"USDT": 1000, "BTC": 1}
        self.funds = {name: {asset: d(amount) for asset, amount in given.items()} for name in names}
        self.wall_ms = START_MS
        self.mono_ns = 1_000_000_000
        self.venue_ms = START_MS
        self.orders: dict[str, VenueBook] = {}
        self.trades: list[Fill] = []
        self.facts: list[Fact] = []
        self.all_facts: list[Fact] = []
        self.commands: list[Command] = []
        self.epoch = 0
        self.stuck: tuple[str, ...] = ()
        self.engine = TradingEngine(self.settings, state if state is not None else State(), "test01")

    # -- clock and events

    @property
    def state(self) -> State:
        return self.engine.state

    @property
    def now(self) -> Now:
        return Now(self.wall_ms, self.mono_ns)

    def let(self, milliseconds: int, step_ms: int = 100) -> None:
        """Let time pass, a timer event every `step_ms`; the venue's clock goes along."""
        for _ in range(0, milliseconds, step_ms):
            self.wall_ms += step_ms
            self.venue_ms += step_ms
            self.mono_ns += step_ms * 1_000_000
            self.do(TimerFired())

    def do(self, event: Event) -> Decision:
        decision = self.engine.handle(event, self.now)
        self.facts += decision.facts
        self.all_facts += decision.facts
        self.commands += decision.commands
        check_always(self.state)
        check_tally(self.engine._desk)
        return decision

    def said(self, kind: type[Kind]) -> list[Kind]:
        """Facts of a kind since the last `forget`."""
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def asked(self, kind: type[Kind]) -> list[Kind]:
        """Commands of a kind since the last `forget`."""
        return [command for command in self.commands if isinstance(command, kind)]

    def forget(self) -> None:
        self.facts, self.commands = [], []

    # -- start

    def boot(self) -> None:
        self.epoch += 1
        self.do(EngineBooted(epoch=self.epoch, version="0", config_digest="c", test_hooks=False, stuck=self.stuck))

    def connect(self, venue: str = VENUE, *, channels: tuple[str, ...] = ("market", "orders")) -> None:
        for channel in channels:
            self.do(ConnectionChanged(venue=venue, channel=channel, connected=True))

    def disconnect(self, venue: str = VENUE, *, channel: str = "orders") -> None:
        self.do(ConnectionChanged(venue=venue, channel=channel, connected=False, reason="cut"))

    def answer_reconcile(self, **changes: Any) -> None:
        """Answer the last Reconcile with what this venue has."""
        command = self.asked(Reconcile)[-1]
        self.do(self.snapshot(command, **changes))

    def snapshot(self, command: Reconcile, **changes: Any) -> VenueSnapshot:
        venue = command.venue
        at_venue = [book for book in self.orders.values() if book.order.venue == venue]
        asked = {client_order_id for _, client_order_id in command.unresolved}
        values: dict[str, Any] = {
            "venue": venue,
            "rules": tuple(rules for rules in self.rules if rules.venue == venue),
            "balances": tuple(AssetBalance(asset=a, free=t, locked=ZERO) for a, t in self.funds[venue].items()),
            "open_orders": tuple(self.shown(book) for book in at_venue if book.status in ("NEW", "PARTIALLY_FILLED")),
            "queried_orders": tuple(self.shown(book) for book in at_venue if book.order.client_order_id in asked),
            "missing_orders": tuple(sorted(asked - set(self.orders))),
            "fills": tuple(f for f in self.trades if f.venue == venue and f.trade_id > command.trades_after[f.symbol]),
            "venue_time_ms": self.venue_ms,
        }
        return VenueSnapshot(**(values | changes))

    def report_balances(self, venue: str = VENUE) -> None:
        """The venue's word on all balances (outboundAccountPosition)."""
        locked = {asset: self._locked(venue, asset) for asset in self.funds[venue]}
        said = tuple(AssetBalance(asset=a, free=total - locked[a], locked=locked[a]) for a, total in self.funds[venue].items())
        self.do(BalanceReported(venue=venue, balances=said, venue_time_ms=self.venue_ms))

    def _locked(self, venue: str, asset: str) -> Decimal:
        """What the orders that are open at the venue reserve there."""
        locked = ZERO
        for book in self.orders.values():
            order, rules = book.order, next(rules for rules in self.rules if rules.symbol == book.order.symbol)
            if order.venue != venue or book.status not in ("NEW", "PARTIALLY_FILLED") or order.price is None:
                continue
            left = order.quantity - book.executed
            if order.side is Side.BUY and asset == rules.quote:
                locked += left * order.price
            elif order.side is Side.SELL and asset == rules.base:
                locked += left
        return locked

    def shown(self, book: VenueBook) -> VenueOrder:
        return VenueOrder(
            client_order_id=book.order.client_order_id,
            venue_order_id=book.venue_order_id,
            symbol=book.order.symbol,
            side=book.order.side,
            status=book.status,
            executed=book.executed,
            cum_quote=book.cum_quote,
            venue_time_ms=self.venue_ms,
        )

    def start(self, bid: Amount = 99, ask: Amount = 101) -> Bench:
        """Boot, connect, reconcile, a book for every symbol: RUNNING."""
        self.boot()
        for terms in self.settings.venues:
            self.connect(terms.name)
            self.answer_reconcile()
        self.book(bid, ask)
        assert self.state.engine_state is EngineState.RUNNING, self.state.engine_state
        self.forget()
        return self

    def restart(self) -> Bench:
        """kill -9 and a new process on the journal's facts; not connected yet."""
        again = Bench(self.settings, refold(self.all_facts), self.rules)
        again.funds, again.orders, again.trades = self.funds, self.orders, self.trades
        again.wall_ms, again.venue_ms, again.epoch = self.wall_ms, self.venue_ms, self.epoch
        again.mono_ns = self.mono_ns
        again.all_facts = list(self.all_facts)
        again.boot()
        return again

    def book(self, bid: Amount, ask: Amount, **changes: Any) -> Decision:
        return self.do(BookChanged(top=builders.top(bid, ask, received_ns=self.mono_ns, **changes)))

    # -- the control API

    def submit(self, signal: Signal) -> Reply:
        self.do(SignalSubmitted(signal=signal, reply_to=1))
        return self.asked(Reply)[-1]

    def operate(self, action: str, client_order_id: str = "") -> Reply:
        self.do(OperatorAction(action=action, reply_to=2, client_order_id=client_order_id))
        return self.asked(Reply)[-1]

    def order(self, signal: Signal) -> Order:
        """Submit a signal that is accepted; its order, sent and accepted by the venue."""
        reply = self.submit(signal)
        assert reply.status == 201, reply
        order = self.state.orders[reply.body["client_order_id"]]
        self.accept(order)
        return order

    # -- the venue

    def last_placed(self) -> Order:
        """The order of the last PlaceOrder."""
        return self.asked(PlaceOrder)[-1].order

    def last_cancel(self) -> CancelOrder:
        return self.asked(CancelOrder)[-1]

    def queried(self) -> list[str]:
        return [command.client_order_id for command in self.asked(QueryOrder)]

    def send(self, order: Order) -> None:
        self.do(OrderSent(client_order_id=order.client_order_id, signed_ms=self.venue_ms))

    def take(self, order: Order) -> VenueBook:
        """The venue receives an order; nobody is told."""
        book = self.orders[order.client_order_id] = VenueBook(order, 100 + len(self.orders))
        return book

    def accept(self, order: Order) -> None:
        """Sent, received, answered NEW."""
        self.send(order)
        self.take(order)
        self.report(order, source="answer")

    def report(self, order: Order, *, fills: tuple[Fill, ...] = (), source: str = "stream", **changes: Any) -> None:
        """Tell the engine what the venue has."""
        book = self.orders[order.client_order_id]
        values: dict[str, Any] = {
            "venue": order.venue,
            "symbol": order.symbol,
            "client_order_id": order.client_order_id,
            "venue_order_id": book.venue_order_id,
            "status": book.status,
            "executed": book.executed,
            "cum_quote": book.cum_quote,
            "source": source,
            "venue_time_ms": self.venue_ms,
            "fills": fills,
        }
        self.do(OrderReported(**(values | changes)))

    def match(self, order: Order, quantity: Amount, price: Amount, *, fee_asset: str | None = None) -> Fill:
        """The venue executes part of an order; nobody is told. Fee 0.1 % of what is received, truncated to 8 places."""
        book, rules = self.orders[order.client_order_id], self._rules(order)
        base, quote = d(quantity), truncate8(d(quantity) * d(price))
        received = base if order.side is Side.BUY else quote
        fee, asset = truncate8(received * FEE), rules.base if order.side is Side.BUY else rules.quote
        fill = Fill(
            venue=order.venue,
            symbol=order.symbol,
            trade_id=len(self.trades) + 1,
            client_order_id=order.client_order_id,
            side=order.side,
            price=d(price),
            quantity=base,
            quote_quantity=quote,
            fee=fee,
            fee_asset=fee_asset or asset,
            maker=False,
            venue_time_ms=self.venue_ms,
        )
        self.trades.append(fill)
        book.executed += base
        book.cum_quote += quote
        book.status = "FILLED" if book.executed == order.quantity else "PARTIALLY_FILLED"
        sign = 1 if order.side is Side.BUY else -1
        self._add(order.venue, rules.base, sign * base)
        self._add(order.venue, rules.quote, -sign * quote)
        self._add(order.venue, fill.fee_asset, -fee)
        return fill

    def fill(self, order: Order, quantity: Amount, price: Amount) -> Fill:
        """The venue executes part of an order and streams it."""
        fill = self.match(order, quantity, price)
        self.report(order, fills=(fill,))
        return fill

    def fill_whole(self, order: Order, price: Amount) -> None:
        """A placed order is sent, accepted and filled whole."""
        self.accept(order)
        self.fill(order, order.quantity, price)

    def end(self, order: Order, status: str) -> None:
        """The venue ends an order (CANCELED, EXPIRED, ...) and streams it."""
        self.orders[order.client_order_id].status = status
        self.report(order)

    def _add(self, venue: str, asset: str, amount: Decimal) -> None:
        self.funds[venue][asset] = self.funds[venue].get(asset, ZERO) + amount

    def _rules(self, order: Order) -> SymbolRules:
        return next(rules for rules in self.rules if (rules.venue, rules.symbol) == (order.venue, order.symbol))

    def assert_funds_equal(self) -> None:
        """Our accounting equals the venue's (I02)."""
        ours = {key: balance.total for key, balance in self.state.balances.items()}
        theirs = {(venue, asset): amount for venue, funds in self.funds.items() for asset, amount in funds.items()}
        assert {k: v for k, v in ours.items() if v != 0} == {k: v for k, v in theirs.items() if v != 0}


def refold(facts: list[Fact]) -> State:
    state = State()
    for fact in facts:
        state.apply(fact)
    return state


def check_always(state: State) -> None:
    """What holds after every event (I04, I05, I10)."""
    reserved: dict[tuple[str, str], Decimal] = {}
    for order in state.orders.values():
        booked = sum((fill.quantity for fill in state.fills_of.get(order.client_order_id, [])), ZERO)
        assert order.executed == booked <= order.quantity, order
        assert order.reserved >= ZERO, order
        if order.state.terminal:
            assert order.reserved == ZERO, order
            assert order.pending == "NONE", order
        key = (order.venue, order.reserved_asset)
        reserved[key] = reserved.get(key, ZERO) + order.reserved
    for key, balance in state.balances.items():
        assert balance.locked == reserved.get(key, ZERO), (key, balance)
        assert balance.locked <= max(balance.total, ZERO), (key, balance)
    for position in state.positions.values():
        assert position.cost >= ZERO, position
        assert (position.quantity == ZERO) == (position.cost == ZERO) or position.quantity != ZERO, position
        assert (position.stop_price is None) == (position.quantity == ZERO), position
    check_parts(state)


def check_parts(state: State) -> None:
    """What the strategies hold adds up to the position."""
    parts: dict[tuple[str, str], Decimal] = {}
    for holding in state.holdings.values():
        key = (holding.venue, holding.symbol)
        parts[key] = parts.get(key, ZERO) + holding.quantity
    for key, position in state.positions.items():
        assert position.quantity == parts.get(key, ZERO), (position, parts)
