"""A whole scenario, measured: with what is installed here, in the place of environments that are built."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.measured import read
from tests.inner_pytest import ON_REQUEST, without_costly_plugins

#: In a process of its own: what measures adopts orphans, and waits for every child.
_MEASURE = """
import sys
from dataclasses import replace
from pathlib import Path
from benchmarks.bench import Bench
from benchmarks.contenders import Contender, fork_floor
from benchmarks.environments import Environment, Environments
from benchmarks.scenario import Scenario
from benchmarks.suites import Suite

Environments.build = lambda self, environment: {"pytest": "of here"}
Environments.python = lambda self, environment: sys.executable
here, directory, plugins = Environment("here", ()), Path(sys.argv[1]), tuple(sys.argv[2:])
contenders = (
    Contender("ours", here, Suite(3), (*plugins, "--isolated-loop"), "a fork a test"),
    replace(fork_floor(here, Suite(3)), arguments=(*plugins, "--collect-only")),
    Contender("liar", here, Suite(3), (*plugins, "--isolated-loop-mode=off"), "a fork a test"),
)
bench = Bench(directory)
bench.measure(Scenario("s", "How long?", contenders[:2], 1), 1, "it").write(directory / "s.json")
bench.measure(Scenario("s", "How long?", contenders[2:], 1), 1, "it")
"""


def test_a_scenario_is_checked_and_measured(tmp_path: Path) -> None:
    plugins = (*ON_REQUEST, *without_costly_plugins(""))
    done = subprocess.run([sys.executable, "-c", _MEASURE, str(tmp_path), *plugins], stderr=subprocess.PIPE, text=True)
    measured = read(tmp_path / "s.json")
    ours, floor = measured.entries
    assert (ours.command[-15:], ours.checked["processes"], floor.checked) == ("--isolated-loop", 3, {})
    assert 0 < ours.checked["private_mib"] <= ours.checked["private_mib_most"] < ours.checked["tree_mib"]
    quantities = {"wall_s", "cpu_s", "peak_mib", "minor_faults", "summary_s"}
    assert [set(sample) for sample in measured.samples["ours"]] == [quantities]
    assert [set(sample) for sample in measured.samples[floor.name]] == [quantities | {"fork_ms"}]
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "liar: promises a fork a test; 3 tests ran in 1 processes, of which 0 are forks of pytest and 1 is pytest "
        "itself"
    )
