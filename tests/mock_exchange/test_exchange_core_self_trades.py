"""Self-trade prevention: what each mode takes of whom, what is told of it, what is remembered (X10, binance-spot 1.5, 1.8)."""

from __future__ import annotations

import pytest

from libraries.mock_exchange.core.amounts import parse_e8
from tests.mock_exchange.core_kit import Core

MODES = ["EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT", "TRANSFER"]


@pytest.fixture
def core() -> Core:
    return Core()


def test_without_a_mode_an_account_trades_with_itself(core: Core) -> None:
    core.place("a", "SELL", "1", "100")
    assert core.place("a", "BUY", "1", "100").order.status == "FILLED"


@pytest.mark.parametrize("mode", MODES)
def test_no_mode_lets_an_account_trade_with_itself(core: Core, mode: str) -> None:
    core.place("a", "SELL", "1", "100")
    core.place("a", "BUY", "2", "100", stp_mode=mode)
    assert not [line for line in core.journal.lines if line["type"] == "trade"]


@pytest.mark.parametrize(
    ("mode", "maker", "taker"),
    [
        ("EXPIRE_TAKER", ("NEW", "0"), ("EXPIRED_IN_MATCH", "2")),
        ("EXPIRE_MAKER", ("EXPIRED_IN_MATCH", "1"), ("NEW", "0")),
        ("EXPIRE_BOTH", ("EXPIRED_IN_MATCH", "1"), ("EXPIRED_IN_MATCH", "2")),
        ("DECREMENT", ("EXPIRED_IN_MATCH", "1"), ("NEW", "1")),
        ("TRANSFER", ("EXPIRED_IN_MATCH", "1"), ("NEW", "1")),
    ],
)
def test_the_takers_mode_decides_what_ends_and_how_much_is_prevented(
    core: Core, mode: str, maker: tuple[str, str], taker: tuple[str, str]
) -> None:
    resting = core.place("a", "SELL", "1", "100", stp_mode="EXPIRE_BOTH").order
    placed = core.place("a", "BUY", "2", "100", stp_mode=mode)
    for order, (status, prevented) in ((resting, maker), (placed.order, taker)):
        assert (order.status, order.prevented) == (status, parse_e8(prevented))
    held = parse_e8("200") - parse_e8(taker[1]) * 100
    assert core.balances("a") == {"BTC": (parse_e8("10") - resting.locked, resting.locked), "USDT": (parse_e8("1000") - held, held)}
    assert len(placed.prevented) == 1


def test_others_before_the_own_order_trade_first_and_after_it_too_if_only_it_expires(core: Core) -> None:
    core.place("b", "SELL", "1", "99")
    core.place("a", "SELL", "1", "100")
    core.place("b", "SELL", "1", "101")
    placed = core.place("a", "BUY", "2", "101", stp_mode="EXPIRE_MAKER")
    assert [fill.price for fill in placed.fills] == [parse_e8("99"), parse_e8("101")]
    assert placed.order.status == "FILLED"


def test_a_partly_filled_taker_ends_as_expired_in_match(core: Core) -> None:
    core.place("b", "SELL", "1", "99")
    core.place("a", "SELL", "1", "100")
    order = core.place("a", "BUY", "2", "101", stp_mode="EXPIRE_TAKER").order
    assert (order.status, order.executed, order.prevented) == ("EXPIRED_IN_MATCH", parse_e8("1"), parse_e8("1"))


def test_the_report_names_match_quantities_and_the_other_order(core: Core) -> None:
    resting = core.place("a", "SELL", "1", "100").order
    taker = core.place("a", "BUY", "2", "101", stp_mode="DECREMENT").order
    first, second = core.payloads("a")[-2:]
    assert (first["x"], first["X"], first["i"], first["U"]) == ("TRADE_PREVENTION", "EXPIRED_IN_MATCH", resting.order_id, taker.order_id)
    assert (second["x"], second["X"], second["i"], second["U"]) == ("TRADE_PREVENTION", "NEW", taker.order_id, resting.order_id)
    keys = ("v", "A", "B", "u", "Cs", "pl", "pL", "pY", "l", "t")
    shown = (1, "1.00000000", "1.00000000", -1, "BTCUSDT", "1.00000000", "100.00000000", "100.00000000", "0.00000000", -1)
    assert tuple(second[key] for key in keys) == shown


def test_prevented_matches_are_remembered(core: Core) -> None:
    resting = core.place("a", "SELL", "1", "100").order
    taker = core.place("a", "BUY", "2", "101", stp_mode="EXPIRE_MAKER").order
    (match,) = core.venue.prevented_matches("a", "BTCUSDT")
    assert (match.match_id, match.maker_order_id, match.taker_order_id) == (1, resting.order_id, taker.order_id)
    assert (match.price, match.taker_prevented, match.maker_prevented) == (parse_e8("100"), 0, parse_e8("1"))


def test_fok_neither_counts_own_offers_nor_fills_partly(core: Core) -> None:
    core.place("b", "SELL", "1", "100")
    core.place("a", "SELL", "1", "100")
    for mode in MODES:
        order = core.place("a", "BUY", "2", "100", tif="FOK", stp_mode=mode).order
        assert (order.status, order.executed) == ("EXPIRED", 0), mode


def test_fok_meets_the_next_part_of_an_iceberg_behind_the_own_order(core: Core) -> None:
    core.place("b", "SELL", "3", "100", iceberg="1")
    core.place("a", "SELL", "1", "100")
    order = core.place("a", "BUY", "2", "100", tif="FOK", stp_mode="EXPIRE_TAKER").order
    assert (order.status, order.executed) == ("EXPIRED", 0)


def test_a_market_order_locks_only_what_others_offer(core: Core) -> None:
    core.place("a", "SELL", "9", "100")
    core.place("b", "SELL", "1", "101")
    order = core.place("a", "BUY", "10", stp_mode="EXPIRE_MAKER").order
    assert (order.executed, order.cum_quote, order.status) == (parse_e8("1"), parse_e8("101"), "EXPIRED")


def test_the_symbols_mode_binds_orders_that_name_none() -> None:
    core = Core(default_stp_mode="EXPIRE_TAKER")
    core.place("a", "SELL", "1", "100")
    order = core.place("a", "BUY", "1", "100").order
    assert (order.stp_mode, order.status) == ("EXPIRE_TAKER", "EXPIRED_IN_MATCH")
