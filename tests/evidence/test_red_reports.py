"""The cause of a red test is found from its report alone: a suite that is red in every test is run for real, and its log is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.world.generated import REPOSITORY, Run, robot

RED = Path(__file__).resolve().parent / "red.robot"

CAUSES = {
    "A Wrong Price Is Asserted": [
        ("What failed", r"fill 1 of order \S+ <b>price=100\.01</b>, qty=0\.4 <b>price=100</b>, qty=0\.4 \d+ tries in [\d.]+ s"),
        ("What failed", r"step\s+The Fill\s+price=100\.01\s+qty=0\.4\s+timeout=300ms\s+\(red\.robot:\d+\)"),
        ("Timeline", r"trade 1 of -1: 0\.4 x 100, maker, fee 0\.0004 BTC \[ledger \d+\]"),
        ("Timeline", r"FAILED: The Fill price=100\.01"),
        ("Books", "own BUY 1"),
        ("Transcript of the exchange: its ledger", r"\d+ [\d.,]+ request place -1 BUY 1 BTCUSDT @ 100 LIMIT: accepted"),
        ("Transcript of the exchange: requests", r"\d+ [\d.,]+ ws-api .*order\.place"),
    ],
    "A Wait Runs Out": [
        ("What failed", r"<b>status=FILLED</b>, <b>filled=1</b> <b>status=OPEN</b>, <b>filled=0</b> \d+ tries in [\d.]+ s"),
        ("Timeline", r"OrderChanged -1 SUBMITTED -> OPEN"),
    ],
    "A Step Inside Of A Phrase Fails": [
        ("What failed", r"step\s+Both Books Show The Same\s+BTC\s+\(red\.robot:\d+\)"),
        ("What failed", r"inside\s+Get Balance\s+.*\(trading\.resource:\d+\)"),
    ],
    "The Engine Dies Unannounced": [
        ("What failed", r"engine main \(pid \d+\) <b>no keyword announced it</b> <b>killed by SIGKILL\.</b>"),
        ("Books", "engine: dead"),
        ("Engine main: end of its log", "connection state"),
    ],
    "The Engine Does Not Start": [
        ("What failed", r'risk\.min_confidence <b>a decimal text from 0 to 1 such as "0\.6"</b> <b>\'1\.7\' \(text\)</b>'),
        ("What failed", r"step\s+Start A Fresh Engine\s+risk\.min_confidence=1\.7"),
        ("Rows that differ", "the engine's database cannot be read"),
        ("Timeline", "FAILED: Start A Fresh Engine"),
    ],
    "An Invariant Is Violated": [
        ("What failed", r"I09 engine and venue know the same fills: quantity of the fill <b>0\.5</b> <b>0\.4</b>"),
        ("Rows that differ", r"fill BTCUSDT \d+ quantity 0\.5 0\.4 \d+"),
        ("Rows behind the findings", r'ledger line \d+ \{"type":"trade"'),
        ("Rows behind the findings", r"fills binance BTCUSDT \d+ venue=binance, .*quantity=0\.4"),
    ],
    "An Order Is Lost": [
        ("What failed", r"I14 what was acknowledged is not lost: acknowledged order \S+ <b>a row in orders</b> <b>no row</b>"),
        ("Rows that differ", r"order \S+ row open, executed 0 no row \d+"),
        ("Rows behind the findings", r'history line \d+ \{"op": "ok"'),
        ("Timeline", r"kill engine=main"),
    ],
    "A Keyword Argument Is Refused": [
        ("What failed", r"quantity <b>be text such as 0\.5</b> <b>float 0\.5; write 0\.5 not \$\{0\.5\}</b>"),
        ("What failed", r"step\s+The Engine Places\s+BUY\s+BTCUSDT\s+qty=\$\{0\.5\}"),
    ],
    "An Order Is Refused": [
        ("What failed", r"the engine <b>accept LIMIT BUY 0\.5 BTCUSDT at 99\.001</b> <b>status 400 \(malformed\): rule PRICE_FILTER"),
        ("Timeline", r"refused: signal engine=main signal_id=\S+ symbol=BTCUSDT side=BUY"),
    ],
    "The Venue Rejects": [
        ("What failed", r"status of order \S+ <b>be OPEN</b> <b>REJECTED</b>"),
        ("Timeline", r"OrderChanged -1 SUBMITTED -> REJECTED.*-2010 Account has insufficient balance"),
        ("Timeline", r"fault f\d+ \(hit 1\) at after_validate"),
        ("Transcript of the exchange: requests", r"400 -2010"),
    ],
    "A Raw Request Is Answered Otherwise": [
        ("What failed", r"the venue <b>answer status 200 without an error code</b> <b>status 400: \{'code': -1121"),
        ("Timeline: exchange binance", r"GET /api/v3/depth symbol=NOPE: 400 -1121 \[request \d+\]"),
        ("Transcript of the exchange: requests", r"\d+ [\d.,]+ rest GET /api/v3/depth .*NOPE.* 400 -1121"),
    ],
    "A Process Is Left": [("", r"leak: process \d+ still runs \(sleep 30\)")],
    "Market Data Is Stale": [
        ("What failed", r"best bid of BTCUSDT <b>be 98</b> <b>99\.5</b>"),
        ("Books", r"update \d+.*differs"),
        ("Timeline", r"fault f\d+ \(hit 1\) at event: drop"),
        ("Engine main: its health", r'"GET /market": .*"connections"'),
    ],
    "The Disk Is Full": [
        ("What failed", r"number of orders <b>be 1</b> <b>0</b>"),
        ("Timeline", r"disk error armed engine=main crash=CP-O3b:1\+:raise:SQLITE_FULL"),
        ("Engine main: its health", "disk is full"),
    ],
    "The Venue Dies": [
        ("What failed", r"exchange binance \(pid \d+\) <b>no keyword announced it</b> <b>killed by SIGKILL\.</b>"),
        ("Books", "venue: dead"),
        ("Timeline", r"binance/orders state=DOWN"),
        ("Transcript of the exchange: requests", "the exchange is dead"),
    ],
}
"""Test -> (section of its evidence, what must stand there); section "" = the message."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    place = tmp_path_factory.mktemp("red")
    return robot(RED, place / "results", temp=place, engine_root=REPOSITORY)


