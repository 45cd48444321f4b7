"""I19: what somebody does to the written files, after the engine has gone."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.auditor.audit_kit import Files
from tests.auditor.audit_scenario import consistent_world

OPEN_THE_ARCHIVES = "DROP TRIGGER archives_no_update; DROP TRIGGER archives_no_delete;"
OPEN_THE_GUARD = "DROP TRIGGER events_no_update; DROP TRIGGER events_no_delete;"
Tampering = Callable[[Files], None]


def row_is_deleted(files: Files) -> None:
    files.sql(OPEN_THE_GUARD + "DELETE FROM events WHERE seq = 5;")


def rows_are_swapped(files: Files) -> None:
    files.sql(OPEN_THE_GUARD + "UPDATE events SET seq = -seq WHERE seq IN (8, 9); UPDATE events SET seq = 17 + seq WHERE seq < 0;")


def payload_is_changed(files: Files) -> None:
    files.sql(OPEN_THE_GUARD + "UPDATE events SET payload = replace(payload, 'RECONCILING', 'RUNNING') WHERE seq = 2;")


def time_is_changed(files: Files) -> None:
    files.sql(OPEN_THE_GUARD + "UPDATE events SET wall_ms = wall_ms + 1 WHERE seq = 3;")


def anchor_is_of_another_chain(files: Files) -> None:
    files.anchor.write_text(json.dumps({"seq": 1, "hash": "f" * 64, "wall_ms": 1, "reason": "start"}) + "\n")


def anchor_is_no_anchor(files: Files) -> None:
    files.anchor.write_text(files.anchor.read_text() + "{}\n")


def anchor_file_is_emptied(files: Files) -> None:
    files.anchor.write_text("")


def anchor_file_ends_inside_a_line(files: Files) -> None:
    files.anchor.write_text(files.anchor.read_text() + '{"seq": 1')


def archive_is_missing(files: Files) -> None:
    first_archive(files).unlink()


def archive_is_cut_short(files: Files) -> None:
    path = first_archive(files)
    path.write_bytes(path.read_bytes()[:-9])


def a_bit_of_an_archive_is_flipped(files: Files) -> None:
    path = first_archive(files)
    packed = bytearray(path.read_bytes())
    packed[len(packed) // 2] ^= 1
    path.write_bytes(packed)


def archive_is_written_anew_with_another_payload(files: Files) -> None:
    path = first_archive(files)
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()).replace(b"RECONCILING", b"RUNNING")))


def archive_and_its_record_are_of_fewer_events(files: Files) -> None:
    path = first_archive(files)
    packed = gzip.compress(b"".join(gzip.decompress(path.read_bytes()).splitlines(keepends=True)[:-1]))
    path.write_bytes(packed)
    files.sql(f"{OPEN_THE_ARCHIVES} UPDATE archives SET sha256 = '{hashlib.sha256(packed).hexdigest()}' WHERE first_seq = 1;")


def record_of_an_archive_is_deleted(files: Files) -> None:
    files.sql(f"{OPEN_THE_ARCHIVES} DELETE FROM archives WHERE first_seq = 1;")


def first_archive(files: Files) -> Path:
    return min(files.database.with_name("engine.db.archive").iterdir())


@pytest.mark.parametrize(
    "tampering",
    [
        archive_is_missing,
        archive_is_cut_short,
        a_bit_of_an_archive_is_flipped,
        archive_is_written_anew_with_another_payload,
        archive_and_its_record_are_of_fewer_events,
        record_of_an_archive_is_deleted,
    ],
)
def test_tampering_with_an_archive_is_seen(tmp_path: Path, tampering: Tampering) -> None:
    world = consistent_world()
    world.archived = [8, 21]
    files = world.write(tmp_path)
    assert files.audit().code == 0  # archives and table are one journal
    tampering(files)
    assert "I19" in files.audit().violated


@pytest.mark.parametrize(
    "tampering",
    [
        row_is_deleted,
        rows_are_swapped,
        payload_is_changed,
        time_is_changed,
        anchor_is_of_another_chain,
        anchor_is_no_anchor,
        anchor_file_is_emptied,
        anchor_file_ends_inside_a_line,
    ],
)
def test_tampering_is_seen(tmp_path: Path, tampering: Tampering) -> None:
    files = consistent_world().write(tmp_path)
    tampering(files)
    outcome = files.audit()
    assert outcome.code == 1
    assert "I19" in outcome.violated


def test_a_cut_off_tail_is_seen_by_the_anchor(tmp_path: Path) -> None:
    world = consistent_world()
    last = len(world.events)
    world.anchor_reasons[last] = "snapshot"
    files = world.write(tmp_path)
    files.sql(f"{OPEN_THE_GUARD} DELETE FROM commits WHERE last_seq = {last}; DELETE FROM events WHERE seq = {last};")
    outcome = files.audit()
    assert f"event {last} in the chain" in outcome.said("I19")


def test_a_cut_off_tail_is_seen_by_what_the_engine_told_a_test(tmp_path: Path) -> None:
    world = consistent_world()
    told = {"journal_seq": len(world.events) + 3, "head_hash": "a" * 64}
    world.history = [{"op": "info", "id": "h1", "action": "quiesce", "mono_ns": 1, **told}]
    outcome = world.write(tmp_path).audit()
    assert outcome.violated == {"I19", "I15"}  # I15: this history knows of no signal
    assert "history line 1" in outcome.said("I19")


def test_a_snapshot_stands_on_its_event(tmp_path: Path) -> None:
    world = consistent_world()
    world.tables["snapshots"] = [{"seq": 2, "hash": "b" * 64, "digest": "", "wall_ms": 1, "document": "{}"}]
    assert world.write(tmp_path).audit().violated == {"I19", "I31"}  # I31: it holds nothing


def test_a_killed_engine_may_leave_a_torn_anchor(tmp_path: Path) -> None:
    files = consistent_world().write(tmp_path)
    anchor_file_ends_inside_a_line(files)
    assert files.audit(engine="dead").code == 0
    anchor_file_is_emptied(files)
    assert files.audit(engine="dead").code == 0


def test_a_killed_engine_may_leave_no_damaged_line_in_between(tmp_path: Path) -> None:
    files = consistent_world().write(tmp_path)
    anchor_is_no_anchor(files)
    assert files.audit(engine="dead").violated == {"I19"}
