"""The journal on PostgreSQL: several hosts, one of which takes writes; who promotes another one is none of the engine's business."""
