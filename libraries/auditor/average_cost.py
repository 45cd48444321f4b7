"""The auditor's own arithmetic of positions: average cost, exact, cut to 8 places where a part is split off.

R31; docs/engine.md, Rules of arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from libraries.auditor.amounts import ZERO, share8
from libraries.auditor.witnesses.rows import FillRow


@dataclass
class Lot:
    """An open quantity (signed: long > 0, short < 0), what it cost or brought, and what earlier ones earned, in quote."""

    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    realised: Decimal = ZERO


def asset_changes(fill: FillRow, base: str, quote: str) -> list[tuple[str, Decimal]]:
    """What a fill does to the totals of its assets: base, quote, fee (I03)."""
    if fill.side == "BUY":
        return [(base, fill.quantity), (quote, -fill.quote_quantity), (fill.fee_asset, -fill.fee)]
    return [(base, -fill.quantity), (quote, fill.quote_quantity), (fill.fee_asset, -fill.fee)]


def book(lot: Lot, fill: FillRow, base: str, quote: str) -> None:
    """Book one fill. A base fee changes the quantity, a quote fee the money; a fee in a third asset neither."""
    base_fee = fill.fee if fill.fee_asset == base else ZERO
    quote_fee = fill.fee if fill.fee_asset == quote else ZERO
    if fill.side == "BUY":
        moved, money = fill.quantity - base_fee, fill.quote_quantity + quote_fee
        closes = lot.quantity < 0
    else:
        moved, money = fill.quantity + base_fee, fill.quote_quantity - quote_fee
        closes = lot.quantity > 0
    if closes:
        moved, money = _close(lot, moved, money)
    if moved:
        lot.quantity += moved if fill.side == "BUY" else -moved
        lot.cost += money


def _close(lot: Lot, moved: Decimal, money: Decimal) -> tuple[Decimal, Decimal]:
    """Take `moved` out of the open quantity; returns the quantity and the money that are left to open the other side."""
    held = abs(lot.quantity)
    closing = min(moved, held)
    closing_money = money if moved <= held else share8(money, held, moved)
    removed = lot.cost if closing == held else share8(lot.cost, closing, held)
    if lot.quantity > 0:
        lot.realised += closing_money - removed
        lot.quantity -= closing
    else:
        lot.realised += removed - closing_money
        lot.quantity += closing
    lot.cost -= removed
    return moved - closing, money - closing_money
