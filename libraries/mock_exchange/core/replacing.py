"""cancelReplace: one order goes, another comes, in one command (binance-spot 1.5, X20)."""

from __future__ import annotations

from .cancelling import Cancelling
from .checks import check_rules
from .errors import VenueError
from .floor import Floor
from .order_entry import OrderEntry
from .orders import Cancellation, CancelReplaceRequest, ListCancellation, Placement, Replacement, Via
from .permissions import check_cancel_replace
from .requests import placed

OVER_LIMIT = VenueError(-1015, "Too many new orders.", 429)
"""Why the new order of an account over its order count was refused; whoever counts knows the limit to name."""


class Replacing:
    def __init__(self, floor: Floor, entry: OrderEntry, cancelling: Cancelling) -> None:
        self._floor = floor
        self._entry = entry
        self._cancelling = cancelling

    def replace(self, account: str, request: CancelReplaceRequest, via: Via) -> Replacement:
        """Inside a command. The filters are evaluated before the cancel; what refuses afterwards is the outcome of its half.

        Raises:
            VenueError: the new order breaks a filter: neither half was attempted.
        """
        new = request.new
        try:
            market, now_ms = self._floor.market(new.symbol), self._floor.transaction.now_ms
            check_cancel_replace(market.spec)
            check_rules(market, new, now_ms, self._floor.account(account), self._floor.limits)
        except VenueError as error:
            self._floor.transaction.line(placed(account, new, new.client_order_id, via, error))
            raise
        cancelled = self._cancel(account, request, via)
        if isinstance(cancelled, VenueError) and request.mode == "STOP_ON_FAILURE":
            return Replacement(cancelled, None)
        return Replacement(cancelled, self._place(account, request, via))

    def _cancel(self, account: str, request: CancelReplaceRequest, via: Via) -> Cancellation | ListCancellation | VenueError:
        try:
            return self._cancelling.cancel(account, request.cancel, via)
        except VenueError as error:
            return error

    def _place(self, account: str, request: CancelReplaceRequest, via: Via) -> Placement | VenueError:
        if request.over_limit:
            new = request.new
            self._floor.transaction.line(placed(account, new, new.client_order_id, via, OVER_LIMIT))
            return OVER_LIMIT
        try:
            return self._entry.place(account, request.new, via, funded=False)
        except VenueError as error:
            return error
