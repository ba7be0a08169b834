"""The clean loop of a case: the one task that serves its async parts, which nested runs are let through, and loops made
at import.
"""
