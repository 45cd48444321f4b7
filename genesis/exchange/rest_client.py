"""Questions to a venue over REST (aiohttp). Only GET: orders leave on the WebSocket API, so a lost answer here costs nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar
from urllib.parse import quote

import aiohttp
import msgspec
import structlog
from aiohttp import hdrs
from yarl import URL

from genesis.core.settings import INTERVALS_MS
from genesis.exchange import credible, outcomes, strict_json, weights, wire
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

_AS_IT_IS = "identity"

_MARKET = frozenset({"depth", "klines"})
"""Questions of the market service; all others are of the account service (R24)."""

_log = structlog.get_logger("genesis.exchange")
_refusal_decoder = msgspec.json.Decoder(wire.RefusalBody)
T = TypeVar("T")


class _Wanted(Generic[T]):
    """What an answer must be: of this type, and credible for what was asked."""

    def __init__(self, kind: type[T], check: Callable[[T], None]) -> None:
        self._decoder = msgspec.json.Decoder(kind)
        self._check = check

    def read(self, body: bytes) -> T:
        """Raises MalformedMessage or one of UNREADABLE."""
        answer = strict_json.read(body, self._decoder)
        self._check(answer)
        return answer


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
        except (VenueUnreachable, MalformedMessage):
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
            async with self._pool().ws_connect(url, ssl=self._trust.of(url)):
                return True
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False

    async def server_time_ms(self) -> int:
        """The venue's own time in ms; the local estimate is refreshed by the way."""
        sent_ns = self._clock.mono_ns()
        answer = await self._public("time", {}, wire.ServerTime, credible.server_time)
        self._venue_clock.observe(answer.server_time, sent_ns, self._clock.mono_ns())
        return answer.server_time

    async def exchange_info(self, symbols: tuple[str, ...]) -> wire.ExchangeInfo:
        """The rules of these symbols; the venue's limits are learnt by the way."""
        params: Params = {"symbols": msgspec.json.encode(symbols).decode()}
        info = await self._public("exchangeInfo", params, wire.ExchangeInfo, credible.exchange_info(symbols))
        self._rate.learn(info)
        return info

    async def depth(self, symbol: str) -> wire.DepthSnapshot:
        return await self._public("depth", {"symbol": symbol, "limit": DEPTH_LEVELS}, wire.DepthSnapshot, credible.depth, Use.MARKET)

    async def klines(self, symbol: str, interval_ms: int, from_ms: int, to_ms: int) -> list[wire.Kline]:
        """At most a page of bars that open from `from_ms` on, until `to_ms`."""
        params: Params = {"symbol": symbol, "interval": _INTERVALS[interval_ms], "startTime": from_ms, "endTime": to_ms, "limit": PAGE}
        return await self._public("klines", params, list[wire.Kline], credible.klines(interval_ms, from_ms, to_ms, PAGE), Use.MARKET)

    async def account(self) -> wire.AccountInfo:
        return await self._signed("account", {}, wire.AccountInfo, credible.account)

    async def order(self, symbol: str, client_order_id: str) -> wire.RestOrder | None:
        """The order with this client order id; None = "Order does not exist." (-2013)."""
        params: Params = {"symbol": symbol, "origClientOrderId": client_order_id}
        try:
            return await self._signed("order", params, wire.RestOrder, credible.order(symbol, client_order_id))
        except VenueRefused as refusal:
            if outcomes.is_missing_order(refusal.code):
                return None
            raise

    async def open_orders(self, symbol: str | None = None) -> list[wire.RestOrder]:
        params: Params = {"symbol": symbol} if symbol else {}
        return await self._signed("openOrders", params, list[wire.RestOrder], credible.open_orders(symbol))

    async def recent_orders(self, symbol: str) -> list[wire.RestOrder]:
        """The latest orders of a symbol in any state, at most a page."""
        return await self._signed("allOrders", {"symbol": symbol, "limit": PAGE}, list[wire.RestOrder], credible.orders(symbol, 0, PAGE))

    async def orders_from(self, symbol: str, order_id: int) -> list[wire.RestOrder]:
        """The oldest orders of a symbol from `order_id` on (inclusive), at most a page."""
        params: Params = {"symbol": symbol, "orderId": order_id, "limit": PAGE}
        return await self._signed("allOrders", params, list[wire.RestOrder], credible.orders(symbol, order_id, PAGE))

    async def recent_trades(self, symbol: str) -> list[wire.RestTrade]:
        """Our latest trades of a symbol, at most a page."""
        return await self._signed("myTrades", {"symbol": symbol, "limit": PAGE}, list[wire.RestTrade], credible.trades(symbol, 0, PAGE))

    async def trades_from(self, symbol: str, trade_id: int) -> list[wire.RestTrade]:
        """Every trade of ours in a symbol from `trade_id` on (inclusive), page by page to the end."""
        return await self._all_trades(symbol, trade_id, None)

    async def trades_of_order(self, symbol: str, order_id: int) -> list[wire.RestTrade]:
        """Every trade of one order, page by page to the end."""
        return await self._all_trades(symbol, 0, order_id)

    async def _all_trades(self, symbol: str, trade_id: int, order_id: int | None) -> list[wire.RestTrade]:
        trades: list[wire.RestTrade] = []
        params: Params = {"symbol": symbol} if order_id is None else {"symbol": symbol, "orderId": order_id}
        while True:
            check = credible.trades(symbol, trade_id, PAGE, order_id)
            page = await self._signed("myTrades", {**params, "fromId": trade_id, "limit": PAGE}, list[wire.RestTrade], check)
            trades += page
            if len(page) < PAGE:
                return trades
            trade_id = page[-1].id + 1

    async def _public(self, path: str, params: Params, kind: type[T], check: Callable[[T], None], use: Use = Use.READING) -> T:
        return await self._question(path, params, _Wanted(kind, check), use, lambda: (query_string(params), {}))

    async def _signed(self, path: str, params: Params, kind: type[T], check: Callable[[T], None]) -> T:
        """Ask with a signature; asked once more if the venue finds our timestamp outside its window (-1021)."""
        try:
            return await self._signed_once(path, params, _Wanted(kind, check))
        except VenueRefused as refusal:
            if not outcomes.is_clock_skew(refusal.code):
                raise
        self._counters["clock_measurements"] += 1
        await self.server_time_ms()
        return await self._signed_once(path, params, _Wanted(kind, check))

    async def _signed_once(self, path: str, params: Params, wanted: _Wanted[T]) -> T:
        def signed() -> tuple[str, dict[str, str]]:
            dated = {**params, "recvWindow": self._recv_window_ms, "timestamp": self._venue_clock.now_ms()}
            return self._signer.signed_query(dated), {"X-MBX-APIKEY": self._api_key.reveal()}

        return await self._question(path, params, wanted, Use.READING, signed)

    async def _question(
        self, path: str, params: Params, wanted: _Wanted[T], use: Use, written: Callable[[], tuple[str, dict[str, str]]]
    ) -> T:
        """Ask, if the circuit breaker of the service (R24) and then the rate budget let it through. `written`: query and headers."""
        service = Service.MARKET if path in _MARKET else Service.ACCOUNT
        call = self._circuits.ask(service)
        if call is None:
            raise CircuitOpen(f"GET {path}: not asked ({self._circuits.refusal(service)})")
        try:
            ticket = self._rate.admit(use, weights.of_question(path, params), f"GET {path}")
            answer = await self._get(path, written(), wanted, ticket, call)
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

    async def _get(self, path: str, written: tuple[str, dict[str, str]], wanted: _Wanted[T], ticket: Ticket, call: Call) -> T:
        try:
            status, told, body = await self._ask(path, *written)
        except MalformedMessage as error:
            self._rate.lost(ticket)
            raise self._not_believed(path, error) from error
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
            return wanted.read(body)
        except (*UNREADABLE, MalformedMessage) as error:
            raise self._not_believed(path, error) from error

    def _not_believed(self, path: str, error: Exception) -> MalformedMessage:
        """Counts an answer of which nothing is used."""
        self._counters["malformed_messages"] += 1
        _log.warning("an answer is not believed", venue=self._venue, path=path, error=str(error))
        return MalformedMessage(f"GET {path}: {error}")

    async def _ask(self, path: str, query: str, headers: dict[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        return await self._ask_at(self._route.way.rest_url, path, query, headers)

    async def _ask_at(self, rest_url: str, path: str, query: str, headers: dict[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        url = URL(f"{rest_url}/api/v3/{quote(path)}?{query}", encoded=True)  # signed is what is sent: never encoded again
        try:
            async with self._pool().get(url, headers=headers, ssl=self._trust.of(rest_url), allow_redirects=False) as response:
                _as_asked(response)
                return response.status, response.headers, await _bounded_body(response)
        except aiohttp.ClientResponseError as error:  # its text may hold bytes of the answer
            raise MalformedMessage(f"expected an HTTP answer with headers of bounded size, got another ({type(error).__name__})") from None
        except (aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError) as error:
            # the text of such an error may hold the whole URL with its signature: only its kind is told
            reason = self._trust.look_at(error, rest_url) or type(error).__name__
            raise VenueUnreachable(f"GET {path}: no answer ({reason})") from None

    def _failure(self, path: str, status: int, refusal: wire.RefusalBody | None) -> VenueRefused | VenueUnreachable:
        if refusal is None:  # a proxy or a firewall in between, not the venue
            return VenueUnreachable(f"GET {path}: answered {status} without the venue's error body")
        if outcomes.of_request(status, refusal.code) is Outcome.REFUSED:
            return VenueRefused(status, refusal.code, refusal.words)
        return VenueUnreachable(f"GET {path}: answered {status} with code {refusal.code}: {refusal.words}")

    def _pool(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=self._timeout,
                connector=aiohttp.TCPConnector(limit=_CONNECTIONS),
                trust_env=False,
                headers={hdrs.ACCEPT_ENCODING: _AS_IT_IS},
                auto_decompress=False,
            )
        return self._session


def _refusal_of(body: bytes) -> wire.RefusalBody | None:
    try:
        return strict_json.read(body, _refusal_decoder)
    except (*UNREADABLE, MalformedMessage):
        return None


def _as_asked(response: aiohttp.ClientResponse) -> None:
    """A few bytes that unfold to gigabytes are not unfolded: what we did not ask for is not read."""
    encoding = response.headers.get(hdrs.CONTENT_ENCODING, _AS_IT_IS)
    if response.status == 200 and encoding.strip().lower() != _AS_IT_IS:
        response.close()
        raise MalformedMessage(f"expected an answer that is not compressed, got Content-Encoding {encoding[:20]!r}")


async def _bounded_body(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > _MAX_ANSWER:
            response.close()
            raise MalformedMessage(f"expected an answer of at most {_MAX_ANSWER} bytes, got more")
    return bytes(body)
