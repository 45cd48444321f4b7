"""Equity curve and drawdown as SVG text, the same bytes for the same data. Pixels are no money: floats are fine here."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from decimal import Decimal

import matplotlib as mpl
from matplotlib.figure import Figure

_INK, _LINE, _FALL = "#22313f", "#1f6f8b", "#b33a3a"


def curves(samples: list[tuple[int, Decimal]], drawdowns: list[Decimal], quote: str) -> str:
    """One SVG element: equity above, drawdown in per cent below."""
    times = [datetime.fromtimestamp(at_ms / 1000, UTC) for at_ms, _ in samples]
    with mpl.rc_context(
        {"svg.hashsalt": "genesis", "svg.fonttype": "none", "font.size": 9, "axes.edgecolor": _INK, "axes.labelcolor": _INK}
    ):
        figure = Figure(figsize=(10, 5.5), layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        above.plot(times, [float(equity) for _, equity in samples], color=_LINE, linewidth=1.4)
        above.set_ylabel(f"equity, {quote}")
        below.fill_between(times, [-100 * float(each) for each in drawdowns], 0, color=_FALL, alpha=0.6, linewidth=0)
        below.set_ylabel("drawdown, %")
        for axes in (above, below):
            axes.grid(visible=True, alpha=0.25)
            axes.spines[["top", "right"]].set_visible(False)
        content = io.StringIO()
        figure.savefig(content, format="svg", metadata={"Date": None, "Creator": None})
    drawn = content.getvalue()
    return drawn[drawn.index("<svg") :]
