"""What pairs hold (R19): their legs are no positions of their symbols, so whoever counts cash, inventory or profit asks here too."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from genesis.core.models import PAIR, MultiLegTrade, StrategyHolding
from genesis.core.money import ONE, ZERO
from genesis.core.portfolio import stop_price
from genesis.core.shares import trade_holdings
from genesis.engine.desk import Desk


def pairs(desk: Desk, strategy: str | None = None) -> Iterator[MultiLegTrade]:
    """The pairs that are not CLOSED, of one strategy or of all."""
    for trade_id in sorted(desk.memory.active_trades):
        trade = desk.state.multi_legs[trade_id]
        if trade.kind == PAIR and strategy in (None, trade.strategy):
            yield trade


def legs_held(desk: Desk, strategy: str | None = None) -> list[StrategyHolding]:
    """What the legs of pairs hold, of one strategy or of all."""
    if not desk.memory.active_trades:
        return []
    return [leg for trade in pairs(desk, strategy) for leg in trade_holdings(desk.state, trade)]


def stop_of(desk: Desk, leg: StrategyHolding) -> Decimal:
    """The stop price of a leg (R6): the tighter of the default and what its strategy wished for."""
    fraction, own = desk.settings.risk.stop_fraction, leg.stop_fraction
    price = stop_price(
        leg.quantity, leg.cost, fraction if own is None else min(fraction, own), desk.state.rules[(leg.venue, leg.symbol)].tick_size
    )
    assert price is not None, leg.symbol
    return price


def buy_backs(desk: Desk, venue: str, asset: str) -> Decimal:
    """Cash (`asset`) that the short legs at `venue` need at their stops plus fee, not truncated."""
    if not desk.memory.active_trades:
        return ZERO
    short = [leg for leg in legs_held(desk) if leg.venue == venue and leg.quantity < ZERO]
    ours = [leg for leg in short if desk.state.rules[(venue, leg.symbol)].quote == asset]
    return sum((-leg.quantity * stop_of(desk, leg) / (ONE - desk.taker_fee(venue)) for leg in ours), ZERO)


def bought(desk: Desk, venue: str, asset: str) -> Decimal:
    """Base that the long legs at `venue` hold: it is theirs to sell and nobody else's."""
    if not desk.memory.active_trades:
        return ZERO
    long = [leg for leg in legs_held(desk) if leg.venue == venue and leg.quantity > ZERO]
    return sum((leg.quantity for leg in long if desk.state.rules[(venue, leg.symbol)].base == asset), ZERO)
