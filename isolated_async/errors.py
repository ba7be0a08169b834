"""The errors that isolated-async raises by itself.

::

    IsolatedAsyncError
     `-- ZygoteLost          the zygote ended while the run still needed it

What the user did wrong on the command line, in the ini file or in a marker is a ``pytest.UsageError``.
What went wrong with one test is no exception at all but a verdict (``verdict.py``).
"""

from __future__ import annotations


class IsolatedAsyncError(Exception):
    """Base of all of them."""


class ZygoteLost(IsolatedAsyncError):
    """The process that forks the workers is gone; what is still to run cannot start."""
