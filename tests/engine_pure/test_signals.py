"""Signals through the whole engine: answers, and the rules that need the account's whole picture (R4, R7, R25, R26)."""

from __future__ import annotations

import msgspec
import pytest

from genesis.core.events import BookLost
from genesis.core.facts import ConcentrationChanged, OrderIntended, RiskDenied, SignalReceived
from genesis.core.models import Purpose, Side
from genesis.core.settings import RiskSettings, VenueTerms
from genesis.engine.valuation import rate
from tests.builders import VENUE, d, limit_signal, rules, settings, signal
from tests.engine_pure.bench import Bench

ETH = rules("ETHUSDT", "ETH")
TWO = settings(venues=(VenueTerms(name=VENUE, symbols=("BTCUSDT", "ETHUSDT")),))


def two(**funds: str | int) -> Bench:
    """Two symbols at 100 each; SNIPER with 1,100 USDT in all unless funded otherwise."""
    bench = Bench(TWO, rules=(rules(), ETH), funds={"USDT": 1000, "BTC": 1, "ETH": 0} | funds)
    bench.start("99.99", "100")
    bench.book("99.99", "100", symbol="ETHUSDT")
    return bench


def rule(bench: Bench, side: Side, quantity: str, symbol: str = "BTCUSDT", **changes: object) -> str | None:
    """The rule that denies a signal, None if it is accepted."""
    reply = bench.submit(signal(side, quantity, symbol=symbol, **changes))
    return None if reply.status == 201 else reply.body["error"]["rule"]


def test_the_same_signal_twice() -> None:
    bench = Bench().start("99.99", "100")
    wish = signal()
    assert bench.submit(wish).status == 201
    assert bench.submit(wish).status == 409
    assert len(bench.said(OrderIntended)) == 1


def test_denials_answer_422_and_malformed_ones_400() -> None:
    bench = Bench().start("99.99", "100")
    low = bench.submit(signal(confidence=d("0.5")))
    assert (low.status, low.body["error"]["rule"], low.body["error"]["code"]) == (422, "R8", "GENESIS-5701")
    assert bench.state.signal_outcomes[low.body["signal_id"]].status == "denied"
    assert bench.submit(signal(symbol="NOPE")).status == 400
    assert bench.submit(limit_signal()).body["error"]["code"] == "GENESIS-5702"


def test_each_signal_leaves_one_fact_with_its_inputs_and_one_outcome() -> None:
    bench = two()
    bench.submit(signal())
    bench.submit(signal(confidence=d(0)))
    received = bench.said(SignalReceived)
    assert [fact.top is not None for fact in received] == [True, True]
    outcomes = list(bench.state.signal_outcomes.values())
    assert [(outcome.status, outcome.client_order_id, outcome.rule) for outcome in outcomes] == [
        ("accepted", "gtest01-1", ""),
        ("denied", None, "R8"),
    ]
    assert [fact.correlation_id for fact in bench.said(OrderIntended)] == [received[0].signal.signal_id]
    assert [fact.correlation_id for fact in bench.said(RiskDenied)] == [received[1].signal.signal_id]


def test_r4_counts_entries_on_their_way_then_the_position() -> None:
    bench = two()
    order = bench.order(signal(Side.BUY, "0.3"))
    assert rule(bench, Side.BUY, "0.3", "ETHUSDT") == "R4"
    bench.fill(order, "0.3", "100")
    assert rule(bench, Side.BUY, "0.3", "ETHUSDT") == "R4"
    assert rule(bench, Side.BUY, "0.1") is None  # the same symbol opens no further position
    assert rule(bench, Side.SELL, "0.2997", purpose=Purpose.EXIT) is None


def test_r4_frees_its_place_when_the_entry_fails() -> None:
    bench = two()
    order = bench.order(signal(Side.BUY, "0.3"))
    bench.end(order, "EXPIRED")
    assert rule(bench, Side.BUY, "0.3", "ETHUSDT") is None


