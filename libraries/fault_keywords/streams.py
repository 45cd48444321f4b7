"""Faults of market streams, as sentences. `of` names the stream; every subscriber is hit unless a rule names a connection."""

from __future__ import annotations

import json
from typing import Any, Literal

from robot.api.deco import keyword

from libraries.common.errors import WrongArgument
from libraries.common.types import NOT_GIVEN, Symbol, Timeout, milliseconds
from libraries.fault_keywords.arming import FaultComponent, finished, given
from libraries.fault_keywords.types import Times

FrameForm = Literal["binary", "invalid_utf8", "fragments"]


class StreamFaultKeywords(FaultComponent):
    """What the venue publishes is right; what arrives is not."""

    @keyword
    def drop_the_stream_message(
        self, of: str, *, only_engine: bool = False, nth: int = NOT_GIVEN, times: Times = NOT_GIVEN, venue: str = NOT_GIVEN
    ) -> str:
        """A message never arrives. On a depth stream this is a gap in the update ids.

        Args:
            of: Which stream, such as `btcusdt@depth@100ms`; `*` stands for anything.
            only_engine: Only on connections that the engine has now; observers of the test get the true message.
            nth: Only the n-th message.
            times: How often, or `always`; default once.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Example:
            ```robotframework
            Drop The Stream Message    btcusdt@depth@100ms    nth=3
            ```
        """
        return self._market(venue, {"type": "drop"}, of, only_engine=only_engine, nth=nth, times=times)

    @keyword
    def delay_the_stream_message(
        self, of: str, *, by: Timeout, only_engine: bool = False, nth: int = NOT_GIVEN, times: Times = NOT_GIVEN, venue: str = NOT_GIVEN
    ) -> str:
        """A message comes late, and those behind it wait.

        Args:
            of: Which stream, such as `btcusdt@depth@100ms`; `*` stands for anything.
            by: How much later, such as `300ms`.
            only_engine: Only on connections that the engine has now; observers of the test get the true message.
            nth: Only the n-th message.
            times: How often, or `always`; default once.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Example:
            ```robotframework
            Delay The Stream Message    btcusdt@trade    by=300ms
            ```
        """
        return self._market(venue, {"type": "delay", "ms": milliseconds(by)}, of, only_engine=only_engine, nth=nth, times=times)

    @keyword
    def duplicate_the_stream_message(
        self, of: str, *, only_engine: bool = False, nth: int = NOT_GIVEN, times: Times = NOT_GIVEN, venue: str = NOT_GIVEN
    ) -> str:
        """A message comes once more.

        Args:
            of: Which stream, such as `btcusdt@depth@100ms`; `*` stands for anything.
            only_engine: Only on connections that the engine has now; observers of the test get the true message.
            nth: Only the n-th message.
            times: How often, or `always`; default once.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Example:
            ```robotframework
            Duplicate The Stream Message    btcusdt@trade
            ```
        """
        return self._market(venue, {"type": "duplicate"}, of, only_engine=only_engine, nth=nth, times=times)

    @keyword
    def reorder_the_stream_messages(
        self, of: str, *, by: int = 1, only_engine: bool = False, nth: int = NOT_GIVEN, times: Times = NOT_GIVEN, venue: str = NOT_GIVEN
    ) -> str:
        """A message comes after the next one (after the next `by`).

        Args:
            of: Which stream, such as `btcusdt@depth@100ms`; `*` stands for anything.
            by: After how many others; default 1.
            only_engine: Only on connections that the engine has now; observers of the test get the true message.
            nth: Only the n-th message.
            times: How often, or `always`; default once.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Example:
            ```robotframework
            Reorder The Stream Messages    btcusdt@trade    nth=2
            ```
        """
        return self._market(venue, {"type": "reorder", "by": by}, of, only_engine=only_engine, nth=nth, times=times)

    @keyword
    def corrupt_the_stream_message(
        self,
        of: str,
        *,
        bytes: int = 1,
        seed: int = 1,
        only_engine: bool = False,
        nth: int = NOT_GIVEN,
        times: Times = NOT_GIVEN,
        venue: str = NOT_GIVEN,
    ) -> str:
        """Some bytes of a message are overwritten: no longer JSON.

        Args:
            of: Which stream, such as `btcusdt@depth@100ms`; `*` stands for anything.
            bytes: How many; default 1.
            seed: Decides which bytes.
            only_engine: Only on connections that the engine has now; observers of the test get the true message.
            nth: Only the n-th message.
            times: How often, or `always`; default once.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Example:
            ```robotframework
            Corrupt The Stream Message    btcusdt@depth@100ms
            ```
        """
        return self._market(venue, {"type": "corrupt", "count": bytes}, of, only_engine=only_engine, nth=nth, times=times, seed=seed)

    @keyword
    def truncate_the_stream_message(
        self, of: str, *, only_engine: bool = False, nth: int = NOT_GIVEN, times: Times = NOT_GIVEN, venue: str = NOT_GIVEN
    ) -> str:
        """Only the first half of a message arrives.

        Args:
            of: Which stream, such as `btcusdt@depth@100ms`; `*` stands for anything.
            only_engine: Only on connections that the engine has now; observers of the test get the true message.
            nth: Only the n-th message.
            times: How often, or `always`; default once.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Example:
            ```robotframework
            Truncate The Stream Message    btcusdt@depth@100ms
            ```
        """
        return self._market(venue, {"type": "truncate"}, of, only_engine=only_engine, nth=nth, times=times)

    @keyword
    def change_the_frame_of_the_stream_message(
        self,
        of: str,
        form: FrameForm,
        *,
        only_engine: bool = False,
        nth: int = NOT_GIVEN,
        times: Times = NOT_GIVEN,
        venue: str = NOT_GIVEN,
    ) -> str:
        """A message travels in a frame that it should not have, or in several.

        Args:
            of: Which stream, such as `btcusdt@depth@100ms`; `*` stands for anything.
            form: `binary`; `invalid_utf8`: text with a byte that no UTF-8 has; `fragments`: three frames, as the protocol allows.
            only_engine: Only on connections that the engine has now; observers of the test get the ordinary frame.
            nth: Only the n-th message.
            times: How often, or `always`; default once.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Example:
            ```robotframework
            Change The Frame Of The Stream Message    btcusdt@depth@100ms    fragments    only_engine=True
            ```
        """
        return self._market(venue, {"type": "frame", "form": form}, of, only_engine=only_engine, nth=nth, times=times)

    @keyword
    def falsify_the_stream_message(
        self,
        of: str,
        *,
        only_engine: bool = False,
        nth: int = NOT_GIVEN,
        times: Times = NOT_GIVEN,
        venue: str = NOT_GIVEN,
        **fields: str,
    ) -> str:
        """A message of a combined stream arrives with other values in its fields; everything else of it is right.

        Args:
            of: Which stream, such as `btcusdt@depth@100ms`; `*` stands for anything.
            only_engine: Only on connections that the engine has now; observers of the test get the true message.
            nth: Only the n-th message.
            times: How often, or `always`; default once.
            venue: Alias of the venue; default: the first one opened.
            fields: The venue's own field names, each with its new value as JSON: `p="-1"`, `U=5`, `b=[["99.00", "-1"]]`.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Raises:
            WrongArgument: no field was given, or a value is no JSON.

        Example:
            ```robotframework
            Falsify The Stream Message    btcusdt@trade    p="NaN"
            ```
        """
        if not fields:
            raise WrongArgument('say what is to be false, such as p="-1"')
        changed = {f"data.{name}": _json(name, text) for name, text in fields.items()}
        return self._market(venue, {"type": "edit", "set": changed}, of, only_engine=only_engine, nth=nth, times=times)

    @keyword
    def cut_the_stream(self, of: str, *, nth: int = NOT_GIVEN, times: Times = NOT_GIVEN, venue: str = NOT_GIVEN) -> str:
        """In place of a message the connection is reset.

        Args:
            of: Which stream, such as `btcusdt@depth@100ms`; `*` stands for anything.
            nth: Only the n-th message.
            times: How often, or `always`; default once.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Example:
            ```robotframework
            Cut The Stream    btcusdt@depth*
            ```
        """
        return self._market(venue, {"type": "reset"}, of, nth=nth, times=times)

    @keyword
    def leave_the_stream_half_open(self, of: str, *, nth: int = NOT_GIVEN, times: Times = NOT_GIVEN, venue: str = NOT_GIVEN) -> str:
        """From a message on the connection is up and silent for ever.

        Args:
            of: Which stream, such as `btcusdt@depth@100ms`; `*` stands for anything.
            nth: Only the n-th message.
            times: How often, or `always`; default once.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Example:
            ```robotframework
            Leave The Stream Half Open    btcusdt@depth*
            ```
        """
        return self._market(venue, {"type": "half_open"}, of, nth=nth, times=times)

    @keyword
    def serve_a_stale_snapshot(self, *, symbol: Symbol = NOT_GIVEN, times: Times = NOT_GIVEN, venue: str = NOT_GIVEN) -> str:
        """A depth snapshot bears the first update id ever: no event of the stream joins it.

        Args:
            symbol: Only snapshots of this symbol.
            times: How often, or `always`; default once.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Example:
            ```robotframework
            Serve A Stale Snapshot    symbol=BTCUSDT
            ```
        """
        return self._snapshot(venue, {"type": "edit", "set": {"lastUpdateId": 1, "result.lastUpdateId": 1}}, symbol, times)

    @keyword
    def serve_a_crossed_snapshot(self, *, symbol: Symbol = NOT_GIVEN, times: Times = NOT_GIVEN, venue: str = NOT_GIVEN) -> str:
        """A depth snapshot has its sides exchanged: its best bid is above its best ask.

        Args:
            symbol: Only snapshots of this symbol.
            times: How often, or `always`; default once.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Example:
            ```robotframework
            Serve A Crossed Snapshot    symbol=BTCUSDT
            ```
        """
        swapped = [["bids", "asks"], ["result.bids", "result.asks"]]
        return self._snapshot(venue, {"type": "edit", "swap": swapped}, symbol, times)

    def _engines_streams(self, venue: str | None) -> list[str]:
        own = {watcher.peer for watcher in self.notes.watchers.values()}
        return [row["peer"] for row in self.exchange(venue).admin.connections() if row["kind"] == "stream" and row["peer"] not in own]

    def _market(
        self,
        venue: str | None,
        action: dict[str, Any],
        of: str,
        *,
        only_engine: bool = False,
        nth: int | None,
        times: Times,
        seed: int | None = None,
    ) -> str:
        connections = self._engines_streams(venue) if only_engine else None
        match = {"api": "stream", "stream": of} | given(nth=nth, connection=connections)
        return self.arm(venue, finished(match, "event", action, times) | given(seed=seed))

    @keyword
    def falsify_the_snapshot(self, *, symbol: Symbol = NOT_GIVEN, times: Times = NOT_GIVEN, venue: str = NOT_GIVEN, **fields: str) -> str:
        """A depth snapshot arrives with other values in its fields.

        Args:
            symbol: Only snapshots of this symbol.
            times: How often, or `always`; default once.
            venue: Alias of the venue; default: the first one opened.
            fields: `lastUpdateId`, `bids`, `asks`, each with its new value as JSON: `bids=[["98.00", "1"], ["99.00", "1"]]`.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Raises:
            WrongArgument: no field was given, or a value is no JSON.

        Example:
            ```robotframework
            Falsify The Snapshot    symbol=BTCUSDT    bids=[["99.00", "-1"]]
            ```
        """
        if not fields:
            raise WrongArgument('say what is to be false, such as bids=[["99.00", "-1"]]')
        return self._snapshot(venue, {"type": "edit", "set": {name: _json(name, text) for name, text in fields.items()}}, symbol, times)

    def _snapshot(self, venue: str | None, action: dict[str, Any], symbol: str | None, times: Times) -> str:
        return self.arm(venue, finished({"operation": "depth"} | given(symbol=symbol), "before_reply", action, times))


def _json(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as wrong:
        raise WrongArgument(f'{name} must be JSON such as "99.00" (with the quotes), 5 or [], got {text!r} ({wrong})') from None
