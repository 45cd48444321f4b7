"""Kelly through the engine (R14): what a strategy has won and lost decides how large its next entry is, and whether there is one."""

from __future__ import annotations

from decimal import Decimal

import pytest

from genesis.core.facts import OrderFilled
from genesis.core.models import Side
from genesis.core.settings import RiskSettings, RuntimeSettings
from tests.builders import d
from tests.engine_pure.strategy_kit import Stage, probe, with_probes

SHARE = d("0.02")
WIN, LOSS = ("101", "103"), ("101", "100")
OFTEN = RuntimeSettings(bar_grace_ms=0, burst_signals=1_000, signals_a_minute=1_000)


def stage(usdt: int = 6_000) -> Stage:
    """One strategy with 2 % of the balance, which buys at 101 and is out at 103 or 100; its share is what binds it, not R1."""
    terms = probe("one", "101:BUY 103:EXIT 100:EXIT", capital_share=SHARE)
    risk = RiskSettings(trades_a_day=1_000)
    return Stage(with_probes(terms, runtime=OFTEN, risk=risk), funds={"USDT": usdt, "BTC": 0, "ETH": 0}).open(BTCUSDT="99")


def play(opened: Stage, *trips: tuple[str, str]) -> None:
    for entry, exit_ in trips:
        opened.second(BTCUSDT=entry)
        opened.second(BTCUSDT=exit_)


def equity(opened: Stage) -> Decimal:
    """Flat but for dust: the cash, and the dust at the middle of the book."""
    return opened.funds["binance"]["USDT"] + opened.funds["binance"]["BTC"] * d(opened.last["BTCUSDT"])


def profits(opened: Stage) -> list[Decimal]:
    """Of each round trip, out of its two fills: what came in less what went out; the fee of a buy is base that cannot be sold."""
    fills = [fact.fill for fact in opened.all_facts if isinstance(fact, OrderFilled)]
    trips = zip(fills[::2], fills[1::2], strict=True)
    return [out.price * out.quantity - out.fee - into.price * into.quantity for into, out in trips]


def next_entry(opened: Stage) -> Decimal:
    """The notional of the entry that it makes now, at the ask; 0 if none."""
    opened.forget()
    opened.second(BTCUSDT="101")
    orders = [order for order in opened.orders_of("one") if order.side is Side.BUY]
    return orders[0].quantity * d("101.01") if orders else d(0)


@pytest.mark.parametrize(("lost", "trips"), [(6, 20), (7, 20), (5, 21)])
def test_after_twenty_trades_a_quarter_of_kelly_of_its_share(lost: int, trips: int) -> None:
    opened = stage()
    play(opened, *([WIN] * (trips - lost)), *([LOSS] * lost))
    results = profits(opened)
    won, gone = [x for x in results if x > 0], [-x for x in results if x < 0]
    assert (len(won), len(gone)) == (trips - lost, lost)
    p, b = d(len(won)) / trips, (sum(won) / len(won)) / (sum(gone) / len(gone))
    fraction = d("0.25") * (p * b - (1 - p)) / b
    assert 0 < fraction < d("0.5")
    whole = equity(opened) * SHARE
    expected = whole * fraction
    got = next_entry(opened)
    assert abs(got - expected) < d("0.02"), (got, expected)
    assert got < whole


def test_nineteen_trades_say_nothing_yet() -> None:
    opened = stage()
    play(opened, *([WIN] * 13), *([LOSS] * 6))
    whole = equity(opened) * SHARE
    assert abs(next_entry(opened) - whole) < d("0.02")


def test_without_an_edge_there_is_no_entry() -> None:
    opened = stage()
    play(opened, *([WIN] * 5), *([LOSS] * 15))
    assert next_entry(opened) == 0
    assert opened.denials() == [("R14", "one has no edge: what it won so far does not pay for what it lost")]


def test_a_sniper_is_not_sized_by_kelly() -> None:
    opened = stage(usdt=1_500)
    play(opened, *([WIN] * 5), *([LOSS] * 15))
    whole = equity(opened) * SHARE
    assert abs(next_entry(opened) - whole) < d("0.02")
