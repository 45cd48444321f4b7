"""Public clients that trade on the venue unchanged: their environments, their processes, and keywords over them."""
