"""Limits and announcements of stream connections: what is counted, who is banned, who is told of a shutdown (binance-spot 1.2, 2)."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
import websocket

from tests.mock_exchange.market_data_kit import get
from tests.mock_exchange.venue_client import DEADLINE_S, Process


def test_an_address_that_keeps_sending_too_fast_is_banned_from_everything(tmp_path: Path) -> None:
    limits = tmp_path / "limits.toml"
    limits.write_text("cuts_before_ban = 2\nstream_messages_1s = 1\n")
    process = Process("--limits", limits)
    url = process.ready["stream_url"] + "/ws"
    for _ in range(3):
        with contextlib.closing(websocket.create_connection(url, timeout=DEADLINE_S)) as connection:
            for number in range(2):
                connection.send(json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": number}))
            assert json.loads(connection.recv())["id"] == 0
            opcode, frame = connection.recv_data_frame()
            assert (opcode, frame.data[:2]) == (websocket.ABNF.OPCODE_CLOSE, b"\x03\xf0"), "1008"
    with pytest.raises(websocket.WebSocketBadStatusException) as refusal:
        websocket.create_connection(url, timeout=DEADLINE_S)
    assert refusal.value.status_code == 418
    assert get(process, "ping").status_code == 418
    process.admin("POST", "limits", {"ban_ms": 0})
    websocket.create_connection(url, timeout=DEADLINE_S).close()
    assert process.terminate() == 0


def test_attempts_to_connect_are_counted_over_streams_and_websocket_api(tmp_path: Path) -> None:
    limits = tmp_path / "limits.toml"
    limits.write_text("connections_5m = 2\n")
    process = Process("--limits", limits)
    urls = [process.ready["stream_url"] + "/ws", process.ready["ws_api_url"], process.ready["stream_url"] + "/stream"]
    websocket.create_connection(urls[0], timeout=DEADLINE_S).close()
    websocket.create_connection(urls[1], timeout=DEADLINE_S).close()
    with pytest.raises(websocket.WebSocketBadStatusException) as refusal:
        websocket.create_connection(urls[2], timeout=DEADLINE_S)
    assert refusal.value.status_code == 429
    assert process.terminate() == 0


def test_a_shutdown_is_announced_on_streams_by_admin_request_and_by_sigterm() -> None:
    process = Process()
    urls = (process.ready["stream_url"] + "/ws", process.ready["stream_url"] + "/stream")
    told = [websocket.create_connection(url, timeout=DEADLINE_S) for url in urls]
    assert process.admin("POST", "connections/shutdown", {"after_ms": 0}).json() == {"told": 2}
    events = [json.loads(connection.recv()) for connection in told]
    assert events[0]["e"] == "serverShutdown"
    assert (events[1]["stream"], events[1]["data"]["e"]) == ("!serverShutdown", "serverShutdown")
    late = websocket.create_connection(urls[0], timeout=DEADLINE_S)
    process.process.terminate()
    assert json.loads(late.recv())["e"] == "serverShutdown"
    process.process.communicate(timeout=DEADLINE_S)
    assert process.process.returncode == 0
    for connection in (*told, late):
        connection.close()
