"""I35: no secret is written anywhere."""

from __future__ import annotations

from libraries.auditor.examination import Examination
from libraries.auditor.witnesses.secrets import forms
from libraries.auditor.world import World


def nothing_written(world: World) -> Examination:
    """I35: no secret of the world (keys, tokens) stands in the database with its write-ahead log, in the anchor file or in a log: as it
    is, in base64, hexadecimal, as part of a URL or of JSON. Texts of the database are searched as a whole too, since a long one is
    spread over pages. What is found is named, never shown. Objects: secrets x places.
    """
    found = Examination()
    for name, secret in world.secrets.items():
        shapes = forms(secret)
        for place in world.written:
            found.look()
            for form, body in shapes.items():
                at = place.body.find(body)
                if at >= 0:
                    found.fail(f"secret {name}", "written nowhere", form, f"{place.where}, byte {at}")
        for table, column in _texts_with(world, list(shapes.values())):
            found.fail(f"secret {name}", "written nowhere", "in a text", f"{table}, column {column}")
    return found


def _texts_with(world: World, shapes: list[bytes]) -> list[tuple[str, str]]:
    """The columns in whose texts one of these stands; looked up cell by cell only if it is there at all."""
    if not any(shape in world.texts for shape in shapes):
        return []
    sought = [shape.decode() for shape in shapes]
    return sorted(
        {
            (table.name, column)
            for table in world.store.tables.values()
            for row in table.rows
            for column, cell in row.items()
            if isinstance(cell, str) and any(shape in cell for shape in sought)
        }
    )
