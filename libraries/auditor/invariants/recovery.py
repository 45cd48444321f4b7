"""I31: recovery repeats nothing. What a snapshot holds is what the facts up to it fold to, and what a new process changes before it
decides anything is explained by the venue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from libraries.auditor import amounts
from libraries.auditor.amounts import ZERO
from libraries.auditor.examination import Examination
from libraries.auditor.fold import Fold, folding
from libraries.auditor.witnesses import files
from libraries.auditor.witnesses.journal import Event
from libraries.auditor.witnesses.ledger import LedgerLine
from libraries.auditor.witnesses.rows import BalanceRow, FillRow, MultiLegRow, OrderRow, PositionRow, row_from
from libraries.auditor.world import Venue, World

_NOT_KEPT: dict[type, frozenset[str]] = {OrderRow: frozenset({"epoch"}), BalanceRow: frozenset({"free"})}
"""Columns that a snapshot does not hold: `free` follows, and the epoch is the process's."""
_DECISIONS = frozenset({"SignalReceived", "OrderIntended", "OperatorActed", "StopFired", "OpportunitySeen"})
_SETTLED = frozenset({"CANCELLED", "EXPIRED", "FILLED"})
"""Final states that the venue itself must have said."""
_PARTS: dict[str, tuple[type[Any], tuple[str, ...]]] = {
    "orders": (OrderRow, ("client_order_id",)),
    "fills": (FillRow, ("venue", "symbol", "trade_id")),
    "positions": (PositionRow, ("venue", "symbol")),
    "balances": (BalanceRow, ("venue", "asset")),
    "multi_legs": (MultiLegRow, ("multi_leg_id",)),
}
"""Part of a snapshot (and of the fold) -> its rows, and their key."""


def idempotent(world: World) -> Examination:
    """I31: every snapshot holds exactly what the facts up to its event fold to (orders, fills, positions, balances, multi-leg trades,
    strategies, tier, halts, the day, the operator's wish, the next order number); the snapshot of a stop has the digest that the stop
    names; and between the start of a process and its first decision nothing is booked that the venue had not done by then. Objects:
    rows of snapshots, digests of stops, changes during recoveries.
    """
    found = Examination()
    _snapshots(found, world)
    _stops(found, world)
    for event in _recovered(world):
        found.look()
        _explained(found, world, event)
    return found


# snapshots


def _snapshots(found: Examination, world: World) -> None:
    rows = {int(row["seq"]): row for row in world.store.tables["snapshots"].rows}
    head = world.journal.head
    if head is not None and set(rows) == {head.seq}:
        _same_state(found, world, rows[head.seq], world.folded)
        return
    for seq, folded in folding(world.journal.events, set(rows)):
        _same_state(found, world, rows[seq], folded)


def _same_state(found: Examination, world: World, snapshot: Mapping[str, Any], folded: Fold) -> None:
    where = f"snapshots seq={snapshot['seq']}"
    try:
        document = files.decode(str(snapshot["document"]))
    except ValueError as error:
        found.fail("document of a snapshot", "a JSON object", str(error), where)
        return
    for part, (kind, key) in _PARTS.items():
        rows = document.get(part)
        if found.require(isinstance(rows, list), f"{part} of a snapshot", "a list", "none", where):
            _same_rows(found, where, part, _read(rows, kind, key), _remembered(folded, part))
    for name, value in _beside(world, int(snapshot["seq"]), folded).items():
        found.look()
        found.equal(f"{name} in a snapshot", value, document.get(name), where)
    kept = document.get("day") or {}
    for name, value in _day(world, int(snapshot["seq"])).items():
        found.equal(f"{name} of the day in a snapshot", value, kept.get(name), where)


def _remembered(folded: Fold, part: str) -> dict[Any, Any]:
    """The rows of one part without what the engine has forgotten by then."""
    rows: dict[Any, Any] = getattr(folded, part)
    if part not in ("orders", "fills", "multi_legs"):
        return rows
    return {key: row for key, row in rows.items() if (row.client_order_id if isinstance(row, FillRow) else key) not in folded.forgotten}


def _read(raws: Any, kind: type[Any], key: tuple[str, ...]) -> dict[Any, Any]:
    """The rows of one part of a snapshot by their keys, as the tables have them."""
    absent = dict.fromkeys(_NOT_KEPT.get(kind, ()))
    rows = {}
    for raw in raws:
        named = tuple(raw[column] for column in key)
        row = row_from(kind, absent | raw | ({"maker": int(raw["maker"])} if kind is FillRow else {}))
        rows[named if len(named) > 1 else named[0]] = row
    return rows


def _same_rows(found: Examination, where: str, part: str, rows: Mapping[Any, Any], expected: Mapping[Any, Any]) -> None:
    for key in sorted(rows.keys() | expected.keys(), key=str):
        found.look()
        named = f"{where}: {part} {' '.join(map(str, key)) if isinstance(key, tuple) else key}"
        row, folded = rows.get(key), expected.get(key)
        if row is None or folded is None:
            expected_row, got_row = "none" if folded is None else "what the facts give", "none" if row is None else "a row"
            found.fail(f"row of {part} in a snapshot", expected_row, got_row, named)
            continue
        for column in fields(row):
            if column.name not in _NOT_KEPT.get(type(row), ()):
                found.equal(f"{column.name} in a snapshot", getattr(folded, column.name), getattr(row, column.name), named)


