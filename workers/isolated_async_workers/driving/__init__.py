"""What drives async tests, fixtures and hooks on the case's loop, for pytest, unittest and other async plugins."""
