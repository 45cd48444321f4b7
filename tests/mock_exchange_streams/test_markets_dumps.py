"""Public dumps: with or without a header, milliseconds or microseconds, plain or zipped; klines come back as they were."""

from __future__ import annotations

import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest

from libraries.mock_exchange.errors import MarketError
from libraries.mock_exchange.markets.recorded import Recorded
from libraries.mock_exchange.markets.steps import Book, Print
from libraries.mock_exchange.markets.tables import Table
from tests.mock_exchange_streams.kit_markets import Moved
from tests.mock_exchange_streams.kit_streams import spec, units

OPEN_MS = 1_735_689_600_000
TRADE = f"7,100.00,0.5,50,{OPEN_MS},False,True\n"
AGG = f"3,100.00,0.5,7,9,{OPEN_MS},True,True\n"


def dump(folder: Path, kind: str, text: str, name: str = "dump.csv", **table: Any) -> Recorded:
    (folder / name).write_text(text)
    return Recorded([{"symbol": "BTCUSDT", kind: name} | table], {"BTCUSDT": spec()}, Table(folder / "market.toml", "recorded"))


def prints(source: Recorded) -> list[Print]:
    return [each for step in source.steps() for each in step.commands if isinstance(each, Print)]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "id,price,qty,quoteQty,time,isBuyerMaker,isBestMatch\n",
        "id,price,qty,quote_qty,time,is_buyer_maker,is_best_match\n",
        "\ufeffTrade ID,Price,Quantity,Quote Qty,Time,Is Buyer Maker,Is Best Match\n".replace(" ", "_"),
    ],
)
def test_trades_with_any_header_or_none(tmp_path: Path, header: str) -> None:
    assert prints(dump(tmp_path, "trades", header + TRADE)) == [Print("BTCUSDT", "BUY", units("100"), units("0.5"), 7)]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker,is_best_match\n",
        "a,p,q,f,l,T,m,M\n",
        "aggId,price,qty,first,last,time,isBuyerMaker,isBestMatch\n",
    ],
)
def test_an_aggregate_is_one_print_that_bears_its_last_id(tmp_path: Path, header: str) -> None:
    source = dump(tmp_path, "agg_trades", header + AGG)
    assert prints(source) == [Print("BTCUSDT", "SELL", units("100"), units("0.5"), 9)]
    assert source.trade_ids() == (9, 9)


def test_microseconds_are_told_by_their_size(tmp_path: Path) -> None:
    micro = f"7,100,1,0,{OPEN_MS}123,False,True\n8,100,1,0,{OPEN_MS + 2_500}999,False,True\n"
    source = dump(tmp_path, "trades", micro)
    assert source.first_ms == OPEN_MS
    assert [step.at_ms for step in source.steps()] == [0, 2_500]


def test_a_zip_is_read_as_the_file_in_it(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "dump.zip", "w") as archive:
        archive.writestr("BTCUSDT-trades.csv", TRADE)
    table = {"symbol": "BTCUSDT", "trades": "dump.zip"}
    source = Recorded([table], {"BTCUSDT": spec()}, Table(tmp_path / "market.toml", "recorded"))
    assert len(prints(source)) == 1
    (tmp_path / "dump.zip").write_text("no archive")
    with pytest.raises(MarketError, match=r"dump\.zip: expected a \.zip archive, came"):
        Recorded([table], {"BTCUSDT": spec()}, Table(tmp_path / "market.toml", "recorded"))


async def test_without_quotes_the_book_stands_around_the_last_price(tmp_path: Path) -> None:
    rows = TRADE + f"8,101.00,0.5,50,{OPEN_MS + 10},True,True\n"
    it = Moved(dump(tmp_path, "trades", rows, levels=2, size="3", spread_ticks=4))
    await it.player.advance(steps=1)
    assert it.venue.depth("BTCUSDT")[1:] == (
        [(units("99.96"), units("3")), (units("99.95"), units("3"))],
        [(units("100"), units("3")), (units("100.01"), units("3"))],
    )
    await it.player.advance(steps=1)
    assert it.venue.best("BTCUSDT") == ((units("101"), units("3")), (units("101.04"), units("3")))


