"""User data events: executionReport, outboundAccountPosition, balanceUpdate (binance-spot 1.8)."""

from __future__ import annotations

from typing import Literal

from .accounts import Account
from .amounts import text8
from .orders import Fill, Order

STP_MODE = "NONE"
ZERO = text8(0)
ExecutionType = Literal["NEW", "CANCELED", "TRADE", "EXPIRED"]


def execution_report(
    order: Order, kind: ExecutionType, now_ms: int, execution_id: int, *, fill: Fill | None = None, cancel_id: str | None = None
) -> dict[str, object]:
    """What happened to `order`, with its state after it. `c` is the id of the cancel and `C` the order's own on CANCELED."""
    report: dict[str, object] = {
        "e": "executionReport",
        "E": now_ms,
        "s": order.symbol,
        "c": cancel_id if cancel_id is not None else order.client_order_id,
        "S": order.side,
        "o": order.type,
        "f": order.time_in_force,
        "q": text8(order.quantity),
        "p": text8(order.price),
        "P": ZERO,
        "F": ZERO,
        "g": -1,
        "C": order.client_order_id if cancel_id is not None else "",
        "x": kind,
        "X": order.status,
        "r": "NONE",
        "i": order.order_id,
        "l": text8(fill.quantity) if fill else ZERO,
        "z": text8(order.executed),
        "L": text8(fill.price) if fill else ZERO,
        "n": text8(fill.fee) if fill else "0",
        "N": fill.fee_asset if fill else None,
        "T": now_ms,
        "t": fill.trade_id if fill else -1,
        "I": execution_id,
        "w": order.is_open,
        "m": fill.maker if fill else False,
        "M": fill is not None,
        "O": order.time_ms,
        "Z": text8(order.cum_quote),
        "Y": text8(fill.quote_quantity) if fill else ZERO,
        "Q": text8(order.quote_order_qty),
        "W": order.time_ms,
        "V": STP_MODE,
    }
    if kind == "EXPIRED":
        report["eR"] = order.reason
    return report


def account_position(account: Account, assets: list[str], now_ms: int) -> dict[str, object]:
    """The balances of the assets that a command may have changed."""
    return {
        "e": "outboundAccountPosition",
        "E": now_ms,
        "u": now_ms,
        "B": [{"a": asset, "f": text8(account.free.get(asset, 0)), "l": text8(account.locked.get(asset, 0))} for asset in assets],
    }


def balance_update(asset: str, amount: int, now_ms: int) -> dict[str, object]:
    """A deposit (or, negative, a withdrawal)."""
    return {"e": "balanceUpdate", "E": now_ms, "a": asset, "d": text8(amount), "T": now_ms}
