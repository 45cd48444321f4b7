"""A recorded conversation: served byte for byte, and a book built from what clients get equals a plain computation from the files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from libraries.mock_exchange import markets
from libraries.mock_exchange.errors import MarketError
from libraries.mock_exchange.markets.capture import Capture
from libraries.mock_exchange.markets.desk import Desk
from libraries.mock_exchange.markets.player import Player, Playing
from libraries.mock_exchange.markets.steps import Publish
from libraries.mock_exchange.shell.clock import VenueClock
from tests.mock_exchange_streams.kit_streams import DATA_DIR, LocalBook, World, units

CAPTURE = DATA_DIR / "binance-capture-2021-10-12"
SYMBOLS = ("NKNUSDT", "BLZETH", "LRCBTC", "RUNEEUR")
needs_data = pytest.mark.skipif(not CAPTURE.is_dir(), reason=f"recorded data is absent: no {CAPTURE}; set GENESIS_DATA_DIR")

INFO = {
    "symbols": [
        {
            "symbol": "AAABBB",
            "baseAsset": "AAA",
            "quoteAsset": "BBB",
            "filters": [
                {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "100", "tickSize": "0.01"},
                {"filterType": "LOT_SIZE", "minQty": "0.1", "maxQty": "100", "stepSize": "0.1"},
            ],
        }
    ]
}
SNAPSHOT = {"symbol": "AAABBB", "body": {"lastUpdateId": 1, "bids": [["1.00", "2.0"]], "asks": []}}
MESSAGE = '{"received": 1.5, "message": {"stream": "aaabbb@trade", "data": {"e":  "trade",   "p": "1.0"}}}'


def recording(folder: Path, *, info: str = "", snapshots: str = "", stream: str = "") -> Path:
    (folder / "exchangeInfo.json").write_text(info or json.dumps(INFO))
    (folder / "depth-snapshots.jsonl").write_text(snapshots or json.dumps(SNAPSHOT))
    (folder / "stream.jsonl").write_text(stream or MESSAGE)
    return folder


def test_payloads_keep_their_bytes(tmp_path: Path) -> None:
    capture = Capture(recording(tmp_path))
    [step] = capture.steps()
    assert step.commands == (Publish("aaabbb@trade", b'{"e":  "trade",   "p": "1.0"}'),)
    assert capture.exchange_info() == INFO
    assert capture.depth_snapshot("AAABBB") == SNAPSHOT["body"]


def test_messages_keep_the_distances_at_which_they_were_received(tmp_path: Path) -> None:
    late = MESSAGE.replace("1.5", "3.75")
    assert [step.at_ms for step in Capture(recording(tmp_path, stream="\n".join([MESSAGE, late, MESSAGE]))).steps()] == [0, 2250, 2250]


def played(folder: Path, world: World) -> Player:
    clock = VenueClock()
    return Player(Capture(folder), Desk(world.venue, clock, world.hub), clock, Playing())


def test_symbols_are_closed_for_trading(tmp_path: Path) -> None:
    [spec] = markets.recording_symbols(recording(tmp_path))
    assert (spec.symbol, spec.status, spec.tick_size, spec.step_size, spec.min_notional) == (
        "AAABBB",
        "BREAK",
        units("0.01"),
        units("0.1"),
        0,
    )


async def test_steps_are_messages(tmp_path: Path) -> None:
    world = World()
    reader = world.read("aaabbb@trade")
    driver = played(recording(tmp_path, stream="\n".join([MESSAGE] * 3)), world)
    await driver.start()
    assert reader.take() == [], "nothing moves before the first advance"
    assert await driver.advance(steps=2) == {"position": 2, "last_trade_id": None, "remaining": 1}
    assert len(reader.take()) == 2
    driver.pause()
    with pytest.raises(ValueError, match="quiesced"):
        await driver.advance(to_end=True)
    driver.resume()
    with pytest.raises(ValueError, match="nothing here is counted in trades"):
        await driver.advance(until_trade_id=5)
    with pytest.raises(ValueError, match="at least 1, came 0"):
        await driver.advance(steps=0)
    assert await driver.advance(to_end=True) == {"position": 3, "last_trade_id": None, "remaining": 0}
    assert await driver.advance(steps=5) == {"position": 3, "last_trade_id": None, "remaining": 0}
    await driver.close()


def _without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def _text(name: str, text: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / name).write_text(text)

    return write


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (_without("exchangeInfo.json"), "exchangeInfo.json: expected a readable file"),
        (_without("depth-snapshots.jsonl"), "depth-snapshots.jsonl: expected a readable file"),
        (_without("stream.jsonl"), "stream.jsonl: expected a readable file"),
        (_text("exchangeInfo.json", "{"), "exchangeInfo.json: expected JSON of the recording's form"),
        (
            _text("exchangeInfo.json", json.dumps(INFO).replace('"0.01"', "0.01")),
            "column $.symbols[0].filters tickSize: expected an amount as text",
        ),
        (_text("exchangeInfo.json", json.dumps(INFO).replace("LOT_SIZE", "OTHER")), "column $.symbols[0].filters stepSize"),
        (
            _text("depth-snapshots.jsonl", json.dumps(SNAPSHOT) + "\n{}"),
            "depth-snapshots.jsonl, line 2: expected JSON of the recording's form",
        ),
        (
            _text("depth-snapshots.jsonl", json.dumps(SNAPSHOT).replace("AAABBB", "X")),
            "line 1, column symbol: expected a symbol of exchangeInfo.json",
        ),
        (_text("depth-snapshots.jsonl", "\n".join([json.dumps(SNAPSHOT)] * 2)), "line 2, column symbol: expected one snapshot per symbol"),
        (_text("depth-snapshots.jsonl", json.dumps(SNAPSHOT).replace('"1.00"', "1.0")), "line 1, column body: expected a depth answer"),
        (_text("stream.jsonl", MESSAGE + "\nno json"), "stream.jsonl, line 2: expected JSON of the recording's form"),
        (_text("stream.jsonl", MESSAGE.replace("aaabbb", "zzz")), "line 1, column message.stream: expected <symbol>@<stream>"),
        (_text("stream.jsonl", ""), "stream.jsonl: expected at least one message"),
    ],
)
def test_a_wrong_recording_is_named(tmp_path: Path, break_it: Callable[[Path], None], message: str) -> None:
    break_it(recording(tmp_path))
    with pytest.raises(MarketError) as error:
        Capture(tmp_path)
    assert message in str(error.value)
    assert str(tmp_path) in str(error.value)


def independent_book(symbol: str) -> tuple[Any, Any]:
    """The book by an other way than the client's: the snapshot, then every later quantity of each level, in the order of the file."""
    snapshots = [json.loads(line) for line in (CAPTURE / "depth-snapshots.jsonl").read_text().splitlines()]
    [body] = [each["body"] for each in snapshots if each["symbol"] == symbol]
    sides: list[dict[str, str]] = [dict(body["bids"]), dict(body["asks"])]
    for line in (CAPTURE / "stream.jsonl").read_text().splitlines():
        event = json.loads(line)["message"]["data"]
        if event.get("e") == "depthUpdate" and event["s"] == symbol and event["u"] > body["lastUpdateId"]:
            sides[0].update(event["b"])
            sides[1].update(event["a"])
    bids, asks = ([(units(price), units(quantity)) for price, quantity in side.items() if units(quantity)] for side in sides)
    return sorted(bids, reverse=True), sorted(asks)


