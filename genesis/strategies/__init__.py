"""Strategies: pure functions from what the market says to plans and signals."""
