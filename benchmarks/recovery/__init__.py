"""How long a start takes: by facts since the snapshot, and by history."""
