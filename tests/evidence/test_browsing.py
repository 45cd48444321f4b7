"""What looks at pages sees what is wrong with one: a page without a fault is green, and each fault is named for itself."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser

from libraries.evidence.browsing import __main__ as shots
from libraries.evidence.browsing.chromium import REQUIRE_VARIABLE, VARIABLE, NoBrowser, find
from libraries.evidence.browsing.page import LAPTOP, PHONE, Look, look
from tests.world.generated import REPOSITORY

HEAD = '<!doctype html><html lang="en"><head><title>t</title><link rel="icon" href="data:,">'
VIEWPORT = '<meta name="viewport" content="width=device-width">'
GOOD = '<p id="here">text</p><svg width="10" height="10"><rect width="5" height="5"/></svg><a href="#here">x</a><a href="page.html">y</a>'


def seen(browser: Browser, directory: Path, body: str, *, width: int = LAPTOP, head: str = VIEWPORT, dark: bool = False) -> Look:
    file = directory / "page.html"
    file.write_text(f"{HEAD}{head}</head><body>{GOOD}{body}</body></html>", encoding="utf-8")
    return look(browser, file, width=width, scheme="dark" if dark else "light")


@pytest.mark.parametrize("width", [LAPTOP, PHONE])
def test_a_page_without_fault(browser: Browser, tmp_path: Path, width: int) -> None:
    assert seen(browser, tmp_path, "", width=width) == Look("t", 1, [], [], [], 0, [], [], [])


@pytest.mark.parametrize(
    ("body", "what", "named"),
    [
        ('<img src="absent.png" alt="lost">', "broken", "img lost"),
        ('<svg width="0" height="0" aria-label="flat"><rect width="5" height="5"/></svg>', "broken", "svg flat"),
        ('<svg width="9" height="9" aria-label="void"></svg>', "broken", "svg void"),
        ('<canvas width="9" height="9" id="blank"></canvas>', "broken", "canvas#blank"),
        ("<script>throw new Error('thrown')</script>", "errors", "thrown"),
        ("<script>console.error('logged')</script>", "errors", "logged"),
        ('<script src="https://example.invalid/x.js"></script>', "requests", "https://example.invalid/x.js"),
        ('<script>fetch("http://127.0.0.1:9/x").catch(() => 0)</script>', "requests", "http://127.0.0.1:9/x"),
        ('<div id="broad" style="width:3000px">w</div>', "wide", "div#broad"),
        ('<p id="pale" style="color:#ddd">pale</p>', "faint", "p#pale"),
        ('<p style="background:#222"><b id="dim" style="color:#444">dim</b></p>', "faint", "b#dim"),
        ('<svg width="99" height="20"><text id="grey" y="9" fill="#eee">grey</text></svg>', "faint", "text#grey"),
        ('<details><p id="folded" style="color:#eee">folded</p></details>', "faint", "p#folded"),
        ('<a href="#nowhere">x</a>', "dead_links", "#nowhere"),
        ('<a href="absent.html#x">x</a>', "dead_links", "absent.html#x"),
    ],
)
def test_each_fault_is_named(browser: Browser, tmp_path: Path, body: str, what: str, named: str) -> None:
    assert any(named in found for found in getattr(seen(browser, tmp_path, body), what))


@pytest.mark.parametrize("width", [LAPTOP, PHONE])
def test_a_page_that_is_too_wide_says_by_how_much(browser: Browser, tmp_path: Path, width: int) -> None:
    assert seen(browser, tmp_path, f'<div style="width:{width + 500}px">w</div>', width=width).overflow >= 500


def test_what_scrolls_in_a_box_of_its_own_is_not_too_wide(browser: Browser, tmp_path: Path) -> None:
    found = seen(browser, tmp_path, '<div style="overflow-x:auto"><div style="width:3000px">w</div></div>', width=PHONE)
    assert (found.overflow, found.wide) == (0, [])


def test_a_text_that_is_readable_in_light_only_is_seen_in_dark(browser: Browser, tmp_path: Path) -> None:
    head = "<style>@media (prefers-color-scheme: dark) { body { background: #111; color: #eee } }</style>"
    body = '<p id="ink" style="color:#222">x</p>'
    assert not seen(browser, tmp_path, body, head=head).faint
    assert [text for text in seen(browser, tmp_path, body, head=head, dark=True).faint if "p#ink" in text]


def test_a_machine_without_a_browser_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(NoBrowser, match=r"expected one of chromium, .*apt-get install chromium"):
        find()
    monkeypatch.setenv(VARIABLE, "/nowhere/chrome")
    with pytest.raises(NoBrowser, match=f"{VARIABLE} must be a program that can be run, got /nowhere/chrome"):
        find()


USES_ONE = "def test_looks(browser):\n    pass\n"


@pytest.mark.parametrize(("required", "outcome"), [("", "1 skipped"), ("1", "1 error")])
def test_without_a_browser_tests_are_skipped_with_the_reason_or_red_where_one_is_required(
    tmp_path: Path, required: str, outcome: str
) -> None:
    (tmp_path / "conftest.py").write_text((Path(__file__).parent / "conftest.py").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "test_one.py").write_text(USES_ONE, encoding="utf-8")
    environment = {**os.environ, "PATH": str(tmp_path), "PYTHONPATH": str(REPOSITORY), REQUIRE_VARIABLE: required}
    environment.pop(VARIABLE, None)
    command = [sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert outcome in done.stdout, done.stdout
    assert "install one (Debian: apt-get install chromium)" in done.stdout
    assert done.returncode == (1 if required else 0)


def png(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()


def test_pictures_become_small_and_stay_pictures() -> None:
    before = png(Image.linear_gradient("L").resize((1366, 900)).convert("RGB"))
    after = shots.small(before)
    assert len(after) < len(before)
    assert Image.open(io.BytesIO(after)).size == (1366, 900)


def test_a_picture_that_cannot_become_small_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a picture of at most 204,800 bytes, got"):
        shots.small(png(Image.effect_noise((1366, 900), 100).convert("RGB")))


def test_pages_that_are_absent_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "report.html").touch()
    assert shots.main(["--results", str(tmp_path), "--images", str(tmp_path / "images")]) == 2
    assert "log.html, summary.html, dashboard.html missing; run inv acceptance" in capsys.readouterr().err
    assert not (tmp_path / "images").exists()


def test_kept_pictures_are_those_that_are_made_and_small() -> None:
    kept = {file.name: file.stat().st_size for file in (REPOSITORY / "docs" / "images").glob("*.png")}
    assert {f"{shot.name}.png" for shot in shots.SHOTS} <= kept.keys()
    assert all(size <= shots.LARGEST for size in kept.values()), kept


CI = REPOSITORY / ".ci" / "browser"
APT = '#!/bin/sh\ncase "$*" in *install*) BODY;; esac\n'


def tool(directory: Path, name: str, text: str) -> None:
    (directory / name).write_text(text, encoding="utf-8")
    (directory / name).chmod(0o755)


@pytest.mark.parametrize(
    ("user", "apt", "code", "said"),
    [
        (1000, "exit 0", 1, "only root may install one"),
        (0, "", 1, "there is no apt-get"),
        (0, "echo 'E: Unable to locate package chromium' >&2; exit 100", 1, "could not install chromium: E: Unable to locate package"),
        (0, "exit 0", 1, "no program came of it"),
        (0, "printf '#!/bin/sh\\n' > HERE/chromium; chmod +x HERE/chromium", 0, ""),
    ],
)
def test_ci_installs_a_browser_or_says_why_not(tmp_path: Path, user: int, apt: str, code: int, said: str) -> None:
    tool(tmp_path, "id", f"#!/bin/sh\necho {user}\n")
    for name in ("bash", "sh", "tail", "timeout", "chmod"):
        (tmp_path / name).symlink_to(f"/usr/bin/{name}")
    if apt:
        tool(tmp_path, "apt-get", APT.replace("BODY", apt.replace("HERE", str(tmp_path))))
    done = subprocess.run([str(CI)], env={"PATH": str(tmp_path)}, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    assert said in done.stderr
