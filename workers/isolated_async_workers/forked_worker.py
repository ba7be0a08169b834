"""Workers that are forks of their zygote: the suite is there, collected."""

from __future__ import annotations

from collections.abc import Callable

from .case_directory import own_case_basetemp
from .own_files import take_over
from .reserved_descriptors import CHANNEL
from .result_channel import ResultChannel
from .suite import Suite
from .warm_up import WarmUp
from .wire.descriptors import WorkerDescriptors
from .wire.shared_page import SharedPage
from .worker import Worker
from .zygote import Forks


class ForkedWorkers(Forks):
    """Those of the zygote of ``suite``."""

    def __init__(
        self, suite: Suite, basetemp: str, make_channel: Callable[[int], ResultChannel] = ResultChannel
    ) -> None:
        self._warm_up = WarmUp(suite.session)
        self._suite = suite
        self._basetemp = basetemp
        self._make_channel = make_channel

    def about_to_fork(self) -> None:
        """In the zygote."""
        self._warm_up.before_fork()

    def be_worker(self, number: int, descriptors: WorkerDescriptors, page: SharedPage) -> None:
        """What the fork does, which is worker ``number``."""
        config = self._suite.session.config
        take_over(config, descriptors)
        own_case_basetemp(config, self._basetemp, f"case{number}")
        worker = Worker(self._suite, self._make_channel(CHANNEL), page)
        self._warm_up.before_case()
        worker.serve()
        self._warm_up.after_case()
