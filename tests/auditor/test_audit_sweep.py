"""Every cell of every table and every field of every ledger line of the engine's account, altered one at a time: somebody notices.

What nobody can notice is named here, with the reason; a new column or field that is not examined turns this red.
"""

from __future__ import annotations

import copy
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.auditor.audit_corruptions import told_world
from tests.auditor.audit_corruptions_recovery import stopped_and_restarted
from tests.auditor.audit_kit import ACCOUNT, Row
from tests.auditor.audit_scenario import Scenario
from tests.auditor.corruption_count import PROPERTY, UNSEEN

Place = tuple[str, ...]

UNSEEN_CELLS = {
    "meta.key": "of the instance id; the epoch's is seen",
    "commits.committed_ns": "a moment later or earlier is as likely",
    "snapshots.wall_ms": "when a snapshot was made is no part of it",
    "meta.value of instance_id": "it names order ids that are still to come",
}
UNSEEN_FIELDS = {
    "t": "the venue's clock, but of a trade",
    "mono": "a moment later or earlier is as likely",
    "reason": "words",
    "cancel_id": "words",
    "quote_order_qty": "the engine never orders by money",
}
UNSEEN_OF_A_KIND = {
    **{f"request.{name}": "why the venue refused, by which door, and when" for name in ("msg", "code", "via", "outcome", "received_ns")},
    **{f"request.{name}": "of a cancel" for name in ("side", "order_type", "quantity", "price", "action", "symbol")},
    "request.account": "of one that was refused",
    **{f"{kind}.time_in_force": "where the engine leaves it to the venue" for kind in ("request", "order")},
    **{f"venue.symbol.{name}": "rules change as they like" for name in ("tick_size", "step_size", "min_price", "max_price")},
    **{f"venue.symbol.{name}": "rules change as they like" for name in ("min_qty", "max_qty", "min_notional")},
    "venue.version": "of the ledger",
    "venue.seed": "of the market",
    "account.key_id": "a name of the key",
}


def altered(value: Any) -> Any:
    """Another value of the same kind, as near as one digit or letter."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if value is None:
        return "1"
    text = str(value)
    digits = [place for place, letter in enumerate(text) if letter.isdigit() and letter != "0"]
    if not digits:
        return text + "x"
    place = digits[-1]
    return text[:place] + str(int(text[place]) % 9 + 1) + text[place + 1 :]


def noticed(world: Scenario, folder: Path) -> bool:
    """Whether the auditor sees a violation or cannot read it, or the database does not even take it."""
    for path in folder.iterdir():
        path.unlink()
    try:
        files = world.write(folder)
    except sqlite3.IntegrityError:
        return True
    return files.audit().code in (1, 3)


def cells(world: Scenario) -> Iterator[tuple[str, Row, str]]:
    for table, rows in {**world.tables, "commits": world.commits}.items():
        for row in rows:
            for column in row:
                yield f"{table}.{column}" + (f" of {row['key']}" if table == "meta" and column == "value" else ""), row, column


def fields(world: Scenario) -> Iterator[tuple[str, Any, Any]]:
    """Of lines that are about the engine's account: what is in the line, in its side of a trade, and in all postings. Other accounts are
    audited with the ledger alone."""
    for line in world.ledger:
        sides = [side for side in (line.get("maker"), line.get("taker")) if isinstance(side, dict)]
        if ACCOUNT not in (line.get("account"), *(side["account"] for side in sides)) and line["type"] != "venue":
            continue
        yield from ((f"{line['type']}.{name}", line, name) for name, value in line.items() if not isinstance(value, list | dict))
        for side in (side for side in sides if side["account"] == ACCOUNT):
            yield from ((f"{line['type']}.side.{name}", side, name) for name in side)
        for posting in line.get("postings", ()):
            yield from ((f"{line['type']}.posting.{number}", posting, number) for number in range(len(posting)))
        for symbol in line.get("symbols", ()):
            yield from ((f"venue.symbol.{name}", symbol, name) for name in symbol)


def test_every_cell_is_witnessed(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    world = stopped_and_restarted
    unseen, number = list[str](), len(list(cells(world())))
    for index in range(number):
        corrupted = world()
        name, row, column = list(cells(corrupted))[index]
        row[column] = altered(row[column])
        if not noticed(corrupted, tmp_path):
            unseen.append(name)
    record_property(PROPERTY, ["cells"] * (number - len(unseen)))
    record_property(UNSEEN, ["cells"] * len(unseen))
    assert set(unseen) == set(UNSEEN_CELLS)


def test_every_field_of_the_ledger_is_witnessed(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    unseen, number = list[str](), len(list(fields(told_world())))
    for index in range(number):
        corrupted = told_world()
        corrupted.ledger = copy.deepcopy(corrupted.ledger)
        name, holder, key = list(fields(corrupted))[index]
        holder[key] = altered(holder[key])
        if not noticed(corrupted, tmp_path):
            unseen.append(name)
    record_property(PROPERTY, ["ledger"] * (number - len(unseen)))
    record_property(UNSEEN, ["ledger"] * len(unseen))
    seen_by_nobody = {name for name in unseen if name.rpartition(".")[2] not in UNSEEN_FIELDS and name not in UNSEEN_OF_A_KIND}
    assert sorted(seen_by_nobody) == []
    assert {*UNSEEN_OF_A_KIND} - {*unseen} == set(), "these are seen: take them out of the list"
    assert {*UNSEEN_FIELDS} - {name.rpartition(".")[2] for name in unseen} == set(), "these are seen: take them out of the list"
