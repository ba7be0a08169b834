"""Everything that the doctor knows when it has looked."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Sequence
from importlib.metadata import version

from isolated_async_workers.wire.light_dataclass import dataclass

from .collected import Collected, collect
from .finding import Finding
from .rules import scan
from .sources import Sources
from .start_methods import StartMethod, try_start_methods


@dataclass(frozen=True, slots=True)
class Examination:
    """Of one suite, on this machine; ``versions`` are those of what takes part in every run."""

    versions: dict[str, str]
    start_methods: Sequence[StartMethod]
    suite: Collected
    findings: Sequence[Finding]


def examine(arguments: Sequence[str]) -> Examination:
    """Of the suite that these arguments of pytest stand for, in the current directory.

    Raises:
        NotCollected: there is none.
    """
    suite = collect(arguments)
    return Examination(_versions(), try_start_methods(), suite, scan(Sources(suite.modules, suite.with_tests)))


def _versions() -> dict[str, str]:
    return {
        "isolated-async": version("isolated-async"),
        "Python": ".".join(map(str, sys.version_info[:3])),
        "pytest": version("pytest"),
        "system": sysconfig.get_platform(),
    }
