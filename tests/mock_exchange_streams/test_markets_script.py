"""Scripts: each row does what it says at its time, and each wrong value is named by line and key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from libraries.mock_exchange.core.accounts import CROWD
from libraries.mock_exchange.errors import MarketError
from libraries.mock_exchange.markets.script import Script, read_script
from libraries.mock_exchange.markets.steps import Book, Pause, Rest, Shift, Step, Take
from libraries.mock_exchange.shell.virtual_clock import DEFAULT_START_MS
from tests.mock_exchange_streams.kit_markets import Moved
from tests.mock_exchange_streams.kit_streams import spec, units

SPECS = {"BTCUSDT": spec()}
BOOK = {"do": "book", "symbol": "BTCUSDT", "bids": [["99", "5"], ["98", "5"]], "asks": [["101", "5"]]}


def lines(*rows: dict[str, Any]) -> bytes:
    return "\n".join(json.dumps(row) for row in rows).encode()


async def played(folder: Path, *rows: dict[str, Any]) -> Moved:
    file = folder / "script.jsonl"
    file.write_bytes(lines(*rows))
    it = Moved(Script(file, SPECS))
    await it.player.advance(to_end=True)
    return it


def test_rows_of_one_time_are_one_step_and_a_row_without_a_time_has_that_of_the_row_before() -> None:
    steps = read_script(
        lines({"at_ms": 5} | BOOK, {"do": "trade", "symbol": "BTCUSDT", "side": "BUY", "quantity": "1"}, {"at_ms": 9, "do": "pause"}),
        SPECS,
        "x",
    )
    ladder = Book("BTCUSDT", [(units("99"), units("5")), (units("98"), units("5"))], [(units("101"), units("5"))])
    assert steps == [Step(5, (ladder, Take("BTCUSDT", "BUY", units("1")))), Step(9, (Pause(),))]


def test_a_move_is_even_steps_and_the_next_row_follows_its_end() -> None:
    move = {"at_ms": 100, "do": "move", "symbol": "BTCUSDT", "start": "100", "to": "104", "steps": 4, "over_ms": 200}
    steps = read_script(lines(move, {"do": "pause"}), SPECS, "x")
    assert [(step.at_ms, step.commands[0]) for step in steps] == [
        (150, Shift("BTCUSDT", units("101"))),
        (200, Shift("BTCUSDT", units("102"))),
        (250, Shift("BTCUSDT", units("103"))),
        (300, Shift("BTCUSDT", units("104"))),
    ]
    assert steps[-1].commands[-1] == Pause()


async def test_books_trades_orders_cancels_and_prints_do_what_they_say(tmp_path: Path) -> None:
    order = {"at_ms": 20, "do": "order", "symbol": "BTCUSDT", "side": "BUY", "price": "100", "quantity": "2", "name": "wall"}
    it = await played(
        tmp_path,
        BOOK,
        {"at_ms": 10, "do": "trade", "symbol": "BTCUSDT", "side": "SELL", "quantity": "6"},
        order,
        {"at_ms": 30, "do": "trade", "symbol": "BTCUSDT", "side": "SELL", "quantity": "9", "price": "100"},
        order | {"at_ms": 40, "name": "other"},
        {"at_ms": 50, "do": "cancel", "symbol": "BTCUSDT", "name": "other"},
        {"at_ms": 60, "do": "print", "symbol": "BTCUSDT", "price": "100.5", "quantity": "0.3"},
    )
    assert [(trade.time_ms - DEFAULT_START_MS, trade.price, trade.quantity, trade.buyer_is_maker) for trade in it.trades] == [
        (10, units("99"), units("5"), True),
        (10, units("98"), units("1"), True),
        (30, units("100"), units("2"), True),
        (60, units("100.5"), units("0.3"), False),
    ]
    assert it.venue.depth("BTCUSDT")[1:] == ([(units("98"), units("4"))], [(units("101"), units("5"))])
    assert (it.venue.open_orders(CROWD), it.desk.refused) == ([], 0)


async def test_the_clock_is_moved_by_the_script(tmp_path: Path) -> None:
    it = await played(tmp_path, {"do": "clock", "advance_ms": 60_000}, {"at_ms": 10, "do": "clock", "skew_ms": -5_000})
    assert it.clock.offset_ms == -5_000
    assert it.clock.elapsed_ms == 60_010


async def test_a_status_holds_from_its_row_on(tmp_path: Path) -> None:
    halt = {"at_ms": 10, "do": "status", "symbol": "BTCUSDT", "status": "HALT"}
    it = await played(tmp_path, BOOK, halt, {"at_ms": 20} | TRADE, halt | {"at_ms": 30, "status": "TRADING"}, TRADE)
    assert [trade.time_ms - DEFAULT_START_MS for trade in it.trades] == [30]
    assert (it.venue.status("BTCUSDT"), it.desk.refused) == ("TRADING", 1)


async def test_what_the_venue_refuses_is_counted_and_the_script_goes_on(tmp_path: Path) -> None:
    it = await played(tmp_path, {"do": "cancel", "symbol": "BTCUSDT", "name": "nobody"}, {"at_ms": 1} | BOOK)
    assert it.desk.refused == 1
    assert len(it.venue.depth("BTCUSDT")[1]) == 2


TRADE = {"do": "trade", "symbol": "BTCUSDT", "side": "BUY", "quantity": "1"}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (b"{", "script, line 1: expected a JSON object such as"),
        (lines(BOOK) + b"\n\n[]", "script, line 3: Expected `object`, got `array`"),
        (lines({"do": "fly"}), "line 1: key do: Invalid value 'fly'"),
        (lines({"at_ms": 1}), "line 1: Object missing required field `do`"),
        (lines(TRADE | {"qty": "1"}), "line 1: Object contains unknown field `qty`"),
        (lines(TRADE | {"quantity": 1}), "line 1: key quantity: Expected `str`, got `int`"),
        (lines(TRADE | {"side": "HOLD"}), "line 1: key side: Invalid enum value 'HOLD'"),
        (lines(TRADE | {"symbol": "XRPUSDT"}), "line 1: key symbol: expected one of BTCUSDT, came 'XRPUSDT'"),
        (lines(TRADE | {"quantity": "0.000001"}), "key quantity: expected an amount that LOT_SIZE of BTCUSDT lets through"),
        (lines(TRADE | {"quantity": "much"}), "key quantity: expected a plain decimal number such as 100.25, got 'much'"),
        (lines(TRADE | {"price": "1.001"}), "key price: expected an amount that PRICE_FILTER of BTCUSDT lets through, came '1.001'"),
        (lines({"at_ms": 5} | TRADE, {"at_ms": 4} | TRADE), "line 2: key at_ms: expected a time from 5 (that of the row before)"),
        (lines(BOOK | {"asks": [["99", "1"]]}), "key asks: expected the best bid below the best ask"),
        (lines(BOOK | {"bids": [["99", "1"], ["99", "2"]]}), "key bids: expected each price once, came one twice"),
        (lines(BOOK | {"bids": [["99", "1"], ["98.001", "2"]]}), "key bids[1][0]: expected an amount that PRICE_FILTER"),
        (lines({"do": "status", "symbol": "BTCUSDT", "status": "OPEN"}), "key status: Invalid enum value 'OPEN'"),
        (lines({"do": "clock"}), "key advance_ms: expected exactly one of advance_ms and skew_ms"),
        (lines({"do": "clock", "advance_ms": -1}), "key advance_ms: expected 0 or more, came -1"),
        (lines({"do": "move", "symbol": "BTCUSDT", "start": "1", "to": "2", "steps": 0}), "key steps: expected 1 to 100000 steps, came 0"),
        (lines({"do": "move", "symbol": "X", "start": "1", "to": "2", "steps": 1}), "key symbol: expected one of BTCUSDT, came 'X'"),
        (lines({"do": "move", "symbol": "BTCUSDT", "start": "1", "to": "2", "steps": 1, "over_ms": -1}), "key over_ms: expected 0 to"),
    ],
)
def test_a_wrong_row_is_named(rows: bytes, message: str) -> None:
    with pytest.raises(MarketError) as error:
        read_script(rows, SPECS, "script")
    assert message in str(error.value)


def test_an_order_of_the_script_bears_its_name() -> None:
    order = {"do": "order", "symbol": "BTCUSDT", "side": "BUY", "price": "100", "quantity": "2", "name": "wall"}
    [step] = read_script(lines(order), SPECS, "x")
    assert step.commands == (Rest("BTCUSDT", "BUY", units("100"), units("2"), "wall"),)


def test_a_missing_script_is_named(tmp_path: Path) -> None:
    with pytest.raises(MarketError, match=r"nowhere\.jsonl: expected a readable file"):
        Script(tmp_path / "nowhere.jsonl", SPECS)
