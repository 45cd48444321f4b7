"""Evidence of a red test, gathered once, after its final status and before its world is closed.

Gathering never fails a test: what cannot be gathered is shown as such.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import Any

from libraries.evidence.audit import Verdict
from libraries.evidence.render import Section, document, pre, table
from libraries.evidence.requirements import text_of
from libraries.world.directories import copy_database, read_only
from libraries.world.engine import Engine, VenueLink
from libraries.world.exchange import REPOSITORY, Exchange
from libraries.world.processes import tail

_LAST_FACTS = 80
_LEVELS = 8
_LAST_REQUESTS = 40
_LOG_LINES = 30


def gather(engines: Sequence[Engine], exchanges: Sequence[Exchange], verdict: Verdict, directory: Path, repeat: str) -> str:
    """One HTML document."""
    sections = [_section("Repeat it", partial(pre, repeat))]
    if verdict.count("violated"):
        sections.append(_section("Violated invariants", partial(_violations, verdict)))
    for engine in engines:
        sections.append(_section(f"Engine {engine.alias}: end of its log", partial(_log, engine.log_path)))
        if engine.starts:
            sections.append(_section(f"Engine {engine.alias}: orders and facts", partial(_facts, engine, directory)))
        for link in engine.links if engine.starts else ():
            sections += _link_sections(engine, link, directory)
    for exchange in exchanges:
        sections.append(_section(f"Exchange {exchange.alias}: end of its log", partial(_log, exchange.directory / "exchange.log")))
    return document("Evidence", sections)


def repeat_command(source: Path | None, test_name: str, engine_root: Path | None) -> str:
    """The one command that runs this test again, from the repository's root."""
    where = "suites"
    if source is not None:
        where = str(source.relative_to(REPOSITORY)) if source.is_relative_to(REPOSITORY) else str(source)
    variable = ["--variable", f"ENGINE_ROOT:{engine_root}"] if engine_root not in (None, REPOSITORY) else []
    return shlex.join(["robot", "--test", test_name, *variable, where])


def _section(title: str, make: Callable[[], str]) -> Section:
    try:
        return Section(title, make())
    except Exception as error:  # noqa: BLE001 - shown in its place; evidence never decides a verdict
        return Section(f"{title} (could not be gathered)", pre(f"{type(error).__name__}: {error}"))


def _log(path: Path) -> str:
    return pre(tail(path, _LOG_LINES))


def _link_sections(engine: Engine, link: VenueLink, directory: Path) -> Iterable[Section]:
    venue = f"{link.name} of engine {engine.alias}"
    yield _section(f"Differing rows: {venue}", partial(_differences, engine, link, directory))
    yield _section(f"Books: {venue}", partial(_ladders, engine, link))
    yield _section(f"What the exchange was asked: {venue}", partial(_transcript, link))


def _violations(verdict: Verdict) -> str:
    rows = [
        (identifier, text_of(identifier), found.get("what"), found.get("expected"), found.get("got"), found.get("where"))
        for identifier, result in sorted(verdict.invariants.items())
        for found in result["violations"]
    ]
    return table(("invariant", "", "what", "expected", "got", "where"), rows)


def _database(engine: Engine, directory: Path) -> Path:
    """The live file, or a copy of a dead engine's."""
    return engine.database_path if engine.alive else copy_database(engine.database_path, directory / f"evidence-{engine.alias}")


def _rows(engine: Engine, directory: Path, query: str, *values: object) -> list[dict[str, Any]]:
    with closing(read_only(_database(engine, directory))) as connection:
        return [dict(row) for row in connection.execute(query, values)]


