"""An engine that answers nonsense costs its book, not the evidence of the test."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from libraries.evidence.views import views
from libraries.world.engine import Engine


def engine(book: Any) -> Engine:
    link = SimpleNamespace(name="binance", symbols=("BTCUSDT",))
    control = SimpleNamespace(request=lambda _method, path, **_named: SimpleNamespace(ok=True, body=book if "/books/" in path else {}))
    return cast(Engine, SimpleNamespace(alias="main", starts=1, alive=True, links=(link,), control=control))


@pytest.mark.parametrize("nonsense", [[], {}, None, "a book"])
def test_nonsense_instead_of_a_book_is_shown(nonsense: Any) -> None:
    view = views([engine(nonsense)])["main"]
    assert view.why_not == ""
    assert view.book("binance", "BTCUSDT").why_not == f"answered no book: {nonsense}"
