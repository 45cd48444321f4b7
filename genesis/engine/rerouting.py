"""Strategies while the reserve of their venue takes the entries: which venue serves each, and what it may not enter twice (decision 37).

A strategy that is rerouted has two seats, one a venue, each with the bars of its own market. Exits are wished by the seat of the venue
at which something is held and executed there. Entries are taken of one seat only, and of one bar at one venue only.
"""

from __future__ import annotations

from genesis.core.errors import RISK_LIMIT
from genesis.core.models import Bar, Purpose
from genesis.core.money import ZERO, text
from genesis.engine import reserve
from genesis.engine.desk import Desk
from genesis.engine.pair_holdings import legs_held, pairs
from genesis.engine.risk_engine import Denial
from genesis.strategies.base import Wish


def serving(desk: Desk, strategy: str) -> str:
    """The venue at which entries of a strategy are taken now: its own, or the ACTIVE reserve of that."""
    own = desk.strategies[strategy].venue
    if strategy not in desk.stand_ins:
        return own
    return reserve.covered_by(desk, own) or own


def waits(desk: Desk, strategy: str, wish: Wish) -> bool:
    """Whether an entry is wished for at the venue that does not serve now: it is dropped, the other seat has its own wishes."""
    return wish.purpose is Purpose.ENTRY and strategy in desk.stand_ins and wish.venue != serving(desk, strategy)


def signal_id(desk: Desk, strategy: str, venue: str, symbol: str, what: str) -> str:
    """The id of what a strategy wishes of a bar or a trade (`what`). At the reserve it names the venue: what is held at both is left at
    both, each by a signal of its own."""
    place = symbol if venue == desk.strategies[strategy].venue else f"{symbol}@{venue}"
    return f"{strategy}-{place}-{what}"


def entered_elsewhere(desk: Desk, strategy: str, bar: Bar, most: int) -> bool:
    """Whether the same bar (by its close) already made a signal at the other venue: it is not entered twice. `most` = wishes of a bar."""
    other = _other(desk, strategy, bar.venue)
    if not other:
        return False
    ids = (signal_id(desk, strategy, other, bar.symbol, f"{bar.close_ms}-{number}") for number in range(1, most + 1))
    return any(desk.state.knows_signal(one) for one in ids)


def refusal(desk: Desk, strategy: str, wish: Wish) -> Denial | None:
    """Why an entry is refused at the venue that serves: the strategy is in that symbol at the other venue, or on its way (I29). Whatever it
    holds there is left there first."""
    other = _other(desk, strategy, wish.venue)
    if not other or wish.purpose is not Purpose.ENTRY:
        return None
    key = (other, wish.symbol)
    held = desk.state.holdings.get((strategy, *key))
    legs = [leg for leg in legs_held(desk, strategy) if (leg.venue, leg.symbol) == key]
    amounts = [one.quantity for one in (held, *legs) if one is not None and one.quantity != ZERO]
    under_way = [trade.multi_leg_id for trade in pairs(desk, strategy) if any((leg.venue, leg.symbol) == key for leg in trade.legs)]
    if not amounts and not under_way:
        return None
    value = text(sum(amounts, ZERO)) if amounts else under_way[0]
    message = f"{strategy} holds {value} of {wish.symbol} at {other}; it enters {wish.symbol} at {wish.venue} once that is closed there"
    return Denial("I29", RISK_LIMIT, f"nothing held at {other}", value, message)


def _other(desk: Desk, strategy: str, venue: str) -> str:
    """The strategy's other venue; "" = it has one only."""
    stand_in = desk.stand_ins.get(strategy)
    if stand_in is None:
        return ""
    return stand_in.venue if venue != stand_in.venue else desk.strategies[strategy].venue
