"""Strategies of the HUNTER tier."""
