"""What the gateway asks of this venue, and what it must make of the answers, to the last digit.

`recorded_venue.py` says what happened at the venue before: the numbers below follow from it by arithmetic.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from genesis.core.commands import QueryOrder, Reconcile
from genesis.core.events import AssetBalance, OrderNotFound, OrderReported, VenueOrder, VenueSnapshot
from genesis.core.models import Fill, Side, SymbolRules
from genesis.exchange import translate
from genesis.exchange.errors import VenueRefused
from tests.contracts.gateway import NOW_MS, SYMBOLS, VENUE, Desk

RULES = SymbolRules(
    venue=VENUE,
    symbol="BTCUSDT",
    base="BTC",
    quote="USDT",
    status="TRADING",
    tick_size=Decimal("0.01"),
    min_price=Decimal("0.01"),
    max_price=Decimal(1_000_000),
    step_size=Decimal("0.00001"),
    min_qty=Decimal("0.00001"),
    max_qty=Decimal(9_000),
    min_notional=Decimal(5),
)


@dataclass(frozen=True)
class Conversation:
    """One cassette. `ask` returns domain objects, `expected` are those; a refusal is expected as (status, code, text)."""

    name: str
    ask: Callable[[Desk], Awaitable[Any]]
    expected: Any
    desk: Callable[..., Desk] = Desk


def fill(trade_id: int, client_order_id: str, side: Side, price: str, quantity: str, *, fee: str, maker: bool) -> Fill:
    """A fill at the stopped time; the fee is in what is received."""
    return Fill(
        venue=VENUE,
        symbol="BTCUSDT",
        trade_id=trade_id,
        client_order_id=client_order_id,
        side=side,
        price=Decimal(price),
        quantity=Decimal(quantity),
        quote_quantity=Decimal(price) * Decimal(quantity),
        fee=Decimal(fee),
        fee_asset="BTC" if side is Side.BUY else "USDT",
        maker=maker,
        venue_time_ms=NOW_MS,
    )


MARKET_FILLS = (
    fill(1, "gcontract-market", Side.BUY, "101", "1", fee="0.001", maker=False),
    fill(2, "gcontract-market", Side.BUY, "102", "0.5", fee="0.0005", maker=False),
)
CANCELLED_FILLS = (fill(3, "gcontract-cancelled", Side.BUY, "100", "0.2", fee="0.0002", maker=True),)
RESTING = VenueOrder(
    client_order_id="gcontract-resting",
    venue_order_id=7,
    symbol="BTCUSDT",
    side=Side.SELL,
    status="NEW",
    executed=Decimal(0),
    cum_quote=Decimal(0),
    venue_time_ms=NOW_MS,
)
BALANCES = (
    AssetBalance(asset="BTC", free=Decimal("2.4983"), locked=Decimal("1")),
    AssetBalance(asset="USDT", free=Decimal("828"), locked=Decimal(0)),
)


def reported(client_order_id: str, order_id: int, status: str, executed: str, cum_quote: str, fills: tuple[Fill, ...]) -> OrderReported:
    """What a query reports."""
    return OrderReported(
        venue=VENUE,
        symbol="BTCUSDT",
        client_order_id=client_order_id,
        venue_order_id=order_id,
        status=status,
        executed=Decimal(executed),
        cum_quote=Decimal(cum_quote),
        source="query",
        venue_time_ms=NOW_MS,
        fills=fills,
    )


def order(client_order_id: str) -> Callable[[Desk], Awaitable[Any]]:
    return lambda desk: desk.reader.order(QueryOrder(venue=VENUE, symbol="BTCUSDT", client_order_id=client_order_id))


async def rules(desk: Desk) -> SymbolRules:
    info = await desk.rest.exchange_info(SYMBOLS)
    return translate.symbol_rules(VENUE, info.symbols[0])


async def depth(desk: Desk) -> tuple[list[list[str]], list[list[str]]]:
    """Bids and asks; the number of the last update is the venue's own affair."""
    snapshot = await desk.rest.depth("BTCUSDT")
    return snapshot.bids, snapshot.asks


