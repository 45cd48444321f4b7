"""The summary of a run: may this engine trade real money? `read` what the run left, make one `model` of it, `render` it for people and
machines.

    python -m libraries.evidence.summary --results results

Every number comes from the run's own files (output.xml, audit.jsonl, happenings.jsonl, figures.jsonl), from campaigns that left theirs in
the same directory, or from mutations/recorded.json; what is in none of them is said to be missing.
"""
