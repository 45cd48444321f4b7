"""Silence of the engine as a fact: for a while no order arrives at the venue."""

from __future__ import annotations

from robot.api.deco import keyword

from libraries.common.component import Component
from libraries.common.types import NOT_GIVEN, Timeout
from libraries.world.deadlines import Deadline, poll


class SilenceKeywords(Component):
    """What does not happen is asserted by watching, not by sleeping."""

    @keyword
    def the_venue_receives_no_order_for(self, period: Timeout, *, venue: str = NOT_GIVEN) -> None:
        """Watch the venue for a while: no new order of the test's account may arrive.

        Args:
            period: How long to watch, such as `400 ms`.
            venue: Alias of the venue; default: the first one opened.

        Raises:
            AssertionError: an order arrived, at once when it does.

        Example:
            ```robotframework
            Hold The Database Lock
            The Engine Is Asked    BUY    BTCUSDT    qty=0.5
            The Venue Receives No Order For    400 ms
            ```
        """
        account = self.account(venue).name
        exchange = self.exchange(venue)
        known = {row["client_order_id"] for row in exchange.admin.orders(account)}

        def arrived() -> list[str] | None:
            return [row["client_order_id"] for row in exchange.admin.orders(account) if row["client_order_id"] not in known] or None

        deadline = Deadline(period)
        new = poll(arrived, deadline, exchange.running_child().wait)
        if new:
            raise AssertionError(
                f"the venue should receive no order for {deadline.seconds:g} s, {', '.join(new)} arrived after {deadline.elapsed():.3f} s. "
                "Look at: the exchange transcript of this test below"
            )
