"""Address processes in front of the matching process: clients, their addresses, deaths one by one, and nothing left behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
import websocket

from tests.mock_exchange.fault_kit import arm, hits
from tests.mock_exchange.test_exchange_command_line import failed
from tests.mock_exchange.venue_client import DEADLINE_S, ROOT, Client, Process

ANSWERS = 300


@pytest.fixture(scope="module")
def venue() -> Iterator[Process]:
    process = Process("--addresses", 3, "--limits", ROOT / "profiles" / "venue_limits.toml")
    yield process
    assert process.terminate() == 0


class Way(Client):
    """A client that comes by one of the venue's addresses."""

    def __init__(self, client: Client, entry: dict[str, Any]) -> None:
        super().__init__(client.process, client.name, client.key, client.secret)
        self.entry = entry

    def raw(self, method: str, path: str, query: str, body: str = "", **headers: str) -> requests.Response:
        url = f"{self.entry['rest_url']}/api/v3/{path}?{query}"
        return requests.request(method, url, data=body, headers={"X-MBX-APIKEY": self.key} | headers, timeout=DEADLINE_S)


def entries(process: Process) -> list[dict[str, Any]]:
    return process.admin("GET", "addresses").json()


def entry(process: Process, name: str) -> dict[str, Any]:
    return next(each for each in entries(process) if each["name"] == name)


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def killed(process: Process, name: str) -> None:
    os.kill(entry(process, name)["pid"], signal.SIGKILL)
    eventually(lambda: not entry(process, name)["alive"])


def test_the_ready_line_lists_the_direct_port_first_and_every_address_with_a_process_of_its_own(venue: Process) -> None:
    shown = venue.ready["addresses"]
    assert [each["name"] for each in shown] == ["direct", "api1", "api2", "api3"]
    assert (shown[0]["rest_url"], shown[0]["pid"]) == (venue.ready["rest_url"], venue.process.pid)
    assert len({each["pid"] for each in shown}) == 4
    assert all(psutil.Process(each["pid"]).ppid() == venue.process.pid for each in shown[1:])
    assert entries(venue) == shown


def test_an_account_is_one_and_the_same_by_every_address(venue: Process) -> None:
    ways = [Way(client, each) for client in [venue.account(USDT="1000")] for each in entries(venue)]
    placed = [way.limit("BUY", "0.1", "50").json()["orderId"] for way in ways]
    for way in ways:
        assert [order["orderId"] for order in way.rest("GET", "openOrders").json()] == placed


def test_connections_show_the_clients_end_and_the_address(venue: Process) -> None:
    way = entry(venue, "api2")
    both = [websocket.create_connection(url, timeout=DEADLINE_S) for url in (way["ws_api_url"], f"{way['stream_url']}/ws/btcusdt@trade")]
    eventually(lambda: len(venue.admin("GET", "connections").json()) == 2)
    for connection, row in zip(both, venue.admin("GET", "connections").json(), strict=True):
        assert row["address"] == "api2"
        assert row["peer"] == "{}:{}".format(*connection.sock.getsockname())
        connection.close()
    with contextlib.closing(websocket.create_connection(venue.ready["ws_api_url"], timeout=DEADLINE_S)):
        eventually(lambda: [row["address"] for row in venue.admin("GET", "connections").json()] == ["direct"])


def test_limits_count_the_client_and_not_the_address_process(venue: Process) -> None:
    def used(source: str, name: str) -> int:
        port = int(entry(venue, name)["rest_url"].rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S, source_address=(source, 0)) as raw:
            raw.sendall(b"GET /api/v3/ping HTTP/1.1\r\nHost: venue\r\nConnection: close\r\n\r\n")
            head = raw.makefile("rb").read().decode()
        return int(next(line for line in head.split("\r\n") if line.lower().startswith("x-mbx-used-weight-1m")).rpartition(":")[2])

    assert [used("127.0.0.7", "api1"), used("127.0.0.7", "api2"), used("127.0.0.8", "api2")] == [1, 2, 1]


