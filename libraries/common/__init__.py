"""What every keyword library shares: types of arguments, assertions with polling, errors, the base of components."""
