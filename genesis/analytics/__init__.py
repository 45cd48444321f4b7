"""Pure analysis of market data: what the books say, not what to do about it."""
