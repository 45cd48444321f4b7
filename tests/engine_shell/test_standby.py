"""A lease on a real PostgreSQL server: who may send, who waits, and what a standby makes of an engine that renews nothing any more."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from genesis.core.secret import Secret
from genesis.core.settings import TimingSettings
from genesis.core.strict import Table
from genesis.data.postgres import follower, keeper
from genesis.data.postgres.connection import Session, connect
from genesis.data.postgres.database import PostgresDatabase
from genesis.data.postgres.follower import Follower
from genesis.data.postgres.settings import PostgresSettings, StandbySettings, from_url
from genesis.standby_config import standby
from libraries.world.deadlines import Deadline
from libraries.world.processes import Children
from libraries.world.servers.postgres import PostgresServer
from tests.engine_shell.support import life_of_an_order, opening_facts
from tests.engine_shell.test_postgres import Engine

pytestmark = pytest.mark.timeout(60)
LABELS = itertools.count(1)
LEASE_MS = 3_000
WINDOW_MS = 1_000
MS = 1_000_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    children = Children()
    running = PostgresServer("standby", children, tmp_path_factory.mktemp("server"))
    running.start(Deadline(30))
    yield running
    running.close()
    children.kill_all("end of the tests")


@pytest.fixture
def settings(server: PostgresServer) -> PostgresSettings:
    database = server.create_database(f"standby_{next(LABELS)}")
    found = from_url(database.url, password=Secret(database.password))
    assert found is not None
    return found


class BootClock:
    """CLOCK_BOOTTIME of both sides."""

    def __init__(self) -> None:
        self.ns = 10**12

    def __call__(self) -> int:
        return self.ns

    def passes(self, milliseconds: int) -> None:
        self.ns += milliseconds * MS


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> BootClock:
    made = BootClock()
    monkeypatch.setattr(keeper, "boot_ns", made)
    monkeypatch.setattr(follower, "boot_ns", made)
    return made


def follower_of(settings: PostgresSettings, folder: Path, name: str = "other") -> Follower:
    place = folder / name
    place.mkdir()
    terms = StandbySettings(role="standby", lease_ms=LEASE_MS)
    return Follower(PostgresDatabase(settings, place / "engine.anchor", place / "engine", terms), terms)


@pytest.fixture
async def engine(settings: PostgresSettings, tmp_path: Path) -> AsyncIterator[Engine]:
    running = Engine(settings, tmp_path, StandbySettings(lease_ms=LEASE_MS))
    await running.write(opening_facts())
    yield running
    await running.close(clean=False)


async def test_a_standby_folds_what_is_written_and_takes_over_when_nothing_is_renewed(
    engine: Engine, settings: PostgresSettings, tmp_path: Path, clock: BootClock
) -> None:
    waiting = follower_of(settings, tmp_path)
    assert waiting.step() is None
    await engine.write(life_of_an_order(1))
    clock.passes(LEASE_MS - 1)
    assert waiting.step() is None
    assert (waiting.head, waiting.epoch, waiting.trouble) == (engine.journal.head.seq, 1, "")
    clock.passes(1)
    recovered = waiting.step()
    assert recovered is not None
    assert (recovered.epoch, recovered.head) == (1, engine.journal.head)
    assert recovered.state.digest() == engine.state.digest()
    assert recovered.instance_id == engine.recovered.instance_id
    refused = await engine.write(life_of_an_order(2))
    assert "GENESIS-3702: expected epoch 1, the database is in epoch 2" in refused.failure
    waiting.close()


async def test_a_lease_that_is_renewed_is_waited_for(engine: Engine, settings: PostgresSettings, tmp_path: Path, clock: BootClock) -> None:
    held = keeper.LeaseKeeper(settings, LEASE_MS, engine.journal.epoch, WINDOW_MS, lambda _reason: None)
    waiting = follower_of(settings, tmp_path)
    for _ in range(3):
        held._renew()
        assert waiting.step() is None
        clock.passes(LEASE_MS - 1)
    assert waiting.step() is None
    waiting.close()


async def test_an_order_may_leave_while_the_venue_would_refuse_it_after_the_lease(
    engine: Engine, settings: PostgresSettings, clock: BootClock
) -> None:
    held = keeper.LeaseKeeper(settings, LEASE_MS, engine.journal.epoch, WINDOW_MS, lambda _reason: None)
    assert not held.holds()
    held._renew()
    clock.passes(LEASE_MS - WINDOW_MS)
    assert held.holds()
    clock.passes(1)
    assert not held.holds()


async def test_a_renewal_holds_from_the_moment_before_it_was_written(
    engine: Engine, settings: PostgresSettings, clock: BootClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A standby counts from the moment after it has read it: however slow the commit, here it is over first."""
    held = keeper.LeaseKeeper(settings, LEASE_MS, engine.journal.epoch, WINDOW_MS, lambda _reason: None)
    whole = Session.write

    def slow(session: Session, work: Any) -> None:
        whole(session, work)
        clock.passes(500)

    monkeypatch.setattr(Session, "write", slow)
    held._renew()
    clock.passes(LEASE_MS - WINDOW_MS - 500)
    assert held.holds()
    clock.passes(1)
    assert not held.holds()


