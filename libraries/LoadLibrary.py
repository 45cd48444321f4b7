"""Keywords over load: ticks on a clock, what became of each, and what it cost."""

import _bootstrap  # noqa: F401

from robot.api.deco import library
from robotlibcore import DynamicCore

from libraries.common.types import CONVERTERS, typed
from libraries.load_keywords.figures import FigureKeywords
from libraries.load_keywords.offering import OfferKeywords
from libraries.load_keywords.queries import QueryKeywords
from libraries.load_keywords.ramps import RampKeywords
from libraries.load_keywords.types import Rates, to_rates
from libraries.load_keywords.uptime import UptimeKeywords
from libraries.load_keywords.worlds import WorldKeywords


@library(scope="GLOBAL", converters={**CONVERTERS, **typed({Rates: to_rates})}, doc_format="MARKDOWN")
class LoadLibrary(DynamicCore):
    """Load on the whole path: tick at the venue, strategy, risk, durable intent, wire, match, fill, on disk.

    The venue makes the ticks in its own process, on a schedule (open loop): a latency counts from the moment at which its tick was due, so
    a stall counts for every tick that waited. Counts come first: getters of times refuse a load on which venue, database and audit chain
    do not agree. Messages about time say what the machine was worth meanwhile. Tests of load carry the tag `exclusive`: they have the
    machine to themselves.

    Example:
        ```robotframework
        Open The Venue For Load    symbols=10
        Start An Engine For Load    strategies=10
        Offer A Steady Load    1050    15s
        The Load Reconciles
        Get Load Rate    >=    1000
        The Load Keeps Within    end to end    p99    50ms
        ```
    """

    def __init__(self) -> None:
        super().__init__([WorldKeywords(), OfferKeywords(), RampKeywords(), FigureKeywords(), QueryKeywords(), UptimeKeywords()])
