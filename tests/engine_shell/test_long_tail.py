"""A long tail of the journal is verified by another process while it is folded: its verdict counts, and nothing is believed without."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from genesis.core.errors import DatabaseError
from genesis.data import anchor, apart, recovery
from genesis.data.recovery import recover
from genesis.engine.ports import Head
from tests.engine_shell.support import Book, life_of_an_order, opening_facts, rows, tamper


@pytest.fixture(autouse=True)
def every_tail_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "APART_FROM", 1)


pytestmark = pytest.mark.usefixtures("leaves_no_process")


async def killed(tmp_path: Path) -> tuple[Path, str]:
    """A database of an engine that was killed, with a snapshot and much after it; the digest of its state."""
    book = Book(tmp_path)
    await book.write(opening_facts())
    for number in range(1, 20):
        await book.write(life_of_an_order(number), snapshot=number == 3)
    await book.close(clean=False)
    return book.path, book.state.digest()


async def test_it_is_folded_to_the_same_state_and_no_process_is_left(tmp_path: Path) -> None:
    path, digest = await killed(tmp_path)
    found = recover(path, anchor.beside(path))
    assert (found.state.digest(), found.head) == (digest, Head(*rows(path, "SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1")[0]))  # type: ignore[arg-type]
    found.connection.close()


async def test_the_verdict_is_of_the_other_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This one verifies nothing when the other one has."""
    path, digest = await killed(tmp_path)
    monkeypatch.setattr(recovery, "_verify", lambda *_: pytest.fail("verified twice"))
    found = recover(path, anchor.beside(path))
    assert found.state.digest() == digest
    found.connection.close()


@pytest.mark.parametrize(
    "change",
    [
        'UPDATE events SET payload = replace(payload, \'"quantity":"0.1"\', \'"quantity":"0.2"\') WHERE seq = 41',
        "UPDATE events SET payload = 'nonsense' WHERE seq = 41",
        "UPDATE events SET kind = 'Nonsense' WHERE seq = 41",
        "UPDATE events SET prev_hash = 'ff' WHERE seq = 41",
        "DELETE FROM events WHERE seq = 41",
    ],
)
async def test_a_broken_chain_is_what_is_said_whatever_its_facts_say(tmp_path: Path, change: str) -> None:
    path, _ = await killed(tmp_path)
    tamper(path, "PRAGMA foreign_keys=OFF", "DELETE FROM commits WHERE last_seq = 41", change)
    with pytest.raises(DatabaseError, match="chain broken at event 4"):
        recover(path, anchor.beside(path))


async def test_where_no_process_can_be_made_this_one_verifies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, digest = await killed(tmp_path)
    monkeypatch.setattr(apart.sys, "executable", str(tmp_path / "nothing"))
    found = recover(path, anchor.beside(path))
    assert found.state.digest() == digest
    found.connection.close()
    tamper(path, "UPDATE events SET wall_ms = wall_ms + 1 WHERE seq = 41")
    with pytest.raises(DatabaseError, match="chain broken at event 41"):
        recover(path, anchor.beside(path))


async def test_a_process_that_does_not_answer_is_not_waited_for_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, digest = await killed(tmp_path)
    monkeypatch.setattr(apart, "PATIENCE_S", 0.0)
    found = recover(path, anchor.beside(path))
    assert found.state.digest() == digest
    found.connection.close()


async def test_the_verdict_of_the_process_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path, _ = await killed(tmp_path)
    hashes = dict(rows(path, "SELECT seq, hash FROM events"))
    begin = Head(16, str(hashes[16]))
    assert apart.main(path, begin, 60, os.getppid()) == 0
    assert capsys.readouterr().out == f"{hashes[60]}\n"
    assert apart.main(path, begin, 81, os.getppid()) == 1  # not so long
    assert apart.main(path, Head(16, "0" * 64), 60, os.getppid()) == 1
    monkeypatch.setattr(apart, "_LOOK_EVERY", 1)
    assert apart.main(path, begin, 60, -1) == 1  # nobody waits any more
