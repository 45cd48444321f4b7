"""The venue's messages as the engine's events. Pure; every amount passes `money.parse`, every failure names the field."""

from __future__ import annotations

from decimal import Decimal

from msgspec import UnsetType

from genesis.core import money
from genesis.core.events import (
    AssetBalance,
    BalanceReported,
    Event,
    ForeignOrderReported,
    OrderReported,
    PlacedOrder,
    TransferReported,
    VenueOrder,
)
from genesis.core.models import Bar, Fill, Order, Side, SymbolRules
from genesis.exchange import wire
from genesis.exchange.errors import MalformedMessage

OUR_PREFIX = "g"  # of every client order id that an engine mints; which engine's it is, the pure engine knows
_TRADE = "TRADE"
_HIGHEST_NUMBER = 2**63 - 1
_EARLIEST_MS, _LATEST_MS = 10**12, 10**14  # 2001 to 5138: seconds, and microseconds, lie outside
_LONGEST_NAME = 40
_NO_REASON = ("", "NONE")


def signed_amount(text: str, field: str) -> Decimal:
    """The amount in `text`, of either sign: fees (a rebate is below 0) and transfers.

    Raises:
        MalformedMessage: not a plain decimal number; names `field`.
    """
    try:
        return money.parse(text)
    except ValueError as error:
        raise MalformedMessage(f"{field}: {error}") from error


def amount(text: str, field: str) -> Decimal:
    """As `signed_amount`, and not below 0."""
    value = signed_amount(text, field)
    if value < money.ZERO:
        raise MalformedMessage(f"{field}: expected an amount that is not negative, got {text!r}")
    return value


def number(value: int, field: str) -> int:
    """The venue's number of an order or a trade.

    Raises:
        MalformedMessage: below 1, or more than fits into 64 bits; names `field`.
    """
    if not 0 < value <= _HIGHEST_NUMBER:
        raise MalformedMessage(f"{field}: expected a number from 1 to 2^63 - 1, got {value}")
    return value


def time_ms(value: int, field: str) -> int:
    """A time of the venue in ms.

    Raises:
        MalformedMessage: not milliseconds since 1970; names `field`.
    """
    if not _EARLIEST_MS <= value < _LATEST_MS:
        raise MalformedMessage(f"{field}: expected a time in milliseconds since 1970, got {value}")
    return value


def name(text: str, field: str) -> str:
    """What the venue calls something: a market, an asset, an order, a status.

    Raises:
        MalformedMessage: empty, longer than 40 characters, or not printable; names `field`.
    """
    if not 0 < len(text) <= _LONGEST_NAME or not text.isprintable():
        raise MalformedMessage(f"{field}: expected a name of 1 to {_LONGEST_NAME} printable characters, got {text[:_LONGEST_NAME]!r}")
    return text


def side(text: str, field: str) -> Side:
    """BUY or SELL.

    Raises:
        MalformedMessage: anything else; names `field`.
    """
    try:
        return Side(text)
    except ValueError as error:
        raise MalformedMessage(f"{field}: expected BUY or SELL, got {text[:20]!r}") from error


def adds_up(what: str, price: Decimal, quantity: Decimal, quote: Decimal) -> None:
    """Quantity at price is the quote amount, but for what the venue cuts off.

    Raises:
        MalformedMessage: it is another; names `what`.
    """
    product = money.CONTEXT.multiply(price, quantity)
    if abs(product - quote) >= money.EIGHT_PLACES:
        raise MalformedMessage(f"{what}: expected {money.text(product)} for {quantity} at {price}, got {money.text(quote)}")


def execution_report(venue: str, report: wire.ExecutionReport) -> Event:
    """An execution report as OrderReported, with its Fill when it is a trade; foreign when the id was not minted by an engine.

    The report of a cancel carries the cancel's own id in `c` and the order's in `C`.
    """
    client_order_id = name(report.original_client_order_id or report.client_order_id, "executionReport.c")
    symbol, status = name(report.symbol, "executionReport.s"), name(report.status, "executionReport.X")
    order_side = side(report.side, "executionReport.S")
    if not client_order_id.startswith(OUR_PREFIX):
        return ForeignOrderReported(venue=venue, symbol=symbol, client_order_id=client_order_id, side=order_side, status=status)
    fills: tuple[Fill, ...] = ()
    if report.execution == _TRADE:
        fills = (
            Fill(
                venue=venue,
                symbol=symbol,
                trade_id=number(report.trade_id, "executionReport.t"),
                client_order_id=client_order_id,
                side=order_side,
                price=amount(report.last_price, "executionReport.L"),
                quantity=amount(report.last_quantity, "executionReport.l"),
                quote_quantity=amount(report.last_quote, "executionReport.Y"),
                fee=signed_amount(report.fee, "executionReport.n"),
                fee_asset=name(report.fee_asset, "executionReport.N") if report.fee_asset else "",
                maker=report.maker,
                venue_time_ms=time_ms(report.transaction_ms, "executionReport.T"),
            ),
        )
        adds_up("executionReport", fills[0].price, fills[0].quantity, fills[0].quote_quantity)
    reason = report.expiry_reason if report.expiry_reason not in _NO_REASON else report.reject_reason
    return OrderReported(
        venue=venue,
        symbol=symbol,
        client_order_id=client_order_id,
        venue_order_id=number(report.order_id, "executionReport.i"),
        status=status,
        executed=amount(report.executed, "executionReport.z"),
        cum_quote=amount(report.cumulative_quote, "executionReport.Z"),
        source="stream",
        venue_time_ms=time_ms(report.transaction_ms, "executionReport.T"),
        fills=fills,
        reason="" if reason in _NO_REASON else name(reason, "executionReport.r"),
    )


