"""Orders of ours that the journal does not know, after a restored backup: taken in once, as what they were (R26, X38)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from genesis.core.commands import Reconcile
from genesis.core.events import PlacedOrder, TimerFired
from genesis.core.facts import ConditionChanged, OrderIntended, Reconciled
from genesis.core.models import OrderState, Purpose, Side
from genesis.engine.engine import TradingEngine
from genesis.engine.orders import mint
from tests.builders import SYMBOL, VENUE, balances, d, fill, snapshot, venue_order
from tests.engine_pure.bench import Bench

OLD, NEW = "oldname1", "newname1"


def restored(bench: Bench) -> Bench:
    """A new process on the same state, under another name."""
    bench.engine = TradingEngine(bench.engine.settings, bench.engine.state, NEW, former=(OLD,))
    return bench


def placed(number: int, side: Side, status: str, executed: str, price: str | None = "100", **changes: Any) -> PlacedOrder:
    values: dict[str, Any] = {
        "client_order_id": f"g{OLD}-{number}",
        "venue_order_id": 1_000 + number,
        "symbol": SYMBOL,
        "side": side,
        "status": status,
        "executed": d(executed),
        "cum_quote": d(executed) * 100,
        "venue_time_ms": 1_700_000_000_000 + number,
        "order_type": "LIMIT" if price else "MARKET",
        "time_in_force": "GTC" if price else "",
        "quantity": Decimal(1),
        "price": d(price) if price else None,
        "stop_price": None,
    }
    return PlacedOrder(**(values | changes))


def lost_its_end() -> Bench:
    """An engine whose journal knows nothing but its opening: it comes back under another name, and the venue is asked."""
    bench = Bench()
    bench.boot()
    bench.connect()
    bench.do(snapshot())
    restored(bench)
    bench.forget()
    bench.boot()
    bench.connect()
    bench.do(TimerFired())
    return bench


def read(bench: Bench, *orders: PlacedOrder, **changes: Any) -> None:
    still = tuple(
        venue_order(o.client_order_id, o.status, o.executed, venue_order_id=o.venue_order_id, side=o.side, cum_quote=o.cum_quote)
        for o in orders
        if o.status in ("NEW", "PARTIALLY_FILLED")
    )
    bench.do(snapshot(placed_orders=orders, open_orders=still, **changes))


BOUGHT = fill(1, Side.BUY, "1", "100", client_order_id=f"g{OLD}-1")
SOLD = fill(2, Side.SELL, "0.4", "100", fee_asset="USDT", client_order_id=f"g{OLD}-2")


def test_the_venue_is_asked_for_later_orders_only_under_a_name_that_it_was_not_asked_under() -> None:
    bench = lost_its_end()
    assert [command.orders_after for command in bench.asked(Reconcile)] == [{SYMBOL: 0}]
    bench.do(snapshot())
    (noted,) = [fact for fact in bench.said(ConditionChanged) if fact.name == f"{VENUE}/lineage"]
    assert noted.state == NEW
    restored(bench)
    bench.forget()
    bench.boot()
    bench.connect()
    bench.do(TimerFired())
    assert [command.orders_after for command in bench.asked(Reconcile)] == [{}]


def test_an_engine_that_has_no_names_of_before_asks_for_nothing_more() -> None:
    bench = Bench()
    bench.boot()
    bench.connect()
    bench.do(TimerFired())
    assert [command.orders_after for command in bench.asked(Reconcile)] == [{}]


def test_what_was_filled_is_taken_in_with_its_trades_and_its_purpose() -> None:
    bench = lost_its_end()
    orders = (placed(2, Side.SELL, "CANCELED", "0.4"), placed(1, Side.BUY, "FILLED", "1", price=None))
    read(bench, *orders, fills=(BOUGHT, SOLD), balances=balances(USDT=940, BTC="1.6"))
    assert bench.state.reconciliations[VENUE] == "repaired"
    bought, sold = bench.state.orders[f"g{OLD}-1"], bench.state.orders[f"g{OLD}-2"]
    assert (bought.state, bought.purpose, bought.executed) == (OrderState.FILLED, Purpose.ENTRY, Decimal(1))
    assert (sold.state, sold.purpose, sold.executed) == (OrderState.CANCELLED, Purpose.EXIT, Decimal("0.4"))
    assert bench.state.positions[VENUE, SYMBOL].quantity == Decimal("0.6")
    assert bench.state.positions[VENUE, SYMBOL].stop_price is not None  # R6 protects it from now on
    assert [fact.correlation_id for fact in bench.said(OrderIntended)] == [f"adopted-g{OLD}-1", f"adopted-g{OLD}-2"]
    assert f"order g{OLD}-1 (BUY {SYMBOL}, FILLED) is ours and was not in the journal" in bench.said(Reconciled)[-1].differences


def test_what_still_rests_reserves_what_it_needs() -> None:
    bench = lost_its_end()
    part = fill(1, Side.BUY, "0.4", "100", client_order_id=f"g{OLD}-1")
    read(bench, placed(1, Side.BUY, "PARTIALLY_FILLED", "0.4"), fills=(part,), balances=balances(USDT=960, BTC="1.4"))
    assert bench.state.reconciliations[VENUE] == "repaired"
    order = bench.state.open.by_id[f"g{OLD}-1"]
    assert (order.state, order.reserved) == (OrderState.PARTIALLY_FILLED, Decimal(60))
    assert bench.state.balances[VENUE, "USDT"].locked == Decimal(60)


def test_a_stop_at_the_venue_is_the_positions_stop() -> None:
    bench = lost_its_end()
    stop = placed(2, Side.SELL, "NEW", "0", price="90", order_type="STOP_LOSS_LIMIT", stop_price=d("91"))
    read(bench, placed(1, Side.BUY, "FILLED", "1"), stop, fills=(BOUGHT,), balances=balances(USDT=900, BTC=2))
    order = bench.state.orders[f"g{OLD}-2"]
    assert (order.purpose, order.rests_as_stop, order.stop_price) == (Purpose.STOP, True, d("91"))


def test_another_instances_order_stays_foreign_and_blocks() -> None:
    bench = lost_its_end()
    stranger = placed(1, Side.BUY, "NEW", "0", client_order_id="gstrange1-1")
    by_hand = placed(2, Side.BUY, "NEW", "0", client_order_id="web_17")
    read(bench, stranger, by_hand)
    assert bench.state.orders == {}
    assert bench.state.reconciliations[VENUE] == "blocked"


def test_nothing_is_taken_in_twice_and_numbers_go_on_under_the_new_name() -> None:
    bench = lost_its_end()
    read(bench, placed(1, Side.BUY, "FILLED", "1"), fills=(BOUGHT,), balances=balances(USDT=899, BTC=2))  # not yet: a dollar is missing
    digest = bench.state.digest()
    read(bench, placed(1, Side.BUY, "FILLED", "1"), fills=(BOUGHT,), balances=balances(USDT=900, BTC=2))
    assert bench.state.digest() == digest
    assert len(bench.said(OrderIntended)) == 1
    assert bench.state.next_order_number == 2
    assert mint(bench.engine._desk) == f"g{NEW}-2"
