"""Several addresses of one venue: which is left, when, for which, and when the first is used again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from genesis.clock import MovableClock
from genesis.core.events import AddressChanged, CircuitChanged, ConnectionChanged, Event, OutcomeUnknown
from genesis.core.models import CircuitState
from genesis.core.settings import BreakerSettings, FailoverSettings
from genesis.exchange.route import Route
from genesis.exchange.settings import Way
from tests.engine_exchange.conftest import OpenDesk
from tests.engine_exchange.kit_exchange import ScriptedVenue, order, refused

QUICK = FailoverSettings(cooldown_ms=60_000, probe_ms=20)


@dataclass
class Bench:
    """A route over three addresses with what it told; time is the test's."""

    route: Route
    clock: StoppedClock
    told: list[Event] = field(default_factory=list)
    moves: list[bool] = field(default_factory=list)

    @property
    def at(self) -> str:
        return self.route.way.name

    def failed(self, *, pressing: bool = True) -> str:
        self.clock.pass_s(1)
        self.route.failed(self.route.turn, "silence", pressing=pressing)
        return self.at


class StoppedClock(MovableClock):
    """Moves only when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.now_ns = 10**12

    def mono_ns(self) -> int:
        return self.now_ns

    def pass_s(self, seconds: float) -> None:
        self.now_ns += int(seconds * 1e9)


def way(number: int) -> Way:
    host = f"api{number}.test"
    return Way(rest_url=f"https://{host}", stream_url=f"wss://{host}", ws_api_url=f"wss://{host}/ws-api/v3")


@pytest.fixture
def bench() -> Bench:
    told: list[Event] = []
    clock = StoppedClock()
    made = Bench(Route("binance", [way(1), way(2), way(3)], FailoverSettings(), clock, told.append), clock, told)
    made.route.follow(made.moves.append)
    return made


def test_the_next_in_order_takes_over_at_once_and_is_told(bench: Bench) -> None:
    assert bench.failed() == "api2.test"
    assert bench.moves == [True]
    assert bench.told == [AddressChanged(venue="binance", before="api1.test", address="api2.test", failed=True, reason="silence")]


def test_a_round_of_dead_addresses_goes_on_with_pauses(bench: Bench) -> None:
    assert [bench.failed() for _ in range(5)] == ["api2.test", "api3.test", "api1.test", "api2.test", "api3.test"]
    assert bench.moves == [True, True, False, False, False]


def test_what_all_addresses_lack_moves_nobody_who_can_go_on(bench: Bench) -> None:
    assert [bench.failed(pressing=False) for _ in range(4)] == ["api2.test", "api3.test", "api3.test", "api3.test"]


def test_what_is_said_of_an_address_that_was_left_counts_no_more(bench: Bench) -> None:
    bench.route.failed(0, "silence", pressing=True)
    bench.route.failed(0, "and a second channel says so", pressing=True)
    assert bench.at == "api2.test"


def test_one_address_is_never_left() -> None:
    told: list[Event] = []
    route = Route("binance", [way(1)], FailoverSettings(), StoppedClock(), told.append)
    route.begin()
    route.failed(0, "silence", pressing=True)
    assert (route.way, told) == (way(1), [])


def test_a_lost_connection_is_no_failed_address_three_of_one_channel_are(bench: Bench) -> None:
    for channel in ("orders", "market", "orders"):
        bench.route.lost(0, channel, "reset")
    bench.clock.pass_s(31)
    bench.route.lost(0, "orders", "reset")
    assert bench.at == "api1.test"
    bench.route.lost(0, "orders", "reset")
    bench.route.lost(0, "orders", "reset")
    assert bench.at == "api2.test"


def test_the_first_is_back_once_it_has_answered_for_the_whole_cooldown(bench: Bench) -> None:
    bench.failed()
    assert not bench.route.probed(True)
    bench.clock.pass_s(59)
    assert not bench.route.probed(True)
    assert not bench.route.probed(False)  # one silence, and it begins anew
    bench.clock.pass_s(60)
    assert not bench.route.probed(True)
    bench.clock.pass_s(60)
    assert bench.route.probed(True)
    bench.route.go_back()
    assert (bench.at, bench.told[-1]) == (
        "api1.test",
        AddressChanged(venue="binance", before="api2.test", address="api1.test", failed=False, reason="the first address answers again"),
    )


def test_a_first_address_that_does_not_last_is_waited_for_twice_as_long_each_time(bench: Bench) -> None:
    for cooldown_s in (60, 120, 240):
        bench.failed()
        bench.route.probed(True)
        bench.clock.pass_s(cooldown_s - 1)
        assert not bench.route.probed(True)
        bench.clock.pass_s(1)
        assert bench.route.probed(True)
        bench.route.go_back()
        bench.clock.pass_s(5)
    bench.clock.pass_s(240 + 60)
    bench.failed()
    bench.route.probed(True)
    bench.clock.pass_s(60)
    assert bench.route.probed(True)


# -- at the wire ------------------------------------------------------------------------------------------------------


@pytest.fixture
async def second() -> AsyncIterator[ScriptedVenue]:
    scripted = ScriptedVenue()
    await scripted.start()
    yield scripted
    await scripted.stop()


async def test_all_channels_go_by_the_next_when_the_first_is_dead(venue: ScriptedVenue, second: ScriptedVenue, open_desk: OpenDesk) -> None:
    desk = await open_desk(others=[second], failover=QUICK)
    venue.scripts["order.place"] = lambda _: None
    desk.gateway.place(order("gabcdef-1"))
    await venue.heard.until(lambda: bool(venue.asked("order.place")))
    await venue.stop()
    await desk.told.wait(AddressChanged, lambda event: event.failed)
    await desk.told.wait(ConnectionChanged, lambda event: event.channel == "orders" and event.connected, count=2)
    await second.heard.until(lambda: bool(second.market_requests) and any(path == "depth" for path, _ in second.questions))
    assert [event.client_order_id for event in desk.told.of(OutcomeUnknown)] == ["gabcdef-1"]
    assert second.asked("order.place") == []  # never sent again by itself
    assert desk.gateway.address_status()["number"] == 2


async def test_a_service_that_fails_at_one_address_is_asked_at_the_next_with_closed_breakers(
    venue: ScriptedVenue, second: ScriptedVenue, open_desk: OpenDesk
) -> None:
    desk = await open_desk(others=[second], failover=QUICK, breaker=BreakerSettings(failures=2))
    venue.scripts["order.place"] = lambda _: refused(503, -1000, "An unknown error occurred.")
    for number in (1, 2):
        desk.gateway.place(order(f"gabcdef-{number}"))
    await desk.told.wait(AddressChanged, lambda event: event.failed)
    await desk.told.wait(ConnectionChanged, lambda event: event.channel == "orders" and event.connected, count=2)
    states = [event.state for event in desk.told.of(CircuitChanged) if event.service == "orders"]
    assert states == [CircuitState.OPEN, CircuitState.CLOSED]


async def test_the_first_is_used_again_after_the_cooldown(venue: ScriptedVenue, second: ScriptedVenue, open_desk: OpenDesk) -> None:
    clock = MovableClock()
    desk = await open_desk(others=[second], failover=QUICK, clock=clock, book_stale_ms=3_600_000)
    port = venue.port
    await venue.stop()
    await desk.told.wait(ConnectionChanged, lambda event: event.channel == "orders" and event.connected, count=2)
    before = venue.questions.count(("time", {}))  # a slow start was looked after
    await venue.start(port)
    await venue.heard.until(lambda: venue.questions.count(("time", {})) > before + 1)  # the answer to the first was read
    assert desk.gateway.address_status()["number"] == 2
    clock.advance(60_000)
    await desk.told.wait(AddressChanged, lambda event: bool(event.before) and not event.failed)
    await desk.told.wait(ConnectionChanged, lambda event: event.channel == "orders" and event.connected, count=3)
    assert desk.gateway.address_status() == {"name": f"127.0.0.1:{port}", "number": 1, "of": 2, "changes": 2}
