"""Recorded CSV markets: rounding, order, prints with the recorded ids, third parties, and every wrong cell by name."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import Any

import pytest

from libraries.mock_exchange.core.orders import NewOrder
from libraries.mock_exchange.core.venue_events import E8, PublicTrade
from libraries.mock_exchange.errors import MarketError
from libraries.mock_exchange.markets.desk import OTHER_TRADES_FROM, Desk
from libraries.mock_exchange.markets.player import Player, Playing
from libraries.mock_exchange.markets.recorded import Recorded
from libraries.mock_exchange.markets.steps import Book, Print, Step
from libraries.mock_exchange.markets.tables import Table
from libraries.mock_exchange.shell.clock import VenueClock
from tests.mock_exchange_streams.kit_markets import Moved
from tests.mock_exchange_streams.kit_streams import DATA_DIR, World, spec, units

TRADES = DATA_DIR / "BTCUSDT-trades-2021-01-08.csv"
QUOTES = DATA_DIR / "BTCUSDT-quotes-2021-01-08.csv"
needs_data = pytest.mark.skipif(not TRADES.is_file(), reason=f"recorded data is absent: no {TRADES}; set GENESIS_DATA_DIR")

TRADE_HEADER = "id,price,qty,quote_qty,time,is_buyer_maker,is_best_match\n"
QUOTE_HEADER = "time,bid,bid_size,ask,ask_size\n"


def files(folder: Path, trades: str, quotes: str) -> tuple[Path, Path]:
    (folder / "trades.csv").write_text(TRADE_HEADER + trades)
    (folder / "quotes.csv").write_text(QUOTE_HEADER + quotes)
    return folder / "trades.csv", folder / "quotes.csv"


def read_plan(trades: Path, quotes: Path) -> Recorded:
    table = {"symbol": "BTCUSDT", "trades": trades.name, "quotes": quotes.name}
    return Recorded([table], {"BTCUSDT": spec()}, Table(trades.parent / "market.toml", "recorded"))


def player(world: World, source: Recorded) -> Player:
    clock = VenueClock()
    return Player(source, Desk(world.venue, clock, None, source.recorded_symbols), clock, Playing())


class Played(World):
    """A world with a recorded market and everything public that happened."""

    def __init__(self, folder: Path, trades: str, quotes: str) -> None:
        super().__init__()
        self.trades: list[PublicTrade] = []
        self.venue.listen(lambda event: self.trades.append(event) if isinstance(event, PublicTrade) else None)
        self.market = player(self, read_plan(*files(folder, trades, quotes)))
        self.venue.create_account("alice", "key", {"USDT": 10**6 * E8, "BTC": 1000 * E8})

    def alice(self, side: Any, quantity: str, price: str) -> Any:
        order = NewOrder(symbol="BTCUSDT", side=side, type="LIMIT", time_in_force="GTC", quantity=units(quantity), price=units(price))
        return self.venue.place("alice", order, "rest").order

    def prints(self) -> list[tuple[int, int, int, bool]]:
        return [(trade.trade_id, trade.price, trade.quantity, trade.buyer_is_maker) for trade in self.trades]

    def levels(self) -> Any:
        return self.venue.depth("BTCUSDT")[1:]


QUOTE_ROWS = "1000,99.00,2,101.00,3\n2000,99.50,1,100.50,1\n"
TRADE_ROWS = (
    "501,101.00,0.5,0,1100,False,True\n"  # at the ask
    "502,98.00,4,0,1200,True,True\n"  # below the bid, more than it offers
    "503,100.00,1,0,1300,False,True\n"  # inside the spread
    "504,98.50,1,0,1400,False,True\n"  # a buy below the bid: the bid steps aside
    "505,99.50,1,0,2000,True,True\n"  # at the bid, with its very size
)


async def test_every_print_bears_the_recorded_id_price_and_quantity(tmp_path: Path) -> None:
    it = Played(tmp_path, TRADE_ROWS, QUOTE_ROWS)
    assert await it.market.advance(to_end=True) == {"position": 7, "last_trade_id": 505, "remaining": 0}
    assert it.prints() == [
        (501, units("101"), units("0.5"), False),
        (502, units("98"), units("4"), True),
        (503, units("100"), units("1"), False),
        (504, units("98.5"), units("1"), False),
        (505, units("99.5"), units("1"), True),
    ]
    assert {trade.time_ms for trade in it.trades} == {it.clock.ms}, "the venue's time, not the recording's"
    assert not any(it.venue.books.totals().values())


async def test_between_steps_the_book_is_the_last_recorded_quote(tmp_path: Path) -> None:
    it = Played(tmp_path, TRADE_ROWS, QUOTE_ROWS)
    first = ([(units("99"), units("2"))], [(units("101"), units("3"))])
    second = ([(units("99.5"), units("1"))], [(units("100.5"), units("1"))])
    for position, expected in enumerate([first] * 5 + [second] * 2, 1):
        assert (await it.market.advance(steps=1))["position"] == position
        assert it.levels() == expected


async def test_quotes_come_before_trades_of_the_same_time(tmp_path: Path) -> None:
    it = Played(tmp_path, TRADE_ROWS, QUOTE_ROWS)
    await it.market.advance(until_trade_id=504)
    assert it.levels()[0] == [(units("99"), units("2"))]
    await it.market.advance(until_trade_id=505)
    assert it.levels()[0] == [(units("99.5"), units("1"))]


async def test_orders_of_others_at_the_price_or_better_fill_before_the_market(tmp_path: Path) -> None:
    it = Played(tmp_path, TRADE_ROWS, QUOTE_ROWS)
    await it.market.advance(steps=1)
    better, same = it.alice("SELL", "0.2", "100.99"), it.alice("SELL", "0.1", "101.00")
    await it.market.advance(until_trade_id=501)
    assert (better.status, same.status) == ("FILLED", "FILLED")
    assert it.prints() == [
        (OTHER_TRADES_FROM, units("100.99"), units("0.2"), False),
        (OTHER_TRADES_FROM + 1, units("101"), units("0.1"), False),
        (501, units("101"), units("0.2"), False),
    ]


async def test_others_at_the_same_price_and_size_as_the_quote_fill_first_too(tmp_path: Path) -> None:
    it = Played(tmp_path, "505,99.50,1,0,1000,True,True\n", "1000,99.50,1,100.50,1\n")
    await it.market.advance(steps=1)
    order = it.alice("BUY", "0.4", "99.50")
    await it.market.advance(to_end=True)
    assert order.status == "FILLED"
    assert it.prints()[-1] == (505, units("99.5"), units("0.6"), True)


async def test_a_trade_that_others_take_whole_leaves_no_recorded_id(tmp_path: Path) -> None:
    it = Played(tmp_path, "501,101.00,0.5,0,1100,False,True\n", "1000,99.00,2,101.00,3\n")
    await it.market.advance(steps=1)
    order = it.alice("SELL", "2", "100.50")
    assert await it.market.advance(to_end=True) == {"position": 2, "last_trade_id": 501, "remaining": 0}
    assert (order.executed, it.prints()) == (units("0.5"), [(OTHER_TRADES_FROM, units("100.5"), units("0.5"), False)])
    assert it.levels()[1] == [(units("100.5"), units("1.5")), (units("101"), units("3"))]
    it.alice("BUY", "0.1", "100.50")
    assert it.prints()[-1][0] == OTHER_TRADES_FROM + 1, "the unused id is not given to anybody else"


async def test_a_resting_order_through_which_the_market_trades_is_filled_whole(tmp_path: Path) -> None:
    it = Played(tmp_path, "501,100.00,0.5,0,1100,False,True\n", "1000,99.00,2,101.00,3\n")
    await it.market.advance(steps=1)
    order = it.alice("BUY", "2", "100.20")
    await it.market.advance(to_end=True)
    assert order.status == "FILLED"
    assert it.prints()[-1] == (501, units("100"), units("0.5"), False)


async def test_third_parties_trade_against_the_quote_and_the_next_step_restores_it(tmp_path: Path) -> None:
    it = Played(tmp_path, TRADE_ROWS, QUOTE_ROWS)
    await it.market.advance(steps=1)
    it.alice("BUY", "1", "101.00")
    assert it.levels()[1] == [(units("101"), units("2"))]
    await it.market.advance(steps=1)
    assert it.levels()[1] == [(units("101"), units("3"))]


async def test_a_tiny_trade_is_below_the_smallest_notional_and_prints_all_the_same(tmp_path: Path) -> None:
    it = Played(tmp_path, "501,101.00,0.00001,0,1100,False,True\n", "1000,99.00,2,101.00,3\n")
    await it.market.advance(to_end=True)
    assert it.prints() == [(501, units("101"), units("0.00001"), False)]


async def test_advance_says_what_it_cannot_do(tmp_path: Path) -> None:
    it = Played(tmp_path, TRADE_ROWS, QUOTE_ROWS)
    await it.market.advance(until_trade_id=503)
    assert await it.market.advance(until_trade_id=503) == {"position": 4, "last_trade_id": 503, "remaining": 3}
    with pytest.raises(ValueError, match=r"trade 502 was already played \(the last was 503\)"):
        await it.market.advance(until_trade_id=502)
    with pytest.raises(ValueError, match=r"expected the id of a recorded trade \(501 to 505\), came 9"):
        await it.market.advance(until_trade_id=9)
    with pytest.raises(ValueError, match="expected a whole number of at least 1, came 0"):
        await it.market.advance(steps=0)
    it.market.pause()
    with pytest.raises(ValueError, match="quiesced"):
        await it.market.advance(steps=1)
    it.market.resume()
    assert (await it.market.advance(steps=100))["remaining"] == 0


async def test_a_venue_that_goes_on_from_its_ledger_goes_on_after_the_last_recorded_trade(tmp_path: Path) -> None:
    it = Played(tmp_path, TRADE_ROWS, QUOTE_ROWS)
    await it.market.advance(until_trade_id=503)
    again = player(it, read_plan(tmp_path / "trades.csv", tmp_path / "quotes.csv"))
    await again.start()
    assert await again.advance(to_end=True) == {"position": 7, "last_trade_id": 505, "remaining": 0}
    assert [each[0] for each in it.prints()] == [501, 502, 503, 504, 505]


def test_amounts_are_rounded_down_and_small_ones_skipped_or_raised(tmp_path: Path) -> None:
    paths = files(
        tmp_path,
        "1,100.019,0.00031099999999999997,0,5,False,True\n2,100,9.99e-06,0,6,True,True\n3,100,1e-05,0,7,True,True\n",
        "5,99.999,0.000009,100.011,2.000019\n",
    )
    plan = read_plan(*paths)
    assert list(plan.steps()) == [
        Step(0, (Book("BTCUSDT", [(units("99.99"), units("0.00001"))], [(units("100.01"), units("2.00001"))]),)),
        Step(0, (Print("BTCUSDT", "BUY", units("100.01"), units("0.00031"), 1),), 1),
        Step(1, (), 2),
        Step(2, (Print("BTCUSDT", "SELL", units("100"), units("0.00001"), 3),), 3),
    ]
    assert (plan.first_ms, plan.count, plan.skipped, plan.trade_ids()) == (5, 4, 1, (1, 3))


GOOD_TRADE, GOOD_QUOTE = "1,100,1,0,5,False,True\n", "5,99,1,101,1\n"


@pytest.mark.parametrize(
    ("trades", "quotes", "message"),
    [
        ("x,100,1,0,5,False,True\n", GOOD_QUOTE, "trades.csv, line 2, column id: expected a whole number, came 'x'"),
        (
            GOOD_TRADE + "2,-1,1,0,5,False,True\n",
            GOOD_QUOTE,
            "trades.csv, line 3, column price: expected a positive decimal number, came '-1'",
        ),
        ("1,100,nan,0,5,False,True\n", GOOD_QUOTE, "trades.csv, line 2, column qty: expected a positive decimal number, came 'nan'"),
        ("1,100,0,0,5,False,True\n", GOOD_QUOTE, "trades.csv, line 2, column qty: expected a positive decimal number, came '0'"),
        ("1,100,1,0,5.5,False,True\n", GOOD_QUOTE, "trades.csv, line 2, column time: expected a whole number, came '5.5'"),
        ("1,100,1,0,5,yes,True\n", GOOD_QUOTE, "trades.csv, line 2, column is_buyer_maker: expected True or False, came 'yes'"),
        ("1,100,1,0,5,False\n", GOOD_QUOTE, "trades.csv, line 2: expected 7 cells, came 6"),
        ("", GOOD_QUOTE, "trades.csv: expected at least one row below the header, came none"),
        (GOOD_TRADE * 2, GOOD_QUOTE, "trades.csv, line 3, column id: expected an id above 1, came 1"),
        (GOOD_TRADE + "2,100,1,0,4,False,True\n", GOOD_QUOTE, "trades.csv, line 3, column time: expected a time not before 5, came 4"),
        ("1,2000000,1,0,5,False,True\n", GOOD_QUOTE, "trades.csv, line 2, column price: expected an amount that the symbol's filters take"),
        ("1,100,10000,0,5,False,True\n", GOOD_QUOTE, "trades.csv, line 2, column qty: expected an amount that the symbol's filters take"),
        (
            GOOD_TRADE,
            "5,101,1,99,1\n",
            "quotes.csv, line 2, column ask: expected a bid below the ask, came bid 101.00000000 and ask 99.00000000",
        ),
        (GOOD_TRADE, "5,99.001,1,99.009,1\n", "quotes.csv, line 2, column ask: expected a bid below the ask"),
        (GOOD_TRADE, "5,99,1,101,1e99\n", "quotes.csv, line 2, column ask_size: expected a positive decimal number, came '1e99'"),
        (GOOD_TRADE, "5,99,,101,1\n", "quotes.csv, line 2, column bid_size: expected a positive decimal number, came ''"),
    ],
)
def test_a_wrong_cell_is_named(tmp_path: Path, trades: str, quotes: str, message: str) -> None:
    with pytest.raises(MarketError) as error:
        read_plan(*files(tmp_path, trades, quotes))
    assert message in str(error.value)
    assert error.value.exit_code == 3


def test_a_missing_file_or_column_is_named(tmp_path: Path) -> None:
    trades, quotes = files(tmp_path, GOOD_TRADE, GOOD_QUOTE)
    with pytest.raises(MarketError, match=r"nowhere\.csv: expected a readable file, came: No such file"):
        read_plan(tmp_path / "nowhere.csv", quotes)
    trades.write_text("id,price,time,is_buyer_maker\n")
    with pytest.raises(
        MarketError,
        match=r"trades\.csv, line 1, column qty: expected a header with the columns id, price, qty, time, is_buyer_maker, came id",
    ):
        read_plan(trades, quotes)
    trades.write_bytes(b"id,\xff")
    with pytest.raises(MarketError, match="expected UTF-8 text, came byte 0xff at offset 3"):
        read_plan(trades, quotes)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"symbol": "X", "trades": "t.csv"}, "recorded.symbol: expected one of BTCUSDT, came 'X'"),
        ({"symbol": "BTCUSDT"}, "recorded: expected exactly one of trades, agg_trades, klines, came 'none of them'"),
        ({"symbol": "BTCUSDT", "klines": "k", "trades": "t"}, "exactly one of trades, agg_trades, klines, came 'trades, klines'"),
        ({"symbol": "BTCUSDT", "klines": "k", "quotes": "q"}, "recorded.quotes: expected quotes beside trades or agg_trades only"),
        ({"symbol": "BTCUSDT", "trades": "t", "levels": 0}, "recorded.levels: expected 1 to 1000 levels a side, came 0"),
        ({"symbol": "BTCUSDT", "trades": "t", "spread_ticks": 0}, "recorded.spread_ticks: expected 1 to 1000 ticks, came 0"),
        ({"symbol": "BTCUSDT", "trades": "t", "size": "-1"}, "recorded.size: expected a plain decimal number"),
        ({"symbol": "BTCUSDT", "trade": "t"}, "recorded: Object contains unknown field `trade`"),
    ],
)
def test_a_wrong_key_is_named(table: dict[str, Any], message: str) -> None:
    with pytest.raises(MarketError) as error:
        Recorded([table], {"BTCUSDT": spec()}, Table(Path("market.toml"), "recorded"))
    assert message in str(error.value)


@needs_data
async def test_the_recorded_day_prints_as_an_independent_reading_of_the_file_says() -> None:
    world = World()
    prints: list[PublicTrade] = []
    world.venue.listen(lambda event: prints.append(event) if isinstance(event, PublicTrade) else None)
    source = read_plan(TRADES, QUOTES)
    driver = player(world, source)
    await driver.start()
    rows = [line.split(",") for line in TRADES.read_text().splitlines()[1:]]
    expected = []
    for trade_id, price, quantity, _, _, maker, _ in rows:
        rounded = Decimal(quantity).quantize(Decimal("0.00001"), ROUND_DOWN)
        if rounded:
            expected.append((int(trade_id), int(Decimal(price) * E8), int(rounded * E8), maker == "True"))
    assert await driver.advance(to_end=True) == {"position": 2452, "last_trade_id": 553289559, "remaining": 0}
    assert [(trade.trade_id, trade.price, trade.quantity, trade.buyer_is_maker) for trade in prints] == expected
    assert len(rows) - len(expected) == source.skipped == 44
    last = QUOTES.read_text().splitlines()[-1].split(",")
    _, bids, asks = world.venue.depth("BTCUSDT")
    assert (bids[0][0], asks[0][0], len(bids), len(asks)) == (units(last[1]), units(last[3]), 1, 1)
    assert not any(world.venue.books.totals().values())


@needs_data
async def test_the_recorded_day_at_ten_times_its_speed_takes_a_tenth_of_its_time() -> None:
    it = Moved(read_plan(TRADES, QUOTES), playing=Playing(speed=10_000))
    await it.player.advance(to_end=True)
    times = [int(line.split(",")[4]) for line in TRADES.read_text().splitlines()[1:]]
    times += [int(line.split(",")[0]) for line in QUOTES.read_text().splitlines()[1:]]
    assert it.clock.offset_ms == -(-(max(times) - min(times)) // 10)
