"""Random lives of an engine: whatever order things come in, after healing the books equal the venue's (I02, I08-I12, I21)."""

from __future__ import annotations

import random
from collections.abc import Callable

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genesis.core.codec import to_plain
from genesis.core.commands import CancelOrder, PlaceOrder, QueryOrder, Reconcile
from genesis.core.events import (
    BookChanged,
    BookLost,
    CancelRefused,
    OrderNotFound,
    OrderRefused,
    OutcomeUnknown,
    SendRefused,
    SignalSubmitted,
)
from genesis.core.facts import AnyFact
from genesis.core.models import EngineState, Knowledge, Order, OrderType, PendingAction, Purpose, Side, TradeState
from genesis.core.money import floor_to
from genesis.core.settings import ArbitrageSettings, HistorySettings, VenueTerms
from genesis.core.state import State
from genesis.data.rows import tables_of
from tests.builders import VENUE, d, limit_signal, rules, signal, top
from tests.builders import settings as engine_settings
from tests.engine_pure.bench import Bench, refold

SYMBOLS = {"BTCUSDT": ("BTC", "USDT", 100), "ETHUSDT": ("ETH", "USDT", 10), "ETHBTC": ("ETH", "BTC", d("0.1"))}
RULES = tuple(
    rules(name, base, quote, tick_size="0.00001", min_notional="5" if quote == "USDT" else "0.0001")
    for name, (base, quote, _) in SYMBOLS.items()
)
SETTINGS = engine_settings(
    venues=(VenueTerms(name=VENUE, symbols=tuple(SYMBOLS), targets={"BTC": d(10), "ETH": d(50)}),),
    arbitrage=ArbitrageSettings(enabled=True),
)


