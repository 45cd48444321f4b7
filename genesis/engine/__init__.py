"""The engine: pure decisions, and the loop that commits them before it acts."""
