"""What a load run looks like, as one inline SVG each: histogram, throughput and latency over time, what the processes used."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from libraries.load.journeys import Second
from libraries.load.latencies import Latencies
from libraries.load.processes import Sample, Watch

_INK, _FIRST, _SECOND, _LIMIT = "#22313f", "#1f6f8b", "#d08c2e", "#b33a3a"
_STYLE: Any = {"svg.hashsalt": "genesis", "svg.fonttype": "none", "font.size": 9, "axes.edgecolor": _INK, "axes.labelcolor": _INK}


def histogram(found: Latencies, limit_ms: float | None = None) -> str:
    """How many took how long, both axes in powers; the required limit as a line."""
    buckets = found.buckets()
    with _figure(8, 2.6) as (figure, content):
        axes = figure.subplots()
        edges = [edge for edge, _ in buckets]
        widths = [edge - edge / 2**0.5 for edge in edges]
        axes.bar(
            [edge - width for edge, width in zip(edges, widths, strict=True)], [n for _, n in buckets], widths, align="edge", color=_FIRST
        )
        axes.set(xscale="log", yscale="log", xlabel="latency from the scheduled tick, ms", ylabel="orders")
        for name, value in (("p50", found.p50_ms), ("p99", found.p99_ms)):
            axes.axvline(value, color=_SECOND, linewidth=1)
            axes.annotate(name, (value, 1), xycoords=("data", "axes fraction"), fontsize=8)
        if limit_ms is not None:
            axes.axvline(limit_ms, color=_LIMIT, linestyle="--", linewidth=1, label=f"required {limit_ms:g} ms")
            axes.legend(loc="upper right", frameon=False)
        _plain(axes)
    return _svg(content)


def over_time(timeline: Sequence[Second], limit_ms: float | None = None) -> str:
    """Orders a second above, p50 and p99 below."""
    with _figure(8, 3.6) as (figure, content):
        above, below = figure.subplots(2, 1, sharex=True)
        seconds = [each.at_s for each in timeline]
        above.step(seconds, [each.orders for each in timeline], where="post", color=_FIRST)
        above.set_ylabel("orders a second")
        above.set_ylim(bottom=0)
        busy = [each for each in timeline if each.orders]
        below.plot([each.at_s for each in busy], [each.p50_ms for each in busy], color=_FIRST, label="p50")
        below.plot([each.at_s for each in busy], [each.p99_ms for each in busy], color=_SECOND, label="p99")
        if limit_ms is not None:
            below.axhline(limit_ms, color=_LIMIT, linestyle="--", linewidth=1)
        below.set(yscale="log", ylabel="ms", xlabel="seconds")
        below.legend(loc="upper right", frameon=False)
        _plain(above, below)
    return _svg(content)


def resources(watch: Watch) -> str:
    """Processor (100 % = one core), memory and descriptors of each process."""
    with _figure(8, 4.2) as (figure, content):
        processor, memory, descriptors = figure.subplots(3, 1, sharex=True)
        for (name, samples), colour in zip(watch.samples.items(), (_FIRST, _SECOND, _INK), strict=False):
            seconds = [sample.at_s for sample in samples]
            processor.plot(seconds[1:], list(_shares(samples)), color=colour, label=name)
            memory.plot(seconds, [sample.rss / 2**20 for sample in samples], color=colour)
            descriptors.step(seconds, [sample.descriptors for sample in samples], where="post", color=colour)
        for axes, label in ((processor, "processor, %"), (memory, "memory, MB"), (descriptors, "descriptors")):
            axes.set_ylabel(label)
            axes.set_ylim(bottom=0)
        processor.legend(loc="upper right", frameon=False)
        descriptors.set_xlabel("seconds")
        _plain(processor, memory, descriptors)
    return _svg(content)


def _shares(samples: Sequence[Sample]) -> Iterator[float]:
    for before, after in pairwise(samples):
        yield 100 * (after.cpu_s - before.cpu_s) / max(after.at_s - before.at_s, 1e-9)


@contextmanager
def _figure(width: float, height: float) -> Iterator[tuple[Figure, io.StringIO]]:
    content = io.StringIO()
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure, content
        figure.savefig(content, format="svg", metadata={"Date": None, "Creator": None})


def _plain(*all_axes: Any) -> None:
    for axes in all_axes:
        axes.grid(visible=True, alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)


def _svg(content: io.StringIO) -> str:
    drawn = content.getvalue()
    return drawn[drawn.index("<svg") :]
