"""Exposure (R5): what is open and what open orders may still open, of the account and of one symbol, in the quote asset.

Positions, legs of pairs and MARKET entries count at the middle of the book, LIMIT entries and slices that were not sent yet at their
own price. Long and short both count up, and an open entry counts whole whichever way it goes: it may be what is left when the position
against it was closed by something else.
"""

from __future__ import annotations

from decimal import Decimal

from genesis.core.commands import Alert
from genesis.core.facts import ConcentrationChanged
from genesis.core.money import ONE, ZERO, text, truncate8
from genesis.engine.desk import Desk
from genesis.engine.valuation import equity, rate


def exposure(desk: Desk, at: str = "") -> Decimal | None:
    """Of the whole account, or `at` one venue, truncated to 8 places; None while a quote that is open cannot be valued."""
    total = ZERO
    for (venue, quote), amount in desk.tally.in_quote.items():
        if amount != ZERO and at in ("", venue):
            price = rate(desk, venue, quote)
            if price is None:
                return None
            total += amount if price is ONE else amount * price
    return truncate8(total)


def watch(desk: Desk) -> None:
    """Tell when a symbol, at all venues together, comes above its part of the balance, and when it is back (R5)."""
    balance = equity(desk)
    if balance is None or (not desk.tally.in_quote and not desk.state.concentrated):
        return
    most = truncate8(balance * desk.settings.risk.symbol_warning)
    amounts: dict[str, Decimal] = dict.fromkeys(desk.state.concentrated, ZERO)
    for key in desk.tally.exposed():
        price = rate(desk, key[0], desk.state.rules[key].quote)
        if price is None:
            return
        amounts[key[1]] = amounts.get(key[1], ZERO) + desk.tally.exposure_of(key) * price
    for symbol, amount in amounts.items():
        if (amount > most) is not (symbol in desk.state.concentrated):
            _tell(desk, symbol, truncate8(amount), most)


def _tell(desk: Desk, symbol: str, amount: Decimal, most: Decimal) -> None:
    above = amount > most
    desk.record(ConcentrationChanged(symbol=symbol, above=above, exposure=amount, limit=most, correlation_id=symbol))
    if above:
        desk.send(Alert(severity="warning", text=f"R5: {symbol} is {text(amount)} USDT of exposure, more than {text(most)}"))
