"""The emergency close: its plan, and a run through the whole engine (R34)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from genesis.core.commands import CancelOrder, PlaceOrder, Reply
from genesis.core.errors import EMERGENCY_BUSY
from genesis.core.events import OperatorAction
from genesis.core.facts import EmergencyCloseAttempted, EmergencyCloseBegan, EmergencyCloseEnded, HaltEnded, OrderIntended
from genesis.core.models import OrderType, Purpose, Side, TimeInForce
from genesis.core.settings import EmergencySettings, VenueTerms
from genesis.core.state import State
from genesis.engine.executors.emergency_close import NO_BOOK, NO_FUNDS, NOT_READY, Exposure, limit_price, plan
from tests.builders import SYMBOL, VENUE, d, limit_signal, rules, settings, signal, top
from tests.engine_pure.bench import Bench, refold
from tests.engine_pure.pair_kit import held_pair, pair_stage, trade

COLLAR = Decimal("0.02")
ETH = "ETHUSDT"


def exposure(symbol: str = SYMBOL, position: str = "1", cost: str = "100", bid: str = "100", ask: str = "101", **changes: Any) -> Exposure:
    values: dict[str, Any] = {
        "top": top(bid, ask, symbol=symbol),
        "rules": rules(symbol, base=symbol.removesuffix("USDT")),
        "rate": d(1),
        "taker_fee": d("0.001"),
        "free": d(1_000),
    }
    return Exposure(venue=VENUE, symbol=symbol, position=d(position), cost=d(cost), **(values | changes))


# -- the plan


@pytest.mark.parametrize(
    ("reference", "side", "price"),
    [("100", Side.SELL, "98"), ("100", Side.BUY, "102"), ("99.99", Side.SELL, "98"), ("99.99", Side.BUY, "101.98")],
)
def test_r34_the_limit_is_two_per_cent_away_and_never_more(reference: str, side: Side, price: str) -> None:
    assert limit_price(d(reference), side, COLLAR, d("0.01")) == d(price)


def test_r34_the_greatest_loss_leaves_first_then_the_greatest_notional_then_what_has_no_price() -> None:
    steps = plan(
        [
            exposure("AAAUSDT", top=None),
            exposure("BBBUSDT", cost="100"),  # nothing lost, 100 USDT
            exposure("CCCUSDT", position="2", cost="200"),  # nothing lost, 200 USDT
            exposure("DDDUSDT", position="0.1", cost="15"),  # 5 lost
            exposure("EEEUSDT", cost="90"),  # 10 won
        ],
        COLLAR,
    )
    assert [step.symbol for step in steps] == ["DDDUSDT", "CCCUSDT", "BBBUSDT", "EEEUSDT", "AAAUSDT"]
    assert [step.loss for step in steps] == [5, 0, 0, -10, 0]
    assert (steps[-1].quantity, steps[-1].why_not) == (0, NO_BOOK)


def test_r34_a_long_sells_at_the_bid_and_a_short_buys_back_with_the_fee() -> None:
    long, short = plan([exposure("AAAUSDT", "1.234567"), exposure("BBBUSDT", "-1", "100")], COLLAR)[::-1]
    assert (long.side, long.quantity, long.price, long.reference) == (Side.SELL, d("1.23456"), d(98), d(100))
    assert (short.side, short.quantity, short.price, short.reference) == (Side.BUY, d("1.00101"), d("103.02"), d(101))


def test_r34_cash_for_buy_backs_goes_to_the_first() -> None:
    first, second = plan([exposure("AAAUSDT", "-1", "90", free=d(106)), exposure("BBBUSDT", "-1", "100", free=d(106))], COLLAR)
    assert (first.symbol, first.quantity) == ("AAAUSDT", d("1.00101"))
    assert (second.quantity, second.why_not) == (0, NO_FUNDS)


@pytest.mark.parametrize(("bid", "quantity", "why_not"), [("5.10", "1", ""), ("5.09", "0", NO_FUNDS)])
def test_r34_what_the_venue_would_not_take_is_told(bid: str, quantity: str, why_not: str) -> None:
    """One at a limit of 5.00, the least notional, or of 4.99."""
    step = plan([exposure(bid=bid, ask="6")], COLLAR)[0]
    assert (step.quantity, step.why_not) == (d(quantity), why_not)


# -- a run


def bench(**changes: Any) -> Bench:
    """A HUNTER in BTC and ETH."""
    terms = VenueTerms(name=VENUE, symbols=(SYMBOL, ETH), targets={"BTC": d(1), "ETH": d(1)})
    of_both = (rules(), rules(ETH, base="ETH"))
    given = settings(venues=(terms,), emergency=EmergencySettings(**changes))
    on = Bench(given, rules=of_both, funds={"USDT": 3000, "BTC": 1, "ETH": 1}).start("99.99", "100")
    on.book("99.99", "100", symbol=ETH)
    return on


def hold(on: Bench, quantity: str = "0.5", symbol: str = SYMBOL, side: Side = Side.BUY) -> None:
    order = on.order(signal(side, quantity, symbol=symbol))
    on.fill(order, quantity, "100" if side is Side.BUY else "99.99")


def close(on: Bench, *, dry_run: bool = False) -> Reply:
    on.do(OperatorAction(action="EMERGENCY_CLOSE", reply_to=4, detail="a test", dry_run=dry_run))
    return on.asked(Reply)[-1]


def sent(on: Bench) -> list[tuple[str, Side, Decimal, Decimal | None]]:
    orders = [command.order for command in on.asked(PlaceOrder)]
    assert {(one.order_type, one.time_in_force, one.purpose) for one in orders} <= {(OrderType.LIMIT, TimeInForce.IOC, Purpose.EXIT)}
    return [(one.symbol, one.side, one.quantity, one.price) for one in orders]


def test_r34_closes_every_position_by_limit_ioc_and_ends_flat() -> None:
    on = bench()
    hold(on, "0.5")
    hold(on, "1", symbol=ETH)
    on.forget()
    reply = close(on)
    assert reply.status == 202
    assert [step["symbol"] for step in reply.body["plan"]] == [ETH, SYMBOL]
    assert sent(on) == [(ETH, Side.SELL, d("0.999"), d("98")), (SYMBOL, Side.SELL, d("0.4995"), d("98"))]
    for command in on.asked(PlaceOrder):
        on.fill_whole(command.order, "99.99")
    ended = on.said(EmergencyCloseEnded)[0]
    assert (ended.left, ended.attempts) == ((), 2)
    assert [fact.halt for fact in on.said(HaltEnded)] == ["EMERGENCY_CLOSE"]
    assert all(position.quantity == 0 and position.stop_price is None for position in on.state.positions.values())
    assert not on.state.open.by_id
    on.assert_funds_equal()


def test_r34_buys_back_a_short_and_never_reverses_it() -> None:
    on = bench()
    hold(on, "0.5", side=Side.SELL)
    on.forget()
    close(on)
    assert sent(on) == [(SYMBOL, Side.BUY, d("0.50051"), d("102"))]
    on.fill_whole(on.last_placed(), "100")
    assert on.state.positions[(VENUE, SYMBOL)].quantity == 0
    assert on.said(EmergencyCloseEnded)[0].left == ()


def test_r34_is_repeated_with_what_is_left_after_a_pause() -> None:
    on = bench()
    hold(on, "0.5")
    close(on)
    first = on.last_placed()
    on.accept(first)
    on.fill(first, "0.2", "99.99")
    on.end(first, "EXPIRED")
    on.forget()
    on.let(400)
    assert sent(on) == []
    on.let(100)
    assert sent(on) == [(SYMBOL, Side.SELL, d("0.2995"), d("98"))]
    on.fill_whole(on.last_placed(), "99.99")
    assert on.said(EmergencyCloseEnded)[0].attempts == 2


def test_r34_cancels_everything_first_and_waits_for_exits() -> None:
    on = bench()
    hold(on, "0.5")
    leaving = on.order(limit_signal(Side.SELL, "0.1", "120", purpose=Purpose.EXIT))
    entry = on.order(limit_signal(Side.BUY, "0.2", "95", symbol=ETH))
    on.forget()
    reply = close(on)
    assert set(reply.body["orders"]) == {leaving.client_order_id, entry.client_order_id}
    assert {command.client_order_id for command in on.asked(CancelOrder)} == {leaving.client_order_id, entry.client_order_id}
    assert sent(on) == []
    on.end(leaving, "CANCELED")
    assert sent(on) == [(SYMBOL, Side.SELL, d("0.4995"), d("98"))]


def test_r34_an_exit_that_is_filled_while_it_is_cancelled_leaves_less_to_close() -> None:
    on = bench()
    hold(on, "0.5")
    leaving = on.order(limit_signal(Side.SELL, "0.1", "120", purpose=Purpose.EXIT))
    close(on)
    on.forget()
    on.fill(leaving, "0.1", "120")
    assert sent(on) == [(SYMBOL, Side.SELL, d("0.3995"), d("98"))]


def test_r34_cancels_an_exit_that_comes_meanwhile() -> None:
    on = bench()
    hold(on, "0.5")
    on.order(limit_signal(Side.SELL, "0.1", "120", purpose=Purpose.EXIT))
    close(on)
    later = on.order(limit_signal(Side.SELL, "0.2", "120", purpose=Purpose.EXIT))
    assert on.last_cancel().client_order_id == later.client_order_id


def test_r34_one_run_at_a_time() -> None:
    on = bench()
    hold(on)
    close(on)
    on.forget()
    reply = close(on)
    assert (reply.status, reply.body["error"]["code"]) == (409, EMERGENCY_BUSY)
    assert not on.said(EmergencyCloseBegan)
    assert not on.asked(PlaceOrder)


def test_r34_a_dry_run_says_what_it_would_send_and_sends_nothing() -> None:
    on = bench()
    hold(on)
    entry = on.order(limit_signal(Side.BUY, "0.2", "95"))
    on.forget()
    reply = close(on, dry_run=True)
    assert reply.status == 200
    assert reply.body["plan"][0]["quantity"] == "0.4995"
    assert reply.body["plan"][0]["price"] == "98"
    assert reply.body["orders"] == [entry.client_order_id]
    assert not on.asked(PlaceOrder)
    assert not on.asked(CancelOrder)
    assert on.state.emergency is None
    assert not on.state.halts


def test_r34_blocks_entries_while_it_is_under_way_and_not_after() -> None:
    on = bench()
    hold(on)
    close(on)
    assert on.submit(signal(Side.BUY, "0.12", symbol=ETH)).body["error"]["rule"] == "R34"
    on.fill_whole(on.asked(PlaceOrder)[-1].order, "99.99")
    assert on.submit(signal(Side.BUY, "0.12", symbol=ETH)).status == 201


@pytest.mark.parametrize(("after_ms", "over"), [(1_900, False), (2_000, True)])
def test_r34_is_over_in_time_and_says_what_is_left_and_why(after_ms: int, over: bool) -> None:
    on = bench(close_limit_ms=2_000, close_retry_ms=60_000)
    hold(on)
    close(on)
    first = on.last_placed()
    on.accept(first)
    on.end(first, "EXPIRED")
    on.let(after_ms)
    assert bool(on.said(EmergencyCloseEnded)) is over
    if over:
        left = on.said(EmergencyCloseEnded)[0].left[0]
        assert (left.what, left.quantity) == (f"{VENUE}/{SYMBOL}", d("0.4995"))
        assert left.why == "not filled at 98 or better"
        assert on.state.positions[(VENUE, SYMBOL)].stop_price is not None
        assert not on.state.halts


def test_r34_a_venue_that_is_away_is_the_reason() -> None:
    on = bench(close_limit_ms=2_000)
    hold(on)
    on.disconnect()
    on.forget()
    assert close(on).status == 202
    on.let(2_000)
    assert on.said(EmergencyCloseEnded)[0].left[0].why == NOT_READY
    assert not on.asked(PlaceOrder)


def test_r34_goes_on_after_a_restart_under_the_same_id() -> None:
    on = bench()
    hold(on)
    run_id = close(on).body["run_id"]
    first = on.last_placed()
    on.accept(first)
    again = on.restart()
    again.connect()
    again.answer_reconcile()
    again.book("99.99", "100")
    again.book("99.99", "100", symbol=ETH)
    again.end(first, "EXPIRED")
    again.let(200)
    orders = [fact.order for fact in again.all_facts if isinstance(fact, OrderIntended) and fact.order.correlation_id == run_id]
    assert [order.quantity for order in orders] == [d("0.4995"), d("0.4995")]
    assert again.said(EmergencyCloseAttempted)[-1].attempt == 2
    again.fill_whole(orders[-1], "99.99")
    assert again.said(EmergencyCloseEnded)[0].run_id == run_id


def test_r34_a_stop_and_the_close_never_leave_together() -> None:
    on = bench()
    hold(on)
    close(on)
    first = on.last_placed()
    on.accept(first)
    on.book("97", "98")  # the stop is reached while the exit is open
    assert len([order for order in on.state.open.by_id.values() if order.purpose.reduces]) == 1
    on.fill(first, "0.4995", "98")
    on.let(1_000)
    assert on.state.positions[(VENUE, SYMBOL)].quantity == 0
    assert not on.state.open.by_id


def test_r34_survives_a_snapshot_and_the_fold() -> None:
    on = bench()
    hold(on)
    close(on)
    assert State.from_document(on.state.document()).document() == on.state.document()
    assert refold(on.all_facts).digest() == on.state.digest()
    on.fill_whole(on.last_placed(), "99.99")
    assert State.from_document(on.state.document()).document() == on.state.document()


def test_r34_unwinds_a_pair() -> None:
    stage = held_pair(pair_stage())
    name = trade(stage).multi_leg_id
    stage.do(OperatorAction(action="EMERGENCY_CLOSE", reply_to=4, detail="a test"))
    assert stage.said(EmergencyCloseBegan)[0].trades == (name,)
    assert (str(trade(stage).state), stage.said(EmergencyCloseEnded)) == ("UNWINDING", [])
    stage.settle()
    stage.let(100)
    assert str(trade(stage).state) == "CLOSED"
    assert stage.said(EmergencyCloseEnded)[0].left == ()


def test_r34_what_has_become_dust_is_no_position() -> None:
    """0.10989 BTC were worth 10.99 USDT; at 45 the venue takes no order of them any more."""
    on = bench()
    hold(on, "0.11")
    on.disconnect()
    on.book("45", "45.01")
    close(on)
    on.connect(channels=("orders",))
    on.answer_reconcile()
    on.let(1_000)
    assert on.state.positions[(VENUE, SYMBOL)].quantity == 0
    assert on.said(EmergencyCloseEnded)[0].left == ()


def test_r34_says_which_pair_is_left() -> None:
    stage = held_pair(pair_stage())
    name = trade(stage).multi_leg_id
    stage.do(OperatorAction(action="EMERGENCY_CLOSE", reply_to=4, detail="a test"))
    stage.let(stage.engine.settings.emergency.close_limit_ms)
    left = {one.what: one for one in stage.said(EmergencyCloseEnded)[0].left}
    assert left[name].quantity > 0
    assert left[name].why == "the trade is UNWINDING"


def test_r34_with_nothing_to_close_ends_at_once() -> None:
    on = bench()
    assert close(on).status == 202
    assert on.said(EmergencyCloseEnded)[0].left == ()
    assert not on.state.halts