def test_an_address_dies_alone_and_is_refused_until_it_comes_back_on_its_port(venue: Process) -> None:
    before = entry(venue, "api2")
    connection = websocket.create_connection(before["ws_api_url"], timeout=DEADLINE_S)
    other = websocket.create_connection(entry(venue, "api3")["ws_api_url"], timeout=DEADLINE_S)
    killed(venue, "api2")
    with pytest.raises((websocket.WebSocketConnectionClosedException, ConnectionError)):
        connection.recv()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{before['rest_url']}/api/v3/ping", timeout=DEADLINE_S)
    other.send('{"id": 1, "method": "ping"}')
    assert json.loads(other.recv())["status"] == 200
    other.close()
    assert venue.process.poll() is None
    again = venue.admin("POST", "addresses/api2/restart").json()
    assert (again["rest_url"], again["alive"]) == (before["rest_url"], True)
    assert again["pid"] != before["pid"]
    assert requests.get(f"{again['rest_url']}/api/v3/ping", timeout=DEADLINE_S).status_code == 200


def test_nobody_gets_the_port_of_a_dead_address(venue: Process) -> None:
    killed(venue, "api1")
    port = int(entry(venue, "api1")["rest_url"].rpartition(":")[2])
    with socket.socket() as thief, pytest.raises(OSError, match="in use"):
        thief.bind(("127.0.0.1", port))
    assert venue.admin("POST", "addresses/api1/restart").status_code == 200


@pytest.mark.parametrize(
    ("name", "status", "text"),
    [("api9", 404, "no address process 'api9'; there are: api1, api2, api3"), ("api3", 409, "address api3 is running")],
)
def test_a_restart_that_cannot_be_says_why(venue: Process, name: str, status: int, text: str) -> None:
    answer = venue.admin("POST", f"addresses/{name}/restart")
    assert (answer.status_code, text in answer.json()["error"]) == (status, True)


def test_a_reset_by_the_venue_reaches_the_client_as_a_reset(venue: Process) -> None:
    connection = websocket.create_connection(entry(venue, "api1")["ws_api_url"], timeout=DEADLINE_S)
    eventually(lambda: bool(venue.admin("GET", "connections").json()))
    venue.admin("DELETE", f"connections/{venue.admin('GET', 'connections').json()[0]['id']}")
    with pytest.raises(ConnectionResetError):
        connection.recv()


def test_a_client_that_leaves_is_gone_at_the_venue_too(venue: Process) -> None:
    for linger in (struct.pack("ii", 0, 0), struct.pack("ii", 1, 0)):  # a close, a reset
        connection = websocket.create_connection(entry(venue, "api1")["ws_api_url"], timeout=DEADLINE_S)
        eventually(lambda: len(venue.admin("GET", "connections").json()) == 1)
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        connection.sock.close()
        eventually(lambda: not venue.admin("GET", "connections").json())


