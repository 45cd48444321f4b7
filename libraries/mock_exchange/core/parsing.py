"""Request parameters (text, as received) to typed requests, with the venue's refusals for what is missing, malformed or superfluous."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, cast, get_args

from .amounts import AmountPrecisionError, AmountSyntaxError, parse_e8
from .errors import (
    AMOUNT_RANGE,
    CLIENT_ID_RANGE,
    INTEGER_RANGE,
    STP_NOT_ALLOWED,
    VenueError,
    either_mandatory,
    empty,
    illegal_characters,
    invalid_symbol,
    mandatory,
    not_required,
    not_supported,
    not_valid,
    too_precise,
)
from .orders import CancelRequest, NewOrder, OrderType, Side, TimeInForce
from .responses import ResponseType

Params = Mapping[str, str]
_CLIENT_ID = re.compile(r"[a-zA-Z0-9\-_]{1,36}")
_UNSUPPORTED = {
    "STOP_LOSS": "Stop loss",
    "STOP_LOSS_LIMIT": "Stop loss limit",
    "TAKE_PROFIT": "Take profit",
    "TAKE_PROFIT_LIMIT": "Take profit limit",
}
_MAX_INTEGER = 2**63 - 1
PLACE_PARAMS = frozenset(
    {
        "symbol",
        "side",
        "type",
        "timeInForce",
        "quantity",
        "quoteOrderQty",
        "price",
        "newClientOrderId",
        "newOrderRespType",
        "stopPrice",
        "trailingDelta",
        "icebergQty",
        "selfTradePreventionMode",
    }
)
_SIDES, _TYPES, _TIMES_IN_FORCE = get_args(Side), get_args(OrderType), get_args(TimeInForce)


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


def amount_of(params: Params, name: str) -> int | None:
    """An amount in units of 1e-8. Raises VenueError -1100 no plain number, -1111 more than 8 places."""
    value = text_of(params, name)
    if value is None:
        return None
    try:
        return parse_e8(value)
    except AmountPrecisionError:
        raise too_precise(name) from None
    except AmountSyntaxError:
        raise illegal_characters(name, AMOUNT_RANGE) from None


def integer_of(params: Params, name: str) -> int | None:
    """A whole number >= 0. Raises VenueError -1100 no whole number, -1108 beyond 63 bits."""
    value = text_of(params, name)
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and len(value) <= 20):
        raise illegal_characters(name, INTEGER_RANGE)
    if int(value) > _MAX_INTEGER:
        raise VenueError(-1108, f"Parameter '{name}' overflowed.")
    return int(value)


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


def client_id_of(params: Params, name: str) -> str | None:
    value = text_of(params, name)
    if value is not None and not _CLIENT_ID.fullmatch(value):
        raise illegal_characters(name, CLIENT_ID_RANGE)
    return value


def response_type(params: Params, order_type: OrderType) -> ResponseType:
    """FULL for LIMIT and MARKET, ACK otherwise, unless asked for."""
    asked = text_of(params, "newOrderRespType")
    if asked is None:
        return "ACK" if order_type == "LIMIT_MAKER" else "FULL"
    if asked not in get_args(ResponseType):
        raise not_valid("newOrderRespType")
    return cast(ResponseType, asked)


def new_order(params: Params, known: Mapping[str, object], received_ns: int) -> NewOrder:
    """Raises VenueError: -1100 ... -1121, -1013 (self-trade prevention mode), -2010 (order type not supported)."""
    symbol = symbol_of(params, known)
    side = cast(Side, _choice(params, "side", _SIDES, VenueError(-1117, "Invalid side.")))
    kind = _order_type(params)
    quantity, price, quote = amount_of(params, "quantity"), amount_of(params, "price"), amount_of(params, "quoteOrderQty")
    time_in_force = _time_in_force(params, kind)
    _check_shape(params, kind)
    if params.get("selfTradePreventionMode", "NONE") != "NONE":
        raise VenueError(-1013, STP_NOT_ALLOWED)
    return NewOrder(
        symbol=symbol,
        side=side,
        type=kind,
        quantity=quantity,
        price=price,
        quote_order_qty=quote,
        time_in_force=time_in_force,
        client_order_id=client_id_of(params, "newClientOrderId"),
        received_ns=received_ns,
    )


def cancel_request(params: Params, received_ns: int) -> CancelRequest:
    """Raises VenueError: -1102 no symbol or no id at all, -1145 restriction."""
    symbol = required(params, "symbol")
    restriction = text_of(params, "cancelRestrictions")
    if restriction not in (None, "ONLY_NEW", "ONLY_PARTIALLY_FILLED"):
        raise VenueError(-1145, "Invalid cancelRestrictions")
    order_id, client_order_id = order_reference(params)
    return CancelRequest(
        symbol=symbol,
        order_id=order_id,
        client_order_id=client_order_id,
        cancel_id=client_id_of(params, "newClientOrderId"),
        restriction=cast(Literal["ONLY_NEW", "ONLY_PARTIALLY_FILLED"] | None, restriction),
        received_ns=received_ns,
    )


def order_reference(params: Params) -> tuple[int | None, str | None]:
    """(orderId, origClientOrderId). Raises VenueError -1102 where neither was sent."""
    order_id, client_order_id = integer_of(params, "orderId"), client_id_of(params, "origClientOrderId")
    if order_id is None and client_order_id is None:
        raise either_mandatory("origClientOrderId", "orderId")
    return order_id, client_order_id


def _order_type(params: Params) -> OrderType:
    kind = required(params, "type")
    if kind in _UNSUPPORTED:
        raise not_supported(_UNSUPPORTED[kind])
    if kind not in _TYPES:
        raise VenueError(-1116, "Invalid orderType.")
    return cast(OrderType, kind)


def _time_in_force(params: Params, kind: OrderType) -> TimeInForce | None:
    if kind == "LIMIT":
        return cast(TimeInForce, _choice(params, "timeInForce", _TIMES_IN_FORCE, VenueError(-1115, "Invalid timeInForce.")))
    if params.get("timeInForce") is not None:
        raise not_required("timeInForce")
    return None


def _check_shape(params: Params, kind: OrderType) -> None:
    """Which of quantity, price and quoteOrderQty belong to the order type."""
    if params.get("icebergQty") is not None:
        raise not_supported("Iceberg")
    superfluous = ["stopPrice", "trailingDelta"]
    if kind == "MARKET":
        superfluous.append("price")
        if params.get("quantity") is None and params.get("quoteOrderQty") is None:
            raise either_mandatory("quantity", "quoteOrderQty")
        if params.get("quantity") is not None:
            superfluous.append("quoteOrderQty")
    else:
        superfluous.append("quoteOrderQty")
        required(params, "quantity")
        required(params, "price")
    for name in superfluous:
        if params.get(name) is not None:
            raise not_required(name)


def _choice(params: Params, name: str, allowed: tuple[str, ...], refusal: VenueError) -> str:
    value = required(params, name)
    if value not in allowed:
        raise refusal
    return value