class Chaos:
    """A venue and a network that do anything they may do, in any order."""

    def __init__(self, seed: int, remembered: int) -> None:
        self.random = random.Random(seed)
        made = msgspec.structs.replace(SETTINGS, history=HistorySettings(remembered=remembered))
        self.bench = Bench(made, rules=RULES, funds={"USDT": 5_000, "BTC": 10, "ETH": 50})
        self.bench.boot()
        self.seen_commands = 0
        self.to_send: list[Order] = []
        self.to_cancel: list[CancelOrder] = []
        self.up = False
        self.reconnect()
        for name in SYMBOLS:
            self.book(name)

    def reconnect(self) -> None:
        if not self.up:
            self.bench.connect()
            self.up = True
            self.pump()

    def disconnect(self) -> None:
        if self.up:
            self.up = False
            for order in self.to_send:
                self.bench.do(SendRefused(client_order_id=order.client_order_id, reason="socket down"))
            for command in self.to_cancel:
                self.bench.do(OutcomeUnknown(client_order_id=command.client_order_id, action="CANCEL", reason="cut"))
            self.to_send, self.to_cancel = [], []
            self.bench.disconnect()
            self.pump()

    def restart(self) -> None:
        for order in self.to_send:  # the bytes may have left before the kill
            if self.random.random() < 0.5:
                self.bench.take(order)
                if order.order_type is OrderType.MARKET:
                    self.execute(order, told=False)
        self.to_send, self.to_cancel = [], []
        self.bench = self.bench.restart()
        self.seen_commands = 0
        self.up = False
        self.reconnect()
        for name in SYMBOLS:
            self.book(name)

    def pump(self) -> None:
        """Carry out commands that nothing holds up; orders and cancels wait for chance."""
        while self.seen_commands < len(self.bench.commands):
            command = self.bench.commands[self.seen_commands]
            self.seen_commands += 1
            if isinstance(command, PlaceOrder):
                refusal = self.bench.engine.refusal_before_send(command.order, self.bench.now)
                if refusal is not None or not self.up:
                    self.bench.do(SendRefused(client_order_id=command.order.client_order_id, reason=refusal or "down"))
                else:
                    self.to_send.append(command.order)
            elif isinstance(command, CancelOrder):
                self.to_cancel.append(command)
            elif isinstance(command, QueryOrder):
                self.answer_query(command.client_order_id)
            elif isinstance(command, Reconcile) and self.up:
                self.bench.do(self.bench.snapshot(command))

    def answer_query(self, client_order_id: str) -> None:
        book = self.bench.orders.get(client_order_id)
        if book is None:
            self.bench.do(OrderNotFound(client_order_id=client_order_id, venue_time_ms=self.bench.venue_ms))
            return
        fills = tuple(fill for fill in self.bench.trades if fill.client_order_id == client_order_id)
        self.bench.report(book.order, fills=fills, source="query")

    # -- what may happen

    def book(self, name: str | None = None) -> None:
        name = name or self.random.choice(list(SYMBOLS))
        middle = d(SYMBOLS[name][2]) * d(self.random.choice(["0.97", "0.99", "1", "1", "1.01", "1.03"]))
        half = middle * d("0.0001")
        changed = top(middle - half, middle + half, symbol=name, received_ns=self.bench.mono_ns)
        self.bench.do(BookChanged(top=changed))

    def lose_book(self) -> None:
        self.bench.do(BookLost(venue=VENUE, symbol=self.random.choice(list(SYMBOLS)), reason="gap"))

    def submit(self) -> None:
        name = self.random.choice(["BTCUSDT", "ETHUSDT", "ETHBTC"])
        price = d(SYMBOLS[name][2])
        unit = 100 if name != "ETHBTC" else 1
        quantity = floor_to(d(self.random.choice(["0.5", "1", "2", "4"])) * unit / price / 2, d("0.00001"))
        side = self.random.choice([Side.BUY, Side.SELL])
        purpose = self.random.choice([Purpose.ENTRY, Purpose.ENTRY, Purpose.EXIT])
        if self.random.random() < 0.5:
            wish = signal(side, quantity, symbol=name, purpose=purpose)
        else:
            wish = limit_signal(side, quantity, price, symbol=name, purpose=purpose)
        self.bench.do(SignalSubmitted(signal=wish, reply_to=1))

    def arrive(self) -> None:
        """One waiting order reaches the venue, or is lost on its way, or is refused."""
        if not self.to_send:
            return
        order = self.to_send.pop(self.random.randrange(len(self.to_send)))
        self.bench.send(order)
        fate = self.random.random()
        if fate < 0.1:
            self.bench.do(OrderRefused(client_order_id=order.client_order_id, code=-2010, message="no"))
            return
        if fate < 0.2:
            self.bench.do(OutcomeUnknown(client_order_id=order.client_order_id, action="NEW", reason="lost before"))
            return
        self.bench.take(order)
        if order.order_type is OrderType.MARKET:
            self.execute(order, told=fate < 0.8)
        elif fate < 0.8:
            self.bench.report(order, source="answer")

    def execute(self, order: Order, *, told: bool) -> None:
        price = d(SYMBOLS[order.symbol][2])
        part = order.quantity if self.random.random() < 0.8 else floor_to(order.quantity / 2, d("0.00001"))
        fills = (self.bench.match(order, part, price),)
        if part < order.quantity:
            self.bench.orders[order.client_order_id].status = "EXPIRED"
        if told:
            self.bench.report(order, fills=fills, source=self.random.choice(["answer", "stream"]))

    def trade(self) -> None:
        """A resting order executes; the report may be lost, doubled, or come late."""
        resting = [b for b in self.bench.orders.values() if b.status in ("NEW", "PARTIALLY_FILLED")]
        if not resting:
            return
        book = self.random.choice(resting)
        order, left = book.order, book.order.quantity - book.executed
        part = left if self.random.random() < 0.5 or left < d("0.0001") else floor_to(left / 2, d("0.00001"))
        before = (book.status, book.executed, book.cum_quote)
        fill = self.bench.match(order, part, order.price or SYMBOLS[order.symbol][2])
        fate = self.random.random()
        if fate < 0.2 or not self.up:
            return
        self.bench.report(order, fills=(fill,))
        if fate < 0.4:
            self.bench.report(order, fills=(fill,))
        elif fate < 0.6:
            self.bench.report(order, status=before[0], executed=before[1], cum_quote=before[2])

    def cancel(self) -> None:
        live = [order.client_order_id for order in self.bench.state.open.by_id.values()]
        if live:
            self.bench.operate("CANCEL_ORDER", self.random.choice(live))

    def cancel_arrives(self) -> None:
        if not self.to_cancel:
            return
        command = self.to_cancel.pop(0)
        book = self.bench.orders.get(command.client_order_id)
        if book is None or book.status not in ("NEW", "PARTIALLY_FILLED"):
            self.bench.do(CancelRefused(client_order_id=command.client_order_id, code=-2011, message="Unknown order sent."))
            return
        fate = self.random.random()
        if fate > 0.2:
            book.status = "CANCELED"
        if 0.1 < fate < 0.4:
            self.bench.do(OutcomeUnknown(client_order_id=command.client_order_id, action="CANCEL", reason="lost"))
        elif fate >= 0.4:
            self.bench.report(book.order)

    def wait(self) -> None:
        self.bench.let(self.random.choice([100, 700, 3_500]))

    def operate(self) -> None:
        self.bench.operate(self.random.choice(["PAUSE", "HALT", "QUIESCE", "RESUME", "RESUME", "RESUME"]))

    def heal(self) -> None:
        """Everything works from now on, and a while passes."""
        self.reconnect()
        self.bench.operate("RESUME")
        self.bench.report_balances()  # a lost event of a fill is all that nothing else would tell
        for _ in range(60):
            self.pump()
            for order in self.to_send[:]:
                self.to_send.remove(order)
                self.bench.send(order)
                self.bench.take(order)
                if order.order_type is OrderType.MARKET:
                    fill = self.bench.match(order, order.quantity, SYMBOLS[order.symbol][2])
                    self.bench.report(order, fills=(fill,))
                else:
                    self.bench.report(order)
            while self.to_cancel:
                command = self.to_cancel.pop()
                book = self.bench.orders.get(command.client_order_id)
                if book is not None and book.status in ("NEW", "PARTIALLY_FILLED"):
                    book.status = "CANCELED"
                    self.bench.report(book.order)
                else:
                    refused = CancelRefused(client_order_id=command.client_order_id, code=-2011, message="Unknown order sent.")
                    self.bench.do(refused)
            self.bench.let(600, step_ms=300)


