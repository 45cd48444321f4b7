"""`--ledger FILE`: a ledger that the venue wrote holds; each corruption violates the check that it is made for."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from libraries.auditor import cli
from libraries.auditor.examination import Examination
from libraries.auditor.ledger_audit import GrowingLedger
from libraries.mock_exchange.core.amounts import parse_e8
from libraries.mock_exchange.core.orders import AmendRequest, CancelRequest
from tests.mock_exchange.core_kit import Core, new_order

ROOT = Path(__file__).resolve().parents[2]
Lines = list[dict[str, Any]]


def ledger_lines() -> Lines:
    """Every kind of line that the venue writes about orders."""
    core = Core()
    core.trade("100")
    iceberg = core.place("b", "SELL", "3", "101", iceberg="1").order
    core.place("a", "BUY", "2", "101")
    core.venue.amend("b", AmendRequest(symbol="BTCUSDT", order_id=iceberg.order_id, quantity=parse_e8("2.5")), "rest")
    core.place("b", "BUY", "1", "101", tif="IOC", stp_mode="DECREMENT")
    core.place_list(
        "a", "OCO", new_order("BUY", "1", "110", type="STOP_LOSS_LIMIT", stop="106"), new_order("BUY", "1", "95", type="LIMIT_MAKER")
    )
    core.place("c", "SELL", "0.5", "95")
    core.place("c", "SELL", "0.5", "95")
    core.place_list("a", "OTO", new_order("BUY", "1", "96"), new_order("SELL", "1", type="STOP_LOSS", stop="90"))
    core.place("c", "SELL", "1", "96")
    core.place("c", "BUY", "1", "89")
    core.trade("90")
    core.place_list("c", "OTO", new_order("SELL", "1", "120"), new_order("BUY", "9", "300"))
    core.place("b", "BUY", "1", "120")
    core.place("a", "BUY", "3", type="TAKE_PROFIT", stop="50")
    core.venue.cancel_all("a", CancelRequest(symbol="BTCUSDT"), "rest")
    core.place("a", "SELL", "1", "150")
    kinds = {line["type"] for line in core.journal.lines}
    assert {"list", "order", "activated", "triggered", "locked", "amended", "prevented", "trade", "closed"} <= kinds
    lines: Lines = json.loads(json.dumps(core.journal.lines))
    return lines


def written(lines: Lines, path: Path) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def audited(path: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, dict[str, Any], str]:
    code = cli.main(["--ledger", str(path), *more])
    told = capsys.readouterr()
    return code, json.loads(told.out), told.err


def test_the_venues_own_ledger_holds_without_an_engine(tmp_path: Path) -> None:
    path = written(ledger_lines(), tmp_path / "ledger.jsonl")
    command = [sys.executable, "-m", "libraries.auditor", "--ledger", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert {name: found["status"] for name, found in report["invariants"].items()} == dict.fromkeys(("I01", "I05", "I10", "I11"), "held")
    assert report["counts"]["orders"] >= 10


def of(lines: Lines, kind: str, **fields: Any) -> dict[str, Any]:
    return next(line for line in lines if line["type"] == kind and all(line.get(name) == value for name, value in fields.items()))


def unbalanced(lines: Lines) -> None:
    of(lines, "trade")["postings"][0][3] = "-7"


def money_from_nowhere(lines: Lines) -> None:
    order = of(lines, "order", account="a")
    order["postings"] = [["a", "USDT", "locked", "5000"], ["a", "USDT", "free", "-5000"]]


def wrong_fee(lines: Lines) -> None:
    of(lines, "trade")["maker"]["fee"] = "0.5"


def missing_line(lines: Lines) -> None:
    del lines[20]


def never_unlocked(lines: Lines) -> None:
    of(lines, "closed", status="EXPIRED", reason="OCO_TRIGGER")["postings"] = []


def locked_too_much(lines: Lines) -> None:
    order = of(lines[::-1], "order", account="a", price="150")
    order["postings"] = [["a", "BTC", "locked", "2"], ["a", "BTC", "free", "-2"]]


def executed_lies(lines: Lines) -> None:
    of(lines, "closed", status="FILLED")["executed"] = "0.05"


def more_than_asked(lines: Lines) -> None:
    of(lines, "order", account="b", quantity="3")["quantity"] = "1"


def prevented_lies(lines: Lines) -> None:
    of(lines, "prevented")["taker"]["prevented"] = "9"


def filled_early(lines: Lines) -> None:
    line = of(lines, "closed", reason="OCO_TRIGGER")
    line["status"] = "FILLED"


def closed_twice(lines: Lines) -> None:
    line = of(lines, "closed")
    lines.append(line | {"seq": len(lines) + 1, "postings": []})


def trades_while_it_waits(lines: Lines) -> None:
    line = of(lines, "triggered")
    line["type"] = "status"


def placed_without_its_turn(lines: Lines) -> None:
    del of(lines, "order", pending=True)["pending"]


def beyond_its_limit(lines: Lines) -> None:
    of(lines, "order", account="a", price="101")["price"] = "99"


def traded_twice(lines: Lines) -> None:
    first, second = [line for line in lines if line["type"] == "trade"][:2]
    second["trade_id"] = first["trade_id"]


def of_somebody_else(lines: Lines) -> None:
    of(lines, "closed", status="FILLED", account="a")["account"] = "b"


def grows(lines: Lines) -> None:
    of(lines, "amended")["quantity"] = "4"


def unknown_order(lines: Lines) -> None:
    of(lines, "triggered")["order_id"] = 999


def unreadable(lines: Lines) -> None:
    of(lines, "order", account="b")["quantity"] = "much"


@pytest.mark.parametrize(
    ("invariant", "spoil", "text"),
    [
        ("I01", unbalanced, "sum of the entry's postings"),
        ("I01", money_from_nowhere, "free USDT of a"),
        ("I01", wrong_fee, "fee of the maker"),
        ("I01", missing_line, "ledger sequence"),
        ("I05", never_unlocked, "locked by a closed order"),
        ("I05", locked_too_much, "locked by an open order"),
        ("I10", executed_lies, "= sum of its trades"),
        ("I10", more_than_asked, "remaining of order"),
        ("I10", prevented_lies, "prevented of order"),
        ("I10", filled_early, "that is FILLED"),
        ("I11", closed_twice, "before a closed line"),
        ("I11", trades_while_it_waits, "state of the taker"),
        ("I11", placed_without_its_turn, "before a activated line"),
        ("I11", beyond_its_limit, "price of a trade of order"),
        ("I11", traded_twice, "trade id"),
        ("I11", of_somebody_else, "account of order"),
        ("I11", grows, "amended quantity"),
        ("I11", unknown_order, "KeyError: 999"),
        ("I11", unreadable, "InvalidOperation"),
    ],
)
def test_each_corruption_is_found(
    invariant: str, spoil: Callable[[Lines], None], text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ledger_lines()
    spoil(lines)
    code, report, _ = audited(written(lines, tmp_path / "ledger.jsonl"), capsys)
    found = report["invariants"][invariant]
    assert (code, found["status"]) == (1, "violated")
    assert any(text in f"{each['what']} {each['got']}" for each in found["violations"]), found["violations"]


def test_an_expected_violation_counts_and_one_that_a_ledger_cannot_show_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ledger_lines()
    traded_twice(lines)
    path = written(lines, tmp_path / "ledger.jsonl")
    assert audited(path, capsys, "--expect", "I11")[0] == 0
    assert audited(path, capsys, "--expect", "I10")[0] == 1
    assert audited(path, capsys, "--expect", "I19")[0] == 3


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, "o such file"),
        ("", "got no line"),
        ('{"seq":1', "ends inside a line"),
        ('{"seq":1,"mono":1,"type":"venue","more":true}\n', "ends inside a command: line 1 says that more lines follow"),
        ("nonsense\n", "expected a ledger entry"),
    ],
)
def test_what_is_no_ledger_is_3(content: str | None, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "ledger.jsonl"
    if content is not None:
        path.write_text(content)
    code, report, errors = audited(path, capsys)
    assert (code, report["verdict"]) == (3, "error")
    assert text in errors


def test_a_ledger_alone_goes_without_an_engine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--ledger", str(tmp_path), "--database", "x"])
    assert ended.value.code == 2
    assert "expected it without --database" in capsys.readouterr().err


def changed_posting(lines: Lines) -> Lines:
    """The last line that moves money gives one account 1 more."""
    line = next(line for line in reversed(lines) if line.get("postings"))
    line["postings"][0][3] = str(Decimal(line["postings"][0][3]) + 1)
    return lines


def statuses(found: dict[str, Examination]) -> dict[str, str]:
    return {name: each.status for name, each in found.items()}


def test_a_growing_ledger_is_judged_by_what_is_new(tmp_path: Path) -> None:
    lines = ledger_lines()
    half = next(number for number, line in enumerate(lines) if number > len(lines) // 2 and not lines[number - 1].get("more"))
    path = written(lines[:half], tmp_path / "ledger.jsonl")
    ledger = GrowingLedger(path)
    first = ledger.examine(None)
    written(lines, path)
    second = ledger.examine(path.stat().st_size)
    whole = GrowingLedger(path).examine(None)
    assert statuses(first) == statuses(second) == statuses(whole) == dict.fromkeys(("I01", "I05", "I10", "I11"), "held")
    for name in ("I01", "I10", "I11"):
        assert 0 < second[name].objects == whole[name].objects - first[name].objects


def test_a_growing_ledger_with_a_changed_posting_is_violated(tmp_path: Path) -> None:
    lines = ledger_lines()
    path = written(lines, tmp_path / "ledger.jsonl")
    ledger = GrowingLedger(path)
    assert statuses(ledger.examine(None))["I01"] == "held"
    written(changed_posting(lines), path)  # bytes that were read and found good
    found = ledger.examine(None)
    assert found["I01"].status == "violated"
    assert "sum of the entry's postings" in found["I01"].violations[0].what


def test_a_growing_ledger_that_cannot_be_followed_stays_violated(tmp_path: Path) -> None:
    lines = ledger_lines()
    trade = next(line for line in lines if line["type"] == "trade")
    del trade["maker"]
    path = written(lines, tmp_path / "ledger.jsonl")
    ledger = GrowingLedger(path)
    for _ in range(2):
        found = ledger.examine(None)
        assert {name for name in found if found[name].status == "violated"} >= {"I01", "I11"}
        assert found["I11"].violations[0].what == "evaluation"


def test_a_ledger_without_monotonic_times_is_audited(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A venue whose clock is its market's writes none."""
    path = written([{name: value for name, value in line.items() if name != "mono"} for line in ledger_lines()], tmp_path / "ledger.jsonl")
    code, report, _ = audited(path, capsys)
    assert (code, report["verdict"]) == (0, "held")
    assert set(statuses(GrowingLedger(path).examine(None)).values()) == {"held"}
