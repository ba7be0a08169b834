"""Shared fixtures, on this side: the process that one lives in, and the tests that ask for its value."""
