"""The base of every component: the way to the world of the running test, and to its history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from libraries.common.errors import WrongArgument, refuse_unknown
from libraries.common.notes import Mark, Notes, notes, shared_notes
from libraries.evidence.figures import Figure, record_figure
from libraries.world.admin import Account
from libraries.world.engine import Engine
from libraries.world.exchange import Exchange
from libraries.world.session import session

ORDER_HINT = "place one first (keyword: The Engine Places) or name it with order=ID"


class Component:
    """Plain class without state of its own: everything that lasts lives in the world's scope."""

    @property
    def notes(self) -> Notes:
        return notes()

    def exchange(self, alias: str | None = None) -> Exchange:
        """The venue of that alias, or the first one."""
        return session.exchange(alias)

    def engine(self, alias: str | None = None) -> Engine:
        """The engine of that alias, or the first one."""
        return session.engine(alias)

    def note(self, action: str, **values: Any) -> None:
        """Record something that a keyword did to the world."""
        session.history.note(action, **values)

    def measured(
        self,
        name: str,
        unit: str,
        value: float,
        *,
        required: float | None = None,
        more: bool = False,
        context: str = "",
        histogram: Sequence[tuple[float, int]] = (),
    ) -> None:
        """Record a figure for the run's summary. `required`: the limit that the test asserts; `more`: more is better."""
        figure = Figure(
            name=name,
            unit=unit,
            value=round(value, 4),
            required=required,
            more=more,
            suite=session.suite_name,
            test=session.test_name,
            context=context,
            histogram=list(histogram),
        )
        record_figure(session.results_directory, figure)

    def mark(self, alias: str) -> Mark:
        """Where the test begins at the engine of that alias: at its start, unless the test said *Count From Here*."""
        return self.notes.marks.get(alias, Mark())

    def account(self, venue: str | None = None) -> Account:
        """The test's account at that venue.

        Raises:
            WrongArgument: the test has none there yet.
        """
        alias = self.exchange(venue).alias
        account = self.known_account(alias) or self.notes.raw_accounts.get(alias)
        if account is not None:
            return account
        raise WrongArgument(
            f"this test has no account at venue {alias!r} yet; start an engine or fund one first "
            "(keywords: Start A Fresh Engine, Fund The Account)"
        )

    def raw_account(self, venue: str | None = None) -> Account:
        """The account of requests that the suite writes itself.

        Raises:
            WrongArgument: none is open at that venue.
        """
        alias = self.exchange(venue).alias
        if alias not in self.notes.raw_accounts:
            raise WrongArgument(f"no raw account is open at {alias}; open one first (keyword: Open A Raw Account)")
        return self.notes.raw_accounts[alias]

    def known_account(self, alias: str) -> Account | None:
        """The account of the test's (or the suite's) engine at that venue, if there is one."""
        for memory in (self.notes, shared_notes()):
            if memory is not None and alias in memory.accounts:
                return memory.accounts[alias]
        return None

    def order_id(self, order: str | None) -> str:
        """The client order id that a keyword means: the one given, or that of the last order placed.

        Raises:
            WrongArgument: none was given and none was placed.
        """
        if order is not None:
            if not isinstance(order, str) or not order.strip():
                raise WrongArgument(f"order must be a client order id such as ${{id}} from The Engine Places, got {order!r}")
            return order
        for memory in (self.notes, shared_notes()):
            if memory is not None and memory.last_order is not None:
                return memory.last_order
        raise WrongArgument(f"no order was placed in this test; {ORDER_HINT}")


def member(kind: str, name: str, known: list[str]) -> str:
    """`name` if it is one of `known`.

    Raises:
        WrongArgument: it is not; lists those that are.
    """
    if name not in known:
        raise refuse_unknown(kind, name, known)
    return name
