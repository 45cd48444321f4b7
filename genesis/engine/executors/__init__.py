"""Executors: how a decision becomes orders (market, limit, stop, multi-leg). Pure."""
