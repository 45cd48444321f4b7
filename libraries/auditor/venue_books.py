"""The middles that a venue's book had, by the orders of its ledger: what an engine that saw the book may have valued with."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from libraries.auditor.amounts import optional
from libraries.auditor.witnesses.ledger import LedgerLine

_CONDITIONAL = ("STOP_LOSS", "TAKE_PROFIT")
Offer = tuple[str, Decimal]


def timeline(lines: Iterable[LedgerLine], symbol: str) -> list[tuple[int, Decimal]]:
    """The middle after every line that changed it, with the line's time; none while a side had no offer or the two crossed."""
    working: dict[int, Offer] = {}
    waiting: dict[int, Offer] = {}
    seen: list[tuple[int, Decimal]] = []
    for line in lines:
        if _changed(line, symbol, working, waiting):
            bid = max((price for side, price in working.values() if side == "BUY"), default=None)
            ask = min((price for side, price in working.values() if side == "SELL"), default=None)
            if bid is not None and ask is not None and bid < ask:
                seen.append((line.mono, (bid + ask) / 2))
    return seen


def _changed(line: LedgerLine, symbol: str, working: dict[int, Offer], waiting: dict[int, Offer]) -> bool:
    """Whether the line changed what is on offer."""
    data = line.data
    if line.kind == "order" and data.get("symbol") == symbol:
        price = optional(data.get("price"))
        if price is None:
            return False
        waits = bool(data.get("pending")) or str(data["order_type"]).startswith(_CONDITIONAL)
        (waiting if waits else working)[int(data["order_id"])] = (str(data["side"]), price)
        return not waits
    if line.kind in ("activated", "triggered"):
        offer = waiting.pop(int(data["order_id"]), None)
        if offer is not None:
            working[int(data["order_id"])] = offer
        return offer is not None
    if line.kind == "closed":
        waiting.pop(int(data["order_id"]), None)
        return working.pop(int(data["order_id"]), None) is not None
    return False
