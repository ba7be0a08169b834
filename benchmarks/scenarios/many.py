"""Ten thousand tests: does a test cost more, or the pytest process grow, the longer a run goes on?"""

from __future__ import annotations

from benchmarks.contenders import Contender, with_collecting
from benchmarks.measured import Measured
from benchmarks.scenario import Scenario, Target
from benchmarks.suites import Suite
from benchmarks.tools import FORKED, IN_PROCESS, ISOLATED

_SIZES = (10, 30, 100, 300, 1000, 3000, 10_000)
#: It takes a minute for more.
_MOST_FORKED = 1000


def _name(tool: str, tests: int) -> str:
    return f"{tool}, {tests}"


def _contenders() -> tuple[Contender, ...]:
    runs = [
        tool.on(
            Suite(tests),
            _name(tool.name, tests),
            base="" if tool is IN_PROCESS else _name(IN_PROCESS.name, tests),
        )
        for tests in _SIZES
        for tool in (IN_PROCESS, ISOLATED, FORKED)
        if tool is not FORKED or tests <= _MOST_FORKED
    ]
    return with_collecting(tuple(runs))


_MANY_IN_PROCESS = _name(IN_PROCESS.name, 10_000)
_MANY, _FEW = _name(ISOLATED.name, 10_000), _name(ISOLATED.name, 300)


def _grew_mib(measured: Measured, name: str) -> float:
    return measured.entry(name).checked["host_grew_mib"]


def series(measured: Measured) -> dict[str, list[tuple[float, list[float]]]]:
    """For the plot: for each tool, the number of tests, and what a test costs, by round."""
    return {
        tool: [
            (tests, measured.per_test(_name(tool, tests))) for tests in _SIZES if _name(tool, tests) in measured.samples
        ]
        for tool in (IN_PROCESS.name, ISOLATED.name, FORKED.name)
    }


SCENARIO = Scenario(
    name="many",
    question="Does a test cost more, the more tests there are?",
    contenders=_contenders(),
    rounds=3,
    targets=(
        Target(
            "a test of 10,000: times a test of 300",
            1.1,
            lambda measured: measured.per_test_ratios(_MANY, _FEW),
        ),
        Target(
            "10,000 tests: MiB by which the pytest process grows after collection, more than in process",
            30,
            lambda measured: [_grew_mib(measured, _MANY) - _grew_mib(measured, _MANY_IN_PROCESS)],
            digits=1,
        ),
        Target(
            "10,000 tests: open descriptors of the pytest process, more in the second half than in the first",
            0,
            lambda measured: [measured.entry(_MANY).checked["descriptors_grew"]],
            digits=0,
        ),
    ),
    reading="With few tests, what is paid once a run weighs more. The pytest process grows in any case: pytest keeps "
    "the reports of all tests.",
)
