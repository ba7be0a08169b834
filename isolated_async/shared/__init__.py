"""Shared fixtures: how they are declared, who asks for them, and the processes that they live in."""
