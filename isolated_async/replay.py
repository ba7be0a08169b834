"""Replays through the host's own pytest hooks what a worker reported.

::

    ReportLogged      -> pytest_runtest_logreport
    WarningRecorded   -> pytest_warning_recorded
    TerminalWritten   -> pytest's terminal writer
    BrokenOff         -> pytest_runtest_logreport, with the host's verdict
    live output       -> the host's stdout and stderr
"""

from __future__ import annotations

import sys
import warnings

import pytest

from isolated_async_workers.wire import properties
from isolated_async_workers.wire.messages import (
    ReportLogged,
    SessionStopRequested,
    TerminalWritten,
    WarningRecorded,
)

from .case import Event
from .live_output import LiveOutput
from .pytest_private import keep_subtest_arguments
from .reports import report_broken_off
from .verdict import BrokenOff


class Replay:
    """Replays the events of one session's cases."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def replay(self, item: pytest.Item, event: Event) -> None:
        """Fire the hooks that ``event`` stands for.

        Raises:
            pytest.exit.Exception, KeyboardInterrupt: the case asked for the end of the session.
        """
        match event:
            case ReportLogged(data):
                item.ihook.pytest_runtest_logreport(report=self._report(data))
            case WarningRecorded():
                self._warn(item, event)
            case TerminalWritten(text):
                if self._config.pluginmanager.has_plugin("terminalreporter"):
                    self._config.get_terminal_writer().write(text, flush=True)
            case LiveOutput():
                event.write()
            case BrokenOff():
                report = report_broken_off(item, self._report(event.report), event)
                item.ihook.pytest_runtest_logreport(report=report)
            case SessionStopRequested("exit", reason, returncode):
                raise pytest.exit.Exception(reason, returncode)
            case SessionStopRequested("shouldstop" | "shouldfail" as attribute, reason, _):
                setattr(item.session, attribute, reason)
            case SessionStopRequested(_, reason, _):
                raise KeyboardInterrupt(f"raised by {item.nodeid} at {reason}")

    def _report(self, data: dict[str, object]) -> pytest.TestReport:
        data = properties.unpack_report(data)
        # JSON has no tuples; these are the fields in which pytest and its plugins expect them.
        for name in ("location", "longrepr"):
            if isinstance(value := data.get(name), list):
                data[name] = tuple(value)
        if isinstance(value := data.get("sections"), list):
            data["sections"] = [tuple(pair) if isinstance(pair, list) else pair for pair in value]
        report = self._config.hook.pytest_report_from_serializable(config=self._config, data=data)
        assert isinstance(report, pytest.TestReport), data
        keep_subtest_arguments(report, data)
        return report

    def _warn(self, item: pytest.Item, event: WarningRecorded) -> None:
        category = _loaded_warning_class(event.module, event.category)
        item.ihook.pytest_warning_recorded.call_historic(
            kwargs={
                "warning_message": warnings.WarningMessage(
                    message=_warning(category, event.text),
                    category=category,
                    filename=event.filename,
                    lineno=event.lineno,
                    line=event.line,
                ),
                "when": event.when,
                "nodeid": event.node_id,
                "location": None if event.location is None else tuple(event.location),
            }
        )


def _loaded_warning_class(module: str, name: str) -> type[Warning]:
    """The named class if this process has it already (what a worker says imports nothing here), else one like it."""
    found: object = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
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
