"""The run that all faults of a file share."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..behaviour.conftest import any_suite, suite
from .fault import VARIANTS, Outcome, run_faults

__all__ = ["any_suite", "suite"]

_HERE = Path(__file__).parent


@pytest.fixture(scope="module", params=VARIANTS, ids=str)
def outcome(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """What became of the suite that the ``FAULTS`` of the requesting file make, once for every variant.

    The file may also have ``FILES``, which lie beside the faults, and ``ARGUMENTS`` for pytest.
    """
    directory: Path = tmp_path_factory.mktemp("faults")
    for name, source in getattr(request.module, "FILES", {}).items():
        (directory / name).write_text(source)
    return run_faults(directory, request.module.FAULTS, request.param, *getattr(request.module, "ARGUMENTS", ()))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without ``-m faults``, each fault is tried once: the other variants, and fresh zygotes, take minutes."""
    unwanted = [] if "faults" in config.option.markexpr else [item for item in items if _is_further_variant(item)]
    if unwanted:
        config.hook.pytest_deselected(items=unwanted)
        items[:] = [item for item in items if item not in unwanted]
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker("faults")


def _is_further_variant(item: pytest.Item) -> bool:
    parameters = getattr(item, "callspec", None)
    if parameters is None or _HERE not in item.path.parents:
        return False
    chosen = parameters.params
    return bool(chosen.get("outcome", VARIANTS[0]) != VARIANTS[0] or chosen.get("any_suite") == "fresh")
