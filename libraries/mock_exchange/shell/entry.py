"""What every order-entry request does first: read its parameters, look at its time frame once more, take its orders from the count."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ..core.errors import VenueError
from ..core.parsing import Params, Symbols
from .api import Call, Exchange, ParameterRefusal, before_matching

Request = TypeVar("Request")
Parse = Callable[[Params, Symbols, int], Request]
"""(parameters, the venue's symbols, when the bytes were read) to what is asked for."""


def asked(exchange: Exchange, call: Call, parse: Parse[Request]) -> Request:
    """What the request asks for; the core takes it next.

    Raises:
        ParameterRefusal: it is malformed, late or over a limit; the refusal goes on record.
    """
    try:
        request = parse(call.params, exchange.venue.symbols, call.received_ns)
        before_matching(exchange, call)
    except VenueError as error:
        raise ParameterRefusal(error) from None
    return request
