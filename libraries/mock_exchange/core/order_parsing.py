"""Orders as requests describe them: which parameters each type needs, which it refuses, under which names (binance-spot 1.5).

One table row (`Form`) per order type and leg; a request is compared with its row, then its amounts are read.
"""

from __future__ import annotations

from typing import cast, get_args

import msgspec
from msgspec import structs

from .errors import (
    PEGGED_NOT_SUPPORTED,
    VenueError,
    either_mandatory,
    mandatory,
    not_required,
    not_valid,
    rejected,
    time_in_force_not_required,
)
from .orders import CONDITIONAL, CancelReplaceRequest, CancelRequest, NewOrder, OrderType, Side, StpMode, TimeInForce
from .parsing import (
    Params,
    ResponseType,
    Symbols,
    amount_of,
    client_id_of,
    integer_of,
    reference_of,
    required,
    response_type,
    restriction_of,
    spec_of,
    text_of,
)
from .symbols import ORDER_TYPES, STP_MODES, SymbolSpec

_SIDES, _TIMES_IN_FORCE = frozenset(get_args(Side)), frozenset(get_args(TimeInForce))
_ROWS: dict[OrderType, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "LIMIT": (("timeInForce", "quantity", "price"), ("quoteOrderQty", "stopPrice", "trailingDelta")),
    "MARKET": ((), ("timeInForce", "price", "stopPrice", "trailingDelta", "icebergQty")),
    "STOP_LOSS": (("quantity",), ("timeInForce", "price", "quoteOrderQty", "icebergQty")),
    "STOP_LOSS_LIMIT": (("timeInForce", "quantity", "price"), ("quoteOrderQty",)),
    "TAKE_PROFIT": (("quantity",), ("timeInForce", "price", "quoteOrderQty", "icebergQty")),
    "TAKE_PROFIT_LIMIT": (("timeInForce", "quantity", "price"), ("quoteOrderQty",)),
    "LIMIT_MAKER": (("quantity", "price"), ("timeInForce", "quoteOrderQty", "stopPrice", "trailingDelta")),
}
"""By type: what it needs (beside a stop price or trailing delta) and what it must not have."""
_PEG = ("pegPriceType", "pegOffsetType", "pegOffsetValue")
_LEAST_STRATEGY_TYPE = 1_000_000
_ORDER_PARAMS = (
    *("symbol", "side", "type", "timeInForce", "quantity", "quoteOrderQty", "price", "newClientOrderId", "newOrderRespType"),
    *("stopPrice", "trailingDelta", "icebergQty", "selfTradePreventionMode", "strategyId", "strategyType", *_PEG),
)
PLACE_PARAMS = frozenset(_ORDER_PARAMS)
CANCEL_REPLACE_PARAMS = PLACE_PARAMS | {
    *("cancelReplaceMode", "cancelNewClientOrderId", "cancelOrigClientOrderId", "cancelOrderId"),
    *("cancelRestrictions", "orderRateLimitExceededMode"),
}


class Form(msgspec.Struct, frozen=True):
    """One row: actual parameter names. `pegged`: those that ask for a pegged price."""

    required: tuple[str, ...]
    superfluous: frozenset[str]
    pegged: frozenset[str]


class Leg(msgspec.Struct, frozen=True, kw_only=True):
    """Under which names a request describes one of its orders, and the rows for it. A name "" is never sent.

    `rare`: the names of fields that few orders have.
    """

    type: str
    side: str
    quantity: str
    price: str
    stop_price: str
    trailing_delta: str
    time_in_force: str
    iceberg_qty: str
    client_order_id: str
    strategy_id: str
    strategy_type: str
    forms: dict[OrderType, Form]
    rare: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        shared = ("quoteOrderQty", "selfTradePreventionMode")
        own = (self.stop_price, self.trailing_delta, self.iceberg_qty, self.strategy_id, self.strategy_type)
        structs.force_setattr(self, "rare", frozenset((*shared, *own)))


