"""What pytest says about a case, recorded in the worker and sent to the host.

::

    pytest_runtest_setup/call/teardown  -> StageStarted
    pytest_runtest_makereport           adds why a classic event loop failure happened, or what may be why
                                        -> StageRaised, of a test that may run again
    pytest_runtest_logreport            -> ReportLogged
    coverage                            -> CoverageMeasured
    pytest_warning_recorded             -> WarningRecorded
    pytest's own terminal writes        -> TerminalWritten
    record_false_green                  -> FalseGreenFound
    record_wide_fixture                 -> WideFixtureSetUp
    tell_outcome                        -> OutcomeTold
    note_of_plugin                      -> PluginNoted
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Generator
from typing import Literal

import pytest

from .attempts import describe_chain
from .coverage_tap import CoverageTap
from .explanations.classic_errors import close_rejected_coroutines, explain
from .explanations.evidence import Evidence
from .explanations.forgotten import explain_perhaps
from .loop.interruption import Interruption
from .memory_reserve import MemoryReserve
from .oversized import shorten
from .own_streams import flush_originals
from .result_channel import ResultChannel
from .standard_library import StandardLibrary
from .wire import properties, section_titles
from .wire.messages import (
    FalseGreenFound,
    OutcomeTold,
    PluginNoted,
    ProtocolError,
    ReportLogged,
    StageRaised,
    StageStarted,
    TerminalWritten,
    WarningRecorded,
    WideFixtureSetUp,
    WindingUp,
)
from .wire.printed import printed

# What the test has put in its place must not run here.
_type_of = type


class Recorder:
    """The pytest plugin that records; registered in the zygote, connected to the host in each worker."""

    def __init__(
        self, config: pytest.Config, evidence: Evidence, interruption: Interruption, library: StandardLibrary
    ) -> None:
        self._config = config
        self._evidence = evidence
        self._interruption = interruption
        self._memory_reserve = MemoryReserve()
        self._library = library
        self._channel: ResultChannel | None = None
        self.terminal = TerminalText(self)
        self._has_subtests = False
        self._false_green = ""
        self._is_attempt = False
        self.coverage = CoverageTap()

    def connect(self, channel: ResultChannel) -> None:
        """From here on, what is recorded goes to ``channel``."""
        self._channel = channel
        self.coverage.begin_worker(channel)

    def begin_case(self, *, is_attempt: bool) -> None:
        """What was noted of the case before is of the past; ``is_attempt`` if this one may be run again."""
        self._is_attempt = is_attempt
        self._has_subtests = False
        self._false_green = ""

    def write_to_terminal(self, text: str) -> None:
        """Pytest itself has written ``text`` to the terminal."""
        if self._channel is not None:
            self._channel.queue(TerminalWritten(text))

    def record_false_green(self, text: str) -> None:
        """In process this test is a false green; ``text`` goes into its report."""
        assert self._channel is not None
        self._false_green = text
        self._channel.queue(FalseGreenFound())

    def record_wide_fixture(self, wide_fixture: WideFixtureSetUp) -> None:
        """A wide fixture was set up for this test."""
        if self._channel is not None:
            self._channel.queue(wide_fixture)

    def tell_outcome(self, outcome: OutcomeTold) -> None:
        """What unittest has said of the test, sent at once: the stage goes on, and may yet crash."""
        assert self._channel is not None
        self._channel.send(outcome)

    def note_of_plugin(self, plugin: str, note: dict[str, object]) -> None:
        """An ordinary plugin has ``note`` for its copy in the host; ``plugin`` names the module that takes it there."""
        if self._channel is not None:
            self._channel.send(PluginNoted(plugin, properties.pack_note(note)))

    def wind_up(self) -> None:
        """The last finalizer has run; what follows is the worker's own."""
        assert self._channel is not None
        self._channel.send(WindingUp())

    def start_stage(self, stage: Literal["setup", "call", "teardown"]) -> None:
        """Tell the host that setup, call or teardown begins."""
        assert self._channel is not None
        self.terminal.flush()
        self.coverage.flush()
        self._channel.send(StageStarted(stage))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self) -> Generator[None, object, object]:
        __tracebackhide__ = True
        self.start_stage("setup")
        with self._interruption.allowed("setup"), self._memory_reserve:
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self) -> Generator[None, object, object]:
        __tracebackhide__ = True
        self.start_stage("call")
        with self._interruption.allowed("call"), self._memory_reserve:
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self) -> Generator[None, object, object]:
        __tracebackhide__ = True
        self.start_stage("teardown")
        with self._interruption.allowed("teardown"), self._memory_reserve:
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        try:
            report = yield
        except Exception:
            if not self._library.put_back():
                raise
            return item.ihook.pytest_runtest_makereport(item=item, call=call)  # type: ignore[no-any-return]
        if self._false_green and report.when == "call":
            report.sections.append((section_titles.IN_PROCESS, self._false_green))
        if call.excinfo is not None and self._is_attempt and not report.skipped:
            with contextlib.suppress(BaseException):
                self._tell_raised(call.excinfo.value)
        if call.excinfo is not None and report.failed:
            # The objects of the test that are looked at may raise at any touch, as unbound proxies do.
            with contextlib.suppress(BaseException):
                self._explain(call.excinfo.value, report)
            with contextlib.suppress(BaseException):
                close_rejected_coroutines(call.excinfo.value)
        return report

    def _tell_raised(self, error: BaseException) -> None:
        assert self._channel is not None
        self._channel.queue(StageRaised(describe_chain(error)))

    def _explain(self, error: BaseException, report: pytest.TestReport) -> None:
        # A plugin may have made a plain text of the failure.
        add_section = getattr(report.longrepr, "addsection", None)
        if add_section is None:
            return
        if (why := explain(error, self._evidence)) is not None:
            add_section(section_titles.WHY, why)
        # What a failing teardown is about is rarely the test, and it may be the leaks themselves.
        elif report.when != "teardown" and (perhaps := explain_perhaps(error, self._evidence)) is not None:
            add_section(section_titles.PERHAPS_WHY, perhaps)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        flush_originals()
        if report.when == "call" and self._has_subtests:
            # A test with failed subtests is failed here and not in makereport, from the state of this process.
            self._config.hook.pytest_report_teststatus(report=report, config=self._config)
        to_serializable = self._config.hook.pytest_report_to_serializable
        data = self._library.insist(lambda: to_serializable(config=self._config, report=report))
        self.terminal.flush()
        data = properties.pack_report(data)
        assert self._channel is not None
        try:
            self._channel.queue(ReportLogged(data))
        except ProtocolError:
            self._channel.queue(ReportLogged(shorten(data)))
        # When a stage is over, that is sent with what follows at once, the next stage or the end.
        if _type_of(report) is not pytest.TestReport:
            # A subtest: the stage goes on, and may yet crash.
            self._has_subtests = True
            self._channel.flush()

    def pytest_warning_recorded(
        self,
        warning_message: warnings.WarningMessage,
        when: str,
        nodeid: str,
        location: tuple[str, int, str] | None,
    ) -> None:
        if self._channel is None:
            # Pytest repeats to a new plugin what was recorded before it came; the host has had that.
            return
        category = warning_message.category
        self._channel.queue(
            WarningRecorded(
                text=printed(warning_message.message),
                module=category.__module__,
                category=category.__qualname__,
                filename=warning_message.filename,
                lineno=warning_message.lineno,
                line=warning_message.line,
                when=when,
                node_id=nodeid,
                location=None if location is None else list(location),
            )
        )


class TerminalText:
    """A text file whose content appears on the host's terminal."""

    encoding = "utf-8"

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._text: list[str] = []

    def write(self, text: str) -> int:
        self._text.append(text)
        return len(text)

    def flush(self) -> None:
        if self._text:
            self._recorder.write_to_terminal("".join(self._text))
            self._text.clear()

    def isatty(self) -> bool:
        return False