async def test_several_symbols_are_merged_by_time(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(TRADE + f"8,100,1,0,{OPEN_MS + 20},True,True\n")
    (tmp_path / "b.csv").write_text(f"50,7,1,0,{OPEN_MS + 10},False,True\n")
    specs = {name: spec(name) for name in ("BTCUSDT", "ETHUSDT")}
    tables = [{"symbol": "BTCUSDT", "trades": "a.csv"}, {"symbol": "ETHUSDT", "trades": "b.csv"}]
    it = Moved(Recorded(tables, specs, Table(tmp_path / "market.toml", "recorded")), *specs.values())
    await it.player.advance(to_end=True)
    assert [(trade.symbol, trade.trade_id) for trade in it.trades] == [("BTCUSDT", 7), ("ETHUSDT", 50), ("BTCUSDT", 8)]


# --------------------------------------------------------------------------------------------------------------- klines


def kline(number: int, prices: str, volume: str, buys: str) -> str:
    opened = OPEN_MS + 60_000 * number
    return f"{opened},{prices},{volume},{opened + 59_999},0,9,{buys},0,0\n"


CANDLES = [
    ("100,104,99,103", "4.00000", "1.5"),
    ("103,105,95,96", "3.33333", "0"),
    ("96,96,96,96", "0.00002", "0.00001"),
    ("96,99,96,99", "7.00001", "7.00001"),
    ("99,99,98,98", "1.00001", "0.33333"),
]


async def test_candles_come_back_exactly(tmp_path: Path) -> None:
    it = Moved(dump(tmp_path, "klines", "".join(kline(number, *candle) for number, candle in enumerate(CANDLES))))
    await it.player.advance(to_end=True)
    for number, (prices, volume, buys) in enumerate(CANDLES):
        begin = it.clock.now_ms() - it.clock.offset_ms + 60_000 * number
        trades = [trade for trade in it.trades if begin <= trade.time_ms < begin + 60_000]
        shown = [trades[0].price, max(t.price for t in trades), min(t.price for t in trades), trades[-1].price]
        assert shown == [units(each) for each in prices.split(",")]
        assert sum(trade.quantity for trade in trades) == units(volume)
        assert sum(trade.quantity for trade in trades if not trade.buyer_is_maker) == units(buys)


def test_a_rising_candle_goes_down_first_and_a_falling_one_up(tmp_path: Path) -> None:
    rising, falling = CANDLES[0], ("103,105,95,96", "4", "0")
    way = [each.price for each in prints(dump(tmp_path, "klines", kline(0, *rising) + kline(1, *falling)))]
    assert list(dict.fromkeys(way[:5])) == [units(each) for each in ("100", "99", "104", "103")]
    assert way[-4:] == [units(each) for each in ("103", "105", "95", "96")]


def test_a_candle_without_volume_is_silence(tmp_path: Path) -> None:
    source = dump(tmp_path, "klines", kline(0, "100,100,100,100", "1", "0") + kline(1, "100,100,100,100", "0", "0"))
    assert source.count == 1


def test_a_volume_above_the_largest_lot_is_several_prints(tmp_path: Path) -> None:
    played = prints(dump(tmp_path, "klines", kline(0, "100,100,100,100", "20000", "9000.00001")))
    assert [(each.side, each.quantity) for each in played] == [
        ("BUY", units("9000")),
        ("BUY", units("0.00001")),
        ("SELL", units("9000")),
        ("SELL", units("1999.99999")),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,2,3\n", "dump.csv, line 1: expected a header, or the 12 cells open_time, open, high"),
        (
            "open_time,open\n",
            "line 1, column high: expected a header with the columns open_time, open, high, low, close, volume, close_time",
        ),
        (kline(0, "100,99,99,100", "1", "0"), "line 1, column high: expected a high that is the highest of the four prices, came '99'"),
        (kline(0, "100,101,100.5,100.6", "1", "0"), "line 1, column low: expected a low that is the lowest of the four prices"),
        (kline(0, "100,x,99,100", "1", "0"), "line 1, column high: expected a positive decimal number, came 'x'"),
        (kline(0, "100,101,99,100", "-1", "0"), "line 1, column volume: expected a decimal number, 0 or more, came '-1'"),
        (kline(0, "100,101,99,100", "0.00002", "0"), "line 1, column volume: expected a volume of at least 4 x 0.00001000 for 4 different"),
        (kline(0, "100,101,99,100", "1", "2"), "line 1, column taker_buy_volume: expected an amount that the symbol's filters take"),
        (kline(1, "1,1,1,1", "1", "0") + kline(0, "1,1,1,1", "1", "0"), "line 2, column open_time: expected a time not before"),
        (kline(0, "1,1,1,1", "1", "0").replace(str(OPEN_MS + 59_999), "5"), "column close_time: expected a close_time after the open_time"),
        ("", "dump.csv: expected at least one row, came none"),
        ("9" * 70_000, "dump.csv, line 1: expected lines of less than 65536 bytes, came a longer one"),
    ],
)
def test_a_wrong_cell_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(MarketError) as error:
        dump(tmp_path, "klines", text)
    assert message in str(error.value)


async def test_without_a_check_a_wrong_row_is_named_when_it_is_reached(tmp_path: Path) -> None:
    source = dump(tmp_path, "trades", TRADE + f"8,x,1,0,{OPEN_MS + 10},True,True\n", check=False)
    assert source.count is None
    it = Moved(source)
    assert (await it.player.advance(steps=1))["last_trade_id"] == 7
    with pytest.raises(ValueError, match=r"dump\.csv, line 2, column price: expected a positive decimal number, came 'x'"):
        await it.player.advance(steps=1)
    assert "line 2" in it.player.shown()["error"]


def test_a_big_file_is_never_in_memory(tmp_path: Path) -> None:
    rows = "".join(f"{number},100.00,0.5,50,{OPEN_MS + number},False,True\n" for number in range(1, 15_001))
    (tmp_path / "dump.csv").write_text(rows)
    table = {"symbol": "BTCUSDT", "trades": "dump.csv", "levels": 1}
    tracemalloc.start()
    try:
        source = Recorded([table], {"BTCUSDT": spec()}, Table(tmp_path / "market.toml", "recorded"))
        assert sum(1 for _ in source.steps()) == source.count == 15_000
        assert tracemalloc.get_traced_memory()[1] < len(rows) // 4
    finally:
        tracemalloc.stop()


def test_the_ladder_comes_before_the_print(tmp_path: Path) -> None:
    [step] = dump(tmp_path, "trades", TRADE).steps()
    assert [type(each) for each in step.commands] == [Book, Print]
