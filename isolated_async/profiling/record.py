"""What is known of one case while it runs: the marks of the host, of the zygote, and of the worker.

::

    host      LOST  ASK              SEND                                          TURN, REPLAY
    zygote              FORK, EXEC                                    REAP, TELL
    worker                        PREPARE, WAIT   BEGIN ... REPORT, EXIT

Who tells what, and in which order it belongs: that is all that this knows. How long it took is in ``timeline.py``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import field, replace
from typing import Any

from isolated_async_workers.wire.light_dataclass import dataclass
from isolated_async_workers.wire.messages import StagesMeasured, WorkerMeasured
from isolated_async_workers.wire.stages import BEGIN, COLLECT, EXIT, OF_WORKERS, REPORT, WAIT

from .timeline import (
    ASK,
    END,
    EXEC,
    FORK,
    LOST,
    REAP,
    REPLAY,
    SEND,
    TELL,
    TURN,
    CaseProfile,
    Mark,
    Usage,
    to_spans,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A worker was asked for: when that began, and what it has cost the host."""

    at: float
    usage: Usage


@dataclass(frozen=True, slots=True)
class Given:
    """The case got a worker.

    Attributes:
        at: when the host began to give it.
        asked: None for a worker that has run another case before this one.
        machine: where that is; empty for this one.
        spawns: True if it is a fresh interpreter.
    """

    at: float
    worker: int
    asked: Asked | None
    machine: str
    spawns: bool


@dataclass(slots=True)
class CaseRecord:
    """One attempt at one test."""

    node_id: str
    attempt: int
    ending: str = ""
    given: Given | None = None
    #: When the host began with a worker that was lost before the case had begun.
    lost_at: float | None = None
    #: What the worker has told; its usage is that of all of it until then.
    told: list[Mark] = field(default_factory=list)
    #: When the host had heard that it is over, and whether its worker ended with it.
    over_at: float | None = None
    is_last: bool = False
    #: True if nobody has waited for the end of its worker, whose last word this was.
    leaves: bool = False
    #: When the host came to it, and when it left it.
    turn_at: float | None = None
    done_at: float | None = None
    replay: Usage = field(default_factory=Usage)
    meanwhile: Usage = field(default_factory=Usage)
    meanwhile_s: float = 0.0

    def give(self, given: Given) -> None:
        """It gets this worker; if it had one, that was lost."""
        if self.given is not None and self.lost_at is None:
            self.lost_at = self.given.at
        self.given = given
        self.told.clear()

    def take(self, message: StagesMeasured) -> None:
        """What its worker has told. What no worker of ours says, the test has: that is left out."""
        clock = "" if self.given is None else self.given.machine
        self.told += [mark for each in message.begun if (mark := _mark(each, clock)) is not None]

    def replayed(self, began_at: float, ended_at: float, usage: Usage) -> None:
        """Something of it was replayed."""
        if self.over_at is None:
            self.meanwhile += usage
            self.meanwhile_s += ended_at - began_at
        else:
            self.replay += usage

    def profile(self, measured: WorkerMeasured | None, host: str) -> CaseProfile:
        """Where its time went; ``measured`` is what the zygote has told of its worker, None if nothing."""
        given = self.given
        return CaseProfile(
            self.node_id,
            self.attempt,
            self.ending,
            "" if given is None else given.machine,
            host,
            0 if given is None else given.worker,
            (*to_spans(self._marks(measured)), *to_spans(self._afterwards(measured))),
            self.meanwhile_s,
            self.meanwhile,
        )

    def _marks(self, measured: WorkerMeasured | None) -> Iterator[Mark]:
        if self.given is not None:
            floor = -math.inf
            if self.lost_at is not None:
                yield Mark(LOST, self.lost_at)
                # What was ready ahead for the second try was so before.
                floor = self.given.at
            for mark in self._of_its_worker(self.given, measured):
                yield mark if mark.clock else replace(mark, at=max(mark.at, floor))
        over_at = self.turn_at if self.given is None else self.over_at
        if over_at is None:
            return  # The run ended before it.
        yield Mark(TURN, over_at)
        if self.turn_at is not None and self.done_at is not None:
            yield Mark(REPLAY, self.turn_at, usage=self.replay)
            yield Mark(END, self.done_at)

    def _of_its_worker(self, given: Given, measured: WorkerMeasured | None) -> Iterator[Mark]:
        clock = given.machine
        told = self._told(given, measured if self.is_last else None)
        if given.asked is not None:
            yield Mark(ASK, given.asked.at, usage=given.asked.usage)
            if measured is not None:
                # Until its first word, the worker has cost what that says; all of it, if it has said nothing.
                until_then = self.told[0].usage if self.told else Usage(measured.cpu_s, measured.faults)
                usage = Usage(measured.start_cpu_s, measured.start_faults) + (until_then or Usage())
                yield Mark(EXEC if given.spawns else FORK, measured.begun_at, clock, usage)
        if not clock:
            # By another machine's clock nobody knows.
            at = next((at for at, mark in enumerate(told) if mark.stage in (BEGIN, COLLECT)), len(told))
            told.insert(at, Mark(SEND, given.at))
        if self.leaves:
            told[-1] = replace(told[-1], stage=TELL, usage=None)
        yield from told
        if self.is_last and measured is not None and not self.leaves:
            yield Mark(REAP, measured.ended_at, clock, Usage(measured.reap_cpu_s, measured.reap_faults))
            yield Mark(TELL, measured.gone_at, clock)

    def _afterwards(self, measured: WorkerMeasured | None) -> Iterator[Mark]:
        """What its worker does while the next case goes on."""
        if self.given is not None and measured is not None and self.leaves:
            clock = self.given.machine
            yield self._told(self.given, measured)[-1]
            yield Mark(REAP, measured.ended_at, clock, Usage(measured.reap_cpu_s, measured.reap_faults))
            yield Mark(END, measured.gone_at, clock)

    def _told(self, given: Given, measured: WorkerMeasured | None) -> list[Mark]:
        """The worker's marks, each with the cost of its own stage alone."""
        after = [mark.usage for mark in self.told[1:]]
        last = None if measured is None else Usage(measured.cpu_s, measured.faults)
        told = [
            replace(mark, usage=None if usage is None or mark.usage is None else usage - mark.usage)
            for mark, usage in zip(self.told, [*after, last], strict=False)
        ]
        if given.asked is None and told and told[0].stage == WAIT:
            # It waited for nothing of this case.
            del told[0]
        if told and not self.is_last and self.over_at is not None and told[-1].stage == EXIT:
            # It has stayed: what it does last is to report.
            told[-1] = replace(told[-1], stage=REPORT)
        return told


def _mark(told: list[Any], clock: str) -> Mark | None:
    match told:
        case [str(stage), float() | int() as at, float() | int() as cpu_s, int(faults)] if stage in OF_WORKERS:
            return Mark(stage, at, clock, Usage(cpu_s, faults)) if math.isfinite(at + cpu_s) else None
    return None
