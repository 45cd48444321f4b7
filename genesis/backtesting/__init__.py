"""Backtesting: the same pure engine and strategies on recorded or generated trades, against a simulated venue."""
