"""What a relay and an agent say to each other over an execnet channel: one closed union, as tuples of plain values.

::

    relay                                         agent
    -----                                         -----
    Serve          ------------------------->     makes sure that the files are there, starts a zygote
                   <-------------------------     Found, then Control(ZygoteReady) | Failed
    Control(ForkWorker, SpawnWorker,
            SignalWorker) ------------------>     its zygote
                   <-------------------------     Control(WorkerForked, WorkerNotForked, WorkerMeasured)
    Chunk          <------------------------>     Chunk       bytes of a worker, of its socket both ways
    Taken          <------------------------>     Taken       so many of them were handed on: send more
                   <-------------------------     Remains     files of a worker, then Control(WorkerExited)
    Leave          ------------------------->     ends everything over there, and closes the channel
    StillHere      <------------------------>     StillHere
"""

from __future__ import annotations

import typing
from dataclasses import fields
from typing import Any, Union

from isolated_async_workers.wire.light_dataclass import dataclass

#: Streams of a worker: its socket, its live output, what faulthandler writes, and its captured output.
SOCKET, STDOUT, STDERR, CRASH, CAPTURED_STDOUT, CAPTURED_STDERR = range(6)


@dataclass(frozen=True, slots=True)
class Serve:
    """Collect this suite; ``files``, relative to its directory, are those whose digests are asked for."""

    #: Modules are looked for in the suite's directory.
    is_searched: bool
    arguments: list[str]
    options: dict[str, Any]
    coverage: str
    addopts: str
    files: list[str]
    #: False where the process serves others after this run.
    may_exit: bool


@dataclass(frozen=True, slots=True)
class Found:
    """The digests of the files, empty for one that is missing; and the directory, as that machine has it."""

    directory: str
    digests: dict[str, str]


@dataclass(frozen=True, slots=True)
class Failed:
    """No worker can come from here, or no more."""

    reason: str


@dataclass(frozen=True, slots=True)
class Control:
    """A message between the host and the zygote, as a frame of the wire."""

    frame: bytes


@dataclass(frozen=True, slots=True)
class Chunk:
    """What a worker, or the host, has written; empty at the end of the stream."""

    worker: int
    stream: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Taken:
    """So many bytes of a stream have been handed on."""

    worker: int
    stream: int
    count: int


@dataclass(frozen=True, slots=True)
class Remains:
    """The last bytes of a file of a worker that is gone, and its whole size."""

    worker: int
    stream: int
    size: int
    tail: bytes


@dataclass(frozen=True, slots=True)
class Leave:
    """The run is over."""


@dataclass(frozen=True, slots=True)
class StillHere:
    """Nothing else was said for a while."""


Item = Union[  # noqa: UP007 - typing.get_args reads the union at run time on 3.10 too
    Serve, Found, Failed, Control, Chunk, Taken, Remains, Leave, StillHere
]

_BY_NAME: dict[str, type[Any]] = {kind.__name__: kind for kind in typing.get_args(Item)}


def to_tuple(item: Item) -> tuple[Any, ...]:
    """What execnet can send."""
    return (type(item).__name__, *(getattr(item, field.name) for field in fields(item)))


def from_tuple(data: Any) -> Item:
    """The item that was sent.

    Raises:
        ValueError: it is none; then the other side is not ours.
    """
    kind = _BY_NAME.get(data[0]) if isinstance(data, tuple) and data else None
    if kind is None or len(data) != len(fields(kind)) + 1:
        raise ValueError(f"what has come over the channel is no item: {repr(data)[:80]}")
    item: Item = kind(*data[1:])
    return item
