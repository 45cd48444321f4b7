"""A stand-in for the engine: enough control API for the world's own tests. `[fake] mode` in its configuration says how it misbehaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

CONFIG = tomllib.loads(Path(sys.argv[sys.argv.index("--config") + 1]).read_text())
MODE = CONFIG.get("fake", {}).get("mode", "good")
TOKEN = os.environ["GENESIS_CONTROL_TOKEN"]


class Control(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/health":
            package = "/elsewhere/genesis" if MODE == "elsewhere" else str(Path(__file__).parent)
            state = "RECONCILING" if MODE == "stuck" else "RUNNING"
            self.answer(200, {"state": state, "package_path": package, "venues": {}, "books": {"binance/BTCUSDT": MODE != "bookless"}})
        else:
            self.answer(404, {"error": {"code": "GENESIS-1502", "message": "unknown"}})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/control/quiesce" and MODE == "restless":
            self.answer(409, {"error": {"code": "GENESIS-1502", "message": "still in flight: gfake-1"}})
        elif self.path == "/control/quiesce":
            self.answer(200, {"quiet": True, "journal_seq": 1, "head_hash": "00", "mono_ns": 1})
        else:
            self.answer(200, {"state": "RUNNING"})

    def answer(self, status: int, body: dict[str, Any]) -> None:
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            status, body = 401, {"error": {"code": "GENESIS-4501", "message": "token missing or wrong"}}
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        print(format % args, file=sys.stderr)


def main() -> None:
    print(f"fake engine in mode {MODE}", file=sys.stderr, flush=True)
    if MODE == "dies":
        sys.exit("genesis: database locked by another engine")
    if MODE == "silent":
        signal.pause()
    server = ThreadingHTTPServer(("0.0.0.0" if MODE == "open" else "127.0.0.1", 0), Control)
    instance = "somebody else" if MODE == "impostor" else os.environ["GENESIS_INSTANCE"]
    url = f"http://127.0.0.1:{server.server_port}"
    ready = {"control_url": url, "metrics_url": url, "token": TOKEN, "pid": os.getpid(), "instance": instance}
    print("no json" if MODE == "babbler" else json.dumps(ready), flush=True)
    if MODE == "parent":  # leaves a child that outlives it
        subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], start_new_session=True)
    if MODE == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    if MODE == "talker":
        for number in range(20_000):
            print("more than any pipe holds", number)
    server.serve_forever(poll_interval=0.02)
    if MODE == "litter":
        Path(os.environ["TMPDIR"], "forgotten").touch()
    sys.exit(3 if MODE == "bad exit" else 0)


main()
