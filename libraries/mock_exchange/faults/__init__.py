"""Faults as data: what a rule says, when it fires, and what it does to bytes. Pure: no I/O, no clock of its own."""
