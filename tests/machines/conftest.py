"""Cases on hosts that ssh leads to. They run only where ``-m machines`` names them (scripts/machines)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ..behaviour.conftest import suite
from ..behaviour.machines import machines
from .network import Host, two_hosts

__all__ = ["machines", "suite"]


@pytest.fixture(scope="session")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Host]]:
    with two_hosts(tmp_path_factory.mktemp("network")) as both:
        yield both
