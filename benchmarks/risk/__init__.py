"""How long one decision of the risk engine takes, and that it takes no longer the more is open."""
