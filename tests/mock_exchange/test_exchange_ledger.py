"""The ledger file: written before the reply, replayed by a restart, refused when corrupt."""

from __future__ import annotations

import json
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.mock_exchange.test_exchange_command_line import failed
from tests.mock_exchange.venue_client import Client, Process

ACCOUNTS = '[[account]]\nname = "alice"\napi_key = "%s"\napi_secret = "s3cret"\nbalances = {USDT = "1000.00", BTC = "2"}\n' % ("a" * 64)


@pytest.fixture
def accounts(tmp_path: Path) -> Path:
    path = tmp_path / "accounts.toml"
    path.write_text(ACCOUNTS)
    return path


def alice(process: Process) -> Client:
    return Client(process, "alice", "a" * 64, "s3cret")


def state(client: Client) -> list[Any]:
    process = client.process
    paths = (f"accounts/{client.name}", f"orders?account={client.name}", f"trades?account={client.name}", "orders?account=market")
    book = process.admin("GET", "book/BTCUSDT").json()
    return [process.admin("GET", path).json() for path in paths] + [book["bids"], book["asks"]]


def test_a_killed_venue_goes_on_from_its_ledger(ledger: Path, accounts: Path) -> None:
    first = Process("--ledger", ledger, "--accounts", accounts)
    client = alice(first)
    first.book("BTCUSDT", bids=[("99", "1")], asks=[("101", "1")])
    client.limit("BUY", "1.5", "101", newClientOrderId="open")
    client.order(symbol="BTCUSDT", side="SELL", type="MARKET", quantity="0.5")
    client.limit("BUY", "1", "50", timeInForce="IOC")
    client.limit("BUY", "1", "100", newClientOrderId="second")
    before = state(client)
    update_id = first.admin("GET", "book/BTCUSDT").json()["update_id"]
    last_order = client.limit("BUY", "1", "50").json()["orderId"]
    client.rest("DELETE", "order", symbol="BTCUSDT", orderId=last_order)
    first.kill()

    second = Process("--ledger", ledger, "--accounts", accounts)
    client = alice(second)
    after = state(client)
    assert after[1].pop()["status"] == "CANCELED"
    assert after == before
    assert second.admin("GET", "book/BTCUSDT").json()["update_id"] >= update_id
    assert client.limit("BUY", "0.1", "60").json()["orderId"] == last_order + 1
    assert client.limit("BUY", "0.1", "60", newClientOrderId="second").json()["msg"] == "Duplicate order sent."
    sold = client.order(symbol="BTCUSDT", side="SELL", type="MARKET", quantity="0.5").json()
    assert sold["fills"][0]["tradeId"] == before[2][-1]["trade_id"] + 1
    assert second.terminate() == 0
    lines = [json.loads(line) for line in ledger.read_text().splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert [line["type"] for line in lines].count("venue") == 1
    assert sum(line["type"] == "account" and line["account"] == "alice" for line in lines) == 1


def test_an_opening_book_is_for_new_ledgers_only(ledger: Path, tmp_path: Path) -> None:
    market = tmp_path / "market.toml"
    market.write_text(
        '[[symbol]]\nsymbol = "BTCUSDT"\nbase = "BTC"\nquote = "USDT"\nbids = [["99.00", "1.0"]]\nasks = [["101.00", "1.0"]]\n'
    )
    first = Process("--ledger", ledger, "--market", market)
    assert first.admin("GET", "book/BTCUSDT").json()["asks"] == [["101", "1"]]
    first.book("BTCUSDT", bids=[("98", "1")])
    first.kill()
    second = Process("--ledger", ledger, "--market", market)
    book = second.admin("GET", "book/BTCUSDT").json()
    second.kill()
    assert (book["bids"], book["asks"]) == ([["98", "1"]], [])


def test_a_torn_last_line_is_cut_with_a_warning(ledger: Path) -> None:
    Process("--ledger", ledger).kill()
    whole = ledger.read_bytes()
    ledger.write_bytes(whole + b'{"type":"acc')
    process = Process("--ledger", ledger)
    process.process.terminate()
    _, errors = process.process.communicate(timeout=20)
    assert "is torn (12 bytes without an end)" in errors
    assert ledger.read_bytes() == whole


def spoil_json(lines: list[dict[str, Any]]) -> None:
    lines[1] = "nonsense"  # type: ignore[call-overload]


def spoil_seq(lines: list[dict[str, Any]]) -> None:
    del lines[2]


def spoil_sum(lines: list[dict[str, Any]]) -> None:
    transfer = next(line for line in lines if line["type"] == "transfer")
    transfer["postings"][1][3] = "7"


def spoil_market(lines: list[dict[str, Any]]) -> None:
    lines[0]["symbols"][0]["tick_size"] = "0.1"


def spoil_story(lines: list[dict[str, Any]]) -> None:
    order = next(line for line in lines if line["type"] == "order")
    order["account"] = "nobody"


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (spoil_json, "line 2: expected a ledger line"),
        (spoil_seq, "line 3: expected seq 3, got 4"),
        (spoil_sum, "expected postings that sum to zero"),
        (spoil_market, "written for another market"),
        (spoil_story, "nothing before it explains 'nobody'"),
    ],
)
def test_any_other_corruption_is_refused(ledger: Path, spoil: Any, text: str) -> None:
    process = Process("--ledger", ledger)
    process.book("BTCUSDT", bids=[("99", "1")])
    process.kill()
    lines = [json.loads(line) for line in ledger.read_text().splitlines()]
    spoil(lines)
    ledger.write_text("".join(json.dumps(line) + "\n" for line in lines))
    code, error = failed("--ledger", ledger)
    assert code == 4
    assert text in error


