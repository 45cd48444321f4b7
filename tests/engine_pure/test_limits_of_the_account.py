"""Limits that need the whole account, through the whole engine: exposure (R5), correlation (R10), slippage (R11)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from genesis.core.commands import Alert, Reply
from genesis.core.events import TransferReported
from genesis.core.facts import ConcentrationChanged, RiskDenied, SlippageExceeded
from genesis.core.models import Purpose, Side
from genesis.core.settings import RiskSettings, VenueTerms
from genesis.core.state import State
from genesis.engine.companions import Companions
from tests.builders import START_MS, VENUE, d, limit_signal, rules, settings, signal
from tests.engine_pure.bench import Bench

BOTH = ("BTCUSDT", "ETHUSDT")
RULES = (rules(), rules("ETHUSDT", "ETH"))
WIDE = {"max_order_fraction": d(1)}


def account(cash: int = 5_000, **risk: Any) -> Bench:
    """HUNTER: cash alone, both symbols at 100; one order may be as large as the account (R1 is out of the way)."""
    terms = VenueTerms(name=VENUE, symbols=BOTH)
    bench = Bench(settings(venues=(terms,), risk=RiskSettings(**(WIDE | risk))), rules=RULES, funds={"USDT": cash})
    bench.start("100", "100")
    bench.book("100", "100", symbol="ETHUSDT")
    return bench


def rests(bench: Bench, quantity: str, *, symbol: str = "BTCUSDT") -> None:
    bench.order(limit_signal(Side.BUY, quantity, "100", symbol=symbol))


def buys(bench: Bench, quantity: str, symbol: str = "BTCUSDT", side: Side = Side.BUY) -> None:
    bench.fill(bench.order(signal(side, quantity, symbol=symbol)), quantity, "100")


def answer(bench: Bench, reply: Reply) -> tuple[str, str, str] | None:
    if reply.status == 201:
        return None
    denied = bench.said(RiskDenied)[-1]
    return denied.rule, denied.limit, denied.value


def limit(bench: Bench, quantity: str, symbol: str = "BTCUSDT", side: Side = Side.BUY, price: str = "100") -> tuple[str, str, str] | None:
    return answer(bench, bench.submit(limit_signal(side, quantity, price, symbol=symbol)))


# -- R5: 90 % of 5,000 = 4,500


@pytest.mark.parametrize(("quantity", "outcome"), [("4.99999", None), ("5", None), ("5.00001", ("R5", "4500", "4500.001"))])
def test_r5_open_orders_count(quantity: str, outcome: tuple[str, str, str] | None) -> None:
    """40 x 100 = 4,000 rest; 4,500 - 4,000 = 500 = 5 x 100 is what may come."""
    bench = account()
    rests(bench, "40")
    assert limit(bench, quantity, "ETHUSDT") == outcome


@pytest.mark.parametrize(("quantity", "outcome"), [("5.00399", None), ("5.004", None), ("5.00401", ("R5", "4496.4", "4496.401"))])
def test_r5_positions_count(quantity: str, outcome: tuple[str, str, str] | None) -> None:
    """40 bought at 100 hold 39.96 (fee 0.1 %) = 3,996; the balance is 1,000 + 3,996 = 4,996, 90 % of it 4,496.4:
    500.4 are left, 5.004 x 100."""
    bench = account()
    buys(bench, "40")
    assert limit(bench, quantity) == outcome


def test_r5_after_a_restart_the_same_counts() -> None:
    bench = account()
    rests(bench, "40")
    again = bench.restart()
    again.connect()
    again.answer_reconcile()
    again.book("100", "100")
    again.book("100", "100", symbol="ETHUSDT")
    assert limit(again, "5.00001", "ETHUSDT") == ("R5", "4500", "4500.001")
    assert limit(again, "5", "ETHUSDT") is None


def test_r5_an_order_that_ended_counts_no_more() -> None:
    bench = account()
    rests(bench, "40")
    order = next(iter(bench.state.open.by_id.values()))
    assert limit(bench, "6", "ETHUSDT") == ("R5", "4500", "4600")
    bench.end(order, "CANCELED")
    assert limit(bench, "6", "ETHUSDT") is None


def test_r5_what_an_entry_closes_is_not_added() -> None:
    """Above the limit already (withdrawn cash), a sale of what is long passes, one step more does not."""
    bench = account(max_exposure=d("0.8"))
    buys(bench, "39")
    bench.funds[VENUE]["USDT"] -= 500
    bench.do(TransferReported(venue=VENUE, asset="USDT", amount=d(-500), venue_time_ms=START_MS))
    assert limit(bench, "1", "ETHUSDT") is not None
    assert limit(bench, "38.96") is not None
    assert answer(bench, bench.submit(limit_signal(Side.SELL, "38.961", "100"))) is None


def test_r5_never_blocks_an_exit() -> None:
    bench = account()
    buys(bench, "40")
    bench.funds[VENUE]["USDT"] -= 900
    bench.do(TransferReported(venue=VENUE, asset="USDT", amount=d(-900), venue_time_ms=START_MS))
    assert bench.submit(signal(Side.SELL, "39.96", purpose=Purpose.EXIT)).status == 201


@pytest.mark.parametrize(("quantity", "told"), [("19.99999", False), ("20", False), ("20.00001", True)])
def test_r5_one_symbol_above_40_percent_is_told(quantity: str, told: bool) -> None:
    """40 % of 5,000 = 2,000 = 20 x 100: told, not denied, once."""
    bench = account()
    rests(bench, quantity)
    bench.let(300)
    facts = [(fact.symbol, fact.above, fact.limit) for fact in bench.said(ConcentrationChanged)]
    assert facts == ([("BTCUSDT", True, d(2_000))] if told else [])
    assert any("R5" in alert.text for alert in bench.asked(Alert)) is told


def test_r5_the_end_of_a_concentration_is_on_record_and_survives_a_snapshot() -> None:
    bench = account()
    rests(bench, "21")
    bench.let(100)
    assert State.from_document(bench.state.document()).concentrated == {"BTCUSDT"}
    bench.end(next(iter(bench.state.open.by_id.values())), "CANCELED")
    bench.let(100)
    assert [fact.above for fact in bench.said(ConcentrationChanged)] == [True, False]
    assert not bench.state.concentrated


# -- R10


def together(bench: Bench, correlation: float | None) -> None:
    """From now on the two symbols go together so."""
    bench.engine._desk.companions.together = lambda a, b: 1.0 if a == b else correlation
    bench.engine._desk.companions.bars += 1


@pytest.mark.parametrize(
    ("correlation", "outcome"),
    [(0.69999999, None), (0.7, None), (0.70000001, ("R10", "0.7", "0.70000001")), (-0.9, None), (None, None)],
)
def test_r10_a_new_position_beside_an_open_one(correlation: float | None, outcome: tuple[str, str, str] | None) -> None:
    bench = account()
    buys(bench, "1")
    together(bench, correlation)
    assert limit(bench, "1", "ETHUSDT") == outcome


def test_r10_a_rounding_of_floats_is_no_excess() -> None:
    bench = account()
    buys(bench, "1")
    together(bench, 0.7 + 1e-12)
    assert limit(bench, "1", "ETHUSDT") is None


def test_r10_an_entry_on_its_way_is_a_position() -> None:
    bench = account()
    rests(bench, "1")
    together(bench, 0.71)
    assert limit(bench, "1", "ETHUSDT") == ("R10", "0.7", "0.71")


def test_r10_is_of_new_positions_only() -> None:
    bench = account()
    buys(bench, "1")
    buys(bench, "1", "ETHUSDT")
    together(bench, 0.99)
    assert limit(bench, "1", "ETHUSDT") is None
    assert limit(bench, "1") is None


def test_r10_counts_with_the_direction() -> None:
    """A short beside a long hedges where markets go together, and doubles where they go against each other."""
    terms = VenueTerms(name=VENUE, symbols=BOTH, targets={"ETH": d(10)})
    funds = {"USDT": 5_000, "ETH": 10}
    bench = Bench(settings(venues=(terms,), risk=RiskSettings(max_order_fraction=d(1))), rules=RULES, funds=funds)
    bench.start("100", "100")
    bench.book("100", "100", symbol="ETHUSDT")
    buys(bench, "1")
    together(bench, -0.9)
    assert limit(bench, "1", "ETHUSDT", Side.SELL) == ("R10", "0.7", "0.9")
    together(bench, 0.9)
    assert limit(bench, "1", "ETHUSDT", Side.SELL) is None


def test_r10_what_was_found_holds_until_a_bar_or_a_position_changes() -> None:
    asked: list[tuple[Any, Any]] = []
    companions, btc, eth, sol = Companions(), (VENUE, "BTCUSDT"), (VENUE, "ETHUSDT"), (VENUE, "SOLUSDT")
    values = {(btc, sol): 0.2, (eth, sol): 0.5}
    companions.together = lambda a, b: asked.append((a, b)) or values[a, b]  # type: ignore[func-returns-value]
    first = companions.closest(sol, 1, [(btc, 1), (eth, 1)], 1)
    assert first == ("ETHUSDT", Decimal("0.5"))
    assert companions.closest(sol, 1, [(btc, 1), (eth, 1)], 1) is first
    assert len(asked) == 2
    assert companions.closest(sol, 1, [(btc, 1)], 2) == ("BTCUSDT", Decimal("0.2"))
    assert len(asked) == 2, "a position that went away changes no correlation"
    companions.bars += 1
    assert companions.closest(sol, -1, [(btc, 1)], 2) == ("BTCUSDT", Decimal("-0.2"))
    assert len(asked) == 3


# -- R11: 0.5 % of an ask of 100


@pytest.mark.parametrize(("price", "told"), [("100.49", False), ("100.5", False), ("100.51", True), ("99", False)])
def test_r11_a_buy_that_slips(price: str, told: bool) -> None:
    bench = account()
    order = bench.order(signal(Side.BUY, "1"))
    bench.fill(order, "1", price)
    facts = [(fact.client_order_id, fact.arrival, fact.average, fact.limit) for fact in bench.said(SlippageExceeded)]
    assert facts == ([(order.client_order_id, d(100), d(price), d("0.005"))] if told else [])
    assert any("R11" in alert.text for alert in bench.asked(Alert)) is told


@pytest.mark.parametrize(("price", "told"), [("99.51", False), ("99.5", False), ("99.49", True)])
def test_r11_an_exit_that_slips(price: str, told: bool) -> None:
    bench = account()
    buys(bench, "2")
    bench.fill(bench.order(signal(Side.SELL, "1", purpose=Purpose.EXIT)), "1", price)
    assert bool(bench.said(SlippageExceeded)) is told


def test_r11_the_average_counts_and_a_restart_in_between_forgets_nothing() -> None:
    """0.5 at 100 and 0.5 at 101.02 are 100.51 on average."""
    bench = account()
    order = bench.order(signal(Side.BUY, "1"))
    bench.fill(order, "0.5", "100")
    again = bench.restart()
    again.connect()
    again.answer_reconcile()
    again.forget()
    again.fill(order, "0.5", "101.02")
    (fact,) = again.said(SlippageExceeded)
    assert (fact.average, fact.slippage) == (d("100.51"), d("0.0051"))
    assert not again.state.arrivals
    assert State.from_document(bench.state.document()).arrivals == {order.client_order_id: d(100)}
