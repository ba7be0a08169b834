"""What one scenario has come to, as raw data: what a JSON file holds, and what tables and plots are made of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.figures import pair_ratios, per_test_ms

#: Raised when files of an older format can no longer be read.
FORMAT = 1

#: What one run of one contender took, by quantity: ``wall_s``, ``cpu_s``, ``peak_mib`` (of the largest process),
#: ``minor_faults``, ``summary_s`` (what pytest says that it took), ``fork_ms`` (of the floor), ``value`` (of a
#: program).
Sample = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Entry:
    """A contender.

    Attributes:
        command: as one would type it.
        tests: 0 for a program.
        kind: in which processes the tests have run; for a program its unit.
        base, collected: names of other contenders, or nothing; see ``contenders.py``.
        checked: what the untimed check has found: ``processes`` (that ran tests), ``rss_mib`` and ``private_mib`` (of
            one of them, median), ``private_mib_most``, ``tree_mib`` (all processes together, the most that was seen),
            ``host_grew_mib`` and ``descriptors_grew`` (of the pytest process, while tests run).
    """

    name: str
    environment: str
    command: str
    tests: int
    kind: str
    base: str
    collected: str
    checked: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Measured:
    """One scenario, measured once.

    Attributes:
        others_cores: how many cores other work on the machine kept busy during the rounds.
    """

    scenario: str
    command: str
    date: str
    commit: str
    rounds: int
    others_cores: float
    machine: Mapping[str, str]
    environments: Mapping[str, Mapping[str, str]]
    entries: Sequence[Entry]
    samples: Mapping[str, Sequence[Sample]]

    def entry(self, name: str) -> Entry:
        """The contender of this name."""
        return next(each for each in self.entries if each.name == name)

    def values(self, name: str, quantity: str) -> list[float]:
        """What the contender took, by round."""
        return [sample[quantity] for sample in self.samples[name]]

    def per_test(self, name: str, quantity: str = "wall_s") -> list[float]:
        """What a test costs after collection, by round; thousandths of the quantity's unit."""
        entry = self.entry(name)
        return per_test_ms(self.values(name, quantity), self.values(entry.collected, quantity), entry.tests)

    def ratios(self, name: str, base: str, quantity: str = "wall_s") -> list[float]:
        """How many times what the base took, by round; of whole commands."""
        return pair_ratios(self.values(name, quantity), self.values(base, quantity))

    def per_test_ratios(self, name: str, base: str) -> list[float]:
        """How many times what a test costs with the base, by round."""
        return pair_ratios(self.per_test(name), self.per_test(base))

    def floor_ratios(self, name: str, floor: str, in_process: str) -> list[float]:
        """How many times what a bare fork and the test in process cost, by round; of what a test costs."""
        forks, tests = self.values(floor, "fork_ms"), self.per_test(in_process)
        return pair_ratios(self.per_test(name), [fork + test for fork, test in zip(forks, tests, strict=True)])

    def write(self, path: Path) -> None:
        """Write the file that ``read`` reads."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"format": FORMAT, **asdict(self)}, indent=1) + "\n")


def read(path: Path) -> Measured:
    """What a file holds.

    Raises:
        SystemExit: it is of another format.
    """
    data = json.loads(path.read_text())
    if not isinstance(data, dict) or data.pop("format", None) != FORMAT:
        raise SystemExit(f"{path} is no measurement of format {FORMAT}: measure again with benchmarks.compare")
    entries = tuple(Entry(**each) for each in data.pop("entries"))
    return Measured(entries=entries, **data)
