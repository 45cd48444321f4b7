"""The fault campaign: under load one to three faults overlap, then everything heals, and the engine must trade again and be right.

    python -m libraries.campaign --faults 100 --seed 7 --results results

`kinds` says which faults there are, `plan` which come together (pure: a seed gives one schedule), `house` what a round is played in,
`network`, `servers` and `processes` break and heal it, `load` trades, `rounds` plays one round, `figures` and `sometimes` count.
docs/failover.md says how to read the table.
"""
