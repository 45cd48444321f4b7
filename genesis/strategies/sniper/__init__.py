"""Strategies of the SNIPER tier."""
