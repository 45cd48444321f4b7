"""The process end to end: what a person sees who points a public client at it, and what a wrong recording costs."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
import websocket

from tests.mock_exchange_streams.kit_streams import DATA_DIR

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 20.0
COMMAND = [sys.executable, "-m", "libraries.mock_exchange"]
CAPTURE = DATA_DIR / "binance-capture-2021-10-12"

MARKET = """
[recorded]
symbol = "BTCUSDT"
trades = "trades.csv"
quotes = "quotes.csv"
[[symbol]]
symbol = "BTCUSDT"
base = "BTC"
quote = "USDT"
"""
TRADES = "id,price,qty,time,is_buyer_maker\n501,101.00,0.5,1100,False\n502,99.00,0.25,1200,True\n"
QUOTES = "time,bid,bid_size,ask,ask_size\n1000,99,2,101,3\n"


class Exchange:
    """A running exchange and its ready line."""

    def __init__(self, ready: dict[str, Any]) -> None:
        self.ready = ready

    def stream(self, path: str) -> websocket.WebSocket:
        return websocket.create_connection(self.ready["stream_url"] + path, timeout=DEADLINE_S)

    def rest(self, path: str) -> Any:
        return requests.get(self.ready["rest_url"] + path, timeout=DEADLINE_S).json()

    def admin(self, path: str, body: dict[str, Any], status: int = 200) -> Any:
        headers = {"Authorization": f"Bearer {self.ready['admin_token']}"}
        response = requests.post(self.ready["admin_url"] + path, json=body, headers=headers, timeout=DEADLINE_S)
        assert response.status_code == status, response.text
        return response.json()


@contextmanager
def running(*options: str) -> Iterator[Exchange]:
    with subprocess.Popen([*COMMAND, *options], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, process.communicate(timeout=DEADLINE_S)[1]
            yield Exchange(json.loads(line))
            process.send_signal(signal.SIGTERM)
            assert process.wait(DEADLINE_S) == 0
        finally:
            process.kill()


def test_the_demo_is_ready_soon_and_a_client_sees_trades_of_every_symbol() -> None:
    begun = time.monotonic()
    with running("--market", "demo", "--seed", "7") as exchange:
        assert time.monotonic() - begun < DEADLINE_S
        names = {f"{symbol}@trade" for symbol in ("btcusdt", "ethusdt", "ethbtc", "bnbusdt")}
        client = exchange.stream("/stream?streams=" + "/".join(sorted(names)))
        seen: dict[str, Any] = {}
        while set(seen) != names:
            message = json.loads(client.recv())
            seen[message["stream"]] = message["data"]
        assert seen["btcusdt@trade"]["e"] == "trade"
        assert len(exchange.rest("/api/v3/depth?symbol=ETHBTC")["bids"]) == 20
        assert len(exchange.rest("/api/v3/klines?symbol=BTCUSDT&interval=1m")[-1]) == 12
        exchange.admin("/admin/quiesce", {})
        still = exchange.rest("/api/v3/depth?symbol=BTCUSDT")["lastUpdateId"]
        exchange.admin("/admin/resume", {})
        client.recv()
        assert exchange.rest("/api/v3/depth?symbol=BTCUSDT")["lastUpdateId"] >= still
        client.close()


def test_a_recorded_csv_market_plays_on_demand(tmp_path: Path) -> None:
    for name, text in (("market.toml", MARKET), ("trades.csv", TRADES), ("quotes.csv", QUOTES)):
        (tmp_path / name).write_text(text)
    with running("--market", str(tmp_path / "market.toml")) as exchange:
        client = exchange.stream("/ws/btcusdt@trade")
        assert exchange.admin("/admin/market/advance", {"until_trade_id": 501}) == {"position": 2, "last_trade_id": 501, "remaining": 1}
        trade = json.loads(client.recv())
        assert (trade["t"], trade["p"], trade["q"], trade["m"]) == (501, "101.00000000", "0.50000000", False)
        assert exchange.admin("/admin/market/advance", {"to_end": True}) == {"position": 3, "last_trade_id": 502, "remaining": 0}
        assert json.loads(client.recv())["t"] == 502
        assert "already played" in str(exchange.admin("/admin/market/advance", {"until_trade_id": 501}, status=400))
        book = exchange.rest("/api/v3/depth?symbol=BTCUSDT")
        assert (book["bids"], book["asks"]) == ([["99.00000000", "2.00000000"]], [["101.00000000", "3.00000000"]])
        client.close()


GENERATED = """
[clock]
virtual = true
monotonic = true
[generator]
volatility = "0.0005"
clustering = "0.3"
[[generator.pair]]
leader = "BTCUSDT"
follower = "ETHUSDT"
correlation = "0.7"
[[symbol]]
symbol = "BTCUSDT"
base = "BTC"
quote = "USDT"
[[symbol]]
symbol = "ETHUSDT"
base = "ETH"
quote = "USDT"
"""
STREAMS = "btcusdt@trade/btcusdt@depth@100ms/btcusdt@bookTicker/ethusdt@aggTrade/ethusdt@kline_1s/ethusdt@depth"


def lived(folder: Path, name: str, seed: int, *advances: int) -> tuple[bytes, list[str]]:
    """The ledger and the stream messages of one process that lived through these advances."""
    (folder / "market.toml").write_text(GENERATED)
    ledger = folder / f"{name}.jsonl"
    with running("--market", str(folder / "market.toml"), "--ledger", str(ledger), "--seed", str(seed)) as exchange:
        client = exchange.stream(f"/stream?streams={STREAMS}")
        for milliseconds in advances:
            exchange.admin("/admin/market/advance", {"for_ms": milliseconds})
        exchange.admin("/admin/quiesce", {})
        client.settimeout(0.5)
        messages: list[str] = []
        with contextlib.suppress(websocket.WebSocketTimeoutException):
            while True:
                messages.append(client.recv())
        client.close()
    return ledger.read_bytes(), messages


def test_the_same_seed_gives_the_same_bytes_on_ledger_and_streams_in_another_process(tmp_path: Path) -> None:
    ledger, messages = lived(tmp_path, "one", 7, 3_000, 2_000)
    again, same = lived(tmp_path, "two", 7, 3_000, 2_000)
    other, different = lived(tmp_path, "three", 8, 3_000, 2_000)
    assert {json.loads(each)["stream"] for each in messages} == set(STREAMS.split("/"))
    assert len(messages) > 150
    assert (ledger, messages) == (again, same)
    assert ledger != other
    assert messages != different


def test_a_market_on_the_machines_clock_is_left_alone_by_a_jump_of_it() -> None:
    with running("--market", "demo") as exchange:
        exchange.admin("/admin/clock", {"advance_ms": 86_400_000})
        shown = exchange.admin("/admin/market/hold", {})
        assert shown["at_ms"] < 600_000
        assert exchange.admin("/admin/market/advance", {"for_ms": 1_000})["position"] > shown["position"]
        assert "no end" in str(exchange.admin("/admin/market/advance", {"to_end": True}, status=400))


def many(count: int) -> str:
    names = [f"S{number:02d}" for number in range(count)]
    tables = [f'[[symbol]]\nsymbol = "{name}USDT"\nbase = "{name}"\nquote = "USDT"\n' for name in names]
    return '[generator]\n[playing]\nat_once = true\nspeed = "max"\n' + "".join(tables)


def test_fifty_symbols_as_fast_as_they_go_leave_room_for_requests(tmp_path: Path) -> None:
    """Each answer comes after a batch or two of the market's, not after the market's end: there is none."""
    (tmp_path / "market.toml").write_text(many(50))
    with running("--market", str(tmp_path / "market.toml")) as exchange:
        before = exchange.admin("/admin/market/play", {})["updates"]
        for number in range(20):
            symbol = f"S{number:02d}USDT"
            assert len(exchange.rest(f"/api/v3/depth?symbol={symbol}")["bids"]) >= 10
            exchange.admin("/admin/orders", {"symbol": symbol, "side": "BUY", "type": "MARKET", "quantity": "1"})
        after = exchange.admin("/admin/market/hold", {})["updates"]
        assert after - before > 20, "the market went on meanwhile"


def test_admin_says_what_is_wrong_with_a_move_a_speed_or_a_regime() -> None:
    with running("--market", "demo") as exchange:
        refused = [
            ("play", {"speed": "fast"}, 400, "speed: expected a plain decimal number"),
            ("play", {"speed": "0.0001"}, 400, 'a factor from 0.001 to 1000000, or "max"'),
            ("seek", {}, 400, "exactly one of to_ms, until_trade_id"),
            ("move", {"symbol": "BTCUSDT", "by": "-1", "within_ms": 1}, 400, "by: expected a fraction above -1"),
            ("move", {"symbol": "X", "by": "0.1", "within_ms": 1}, 404, "no symbol 'X'"),
            ("move", {"symbol": "ETHBTC", "by": "0.1", "within_ms": 1}, 400, "the quotient of ETHUSDT and BTCUSDT; move one of them"),
            ("regime", {"symbol": "BTCUSDT", "regime": {"kind": "storm"}}, 400, "regime.kind: Invalid enum value 'storm'"),
            ("regime", {"symbol": "BTCUSDT", "regime": {"kind": "jump"}}, 400, "regime.by: expected a value"),
            ("script", {"rows": [{"do": "pause"}, {"do": "jump"}]}, 400, "script, line 2: key do"),
        ]
        for path, body, status, text in refused:
            assert text in exchange.admin(f"/admin/market/{path}", body, status=status)["error"]


def test_a_bad_row_ends_the_process_with_3_naming_file_line_and_column(tmp_path: Path) -> None:
    for name, text in (("market.toml", MARKET), ("trades.csv", TRADES + "503,99,much,1300,True\n"), ("quotes.csv", QUOTES)):
        (tmp_path / name).write_text(text)
    ended = subprocess.run(
        [*COMMAND, "--market", str(tmp_path / "market.toml")], cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE_S, check=False
    )
    assert (ended.returncode, ended.stdout) == (3, "")
    [line] = ended.stderr.splitlines()
    assert line.startswith("mock-exchange: ")
    assert "trades.csv, line 4, column qty: expected a positive decimal number, came 'much'" in line


@pytest.mark.skipif(not CAPTURE.is_dir(), reason=f"recorded data is absent: no {CAPTURE}; set GENESIS_DATA_DIR")
def test_a_recorded_conversation_is_served_as_it_was() -> None:
    with running("--recording", str(CAPTURE)) as exchange:
        info = json.loads((CAPTURE / "exchangeInfo.json").read_text())
        assert exchange.rest("/api/v3/exchangeInfo") == info
        snapshots = [json.loads(line) for line in (CAPTURE / "depth-snapshots.jsonl").read_text().splitlines()]
        for snapshot in snapshots:
            assert exchange.rest(f"/api/v3/depth?symbol={snapshot['symbol']}&limit=1000") == snapshot["body"]
        messages = [json.loads(line)["message"] for line in (CAPTURE / "stream.jsonl").read_text().splitlines()]
        client = exchange.stream("/stream?streams=" + "/".join(dict.fromkeys(message["stream"] for message in messages)))
        assert exchange.admin("/admin/market/advance", {"steps": 3})["remaining"] == len(messages) - 3
        exchange.admin("/admin/market/advance", {"to_end": True})
        assert [json.loads(client.recv()) for _ in messages] == messages
        client.close()
