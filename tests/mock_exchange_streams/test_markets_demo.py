"""The demo market: the same seed gives the same commands; books are whole and consistent; the driver stands still when told."""

from __future__ import annotations

import asyncio
from itertools import islice
from typing import Any

import pytest

from libraries.mock_exchange import markets
from libraries.mock_exchange.core.venue import Venue
from libraries.mock_exchange.core.venue_events import PublicTrade
from libraries.mock_exchange.markets.demo import LEVELS, SYMBOLS, Book, DemoStep, Take, demo_steps
from libraries.mock_exchange.markets.demo_market import DemoMarket
from libraries.mock_exchange.settings import built_in_market
from libraries.mock_exchange.shell.clock import VenueClock
from libraries.mock_exchange.shell.market_driver import MarketDriver, MarketPlan
from tests.mock_exchange_streams.kit_streams import HandClock

E8 = 10**8
DEADLINE_S = 10.0


def steps(seed: int, count: int = 800) -> list[DemoStep]:
    return list(islice(demo_steps(seed), count))


def venue(clock: Any = None) -> Venue:
    it = Venue(built_in_market().specs, clock or HandClock())
    it.start()
    return it


def test_the_same_seed_gives_the_same_commands_and_another_seed_others() -> None:
    assert steps(7) == steps(7)
    assert steps(7) != steps(8)


def test_the_sequence_of_a_seed_is_pinned() -> None:
    """A change of the generator changes every recorded seed: then this number changes on purpose."""
    takes = [command for step in steps(1, 20) for command in step.commands if isinstance(command, Take)]
    assert [(take.symbol, take.side, take.quantity) for take in takes[:3]] == [
        ("BTCUSDT", "SELL", 13_482_000),
        ("ETHUSDT", "SELL", 35_010_000),
        ("ETHBTC", "BUY", 15_630_000),
    ]


def test_twenty_levels_a_side_never_crossed_on_the_grid() -> None:
    specs = {spec.symbol: spec for spec in built_in_market().specs}
    for step in steps(3):
        for book in (command for command in step.commands if isinstance(command, Book)):
            bids, asks = ([price for price, _ in side] for side in (book.bids, book.asks))
            assert (len(bids), len(asks)) == (LEVELS, LEVELS)
            assert bids == sorted(bids, reverse=True)
            assert asks == sorted(asks)
            assert bids[0] < asks[0]
            assert all(price % specs[book.symbol].tick_size == 0 for price in bids + asks)
            assert all(quantity % specs[book.symbol].step_size == 0 and quantity > 0 for _, quantity in book.bids + book.asks)


def test_the_first_step_fills_all_books_and_the_mids_move() -> None:
    first, *rest = steps(5)
    assert [command.symbol for command in first.commands] == list(SYMBOLS)
    for symbol in SYMBOLS:
        tops = {command.bids[0][0] for step in rest for command in step.commands if isinstance(command, Book) and command.symbol == symbol}
        assert len(tops) > 5, symbol


def test_no_triangle_pays_its_fees() -> None:
    best: dict[str, tuple[int, int]] = {}
    for step in steps(11, 1_500):
        for book in (command for command in step.commands if isinstance(command, Book)):
            best[book.symbol] = (book.bids[0][0], book.asks[0][0])
        forward = E8 * E8 // best["BTCUSDT"][1] * E8 // best["ETHBTC"][1] * best["ETHUSDT"][0] // E8
        backward = E8 * E8 // best["ETHUSDT"][1] * best["ETHBTC"][0] // E8 * best["BTCUSDT"][0] // E8
        assert max(forward, backward) < E8 * 1002 // 1000


def test_several_trades_a_second_per_symbol() -> None:
    waited = sum(step.wait_ms for step in steps(2)) / 1000
    for symbol in SYMBOLS:
        takes = sum(isinstance(command, Take) and command.symbol == symbol for step in steps(2) for command in step.commands)
        assert 3 <= takes / waited <= 8, symbol


async def test_the_venue_takes_every_command() -> None:
    it = venue()
    trades: list[Any] = []
    it.listen(lambda event: trades.append(event) if isinstance(event, PublicTrade) else None)
    market = DemoMarket(it, seed=1)
    for step in steps(1, 400):
        market._apply(step)
    assert {trade.symbol for trade in trades} == set(SYMBOLS)
    for symbol in SYMBOLS:
        _, bids, asks = it.depth(symbol)
        assert len(bids) + len(asks) >= 2 * LEVELS - 2, "a crowd order takes a level or two at most"
    assert not any(it.books.totals().values())


async def test_the_driver_moves_pauses_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    without_waits = (DemoStep(0, step.commands) for step in demo_steps(3))
    monkeypatch.setattr("libraries.mock_exchange.markets.demo_market.demo_steps", lambda seed: without_waits)
    it = venue(VenueClock())
    moved = asyncio.Event()
    it.listen(lambda event: moved.set())
    driver: MarketDriver = markets.build(it, VenueClock(), None, MarketPlan(kind="demo", seed=3))
    await driver.start()
    for symbol in SYMBOLS:
        assert len(it.depth(symbol)[1]) == LEVELS, "the books are full when start returns"
    for _ in range(2):
        moved.clear()
        await asyncio.wait_for(moved.wait(), DEADLINE_S)
        driver.pause()
        ids = [it.depth(symbol)[0] for symbol in SYMBOLS]
        for _ in range(50):
            await asyncio.sleep(0)
        assert [it.depth(symbol)[0] for symbol in SYMBOLS] == ids
        driver.resume()
    assert driver.exchange_info() is None
    assert driver.depth_snapshot("BTCUSDT") is None
    with pytest.raises(ValueError, match="moves by itself"):
        await driver.advance(to_end=True)
    await driver.close()
    await driver.close()
