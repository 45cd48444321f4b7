"""Answers about orders, fills and accounts as the venue's API shapes them (binance-spot 1.5).

Keys of times are those of `TIME_KEYS`, in ms; conditional fields stand where the documentation's examples have them.
"""

from __future__ import annotations

from .accounts import Account
from .amounts import text8
from .orders import CONDITIONAL, NO_MATCH, Amendment, Cancellation, Fill, Order, Placement, PreventedMatch
from .parsing import ResponseType
from .reports import ZERO
from .shown_filters import symbol_filters
from .symbols import Fees, SymbolSpec
from .venue_events import E8

Json = dict[str, object]
TIME_KEYS = frozenset({"time", "updateTime", "workingTime", "transactTime", "transactionTime", "trailingTime"})
"""Keys whose values are times; -1 among them means "not yet"."""
NO_TRADE_GROUP = -1
_NO_DISCOUNT: Json = {"enabledForAccount": False, "enabledForSymbol": False, "discountAsset": "BNB", "discount": ZERO}


def placed(placement: Placement, kind: ResponseType) -> Json:
    """An order as it stands after it was placed."""
    order = placement.order
    answer: Json = {
        "symbol": order.symbol,
        "orderId": order.order_id,
        "orderListId": order.list_id,
        "clientOrderId": order.client_order_id,
        "transactTime": order.update_ms,
    }
    if kind == "ACK":
        return answer
    _add_state(answer, order)
    if order.type in CONDITIONAL:
        _add_trigger(answer, order)
    answer["workingTime"] = order.working_ms
    _add_labels(answer, order)
    answer["selfTradePreventionMode"] = order.stp_mode
    if order.prevented_match_id != NO_MATCH:
        _add_prevented(answer, order)
    if order.status == "EXPIRED":
        answer["expiryReason"] = order.reason
    if kind == "FULL":
        answer["fills"] = [_fill_of_placement(fill) for fill in placement.fills]
    return answer


def cancelled(cancellation: Cancellation) -> Json:
    """A cancelled order; `clientOrderId` is the id of the cancel."""
    order = cancellation.order
    answer: Json = {
        "symbol": order.symbol,
        "origClientOrderId": order.client_order_id,
        "orderId": order.order_id,
        "orderListId": order.list_id,
        "clientOrderId": cancellation.cancel_id,
        "transactTime": order.update_ms,
    }
    _add_state(answer, order)
    if order.type in CONDITIONAL:
        _add_trigger(answer, order)
    _add_labels(answer, order)
    answer["selfTradePreventionMode"] = order.stp_mode
    return answer


def queried(order: Order) -> Json:
    """The answer to a question about an order."""
    answer: Json = {
        "symbol": order.symbol,
        "orderId": order.order_id,
        "orderListId": order.list_id,
        "clientOrderId": order.client_order_id,
        "price": text8(order.price),
        "origQty": text8(order.quantity),
        "executedQty": text8(order.executed),
        "cummulativeQuoteQty": text8(order.cum_quote),
        "status": order.status,
        "timeInForce": order.time_in_force,
        "type": order.type,
        "side": order.side,
        "stopPrice": text8(order.stop_price),
    }
    if order.trailing_delta:
        answer["trailingDelta"] = order.trailing_delta
        answer["trailingTime"] = _trailing_time(order)
    answer |= {
        "icebergQty": text8(order.iceberg_qty),
        "time": order.time_ms,
        "updateTime": order.update_ms,
        "isWorking": order.is_working,
        "workingTime": order.working_ms,
        "origQuoteOrderQty": text8(order.quote_order_qty),
    }
    if order.strategy_id is not None:
        answer["strategyId"] = order.strategy_id
    if order.strategy_type is not None:
        answer["strategyType"] = order.strategy_type
    answer["selfTradePreventionMode"] = order.stp_mode
    if order.prevented_match_id != NO_MATCH:
        _add_prevented(answer, order)
    if order.status == "EXPIRED":
        answer["expiryReason"] = order.reason
    return answer


def amended(amendment: Amendment) -> Json:
    """The order as it stands after the amendment (without `listStatus`)."""
    order = amendment.order
    shown: Json = {
        "symbol": order.symbol,
        "orderId": order.order_id,
        "orderListId": order.list_id,
        "origClientOrderId": amendment.previous_client_order_id,
        "clientOrderId": order.client_order_id,
        "price": text8(order.price),
        "qty": text8(order.quantity),
        "executedQty": text8(order.executed),
        "preventedQty": text8(order.prevented),
        "quoteOrderQty": text8(order.quote_order_qty),
        "cumulativeQuoteQty": text8(order.cum_quote),
        "status": order.status,
        "timeInForce": order.time_in_force,
        "type": order.type,
        "side": order.side,
    }
    if order.type in CONDITIONAL:
        _add_trigger(shown, order)
    if order.working_ms >= 0:
        shown["workingTime"] = order.working_ms
    _add_labels(shown, order)
    shown["selfTradePreventionMode"] = order.stp_mode
    return {"transactTime": amendment.time_ms, "executionId": amendment.execution_id, "amendedOrder": shown}


