"""Components of ExchangeLibrary: the venue's process, its books, its accounts, what it saw."""
