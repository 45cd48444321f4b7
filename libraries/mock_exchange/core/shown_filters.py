"""The filters as exchangeInfo and myFilters show them (binance-spot 1.6)."""

from __future__ import annotations

from .amounts import canonical, text8
from .symbols import ExchangeLimits, SymbolSpec

Shown = list[dict[str, object]]


def symbol_filters(spec: SymbolSpec) -> Shown:
    """Those that bind orders of the symbol; a filter that is off is left out, but for PRICE_FILTER, LOT_SIZE and NOTIONAL."""
    shown: Shown = [_price_filter(spec), _lot("LOT_SIZE", spec.min_qty, spec.max_qty, spec.step_size)]
    if spec.iceberg_parts:
        shown.append({"filterType": "ICEBERG_PARTS", "limit": spec.iceberg_parts})
    if spec.market_lot is not None:
        lot = spec.market_lot
        shown.append(_lot("MARKET_LOT_SIZE", lot.min_qty, lot.max_qty, lot.step_size))
    shown += _trailing_delta(spec)
    shown += _percent_price(spec)
    shown += _notional(spec)
    shown += _counted(
        ("MAX_NUM_ORDERS", "maxNumOrders", spec.max_num_orders),
        ("MAX_NUM_ORDER_LISTS", "maxNumOrderLists", spec.max_num_order_lists),
        ("MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders", spec.max_num_algo_orders),
        ("MAX_NUM_ICEBERG_ORDERS", "maxNumIcebergOrders", spec.max_num_iceberg_orders),
        ("MAX_NUM_ORDER_AMENDS", "maxNumOrderAmends", spec.max_num_order_amends),
    )
    if spec.max_position:
        shown.append({"filterType": "MAX_POSITION", "maxPosition": text8(spec.max_position)})
    return shown


def exchange_filters(limits: ExchangeLimits) -> Shown:
    return _counted(
        ("EXCHANGE_MAX_NUM_ORDERS", "maxNumOrders", limits.max_num_orders),
        ("EXCHANGE_MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders", limits.max_num_algo_orders),
        ("EXCHANGE_MAX_NUM_ICEBERG_ORDERS", "maxNumIcebergOrders", limits.max_num_iceberg_orders),
        ("EXCHANGE_MAX_NUM_ORDER_LISTS", "maxNumOrderLists", limits.max_num_order_lists),
    )


def asset_filters(limits: ExchangeLimits, spec: SymbolSpec) -> Shown:
    """MAX_ASSET of the symbol's two assets."""
    return [
        {"filterType": "MAX_ASSET", "asset": asset, "limit": text8(limits.max_asset[asset])}
        for asset in (spec.base, spec.quote)
        if asset in limits.max_asset
    ]


def _price_filter(spec: SymbolSpec) -> dict[str, object]:
    return {
        "filterType": "PRICE_FILTER",
        "minPrice": text8(spec.min_price),
        "maxPrice": text8(spec.max_price),
        "tickSize": text8(spec.tick_size),
    }


def _lot(name: str, min_qty: int, max_qty: int, step_size: int) -> dict[str, object]:
    return {"filterType": name, "minQty": text8(min_qty), "maxQty": text8(max_qty), "stepSize": text8(step_size)}


def _trailing_delta(spec: SymbolSpec) -> Shown:
    delta = spec.trailing_delta
    if delta is None:
        return []
    return [
        {
            "filterType": "TRAILING_DELTA",
            "minTrailingAboveDelta": delta.min_above,
            "maxTrailingAboveDelta": delta.max_above,
            "minTrailingBelowDelta": delta.min_below,
            "maxTrailingBelowDelta": delta.max_below,
        }
    ]


def _percent_price(spec: SymbolSpec) -> Shown:
    shown: Shown = []
    both, by_side = spec.percent_price, spec.percent_price_by_side
    if both is not None:
        multipliers: dict[str, object] = {"multiplierUp": canonical(both.up), "multiplierDown": canonical(both.down)}
        shown.append({"filterType": "PERCENT_PRICE", **multipliers, "avgPriceMins": spec.average_price_minutes})
    if by_side is not None:
        shown.append(
            {
                "filterType": "PERCENT_PRICE_BY_SIDE",
                "bidMultiplierUp": canonical(by_side.bid_up),
                "bidMultiplierDown": canonical(by_side.bid_down),
                "askMultiplierUp": canonical(by_side.ask_up),
                "askMultiplierDown": canonical(by_side.ask_down),
                "avgPriceMins": spec.average_price_minutes,
            }
        )
    return shown


def _notional(spec: SymbolSpec) -> Shown:
    shown: Shown = []
    older = spec.older_min_notional
    if older is not None:
        shown.append(
            {
                "filterType": "MIN_NOTIONAL",
                "minNotional": text8(older.minimum),
                "applyToMarket": older.on_market,
                "avgPriceMins": spec.average_price_minutes,
            }
        )
    shown.append(
        {
            "filterType": "NOTIONAL",
            "minNotional": text8(spec.min_notional),
            "applyMinToMarket": spec.min_notional_on_market,
            "maxNotional": text8(spec.max_notional),
            "applyMaxToMarket": spec.max_notional_on_market,
            "avgPriceMins": spec.average_price_minutes,
        }
    )
    return shown


def _counted(*filters: tuple[str, str, int]) -> Shown:
    return [{"filterType": name, key: limit} for name, key, limit in filters if limit]