def test_large_answers_and_slow_readers_lose_no_byte(venue: Process) -> None:
    venue.book("ETHUSDT", bids=[(f"{price}", "1") for price in range(1000, 2500)], asks=[(f"{price}", "1") for price in range(2500, 4000)])
    port = int(entry(venue, "api3")["rest_url"].rpartition(":")[2])

    def answered() -> int:
        return sum(row["path"] == "/api/v3/depth" for row in venue.admin("GET", "requests?account=all").json())

    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S) as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        request = b"GET /api/v3/depth?symbol=ETHUSDT&limit=5000 HTTP/1.1\r\nHost: venue\r\n"
        raw.sendall((request + b"\r\n") * (ANSWERS - 1) + request + b"Connection: close\r\n\r\n")
        eventually(lambda: answered() >= ANSWERS // 4)  # far more than the kernel holds for a client that does not read
        received = bytearray()
        while chunk := raw.recv(1 << 20):
            received += chunk
    bodies = [part.rpartition(b"\r\n\r\n")[2] for part in received.split(b"HTTP/1.1 200 OK")[1:]]
    assert len(received) > 20_000_000
    assert len(bodies) == ANSWERS
    assert all(len(json.loads(body)["bids"]) == 1500 for body in bodies)


def test_nobody_else_may_announce_a_client(venue: Process) -> None:
    """Whoever finds the private port has no token: the connection is cut before a byte of it is a request."""
    listening = {each.laddr.port for each in psutil.Process(venue.process.pid).net_connections("tcp") if each.status == "LISTEN"}
    public = {int(venue.ready[name].rpartition(":")[2]) for name in ("rest_url", "admin_url")}
    (private,) = listening - public
    for line in (b"ADDRESS 0123 api1 127.0.0.1 1\r\n", b"GET /api/v3/ping HTTP/1.1\r\n\r\n", b"x" * 4096):
        with socket.create_connection(("127.0.0.1", private), timeout=DEADLINE_S) as raw, contextlib.suppress(ConnectionError):
            raw.sendall(line + b"GET /api/v3/ping HTTP/1.1\r\nHost: venue\r\n\r\n")
            assert raw.recv(100) == b""


def test_addresses_die_with_the_venue_even_when_frozen() -> None:
    process = Process("--addresses", 2)
    pids = [each["pid"] for each in process.ready["addresses"][1:]]
    os.kill(pids[1], signal.SIGSTOP)
    process.kill()
    eventually(lambda: not any(psutil.pid_exists(pid) for pid in pids))


def test_sigterm_ends_all_even_a_frozen_address() -> None:
    process = Process("--addresses", 2)
    pids = [each["pid"] for each in process.ready["addresses"][1:]]
    os.kill(pids[0], signal.SIGSTOP)
    assert process.terminate() == 0
    assert not any(psutil.pid_exists(pid) for pid in pids)


def test_addresses_listen_on_the_ports_that_are_asked_for() -> None:
    first = Process("--addresses", 2)
    ports = [each["rest_url"].rpartition(":")[2] for each in first.ready["addresses"][1:]]
    first.terminate()
    second = Process("--address-ports", ",".join(ports))
    assert [each["rest_url"].rpartition(":")[2] for each in second.ready["addresses"][1:]] == ports
    assert second.terminate() == 0


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["--addresses", "many"], 2, "expected a number of addresses from 0 to 64, got 'many'"),
        (["--addresses", "65"], 2, "expected a number of addresses from 0 to 64, got '65'"),
        (["--address-ports", "9001,x"], 2, "expected a port from 0 to 65535, got 'x'"),
        (["--address-ports", "9001,9001"], 2, "each once, got '9001,9001'"),
        (["--addresses", "3", "--address-ports", "0,0"], 2, "expected as many --address-ports as --addresses (3), got 2"),
        (["--certificate", "forged"], 2, "invalid choice: 'forged'"),
    ],
)
def test_a_wrong_command_line_says_what_was_expected(arguments: list[str], code: int, text: str) -> None:
    ended, error = failed(*arguments)
    assert (ended, text in error) == (code, True), error


def test_an_address_port_in_use_ends_the_start_with_5(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, error = failed("--address-ports", str(port))
    assert (code, f"address api1: expected a free port on 127.0.0.1, got {port}" in error) == (5, True)


def test_a_fault_meets_the_clients_of_one_address_only(venue: Process) -> None:
    client = venue.account(USDT="1000")
    one, other = (Way(client, entry(venue, name)) for name in ("api1", "api2"))
    address = one.entry["rest_url"].removeprefix("http://")
    rule = arm(
        venue,
        match={"address": address, "path": "/api/v3/order"},
        point="before_parse",
        action={"type": "status", "status": 503, "code": -1007},
    )
    try:
        assert [way.limit("BUY", "0.1", "50").status_code for way in (one, other)] == [503, 200]
        assert hits(venue, rule) == 1
    finally:
        venue.admin("DELETE", "faults")


def test_a_venue_that_is_down_is_down_by_every_address(venue: Process) -> None:
    url = f"{entry(venue, 'api1')['rest_url']}/api/v3/ping"
    connection = websocket.create_connection(entry(venue, "api2")["ws_api_url"], timeout=DEADLINE_S)
    arm(venue, point="now", action={"type": "down", "ms": 60_000})
    with pytest.raises((websocket.WebSocketException, ConnectionError)):
        connection.recv()
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=DEADLINE_S)
    venue.admin("DELETE", "faults")
    eventually(lambda: _answers(url))


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=DEADLINE_S).status_code == 200
    except requests.ConnectionError:
        return False


@pytest.mark.parametrize(("point", "match"), [("connect", {"api": "tcp"}), ("before_parse", {})])
def test_a_fault_hits_the_clients_of_one_address(venue: Process, point: str, match: dict[str, Any]) -> None:
    client = venue.account(USDT="1000")
    rule = arm(venue, match=match | {"address": "api2"}, point=point, action="reset")
    try:
        with pytest.raises(requests.exceptions.ConnectionError):
            Way(client, entry(venue, "api2")).rest("GET", "account")
        assert [Way(client, entry(venue, name)).rest("GET", "account").status_code for name in ("direct", "api1", "api3")] == [200] * 3
        assert hits(venue, rule) >= 1
    finally:
        venue.admin("DELETE", "faults")
