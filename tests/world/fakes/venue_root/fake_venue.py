"""A stand-in for the exchange: ready line and the few admin answers that an audit cut needs."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

LEDGER = Path(sys.argv[sys.argv.index("--ledger") + 1])


class Admin(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.answer({"path": str(LEDGER), "offset": LEDGER.stat().st_size, "lines": 1})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        if self.path == "/admin/accounts":
            self.answer({"name": body["name"], "api_key": f"key-of-{body['name']}", "api_secret": f"secret-of-{body['name']}"})
        else:
            self.answer({"ledger_offset": LEDGER.stat().st_size, "ledger_lines": 1, "mono_ns": 1})

    def do_DELETE(self) -> None:
        if "account=stuck" in self.path:
            self.answer({"error": "matching is stuck"}, 500)
        else:
            self.answer({"cancelled": 0})

    def answer(self, body: dict[str, Any], status: int = 200) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Admin)
LEDGER.write_text('{"seq": 1, "mono": 1, "type": "venue", "maker": "0.001", "taker": "0.001", "symbols": []}\n')
url = f"http://127.0.0.1:{server.server_port}"
ready = {
    "rest_url": url,
    "stream_url": url.replace("http", "ws"),
    "ws_api_url": url.replace("http", "ws") + "/ws-api/v3",
    "admin_url": url,
    "admin_token": "admin-token-of-the-fake",
    "pid": os.getpid(),
    "instance": os.environ["MOCK_EXCHANGE_INSTANCE"],
}
print(json.dumps(ready), flush=True)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever(poll_interval=0.02)
