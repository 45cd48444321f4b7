"""Pairs at the door (R19): how large both legs are, and what refuses them. A refusal of either leg refuses both."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from genesis.core.errors import INVALID_PARAMETERS
from genesis.core.events import BookLost, OutcomeUnknown
from genesis.core.facts import OrderIntended, SignalReceived
from genesis.core.models import MarketState, Purpose, Side, StrategyResults, Tier
from genesis.core.settings import DEFAULT_TIERS, RiskSettings
from genesis.engine.wishes import unpaired
from genesis.strategies.base import Wish
from tests.builders import VENUE, d, rules, signal
from tests.engine_pure.pair_kit import BOTH, HUNTER, entry, held_pair, leaving, leg, leg_orders, pair_stage, seen, trade, wish
from tests.engine_pure.strategy_kit import ETH, SECOND, Stage, probe

BTC_AT, ETH_AT = d("99.99"), d("100.01")
"""What the legs take: the bid of the SELL, the ask of the BUY."""


def sized(stage: Stage, weight: str = "1.5") -> list[Any]:
    """The quantities of both legs."""
    wish(stage, entry(weight))
    assert not stage.denials(), stage.denials()
    return [order.quantity for order in leg_orders(stage)]


def refused(stage: Stage, *, intended: int = 0) -> str:
    """The rule that refused both legs; nothing was sent."""
    said = stage.denials()
    assert len(said) == len({message for _, message in said} or said) * 2, said
    assert len(stage.said(OrderIntended)) == intended
    assert not stage.state.multi_legs
    return said[0][0]


# -- sizes


def test_both_legs_leave_together_in_the_proportion_of_the_hedge_ratio() -> None:
    """R1: 5 % of 7,500 for the larger leg. 375 / (1.5 x 100.01) = 2.49975...: sold; 1.5 times as much is bought."""
    stage = pair_stage()
    assert sized(stage) == [d("2.49975"), d("3.74962")]
    assert [(order.symbol, order.side, order.purpose, order.order_type) for order in leg_orders(stage)] == [
        ("BTCUSDT", Side.SELL, Purpose.LEG, "MARKET"),
        ("ETHUSDT", Side.BUY, Purpose.LEG, "MARKET"),
    ]
    assert d("3.74962") * ETH_AT <= 375
    assert (trade(stage).kind, trade(stage).state, trade(stage).multi_leg_id) == (
        "PAIR",
        "LEGGING",
        leg_orders(stage)[0].correlation_id,
    )
    assert stage.state.entries_of_day[1] == 1  # R9 counts the trade once


def test_the_first_leg_may_be_the_larger_one() -> None:
    assert sized(pair_stage(), "0.5") == [d("3.75036"), d("1.87518")]  # 375 / 99.9900 = 3.75037..., an even number of steps


def test_together_they_fit_into_the_share() -> None:
    """2 % of 7,500 = 150, for both."""
    quantities = sized(pair_stage(share="0.02"))
    assert quantities == [d("0.59998"), d("0.89997")]
    assert d("149.99") < quantities[0] * BTC_AT + quantities[1] * ETH_AT <= 150


def test_together_they_fit_into_what_kelly_risks() -> None:
    """R14: 15 of 20 won, each as much as the others lost: f = 0.5, a quarter of it of the share (3,750): 468.75 USDT."""
    stage = pair_stage()
    stage.state.results["one"] = StrategyResults(trades=20, wins=15, won=d(150), lost=d(50))
    quantities = sized(stage)
    assert d("468.7") < quantities[0] * BTC_AT + quantities[1] * ETH_AT <= d("468.75")


def test_without_an_edge_nothing_is_entered() -> None:
    stage = pair_stage()
    stage.state.results["one"] = StrategyResults(trades=20, wins=5, won=d(50), lost=d(150))
    wish(stage, entry())
    assert refused(stage) == "R14"


def test_a_short_inventory_cuts_both_legs() -> None:
    """Spot: no more than the 0.6 BTC that are there is sold, and 1.5 times that is bought."""
    assert sized(pair_stage(funds=HUNTER | {"BTC": "0.6"})) == [d("0.6"), d("0.9")]


def test_what_a_position_holds_is_not_sold_by_a_leg() -> None:
    stage = pair_stage(funds=HUNTER | {"BTC": "0.6"})
    stage.order(signal(Side.BUY, "1"))
    stage.fill(stage.last_placed(), 1, 100)
    stage.forget()
    assert sized(stage) == [d("0.6"), d("0.9")]


def test_the_cash_is_for_the_buy_and_for_the_buy_back() -> None:
    """Of 100 USDT: per unit 1.5 x 100.01 x 1.01 to buy, 99.99 x (1.02 / 0.999 - 0.999) for the buy-back of what is sold."""
    quantities = sized(pair_stage(funds={"USDT": 100, "BTC": 20, "ETH": 20}))
    need = quantities[1] * ETH_AT * d("1.01") + quantities[0] * BTC_AT * (d("1.02") / d("0.999") - d("0.999"))
    assert d("99.99") < need <= 100


def test_the_finer_leg_follows_the_coarser() -> None:
    """ETHUSDT goes in steps of 0.5: 3.5 of it, and 3.5 / 1.5 of BTCUSDT."""
    coarse = (rules(), rules("ETHUSDT", "ETH", step_size="0.5", min_qty="0.5"))
    assert sized(pair_stage(listed=coarse)) == [d("2.33333"), d("3.5")]


def test_the_venues_largest_order_leaves_room_for_the_fee_of_the_buy_back() -> None:
    small = (rules(max_qty="1"), ETH)
    assert sized(pair_stage(listed=small)) == [d("0.999"), d("1.4985")]


def test_a_venue_that_names_no_largest_order_limits_nothing() -> None:
    assert sized(pair_stage(listed=(rules(max_qty="0"), ETH))) == sized(pair_stage())


@pytest.mark.parametrize(
    ("weight", "listed", "rule", "says"),
    [
        ("0.00001", (rules(), rules("ETHUSDT", "ETH", min_qty="0.01")), "LOT_SIZE", "the leg of ETHUSDT would be 0.00003 (by R1)"),
        ("0.01", (rules(), ETH), "R2", "expected a notional of at least 10 USDT"),
        ("0.03", (rules(), rules("ETHUSDT", "ETH", min_notional="20")), "NOTIONAL", "at least 20 USDT"),
    ],
)
def test_a_leg_that_would_be_too_small_refuses_both(weight: str, listed: Any, rule: str, says: str) -> None:
    stage = pair_stage(listed=listed)
    wish(stage, entry(weight))
    assert refused(stage) == rule
    assert says in stage.denials()[0][1]


def test_no_inventory_is_a_denial_with_a_name() -> None:
    stage = pair_stage(funds={"USDT": 7_500, "BTC": 0, "ETH": 0})
    wish(stage, entry())
    assert refused(stage) == "R7"
    assert stage.denials()[0][1] == "no BTC is free to be sold"


# -- rules that either leg may break


def unknown_eth(stage: Stage) -> None:
    """An order of ETHUSDT whose outcome nobody knows (R26)."""
    stage.filling = False
    stage.submit(signal(quantity="0.2", symbol="ETHUSDT"))
    order = stage.last_placed()
    stage.send(order)
    stage.do(OutcomeUnknown(client_order_id=order.client_order_id, action="NEW", reason="no answer"))


def short_eth(stage: Stage) -> None:
    """Another strategy is short in ETHUSDT for a minute."""
    stage.second(ETHUSDT=101)
    stage.let(60 * SECOND, step_ms=SECOND)
    for symbol in BOTH:
        stage.quote(symbol, 100)


def sell_eth(stage: Stage) -> None:
    """Another strategy has just gone short in ETHUSDT."""
    stage.filling = False
    stage.second(ETHUSDT=101)
    stage.quote("ETHUSDT", 100)


@pytest.mark.parametrize(
    ("happens", "rule"),
    [
        (lambda stage: stage.do(BookLost(venue=VENUE, symbol="ETHUSDT", reason="gap")), "R25"),
        (unknown_eth, "R26"),
        (short_eth, "HOLDING"),
        (sell_eth, "R36"),
    ],
)
def test_what_refuses_the_second_leg_refuses_the_first(happens: Any, rule: str) -> None:
    stage = pair_stage(probe("other", "101:SELL", symbols=("ETHUSDT",), priority=9, quantity="0.2"))
    happens(stage)
    stage.forget()
    wish(stage, entry())
    assert refused(stage) == rule


def test_r32_a_leg_whose_market_is_asleep_refuses_both() -> None:
    stage = pair_stage()
    wish(stage, entry(), untraded={(VENUE, "ETHUSDT"): MarketState.DEAD})
    assert refused(stage) == "R32"


def test_r8_an_unsure_pair_is_refused() -> None:
    stage = pair_stage()
    wish(stage, entry(confidence=d("0.59")))
    assert refused(stage) == "R8"


def test_a_symbol_that_does_not_trade_refuses_both() -> None:
    stage = pair_stage(listed=(rules(), rules("ETHUSDT", "ETH", status="BREAK")))
    wish(stage, entry())
    assert refused(stage) == "STATUS"


@pytest.mark.parametrize(("most", "rule"), [(1, "R4"), (2, "")])
def test_r4_a_pair_is_one_position(most: int, rule: str) -> None:
    """One position of another symbol's is open; the pair is the second one, and then nothing else is."""
    limits = msgspec.structs.replace(DEFAULT_TIERS[Tier.HUNTER], open_positions=most)
    stage = pair_stage(risk=RiskSettings(tiers={**DEFAULT_TIERS, Tier.HUNTER: limits}))
    stage.order(signal(quantity="0.2"))
    stage.fill(stage.last_placed(), "0.2", 100)
    stage.forget()
    wish(stage, entry())
    if rule:
        assert refused(stage) == rule
        return
    stage.settle()
    assert trade(stage).state == "COMPLETE"
    assert stage.submit(signal(symbol="ETHUSDT", quantity="0.2")).body["error"]["value"] == "3"


