"""Every private name of pytest and pluggy that the worker side touches, each with the reason.

Checked against pytest 8.2 to 9.2. Where pytest offers a public way for all of these versions, use that instead.
"""

from __future__ import annotations

import contextlib
import inspect
import io
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Literal, TextIO

import pytest

# The same re-binding of a fixture method to the test's instance that pytest does for sync fixtures.
from _pytest.fixtures import resolve_fixture_function as resolve_fixture_function

# Where the fixtures that write into the JUnit XML look for it.
from _pytest.junitxml import LogXML, xml_key

# What pytest puts around the protocol of a test.
from _pytest.warnings import catch_warnings_for_item

from .wire.shared_definitions import SharedDefinition


def prepare_config(arguments: list[str], plugin: object = None) -> pytest.Config:
    """Parse a command line as ``pytest.main`` does, with this further plugin; plugins and initial conftests loaded."""
    from _pytest.config import _prepareconfig

    return _prepareconfig(arguments, None if plugin is None else [plugin])


def start_session(config: pytest.Config) -> pytest.Session:
    """Start a session, up to where it would collect."""
    config._do_configure()
    session = pytest.Session.from_config(config)
    config.hook.pytest_sessionstart(session=session)
    return session


def collect(session: pytest.Session, arguments: list[str] | None = None) -> None:
    """Collect what these arguments name, or else those of the command line, up to where the first test would run."""
    given = session.config.args
    try:
        session.config.args = given if arguments is None else arguments
        session.config.hook.pytest_collection(session=session)
    finally:
        session.config.args = given


def teardown_everything(session: pytest.Session) -> None:
    """Tear down what is set up, as pytest does at the end of a session that was stopped in the middle of a test."""
    __tracebackhide__ = True
    session._setupstate.teardown_exact(None)


def report_teardown_of_everything(item: pytest.Item, stage: AbstractContextManager[None]) -> None:
    """Tear down what is set up, in ``stage``, and report what fails in that as one more failed teardown of ``item``.

    The hooks around a teardown are left out: they have been called for this item, and need not work twice.
    """
    with warnings_of(item):
        with capturing(item, "teardown"), stage:
            call = pytest.CallInfo.from_call(partial(teardown_everything, item.session), when="teardown")
        report = pytest.TestReport.from_item_and_call(item, call)
        if report.failed:
            item.ihook.pytest_runtest_logreport(report=report)


def item_of(request: Any) -> pytest.Item:
    """The test for which a fixture of whatever scope is set up."""
    return request._pyfuncitem  # type: ignore[no-any-return]


def set_up_nodes(item: pytest.Item) -> None:
    """Have pytest take the test and its module for set up, so that session fixtures can be; nothing of theirs is."""
    for node in item.listchain():
        for hook in ("setup",) if node is item.session else ("setup", "teardown"):
            setattr(node, hook, _do_nothing)
    item.session._setupstate.setup(item)


def _do_nothing() -> None: ...


def define_only(item: Any, definition: SharedDefinition, function: Callable[..., Any]) -> None:
    """In a shared fixture's own process: let this name, for this test, stand for ``function`` and what it needs."""
    fixturedef = definition.fixturedef
    fixturedef.func = function
    fixturedef.argnames = definition.argnames
    known = item._request._arg2fixturedefs
    visible = list(known.get(definition.name) or item.session._fixturemanager.getfixturedefs(definition.name, item))
    # A closer fixture of the same name, which overrides it, is another one.
    known[definition.name] = visible[: visible.index(fixturedef) + 1]


def capturing(item: pytest.Item, when: str) -> AbstractContextManager[None]:
    """Capture what is printed meanwhile, as a section of the test's report."""
    manager: Any = item.config.pluginmanager.get_plugin("capturemanager")
    return manager.item_capture(when, item) if manager is not None else contextlib.nullcontext()


def logging_stage(item: pytest.Item, stage: Literal["setup", "teardown"]) -> AbstractContextManager[None]:
    """The same for what is logged: what pytest's logging plugin does around that stage of a test."""
    plugin: Any = item.config.pluginmanager.get_plugin("logging-plugin")
    if plugin is None:
        return contextlib.nullcontext()
    around = plugin.pytest_runtest_setup if stage == "setup" else plugin.pytest_runtest_teardown
    return contextlib.contextmanager(around)(item)


def warnings_of(item: pytest.Item) -> AbstractContextManager[None]:
    """Record warnings with the filters of this test."""
    if not item.config.pluginmanager.has_plugin("warnings"):
        return contextlib.nullcontext()
    return catch_warnings_for_item(item.config, item.ihook, "runtest", item)


