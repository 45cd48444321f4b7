"""Load: arrivals on a clock, latencies from the scheduled arrival, knees, slopes, and what the machine itself was worth meanwhile.

For keywords (`LoadLibrary`) and for `inv bench`. `schedule`, `latencies`, `knee`, `slope` and `journeys` are pure; `machine` and
`processes` look at the machine, `witness` reads what venue and engine wrote.
"""
