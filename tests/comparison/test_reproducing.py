"""Sentences, commands and lanes of a report, without a browser."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from isolated_async.comparison.formats import FORMATS
from isolated_async.comparison.formats.wording import about_chance, cost, headline
from isolated_async.comparison.reproducing import Asked
from isolated_async.comparison.runs import Recorded, Run
from isolated_async.comparison.sides import SIDES

from .synthetic import many, named, of_sides


def test_a_test_takes_the_place_of_what_was_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ("-k", "tests", "-x", "tests", "a b/test_c.py::test_d")
    asked = Asked(arguments, "all", root=str(tmp_path.parent), chosen=("tests", "a b/test_c.py::test_d"))
    assert asked.suite_on("isolated") == (
        "python -m pytest -k tests -x tests 'a b/test_c.py::test_d' --maxfail=0 "
        "--isolated-loop-mode=all --isolated-loop-workers=1"
    )
    # An argument that follows an option may be its value: another one of the same text is rather what was chosen.
    assert Asked(("tests", "-k", "tests"), chosen=("tests",)).around_a_test("in-process") == (
        "python -m pytest ",
        " -k tests --isolated-loop-mode=off",
    )
    assert Asked(("-v", "tests"), chosen=("tests",)).around_a_test("in-process")[1] == " -v --isolated-loop-mode=off"
    assert asked.around_a_diagnosis[1] == " -- -k tests -x tests 'a b/test_c.py::test_d'"
    assert asked.path_of(f"{tmp_path.name}/test_a.py") == "test_a.py"
    assert asked.path_of("test_a.py") == os.path.join("..", "test_a.py")


def test_sentences() -> None:
    assert headline(many(3, differ=False)) == "All 3 tests end the same in process and isolated."
    assert headline(many(1, differ=False)) == "The one test ends the same in process and isolated."
    assert headline(named(["a", "b"])) == "2 of 2 tests fail in process and not isolated."
    both = named(["a", "b"], outcome=lambda at: ("failed", "skipped")[at])
    assert headline(both) == "1 of 2 tests fails in process and not isolated and 1 ends otherwise."
    assert cost(both) == "A test takes 500 ms longer isolated than in process."
    run = {"t": Recorded("passed", 0, 1, 1, False, "")}
    sides = {"in-process": 4.0, "isolated": 5.0, "xdist": 3.9995}
    three = of_sides({name: [Run(name, 1, run, 0, wall_s)] for name, wall_s in sides.items()})
    assert headline(three) == "The one test ends the same in process, isolated and xdist."
    assert cost(three) == "Compared with in process, a test takes 1000 ms longer (isolated) and 0.5 ms less (xdist)."
    assert cost(of_sides({name: [] for name in sides})) == ""
    assert about_chance(0.0285) == (
        "beyond chance: counts as uneven occur in 2.9% of comparisons where nothing is different"
    )
    assert about_chance(0.1).startswith("may be chance: counts as uneven occur in 10% ")


@pytest.mark.parametrize("format_", FORMATS)
def test_comparisons_of_next_to_nothing(format_: str) -> None:
    if FORMATS[format_].problem:
        pytest.skip(FORMATS[format_].problem)
    ended = Run("isolated", 1, {"a": Recorded("passed", 1, 1, 0, False, "")}, 0, 1.0, 1.0)
    several: list[dict[str, list[Run]]] = [
        {"in-process": [], "isolated": []},
        {"in-process": [Run("in-process", 1, {}, -9)], "isolated": [ended]},
        {"in-process": [ended], "isolated": [ended]},
        {name: [ended] for name in SIDES},
    ]
    for sides in several:
        report = FORMATS[format_].render(of_sides(sides))
        assert report
        assert "NaN" not in report
    assert headline(of_sides({"in-process": [], "isolated": []})) == "No test has ended."


def test_lanes() -> None:
    timeline = pytest.importorskip("isolated_async.comparison.formats.page.timeline")
    times = {"a": (0, 10), "b": (2, 4), "c": (3, 5), "d": (4, 6), "e": (10, 12), "f": (11, 12)}
    tests = {name: Recorded("passed", began, ended, 1, False, "") for name, (began, ended) in times.items()}
    (bars,) = timeline.timelines([Run("in-process", 1, tests)])
    lanes = {bar.told[0]: bar.lane for bar in bars}
    # One that ends makes room for one that begins at the same moment.
    assert lanes == {"a": 1, "b": 2, "c": 3, "d": 2, "e": 1, "f": 2}
    assert bars[0].told == "a: passed, 0.000 s to 10.000 s"
    shorts = {f"t{at}": Recorded("failed" if at == 7 else "passed", at, at + 0.9, 0.9, False, "") for at in range(5000)}
    (few,) = timeline.timelines(
        [Run("in-process", 1, {**shorts, "long": Recorded("passed", 5000, 5100, 1, False, "")})]
    )
    assert 100 < len(few) < 700
    assert few[0].outcome == "failed"
    assert few[0].told.startswith("8 tests, t0 first: 7 passed, 1 failed, 0.000 s to ")
    assert few[-1].told == "long: passed, 5000.000 s to 5100.000 s"
    assert timeline.timelines([Run("in-process", 1)]) == [[]]
