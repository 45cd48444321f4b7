"""The kill campaign: engines die at named points and at random moments, the venue trades on, and the auditor looks at what is left.

    python -m libraries.campaign --kills 200 --seed 7 --results results

`plan` says what happens (pure: a seed gives one schedule), `trader` plays a session, `rounds` lets one engine die and come back, and
`figures` counts. docs/crash-points.md says how to read the table.
"""
