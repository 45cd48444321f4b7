"""A secret that somebody wrote is found in whatever form, and what was not looked into is not called clean."""

from __future__ import annotations

import bz2
import gzip
import html
import io
import json
import lzma
import os
import sqlite3
import subprocess
import sys
import tarfile
import zipfile
import zlib
from base64 import b32encode, b64encode, urlsafe_b64encode
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from libraries.common.canary import MARKER, canary, is_canary
from libraries.evidence.leaks.__main__ import REPORT, main
from libraries.evidence.redaction import canaries, register_secret
from libraries.fault_proxy.control import Control
from libraries.fault_proxy.proxy import Proxy
from libraries.mock_exchange.shell import keys
from libraries.mock_exchange.shell.listen_keys import ListenKeys
from libraries.world.directories import pack

SECRET = canary()
PLAIN = f"engine main: signing with <{SECRET}> & going on\n".encode() * 3
LONG = b"harmless text without end. " * 4000


def in_zip(body: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/engine.log", body)
    return buffer.getvalue()


def in_tar_gz(body: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        member = tarfile.TarInfo("engine.log")
        member.size = len(body)
        archive.addfile(member, io.BytesIO(body))
    return buffer.getvalue()


def in_database(value: bytes | str) -> bytes:
    """The only row of a database, over several of its pages if it is long."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE TABLE facts (seq INTEGER, payload)")
        database.execute("INSERT INTO facts VALUES (1, ?)", (value,))
        database.commit()
        return database.serialize()


def over_pages() -> bytes:
    """A database in which the secret lies across the border of two pages, so that no search of the file's bytes finds it."""
    for before in range(0, 4200, 7):
        body = in_database("x" * before + SECRET + "y" * (9000 - before))
        if MARKER.encode() not in body:
            return body
    raise AssertionError("no length puts the secret across two pages")


def as_robot_logs_it(body: bytes) -> bytes:
    """As in log.html: zlib, then base64, in a list of strings."""
    packed = b64encode(zlib.compress(body + LONG, 9)).decode()
    return f'<script>window.output["strings"] = window.output["strings"].concat(["*","{packed}","*end"]);</script>'.encode()


def every_sign(form: str) -> bytes:
    return "".join(form.format(ord(sign)) for sign in SECRET).encode()


WRITTEN: dict[str, Callable[[], bytes]] = {
    "as it is": lambda: PLAIN,
    "in capitals": PLAIN.upper,
    "hexadecimal": lambda: PLAIN.hex().encode(),
    "base64": lambda: b64encode(PLAIN),
    "base64, one byte in": lambda: b64encode(b"-" + PLAIN),
    "base64, two bytes in": lambda: b64encode(b"--" + PLAIN),
    "base64 of URLs": lambda: urlsafe_b64encode(PLAIN),
    **{f"base32, {shift} bytes in": lambda shift=shift: b32encode(b"-" * shift + PLAIN) for shift in range(5)},
    "in a URL": lambda: quote(PLAIN, safe="").encode(),
    "in a URL, every sign": lambda: every_sign("%{:02X}"),
    "in JSON": lambda: json.dumps({"message": PLAIN.decode()}).encode(),
    "in JSON, every sign": lambda: every_sign("\\u{:04x}"),
    "in SVG": f'<svg xmlns="http://www.w3.org/2000/svg"><text>{html.escape(PLAIN.decode())}</text></svg>'.encode,
    "in HTML, decimal": lambda: every_sign("&#{};"),
    "in HTML, hexadecimal": lambda: every_sign("&#x{:x};"),
    "UTF-16": lambda: PLAIN.decode().encode("utf-16"),
    "UTF-16, the other way": lambda: PLAIN.decode().encode("utf-16-be"),
    "gzip": lambda: gzip.compress(PLAIN),
    "zlib": lambda: zlib.compress(PLAIN),
    "bzip2": lambda: bz2.compress(PLAIN),
    "xz": lambda: lzma.compress(PLAIN),
    "zip": lambda: in_zip(PLAIN),
    "tar in gzip": lambda: in_tar_gz(PLAIN),
    "gzip within a tar in gzip": lambda: in_tar_gz(gzip.compress(PLAIN)),
    "base64 of gzip": lambda: b"data:application/gzip;base64," + b64encode(gzip.compress(PLAIN, mtime=0)),
    "a string of log.html": lambda: as_robot_logs_it(PLAIN),
    "base64 within a string of log.html": lambda: as_robot_logs_it(b64encode(PLAIN)),
    "a database": lambda: in_database(PLAIN.decode()),
    "a database, across pages": over_pages,
    "a packed value of a database": lambda: in_database(zlib.compress(PLAIN)),
    "a database within a tar in gzip": lambda: in_tar_gz(over_pages()),
    "a private key": lambda: b"-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE...\n-----END EC PRIVATE KEY-----\n",
}


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """What a clean run left: text, pictures, archives and a database without a secret."""
    (tmp_path / "progress.jsonl").write_text('{"pid": 7, "event": "start"}\n{"pid": 7, "event": "pass", "canaries": 4}\n')
    (tmp_path / "log.html").write_bytes(as_robot_logs_it(b"nothing to hide "))
    (tmp_path / "worlds").mkdir()
    (tmp_path / "worlds" / "red.tar.gz").write_bytes(in_tar_gz(in_database("order placed") + b""))
    return tmp_path


def scan(results: Path) -> tuple[int, dict[str, Any]]:
    code = main(["--results", str(results)])
    return code, json.loads((results / REPORT).read_text("utf-8"))


def test_a_clean_run_has_no_leaks(results: Path) -> None:
    code, report = scan(results)
    assert (code, report["leaks"], report["unread"]) == (0, [], [])
    assert (report["files"], report["canaries"]) == (3, 4)
    assert report["bytes"] == sum(file.stat().st_size for file in results.rglob("*") if file.is_file() and file.name != REPORT)


@pytest.mark.parametrize("form", WRITTEN)
def test_a_secret_is_found_however_it_is_written(results: Path, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    (results / "worlds" / "planted").write_bytes(WRITTEN[form]())
    code, report = scan(results)
    assert code == 1
    assert {leak["path"] for leak in report["leaks"]} == {"worlds/planted"}
    shown = "".join(capsys.readouterr()) + json.dumps(report)
    assert MARKER not in shown


def test_a_secret_in_what_robot_itself_packed_is_found(results: Path) -> None:
    """Robot writes a long message packed into log.html: no search of the file's bytes finds it there."""
    suite = results / "leak.robot"
    suite.write_text("*** Test Cases ***\nLeak\n    ${long}=    Evaluate    'harmless ' * 500 + $SECRET\n    Log    ${long}\n")
    command = [sys.executable, "-m", "robot", "--report", "NONE", "--outputdir", str(results)]
    subprocess.run([*command, "--variable", f"SECRET:{SECRET}", str(suite)], check=True, capture_output=True)
    (results / "output.xml").unlink()  # where it stands as it is
    assert MARKER.encode() not in (results / "log.html").read_bytes()
    code, report = scan(results)
    assert (code, [leak["path"] for leak in report["leaks"]]) == (1, ["log.html"])


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (gzip.compress(PLAIN)[:-9], "damaged gzip"),
        (in_zip(PLAIN)[:60], "damaged or encrypted zip"),
        (in_database("x")[:120], "damaged database"),
    ],
    ids=["gzip", "zip", "database"],  # bytes differ from process to process, and workers must collect the same names
)
def test_what_cannot_be_looked_into_is_not_called_clean(results: Path, body: bytes, reason: str) -> None:
    (results / "odd").write_bytes(body)
    code, report = scan(results)
    assert (code, report["leaks"]) == (1, [])
    assert [reason in text for text in report["unread"]] == [True]


def test_a_run_that_handed_out_no_secret_proves_nothing(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (results / "progress.jsonl").write_text('{"pid": 7, "event": "pass"}\n')
    assert scan(results)[0] == 1
    assert "no test of this run handed out a secret" in capsys.readouterr().err


def test_a_directory_that_is_not_there_is_a_wrong_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--results", str(tmp_path / "nowhere")])
    assert caught.value.code == 2
    assert "expected the output directory of a run" in capsys.readouterr().err


def test_what_was_added_since_is_searched_alone_and_added(results: Path) -> None:
    (results / "old.log").write_bytes(PLAIN)
    os.utime(results / "old.log", (1, 1))
    first = scan(results)[1]
    (results / "old.log").write_bytes(b"it is gone, and nobody looks")
    os.utime(results / "old.log", (1, 1))
    (results / "summary.html").write_bytes(PLAIN)
    assert main(["--results", str(results), "--added"]) == 1
    both = json.loads((results / REPORT).read_text("utf-8"))
    assert sorted(leak["path"] for leak in both["leaks"]) == ["old.log", "summary.html"]
    assert (both["files"], both["bytes"]) == (first["files"] + 1, first["bytes"] + len(PLAIN))


def test_nothing_can_be_added_to_a_search_that_never_was(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--results", str(results), "--added"])
    assert caught.value.code == 2
    assert "search without --added first" in capsys.readouterr().err


def test_many_bytes_are_scanned_by_two_processes_alike(results: Path) -> None:
    for number in range(3):
        (results / f"large-{number}.log").write_bytes(LONG * 120 + (PLAIN if number == 1 else b""))
    code, report = scan(results)
    assert (code, [leak["path"] for leak in report["leaks"]]) == (1, ["large-1.log"])


def test_every_maker_of_secrets_makes_canaries() -> None:
    api, secret = keys.fresh_hmac_key("somebody")
    control = Control(Proxy("127.0.0.1", 9))
    listen = ListenKeys(lambda name, build: None).start("somebody", 0)
    made = [canary(), api.api_key, keys.fresh_api_key(), secret, control.token, listen]
    assert [is_canary(value) for value in made] == [True] * len(made)
    assert len(set(made)) == len(made)
    assert {len(value) for value in made} == {64}


def test_what_is_registered_is_counted_if_it_is_a_canary() -> None:
    before = canaries()
    register_secret("a secret without a marker")
    assert canaries() == before
    register_secret(canary())
    assert canaries() == before + 1


def test_a_kept_world_holds_no_token_that_a_process_told_on_stdout(tmp_path: Path, results: Path) -> None:
    token = register_secret(canary())
    world = tmp_path.parent / f"{tmp_path.name}-world"
    world.mkdir()
    (world / "engine.out").write_text(json.dumps({"ready": True, "token": token}) + "\nmore\n")
    kept = pack(results / "worlds" / "kept.tar.gz", {"test": world})
    assert scan(results)[0] == 0
    with tarfile.open(kept) as archive:
        said = archive.extractfile("test/engine.out")
        assert said is not None
        assert said.read().decode() == '{"ready": true, "token": "***"}\nmore\n'
