"""Clients that write to a database cluster while it is broken: what they were told is compared with what is there."""

from __future__ import annotations

from assertionengine import AssertionOperator
from robot.api import logger
from robot.api.deco import keyword

from libraries.common.assertions import ONCE, Question, ask
from libraries.common.component import Component
from libraries.common.errors import WrongArgument
from libraries.common.types import NOT_GIVEN, Timeout
from libraries.fault_keywords.types import WriteOutcome
from libraries.world.deadlines import Deadline
from libraries.world.servers.writers import Counts, Writers
from libraries.world.session import session

GO_ON = Timeout(seconds=30)
_LOOK = "the history of this test, and the logs node1.log, node2.log and node3.log in the database's directory of this world"


class DatabaseWriterKeywords(Component):
    """The database alone, without an engine: a failover may lose nothing that was acknowledged, and invent nothing."""

    @keyword
    def clients_write_to_the_database(self, *, clients: int = 8, writes: int = 200, cluster: str = NOT_GIVEN) -> None:
        """From now on clients write rows to a table of their own in the cluster, each as fast as it is told that the last one is committed.

        A client that is told nothing for two seconds takes a new connection; what became of that row is indeterminate.

        Args:
            clients: How many.
            writes: Wait until so many writes are acknowledged.
            cluster: Alias; default: the first cluster.

        Raises:
            WrongArgument: there are clients already, or `clients` is not between 1 and 50.
            WorldError: not so many writes within 30 seconds.

        Example:
            ```robotframework
            Clients Write To The Database
            Kill The Primary Database
            The Clients Go On Writing
            End The Clients Of The Database
            Get Writes    LOST    ==    0
            ```
        """
        if self.notes.writers is not None:
            raise WrongArgument("clients write already; end them first (keyword: End The Clients Of The Database)")
        if not 1 <= clients <= 50:
            raise WrongArgument(f"clients must be a number from 1 to 50, got {clients}")
        writers = Writers(session.cluster(cluster).create_database("clients"), clients)
        self.notes.writers = writers
        session.scope.cleanups.append(writers.stop)
        writers.wait_for(writes, Deadline(GO_ON))
        self.note("clients write to the database", clients=clients)

    @keyword
    def the_clients_go_on_writing(self, *, writes: int = 200, timeout: Timeout = NOT_GIVEN) -> None:
        """Wait until so many more writes are acknowledged.

        Args:
            writes: How many more than now.
            timeout: How long it may take; default 30 seconds.

        Raises:
            WrongArgument: no client writes.
            WorldError: not so many in time.

        Example:
            ```robotframework
            The Clients Go On Writing    timeout=10s
            ```
        """
        self._writers().wait_for(writes, Deadline(timeout or GO_ON))

    @keyword
    def let_the_clients_try_for(self, time: Timeout) -> None:
        """The clients try to write for so long, whatever comes of it.

        Args:
            time: How long, such as `500ms`.

        Raises:
            WrongArgument: no client writes.

        Example:
            ```robotframework
            Stall The Standbys
            Let The Clients Try For    500ms
            ```
        """
        self._writers().pause(Deadline(time))

    @keyword
    def the_clients_wait(self, *, seconds: Timeout) -> None:
        """For so long no client is told that anything is committed. What was on its way has a quarter of that time to arrive before.

        Args:
            seconds: How long, such as `1s`.

        Raises:
            WrongArgument: no client writes.
            AssertionError: a write was acknowledged.

        Example:
            ```robotframework
            Kill The Standby Nodes
            The Clients Wait    seconds=1s
            ```
        """
        writers = self._writers()
        writers.pause(Deadline(seconds / 4))
        seen = writers.count_for(Deadline(seconds))
        if seen:
            raise AssertionError(f"no write should be acknowledged for {seconds.total_seconds():g} s, {seen} were. Look at: {_LOOK}")

    @keyword
    def end_the_clients_of_the_database(self) -> None:
        """Stop the clients, read the table at the node that leads, and compare. Needs the cluster to take writes.

        Raises:
            WrongArgument: no client writes.
            WorldError: one of them still waits for its answer.

        Example:
            ```robotframework
            End The Clients Of The Database
            Get Writes    PHANTOM    ==    0
            ```
        """
        counts = self._writers().end()
        self.notes.writers, self.notes.written = None, counts
        figures = {
            "acknowledged": counts.acknowledged,
            "indeterminate": counts.indeterminate,
            "lost": len(counts.lost),
            "phantom": len(counts.phantom),
            "longest_gap_s": f"{counts.longest_gap_s:.2f}",
        }
        logger.info(", ".join(f"{name} {value}" for name, value in figures.items()))
        self.note("clients of the database ended", **figures)

    @keyword
    def get_writes(self, outcome: WriteOutcome, operator: AssertionOperator = NOT_GIVEN, expected: int = NOT_GIVEN) -> int:
        """How many writes of the clients ended so.

        Args:
            outcome: `ACKNOWLEDGED` (a client was told that it is committed), `LOST` (acknowledged, and not there), `PHANTOM` (there, and
                written by no client), `INDETERMINATE` (no client knows: its connection broke, or the server gave up waiting for a standby).
            operator: A comparison; left out, the number is only returned.
            expected: The number to compare with.

        Returns:
            The number.

        Raises:
            WrongArgument: the clients have not ended.
            AssertionError: another number.

        Example:
            ```robotframework
            Get Writes    LOST    ==    0
            ```
        """
        counts = self._counts()
        numbers = {
            WriteOutcome.ACKNOWLEDGED: counts.acknowledged,
            WriteOutcome.INDETERMINATE: counts.indeterminate,
            WriteOutcome.LOST: len(counts.lost),
            WriteOutcome.PHANTOM: len(counts.phantom),
        }
        question = Question(lambda: numbers[outcome], f"number of writes that are {outcome.value.lower()}", _LOOK)
        return ask(question, operator, expected, ONCE)

    @keyword
    def the_longest_gap_between_writes_was(self, *, most: Timeout) -> float:
        """Between two acknowledged writes, whichever clients they were of, was at most so much time.

        Args:
            most: Such as `10s`.

        Returns:
            The gap in seconds.

        Raises:
            WrongArgument: the clients have not ended.
            AssertionError: it was longer.

        Example:
            ```robotframework
            The Longest Gap Between Writes Was    most=10s
            ```
        """
        gap = self._counts().longest_gap_s
        if gap > most.total_seconds():
            raise AssertionError(
                f"acknowledged writes should be at most {most.total_seconds():g} s apart, two were {gap:.1f} s. Look at: {_LOOK}"
            )
        return round(gap, 3)

    def _writers(self) -> Writers:
        if self.notes.writers is None:
            raise WrongArgument("no client writes to the database; start them first (keyword: Clients Write To The Database)")
        return self.notes.writers

    def _counts(self) -> Counts:
        if self.notes.written is None:
            raise WrongArgument("nothing was counted yet; end the clients first (keyword: End The Clients Of The Database)")
        return self.notes.written
