"""The engine's REST side on recorded answers: VCR.py stands where the network was, and the clock stands still.

A cassette holds no secret: keys are left out of the headers, signatures out of the query. It names no port: every recorded address is
`http://venue.test`. Requests are matched by method, path and query, time stamps included, so that an answer to another question is never
taken for one to this.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import vcr

from genesis.core.secret import Secret
from genesis.core.settings import BreakerSettings, FailoverSettings, RateSettings, TimingSettings
from genesis.engine.ports import Clock
from genesis.exchange.account_reader import AccountReader
from genesis.exchange.circuits import Circuits
from genesis.exchange.context import VenueContext
from genesis.exchange.rate_guard import RateGuard
from genesis.exchange.rest_client import RestClient
from genesis.exchange.route import Route
from genesis.exchange.settings import VenueSettings
from genesis.exchange.signing import Signer
from genesis.exchange.trust import Trust
from genesis.exchange.venue_clock import VenueClock

VENUE = "binance"
SYMBOLS = ("BTCUSDT",)
ADDRESS = "http://venue.test"
NOW_MS = 1_700_000_000_000
API_KEY = "contract" + "k" * 56
API_SECRET = "contract" + "s" * 56
CASSETTES = Path(__file__).parent / "cassettes"
_KEPT_HEADERS = ("content-type", "retry-after")


class StoppedClock(Clock):
    """Our own clock, `ahead_ms` off the venue's."""

    def __init__(self, ahead_ms: int = 0) -> None:
        self._ahead_ms = ahead_ms

    def wall_ms(self) -> int:
        return NOW_MS + self._ahead_ms

    def mono_ns(self) -> int:
        return 0

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class SilentStream:
    """An orders channel on which nothing happens while the account is read."""

    up = True
    position = 0

    async def barrier(self, timeout_s: float) -> bool:
        return True


class Desk:
    """The parts of the engine that speak REST, and the reader of the account that is made of them."""

    def __init__(self, address: str = ADDRESS, *, ahead_ms: int = 0, api_key: str = API_KEY, api_secret: str = API_SECRET) -> None:
        settings = VenueSettings(
            name=VENUE,
            rest_url=address,
            stream_url="ws://venue.test",
            ws_api_url="ws://venue.test/ws-api/v3",
            api_key=Secret(api_key),
            api_secret=Secret(api_secret),
            symbols=SYMBOLS,
        )
        clock = StoppedClock(ahead_ms)
        venue_clock = VenueClock(clock)
        context = VenueContext(
            settings=settings,
            timing=TimingSettings(),
            sink=lambda _event: None,
            clock=clock,
            venue_clock=venue_clock,
            rate=RateGuard(VENUE, RateSettings(), clock, venue_clock, sink=lambda _event: None),
            signer=Signer(settings.api_secret),
            trust=Trust(VENUE, None, lambda _event: None),
            route=Route(VENUE, settings.ways, FailoverSettings(), clock, lambda _event: None),
            circuits=Circuits(VENUE, BreakerSettings(), lambda _event: None, clock, lambda _due_ns, _call: None),
            random=lambda: 0.5,
        )
        self.rest = RestClient(context)
        self.reader = AccountReader(VENUE, SYMBOLS, self.rest, SilentStream(), 1.0)


@asynccontextmanager
async def opened(desk: Desk) -> AsyncIterator[Desk]:
    try:
        yield desk
    finally:
        await desk.rest.close()


@contextmanager
def played(cassette: Path) -> Iterator[None]:
    """Answers come from the cassette and from nowhere else; a question that it does not hold is an error."""
    with _machine("none").use_cassette(str(cassette)) as tape:
        yield
    assert tape.all_played, f"{cassette.name} holds {len(tape)} answers, only {tape.play_count} of them were asked for"


@contextmanager
def recorded(cassette: Path) -> Iterator[None]:
    """Answers come from the venue and are kept in the cassette, which is new."""
    cassette.unlink(missing_ok=True)
    with _machine("all").use_cassette(str(cassette)):
        yield


def _machine(mode: str) -> Any:
    return vcr.VCR(
        record_mode=mode,
        match_on=["method", "path", "query"],
        filter_headers=["X-MBX-APIKEY", "User-Agent", "Host"],
        before_record_request=_anonymous,
        before_record_response=_lasting,
    )


def _anonymous(request: Any) -> Any:
    """Without the signature, and at no particular port."""
    parts = urlsplit(request.uri)
    query = urlencode([pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != "signature"])
    home = urlsplit(ADDRESS)
    request.uri = urlunsplit((home.scheme, home.netloc, parts.path, query, ""))
    return request


def _lasting(response: Any) -> Any:
    """Only with the headers that the protocol gives a meaning for the gateway: no date, no weight."""
    response["headers"] = {name: value for name, value in sorted(response["headers"].items()) if name.lower() in _KEPT_HEADERS}
    return response
