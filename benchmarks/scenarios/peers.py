"""Everybody: the same tests with each peer, in an environment of its own."""

from __future__ import annotations

from benchmarks.contenders import Contender, Tool, with_collecting
from benchmarks.measured import Measured
from benchmarks.scenario import Scenario
from benchmarks.suites import Suite
from benchmarks.tools import GROUPED, IN_PROCESS, ISOLATED, ISOLATED_2, PEERS, SPAWNED

_SUITE = Suite(300)
_FEW = Suite(20)
_GROUPS = Suite(300, scope="module")


def _on(tool: Tool) -> Contender:
    if tool is GROUPED:
        return tool.on(_GROUPS, base=IN_PROCESS.name)
    return tool.on(_FEW if tool.slow else _SUITE, base="" if tool is IN_PROCESS or tool.slow else IN_PROCESS.name)


_TOOLS = (IN_PROCESS, ISOLATED, ISOLATED_2, GROUPED, SPAWNED, *PEERS)


def costs(measured: Measured) -> dict[str, list[float]]:
    """For the plot: what a test costs with each tool, by round."""
    return {tool.name: measured.per_test(tool.name) for tool in _TOOLS}


SCENARIO = Scenario(
    name="peers",
    question="What does a test cost with each peer?",
    contenders=with_collecting(tuple(_on(tool) for tool in _TOOLS)),
    rounds=5,
    reading="Who starts an interpreter for each test runs 20 tests, everybody else 300. Each has the newest pytest "
    "that it works with. pytest-xdist does not isolate tests from each other; it is here because it is how suites are "
    "usually spread over processes.",
)
