"""What is told of fixtures that were set up for many tests."""

from __future__ import annotations

from isolated_async.telling.wide_fixtures import WideFixtures


def noted(*plain: list[object]) -> WideFixtures:
    fixtures = WideFixtures()
    fixtures.add([list(each) for each in plain])
    return fixtures


def test_only_further_setups_count() -> None:
    assert noted(["a", "session", 2, 1.98, ["[0]"]]).describe() == []
    assert noted(["a", "module", 3, 30.0, ["x[0]", "y[0]", "z[0]"]]).describe() == []
    (line,) = noted(["a", "session", 4, 2.0, ["[0]"]]).describe()
    assert line.startswith("session fixture 'a' was set up 4 times, in 2.0 s; in process once. ")


def test_the_dearest_first_and_three_of_them() -> None:
    lines = noted(*(["abcd"[number], "session", 10, 2.0 + number, ["[0]"]] for number in range(4))).describe()
    assert [line[17] for line in lines] == ["d", "c", "b"]


def test_hosts_are_added_up() -> None:
    fixtures = noted(["a", "class", 2, 1.0, ["x[0]"]])
    fixtures.add(noted(["a", "class", 3, 2.0, ["x[0]", "y[0]"]]).to_plain())
    assert fixtures.to_plain() == [["a", "class", 5, 3.0, ["x[0]", "y[0]"]]]
