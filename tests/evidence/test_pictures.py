"""Pictures are well-formed SVG whatever texts they hold, show what differs, and leave out what is too much, saying so."""

from __future__ import annotations

from decimal import Decimal
from xml.etree import ElementTree

from libraries.evidence.pictures.ladder import LEVELS, Book, Ladder, ladder
from libraries.evidence.pictures.svg import GREEN, RED
from libraries.evidence.pictures.timeline import ENGINE, MOST, ORDERS, TEST, VENUE, Moment, timeline
from libraries.evidence.redaction import register_secret

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<script>alert('x')</script> & \"quoted\""
MS = 1_000_000


def parsed(html: str) -> ElementTree.Element:
    return ElementTree.fromstring(f"<div>{html}</div>")


def texts(html: str) -> list[str]:
    return ["".join(text.itertext()) for text in parsed(html).iter(f"{SVG}text")]


def test_texts_of_pictures_are_escaped_and_redacted() -> None:
    secret = register_secret("picture-secret-123456")
    for html in (
        timeline([Moment(0, TEST, HOSTILE, order=HOSTILE, state="OPEN"), Moment(1, VENUE, secret)]),
        ladder(Ladder(HOSTILE, Book([("1", "2")]), Book(why_not=secret), {Decimal(1): HOSTILE})),
    ):
        assert "<script>" not in html
        assert secret not in html
        assert parsed(html).find(f".//{SVG}svg") is not None


def test_moments_stand_in_the_order_of_time_with_their_distance() -> None:
    shown = texts(timeline([Moment(12 * MS, ENGINE, "second"), Moment(2 * MS, TEST, "first"), Moment(512 * MS, VENUE, "third")]))
    assert [text for text in shown if text in ("first", "second", "third")] == ["first", "second", "third"]
    assert [text for text in shown if text.startswith("+")] == ["+0.0", "+10.0", "+510.0"]
    assert "500 ms of silence" in shown
    assert sum("silence" in text for text in shown) == 1


def test_an_orders_bar_has_the_colour_of_its_state_and_ends_with_it() -> None:
    html = timeline([Moment(0, ENGINE, "a", "g1-7", "OPEN"), Moment(MS, ENGINE, "b", "g1-7", "FILLED"), Moment(2 * MS, ENGINE, "c")])
    bars = list(parsed(html).iter(f"{SVG}rect"))
    dots = [dot for dot in parsed(html).iter(f"{SVG}circle") if dot.get("fill") == GREEN]
    assert len(bars) == 1
    assert len(dots) == 1
    assert float(bars[0].get("y", "")) + float(bars[0].get("height", "")) == float(dots[0].get("cy", ""))
    assert "-7" in texts(html)


def test_what_is_grave_is_red() -> None:
    html = timeline([Moment(0, ENGINE, "fine"), Moment(1, ENGINE, "refused", grave=True)])
    red = [text.text for text in parsed(html).iter(f"{SVG}text") if text.get("fill") == RED]
    assert red == ["refused"]


def test_a_long_history_shows_its_end_and_says_so() -> None:
    many = [Moment(number * MS, ENGINE, f"moment {number}", f"g1-{number}", "OPEN") for number in range(MOST + 5)]
    html = timeline(many)
    assert "5 earlier moments are left out" in html
    assert "moment 4" not in texts(html)
    assert f"moment {MOST + 4}" in texts(html)
    assert len(list(parsed(html).iter(f"{SVG}rect"))) == ORDERS


def test_nothing_happened() -> None:
    assert timeline([]) == "<i>nothing happened</i>"


def test_a_long_text_is_cut_and_whole_under_the_mouse() -> None:
    html = timeline([Moment(0, ENGINE, "x" * 500)])
    text = next(text for text in parsed(html).iter(f"{SVG}text") if (text.text or "").startswith("xxx"))
    assert (text.text or "").endswith("…")
    assert text.findtext(f"{SVG}title") == "x" * 500


def book(*bids: tuple[str, str], asks: tuple[tuple[str, str], ...] = (("101", "1"),)) -> Book:
    return Book(bids, asks, "7")


def test_equal_books_differ_nowhere_whatever_their_spelling() -> None:
    shown = texts(ladder(Ladder("BTCUSDT", book(("99.50", "1.0")), book(("99.5", "1")))))
    assert "differs" not in shown
    assert "spread 1.50" in shown


def test_each_level_that_differs_is_marked() -> None:
    shown = texts(ladder(Ladder("BTCUSDT", book(("99", "1"), ("98", "2")), book(("99", "1"), ("98", "3"), ("97", "1")))))
    assert shown.count("differs") == 2


def test_a_side_that_nobody_knows_differs_from_nothing_and_says_why() -> None:
    shown = texts(ladder(Ladder("BTCUSDT", book(("99", "1")), Book(why_not="dead"))))
    assert "engine: dead" in shown
    assert "differs" not in shown


def test_asks_stand_above_bids_best_in_the_middle() -> None:
    shown = texts(ladder(Ladder("X", book(("9", "1"), ("8", "1"), asks=(("10", "1"), ("11", "1"))), Book(why_not="dead"))))
    assert [text for text in shown if text in ("8", "9", "10", "11")] == ["11", "10", "9", "8"]


def test_a_deep_book_shows_its_best_levels() -> None:
    deep = tuple((str(100 + number), "1") for number in range(50))
    assert (
        len([text for text in texts(ladder(Ladder("X", Book((), deep), Book((), deep)))) if text.startswith("1") and len(text) == 3])
        == LEVELS
    )


def test_a_book_without_anything_is_a_picture_too() -> None:
    assert parsed(ladder(Ladder("X", Book(), Book()))).find(f".//{SVG}svg") is not None


def test_a_ladder_knows_whether_it_differs() -> None:
    assert not Ladder("X", book(("9.0", "1")), book(("9", "1.0"))).differs
    assert Ladder("X", book(("9", "1")), book(("9", "2"))).differs
    assert not Ladder("X", book(("9", "1")), Book(why_not="dead")).differs
