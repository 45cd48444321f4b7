"""The engine's book against independent ones: the venue's own, an observer's, one computed from capture files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from robot.api.deco import keyword

from libraries.common.assertions import Question, settle
from libraries.common.component import Component
from libraries.common.errors import NotYet
from libraries.common.types import NOT_GIVEN, Symbol, Timeout
from libraries.market_data_keywords.data_files import book_of_capture, capture_directory
from libraries.market_data_keywords.local_book import Levels, as_levels, differences
from libraries.market_data_keywords.streams import StreamKeywords

_LOOK = "the book ladder and the exchange transcript in the evidence of this test below"


@dataclass(frozen=True)
class TwoSides:
    """A whole book, best level first."""

    update_id: int
    bids: Levels
    asks: Levels


@dataclass(frozen=True)
class Told:
    """One who tells what the book is."""

    name: str
    read: Callable[[], TwoSides]


class BookEqualityKeywords(Component):
    """Equal means: the same number of levels, each with the same price and quantity, on both sides."""

    def __init__(self, streams: StreamKeywords) -> None:
        self._streams = streams

    @keyword
    def the_engine_book_equals_the_venue_book(
        self, symbol: Symbol, *, venue: str = NOT_GIVEN, timeout: Timeout = NOT_GIVEN, engine: str = NOT_GIVEN
    ) -> int:
        """Level by level, the engine's book of a symbol is the venue's.

        Args:
            symbol: Such as `BTCUSDT`.
            venue: Alias of the venue; default: the first one opened.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The number of levels compared.

        Raises:
            AssertionError: they differ until the timeout; the first differing levels are in the message.

        Example:
            ```robotframework
            The Engine Book Equals The Venue Book    BTCUSDT
            ```
        """
        return self._equal(symbol, self._engine(symbol, venue, engine), self._venue(symbol, venue), timeout)

    @keyword
    def the_engine_book_equals_the_watched_book(
        self, symbol: Symbol, *, venue: str = NOT_GIVEN, timeout: Timeout = NOT_GIVEN, engine: str = NOT_GIVEN
    ) -> int:
        """Level by level, the engine's book is the one that an observer built from stream and snapshot (`Watch The Book`).

        Args:
            symbol: Such as `BTCUSDT`.
            venue: Alias of the venue; default: the first one opened.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The number of levels compared.

        Example:
            ```robotframework
            Watch The Book    BTCUSDT
            The Engine Book Equals The Watched Book    BTCUSDT
            ```
        """
        return self._equal(symbol, self._engine(symbol, venue, engine), self._observer(symbol, venue), timeout)

    @keyword
    def the_watched_book_equals_the_venue_book(self, symbol: Symbol, *, venue: str = NOT_GIVEN, timeout: Timeout = NOT_GIVEN) -> int:
        """Level by level, the observer's book is the venue's: stream and snapshot tell the same story.

        Args:
            symbol: Such as `BTCUSDT`.
            venue: Alias of the venue; default: the first one opened.
            timeout: How long to ask again; default 5 seconds.

        Returns:
            The number of levels compared.

        Example:
            ```robotframework
            Watch The Book    BTCUSDT
            The Watched Book Equals The Venue Book    BTCUSDT
            ```
        """
        return self._equal(symbol, self._observer(symbol, venue), self._venue(symbol, venue), timeout)

    @keyword
    def the_engine_book_equals_the_captured_book(
        self, symbol: Symbol, *, capture: str, venue: str = NOT_GIVEN, timeout: Timeout = NOT_GIVEN, engine: str = NOT_GIVEN
    ) -> int:
        """Level by level, the engine's book is the one computed from the capture's files, after the whole capture.

        Play the recording to its end first. Skipped, with the reason, where the recorded data is absent.

        Args:
            symbol: A symbol of the capture, such as `NKNUSDT`.
            capture: Directory name inside the recorded data.
            venue: Alias of the venue; default: the first one opened.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The number of levels compared.

        Example:
            ```robotframework
            Play The Recording To The End
            The Engine Book Equals The Captured Book    NKNUSDT    capture=binance-capture-2021-10-12
            ```
        """
        book = book_of_capture(capture_directory(capture), symbol)
        witness = TwoSides(book.update_id, *book.sides())
        return self._equal(symbol, self._engine(symbol, venue, engine), Told("capture", lambda: witness), timeout)

    def _equal(self, symbol: str, first: Told, second: Told, timeout: Timeout | None) -> int:
        def compare() -> int:
            ours, theirs = first.read(), second.read()
            found = [f"bids {line}" for line in differences(first.name, ours.bids, second.name, theirs.bids)]
            found += [f"asks {line}" for line in differences(first.name, ours.asks, second.name, theirs.asks)]
            if found:
                raise NotYet(f"{'; '.join(found)} ({first.name} at update {ours.update_id}, {second.name} at {theirs.update_id})")
            return len(theirs.bids) + len(theirs.asks)

        wish = f"be the same by {first.name} and {second.name}"
        return settle(Question(compare, f"book of {symbol}", _LOOK), wish, lambda _: True, timeout)

    def _engine(self, symbol: str, venue: str | None, engine: str | None) -> Told:
        return Told("engine", lambda: self._of_engine(symbol, venue, engine))

    def _venue(self, symbol: str, venue: str | None) -> Told:
        return Told("venue", lambda: self._of_venue(symbol, venue))

    def _observer(self, symbol: Symbol, venue: str | None) -> Told:
        return Told("observer", lambda: self._of_watcher(symbol, venue))

    def _of_engine(self, symbol: str, venue: str | None, engine: str | None) -> TwoSides:
        book = self.engine(engine).control.book(self.exchange(venue).alias, symbol)
        if book is None:
            raise NotYet(f"the engine has no book of {symbol} that it trusts")
        return TwoSides(int(book["update_id"]), as_levels(book["bids"]), as_levels(book["asks"]))

    def _of_venue(self, symbol: str, venue: str | None) -> TwoSides:
        book = self.exchange(venue).admin.book(symbol)
        return TwoSides(int(book["update_id"]), as_levels(book["bids"]), as_levels(book["asks"]))

    def _of_watcher(self, symbol: Symbol, venue: str | None) -> TwoSides:
        book = self._streams.watched_book(symbol, venue)
        return TwoSides(book.update_id, *book.sides())
