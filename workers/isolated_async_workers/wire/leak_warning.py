"""The class of the warnings about what a test left behind.

Both sides need it: the worker to ask the warning filters, the host and its user to name it.
"""

from __future__ import annotations


class LeakWarning(UserWarning):
    """An isolated test left something behind: end it in the test or in a fixture, or ignore this warning."""


# Its public name: what a filter says, and what the terminal shows.
LeakWarning.__module__ = "isolated_async"
