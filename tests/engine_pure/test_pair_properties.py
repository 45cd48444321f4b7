"""Random lives of pairs (R19): whatever becomes of their orders, none is held or closed by halves, and the books equal the venue's."""

from __future__ import annotations

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genesis.core.models import Order, Purpose, TradeState
from genesis.core.portfolio import is_dust
from genesis.core.shares import trade_holdings
from genesis.core.state import State
from tests.builders import VENUE, d
from tests.engine_pure.bench import refold
from tests.engine_pure.pair_kit import BOTH, entry, leaving, pair_stage, wish
from tests.engine_pure.strategy_kit import Stage


class Life:
    """A strategy that enters and leaves as it likes, at a venue that does to its orders whatever a venue may do."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.stage = pair_stage()
        self.stage.filling = False
        self.entered = 0

    def step(self) -> None:
        act = self.random.choice([self.enter, self.leave, self.move, self.order, self.order, self.order, self.wait, self.restart])
        act()

    def enter(self) -> None:
        self.stage.second(**dict.fromkeys(BOTH, 100))
        self.entered += 1
        wish(self.stage, entry(self.random.choice(["0.4", "1", "1.5", "3"]), pair=f"one-{self.entered}"))

    def leave(self) -> None:
        self.stage.second(**dict.fromkeys(BOTH, 100))
        wish(self.stage, leaving())

    def move(self) -> None:
        self.stage.quote(self.random.choice(BOTH), 100 + self.random.randint(-4, 4))

    def wait(self) -> None:
        self.stage.let(self.random.choice([100, 1_000, 11_000]), step_ms=100)

    def restart(self) -> None:
        if self.random.random() < 0.2:
            self.stage = self.stage.again()
            self.stage.filling = False

    def order(self) -> None:
        orders = list(self.stage.state.open.by_id.values())
        if not orders:
            return
        order = self.random.choice(orders)
        known = order.client_order_id in self.stage.orders
        if not known and self.random.random() < 0.2:
            self.stage.refuse(order)
            return
        if not known:
            self.stage.accept(order)
        if self.random.random() < 0.7:
            self.fill(order)
        elif self.random.random() < 0.5:
            self.stage.fill(order, (order.quantity / 2).quantize(d("0.00001")), 100)
            self.stage.end(order, "EXPIRED")
        else:
            self.stage.end(order, "EXPIRED")

    def fill(self, order: Order) -> None:
        left = order.quantity - self.stage.orders[order.client_order_id].executed
        self.stage.fill(order, left, 100)

    def heal(self) -> None:
        """The venue fills whatever comes, the prices are those of the beginning."""
        for _ in range(40):
            for symbol in BOTH:
                self.stage.quote(symbol, 100)
            for order in list(self.stage.state.open.by_id.values()):
                if order.client_order_id not in self.stage.orders:
                    self.stage.accept(order)
                self.fill(order)
            self.stage.let(1_000, step_ms=500)


def check(stage: Stage) -> None:
    for trade in stage.state.multi_legs.values():
        orders = [stage.state.orders[leg.client_order_id or ""] for leg in trade.legs]
        held = trade_holdings(stage.state, trade)
        assert trade.state in (TradeState.COMPLETE, TradeState.CLOSED), trade
        if trade.state is TradeState.COMPLETE:
            assert [order.purpose for order in orders] == [Purpose.LEG] * 2
            assert all(order.executed == order.quantity for order in orders), orders
            assert len(held) == 2
        for leg in held if trade.state is TradeState.CLOSED else ():
            assert is_dust(leg.quantity, d(100), stage.state.rules[VENUE, leg.symbol]), leg
    stage.assert_funds_equal()
    assert refold(stage.all_facts).digest() == stage.state.digest()
    assert State.from_document(stage.state.document()).digest() == stage.state.digest()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 1_000_000))
def test_no_pair_is_ever_held_or_closed_by_halves(seed: int) -> None:
    life = Life(seed)
    for _ in range(25):
        life.step()
    life.heal()
    check(life.stage)
