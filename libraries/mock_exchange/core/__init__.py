"""The pure part of the venue: no I/O, no asyncio, no clock of its own; amounts are integers of 1e-8."""
