"""Order lists as requests describe them: the older OCO and the newer OCO, OTO, OTOCO, OPO, OPOCO (binance-spot 1.4, 1.7)."""

from __future__ import annotations

from .errors import VenueError, not_required, not_valid, time_in_force_not_required
from .order_parsing import Leg, leg, older_leg, order_of, side_of, type_of
from .orders import CONDITIONAL, ListKind, NewOrder, NewOrderList, OrderType, Side
from .parsing import Params, Symbols, client_id_of, required, spec_of
from .symbols import SymbolSpec

_COMMON = frozenset({"symbol", "listClientOrderId", "newOrderRespType", "selfTradePreventionMode"})
_LEG_FIELDS = (
    *("Type", "ClientOrderId", "IcebergQty", "Price", "StopPrice", "TrailingDelta", "TimeInForce", "StrategyId", "StrategyType"),
    *("PegPriceType", "PegOffsetType", "PegOffsetValue"),
)
_WORKING = leg("working")
_PENDING = leg("pending")
_ABOVE, _BELOW = (leg(prefix, side="side", quantity="quantity") for prefix in ("above", "below"))
_PENDING_PAIR = ("pendingAbove", "pendingBelow")
_PENDING_ABOVE, _PENDING_BELOW = (leg(prefix, side="pendingSide", quantity="pendingQuantity") for prefix in _PENDING_PAIR)
_UNSIZED = leg("pending", sized=False)
_UNSIZED_ABOVE, _UNSIZED_BELOW = (leg(prefix, side="pendingSide", sized=False) for prefix in _PENDING_PAIR)
_OLDER_LIMIT = older_leg("limit", price="price")
_OLDER_STOP = older_leg("stop", price="stopLimitPrice")
_OCO_TYPES = frozenset[str]({"LIMIT_MAKER"}) | CONDITIONAL


def _leg_names(*prefixes: str) -> frozenset[str]:
    return frozenset(prefix + field for prefix in prefixes for field in _LEG_FIELDS)


_WORKING_NAMES = _COMMON | _leg_names("working") | {"workingSide", "workingQuantity", "pendingSide", "pendingQuantity"}
OCO_PARAMS = _COMMON | _leg_names("above", "below") | {"side", "quantity"}
OTO_PARAMS = _WORKING_NAMES | _leg_names("pending")
OTOCO_PARAMS = _WORKING_NAMES | _leg_names("pendingAbove", "pendingBelow")
OLDER_OCO_PARAMS = _COMMON | {
    *("side", "quantity", "price", "trailingDelta", "stopPrice", "stopLimitPrice", "stopLimitTimeInForce"),
    *("limitClientOrderId", "limitStrategyId", "limitStrategyType", "limitIcebergQty"),
    *("stopClientOrderId", "stopStrategyId", "stopStrategyType", "stopIcebergQty"),
}


def oco(params: Params, known: Symbols, received_ns: int) -> NewOrderList:
    """`orderList/oco`. Raises VenueError: -1100 ... -1134, -1158 ... -1168, -1196 ... -1199."""
    spec = spec_of(params, known)
    required(params, "quantity")
    pair = _pair(params, (_ABOVE, _BELOW), spec, received_ns)
    return _list("OCO", spec, pair, params, received_ns)


def oto(params: Params, known: Symbols, received_ns: int) -> NewOrderList:
    """`orderList/oto`. Raises VenueError: -1100 ... -1134, -1160."""
    required(params, "pendingQuantity")
    return _oto("OTO", _PENDING, params, known, received_ns)


def otoco(params: Params, known: Symbols, received_ns: int) -> NewOrderList:
    """`orderList/otoco`. Raises VenueError: those of `oto` and `oco`."""
    required(params, "pendingQuantity")
    return _otoco("OTOCO", (_PENDING_ABOVE, _PENDING_BELOW), params, known, received_ns)


def opo(params: Params, known: Symbols, received_ns: int) -> NewOrderList:
    """`orderList/opo`. Raises VenueError: those of `oto`, -1222, -1223, -1225."""
    _check_unsized(params)
    return _oto("OPO", _UNSIZED, params, known, received_ns)


def opoco(params: Params, known: Symbols, received_ns: int) -> NewOrderList:
    """`orderList/opoco`. Raises VenueError: those of `otoco`, -1222, -1223, -1225."""
    _check_unsized(params)
    return _otoco("OPOCO", (_UNSIZED_ABOVE, _UNSIZED_BELOW), params, known, received_ns)


def older_oco(params: Params, known: Symbols, received_ns: int) -> NewOrderList:
    """`order/oco` (deprecated form): a LIMIT_MAKER and a stop leg that is a STOP_LOSS_LIMIT if `stopLimitPrice` is sent."""
    spec = spec_of(params, known)
    for name in ("side", "quantity", "price"):
        required(params, name)
    _check_older_stop(params)
    side_of(params, _OLDER_LIMIT)
    stop_kind: OrderType = "STOP_LOSS_LIMIT" if "stopLimitPrice" in params else "STOP_LOSS"
    limit = order_of(params, _OLDER_LIMIT, "LIMIT_MAKER", spec, received_ns)
    stop = order_of(params, _OLDER_STOP, stop_kind, spec, received_ns)
    _check_iceberg(_OLDER_STOP, stop)
    return _list("OCO", spec, (stop, limit), params, received_ns)