@pytest.fixture(scope="module")
def section(run: Run) -> Callable[[str, str], str]:
    """The content of a section of a test's evidence, tags but `<b>` removed, cells separated by one blank."""

    def content(test: str, title: str) -> str:
        parsed = ElementTree.fromstring(f"<div>{evidence(run, test)}</div>")
        for details in parsed.iter("details"):
            summary = details.find("summary")
            if summary is not None and (summary.text or "").startswith(title):
                return _text(ElementTree.tostring(details, encoding="unicode"))
        raise AssertionError(f"{test}: no section {title!r}")

    return content


def evidence(run: Run, test: str) -> str:
    messages = [item.message for item in run.test(test).body if item.type == "MESSAGE"]
    return next(message for message in messages if message.startswith("<b>Evidence</b>"))


def _text(html: str) -> str:
    bold = re.sub(r"<(?!/?b>)[^>]+>", " ", html)
    plain = bold.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").replace("&quot;", '"').replace("&#x27;", "'")
    return (
        re.sub(r"\s+", " ", re.sub(r"\s*(</?b>)\s*", lambda tag: f" {tag[1]}" if tag[1] == "<b>" else f"{tag[1]} ", plain))
        .replace(" ,", ",")
        .replace("</b> ,", "</b>,")
    )


def test_every_test_of_the_suite_is_red_and_has_a_cause_here(run: Run) -> None:
    assert {test.name: test.status for test in run.result.suite.all_tests} == dict.fromkeys(CAUSES, "FAIL"), run.output


@pytest.mark.parametrize(("test", "title", "pattern"), [(test, *part) for test, parts in CAUSES.items() for part in parts])
def test_the_cause_is_in_the_report(run: Run, section: Callable[[str, str], str], test: str, title: str, pattern: str) -> None:
    shown = section(test, title) if title else run.test(test).message
    assert re.search(pattern, shown), shown


@pytest.mark.parametrize("test", sorted(set(CAUSES) - {"A Process Is Left", "A Raw Request Is Answered Otherwise"}))
def test_every_red_test_shows_all_kinds_of_evidence(run: Run, test: str) -> None:
    html = evidence(run, test)
    for part in ("What failed", "Repeat it", "Rows that differ", "Timeline", "Books", "its ledger", "requests", "its health"):
        assert part in html
    assert html.count("end of its log") == 2
    assert "could not be gathered" not in html
    assert html.count("<svg ") == 2
    assert f"robot --test &#x27;{test}&#x27; tests/evidence/red.robot" in html
    assert "seed of exchange binance: 1" in html
    assert html.index("What failed") < html.index("Repeat it") < html.index("Timeline"), "the answer first"


def test_the_command_repeats_the_test(run: Run, tmp_path: Path) -> None:
    """As it stands in the report, from the repository's root."""
    test = "A Keyword Argument Is Refused"
    found = re.search(r"robot --test &#x27;([^&]+)&#x27; (\S+)", evidence(run, test))
    assert found is not None
    again = robot(REPOSITORY / found[2], tmp_path / "again", "--test", found[1], temp=tmp_path, engine_root=REPOSITORY)
    assert [each.name for each in again.result.suite.all_tests] == [test]
    assert again.test(test).message == run.test(test).message


def test_a_log_full_of_evidence_stays_small(run: Run) -> None:
    size = (run.results / "log.html").stat().st_size
    assert size < 2_000_000, "14 red tests; a whole run's log must stay below 30 MB"
