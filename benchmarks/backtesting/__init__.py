"""How fast a backtest is."""
