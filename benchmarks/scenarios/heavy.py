"""Suites whose imports weigh up to 300 MB: does a forked worker pay for what it does not use?"""

from __future__ import annotations

from dataclasses import replace

from benchmarks.contenders import Contender, fork_floor, with_collecting
from benchmarks.environments import Environment
from benchmarks.measured import Measured
from benchmarks.scenario import Scenario, Target
from benchmarks.suites import Suite
from benchmarks.tools import FORKED, IN_PROCESS, ISOLATED, OURS

_LIBRARIES = (
    "numpy==2.5.5",
    "pandas==3.1.1",
    "scipy==1.18.1",
    "scikit-learn==1.9.1",
    "SQLAlchemy==2.1.9",
    "matplotlib==3.11.2",
    "sympy==1.14.0",
    "statsmodels==0.15.0",
    "networkx==3.7",
    "fastapi==0.165.0",
    "aiohttp==3.14.5",
    "plotly==7.1.0",
)
_ENVIRONMENT = Environment("heavy", (*OURS, *_LIBRARIES), with_project=True)
_FORKED_ENVIRONMENT = Environment("heavy-pytest-forked", (*FORKED.environment.requirements, *_LIBRARIES))

_SOME = ("sqlalchemy.orm", "numpy", "pandas")
_MORE = (*_SOME, "scipy.stats", "sklearn.ensemble")
_ALL = (
    *(*_MORE, "matplotlib.pyplot", "scipy.signal", "sympy", "statsmodels.api"),
    *("networkx", "plotly.express", "fastapi", "aiohttp"),
)
_TESTS = 300
_SUITES = {
    "nothing": Suite(_TESTS),
    "some": Suite(_TESTS, imports=_SOME),
    "more": Suite(_TESTS, imports=_MORE),
    "all": Suite(_TESTS, imports=_ALL),
}

_IN_PROCESS = replace(IN_PROCESS, environment=_ENVIRONMENT, arguments=("-p", "no:isolated_async"))
_ISOLATED = replace(ISOLATED, environment=_ENVIRONMENT)
_FORKED = replace(FORKED, environment=_FORKED_ENVIRONMENT)
_FLOOR = "fork, exit, wait"


def _contenders() -> tuple[Contender, ...]:
    runs = [
        tool.on(suite, f"{tool.name}, {imports}", base="" if tool is _IN_PROCESS else f"{IN_PROCESS.name}, {imports}")
        for imports, suite in _SUITES.items()
        for tool in (_IN_PROCESS, _ISOLATED, _FORKED)
    ]
    floors = [fork_floor(_ENVIRONMENT, suite, f"{_FLOOR}, {imports}") for imports, suite in _SUITES.items()]
    return (*with_collecting(tuple(runs)), *floors)


def _private_mib(measured: Measured) -> list[float]:
    return [measured.entry(f"{ISOLATED.name}, all").checked["private_mib"]]


def series(measured: Measured) -> dict[str, list[tuple[float, list[float]]]]:
    """For the plot: for each tool, what the process of a test has in memory, and what a test costs, by round."""
    return {
        tool: [
            (
                measured.entry(f"{IN_PROCESS.name}, {imports}").checked["rss_mib"],
                measured.values(f"{tool}, {imports}", "fork_ms")
                if tool == _FLOOR
                else measured.per_test(f"{tool}, {imports}"),
            )
            for imports in _SUITES
        ]
        for tool in (IN_PROCESS.name, ISOLATED.name, FORKED.name, _FLOOR)
    }


SCENARIO = Scenario(
    name="heavy",
    question="What does a process a test cost, where the suite has imported much?",
    contenders=_contenders(),
    rounds=5,
    targets=(
        Target(
            "all imported, a test: times a bare fork, exit and wait, and the test in process",
            1.3,
            lambda measured: measured.floor_ratios(
                f"{ISOLATED.name}, all", f"{_FLOOR}, all", f"{IN_PROCESS.name}, all"
            ),
        ),
        Target("all imported: private MiB of a worker during its test", 15, _private_mib, digits=1),
    ),
    reading="300 tests that do nothing, in modules that import nothing more, *some* (SQLAlchemy, numpy, pandas), "
    "*more* (SciPy, scikit-learn) or *all* (Matplotlib, SymPy, statsmodels, NetworkX, Plotly, FastAPI, aiohttp). In "
    "process means: in the same environment, without the plugin. Threads for linear algebra are switched off for all "
    "(`OPENBLAS_NUM_THREADS=1`): with them, `import numpy` leaves a thread, and such modules are spawned, not forked.",
)