def test_one_ledger_has_one_writer(ledger: Path) -> None:
    process = Process("--ledger", ledger)
    try:
        code, error = failed("--ledger", ledger)
    finally:
        process.kill()
    assert (code, "another venue writes it" in error) == (4, True)


def place(client: Client) -> None:
    client.limit("BUY", "1", "50")


def deposit(client: Client) -> None:
    client.process.admin("POST", f"accounts/{client.name}/transfer", {"asset": "USDT", "amount": "1"})


@pytest.mark.parametrize("command", [place, deposit])
def test_a_full_disk_ends_the_process_with_4_and_without_an_answer(ledger: Path, command: Callable[[Client], None]) -> None:
    """The limit of the file's size stands for the disk: the kernel refuses the write in the same place."""
    process = Process("--ledger", ledger)
    client = process.account(USDT="1000")
    size = ledger.stat().st_size
    resource.prlimit(process.process.pid, resource.RLIMIT_FSIZE, (size, size))
    try:
        with pytest.raises(requests.ConnectionError):
            command(client)
        _, errors = process.process.communicate(timeout=10)
    finally:
        process.process.kill()
    assert process.process.returncode == 4
    assert f"mock-exchange: ledger {ledger}: writing" in errors


def test_a_ledger_is_a_regular_file() -> None:
    code, error = failed("--ledger", "/dev/full")
    assert (code, "expected a regular file" in error) == (4, True)


def test_memory_keeps_the_newest_closed_orders_and_every_open_one_also_after_a_restart(ledger: Path, accounts: Path) -> None:
    first = Process("--ledger", ledger, "--accounts", accounts, "--history", "2")
    client = alice(first)
    resting = client.limit("BUY", "0.1", "50").json()["orderId"]
    closed = [client.limit("BUY", "0.1", "60", timeInForce="IOC").json()["orderId"] for _ in range(4)]
    first.kill()
    second = Process("--ledger", ledger, "--accounts", accounts, "--history", "2")
    client = alice(second)
    kept = [order["orderId"] for order in client.rest("GET", "allOrders", symbol="BTCUSDT").json()]
    gone = client.rest("GET", "order", symbol="BTCUSDT", orderId=closed[0]).json()
    second.kill()
    assert kept == [resting, *closed[2:]]
    assert gone == {"code": -2013, "msg": "Order does not exist."}
