"""I34: the schema is one known revision, whole."""

from __future__ import annotations

from libraries.auditor.examination import Examination
from libraries.auditor.schemas import REVISIONS, VERSION_TABLE, Revision, Shape
from libraries.auditor.witnesses.database import Store, Table
from libraries.auditor.world import World


def whole_schema(world: World) -> Examination:
    """I34: the database names one revision that is known, and has exactly its tables, with exactly its columns (type, NULL, key), and
    exactly its indexes and triggers: a migration that was interrupted has left it old or new. Objects: tables, indexes, triggers.
    """
    return schema_of(world.store)


def schema_of(store: Store) -> Examination:
    """The same of a database for itself."""
    found = Examination()
    tables, beside = store.tables, store.health.beside
    found.look(len(tables) + len(beside))
    named = [str(row.get("version_num")) for row in tables[VERSION_TABLE].rows] if VERSION_TABLE in tables else []
    revision = REVISIONS.get(named[0]) if len(named) == 1 else None
    if revision is None:
        found.fail("schema revision", f"one of {', '.join(REVISIONS)}", ", ".join(named) or "none", VERSION_TABLE)
        return found
    _same(found, f"tables of revision {named[0]}", set(revision.tables), set(tables), "schema")
    for name, columns in revision.tables.items():
        if name in tables:
            _same_columns(found, named[0], name, columns, tables[name])
    _same_beside(found, named[0], revision, beside)
    return found


def _same(found: Examination, what: str, expected: set[str], got: set[str], where: str) -> None:
    for name in sorted(expected - got):
        found.fail(what, name, "none", where)
    for name in sorted(got - expected):
        found.fail(what, "nothing else", name, where)


def _same_columns(found: Examination, revision: str, name: str, expected: dict[str, Shape], table: Table) -> None:
    got = {column.name: Shape(column.declared, column.nullable, column.key) for column in table.columns}
    where = f"schema of {name}"
    _same(found, f"columns of {name} in revision {revision}", set(expected), set(got), where)
    for column in sorted(expected.keys() & got.keys()):
        found.equal(f"column {column} of {name} in revision {revision}", expected[column], got[column], where)


def _same_beside(found: Examination, revision: str, expected: Revision, got: dict[str, str]) -> None:
    _same(found, f"indexes and triggers of revision {revision}", _named(expected.beside), _named(got), "schema")


def _named(beside: dict[str, str]) -> set[str]:
    return {f"{kind} {name}" for name, kind in beside.items()}