def test_r9_a_pair_counts_once_in_a_burst() -> None:
    """Five signals in ten seconds are allowed: five pairs are, the sixth is not, and both of its signals are forgotten again."""
    stage = pair_stage()
    for number in range(6):
        stage.second(BTCUSDT=100, ETHUSDT=100)
        wish(stage, entry(confidence=d("0.5"), pair=f"one-{number}"))
    assert [rule for rule, _ in stage.denials()] == ["R8"] * 10 + ["R9"] * 2
    assert len(stage.state.entry_signals) == 10


def test_the_same_name_again_is_another_trade() -> None:
    """What the strategy calls its pair is its own affair: a trade that was is not written over."""
    stage = held_pair(pair_stage())
    wish(stage, leaving())
    stage.settle()
    before = trade(stage)
    assert before.state == "CLOSED"
    stage.second(BTCUSDT=100, ETHUSDT=100)
    wish(stage, entry())
    first, second = stage.state.multi_legs.values()
    assert first == before
    assert (second.state, second.created_ms) == ("LEGGING", stage.wall_ms)


def test_two_strategies_may_use_one_name() -> None:
    """Each has a trade of its own."""
    stage = held_pair(pair_stage(probe("other", symbols=BOTH, capital_share=d("0.4"), priority=4)))
    before = trade(stage)
    wish(stage, entry(), strategy="other")
    first, second = stage.state.multi_legs.values()
    assert (first.strategy, first.state, first.legs) == ("one", "COMPLETE", before.legs)
    assert (second.strategy, second.state) == ("other", "LEGGING")
    assert seen(stage).held(VENUE, "BTCUSDT") < 0


