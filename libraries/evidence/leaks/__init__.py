"""Looks for secrets in what a run has left, decoded (I35). See `__main__`."""
