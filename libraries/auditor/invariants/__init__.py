"""The invariants, by theme. Each is a pure function: the world in, an Examination out."""
