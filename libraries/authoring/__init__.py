"""A suite file to begin with. See `__main__`."""
