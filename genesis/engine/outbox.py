"""Act: where commands leave, once the facts that explain them are durable. What leaves when, the loop decides."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import structlog

from genesis import hooks
from genesis.core.commands import Alert, CancelOrder, Command, FetchBars, FetchRules, PlaceOrder, QueryOrder, Reconcile, Reply, TryKey
from genesis.core.events import Event, Now, SendRefused
from genesis.core.facts import AlertRaised
from genesis.core.models import Order
from genesis.engine.callers import Callers
from genesis.engine.engine import TradingEngine
from genesis.engine.ports import Alerts, Gateway

CLOSE_S: Final = 1.0


class Outbox:
    """`gateways` are those of `open`, by name; `submit` takes what comes of a command at once."""

    def __init__(
        self,
        engine: TradingEngine,
        callers: Callers,
        now: Callable[[], Now],
        submit: Callable[[Event], None],
        alerts: Alerts,
    ) -> None:
        self.gateways: dict[str, Gateway] = {}
        self._engine = engine
        self._callers = callers
        self._now = now
        self._submit = submit
        self._alerts = alerts
        self._log = structlog.get_logger("loop")

    async def open(self) -> None:
        """Start every gateway."""
        for gateway in self.gateways.values():
            await gateway.start()

    async def close(self) -> None:
        """Close every gateway; none is waited for longer than a second."""
        await asyncio.gather(*(self._close(gateway) for gateway in self.gateways.values()))

    async def _close(self, gateway: Gateway) -> None:
        try:
            async with asyncio.timeout(CLOSE_S):
                await gateway.close()
        except TimeoutError:
            self._log.warning("connections did not close in time", venue=gateway.name)

    def connect(self, gateways: Iterable[Gateway]) -> None:
        """These are the gateways."""
        self.gateways = {gateway.name: gateway for gateway in gateways}

    def release(self, commands: Sequence[Command]) -> None:
        """Carry out commands, in order."""
        placed = 0
        for command in commands:
            if isinstance(command, PlaceOrder):
                placed += 1
                if placed > 1:
                    hooks.reached("CP-C4")
            self._act(command)

    def _act(self, command: Command) -> None:
        match command:
            case PlaceOrder(order=order):
                self._place(order)
            case CancelOrder():
                hooks.reached("CP-C1a")
                self.gateways[command.venue].cancel(command)
            case QueryOrder():
                self.gateways[command.venue].query(command)
            case Reconcile():
                hooks.reached("CP-R1")
                self.gateways[command.venue].reconcile(command)
            case TryKey():
                self.gateways[command.venue].try_key()
            case FetchBars():
                self.gateways[command.venue].fetch_bars(command)
            case FetchRules():
                self.gateways[command.venue].fetch_rules(command)
            case Reply():
                self._callers.answer(command)
            case Alert(alert_id=alert_id):
                self.tell(self._engine.state.alerts[alert_id])
            case _:
                raise AssertionError(f"a command that nobody carries out: {command!r}")

    def tell(self, alert: AlertRaised) -> None:
        """Hand an alert to the sinks; the log has it in any case."""
        (self._log.critical if alert.severity == "critical" else self._log.warning)("alert", text=alert.text, alert_id=alert.alert_id)
        self._alerts.send(alert)

    def _place(self, order: Order) -> None:
        """The second look between commit and send: age, book, state; what is refused is NOT_SENT."""
        hooks.reached("CP-C3" if order.rests_as_stop else "CP-O4")
        refusal = self._engine.refusal_before_send(order, self._now())
        if refusal is None:
            self.gateways[order.venue].place(order)
        else:
            self._submit(SendRefused(client_order_id=order.client_order_id, reason=refusal))
