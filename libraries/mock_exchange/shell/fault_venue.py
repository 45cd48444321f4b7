"""Faults of the venue as a whole: it goes away, its clock is off, balances change behind a client's back."""

from __future__ import annotations

from typing import get_args

import structlog

from ..core.amounts import parse_e8, parse_signed_e8
from ..core.errors import VenueError
from ..core.symbols import RuleName
from ..faults.actions import ChangeRules, Down, ExpireListenKey, MoveBalance, RevokeKey, ServerShutdown, SetStatus, Skew, VenueAction
from ..faults.rules import Rule, RuleError
from .admin_faults import AdminFaults
from .api import Exchange
from .door import Door
from .ws_api import WsApi

_log = structlog.get_logger("mock_exchange.faults")


class VenueFaults:
    """Fulfils `Faults.perform`."""

    def __init__(self, exchange: Exchange, ws_api: WsApi, door: Door) -> None:
        self._exchange = exchange
        self._ws_api = ws_api
        self._door = door

    def check(self, rule: Rule) -> None:
        """Raises RuleError: an account or symbol that this venue has not, an amount that is none."""
        for action in rule.actions:
            if isinstance(action, (MoveBalance, RevokeKey, ExpireListenKey)):
                self._check_account(action.account)
            if isinstance(action, (SetStatus, ChangeRules)):
                self._check_symbol(action.symbol)
            if isinstance(action, ChangeRules):
                _numbers(action)
            if isinstance(action, MoveBalance):
                self._check_transfer(action)

    def perform(self, action: VenueAction) -> None:
        """Between two commands of the venue."""
        match action:
            case Down():
                self._door.go_down(action, self._exchange.faults)
            case SetStatus():
                self._exchange.venue.set_status(action.symbol, action.status)
            case ChangeRules():
                self._exchange.venue.change_rules(action.symbol, _numbers(action))
            case Skew():
                self._exchange.clock.skew(action.ms)
            case MoveBalance():
                self._move(action)
            case RevokeKey():
                for key in self._exchange.keys.of_account(action.account):
                    key.revoked = True
                    self._exchange.keys.changed(key)
            case ExpireListenKey():
                assert self._exchange.listen_keys is not None
                self._exchange.listen_keys.expire_now(action.account)
            case ServerShutdown():
                self._shut_down(action)

    def _shut_down(self, action: ServerShutdown) -> None:
        self._ws_api.shut_down(action.after_ms / 1000)
        if self._exchange.streams is not None:
            self._exchange.streams.shut_down(action.after_ms / 1000)

    def _move(self, action: MoveBalance) -> None:
        self._exchange.events.mute(action.account if action.silent else "")
        try:
            self._exchange.venue.transfer(action.account, action.asset, parse_signed_e8(action.amount))
        except VenueError as error:
            _log.warning("a fault could not move a balance", account=action.account, asset=action.asset, error=str(error))
        finally:
            self._exchange.events.mute("")

    def _check_symbol(self, symbol: str) -> None:
        known = self._exchange.venue.symbols
        if symbol not in known:
            raise RuleError(f"action.symbol: expected one of {', '.join(known)}, got {symbol!r}")

    def _check_account(self, name: str) -> None:
        try:
            self._exchange.venue.account(name)
        except KeyError:
            raise RuleError(f"action.account: expected the name of an account, got {name!r}") from None

    def _check_transfer(self, action: MoveBalance) -> None:
        account = self._exchange.venue.account(action.account)
        try:
            amount = parse_signed_e8(action.amount)
        except ValueError as error:
            raise RuleError(f"action.amount: {error}") from None
        if account.balances().get(action.asset, (0, 0))[0] + amount < 0:
            raise RuleError(f"action.amount: expected at most what is free of {action.asset} at {action.account}, got {action.amount}")


def _numbers(action: ChangeRules) -> dict[RuleName, int]:
    """Raises RuleError: a text that is no amount, or none at all."""
    if not action.rules:
        raise RuleError(f"action.rules: expected some of {', '.join(get_args(RuleName))}, got none")
    numbers: dict[RuleName, int] = {}
    for name, text in action.rules.items():
        try:
            numbers[name] = parse_e8(text)
        except ValueError as error:
            raise RuleError(f"action.rules.{name}: {error}") from None
    return numbers


def attach_faults(exchange: Exchange, ws_api: WsApi, door: Door) -> AdminFaults:
    """Faults find the streams (while one of them is armed), the listenKeys, and the door."""
    faults, events, streams = exchange.faults, exchange.events, exchange.streams
    if streams is not None:
        faults.changed.append(lambda: streams.tap(events.market if events.needed else None))
    if exchange.listen_keys is not None:
        events.owner_of = exchange.listen_keys.account_of
    of_venue = VenueFaults(exchange, ws_api, door)
    faults.perform = of_venue.perform
    return AdminFaults(faults, of_venue.check)
