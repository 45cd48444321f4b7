"""The venue's side of the engine: signing, connections, order entry, questions, market data (adapters of `engine/ports.py`)."""
