"""What is counted: `python -m benchmarks.instructions.subject engine|venue ORDERS`, run under a counter by `__main__`.

engine: signal, risk, facts, report, fold and journal rows of each order, without a socket or a disk. venue: checks, matching, accounts
and ledger lines of each order, half of which rest and half of which trade, without a socket.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.hot_path.flow import Flow
from genesis.core.money import install_context
from libraries.mock_exchange.core.orders import NewOrder, Side
from libraries.mock_exchange.core.venue import Venue
from libraries.mock_exchange.ledger import LedgerFile
from libraries.mock_exchange.settings import built_in_market
from libraries.mock_exchange.shell.clock import VenueClock

E8 = 10**8
SYMBOL, PRICE, QUANTITY = "BTCUSDT", 100 * E8, E8 // 10
SIDES: tuple[Side, Side] = ("SELL", "BUY")


def engine(orders: int) -> None:
    install_context()
    Flow(1).trade(orders)


def venue(orders: int) -> None:
    market = built_in_market()
    with tempfile.TemporaryDirectory() as folder:
        ledger = LedgerFile(Path(folder) / "ledger.jsonl")
        exchange = Venue(market.specs, VenueClock(), market.fees, 1, ledger)
        exchange.start()
        for name in SIDES:
            exchange.create_account(name, f"key-{name}", {"USDT": 10**6 * E8, "BTC": 10**6 * E8})
        for number in range(orders):
            side = SIDES[number % 2]
            order = NewOrder(symbol=SYMBOL, side=side, type="LIMIT", quantity=QUANTITY, price=PRICE, time_in_force="GTC")
            exchange.place(side, order, "rest")
        ledger.close()


SUBJECTS = {"engine": engine, "venue": venue}

if __name__ == "__main__":
    SUBJECTS[sys.argv[1]](int(sys.argv[2]))
