"""Nothing leaves the venue that is not in its ledger file: seen at the moment of each write to a socket."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import pytest
from aiohttp import WSMsgType

from libraries.mock_exchange.app import run
from libraries.mock_exchange.command_line import parse
from libraries.mock_exchange.core.ledger_lines import AccountLine, Line
from libraries.mock_exchange.errors import LedgerError
from libraries.mock_exchange.ledger import LedgerFile
from libraries.mock_exchange.shell.connection import ApiConnection
from libraries.mock_exchange.shell.group_commit import GroupCommit
from libraries.mock_exchange.shell.limits import Limits
from libraries.mock_exchange.shell.usage import ClientUsage
from libraries.mock_exchange.streams.connection import Connection
from libraries.mock_exchange.streams.connection import Limits as StreamLimits
from libraries.mock_exchange.streams.server import open_session


class Wire:
    """A transport that notes how many lines the ledger file had whenever something was written."""

    def __init__(self, ledger: Path) -> None:
        self._ledger = ledger
        self.lines_at_write: list[int] = []
        self.aborted = False

    def write(self, data: bytes) -> None:
        assert data
        self.lines_at_write.append(self._ledger.read_bytes().count(b"\n"))

    def is_closing(self) -> bool:
        return False

    def get_extra_info(self, _name: str) -> None:
        return None

    def abort(self) -> None:
        self.aborted = True

    def get_write_buffer_size(self) -> int:
        return 0


class Site:
    """A ledger file, its group commit, and what failed."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "ledger.jsonl"
        self.file = LedgerFile(self.path)
        self.failures: list[BaseException] = []
        self.journal = GroupCommit(self.file, self.failures.append)
        self.wire = Wire(self.path)

    def command(self, count: int = 2) -> list[Line]:
        lines: list[Line] = [AccountLine(account=f"a{number}", key_id="") for number in range(count)]
        self.journal.append(lines)
        return lines

    def api_connection(self) -> ApiConnection:
        made = ApiConnection("w1", ClientUsage(Limits()), "127.0.0.1", 0, settle=self.journal.settle)
        made._transport = cast(asyncio.Transport, self.wire)
        return made

    def stream_connection(self) -> Connection:
        session = open_session("/ws")
        hub: Any = SimpleNamespace(unsubscribe=lambda *_: None)
        made = Connection("s1", session, hub, StreamLimits(), since_ns=0, connected_ms=0, settle=self.journal.settle)
        made._transport = cast(asyncio.Transport, self.wire)

        async def send_frame(message: bytes, _kind: WSMsgType) -> None:
            self.wire.write(message)

        made._socket = cast(Any, SimpleNamespace(send_frame=send_frame))
        return made


def in_loop(folder: Path, act: Callable[[Site], None]) -> Site:
    """What `act` does happens within one turn of the loop; then some turns pass."""

    async def run() -> Site:
        site = Site(folder)
        act(site)
        for _ in range(5):
            await asyncio.sleep(0)
        with contextlib.suppress(LedgerError):
            site.file.close()
        return site

    return asyncio.run(run())


def test_the_lines_of_a_turn_are_one_write_and_of_each_command_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writes: list[bytes] = []
    write = os.write
    monkeypatch.setattr("libraries.mock_exchange.ledger.os.write", lambda fd, data: (writes.append(data), write(fd, data))[1])

    def act(site: Site) -> None:
        site.command(2)
        site.command(3)
        assert site.path.read_bytes() == b""

    site = in_loop(tmp_path, act)
    assert writes == [site.path.read_bytes()]
    lines = writes[0].splitlines()
    assert [b'"more":true' in line for line in lines] == [True, False, True, True, False]
    assert (site.file.lines, site.file.offset) == (5, site.path.stat().st_size)


def test_an_answer_that_waited_longer_than_the_ledger_lets_it_go_first(tmp_path: Path) -> None:
    """The connection's turn to write comes first, for another answer was already waiting when the command ran."""

    def act(site: Site) -> None:
        connection = site.api_connection()
        connection.send(b"a question's answer")
        site.command()
        connection.send(b"the command's answer")

    assert in_loop(tmp_path, act).wire.lines_at_write == [2]


