"""Cases in flight: when each one starts, how long it may take, and how it has ended."""
