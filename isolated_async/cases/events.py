"""What a case has to tell on its way, for the host to replay."""

from __future__ import annotations

from isolated_async_workers.wire.messages import (
    CoverageMeasured,
    DebuggerClosed,
    DebuggerOpened,
    FalseGreenFound,
    OutcomeTold,
    PluginNoted,
    ReportLogged,
    SessionStopRequested,
    StageRaised,
    StagesMeasured,
    TerminalWritten,
    WarningRecorded,
    WideFixtureSetUp,
)

from ..endings.verdict import BrokenOff
from ..processes.live_output import LiveOutput

#: In the order in which the worker has said it.
Event = (
    StageRaised
    | ReportLogged
    | WarningRecorded
    | TerminalWritten
    | SessionStopRequested
    | LiveOutput
    | FalseGreenFound
    | WideFixtureSetUp
    | CoverageMeasured
    | OutcomeTold
    | PluginNoted
    | StagesMeasured
    | DebuggerOpened
    | DebuggerClosed
    | BrokenOff
)
