"""Evidence of a red test, gathered once, after its final status and before its world is closed.

Gathering never fails a test: what cannot be gathered is shown as such.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path

from libraries.evidence import campaigns
from libraries.evidence.audit import Verdict
from libraries.evidence.differences import differences, venue_side
from libraries.evidence.failure import Step, moment_of, what_failed
from libraries.evidence.moments import concerns, ledger_text, of_facts, of_history, of_ledger, of_requests
from libraries.evidence.pictures.ladder import Book, Ladder, ladder
from libraries.evidence.pictures.timeline import timeline
from libraries.evidence.places import rows_behind
from libraries.evidence.readings import Begin, Row, Traces, Witnesses
from libraries.evidence.render import Section, document, pre, table
from libraries.evidence.requirements import text_of
from libraries.evidence.views import View, book_of
from libraries.world.engine import Engine
from libraries.world.exchange import REPOSITORY, Exchange
from libraries.world.processes import tail

_LAST_FACTS = 80
_LAST_LINES = 60
_LAST_REQUESTS = 40
_LOG_LINES = 30
_MOST_BOOKS = 4
_ORDERS = (
    "SELECT client_order_id, venue, side, symbol, order_type, quantity, price, state, pending, knowledge, executed, reason FROM orders "
    "ORDER BY created_ms DESC, client_order_id DESC LIMIT 60"
)
_RESTING = """
    SELECT side, price, quantity FROM orders
    WHERE venue = ? AND symbol = ? AND state IN ('OPEN', 'PARTIALLY_FILLED') AND stop_price IS NULL
"""


@dataclass(frozen=True)
class RedTest:
    """What is known of a test that failed. `way`: the keywords that failed, outermost first; `problems`: what its end found;
    `views`: of its engines, by alias."""

    message: str
    way: Sequence[Step]
    problems: Sequence[str]
    elapsed_s: float
    repeat: str
    begin: Begin
    views: Mapping[str, View]


def gather(test: RedTest, engines: Sequence[Engine], exchanges: Sequence[Exchange], verdict: Verdict, directory: Path) -> str:
    """One HTML document: what failed, how to repeat it, then what every witness says. `directory`: of the test's world."""
    failed = partial(what_failed, test.message, test.way, test.problems, verdict, test.elapsed_s)
    witnesses = [Witnesses(engine, link, test.begin, directory) for engine in engines if engine.starts for link in engine.links]
    traded = {each.exchange.alias for each in witnesses}
    sections = [
        _section("What failed", failed, shown=True),
        _section("Repeat it", partial(pre, test.repeat), shown=True),
        *(_of_the_audit(verdict, witnesses) if verdict.count("violated") else ()),
        *_of_engines(test, witnesses),
    ]
    for exchange in exchanges:
        if exchange.alias not in traded:
            sections += _of_exchange(Traces(exchange, test.begin), test.way)
    sections += [_section(f"Engine {engine.alias}: end of its log", partial(_log, engine.log_path)) for engine in engines]
    logs = ((exchange.alias, exchange.directory / "exchange.log") for exchange in exchanges)
    sections += [_section(f"Exchange {alias}: end of its log", partial(_log, path)) for alias, path in logs]
    return document("Evidence", sections)


def _of_the_audit(verdict: Verdict, witnesses: Sequence[Witnesses]) -> list[Section]:
    behind = [_section(_of("Rows behind the findings", each), partial(_behind, verdict, each), shown=True) for each in witnesses]
    return [*behind, _section("Violated invariants", partial(_violations, verdict))]


def _of_engines(test: RedTest, witnesses: Sequence[Witnesses]) -> list[Section]:
    """What answers most questions first, of every engine and venue; the long lists below, folded."""
    return [
        *(_section(_of("Rows that differ", each), partial(_differences, each), shown=True) for each in witnesses),
        *(_section(_of("Timeline", each), partial(_timeline, each, test.way), shown=True) for each in witnesses),
        *(_section(_of("Books", each), partial(_ladders, test.views[each.engine.alias], each), shown=True) for each in witnesses),
        *(_section(f"Engine {alias}: its health when the test failed", partial(_health, view)) for alias, view in test.views.items()),
        *(
            section
            for each in witnesses
            for section in (_section(_of("Orders and facts", each), partial(_facts, each)), *_transcripts(each))
        ),
    ]


