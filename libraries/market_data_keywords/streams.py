"""Watching the venue's public streams beside the engine."""

from __future__ import annotations

import re
from decimal import Decimal
from html import escape
from typing import Any

from assertionengine import AssertionOperator
from robot.api import logger
from robot.api.deco import keyword

from libraries.common.amounts import exact
from libraries.common.assertions import Question, ask, settle
from libraries.common.component import Component
from libraries.common.errors import NotYet, WrongArgument, refuse_unknown
from libraries.common.types import NOT_GIVEN, Symbol, Timeout
from libraries.market_data_keywords.local_book import LocalBook
from libraries.market_data_keywords.watcher import StreamWatcher
from libraries.world.session import session

_TICKER = r"(miniTicker|ticker(_(1h|4h|1d))?)"
_STREAM = re.compile(
    r"[a-z0-9]+@(trade|aggTrade|blockTrade|bookTicker|avgPrice|referencePrice|depth(5|10|20)?(@100ms|@1000ms)?"
    rf"|kline_[0-9]+[smhdwM](@\+08:00)?|{_TICKER})|!{_TICKER}@arr"
)
_LOOK = "the frames in this log (keyword Stop Watching) and the exchange transcript below"
_SHOWN = 200


class StreamKeywords(Component):
    """The observer is another client than the engine's, on a connection of its own."""

    @keyword
    def watch_the_stream(self, *streams: str, name: str = "stream", microseconds: bool = False, venue: str = NOT_GIVEN) -> None:
        """Open a connection to public streams and buffer every frame from now on.

        It is closed at the end of the test, or by `Stop Watching`.

        Args:
            streams: Such as `btcusdt@trade`, `btcusdt@depth@100ms`, `btcusdt@kline_1m`, `btcusdt@ticker`, `!miniTicker@arr`.
            name: Name of the observer, if there are several.
            microseconds: Ask for times in microseconds; otherwise they are in milliseconds.
            venue: Alias of the venue; default: the first one opened.

        Raises:
            WrongArgument: no stream, a name of another form, or the observer's name is taken.
            WorldError: the venue refused.

        Example:
            ```robotframework
            Watch The Stream    btcusdt@trade
            Someone Buys    BTCUSDT    qty=0.4    price=101.00
            The Stream Shows    e=trade    p=101.00    q=0.4
            ```
        """
        if not streams:
            raise WrongArgument("name at least one stream, such as btcusdt@trade")
        for stream in streams:
            if not _STREAM.fullmatch(stream):
                raise WrongArgument(f"a stream is named such as btcusdt@trade or btcusdt@depth@100ms (lower case), got {stream!r}")
        self._watch(name, venue, streams, microseconds=microseconds)

    @keyword
    def the_stream_answers(self, message: str, *, name: str = "stream", **fields: str) -> dict[str, Any]:
        """Send a control message on an observer's connection; the venue's answer has all these values.

        Args:
            message: The text to send, such as `{"method":"LIST_SUBSCRIPTIONS","id":1}`.
            name: Name of the observer.
            fields: Names in the answer, such as `code=3`, `result=None`, `msg=Unknown property`.

        Returns:
            The answer.

        Raises:
            WrongArgument: nothing is watched under that name.
            AssertionError: another answer, or none within 5 seconds.

        Example:
            ```robotframework
            Watch The Stream    btcusdt@trade
            The Stream Answers    {"method":"GET_PROPERTY","params":["combined"],"id":1}    result=True    id=1
            ```
        """
        answer = self._watcher(name).ask(message)
        wrong = [f"{key} should be {value}, got {answer.get(key)}" for key, value in fields.items() if not same(value, answer.get(key))]
        if wrong:
            raise AssertionError(f"to {message} the venue should answer otherwise: {'; '.join(wrong)}. The answer: {answer}")
        return answer

    @keyword
    def the_stream_has_the_keys(self, stream: str, keys: str, *, name: str = "stream", timeout: Timeout = NOT_GIVEN) -> dict[str, Any]:
        """A message of that stream was seen, or comes within the timeout, and has exactly these keys in this order.

        Args:
            stream: Such as `btcusdt@bookTicker`.
            keys: The keys, separated by spaces, such as `u s b B a A`.
            name: Name of the observer.
            timeout: How long to wait; default 5 seconds.

        Returns:
            The first message of that stream.

        Raises:
            WrongArgument: nothing is watched under that name.
            AssertionError: no such message in time, or other keys.

        Example:
            ```robotframework
            Watch The Stream    btcusdt@bookTicker
            Set The Book    BTCUSDT    bid=99.00    ask=101.00
            The Stream Has The Keys    btcusdt@bookTicker    u s b B a A
            ```
        """
        watcher = self._watcher(name)

        def read() -> dict[str, Any]:
            for frame in watcher.seen():
                if frame["stream"] == stream:
                    return dict(frame["data"])
            raise NotYet(f"{len(watcher.seen())} frames, none of them of {stream}")

        message = settle(Question(read, f"stream {stream}", _LOOK, watcher.wait), "carry a message", lambda _: True, timeout)
        if list(message) != keys.split():
            raise AssertionError(f"a message of {stream} should have the keys {keys}, got {' '.join(message)}")
        return message

    @keyword
    def the_stream_shows(self, *, name: str = "stream", timeout: Timeout = NOT_GIVEN, **fields: str) -> dict[str, Any]:
        """A frame whose data has all these values was seen, or comes within the timeout.

        Args:
            name: Name of the observer.
            timeout: How long to wait; default 5 seconds.
            fields: The venue's own field names, such as `e=trade`, `s=BTCUSDT`, `p=101.00`; numbers are compared exactly.

        Returns:
            The frame's data.

        Raises:
            WrongArgument: no field was given, or nothing is watched under that name.
            AssertionError: no such frame in time; with the last frames seen.

        Example:
            ```robotframework
            The Stream Shows    e=trade    p=101.00    q=0.4
            ```
        """
        if not fields:
            raise WrongArgument("say what the frame must have, such as e=trade    p=101.00")
        watcher = self._watcher(name)

        def read() -> dict[str, Any]:
            frames = watcher.seen()
            for frame in frames:
                if all(key in frame["data"] and same(value, frame["data"][key]) for key, value in fields.items()):
                    return dict(frame["data"])
            ended = f", connection {watcher.ended}" if watcher.ended else ""
            raise NotYet(f"{len(frames)} frames{ended}, the last: {[frame['data'] for frame in frames[-3:]]}")

        wish = "show a frame with " + ", ".join(f"{key}={value}" for key, value in fields.items())
        return settle(Question(read, f"stream {', '.join(watcher.streams)}", _LOOK, watcher.wait), wish, lambda _: True, timeout)

    @keyword
    def get_frame_count(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: int = NOT_GIVEN,
        *,
        event: str = NOT_GIVEN,
        name: str = "stream",
        timeout: Timeout = NOT_GIVEN,
    ) -> int:
        """How many frames the observer has read.

        Args:
            operator: A comparison; left out, the number is only returned.
            expected: The number to compare with.
            event: Only frames of this event type, such as `trade` or `depthUpdate`.
            name: Name of the observer.
            timeout: How long to ask again; default 5 seconds.

        Returns:
            The number.

        Example:
            ```robotframework
            Get Frame Count    >=    1    event=depthUpdate
            ```
        """
        watcher = self._watcher(name)

        def count() -> int:
            return sum(1 for frame in watcher.seen() if event is None or frame["data"].get("e") == event)

        return ask(Question(count, "number of frames", _LOOK, watcher.wait), operator, expected, timeout)

    @keyword
    def watch_the_book(self, symbol: Symbol, *, venue: str = NOT_GIVEN) -> None:
        """Keep a book of our own by the venue's documented rules: depth stream first, then a snapshot over REST.

        Args:
            symbol: Such as `BTCUSDT`.
            venue: Alias of the venue; default: the first one opened.

        Raises:
            WrongArgument: it is watched already.

        Example:
            ```robotframework
            Watch The Book    BTCUSDT
            The Engine Book Equals The Watched Book    BTCUSDT
            ```
        """
        self._watch(_book_name(symbol), venue, (f"{symbol.lower()}@depth@100ms",))

    @keyword
    def stop_watching(self, *, name: str = "stream") -> int:
        """Close an observer and write its frames into the log.

        Args:
            name: Name of the observer.

        Returns:
            How many frames it read.

        Raises:
            WrongArgument: nothing is watched under that name.

        Example:
            ```robotframework
            Stop Watching
            ```
        """
        watcher = self._watcher(name)
        del self.notes.watchers[name]
        watcher.close()
        frames = watcher.seen()
        lines = "\n".join(escape(str(frame)) for frame in frames[-_SHOWN:])
        logger.info(f"<details><summary>{len(frames)} frames (last {_SHOWN} shown)</summary><pre>{lines}</pre></details>", html=True)
        return len(frames)

    def watched_book(self, symbol: Symbol, venue: str | None) -> LocalBook:
        """The observer's book right now: a fresh snapshot and every later event.

        Raises:
            NotYet: the events do not reach the snapshot yet.
        """
        watcher = self._watcher(_book_name(symbol))
        answer = self.exchange(venue).public.request("GET", "/api/v3/depth", params={"symbol": symbol, "limit": "5000"})
        if not answer.ok:
            raise AssertionError(f"the venue should serve its depth, got status {answer.status}: {str(answer.body)[:200]}")
        book = LocalBook.from_snapshot(symbol, answer.body)
        for frame in watcher.seen():
            book.apply(frame["data"])
        return book

    def _watch(self, name: str, venue: str | None, streams: tuple[str, ...], *, microseconds: bool = False) -> None:
        if name in self.notes.watchers:
            raise WrongArgument(f"{name!r} is watched already; use another name= or stop it first (keyword: Stop Watching)")
        exchange = self.exchange(venue)
        watcher = StreamWatcher(exchange.stream_url, streams, microseconds=microseconds, ca_file=exchange.ca_file)
        self.notes.watchers[name] = watcher
        session.scope.cleanups.append(watcher.close)

    def _watcher(self, name: str) -> StreamWatcher:
        if name not in self.notes.watchers:
            if not self.notes.watchers:
                raise WrongArgument("nothing is watched in this test; begin with Watch The Stream or Watch The Book")
            raise refuse_unknown("observer", name, list(self.notes.watchers))
        return self.notes.watchers[name]


def same(wanted: str, seen: object) -> bool:
    """Equal as text, as a truth value, or as exact amounts."""
    if isinstance(seen, bool):
        return str(wanted).lower() == str(seen).lower()
    if str(wanted) == str(seen):
        return True
    amounts = (_amount(wanted), _amount(seen))
    return None not in amounts and amounts[0] == amounts[1]


def _amount(value: object) -> Decimal | None:
    try:
        return exact(value, "value", "0.5", 40)
    except WrongArgument:
        return None


def _book_name(symbol: str) -> str:
    return f"book of {symbol}"