@needs_data
@pytest.mark.parametrize("symbol", SYMBOLS)
async def test_a_local_book_by_the_documented_rules_equals_the_independent_one(symbol: str) -> None:
    world = World(*markets.recording_symbols(CAPTURE))
    driver = played(CAPTURE, world)
    await driver.start()
    reader = world.read(f"{symbol.lower()}@depth@100ms")
    snapshot = driver.depth_snapshot(symbol)
    assert snapshot is not None
    assert (await driver.advance(to_end=True))["position"] == 265
    local = LocalBook(snapshot)
    for event in reader.take():
        local.apply(event)
    assert local.levels() == independent_book(symbol)
    assert local.id > snapshot["lastUpdateId"]


@needs_data
async def test_messages_reach_combined_clients_in_the_files_order_and_verbatim() -> None:
    world = World(*markets.recording_symbols(CAPTURE))
    driver = played(CAPTURE, world)
    lines = [json.loads(line)["message"] for line in (CAPTURE / "stream.jsonl").read_text().splitlines()]
    reader = world.read(*dict.fromkeys(line["stream"] for line in lines), combined=True)
    await driver.advance(to_end=True)
    assert reader.take() == lines
    assert driver.exchange_info() == json.loads((CAPTURE / "exchangeInfo.json").read_text())
    assert driver.depth_snapshot("ETHBTC") is None, "no snapshot of it was recorded"


@needs_data
def test_a_damaged_copy_of_the_real_recording_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    folder.mkdir()
    for file in CAPTURE.iterdir():
        shutil.copyfile(file, folder / file.name)
    with (folder / "stream.jsonl").open("a") as stream:
        stream.write('{"received": 1, "message": {"stream": "nknusdt@trade"')
    with pytest.raises(MarketError, match=r"stream\.jsonl, line 266"):
        Capture(folder)
