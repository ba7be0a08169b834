"""What the doctor finds: a place in the suite's code, and what is known of its kind."""

from __future__ import annotations

from isolated_async_workers.wire.light_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of loop conflict that can be seen in code.

    Attributes:
        name: by which it is told and filtered.
        title: what the code does.
        in_process: how that ends in process.
        isolated: how it ends isolated.
        mend: what to change.
        page: of docs/conflicts, without its ending.
    """

    name: str
    title: str
    in_process: str
    isolated: str
    mend: str
    page: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One place.

    Attributes:
        path: of the file, as it was found.
        line: from 1.
        column: from 1.
        text: what is there, by its names.
    """

    kind: Kind
    path: str
    line: int
    column: int
    text: str