def _facts(engine: Engine, directory: Path) -> str:
    """The timeline: the last facts of the journal, times in ms since the first one shown, wall clock of the first."""
    facts = _rows(
        engine,
        directory,
        "SELECT seq, epoch, wall_ms, mono_ns, kind, correlation_id, payload FROM events ORDER BY seq DESC LIMIT ?",
        _LAST_FACTS,
    )
    facts.reverse()
    orders = _rows(
        engine,
        directory,
        "SELECT client_order_id, side, symbol, order_type, quantity, price, state, pending, knowledge, executed, reason FROM orders",
    )
    timeline = table(
        ("seq", "epoch", "+ms", "fact", "correlation", "payload"),
        [
            (f["seq"], f["epoch"], f"{(f['mono_ns'] - facts[0]['mono_ns']) / 1e6:.1f}", f["kind"], f["correlation_id"], f["payload"][:400])
            for f in facts
        ],
    )
    return table(list(orders[0]) if orders else (), [tuple(order.values()) for order in orders]) + "<br>" + timeline


def _ladders(engine: Engine, link: VenueLink) -> str:
    return "".join(_ladder(engine, link, symbol) for symbol in link.symbols)


def _ladder(engine: Engine, link: VenueLink, symbol: str) -> str:
    """Best levels of a book, venue beside engine."""
    venue = link.exchange.admin.book(symbol)
    own = (engine.control.book(link.name, symbol) if engine.alive else None) or {"bids": [], "asks": [], "update_id": "none"}
    rows: list[Sequence[object]] = []
    for side, order in (("asks", -1), ("bids", 1)):
        pairs = [(_level(venue[side], index), _level(own[side], index)) for index in range(_LEVELS)]
        rows += [(side[:-1], *left, *right) for left, right in pairs[::order] if left[0] or right[0]]
    title = f"{symbol} (update id: venue {venue['update_id']}, engine {own['update_id']})"
    return f"<p>{title}</p>" + table(("", "venue price", "venue quantity", "engine price", "engine quantity"), rows)


def _level(levels: Sequence[Sequence[str]], index: int) -> tuple[str, str]:
    return (levels[index][0], levels[index][1]) if index < len(levels) else ("", "")


def _transcript(link: VenueLink) -> str:
    asked = link.exchange.admin.requests(link.account.name)[-_LAST_REQUESTS:]
    columns = ("seq", "via", "method", "path", "params", "status", "code")
    return table(columns, [tuple(request.get(column) for column in columns) for request in asked])


def _differences(engine: Engine, link: VenueLink, directory: Path) -> str:
    """Orders, fills and balances that are not the same at venue and engine."""
    venue_orders = {order["client_order_id"]: order for order in link.exchange.admin.orders(link.account.name)}
    own_orders = {
        row["client_order_id"]: row
        for row in _rows(engine, directory, "SELECT client_order_id, state, executed FROM orders WHERE venue = ?", link.name)
    }
    rows: list[Sequence[object]] = []
    for identifier in sorted(venue_orders.keys() | own_orders.keys()):
        there, here = venue_orders.get(identifier), own_orders.get(identifier)
        if there is None or here is None or not _same(there["executed"], here["executed"]):
            left = f"{there['status']} {there['executed']}" if there else "unknown"
            right = f"{here['state']} {here['executed']}" if here else "unknown"
            rows.append(("order", identifier, left, right))
    balances = link.exchange.admin.account(link.account.name)["balances"]
    for row in _rows(engine, directory, "SELECT asset, free, locked FROM balances WHERE venue = ?", link.name):
        there = balances.pop(row["asset"], {"free": "0", "locked": "0"})
        rows += [("balance", f"{row['asset']} {b}", there[b], row[b]) for b in ("free", "locked") if not _same(there[b], row[b])]
    rows += [
        ("balance", f"{a} {b}", there[b], "unknown")
        for a, there in balances.items()
        for b in ("free", "locked")
        if not _same(there[b], "0")
    ]
    trades = len(link.exchange.admin.trades(link.account.name))
    fills = _rows(engine, directory, "SELECT count(*) AS n FROM fills WHERE venue = ?", link.name)[0]["n"]
    rows += [("fills", "count", trades, fills)] if trades != fills else []
    return table(("", "which", "venue", "engine"), rows)


def _same(left: object, right: object) -> bool:
    try:
        return Decimal(str(left)) == Decimal(str(right))
    except InvalidOperation:
        return left == right
