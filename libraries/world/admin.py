"""Typed methods over the exchange's admin API. Amounts go in and come back as decimal text, never as numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from libraries.evidence.redaction import register_secret
from libraries.world.http import Answer, Json, JsonClient

Level = tuple[str, str]
"""(price, quantity)"""


@dataclass(frozen=True)
class Account:
    """An account at the venue. Key and secret are registered for redaction."""

    name: str
    api_key: str
    api_secret: str


class AdminClient:
    """The operator's view of one exchange process.

    Raises (every method):
        WorldError: the exchange does not answer, or refuses; its own text is in the message.
    """

    def __init__(self, owner: str, base_url: str, token: str) -> None:
        self.client = JsonClient(owner, base_url, token)

    def request(self, method: str, path: str, **options: Any) -> Answer:
        """A raw request: nothing is raised for an error status. `path` starts with /admin/."""
        return self.client.request(method, path, **options)

    def health(self) -> Json:
        return dict(self.client.expect("GET", "/admin/health"))

    def create_account(self, name: str, balances: Mapping[str, str], key_kind: str = "HMAC") -> Account:
        """A new account with fresh random keys and these deposits (asset -> amount). Of an Ed25519 or RSA key the secret is the
        private key in PEM."""
        asked: Json = {"name": name, "balances": dict(balances)} | ({"key": {"kind": key_kind}} if key_kind != "HMAC" else {})
        body = self.client.expect("POST", "/admin/accounts", json=asked)
        secret = body["api_secret"] if key_kind == "HMAC" else body["private_key"]
        return Account(body["name"], register_secret(body["api_key"]), register_secret(secret))

    def change_keys(self, name: str, **change: Any) -> list[Json]:
        """`revoked`, `permissions`, `addresses` of all keys of an account; the keys as they are then, without secrets."""
        return list(self.client.expect("PUT", f"/admin/accounts/{_part(name)}/keys", json=change))

    def set_trading(self, name: str, enabled: bool) -> Json:
        """{"enabled"}: may the account place and cancel orders?"""
        return dict(self.client.expect("PUT", f"/admin/accounts/{_part(name)}/trading", json={"enabled": enabled}))

    def limits(self) -> Json:
        """{"limits", "used_weight", "banned_until_ms"} of this machine's address."""
        return dict(self.client.expect("GET", "/admin/limits"))

    def set_limits(self, **change: Any) -> Json:
        """`remaining_weight`, `account` with `remaining_orders`, `ban_ms` (0 lifts the ban), `at_least_ms`; what is used then."""
        return dict(self.client.expect("POST", "/admin/limits", json=change))

    def add_key(self, account: str, kind: str) -> Account:
        """Another key of an account, "ED25519" or "RSA"; the private key (PEM) stands where a secret would."""
        body = self.client.expect("POST", f"/admin/accounts/{_part(account)}/keys", json={"kind": kind})
        return Account(account, register_secret(body["api_key"]), register_secret(body["private_key"]))

    def account(self, name: str) -> Json:
        """{"name", "balances": {asset: {"free", "locked"}}, "open_orders": n, "trades": n}"""
        return dict(self.client.expect("GET", f"/admin/accounts/{_part(name)}"))

    def transfer(self, name: str, asset: str, amount: str) -> Json:
        """Deposit (or, negative, withdraw) `amount`; the account sees balanceUpdate and outboundAccountPosition."""
        return _document(self.client.expect("POST", f"/admin/accounts/{_part(name)}/transfer", json={"asset": asset, "amount": amount}))

    def set_book(self, symbol: str, bids: Sequence[Level], asks: Sequence[Level]) -> Json:
        """Replace all resting orders of account "market" on `symbol` by these levels; returns the whole book."""
        body = {"bids": [list(level) for level in bids], "asks": [list(level) for level in asks]}
        return dict(self.client.expect("PUT", f"/admin/book/{_part(symbol)}", json=body))

    def book(self, symbol: str) -> Json:
        """{"update_id", "bids": [[price, quantity]], "asks": [...]}, best level first."""
        return dict(self.client.expect("GET", f"/admin/book/{_part(symbol)}"))

    def place_order(
        self,
        *,
        symbol: str,
        side: str,
        order_type: str,
        quantity: str,
        price: str | None = None,
        time_in_force: str | None = None,
        account: str = "market",
    ) -> Json:
        """An order of another participant; account "market" is funded as needed, others must have the funds."""
        body = {"account": account, "symbol": symbol, "side": side, "type": order_type, "quantity": quantity}
        if price is not None:
            body["price"] = price
        if time_in_force is not None:
            body["timeInForce"] = time_in_force
        return dict(self.client.expect("POST", "/admin/orders", json=body))

    def orders(self, account: str, symbol: str | None = None) -> list[Json]:
        params = {"account": account} | ({"symbol": symbol} if symbol else {})
        return list(self.client.expect("GET", "/admin/orders", params=params))

    def cancel_orders(self, account: str) -> Json:
        """Cancel every open order of an account, on all symbols: {"cancelled"}."""
        return dict(self.client.expect("DELETE", "/admin/orders", params={"account": account}))

    def trades(self, account: str) -> list[Json]:
        return list(self.client.expect("GET", "/admin/trades", params={"account": account}))

    def requests(self, account: str = "all", since: int | None = None) -> list[Json]:
        """The transcript: what clients asked, signatures and keys removed, the last 2,000 at most."""
        params: Json = {"account": account} | ({"since": since} if since is not None else {})
        return list(self.client.expect("GET", "/admin/requests", params=params))

    def ledger(self) -> Json:
        """{"path", "offset", "lines"}"""
        return dict(self.client.expect("GET", "/admin/ledger"))

    def quiesce(self, timeout: float = 10.0) -> Json:
        """Stop market movement and wait until every answer and event is written: {"ledger_offset", "ledger_lines", "mono_ns"}."""
        return dict(self.client.expect("POST", "/admin/quiesce", json={}, timeout=timeout))

    def resume(self) -> Json:
        return _document(self.client.expect("POST", "/admin/resume", json={}))

    def clock(self) -> Json:
        """{"server_ms", "offset_ms"}"""
        return dict(self.client.expect("GET", "/admin/clock"))

    def advance_clock(self, milliseconds: int) -> Json:
        return dict(self.client.expect("POST", "/admin/clock", json={"advance_ms": milliseconds}))

    def skew_clock(self, milliseconds: int) -> Json:
        return dict(self.client.expect("POST", "/admin/clock", json={"skew_ms": milliseconds}))

    def connections(self) -> list[Json]:
        """[{"id", "kind": "ws-api|stream", "account", "streams", "since_ns", "peer", "address"}]"""
        return list(self.client.expect("GET", "/admin/connections"))

    def abort_connection(self, connection_id: int | str) -> Json:
        """Cut that TCP connection (RST)."""
        return _document(self.client.expect("DELETE", f"/admin/connections/{_part(str(connection_id))}"))

    def faults(self) -> Json:
        """{"rules": [{"id", "armed", "seen", "hits", "rule"}], "hits": [{"rule", "t", "mono_ns", "point", "actions", "subject"}]}"""
        return dict(self.client.expect("GET", "/admin/faults"))

    def heal(self) -> Json:
        """Disarm every fault; what is held back leaves now. Answers what `faults` does."""
        return dict(self.client.expect("DELETE", "/admin/faults"))

    def restart_address(self, name: str) -> Json:
        """Start an address process that has ended, on its port: {"name", "pid", "alive", "rest_url", "stream_url", "ws_api_url"}"""
        return dict(self.client.expect("POST", f"/admin/addresses/{_part(name)}/restart", json={}, timeout=30.0))

    def advance_market(self, *, steps: int | None = None, until_trade_id: int | None = None, timeout: float = 60.0) -> Json:
        """Play a recorded market: `steps` messages, up to a trade id, or (neither given) to its end.

        Returns {"position", "last_trade_id", "remaining"}.
        """
        body: Json = {"to_end": True}
        if steps is not None:
            body = {"steps": steps}
        elif until_trade_id is not None:
            body = {"until_trade_id": until_trade_id}
        return dict(self.client.expect("POST", "/admin/market/advance", json=body, timeout=timeout))

    def run_market(self, milliseconds: int, timeout: float = 300.0) -> Json:
        """Play the market for so much of the venue's time. Returns {"position", "last_trade_id", "remaining"}."""
        return dict(self.client.expect("POST", "/admin/market/advance", json={"for_ms": milliseconds}, timeout=timeout))

    def market(self) -> Json:
        """{"position", "remaining", "waiting", "at_ms", "last_trade_id", "by_itself", "speed", "updates", "refused", "error"}"""
        return dict(self.client.expect("GET", "/admin/market"))

    def play_market(self, speed: str | None = None) -> Json:
        """Let the market go by itself, at this speed ("10", "max")."""
        return dict(self.client.expect("POST", "/admin/market/play", json={} if speed is None else {"speed": speed}))

    def hold_market(self) -> Json:
        return dict(self.client.expect("POST", "/admin/market/hold", json={}))

    def seek_market(self, to_ms: int) -> Json:
        """Skip forward without trading."""
        return dict(self.client.expect("POST", "/admin/market/seek", json={"to_ms": to_ms}))

    def script_market(self, rows: Sequence[Json]) -> Json:
        """Have the rows of a script played from now on: {"steps", "ends_in_ms"}."""
        return dict(self.client.expect("POST", "/admin/market/script", json={"rows": list(rows)}))

    def move_market(self, symbol: str, *, by: str, within_ms: int) -> Json:
        """Let a price rise or fall by a signed fraction: {"ends_in_ms", ...}."""
        return dict(self.client.expect("POST", "/admin/market/move", json={"symbol": symbol, "by": by, "within_ms": within_ms}))

    def begin_load(self, phases: Sequence[Json], symbols: Sequence[str], lead_ms: int = 100) -> Json:
        """Ticks on a schedule, made in the venue's process, the symbols in turn; what `load` tells."""
        return dict(self.client.expect("POST", "/admin/load", json={"phases": list(phases), "symbols": list(symbols), "lead_ms": lead_ms}))

    def load(self) -> Json:
        """{"running", "total", "sent", "refused", "refusal", "begun_ns", "ended_ns", "latest_ns", "ends_ns"}"""
        return dict(self.client.expect("GET", "/admin/load"))

    def stop_load(self) -> Json:
        return dict(self.client.expect("DELETE", "/admin/load"))

    def load_ticks(self) -> tuple[list[str], list[list[int]]]:
        """(symbols, rows): [index of the symbol, trade id, when it was due, when it was sent] of every tick of the last load."""
        rows: list[list[int]] = []
        while True:
            answer = self.client.expect("GET", "/admin/load/ticks", params={"from": len(rows)}, timeout=30.0)
            rows += answer["rows"]
            if not answer["rows"] or len(rows) >= answer["sent"]:
                return list(answer["symbols"]), rows

    def close(self) -> None:
        self.client.close()


def _part(text: str) -> str:
    return quote(text, safe="")


def _document(body: Any) -> Json:
    """Answers without content count as an empty document."""
    return dict(body) if isinstance(body, dict) else {}
