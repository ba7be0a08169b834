"""Which code is the suite's own: what nobody has installed, and installed packages that have their tests within."""

from __future__ import annotations

import functools
import sys
from pathlib import Path
from types import ModuleType
from typing import Literal

import pytest

from ..places import Owner, owner_of, with_slashes

#: Who can change a module: the suite's own; an installed library's; Python's; pytest's and ours.
Side = Literal["own", "library", "standard", "machinery"]
_OURS = ("isolated_async", "isolated_async_workers")
_MACHINERY = ("_pytest", "pytest", "pluggy", "py", *_OURS, "pytest_asyncio", "anyio")


class OwnCode:
    """Of one session."""

    def __init__(self, session: pytest.Session) -> None:
        self._packages = tuple(_packages_of_tests(session))
        self.is_own = functools.cache(self._is_own)
        self.is_machinery = functools.cache(self._is_machinery)

    def _is_own(self, filename: str) -> bool:
        if filename.startswith("<"):
            return False
        return owner_of(filename) is Owner.USER or with_slashes(filename).startswith(self._packages)

    def _is_machinery(self, filename: str) -> bool:
        """True for code that runs tests, and for what has no file."""
        if filename.startswith("<"):
            return True
        slashed = with_slashes(filename)
        # A suite may have directories of the others' names, like tests/anyio; a checkout of ours is nobody's suite.
        names = _OURS if self.is_own(filename) else _MACHINERY
        return any(f"/{name}/" in slashed for name in names)

    def side_of(self, name: str, module: ModuleType) -> Side:
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names:
            return "standard"
        if top in _MACHINERY:
            return "machinery"
        file = vars(module).get("__file__")
        if isinstance(file, str) and self.is_own(file):
            return "own"
        return "library"


def _packages_of_tests(session: pytest.Session) -> set[str]:
    """The directories of installed packages that have their tests within."""
    found = set()
    for path in {item.path for item in getattr(session, "items", ())}:
        directory = Path(path).parent
        if owner_of(str(path)) is Owner.LIBRARY:
            while (directory.parent / "__init__.py").exists():
                directory = directory.parent
            found.add(with_slashes(str(directory)) + "/")
    return found
