"""User data events: executionReport, listStatus, outboundAccountPosition, balanceUpdate (binance-spot 1.8)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from .accounts import Account
from .amounts import notional, text8
from .orders import Fill, Order, OrderList, PreventedMatch

ZERO = text8(0)
NO_TRADE_GROUP = -1
ExecutionType = Literal["NEW", "CANCELED", "REPLACED", "REJECTED", "TRADE", "EXPIRED", "TRADE_PREVENTION"]


def execution_report(
    order: Order,
    kind: ExecutionType,
    now_ms: int,
    execution_id: int,
    *,
    fill: Fill | None = None,
    named: str | None = None,
    prevented: PreventedMatch | None = None,
) -> dict[str, object]:
    """What happened to `order`, with its state after it.

    `named`: the other id of a CANCELED (that of the cancel, it becomes `c`) or REPLACED (the one before, it becomes `C`).
    """
    report: dict[str, object] = {
        "e": "executionReport",
        "E": now_ms,
        "s": order.symbol,
        "c": named if named is not None and kind == "CANCELED" else order.client_order_id,
        "S": order.side,
        "o": order.type,
        "f": order.time_in_force,
        "q": text8(order.quantity),
        "p": text8(order.price),
        "P": text8(order.stop_price),
        "F": text8(order.iceberg_qty),
        "g": order.list_id,
        "C": "" if named is None else order.client_order_id if kind == "CANCELED" else named,
        "x": kind,
        "X": order.status,
        "r": order.reject_reason,
        "i": order.order_id,
        "l": text8(fill.quantity) if fill else ZERO,
        "z": text8(order.executed),
        "L": text8(fill.price) if fill else ZERO,
        "n": text8(fill.fee) if fill else "0",
        "N": fill.fee_asset if fill else None,
        "T": now_ms,
        "t": fill.trade_id if fill else -1,
        "I": execution_id,
        "w": order.is_open and order.is_working,
        "m": fill.maker if fill else False,
        "M": fill is not None,
        "O": order.time_ms,
        "Z": text8(order.cum_quote),
        "Y": text8(fill.quote_quantity) if fill else ZERO,
        "Q": text8(order.quote_order_qty),
        "V": order.stp_mode,
    }
    if order.is_working:
        report["W"] = order.working_ms
    _add_conditional(report, order)
    if prevented is not None:
        report |= _prevention(order, prevented)
    return report


def _add_conditional(report: dict[str, object], order: Order) -> None:
    """Keys that only some orders have: d D (trailing), j J (strategy), eR (expiry reason)."""
    if order.trailing_delta:
        report["d"] = order.trailing_delta
        if order.trailing_time_ms is not None:
            report["D"] = order.trailing_time_ms
    if order.strategy_id is not None:
        report["j"] = order.strategy_id
    if order.strategy_type is not None:
        report["J"] = order.strategy_type
    if order.status in ("EXPIRED", "REJECTED") and order.reason is not None:
        report["eR"] = order.reason


def _prevention(order: Order, match: PreventedMatch) -> dict[str, object]:
    """The keys of TRADE_PREVENTION. An account of this venue belongs to no trade group (`u`)."""
    taker = order.order_id == match.taker_order_id
    quantity = match.taker_prevented if taker else match.maker_prevented
    return {
        "v": match.match_id,
        "A": text8(order.prevented),
        "B": text8(quantity),
        "u": NO_TRADE_GROUP,
        "U": match.maker_order_id if taker else match.taker_order_id,
        "Cs": match.symbol,
        "pl": text8(quantity),
        "pL": text8(match.price),
        "pY": text8(notional(match.price, quantity)),
    }


def list_status(order_list: OrderList, orders: Iterable[Order], now_ms: int) -> dict[str, object]:
    """What happened to a list (binance-spot 1.8)."""
    return {
        "e": "listStatus",
        "E": now_ms,
        "s": order_list.symbol,
        "g": order_list.list_id,
        "c": order_list.contingency,
        "l": order_list.status,
        "L": order_list.order_status,
        "r": "NONE",
        "C": order_list.list_client_order_id,
        "T": now_ms,
        "O": [{"s": order.symbol, "i": order.order_id, "c": order.client_order_id} for order in orders],
    }


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
