"""What the system refuses, costs one worker, and not the process that starts all of them."""

from __future__ import annotations

import errno
import os
from typing import Any

import pytest

from isolated_async_workers import zygote as zygote_module
from isolated_async_workers.wire.messages import ForkWorker, SignalWorker, SpawnWorker
from isolated_async_workers.zygote import Forks, Zygote, _Forked


class _NoForks(Forks):
    def be_worker(self, number: int, descriptors: Any, page: Any) -> None:
        raise AssertionError("nothing is forked here")


class _Control:
    """In the place of the control socket."""

    def __init__(self) -> None:
        self.sent: list[object] = []

    def send(self, message: object) -> None:
        self.sent.append(message)


@pytest.fixture
def control() -> Any:
    return _Control()


@pytest.fixture
def zygote(control: Any) -> Zygote:
    return Zygote(control, _NoForks())


@pytest.mark.parametrize("error", [PermissionError, ProcessLookupError])
def test_a_worker_that_may_not_be_signalled(
    zygote: Zygote, monkeypatch: pytest.MonkeyPatch, error: type[OSError]
) -> None:
    def refuse(*_: object) -> None:
        raise error

    page: Any = None
    zygote._workers[1] = _Forked(os.getpid(), 0, page)
    # A test may have put another program in its place, one that runs as somebody else (sudo).
    monkeypatch.setattr(os, "kill", refuse)
    monkeypatch.setattr(os, "killpg", refuse)
    for whole_group in (False, True):
        zygote._obey(SignalWorker(1, 10, whole_group))


@pytest.mark.parametrize("order", [ForkWorker(1, anyway=True), ForkWorker(1, anyway=False), SpawnWorker(1, ["python"])])
def test_a_worker_whose_descriptors_have_found_no_room(
    zygote: Zygote, control: Any, monkeypatch: pytest.MonkeyPatch, order: ForkWorker | SpawnWorker
) -> None:
    def refuse() -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(control, "next_descriptors", refuse, raising=False)
    monkeypatch.setattr(zygote_module, "is_safe_to_fork", lambda: False)
    zygote._obey(order)
    (told,) = control.sent
    assert told.worker == 1
    assert told.unsafe == (order == ForkWorker(1, anyway=False))
    assert told.unsafe or told.reason == "Too many open files (errno 24)"
