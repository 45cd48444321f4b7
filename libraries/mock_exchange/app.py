"""Wires the venue: ledger, core, APIs, streams, market movement; opens the ports; runs until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
import socket
import ssl
import sys
from collections.abc import Awaitable, Callable, Container

import msgspec
from aiohttp import web

from ..common.canary import canary
from . import markets, streams
from .access_files import load_limits
from .command_line import Options
from .core.errors import VenueError
from .core.restore import ReplayError, restore
from .core.venue import Venue
from .core.venue_events import AccountEvent
from .endpoints.entrances import Entrances
from .errors import FatalError, LedgerError, MarketError, PortError
from .ledger import LedgerFile
from .log import warn
from .settings import AccountSettings, MarketSettings, built_in_market, load_accounts, load_market
from .shell import addresses
from .shell.admin import AdminApi
from .shell.api import Exchange
from .shell.clock import VenueClock
from .shell.door import Door, Server
from .shell.doorway import Doorway
from .shell.fault_venue import attach_faults
from .shell.faults import Faults
from .shell.group_commit import GroupCommit, Settle, nothing_to_settle
from .shell.key_file import KeyFile
from .shell.keys import KeyRing, fresh_hmac_key
from .shell.lifetimes import Lifetimes
from .shell.limits import Limits
from .shell.listen_keys import ListenKeys
from .shell.market_driver import MarketPlan
from .shell.quiescence import Quiescence
from .shell.rest import RestApi
from .shell.ws_api import WsApi

HOST = "127.0.0.1"
DEMO_ACCOUNT = "demo"
DEMO_BALANCES = {"USDT": "100000", "BTC": "2", "ETH": "30", "BNB": "100"}
INSTANCE_VARIABLE = "MOCK_EXCHANGE_INSTANCE"
_CLOSE_WITHIN_S = 1.0
Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class _Either:
    """What is in one of two."""

    def __init__(self, first: Container[str], second: Container[str]) -> None:
        self._first, self._second = first, second

    def __contains__(self, name: object) -> bool:
        return name in self._first or name in self._second


class Failure:
    """What ends the process: a signal (None) or the first failure."""

    def __init__(self) -> None:
        self._stopped = asyncio.Event()
        self.error: BaseException | None = None

    def stop(self) -> None:
        self._stopped.set()

    def failed(self, error: BaseException) -> None:
        self.error = self.error or error
        self._stopped.set()

    async def wait(self) -> None:
        await self._stopped.wait()
        if self.error is not None:
            raise self.error


async def run(options: Options) -> None:
    """Serve until SIGTERM or SIGINT. Raises FatalError."""
    failure = Failure()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, failure.stop)
    async with contextlib.AsyncExitStack() as stack:
        await _serve(options, failure, stack)
        await failure.wait()


async def _serve(options: Options, failure: Failure, stack: contextlib.AsyncExitStack) -> None:
    public, admin = _listening(options.port, "--port"), _listening(options.admin_port, "--admin-port")
    stack.callback(public.close)
    stack.callback(admin.close)
    public_port, admin_port = public.getsockname()[1], admin.getsockname()[1]
    entrances = Entrances(options.address_ports, options.tls, options.certificate)
    stack.push_async_callback(entrances.close)
    market, plan = _market(options)
    moving = markets.prepare(plan, market.specs)
    clock = moving.clock
    ledger = LedgerFile(options.ledger) if options.ledger else None
    if ledger is not None:
        stack.callback(ledger.close)
    journal = GroupCommit(ledger, failure.failed) if ledger is not None else None
    venue = _venue(market, clock, options, ledger, journal)
    limits = market.limits.over(load_limits(options.limits) if options.limits else Limits(), "market file: limits")
    settle = journal.settle if journal is not None else nothing_to_settle
    exchange = Exchange(venue, clock, failure.failed, limits=limits, lenient=options.lenient | market.lenient, settle=settle)
    if ledger is not None:
        _keep_keys(exchange, ledger, stack)
    _open_accounts(venue, exchange.keys, load_accounts(options.accounts) if options.accounts else [])
    demo = _demo_account(venue, exchange.keys) if plan.kind == "demo" else None
    _attach_streams_and_market(exchange, moving, stack)
    rest, ws_api = RestApi(exchange), WsApi(exchange)
    _watch_lifetimes(exchange, ws_api, stack)
    token = canary()
    identity = {"instance": os.environ.get(INSTANCE_VARIABLE, ""), "pid": os.getpid()}
    door = await _open(
        stack, public, Doorway(exchange, rest, ws_api).handle, failure, settle=settle, faults=exchange.faults, tls=entrances.tls
    )
    admin_api = AdminApi(
        exchange,
        ws_api,
        Quiescence(exchange, rest, ws_api),
        ledger=ledger,
        token=token,
        identity=identity,
        faults=attach_faults(exchange, ws_api, door),
    )
    admin_api.add(addresses.routes(entrances, public_port))
    await entrances.open(door.server, stack)
    door.also_refuses(entrances.refuse)
    await _open(stack, admin, admin_api.handle, failure, settle=settle)
    stack.callback(exchange.faults.heal)
    stack.push_async_callback(exchange.load.stop)
    # Left first: the connections say goodbye before the servers wait for their handlers.
    stack.push_async_callback(ws_api.close)
    if exchange.streams is not None:
        stack.push_async_callback(exchange.streams.close)
    if exchange.driver is not None:
        await exchange.driver.start()
    ready = {
        **entrances.ready(public_port),
        "admin_url": f"http://{HOST}:{admin_port}",
        "admin_token": token,
        **identity,
    }
    if demo is not None:
        ready |= demo
    exchange.settle()
    sys.stdout.write(msgspec.json.encode(ready).decode() + "\n")
    sys.stdout.flush()


async def _open(
    stack: contextlib.AsyncExitStack,
    listening: socket.socket,
    handler: Handler,
    failure: Failure,
    *,
    settle: Settle,
    faults: Faults | None = None,
    tls: ssl.SSLContext | None = None,
) -> Door:
    """Serve on a socket; every answer settles first. A ledger that cannot be written, or a defect of the core, ends the process."""

    async def guarded(request: web.BaseRequest) -> web.StreamResponse:
        try:
            answer = await handler(request)
            settle()
            return answer
        except FatalError as error:
            failure.failed(error)
            _cut(request)
            return web.Response(status=500)
        except Exception as error:
            if isinstance(error, AssertionError):
                failure.failed(error)
            _cut(request)
            raise

    server = Server(guarded, faults)
    runner = web.ServerRunner(server, shutdown_timeout=_CLOSE_WITHIN_S)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    door = Door(runner, server, listening, tls)
    await door.open()
    return door


def _cut(request: web.BaseRequest) -> None:
    """No answer leaves for what is not in the ledger: the client must take the outcome for unknown."""
    if request.transport is not None:
        request.transport.abort()


def _listening(port: int, option: str) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen(512)
    except OSError as error:
        listening.close()
        reason = "it is in use" if error.errno == errno.EADDRINUSE else str(error.strerror)
        raise PortError(f"{option}: expected a free port on {HOST}, got {port}: {reason}; choose another, or 0") from None
    listening.setblocking(False)
    return listening


def _market(options: Options) -> tuple[MarketSettings, MarketPlan]:
    if options.recording is not None:
        settings = MarketSettings(specs=markets.recording_symbols(options.recording), fees=built_in_market().fees, books={})
        return settings, MarketPlan(kind="recording", seed=options.seed, recording=options.recording)
    if options.market is None or options.market == "demo":
        return built_in_market(), MarketPlan(kind="demo" if options.market else "file", seed=options.seed)
    settings = load_market(options.market_path)
    return settings, MarketPlan(kind="file", seed=options.seed, file=options.market_path, tables=settings.movement)


def _venue(market: MarketSettings, clock: VenueClock, options: Options, ledger: LedgerFile | None, journal: GroupCommit | None) -> Venue:
    """A new venue, or one that goes on from its ledger (an opening book is for new ones only)."""
    venue = Venue(market.specs, clock, market.fees, options.seed, journal, limits=market.exchange, history=options.history)
    if ledger is not None:
        try:
            restore(venue, ledger.read(warn))
        except ReplayError as error:
            raise LedgerError(f"ledger {ledger.path}: {error}") from None
    if venue.transaction.seq:
        return venue
    venue.start()
    for symbol, (bids, asks) in market.books.items():
        try:
            venue.set_market_book(symbol, bids, asks)
        except (ValueError, VenueError) as error:
            raise MarketError(f"opening book of {symbol}: {error}") from None
    return venue


def _keep_keys(exchange: Exchange, ledger: LedgerFile, stack: contextlib.AsyncExitStack) -> None:
    """Beside the ledger, which bears no secret."""
    file = KeyFile(ledger.path.with_name(f"{ledger.path.name}.keys"))
    stack.callback(file.close)
    exchange.keys.keep_in(file, exchange.venue.books.accounts, warn)


def _open_accounts(venue: Venue, keys: KeyRing, accounts: list[AccountSettings]) -> None:
    for each in accounts:
        _open_account(venue, each.name, each.key.key_id, each.balances)
        keys.add(each.key)


def _demo_account(venue: Venue, keys: KeyRing) -> dict[str, str]:
    """Its key and secret, for the ready line: those it had before, if the venue goes on."""
    kept = [key for key in keys.of_account(DEMO_ACCOUNT) if key.verifier.kind == "HMAC" and not key.revoked]
    if kept:
        return {"api_key": kept[0].api_key, "api_secret": kept[0].material}
    key, secret = fresh_hmac_key(DEMO_ACCOUNT)
    _open_account(venue, DEMO_ACCOUNT, key.key_id, {asset: int(amount) * 10**8 for asset, amount in DEMO_BALANCES.items()})
    keys.add(key)
    return {"api_key": key.api_key, "api_secret": secret}


def _open_account(venue: Venue, name: str, key_id: str, balances: dict[str, int]) -> None:
    if name in venue.books.accounts:
        venue.bind_key(name, key_id)
    else:
        venue.create_account(name, key_id, balances)


def _watch_lifetimes(exchange: Exchange, ws_api: WsApi, stack: contextlib.AsyncExitStack) -> None:
    assert exchange.streams is not None
    listen_keys = exchange.listen_keys = ListenKeys(exchange.streams.emit)
    exchange.venue.listen(listen_keys.on_event, AccountEvent)
    offers_keys = "listen_key_on" in exchange.lenient
    exchange.venue.set_audience(_Either(ws_api.audience, listen_keys.audience) if offers_keys else ws_api.audience)
    lifetimes = Lifetimes(exchange.clock, [ws_api.look, exchange.streams.look, listen_keys.expire])
    lifetimes.start()
    stack.callback(lifetimes.close)


def _attach_streams_and_market(exchange: Exchange, moving: markets.Prepared, stack: contextlib.AsyncExitStack) -> None:
    limits = streams.Limits(inbound_per_second=exchange.usage.limits.stream_messages_1s, any_pong="pong_payload_any" in exchange.lenient)
    exchange.streams = streams.build(
        exchange.venue,
        exchange.clock,
        limits,
        lambda address: exchange.usage.client(address).cut_off(exchange.clock.now_ms()),
        settle=exchange.settle,
    )
    driver = markets.build(exchange.venue, exchange.streams, moving)
    exchange.driver = driver
    stack.push_async_callback(driver.close)