def account_position(venue: str, position: wire.AccountPosition) -> BalanceReported:
    balances = tuple(asset_balance(entry.asset, entry.free, entry.locked) for entry in position.balances)
    return BalanceReported(venue=venue, balances=balances, venue_time_ms=position.update_ms)


def balance_update(venue: str, update: wire.BalanceUpdate) -> TransferReported:
    return TransferReported(
        venue=venue,
        asset=name(update.asset, "balanceUpdate.a"),
        amount=signed_amount(update.delta, "balanceUpdate.d"),
        venue_time_ms=update.cleared_ms,
    )


def asset_balance(asset: str, free: str, locked: str) -> AssetBalance:
    named = name(asset, "asset of a balance")
    return AssetBalance(asset=named, free=amount(free, f"balance of {named}, free"), locked=amount(locked, f"balance of {named}, locked"))


def placed(order: Order, result: wire.AnswerResult) -> OrderReported:
    """The FULL answer to order.place; its fills are the order's as taker.

    Raises:
        MalformedMessage: a field of the answer is missing, or it speaks of another order.
    """
    reported = _answered(order.venue, order.symbol, order.client_order_id, result.client_order_id, result)
    told_of = [] if isinstance(result.fills, UnsetType) else result.fills
    fills = tuple(_answer_fill(order, fill, reported.venue_time_ms) for fill in told_of)
    if told_of is result.fills and sum((fill.quantity for fill in fills), money.ZERO) != reported.executed:
        told = " + ".join(fill.qty for fill in told_of[:10]) or "no fills"
        raise MalformedMessage(f"answer to {order.client_order_id}: expected fills that are executedQty {result.executed_qty}, got {told}")
    return OrderReported(
        venue=order.venue,
        symbol=order.symbol,
        client_order_id=order.client_order_id,
        venue_order_id=reported.venue_order_id,
        status=reported.status,
        executed=reported.executed,
        cum_quote=reported.cum_quote,
        source="answer",
        venue_time_ms=reported.venue_time_ms,
        fills=fills,
    )


def cancelled(venue: str, symbol: str, client_order_id: str, result: wire.AnswerResult) -> OrderReported:
    """The answer to order.cancel. Raises MalformedMessage as `placed`."""
    return _answered(venue, symbol, client_order_id, result.orig_client_order_id, result)


def _answered(venue: str, symbol: str, client_order_id: str, came: str | None, result: wire.AnswerResult) -> OrderReported:
    if came != client_order_id or result.symbol != symbol:
        got = f"{str(came)[:_LONGEST_NAME]!r} of {str(result.symbol)[:_LONGEST_NAME]!r}"
        raise MalformedMessage(f"answer: expected order {client_order_id} of {symbol}, got {got}")
    if result.order_id is None or result.status is None or result.transact_time is None:
        raise MalformedMessage(f"answer to {client_order_id}: expected orderId, status and transactTime, got at least one missing")
    if result.executed_qty is None or result.cummulative_quote_qty is None:
        raise MalformedMessage(f"answer to {client_order_id}: expected executedQty and cummulativeQuoteQty, got at least one missing")
    return OrderReported(
        venue=venue,
        symbol=symbol,
        client_order_id=client_order_id,
        venue_order_id=number(result.order_id, "answer.orderId"),
        status=name(result.status, "answer.status"),
        executed=amount(result.executed_qty, "answer.executedQty"),
        cum_quote=amount(result.cummulative_quote_qty, "answer.cummulativeQuoteQty"),
        source="answer",
        venue_time_ms=time_ms(result.transact_time, "answer.transactTime"),
    )


