"""The run that all faults of a file share."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..behaviour.conftest import any_suite, suite
from .fault import VARIANTS, Outcome, run_faults

__all__ = ["any_suite", "suite"]


@pytest.fixture(scope="module", params=VARIANTS, ids=str)
def outcome(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """What became of the suite that the ``FAULTS`` of the requesting file make, once for every variant.

    The file may also have ``FILES``, which lie beside the faults, and ``ARGUMENTS`` for pytest.
    """
    directory: Path = tmp_path_factory.mktemp("faults")
    for name, source in getattr(request.module, "FILES", {}).items():
        (directory / name).write_text(source)
    return run_faults(directory, request.module.FAULTS, request.param, *getattr(request.module, "ARGUMENTS", ()))
