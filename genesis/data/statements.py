"""The statements of the running engine, as `genesis.data.ahead` compiled them for the driver."""

from __future__ import annotations

from typing import Final

from genesis.data.migrate import STATEMENTS_FILE


def _parsed(content: str) -> dict[str, str]:
    """Name -> statement: each stands after a line `-- NAME` and ends with a semicolon."""
    parts = (part.partition("\n") for part in content.split("-- ")[1:])
    return {name.strip(): body.strip().removesuffix(";") for name, _, body in parts}


_STATEMENTS: Final = _parsed(STATEMENTS_FILE.read_text(encoding="utf-8"))

INSERT_EVENT: Final = _STATEMENTS["INSERT_EVENT"]
INSERT_ARCHIVE: Final = _STATEMENTS["INSERT_ARCHIVE"]
INSERT_DAY: Final = _STATEMENTS["INSERT_DAY"]
UPSERT_SNAPSHOT: Final = _STATEMENTS["UPSERT_SNAPSHOT"]
UPSERT_COMMIT: Final = _STATEMENTS["UPSERT_COMMIT"]
UPSERT_META: Final = _STATEMENTS["UPSERT_META"]
UPSERT_ORDER: Final = _STATEMENTS["UPSERT_ORDER"]
INSERT_FILL: Final = _STATEMENTS["INSERT_FILL"]
UPSERT_POSITION: Final = _STATEMENTS["UPSERT_POSITION"]
UPSERT_BALANCE: Final = _STATEMENTS["UPSERT_BALANCE"]
UPSERT_MULTI_LEG: Final = _STATEMENTS["UPSERT_MULTI_LEG"]
UPSERT_STRATEGY: Final = _STATEMENTS["UPSERT_STRATEGY"]
DROP_OLD_SNAPSHOTS: Final = _STATEMENTS["DROP_OLD_SNAPSHOTS"]
SELECT_ORDER: Final = _STATEMENTS["SELECT_ORDER"]
SELECT_ORDERS: Final = _STATEMENTS["SELECT_ORDERS"]
SELECT_ORDERS_IN_STATE: Final = _STATEMENTS["SELECT_ORDERS_IN_STATE"]
SELECT_POSITIONS: Final = _STATEMENTS["SELECT_POSITIONS"]
SELECT_FILLS: Final = _STATEMENTS["SELECT_FILLS"]
SELECT_TRADES: Final = _STATEMENTS["SELECT_TRADES"]


def _columns(statement: str) -> tuple[str, tuple[str, ...]]:
    """Table and columns of an INSERT."""
    head, _, rest = statement.removeprefix("INSERT INTO ").partition(" (")
    return head, tuple(rest.partition(")")[0].split(", "))


PROJECTIONS: Final = dict(
    map(_columns, (UPSERT_ORDER, INSERT_FILL, UPSERT_POSITION, UPSERT_BALANCE, UPSERT_MULTI_LEG, UPSERT_STRATEGY)),
)
"""Tables that are a fold of the events -> their columns, in the order of `genesis.data.rows`."""