def test_bytes_of_a_fault_leave_behind_the_ledger_too(tmp_path: Path) -> None:
    def act(site: Site) -> None:
        site.command()
        site.api_connection().write_raw(b"half a fra")

    assert in_loop(tmp_path, act).wire.lines_at_write == [2]


def test_stream_messages_leave_behind_the_ledger(tmp_path: Path) -> None:
    async def run() -> Site:
        site = Site(tmp_path)
        connection = site.stream_connection()
        writing = asyncio.create_task(connection._write_queue())
        connection.send(b"a candle")
        site.command()
        for message in (b"a trade", b"another"):
            connection.send(message)
        await connection.written()
        writing.cancel()
        site.file.close()
        return site

    wire = asyncio.run(run()).wire
    assert set(wire.lines_at_write) == {2}


def test_where_the_ledger_takes_nothing_nothing_leaves_and_the_process_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_fd: int, _data: bytes) -> int:
        raise OSError(28, "No space left on device")

    def act(site: Site) -> None:
        connection = site.api_connection()
        monkeypatch.setattr("libraries.mock_exchange.ledger.os.write", full)
        connection.send(b"a question's answer")
        site.command()
        connection.send(b"the command's answer")
        with pytest.raises(LedgerError, match=r"No space left on device; free space on its disk"):
            site.journal.settle()
        monkeypatch.undo()

    site = in_loop(tmp_path, act)
    assert (site.wire.lines_at_write, site.wire.aborted) == ([], True)
    assert {type(each) for each in site.failures} == {LedgerError}
    assert site.path.read_bytes() == b""


async def asked_of_a_venue_that_never_writes_by_itself(path: Path, capsys: pytest.CaptureFixture[str]) -> list[int]:
    """In the file: requests when an order was answered, then one refused; deposits before and after one more; the admin API's refusals."""
    venue = asyncio.create_task(run(parse(["--market", "demo", "--ledger", str(path)])))
    ready: dict[str, Any] = {}
    while not ready:
        await asyncio.sleep(0.01)
        ready = json.loads(capsys.readouterr().out or "{}")
    lines = []

    def written(kind: str, account: str = "demo", outcome: str | None = None) -> int:
        found = (json.loads(line) for line in path.read_bytes().splitlines())
        wanted = [line for line in found if line["type"] == kind and line["account"] == account]
        return sum(1 for line in wanted if outcome is None or line["outcome"] == outcome)

    async with aiohttp.ClientSession() as http:

        async def order(side: str) -> None:
            query = f"symbol=BTCUSDT&side={side}&type=MARKET&quantity=0.001&timestamp={time.time_ns() // 1_000_000}"
            signature = hmac.new(ready["api_secret"].encode(), query.encode(), "sha256").hexdigest()
            url = f"{ready['rest_url']}/api/v3/order?{query}&signature={signature}"
            async with http.post(url, headers={"X-MBX-APIKEY": ready["api_key"]}) as answer:
                await answer.read()
            lines.append(written("request"))

        await order("BUY")
        await order("NEITHER")
        lines.append(written("transfer"))
        transfer = {"asset": "USDT", "amount": "1"}
        headers = {"Authorization": f"Bearer {ready['admin_token']}"}
        async with http.post(f"{ready['admin_url']}/admin/accounts/demo/transfer", json=transfer, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
        lines.append(written("transfer"))
        body = {
            "account": "crowd",
            "symbol": "BTCUSDT",
            "side": "BUY",
            "type": "LIMIT",
            "quantity": "0",
            "price": "1",
            "timeInForce": "GTC",
        }
        async with http.post(f"{ready['admin_url']}/admin/orders", json=body, headers=headers) as answer:
            assert answer.status == 400, await answer.text()
        lines.append(written("request", "crowd", "rejected"))
    os.kill(os.getpid(), signal.SIGTERM)
    await venue
    return lines


def test_answers_over_http_leave_behind_the_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(GroupCommit, "_end_of_turn", lambda _journal: None)
    assert asyncio.run(asked_of_a_venue_that_never_writes_by_itself(tmp_path / "ledger.jsonl", capsys)) == [1, 2, 4, 5, 1]
