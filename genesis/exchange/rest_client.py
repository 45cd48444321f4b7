"""Questions to a venue over REST (aiohttp). Only GET: orders leave on the WebSocket API, so a lost answer here costs nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import quote

import aiohttp
import msgspec
import structlog
from yarl import URL

from genesis.core.settings import INTERVALS_MS
from genesis.exchange import outcomes, weights, wire
from genesis.exchange.circuits import Call, Service
from genesis.exchange.context import VenueContext
from genesis.exchange.errors import UNREADABLE, CircuitOpen, MalformedMessage, RateLimited, VenueRefused, VenueUnreachable
from genesis.exchange.outcomes import Outcome
from genesis.exchange.rate_budget import Ticket, Use
from genesis.exchange.signing import Params, query_string

DEPTH_LEVELS = 1_000
PAGE = 1_000
_CONNECTIONS = 16
_INTERVALS = {length: name for name, length in INTERVALS_MS.items()}
_MAX_ANSWER = 16 * 1024 * 1024  # bytes

_MARKET = frozenset({"depth", "klines"})
"""Questions of the market service; all others are of the account service (R24)."""

_log = structlog.get_logger("genesis.exchange")
_refusal_decoder = msgspec.json.Decoder(wire.RefusalBody)
T = TypeVar("T")


class RestClient:
    """One keep-alive pool to one venue.

    Every question raises VenueRefused (a definite 4xx with a code), VenueUnreachable (no connection, no answer in time, 5xx, not the
    venue's JSON; RateLimited or CircuitOpen, if it was not asked at all) or MalformedMessage (an answer that does not follow the protocol).
    """

    def __init__(self, venue: VenueContext) -> None:
        self._route = venue.route
        self._venue = venue.settings.name
        self._api_key = venue.settings.api_key
        self._timeout = aiohttp.ClientTimeout(total=venue.timing.answer_timeout_ms / 1_000)
        self._recv_window_ms = venue.timing.recv_window_ms
        self._clock = venue.clock
        self._venue_clock = venue.venue_clock
        self._signer = venue.signer
        self._trust = venue.trust
        self._counters = venue.counters
        self._rate = venue.rate
        self._circuits = venue.circuits
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def move(self) -> None:
        """Another address is asked from now on; questions that wait for the one before end as unanswered."""
        await self.close()

    async def answers(self, rest_url: str) -> bool:
        """Whether another address than ours answers a question for the time; nothing else comes of it, whatever it says."""
        try:
            ticket = self._rate.admit(Use.READING, weights.of_question("time", {}), "GET time")
        except RateLimited:
            return False
        try:
            status, told, body = await self._ask_at(rest_url, "time", "", {})
        except VenueUnreachable:
            self._rate.lost(ticket)
            return False
        refusal = _refusal_of(body) if status != 200 else None
        self._rate.answered_rest(ticket, status, refusal.code if refusal is not None else 0, told)
        return status == 200

    async def opens(self, url: str) -> bool:
        """Whether an address takes a WebSocket connection."""
        if self._rate.connect_wait_ms() > 0:
            return False
        try:
            async with self._pool().ws_connect(url):
                return True
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False

    async def server_time_ms(self) -> int:
        """The venue's own time in ms; the local estimate is refreshed by the way."""
        sent_ns = self._clock.mono_ns()
        answer = await self._public("time", {}, wire.ServerTime)
        self._venue_clock.observe(answer.server_time, sent_ns, self._clock.mono_ns())
        return answer.server_time

    async def exchange_info(self, symbols: tuple[str, ...]) -> wire.ExchangeInfo:
        """The rules of these symbols; the venue's limits are learnt by the way."""
        info = await self._public("exchangeInfo", {"symbols": msgspec.json.encode(symbols).decode()}, wire.ExchangeInfo)
        self._rate.learn(info)
        return info

    async def depth(self, symbol: str) -> wire.DepthSnapshot:
        return await self._public("depth", {"symbol": symbol, "limit": DEPTH_LEVELS}, wire.DepthSnapshot, Use.MARKET)

    async def klines(self, symbol: str, interval_ms: int, from_ms: int, to_ms: int) -> list[wire.Kline]:
        """At most a page of bars that open from `from_ms` on, until `to_ms`."""
        params: Params = {"symbol": symbol, "interval": _INTERVALS[interval_ms], "startTime": from_ms, "endTime": to_ms, "limit": PAGE}
        return await self._public("klines", params, list[wire.Kline], Use.MARKET)

    async def account(self) -> wire.AccountInfo:
        return await self._signed("account", {}, wire.AccountInfo)

    async def order(self, symbol: str, client_order_id: str) -> wire.RestOrder | None:
        """The order with this client order id; None = "Order does not exist." (-2013)."""
        try:
            return await self._signed("order", {"symbol": symbol, "origClientOrderId": client_order_id}, wire.RestOrder)
        except VenueRefused as refusal:
            if outcomes.is_missing_order(refusal.code):
                return None
            raise

    async def open_orders(self, symbol: str | None = None) -> list[wire.RestOrder]:
        params = {"symbol": symbol} if symbol else {}
        return await self._signed("openOrders", params, list[wire.RestOrder])

    async def recent_orders(self, symbol: str) -> list[wire.RestOrder]:
        """The latest orders of a symbol in any state, at most a page."""
        return await self._signed("allOrders", {"symbol": symbol, "limit": PAGE}, list[wire.RestOrder])

    async def orders_from(self, symbol: str, order_id: int) -> list[wire.RestOrder]:
        """The oldest orders of a symbol from `order_id` on (inclusive), at most a page."""
        return await self._signed("allOrders", {"symbol": symbol, "orderId": order_id, "limit": PAGE}, list[wire.RestOrder])

    async def recent_trades(self, symbol: str) -> list[wire.RestTrade]:
        """Our latest trades of a symbol, at most a page."""
        return await self._signed("myTrades", {"symbol": symbol, "limit": PAGE}, list[wire.RestTrade])

    async def trades_from(self, symbol: str, trade_id: int) -> list[wire.RestTrade]:
        """Every trade of ours in a symbol from `trade_id` on (inclusive), page by page to the end."""
        return await self._all_trades({"symbol": symbol}, trade_id)

    async def trades_of_order(self, symbol: str, order_id: int) -> list[wire.RestTrade]:
        """Every trade of one order, page by page to the end."""
        return await self._all_trades({"symbol": symbol, "orderId": order_id}, 0)

    async def _all_trades(self, params: Params, trade_id: int) -> list[wire.RestTrade]:
        trades: list[wire.RestTrade] = []
        while True:
            page = await self._signed("myTrades", {**params, "fromId": trade_id, "limit": PAGE}, list[wire.RestTrade])
            trades += page
            if len(page) < PAGE:
                return trades
            trade_id = max(trade.id for trade in page) + 1

    async def _public(self, path: str, params: Params, kind: type[T], use: Use = Use.READING) -> T:
        return await self._question(path, params, kind, use, lambda: (query_string(params), {}))

    async def _signed(self, path: str, params: Params, kind: type[T]) -> T:
        """Ask with a signature; asked once more if the venue finds our timestamp outside its window (-1021)."""
        try:
            return await self._signed_once(path, params, kind)
        except VenueRefused as refusal:
            if not outcomes.is_clock_skew(refusal.code):
                raise
        self._counters["clock_measurements"] += 1
        await self.server_time_ms()
        return await self._signed_once(path, params, kind)

    async def _signed_once(self, path: str, params: Params, kind: type[T]) -> T:
        def signed() -> tuple[str, dict[str, str]]:
            dated = {**params, "recvWindow": self._recv_window_ms, "timestamp": self._venue_clock.now_ms()}
            return self._signer.signed_query(dated), {"X-MBX-APIKEY": self._api_key.reveal()}

        return await self._question(path, params, kind, Use.READING, signed)

    async def _question(self, path: str, params: Params, kind: type[T], use: Use, written: Callable[[], tuple[str, dict[str, str]]]) -> T:
        """Ask, if the circuit breaker of the service (R24) and then the rate budget let it through. `written`: query and headers."""
        service = Service.MARKET if path in _MARKET else Service.ACCOUNT
        call = self._circuits.ask(service)
        if call is None:
            raise CircuitOpen(f"GET {path}: not asked ({self._circuits.refusal(service)})")
        try:
            ticket = self._rate.admit(use, weights.of_question(path, params), f"GET {path}")
            answer = await self._get(path, written(), kind, ticket, call)
        except RateLimited:
            raise
        except (VenueUnreachable, MalformedMessage) as error:
            call.failed(str(error))
            raise
        except VenueRefused:
            call.answered()
            raise
        else:
            call.answered()
            return answer
        finally:
            call.let_go()  # given up by us, or never made, unless it has ended above

    async def _get(self, path: str, written: tuple[str, dict[str, str]], kind: type[T], ticket: Ticket, call: Call) -> T:
        try:
            status, told, body = await self._ask(path, *written)
        except BaseException:
            self._rate.lost(ticket)
            raise
        refusal = _refusal_of(body) if status != 200 else None
        self._rate.answered_rest(ticket, status, refusal.code if refusal is not None else 0, told)
        if outcomes.is_rate_limited(status):
            call.let_go()
        if status != 200:
            raise self._failure(path, status, refusal)
        try:
            return msgspec.json.decode(body, type=kind)
        except UNREADABLE as error:
            self._counters["malformed_messages"] += 1
            _log.warning("unreadable answer", venue=self._venue, path=path, bytes=len(body), error=str(error))
            raise MalformedMessage(f"GET {path}: {error}") from error

    async def _ask(self, path: str, query: str, headers: dict[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        return await self._ask_at(self._route.way.rest_url, path, query, headers)

    async def _ask_at(self, rest_url: str, path: str, query: str, headers: dict[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        url = URL(f"{rest_url}/api/v3/{quote(path)}?{query}", encoded=True)  # signed is what is sent: never encoded again
        try:
            trust = self._trust.context if url.scheme == "https" else True
            async with self._pool().get(url, headers=headers, ssl=trust, allow_redirects=False) as response:
                return response.status, response.headers, await _bounded_body(path, response)
        except (aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError) as error:
            # the text of such an error may hold the whole URL with its signature: only its kind is told
            reason = self._trust.look_at(error, rest_url) or type(error).__name__
            raise VenueUnreachable(f"GET {path}: no answer ({reason})") from None

    def _failure(self, path: str, status: int, refusal: wire.RefusalBody | None) -> VenueRefused | VenueUnreachable:
        if refusal is None:  # a proxy or a firewall in between, not the venue
            return VenueUnreachable(f"GET {path}: answered {status} without the venue's error body")
        if outcomes.of_request(status, refusal.code) is Outcome.REFUSED:
            return VenueRefused(status, refusal.code, refusal.msg)
        return VenueUnreachable(f"GET {path}: answered {status} with code {refusal.code}: {refusal.msg}")

    def _pool(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=self._timeout,
                connector=aiohttp.TCPConnector(limit=_CONNECTIONS),
                trust_env=False,
            )
        return self._session


def _refusal_of(body: bytes) -> wire.RefusalBody | None:
    try:
        return _refusal_decoder.decode(body)
    except UNREADABLE:
        return None


async def _bounded_body(path: str, response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > _MAX_ANSWER:
            response.close()
            raise VenueUnreachable(f"GET {path}: expected an answer of at most {_MAX_ANSWER} bytes, got more")
    return bytes(body)
