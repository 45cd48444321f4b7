"""The whole path and its parts beside what is required, what is aimed at, and what other clients reach on the same exchange."""