async def everything(desk: Desk) -> VenueSnapshot:
    """Sorted by asset: the venue promises no order of balances."""
    ours = tuple(("BTCUSDT", f"gcontract-{name}") for name in ("resting", "cancelled", "lost"))
    snapshot = await desk.reader.everything(Reconcile(venue=VENUE, unresolved=ours, trades_after={"BTCUSDT": -1}))
    return VenueSnapshot(
        **{
            **{name: getattr(snapshot, name) for name in snapshot.__struct_fields__},
            "balances": tuple(sorted(snapshot.balances, key=lambda balance: balance.asset)),
        }
    )


async def refusal_of_an_unknown_symbol(desk: Desk) -> tuple[int, int, str]:
    return await _refused(desk.rest.depth("NOPEUSDT"))


async def refusal_of_the_account(desk: Desk) -> tuple[int, int, str]:
    return await _refused(desk.rest.account())


async def account_after_a_measurement(desk: Desk) -> int:
    """The first question is refused with -1021, the clock is measured, the second is answered."""
    return len((await desk.rest.account()).balances)


async def _refused(question: Awaitable[Any]) -> tuple[int, int, str]:
    try:
        answer = await question
    except VenueRefused as refusal:
        return refusal.status, refusal.code, refusal.message
    raise AssertionError(f"expected a refusal, got {answer}")


RECORDED = (
    Conversation("rules", rules, RULES),
    Conversation("depth", depth, ([["99.00000000", "1.00000000"]], [["102.00000000", "1.50000000"], ["110.00000000", "1.00000000"]])),
    Conversation("filled-order", order("gcontract-market"), reported("gcontract-market", 4, "FILLED", "1.5", "152", MARKET_FILLS)),
    Conversation("resting-order", order("gcontract-resting"), reported("gcontract-resting", 7, "NEW", "0", "0", ())),
    Conversation(
        "order-cancelled-after-a-partial-fill",
        order("gcontract-cancelled"),
        reported("gcontract-cancelled", 5, "CANCELED", "0.2", "20", CANCELLED_FILLS),
    ),
    Conversation(
        "order-that-never-arrived", order("gcontract-lost"), OrderNotFound(client_order_id="gcontract-lost", venue_time_ms=NOW_MS)
    ),
    Conversation(
        "everything",
        everything,
        VenueSnapshot(
            venue=VENUE,
            rules=(RULES,),
            balances=BALANCES,
            open_orders=(RESTING,),
            queried_orders=(
                RESTING,
                VenueOrder(
                    client_order_id="gcontract-cancelled",
                    venue_order_id=5,
                    symbol="BTCUSDT",
                    side=Side.BUY,
                    status="CANCELED",
                    executed=Decimal("0.2"),
                    cum_quote=Decimal(20),
                    venue_time_ms=NOW_MS,
                ),
            ),
            missing_orders=("gcontract-lost",),
            fills=(*MARKET_FILLS, *CANCELLED_FILLS),
            venue_time_ms=NOW_MS,
        ),
    ),
    Conversation("unknown-symbol", refusal_of_an_unknown_symbol, (400, -1121, "Invalid symbol.")),
    Conversation(
        "wrong-secret",
        refusal_of_the_account,
        (400, -1022, "Signature for this request is not valid."),
        lambda *address: Desk(*address, api_secret="another" + "s" * 57),
    ),
    Conversation(
        "unknown-key",
        refusal_of_the_account,
        (401, -2015, "Invalid API-key, IP, or permissions for action."),
        lambda *address: Desk(*address, api_key="another" + "k" * 57),
    ),
    Conversation("clock-ahead", account_after_a_measurement, 2, lambda *address: Desk(*address, ahead_ms=90_000)),
)
