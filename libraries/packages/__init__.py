"""What the project installs: the lock beside the readable requirements, and what is known against it."""
