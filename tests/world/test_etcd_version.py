"""When an etcd may be used: a Patroni that asks one which has not agreed with itself on its version ends at once."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from libraries.world.ports import ReservedPorts
from libraries.world.servers.cluster import version_is_decided

UNDECIDED = {"etcdserver": "3.6.6", "etcdcluster": "not_decided"}


@pytest.fixture
def answers() -> Iterator[tuple[int, dict[str, str]]]:
    said = dict(UNDECIDED)

    class Etcd(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(said).encode()
            self.send_response(200 if self.path == "/version" else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Etcd) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, said
        server.shutdown()


def test_an_etcd_is_waited_for_until_it_knows_its_version(answers: tuple[int, dict[str, str]]) -> None:
    port, said = answers
    assert not version_is_decided(port)
    said["etcdcluster"] = "3.6.0"
    assert version_is_decided(port)


def test_an_etcd_that_does_not_answer_yet_knows_no_version() -> None:
    reserved = ReservedPorts(1)
    assert not version_is_decided(reserved.numbers[0])
    reserved.release()
