"""`python -m genesis run --config FILE`: every signal is accepted and filled at the venue's price at once. Nothing is sent anywhere.

Put under test with ENGINE_ROOT: suites that believe an engine's own words alone would be green.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tomllib
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NoReturn
from urllib.request import urlopen

FEE = Decimal("0.001")


class Liar:
    """What it claims. `venue` is a `[[venue]]` table of the configuration."""

    def __init__(self, venue: dict[str, Any]) -> None:
        self._venue = venue
        self._orders: dict[str, dict[str, Any]] = {}
        self._fills: list[dict[str, Any]] = []
        self._signals: list[dict[str, Any]] = []

    def answer(self, path: str) -> object:
        """What a question gets; the whole truth about no path."""
        name = self._venue["name"]
        head = {"journal_seq": len(self._signals), "head_hash": "0" * 64}
        answers: dict[str, object] = {
            "/health": {
                "state": "RUNNING",
                "pid": os.getpid(),
                "instance": os.environ["GENESIS_INSTANCE"],
                "package_path": str(Path(__file__).parent),
                "venues": {name: {"orders": True, "market": True, "reconciled": True, "differences": "none"}},
                "books": {f"{name}/{symbol}": True for symbol in self._venue["symbols"]},
                **head,
            },
            "/state": {"state": "RUNNING", "tier": "HUNTER", "balances": [], "digest": "0" * 64, **head},
            "/orders": list(self._orders.values()),
            "/fills": self._fills,
            "/signals": self._signals,
        }
        return self._orders[path.rpartition("/")[2]] if path.startswith("/orders/") else answers.get(path, [])

    def accept(self, wish: dict[str, Any]) -> dict[str, str]:
        """Accepted, and filled whole at once, as far as anybody asks."""
        number = len(self._orders) + 1
        order_id, signal_id = f"liar-{number}", wish.get("signal_id") or f"signal-{number}"
        quantity = Decimal(wish["quantity"])
        price = Decimal(wish.get("price") or self._price(wish["symbol"], wish["side"]))
        terms = {"client_order_id": order_id, "venue": self._venue["name"], "symbol": wish["symbol"], "side": wish["side"]}
        amounts = {"quantity": quantity, "price": price, "executed": quantity, "cum_quote": price * quantity, "reserved": 0}
        self._orders[order_id] = {
            **terms,
            **{name: str(amount) for name, amount in amounts.items()},
            "state": "FILLED",
            "purpose": wish.get("purpose", "ENTRY"),
            "order_type": wish.get("order_type", "MARKET"),
            "correlation_id": signal_id,
            "pending": "NONE",
            "knowledge": "KNOWN",
            "reason": "",
        }
        asset = wish["symbol"].removesuffix("USDT")
        fee = {"quantity": str(quantity), "price": str(price), "quote_quantity": str(price * quantity), "fee": str(FEE * quantity)}
        self._fills.append({**terms, **fee, "fee_asset": asset, "maker": False, "trade_id": number, "signal_id": signal_id})
        self._signals.append({"signal_id": signal_id, "status": "ACCEPTED", "client_order_id": order_id})
        return {"signal_id": signal_id, "client_order_id": order_id}

    def _price(self, symbol: str, side: str) -> str:
        """What the venue asks for it: a good liar stays near the truth."""
        with urlopen(f"{self._venue['rest_url']}/api/v3/ticker/bookTicker?symbol={symbol}", timeout=5) as said:
            top: dict[str, str] = json.load(said)
        return top["askPrice" if side == "BUY" else "bidPrice"]


def main(words: list[str]) -> NoReturn:
    """Listen until SIGTERM, then leave with exit code 0 as if all were done."""
    venue = tomllib.loads(Path(words[words.index("--config") + 1]).read_text(encoding="utf-8"))["venue"][0]
    liar = Liar(venue)

    class Handler(BaseHTTPRequestHandler):
        """The control API."""

        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._say(200, liar.answer(self.path.partition("?")[0]))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
            if self.path == "/signals":
                self._say(201, liar.accept(body))
            else:
                self._say(200, {"state": "RUNNING", "journal_seq": 0, "head_hash": "0" * 64})

        def _say(self, status: int, answer: object) -> None:
            payload = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_arguments: object) -> None:
            """It keeps no log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    url = f"http://127.0.0.1:{server.server_port}"
    ready = {"instance": os.environ["GENESIS_INSTANCE"], "pid": os.getpid(), "token": os.environ["GENESIS_CONTROL_TOKEN"]}
    print(json.dumps({**ready, "control_url": url, "metrics_url": url}), flush=True)
    server.serve_forever()
    raise SystemExit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
