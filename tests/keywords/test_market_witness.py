"""The independent book and the independent table: their own rules, by hand-made data and, where present, by recorded data."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from libraries.common.errors import DataMissing, WrongArgument
from libraries.common.types import Side
from libraries.market_data_keywords import data_files
from libraries.market_data_keywords.data_files import RecordedQuote, RecordedTrade, book_of_capture, recorded_file
from libraries.market_data_keywords.local_book import Gap, LocalBook, as_levels, differences
from libraries.market_data_keywords.recorded_table import RecordedTable, cut8

D = Decimal


def snapshot(update_id: int = 100) -> LocalBook:
    return LocalBook.from_snapshot("BTCUSDT", {"lastUpdateId": update_id, "bids": [["99.0", "1"]], "asks": [["101.0", "2"]]})


def event(first: int, last: int, bids: list[list[str]] | None = None) -> dict[str, object]:
    return {"U": first, "u": last, "b": bids or [], "a": []}


def test_an_old_event_is_dropped() -> None:
    book = snapshot()
    assert book.apply(event(90, 100, [["99.0", "5"]])) is False
    assert book.bids == {D("99.0"): D(1)}


def test_the_first_event_may_span_the_snapshot() -> None:
    book = snapshot()
    assert book.apply(event(95, 103, [["98.0", "3"]])) is True
    assert book.update_id == 103


@pytest.mark.parametrize("first", [102, 103])
def test_a_gap_after_the_snapshot_is_told(first: int) -> None:
    with pytest.raises(Gap, match="expected an event that starts at update 101"):
        snapshot().apply(event(first, first + 1))


@pytest.mark.parametrize("first", [103, 105])
def test_later_events_must_continue_exactly(first: int) -> None:
    book = snapshot()
    book.apply(event(101, 103))
    with pytest.raises(Gap):
        book.apply(event(first, 106))


def test_a_quantity_of_zero_removes_a_level() -> None:
    book = snapshot()
    book.apply(event(101, 101, [["99.0", "0.00000000"], ["98.5", "2"]]))
    assert book.sides()[0] == [(D("98.5"), D(2))]


def test_differences_are_told_level_by_level() -> None:
    ours, theirs = as_levels([["99.00", "1.0"], ["98", "1"]]), as_levels([["99", "1"], ["97", "1"]])
    assert differences("engine", ours, "venue", theirs) == ["level 2: engine has 98 x 1, venue has 97 x 1"]
    assert differences("engine", [], "venue", theirs[:1]) == ["level 1: engine has no level, venue has 99 x 1"]
    assert differences("engine", theirs, "venue", as_levels([["99.0", "1.00"], ["97", "1"]])) == []


def table(trades: list[RecordedTrade]) -> RecordedTable:
    quotes = [RecordedQuote(1_000, D("99"), D("2"), D("100"), D("0.3000004")), RecordedQuote(2_000, D("109"), D("2"), D("110"), D("5"))]
    return RecordedTable("BTCUSDT", "BTC", "USDT", trades, quotes, step=D("0.000001"), fee_rate=D("0.001"))


SELLS = [RecordedTrade(number, D("99"), D("0.1"), 1_000 + number, True) for number in (1, 2)]
LATER = [RecordedTrade(3, D("110"), D("0.1"), 2_003, False), RecordedTrade(4, D("110"), D("0.1"), 2_004, False)]


def test_a_buy_takes_the_untouched_ask_and_pays_in_base() -> None:
    fill = table(SELLS).expect(2, Side.BUY, D("0.2"))
    assert (fill.price, fill.quantity, fill.quote_quantity, fill.fee, fill.fee_asset) == (D(100), D("0.2"), D(20), D("0.0002"), "BTC")


def test_no_more_than_the_level_holds_in_whole_steps() -> None:
    assert table(SELLS).expect(1, Side.BUY, D(1)).quantity == D("0.3")


def test_a_round_trip_is_booked_at_average_cost() -> None:
    market = table(SELLS + LATER)
    market.expect(2, Side.BUY, D("0.2"))
    fill = market.expect(4, Side.SELL, D("0.1"))
    removed = cut8(D(20) * D("0.1") / D("0.1998"))
    assert (fill.quote_quantity, fill.fee, fill.fee_asset) == (D("10.9"), D("0.0109"), "USDT")
    assert market.realised == D("10.9") - D("0.0109") - removed
    assert (market.position, market.cost) == (D("0.0998"), D(20) - removed)
    assert market.fee_total("USDT") == D("0.0109")


def test_a_touched_level_is_refused_with_the_next_clear_trade() -> None:
    market = table([RecordedTrade(1, D("100"), D("0.1"), 1_001, False), *SELLS[1:], *LATER])
    with pytest.raises(WrongArgument, match="the next trade that leaves no doubt is none in this recording"):
        market.expect(2, Side.BUY, D("0.1"))
    with pytest.raises(WrongArgument, match="its trades are 1 to 4"):
        market.expect(77, Side.BUY, D("0.1"))


def test_more_than_is_held_is_refused() -> None:
    with pytest.raises(WrongArgument, match=r"cannot sell 0\.1 of 0"):
        table(SELLS + LATER).expect(4, Side.SELL, D("0.1"))


def test_absent_data_skips_with_the_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GENESIS_DATA_DIR", str(tmp_path))
    with pytest.raises(DataMissing, match="set GENESIS_DATA_DIR") as missing:
        recorded_file("trades.csv")
    assert missing.value.ROBOT_SKIP_EXECUTION is True


def test_a_name_that_leads_out_of_the_data_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GENESIS_DATA_DIR", str(tmp_path))
    with pytest.raises(WrongArgument, match="inside the data directory"):
        recorded_file("../etc")


def test_a_bad_row_is_named(tmp_path: Path) -> None:
    path = tmp_path / "quotes.csv"
    path.write_text("time,bid,bid_size,ask,ask_size\n1,99,1,100,many\n", encoding="utf-8")
    with pytest.raises(WrongArgument, match=r"quotes\.csv line 2 column ask_size: expected a decimal number, got 'many'"):
        data_files.read_quotes(path)


def test_the_real_capture_has_no_gap() -> None:
    try:
        directory = data_files.capture_directory("binance-capture-2021-10-12")
    except DataMissing as missing:
        pytest.skip(str(missing))
    books = {symbol: book_of_capture(directory, symbol) for symbol in ("NKNUSDT", "BLZETH", "LRCBTC", "RUNEEUR")}
    for book in books.values():
        bids, asks = book.sides()
        assert book.started
        assert bids[0][0] < asks[0][0]
    with pytest.raises(WrongArgument, match="it has BLZETH, LRCBTC, NKNUSDT, RUNEEUR"):
        book_of_capture(directory, "BTCUSDT")
