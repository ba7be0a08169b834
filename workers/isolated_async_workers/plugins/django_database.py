"""pytest-django's test databases: each worker that runs at a time has one of its own, under a name of its own.

Else the database of the host's tests would be dropped by the first isolated test that creates its own, and two workers
would take each other's. (pytest-django does the same for the workers of pytest-xdist; a database in memory is private.)

The names count: of N workers at a time, N names are used, so that ``--reuse-db`` finds them again.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import Any

import pytest

from ..slot import SLOT
from .note import Note

#: Where pytest-django takes the names of its workers' databases apart.
_FIXTURE = "django_db_modify_db_settings_xdist_suffix"


def prepare(config: pytest.Config, note: Note) -> None:
    """Have a suffix added where pytest-django adds its own."""
    if config.pluginmanager.has_plugin("django"):
        config.pluginmanager.register(_Suffix(), "isolated-async-django-database")


class _Suffix:
    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None, object, object]:
        result = yield
        fixtures: Any = sys.modules.get("pytest_django.fixtures")
        if fixturedef.argname == _FIXTURE and fixtures is not None:
            fixtures._set_suffix_to_test_databases(suffix=f"isolated{request.config.stash[SLOT]}")
        return result
