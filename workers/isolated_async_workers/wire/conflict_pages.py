"""Where the pages about loop conflicts are on this machine, for a report that links to one.

The wheel has them in ``isolated_async_workers/conflicts/``; a checkout has them in ``docs/conflicts/``.
"""

from __future__ import annotations

# Bound here: a test may have replaced them by the time its failure is explained.
from os.path import abspath, dirname, exists, join

_PACKAGE = dirname(dirname(abspath(__file__)))
_DIRECTORIES = (join(_PACKAGE, "conflicts"), join(dirname(dirname(_PACKAGE)), "docs", "conflicts"))


def page(name: str) -> str:
    """The path of the page of this name, like ``nested-run``.

    Where there is none (somebody has stripped the installation), its place in the project's source.
    """
    for directory in _DIRECTORIES:
        path = join(directory, f"{name}.md")
        if exists(path):
            return path
    return f"docs/conflicts/{name}.md"
