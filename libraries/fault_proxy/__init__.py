"""A TCP proxy that makes the network bad: a process of its own between the engine and any server (venue, database, cache, webhook).

It knows no protocol. What it does to the bytes is a `Weather`, which may be changed at any moment.
"""
