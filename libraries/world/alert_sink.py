"""A receiver of alerts and heartbeats: a process of its own on loopback, which takes, refuses, delays or drops what comes.

`python -m libraries.world.alert_sink --port PORT --record FILE` prints one JSON line when it listens. What came is in FILE, one JSON line
each, written before the answer: it outlives the process.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from libraries.world.deadlines import Deadline
from libraries.world.ports import HOST, ReservedPorts
from libraries.world.processes import Child, Children, child_environment, python_command

REPOSITORY = Path(__file__).resolve().parents[2]
TOKEN_VARIABLE = "ALERT_SINK_INSTANCE"  # noqa: S105 - a name
TAKE, REFUSE, DELAY, DROP = "take", "refuse", "delay", "drop"


class Server(ThreadingHTTPServer):
    """`mode` says what becomes of what comes."""

    daemon_threads = True

    def __init__(self, port: int, record: Path) -> None:
        self.mode, self.seconds = TAKE, 0.0
        self._record = record.open("ab", buffering=0)
        self._lock = threading.Lock()
        super().__init__((HOST, port), Handler)

    def keep(self, line: dict[str, Any]) -> None:
        with self._lock:
            self._record.write(json.dumps(line).encode() + b"\n")


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/mode":
            said = json.loads(body)
            self.server.mode, self.server.seconds = said["mode"], said["seconds"]
            self._answer(200)
            return
        mode = self.server.mode
        line = {"path": self.path, "taken": mode in (TAKE, DELAY), "mono_ns": time.monotonic_ns(), "body": json.loads(body)}
        if mode == DROP:
            self.server.keep(line)
            self.close_connection = True
            return
        if mode == REFUSE:
            self.server.keep(line)
            self._answer(503)
            return
        if mode == DELAY:
            time.sleep(self.server.seconds)  # the fault itself
        self.server.keep(line)
        self._answer(200)

    def _answer(self, status: int) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()
        except OSError:
            self.close_connection = True  # who asked has gone

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing: the record says what came."""


class AlertReceiver:
    """One receiver of a test. Its port and its record stay while its process is dead."""

    def __init__(self, alias: str, directory: Path, children: Children) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.alias = alias
        self.child: Child | None = None
        self._directory = directory
        self._children = children
        self._ports = ReservedPorts(1)
        self.record = directory / "came.jsonl"

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._ports.numbers[0]}"

    def start(self, deadline: Deadline) -> None:
        """Start its process and wait until it listens."""
        port = str(self._ports.numbers[0])
        self.child = self._children.spawn(
            f"alert receiver {self.alias}",
            python_command("libraries.world.alert_sink", "--port", port, "--record", str(self.record)),
            directory=self._directory,
            environment=child_environment({}, REPOSITORY),
            log_name="receiver",
            echo_variable=TOKEN_VARIABLE,
        )
        self.child.wait_ready(deadline)

    def came(self, path: str) -> list[dict[str, Any]]:
        """What it took on that path, oldest first, as often as it came."""
        lines = self.record.read_text(encoding="utf-8").splitlines() if self.record.exists() else []
        return [line for line in map(json.loads, lines) if line["path"] == path and line["taken"]]

    def close(self) -> None:
        self._ports.release()


def main() -> None:
    parser = argparse.ArgumentParser(description="Receives alerts and heartbeats.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--record", type=Path, required=True)
    arguments = parser.parse_args()
    server = Server(arguments.port, arguments.record)
    ready = {"instance": os.environ.get(TOKEN_VARIABLE, ""), "pid": os.getpid(), "url": f"http://{HOST}:{server.server_port}"}
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