def _beside(world: World, seq: int, folded: Fold) -> dict[str, Any]:
    """What a snapshot holds beside rows, as the facts up to `seq` give it."""
    numbers = [int(name.rsplit("-", 1)[1]) for name in folded.orders]
    mode = "RUN"
    halts: dict[str, Any] = {}
    for event in _up_to(world, seq, "OperatorActed", "HaltBegan", "HaltEnded"):
        if event.kind == "HaltBegan":
            halts[str(event.inner("halt").get("kind"))] = event.data["halt"]
        elif event.kind == "HaltEnded":
            halts.pop(str(event.data["halt"]), None)
        elif event.data.get("action") in ("PAUSE", "HALT", "RESUME"):
            mode = {"RESUME": "RUN"}.get(str(event.data["action"]), str(event.data["action"]))
    tiers = _up_to(world, seq, "TierAssigned")
    return {
        "strategies": folded.strategies,
        "tier": tiers[-1].data["after"] if tiers else None,
        "halts": halts,
        "operator_mode": mode,
        "next_order_number": max(numbers, default=0) + 1,
        "epoch": world.journal.by_seq[seq].epoch,
    }


def _up_to(world: World, seq: int, *kinds: str) -> list[Event]:
    found = [event for kind in kinds for event in world.journal.by_kind[kind] if event.seq <= seq]
    return sorted(found, key=lambda event: event.seq)


def _day(world: World, seq: int) -> dict[str, Any]:
    """Where the day stands: what it began with, how far its loss has gone, how often it was overridden (R3, R22, R35)."""
    day: dict[str, Any] = {"number": -1, "value": "0", "equity": "0", "reached": [], "overrides": 0}
    for event in _up_to(world, seq, "DayBegan", "DayLossReached", "OverrideBegan"):
        data = event.data
        if event.kind == "DayBegan":
            day = {"number": data["day"], "value": data["value"], "equity": data["equity"], "reached": [], "overrides": 0}
        elif event.kind == "DayLossReached":
            day["reached"] = [*day["reached"], data["rung"]]
        else:
            day["overrides"] = data["number"]
    return day


# stops


def _stops(found: Examination, world: World) -> None:
    """A stop changes nothing and is the last fact: the snapshot that stands on it has the digest that it names."""
    digests = {int(row["seq"]): str(row["digest"]) for row in world.store.tables["snapshots"].rows}
    for event in world.journal.by_kind["EngineStopped"]:
        if event.seq in digests:
            found.look()
            found.equal("digest of the snapshot of a stop", event.data["digest"], digests[event.seq], event.where)


# recoveries


def _recovered(world: World) -> Iterator[Event]:
    """What each process but the first changed of orders and money before its first decision."""
    recovering = False
    for event in world.journal.events:
        if event.kind == "EngineStarted":
            recovering = event.epoch > world.journal.events[0].epoch
        elif event.kind in _DECISIONS or event.data.get("after") == "RUNNING":
            recovering = False
        elif recovering and event.kind in ("OrderFilled", "OrderChanged", "BalanceTransferred"):
            yield event


def _explained(found: Examination, world: World, event: Event) -> None:
    if event.kind == "OrderFilled":
        fill = event.inner("fill")
        key = (str(fill.get("venue")), str(fill.get("symbol")), int(fill.get("trade_id", -1)))
        _had_traded(found, world, key, event)
    elif event.kind == "OrderChanged":
        _had_said(found, world, event)
    else:
        _had_moved(found, world, event)


def _had_traded(found: Examination, world: World, key: tuple[str, str, int], event: Event) -> None:
    venue = world.venues.get(key[0])
    trades = [fill for fill in venue.whole.fills if (fill.symbol, fill.trade_id) == key[1:]] if venue is not None else []
    known = bool(trades) and trades[0].traded_ns <= event.mono_ns
    found.require(known, f"trade {key[2]} of {key[1]} that a recovery booked", "one that the venue had made by then", "none", event.where)


def _had_said(found: Examination, world: World, event: Event) -> None:
    """An order is no further than its trades at the venue were, and over only if the venue had closed it."""
    client_id = str(event.data["client_order_id"])
    order = world.store.order_by_id.get(client_id)
    venue = world.venues.get(order.venue) if order is not None else None
    if venue is None:
        return
    traded = sum(
        (fill.quantity for fill in venue.whole.fills if fill.client_order_id == client_id and fill.traded_ns <= event.mono_ns), ZERO
    )
    executed = amounts.amount(event.data["executed"])
    found.require(executed <= traded, f"executed of {client_id} after a recovery", f"at most {amounts.text(traded)}", executed, event.where)
    if event.data["after"] in _SETTLED:
        ended = [order.ended_ns for order in venue.whole.orders.get(client_id, ()) if order.ended_ns is not None]
        closed = any(at_ns <= event.mono_ns for at_ns in ended)
        found.require(
            closed, f"end of {client_id} that a recovery booked", "closed by the venue by then", "open or unknown there", event.where
        )


def _had_moved(found: Examination, world: World, event: Event) -> None:
    """Money that came or went beside the engine's own orders: the venue has a line of that asset that is no order or trade of them."""
    venue, asset = world.venues.get(str(event.data["venue"])), str(event.data["asset"])
    if venue is None:
        return
    moved = any(_foreign(world, venue, line, asset) for line in venue.lines if line.mono <= event.mono_ns)
    found.require(moved, f"transfer of {asset} that a recovery booked", "money that the venue had moved by then", "none", event.where)


def _foreign(world: World, venue: Venue, line: LedgerLine, asset: str) -> bool:
    if not any(posting.account == venue.whole.account and posting.asset == asset for posting in line.postings):
        return False
    sides = (line.data, line.data.get("maker"), line.data.get("taker"))
    named = {str(side.get("client_order_id")) for side in sides if isinstance(side, dict)}
    return not named & world.store.order_by_id.keys()
