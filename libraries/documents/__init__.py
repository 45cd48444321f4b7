"""The documents as a program sees them: their commands, their suites, their links; each is run or checked by `inv docs-test`."""