def _answer_fill(order: Order, fill: wire.OrderFill, time_ms: int) -> Fill:
    price, quantity = amount(fill.price, "answer.fills.price"), amount(fill.qty, "answer.fills.qty")
    return Fill(
        venue=order.venue,
        symbol=order.symbol,
        trade_id=number(fill.trade_id, "answer.fills.tradeId"),
        client_order_id=order.client_order_id,
        side=order.side,
        price=price,
        quantity=quantity,
        quote_quantity=money.truncate8(money.CONTEXT.multiply(price, quantity)),
        fee=signed_amount(fill.commission, "answer.fills.commission"),
        fee_asset=name(fill.commission_asset, "answer.fills.commissionAsset"),
        maker=False,
        venue_time_ms=time_ms,
    )


def bar(venue: str, symbol: str, row: wire.Kline) -> Bar:
    """One row of klines; of its twelve columns the first seven and the number of trades."""
    opened, high, low, close, volume = (amount(text, f"kline[{index}]") for index, text in enumerate(row[1:6], 1))
    if not low <= min(opened, close) <= max(opened, close) <= high:
        raise MalformedMessage(f"kline of {symbol}: expected low <= open, close <= high, got {row[1:5]}")
    return Bar(
        venue=venue,
        symbol=symbol,
        open_ms=row[0],
        close_ms=row[6],
        open=opened,
        high=high,
        low=low,
        close=close,
        volume=volume,
        trades=row[8],
    )


def venue_order(order: wire.RestOrder) -> VenueOrder:
    return VenueOrder(
        client_order_id=name(order.client_order_id, "order.clientOrderId"),
        venue_order_id=number(order.order_id, "order.orderId"),
        symbol=name(order.symbol, "order.symbol"),
        side=side(order.side, "order.side"),
        status=name(order.status, "order.status"),
        executed=amount(order.executed_qty, "order.executedQty"),
        cum_quote=amount(order.cummulative_quote_qty, "order.cummulativeQuoteQty"),
        venue_time_ms=time_ms(order.update_time, "order.updateTime"),
    )


def placed_order(order: wire.RestOrder) -> PlacedOrder:
    """As `venue_order`, with its terms; prices that the order has not are 0 there and None here."""
    seen = venue_order(order)
    return PlacedOrder(
        **{name: getattr(seen, name) for name in seen.__struct_fields__},
        order_type=order.type,
        time_in_force=order.time_in_force,
        quantity=amount(order.orig_qty, "order.origQty"),
        price=amount(order.price, "order.price") or None,
        stop_price=amount(order.stop_price, "order.stopPrice") or None,
    )


def rest_fill(venue: str, trade: wire.RestTrade, client_order_id: str) -> Fill:
    return Fill(
        venue=venue,
        symbol=name(trade.symbol, "trade.symbol"),
        trade_id=number(trade.id, "trade.id"),
        client_order_id=client_order_id,
        side=Side.BUY if trade.is_buyer else Side.SELL,
        price=amount(trade.price, "trade.price"),
        quantity=amount(trade.qty, "trade.qty"),
        quote_quantity=amount(trade.quote_qty, "trade.quoteQty"),
        fee=signed_amount(trade.commission, "trade.commission"),
        fee_asset=name(trade.commission_asset, "trade.commissionAsset"),
        maker=trade.is_maker,
        venue_time_ms=time_ms(trade.time, "trade.time"),
    )


def symbol_rules(venue: str, info: wire.SymbolInfo) -> SymbolRules:
    """The trading rules of a symbol; a filter that is absent disables its check (size 0)."""
    by_type = {entry.filter_type: entry for entry in info.filters}
    absent = wire.SymbolFilter(filter_type="")
    price = by_type.get("PRICE_FILTER", absent)
    lot = by_type.get("LOT_SIZE", absent)
    notional = by_type.get("NOTIONAL", by_type.get("MIN_NOTIONAL", absent))
    where = f"exchangeInfo of {info.symbol[:_LONGEST_NAME]}"
    return SymbolRules(
        venue=venue,
        symbol=name(info.symbol, "exchangeInfo.symbol"),
        base=name(info.base_asset, f"{where}, baseAsset"),
        quote=name(info.quote_asset, f"{where}, quoteAsset"),
        status=name(info.status, f"{where}, status"),
        tick_size=amount(price.tick_size, f"{where}, tickSize"),
        min_price=amount(price.min_price, f"{where}, minPrice"),
        max_price=amount(price.max_price, f"{where}, maxPrice"),
        step_size=amount(lot.step_size, f"{where}, stepSize"),
        min_qty=amount(lot.min_qty, f"{where}, minQty"),
        max_qty=amount(lot.max_qty, f"{where}, maxQty"),
        min_notional=amount(notional.min_notional, f"{where}, minNotional"),
    )
