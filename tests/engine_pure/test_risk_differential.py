"""The risk engine against a naive model: over random orders, fills, prices, days and crashes both refuse and accept the same, by the
same rule first. 500 lives by default; RISK_LIVES=5000 for the campaign (`inv fuzz-risk`)."""

from __future__ import annotations

import os
import random
from collections import Counter
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genesis.core.events import BookLost
from genesis.core.facts import OrderIntended, RiskDenied
from genesis.core.models import Order, Purpose, Side
from genesis.core.settings import RiskSettings, TiltSettings, TimingSettings, VenueTerms
from tests.builders import VENUE, d, limit_signal, rules, signal
from tests.builders import settings as engine_settings
from tests.engine_pure.bench import Bench
from tests.engine_pure.naive_risk import DAY_MS, Account, Wish

LIVES = int(os.environ.get("RISK_LIVES", "500"))
SYMBOLS = {"BTCUSDT": "BTC", "ETHUSDT": "ETH", "BNBUSDT": "BNB", "SOLUSDT": "SOL", "XRPUSDT": "XRP"}
RULES = tuple(rules(name, base) for name, base in SYMBOLS.items())
CASH = (d(400), d(499), d(500), d(900), d("1999"), d(2_000), d(5_000), d(20_000))
PRICES = ("99.8", "99.9", "100", "100.1", "100.2")
TRADES_A_DAY = 9
NOTIONALS = ("4", "9.99", "10", "10.01", "24.9", "50", "99", "101", "249", "251", "450", "499", "999", "1001", "2100")