def leg(prefix: str = "", *, side: str = "", quantity: str = "", client_order_id: str = "", sized: bool = True) -> Leg:
    """The leg whose parameters begin with `prefix`; `side` and `quantity` name parameters that it shares with others.

    Not `sized`: a pending order of an OPO, whose quantity is what the working order brings.
    """

    def name(field: str) -> str:
        return prefix + field[0].upper() + field[1:] if prefix else field

    actual = {"quantity": quantity or name("quantity")}
    forms = {
        kind: Form(
            tuple(actual.get(each) or name(each) for each in needed if sized or each != "quantity"),
            frozenset(name(each) for each in (*superfluous, *_PEG)),
            frozenset(name(each) for each in _PEG),
        )
        for kind, (needed, superfluous) in _ROWS.items()
    }
    return Leg(
        type=name("type"),
        side=side or name("side"),
        quantity=actual["quantity"] if sized else "",
        price=name("price"),
        stop_price=name("stopPrice"),
        trailing_delta=name("trailingDelta"),
        time_in_force=name("timeInForce"),
        iceberg_qty=name("icebergQty"),
        client_order_id=client_order_id or name("clientOrderId"),
        strategy_id=name("strategyId"),
        strategy_type=name("strategyType"),
        forms=forms,
    )


def older_leg(prefix: str, *, price: str) -> Leg:
    """One order of the deprecated OCO: side, quantity, stopPrice and trailingDelta bear no prefix, and its type is not a parameter."""
    stop_price, trailing_delta = ("stopPrice", "trailingDelta") if prefix == "stop" else ("", "")
    none = Form((), frozenset(), frozenset())
    return Leg(
        type="",
        side="side",
        quantity="quantity",
        price=price,
        stop_price=stop_price,
        trailing_delta=trailing_delta,
        time_in_force=f"{prefix}LimitTimeInForce",
        iceberg_qty=f"{prefix}IcebergQty",
        client_order_id=f"{prefix}ClientOrderId",
        strategy_id=f"{prefix}StrategyId",
        strategy_type=f"{prefix}StrategyType",
        forms=dict.fromkeys(ORDER_TYPES, none),
    )


SINGLE = leg(client_order_id="newClientOrderId")


def new_order(params: Params, known: Symbols, received_ns: int) -> NewOrder:
    """A single order. Raises VenueError: -1014, -1100 ... -1134, -2010 (pegged)."""
    spec = spec_of(params, known)
    kind = type_of(params, SINGLE)
    if kind == "MARKET":
        _check_market_quantity(params)
    order = order_of(params, SINGLE, kind, spec, received_ns)
    if order.iceberg_qty is not None and kind == "LIMIT" and order.time_in_force != "GTC":
        raise VenueError(-1014, "Unsupported order combination.")
    return order


def order_response_type(params: Params, kind: OrderType) -> ResponseType:
    """FULL for LIMIT and MARKET, ACK otherwise, unless asked for. Raises VenueError -1130."""
    return response_type(params, "FULL" if kind in ("LIMIT", "MARKET") else "ACK")


def type_of(params: Params, names: Leg) -> OrderType:
    """Raises VenueError -1102, -1116."""
    kind = params.get(names.type)
    if kind not in ORDER_TYPES:
        raise VenueError(-1116, "Invalid orderType.") if kind else mandatory(names.type)
    return kind


def side_of(params: Params, names: Leg) -> Side:
    """Raises VenueError -1102, -1117."""
    side = params.get(names.side)
    if side not in _SIDES:
        raise VenueError(-1117, "Invalid side.") if side else mandatory(names.side)
    return cast("Side", side)


def order_of(params: Params, names: Leg, kind: OrderType, spec: SymbolSpec, received_ns: int) -> NewOrder:
    """The order that the parameters of one leg describe.

    Raises:
        VenueError: -1100 ... -1134 missing, malformed or superfluous parameters, -2010 pegged.
    """
    side = side_of(params, names)
    _check_form(params, names, kind)
    order = NewOrder(
        symbol=spec.symbol,
        side=side,
        type=kind,
        quantity=amount_of(params, names.quantity, spec.base_precision),
        price=amount_of(params, names.price, spec.quote_precision),
        time_in_force=_time_in_force(params, names),
        client_order_id=client_id_of(params, names.client_order_id),
        received_ns=received_ns,
    )
    return order if names.rare.isdisjoint(params) else _with_rare_fields(order, params, names, spec)


