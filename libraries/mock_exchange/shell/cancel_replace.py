"""Cancel-replace: two halves, one answer, and the table of what they make together (binance-spot 1.5)."""

from __future__ import annotations

from typing import Any

import msgspec

from ..core import list_responses, order_parsing, responses
from ..core.accounts import Account
from ..core.errors import VenueError
from ..core.orders import Placement, Replacement
from ..core.parsing import ResponseType
from .api import Call, Endpoint, Exchange, ParameterRefusal, before_matching
from .limits import LimitExceeded

Half = tuple[str, object]
"""SUCCESS, FAILURE or NOT_ATTEMPTED, and the order, the error or None."""


def cancel_replace(exchange: Exchange, call: Call) -> Any:
    """Raises VenueError: refused before anything happened, or one half failed (`data` has both)."""
    venue = exchange.venue
    try:
        request = order_parsing.cancel_replace(call.params, venue.symbols, call.received_ns)
        kind = order_parsing.order_response_type(call.params, request.new.type)
        over_limit = before_matching(exchange, call, cancel_only=request.limit_mode == "CANCEL_ONLY")
    except VenueError as error:
        raise ParameterRefusal(error) from None
    outcome = venue.cancel_replace(call.account, msgspec.structs.replace(request, over_limit=over_limit is not None), call.via)
    stops = request.mode == "STOP_ON_FAILURE"
    cancelled = _cancelled(outcome, venue.account(call.account))
    placed = _refused(over_limit, stops and cancelled[0] == "FAILURE") if over_limit else _placed(outcome, kind)
    return answered(cancelled, placed, limited=over_limit is not None and stops)


def answered(cancelled: Half, placed: Half, *, limited: bool = False) -> dict[str, object]:
    """The answer where both halves succeeded; `limited`: the order count is used up and the mode is STOP_ON_FAILURE.

    Raises:
        VenueError: -2021 (409) one half failed, -2022 (400) nothing came of it; both are 429 where `limited`.
    """
    data = {
        "cancelResult": cancelled[0],
        "newOrderResult": placed[0],
        "cancelResponse": cancelled[1],
        "newOrderResponse": placed[1],
    }
    succeeded = [half[0] for half in (cancelled, placed)].count("SUCCESS")
    if succeeded == 2:
        return data
    code, msg, status = (
        (-2021, "Order cancel-replace partially failed.", 409) if succeeded else (-2022, "Order cancel-replace failed.", 400)
    )
    raise VenueError(code, msg, 429 if limited else status, data=data)


def _cancelled(outcome: Replacement, holder: Account) -> Half:
    half = outcome.cancelled
    assert half is not None, "the cancel is always attempted"
    if isinstance(half, Exception):
        return "FAILURE", _shown(half)
    return "SUCCESS", list_responses.any_cancelled(half, holder)


def _placed(outcome: Replacement, kind: ResponseType) -> Half:
    half = outcome.placed
    if half is None:
        return "NOT_ATTEMPTED", None
    if isinstance(half, Placement):
        return "SUCCESS", responses.placed(half, kind)
    return "FAILURE", _shown(half)


def _refused(over_limit: LimitExceeded, stopped: bool) -> Half:
    """The new order is refused because the account's order count is used up."""
    return ("NOT_ATTEMPTED", None) if stopped else ("FAILURE", over_limit.shown())


def _shown(error: Exception) -> object:
    assert isinstance(error, VenueError), f"a half of a cancel-replace failed with {error!r}"
    return error.shown()


CANCEL_REPLACE = Endpoint(cancel_replace, "TRADE", 1, order_parsing.CANCEL_REPLACE_PARAMS, entry="place", orders=1, counts_refusals=True)
