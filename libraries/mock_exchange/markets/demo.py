"""The demo market (`--market demo`): one configuration of the generator.

BTCUSDT, ETHUSDT and BNBUSDT wander about their starts; ETHBTC follows from the first two, so that no triangle is ever worth its fees.
"""

from __future__ import annotations

from typing import Any

DEMO: dict[str, Any] = {
    "tick_ms": 200,
    "model": "range",
    "volatility": "0.00009",
    "reversion": "0.0001",
    "half_width": "0.2",
    "trades_per_second": "4",
    "clustering": "0.2",
    "symbol": {
        "BTCUSDT": {"start": "43210.00", "gap": "1.00", "size": ["0.03", "1.5"], "trade_size": ["0.003", "0.15"]},
        "ETHUSDT": {"start": "2345.00", "gap": "0.10", "size": ["0.5", "25"], "trade_size": ["0.05", "2.5"]},
        "ETHBTC": {"start": "0.05426", "gap": "0.00001", "size": ["0.5", "25"], "trade_size": ["0.05", "2.5"]},
        "BNBUSDT": {"start": "315.00", "gap": "0.05", "size": ["4", "200"], "trade_size": ["0.4", "20"]},
    },
    "cross": [{"symbol": "ETHBTC", "numerator": "ETHUSDT", "denominator": "BTCUSDT"}],
}
"""The `[generator]` table of the demo market."""