def _with_rare_fields(order: NewOrder, params: Params, names: Leg, spec: SymbolSpec) -> NewOrder:
    """Most orders have none of these: looking for them one by one would cost each of them."""
    return structs.replace(
        order,
        quote_order_qty=amount_of(params, "quoteOrderQty", spec.quote_precision),
        stop_price=amount_of(params, names.stop_price, spec.quote_precision),
        trailing_delta=_trailing_delta(params, names),
        iceberg_qty=amount_of(params, names.iceberg_qty, spec.base_precision),
        stp_mode=stp_mode_of(params),
        strategy_id=integer_of(params, names.strategy_id),
        strategy_type=_strategy_type(params, names),
    )


def stp_mode_of(params: Params) -> StpMode | None:
    """Raises VenueError -1105, -1130 a mode that there is not."""
    mode = text_of(params, "selfTradePreventionMode")
    if mode is not None and mode not in STP_MODES:
        raise not_valid("selfTradePreventionMode")
    return mode


def cancel_replace(params: Params, known: Symbols, received_ns: int) -> CancelReplaceRequest:
    """Raises VenueError: those of `new_order`, -1102 no order to cancel, -1130 modes, -1145."""
    mode = _choice(params, "cancelReplaceMode", ("STOP_ON_FAILURE", "ALLOW_FAILURE"))
    limit_mode = "DO_NOTHING"
    if "orderRateLimitExceededMode" in params:
        limit_mode = _choice(params, "orderRateLimitExceededMode", ("DO_NOTHING", "CANCEL_ONLY"))
    new = new_order(params, known, received_ns)
    order_id, client_order_id = reference_of(params, "cancelOrderId", "cancelOrigClientOrderId")
    cancel = CancelRequest(
        symbol=new.symbol,
        order_id=order_id,
        client_order_id=client_order_id,
        cancel_id=client_id_of(params, "cancelNewClientOrderId"),
        restriction=restriction_of(params),
        received_ns=received_ns,
    )
    return CancelReplaceRequest(cancel=cancel, new=new, mode=mode, limit_mode=limit_mode)  # type: ignore[arg-type]


def _check_form(params: Params, names: Leg, kind: OrderType) -> None:
    form = names.forms[kind]
    get = params.get
    for name in form.required:
        if not get(name):
            raise mandatory(name)
    if kind in CONDITIONAL and not params.get(names.stop_price) and not params.get(names.trailing_delta):
        raise either_mandatory(names.stop_price, names.trailing_delta)
    if form.superfluous.isdisjoint(params):
        return
    name = next(each for each in params if each in form.superfluous)
    if name in form.pegged:
        raise rejected(PEGGED_NOT_SUPPORTED)
    if name == names.time_in_force and names is not SINGLE:
        raise time_in_force_not_required()
    raise not_required(name)


def _check_market_quantity(params: Params) -> None:
    """Exactly one of quantity and quoteOrderQty."""
    if not params.get("quantity") and not params.get("quoteOrderQty"):
        raise either_mandatory("quantity", "quoteOrderQty")
    if "quantity" in params and "quoteOrderQty" in params:
        raise not_required("quoteOrderQty")


def _time_in_force(params: Params, names: Leg) -> TimeInForce | None:
    value = params.get(names.time_in_force)
    if value is not None and value not in _TIMES_IN_FORCE:
        raise VenueError(-1115, "Invalid timeInForce.")
    return cast("TimeInForce | None", value)


def _trailing_delta(params: Params, names: Leg) -> int | None:
    delta = integer_of(params, names.trailing_delta)
    if delta == 0:
        raise not_valid(names.trailing_delta)
    return delta


def _strategy_type(params: Params, names: Leg) -> int | None:
    value = integer_of(params, names.strategy_type)
    if value is not None and value < _LEAST_STRATEGY_TYPE:
        raise VenueError(-1134, "strategyType was less than 1000000.")
    return value


def _choice(params: Params, name: str, allowed: tuple[str, ...]) -> str:
    value = required(params, name)
    if value not in allowed:
        raise not_valid(name)
    return value
