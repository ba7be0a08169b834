"""Runs the tests of one probe by pytest's own protocol, and tells how the last one ended."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from .. import untouched
from ..leaks.origins import Origins
from ..standard_library import StandardLibrary
from ..wire.probes import Change, Left, Probe, Probed
from ..wire.test_outcomes import outcome_of, why_failed
from .known import names_of
from .lines import Lines
from .own_code import OwnCode
from .state.snapshot import Snapshot


class Runner:
    """Belongs to one process."""

    def __init__(self, session: pytest.Session, probe: Probe, library: StandardLibrary | None = None) -> None:
        self.probe = probe
        self._session = session
        self._library = StandardLibrary() if library is None else library
        self._snapshot: Snapshot | None = None
        self._lines: Lines | None = None
        self._left: tuple[Left, ...] | None = None

    @property
    def _is_asked(self) -> bool:
        """True if anything is to be known of what tests leave behind."""
        return bool(self.probe.is_looked or self.probe.put_back or self.probe.watched)

    def begin(self) -> None:
        """Note what is so before anything of the tests has run."""
        if self._snapshot is not None or not self._is_asked:
            return
        own = OwnCode(self._session)
        origins = Origins()
        if self.probe.is_looked:
            origins.install()
            origins.start()
        self._snapshot = Snapshot(own, origins)
        if self.probe.watched:
            self._lines = Lines(self._snapshot, self.probe.watched, own)
            self._lines.begin()

    def run(self, progress: int) -> Probed:
        """Run all of them; ``progress`` is a descriptor that is told each name."""
        items = names_of(self._session.items)
        unknown = [name for name in self.probe.tests if name not in items]
        if unknown:
            return Probed("", problem=f"{unknown[0]} is not collected each time: the suite collects differently")
        chosen = [items[name] for name in self.probe.tests]
        self.begin()
        reports = _Reports(self._lines)
        self._session.config.pluginmanager.register(reports, "isolated-async-probe-reports")
        self._session.items = chosen
        for at, (name, item) in enumerate(zip(self.probe.tests, chosen, strict=True)):
            following = chosen[at + 1] if at + 1 < len(chosen) else None
            if following is None and self._is_asked:
                untouched.write(progress, b"\n")
                if self._end_of_predecessors():
                    break
            untouched.write(progress, name.encode(errors="replace").replace(b"\n", b" ") + b"\n")
            reports.begin(name)
            if (stopped := _run_one(item, following)) is not None:
                return Probed(stopped, name, stopped)
        return self._library.insist(lambda: self._answer(reports))

    def _end_of_predecessors(self) -> bool:
        """All tests before the last one have run; true if nothing is asked about that itself."""
        if self._lines is not None:
            self._lines.end()
        if self._snapshot is None:
            return False
        if self.probe.is_looked:
            self._left = tuple(self._snapshot.left())
        self._snapshot.put_back(self.probe.put_back)
        return not self.probe.put_back

    def _answer(self, reports: _Reports) -> Probed:
        changes: tuple[Change, ...] = () if self._lines is None else tuple(self._lines.changes())
        outcome, why, has_looked = outcome_of(reports.told), why_failed(reports.told), self._left is not None
        return Probed(outcome, "", why, self._left or (), changes, has_looked=has_looked)


def _run_one(item: pytest.Item, following: pytest.Item | None) -> str | None:
    try:
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
    except BaseException as error:  # noqa: BLE001 - pytest.exit, KeyboardInterrupt: it ends the run
        return f"ends the run: {type(error).__name__}: {error}"
    return None


class _Reports:
    """A pytest plugin: what is told of the test that runs, and in which stage it is."""

    def __init__(self, lines: Lines | None) -> None:
        self._lines = lines
        self._test = ""
        self._reports: list[pytest.TestReport] = []

    def begin(self, test: str) -> None:
        self._test = test
        self._reports.clear()

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if type(report) is pytest.TestReport:  # A subtest is told with its test.
            self._reports.append(report)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self) -> Generator[None, object, object]:
        return (yield from self._staged("setup"))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self) -> Generator[None, object, object]:
        return (yield from self._staged("call"))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self) -> Generator[None, object, object]:
        return (yield from self._staged("teardown"))

    def _staged(self, stage: str) -> Generator[None, object, object]:
        if self._lines is None:
            return (yield)
        self._lines.begin_stage(self._test, stage)
        try:
            return (yield)
        finally:
            self._lines.end_stage()

    @property
    def told(self) -> list[pytest.TestReport]:
        """Without those of an attempt that a plugin has made once more, which does not count."""
        return [each for each in self._reports if each.outcome in ("passed", "failed", "skipped")]
