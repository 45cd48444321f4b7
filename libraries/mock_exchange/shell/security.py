"""Who asks, and is it really them, now: API keys, HMAC over the received bytes, recvWindow (binance-spot 1.3)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping

import msgspec

from ..core.clock import Clock
from ..core.errors import VenueError, mandatory

DEFAULT_WINDOW_US = 5_000_000
MAX_WINDOW_US = 60_000_000
AHEAD_US = 1_000_000
_MICROSECONDS_FROM = 10**14
"""Timestamps from here on are microseconds (as milliseconds they would be in the year 5138)."""
_MAX_KEY_LENGTH = 128


class Credentials(msgspec.Struct, frozen=True):
    """The keys of an account. The representation shows no secret."""

    account: str
    api_key: str
    secret: bytes

    def __repr__(self) -> str:
        return f"Credentials(account={self.account!r})"

    @property
    def key_id(self) -> str:
        return hashlib.sha256(self.api_key.encode()).hexdigest()[:16]


def fresh_credentials(account: str) -> Credentials:
    """Random keys of 64 characters, as the venue's look."""
    return Credentials(account, secrets.token_hex(32), secrets.token_hex(32).encode())


class KeyRing:
    """All API keys that the venue knows."""

    def __init__(self) -> None:
        self._by_key: dict[str, Credentials] = {}

    def add(self, credentials: Credentials) -> None:
        self._by_key[credentials.api_key] = credentials

    def find(self, api_key: str | None) -> Credentials:
        """Raises VenueError (401): -2014 no or malformed key, -2015 unknown key."""
        if not api_key or len(api_key) > _MAX_KEY_LENGTH or not api_key.isascii() or not api_key.isalnum():
            raise VenueError(-2014, "API-key format invalid.", 401)
        found = self._by_key.get(api_key)
        if found is None:
            raise VenueError(-2015, "Invalid API-key, IP, or permissions for action.", 401)
        return found


def check_signature(credentials: Credentials, payload: bytes, signature: str) -> None:
    """HMAC-SHA256, hexadecimal in either case. Raises VenueError -1022."""
    expected = hmac.digest(credentials.secret, payload, "sha256").hex()
    if not hmac.compare_digest(expected.encode(), signature.lower().encode("utf-8", "replace")):
        raise VenueError(-1022, "Signature for this request is not valid.")


class TimeFrame(msgspec.Struct, frozen=True):
    """When a signed request was made and how long it may travel, in microseconds."""

    timestamp_us: int
    window_us: int

    def check(self, clock: Clock) -> None:
        """Raises VenueError -1021. Called on arrival and again immediately before matching."""
        server_us = clock.now_us()
        if self.timestamp_us >= server_us + AHEAD_US:
            raise VenueError(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
        if server_us - self.timestamp_us > self.window_us:
            raise VenueError(-1021, "Timestamp for this request is outside of the recvWindow.")


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


def _window_us(text: str) -> int:
    whole, point, fraction = text.partition(".")
    if not (text.isascii() and whole.isdigit() and len(whole) <= 9 and len(fraction) <= 3 and (fraction.isdigit() or not point)):
        raise mandatory("recvWindow")
    window_us = int(whole) * 1_000 + int(fraction.ljust(3, "0") or "0")
    if window_us > MAX_WINDOW_US:
        raise VenueError(-1131, "recvWindow must be less than 60000.")
    return window_us
