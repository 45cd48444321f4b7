"""Genesis: a Binance-spot trading engine that is proven before it trades (see docs/ARCHITECTURE.md)."""

__version__ = "0.1.0"
