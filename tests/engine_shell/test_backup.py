"""`genesis backup` and `genesis restore`: a verified copy beside a writer, and a database that gives no order number twice."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from genesis.core.errors import CommandLineError, DatabaseError
from genesis.core.facts import EngineStarted
from genesis.data import backup as command
from genesis.data.anchor import beside
from genesis.data.audit import audit
from genesis.data.backup import backup, restore
from genesis.data.lock import DatabaseLock
from genesis.data.recovery import recover
from tests.engine_shell.support import Book, life_of_an_order, opening_facts, rows, tamper


async def test_a_backup_while_facts_are_written_is_one_moment_of_the_journal(tmp_path: Path) -> None:
    book = Book(tmp_path)
    await book.write(opening_facts())
    to = tmp_path / "backup.db"
    copying = asyncio.create_task(asyncio.to_thread(backup, book.path, book.anchor, to))
    number = 0
    while not copying.done() or number < 30:
        number += 1
        await book.write(life_of_an_order(number), snapshot=number % 10 == 0)
    report = await copying
    await book.close()
    assert report.events % 4 == 0
    assert report.events <= 4 + 4 * number
    found = audit(to)
    assert (found.violations, found.head_hash, found.digest_journal) == ([], report.head_hash, report.digest)
    assert rows(book.path, f"SELECT hash FROM events WHERE seq = {report.events}") == [(report.head_hash,)]
    assert to.stat().st_mode & 0o777 == beside(to).stat().st_mode & 0o777 == 0o600
    names = {path.name for path in tmp_path.iterdir()}  # noqa: ASYNC240 - the writer has ended
    assert not [name for name in names if "partial" in name]


async def written(tmp_path: Path, orders: int = 3) -> Book:
    book = Book(tmp_path)
    await book.write(opening_facts())
    for number in range(1, orders + 1):
        await book.write(life_of_an_order(number))
    await book.close()
    return book


async def test_a_backup_is_never_overwritten_and_never_made_of_damage(tmp_path: Path) -> None:
    book = await written(tmp_path)
    to = tmp_path / "backup.db"
    backup(book.path, book.anchor, to)
    before = to.read_bytes()
    with pytest.raises(CommandLineError, match="never overwritten"):
        backup(book.path, book.anchor, to)
    assert to.read_bytes() == before
    tamper(book.path, "UPDATE balances SET total = '7' WHERE asset = 'USDT'")
    with pytest.raises(DatabaseError, match=r"got 2 findings: table balances.*nothing was copied"):
        backup(book.path, book.anchor, tmp_path / "second.db")
    tamper(book.path, "UPDATE events SET payload = replace(payload, '0.1', '0.3') WHERE seq = 7")
    with pytest.raises(DatabaseError, match=r"chain broken at event 7"):
        backup(book.path, book.anchor, tmp_path / "second.db")
    foreign = tmp_path / "letter.db"
    foreign.write_bytes(b"dear aunt, " * 500)
    with pytest.raises(DatabaseError, match="a file that is none"):
        backup(foreign, book.anchor, tmp_path / "second.db")
    with pytest.raises(DatabaseError, match="no such file"):
        backup(tmp_path / "absent.db", book.anchor, tmp_path / "second.db")
    assert not [path.name for path in tmp_path.iterdir() if "second" in path.name]  # noqa: ASYNC240


async def test_a_restored_database_mints_under_another_instance_and_says_once_where_it_comes_from(tmp_path: Path) -> None:
    book = await written(tmp_path)
    to = tmp_path / "backup.db"
    copied = backup(book.path, book.anchor, to)
    (tmp_path / "new").mkdir()
    path = tmp_path / "new" / "engine.db"
    report = restore(to, path, beside(path))
    assert (report.events, report.digest, report.head_hash) == (copied.events, copied.digest, copied.head_hash)
    assert report.instance_id != copied.instance_id
    assert audit(path).violations == []
    found = recover(path, beside(path))
    assert (found.instance_id, found.former) == (report.instance_id, (copied.instance_id,))
    (notice,) = found.notices
    assert f"restored from a backup that ends at event {copied.events}" in notice
    found.connection.close()
    again = Book(path.parent)
    assert len(again.recovered.notices) == 1  # nothing was written yet: it is still the first start
    await again.write([EngineStarted(epoch=2, version="test", config_digest="0" * 64, test_hooks=False)])
    await again.close()
    later = recover(path, beside(path))
    assert (later.notices, later.former) == ((), (copied.instance_id,))
    later.connection.close()
    assert rows(to, "SELECT value FROM meta WHERE key = 'instance_id'") == [(copied.instance_id,)]


async def test_a_backup_of_a_restored_database_keeps_the_names_of_before(tmp_path: Path) -> None:
    book = await written(tmp_path)
    instances = [backup(book.path, book.anchor, tmp_path / "0.db").instance_id]
    for number in (1, 2):
        path = tmp_path / f"restored{number}.db"
        instances.append(restore(tmp_path / f"{number - 1}.db", path, beside(path)).instance_id)
        backup(path, beside(path), tmp_path / f"{number}.db")
    found = recover(path, beside(path))
    assert [*found.former, found.instance_id] == instances
    assert len(set(instances)) == 3
    found.connection.close()


async def test_nothing_is_restored_over_a_database_or_beside_an_engine_or_from_damage(tmp_path: Path) -> None:
    book = await written(tmp_path)
    to = tmp_path / "backup.db"
    backup(book.path, book.anchor, to)
    before = book.path.read_bytes()
    with pytest.raises(CommandLineError, match=r"engine\.db: expected no such file.*move the old files away"):
        restore(to, book.path, book.anchor)
    assert book.path.read_bytes() == before
    free = tmp_path / "free.db"
    beside(free).write_bytes(b"")
    with pytest.raises(CommandLineError, match=r"free\.db\.anchor: expected no such file"):
        restore(to, free, beside(free))
    beside(free).unlink()
    lock = DatabaseLock(free)
    with pytest.raises(DatabaseError, match="only engine"):
        restore(to, free, beside(free))
    lock.release()
    tamper(to, "UPDATE events SET payload = replace(payload, '0.1', '0.3') WHERE seq = 7")
    with pytest.raises(DatabaseError, match="chain broken at event 7"):
        restore(to, free, beside(free))
    beside(to).unlink()
    with pytest.raises(DatabaseError, match="anchor file"):
        restore(to, free, beside(free))
    assert not free.exists()
    assert not beside(free).exists()


async def test_the_commands_print_their_reports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = await written(tmp_path)
    assert command.backup_main(f"sqlite:///{book.path}", None, str(tmp_path / "b.db")) == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["verdict"], made["file"], made["digest"]) == ("backed up", str(tmp_path / "b.db"), book.state.digest())
    assert command.restore_main(str(tmp_path / "b.db"), f"sqlite:///{tmp_path}/r.db", None) == 0
    restored = json.loads(capsys.readouterr().out)
    assert (restored["verdict"], restored["digest"]) == ("restored", made["digest"])
