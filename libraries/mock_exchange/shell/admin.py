"""The admin API (docs/mock-exchange.md, Admin API): its own port, a bearer token on everything.

For the test world, not part of the venue's protocol.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec
from aiohttp import web

from ..core import order_parsing, responses
from ..core.accounts import SCRIPTED, Account
from ..core.amounts import canonical
from ..core.errors import VenueError
from ..core.orders import CancelRequest, Fill, Order
from ..ledger import LedgerFile
from .admin_access import AccessAdmin
from .admin_bodies import (
    AdminError,
    BookLevels,
    ClockMove,
    ScriptedOrder,
    Transfer,
    amount,
    check_asset,
    decoded,
    exactly_one,
)
from .admin_faults import AdminFaults
from .api import Exchange
from .load_admin import LoadAdmin
from .market_admin import MarketAdmin
from .quiescence import Quiescence
from .ws_api import WsApi

Query = dict[str, str]
Answer = Callable[[list[str], Query, bytes], Awaitable[Any]]
_encode = msgspec.json.Encoder().encode


class AdminApi:
    """Handlers by method and path; a `{}` in a route is one path segment, handed over in order."""

    def __init__(
        self,
        exchange: Exchange,
        ws_api: WsApi,
        quiescence: Quiescence,
        *,
        ledger: LedgerFile | None,
        token: str,
        identity: dict[str, Any],
        faults: AdminFaults,
    ) -> None:
        self._exchange = exchange
        self._venue = exchange.venue
        self._ws_api = ws_api
        self._quiescence = quiescence
        self._ledger = ledger
        self._authorization = f"Bearer {token}".encode()
        self._identity = identity
        self._started_ns = time.monotonic_ns()
        self._routes: dict[tuple[str, str], Answer] = {
            ("GET", "health"): self._health,
            ("GET", "accounts/{}"): self._show_account,
            ("POST", "accounts/{}/transfer"): self._transfer,
            ("GET", "book/{}"): self._show_book,
            ("PUT", "book/{}"): self._set_book,
            ("GET", "orders"): self._show_orders,
            ("POST", "orders"): self._place_order,
            ("DELETE", "orders"): self._cancel_orders,
            ("GET", "trades"): self._show_trades,
            ("GET", "requests"): self._show_requests,
            ("GET", "ledger"): self._show_ledger,
            ("POST", "quiesce"): self._quiesce,
            ("POST", "resume"): self._resume,
            ("GET", "clock"): self._show_clock,
            ("POST", "clock"): self._move_clock,
            ("GET", "connections"): self._show_connections,
            ("DELETE", "connections/{}"): self._abort_connection,
            **MarketAdmin(exchange).routes,
            **LoadAdmin(exchange).routes,
            **AccessAdmin(exchange, ws_api).routes,
            **faults.routes,
        }

    def add(self, routes: Mapping[tuple[str, str], Answer]) -> None:
        """More requests, of parts that are no venue's own."""
        self._routes |= routes

    async def handle(self, request: web.BaseRequest) -> web.Response:
        path, _, query = request.raw_path.partition("?")
        try:
            self._authorize(request)
            answer, names = self._route(request.method, path)
            result = await answer(names, dict(parse_qsl(query)), await request.read())
        except AdminError as error:
            return _json({"error": str(error)}, error.status)
        except VenueError as error:
            return _json({"error": error.msg, "code": error.code}, 400)
        except web.HTTPRequestEntityTooLarge:
            return _json({"error": "expected a body of at most 1 MiB; send less"}, 413)
        return _json(result, 200)

    def _authorize(self, request: web.BaseRequest) -> None:
        given = request.headers.get("Authorization", "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, self._authorization):
            raise AdminError("expected the header 'Authorization: Bearer <admin_token>' with the token of the ready line", 401)

    def _route(self, method: str, path: str) -> tuple[Answer, list[str]]:
        parts = [unquote(part) for part in path.split("/") if part]
        if parts[:1] == ["admin"]:
            for (verb, pattern), answer in self._routes.items():
                names = _matched(pattern.split("/"), parts[1:])
                if names is not None and verb == method:
                    return answer, names
        raise AdminError(f"no such admin request: {method} {path}; docs/mock-exchange.md lists them all", 404)

    # -- process -----------------------------------------------------------------------------------------------------

    async def _health(self, _names: list[str], _query: Query, _body: bytes) -> Any:
        uptime_ms = (time.monotonic_ns() - self._started_ns) // 1_000_000
        lenient = sorted(self._exchange.lenient)
        return self._identity | {"uptime_ms": uptime_ms, "symbols": list(self._venue.symbols), "lenient": lenient}

    async def _show_ledger(self, _names: list[str], _query: Query, _body: bytes) -> Any:
        if self._ledger is None:
            return {"path": None, "offset": 0, "lines": self._venue.transaction.seq}
        self._exchange.settle()
        return {"path": str(self._ledger.path), "offset": self._ledger.offset, "lines": self._ledger.lines}

    async def _quiesce(self, _names: list[str], _query: Query, _body: bytes) -> Any:
        late = await self._quiescence.reach()
        if late:
            raise AdminError(
                f"expected every event to be written within {self._quiescence.deadline_s} s; not read by: {', '.join(late)}", 503
            )
        ledger = await self._show_ledger([], {}, b"")
        return {"ledger_offset": ledger["offset"], "ledger_lines": ledger["lines"], "mono_ns": time.monotonic_ns()}

    async def _resume(self, _names: list[str], _query: Query, _body: bytes) -> Any:
        self._quiescence.leave()
        return {}

    async def _show_clock(self, _names: list[str], _query: Query, _body: bytes) -> Any:
        return {"server_ms": self._exchange.clock.now_ms(), "offset_ms": self._exchange.clock.offset_ms}

    async def _move_clock(self, names: list[str], query: Query, body: bytes) -> Any:
        move = decoded(body, ClockMove, '{"advance_ms": 1000} or {"skew_ms": -500}')
        exactly_one("clock", advance_ms=move.advance_ms, skew_ms=move.skew_ms)
        if move.skew_ms is not None:
            self._exchange.clock.skew(move.skew_ms)
        elif move.advance_ms is not None:
            try:
                self._exchange.clock.advance(move.advance_ms)
            except ValueError as error:
                raise AdminError(str(error)) from None
        return await self._show_clock(names, query, body)

    async def _show_connections(self, _names: list[str], _query: Query, _body: bytes) -> Any:
        streams = self._exchange.streams.connections() if self._exchange.streams else []
        return self._ws_api.shown() + streams

    async def _abort_connection(self, names: list[str], _query: Query, _body: bytes) -> Any:
        streams = self._exchange.streams
        if not self._ws_api.abort(names[0]) and not (streams is not None and streams.abort(names[0])):
            raise AdminError(f"no connection {names[0]!r}; GET /admin/connections lists them", 404)
        return {}

    async def _show_requests(self, _names: list[str], query: Query, _body: bytes) -> Any:
        since = query.get("since", "0")
        if not (since.isascii() and since.isdigit()):
            raise AdminError(f"since: expected the number of an entry, got {since!r}")
        name = query.get("account", "all")
        return self._exchange.transcript.shown(name if name == "all" else self._account(name).name, int(since))

    # -- accounts ----------------------------------------------------------------------------------------------------

    async def _show_account(self, names: list[str], _query: Query, _body: bytes) -> Any:
        account = self._account(names[0])
        return {
            "name": account.name,
            "balances": {
                asset: {"free": canonical(free), "locked": canonical(locked)} for asset, (free, locked) in account.balances().items()
            },
            "open_orders": len(account.open_orders),
            "trades": len(account.fills),
        }

    async def _transfer(self, names: list[str], _query: Query, body: bytes) -> Any:
        account = self._account(names[0])
        transfer = decoded(body, Transfer, '{"asset": "USDT", "amount": "-10.5"}')
        check_asset(transfer.asset)
        self._venue.transfer(account.name, transfer.asset, amount(transfer.amount, "amount", signed=True))
        return await self._show_account(names, {}, b"")

    async def _show_orders(self, _names: list[str], query: Query, _body: bytes) -> Any:
        account = self._account(query.get("account", ""))
        return [_order(order) for order in self._venue.all_orders(account.name, query.get("symbol"))]

    async def _cancel_orders(self, _names: list[str], query: Query, _body: bytes) -> Any:
        """Every open order of an account, on all symbols: how a world leaves no liquidity behind for the next one."""
        account = self._account(query.get("account", ""))
        cancelled = 0
        for symbol in {order.symbol for order in account.open_orders.values()}:
            cancelled += len(self._venue.cancel_all(account.name, CancelRequest(symbol=symbol), "admin"))
        return {"cancelled": cancelled}

    async def _show_trades(self, _names: list[str], query: Query, _body: bytes) -> Any:
        account = self._account(query.get("account", ""))
        return [_fill(fill) for fill in self._venue.trades_of(account.name, query.get("symbol"))]

    # -- market ------------------------------------------------------------------------------------------------------

    async def _show_book(self, names: list[str], _query: Query, _body: bytes) -> Any:
        update_id, bids, asks = self._venue.depth(self._symbol(names[0]))
        return {"update_id": update_id, "bids": _levels(bids), "asks": _levels(asks)}

    async def _set_book(self, names: list[str], query: Query, body: bytes) -> Any:
        symbol = self._symbol(names[0])
        levels = decoded(body, BookLevels, '{"bids": [["99", "1"]], "asks": [["101", "1"]]}')
        bids = [(amount(price, "bids price"), amount(quantity, "bids quantity")) for price, quantity in levels.bids]
        asks = [(amount(price, "asks price"), amount(quantity, "asks quantity")) for price, quantity in levels.asks]
        try:
            self._venue.set_market_book(symbol, bids, asks)
        except ValueError as error:
            raise AdminError(str(error)) from None
        return await self._show_book(names, query, body)

    async def _place_order(self, _names: list[str], _query: Query, body: bytes) -> Any:
        received_ns = time.monotonic_ns()
        asked = decoded(body, ScriptedOrder, '{"symbol": "BTCUSDT", "side": "SELL", "type": "MARKET", "quantity": "1"}')
        account = self._account(asked.account)
        params: dict[str, str] = {
            name: value for name, value in msgspec.structs.asdict(asked).items() if value is not None and name != "account"
        }
        if asked.type == "LIMIT":
            params.setdefault("timeInForce", "GTC")
        order = order_parsing.new_order(params, self._venue.symbols, received_ns)
        if account.name in SCRIPTED:
            placement = self._venue.place_as_market(order, account.name)
        else:
            placement = self._venue.place(account.name, order, "admin")
        return responses.placed(placement, "RESULT")

    def _account(self, name: str) -> Account:
        try:
            return self._venue.account(name)
        except KeyError:
            raise AdminError(f"no account {name!r}; POST /admin/accounts creates one", 404) from None

    def _symbol(self, symbol: str) -> str:
        if symbol not in self._venue.symbols:
            raise AdminError(f"no symbol {symbol!r}; this venue has {', '.join(self._venue.symbols)}", 404)
        return symbol


def _matched(pattern: list[str], parts: list[str]) -> list[str] | None:
    if len(pattern) != len(parts) or any(expected not in ("{}", part) for expected, part in zip(pattern, parts, strict=True)):
        return None
    return [part for expected, part in zip(pattern, parts, strict=True) if expected == "{}"]


def _json(answer: Any, status: int) -> web.Response:
    return web.Response(body=_encode(answer), status=status, content_type="application/json")


def _levels(levels: list[tuple[int, int]]) -> list[tuple[str, str]]:
    return [(canonical(price), canonical(quantity)) for price, quantity in levels]


def _order(order: Order) -> dict[str, Any]:
    return {
        "order_id": order.order_id,
        "client_order_id": order.client_order_id,
        "symbol": order.symbol,
        "side": order.side,
        "type": order.type,
        "time_in_force": order.time_in_force,
        "status": order.status,
        "price": canonical(order.price),
        "stop_price": canonical(order.stop_price),
        "quantity": canonical(order.quantity),
        "executed": canonical(order.executed),
        "cum_quote": canonical(order.cum_quote),
        "received_ns": order.received_ns,
    }


def _fill(fill: Fill) -> dict[str, Any]:
    return {
        "trade_id": fill.trade_id,
        "symbol": fill.symbol,
        "price": canonical(fill.price),
        "quantity": canonical(fill.quantity),
        "quote_quantity": canonical(fill.quote_quantity),
        "fee": canonical(fill.fee),
        "fee_asset": fill.fee_asset,
        "side": fill.side,
        "maker": fill.maker,
        "client_order_id": fill.client_order_id,
        "time": fill.time_ms,
    }
