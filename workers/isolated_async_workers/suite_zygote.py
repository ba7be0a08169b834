"""Which zygote a collected suite gets: one that measures, if a profile is wanted."""

from __future__ import annotations

from .forked_worker import ForkedWorkers
from .suite import Suite
from .wire.control_socket import ControlSocket
from .wire.stages import PROFILE_OPTION
from .zygote import Zygote


def zygote_of(suite: Suite, control: ControlSocket, basetemp: str) -> Zygote:
    """The zygote of ``suite``, whose host is at the other end of ``control``."""
    if suite.session.config.getoption(PROFILE_OPTION, False):
        # Only a profile needs it.
        from .profiling.zygote import measuring_zygote

        return measuring_zygote(suite, control, basetemp)
    return Zygote(control, ForkedWorkers(suite, basetemp))
