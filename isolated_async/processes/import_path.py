"""Imports that a suite's own modules cannot get in the way of.

Pytest puts test directories in front of ``sys.path``, and ``python -m pytest`` the current one. What we import after
that must not find a suite's ``resource.py`` or ``select.py`` instead of the standard library's.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

_STANDARD_LIBRARY = os.path.dirname(os.__file__)


@contextlib.contextmanager
def standard_library_first() -> Iterator[None]:
    """While it is open, the standard library comes before everything else on ``sys.path``."""
    path = sys.path[:]
    # A Path may be among them. Imports pass over what is no text.
    texts = (entry for entry in path if isinstance(entry, str))
    sys.path[:] = sorted(texts, key=lambda entry: not entry.startswith(_STANDARD_LIBRARY) or "-packages" in entry)
    try:
        yield
    finally:
        sys.path[:] = path


def current_directory() -> str:
    """Its absolute name; empty if it is gone."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        return ""
