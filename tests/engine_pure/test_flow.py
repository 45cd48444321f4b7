"""The path from signal to fill, exit and stop, through the whole pure engine."""

from __future__ import annotations

from genesis.core.models import OrderState, Side
from tests.builders import SYMBOL, VENUE, d, signal
from tests.engine_pure.bench import Bench, refold


def test_a_market_entry_from_signal_to_position() -> None:
    bench = Bench().start()
    reply = bench.submit(signal(Side.BUY, "0.5"))
    assert reply.status == 201, reply
    order = bench.last_placed()
    bench.fill_whole(order, 101)
    state = bench.state
    assert state.orders[order.client_order_id].state is OrderState.FILLED
    position = state.positions[(VENUE, SYMBOL)]
    assert position.quantity == d("0.4995")
    assert position.cost == d("50.5")
    assert position.stop_price == d("99.08")
    bench.assert_funds_equal()
    assert refold(bench.all_facts).digest() == state.digest()
