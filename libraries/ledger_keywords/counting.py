"""Where a test begins that shares an engine with others: its counters, facts and fills are counted from there."""

from __future__ import annotations

from robot.api.deco import keyword

from libraries.common.notes import Mark
from libraries.common.types import NOT_GIVEN
from libraries.ledger_keywords.database import DatabaseReader


class CountingKeywords(DatabaseReader):
    """For suites whose Suite Setup starts the engine."""

    @keyword
    def count_from_here(self, *, engine: str = NOT_GIVEN) -> None:
        """From now on, to the end of the test, what the engine did before does not count.

        It concerns `Get Fact Count`, `Get Fact Field` and `Get Facts`, `Get Rejected Count` and `Get Market Counter`: they tell of what
        came since. Say it in Test Setup where a suite shares an engine, once the engine is at rest.

        Args:
            engine: Alias; default: the first engine.

        Example:
            ```robotframework
            The Engine Book Equals The Venue Book    BTCUSDT
            Count From Here
            ```
        """
        used = self.engine(engine)
        facts = self.facts(engine)
        venues = used.control.market()["venues"]
        self.notes.marks[used.alias] = Mark(
            seq=int(facts[-1]["seq"]) if facts else 0,
            rejected={name: dict(venue["rejected"]) for name, venue in venues.items()},
            counters={name: dict(venue["counters"]) for name, venue in venues.items()},
        )