async def test_an_engine_hears_that_another_has_taken_over(
    engine: Engine, settings: PostgresSettings, tmp_path: Path, clock: BootClock
) -> None:
    told: list[str] = []
    held = keeper.LeaseKeeper(settings, LEASE_MS, engine.journal.epoch, WINDOW_MS, told.append)
    held._renew()
    waiting = follower_of(settings, tmp_path)
    assert waiting.step() is None
    clock.passes(LEASE_MS)
    assert waiting.step() is not None
    held._renew()  # its session was ended
    held._renew()
    assert [text.partition(":")[0] for text in told] == ["GENESIS-3702"]
    assert not held.holds()
    waiting.close()


async def test_of_two_standbys_one_takes_over(engine: Engine, settings: PostgresSettings, tmp_path: Path, clock: BootClock) -> None:
    both = [follower_of(settings, tmp_path, name) for name in ("second", "third")]
    assert [each.step() for each in both] == [None, None]
    clock.passes(LEASE_MS)
    taken = [each.step() for each in both]
    assert [recovered is not None for recovered in taken] == [True, False]
    assert (both[1].step(), both[1].epoch) == (None, 2)
    for each in both:
        each.close()


async def test_a_lease_that_is_renewed_at_the_last_moment_is_left_to_its_engine(
    engine: Engine, settings: PostgresSettings, tmp_path: Path, clock: BootClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = keeper.LeaseKeeper(settings, LEASE_MS, engine.journal.epoch, WINDOW_MS, lambda _reason: None)
    waiting = follower_of(settings, tmp_path)
    assert waiting.step() is None
    clock.passes(LEASE_MS)
    ending = follower.lease.end_epoch

    def renewed_meanwhile(session: Session, epoch: int) -> None:
        ending(session, epoch)
        held._renew()

    monkeypatch.setattr(follower.lease, "end_epoch", renewed_meanwhile)
    assert (waiting.step(), waiting.epoch) == (None, 1)
    assert held.holds()
    assert (waiting.step(), waiting.epoch) == (None, 1)
    waiting.close()


async def test_time_in_which_the_database_does_not_answer_does_not_count(
    engine: Engine, settings: PostgresSettings, tmp_path: Path, clock: BootClock
) -> None:
    waiting = follower_of(settings, tmp_path)
    assert waiting.step() is None
    clock.passes(LEASE_MS)
    connect(settings).ask(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND application_name = 'genesis' AND pid <> pg_backend_pid()"
    )
    assert waiting.step() is None
    assert "server closed the connection" in waiting.trouble or "terminating connection" in waiting.trouble
    assert waiting.step() is None
    assert waiting.trouble == ""
    clock.passes(LEASE_MS)
    assert waiting.step() is not None
    waiting.close()


async def test_an_engine_without_a_lease_is_never_followed_by_another(settings: PostgresSettings, tmp_path: Path, clock: BootClock) -> None:
    engine = Engine(settings, tmp_path)
    await engine.write(opening_facts())
    await engine.close()
    waiting = follower_of(settings, tmp_path)
    for _ in range(2):
        assert waiting.step() is None
        clock.passes(LEASE_MS)
    assert "has no lease" in waiting.trouble
    waiting.close()


def test_on_an_empty_database_a_standby_is_the_first(settings: PostgresSettings, tmp_path: Path) -> None:
    waiting = follower_of(settings, tmp_path)
    recovered = waiting.step()
    assert recovered is not None
    assert (recovered.epoch, recovered.head.seq) == (0, 0)
    waiting.close()


def read(*, shared: bool = True, **values: Any) -> tuple[StandbySettings, str]:
    errors: list[str] = []
    found = standby(Table(values, "standby", errors), TimingSettings(), shared=shared)
    return found, "\n".join(errors)


def test_the_table_is_read() -> None:
    assert read() == (StandbySettings(), "")
    assert read(role="standby", lease_ms=2_500, poll_ms=50) == (StandbySettings(role="standby", lease_ms=2_500, poll_ms=50), "")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"lease_ms": 2_499}, "standby.lease_ms: expected at least 2500: timing.recv_window_ms (1500) and 1000"),
        ({"role": "leader"}, "standby.role: expected one of primary, standby"),
        ({"poll_ms": 9}, "standby.poll_ms"),
        ({"leases": 1}, "standby.leases"),
        ({"shared": False}, "standby.role: expected a postgresql:// [database] url"),
    ],
)
def test_what_is_wrong_is_named(values: dict[str, Any], said: str) -> None:
    assert said in read(**values)[1]
