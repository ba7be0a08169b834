"""A worker that is a fork of its zygote: the suite is there, collected."""

from __future__ import annotations

from .case_directory import own_case_basetemp
from .own_files import take_over
from .reserved_descriptors import CHANNEL
from .result_channel import ResultChannel
from .suite import Suite
from .warm_up import warm_up
from .wire.descriptors import WorkerDescriptors
from .wire.shared_page import SharedPage
from .worker import Worker
from .zygote import BeWorker


def worker_of(suite: Suite, basetemp: str) -> BeWorker:
    """What a fork of the zygote of ``suite`` does."""
    warm_up()

    def be_worker(number: int, descriptors: WorkerDescriptors, page: SharedPage) -> None:
        config = suite.session.config
        take_over(config, descriptors)
        own_case_basetemp(config, basetemp, f"case{number}")
        Worker(suite, ResultChannel(CHANNEL), page).serve()

    return be_worker
