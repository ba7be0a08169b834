"""The directory of one case's temporary files: made when it is first asked for, and left as pytest leaves its own.

It is the base temporary directory of pytest's factory in this process, ``_tmp_path_factory`` and ``_basetemp`` there:
checked against pytest 8.2 to 9.2.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest


def own_case_basetemp(config: pytest.Config, basetemp: str, name: str) -> None:
    """Make ``tmp_path_factory`` of this process use ``basetemp/name``, made when it is first asked for.

    Two cases must not see each other's directories: a session fixture that does ``mktemp("data", numbered=False)``
    runs in each of them.
    """
    factory = getattr(config, "_tmp_path_factory", None)
    if factory is None:
        return  # -p no:tmpdir
    factory._basetemp = None
    make_shared = type(factory).getbasetemp

    def getbasetemp() -> Any:
        if factory._basetemp is None:
            directory = Path(basetemp) / name
            directory.mkdir(mode=0o700, exist_ok=True)
            factory._basetemp = directory
        return make_shared(factory)

    factory.getbasetemp = getbasetemp


def tidy_case_basetemp(config: pytest.Config) -> None:
    """Remove what ``tmp_path_retention_policy`` leaves dangling in that directory, and the directory if it is empty."""
    directory = getattr(getattr(config, "_tmp_path_factory", None), "_basetemp", None)
    if directory is None:
        return
    # The test may have removed it, or closed it.
    with contextlib.suppress(OSError):
        for path in directory.iterdir():
            if path.is_symlink() and not path.exists():
                path.unlink()
        directory.rmdir()
