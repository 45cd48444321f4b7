"""How fast the venue is: its matching core beside public ones, order entry over both APIs, streams to many readers, memory."""
