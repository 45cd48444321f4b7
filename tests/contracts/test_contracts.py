"""The gateway's REST conversations, replayed from cassettes without a server: the same answers give the same domain objects.

`inv record-cassettes` writes the cassettes anew.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from vcr.errors import CannotOverwriteExistingCassetteException

from genesis.exchange.errors import MalformedMessage
from tests.contracts.conversations import RECORDED, Conversation
from tests.contracts.documented import DOCUMENTED, Example, write_cassette
from tests.contracts.gateway import API_KEY, API_SECRET, CASSETTES, Desk, opened, played
from tests.contracts.record import record
from tests.contracts.recorded_venue import venue_with_a_history

FIELDS = [pytest.param(example, path, id=f"{example.name}-{path}") for example in DOCUMENTED for path in example.needs]


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Everything, recorded twice just now."""
    first, second = tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("second")
    record(first)
    record(second)
    return first, second


async def replayed(conversation: Conversation, cassette: Path) -> None:
    async with opened(conversation.desk()) as desk:
        with played(cassette):
            assert await conversation.ask(desk) == conversation.expected


async def read(example: Example, cassette: Path) -> None:
    async with opened(Desk()) as desk:
        if isinstance(example.expected, tuple) and isinstance(example.expected[0], type):
            kind, text = example.expected
            with played(cassette), pytest.raises(kind, match=text.replace(".", r"\.")):
                await example.ask(desk)
        else:
            with played(cassette):
                assert await example.ask(desk) == example.expected


@pytest.mark.parametrize("conversation", RECORDED, ids=lambda conversation: conversation.name)
async def test_what_this_venue_answered(conversation: Conversation) -> None:
    await replayed(conversation, CASSETTES / "venue" / f"{conversation.name}.yaml")


@pytest.mark.parametrize("example", DOCUMENTED, ids=lambda example: example.name)
async def test_what_the_documentation_shows(example: Example) -> None:
    await read(example, CASSETTES / "documented" / f"{example.name}.yaml")


def test_recorded_twice_they_are_the_same_bytes(recordings: tuple[Path, Path]) -> None:
    first, second = ({path.relative_to(root): path.read_bytes() for path in root.rglob("*.yaml")} for root in recordings)
    assert first == second
    assert set(first) == {path.relative_to(CASSETTES) for path in CASSETTES.rglob("*.yaml")}, "run: inv record-cassettes"


@pytest.mark.parametrize("conversation", RECORDED, ids=lambda conversation: conversation.name)
async def test_what_this_venue_answers_today(conversation: Conversation, tmp_path: Path) -> None:
    """Without a cassette: were the venue to answer otherwise by now, the recordings would prove nothing of it."""
    async with venue_with_a_history(tmp_path) as address, opened(conversation.desk(address)) as desk:
        assert await conversation.ask(desk) == conversation.expected


def test_no_recording_holds_a_secret(recordings: tuple[Path, Path]) -> None:
    for path in (*CASSETTES.rglob("*.yaml"), *recordings[0].rglob("*.yaml")):
        text = path.read_text(encoding="utf-8").lower()
        found = [secret for secret in (API_KEY, API_SECRET, "signature=", "apikey", "127.0.0.1") if secret in text]
        assert not found, f"{path.name} holds {found}"


# -- a changed answer turns the suite red -----------------------------------------------------------------------------


def changed(answer: Any, path: str, change: str) -> Any:
    """The answer with one field gone, or of another type."""
    found = answer = copy.deepcopy(answer)
    *way, last = (int(step) if step.isdigit() else step for step in path.split("."))
    for step in way:
        found = found[step]
    if change == "missing":
        del found[last]
    else:
        found[last] = {"unexpected": found[last]}
    return answer


@pytest.mark.parametrize("change", ["missing", "another type"])
@pytest.mark.parametrize(("example", "path"), FIELDS)
async def test_a_changed_answer_is_noticed(example: Example, path: str, change: str, tmp_path: Path) -> None:
    cassette = tmp_path / "changed.yaml"
    write_cassette(cassette, example, changed(example.answer, path, change))
    with pytest.raises(MalformedMessage):
        await read(example, cassette)


async def test_a_changed_value_is_noticed(tmp_path: Path) -> None:
    kept = (CASSETTES / "venue" / "filled-order.yaml").read_text(encoding="utf-8")
    cassette = tmp_path / "filled-order.yaml"
    cassette.write_text(kept.replace('"commission":"0.00100000"', '"commission":"0.00100001"', 1), encoding="utf-8")
    assert cassette.read_text(encoding="utf-8") != kept
    conversation = next(each for each in RECORDED if each.name == "filled-order")
    with pytest.raises(AssertionError, match="assert OrderReported"):
        await replayed(conversation, cassette)


async def test_a_question_that_no_cassette_answers_reaches_no_server(tmp_path: Path) -> None:
    example = next(each for each in DOCUMENTED if each.name == "depth")
    cassette = tmp_path / "depth.yaml"
    write_cassette(cassette, example)
    async with opened(Desk()) as desk:
        with pytest.raises(CannotOverwriteExistingCassetteException, match="query differs"), played(cassette):
            await desk.rest.depth("ETHUSDT")


async def test_an_answer_that_was_not_asked_for_is_told(tmp_path: Path) -> None:
    example = next(each for each in DOCUMENTED if each.name == "depth")
    cassette = tmp_path / "depth.yaml"
    write_cassette(cassette, example)
    with pytest.raises(AssertionError, match="holds 1 answers, only 0 of them were asked for"), played(cassette):
        pass
