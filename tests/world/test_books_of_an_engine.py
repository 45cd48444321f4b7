"""An engine that answers nonsense instead of a book is told so, with what came and what to look at."""

from __future__ import annotations

from typing import Any

import pytest

from libraries.world.control import ControlClient
from libraries.world.errors import WorldError
from libraries.world.http import Answer


class Answering:
    """The client of an engine that answers each question with the same body."""

    def __init__(self, status: int, body: Any) -> None:
        self._answer = Answer("GET", "/books", status, body)

    def request(self, _method: str, _path: str, **_named: Any) -> Answer:
        return self._answer


def asked(status: int, body: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    control = ControlClient("engine main", "http://127.0.0.1:1", "a token", metrics_url="http://127.0.0.1:2")
    monkeypatch.setattr(control, "client", Answering(status, body))
    return control.book("binance", "BTCUSDT")


@pytest.mark.parametrize("nonsense", [[], {}, {"bids": [], "asks": []}, "a book"])
def test_what_is_no_book_is_named(nonsense: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WorldError, match=r"expected a book with update_id, bids and asks, got (.|\n)*ENGINE_ROOT"):
        asked(200, nonsense, monkeypatch)


def test_a_book_is_one_and_none_that_is_trusted_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    book = {"update_id": 7, "bids": [], "asks": []}
    assert asked(200, book, monkeypatch) == book
    assert asked(404, {}, monkeypatch) is None
