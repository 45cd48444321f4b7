"""A bad network: a proxy between the engine and the venue that delays, limits, slices, swallows, corrupts, resets and refuses."""

from __future__ import annotations

from urllib.parse import urlsplit

from robot.api.deco import keyword

from libraries.common.errors import WrongArgument
from libraries.common.types import NOT_GIVEN, Duration, milliseconds
from libraries.fault_keywords.arming import FaultComponent
from libraries.world.deadlines import Deadline
from libraries.world.proxies import Proxy
from libraries.world.session import START_S, session

_PLACED_BY = "Put A Proxy Before The Venue"


class ProxyKeywords(FaultComponent):
    """The proxy knows no protocol; faults of single requests are the venue's own (`Answer With`, `Lose The Answer`, ...). One bad weather
    replaces the one before; the network heals at the end of the test."""

    @keyword
    def put_a_proxy_before_the_venue(self, *, venue: str = NOT_GIVEN) -> int:
        """From now on engines that are started come to this venue through a proxy; the keywords and the auditor go on coming directly.

        Args:
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The proxy's port.

        Raises:
            WrongArgument: there is one already, or the venue speaks TLS or is reached by address processes.

        Example:
            ```robotframework
            Put A Proxy Before The Venue
            Start A Fresh Engine
            Slow The Network    100ms
            Heal The Network
            ```
        """
        exchange = self.exchange(venue)
        if exchange.proxy is not None:
            raise WrongArgument(f"there is a proxy before venue {exchange.alias} already; a test has one of each")
        if exchange.addresses or exchange.ca_file is not None:
            raise WrongArgument(f"a proxy stands before a plain venue without addresses; {exchange.alias} has addresses or TLS")
        proxy = Proxy(exchange.alias, session.scope.directory, f"127.0.0.1:{urlsplit(exchange.rest_url).port}")
        proxy.start(session.scope.children, Deadline(START_S))
        session.scope.servers[f"proxy {exchange.alias}"] = proxy
        exchange.proxy = proxy

        def end() -> None:
            exchange.proxy = None
            proxy.heal()

        session.scope.cleanups.append(end)
        return proxy.port

    @keyword
    def slow_the_network(self, latency: Duration, *, jitter: Duration = NOT_GIVEN, seed: int = 1, venue: str = NOT_GIVEN) -> None:
        """Everything arrives later, each way, in its order; how much is sent does not change.

        Args:
            latency: How much later, from 0 to 10 minutes.
            jitter: Up to so much more, evenly spread.
            seed: Of the jitter.
            venue: Alias of the venue; default: the first one opened.

        Raises:
            WrongArgument: there is no proxy before the venue, or a time is out of range.

        Example:
            ```robotframework
            Put A Proxy Before The Venue
            Slow The Network    50ms    jitter=20ms
            Heal The Network
            ```
        """
        spread = milliseconds(jitter) if jitter is not None else 0
        self._change(venue, "slow", latency_ms=milliseconds(latency), jitter_ms=spread, seed=seed)

    @keyword
    def limit_the_bandwidth(self, bytes_per_second: int, *, venue: str = NOT_GIVEN) -> None:
        """So many bytes a second pass each way on each connection; the rest waits.

        Args:
            bytes_per_second: From 1 on.
            venue: Alias of the venue; default: the first one opened.

        Raises:
            WrongArgument: there is no proxy before the venue, or no such bandwidth.

        Example:
            ```robotframework
            Put A Proxy Before The Venue
            Limit The Bandwidth    20000
            Heal The Network
            ```
        """
        if bytes_per_second < 1:
            raise WrongArgument(f"expected a bandwidth of at least 1 byte per second, got {bytes_per_second}")
        self._change(venue, "limit", bytes_per_s=bytes_per_second)

    @keyword
    def slice_the_bytes(self, size: int = 1, *, venue: str = NOT_GIVEN) -> None:
        """Everything arrives in pieces of so many bytes: a message is never read in one go.

        Args:
            size: Bytes of a piece, from 1 on.
            venue: Alias of the venue; default: the first one opened.

        Raises:
            WrongArgument: there is no proxy before the venue, or no such size.

        Example:
            ```robotframework
            Put A Proxy Before The Venue
            Slice The Bytes    3
            Heal The Network
            ```
        """
        if size < 1:
            raise WrongArgument(f"expected pieces of at least 1 byte, got {size}")
        self._change(venue, "slice", slice_bytes=size)

    @keyword
    def hold_the_connections_half_open(self, *, venue: str = NOT_GIVEN) -> None:
        """Whatever is sent disappears, connections are accepted and never closed: nobody learns that the other end is gone.

        What lost bytes is reset when the network heals.

        Args:
            venue: Alias of the venue; default: the first one opened.

        Raises:
            WrongArgument: there is no proxy before the venue.

        Example:
            ```robotframework
            Put A Proxy Before The Venue
            Hold The Connections Half Open
            Heal The Network
            ```
        """
        self._change(venue, "half open", half_open=True)

    @keyword
    def drop_one_answer(self, *, times: int = 1, venue: str = NOT_GIVEN) -> None:
        """The next answer of the venue disappears, whoever asked; its connection is half open from then on. What was asked was done.

        Args:
            times: So many answers, each on a connection of its own.
            venue: Alias of the venue; default: the first one opened.

        Raises:
            WrongArgument: there is no proxy before the venue, or `times` is not above 0.

        Example:
            ```robotframework
            Put A Proxy Before The Venue
            Start A Fresh Engine
            Drop One Answer
            Heal The Network
            ```
        """
        if times < 1:
            raise WrongArgument(f"expected at least 1 answer, got {times}")
        self._change(venue, "drop", drop_answers=times)

    @keyword
    def corrupt_the_bytes(self, *, times: int = 1, seed: int = 1, venue: str = NOT_GIVEN) -> None:
        """In the next answer of the venue one bit is another one.

        Args:
            times: In so many answers.
            seed: Says which bit.
            venue: Alias of the venue; default: the first one opened.

        Raises:
            WrongArgument: there is no proxy before the venue, or `times` is not above 0.

        Example:
            ```robotframework
            Put A Proxy Before The Venue
            Start A Fresh Engine
            Corrupt The Bytes    seed=7
            Heal The Network
            ```
        """
        if times < 1:
            raise WrongArgument(f"expected at least 1 answer, got {times}")
        self._change(venue, "corrupt", corrupt_answers=times, seed=seed)

    @keyword
    def reset_the_connections(self, *, venue: str = NOT_GIVEN) -> int:
        """Every connection is reset (RST) at both ends; new ones come through.

        Args:
            venue: Alias of the venue; default: the first one opened.

        Returns:
            How many were reset.

        Raises:
            WrongArgument: there is no proxy before the venue.

        Example:
            ```robotframework
            Put A Proxy Before The Venue
            Start A Fresh Engine
            Reset The Connections
            ```
        """
        proxy = self._proxy(venue)
        count = proxy.reset()
        self.note("network reset", venue=proxy.alias, connections=count)
        return count

    @keyword
    def cut_the_network(self, *, venue: str = NOT_GIVEN) -> int:
        """Every connection is reset, and new ones are refused until `Heal The Network`.

        Args:
            venue: Alias of the venue; default: the first one opened.

        Returns:
            How many connections were reset.

        Raises:
            WrongArgument: there is no proxy before the venue.

        Example:
            ```robotframework
            Put A Proxy Before The Venue
            Start A Fresh Engine
            Cut The Network
            Get Engine State    ==    DEGRADED
            Heal The Network
            Get Engine State    ==    RUNNING
            ```
        """
        proxy = self._proxy(venue)
        count = proxy.cut()
        self.note("network cut", venue=proxy.alias, connections=count)
        return count

    @keyword
    def heal_the_network(self, *, venue: str = NOT_GIVEN) -> dict[str, int]:
        """The network is as it should be.

        Args:
            venue: Alias of the venue; default: the first one opened.

        Returns:
            What the proxy counted since it was put there: connections, to_server, to_client, swallowed (bytes), dropped, corrupted, reset.

        Raises:
            WrongArgument: there is no proxy before the venue.

        Example:
            ```robotframework
            Put A Proxy Before The Venue
            Cut The Network
            Heal The Network
            ```
        """
        proxy = self._proxy(venue)
        proxy.heal()
        counted = proxy.counters()
        self.note("network healed", venue=proxy.alias, **counted)
        return counted

    def _change(self, venue: str | None, what: str, **weather: int | bool) -> None:
        proxy = self._proxy(venue)
        answer = proxy.ask_weather(weather)
        if not answer.ok:
            raise WrongArgument(str(answer.error.get("message", answer.body)))
        self.note("network", venue=proxy.alias, what=what, **weather)

    def _proxy(self, venue: str | None) -> Proxy:
        exchange = self.exchange(venue)
        if exchange.proxy is None:
            raise WrongArgument(f"venue {exchange.alias} has no proxy; put one there before the engine starts (keyword: {_PLACED_BY})")
        return exchange.proxy
