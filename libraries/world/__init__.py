"""The world of a test: exchange and engine processes, their directories, locks, deadlines, history and what they leave behind.

Keyword libraries reach everything through `libraries.world.session.session`.
"""
