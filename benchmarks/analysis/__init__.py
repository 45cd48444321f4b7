"""What analysis and strategies cost: ten strategies on ten pairs."""
