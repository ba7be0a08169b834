"""What a diagnosis asks of a pytest, and what that answers: each a file of JSON, written once and complete.

::

    diagnosis (host) -- N.probe --> prober (probing/): a fork of a pytest that has collected, or a pytest of its own
                    <-- N.probed --'
                    <-- suite.json -- the pytest that has collected: which tests there are, in which order
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .light_dataclass import dataclass

#: Environment variables: the directory of these files; the descriptor of the socket over which numbers of probes come;
#: the number of the one probe of a pytest that serves no others; the process that is served.
DIRECTORY, CONTROL, NUMBER, SERVED = (
    *("ISOLATED_ASYNC_PROBES", "ISOLATED_ASYNC_PROBES_CONTROL"),
    *("ISOLATED_ASYNC_PROBES_NUMBER", "ISOLATED_ASYNC_PROBES_SERVED"),
)
SUITE = "suite.json"
#: By which pytest loads what answers.
PLUGIN = "isolated_async_workers.probing.plugin"
#: How a test counts that has failed, in whichever stage.
FAILED = frozenset(("failed", "error"))

# Bound before any test runs: a test may replace what json and os are made of.
_encode = json.JSONEncoder(check_circular=False).encode
_decode_json = json.JSONDecoder().decode
_rename = os.replace


@dataclass(frozen=True, slots=True)
class Probe:
    """Run these tests, in this order, in a process that has run none.

    Attributes:
        tests: their names; the last one is the test that is asked about.
        limit_s: seconds within which the next test has to end.
        is_looked: tell what the tests before the last one have left behind, and do not run that.
        put_back: of what they have left, these pieces are put back before the last one.
        watched: pieces of which the line is wanted that changed them last; the last test is not run either.
        collected: arguments that say what is collected, in a pytest of its own; what is left behind is then what was
            not so before the collection. Empty: the suite is collected, before all else.
    """

    tests: tuple[str, ...]
    limit_s: float
    is_looked: bool = False
    put_back: tuple[str, ...] = ()
    watched: tuple[str, ...] = ()
    collected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Left:
    """One piece of state that is not as it was before the first test.

    Attributes:
        piece: its name, the same in each probe.
        kind: of state.
        what: what is so now, in words.
        can_be_put_back: a probe can do that.
        is_own: it is part of the suite's own code.
        place: where it was made, if that is known.
    """

    piece: str
    kind: str
    what: str
    can_be_put_back: bool
    is_own: bool
    place: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """The line that has changed a piece last.

    Attributes:
        file: empty if no line is known, but the test and its stage.
        through: the line of a library that was called from there, if that has done it.
    """

    piece: str
    test: str
    stage: str
    file: str = ""
    line: int = 0
    function: str = ""
    through: str = ""


@dataclass(frozen=True, slots=True)
class Probed:
    """What became of a probe.

    Attributes:
        outcome: of the last test: passed, failed, error, skipped, xfailed, xpassed, not run; or how its process has
            ended.
        died_at: the test at which the process ended, if it did before it was done.
        why: the first line of the failure.
        has_looked: what tests have left behind was looked at; False also where that ended the process.
        problem: why the tests were not run.
    """

    outcome: str
    died_at: str = ""
    why: str = ""
    left: tuple[Left, ...] = ()
    changes: tuple[Change, ...] = ()
    problem: str = ""
    has_looked: bool = False


@dataclass(frozen=True, slots=True)
class KnownTest:
    """One test of the suite.

    Attributes:
        name: its node id; the second of the same node id has ``(2)`` behind it.
        argument: by which pytest runs it from here.
        file: the argument of its file.
    """

    name: str
    argument: str
    file: str


@dataclass(frozen=True, slots=True)
class KnownSuite:
    """What was collected.

    Attributes:
        errors: a line for each part that could not be collected.
        named: those of the arguments of pytest that name tests.
        why_no_forks: why each probe needs a pytest of its own; empty if it needs none.
        shuffled: a plugin chooses the order anew for each run.
        in_order: arguments of pytest with which it keeps to the order in which tests are named.
    """

    tests: tuple[KnownTest, ...] = ()
    errors: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    why_no_forks: str = ""
    shuffled: bool = False
    in_order: tuple[str, ...] = ()


def write(path: str | Path, value: Probe | Probed | KnownSuite) -> None:
    """All of it, or nothing."""
    data = _encode(asdict(value)).encode("ascii")
    new = f"{path}.new"
    with open(new, "wb") as file:
        file.write(data)
    _rename(new, path)


def encode(value: Probed) -> bytes:
    """The same, for a pipe."""
    return _encode(asdict(value)).encode("ascii")


def _read(path: str | Path) -> dict[str, Any]:
    found: dict[str, Any] = _decode_json(Path(path).read_text(encoding="ascii"))
    return found


def _tuples(plain: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in plain.items()}


def read_probe(path: str | Path) -> Probe:
    """Raises OSError or ValueError: there is none."""
    return Probe(**_tuples(_read(path)))


def read_probed(path: str | Path) -> Probed:
    """Raises OSError or ValueError: there is none."""
    return decode(Path(path).read_bytes())


def decode(data: bytes) -> Probed:
    """Raises ValueError: it is none."""
    plain = _tuples(_decode_json(data.decode("ascii")))
    plain["left"] = tuple(Left(**each) for each in plain["left"])
    plain["changes"] = tuple(Change(**each) for each in plain["changes"])
    return Probed(**plain)


def read_suite(path: str | Path) -> KnownSuite:
    """Raises OSError or ValueError: there is none."""
    plain = _tuples(_read(path))
    plain["tests"] = tuple(KnownTest(**each) for each in plain["tests"])
    return KnownSuite(**plain)