def test_a_pair_that_is_under_way_is_not_entered_again() -> None:
    stage = pair_stage()
    wish(stage, entry())
    stage.second(BTCUSDT=100, ETHUSDT=100)
    stage.forget()
    wish(stage, entry(pair="one-again"))
    assert not stage.said(SignalReceived)


# -- wishes that make no pair


@pytest.mark.parametrize(
    ("wished", "says"),
    [
        ([leg("BTCUSDT", Side.SELL)], "expected one BUY and one SELL of pair one-BTC-ETH, got SELL"),
        ([leg("BTCUSDT", Side.BUY), leg("ETHUSDT", Side.BUY)], "expected one BUY and one SELL of pair one-BTC-ETH, got BUY, BUY"),
        ([leg("BTCUSDT", Side.BUY), leg("BTCUSDT", Side.SELL)], "each symbol once"),
        ([leg("BTCUSDT", Side.SELL), leg("ETHUSDT", Side.BUY, purpose=Purpose.EXIT)], "of one purpose"),
        (entry("0"), "expected weights above 0 and no quantities"),
        (entry(quantity=d(1)), "expected weights above 0 and no quantities"),
        (entry(), ""),
        ([leg("BTCUSDT", Side.BUY, purpose=Purpose.EXIT)], ""),
    ],
)
def test_a_pair_is_a_buy_and_a_sell_of_two_symbols(wished: list[Wish], says: str) -> None:
    assert says in unpaired(wished)
    assert bool(says) == bool(unpaired(wished))


def test_the_denial_of_a_leg_has_its_code() -> None:
    stage = pair_stage(listed=(rules(), rules("ETHUSDT", "ETH", min_qty="0.01")))
    wish(stage, entry("0.00001"))
    assert stage.state.signal_outcomes["one-BTCUSDT-1700000001999-1"].code == INVALID_PARAMETERS
