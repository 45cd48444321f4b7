"""Orders that flow while something fails, and how long each took by the engine's own clock: from its intent to the venue's word."""

from __future__ import annotations

import math
from collections.abc import Sequence

from assertionengine import AssertionOperator
from robot.api.deco import keyword
from robot.libraries.BuiltIn import BuiltIn

from libraries.common.amounts import Price, Quantity
from libraries.common.assertions import ONCE, Question, ask
from libraries.common.errors import WrongArgument
from libraries.common.types import NOT_GIVEN, Purpose, Side, Symbol, Timeout
from libraries.engine_keywords.flow import Flow
from libraries.engine_keywords.outgoing import Wish
from libraries.ledger_keywords.database import DatabaseReader
from libraries.load.witness import WORDS_OF_THE_VENUE
from libraries.world.session import session

_NS_PER_MS = 1_000_000
_LOOK = "the facts OrderIntended and OrderChanged of the flow (strategy external)"
LEAST = 20
"""Fewer orders on either side of a fault say nothing of a percentile."""


class OrderFlowKeywords(DatabaseReader):
    """Compare what came after a fault with what came before it in the same run: the machine may be as busy as it likes."""

    @keyword
    def orders_flow(self, symbol: Symbol, qty: Quantity, price: Price, *, engine: str = NOT_GIVEN) -> None:
        """From now on the engine is given one order after the other: to sell so much at this price as an EXIT, and to cancel that.
        `The Orders Stop Flowing` ends it, or the end of the test.

        Args:
            symbol: Such as `BTCUSDT`; the engine holds `qty` of it.
            qty: Quantity in base.
            price: Far above the market, so that none is filled.
            engine: Alias; default: the first engine.

        Raises:
            WrongArgument: orders flow already.

        Example:
            ```robotframework
            Orders Flow    BTCUSDT    qty=0.2    price=110.00
            ```
        """
        if self.notes.flow is not None and not self.notes.flow.ended:
            raise WrongArgument("orders flow already; end that first (keyword: The Orders Stop Flowing)")
        used = self.engine(engine)
        wish = Wish(Side.SELL, symbol, qty, price, None, None, None, Purpose.EXIT, None)
        flow = self.notes.flow = Flow(used, wish, each_to_its_end=True)
        session.scope.cleanups.append(flow.stop)

    @keyword
    def get_orders_since_the_fault(
        self, operator: AssertionOperator = NOT_GIVEN, expected: int = NOT_GIVEN, *, timeout: Timeout = NOT_GIVEN
    ) -> int:
        """How many orders have flowed since `The Fault Comes Now`; before it, since the beginning.

        Args:
            operator: A comparison; left out, the number is only returned.
            expected: The number to compare with.
            timeout: How long to ask again; default 5 seconds.

        Returns:
            The number.

        Raises:
            AssertionError: not in time, or the flow has ended by a refusal.

        Example:
            ```robotframework
            Get Orders Since The Fault    >=    40    timeout=30s
            ```
        """
        flow = self._flow()

        def read() -> int:
            if flow.trouble:
                raise AssertionError(f"the flow of orders has ended: {flow.trouble}")
            return len(flow.orders) - flow.before

        return ask(Question(read, "orders that flowed", _LOOK), operator, expected, timeout)

    @keyword
    def the_fault_comes_now(self) -> None:
        """What is measured from here on is after the fault. Say it right before the keyword that breaks something.

        Raises:
            WrongArgument: no orders flow.

        Example:
            ```robotframework
            The Fault Comes Now
            Freeze The Cache
            ```
        """
        self._flow().fault_comes_now()

    @keyword
    def the_orders_stop_flowing(self) -> int:
        """End the flow.

        Returns:
            How many orders there were.

        Raises:
            AssertionError: it had ended before, by a refusal.
            WrongArgument: no orders flow.

        Example:
            ```robotframework
            The Orders Stop Flowing
            ```
        """
        flow = self._flow()
        flow.stop()
        if flow.trouble:
            raise AssertionError(f"every order should be taken: {flow.trouble}")
        return len(flow.orders)

    @keyword
    def get_latency_rise(self, percentile: int = 99, operator: AssertionOperator = NOT_GIVEN, expected: int = NOT_GIVEN) -> int:
        """By how many milliseconds that percentile of an order's time rose after the fault: from the decision to the venue's answer, by
        the engine's own clock. Both figures stand in the report.

        Args:
            percentile: 1 to 99; 50 is the median, which a busy machine hardly moves.
            operator: A comparison; left out, the number is only returned.
            expected: Milliseconds.

        Returns:
            Milliseconds, negative if it fell.

        Raises:
            WrongArgument: fewer than 20 orders before or after the fault.
            AssertionError: another rise.

        Example:
            ```robotframework
            Get Latency Rise    99    <=    250
            ```
        """
        before, after = self._times()
        low, high = _percentile([took for _, took in before], percentile), _percentile([took for _, took in after], percentile)
        _show(f"p{percentile} of {len(before)} orders before the fault {low:.1f} ms, of {len(after)} after it {high:.1f} ms")
        what = f"rise of p{percentile}, ms ({low:.1f} before, {high:.1f} after)"
        return ask(Question(lambda: round(high - low), what, _LOOK), operator, expected, ONCE)

    @keyword
    def get_length_of_the_latency_rise(
        self, operator: AssertionOperator = NOT_GIVEN, expected: int = NOT_GIVEN, *, over_ms: int = 250
    ) -> int:
        """For how many milliseconds after the fault orders took longer than the 99th percentile before it and `over_ms` more: until the
        last such order was decided on, 0 if there was none.

        Args:
            operator: A comparison; left out, the number is only returned.
            expected: Milliseconds.
            over_ms: What counts as a rise.

        Returns:
            Milliseconds.

        Raises:
            WrongArgument: fewer than 20 orders before or after the fault.
            AssertionError: another length.

        Example:
            ```robotframework
            Get Length Of The Latency Rise    <=    1000    over_ms=250
            ```
        """
        before, after = self._times()
        most = _percentile([took for _, took in before], 99) + over_ms
        length = max((began_ns - self._flow().fault_ns for began_ns, took in after if took > most), default=0) // _NS_PER_MS
        _show(f"orders took more than {most:.1f} ms until {length} ms after the fault")
        what = f"how long orders took more than {most:.1f} ms, ms"
        return ask(Question(lambda: int(length), what, _LOOK), operator, expected, ONCE)

    def _flow(self) -> Flow:
        if self.notes.flow is None:
            raise WrongArgument("no orders flow; let them (keyword: Orders Flow)")
        return self.notes.flow

    def _times(self) -> tuple[list[tuple[int, float]], list[tuple[int, float]]]:
        """Of the orders before and after the fault: when each was decided on (monotonic ns), and after how many ms the venue had a word."""
        flow = self._flow()
        if not flow.fault_ns:
            raise WrongArgument("no fault has come yet; say when (keyword: The Fault Comes Now)")
        orders = set(flow.orders)
        begun = {row["payload"]["order"]["client_order_id"]: int(row["mono_ns"]) for row in self.facts(flow.engine.alias, "OrderIntended")}
        told: dict[str, int] = {}
        for row in self.facts(flow.engine.alias, "OrderChanged"):
            if row["payload"]["after"] in WORDS_OF_THE_VENUE:
                told.setdefault(row["payload"]["client_order_id"], int(row["mono_ns"]))
        times = sorted((begun[one], (told[one] - begun[one]) / _NS_PER_MS) for one in orders if one in told)
        before = [time for time in times if time[0] < flow.fault_ns]
        after = [time for time in times if time[0] >= flow.fault_ns]
        if min(len(before), len(after)) < LEAST:
            have = f"at least {LEAST} orders before and after the fault are needed, there are {len(before)} and {len(after)}"
            raise WrongArgument(f"{have}; wait for more (keyword: Get Orders Since The Fault)")
        return before, after


def _show(text: str) -> None:
    """In the report, beside the test and in the metadata of its suite."""
    robot = BuiltIn()
    robot.set_test_message(f"{text}\n", append=True)
    robot.set_suite_metadata(str(robot.get_variable_value("${TEST NAME}")), text, append=True, top=True)


def _percentile(values: Sequence[float], percentile: int) -> float:
    """The value that so many per cent do not exceed (nearest rank)."""
    if not 1 <= percentile <= 99:
        raise WrongArgument(f"percentile must be 1 to 99, got {percentile}")
    return sorted(values)[math.ceil(len(values) * percentile / 100) - 1]
