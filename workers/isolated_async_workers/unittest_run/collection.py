"""Tests that ``unittest`` has loaded, as the items of a pytest session.

The session is there for what our worker side is made of: its protocol of setup, call and teardown. Nothing of pytest's
that a user of unittest has not asked for takes part: no ini file, no conftest, no installed plugin, no capturing, no
warning filters, no handler on the root logger.
"""

from __future__ import annotations

import os
import sys
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ..pytest_private import collect, prepare_config, start_session
from ..suite import Suite
from ..wire.messages import CollectTests
from .fixtures import Fixtures
from .item import TestCaseItem
from .told_result import ToldResult

#: Plugins of pytest's own that change what a test finds: the handlers of logging, the hooks of sys and threading; and
#: those that write files.
_SWITCHED_OFF = ("logging", "unraisableexception", "threadexception", "cacheprovider", "tmpdir")
_ARGUMENTS = (
    *("-c", os.devnull, "--noconftest", "--capture=no", "--assert=plain", "--tb=native", "-qq"),
    *(argument for name in _SWITCHED_OFF for argument in ("-p", f"no:{name}")),
)
#: Environment variables by which pytest loads plugins, or gets arguments.
_OF_PYTEST = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "", "PYTEST_PLUGINS": ""}


def make_suite(request: CollectTests, tests: list[unittest.TestCase | None] | list[unittest.TestCase]) -> Suite:
    """The suite of these tests, each under the id that ``request`` has for it; None for one that is not there."""
    with _environment(_OF_PYTEST):
        config = prepare_config([*_ARGUMENTS, f"--rootdir={request.directory}"])
    # The filters of the run hold, and nothing is kept for a summary. Warnings of ours are recorded all the same.
    config.pluginmanager.unregister(name="warnings")
    config.pluginmanager.register(_HostShowsWarnings(), "warnings")
    config.addinivalue_line("markers", "isolated_loop: the marker of isolated-async")
    node_ids = [node_id for node_id, *_ in request.tests]
    config.pluginmanager.register(_Collection(node_ids, tests), "isolated-async-unittest")
    session = start_session(config)
    collect(session)
    suite = Suite(session)
    result = ToldResult(suite.recorder, failfast=request.failfast, tb_locals=request.tb_locals)
    fixtures = Fixtures(result, suite.loop.resolve)
    for item in suite.session.items:
        assert isinstance(item, TestCaseItem)
        item.connect(result, fixtures)
    config.pluginmanager.register(result, "isolated-async-told-result")
    return suite


class _HostShowsWarnings:
    """In the place of pytest's plugin that records them."""


class _Collection:
    """The pytest plugin that collects in the place of pytest."""

    def __init__(self, node_ids: list[str], tests: list[unittest.TestCase | None] | list[unittest.TestCase]) -> None:
        self._tests = [(node_id, test) for node_id, test in zip(node_ids, tests, strict=True) if test is not None]

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> bool:
        session.items = [
            TestCaseItem.from_parent(session, name=str(test), nodeid=node_id, path=_path(test), test=test)
            for node_id, test in self._tests
        ]
        return True


def _path(test: unittest.TestCase) -> Path:
    module = sys.modules.get(type(test).__module__)
    return Path(getattr(module, "__file__", None) or os.devnull)


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """While it is open, these variables are set; the tests find those of the host."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
