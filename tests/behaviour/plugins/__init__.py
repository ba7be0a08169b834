"""Ordinary pytest plugins with isolated tests: what they report is what they report in process."""
