"""What raw tests of the WebSocket API need of Python: signed requests, answers by id, user events, silence and ends of a connection."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from assertionengine import AssertionOperator
from robot.api.deco import keyword

from libraries.common.assertions import Question, ask, settle
from libraries.common.component import Component
from libraries.common.errors import NotYet, WrongArgument
from libraries.common.types import NOT_GIVEN, Timeout
from libraries.exchange_keywords.socket_reader import SocketReader
from libraries.world.deadlines import Deadline
from libraries.world.session import session

_LOOK = "the exchange transcript of this test below, and the venue's ledger.jsonl"
_UNSIGNED = frozenset({"ping", "time", "exchangeInfo", "depth", "trades.recent", "klines", "avgPrice"})


class RawSocketKeywords(Component):
    """One connection a test, signed with the keys of its raw account (keyword: Open A Raw Account)."""

    @keyword
    def open_a_raw_socket(self, *, events: bool = True, venue: str = NOT_GIVEN) -> None:
        """Connect to the venue's WebSocket API.

        Args:
            events: True (default): subscribe to the raw account's user data on it.
            venue: Alias of the venue; default: the first one opened.

        Raises:
            WrongArgument: no raw account is open, or a raw socket is open already.
            WorldError: the venue refused the connection.

        Example:
            ```robotframework
            Open A Raw Account    USDT:5000
            Open A Raw Socket
            ```
        """
        if self.notes.raw_socket is not None:
            raise WrongArgument("a raw socket is open already in this test; use that one")
        reader = SocketReader(self.exchange(venue).ws_api_url)
        self.notes.raw_socket = reader
        session.scope.cleanups.append(reader.close)
        if events:
            self.ask_the_socket("userDataStream.subscribe.signature", venue=venue)

    @keyword
    def ask_the_socket(self, method: str, *, timeout: Timeout = NOT_GIVEN, venue: str = NOT_GIVEN, **parameters: str) -> dict[str, Any]:
        """Send a request and wait for the answer that bears its id.

        Args:
            method: Such as `order.place`; public ones go without key and signature.
            timeout: How long to wait for the answer; default 5 seconds.
            venue: Alias of the venue; default: the first one opened.
            parameters: The venue's own names, such as `symbol=BTCUSDT    side=BUY`.

        Returns:
            The answer.

        Raises:
            AssertionError: no such answer in time.

        Example:
            ```robotframework
            ${answer} =    Ask The Socket    ping
            ```
        """
        return self._answer(self.send_to_the_socket(method, venue=venue, **parameters), timeout)

    @keyword
    def send_to_the_socket(self, method: str, *, venue: str = NOT_GIVEN, **parameters: str) -> str:
        """Send a request without waiting for an answer.

        Args:
            method: Such as `order.place`.
            venue: Alias of the venue; default: the first one opened.
            parameters: The venue's own names.

        Returns:
            The request's id.

        Example:
            ```robotframework
            ${id} =    Send To The Socket    order.place    symbol=BTCUSDT    side=BUY    type=MARKET    quantity=1
            The Socket Answers    ${id}    status=200
            ```
        """
        self.notes.raw_requests += 1
        identity = f"raw-{self.notes.raw_requests}"
        params = dict(parameters) if method in _UNSIGNED else self._signed(parameters, venue)
        self._socket().send({"id": identity, "method": method, "params": params})
        return identity

    @keyword
    def the_socket_answers(self, id: str, *, status: int = 200, code: int = NOT_GIVEN, timeout: Timeout = NOT_GIVEN) -> dict[str, Any]:
        """The answer that bears this id arrives with this status and error code.

        Args:
            id: What `Send To The Socket` returned.
            status: Such as 200 or 503.
            code: The error code; left out: there must be none.
            timeout: How long to wait for it; default 5 seconds.

        Returns:
            The answer.

        Raises:
            AssertionError: another answer, or none in time.

        Example:
            ```robotframework
            ${id} =    Send To The Socket    ping
            The Socket Answers    ${id}
            ```
        """
        answer = self._answer(id, timeout)
        seen = (answer["status"], answer.get("error", {}).get("code"))
        if seen != (status, code):
            raise AssertionError(f"answer {id} should have status {status} and code {code}, got {answer}")
        return answer

    @keyword
    def get_socket_event_count(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: int = NOT_GIVEN,
        *,
        event: str = NOT_GIVEN,
        execution: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
    ) -> int:
        """How many user events the raw socket has read.

        Args:
            operator: A comparison; left out, the number is only returned.
            expected: The number to compare with.
            event: Only events of this type, such as `executionReport`.
            execution: Only reports of this execution type, such as `TRADE`.
            timeout: How long to ask again; default 5 seconds.

        Returns:
            The number.

        Example:
            ```robotframework
            Get Socket Event Count    ==    1    event=executionReport    execution=TRADE
            ```
        """
        socket = self._socket()

        def count() -> int:
            return sum(1 for each in _events(socket) if event in (None, each["e"]) and execution in (None, each.get("x")))

        return ask(Question(count, f"number of {event or 'user'} events", _LOOK, socket.wait), operator, expected, timeout)

    @keyword
    def get_socket_events(self) -> list[str]:
        """The user events and answers that the raw socket has read, in their order, in one word each.

        Returns:
            Event types (reports with their execution type, such as `executionReport:NEW`), ids of answers, and `no JSON`.

        Example:
            ```robotframework
            ${seen} =    Get Socket Events
            ```
        """
        return [_word(frame) for frame in self._socket().seen()]

    @keyword
    def the_socket_shows(self, *words: str, timeout: Timeout = NOT_GIVEN) -> None:
        """Exactly these user events have arrived so far, in this order.

        Args:
            words: As `Get Socket Events` writes them, such as `executionReport:TRADE`.
            timeout: How long to ask again; default 5 seconds.

        Raises:
            AssertionError: not in time; with what arrived.

        Example:
            ```robotframework
            The Socket Shows    executionReport:NEW    outboundAccountPosition
            ```
        """
        socket = self._socket()

        def read() -> list[str]:
            return [_word({"event": each}) for each in _events(socket)]

        settle(
            Question(read, "user events", _LOOK, socket.wait), f"be {', '.join(words) or 'none'}", lambda seen: seen == list(words), timeout
        )

    @keyword
    def the_socket_is_silent_for(self, period: Timeout) -> None:
        """For a while nothing arrives on the raw socket, and it does not end.

        Args:
            period: How long to watch, such as `300 ms`.

        Raises:
            AssertionError: something arrived, or the connection ended.

        Example:
            ```robotframework
            The Socket Is Silent For    300 ms
            ```
        """
        socket = self._socket()
        known, deadline = len(socket.seen()), Deadline(period)
        while not deadline.expired:
            socket.wait(max(deadline.remaining(), 0.001))
            if socket.ended is not None or len(socket.seen()) > known:
                raise AssertionError(f"the socket should be silent, got {socket.ended or socket.seen()[known:]}")

    @keyword
    def the_socket_was_cut(self, *, timeout: Timeout = NOT_GIVEN) -> str:
        """The raw socket's connection has ended, by the venue's doing.

        Args:
            timeout: How long to ask again; default 5 seconds.

        Returns:
            How it ended.

        Raises:
            AssertionError: it is still up.

        Example:
            ```robotframework
            The Socket Was Cut
            ```
        """
        socket = self._socket()

        def read() -> str:
            if socket.ended is None:
                raise NotYet("the connection is up")
            return socket.ended

        return settle(Question(read, "the raw socket", _LOOK, socket.wait), "be cut", lambda _: True, timeout)

    def _answer(self, identity: str, timeout: Timeout | None) -> dict[str, Any]:
        socket = self._socket()

        def read() -> dict[str, Any]:
            for frame in socket.seen():
                if isinstance(frame, dict) and frame.get("id") == identity:
                    return frame
            raise NotYet(f"none of {len(socket.seen())} frames bears it{f', the connection ended: {socket.ended}' if socket.ended else ''}")

        return settle(Question(read, f"answer {identity}", _LOOK, socket.wait), "arrive", lambda _: True, timeout)

    def _signed(self, parameters: dict[str, str], venue: str | None) -> dict[str, Any]:
        exchange = self.exchange(venue)
        account = self.notes.raw_accounts.get(exchange.alias)
        if account is None:
            raise WrongArgument(f"no raw account is open at {exchange.alias}; open one first (keyword: Open A Raw Account)")
        params = parameters | {"apiKey": account.api_key, "timestamp": str(exchange.admin.clock()["server_ms"])}
        payload = "&".join(f"{name}={params[name]}" for name in sorted(params))
        return params | {"signature": hmac.new(account.api_secret.encode(), payload.encode(), hashlib.sha256).hexdigest()}

    def _socket(self) -> SocketReader:
        if self.notes.raw_socket is None:
            raise WrongArgument("no raw socket is open in this test; open one first (keyword: Open A Raw Socket)")
        return self.notes.raw_socket


def _events(socket: SocketReader) -> list[dict[str, Any]]:
    return [frame["event"] for frame in socket.seen() if isinstance(frame, dict) and "event" in frame]


def _word(frame: Any) -> str:
    if not isinstance(frame, dict):
        return "no JSON"
    event = frame.get("event")
    if isinstance(event, dict):
        return str(event["e"]) + (f":{event['x']}" if "x" in event else "")
    return str(frame.get("id"))
