"""Typed methods over the engine's control API. Amounts stay decimal text."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from libraries.world.errors import WorldError
from libraries.world.http import Answer, Json, JsonClient


class ControlClient:
    """The operator's view of one engine process.

    `request`, `signal` and `cancel` give the answer as it came, refusals too; the other methods raise on a refusal.

    Raises (every method):
        WorldError: the engine does not answer.
    """

    def __init__(self, owner: str, base_url: str, token: str, *, metrics_url: str) -> None:
        self.client = JsonClient(owner, base_url.rstrip("/"), token)
        self._scraped = JsonClient(f"{owner}, its metrics", metrics_url.rstrip("/"), token)

    def request(self, method: str, path: str, **options: Any) -> Answer:
        """A raw request; `token=""` leaves the authorization out."""
        return self.client.request(method, path, **options)

    def health(self) -> Json:
        return dict(self.client.expect("GET", "/health"))

    def state(self) -> Json:
        return dict(self.client.expect("GET", "/state"))

    def orders(self, state: str | None = None) -> list[Json]:
        return list(self.client.expect("GET", "/orders", params={"state": state} if state else None))

    def order(self, client_order_id: str) -> Json | None:
        """None if the engine does not know it."""
        answer = self.client.request("GET", f"/orders/{quote(client_order_id, safe='')}")
        return dict(answer.body) if answer.ok else None

    def positions(self) -> list[Json]:
        return list(self.client.expect("GET", "/positions"))

    def fills(self) -> list[Json]:
        return list(self.client.expect("GET", "/fills"))

    def signals(self) -> list[Json]:
        return list(self.client.expect("GET", "/signals"))

    def trades(self) -> list[Json]:
        """Multi-leg trades."""
        return list(self.client.expect("GET", "/trades"))

    def strategies(self) -> list[Json]:
        """The highest priority first: name, state, reason, errors, holdings, ..."""
        return list(self.client.expect("GET", "/strategies"))

    def bars(self) -> list[Json]:
        """Each symbol and interval that a strategy watches: venue, symbol, interval_ms, last (its last closed bar, or None)."""
        return list(self.client.expect("GET", "/bars"))

    def parents(self) -> list[Json]:
        """Icebergs and TWAPs, oldest first."""
        return list(self.client.expect("GET", "/parents"))

    def operate_strategy(self, name: str, action: str) -> Answer:
        """`action`: start, pause or stop."""
        return self.client.request("POST", f"/strategies/{quote(name, safe='')}/{action}", json={})

    def opportunities(self) -> list[Json]:
        return list(self.client.expect("GET", "/opportunities"))

    def book(self, venue: str, symbol: str) -> Json | None:
        """{"update_id", "bids", "asks"}; None while the engine has no book it trusts.

        Raises:
            WorldError: what the engine answers is no book.
        """
        answer = self.client.request("GET", f"/books/{quote(venue, safe='')}/{quote(symbol, safe='')}")
        if not answer.ok:
            return None
        book = answer.body
        if not isinstance(book, dict) or not {"update_id", "bids", "asks"} <= book.keys():
            raise WorldError(
                f"GET /books/{venue}/{symbol}: expected a book with update_id, bids and asks, got {str(book)[:200]}; "
                "is the engine under test (ENGINE_ROOT) the build you meant?"
            )
        return dict(book)

    def tick(self, venue: str, symbol: str) -> Json | None:
        """The newest public trade in canonical form; None before the first."""
        answer = self.client.request("GET", f"/ticks/{quote(venue, safe='')}/{quote(symbol, safe='')}")
        return dict(answer.body) if answer.ok else None

    def market(self) -> Json:
        """{"venues": {name: {"connections", "rejected", "counters"}}, "trades_dropped", "ticks_shed"}."""
        return dict(self.client.expect("GET", "/market"))

    def rates(self) -> Json:
        """{venue: {"limits", "held_ms", "banned", "orders_held_ms", "kept_back"}}."""
        return dict(self.client.expect("GET", "/rates"))

    def move_clock(self, by_ms: int) -> Answer:
        """Move the engine's clock ahead; refused without test hooks."""
        return self.client.request("POST", "/control/clock", json={"advance_ms": by_ms})

    def step_clock(self, by_ms: int) -> Answer:
        """Set the engine's wall clock another time; refused without test hooks."""
        return self.client.request("POST", "/control/clock", json={"step_ms": by_ms})

    def metrics(self) -> str:
        return str(self._scraped.expect("GET", "/metrics"))

    def signal(self, body: Json) -> Answer:
        """POST /signals; 201 carries "client_order_id", 422 the rule that denied it."""
        return self.client.request("POST", "/signals", json=body)

    def cancel(self, client_order_id: str) -> Answer:
        return self.client.request("POST", f"/orders/{quote(client_order_id, safe='')}/cancel", json={})

    def control(self, verb: str) -> Answer:
        """`verb`: pause, resume or halt."""
        return self.client.request("POST", f"/control/{verb}", json={})

    def quiesce(self, timeout_ms: int) -> Answer:
        """Stop order sources and wait until nothing is in flight; 409 names the orders that still are."""
        return self.client.request("POST", "/control/quiesce", json={"timeout_ms": timeout_ms}, timeout=timeout_ms / 1000 + 1)

    def close(self) -> None:
        self.client.close()
