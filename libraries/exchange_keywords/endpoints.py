"""The venue's process and the addresses in front of it: killed, stopped, started again on the ledger."""

from __future__ import annotations

from functools import partial

from assertionengine import AssertionOperator
from robot.api.deco import keyword

from libraries.common.assertions import Question, ask
from libraries.common.component import Component
from libraries.common.types import NOT_GIVEN, Timeout
from libraries.world.addresses import Address
from libraries.world.deadlines import Deadline
from libraries.world.session import session

START = Timeout(seconds=60)
STOP = Timeout(seconds=15)


class EndpointKeywords(Component):
    """An address is a process with its own port that passes connections on to the matching process, as Binance's api1 to api4 do.

    Numbers start at 1: address 2 is called `api2` in the venue's own lists.
    """

    @keyword
    def kill_the_venue(self, *, venue: str = NOT_GIVEN) -> None:
        """Kill the venue's process (SIGKILL), as a crash would; its addresses end with it. The ledger stays; the death is announced.

        Args:
            venue: Alias of the venue; default: the first one opened.

        Raises:
            WorldError: it is not running.

        Example:
            ```robotframework
            Kill The Venue
            Restart The Venue
            ```
        """
        exchange = self.exchange(venue)
        exchange.kill("keyword Kill The Venue")
        self.note("venue killed", venue=exchange.alias)

    @keyword
    def stop_the_venue(self, *, timeout: Timeout = NOT_GIVEN, venue: str = NOT_GIVEN) -> int:
        """Stop the venue in good order (SIGTERM) and wait for its end. The ledger stays.

        Args:
            timeout: How long it may take; default 15 seconds.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The exit code.

        Raises:
            AssertionError: it ended with another exit code than 0.
            WorldError: it is not running, or did not end in time.

        Example:
            ```robotframework
            Stop The Venue
            Restart The Venue
            ```
        """
        exchange = self.exchange(venue)
        code = exchange.stop("keyword Stop The Venue", Deadline(timeout or STOP))
        self.note("venue stopped", venue=exchange.alias, exit_code=code)
        if code != 0:
            raise AssertionError(f"venue {exchange.alias} should end with exit code 0 after SIGTERM, got {code}; look at its log")
        return code

    @keyword
    def restart_the_venue(self, *, same_ports: bool = True, timeout: Timeout = NOT_GIVEN, venue: str = NOT_GIVEN) -> str:
        """Start a killed or stopped venue again on its ledger: accounts, keys, open orders, trades and ids are those it had.

        Args:
            same_ports: On the ports it had, so that clients find it again; `False` = on new ones.
            timeout: How long it may take; default 60 seconds.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The address of its REST interface, before `/api/v3`.

        Raises:
            WorldError: it is still running, or did not get ready in time; the end of its log is in the message.

        Example:
            ```robotframework
            Kill The Venue
            Restart The Venue
            ```
        """
        exchange = self.exchange(venue)
        exchange.restart(Deadline(timeout or START), same_ports=same_ports)
        self.note("venue restarted", venue=exchange.alias)
        return exchange.rest_url

    @keyword
    def kill_the_address(self, number: int, *, venue: str = NOT_GIVEN) -> None:
        """Kill one address process of the venue (SIGKILL); the others and the venue go on. The death is announced.

        Args:
            number: From 1.
            venue: Alias of the venue; default: the first one opened.

        Raises:
            WorldError: there is no such address, or it is not running.

        Example:
            ```robotframework
            Open The Venue    BTCUSDT    addresses=3    venue=three
            Kill The Address    2    venue=three
            Restart The Address    2    venue=three
            ```
        """
        exchange = self.exchange(venue)
        exchange.address(f"api{number}").kill("keyword Kill The Address")
        self.note("address killed", venue=exchange.alias, address=number)

    @keyword
    def restart_the_address(self, number: int, *, venue: str = NOT_GIVEN) -> str:
        """Start an address process that was killed, on the port it had.

        Args:
            number: From 1.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The address of its REST interface, before `/api/v3`.

        Raises:
            WorldError: there is no such address, or it is running.

        Example:
            ```robotframework
            Open The Venue    BTCUSDT    addresses=2    venue=two
            Kill The Address    1    venue=two
            Restart The Address    1    venue=two
            ```
        """
        exchange = self.exchange(venue)
        address = exchange.restart_address(f"api{number}")
        self.note("address restarted", venue=exchange.alias, address=number)
        return address.rest_url

    @keyword
    def bring_back_the_addresses(self, *, venue: str = NOT_GIVEN) -> None:
        """Start every address process that has ended, and let every frozen one go on.

        Args:
            venue: Alias of the venue; default: the first one opened.

        Example:
            ```robotframework
            Open The Venue    BTCUSDT    addresses=2    venue=two
            Kill The Address    1    venue=two
            Bring Back The Addresses    venue=two
            ```
        """
        exchange = self.exchange(venue)
        for address in list(exchange.addresses):
            if address.alive:
                address.thaw()
            else:
                exchange.restart_address(address.name)
        self.note("addresses are back", venue=exchange.alias)

    @keyword
    def freeze_the_address(self, number: int, *, venue: str = NOT_GIVEN) -> None:
        """Stop one address process in its tracks (SIGSTOP): its connections stay, no answer comes; the others and the venue go on.

        It ends with `Thaw The Address`, or with the test.

        Args:
            number: From 1.
            venue: Alias of the venue; default: the first one opened.

        Raises:
            WorldError: there is no such address, or it is not running.

        Example:
            ```robotframework
            Open The Venue    BTCUSDT    addresses=2    venue=two
            Freeze The Address    1    venue=two
            Thaw The Address    1    venue=two
            ```
        """
        exchange = self.exchange(venue)
        address = exchange.address(f"api{number}")
        address.freeze()
        session.scope.cleanups.append(partial(_thaw_if_alive, address))
        self.note("address frozen", venue=exchange.alias, address=number)

    @keyword
    def thaw_the_address(self, number: int, *, venue: str = NOT_GIVEN) -> None:
        """Let a frozen address process go on.

        Args:
            number: From 1.
            venue: Alias of the venue; default: the first one opened.

        Raises:
            WorldError: there is no such address, or it is not running.

        Example:
            ```robotframework
            Open The Venue    BTCUSDT    addresses=2    venue=two
            Freeze The Address    1    venue=two
            Thaw The Address    1    venue=two
            ```
        """
        exchange = self.exchange(venue)
        exchange.address(f"api{number}").thaw()
        self.note("address thawed", venue=exchange.alias, address=number)

    @keyword
    def get_venue_addresses(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: str = NOT_GIVEN,
        *,
        venue: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
    ) -> str:
        """The address processes of the venue that are alive.

        Args:
            operator: An assertion operator; left out, the value is only returned.
            expected: Names in their order, such as `api1, api3`; `none` if none is alive.
            venue: Alias of the venue; default: the first one opened.
            timeout: How long to ask again; default 5 seconds.

        Returns:
            The names, as text.

        Raises:
            AssertionError: not in time; with the value last seen.

        Example:
            ```robotframework
            Get Venue Addresses    ==    api1, api3
            ```
        """
        exchange = self.exchange(venue)
        question = Question(
            lambda: ", ".join(address.name for address in exchange.addresses if address.alive) or "none",
            f"addresses of venue {exchange.alias} that are alive",
            "the venue's log below",
        )
        return ask(question, operator, expected, timeout)

    @keyword
    def get_connection_addresses(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: str = NOT_GIVEN,
        *,
        venue: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
    ) -> str:
        """By which addresses WebSocket connections are open at the venue now.

        Args:
            operator: An assertion operator; left out, the value is only returned.
            expected: Names, each once, such as `api2, direct`; `none` if no connection is open.
            venue: Alias of the venue; default: the first one opened.
            timeout: How long to ask again; default 5 seconds.

        Returns:
            The names, as text.

        Raises:
            AssertionError: not in time; with the value last seen.

        Example:
            ```robotframework
            Get Connection Addresses    ==    direct
            ```
        """
        exchange = self.exchange(venue)
        question = Question(
            lambda: ", ".join(sorted({str(row["address"]) for row in exchange.admin.connections()})) or "none",
            f"addresses of the connections at venue {exchange.alias}",
            "the exchange transcript of this test below",
        )
        return ask(question, operator, expected, timeout)


def _thaw_if_alive(address: Address) -> None:
    """At the end of a test: the venue may belong to the whole suite."""
    if address.alive:
        address.thaw()
