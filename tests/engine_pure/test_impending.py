"""What the engine is about to do by itself: an engine that is about to place a stop is not at rest."""

from __future__ import annotations

import pytest

from genesis.core.commands import PlaceOrder
from genesis.core.events import OperatorAction, OrderRefused, RequestsHeld, SendRefused, TimerFired
from genesis.core.models import Order, Side
from genesis.core.settings import ProtectionSettings
from tests.builders import SYMBOL, VENUE, limit_signal, settings, signal
from tests.engine_pure.bench import Bench

ON = ProtectionSettings(rest_at_venue=True)


@pytest.fixture
def bench() -> Bench:
    return Bench(settings(protection=ON), funds={"USDT": 5000, "BTC": 10}).start("99.99", "100.00")


def impending(bench: Bench) -> list[str]:
    return bench.engine.impending(bench.now)


def stops_placed(bench: Bench) -> list[Order]:
    return [command.order for command in bench.asked(PlaceOrder) if command.order.rests_as_stop]


def test_an_engine_at_rest_is_about_to_do_nothing(bench: Bench) -> None:
    bench.fill(bench.order(signal(Side.BUY, "1")), "1", "100")
    bench.accept(stops_placed(bench)[0])
    assert impending(bench) == []


def test_a_part_that_a_reading_has_found_wants_its_stop_before_the_timer_looks(bench: Bench) -> None:
    """The order goes on, so nothing ended; and the state of the engine is as before (HALTED here, RUNNING by its other venue there)."""
    order = bench.order(limit_signal(Side.BUY, "1", "100"))
    bench.match(order, "0.4", "100")
    bench.disconnect()
    bench.connect(channels=("orders",))
    bench.do(OperatorAction(action="HALT", reply_to=9))  # so that its return is no change of state
    bench.answer_reconcile()
    assert (stops_placed(bench), impending(bench)) == ([], [f"the stop of {SYMBOL} is to be placed at {VENUE} (R6)"])
    bench.do(TimerFired())
    bench.accept(stops_placed(bench)[0])
    assert impending(bench) == []


def test_a_stop_that_waits_for_its_next_try_is_about_to_leave_in_the_last_second_of_its_pause(bench: Bench) -> None:
    bench.fill(bench.order(signal(Side.BUY, "1")), "1", "100")
    expected = [f"a stop that rests ({VENUE}/{SYMBOL}) is tried again"]
    for pause_ms in (500, 1_000, 2_000):
        bench.do(OrderRefused(client_order_id=stops_placed(bench)[-1].client_order_id, code=-2010, message="no"))
        if pause_ms > 1_000:
            assert impending(bench) == []
            bench.let(pause_ms - 900)
        assert impending(bench) == expected
        before = len(stops_placed(bench))
        bench.let(pause_ms if pause_ms <= 1_000 else 900)
        assert len(stops_placed(bench)) == before + 1
    bench.accept(stops_placed(bench)[-1])
    assert impending(bench) == []


def test_the_end_of_a_pause_counts_until_the_timer_has_looked(bench: Bench) -> None:
    bench.fill(bench.order(signal(Side.BUY, "1")), "1", "100")
    bench.do(SendRefused(client_order_id=stops_placed(bench)[-1].client_order_id, reason="the connection is gone"))
    bench.mono_ns += 3_000_000_000  # a loop that comes late
    assert impending(bench) != []


def test_what_a_limit_of_the_venue_holds_up_leaves_when_that_ends(bench: Bench) -> None:
    bench.do(RequestsHeld(venue=VENUE, scope="ORDERS", banned=False, limit="ORDERS 10 s", most=1, used=1, wait_ms=5_000))
    assert impending(bench) == []
    bench.let(4_100)
    assert impending(bench) == [f"what the limits of {VENUE} hold up is tried again"]
    bench.let(900)
    assert impending(bench) == []


def test_a_word_of_the_venue_that_differs_is_followed_by_a_reading(bench: Bench) -> None:
    order = bench.order(limit_signal(Side.BUY, "1", "100"))
    bench.match(order, "1", "100")  # nobody is told of the fill
    bench.report_balances()
    assert impending(bench) == [f"{VENUE} is to be read again: BTC, USDT differ"]


def test_nothing_is_about_to_be_done_for_a_stop_that_cannot_be_placed_at_all(bench: Bench) -> None:
    """A venue that cannot be reached: the engine is not reconciled with it, which is no rest either."""
    bench.fill(bench.order(signal(Side.BUY, "1")), "1", "100")
    bench.do(SendRefused(client_order_id=stops_placed(bench)[-1].client_order_id, reason="the connection is gone"))
    bench.disconnect()
    bench.let(3_000)
    assert impending(bench) == []
