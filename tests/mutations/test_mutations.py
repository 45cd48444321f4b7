"""The catalogue of broken rules fits the code, and the tool tells a noticed rule from one that nobody noticed."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from mutations.__main__ import main
from mutations.catalogue import ROOT, CatalogueError, areas, load
from mutations.checkout import Checkout, Run
from mutations.table import publish

RULES = {f"R{number}" for number in (*range(1, 12), *range(20, 25), *range(33, 37))} | {"X34", "X35"}
"""Every rule of risk, and those of access to a venue."""
AREAS = ("errors", "failover", "risk")
"""Catalogues whose entries name pytest selections; tests/mutations/test_catalogue.py has what is asked of all of them."""
R8 = next(mutation for mutation in load("risk") if mutation.rule == "R8")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return Checkout(tmp_path_factory.mktemp("mutations"))


def test_every_rule_of_risk_is_disabled_in_some_way() -> None:
    assert {mutation.rules[0] for mutation in load("risk")} == RULES


def test_only_these_areas_name_tests() -> None:
    assert tuple(area for area in areas() if any(mutation.tests for mutation in load(area))) == AREAS


def test_an_entry_that_no_longer_fits_is_named() -> None:
    with pytest.raises(CatalogueError, match=r"R8: .* expected 'no such text' once in genesis/engine/risk_engine.py, found it 0 times"):
        msgspec.structs.replace(R8, find="no such text").applied(ROOT)


def test_a_broken_rule_is_noticed_and_put_back(checkout: Checkout) -> None:
    before = (checkout.root / R8.file).read_bytes()
    run = checkout.with_rule_broken(R8)
    assert "test_r8[0.5999-False]" in run.failed
    assert not run.broken
    assert (checkout.root / R8.file).read_bytes() == before


def test_a_rule_that_nobody_notices_is_not_taken_for_noticed(checkout: Checkout) -> None:
    harmless = msgspec.structs.replace(R8, replace=R8.find + "  # as before")
    assert checkout.with_rule_broken(harmless) == Run()


def test_code_that_cannot_be_imported_is_no_test_that_noticed(checkout: Checkout) -> None:
    run = checkout.with_rule_broken(msgspec.structs.replace(R8, replace="(", tests=("tests/engine_pure/test_risk_rules.py",)))
    assert run.broken
    assert not run.failed


def test_the_table_and_the_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert publish(tmp_path, "some", [(R8, Run(failed=("test_one",)))]) == 0
    assert publish(tmp_path, "some", [(R8, Run(failed=("test_one",))), (R8, Run()), (R8, Run(broken="no answer"))]) == 1
    said = capsys.readouterr().out
    assert "R8    any confidence will do -> test_one\n" in said
    assert "3 rules broken, 1 noticed" in said
    assert [row["tests"] for row in json.loads((tmp_path / "some.json").read_text())] == [["test_one"], [], []]
    assert (tmp_path / "some.md").read_text().count("**not noticed**") == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no-such"], "expected one of the catalogues auditor, "),
        (["risk", "--rule", "R99"], "--rule: expected one of R1, "),
    ],
)
def test_bad_input_is_named(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert said in capsys.readouterr().err
