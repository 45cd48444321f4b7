"""What a reading of a venue shows that nothing here explains, what an operator can do about it, and its adoption (X38).

Orders and symbols stand in the way until their cause is gone. Trades and totals can be adopted: an operator who knows where they come
from (a deposit while nobody listened, a trade by hand) takes the venue's word over, exactly as it was shown; if the next reading shows
anything else, nothing is adopted.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from genesis.core.commands import Reply
from genesis.core.events import OperatorAction
from genesis.core.facts import BalanceOpened, BalanceTransferred, ConditionChanged, OperatorActed
from genesis.core.fold import LASTING_CONDITION
from genesis.core.models import Fill
from genesis.core.money import ZERO, text
from genesis.engine.desk import Desk

ADOPT_PHRASE = "ADOPT THE VENUES BALANCES"
_CANCEL_THEM = "cancel at the venue the orders that are not ours"
_ADOPT = f"if you know where the trades or amounts come from, take them over: POST /control/adopt with the phrase {ADOPT_PHRASE!r}"
_LOST = "ask the venue what became of the orders it does not know any more"
_LIST = "take symbols that are not listed out of the configuration"
_BY_ITSELF = "it is read again and again, and goes on by itself once nothing differs"


class Differences(msgspec.Struct):
    """Of one reading. `totals`: asset -> (theirs, ours)."""

    trades: list[Fill]
    orders: list[str]
    lost: list[str]
    unlisted: list[str]
    totals: dict[str, tuple[Decimal, Decimal]]

    def certain(self) -> tuple[str, ...]:
        """What one reading is enough for, in words."""
        trades = [f"trade {fill.symbol} {fill.trade_id} of unknown order {fill.client_order_id!r}" for fill in self.trades]
        return (*trades, *self.orders, *(f"symbol {name} is not listed" for name in self.unlisted))

    def doubtful(self) -> tuple[str, ...]:
        """What only stays if it is true, in words: parts of a reading are not of one instant."""
        totals = [
            f"{asset}: venue {text(theirs)}, engine {text(ours)}, difference {text(theirs - ours)}"
            for asset, (theirs, ours) in self.totals.items()
        ]
        return (*self.lost, *totals)

    def words(self) -> tuple[str, ...]:
        return self.certain() + self.doubtful()

    def help(self) -> str:
        """What an operator can do."""
        of_each = ((self.orders, _CANCEL_THEM), (self.lost, _LOST), (self.unlisted, _LIST), ([*self.trades, *self.totals], _ADOPT))
        return "; ".join([*(advice for found, advice in of_each if found), _BY_ITSELF])

    def adoptable(self) -> bool:
        """Whether an operator may take all of it over."""
        return not self.orders and not self.lost and not self.unlisted


def adopt(desk: Desk, event: OperatorAction) -> None:
    """An operator answers for what a blocked venue shows: it is taken over if the next reading shows exactly that again."""
    reconciling = desk.memory.reconciling.get(event.venue)
    if reconciling is None:
        desk.refuse(event, 404, f"venue: expected one of {', '.join(desk.memory.reconciling)}, got {event.venue[:60]!r}")
    elif event.detail != ADOPT_PHRASE:
        desk.refuse(event, 422, f"phrase: expected {ADOPT_PHRASE!r}, got {event.detail[:60]!r}; nothing is adopted")
    elif not reconciling.last_differences:
        desk.refuse(event, 409, f"expected a venue that is blocked, {event.venue} is not; nothing is adopted")
    elif not reconciling.adoptable:
        desk.refuse(event, 409, f"expected differences of trades and totals only, got {'; '.join(reconciling.last_differences)}")
    else:
        shown = reconciling.last_differences
        desk.record(OperatorActed(action=event.action, detail="; ".join(shown), correlation_id=event.venue))
        reconciling.adopted, reconciling.due_ns = shown, desk.now.mono_ns
        desk.send(Reply(reply_to=event.reply_to, status=202, body={"venue": event.venue, "differences": list(shown)}))


def take_over(desk: Desk, venue: str, found: Differences) -> None:
    """Totals become the venue's as a transfer would make them, trades become the account's past."""
    for asset, (theirs, ours) in found.totals.items():
        name = f"{venue}/{asset}"
        if (venue, asset) not in desk.state.balances:
            desk.record(BalanceOpened(venue=venue, asset=asset, amount=ZERO, target=ZERO, correlation_id=name))
        to_target = asset != desk.settings.quote_asset
        desk.record(BalanceTransferred(venue=venue, asset=asset, amount=theirs - ours, to_target=to_target, correlation_id=name))
    for symbol in sorted({fill.symbol for fill in found.trades}):
        name, last = f"{venue}/{symbol}{LASTING_CONDITION}", max(fill.trade_id for fill in found.trades if fill.symbol == symbol)
        desk.record(ConditionChanged(name=name, state=str(last), detail="adopted by an operator", correlation_id=name))
