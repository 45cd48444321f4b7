"""A real PostgreSQL server that suites start and break."""

from __future__ import annotations

from functools import partial

from robot.api.deco import keyword

from libraries.common.component import Component
from libraries.common.types import NOT_GIVEN, Timeout
from libraries.fault_keywords.healing import HEALED_S, heal_at_the_end
from libraries.world.deadlines import Deadline
from libraries.world.servers.postgres import PostgresServer
from libraries.world.session import session

START = Timeout(seconds=30)
STOP = Timeout(seconds=10)


class DatabaseKeywords(Component):
    """Who starts in Suite Setup shares with all tests of the file; whatever a test breaks is healed at its end.

    It is the server of `Start A Database` or, where suites run with `--variable DATABASE:postgresql`, the one that all engines of the
    file share.
    """

    @keyword
    def start_a_database(self, *, database: str = "database", timeout: Timeout = NOT_GIVEN) -> str:
        """Start a PostgreSQL server. Every engine that starts from now on has a database of its own there.

        Args:
            database: Alias.
            timeout: How long it may take; default 30 seconds.

        Returns:
            Which PostgreSQL it is, and as whom it runs.

        Raises:
            WorldError: the alias is taken, there is no PostgreSQL on this machine, or it did not start.

        Example:
            ```robotframework
            Start A Database
            Start A Fresh Engine
            ```
        """
        return session.open_database(database, Deadline(timeout or START)).why

    @keyword
    def kill_the_database(self, *, database: str = NOT_GIVEN) -> None:
        """SIGKILL to every process of the server.

        Args:
            database: Alias; default: the first server.

        Raises:
            WorldError: it is not running.

        Example:
            ```robotframework
            Kill The Database
            Start The Database Again
            ```
        """
        server = self._server(database)
        server.kill("keyword Kill The Database")
        self.note("database killed", database=server.name)

    @keyword
    def stop_the_database(self, *, timeout: Timeout = NOT_GIVEN, database: str = NOT_GIVEN) -> None:
        """A fast shutdown, as an administrator does it: sessions end, transactions are rolled back.

        Args:
            timeout: How long it may take; default 10 seconds.
            database: Alias; default: the first server.

        Raises:
            WorldError: it is not running, or did not end in time.

        Example:
            ```robotframework
            Stop The Database
            Start The Database Again
            ```
        """
        server = self._server(database)
        server.stop("keyword Stop The Database", Deadline(timeout or STOP))
        self.note("database stopped", database=server.name)

    @keyword
    def start_the_database_again(self, *, timeout: Timeout = NOT_GIVEN, database: str = NOT_GIVEN) -> None:
        """Start a killed or stopped server on the data and the port it had.

        Args:
            timeout: How long it may take; default 30 seconds.
            database: Alias; default: the first server.

        Raises:
            WorldError: it runs, or was not ready in time.

        Example:
            ```robotframework
            Start The Database Again
            ```
        """
        server = self._server(database)
        server.start(Deadline(timeout or START))
        self.note("database started again", database=server.name)

    @keyword
    def freeze_the_database(self, *, database: str = NOT_GIVEN) -> None:
        """Stop every process of the server in its tracks (SIGSTOP): connections stay, no answer comes.

        Args:
            database: Alias; default: the first server.

        Raises:
            WorldError: it is frozen already, or not running.

        Example:
            ```robotframework
            Freeze The Database
            Thaw The Database
            ```
        """
        server = self._server(database)
        server.freeze()
        self.note("database frozen", database=server.name)

    @keyword
    def thaw_the_database(self, *, database: str = NOT_GIVEN) -> None:
        """Let a frozen server go on.

        Args:
            database: Alias; default: the first server.

        Raises:
            WorldError: it is not frozen.

        Example:
            ```robotframework
            Thaw The Database
            ```
        """
        server = self._server(database)
        server.thaw()
        self.note("database thawed", database=server.name)

    def _server(self, alias: str | None) -> PostgresServer:
        """The server, which runs again at the end of the test."""
        server = session.database(alias)
        heal_at_the_end(self.notes, f"server {server.name}", partial(_heal_server, server))
        return server


def _heal_server(server: PostgresServer) -> None:
    if not server.alive:
        server.start(Deadline(HEALED_S))
    elif server.machine.frozen:
        server.thaw()