class Life:
    """The engine and the model, told the same."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        cash = self.random.choice(CASH)
        fraction = d(self.random.choice(["0.05", "0.05", "0.5"]))
        terms = VenueTerms(name=VENUE, symbols=tuple(SYMBOLS))
        configured = engine_settings(
            venues=(terms,),
            risk=RiskSettings(trades_a_day=TRADES_A_DAY, max_order_fraction=fraction),
            tilt=TiltSettings(baseline_values=1_000_000),
            timing=TimingSettings(book_stale_ms=86_400_000),
        )
        self.bench = Bench(configured, rules=RULES, funds={"USDT": cash})
        self.model = Account(cash=cash, trades_a_day=TRADES_A_DAY, order_fraction=fraction)
        self.orders: dict[str, Order] = {}
        self.rules_seen: Counter[str] = Counter()
        self.bench.boot()
        self._connect()
        self.model.begin()

    def _connect(self) -> None:
        self.bench.connect()
        self.bench.answer_reconcile()
        for symbol in SYMBOLS:
            self._quote(symbol, "100")

    def _quote(self, symbol: str, middle: str) -> None:
        bid, ask = d(middle) - d("0.01"), d(middle) + d("0.01")
        self.bench.book(bid, ask, symbol=symbol)
        self.model.books[symbol] = (bid, ask)
        self.model.lost_middle[symbol] = d(middle)

    # -- what may happen

    def enter(self) -> None:
        notional = self.random.choice(
            ["4", "9.99", "10", "10.01", "24.9", "50", "99", "101", "249", "251", "450", "499", "999", "1001", "2100"]
        )
        held = self.model.holds.get(symbol := self.random.choice(list(SYMBOLS)), Decimal(0))
        quantity = (d(notional) / 100).quantize(d("0.00001"))
        side = "BUY" if self.random.random() < 0.9 else "SELL"
        if side == "SELL":
            quantity += held.quantize(d("0.00001"))  # more than is held: a short, which this account cannot enter
        confidence = d(self.random.choice(["0.59", "0.6", "0.9", "0.9", "0.9"]))
        price = d(self.random.choice(["99.3", "99.4"])) if self.random.random() < 0.5 else None
        self._submit(Wish(side, symbol, quantity, price, confidence, exit=False))

    def leave(self) -> None:
        symbol = self.random.choice(list(SYMBOLS))
        position = self.model.positions.get(symbol, Decimal(0))
        part = d(self.random.choice(["0.01", "0.5", "1", "1", "1.01"]))
        quantity = max((position * part).quantize(d("0.00001"), rounding="ROUND_DOWN"), d("0.00001"))
        side = "SELL" if self.random.random() < 0.9 else "BUY"
        price = d("100.9") if self.random.random() < 0.3 else None
        self._submit(Wish(side, symbol, quantity, price, d("0.1"), exit=True))

    def _submit(self, wish: Wish) -> None:
        side, purpose = Side(wish.side), Purpose.EXIT if wish.exit else Purpose.ENTRY
        if wish.price is None:
            made = signal(side, wish.quantity, symbol=wish.symbol, purpose=purpose, confidence=wish.confidence)
        else:
            made = limit_signal(side, wish.quantity, wish.price, symbol=wish.symbol, purpose=purpose, confidence=wish.confidence)
        expected = self.model.refusal(wish, self.bench.wall_ms)
        self.bench.forget()
        reply = self.bench.submit(made)
        denied = [fact.rule for fact in self.bench.said(RiskDenied)]
        assert denied == ([] if expected is None else [expected]), (wish, expected, denied, reply.body, self.model)
        self.rules_seen[expected or "accepted"] += 1
        if expected is None:
            order = next(fact.order for fact in self.bench.said(OrderIntended) if fact.order.correlation_id == made.signal_id)
            self.model.accepted(order.client_order_id, wish, self.bench.wall_ms)
            self.orders[order.client_order_id] = order
            self.bench.accept(self.bench.state.orders[order.client_order_id])

    def _open(self) -> str | None:
        return self.random.choice(sorted(self.model.orders)) if self.model.orders else None

    def fill(self) -> None:
        name = self._open()
        if name is None:
            return
        known = self.model.orders[name]
        whole = known.wish.price is None or self.random.random() < 0.7  # a MARKET order never rests
        part = known.left if whole else max((known.left / 2).quantize(d("0.00001")), d("0.00001"))
        price = known.wish.price or self.model.lost_middle[known.wish.symbol]
        self.bench.fill(self.bench.state.orders[name], min(part, known.left), price)
        self.model.filled(name, min(part, known.left), price)

    def end(self) -> None:
        name = self._open()
        if name is not None:
            self.bench.end(self.bench.state.orders[name], "CANCELED")
            self.model.ended(name)

    def move(self) -> None:
        self._quote(self.random.choice(list(SYMBOLS)), self.random.choice(PRICES))

    def lose(self) -> None:
        symbol = self.random.choice(list(SYMBOLS))
        self.bench.do(BookLost(venue=VENUE, symbol=symbol, reason="gap"))
        self.model.books[symbol] = None

    def pass_hours(self) -> None:
        self.bench.wall_ms += DAY_MS // 3
        self.bench.venue_ms += DAY_MS // 3

    def crash(self) -> None:
        self.bench = self.bench.restart()
        self._connect()


STEPS = (
    *[Life.enter] * 8,
    *[Life.fill] * 6,
    *[Life.leave] * 3,
    *[Life.move] * 3,
    Life.end,
    Life.lose,
    Life.pass_hours,
    Life.crash,
)


@settings(max_examples=LIVES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32 - 1), steps=st.lists(st.sampled_from(range(len(STEPS))), min_size=10, max_size=50))
def test_engine_and_model_decide_the_same(seed: int, steps: list[int]) -> None:
    life = Life(seed)
    for index in steps:
        STEPS[index](life)


def test_the_lives_meet_every_rule() -> None:
    """What no life meets is not compared."""
    seen: Counter[str] = Counter()
    for seed in range(150):
        life = Life(seed)
        chance = random.Random(seed)
        for _ in range(60):
            chance.choice(STEPS)(life)
        seen += life.rules_seen
    assert {"accepted", "TIER", "R8", "R2", "R1", "R4", "R5", "R7", "R9", "R25", "EXIT", "NOTIONAL"} <= set(seen), seen
