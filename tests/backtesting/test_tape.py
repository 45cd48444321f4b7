"""Tapes: a bar's trades are that bar again; dumps are read as they are or named by file, line and column; seeds."""

from __future__ import annotations

import itertools
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis.backtesting.dumps import symbol_of, tape_of
from genesis.backtesting.errors import DataError
from genesis.backtesting.generator import bars
from genesis.backtesting.settings import GeneratorSettings
from genesis.backtesting.tape import Print, merged, prints_of_bar
from genesis.core.models import Bar
from tests.backtesting.kit import bar
from tests.builders import SYMBOL, VENUE, d, rules

KLINE = "1700006400000,100.00,102.00,99.00,101.00,8.0,1700006459999,800.0,4,4.0,400.0,0"
HEADER = "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore"
PRICES = st.decimals(min_value=1, max_value=1_000, places=2)


@st.composite
def any_bar(draw: st.DrawFn) -> Bar:
    low, *middle, high = sorted(draw(st.lists(PRICES, min_size=4, max_size=4)))
    opened, close = draw(st.permutations(middle))
    return bar(draw(st.integers(0, 9)), opened, high, low, close, draw(st.decimals(min_value=0, max_value=99, places=8)))


@given(any_bar(), st.integers(0, 100_000))
def test_the_trades_of_a_bar_are_that_bar_again(one: Bar, first_after_ms: int) -> None:
    prints = prints_of_bar(one, first_after_ms)
    if one.volume == 0:
        assert prints == []
        return
    prices = [each.price for each in prints]
    assert (prices[0], max(prices), min(prices), prices[-1]) == (one.open, one.high, one.low, one.close)
    assert sum((each.quantity for each in prints), Decimal(0)) == one.volume
    times = [each.at_ms for each in prints]
    assert times == sorted(times)
    assert one.open_ms <= times[0]
    assert times[-1] == one.close_ms


def test_a_rising_bar_goes_down_first_and_a_falling_one_up() -> None:
    assert [each.price for each in prints_of_bar(bar(0, 10, 13, 9, 12), 0)] == [10, 9, 13, 12]
    assert [each.price for each in prints_of_bar(bar(0, 12, 13, 9, 10), 0)] == [12, 13, 9, 10]


def test_tapes_are_merged_by_time() -> None:
    def one(name: str, *times: int) -> list[Print]:
        return [Print(at_ms, VENUE, name, d(1), d(1)) for at_ms in times]

    both = merged([iter(one("A", 1, 4)), iter(one("B", 1, 2, 9))])
    assert [(each.at_ms, each.symbol) for each in both] == [(1, "A"), (1, "B"), (2, "B"), (4, "A"), (9, "B")]


def written(tmp_path: Path, text: str, name: str = "BTCUSDT-1m.csv") -> Path:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return file


def played(file: Path) -> list[Print]:
    return list(tape_of(file, VENUE, SYMBOL, 100))


@pytest.mark.parametrize(
    "text",
    [
        KLINE,
        f"{HEADER}\n{KLINE}\n",
        KLINE.replace("1700006400000", "1700006400000123").replace("1700006459999", "1700006459999999"),
        "Open time,Open,High,Low,Close,Volume,Close time\n" + ",".join(KLINE.split(",")[:7]),
    ],
    ids=["bare", "with header", "microseconds", "words of another header"],
)
def test_klines_are_read_with_and_without_a_header(tmp_path: Path, text: str) -> None:
    prints = played(written(tmp_path, text.replace("Open time", "open_time").replace("Close time", "close_time")))
    assert [(each.at_ms, each.price, each.quantity) for each in prints] == [
        (1700006400100, d(100), d(2)),
        (1700006420066, d(99), d(2)),
        (1700006440032, d(102), d(2)),
        (1700006459999, d(101), d(2)),
    ]


def test_trades_and_aggregated_trades_are_told_apart_by_their_columns(tmp_path: Path) -> None:
    trades = written(tmp_path, "11,100.5,0.25,25.125,1700006400001,True,True\n12,100.6,1e-2,1.0,1700006400002,False,True\n")
    assert [(each.at_ms, each.price, each.quantity) for each in played(trades)] == [
        (1700006400001, d("100.5"), d("0.25")),
        (1700006400002, d("100.6"), d("0.01")),
    ]
    aggregated = written(tmp_path, "7,100.5,0.25,11,12,1700006400001000,True,True\n")
    assert [(each.at_ms, each.quantity) for each in played(aggregated)] == [(1700006400001, d("0.25"))]


