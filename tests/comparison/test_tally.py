"""What the runs of two sides say of each test."""

from __future__ import annotations

from dataclasses import replace

from isolated_async.comparison.formats.findings import findings
from isolated_async.comparison.formats.junit import as_junit
from isolated_async.comparison.formats.text import as_text
from isolated_async.comparison.formats.wording import headline
from isolated_async.comparison.runs import Recorded, Run
from isolated_async.comparison.tally import ENOUGH_RUNS, Pair, Tally, TestTally
from isolated_async.comparison.tally import tally as tally_of

_NO_DIFFERENCE = "No test ends otherwise."


def recorded(outcome: str, green: bool = False) -> Recorded:
    return Recorded(outcome, 1.0, 1.5, 0.5, green, "")


def _runs(side: str, *outcomes: dict[str, str], wall_s: float = 1.0) -> list[Run]:
    return [
        Run(side, number, {name: recorded(outcome) for name, outcome in each.items()}, 0, wall_s, wall_s)
        for number, each in enumerate(outcomes, 1)
    ]


def tally(first: list[Run], *others: list[Run]) -> Tally:
    return tally_of(dict(zip("abc", (first, *others), strict=False)))


def pair_of(test: TestTally) -> Pair:
    (pair,) = test.pairs
    return pair


def test_the_same() -> None:
    compared = tally(
        _runs("a", {"t": "passed"}, {"t": "passed"}), _runs("b", {"t": "passed"}, {"t": "passed"}, wall_s=3)
    )
    assert compared.of("same") == list(compared.tests)
    assert not compared.has_differences
    assert compared.sides[1].overhead_s == 2
    assert compared.sides[1].wall_s == 3


def test_another_usual_outcome_is_a_difference_however_few_the_runs() -> None:
    (test,) = tally(_runs("a", {"t": "failed"}), _runs("b", {"t": "passed"})).tests
    assert test.differs
    assert not pair_of(test).is_beyond_chance
    assert test.counts[0].describe() == "failed 1 of 1"


def test_beyond_chance() -> None:
    first = _runs("a", *[{"t": "failed"}] * 3, {"t": "passed"}, *[{"t": "failed"}] * 2)
    (test,) = tally(first, _runs("b", *[{"t": "passed"}] * 6)).tests
    assert test.differs
    assert pair_of(test).is_beyond_chance
    assert pair_of(test).is_flaky
    assert test.counts[0].describe() == "failed 5 of 6, passed 1 of 6"


def test_what_fails_more_often_beyond_chance_is_cured_or_revealed_whatever_it_does_usually() -> None:
    flaky = [*[{"t": "failed"}] * 8, *[{"t": "passed"}] * 12]
    fine = [{"t": "passed"}] * 20
    assert [tally(_runs("a", *flaky), _runs("b", *fine)).tests[0].kind] == ["cured"]
    assert [tally(_runs("a", *fine), _runs("b", *flaky)).tests[0].kind] == ["revealed"]
    # Errors are failures too: what is between failing and an error is no cure, and one failure of twenty may be chance.
    errors = [*[{"t": "error"}] * 8, *[{"t": "failed"}] * 12]
    assert tally(_runs("a", *errors), _runs("b", *[{"t": "error"}] * 20)).tests[0].kind == "different"
    skipped = [{"t": "failed"}, *[{"t": "skipped"}] * 19]
    assert tally(_runs("a", *skipped), _runs("b", *fine)).tests[0].kind == "different"


def test_how_many_tests_were_isolated_is_told_where_not_all_were() -> None:
    def run(side: str, *isolated: bool) -> Run:
        tests = {str(at): replace(recorded("passed"), isolated=each) for at, each in enumerate(isolated)}
        return Run(side, 1, tests, 0, 1.0, 1.0)

    def told(*isolated: bool) -> list[str]:
        sides = ("in-process", "isolated", "xdist")
        runs = {side: [run(side, *(each and side == "isolated" for each in isolated))] for side in sides}
        lines = as_text(tally_of(runs)).splitlines()
        return [line.partition(", 1 run")[0] for line in lines[:3]]

    assert told(True, False) == ["in-process  2 tests", "isolated    2 tests (1 isolated)", "xdist       2 tests"]
    assert told(False, False)[1] == "isolated    2 tests (0 isolated)"
    assert told(True, True)[1] == "isolated    2 tests"


