"""Clients of a database: what they were told is compared with what is there, and the keywords' own refusals."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from libraries.common.errors import WrongArgument
from libraries.common.notes import notes
from libraries.common.types import Timeout
from libraries.fault_keywords.database_cluster import DatabaseClusterKeywords
from libraries.fault_keywords.database_writers import DatabaseWriterKeywords
from libraries.fault_keywords.databases import DatabaseKeywords
from libraries.fault_keywords.types import WriteOutcome
from libraries.world.deadlines import Deadline
from libraries.world.errors import WorldError
from libraries.world.processes import Children
from libraries.world.scope import Scope
from libraries.world.servers.postgres import PostgresServer
from libraries.world.servers.writers import Counts, Writers
from libraries.world.session import session

IN_TIME = 30


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PostgresServer]:
    children = Children()
    running = PostgresServer("main", children, tmp_path)
    running.start(Deadline(IN_TIME))
    yield running
    running.close()
    assert not children.unannounced_deaths()


@pytest.fixture
def writers(server: PostgresServer) -> Iterator[Writers]:
    started = Writers(server.create_database("clients"), 4)
    started.wait_for(50, Deadline(IN_TIME))
    yield started
    started.stop()
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith(("writer", "patience"))]


@pytest.fixture
def in_a_test(tmp_path: Path) -> Iterator[None]:
    session.test = Scope("test", "one", tmp_path)
    session.suite = Scope("suite", "all", tmp_path)
    yield
    session.test = session.suite = None


def test_what_is_there_was_told(writers: Writers) -> None:
    counts = writers.end()
    assert counts.acknowledged >= 50
    assert (counts.lost, counts.phantom, counts.indeterminate) == ([], [], 0)


def test_a_row_that_was_told_and_is_gone_is_lost(writers: Writers) -> None:
    with writers.database.connect() as connection:
        connection.execute("DELETE FROM written WHERE writer = 2 AND number = 3")
    assert writers.end().lost == [(2, 3)]


def test_a_row_that_nobody_wrote_is_a_phantom(writers: Writers) -> None:
    with writers.database.connect() as connection:
        connection.execute("INSERT INTO written VALUES (99, 1)")
    assert writers.end().phantom == [(99, 1)]


def test_writes_that_a_kill_interrupts_are_indeterminate_and_the_gap_is_seen(writers: Writers, server: PostgresServer) -> None:
    server.kill("the test kills it")
    with pytest.raises(WorldError, match=r"5 more writes should be acknowledged within 0\.5 s"):
        writers.wait_for(5, Deadline(0.5))
    server.start(Deadline(IN_TIME))
    writers.wait_for(50, Deadline(IN_TIME))
    counts = writers.end()
    assert 0 < counts.indeterminate <= 4
    assert (counts.lost, counts.phantom) == ([], [])
    assert counts.longest_gap_s >= 0.5


def test_who_waits_for_a_frozen_server_takes_a_new_connection_when_patience_is_over(writers: Writers, server: PostgresServer) -> None:
    server.freeze()
    writers.pause(Deadline(0.5))
    assert writers.count_for(Deadline(3)) == 0
    server.thaw()
    writers.wait_for(50, Deadline(IN_TIME))
    counts = writers.end()
    assert counts.indeterminate == 4
    assert (counts.lost, counts.phantom) == ([], [])


def test_a_success_with_the_warning_that_no_standby_has_it_is_no_acknowledgement(writers: Writers) -> None:
    with writers.database.connect() as connection:
        connection.execute(
            "CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE WARNING 'canceling wait for synchronous replication due to user request'; RETURN NEW; END $$"
        )
        connection.execute("CREATE TRIGGER warn BEFORE INSERT ON written FOR EACH ROW EXECUTE FUNCTION warn()")
    threading.Event().wait(0.2)
    assert writers.count_for(Deadline(0.3)) == 0
    assert writers.end().indeterminate > 0


@pytest.mark.usefixtures("in_a_test")
def test_keywords_without_what_they_need_say_what_to_start() -> None:
    faults, cluster, clients = DatabaseKeywords(), DatabaseClusterKeywords(), DatabaseWriterKeywords()
    with pytest.raises(WorldError, match=r"no database server in this test.*Start A Database"):
        faults.kill_the_database()
    with pytest.raises(WorldError, match=r"no database cluster in this test.*Start A Database Cluster"):
        cluster.get_database_primary()
    with pytest.raises(WorldError, match="no database cluster"):
        clients.clients_write_to_the_database()
    with pytest.raises(WrongArgument, match="number from 1 to 50, got 0"):
        clients.clients_write_to_the_database(clients=0)
    with pytest.raises(WrongArgument, match=r"no client writes.*Clients Write To The Database"):
        clients.the_clients_go_on_writing()
    with pytest.raises(WrongArgument, match="end the clients first"):
        clients.get_writes(WriteOutcome.LOST)


@pytest.mark.usefixtures("in_a_test")
def test_losses_and_gaps_make_their_keywords_red() -> None:
    clients = DatabaseWriterKeywords()
    notes().written = Counts(acknowledged=5, lost=[(1, 1), (1, 2)], longest_gap_s=3.25)
    assert clients.get_writes(WriteOutcome.ACKNOWLEDGED) == 5
    assert clients.get_writes(WriteOutcome.LOST) == 2
    with pytest.raises(AssertionError, match=r"at most 3 s apart, two were 3\.2 s"):
        clients.the_longest_gap_between_writes_was(most=Timeout(seconds=3))
    assert clients.the_longest_gap_between_writes_was(most=Timeout(seconds=4)) == 3.25
