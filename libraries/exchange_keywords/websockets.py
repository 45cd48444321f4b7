"""Raw tests over WebSocket: connect, ask the WebSocket API or say anything at all, and look at the answers."""

from __future__ import annotations

from typing import Any

from robot.api.deco import keyword

from libraries.common.assertions import Question, settle
from libraries.common.component import Component
from libraries.common.errors import NotYet, WrongArgument, refuse_unknown
from libraries.common.types import NOT_GIVEN, Timeout
from libraries.evidence.redaction import register_told
from libraries.exchange_keywords.raw import answer_wanted
from libraries.exchange_keywords.raw_websocket import RawWebsocket
from libraries.exchange_keywords.signing import signed_parameters
from libraries.world.session import session

LOOK = "the exchange transcript of this test below, and the venue's ledger.jsonl"


class WebsocketComponent(Component):
    """Several connections of a test are told apart by `socket=NAME`."""

    def websocket(self, name: str) -> RawWebsocket:
        """The open connection of that name.

        Raises:
            WrongArgument: there is none.
        """
        if name not in self.notes.websockets:
            raise WrongArgument(f"no socket {name!r} is open; connect first (keyword: Connect To The Websocket Api)")
        return self.notes.websockets[name]


class WebsocketKeywords(WebsocketComponent):
    """Signed with the keys of the test's raw account (keyword: Open A Raw Account)."""

    @keyword
    def connect_to_the_websocket_api(self, query: str = "", *, events: bool = False, socket: str = "raw", venue: str = NOT_GIVEN) -> None:
        """Open a connection to the venue's WebSocket API. It is closed with the test.

        Args:
            query: Of the URL, such as `timeUnit=MICROSECOND`.
            events: True: subscribe to the raw account's user data on it.
            socket: Name of the connection, for tests with several.
            venue: Alias of the venue; default: the first one opened.

        Raises:
            WorldError: the venue refused; with its status and answer.
            WrongArgument: events without a raw account.
            AssertionError: the venue refused the subscription.

        Example:
            ```robotframework
            Open A Raw Account    USDT:1000
            Connect To The Websocket Api    timeUnit=MICROSECOND    events=True
            ```
        """
        self._open(socket, venue, self.exchange(venue).ws_api_url + (f"?{query}" if query else ""))
        if events:
            self.ask_the_websocket_api("userDataStream.subscribe.signature", signed=True, socket=socket, venue=venue)
            self.the_websocket_was_answered(200, socket=socket)

    @keyword
    def watch_the_account(self, *, socket: str = "account", venue: str = NOT_GIVEN) -> None:
        """An independent observer of the user data of the test's account, the one that the engine trades with.

        Args:
            socket: Name of the connection; `The Websocket Shows    socket=account` and others read it.
            venue: Alias of the venue; default: the first one opened.

        Raises:
            WrongArgument: the test has no account yet; start an engine first.
            AssertionError: the venue refused the subscription.

        Example:
            ```robotframework
            Start A Fresh Engine
            Watch The Account
            ```
        """
        alias = self.exchange(venue).alias
        if alias not in self.notes.accounts:
            raise WrongArgument("the test has no account at the venue yet; start an engine first (keyword: Start A Fresh Engine)")
        self.notes.raw_accounts[alias] = self.notes.accounts[alias]
        self.connect_to_the_websocket_api(events=True, socket=socket, venue=venue)

    @keyword
    def connect_to_a_stream(self, path: str, *, socket: str = "raw", venue: str = NOT_GIVEN) -> None:
        """Open a connection to the venue's streams. It is closed with the test.

        Args:
            path: Such as `/ws/btcusdt@trade` or `/stream?streams=KEY`.
            socket: Name of the connection, for tests with several.
            venue: Alias of the venue; default: the first one opened.

        Raises:
            WorldError: the venue refused; with its status and answer.

        Example:
            ```robotframework
            Connect To A Stream    /ws/btcusdt@trade
            ```
        """
        self._open(socket, venue, self.exchange(venue).stream_url + path)

    @keyword
    def send_to_the_websocket_api(
        self, method: str, *, signed: bool = False, stamped: bool = False, socket: str = "raw", venue: str = NOT_GIVEN, **parameters: str
    ) -> str:
        """Send a request without waiting for its answer.

        Args:
            method: Such as `order.place`.
            signed: With key, time stamp and signature of the raw account.
            stamped: With a time stamp only, as on a session.
            socket: Name of the connection.
            venue: Alias of the venue; default: the first one opened.
            parameters: The venue's own names, such as `symbol=BTCUSDT`; sent as texts.

        Returns:
            The request's id, for `The Websocket Was Answered`.

        Raises:
            WrongArgument: no such connection is open, or it should be signed and no raw account is open.

        Example:
            ```robotframework
            ${id} =    Send To The Websocket Api    ping
            Send To The Websocket Api    time
            The Websocket Was Answered    200    to=${id}
            ```
        """
        given = dict(parameters)
        if signed or stamped:
            given["timestamp"] = str(self.exchange(venue).admin.clock()["server_ms"])
        if signed:
            account = self.raw_account(venue)
            given = signed_parameters(account.api_secret, given | {"apiKey": account.api_key})
        return str(self.websocket(socket).request(method, given).identity)

    @keyword
    def ask_the_websocket_api(
        self, method: str, *, signed: bool = False, stamped: bool = False, socket: str = "raw", venue: str = NOT_GIVEN, **parameters: str
    ) -> dict[str, Any]:
        """Send a request and wait for its answer, as long as 5 seconds.

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
            WrongArgument: no such connection is open, or it should be signed and no raw account is open.
            AssertionError: no answer within 5 seconds.

        Example:
            ```robotframework
            Open A Raw Account    USDT:1000    key=ED25519
            Connect To The Websocket Api
            Ask The Websocket Api    session.logon    signed=True
            ```
        """
        self.send_to_the_websocket_api(method, signed=signed, stamped=stamped, socket=socket, venue=venue, **parameters)
        return self._answer(socket, None, None)

    @keyword
    def say_to_the_websocket(self, text: str, *, socket: str = "raw") -> dict[str, Any]:
        """Send a text as it is, also one that is no request, and wait for the answer, as long as 5 seconds.

        Args:
            text: Such as `{"id": 1}`.
            socket: Name of the connection.

        Returns:
            The answer, parsed.

        Raises:
            WrongArgument: no such connection is open.
            AssertionError: no answer within 5 seconds.

        Example:
            ```robotframework
            Connect To The Websocket Api
            Say To The Websocket    {"id": 1, "method": "ping"}
            ```
        """
        self.websocket(socket).say(text)
        return self._answer(socket, None, None)

    @keyword
    def the_websocket_was_answered(
        self,
        status: int,
        *,
        code: int = NOT_GIVEN,
        message: str = NOT_GIVEN,
        to: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
        socket: str = "raw",
    ) -> Any:
        """A request on the connection was, or is within the timeout, answered with this status, error code and text.

        Args:
            status: Such as 200 or 401.
            code: The error code, such as `-2015`; left out: there must be none.
            message: The whole text; left out: any.
            to: The id that `Send To The Websocket Api` returned; default: what was sent last.
            timeout: How long to wait for the answer; default 5 seconds.
            socket: Name of the connection.

        Returns:
            The answer's result; of a refusal its error.

        Raises:
            WrongArgument: no such connection is open, nothing was asked on it, or nothing with that id.
            AssertionError: another answer, with all of it; or none in time.

        Example:
            ```robotframework
            Connect To The Websocket Api
            Ask The Websocket Api    no.such
            The Websocket Was Answered    400    code=-1020
            ```
        """
        answer = self._answer(socket, to, timeout)
        error = answer.get("error", {})
        wanted = (status, code, message)
        seen = (answer.get("status"), error.get("code"), error.get("msg") if message is not None else None)
        if wanted != seen:
            raise AssertionError(f"the venue should answer {answer_wanted(status, code, message)}, got {answer}")
        return register_told(answer.get("result", error))

    def _open(self, name: str, venue: str | None, url: str) -> None:
        if name in self.notes.websockets:
            raise WrongArgument(f"socket {name!r} is open already in this test; use it, or name another (socket=NAME)")
        held = RawWebsocket(url, ca_file=self.exchange(venue).ca_file)
        self.notes.websockets[name] = held
        session.scope.cleanups.append(held.close)

    def _answer(self, name: str, identity: str | None, timeout: Timeout | None) -> dict[str, Any]:
        socket = self.websocket(name)
        if identity is not None and identity not in socket.requests:
            raise refuse_unknown("request", identity, list(socket.requests))
        sent = socket.last if identity is None else socket.requests[identity]
        if sent is None:
            raise WrongArgument(f"nothing was asked on socket {name!r}; ask first (keyword: Ask The Websocket Api)")

        def read() -> dict[str, Any]:
            answer = socket.answer(sent)
            if answer is None:
                raise NotYet(f"none among {len(socket.seen())} frames{f', the connection ended: {socket.ended}' if socket.ended else ''}")
            return answer

        subject = f"the answer to {sent.identity or 'the text'} on socket {name!r}"
        return settle(Question(read, subject, LOOK, socket.wait), "arrive", lambda _: True, timeout)
