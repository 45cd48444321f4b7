"""What one order costs the engine and the venue, from `POST /signals` to the durable fill."""
