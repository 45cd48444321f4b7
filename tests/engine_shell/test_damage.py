"""Damaged files at a start: each is noticed, copied, refused in one line with the way out, and not written to; what is harmless is
told apart and does not hinder."""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from genesis.core.errors import DatabaseError
from genesis.data import quarantine
from genesis.data.recovery import recover
from tests.engine_shell.support import Book, life_of_an_order, opening_facts, rows, tamper, zeros

FRAME = 24
ORDERS = 6
FACTS = 4 + 4 * ORDERS


async def crashed(tmp_path: Path, *, snapshots: tuple[int, ...] = ()) -> Path:
    """The database of an engine that was killed: its log is not taken in. The folder that holds it."""
    (tmp_path / "live").mkdir()
    book = Book(tmp_path / "live")
    await book.write(opening_facts())
    for number in range(1, ORDERS + 1):
        await book.write(life_of_an_order(number), snapshot=number in snapshots)
    image = tmp_path / "image"
    image.mkdir()
    for name in ("engine.db", "engine.db-wal", "engine.db.anchor"):
        shutil.copy(tmp_path / "live" / name, image / name)
    await book.close()
    return image


async def stopped(tmp_path: Path, *, snapshots: tuple[int, ...] = ()) -> Path:
    """The database of an engine that was stopped in good order."""
    book = Book(tmp_path)
    await book.write(opening_facts())
    for number in range(1, ORDERS + 1):
        await book.write(life_of_an_order(number), snapshot=number in snapshots)
    await book.close()
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    """Database, log and anchor, byte for byte."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and not path.name.endswith("-shm")}


def refused(folder: Path, said: str) -> Path:
    """A start is refused with these words, writes nothing, and names a copy of what it found; that copy."""
    before = contents(folder)
    with pytest.raises(DatabaseError, match=said) as refusal:
        recover(folder / "engine.db", folder / "engine.db.anchor")
    message = refusal.value.message
    assert "\n" not in message
    assert refusal.value.exit_code == 4
    after = contents(folder)
    assert {name: text for name, text in after.items() if text} == {name: text for name, text in before.items() if text}
    (copy,) = (folder / "engine.db.quarantine").iterdir()
    assert f"a copy is in {copy}; " in message
    assert message.rsplit("; ", 1)[1].split()[0] in ("restore", "put", "start", "configure", "write")
    kept = {path.name: path.read_bytes() for path in copy.iterdir()}
    assert before.items() <= kept.items()
    assert stat.S_IMODE(copy.stat().st_mode) == stat.S_IMODE(copy.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in copy.iterdir()} == {0o600}
    return copy


def frames(log: Path) -> tuple[int, int]:
    """(bytes of a frame with its page, frames of the log that belong to it)"""
    raw = log.read_bytes()
    size = int.from_bytes(raw[8:12], "big") + FRAME
    salts = raw[16:24]
    starts = range(32, len(raw) - size + 1, size)
    return size, sum(raw[start + 8 : start + 16] == salts for start in starts)


def commits(log: Path) -> list[int]:
    """Where the frames start that end a transaction."""
    raw, (size, number) = log.read_bytes(), frames(log)
    starts = [32 + size * index for index in range(number)]
    return [start for start in starts if int.from_bytes(raw[start + 4 : start + 8], "big")]


def flip(path: Path, offset: int) -> None:
    raw = bytearray(path.read_bytes())
    raw[offset] ^= 0x10
    path.write_bytes(raw)


async def test_a_log_that_is_whole_gives_everything_back(tmp_path: Path) -> None:
    folder = await crashed(tmp_path)
    found = recover(folder / "engine.db", folder / "engine.db.anchor")
    assert (found.head.seq, found.notices, found.former) == (FACTS, (), ())
    found.connection.close()


@pytest.mark.parametrize("how", ["cut in a frame", "cut in a frame's header", "a flipped byte", "garbage"])
async def test_a_torn_last_transaction_is_forgotten_and_its_numbers_are_not_given_again(tmp_path: Path, how: str) -> None:
    """Nobody can tell it from one that the power took while it was written: the start goes on, says so, and mints under another name."""
    folder = await crashed(tmp_path)
    log = folder / "engine.db-wal"
    size, _ = frames(log)
    last = commits(log)[-1]
    raw = log.read_bytes()
    if how == "cut in a frame":
        log.write_bytes(raw[: last + size - 700])
    elif how == "cut in a frame's header":
        log.write_bytes(raw[: last + 10])
    elif how == "a flipped byte":
        flip(log, last + 200)
    else:
        log.write_bytes(raw[: last + size] + b"\x99" * 17)
    found = recover(folder / "engine.db", folder / "engine.db.anchor")
    assert found.head.seq == (FACTS if how == "garbage" else FACTS - 4)
    (notice,) = found.notices
    assert "torn transaction" in notice
    assert "a copy is in" in notice
    (old,) = found.former
    assert found.instance_id != old
    found.connection.close()
    again = recover(folder / "engine.db", folder / "engine.db.anchor")
    assert (again.instance_id, again.former, again.notices) == (found.instance_id, (old,), ())
    again.connection.close()


async def test_a_transaction_that_was_being_written_is_no_damage(tmp_path: Path) -> None:
    """Frames without the mark of a commit behind them: a kill in the middle of a commit leaves them, and nobody was told."""
    folder = await crashed(tmp_path)
    log = folder / "engine.db-wal"
    size, _ = frames(log)
    last = commits(log)[-1]
    before = [start for start in commits(log) if start < last][-1]
    assert last - before > size  # the last transaction has more than one frame
    log.write_bytes(log.read_bytes()[:last])
    found = recover(folder / "engine.db", folder / "engine.db.anchor")
    assert (found.head.seq, found.notices, found.former) == (FACTS - 4, (), ())
    found.connection.close()


async def test_a_flipped_byte_before_later_commits_is_a_loss_of_what_was_acknowledged(tmp_path: Path) -> None:
    folder = await crashed(tmp_path)
    log = folder / "engine.db-wal"
    flip(log, commits(log)[-3] + 200)
    refused(folder, "3 committed ones behind a damaged place: acknowledged facts are lost.*restore a backup.*--accept-loss")


async def test_a_log_without_its_header_is_a_loss(tmp_path: Path) -> None:
    folder = await crashed(tmp_path)
    flip(folder / "engine.db-wal", 20)
    refused(folder, "acknowledged facts are lost")


async def test_a_removed_log_is_noticed_by_the_anchor(tmp_path: Path) -> None:
    folder = await crashed(tmp_path, snapshots=(4,))
    (folder / "engine.db-wal").unlink()
    refused(folder, r"expected the journal up to event 20, which engine\.db\.anchor names, got a")


Damage = Callable[[Path], None]


def cut(folder: Path) -> None:
    database = folder / "engine.db"
    database.write_bytes(database.read_bytes()[: -2 * 4096])


def cut_in_a_page(folder: Path) -> None:
    database = folder / "engine.db"
    database.write_bytes(database.read_bytes()[:-1000])


def emptied(folder: Path) -> None:
    (folder / "engine.db").write_bytes(b"")


def removed(folder: Path) -> None:
    (folder / "engine.db").unlink()


def another_file(folder: Path) -> None:
    (folder / "engine.db").write_bytes(b"dear aunt, the weather is fine; " * 1_000)


def another_database(folder: Path) -> None:
    (folder / "engine.db").unlink()
    with sqlite3.connect(folder / "engine.db") as connection:
        connection.execute("CREATE TABLE letters (text TEXT)")
    connection.close()


def newer(folder: Path) -> None:
    _schema(folder, "9999")


def nonsense(folder: Path) -> None:
    _schema(folder, "nonsense")


def _schema(folder: Path, revision: str) -> None:
    with sqlite3.connect(folder / "engine.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    connection.close()


def no_anchor(folder: Path) -> None:
    (folder / "engine.db.anchor").unlink()


def damaged_anchor(folder: Path) -> None:
    flip(folder / "engine.db.anchor", 3)


def no_tail(folder: Path) -> None:
    last = rows(folder / "engine.db", "SELECT max(seq) FROM events")[0][0]
    tamper(folder / "engine.db", "DELETE FROM commits", f"DELETE FROM events WHERE seq > {last} - 4")  # type: ignore[operator]


def flipped_event(folder: Path) -> None:
    tamper(folder / "engine.db", "UPDATE events SET payload = replace(payload, '0.1', '0.3') WHERE seq = 7")


def zeros_where_events_are(folder: Path) -> None:
    zeros(folder / "engine.db", "events")


def zeros_where_orders_are(folder: Path) -> None:
    zeros(folder / "engine.db", "orders")


def changed_balance(folder: Path) -> None:
    tamper(folder / "engine.db", "UPDATE balances SET total = '9999' WHERE asset = 'USDT'")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (cut, r"(is cut off|damaged pages).*; .*restore a backup"),
        (cut_in_a_page, r"is cut off; .*restore a backup"),
        (emptied, r"expected the journal up to event 28, .* got an empty file; .*restore a backup"),
        (removed, r"expected the journal up to event 28, .* got no such file; .*restore a backup"),
        (another_file, r"expected a SQLite database, got a file that is none"),
        (another_database, r"one with other tables; .*configure another file"),
        (newer, r"expected a schema revision up to .*, got 9999; .*start the version of the engine that wrote it, nothing was changed"),
        (nonsense, r"got nonsense; .*start the version"),
        (no_anchor, r"expected the anchor file .*; .*put the file back.*--accept-loss"),
        (damaged_anchor, r"anchor:1: damaged line of the anchor file; .*put the file back"),
        (no_tail, r"expected event 28 with the anchored hash .*, but the journal ends at event 24; .*restore a backup"),
        (flipped_event, r"chain broken at event 7: .*restore a backup"),
        (zeros_where_events_are, r"damaged pages: .*restore a backup"),
        (zeros_where_orders_are, r"damaged pages: .*restore a backup"),
        (changed_balance, r"table balances: expected the row .*, it is not there.*write the tables anew .*genesis rebuild"),
    ],
)
async def test_damage_is_refused_kept_and_not_written_to(tmp_path: Path, damage: Damage, said: str) -> None:
    folder = await stopped(tmp_path)
    damage(folder)
    if damage is removed:
        with pytest.raises(DatabaseError, match=said):
            recover(folder / "engine.db", folder / "engine.db.anchor")
        assert not (folder / "engine.db").exists()
    else:
        refused(folder, said)


async def test_what_is_refused_again_is_not_copied_again_and_another_damage_is(tmp_path: Path) -> None:
    folder = await stopped(tmp_path)
    changed_balance(folder)
    copy = refused(folder, "table balances")
    assert refused(folder, "table balances") == copy
    no_anchor(folder)
    with pytest.raises(DatabaseError, match="anchor file"):
        recover(folder / "engine.db", folder / "engine.db.anchor")
    assert len(list((folder / "engine.db.quarantine").iterdir())) == 2


async def test_an_interrupted_copy_does_not_count(tmp_path: Path) -> None:
    folder = await stopped(tmp_path)
    copy = quarantine.keep(folder / "engine.db", folder / "engine.db.anchor")
    copy.rename(copy.with_name(copy.name + ".partial"))
    assert quarantine.keep(folder / "engine.db", folder / "engine.db.anchor") != copy


async def test_a_damaged_snapshot_is_passed_over_for_an_older_one(tmp_path: Path) -> None:
    folder = await stopped(tmp_path, snapshots=(2, 4))
    whole = recover(folder / "engine.db", folder / "engine.db.anchor")
    whole.connection.close()
    tamper(folder / "engine.db", """UPDATE snapshots SET document = replace(document, '"total":"9', '"total":"8') WHERE seq = 20""")
    found = recover(folder / "engine.db", folder / "engine.db.anchor")
    assert found.state.document() == whole.state.document()
    (notice,) = found.notices
    assert "snapshot 20 is damaged and was passed over: expected digest" in notice
    assert "a copy is in" in notice
    assert found.former == ()
    found.connection.close()
    assert rows(folder / "engine.db", "SELECT seq FROM snapshots") == [(12,)]
    again = recover(folder / "engine.db", folder / "engine.db.anchor")
    assert again.notices == ()
    again.connection.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE snapshots SET document = 'nonsense'",
        "UPDATE snapshots SET hash = 'ff'",
        "UPDATE snapshots SET digest = 'ff'",
        """UPDATE snapshots SET document = replace(document, '"version":1', '"version":7')""",
    ],
)
async def test_without_a_whole_snapshot_the_journal_is_folded_from_its_beginning(tmp_path: Path, statement: str) -> None:
    folder = await stopped(tmp_path, snapshots=(2, 4))
    whole = recover(folder / "engine.db", folder / "engine.db.anchor")
    whole.connection.close()
    tamper(folder / "engine.db", statement)
    found = recover(folder / "engine.db", folder / "engine.db.anchor")
    assert found.state.document() == whole.state.document()
    assert len(found.notices) == 2
    found.connection.close()


async def test_a_damaged_snapshot_of_a_broken_journal_does_not_help(tmp_path: Path) -> None:
    folder = await stopped(tmp_path, snapshots=(4,))
    tamper(
        folder / "engine.db",
        "UPDATE snapshots SET digest = 'ff'",
        "UPDATE events SET payload = replace(payload, '0.1', '0.3') WHERE seq = 7",
    )
    refused(folder, "chain broken at event 7")


async def test_notices_become_facts(tmp_path: Path) -> None:
    """What hindered nothing is on record all the same: the first decision of the process tells of it."""
    from genesis.core.events import EngineBooted, Now  # noqa: PLC0415
    from genesis.core.state import State  # noqa: PLC0415
    from genesis.engine.engine import TradingEngine  # noqa: PLC0415
    from tests.builders import settings  # noqa: PLC0415

    engine = TradingEngine(settings(), State(), "testcase")
    boot = EngineBooted(epoch=1, version="test", config_digest="", test_hooks=False, notices=("snapshot 20 is damaged",))
    decision = engine.handle(boot, Now(1, 1))
    told = [json.loads(json.dumps([getattr(fact, "code", ""), getattr(fact, "detail", "")])) for fact in decision.facts]
    assert ["GENESIS-3903", "snapshot 20 is damaged"] in told
    assert any("GENESIS-3903" in getattr(command, "text", "") for command in decision.commands)