def prevented_match(match: PreventedMatch) -> Json:
    """One row of myPreventedMatches: the quantities that were taken from either order, where any was."""
    answer: Json = {
        "symbol": match.symbol,
        "preventedMatchId": match.match_id,
        "takerOrderId": match.taker_order_id,
        "makerSymbol": match.symbol,
        "makerOrderId": match.maker_order_id,
        "tradeGroupId": NO_TRADE_GROUP,
        "selfTradePreventionMode": match.mode,
        "price": text8(match.price),
    }
    if match.taker_prevented:
        answer["takerPreventedQuantity"] = text8(match.taker_prevented)
    if match.maker_prevented:
        answer["makerPreventedQuantity"] = text8(match.maker_prevented)
    answer["transactTime"] = match.time_ms
    return answer


def _add_state(answer: Json, order: Order) -> None:
    answer["price"] = text8(order.price)
    if order.quantity:
        answer["origQty"] = text8(order.quantity)
    answer["executedQty"] = text8(order.executed)
    answer["origQuoteOrderQty"] = text8(order.quote_order_qty)
    answer["cummulativeQuoteQty"] = text8(order.cum_quote)
    answer["status"] = order.status
    answer["timeInForce"] = order.time_in_force
    answer["type"] = order.type
    answer["side"] = order.side


def _add_trigger(answer: Json, order: Order) -> None:
    answer["stopPrice"] = text8(order.stop_price)
    if order.trailing_delta:
        answer["trailingDelta"] = order.trailing_delta
        answer["trailingTime"] = _trailing_time(order)


def _add_labels(answer: Json, order: Order) -> None:
    if order.iceberg_qty:
        answer["icebergQty"] = text8(order.iceberg_qty)
    if order.strategy_id is not None:
        answer["strategyId"] = order.strategy_id
    if order.strategy_type is not None:
        answer["strategyType"] = order.strategy_type


def _add_prevented(answer: Json, order: Order) -> None:
    answer["preventedMatchId"] = order.prevented_match_id
    answer["preventedQuantity"] = text8(order.prevented)


def _trailing_time(order: Order) -> int:
    return -1 if order.trailing_time_ms is None else order.trailing_time_ms


def _fill_of_placement(fill: Fill) -> Json:
    return {
        "price": text8(fill.price),
        "qty": text8(fill.quantity),
        "commission": text8(fill.fee),
        "commissionAsset": fill.fee_asset,
        "tradeId": fill.trade_id,
    }


def my_trade(fill: Fill) -> Json:
    return {
        "symbol": fill.symbol,
        "id": fill.trade_id,
        "orderId": fill.order_id,
        "orderListId": fill.list_id,
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


def account(holder: Account, fees: Fees, assets: list[str], *, omit_zero: bool, can_trade: bool) -> Json:
    """`assets`: those the venue knows; an account lists them all unless `omit_zero`."""
    held = {asset: (0, 0) for asset in assets} | holder.balances()
    return {
        "makerCommission": fees.maker * 10_000 // E8,
        "takerCommission": fees.taker * 10_000 // E8,
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": {"maker": text8(fees.maker), "taker": text8(fees.taker), "buyer": ZERO, "seller": ZERO},
        "canTrade": can_trade,
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


def commission(symbol: str, fees: Fees) -> Json:
    """Rates of account/commission: the venue charges the standard ones only."""
    none: Json = {"maker": ZERO, "taker": ZERO, "buyer": ZERO, "seller": ZERO}
    return {
        "symbol": symbol,
        "standardCommission": none | {"maker": text8(fees.maker), "taker": text8(fees.taker)},
        "specialCommission": none,
        "taxCommission": none,
        "discount": _NO_DISCOUNT,
    }


def commission_for_order(fees: Fees) -> Json:
    """As `commission`, in the words of order/test."""
    none: Json = {"maker": ZERO, "taker": ZERO}
    return {
        "standardCommissionForOrder": {"maker": text8(fees.maker), "taker": text8(fees.taker)},
        "specialCommissionForOrder": none,
        "taxCommissionForOrder": none,
        "discount": _NO_DISCOUNT,
    }


def exchange_symbol(spec: SymbolSpec, *, show_permission_sets: bool) -> Json:
    answer: Json = {
        "symbol": spec.symbol,
        "status": spec.status,
        "baseAsset": spec.base,
        "baseAssetPrecision": spec.base_precision,
        "quoteAsset": spec.quote,
        "quotePrecision": spec.quote_precision,
        "quoteAssetPrecision": spec.quote_precision,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": sorted(spec.order_types),
        "icebergAllowed": spec.iceberg_allowed,
        "ocoAllowed": spec.oco_allowed,
        "otoAllowed": spec.oto_allowed,
        "opoAllowed": spec.opo_allowed,
        "quoteOrderQtyMarketAllowed": spec.quote_order_qty_allowed,
        "allowTrailingStop": spec.trailing_stop_allowed,
        "cancelReplaceAllowed": spec.cancel_replace_allowed,
        "amendAllowed": spec.amend_allowed,
        "pegInstructionsAllowed": False,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": symbol_filters(spec),
        "permissions": [],
        "defaultSelfTradePreventionMode": spec.default_stp_mode,
        "allowedSelfTradePreventionModes": list(spec.stp_modes),
    }
    if show_permission_sets:
        answer["permissionSets"] = [["SPOT"]]
    return answer
