"""Rows that differ between the exchange's ledger and the engine's database: orders, fills, balances. Pure.

This is for eyes only: what is right is decided by the auditor, which shares no code with this.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

Row = Mapping[str, Any]
ABSENT = "no row"

_NEVER_ACCEPTED = ("PENDING", "SUBMITTED", "REJECTED", "FAILED", "NOT_SENT")
"""The venue need not know an order in these states."""
_LIVING = ("PENDING", "SUBMITTED", "OPEN", "PARTIALLY_FILLED")
_FILL_FIELDS = ("client_order_id", "price", "quantity", "fee", "fee_asset")


@dataclass(frozen=True)
class Difference:
    """A field that is not the same. `line`: of the ledger, where there is one."""

    row: str
    field: str
    venue: str
    engine: str
    line: int | None = None


@dataclass
class VenueSide:
    """What the ledger says of one account."""

    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    fills: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    balances: dict[str, dict[str, Decimal]] = field(default_factory=dict)


def venue_side(lines: Iterable[Row], account: str) -> VenueSide:
    """Fold the ledger's lines for an account. Amendments and lists count as the orders that they make."""
    side = VenueSide()
    for line in lines:
        if line["type"] == "order" and line["account"] == account:
            side.orders[line["client_order_id"]] = {"open": True, "executed": "0", "line": line["seq"]}
        elif line["type"] == "closed" and line["account"] == account and line["client_order_id"] in side.orders:
            side.orders[line["client_order_id"]] |= {"open": False, "executed": line["executed"], "line": line["seq"]}
        elif line["type"] == "trade":
            _fold_trade(side, line, account)
        for owner, asset, bucket, change in line.get("postings") or ():
            if owner == account:
                held = side.balances.setdefault(asset, {"free": Decimal(0), "locked": Decimal(0)})
                held[bucket] += Decimal(change)
    return side


def _fold_trade(side: VenueSide, line: Row, account: str) -> None:
    for own in (line["maker"], line["taker"]):
        if own["account"] != account:
            continue
        if own["client_order_id"] in side.orders:
            side.orders[own["client_order_id"]] |= {"executed": own["executed"], "line": line["seq"]}
        fill = {name: own.get(name, line.get(name)) for name in _FILL_FIELDS}
        side.fills[line["symbol"], int(line["trade_id"])] = fill | {"line": line["seq"]}


def differences(side: VenueSide, orders: Iterable[Row], fills: Iterable[Row], balances: Iterable[Row]) -> list[Difference]:
    """`orders`, `fills` and `balances`: the engine's rows of that venue."""
    return [*_orders(side, orders), *_fills(side, fills), *_balances(side, balances)]


def _orders(side: VenueSide, rows: Iterable[Row]) -> Iterator[Difference]:
    own = {row["client_order_id"]: row for row in rows}
    for identifier in sorted(side.orders.keys() | own.keys()):
        there, here, name = side.orders.get(identifier), own.get(identifier), f"order {identifier}"
        if there is None:
            assert here is not None
            if here["state"] not in _NEVER_ACCEPTED:
                yield Difference(name, "row", ABSENT, f"{here['state']}, executed {here['executed']}")
        elif here is None:
            yield Difference(name, "row", f"{'open' if there['open'] else 'ended'}, executed {there['executed']}", ABSENT, there["line"])
        else:
            if (here["state"] in _LIVING) != there["open"]:
                yield Difference(name, "state", "open" if there["open"] else "ended", here["state"], there["line"])
            if not same(there["executed"], here["executed"]):
                yield Difference(name, "executed", there["executed"], here["executed"], there["line"])


def _fills(side: VenueSide, rows: Iterable[Row]) -> Iterator[Difference]:
    own = {(row["symbol"], int(row["trade_id"])): row for row in rows}
    for key in sorted(side.fills.keys() | own.keys()):
        there, here, name = side.fills.get(key), own.get(key), f"fill {key[0]} {key[1]}"
        if there is None or here is None:
            yield Difference(name, "row", _fill(there), _fill(here), there["line"] if there else None)
            continue
        for one in _FILL_FIELDS:
            if not same(there[one], here[one]):
                yield Difference(name, one, str(there[one]), str(here[one]), there["line"])


def _fill(row: Row | None) -> str:
    return ABSENT if row is None else f"{row['quantity']} x {row['price']}, order {row['client_order_id']}"


def _balances(side: VenueSide, rows: Iterable[Row]) -> Iterator[Difference]:
    own = {row["asset"]: row for row in rows}
    for asset in sorted(side.balances.keys() | own.keys()):
        for bucket in ("free", "locked"):
            there = f"{side.balances.get(asset, {}).get(bucket, Decimal(0)).normalize():f}"
            here = str(own[asset][bucket]) if asset in own else ABSENT
            if not same(there, here) and not (here == ABSENT and same(there, "0")):
                yield Difference(f"balance {asset}", bucket, there, here)


def same(left: object, right: object) -> bool:
    """Equal as amounts, or as texts where they are none."""
    try:
        return Decimal(str(left)) == Decimal(str(right))
    except InvalidOperation:
        return left == right
