"""TLS on every public port of a venue, with a right certificate and with wrong ones."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import stat
from pathlib import Path

import pytest
import requests
import websocket

from tests.mock_exchange.test_exchange_command_line import failed
from tests.mock_exchange.venue_client import DEADLINE_S, Process


def test_rest_streams_and_ws_api_speak_tls_directly_and_by_an_address(tmp_path: Path) -> None:
    process = Process("--addresses", 1, "--tls", tmp_path / "tls")
    authority = process.ready["ca_file"]
    for entry in process.ready["addresses"]:
        assert [entry[name].partition(":")[0] for name in ("rest_url", "stream_url", "ws_api_url")] == ["https", "wss", "wss"]
        answer = requests.get(f"{entry['rest_url']}/api/v3/ping", verify=authority, timeout=DEADLINE_S)
        assert (answer.status_code, answer.json()) == (200, {})
        for url in (entry["ws_api_url"], f"{entry['stream_url']}/ws/btcusdt@trade"):
            with contextlib.closing(websocket.create_connection(url, timeout=DEADLINE_S, sslopt={"ca_certs": authority})) as connection:
                connection.ping()
    assert process.terminate() == 0


def test_streams_over_tls_flow_can_be_waited_for_and_end_with_the_venue(tmp_path: Path) -> None:
    process = Process("--addresses", 1, "--tls", tmp_path / "tls")
    options = {"ca_certs": process.ready["ca_file"]}
    urls = [f"{entry['stream_url']}/ws/btcusdt@depth@100ms" for entry in process.ready["addresses"]]
    streams = [websocket.create_connection(url, timeout=DEADLINE_S, sslopt=options) for url in urls]
    for number in range(3):
        process.book("BTCUSDT", bids=[(f"{90 + number}", "1")])
        assert process.admin("POST", "quiesce").status_code == 200
        process.admin("POST", "resume")
        assert all(json.loads(stream.recv())["e"] == "depthUpdate" for stream in streams)
    assert process.terminate() == 0


def test_plain_text_is_not_answered_on_a_tls_port(tmp_path: Path) -> None:
    process = Process("--addresses", 1, "--tls", tmp_path / "tls")
    for entry in process.ready["addresses"]:
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{entry['rest_url']}/api/v3/ping".replace("https", "http"), timeout=DEADLINE_S)
    assert process.terminate() == 0


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("expired", "certificate has expired"),
        ("wrong-host", "certificate is not valid for '127.0.0.1'"),
        ("unknown-authority", "unable to get local issuer certificate"),
    ],
)
def test_each_wrong_certificate_is_wrong_in_its_own_way(tmp_path: Path, kind: str, reason: str) -> None:
    process = Process("--tls", tmp_path, "--certificate", kind)
    context = ssl.create_default_context(cafile=process.ready["ca_file"])
    host, port = process.ready["rest_url"].removeprefix("https://").split(":")
    raw = socket.create_connection((host, int(port)), timeout=DEADLINE_S)
    with raw, pytest.raises(ssl.SSLCertVerificationError, match=reason):
        context.wrap_socket(raw, server_hostname=host)
    process.terminate()


def test_a_venue_that_starts_again_keeps_its_certificate(tmp_path: Path) -> None:
    first = Process("--tls", tmp_path)
    first.terminate()
    before = (tmp_path / "server.pem").read_bytes()
    assert stat.S_IMODE((tmp_path / "server.key").stat().st_mode) == 0o600
    second = Process("--tls", tmp_path)
    assert requests.get(f"{second.ready['rest_url']}/api/v3/ping", verify=first.ready["ca_file"], timeout=DEADLINE_S).status_code == 200
    second.terminate()
    assert (tmp_path / "server.pem").read_bytes() == before


def test_a_directory_that_cannot_serve_ends_the_start_with_3(tmp_path: Path) -> None:
    (tmp_path / "server.pem").write_text("no certificate")
    code, error = failed("--tls", tmp_path)
    assert (code, "expected server.pem and server.key in PEM that belong together" in error) == (3, True), error
    code, error = failed("--tls", tmp_path / "server.pem")
    assert (code, "expected a directory that can be written" in error) == (3, True), error
