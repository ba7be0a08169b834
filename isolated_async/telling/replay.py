"""Replays through the host's own pytest hooks what a worker reported.

::

    ReportLogged      -> pytest_runtest_logreport, or what runs the test again (with StageRaised before it)
    WarningRecorded   -> pytest_warning_recorded
    CoverageMeasured  -> the data of coverage, at the end
    TerminalWritten   -> pytest's terminal writer
    PluginNoted       -> the plugin's own copy here, by what plugins/ has for it
    BrokenOff         -> as ReportLogged, with the host's verdict
    live output       -> the host's stdout and stderr
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import pytest

from isolated_async_workers.wire import properties
from isolated_async_workers.wire.messages import (
    CoverageMeasured,
    PluginNoted,
    ReportLogged,
    SessionStopRequested,
    StageRaised,
    TerminalWritten,
    WarningRecorded,
)

from ..cases.events import Event
from ..endings.verdict import BrokenOff
from ..loaded_class import find_loaded
from ..plugins import PluginsHere
from ..processes.live_output import LiveOutput
from ..pytest_private import keep_subtest_arguments
from .coverage_merge import CoverageMerge
from .report_check import BadReport, check_report
from .reports import raised_by, report_broken_off


class Replay:
    """Replays the events of one session's cases."""

    def __init__(
        self,
        config: pytest.Config,
        log: Callable[[pytest.Item, pytest.TestReport, StageRaised | None], None],
        coverage: CoverageMerge,
    ) -> None:
        """``log`` takes each report of a test, and what its stage has raised if that was told."""
        self._config = config
        self._coverage = coverage
        self._log = log
        self._raised: StageRaised | None = None
        self._known: frozenset[str] | None = None
        self.plugins = PluginsHere(config)

    def replay(self, item: pytest.Item, event: Event) -> None:
        """Fire the hooks that ``event`` stands for.

        Raises:
            pytest.exit.Exception, KeyboardInterrupt: the case asked for the end of the session.
        """
        match event:
            case StageRaised():
                self._raised = event
            case ReportLogged(data):
                raised, self._raised = self._raised, None
                self._log(item, self._report(item, data), raised)
            case WarningRecorded():
                self._warn(item, event)
            case TerminalWritten(text):
                if self._config.pluginmanager.has_plugin("terminalreporter"):
                    self._config.get_terminal_writer().write(text, flush=True)
            case CoverageMeasured():
                self._coverage.take(event)
            case LiveOutput():
                event.write()
            case PluginNoted(name, note):
                self.plugins.take(name, item, properties.unpack(note))
            case BrokenOff():
                self._raised = None
                report = report_broken_off(item, self._report(item, event.report), event)
                self.plugins.end_stage(item, report)
                self._log(item, report, raised_by(event.ending, event.remains))
            case SessionStopRequested("exit", reason, returncode):
                raise pytest.exit.Exception(reason, returncode)
            case SessionStopRequested("shouldstop" | "shouldfail" as attribute, reason, _):
                setattr(item.session, attribute, reason)
            case SessionStopRequested(_, reason, _):
                raise KeyboardInterrupt(f"raised by {item.nodeid} at {reason}")

    def end_case(self) -> None:
        """What was told of its last stage, and never reported, is nobody else's."""
        self._raised = None

    def _report(self, item: pytest.Item, data: dict[str, object]) -> pytest.TestReport:
        data = properties.unpack_report(data)
        # JSON has no tuples; these are the fields in which pytest and its plugins expect them.
        for name in ("location", "longrepr"):
            if isinstance(value := data.get(name), list):
                data[name] = tuple(value)
        if isinstance(value := data.get("sections"), list):
            data["sections"] = [tuple(pair) if isinstance(pair, list) else pair for pair in value]
        report = self._config.hook.pytest_report_from_serializable(config=self._config, data=data)
        if not isinstance(report, pytest.TestReport):
            raise BadReport(f"a worker does not make a {type(report).__name__}")
        keep_subtest_arguments(report, data)
        check_report(report)
        if report.nodeid != item.nodeid and report.nodeid in self._node_ids(item.session):
            raise BadReport(f"it is about another test, {report.nodeid}")
        return report

    def _node_ids(self, session: pytest.Session) -> frozenset[str]:
        if self._known is None:
            self._known = frozenset(str(item.nodeid) for item in session.items)
        return self._known

    def _warn(self, item: pytest.Item, event: WarningRecorded) -> None:
        item.ihook.pytest_warning_recorded.call_historic(
            kwargs={
                "warning_message": warning_of(event),
                "when": event.when,
                "nodeid": event.node_id,
                "location": None if event.location is None else tuple(event.location),
            }
        )


def warning_of(event: WarningRecorded) -> warnings.WarningMessage:
    """The warning that a worker has recorded."""
    category = _loaded_warning_class(event.module, event.category)
    return warnings.WarningMessage(
        message=_warning(category, event.text),
        category=category,
        filename=event.filename,
        lineno=event.lineno,
        line=event.line,
    )


def _loaded_warning_class(module: str, name: str) -> type[Warning]:
    """The named class if this process has it already (what a worker says imports nothing here), else one like it."""
    found = find_loaded(module, name)
    if isinstance(found, type) and issubclass(found, Warning):
        return found
    return type(name.rpartition(".")[2], (UserWarning,), {"__module__": module, "__qualname__": name})


def _warning(category: type[Warning], text: str) -> Warning:
    """An instance whose text is ``text``, without running the class's own ``__init__``."""
    try:
        warning = category.__new__(category, text)
        if str(warning) == text:
            return warning
    except Exception:  # noqa: BLE001 - a user's __new__ with arguments of its own, a __str__ that needs an attribute
        pass
    return UserWarning(text)
