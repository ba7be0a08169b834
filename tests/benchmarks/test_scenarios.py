"""Every scenario: its contenders, its targets, and the page that comes of it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import compare, report
from benchmarks.bench import in_turn, limited
from benchmarks.contenders import Contender
from benchmarks.measured import read
from benchmarks.plots import PLOTS
from benchmarks.scenario import Scenario, Target
from benchmarks.scenarios.catalogue import SCENARIOS
from benchmarks.tables import results, targets
from tests.benchmarks.made_up import commands, entry, measured, of_scenario


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=lambda scenario: scenario.name)
def test_contenders_name_each_other_and_suites_have_places_of_their_own(scenario: Scenario) -> None:
    names = [each.name for each in scenario.contenders]
    assert len(names) == len(set(names))
    suites = {each.suite for each in scenario.contenders if isinstance(each, Contender)}
    assert len(suites) == len({suite.directory_name for suite in suites})
    for each in scenario.contenders:
        assert not each.base or each.base in names
        if isinstance(each, Contender) and each.collected:
            (collected,) = (other for other in scenario.contenders if other.name == each.collected)
            assert isinstance(collected, Contender)
            assert (collected.environment, collected.suite, collected.kind) == (
                each.environment,
                each.suite,
                "collects",
            )


def test_every_version_is_pinned() -> None:
    environments = {each.environment for scenario in SCENARIOS.values() for each in scenario.contenders}
    assert len(environments) == len({each.name for each in environments})
    for environment in environments:
        assert all(re.fullmatch(r"[\w-]+==[\w.]+", each) for each in environment.requirements)


def test_the_order_is_turned() -> None:
    assert [in_turn("abc", number) for number in range(4)] == [list("abc"), list("acb"), list("cab"), list("cba")]


def test_a_small_trial_has_at_most_so_many_tests() -> None:
    small = limited(SCENARIOS["many"], 100)
    sizes = {each.suite.tests for each in small.contenders if isinstance(each, Contender)}
    assert sizes == {10, 30, 100}


def test_a_target_is_held_against_the_median() -> None:
    made = measured(
        [entry("base", 10), entry("mine", 10, "base")],
        {"base": commands([1.0, 1.0, 1.0]), "mine": commands([1.5, 9.0, 1.0])},
    )
    target = Target("times base", 1.5, lambda each: each.ratios("mine", "base"))
    scenario = Scenario("s", "How long?", (), 3, targets=(target, replace(target, limit=1.49)))
    assert targets(scenario, made)[2:] == [
        "| times base | 1.5 | 1.50 (1.00-9.00) | reached |",
        "| times base | 1.49 | 1.50 (1.00-9.00) | **not reached** |",
    ]


def test_a_table_of_commands() -> None:
    made = measured(
        [entry("collect", 10), entry("base", 10, "", "collect"), entry("mine", 10, "base", "collect")],
        {"collect": commands([0.2] * 3), "base": commands([0.3] * 3), "mine": commands([0.6, 0.6, 0.9])},
    )
    assert results(made) == [
        "| contender | pytest | tests | run in | command, s | a test, ms | a test, CPU ms | a test, page faults "
        "| largest process, MiB | all processes, MiB | private to a test's process, MiB | command, times base |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        "| base | 9.2.0 | 10 | 10 forks | 0.30 | 10.00 | 5.00 | 100 | 40 | 60 | 5.0 | - |",
        "| mine | 9.2.0 | 10 | 10 forks | 0.60 (0.60-0.90) | 40.00 (40.00-70.00) | 20.00 | 400 | 40 | 60 | 5.0 "
        "| 2.00 (2.00-3.00) |",
    ]


def _write_all(directory: Path) -> None:
    for name, scenario in SCENARIOS.items():
        of_scenario(scenario).write(directory / f"{name}.json")


def test_the_page_is_made_of_the_raw_data(tmp_path: Path) -> None:
    _write_all(tmp_path)
    assert read(tmp_path / "leaks.json") == of_scenario(SCENARIOS["leaks"])
    page = report.report(tmp_path, has_plots=True)
    for name, scenario in SCENARIOS.items():
        assert page.count(f"\n## {name}\n\n{scenario.question}") == 1
        assert f"\n    python -m benchmarks.compare --scenario {name}\n" in page
        for target in scenario.targets:
            assert page.count(f"| [`{name}`](#{name}): {target.what} | {target.limit:g} |") == 1
        assert (f"](results/{name}.svg)" in page) == (name in PLOTS)
    # Everybody takes the same here: 2 ms a test.
    assert "times pytest-forked with pytest 8.4 | 0.5 | 1.00 | **not reached** |" in page
    assert "a test of 10,000: times a test of 300 | 1.1 | 1.00 | reached |" in page
    assert "| pytest-isolate (`pytest --isolate`) | limits the CPU time and memory of a test" in page
    assert "| sleep, warn | 100 ns | 1.00 |" in page
    # Of one test; the profile is of two.
    assert (
        "| `fork` | 2.50 | 1.50 | 450 | 2.50 | 1.50 | 450 |\n| `call` | 0.50 | 0.50 | 20 | 0.50 | 0.50 | 20 |" in page
    )
    assert "\n- `pytest -q --waiting`: in process; isolated-async; isolated-async, 2 workers\n" in page
    assert page.count("other work kept 0.25 cores busy meanwhile: **the times say little**.") == len(SCENARIOS)


def test_raw_data_that_cannot_be_read_say_so(tmp_path: Path) -> None:
    (tmp_path / "start.json").write_text('{"format": 0}')
    with pytest.raises(SystemExit, match=r"start\.json is no measurement of format 1: measure again"):
        report.report(tmp_path, has_plots=False)
    (tmp_path / "start.json").unlink()
    with pytest.raises(SystemExit, match=r"has no raw data: measure with benchmarks\.compare --results"):
        report.report(tmp_path, has_plots=False)


def test_plots_are_drawn_and_the_same_again(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="plots need the extra called benchmarks")
    _write_all(tmp_path)
    for name, (_, draw) in PLOTS.items():
        first, second = tmp_path / f"{name}.svg", tmp_path / f"{name}-again.svg"
        draw(read(tmp_path / f"{name}.json"), first)
        draw(read(tmp_path / f"{name}.json"), second)
        assert first.read_text().startswith("<?xml")
        assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--scenario", "trvial"], "invalid choice: 'trvial'"),
        (["--rounds", "0"], "'0' is not a whole number of at least 1"),
    ],
)
def test_bad_input_is_named(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        compare.main(arguments)
    assert message in capsys.readouterr().err


def test_the_list_names_every_scenario_and_target(capsys: pytest.CaptureFixture[str]) -> None:
    compare.main(["--list"])
    listed = capsys.readouterr().out
    for name, scenario in SCENARIOS.items():
        assert f"{name}: {scenario.question}" in listed
        assert all(f"at most {target.limit:g}: {target.what}" in listed for target in scenario.targets)
