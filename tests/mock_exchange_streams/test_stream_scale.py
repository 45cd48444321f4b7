"""Fifty symbols to twenty subscribers without a lost message, and what a recorded Binance has of the same messages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from libraries.mock_exchange.core.trade_history import KEEP_TRADES, TradeHistory
from libraries.mock_exchange.core.venue_events import PublicTrade
from tests.mock_exchange_streams.kit_streams import DATA_DIR, START_MS, World
from tests.mock_exchange_streams.streams_load import measure

CAPTURE = DATA_DIR / "binance-capture-2021-10-12"
needs_data = pytest.mark.skipif(not CAPTURE.is_dir(), reason=f"recorded data is absent: no {CAPTURE}; set GENESIS_DATA_DIR")


async def test_fifty_symbols_reach_twenty_subscribers_without_a_lost_message() -> None:
    outcome = await measure(symbols=50, subscribers=20, rounds=8)
    assert (outcome.lost, outcome.cut) == (0, 0)
    assert outcome.messages >= 20 * 50 * 8 * 3


def test_the_history_is_bounded_and_its_ids_go_on() -> None:
    history = TradeHistory()
    count = KEEP_TRADES + 500
    for number in range(1, count + 1):
        history.append(PublicTrade("BTCUSDT", number, 10**8, 10**8, 10**8, False, START_MS + number, number))
    assert len(history.from_id(0, 10**6)) == KEEP_TRADES
    assert history.from_id(0, 1)[0].trade_id == 501
    assert [each.agg_id for each in history.latest_aggregates(1)] == [count]
    assert len(history.aggregates_from_id(0, 10**6)) == KEEP_TRADES


@needs_data
def test_messages_have_the_keys_of_a_recorded_binance() -> None:
    world = World()
    names = {"depth@100ms": "btcusdt@depth@100ms", "bookTicker": "btcusdt@bookTicker", "aggTrade": "btcusdt@aggTrade"}
    names["kline_1m"] = "btcusdt@kline_1m"
    readers = {kind: world.read(name) for kind, name in names.items()}
    world.book({"99": "1"}, {"101": "5"})
    world.crowd("BUY", "1")
    world.timers.pass_ms(2_000)
    ours = {kind: reader.take()[0] for kind, reader in readers.items()}
    theirs = recorded_messages(CAPTURE)
    assert ours.keys() == theirs.keys()
    for kind, message in theirs.items():
        assert list(ours[kind]) == list(message), kind
    assert list(ours["kline_1m"]["k"]) == list(theirs["kline_1m"]["k"])
    assert {name: type(value) for name, value in ours["aggTrade"].items()} == {name: type(v) for name, v in theirs["aggTrade"].items()}


def recorded_messages(capture: Path) -> dict[str, Any]:
    """One message of each kind of stream."""
    found: dict[str, Any] = {}
    for line in (capture / "stream.jsonl").read_text().splitlines():
        message = json.loads(line)["message"]
        found.setdefault(message["stream"].partition("@")[2], message["data"])
    return found
