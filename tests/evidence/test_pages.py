"""The four pages of a small run, one test green and one red, as readers see them: in a browser, on a laptop and a phone, light and dark."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from libraries.evidence.browsing.__main__ import SHOTS
from libraries.evidence.browsing.page import LAPTOP, PHONE, Look, Scheme, look, show
from tests.world.generated import REPOSITORY, robot

SUITE = Path(__file__).resolve().parent / "one_of_each.robot"
PAGES = ("report.html", "log.html", "summary.html", "dashboard.html")
ROBOTS_OWN = ("#totals", "#tags", "#suites", "#search")
"""Places that report.html makes when they are asked for; test_the_report_shows_what_is_asked_for follows them."""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of two runs, so that there is something to compare."""
    place = tmp_path_factory.mktemp("pages")
    for _ in range(2):
        run = robot(SUITE, place / "results", temp=place, engine_root=REPOSITORY)
        assert [test.status for test in run.result.suite.all_tests] == ["PASS", "FAIL"], run.output
        command = [sys.executable, "-m", "libraries.evidence.summary", "--results", str(place / "results"), "--suites", str(SUITE)]
        made = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False)
        assert made.returncode == 0, made.stderr
    return place / "results"


@pytest.fixture(scope="module")
def looks(browser: Browser, results: Path) -> dict[tuple[str, int, Scheme], Look]:
    schemes: tuple[Scheme, ...] = ("light", "dark")
    return {
        (name, width, scheme): look(browser, results / name, width=width, scheme=scheme)
        for name in PAGES
        for width in (LAPTOP, PHONE)
        for scheme in schemes
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [LAPTOP, PHONE])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_as_it_should_be(looks: dict[tuple[str, int, Scheme], Look], name: str, width: int, scheme: Scheme) -> None:
    seen = looks[name, width, scheme]
    assert seen.title
    assert not seen.broken, "pictures that show nothing"
    assert not seen.errors, "the console"
    assert not seen.requests, "nothing may leave for the network"
    assert seen.overflow <= 0, f"wider than {width} pixels: {seen.wide}"
    assert not seen.faint, "texts that can hardly be read"
    assert not [link for link in seen.dead_links if not (name == "report.html" and link.startswith(ROBOTS_OWN))]


def test_the_red_tests_pictures_are_there(looks: dict[tuple[str, int, Scheme], Look]) -> None:
    assert looks["log.html", LAPTOP, "dark"].pictures >= 3, "timeline, book, and the switch of light and dark"
    assert looks["dashboard.html", LAPTOP, "light"].pictures > 5


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_context(viewport={"width": LAPTOP, "height": 900}, offline=True).new_page()
    yield page
    page.context.close()


@pytest.mark.parametrize("place", ["#totals?all", "#tags?flow", "#suites?s1"])
def test_the_report_shows_what_is_asked_for(page: Page, results: Path, place: str) -> None:
    show(page, results / "report.html")
    page.evaluate("place => { window.location.hash = place; }", place)
    expect(page.get_by_role("link", name="A Fill Has Another Price").first).to_be_visible()


def test_the_report_leads_to_the_red_test_and_its_evidence(page: Page, results: Path) -> None:
    show(page, results / "report.html")
    page.get_by_role("link", name="All Tests").or_(page.locator("a[href='#totals']")).first.click()
    page.get_by_role("link", name="A Fill Has Another Price").first.click()
    page.wait_for_url("**/log.html#*")
    test = page.locator(".test", has_text="A Fill Has Another Price").last
    expect(test.locator("svg[aria-label^='Timeline']")).to_be_visible()
    expect(test.locator("svg[aria-label^='Book of BTCUSDT']")).to_be_visible()
    expect(test.get_by_text("FAILED: The Fill")).to_be_visible()


def test_a_folded_part_of_the_evidence_opens(page: Page, results: Path) -> None:
    show(page, results / "log.html")
    part = page.locator("details", has_text="Transcript of the exchange: its ledger").first
    row = part.get_by_text("trade 1 of -1: 0.4 x 100")
    expect(row).to_be_hidden()
    part.locator("summary").click()
    expect(row).to_be_visible()


@pytest.mark.parametrize("link", ["report.html", "log.html", "dashboard.html"])
def test_the_summary_leads_to_every_other_page(page: Page, results: Path, link: str) -> None:
    show(page, results / "summary.html")
    page.locator(f"a[href='{link}']").first.click()
    page.wait_for_url(f"**/{link}")
    assert page.title()


def test_the_summary_leads_to_the_red_test(page: Page, results: Path) -> None:
    show(page, results / "summary.html")
    page.locator("a[href^='log.html#']", has_text="A Fill Has Another Price").first.click()
    page.wait_for_url("**/log.html#*")
    expect(page.locator("svg[aria-label^='Timeline']").first).to_be_visible()


@pytest.mark.usefixtures("browser")
def test_pictures_of_the_pages_are_kept(results: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "libraries.evidence.browsing", "--results", str(results), "--images", str(tmp_path)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(f"{shot.name}.png" for shot in SHOTS)
    for shot in SHOTS:
        picture = Image.open(tmp_path / f"{shot.name}.png").convert("RGB")
        assert picture.size == (shot.width, shot.height)
        assert len(picture.getcolors(2**20) or ()) > 16, f"{shot.name} shows hardly anything"
        dark = sum(picture.resize((1, 1)).getpixel((0, 0))) < 3 * 128
        assert dark == (shot.scheme == "dark"), shot.name