def _of_exchange(traces: Traces, way: Sequence[Step]) -> list[Section]:
    """Of an exchange that no engine trades on: a suite asks it itself."""
    return [
        _section(_of("Timeline", traces), partial(_timeline_alone, traces, way), shown=True),
        _section(_of("Books", traces), partial(_ladders_alone, traces)),
        *_transcripts(traces),
    ]


def _transcripts(traces: Traces) -> list[Section]:
    return [
        _section(_of("Transcript of the exchange: its ledger", traces), partial(_ledger, traces)),
        _section(_of("Transcript of the exchange: requests", traces), partial(_requests, traces)),
    ]


def repeat_command(source: Path | None, test_name: str, tags: Iterable[str], variables: dict[str, str]) -> str:
    """The one command that runs this test again, from the repository's root."""
    where = "suites"
    if source is not None:
        where = str(source.relative_to(REPOSITORY)) if source.is_relative_to(REPOSITORY) else str(source)
    given = [word for name, value in variables.items() for word in ("--variable", f"{name}:{value}")]
    return shlex.join(["robot", "--test", _literal(test_name), *campaigns.options(tags), *given, where])


def _literal(name: str) -> str:
    """A test's name as a pattern of robot that matches nothing else."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in name)


def _of(title: str, traces: Traces) -> str:
    return f"{title}: {traces.name}"


def _section(title: str, make: Callable[[], str], *, shown: bool = False) -> Section:
    try:
        return Section(title, make(), shown)
    except Exception as error:  # noqa: BLE001 - shown in its place; evidence never decides a verdict
        return Section(f"{title} (could not be gathered)", pre(f"{type(error).__name__}: {error}"))


def _log(path: Path) -> str:
    return pre(tail(path, _LOG_LINES))


def _violations(verdict: Verdict) -> str:
    rows = [
        (identifier, text_of(identifier), found.get("what"), found.get("expected"), found.get("got"), found.get("where"))
        for identifier, found in _findings(verdict)
    ]
    return table(("invariant", "", "what", "expected", "got", "where"), rows)


def _findings(verdict: Verdict) -> Iterable[tuple[str, Row]]:
    return ((identifier, found) for identifier, result in sorted(verdict.invariants.items()) for found in result["violations"])


def _behind(verdict: Verdict, witnesses: Witnesses) -> str:
    own = (
        str(found.get("where", ""))
        for _, found in _findings(verdict)
        if found.get("engine", witnesses.engine.alias) == witnesses.engine.alias
    )
    return table(("", "as it stands"), rows_behind(own, witnesses))


def _differences(witnesses: Witnesses) -> str:
    """Orders, fills and balances that are not the same at venue and engine."""
    if why_not := witnesses.without_database:
        return pre(why_not)
    venue = witnesses.link.name
    found = differences(
        venue_side(witnesses.ledger, witnesses.link.account.name),
        witnesses.rows("SELECT client_order_id, state, executed FROM orders WHERE venue = ?", venue),
        witnesses.rows("SELECT * FROM fills WHERE venue = ?", venue),
        witnesses.rows("SELECT asset, free, locked FROM balances WHERE venue = ?", venue),
    )
    rows = [(each.row, each.field, each.venue, each.engine, each.line) for each in found]
    return table(("row", "field", "exchange's ledger", "engine's database", "ledger line"), rows)


def _timeline(witnesses: Witnesses, way: Sequence[Step]) -> str:
    why_not = witnesses.without_database
    facts = [] if why_not else witnesses.facts(_LAST_FACTS)
    ledger = of_ledger(witnesses.own_ledger, witnesses.accounts)
    own = (fact for fact in facts if fact["mono_ns"] >= witnesses.begin.mono_ns)
    moments = [*of_history(witnesses.history), *of_facts(own), *ledger, *moment_of(way)]
    return timeline(moments) + (pre(why_not) if why_not else "")


def _timeline_alone(traces: Traces, way: Sequence[Step]) -> str:
    """Of an exchange that no engine trades on: whoever asked it."""
    ledger = of_ledger(traces.own_ledger, traces.accounts)
    return timeline([*of_history(traces.history), *of_requests(traces.requests()), *ledger, *moment_of(way)])


def _ladders_alone(traces: Traces) -> str:
    """The books of an exchange that no engine trades on; those that are empty are left out."""
    symbols = [each["symbol"] for each in traces.ledger[0]["symbols"]]
    books = {symbol: book_of(traces.exchange.admin.book(symbol)) for symbol in symbols}
    shown = [Ladder(symbol, book, Book(why_not="none")) for symbol, book in books.items() if book.bids or book.asks]
    return "".join(ladder(each) for each in shown[:_MOST_BOOKS]) or "<i>all are empty</i>"


def _ladders(view: View, witnesses: Witnesses) -> str:
    """Of many symbols first those whose books differ, then those with own orders."""
    every = [_ladder(view, witnesses, symbol) for symbol in witnesses.link.symbols]
    every.sort(key=lambda each: (not each.differs, not each.own))
    more = len(every) - _MOST_BOOKS
    return "".join(map(ladder, every[:_MOST_BOOKS])) + (f"<i>{more} more books are left out</i>" if more > 0 else "")


def _ladder(view: View, witnesses: Witnesses, symbol: str) -> Ladder:
    link = witnesses.link
    venue = book_of(link.exchange.admin.book(symbol)) if link.exchange.alive else Book(why_not="dead")
    resting = [] if witnesses.without_database else witnesses.rows(_RESTING, link.name, symbol)
    orders = {Decimal(row["price"]): f"own {row['side']} {row['quantity']}" for row in resting if row["price"]}
    return Ladder(symbol, venue, view.book(link.name, symbol), orders)


def _health(view: View) -> str:
    return pre(view.why_not or json.dumps({"GET /health": view.health, "GET /market": view.market}, indent=1))


def _facts(witnesses: Witnesses) -> str:
    """The engine's orders, then the last facts of its journal; times in ms since the first fact shown."""
    if why_not := witnesses.without_database:
        return pre(why_not)
    facts, orders = witnesses.facts(_LAST_FACTS), witnesses.rows(_ORDERS)
    shown = table(
        ("seq", "epoch", "+ms", "fact", "correlation", "payload"),
        [
            (
                fact["seq"],
                fact["epoch"],
                _ms(fact, facts, "mono_ns"),
                fact["kind"],
                fact["correlation_id"],
                json.dumps(fact["payload"])[:400],
            )
            for fact in facts
        ],
    )
    return table(list(orders[0]) if orders else (), [tuple(order.values()) for order in orders]) + "<br/>" + shown


def _ledger(traces: Traces) -> str:
    """What the exchange accepted, refused, traded and ended for these accounts; works of a dead exchange too."""
    accounts = traces.accounts
    lines = [line for line in traces.own_ledger if line["type"] == "fault" or concerns(line, accounts)][-_LAST_LINES:]
    rows = [(line["seq"], _ms(line, lines, "mono"), line["type"], ledger_text(line, accounts)) for line in lines]
    return table(("seq", "+ms", "type", ""), rows)


def _requests(traces: Traces) -> str:
    if not traces.exchange.alive:
        return pre("the exchange is dead; its ledger above holds which orders it accepted and refused")
    asked = traces.requests()[-_LAST_REQUESTS:]
    columns = ("via", "method", "path", "params", "status", "code")
    rows = [(request["seq"], _ms(request, asked, "mono_ns"), *(request.get(column) for column in columns)) for request in asked]
    return table(("seq", "+ms", *columns), rows)


def _ms(row: Row, rows: Sequence[Row], clock: str) -> str:
    return f"{(row[clock] - rows[0][clock]) / 1e6:,.1f}"
