"""Answers about orders, fills and accounts as the venue's API shapes them (binance-spot 1.5)."""

from __future__ import annotations

from typing import Literal

from .accounts import Account
from .amounts import text8
from .orders import Cancellation, Fill, Order, Placement
from .reports import STP_MODE, ZERO
from .symbols import Fees, SymbolSpec, filters
from .venue_events import E8

Json = dict[str, object]
ResponseType = Literal["ACK", "RESULT", "FULL"]
ORDER_TYPES = ["LIMIT", "LIMIT_MAKER", "MARKET"]


def placed(placement: Placement, kind: ResponseType) -> Json:
    order = placement.order
    answer: Json = {
        "symbol": order.symbol,
        "orderId": order.order_id,
        "orderListId": -1,
        "clientOrderId": order.client_order_id,
        "transactTime": order.update_ms,
    }
    if kind == "ACK":
        return answer
    answer |= {
        "price": text8(order.price),
        "origQty": text8(order.quantity),
        "executedQty": text8(order.executed),
        "origQuoteOrderQty": text8(order.quote_order_qty),
        "cummulativeQuoteQty": text8(order.cum_quote),
        "status": order.status,
        "timeInForce": order.time_in_force,
        "type": order.type,
        "side": order.side,
        "workingTime": order.time_ms,
        "selfTradePreventionMode": STP_MODE,
    }
    if kind == "FULL":
        answer["fills"] = [_fill_of_placement(fill) for fill in placement.fills]
    return answer


def _fill_of_placement(fill: Fill) -> Json:
    return {
        "price": text8(fill.price),
        "qty": text8(fill.quantity),
        "commission": text8(fill.fee),
        "commissionAsset": fill.fee_asset,
        "tradeId": fill.trade_id,
    }


def cancelled(cancellation: Cancellation, now_ms: int) -> Json:
    order = cancellation.order
    return {
        "symbol": order.symbol,
        "origClientOrderId": order.client_order_id,
        "orderId": order.order_id,
        "orderListId": -1,
        "clientOrderId": cancellation.cancel_id,
        "transactTime": now_ms,
        "price": text8(order.price),
        "origQty": text8(order.quantity),
        "executedQty": text8(order.executed),
        "origQuoteOrderQty": text8(order.quote_order_qty),
        "cummulativeQuoteQty": text8(order.cum_quote),
        "status": order.status,
        "timeInForce": order.time_in_force,
        "type": order.type,
        "side": order.side,
        "selfTradePreventionMode": STP_MODE,
    }


def queried(order: Order) -> Json:
    answer: Json = {
        "symbol": order.symbol,
        "orderId": order.order_id,
        "orderListId": -1,
        "clientOrderId": order.client_order_id,
        "price": text8(order.price),
        "origQty": text8(order.quantity),
        "executedQty": text8(order.executed),
        "cummulativeQuoteQty": text8(order.cum_quote),
        "status": order.status,
        "timeInForce": order.time_in_force,
        "type": order.type,
        "side": order.side,
        "stopPrice": ZERO,
        "icebergQty": ZERO,
        "time": order.time_ms,
        "updateTime": order.update_ms,
        "isWorking": True,
        "workingTime": order.time_ms,
        "origQuoteOrderQty": text8(order.quote_order_qty),
        "selfTradePreventionMode": STP_MODE,
    }
    if order.status == "EXPIRED":
        answer["expiryReason"] = order.reason
    return answer


def my_trade(fill: Fill) -> Json:
    return {
        "symbol": fill.symbol,
        "id": fill.trade_id,
        "orderId": fill.order_id,
        "orderListId": -1,
        "price": text8(fill.price),
        "qty": text8(fill.quantity),
        "quoteQty": text8(fill.quote_quantity),
        "commission": text8(fill.fee),
        "commissionAsset": fill.fee_asset,
        "time": fill.time_ms,
        "isBuyer": fill.side == "BUY",
        "isMaker": fill.maker,
        "isBestMatch": True,
    }


def account(holder: Account, fees: Fees, assets: list[str], *, omit_zero: bool) -> Json:
    """`assets`: those the venue knows; an account lists them all unless `omit_zero`."""
    held = {asset: (0, 0) for asset in assets} | holder.balances()
    return {
        "makerCommission": fees.maker * 10_000 // E8,
        "takerCommission": fees.taker * 10_000 // E8,
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": {"maker": text8(fees.maker), "taker": text8(fees.taker), "buyer": ZERO, "seller": ZERO},
        "canTrade": True,
        "canWithdraw": True,
        "canDeposit": True,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": holder.updated_ms,
        "accountType": "SPOT",
        "balances": [
            {"asset": asset, "free": text8(free), "locked": text8(locked)}
            for asset, (free, locked) in sorted(held.items())
            if free or locked or not omit_zero
        ],
        "permissions": ["SPOT"],
        "uid": 1,
    }


def exchange_symbol(spec: SymbolSpec, *, show_permission_sets: bool) -> Json:
    answer: Json = {
        "symbol": spec.symbol,
        "status": spec.status,
        "baseAsset": spec.base,
        "baseAssetPrecision": 8,
        "quoteAsset": spec.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": ORDER_TYPES,
        "icebergAllowed": False,
        "ocoAllowed": False,
        "otoAllowed": False,
        "opoAllowed": False,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": False,
        "cancelReplaceAllowed": False,
        "amendAllowed": False,
        "pegInstructionsAllowed": False,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": filters(spec),
        "permissions": [],
        "defaultSelfTradePreventionMode": STP_MODE,
        "allowedSelfTradePreventionModes": [STP_MODE],
    }
    if show_permission_sets:
        answer["permissionSets"] = [["SPOT"]]
    return answer
