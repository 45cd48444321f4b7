"""What was answered is in the ledger, whatever the moment of a kill; a venue that goes on knows its orders, ids, clients and market."""

from __future__ import annotations

import itertools
import json
import random
import resource
import threading
from pathlib import Path
from typing import Any

import pytest
import requests
import websocket

from libraries.mock_exchange.core.ledger_lines import Line
from libraries.mock_exchange.errors import LedgerError
from libraries.mock_exchange.ledger import LedgerFile
from tests.mock_exchange.core_kit import Core
from tests.mock_exchange.test_exchange_command_line import failed
from tests.mock_exchange.venue_client import DEADLINE_S, ROOT, Client, Process

ROUNDS = 10


class Trader(threading.Thread):
    """Places and cancels without pause over one WebSocket API connection; keeps what the venue answered until that dies."""

    def __init__(self, client: Client, name: str) -> None:
        super().__init__(daemon=True)
        self.client = client
        self.prefix = name
        self.placed: dict[int, str] = {}
        self.cancelled: list[int] = []
        self.answered = threading.Event()

    def run(self) -> None:
        try:
            with self.client.ws() as api:
                for number in itertools.count():
                    self._step(api, number)
        except (websocket.WebSocketException, OSError, ValueError):
            return

    def _step(self, api: Any, number: int) -> None:
        kind: dict[str, str] = {"type": "LIMIT", "timeInForce": "GTC", "side": "BUY", "quantity": "0.01", "price": "50"}
        if number % 3 == 2:  # through many levels at once: a command of many ledger lines
            kind = {"type": "MARKET", "side": ("BUY", "SELL")[number % 2], "quantity": "0.5"}
        answer = api.signed("order.place", symbol="BTCUSDT", newClientOrderId=f"{self.prefix}-{number}", **kind)
        if answer["status"] != 200:
            return
        self.placed[answer["result"]["orderId"]] = answer["result"]["clientOrderId"]
        self.answered.set()
        if number % 3 == 1:
            order = answer["result"]["orderId"]
            if api.signed("order.cancel", symbol="BTCUSDT", orderId=order)["status"] == 200:
                self.cancelled.append(order)


def ledger_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line.endswith(b"}")]


def test_a_venue_killed_at_any_moment_under_load_has_every_answered_order_in_its_ledger(ledger: Path) -> None:
    moments = random.Random(20_261_125)
    sizes = []
    arguments: tuple[object, ...] = ("--ledger", ledger, "--limits", ROOT / "profiles" / "venue_limits.toml")
    keys: list[tuple[str, str, str]] = []
    for attempt in range(ROUNDS):
        venue = Process(*arguments)
        keys = keys or [(client.name, client.key, client.secret) for client in (venue.account(USDT="9000000", BTC="90000") for _ in "abc")]
        levels = [(f"{price}", "0.02") for price in range(101, 161)]
        venue.book("BTCUSDT", bids=[(f"{price}", "0.02") for price in range(60, 100)], asks=levels)
        traders = [Trader(Client(venue, *each), f"r{attempt}t{number}") for number, each in enumerate(keys)]
        for trader in traders:
            trader.start()
        assert all(trader.answered.wait(DEADLINE_S) for trader in traders)
        traders[0].join(moments.uniform(0.0, 0.4))
        venue.kill()
        for trader in traders:
            trader.join(DEADLINE_S)
        lines = ledger_lines(ledger)
        accepted = {line["order_id"]: line["client_order_id"] for line in lines if line["type"] == "order"}
        closed = {line["order_id"] for line in lines if line["type"] == "closed"}
        for trader in traders:
            assert trader.placed.items() <= accepted.items()
            assert set(trader.cancelled) <= closed
        sizes.append(sum(len(trader.placed) for trader in traders))
    assert sum(sizes) > 3 * ROUNDS
    last = Process(*arguments)
    assert [Client(last, *each).rest("GET", "openOrders").status_code for each in keys] == [200, 200, 200]
    assert last.terminate() == 0


