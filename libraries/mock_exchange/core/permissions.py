"""Which kinds of orders a symbol takes: the engine's "... are not supported for this symbol." (binance-spot 1.7)."""

from __future__ import annotations

from .errors import STP_NOT_ALLOWED, UNSUPPORTED_COMBINATION, VenueError, not_supported, rejected
from .orders import CONDITIONAL, ListKind, NewOrder, OrderType
from .symbols import SymbolSpec

_NAMES: dict[OrderType, str] = {
    "LIMIT": "Limit",
    "MARKET": "Market",
    "LIMIT_MAKER": "Limit maker",
    "STOP_LOSS": "Stop loss",
    "STOP_LOSS_LIMIT": "Stop loss limit",
    "TAKE_PROFIT": "Take profit",
    "TAKE_PROFIT_LIMIT": "Take profit limit",
}
QUOTE_QTY_NOT_SUPPORTED = "Quote order qty market orders are not support for this symbol."
OCO_NOT_SUPPORTED = "OCO orders are not supported for this symbol"
OTO_NOT_SUPPORTED = "OTO orders are not supported for this symbol."
OPO_NOT_SUPPORTED = "OPO orders are not supported for this symbol."
CANCEL_REPLACE_NOT_SUPPORTED = "Order cancel-replace is not supported for this symbol."
AMEND_NOT_SUPPORTED = "Order amend is not supported for this symbol."


def check_permissions(spec: SymbolSpec, order: NewOrder) -> None:
    """Raises VenueError -2010: an order type, iceberg, trailing stop or quote quantity that the symbol does not take, or an iceberg
    order that waits for a trigger without being GTC; -1013: a self-trade prevention mode that it does not allow."""
    if order.stp_mode is not None and order.stp_mode not in spec.stp_modes:
        raise VenueError(-1013, STP_NOT_ALLOWED)
    if order.type not in spec.order_types:
        raise not_supported(_NAMES[order.type])
    if order.quote_order_qty is not None and not spec.quote_order_qty_allowed:
        raise rejected(QUOTE_QTY_NOT_SUPPORTED)
    if order.trailing_delta is not None and not spec.trailing_stop_allowed:
        raise not_supported("Trailing stop")
    if order.iceberg_qty:
        if not spec.iceberg_allowed:
            raise not_supported("Iceberg")
        if order.type in CONDITIONAL and order.time_in_force != "GTC":
            raise rejected(UNSUPPORTED_COMBINATION)


def check_list_permission(spec: SymbolSpec, kind: ListKind) -> None:
    """Raises VenueError -2010: the symbol does not take such lists (OTOCO needs OTO and OCO, OPO needs OTO, OPOCO all three)."""
    if kind in ("OCO", "OTOCO", "OPOCO") and not spec.oco_allowed:
        raise rejected(OCO_NOT_SUPPORTED)
    if kind != "OCO" and not spec.oto_allowed:
        raise rejected(OTO_NOT_SUPPORTED)
    if kind in ("OPO", "OPOCO") and not spec.opo_allowed:
        raise rejected(OPO_NOT_SUPPORTED)


def check_cancel_replace(spec: SymbolSpec) -> None:
    """Raises VenueError -2010."""
    if not spec.cancel_replace_allowed:
        raise rejected(CANCEL_REPLACE_NOT_SUPPORTED)


def check_amend(spec: SymbolSpec) -> None:
    """Raises VenueError -2038."""
    if not spec.amend_allowed:
        raise VenueError(-2038, AMEND_NOT_SUPPORTED)