STEPS: tuple[Callable[[Chaos], None], ...] = (
    Chaos.submit,
    Chaos.submit,
    Chaos.submit,
    Chaos.arrive,
    Chaos.arrive,
    Chaos.arrive,
    Chaos.trade,
    Chaos.trade,
    Chaos.book,
    Chaos.book,
    Chaos.cancel,
    Chaos.cancel_arrives,
    Chaos.wait,
    Chaos.disconnect,
    Chaos.reconnect,
    Chaos.reconnect,
    Chaos.restart,
    Chaos.lose_book,
    Chaos.operate,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 2**32 - 1),
    steps=st.lists(st.integers(0, len(STEPS) - 1), min_size=5, max_size=60),
    remembered=st.sampled_from([20_000, 2]),
)
def test_any_life_heals_to_the_venues_truth(seed: int, steps: list[int], remembered: int) -> None:
    chaos = Chaos(seed, remembered)
    for index in steps:
        STEPS[index](chaos)
        chaos.pump()
    chaos.heal()
    bench, state = chaos.bench, chaos.bench.state
    errors = [fact for fact in bench.all_facts if type(fact).__name__ == "ErrorRecorded"]
    assert state.engine_state is EngineState.RUNNING, (state.engine_state, errors[-3:], state.reconciliations)
    bench.assert_funds_equal()
    for order in state.orders.values():
        assert order.knowledge is Knowledge.KNOWN, order
        assert order.pending is PendingAction.NONE, order
        book = bench.orders.get(order.client_order_id)
        if book is None:
            assert order.state in ("REJECTED", "FAILED", "NOT_SENT"), order
        else:
            assert (order.executed, order.cum_quote) == (book.executed, book.cum_quote)
            assert order.state.terminal == (book.status not in ("NEW", "PARTIALLY_FILLED")), (order, book.status)
    assert all(trade.state is TradeState.CLOSED for trade in state.multi_legs.values())
    written = [msgspec.json.encode(to_plain(fact)) for fact in bench.all_facts]
    again = refold([msgspec.json.decode(line, type=AnyFact) for line in written])
    assert {row[2] for row in tables_of(again)["fills"]} == {trade.trade_id for trade in bench.trades}
    assert again.digest() == state.digest()
    assert again.document() == state.document()
    assert State.from_document(state.document()).digest() == state.digest()
    assert State.from_document(state.document()).document() == state.document()
