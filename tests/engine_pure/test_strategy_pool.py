"""Strategies on one pool: shares, slots, and who holds what."""

from __future__ import annotations

import msgspec

from genesis.core.facts import OrderIntended
from genesis.core.models import Purpose, Side
from tests.builders import VENUE, d, signal
from tests.engine_pure.strategy_kit import Stage, probe, with_probes

# -- one pool


def test_a_strategy_binds_no_more_than_its_share() -> None:
    """120,000 of equity: R1 lets 6,000 through, 0.06 of it are 7,200."""
    stage = Stage(with_probes(probe("one", "*:BUY", capital_share=d("0.06")))).open()
    stage.second(BTCUSDT=100)
    stage.second(BTCUSDT=100)
    stage.second(BTCUSDT=100)
    orders = [f.order for f in stage.all_facts if isinstance(f, OrderIntended)]
    spent = sum(order.quantity for order in orders) * d("100.01")
    assert d(7_000) < spent <= d(7_200)
    assert stage.denials()[-1][0] == "SHARE"


def test_a_quantity_beyond_the_share_is_denied() -> None:
    stage = Stage(with_probes(probe("one", "101:BUY", quantity="50", capital_share=d("0.04")))).open()
    stage.second(BTCUSDT=101)
    assert [rule for rule, _ in stage.denials()] == ["SHARE"]


def test_reservations_of_several_strategies_never_exceed_the_pool() -> None:
    """Each wants 300 of 700 free cash at the same bar; `check_always` looks at every event."""
    both = [probe(f"s{n}", "101:BUY", capital_share=d("0.3"), priority=-n, quantity="3") for n in range(3)]
    stage = Stage(with_probes(*both), funds={"USDT": 700, "BTC": 100, "ETH": 100}).open()
    stage.filling = False
    stage.second(BTCUSDT=101)
    assert [order.strategy for name in ("s0", "s1", "s2") for order in stage.orders_of(name)] == ["s0", "s1"]
    assert [rule for rule, _ in stage.denials()] == ["R7"]


def test_a_scarce_slot_goes_to_the_higher_priority() -> None:
    """A SNIPER has one position (R4); both want one at the same moment."""
    small = {"USDT": 600, "BTC": 0, "ETH": 0}
    for first, second, winner in ((1, 2, "two"), (2, 1, "one")):
        given = with_probes(probe("one", "101:BUY", priority=first), probe("two", "101:BUY", symbols=("ETHUSDT",), priority=second))
        venue = msgspec.structs.replace(given.venues[0], targets={})
        stage = Stage(msgspec.structs.replace(given, venues=(venue,)), funds=small).open()
        assert stage.state.tier == "SNIPER"
        stage.second(BTCUSDT=101, ETHUSDT=101)
        assert [order.strategy for name in ("one", "two") for order in stage.orders_of(name)] == [winner]
        assert [rule for rule, _ in stage.denials()] == ["R4"]


# -- who holds what


def test_each_strategy_knows_its_own_part_of_a_position() -> None:
    stage = Stage(with_probes(probe("one", "101:BUY 103:EXIT", quantity=1), probe("two", "102:BUY", quantity=2))).open()
    stage.second(BTCUSDT=101)
    stage.second(BTCUSDT=102)
    one, two = (stage.state.holdings[name, VENUE, "BTCUSDT"] for name in ("one", "two"))
    assert (one.quantity, two.quantity) == (d("0.999"), d("1.998"))
    assert one.entry_price == d("101.01") / d("0.999")
    stage.second(BTCUSDT=103)
    assert (one.quantity, two.quantity) == (d(0), d("1.998"))
    assert stage.state.results["one"].trades == 1
    assert stage.state.results["one"].wins == 1
    assert "two" not in stage.state.results


def test_a_stop_closes_everybodys_part_the_oldest_first() -> None:
    stage = Stage(with_probes(probe("one", "101:BUY", quantity=1), probe("two", "102:BUY", quantity=2))).open()
    stage.second(BTCUSDT=101)
    stage.second(BTCUSDT=102)
    stage.second(BTCUSDT=99)
    one, two = (stage.state.holdings[name, VENUE, "BTCUSDT"] for name in ("one", "two"))
    assert one.quantity == 0
    assert two.quantity == 0
    assert stage.state.results["one"].lost > 0
    assert stage.state.positions[VENUE, "BTCUSDT"].realised == one.realised + two.realised


def test_a_strategy_exits_no_more_than_it_holds() -> None:
    stage = Stage(with_probes(probe("one", "101:BUY 103:EXIT", quantity=1), probe("two", "102:BUY", quantity=2))).open()
    stage.second(BTCUSDT=101)
    stage.second(BTCUSDT=102)
    reply = stage.submit(signal(Side.SELL, "2", strategy="one", purpose=Purpose.EXIT))
    assert reply.body["error"]["rule"] == "EXIT"


def test_the_tighter_of_two_stops_wins() -> None:
    stage = Stage(with_probes(probe("one", "101:BUY", quantity=1, stop_fraction="0.01"))).open()
    stage.second(BTCUSDT=101)
    position = stage.state.positions[VENUE, "BTCUSDT"]
    assert position.stop_price == d("100.1")  # 101.01 / 0.999 x 0.99
