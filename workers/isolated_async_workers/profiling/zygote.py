"""A zygote that measures what it costs to start its workers and to reap them, and whose forks measure themselves."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NoReturn

from .. import untouched
from ..forked_worker import ForkedWorkers
from ..suite import Suite
from ..wire.control_socket import ControlSocket
from ..wire.descriptors import WorkerDescriptors
from ..wire.messages import WorkerExited, WorkerMeasured
from ..wire.shared_page import SharedPage
from ..wire.stages import PREPARE
from ..wire.system import usage_clock
from ..zygote import Forks, Zygote
from .channel import MeasuringChannel, StageEnds
from .marks import Marks

#: Seconds, CPU seconds, minor page faults.
_Reading = tuple[float, float, int]


class MeasuringZygote(Zygote):
    """Sends ``WorkerMeasured`` before each ``WorkerExited``; its forks begin with ``marks``."""

    def __init__(self, control: ControlSocket, forks: Forks, marks: Marks) -> None:
        super().__init__(control, forks)
        self._marks = marks
        self._usage = usage_clock(with_children=False)
        #: By worker: when its start began, and what that has cost.
        self._starts: dict[int, _Reading] = {}
        self._ended: _Reading = (0.0, 0.0, 0)

    def _start(self, worker: int, start: Callable[[WorkerDescriptors], tuple[int, SharedPage]]) -> None:
        at, cpu_s, faults = self._read()
        super()._start(worker, start)
        _, cpu_after_s, faults_after = self._read()
        if worker in self._workers:
            self._starts[worker] = at, cpu_after_s - cpu_s, faults_after - faults

    def _become_worker(self, worker: int, descriptors: WorkerDescriptors, page: SharedPage, zygote: int) -> NoReturn:
        self._marks.begin(PREPARE)
        super()._become_worker(worker, descriptors, page, zygote)

    def _reap(self, worker: int) -> None:
        self._ended = self._read()
        super()._reap(worker)

    def _tell_end(self, exited: WorkerExited, cpu_s: float, faults: int) -> None:
        ended_at, own_cpu_s, own_faults = self._ended
        gone_at, cpu_gone_s, faults_gone = self._read()
        start = self._starts.pop(exited.worker)
        reap = cpu_gone_s - own_cpu_s, faults_gone - own_faults
        self._control.send(WorkerMeasured(exited.worker, *start, ended_at, gone_at, *reap, cpu_s, faults))
        super()._tell_end(exited, cpu_s, faults)

    def _read(self) -> _Reading:
        return untouched.monotonic(), *self._usage()


def measuring_zygote(suite: Suite, control: ControlSocket, basetemp: str) -> Zygote:
    """The zygote of ``suite``."""
    marks = Marks()
    suite.session.config.pluginmanager.register(StageEnds(marks), "isolated-async-stage-ends")
    return MeasuringZygote(control, ForkedWorkers(suite, basetemp, partial(MeasuringChannel, marks)), marks)