def test_flaky_on_one_side_is_no_difference_as_long_as_chance_explains_it() -> None:
    (test,) = tally(_runs("a", *[{"t": "passed"}] * 2, {"t": "failed"}), _runs("b", *[{"t": "passed"}] * 3)).tests
    assert pair_of(test).is_flaky
    assert not test.differs


def test_a_test_that_one_side_does_not_have() -> None:
    compared = tally(_runs("a", {"t": "passed"}), _runs("b", {"t": "passed", "new": "passed"}))
    (test,) = compared.of("different")
    assert (test.node_id, test.counts[0].describe(), test.counts[1].describe()) == (
        "new",
        "never ended",
        "passed 1 of 1",
    )
    # Whatever it does where it is: flaky, or failing, it is lost on the other side, and not cured there.
    ends = {"flaky": "passed", "fails": "failed", "kept": "passed"}
    lost = tally(_runs("a", ends, {**ends, "flaky": "failed"}), _runs("b", *[{"kept": "passed"}] * 2))
    assert {test.node_id: test.kind for test in lost.tests} == {
        "flaky": "different",
        "fails": "different",
        "kept": "same",
    }
    assert lost.has_differences
    # Of two runs, only one was broken off: the whole one has not got it either.
    whole, broken_off = _runs("b", {"kept": "passed"}), Run("b", 2, {}, None)
    assert len(tally(_runs("a", ends), [*whole, broken_off]).of("different")) == 2


def test_what_was_broken_off_is_not_compared() -> None:
    ends = {"fine": "passed", "bad": "failed", "first": "passed"}
    # After Ctrl-C; where pytest has died; where some test has not ended, whatever the status says; not even begun.
    only_first = {"first": recorded("passed")}
    for second in (
        [Run("b", 1, only_first, None)],
        [Run("b", 1, only_first, -9)],
        [Run("b", 1, only_first, 1, collected=3)],
        [],
    ):
        compared = tally(_runs("a", ends), second)
        not_compared = [test.node_id for test in compared.of("uncompared")]
        assert not_compared == ["fine", "bad", "first"][: 2 if second else 3]
        assert not compared.has_differences
        assert (compared.is_partial, compared.sides[1].runs) == (True, 0)
        assert f"{len(not_compared)} of 3 tests are not compared." in headline(compared)
        lines = as_text(compared).splitlines()
        # What fails is told all the same.
        assert "fail a; not compared: a side was broken off before they ended: 1" in lines
        assert "        b: never ended" in lines
        assert f"not compared: a side was broken off before they ended: {len(not_compared) - 1}" in lines
        junit = as_junit(compared)
        assert f'failures="0" skipped="{len(not_compared)}"' in junit
        assert '<skipped message="fail a; not compared: ' in junit
        assert lines[-1] == "No test that ended on all sides ends otherwise."
    # It is the first one that was.
    assert tally([Run("a", 1, only_first, None)], _runs("b", ends)).tests[1].kind == "uncompared"
    both = tally([Run("a", 1, only_first, None)], [Run("b", 1, only_first, None)])
    assert headline(both) == "The one test that has ended ends the same a and b."
    # What is green without having run is known, whichever side has found that out.
    green = Run("c", 1, {"fine": recorded("passed", green=True)}, 0)
    assert tally(_runs("a", ends), [], [green]).tests[0].kind == "green"


def test_runs_that_were_broken_off_have_outcomes_and_no_time() -> None:
    broken_off = Run("b", 2, {"t": recorded("passed", green=True)}, None)
    compared = tally(_runs("a", {"t": "passed"}), [*_runs("b", {"t": "passed"}), broken_off])
    assert compared.sides[1].runs == 1
    assert compared.sides[1].wall_s == 1
    assert compared.tests[0].counts[1].runs == 2
    assert compared.of("green") == list(compared.tests)


def test_where_nothing_has_ended_nothing_is_called_the_same() -> None:
    compared = tally([Run("a", 1, {}, None)], [])
    assert as_text(compared) == ("a  0 tests, 0 runs (1 more broken off)\nb  0 tests, 0 runs\n\nNo test has ended.\n")
    assert compared.is_partial


def test_what_is_said_of_each() -> None:
    outcomes = {
        "same": ("passed", "passed"),
        "cured": ("failed", "passed"),
        "cured in set-up": ("error", "skipped"),
        "revealed": ("passed", "failed"),
        "different": ("failed", "error"),
        "different but fine": ("passed", "skipped"),
    }
    first = _runs("a", {name: ends for name, (ends, _) in outcomes.items()})
    compared = tally(first, _runs("b", {name: ends for name, (_, ends) in outcomes.items()}))
    assert {test.node_id: test.kind for test in compared.tests} == {name: name.split()[0] for name in outcomes}


