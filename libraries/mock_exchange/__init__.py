"""A Binance Spot venue in a process of its own: matching core, ledger, REST, streams, WebSocket API and admin API."""
