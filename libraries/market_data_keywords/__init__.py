"""Components of MarketDataLibrary: independent books and tables, computed from files or from the venue's public streams."""
