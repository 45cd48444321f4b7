"""Measurements: ratios within one run, never an absolute promise of a shared machine. `inv bench-venue` runs those of the venue."""
