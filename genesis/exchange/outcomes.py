"""What an answer says of a request: done, definitely refused, or unknown (binance-spot 1.7, section 5). Unknown is the rule."""

from __future__ import annotations

from enum import StrEnum

_OUTCOME_UNKNOWN = frozenset({-1000, -1001, -1006, -1007})
_NO_SUCH_ORDER = -2013
_TIMESTAMP_OUTSIDE = -1021
_KEY_REFUSED = frozenset({-2014, -2015, -1022})
_NEW_ORDER_REJECTED = -2010
_DUPLICATE = "Duplicate order sent."


class Outcome(StrEnum):
    DONE = "DONE"
    REFUSED = "REFUSED"
    UNKNOWN = "UNKNOWN"


def of_request(status: int, code: int) -> Outcome:
    """The outcome of a request by its HTTP-like status and the venue's error code (0 = none)."""
    if status == 200:
        return Outcome.DONE
    if 400 <= status < 500 and code not in _OUTCOME_UNKNOWN:
        return Outcome.REFUSED
    return Outcome.UNKNOWN


def of_new_order(status: int, code: int, message: str) -> Outcome:
    """As `of_request`, but an order refused as a duplicate of itself means that the first sending did arrive: unknown."""
    if code == _NEW_ORDER_REJECTED and message == _DUPLICATE:
        return Outcome.UNKNOWN
    return of_request(status, code)


def tells_failure(status: int, code: int) -> bool:
    """Whether an answer says that the venue itself failed (R24). A refusal, of whatever, is an answer like any other."""
    return of_request(status, code) is Outcome.UNKNOWN


def is_rate_limited(status: int) -> bool:
    """Whether we asked too much (429, 418): that says nothing of whether the service works."""
    return status in (429, 418)


def is_missing_order(code: int) -> bool:
    """Whether a query was answered "Order does not exist." (-2013)."""
    return code == _NO_SUCH_ORDER


def is_clock_skew(code: int) -> bool:
    """Whether a request was refused for its timestamp (-1021): the venue's clock is to be measured again."""
    return code == _TIMESTAMP_OUTSIDE


def is_over_limit(status: int) -> bool:
    """Whether the venue took nothing of a request because of its limits (429, 418)."""
    return status in (429, 418)


def is_key_refused(code: int) -> bool:
    """Whether the venue does not accept who we are (-2014, -2015, -1022)."""
    return code in _KEY_REFUSED
