"""Admin requests about who may ask and how often: keys, limits and bans, announced shutdowns (docs/mock-exchange.md, Admin API)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from ..core.accounts import INTERNAL
from .admin_bodies import AdminError, KeyRequest, NewAccount, amount, check_asset, decoded
from .api import Exchange
from .keys import ApiKey, checked_permissions, fresh_api_key, fresh_hmac_key
from .signatures import Verifier, fresh_pair, public_key
from .ws_api import WsApi

Answer = Callable[[list[str], dict[str, str], bytes], Awaitable[Any]]
MAX_NAME = 64
MAX_HOLD_MS = 86_400_000
MAX_NOTICE_MS = 600_000


class KeyChange(msgspec.Struct, forbid_unknown_fields=True):
    revoked: bool | None = None
    permissions: list[str] | None = None
    addresses: list[str] | None = None


class TradingChange(msgspec.Struct, forbid_unknown_fields=True):
    enabled: bool


class LimitsChange(msgspec.Struct, forbid_unknown_fields=True):
    """`address` defaults to 127.0.0.1; `at_least_ms`: how long what is exhausted stays so, even across the end of its
    window. `forget`: first, what the address (and the account, if one is named) used is forgotten, and a ban lifted."""

    address: str = "127.0.0.1"
    account: str | None = None
    remaining_weight: int | None = None
    remaining_orders: int | None = None
    ban_ms: int | None = None
    at_least_ms: int = 0
    forget: bool = False


class ShutdownNotice(msgspec.Struct, forbid_unknown_fields=True):
    after_ms: int


class AccessAdmin:
    """Handlers by method and path, as `AdminApi` routes them."""

    def __init__(self, exchange: Exchange, ws_api: WsApi) -> None:
        self._exchange = exchange
        self._keys = exchange.keys
        self._ws_api = ws_api
        self.routes: dict[tuple[str, str], Answer] = {
            ("POST", "accounts"): self._create_account,
            ("GET", "accounts/{}/keys"): self._show_keys,
            ("POST", "accounts/{}/keys"): self._add_key,
            ("PUT", "accounts/{}/keys"): self._change_keys,
            ("PUT", "accounts/{}/keys/{}"): self._change_keys,
            ("PUT", "accounts/{}/trading"): self._change_trading,
            ("GET", "limits"): self._show_limits,
            ("POST", "limits"): self._change_limits,
            ("POST", "connections/shutdown"): self._announce_shutdown,
        }

    # -- keys --------------------------------------------------------------------------------------------------------

    async def _create_account(self, _names: list[str], _query: dict[str, str], body: bytes) -> Any:
        new = decoded(body, NewAccount, '{"name": "alice", "balances": {"USDT": "1000"}}')
        if not new.name or len(new.name) > MAX_NAME or new.name in INTERNAL or not new.name.isprintable() or "/" in new.name:
            raise AdminError(
                f"name: expected 1 to {MAX_NAME} printable characters without '/', not one of {', '.join(INTERNAL)}; got {new.name!r}"
            )
        for asset in new.balances:
            check_asset(asset)
        balances = {asset: amount(text, f"balances.{asset}") for asset, text in new.balances.items()}
        key, shown = self._made(new.name, new.key)
        if new.name in self._exchange.venue.books.accounts:
            raise AdminError(f"account {new.name!r} exists already; choose another name")
        # The key first: one without an account is forgotten at the next start, an account without its key would be lost to its owner.
        self._keys.add(key)
        self._exchange.venue.create_account(new.name, key.key_id, balances)
        return {"name": new.name} | shown

    async def _add_key(self, names: list[str], _query: dict[str, str], body: bytes) -> Any:
        account = self._account(names[0])
        key, shown = self._made(account, decoded(body, KeyRequest, '{"kind": "ED25519"}'))
        self._keys.add(key)
        return {"name": account} | shown

    async def _show_keys(self, names: list[str], _query: dict[str, str], _body: bytes) -> Any:
        return [_key(key) for key in self._keys.of_account(self._account(names[0]))]

    async def _change_keys(self, names: list[str], _query: dict[str, str], body: bytes) -> Any:
        """All keys of an account, or the one of that key id."""
        account = self._account(names[0])
        change = decoded(body, KeyChange, '{"revoked": true}')
        keys = [key for key in self._keys.of_account(account) if len(names) == 1 or key.key_id == names[1]]
        if not keys:
            raise AdminError(f"account {account!r} has no such key; GET /admin/accounts/{account}/keys lists them", 404)
        permissions = _permissions(change.permissions)
        for key in keys:
            key.revoked = key.revoked if change.revoked is None else change.revoked
            key.permissions = key.permissions if permissions is None else permissions
            key.addresses = key.addresses if change.addresses is None else frozenset(change.addresses)
            self._keys.changed(key)
        return [_key(key) for key in keys]

    async def _change_trading(self, names: list[str], _query: dict[str, str], body: bytes) -> Any:
        account = self._account(names[0])
        self._keys.allow_trading(account, decoded(body, TradingChange, '{"enabled": false}').enabled)
        return {"enabled": account not in self._keys.trading_disabled}

    def _made(self, account: str, asked: KeyRequest) -> tuple[ApiKey, dict[str, str]]:
        """The key, and what its owner is told."""
        permissions = _permissions(asked.permissions)
        if asked.kind == "HMAC":
            if asked.public_key is not None:
                raise AdminError("public_key: expected none with kind HMAC; the venue makes the secret")
            key, secret = fresh_hmac_key(account)
            shown = {"api_key": key.api_key, "api_secret": secret, "key_id": key.key_id}
        else:
            private_pem, public_pem = ("", asked.public_key) if asked.public_key is not None else fresh_pair(asked.kind)
            key = ApiKey(account, fresh_api_key(), _verifier(asked.kind, public_pem), public_pem)
            shown = {"api_key": key.api_key, "key_id": key.key_id} | ({"private_key": private_pem} if private_pem else {})
        key.permissions = key.permissions if permissions is None else permissions
        key.addresses = frozenset(asked.addresses)
        return key, shown

    def _account(self, name: str) -> str:
        try:
            return self._exchange.venue.account(name).name
        except KeyError:
            raise AdminError(f"no account {name!r}; POST /admin/accounts creates one", 404) from None

    # -- limits ------------------------------------------------------------------------------------------------------

    async def _show_limits(self, _names: list[str], query: dict[str, str], _body: bytes) -> Any:
        """What an address (and, if named, an account) has used."""
        usage, now_ms = self._exchange.usage, self._exchange.clock.now_ms()
        client = usage.client(query.get("address", "127.0.0.1"))
        shown: dict[str, object] = {
            "limits": msgspec.to_builtins(usage.limits),
            "used_weight": client.weight.add(0, now_ms),
            "banned_until_ms": client.ban.until_ms if client.ban.until_ms > now_ms else None,
        }
        if "account" in query:
            orders = usage.account(self._account(query["account"]))
            shown["orders_10s"], shown["orders_1d"] = orders.ten_seconds.add(0, now_ms), orders.day.add(0, now_ms)
        return shown

    async def _change_limits(self, names: list[str], _query: dict[str, str], body: bytes) -> Any:
        change = decoded(body, LimitsChange, '{"remaining_weight": 0}, {"account": "alice", "remaining_orders": 0} or {"ban_ms": 120000}')
        _check_change(change)
        usage, now_ms = self._exchange.usage, self._exchange.clock.now_ms()
        client = usage.client(change.address)
        if change.forget:
            client.forget()
            if change.account is not None:
                usage.account(self._account(change.account)).forget()
        if change.remaining_weight is not None:
            client.weight.hold(max(0, usage.limits.request_weight - change.remaining_weight), now_ms, change.at_least_ms)
        if change.remaining_orders is not None:
            assert change.account is not None
            used = max(0, usage.limits.orders_10s - change.remaining_orders)
            usage.account(self._account(change.account)).ten_seconds.hold(used, now_ms, change.at_least_ms)
        if change.ban_ms is not None:
            if change.ban_ms:
                client.ban.begin(now_ms, change.ban_ms)
            else:
                client.ban.lift()
        query = {"address": change.address} | ({"account": change.account} if change.account else {})
        return await self._show_limits(names, query, b"")

    async def _announce_shutdown(self, _names: list[str], _query: dict[str, str], body: bytes) -> Any:
        notice = decoded(body, ShutdownNotice, '{"after_ms": 2000}')
        if not 0 <= notice.after_ms <= MAX_NOTICE_MS:
            raise AdminError(f"after_ms: expected 0 to {MAX_NOTICE_MS}, got {notice.after_ms}")
        assert self._exchange.streams is not None
        servers = (self._ws_api, self._exchange.streams)
        return {"told": sum(server.shut_down(notice.after_ms / 1_000) for server in servers)}


def _check_change(change: LimitsChange) -> None:
    """Raises AdminError."""
    if change.remaining_orders is not None and change.account is None:
        raise AdminError("account: expected the account whose remaining_orders are set, got none; name it")
    numbers = {"remaining_weight": change.remaining_weight, "remaining_orders": change.remaining_orders, "ban_ms": change.ban_ms}
    if not change.forget and all(number is None for number in numbers.values()):
        raise AdminError(f"limits: expected at least one of {', '.join(numbers)}, or forget, got none")
    for name, number in numbers.items():
        if number is not None and number < 0:
            raise AdminError(f"{name}: expected 0 or more, got {number}")
    if not 0 <= change.at_least_ms <= MAX_HOLD_MS:
        raise AdminError(f"at_least_ms: expected 0 to {MAX_HOLD_MS}, got {change.at_least_ms}")


def _permissions(names: list[str] | None) -> frozenset[str] | None:
    """Raises AdminError."""
    try:
        return None if names is None else checked_permissions(names)
    except ValueError as error:
        raise AdminError(str(error)) from None


def _verifier(kind: str, pem: str) -> Verifier:
    """Raises AdminError."""
    try:
        verifier = public_key(pem)
    except ValueError as error:
        raise AdminError(f"public_key: {error}") from None
    if verifier.kind != kind:
        raise AdminError(f"public_key: expected a key of kind {kind}, got {verifier.kind}; correct the kind")
    return verifier


def _key(key: ApiKey) -> dict[str, object]:
    return {
        "key_id": key.key_id,
        "kind": key.verifier.kind,
        "permissions": sorted(key.permissions),
        "addresses": sorted(key.addresses),
        "revoked": key.revoked,
    }
