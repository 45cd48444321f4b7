"""What can go wrong between us and a venue, as named errors. None of them carries a key or a signature."""

from __future__ import annotations

import msgspec

UNREADABLE = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)
"""What decoding the venue's bytes may raise; the last two are no kinds of the first."""


class AddressError(ValueError):
    """An address that must not be used: not a URL of the expected kind, or plain text to another machine."""


class MalformedMessage(ValueError):
    """The venue sent something that does not follow its own protocol. Says what was expected and what came."""


class VenueRefused(Exception):
    """A definite answer that says no: HTTP `status` 4xx with the venue's error `code` and `message`."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(f"the venue answered {status} with code {code}: {message}")
        self.status = status
        self.code = code
        self.message = message


class VenueUnreachable(Exception):
    """No usable answer: no connection, no answer in time, or a server-side failure (5xx). Ask again later."""


class RateLimited(VenueUnreachable):
    """Not asked at all: the rate budget keeps the request back. Says until when, with GENESIS-2502."""


class CircuitOpen(VenueUnreachable):
    """Not asked at all: the circuit breaker is open, or a probe is under way (R24)."""