def order_count(kind: ListKind) -> int:
    """How many orders such a list places."""
    return 3 if kind in ("OTOCO", "OPOCO") else 2


def _oto(kind: ListKind, names: Leg, params: Params, known: Symbols, received_ns: int) -> NewOrderList:
    spec = spec_of(params, known)
    working = _working(params, spec, received_ns)
    pending = order_of(params, names, type_of(params, names), spec, received_ns)
    _check_iceberg(names, pending)
    return _list(kind, spec, (working, pending), params, received_ns)


def _otoco(kind: ListKind, names: tuple[Leg, Leg], params: Params, known: Symbols, received_ns: int) -> NewOrderList:
    spec = spec_of(params, known)
    working = _working(params, spec, received_ns)
    pair = _pair(params, names, spec, received_ns)
    return _list(kind, spec, (working, *pair), params, received_ns)


def _check_unsized(params: Params) -> None:
    """What sets OPO and OPOCO apart: a buying working order, selling pending ones without a quantity."""
    if params.get("workingSide") == "SELL":
        raise VenueError(-1222, "Working order in an OPO list must be a bid.")
    if params.get("pendingSide") == "BUY":
        raise VenueError(-1223, "Pending orders in an OPO list must be asks.")
    if "pendingQuantity" in params:
        raise VenueError(-1225, "Pending orders should not include the 'pendingQuantity' tag.")


def _check_older_stop(params: Params) -> None:
    """A limit price of the stop leg and its time in force come together; an iceberg needs both."""
    if "stopLimitPrice" in params:
        required(params, "stopLimitTimeInForce")
        return
    if "stopLimitTimeInForce" in params:
        raise time_in_force_not_required()
    if "stopIcebergQty" in params:
        raise not_required("stopIcebergQty")


def _list(kind: ListKind, spec: SymbolSpec, orders: tuple[NewOrder, ...], params: Params, received_ns: int) -> NewOrderList:
    return NewOrderList(
        kind=kind,
        symbol=spec.symbol,
        orders=orders,
        list_client_order_id=client_id_of(params, "listClientOrderId"),
        received_ns=received_ns,
    )


def _pair(params: Params, names: tuple[Leg, Leg], spec: SymbolSpec, received_ns: int) -> tuple[NewOrder, NewOrder]:
    """The two orders of an OCO, the stop loss first: so every example of the official documentation lists and numbers them.

    (binance-spot-api-docs, rest-api.md and web-socket-api.md: OCO, OTOCO, OPOCO, either side, placed, cancelled and queried.)
    """
    above, below = names
    kinds = type_of(params, above), type_of(params, below)
    _check_pair(kinds, side_of(params, above))
    orders = order_of(params, above, kinds[0], spec, received_ns), order_of(params, below, kinds[1], spec, received_ns)
    for each, order in zip(names, orders, strict=True):
        _check_iceberg(each, order)
    return orders if kinds[0].startswith("STOP_LOSS") else (orders[1], orders[0])


def _check_pair(kinds: tuple[OrderType, OrderType], side: Side) -> None:
    """Which leg of an OCO may be of which type: a limit or take profit on the winning side, a stop loss on the losing one."""
    above, below = kinds
    if above not in _OCO_TYPES or below not in _OCO_TYPES:
        raise VenueError(-1158, "Order type not supported in OCO.")
    if above == "LIMIT_MAKER" and below == "LIMIT_MAKER":
        raise VenueError(-1168, "At least one OCO order must be contingent.")
    if side == "BUY":
        if above == "LIMIT_MAKER":
            raise VenueError(-1165, "A limit order in a buy OCO must be below.")
        if above.startswith("TAKE_PROFIT"):
            raise VenueError(-1198, "A take profit order in a buy OCO must be below.")
        if below.startswith("STOP_LOSS"):
            raise VenueError(-1196, "A stop loss order in a buy OCO must be above.")
        return
    if below == "LIMIT_MAKER":
        raise VenueError(-1166, "A limit order in a sell OCO must be above.")
    if below.startswith("TAKE_PROFIT"):
        raise VenueError(-1199, "A take profit order in a sell OCO must be above.")
    if above.startswith("STOP_LOSS"):
        raise VenueError(-1197, "A stop loss order in a sell OCO must be below.")


def _check_iceberg(names: Leg, order: NewOrder) -> None:
    if order.iceberg_qty is None or order.time_in_force in (None, "GTC"):
        return
    legs = "`aboveTimeInForce`/`belowTimeInForce`"
    raise VenueError(-1160, f"Parameter '{names.iceberg_qty}' is not supported if {legs} is not GTC.")


def _working(params: Params, spec: SymbolSpec, received_ns: int) -> NewOrder:
    kind = type_of(params, _WORKING)
    if kind not in ("LIMIT", "LIMIT_MAKER"):
        raise not_valid("workingType")
    order = order_of(params, _WORKING, kind, spec, received_ns)
    _check_iceberg(_WORKING, order)
    return order
