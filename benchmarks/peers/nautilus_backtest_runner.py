"""NautilusTrader's BacktestEngine, all in memory: one tick, one market order, one fill; bought and sold in turn, as the whole path does.

On stdin `{"orders": N}`; on stdout `seconds`, `cpu_s`, `filled` (what its own cache counts). Its risk engine stays on; its throttle of
100 orders a second is raised, as the limits of the whole path are.
"""

from __future__ import annotations

import json
import time
from decimal import Decimal

from closed_loop import QUANTITY, told
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig, RiskEngineConfig
from nautilus_trader.model.currencies import BTC, USDT
from nautilus_trader.model.data import QuoteTick
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.identifiers import Venue
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.test_kit.providers import TestInstrumentProvider
from nautilus_trader.trading.strategy import Strategy

TICK_NS = 1_000_000
RATE = "1000000000/00:00:01"
INSTRUMENT = TestInstrumentProvider.btcusdt_binance()


class OneForEachTick(Strategy):  # type: ignore[misc]
    """A market order for each quote."""

    def on_start(self) -> None:
        self._placed = 0
        self.subscribe_quote_ticks(INSTRUMENT.id)

    def on_quote_tick(self, tick: QuoteTick) -> None:
        side = OrderSide.SELL if self._placed % 2 else OrderSide.BUY
        self._placed += 1
        self.submit_order(self.order_factory.market(INSTRUMENT.id, side, Quantity.from_str(f"{QUANTITY}000")))


def main(orders: int) -> None:
    engine = BacktestEngine(
        BacktestEngineConfig(
            logging=LoggingConfig(bypass_logging=True),
            risk_engine=RiskEngineConfig(max_order_submit_rate=RATE),
            run_analysis=False,
        )
    )
    balances = [Money(10_000_000, USDT), Money(1_000, BTC)]
    engine.add_venue(Venue("BINANCE"), OmsType.NETTING, AccountType.CASH, balances)
    engine.add_instrument(INSTRUMENT)
    bid, ask, size = Price.from_str("100000.00"), Price.from_str("100000.01"), Quantity.from_str("9000.000000")
    engine.add_data([QuoteTick(INSTRUMENT.id, bid, ask, size, size, at * TICK_NS, at * TICK_NS) for at in range(1, orders + 1)])
    engine.add_strategy(OneForEachTick())
    begun, cpu = time.perf_counter(), time.process_time()
    engine.run()
    seconds, cpu_s = time.perf_counter() - begun, time.process_time() - cpu
    done = engine.cache.orders_closed()
    filled = sum(1 for order in done if order.filled_qty.as_decimal() == Decimal(QUANTITY))
    print(json.dumps({"seconds": seconds, "cpu_s": cpu_s, "filled": filled}), flush=True)


if __name__ == "__main__":
    main(told()["orders"])
