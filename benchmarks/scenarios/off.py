"""The plugin is installed, and nothing is isolated: does anyone pay for it?"""

from __future__ import annotations

from benchmarks.contenders import Contender
from benchmarks.environments import Environment
from benchmarks.scenario import Scenario, Target
from benchmarks.suites import Suite
from benchmarks.tools import IN_PROCESS_ENVIRONMENT, OURS_ENVIRONMENT

_SUITE = Suite(300)
_NOT_THERE, _OFF = "not installed", "installed, nothing isolated"


def _of(environment: Environment, name: str) -> tuple[Contender, ...]:
    def base(what: str) -> str:
        return "" if name == _NOT_THERE else f"{_NOT_THERE}: {what}"

    return (
        Contender(f"{name}: run", environment, _SUITE, (), "one process", base("run")),
        Contender(
            f"{name}: --collect-only", environment, _SUITE, ("--collect-only",), "collects", base("--collect-only")
        ),
        Contender(f"{name}: --help", environment, _SUITE, ("--help",), "helps", base("--help")),
    )


def _target(what: str) -> Target:
    return Target(
        f"{what}: times not installed",
        1.02,
        lambda measured: measured.ratios(f"{_OFF}: {what}", f"{_NOT_THERE}: {what}"),
        digits=3,
    )


SCENARIO = Scenario(
    name="off",
    question="What does the plugin cost where nothing is isolated?",
    contenders=(*_of(IN_PROCESS_ENVIRONMENT, _NOT_THERE), *_of(OURS_ENVIRONMENT, _OFF)),
    rounds=31,
    targets=tuple(_target(what) for what in ("run", "--collect-only", "--help")),
    reading="300 tests. What is compared are two environments, of which one has isolated-async, execnet and "
    "cloudpickle besides: pytest imports the plugin, as it does every one that is installed.",
)
