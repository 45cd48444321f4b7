"""Secrets come by a file of the owner alone or by the environment, and no report repeats them (I35)."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from libraries.auditor.witnesses.secrets import VARIABLE, forms
from tests.auditor.audit_corruptions import told_world
from tests.auditor.audit_corruptions_campaigns import KEY, TOKEN, a_key_is_in_the_journal, with_secrets
from tests.auditor.audit_kit import Files


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return told_world().write(tmp_path)


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    files = with_secrets().write(tmp_path)
    files.secrets.chmod(0o640)
    outcome = files.audit()
    assert outcome.code == 3
    assert "its owner alone may read, it has 0640; chmod 600" in outcome.report["error"]


@pytest.mark.parametrize("text", ["{", "[]", '{"a": 5}', '{"a": "short"}'])
def test_what_is_no_list_of_secrets_is_refused_and_not_repeated(files: Files, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(VARIABLE, text)
    outcome = files.audit()
    assert outcome.code == 3
    assert outcome.report["error"] == f"secrets in {VARIABLE}: expected a JSON object, name -> text of at least 8 characters"


def test_the_environment_names_them_too(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, json.dumps({"key": "SignalReceived"}))
    assert files.audit().violated == {"I35"}
    monkeypatch.setenv(VARIABLE, json.dumps({"key": KEY}))
    assert files.audit().status("I35") == "held"


def test_without_secrets_it_is_not_exercised(files: Files) -> None:
    assert files.audit().status("I35") == "not exercised"


def test_a_report_names_a_secret_and_does_not_show_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = with_secrets()
    a_key_is_in_the_journal(world)
    files = world.write(tmp_path)
    assert files.audit().code == 1
    said = files.report.read_text() + capsys.readouterr().err
    assert "api key" in said
    assert not any(form.decode() in said for form in forms(KEY).values())


def test_a_key_in_the_write_ahead_log_is_found(tmp_path: Path) -> None:
    files = with_secrets().write(tmp_path)
    files.database.with_name("engine.db-wal").write_bytes(b"no log of SQLite, and yet: " + TOKEN.encode())
    assert "engine.db-wal, byte 27" in files.audit(engine="dead").sentences("I35")


@pytest.mark.parametrize("pack", [gzip.compress, bytes])
def test_a_key_in_an_archive_is_found(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """Archives are packed; one that cannot be unpacked is searched as it is."""
    files = with_secrets().write(tmp_path)
    archive = files.database.with_name("engine.db.archive")
    archive.mkdir()
    (archive / "1-9.jsonl.gz").write_bytes(pack(f'{{"detail": "{KEY}"}}'.encode()))
    assert "1-9.jsonl.gz, byte 12" in files.audit(engine="dead").sentences("I35")
