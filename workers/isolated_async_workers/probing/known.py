"""What a collected suite is made of, by the names that probes use."""

from __future__ import annotations

import os
from collections.abc import Sequence

import pytest

from ..wire.probes import KnownSuite, KnownTest
from ..wire.unique_names import unique_name

#: Plugins that choose an order of the tests for each run, and the arguments with which they do not. Without the plugin,
#: pytest would not know its other options, in an argument or in a configuration.
_KEEPS_ORDER = ("--randomly-dont-reorganize",)
_SHUFFLING: dict[str, tuple[str, ...]] = {
    "randomly": _KEEPS_ORDER,
    "pytest_randomly": _KEEPS_ORDER,
    "random_order": (),
    "random_order.plugin": (),
}


def names_of(items: Sequence[pytest.Item]) -> dict[str, pytest.Item]:
    """Each item by its name, in their order."""
    found: dict[str, pytest.Item] = {}
    for item in items:
        found[unique_name(item.nodeid, found)] = item
    return found


def known_suite(session: pytest.Session, errors: Sequence[str], why_no_forks: str) -> KnownSuite:
    """Of a session that has collected."""
    config = session.config
    directory = config.invocation_params.dir
    tests = []
    for name, item in names_of(session.items).items():
        file = os.path.relpath(item.path, directory)
        _, separator, within = item.nodeid.partition("::")
        tests.append(KnownTest(name, f"{file}{separator}{within}", file))
    named = tuple(map(str, getattr(config.option, "file_or_dir", None) or ()))
    shuffling = [arguments for name, arguments in _SHUFFLING.items() if config.pluginmanager.has_plugin(name)]
    in_order = tuple(dict.fromkeys(argument for arguments in shuffling for argument in arguments))
    return KnownSuite(tuple(tests), tuple(errors), named, why_no_forks, bool(shuffling), in_order)
