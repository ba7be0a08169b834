"""The process of a function that ``run_isolated`` calls: no suite, and no pytest, unless the function imports it."""