def a_ledger_that_ends_with_many_lines(ledger: Path) -> tuple[bytes, int]:
    """Its bytes, and where the last command begins."""
    venue = Process("--ledger", ledger)
    client = venue.account(USDT="1000")
    venue.book("BTCUSDT", asks=[("101", "0.1"), ("102", "0.1"), ("103", "0.1")])
    before = ledger.stat().st_size
    assert client.order(symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.3").json()["status"] == "FILLED"
    venue.kill()
    whole = ledger.read_bytes()
    assert whole[before:].count(b"\n") > 5
    return whole, before


def read_back(path: Path) -> tuple[list[Line], list[str]]:
    warnings: list[str] = []
    file = LedgerFile(path)
    try:
        return list(file.read(warnings.append)), warnings
    finally:
        file.close()


def test_a_command_is_in_the_ledger_whole_or_not_at_all(ledger: Path) -> None:
    """Cut at each of its bytes: an order without its trades would be another story than the one that happened."""
    whole, before = a_ledger_that_ends_with_many_lines(ledger)
    lines, warnings = read_back(ledger)
    assert (len(lines), warnings) == (whole.count(b"\n"), [])
    for size in range(before + 1, len(whole)):
        ledger.write_bytes(whole[:size])
        lines, warnings = read_back(ledger)
        assert (len(lines), ledger.read_bytes()) == (whole[:before].count(b"\n"), whole[:before]), size
        assert "never answered and is cut off" in warnings[0]


def test_a_venue_goes_on_from_a_command_that_was_cut(ledger: Path) -> None:
    whole, before = a_ledger_that_ends_with_many_lines(ledger)
    ledger.write_bytes(whole[: whole.index(b"\n", before) + 1])
    venue = Process("--ledger", ledger)
    venue.process.terminate()
    _, errors = venue.process.communicate(timeout=DEADLINE_S)
    assert "the last command has lines" in errors
    assert ledger.read_bytes() == whole[:before]


def test_the_time_of_an_accounts_last_change_survives(ledger: Path) -> None:
    first = Process("--ledger", ledger)
    client = first.account(USDT="1000")
    key = client.name, client.key, client.secret
    client.limit("BUY", "0.1", "50")
    before = client.rest("GET", "account").json()["updateTime"]
    first.kill()
    again = Client(Process("--ledger", ledger), *key)
    assert before > 0
    assert again.rest("GET", "account").json()["updateTime"] == before


def test_a_write_that_was_cut_short_leaves_whole_commands_only(ledger: Path) -> None:
    """The limit of the file's size lets a part of the command through, as a disk does that fills up."""
    venue = Process("--ledger", ledger)
    client = venue.account(USDT="1000")
    venue.book("BTCUSDT", asks=[("101", "0.1"), ("102", "0.1"), ("103", "0.1")])
    whole = ledger.read_bytes()
    resource.prlimit(venue.process.pid, resource.RLIMIT_FSIZE, (len(whole) + 900, len(whole) + 900))
    with client.ws() as api, pytest.raises((websocket.WebSocketException, ConnectionError)):
        api.signed("order.place", symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.3")
    _, errors = venue.process.communicate(timeout=DEADLINE_S)
    assert venue.process.returncode == 4
    assert "only 900 of" in errors
    assert ledger.read_bytes() == whole


def test_keys_of_every_kind_their_rights_and_bars_survive_and_no_secret_is_in_the_ledger(ledger: Path) -> None:
    first = Process("--ledger", ledger)
    client = first.account(USDT="1000")
    order = client.limit("BUY", "0.1", "50").json()["orderId"]
    first.admin("POST", f"accounts/{client.name}/keys", {"kind": "ED25519", "permissions": ["USER_DATA"], "addresses": ["127.0.0.9"]})
    revoked = first.admin("POST", f"accounts/{client.name}/keys", {"kind": "HMAC"}).json()["key_id"]
    first.admin("PUT", f"accounts/{client.name}/keys/{revoked}", {"revoked": True})
    barred = first.account(USDT="1000")
    first.admin("PUT", f"accounts/{barred.name}/trading", {"enabled": False})
    shown = first.admin("GET", f"accounts/{client.name}/keys").json()
    first.kill()

    second = Process("--ledger", ledger)
    again = Client(second, client.name, client.key, client.secret)
    assert second.admin("GET", f"accounts/{client.name}/keys").json() == shown
    assert again.rest("DELETE", "order", symbol="BTCUSDT", orderId=order).json()["status"] == "CANCELED"
    refused = Client(second, barred.name, barred.key, barred.secret).limit("BUY", "0.1", "50").json()
    assert refused["msg"] == "This account may not place or cancel orders."
    assert second.terminate() == 0
    kept = ledger.with_name("ledger.jsonl.keys")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert client.secret in kept.read_text()
    assert client.secret not in ledger.read_text()
    assert client.key not in ledger.read_text()


def test_the_demo_account_keeps_its_key(ledger: Path) -> None:
    first = Process("--ledger", ledger, "--market", "demo")
    first.kill()
    second = Process("--ledger", ledger, "--market", "demo")
    assert (second.ready["api_key"], second.ready["api_secret"]) == (first.ready["api_key"], first.ready["api_secret"])
    assert Client(second, "demo", first.ready["api_key"], first.ready["api_secret"]).rest("GET", "account").status_code == 200
    second.terminate()


def test_keys_of_another_ledger_are_forgotten(ledger: Path) -> None:
    first = Process("--ledger", ledger)
    client = first.account(USDT="1000")
    first.kill()
    ledger.unlink()
    second = Process("--ledger", ledger)
    assert Client(second, client.name, client.key, client.secret).rest("GET", "account").json()["code"] == -2015
    second.terminate()
    assert client.secret not in ledger.with_name("ledger.jsonl.keys").read_text()


def test_a_torn_key_is_left_out_with_a_warning(ledger: Path) -> None:
    first = Process("--ledger", ledger)
    client = first.account(USDT="1000")
    first.kill()
    keys = ledger.with_name("ledger.jsonl.keys")
    keys.write_bytes(keys.read_bytes() + b'{"type":"key","acc')
    second = Process("--ledger", ledger)
    assert Client(second, client.name, client.key, client.secret).rest("GET", "account").status_code == 200
    second.process.terminate()
    assert "line 2 is torn" in second.process.communicate(timeout=DEADLINE_S)[1]


@pytest.mark.parametrize(
    ("content", "mode", "text"),
    [
        ("", 0o644, "expected a file that only its owner may read (mode 0600), got mode 0644; chmod 600 it"),
        ('{"type":"key","secret":"s3cr3t"}\n', 0o600, "line 1: expected a record of a key, got something else"),
    ],
)
def test_a_key_file_that_cannot_be_trusted_ends_the_start_with_4(ledger: Path, content: str, mode: int, text: str) -> None:
    keys = ledger.with_name("ledger.jsonl.keys")
    keys.write_text(content)
    keys.chmod(mode)
    code, error = failed("--ledger", ledger)
    assert (code, text in error, "s3cr3t" in error) == (4, True, False), error


@pytest.mark.parametrize("taken", [0, 20])
def test_a_key_that_cannot_be_kept_is_not_answered(ledger: Path, taken: int) -> None:
    venue = Process("--ledger", ledger)
    client = venue.account(USDT="1")
    size = ledger.with_name("ledger.jsonl.keys").stat().st_size
    resource.prlimit(venue.process.pid, resource.RLIMIT_FSIZE, (size + taken, size + taken))
    with pytest.raises(requests.ConnectionError):
        venue.admin("POST", f"accounts/{client.name}/keys", {"kind": "HMAC"})
    _, errors = venue.process.communicate(timeout=DEADLINE_S)
    assert (venue.process.returncode, "keys " in errors) == (4, True)


def test_trades_klines_and_ids_are_known_after_a_restart(ledger: Path) -> None:
    def market(venue: Process) -> list[Any]:
        base = venue.ready["rest_url"] + "/api/v3/"
        questions = ("trades?symbol=BTCUSDT", "klines?symbol=BTCUSDT&interval=1d", "aggTrades?symbol=BTCUSDT", "depth?symbol=BTCUSDT")
        answers = [requests.get(base + question, timeout=DEADLINE_S).json() for question in questions]
        answers[-1].pop("lastUpdateId")
        return answers

    first = Process("--ledger", ledger)
    client = first.account(USDT="1000", BTC="5")
    first.book("BTCUSDT", bids=[("99", "1")], asks=[("101", "1"), ("102", "1")])
    for side, quantity in (("BUY", "0.3"), ("BUY", "1"), ("SELL", "0.2")):
        assert client.order(symbol="BTCUSDT", side=side, type="MARKET", quantity=quantity).status_code == 200
    before, trades = market(first), client.rest("GET", "myTrades", symbol="BTCUSDT").json()
    assert len(trades) == 4
    first.kill()
    second = Process("--ledger", ledger)
    again = Client(second, client.name, client.key, client.secret)
    assert market(second) == before
    assert again.rest("GET", "myTrades", symbol="BTCUSDT").json() == trades
    newer = again.order(symbol="BTCUSDT", side="SELL", type="MARKET", quantity="0.1").json()
    assert newer["orderId"] > max(trade["orderId"] for trade in trades)
    assert newer["fills"][0]["tradeId"] == max(trade["id"] for trade in trades) + 1
    assert second.terminate() == 0


def test_a_venue_comes_back_on_its_ports_and_addresses(ledger: Path) -> None:
    first = Process("--ledger", ledger, "--addresses", 2)
    client = first.account(USDT="1000")
    ports = [entry["rest_url"].rpartition(":")[2] for entry in first.ready["addresses"]]
    first.kill()
    second = Process("--ledger", ledger, "--port", ports[0], "--address-ports", ",".join(ports[1:]))
    assert [entry["rest_url"] for entry in second.ready["addresses"]] == [entry["rest_url"] for entry in first.ready["addresses"]]
    assert Client(second, client.name, client.key, client.secret).rest("GET", "account").status_code == 200
    assert second.terminate() == 0


def test_a_journal_that_fails_tells_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The write comes first: neither answer nor event of a command whose lines were not taken."""
    core = Core()

    def full(_lines: object) -> None:
        raise LedgerError("the disk is full")

    core.events.clear()
    monkeypatch.setattr(core.journal, "append", full)
    with pytest.raises(LedgerError):
        core.place("a", "BUY", "0.1", "50")
    assert core.events == []
