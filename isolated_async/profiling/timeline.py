"""From marks to spans: when each stage of a case began, and how long it lasted.

::

    marks   |ask     |fork |prepare |wait ...... |begin |setup |report |call ... |exit |reap |turn |replay |
    spans    ask      fork  prepare  wait         begin  setup  report  call      exit  reap  turn  replay

A stage lasts until the next one begins. So the spans of one clock have neither holes nor overlaps, and their sum is the
time from the first mark to the last one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from itertools import zip_longest
from typing import Any

from isolated_async_workers.wire.light_dataclass import dataclass
from isolated_async_workers.wire.stages import (
    BEGIN,
    CALL,
    COLLECT,
    EXIT,
    LOAD,
    PREPARE,
    REPORT,
    SETUP,
    TEARDOWN,
    WAIT,
    WIND_UP,
)

#: The worker that a case had first was killed before the case had begun, and it got another one.
LOST = "lost"
#: The host makes what a worker needs, and asks for it, until its zygote begins.
ASK = "ask"
#: The zygote forks, until the worker's first instruction.
FORK = "fork"
#: The same of a spawned worker: its interpreter starts, and imports pytest.
EXEC = "exec"
#: The host has a case for the worker, until the worker has it.
SEND = "send"
#: The zygote has seen the end of the worker, until all that it left behind is gone.
REAP = "reap"
#: Until the host has heard of that.
TELL = "tell"
#: The case is over, and others are reported first.
TURN = "turn"
#: The host fires the hooks for what is left of its reports, and leaves the case.
REPLAY = "replay"
#: No stage: nothing of the case comes after it.
END = ""

#: In the order in which they are shown.
STAGES = (
    *(LOST, ASK, FORK, EXEC, LOAD, PREPARE, WAIT, SEND, COLLECT, BEGIN, SETUP, CALL, TEARDOWN, WIND_UP, REPORT),
    *(EXIT, REAP, TELL, TURN, REPLAY),
)
#: Time in which nothing is done for the case.
WAITING = frozenset({WAIT, TURN})


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process, or a part of its work, has cost: CPU seconds, minor page faults."""

    cpu_s: float = 0.0
    faults: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.cpu_s + other.cpu_s, self.faults + other.faults)

    def __sub__(self, other: Usage) -> Usage:
        # User and system time are cut to microseconds, each for itself: a later reading may be a little less.
        return Usage(max(0.0, self.cpu_s - other.cpu_s), self.faults - other.faults)


@dataclass(frozen=True, slots=True)
class Mark:
    """A stage begins: when, on the monotonic clock of which machine (empty for the host's); its cost, if known."""

    stage: str
    at: float
    clock: str = ""
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """One stage of a case.

    Attributes:
        at: when it began, in seconds of the monotonic clock of the machine that tells of it.
        wall_s: how long it lasted; None where its end is not known, or only by another machine's clock.
        usage: what it has cost; None where nobody has measured that.
    """

    stage: str
    at: float
    wall_s: float | None
    usage: Usage | None

    def to_plain(self) -> dict[str, Any]:
        usage = {"cpu_s": None, "faults": None} if self.usage is None else _rounded(self.usage)
        wall_s = None if self.wall_s is None else round(self.wall_s, 7)
        return {"stage": self.stage, "at": round(self.at, 7), "wall_s": wall_s, **usage}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Span:
        usage = None if plain["cpu_s"] is None else Usage(plain["cpu_s"], plain["faults"])
        return cls(plain["stage"], plain["at"], plain["wall_s"], usage)


def _rounded(usage: Usage) -> dict[str, Any]:
    return {"cpu_s": round(usage.cpu_s, 7), "faults": usage.faults}


@dataclass(frozen=True, slots=True)
class CaseProfile:
    """Where the time of one attempt at one test went.

    Attributes:
        attempt: counted from 1.
        ending: the kind of its verdict; empty if the run ended before it.
        machine: where it ran; empty for this one.
        host: the xdist worker whose test it is; empty without xdist.
        worker: the number of its worker, for each host; 0 if it got none.
        meanwhile_s: seconds in which the host replayed its reports while its worker went on; no part of the spans.
        meanwhile: what that has cost.
    """

    node_id: str
    attempt: int
    ending: str
    machine: str
    host: str
    worker: int
    spans: tuple[Span, ...]
    meanwhile_s: float = 0.0
    meanwhile: Usage = field(default_factory=Usage)

    @property
    def counted_s(self) -> float:
        """Seconds of all stages that are known, but for those in which it waited."""
        return sum(span.wall_s or 0.0 for span in self.spans if span.stage not in WAITING)

    @property
    def is_complete(self) -> bool:
        """True if every stage from the first to the last is known."""
        return bool(self.spans) and all(span.wall_s is not None for span in self.spans)

    def to_plain(self) -> dict[str, Any]:
        """The same in types that JSON and xdist have."""
        return {
            "node_id": self.node_id,
            "attempt": self.attempt,
            "ending": self.ending,
            "machine": self.machine,
            "host": self.host,
            "worker": self.worker,
            "is_complete": self.is_complete,
            "counted_s": round(self.counted_s, 7),
            "stages": [span.to_plain() for span in self.spans],
            "meanwhile": {"wall_s": round(self.meanwhile_s, 7), **_rounded(self.meanwhile)},
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> CaseProfile:
        names = ("node_id", "attempt", "ending", "machine", "host", "worker")
        spans = tuple(Span.from_plain(each) for each in plain["stages"])
        meanwhile = plain["meanwhile"]
        usage = Usage(meanwhile["cpu_s"], meanwhile["faults"])
        own = {name: plain[name] for name in names}
        return cls(**own, spans=spans, meanwhile_s=meanwhile["wall_s"], meanwhile=usage)


def to_spans(marks: Iterable[Mark]) -> tuple[Span, ...]:
    """The stages that these marks begin, in this order; the last one ends where ``END`` does.

    A mark of one clock that is earlier than one before it counts as that one: what was ready ahead took no time.
    """
    clamped: list[Mark] = []
    latest: dict[str, float] = {}
    for mark in marks:
        at = latest[mark.clock] = max(mark.at, latest.get(mark.clock, mark.at))
        clamped.append(Mark(mark.stage, at, mark.clock, mark.usage))
    return tuple(
        Span(mark.stage, mark.at, None if end is None or end.clock != mark.clock else end.at - mark.at, mark.usage)
        for mark, end in zip_longest(clamped, clamped[1:])
        if mark.stage != END
    )
