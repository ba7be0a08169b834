"""What is told at the end of a run, however that ends: with a host on paper."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace
from typing import Any

import pytest

from isolated_async import host as host_module
from isolated_async.host import isolating
from isolated_async.telling.run_notes import RunNotes


class PaperHost:
    """Notes what is asked of it, in order."""

    def __init__(self, *, breaks: str = "") -> None:
        self.asked: list[str] = []
        self._breaks = breaks
        machines = SimpleNamespace(others=[], all=[SimpleNamespace(fork_notes=["spawned, not forked"])])
        self.dispatcher = SimpleNamespace(machines=machines, close=self._close)
        self.shared = SimpleNamespace(answer=None)
        self.coverage = SimpleNamespace(hand_over=self._hand_over)

    def _hand_over(self) -> list[str]:
        self._note("hand over")
        return []

    def plan(self) -> None: ...

    def in_charge(self) -> Any:
        return pytest.MonkeyPatch.context()

    def report_differences(self) -> None:
        self._note("differences")

    def report_shared(self) -> None:
        self._note("shared")

    def _close(self, *, interrupted: bool) -> None:
        self._note("interrupted" if interrupted else "close")

    def _note(self, what: str) -> None:
        self.asked.append(what)
        if what == self._breaks:
            raise LookupError(what)


def _run(monkeypatch: pytest.MonkeyPatch, host: PaperHost, notes: RunNotes, ends: BaseException | None = None) -> None:
    definitions = SimpleNamespace(answer=None)
    monkeypatch.setattr(host_module, "_make_host", lambda *_: host)
    monkeypatch.setattr(host_module, "shared_definitions", lambda _: definitions)
    selection = SimpleNamespace(found_late={"test_b": "a thread"})
    unused: Any = None
    with isolating(unused, selection, unused, notes):  # type: ignore[arg-type]
        if ends is not None:
            raise ends


@pytest.mark.parametrize(
    "ends", [pytest.Session.Failed("-x"), KeyboardInterrupt(), None], ids=["-x", "Ctrl-C", "all ran"]
)
def test_what_was_found_out_is_told_however_the_run_ends(
    monkeypatch: pytest.MonkeyPatch, ends: BaseException | None
) -> None:
    host, notes = PaperHost(), RunNotes()
    with contextlib.nullcontext() if ends is None else pytest.raises(type(ends)):
        _run(monkeypatch, host, notes, ends)
    close = "interrupted" if isinstance(ends, KeyboardInterrupt) else "close"
    assert host.asked == ["differences", close, "shared", "hand over"]
    assert notes.lines == ["test_b was not forked either, its import leaves a thread", "spawned, not forked"]


@pytest.mark.parametrize("breaks", ["differences", "close", "shared"])
def test_what_fails_at_the_end_keeps_nothing_else_from_it(monkeypatch: pytest.MonkeyPatch, breaks: str) -> None:
    host = PaperHost(breaks=breaks)
    with pytest.raises(LookupError):
        _run(monkeypatch, host, RunNotes())
    assert host.asked == ["differences", "close", "shared", "hand over"]
