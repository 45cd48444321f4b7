"""The pure heart: models, events, facts, money, books, state. No I/O, no asyncio, no clock."""