def test_green_is_only_what_passes_there() -> None:
    flagged = Run("b", 1, {name: recorded("failed", green=True) for name in ("green", "red")}, 0)
    compared = tally(_runs("a", {"green": "passed", "red": "failed"}), [flagged])
    assert [test.node_id for test in compared.of("green")] == ["green"]
    assert [test.node_id for test in compared.of("same")] == ["red"]


def test_what_fails_and_passes_on_all_sides_is_told() -> None:
    ends = {"fails": "failed", "breaks": "error", "passes": "passed", "too": "passed", "skips": "skipped"}
    two = tally(_runs("a", ends), _runs("b", ends))
    lines = as_text(two).splitlines()
    assert lines[-6:] == [
        "fail on both sides: 2",
        "    fails",
        "    breaks",
        "pass on both sides: 2",
        "",
        _NO_DIFFERENCE,
    ]
    assert headline(two) == "All 5 tests end the same a and b. 2 fail on both sides."
    three = tally(*(_runs(side, {**ends, **dict.fromkeys(map(str, range(15)), "failed")}) for side in "abc"))
    lines = as_text(three).splitlines()
    assert "fail on all sides: 17" in lines
    # They are told, and not all of them: it is the differences that the report is about.
    assert lines[lines.index("pass on all sides: 2") - 1] == "    and 7 more"
    cured = tally(_runs("a", {"t": "failed", "u": "failed"}), _runs("b", {"t": "passed", "u": "failed"}))
    assert "fail on both sides: 1" in as_text(cured).splitlines()
    assert headline(cured) == "1 of 2 tests fails a and not b. 1 fails on both sides."
    green = tally(_runs("a", {"t": "passed"}), _runs("b", {"t": "passed"}))
    assert "fail" not in as_text(green)


def test_what_may_be_chance_names_the_runs_that_would_tell() -> None:
    first, second = {"t": "failed", "green": "passed"}, {"t": "passed", "green": "failed"}
    known = Run("b", 4, {"green": recorded("failed", green=True)}, 0)
    few = tally(_runs("a", *[first] * 3), [*_runs("b", *[second] * 3), known])
    # Of what is green without having run, no number of runs is in doubt.
    closing = "1 of these differences may be chance: too few runs to rule that out. Use --runs=4."
    assert closing in as_text(few).splitlines()
    enough = tally(_runs("a", *[first] * ENOUGH_RUNS), [*_runs("b", *[second] * ENOUGH_RUNS), known])
    assert "chance" not in as_text(enough)
    # Some runs were broken off before they came to it: there were enough, and they are too few all the same.
    broken_off = tally(_runs("a", *[first] * 4), [*_runs("b", *[second] * 2), known])
    assert as_text(broken_off).splitlines()[-1].endswith("too few runs to rule that out. More of them would tell.")


def test_evenly_mixed_outcomes_are_no_difference_in_whatever_order_they_came() -> None:
    first = _runs("a", {"t": "passed"}, {"t": "failed"}, {"t": "passed"}, {"t": "failed"})
    for second in ({"t": "failed"}, {"t": "passed"}), ({"t": "failed"}, {"t": "failed"}, {"t": "passed"}):
        (test,) = tally(first, _runs("b", *second)).tests
        assert test.kind == "flaky"
        assert not test.differs


def test_a_side_that_has_not_begun_has_its_name() -> None:
    compared = tally(_runs("a", {"t": "passed"}), [])
    assert (compared.sides[1].name, compared.sides[1].runs) == ("b", 0)


def test_several_sides_are_each_compared_with_the_first() -> None:
    compared = tally(
        _runs("a", {"t": "passed", "u": "failed", "v": "passed"}),
        _runs("b", {"t": "passed", "u": "passed", "v": "passed"}, wall_s=2),
        _runs("c", {"t": "failed", "u": "passed", "v": "passed"}, wall_s=4),
    )
    t, u, v = compared.tests
    assert [pair.kind for pair in t.pairs] == ["same", "revealed"]
    assert (t.kind, u.kind, v.kind) == ("revealed", "cured", "same")
    assert (t.is_worth_a_failure, v.is_worth_a_failure) == (True, False)
    assert [side.overhead_s for side in compared.sides] == [0, 1 / 3, 1]
    assert {title: [test.node_id for test in tests] for title, tests in findings(compared).items()} == {
        "fail c, and not a": ["t"],
        "fail a, and not b or c": ["u"],
    }
