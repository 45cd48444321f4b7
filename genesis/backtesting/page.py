"""The result page: one HTML file that needs nothing else, for people."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import Any, Final

MOST_TRADES: Final = 500
"""Rows of the page; the JSON file has them all."""

_STYLE: Final = """
body{font:15px/1.45 system-ui,sans-serif;color:#22313f;max-width:68rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem;margin:0 0 .2rem}h2{font-size:1.1rem;margin:1.8rem 0 .5rem}p{margin:.3rem 0;color:#5a6b78}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(11rem,1fr));gap:.6rem}
.tile{border:1px solid #d9e0e5;border-radius:6px;padding:.5rem .7rem}.tile b{display:block;font-size:1.15rem}
.tile span{color:#5a6b78;font-size:.85rem}
.warn{background:#fbeaea;border:1px solid #e2b6b6;border-radius:6px;padding:.6rem .8rem;color:#7c2424}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:.9rem}
th,td{text-align:right;padding:.25rem .5rem;border-bottom:1px solid #e6ebef}th:first-child,td:first-child{text-align:left}
td.l{text-align:left}svg{width:100%;height:auto}code{font-size:.85rem;word-break:break-all}
"""

_TILES: Final = (
    ("sharpe", "Sharpe, annualised", 2, 1),
    ("sortino", "Sortino, annualised", 2, 1),
    ("calmar", "Calmar", 2, 1),
    ("profit_factor", "profit factor", 2, 1),
    ("win_rate", "win rate, %", 1, 100),
    ("max_drawdown", "largest drawdown, %", 2, 100),
    ("total_return", "return, %", 2, 100),
    ("annual_return", "return a year, %", 2, 100),
)


def page(result: dict[str, Any], picture: str, quote: str) -> str:
    """The whole HTML text. `picture` is an SVG element."""
    return "\n".join(
        (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Backtest</title>',
            f"<style>{_STYLE}</style></head><body>",
            "<h1>Backtest</h1>",
            f"<p>{_time(result['from_ms'])} to {_time(result['to_ms'])} UTC, {result['prints']} public trades, seed {result['seed']}</p>",
            _warning(result),
            "<h2>Measures</h2>",
            f'<div class="tiles">{_tiles(result)}</div>',
            "<h2>Equity and drawdown</h2>",
            picture,
            f"<h2>Balance, {escape(quote)}</h2>",
            _balance(result["balance"]),
            _denials(result["denials"]),
            f"<h2>Trades{_shown(result['trades'])}</h2>",
            _trades(result["trades"][:MOST_TRADES]),
            "<h2>Unfinished at the end</h2>" + _trades(result["unfinished"]) if result["unfinished"] else "",
            "<h2>Origin</h2>",
            "".join(f"<p><code>{escape(line)}</code></p>" for line in result["data"]),
            f"<p>configuration <code>{result['config_digest']}</code>, engine's state <code>{result['engine_digest']}</code></p>",
            "</body></html>",
            "",
        )
    )


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _number(value: str | None, places: int, by: int) -> str:
    return "not defined" if value is None else f"{float(value) * by:,.{places}f}"


def _tile(label: str, value: str) -> str:
    return f'<div class="tile"><b>{escape(value)}</b><span>{escape(label)}</span></div>'


def _tiles(result: dict[str, Any]) -> str:
    measures = [_tile(label, _number(result["metrics"][key], places, by)) for key, label, places, by in _TILES]
    counts = [_tile("trades", str(result["metrics"]["trades"])), _tile("orders, fills", f"{result['orders']}, {result['fills']}")]
    return "".join((*measures, *counts))


def _warning(result: dict[str, Any]) -> str:
    if result["stopped"] is None:
        return ""
    return f'<p class="warn">Stopped: the drawdown is larger than the configuration allows ({escape(result["stopped"])}).</p>'


def _balance(balance: dict[str, str]) -> str:
    rows = (
        ("at the start", balance["start"]),
        ("gross P&L of trades", balance["gross_pnl"]),
        ("fees", f"-{balance['fees']}"),
        ("revaluation of holdings", balance["revaluation"]),
        ("at the end", balance["end"]),
    )
    return "<table>" + "".join(f"<tr><td>{escape(label)}</td><td>{escape(amount)}</td></tr>" for label, amount in rows) + "</table>"


def _denials(denials: dict[str, int]) -> str:
    if not denials:
        return ""
    said = ", ".join(f"{escape(rule)} {count}" for rule, count in denials.items())
    return f"<h2>Refused by the risk engine</h2><p>{said}</p>"


def _shown(trades: list[dict[str, Any]]) -> str:
    return f" (the first {MOST_TRADES} of {len(trades)}; result.json has all)" if len(trades) > MOST_TRADES else ""


def _trades(trades: list[dict[str, Any]]) -> str:
    head = "".join(
        f"<th>{name}</th>" for name in ("strategy", "symbol", "side", "opened, UTC", "closed, UTC", "fills", "gross", "fees", "net")
    )
    return f"<table><tr>{head}</tr>{''.join(_row(trade) for trade in trades)}</table>"


def _row(trade: dict[str, Any]) -> str:
    closed = _time(trade["closed_ms"]) if trade["closed_ms"] is not None else "open"
    words = [trade["strategy"], trade["symbol"], trade["side"], _time(trade["opened_ms"]), closed]
    amounts = [str(trade["fills"]), trade["gross"], trade["fees"], trade["net"]]
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in (*words, *amounts)) + "</tr>"
