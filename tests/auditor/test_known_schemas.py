"""I34 knows every schema that the engine's migrations give: whoever adds a revision tells the auditor."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from genesis.data.migrate import REVISIONS
from genesis.data.sqlite import open_writer
from genesis.data.upgrade import upgrade
from libraries.auditor import schemas
from libraries.auditor.invariants.schema import whole_schema
from libraries.auditor.witnesses.database import read_store
from libraries.auditor.world import World


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_database_of_every_revision_is_whole(tmp_path: Path, revision: str) -> None:
    path = tmp_path / "engine.db"
    open_writer(path).close()
    upgrade(path, revision)
    found = whole_schema(cast(World, SimpleNamespace(store=read_store(path, live=False))))
    assert found.violations == []
    assert found.objects > 10


def test_the_auditor_knows_no_revision_that_is_not_there() -> None:
    assert tuple(schemas.REVISIONS) == REVISIONS
