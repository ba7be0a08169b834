"""A zygote that starts as a fresh interpreter and collects the suite for itself.

For hosts that must not be forked: under xdist, inside a running loop, or with a second thread of their own::

    python -c BOOTSTRAP descriptor sys.path...   -- CollectSuite | CollectTests -->  collect  -->  Zygote.serve
"""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import Callable, Sequence
from typing import NoReturn

import pytest

from .coverage_tap import start_coverage
from .forked_worker import worker_of
from .keeper import follow_a_keeper
from .plugins.xdist_groups import name_groups
from .pytest_private import collect, drop_hook, prepare_config
from .suite import Suite
from .wire.control_socket import ControlSocket
from .wire.messages import CollectSuite, CollectTests
from .zygote import Zygote, leaving


def main(descriptor: int, host: int) -> None:
    """Be the zygote of the host process ``host``, which holds the other end of the socket ``descriptor``."""
    connected = socket.socket(fileno=descriptor)
    connected.set_inheritable(False)
    control = ControlSocket(connected)
    # Now, while this process has one thread and has imported little.
    follow_a_keeper(control, host)
    with leaving(control):
        match _receive(control):
            case CollectTests() as request:
                # Only a unittest run needs it.
                from .unittest_run.zygote import import_suite

                _serve(import_suite(request), control, "")
            case CollectSuite() as request:
                errors = CollectionErrors()
                session = _collect(request, errors)
                # What plugins set up around all tests (log files, live logs) is there in a forked zygote too.
                _inside_the_test_loop(session, lambda: _serve(Suite(session), control, request.basetemp, errors.texts))


class CollectionErrors:
    """The pytest plugin that keeps what could not be collected: nobody shows it here."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.texts.append(f"{report.nodeid}: {report.longreprtext}")


def _serve(suite: Suite, control: ControlSocket, basetemp: str, errors: Sequence[str] = ()) -> NoReturn:
    gc.collect()
    Zygote(control, worker_of(suite, basetemp)).serve(suite.node_ids, errors)
    # Nor does anybody take down here what is around the tests.
    os._exit(0)


def _inside_the_test_loop(session: pytest.Session, serve: Callable[[], NoReturn]) -> None:
    """Call ``serve`` where tests would run: within what plugins have around all of them."""

    class TestLoop:
        @pytest.hookimpl(tryfirst=True)
        def pytest_runtestloop(self) -> None:
            serve()

    drop_hook(session.config, "pytest_runtestloop", session.config.pluginmanager.get_plugin("isolated_async"))
    session.config.pluginmanager.register(TestLoop(), "isolated-async-test-loop")
    session.config.hook.pytest_runtestloop(session=session)


def _receive(control: ControlSocket) -> CollectSuite | CollectTests:
    while (message := control.next_message()) is None:
        if not control.fill():
            raise EOFError("the host closed the control socket before it sent what to collect")
    assert isinstance(message, CollectSuite | CollectTests)
    return message


def _collect(request: CollectSuite, errors: CollectionErrors) -> pytest.Session:
    os.chdir(request.directory)
    if request.coverage:
        start_coverage(request.coverage)
    config = prepare_config(request.arguments)
    vars(config.option).update(request.options)
    xml_path = getattr(config.option, "xmlpath", None)
    _drop_what_only_a_host_does(config)
    if request.worker_input is not None:
        config.workerinput = request.worker_input  # type: ignore[attr-defined]
        config.workeroutput = {}  # type: ignore[attr-defined]
        name_groups(config)
    config.pluginmanager.register(errors)
    session = collect(config)
    config.pluginmanager.unregister(errors)
    if request.worker_input is None:
        # A test's properties are for that file: see plugins/junit_xml.py.
        config.option.xmlpath = xml_path
    return session


def _drop_what_only_a_host_does(config: pytest.Config) -> None:
    """The same options that an xdist worker clears: distribution, debuggers, and files that the host writes."""
    cleared: dict[str, object] = {
        "numprocesses": None,
        "dist": "no",
        "tx": [],
        "xmlpath": None,
        "report_log": None,
        "htmlpath": None,
        "clean_alluredir": False,
        "cacheclear": False,
    }
    for name, value in cleared.items():
        if hasattr(config.option, name):
            setattr(config.option, name, value)
