"""The independent checker: reads what the exchange, the engine's database and its audit chain left, and says whether they agree.

It imports nothing of the engine and nothing of the exchange, and only the standard library: its arithmetic, its fold of
the journal and its tables of legal transitions are its own, so that a mistake made twice would have to be made by two authors.

    python -m libraries.auditor --database FILE --anchor FILE --venue NAME=LEDGER:OFFSET:ACCOUNT [--venue ...]
                                [--history FILE] [--engine quiesced|dead|stopped] [--expect I19 ...] [--report FILE]

Exit codes: 0 held, 1 violated (or an expected violation did not come), 2 command line, 3 a witness is missing or unreadable.
"""
