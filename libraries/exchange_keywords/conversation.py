"""WebSocket conversations that a suite writes itself, over websocket-client: requests, answers, and what comes unasked."""

from __future__ import annotations

import contextlib
import itertools
import json
import time
from collections import deque
from typing import Any

import websocket
from robot.api.deco import keyword

from libraries.common.component import Component
from libraries.common.errors import WrongArgument
from libraries.common.types import DEFAULT_TIMEOUT, NOT_GIVEN, Timeout
from libraries.exchange_keywords.signing import signed_parameters
from libraries.world.session import session

_ids = itertools.count(1)


class Conversation:
    """One connection. What arrives while an answer is waited for is kept, in order."""

    def __init__(self, url: str) -> None:
        self._connection = websocket.create_connection(url, timeout=DEFAULT_TIMEOUT.total_seconds())
        self.unasked: deque[Any] = deque()
        self.answer: Any = None

    def send(self, text: str) -> None:
        self._connection.send(text)

    def receive(self, timeout_s: float) -> Any:
        """The next message, parsed. Raises AssertionError: none came, or the connection ended."""
        self._connection.settimeout(max(timeout_s, 0.001))
        try:
            return json.loads(self._connection.recv())
        except websocket.WebSocketTimeoutException:
            raise AssertionError(f"the venue should send a message, none came within {timeout_s:.1f} s") from None
        except (websocket.WebSocketConnectionClosedException, ConnectionError) as error:
            raise AssertionError(f"the venue should send a message, the connection ended: {error}") from None

    def ask(self, text: str, timeout_s: float) -> Any:
        """Send, and wait for the answer: the next message with `status`, or (market streams) with `result` or `code`."""
        self.send(text)
        deadline = time.monotonic() + timeout_s
        while True:
            message = self.receive(deadline - time.monotonic())
            if isinstance(message, dict) and message.keys() & {"status", "result", "code"} and "e" not in message:
                self.answer = message
                return message
            self.unasked.append(message)

    def ended(self, timeout_s: float) -> bool:
        """Did the venue end the connection within that time? Messages until then are kept."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            self._connection.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                opcode, data = self._connection.recv_data()
            except websocket.WebSocketTimeoutException:
                return False
            except (websocket.WebSocketConnectionClosedException, ConnectionError):
                return True
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                return True
            self.unasked.append(json.loads(data))
        return False

    def close(self) -> None:
        with contextlib.suppress(OSError, websocket.WebSocketException):
            self._connection.close(timeout=1)


class ConversationKeywords(Component):
    """Several connections at once are told apart by `socket=NAME`."""

    @keyword
    def connect_to_the_websocket_api(self, query: str = "", *, socket: str = "raw", venue: str = NOT_GIVEN) -> None:
        """Open a connection to the venue's WebSocket API. It is closed with the test.

        Args:
            query: Of the URL, such as `timeUnit=MICROSECOND`.
            socket: Name of the connection, for tests with several.
            venue: Alias of the venue; default: the first one opened.

        Raises:
            AssertionError: the venue refused; with its status and answer.

        Example:
            ```robotframework
            Connect To The Websocket Api    timeUnit=MICROSECOND
            ```
        """
        self._open(socket, self.exchange(venue).ws_api_url + (f"?{query}" if query else ""))

    @keyword
    def connect_to_a_stream(self, path: str, *, socket: str = "raw", venue: str = NOT_GIVEN) -> None:
        """Open a connection to the venue's streams. It is closed with the test.

        Args:
            path: Such as `/ws/btcusdt@trade` or `/stream?streams=KEY`.
            socket: Name of the connection, for tests with several.
            venue: Alias of the venue; default: the first one opened.

        Raises:
            AssertionError: the venue refused; with its status and answer.

        Example:
            ```robotframework
            Connect To A Stream    /ws/btcusdt@trade
            ```
        """
        self._open(socket, self.exchange(venue).stream_url + path)

    @keyword
    def ask_the_websocket_api(
        self, method: str, *, signed: bool = False, stamped: bool = False, socket: str = "raw", venue: str = NOT_GIVEN, **parameters: str
    ) -> Any:
        """Send a request and wait for its answer.

        Args:
            method: Such as `order.place`.
            signed: With key, time stamp and signature of the raw account.
            stamped: With a time stamp only, as on a session.
            socket: Name of the connection.
            venue: Alias of the venue; default: the first one opened.
            parameters: The venue's own names, such as `symbol=BTCUSDT`; sent as texts.

        Returns:
            The answer, parsed; `The Websocket Was Answered` looks at it.

        Raises:
            AssertionError: no answer within 5 seconds.

        Example:
            ```robotframework
            Open A Raw Account    USDT:1000    key=ED25519
            Connect To The Websocket Api
            Ask The Websocket Api    session.logon    signed=True
            ```
        """
        given = dict(parameters)
        if signed or stamped:
            given["timestamp"] = str(self.exchange(venue).admin.clock()["server_ms"])
        if signed:
            account = self.raw_account(venue)
            given = signed_parameters(account.api_secret, given | {"apiKey": account.api_key})
        request = {"id": next(_ids), "method": method, "params": given}
        return self._socket(socket).ask(json.dumps(request), DEFAULT_TIMEOUT.total_seconds())

    @keyword
    def say_to_the_websocket(self, text: str, *, socket: str = "raw") -> Any:
        """Send a text as it is, also one that is no request, and wait for the answer.

        Args:
            text: Such as `{"id": 1}`.
            socket: Name of the connection.

        Returns:
            The answer, parsed.

        Raises:
            AssertionError: no answer within 5 seconds.

        Example:
            ```robotframework
            Connect To The Websocket Api
            Say To The Websocket    {"id": 1, "method": "ping"}
            ```
        """
        return self._socket(socket).ask(text, DEFAULT_TIMEOUT.total_seconds())

    @keyword
    def the_websocket_was_answered(self, status: int, *, code: int = NOT_GIVEN, message: str = NOT_GIVEN, socket: str = "raw") -> Any:
        """The last request on the connection was answered with this status, error code and text.

        Args:
            status: Such as 200 or 401.
            code: The error code, such as `-2015`; left out: there must be none.
            message: The whole text; left out: any.
            socket: Name of the connection.

        Returns:
            The answer's result; of a refusal its error.

        Raises:
            WrongArgument: nothing was asked on this connection.
            AssertionError: another answer; with all of it.

        Example:
            ```robotframework
            Connect To The Websocket Api
            Ask The Websocket Api    no.such
            The Websocket Was Answered    400    code=-1020
            ```
        """
        answer = self._socket(socket).answer
        if answer is None:
            raise WrongArgument(f"nothing was asked on socket {socket!r}; ask first (keyword: Ask The Websocket Api)")
        error = answer.get("error", {})
        wanted = (status, code, message)
        seen = (answer.get("status"), error.get("code"), error.get("msg") if message is not None else None)
        if wanted != seen:
            raise AssertionError(f"the venue should answer status {status}, code {code}, message {message!r}, got {answer}")
        return answer.get("result", error)

    @keyword
    def the_websocket_delivers(self, event: str, *, timeout: Timeout = NOT_GIVEN, socket: str = "raw") -> Any:
        """The next message that nobody asked for is this event.

        Args:
            event: The event type, such as `executionReport`.
            timeout: At most this long; default 5 seconds.
            socket: Name of the connection.

        Returns:
            The whole message, with what it is wrapped in.

        Raises:
            AssertionError: another event came, or none.

        Example:
            ```robotframework
            Connect To The Websocket Api
            Announce The Shutdown    1 second
            The Websocket Delivers    serverShutdown
            ```
        """
        held = self._socket(socket)
        message = held.unasked.popleft() if held.unasked else held.receive((timeout or DEFAULT_TIMEOUT).total_seconds())
        inner = message.get("event") or message.get("data") or message if isinstance(message, dict) else {}
        if inner.get("e") != event:
            raise AssertionError(f"the venue should send {event}, got {message}")
        return message

    @keyword
    def the_venue_ends_the_websocket(self, *, timeout: Timeout = NOT_GIVEN, socket: str = "raw") -> None:
        """The venue ends the connection.

        Args:
            timeout: At most this long from now; default 5 seconds.
            socket: Name of the connection.

        Raises:
            AssertionError: it is still open.

        Example:
            ```robotframework
            Connect To The Websocket Api
            Announce The Shutdown    1 second
            The Venue Ends The Websocket
            ```
        """
        seconds = (timeout or DEFAULT_TIMEOUT).total_seconds()
        if not self._socket(socket).ended(seconds):
            raise AssertionError(f"the venue should end socket {socket!r} within {seconds:g} s, it is still open")

    def _open(self, name: str, url: str) -> None:
        try:
            held = Conversation(url)
        except websocket.WebSocketBadStatusException as error:
            body = (error.resp_body or b"").decode("utf-8", "replace")
            raise AssertionError(f"the venue refused the connection with status {error.status_code}: {body}") from None
        self.notes.conversations[name] = held
        session.scope.cleanups.append(held.close)

    def _socket(self, name: str) -> Conversation:
        if name not in self.notes.conversations:
            raise WrongArgument(f"no socket {name!r} is open; connect first (keyword: Connect To The Websocket Api)")
        return self.notes.conversations[name]
