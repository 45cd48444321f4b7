"""What touches the outside: sockets, clock, files, processes."""
