"""A worker that is a fork of its zygote: the suite is there, collected."""

from __future__ import annotations

from collections.abc import Callable

from .case_directory import own_case_basetemp
from .hot_pages import HotPages
from .own_files import take_over
from .reserved_descriptors import CHANNEL
from .result_channel import ResultChannel
from .shared_page import SharedPage
from .suite import Suite
from .warm_up import warm_up
from .wire.descriptors import WorkerDescriptors
from .worker import Worker
from .zygote import BeWorker


def worker_of(suite: Suite, basetemp: str, make_channel: Callable[[int], ResultChannel] = ResultChannel) -> BeWorker:
    """What a fork of the zygote of ``suite`` does."""
    warm_up(suite.session)
    hot_pages = HotPages()

    def be_worker(number: int, descriptors: WorkerDescriptors, page: SharedPage) -> None:
        config = suite.session.config
        take_over(config, descriptors)
        own_case_basetemp(config, basetemp, f"case{number}")
        worker = Worker(suite, make_channel(CHANNEL), page)
        hot_pages.copy()
        worker.serve()
        hot_pages.learn()

    return be_worker