def test_r7_a_short_keeps_the_cash_of_its_buy_back() -> None:
    """0.4 at 99.99 brings 39.956004 beside 9 of cash; its buy-back at 101.88 plus fee keeps 40.79279279 of the 48.956004."""
    bench = two(USDT=9, BTC=30, ETH=0)
    bench.fill(bench.order(signal(Side.SELL, "0.4")), "0.4", "99.99")
    denied = bench.submit(signal(Side.BUY, "0.2", symbol="ETHUSDT")).body["error"]
    assert (denied["rule"], denied["limit"], denied["value"]) == ("R7", "8.16321121", "20.2")


def test_r7_a_new_short_needs_its_buy_back_beyond_its_proceeds() -> None:
    """1 BTC at 99.99: buy-back 102.09189189, proceeds 99.89001 -> 2.20188189 must be free."""
    for free, expected in (("2.20", "R7"), ("2.21", None)):
        bench = two(USDT=free, BTC=30)
        assert rule(bench, Side.SELL, "1") == expected


def test_r7_open_short_entries_keep_their_cash() -> None:
    bench = two(USDT="3", BTC=30)
    bench.order(limit_signal(Side.SELL, "1", "100"))
    assert rule(bench, Side.SELL, "1") == "R7"


def test_r7_a_buy_that_reduces_a_short_may_use_its_cash() -> None:
    bench = two(USDT="6", BTC=30)
    bench.fill(bench.order(signal(Side.SELL, "1")), "1", "99.99")
    assert rule(bench, Side.BUY, "1") is None


def test_r7_a_sale_of_a_long_is_no_short() -> None:
    open_handed = msgspec.structs.replace(TWO, risk=RiskSettings(max_exposure=d(1)))
    bench = Bench(open_handed, rules=(rules(), ETH), funds={"USDT": d("2101.1"), "BTC": 0}).start("99.99", "100")
    for _ in range(20):
        bench.fill(bench.order(signal(Side.BUY, "1", price=None)), "1", "100")
    bench.fill(bench.order(limit_signal(Side.BUY, "1", "100")), "1", "100")
    assert bench.state.balances[(VENUE, "USDT")].free == d("1.1")
    assert rule(bench, Side.SELL, "1") is None


def test_a_symbol_that_is_not_trading_takes_nothing() -> None:
    halted = rules(status="BREAK")
    bench = Bench(rules=(halted,)).start("99.99", "100")
    assert rule(bench, Side.BUY, "0.5") == "STATUS"


def test_a_lost_book_takes_no_entries_but_exits() -> None:
    bench = two()
    bench.fill(bench.order(signal(Side.BUY, "0.5")), "0.5", "100")
    bench.do(BookLost(venue=VENUE, symbol="BTCUSDT", reason="gap"))
    assert rule(bench, Side.BUY, "0.1") == "R25"
    assert rule(bench, Side.SELL, "0.3", purpose=Purpose.EXIT) is None


def test_an_exit_without_any_price_is_denied() -> None:
    bench = two()
    bench.do(BookLost(venue=VENUE, symbol="BTCUSDT", reason="gap"))
    assert rule(bench, Side.SELL, "0.3", purpose=Purpose.EXIT) == "R25"


@pytest.mark.parametrize("symbol", ["BTCUSDT", "ETHUSDT"])
def test_the_account_must_be_valued_to_enter(symbol: str) -> None:
    bench = two(ETH=1)
    bench.do(BookLost(venue=VENUE, symbol="ETHUSDT", reason="gap"))
    assert rule(bench, Side.BUY, "0.3", symbol) == "R25"