def test_an_archive_of_one_file_is_read_as_that_file(tmp_path: Path) -> None:
    archive = tmp_path / "BTCUSDT-1m.zip"
    with zipfile.ZipFile(archive, "w") as content:
        content.writestr("BTCUSDT-1m.csv", KLINE)
    assert len(played(archive)) == 4


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "expected at least one row, got none"),
        (HEADER, "expected at least one row, got none"),
        ("1,2,3\n", "line 1: expected a row of one of the dumps"),
        ("time,price\n1,2\n", "line 1: expected a header with the columns"),
        (f"{KLINE}\n{KLINE}", "line 2, column open_time: expected a time not before 1700006460000, got 1700006400000"),
        (f"{KLINE},9", "line 1: expected a row of one of the dumps"),
        (f"{HEADER}\n{KLINE},9", "line 2: expected 12 cells, got 13"),
        (KLINE.replace("102.00", "98.00"), "line 1, column high: expected a high that is the highest of the four prices, got '98.00'"),
        (KLINE.replace("99.00", "100.50"), "line 1, column low: expected a low that is the lowest of the four prices"),
        (KLINE.replace("101.00", "cheap"), "line 1, column close: expected a decimal number above 0"),
        (KLINE.replace("101.00", "-1"), "line 1, column close: expected a decimal number above 0"),
        (KLINE.replace("101.00", "NaN"), "line 1, column close: expected a decimal number above 0"),
        (KLINE.replace("8.0", "1e99"), "line 1, column volume: expected a decimal number from 0"),
        (KLINE.replace("1700006459999", "1700006400000"), "column close_time: expected a close_time after the open_time"),
        (KLINE.replace("1700006400000", "17:00"), "line 1, column open_time: expected a time in milliseconds"),
    ],
)
def test_a_wrong_row_is_named_by_file_line_and_column(tmp_path: Path, text: str, named: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(DataError) as error:
        played(file)
    assert error.value.message.startswith(f"{file}")
    assert named in error.value.message
    assert (error.value.code, error.value.exit_code) == ("GENESIS-4701", 9)


@pytest.mark.parametrize("content", [b"\xff\xfe1,2", b"PK\x03\x04 no archive"], ids=["no UTF-8", "no archive"])
def test_what_is_no_text_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / ("a.zip" if content.startswith(b"PK") else "a.csv")
    file.write_bytes(content)
    with pytest.raises(DataError, match=r"a\.(zip|csv).*expected (UTF-8 text|a \.zip archive)"):
        played(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere\.csv: expected a readable file, got: No such file or directory; check the path"):
        played(tmp_path / "nowhere.csv")


def test_the_symbol_is_told_by_the_files_name(tmp_path: Path) -> None:
    assert symbol_of(tmp_path / "BTCUSDT-1m-2025-01.zip", ("ETHUSDT", "BTCUSDT")) == "BTCUSDT"
    with pytest.raises(DataError, match="expected a name that begins with a symbol of the configuration"):
        symbol_of(tmp_path / "SOLUSDT-1m.csv", ("ETHUSDT", "BTCUSDT"))


def test_the_same_seed_gives_the_same_bars_and_another_seed_others() -> None:
    settings = GeneratorSettings(start=d(30_000))
    first, again = list(bars(rules(), settings, 7, 50)), list(bars(rules(), settings, 7, 50))
    assert first == again
    assert first != list(bars(rules(), settings, 8, 50))


def test_a_further_symbol_changes_no_other() -> None:
    settings = GeneratorSettings()
    others = rules("ETHUSDT", "ETH")
    assert [each.close for each in bars(rules(), settings, 7, 9)] != [each.close for each in bars(others, settings, 7, 9)]


def test_generated_bars_hang_together_and_move_as_much_as_asked() -> None:
    made = list(bars(rules(), GeneratorSettings(start=d(30_000), volatility=d("0.01")), 3, 2_000))
    assert all(each.low <= min(each.open, each.close) <= max(each.open, each.close) <= each.high for each in made)
    assert all(after.open == before.close for before, after in itertools.pairwise(made))
    changes = [float(after.close / before.close) - 1 for before, after in itertools.pairwise(made)]
    assert (sum(change**2 for change in changes) / len(changes)) ** 0.5 == pytest.approx(0.01, rel=0.1)
