"""The ways to a venue: address processes in front of the matching process, and TLS on all of them (docs/decisions/0015)."""