def test_an_order_in_another_quote_is_judged_in_usdt() -> None:
    """ETHBTC: 1 ETH at 0.5 BTC of 100 USDT = 50 USDT."""
    cross = rules("ETHBTC", "ETH", "BTC", tick_size="0.00001", min_notional="0.0001")
    terms = VenueTerms(name=VENUE, symbols=("BTCUSDT", "ETHBTC"))
    bench = Bench(settings(venues=(terms,)), rules=(rules(), cross), funds={"USDT": 1000, "BTC": 5}).start("99.99", "100.01")
    bench.book("0.4999", "0.5", symbol="ETHBTC")
    assert rule(bench, Side.BUY, "0.1", "ETHBTC") == "R2"
    assert rule(bench, Side.BUY, "2", "ETHBTC") == "R1"
    assert rule(bench, Side.BUY, "1", "ETHBTC") is None
    bench.do(BookLost(venue=VENUE, symbol="BTCUSDT", reason="gap"))
    assert rule(bench, Side.BUY, "1", "ETHBTC") == "R25"


def test_an_order_whose_quote_has_no_price_is_denied() -> None:
    """ETHBTC is sold for BTC, which is worth nobody knows what while the book of BTCUSDT is lost."""
    cross = rules("ETHBTC", "ETH", "BTC", tick_size="0.00001", min_notional="0.0001")
    terms = VenueTerms(name=VENUE, symbols=("BTCUSDT", "ETHBTC"))
    bench = Bench(settings(venues=(terms,)), rules=(rules(), cross), funds={"USDT": 1000, "BTC": 0, "ETH": 5})
    bench.start("99.99", "100.01")
    bench.book("0.4999", "0.5", symbol="ETHBTC")
    bench.do(BookLost(venue=VENUE, symbol="BTCUSDT", reason="gap"))
    assert rule(bench, Side.SELL, "1", "ETHBTC") == "R25"


def test_r7_open_short_entries_at_market_keep_their_cash_too() -> None:
    bench = two(USDT="3", BTC=30)
    bench.order(signal(Side.SELL, "1"))
    assert rule(bench, Side.SELL, "1") == "R7"


def test_a_halted_engine_takes_no_exit_without_its_venue() -> None:
    bench = two()
    bench.fill(bench.order(signal(Side.BUY, "0.5")), "0.5", "100")
    bench.operate("HALT")
    bench.disconnect()
    assert rule(bench, Side.SELL, "0.3", purpose=Purpose.EXIT) == "I25"


def test_unrealised_leaves_flat_positions_out() -> None:
    bench = two()
    bench.fill(bench.order(signal(Side.BUY, "0.5")), "0.5", "100")
    bench.fill(bench.order(signal(Side.SELL, "0.4995", purpose=Purpose.EXIT)), "0.4995", "100")
    bench.do(BookLost(venue=VENUE, symbol="BTCUSDT", reason="gap"))
    assert bench.engine.unrealised(bench.now) == 0


def test_what_is_open_must_be_valued_to_enter() -> None:
    """All BTC were spent on ETHBTC: the account is valued without them, but not what is open in them."""
    cross = rules("ETHBTC", "ETH", "BTC", tick_size="0.00001", min_notional="0.0001")
    ether = rules("ETHUSDT", "ETH")
    terms = VenueTerms(name=VENUE, symbols=("BTCUSDT", "ETHBTC", "ETHUSDT"))
    funds = {"USDT": 5000, "BTC": "0.5", "ETH": 0}
    bench = Bench(settings(venues=(terms,)), rules=(rules(), cross, ether), funds=funds).start("99.99", "100.01")
    bench.book("0.4999", "0.5", symbol="ETHBTC")
    bench.book("49.99", "50.01", symbol="ETHUSDT")
    bench.fill(bench.order(limit_signal(Side.BUY, "1", "0.5", symbol="ETHBTC")), "1", "0.5")
    bench.do(BookLost(venue=VENUE, symbol="BTCUSDT", reason="gap"))
    bench.book("49.98", "50.02", symbol="ETHUSDT")
    assert rule(bench, Side.BUY, "0.3", "ETHUSDT") == "R25"
    bench.let(1_000)
    assert not bench.said(ConcentrationChanged)


def test_an_asset_without_a_market_of_ours_is_worth_nothing() -> None:
    assert rate(two().engine._desk, VENUE, "DOGE") == 0
