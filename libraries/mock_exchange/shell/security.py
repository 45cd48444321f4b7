"""Is it really them, and now? Keys, signatures over the received bytes, recvWindow (binance-spot 1.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from ..core.errors import VenueError, amend_rejected, cancel_rejected, mandatory, rejected
from ..core.ledger_lines import RequestAction
from .keys import ApiKey, KeyRing

Security = Literal["NONE", "USER_DATA", "TRADE", "USER_STREAM"]
DEFAULT_WINDOW_US = 5_000_000
MAX_WINDOW_US = 60_000_000
AHEAD_US = 1_000_000
_MICROSECONDS_FROM = 10**14
"""Timestamps from here on are microseconds (as milliseconds they would be in the year 5138)."""
_MAY_NOT_TRADE = "This account may not place or cancel orders."
_REFUSED = {
    "place": rejected,
    "place_list": rejected,
    "cancel": cancel_rejected,
    "cancel_list": cancel_rejected,
    "amend": amend_rejected,
}


class TimeFrame(msgspec.Struct, frozen=True):
    """When a signed request was made and how long it may travel, in microseconds."""

    timestamp_us: int
    window_us: int

    def check(self, server_us: int) -> None:
        """On arrival, at `server_us` of the venue's clock. Raises VenueError -1021."""
        if self.timestamp_us >= server_us + AHEAD_US:
            raise VenueError(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
        if server_us - self.timestamp_us > self.window_us:
            raise _outside()

    def check_again(self, server_us: int) -> None:
        """Immediately before matching: only what took too long. Raises VenueError -1021."""
        if server_us - self.timestamp_us > self.window_us:
            raise _outside()


def time_frame(params: Mapping[str, str]) -> TimeFrame:
    """`timestamp` (ms or us) and `recvWindow` (ms, up to 3 decimal places, default 5000, at most 60000).

    Raises:
        VenueError: -1102 missing or malformed, -1131 recvWindow too large.
    """
    stamp = params.get("timestamp", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 18):
        raise mandatory("timestamp")
    number = int(stamp)
    window = params.get("recvWindow")
    window_us = DEFAULT_WINDOW_US if window is None else _window_us(window)
    return TimeFrame(number if number >= _MICROSECONDS_FROM else number * 1_000, window_us)


def check_signature(key: ApiKey, payload: bytes, signature: str) -> None:
    """Raises VenueError -1022."""
    if not key.verifier.verify(payload, signature):
        raise wrong_signature()


def wrong_signature() -> VenueError:
    return VenueError(-1022, "Signature for this request is not valid.")


def check_may_trade(keys: KeyRing, account: str, entry: RequestAction) -> None:
    """Raises VenueError: -2010 (-2011 for a cancel, -2038 for an amendment), the account was barred from trading."""
    if account in keys.trading_disabled:
        raise _REFUSED[entry](_MAY_NOT_TRADE)


def _outside() -> VenueError:
    return VenueError(-1021, "Timestamp for this request is outside of the recvWindow.")


def _window_us(text: str) -> int:
    whole, point, fraction = text.partition(".")
    if not (text.isascii() and whole.isdigit() and len(whole) <= 9 and len(fraction) <= 3 and (fraction.isdigit() or not point)):
        raise mandatory("recvWindow")
    window_us = int(whole) * 1_000 + int(fraction.ljust(3, "0") or "0")
    if window_us > MAX_WINDOW_US:
        raise VenueError(-1131, "recvWindow must be less than 60000.")
    return window_us