def capture_files(config: pytest.Config) -> Iterable[tuple[int, int, int]]:
    """Of each descriptor that pytest captures: its number, the capture file's, and that of the saved original."""
    manager = config.pluginmanager.get_plugin("capturemanager")
    capturing = getattr(manager, "_global_capturing", None)
    for capture in (capturing.in_, capturing.out, capturing.err) if capturing is not None else ():
        if hasattr(capture, "targetfd_save"):
            yield capture.targetfd, capture.tmpfile.fileno(), capture.targetfd_save


def files_in_memory(config: pytest.Config) -> Iterable[tuple[int, io.TextIOWrapper]]:
    """Stream (1 or 2) and file of what pytest captures by replacing sys.stdout and sys.stderr."""
    manager = config.pluginmanager.get_plugin("capturemanager")
    capturing = getattr(manager, "_global_capturing", None)
    for stream, capture in ((1, capturing.out), (2, capturing.err)) if capturing is not None else ():
        if isinstance(getattr(getattr(capture, "tmpfile", None), "buffer", None), io.BytesIO):
            yield stream, capture.tmpfile


def faulthandler_file(config: pytest.Config) -> int | None:
    """The duplicate of the original standard error that pytest's faulthandler plugin keeps, to write timeouts to it."""
    from _pytest.faulthandler import fault_handler_stderr_fd_key

    return config.stash.get(fault_handler_stderr_fd_key, None)


def keep_hook_only_for(config: pytest.Config, hook_name: str, plugin_names: frozenset[str]) -> None:
    """Drop every implementation of a hook but those of the named plugins.

    What reports to the user does so in the host; in a worker the same implementations would report twice.
    """
    caller = getattr(config.hook, hook_name)
    for implementation in caller.get_hookimpls():
        if implementation.plugin_name not in plugin_names:
            caller._remove_plugin(implementation.plugin)


def drop_hook(config: pytest.Config, hook_name: str, plugin: object) -> None:
    """Drop what this plugin has for one hook, if it has anything."""
    caller = getattr(config.hook, hook_name)
    if any(implementation.plugin is plugin for implementation in caller.get_hookimpls()):
        caller._remove_plugin(plugin)


def call_just_before_pytest(config: pytest.Config, plugin: object, hook_name: str) -> None:
    """Have this plugin's implementation called after every other one but pytest's own.

    Pluggy calls first what was registered last: a plugin that answers a hook without asking to be first, as pytest-trio
    and many a conftest do, would not be asked.
    """
    implementations = getattr(config.hook, hook_name)._hookimpls
    plain = [each for each in implementations if not (each.wrapper or each.hookwrapper or each.tryfirst)]
    own = next(each for each in plain if each.plugin is plugin)
    pytests = next(each for each in reversed(plain) if each.function.__module__.startswith("_pytest."))
    implementations.remove(own)
    implementations.insert(implementations.index(pytests) + 1, own)


def redirect_terminal(reporter: Any, file: TextIO) -> None:
    """Make pytest's terminal reporter, and whoever holds it, write to ``file``, with the same colours."""
    from _pytest._io import TerminalWriter

    writer = TerminalWriter(file)
    writer.hasmarkup = reporter._tw.hasmarkup
    writer.fullwidth = reporter._tw.fullwidth
    reporter._tw = writer


def silence_terminal(config: pytest.Config) -> None:
    """Let pytest's terminal reporter, if there is one, say nothing more."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        redirect_terminal(reporter, io.StringIO())


def is_async_item(item: pytest.Function) -> bool:
    """True if the test or one of its fixtures is a coroutine function or an async generator function."""
    definitions = [each[-1].func for each in item._fixtureinfo.name2fixturedefs.values() if each]
    return any(
        inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)
        for function in (item.obj, *definitions)
    )


def set_up_first(item: pytest.Function, name: str) -> None:
    """Have this fixture set up before every other, if the test can see one of this name that is none of ours."""
    definitions = item.session._fixturemanager.getfixturedefs(name, item)
    if definitions and not definitions[-1].func.__module__.startswith(__package__):
        # A test may ask for it after fixtures that are made on it.
        item.fixturenames[:] = [name, *(each for each in item.fixturenames if each != name)]


def offer_result(fixturedef: pytest.FixtureDef[Any], result: object) -> None:
    """Replace what a fixture that has just been set up gives to those who ask for it."""
    _, key, _ = fixturedef.cached_result  # type: ignore[misc]
    fixturedef.cached_result = (result, key, None)


def junit_log(config: pytest.Config) -> Any:
    """Pytest's JUnit XML log, which its fixtures look for; None if the run writes none.

    A zygote that has collected for itself has none of its own: it gets one that no hook is called of.
    """
    path = getattr(config.option, "xmlpath", None)
    if xml_key not in config.stash and path and config.pluginmanager.has_plugin("junitxml"):
        config.stash[xml_key] = LogXML(path, None, family=config.getini("junit_family"))
    return config.stash.get(xml_key, None)
