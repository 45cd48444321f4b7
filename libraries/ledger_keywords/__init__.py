"""Components of LedgerLibrary: the engine's database and the venue's ledger, read as witnesses."""
