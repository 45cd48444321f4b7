"""What stands behind a verdict: audit, evidence on failure, redaction, requirement ids, completeness of a run."""
