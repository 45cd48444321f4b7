"""Rules disabled on purpose, one at a time: what no test notices is not tested."""
