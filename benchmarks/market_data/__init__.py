"""How long the engine takes from the socket to its strategies."""
