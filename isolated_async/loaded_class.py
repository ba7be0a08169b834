"""Classes by the names that a worker has told: found if this process has them, and never imported because of that."""

from __future__ import annotations

import sys
import types


def find_loaded(module: str, name: str) -> object:
    """What this process has under this module and (dotted) name, or None."""
    found: object = sys.modules.get(module)
    for part in name.split("."):
        # Not by getattr, which a module may answer by importing what it is asked for.
        found = vars(found).get(part) if isinstance(found, types.ModuleType | type) else None
    return found
