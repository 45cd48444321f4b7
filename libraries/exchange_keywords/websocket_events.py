"""What arrives on a raw WebSocket connection unasked: user events in their order, silence, and its end."""

from __future__ import annotations

from typing import Any

from assertionengine import AssertionOperator
from robot.api.deco import keyword

from libraries.common.assertions import Question, ask, settle
from libraries.common.errors import NotYet
from libraries.common.types import NOT_GIVEN, Timeout
from libraries.exchange_keywords.raw_websocket import event_of
from libraries.exchange_keywords.websockets import LOOK, WebsocketComponent
from libraries.world.deadlines import Deadline


class WebsocketEventKeywords(WebsocketComponent):
    """Connections are opened by `Connect To The Websocket Api` and `Connect To A Stream`."""

    @keyword
    def get_websocket_event_count(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: int = NOT_GIVEN,
        *,
        event: str = NOT_GIVEN,
        execution: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
        socket: str = "raw",
    ) -> int:
        """How many events have arrived on the connection.

        Args:
            operator: A comparison; left out, the number is only returned.
            expected: The number to compare with.
            event: Only events of this type, such as `executionReport`.
            execution: Only reports of this execution type, such as `TRADE`.
            timeout: How long to ask again; default 5 seconds.
            socket: Name of the connection.

        Returns:
            The number.

        Raises:
            WrongArgument: no such connection is open.
            AssertionError: the comparison did not hold in time.

        Example:
            ```robotframework
            Get Websocket Event Count    ==    1    event=executionReport    execution=TRADE
            ```
        """
        held = self.websocket(socket)

        def count() -> int:
            return sum(1 for each in held.events() if event in (None, each["e"]) and execution in (None, each.get("x")))

        return ask(Question(count, f"number of {event or 'user'} events", LOOK, held.wait), operator, expected, timeout)

    @keyword
    def get_websocket_frames(self, *, socket: str = "raw") -> list[str]:
        """The events and answers that have arrived on the connection, in their order, in one word each.

        Args:
            socket: Name of the connection.

        Returns:
            Event types (reports with their execution type, such as `executionReport:NEW`), ids of answers, and `no JSON`.

        Raises:
            WrongArgument: no such connection is open.

        Example:
            ```robotframework
            ${seen} =    Get Websocket Frames
            ```
        """
        return [_word(frame) for frame in self.websocket(socket).seen()]

    @keyword
    def the_websocket_shows(self, *words: str, timeout: Timeout = NOT_GIVEN, socket: str = "raw") -> None:
        """Exactly these events have arrived so far, in this order.

        Args:
            words: As `Get Websocket Frames` writes them, such as `executionReport:TRADE`; none: no event arrived.
            timeout: How long to ask again; default 5 seconds.
            socket: Name of the connection.

        Raises:
            WrongArgument: no such connection is open.
            AssertionError: not in time; with what arrived.

        Example:
            ```robotframework
            The Websocket Shows    executionReport:NEW    outboundAccountPosition
            ```
        """
        held = self.websocket(socket)

        def read() -> list[str]:
            return [_event_word(each) for each in held.events()]

        question = Question(read, "the events on the socket", LOOK, held.wait)
        settle(question, f"be {', '.join(words) or 'none'}", lambda seen: seen == list(words), timeout)

    @keyword
    def the_websocket_is_silent_for(self, period: Timeout, *, socket: str = "raw") -> None:
        """For a while nothing arrives on the connection, and it does not end.

        Args:
            period: How long to watch, such as `300 ms`.
            socket: Name of the connection.

        Raises:
            WrongArgument: no such connection is open.
            AssertionError: something arrived, or the connection ended.

        Example:
            ```robotframework
            The Websocket Is Silent For    300 ms
            ```
        """
        held = self.websocket(socket)
        known, deadline = len(held.seen()), Deadline(period)
        while not deadline.expired:
            held.wait(max(deadline.remaining(), 0.001))
            if held.ended is not None or len(held.seen()) > known:
                raise AssertionError(f"the socket should be silent, got {held.ended or held.seen()[known:]}")

    @keyword
    def the_venue_ends_the_websocket(self, *, timeout: Timeout = NOT_GIVEN, socket: str = "raw") -> str:
        """The connection has ended, or ends within the timeout, by the venue's doing.

        Args:
            timeout: At most this long from now; default 5 seconds.
            socket: Name of the connection.

        Returns:
            How it ended.

        Raises:
            WrongArgument: no such connection is open.
            AssertionError: it is still up.

        Example:
            ```robotframework
            Connect To The Websocket Api
            Announce The Shutdown    1 second
            The Venue Ends The Websocket
            ```
        """
        held = self.websocket(socket)

        def read() -> str:
            if held.ended is None:
                raise NotYet("the connection is up")
            return held.ended

        return settle(Question(read, f"socket {socket!r}", LOOK, held.wait), "be ended by the venue", lambda _: True, timeout)


def _word(frame: Any) -> str:
    if not isinstance(frame, dict):
        return "no JSON"
    event = event_of(frame)
    return str(frame.get("id")) if event is None else _event_word(event)


def _event_word(event: dict[str, Any]) -> str:
    return str(event["e"]) + (f":{event['x']}" if "x" in event else "")
