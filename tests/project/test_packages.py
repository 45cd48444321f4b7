"""requirements.lock is what requirements.txt says, with hashes; the audit of it tells findings, and skips only where nobody answers."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from libraries.packages import lock
from libraries.packages.vulnerabilities import main as audit

ROOT = Path(__file__).parents[2]
LOCKED = re.compile(r"^([a-z0-9.\-]+)(?:\[[a-z0-9,\-]+\])?==(\S+)(?: ; .*)? \\$")

OLDEST = {"python_full_version": "3.11.0"}
"""The lock is for every 3.11."""


def direct() -> list[Requirement]:
    lines = (line.partition("#")[0].strip() for line in (ROOT / lock.REQUIREMENTS).read_text("utf-8").splitlines())
    return [Requirement(line) for line in lines if line]


def locked() -> dict[str, tuple[str, int]]:
    """Name -> (version, number of hashes)."""
    found: dict[str, tuple[str, int]] = {}
    name = ""
    for line in (ROOT / lock.LOCK).read_text("utf-8").splitlines():
        if match := LOCKED.match(line):
            name = match[1]
            found[name] = (match[2], 0)
        elif line.startswith("    --hash=sha256:"):
            found[name] = (found[name][0], found[name][1] + 1)
        else:
            assert line.lstrip().startswith("#"), line
    return found


def says_it_needs(name: str) -> list[str]:
    try:
        return requires(name) or []
    except PackageNotFoundError:  # only an older Python 3.11 installs it
        return []


def needed() -> set[str]:
    """Names of all that requirements.txt brings, by what the installed packages say of themselves."""
    waiting, seen = direct(), set()
    names = set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        for extra in ["", *requirement.extras]:
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            names.add(name)
            further = [Requirement(text) for text in says_it_needs(name)]
            waiting += [each for each in further if each.marker is None or each.marker.evaluate({"extra": extra} | OLDEST)]
    return names


def test_what_is_pinned_is_locked_in_that_version() -> None:
    assert lock.main(["--check"]) == 0


def test_a_pin_that_is_not_locked_is_named() -> None:
    requirements = "aiohttp==3.0  # why\n\nRobotCode[analyze]==2.8.0\n# only a remark\nnew_one==1.0\n"
    locked = "aiohttp==2.9 \\\n    --hash=sha256:00\nrobotcode[analyze]==2.8.0 \\\n    --hash=sha256:00\n    # via -r requirements.txt\n"
    assert lock.disagreements(requirements, locked) == [
        "aiohttp: 3.0 in requirements.txt, 2.9 in requirements.lock",
        "new-one: 1.0 in requirements.txt, nothing in requirements.lock",
    ]


def test_what_is_locked_is_what_is_needed() -> None:
    assert set(locked()) == needed(), "run `inv lock`"


def test_everything_has_hashes_and_no_index_is_named() -> None:
    assert [name for name, (_, hashes) in locked().items() if not hashes] == []
    text = (ROOT / lock.LOCK).read_text("utf-8")
    assert not re.search(r"https?:|file:|--index-url|--find-links|--trusted-host", text)


def test_settings_of_the_machine_are_left_aside() -> None:
    told = {"PATH": "/bin", "UV_INDEX_URL": "x", "UV_DEFAULT_INDEX": "x", "PIP_FIND_LINKS": "x", "PIP_INDEX_URL": "x"}
    assert lock.without_settings(told) == {"PATH": "/bin"}
    assert {"--generate-hashes", "--no-config", "--no-emit-index-url"} <= set(lock.command())


@contextmanager
def database(answers: dict[str, list[dict[str, object]]], status: int = 200) -> Iterator[str]:
    """Something that answers as osv.dev does; its query address."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            name = asked.get("package", {}).get("name", "")
            body = json.dumps({"vulns": answers[name]} if name in answers else {}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
        server.shutdown()


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.lock"
    path.write_text(f"requests==2.34.2 \\\n    --hash=sha256:{'0' * 64}\n")
    return path


BAD = {
    "id": "GHSA-0000-0000-0000",
    "summary": "it leaks",
    "affected": [
        {
            "package": {"name": "requests", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.99.0"}]}],
        }
    ],
}


def test_a_known_vulnerability_is_told_and_fails(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with database({"requests": [BAD]}) as source:
        assert audit(["--lock", str(small), "--source", source]) == 1
    assert "requests 2.34.2: GHSA-0000-0000-0000, fixed by 2.99.0" in capsys.readouterr().out


def test_no_known_vulnerability_is_well(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with database({}) as source:
        assert audit(["--lock", str(small), "--source", source]) == 0
    assert "0 known vulnerabilities in small.lock" in capsys.readouterr().out


def test_where_nobody_answers_it_is_skipped_with_the_reason(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with database({}) as source:
        pass
    assert audit(["--lock", str(small), "--source", source]) == 0
    assert "SKIPPED" in (said := capsys.readouterr().out)
    assert "ConnectionError" in said


def test_a_database_that_fails_is_no_acquittal(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with database({}, status=500) as source:
        assert audit(["--lock", str(small), "--source", source]) == 2
    assert "expected a result of pip-audit, got none" in capsys.readouterr().err


def test_a_lock_that_is_not_there_is_a_wrong_command_line(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as caught:
        audit(["--lock", str(tmp_path / "none")])
    assert caught.value.code == 2
