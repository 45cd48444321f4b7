"""Single parameters of a request (text, as received), and the requests that cancel, amend and query (binance-spot 1.5, 1.7)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, cast, get_args

from .amounts import AmountPrecisionError, AmountSyntaxError, parse_e8
from .errors import (
    AMOUNT_RANGE,
    CLIENT_ID_RANGE,
    INTEGER_RANGE,
    VenueError,
    either_mandatory,
    empty,
    illegal_characters,
    invalid_symbol,
    mandatory,
    not_valid,
    overflowed,
    too_precise,
)
from .orders import AmendRequest, CancelListRequest, CancelRequest, Restriction
from .symbols import SymbolSpec

Params = Mapping[str, str]
Symbols = Mapping[str, SymbolSpec]
ResponseType = Literal["ACK", "RESULT", "FULL"]
RESPONSE_TYPES: tuple[ResponseType, ...] = get_args(ResponseType)
_RESTRICTIONS = (None, *get_args(Restriction))
_MAX_INTEGER = 2**63 - 1
_PLACES = 8
_LONGEST_ID = 36
_AMOUNTS_KEPT = 8_192


def text_of(params: Params, name: str) -> str | None:
    """The parameter, None where it was not sent. Raises VenueError -1105: sent, but empty."""
    value = params.get(name)
    if value == "":
        raise empty(name)
    return value


def required(params: Params, name: str) -> str:
    """Raises VenueError -1102."""
    value = params.get(name)
    if not value:
        raise mandatory(name)
    return value


def amount_of(params: Params, name: str, places: int = _PLACES) -> int | None:
    """An amount in units of 1e-8.

    Raises:
        VenueError: -1100 no plain number, -1105 empty, -1108 beyond 63 bits, -1111 more than `places` decimal places.
    """
    value = params.get(name)
    if value is None:
        return None
    try:
        return _amount(value, places)
    except AmountPrecisionError:
        raise too_precise(name) from None
    except AmountSyntaxError:
        raise (illegal_characters(name, AMOUNT_RANGE) if value else empty(name)) from None
    except OverflowError:
        raise overflowed(name) from None


@lru_cache(maxsize=_AMOUNTS_KEPT)
def _amount(text: str, places: int) -> int:
    """Prices and quantities come again and again. Raises AmountSyntaxError, OverflowError, AmountPrecisionError."""
    amount = parse_e8(text)
    if amount > _MAX_INTEGER:
        raise OverflowError
    if places < _PLACES and amount % 10 ** (_PLACES - places):
        raise AmountPrecisionError
    return amount


def integer_of(params: Params, name: str) -> int | None:
    """A whole number >= 0. Raises VenueError -1100 no whole number, -1105 empty, -1108 beyond 63 bits."""
    value = params.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and len(value) <= 20):
        raise illegal_characters(name, INTEGER_RANGE) if value else empty(name)
    number = int(value)
    if number > _MAX_INTEGER:
        raise overflowed(name)
    return number


def boolean_of(params: Params, name: str, default: bool) -> bool:
    value = text_of(params, name)
    if value is None:
        return default
    if value.lower() not in ("true", "false"):
        raise not_valid(name)
    return value.lower() == "true"


def limit_of(params: Params, default: int, largest: int) -> int:
    """A row limit; above the largest it is the largest."""
    value = integer_of(params, "limit")
    if value is None:
        return default
    if value == 0:
        raise not_valid("limit")
    return min(value, largest)


def symbol_of(params: Params, known: Mapping[str, object]) -> str:
    """Raises VenueError -1102 or -1121."""
    symbol = required(params, "symbol")
    if symbol not in known:
        raise invalid_symbol()
    return symbol


def spec_of(params: Params, known: Symbols) -> SymbolSpec:
    """The rules of the symbol asked for. Raises VenueError -1102 or -1121."""
    spec = known.get(params.get("symbol", ""))
    if spec is None:
        raise invalid_symbol() if params.get("symbol") else mandatory("symbol")
    return spec


def client_id_of(params: Params, name: str) -> str | None:
    """An id of the client's own, up to 36 of letters, digits, "-" and "_".

    Raises:
        VenueError: -1100, or empty: -1118 a new order's, -1119 an existing order's, -1105 any other.
    """
    value = params.get(name)
    if value is None or (value.isascii() and value.isalnum() and len(value) <= _LONGEST_ID):
        return value
    if not value:
        raise _EMPTY_ID.get(name) or empty(name)
    rest = value.replace("-", "").replace("_", "")
    if len(value) > _LONGEST_ID or (rest and not (rest.isascii() and rest.isalnum())):
        raise illegal_characters(name, CLIENT_ID_RANGE)
    return value


def response_type(params: Params, default: ResponseType) -> ResponseType:
    """`newOrderRespType`. Raises VenueError -1130."""
    asked = text_of(params, "newOrderRespType")
    if asked is None:
        return default
    if asked not in RESPONSE_TYPES:
        raise not_valid("newOrderRespType")
    return asked


def restriction_of(params: Params) -> Restriction | None:
    """`cancelRestrictions`. Raises VenueError -1145."""
    restriction = text_of(params, "cancelRestrictions")
    if restriction not in _RESTRICTIONS:
        raise VenueError(-1145, "Invalid cancelRestrictions")
    return cast(Restriction | None, restriction)


def reference_of(params: Params, id_name: str, client_name: str) -> tuple[int | None, str | None]:
    """(id, client id) of what is meant. Raises VenueError -1102 where neither was sent."""
    number, client_id = integer_of(params, id_name), client_id_of(params, client_name)
    if number is None and client_id is None:
        raise either_mandatory(client_name, id_name)
    return number, client_id


def order_reference(params: Params) -> tuple[int | None, str | None]:
    """(orderId, origClientOrderId). Raises VenueError -1102 where neither was sent."""
    return reference_of(params, "orderId", "origClientOrderId")


def cancel_request(params: Params, received_ns: int) -> CancelRequest:
    """Raises VenueError: -1102 no symbol or no id at all, -1145 restriction."""
    symbol = required(params, "symbol")
    restriction = restriction_of(params)
    order_id, client_order_id = order_reference(params)
    return CancelRequest(
        symbol=symbol,
        order_id=order_id,
        client_order_id=client_order_id,
        cancel_id=client_id_of(params, "newClientOrderId"),
        restriction=restriction,
        received_ns=received_ns,
    )


def cancel_list_request(params: Params, received_ns: int) -> CancelListRequest:
    """Raises VenueError: -1102 no symbol or no id at all."""
    symbol = required(params, "symbol")
    list_id, list_client_order_id = reference_of(params, "orderListId", "listClientOrderId")
    return CancelListRequest(
        symbol=symbol,
        list_id=list_id,
        list_client_order_id=list_client_order_id,
        cancel_id=client_id_of(params, "newClientOrderId"),
        received_ns=received_ns,
    )


def amend_request(params: Params, known: Symbols, received_ns: int) -> AmendRequest:
    """Raises VenueError: -1102, -1121, and those of the amount `newQty`."""
    spec = spec_of(params, known)
    order_id, client_order_id = order_reference(params)
    required(params, "newQty")
    quantity = amount_of(params, "newQty", spec.base_precision)
    assert quantity is not None
    return AmendRequest(
        symbol=spec.symbol,
        quantity=quantity,
        order_id=order_id,
        client_order_id=client_order_id,
        new_client_order_id=client_id_of(params, "newClientOrderId"),
        received_ns=received_ns,
    )


_EMPTY_ID = {
    "newClientOrderId": VenueError(-1118, "New client order ID was empty."),
    "origClientOrderId": VenueError(-1119, "Original client order ID was empty."),
}
