"""A spawned worker that measures itself, from its first instruction on."""

from __future__ import annotations

from functools import partial
from typing import NoReturn

from ..result_channel import ResultChannel
from ..spawned_worker import be_spawned
from ..suite import Suite
from ..wire.shared_page import SharedPage
from ..wire.stages import COLLECT, LOAD, PREPARE
from ..worker import Worker
from .channel import MeasuringChannel, StageEnds
from .marks import Marks


def main(zygote: int, number: int, page_file: int, *descriptors: int) -> NoReturn:
    """Be worker ``number``, which the process ``zygote`` has just started."""
    marks = Marks()
    marks.begin(LOAD)

    def make_worker(suite: Suite, channel: ResultChannel, page: SharedPage) -> Worker:
        marks.begin(PREPARE)
        suite.session.config.pluginmanager.register(StageEnds(marks), "isolated-async-stage-ends")
        return Worker(suite, channel, page)

    make_channel = partial(MeasuringChannel, marks, first=COLLECT)
    be_spawned(make_channel, make_worker, zygote, number, page_file, *descriptors)
