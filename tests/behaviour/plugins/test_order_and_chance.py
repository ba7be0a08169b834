"""Plugins that decide which tests run, in which order, and with which chance: pytest-randomly, -order, -repeat."""

from __future__ import annotations

from ..conftest import Run, Suite
from .sides import AUTO, ONE, TWO, check_same

RANDOMLY = ("-p", "randomly")

#: Each test writes down what chance has given it, in each of its stages.
CHANCE = """
    import os, random
    import pytest

    def write_down(request, stage):
        with open(f"chance-{os.getpid() == int(os.environ['REPORT_LOG_PID'])}", "a") as file:
            file.write(f"{request.node.nodeid} {stage} {random.random()}\\n")

    @pytest.fixture
    def chance(request):
        write_down(request, "setup")
        yield
        write_down(request, "teardown")

    @pytest.mark.parametrize("number", range(4))
    async def test_function(chance, request, number):
        write_down(request, "call")

    class TestClass:
        async def test_one(self, chance, request):
            write_down(request, "call")

        def test_two(self, chance, request):
            write_down(request, "call")
"""


def _order(run: Run) -> list[str]:
    return [each["nodeid"] for each in run.reports if each["when"] == "setup"]


def _chance(suite: Suite) -> list[str]:
    """What chance has given, test by test; from either process, but not from both."""
    (file,) = suite.path.glob("chance-*")
    lines = sorted(file.read_text().splitlines())
    file.unlink()
    return lines


def test_randomly(any_suite: Suite) -> None:
    any_suite.write(test_a=CHANCE, test_b="async def test_b():\n    pass\n")

    def read(run: Run) -> tuple[list[str], list[str]]:
        return _order(run), _chance(any_suite)

    (order, chance), _ = check_same(any_suite, read, *RANDOMLY, "--randomly-seed=7", isolated=(TWO,))
    assert order != sorted(order)
    assert len({line.split()[-1] for line in chance}) == 18
    # A seed that was chosen by the run is that of every process.
    isolated = any_suite.run(*AUTO, *RANDOMLY, *ONE)
    found = read(isolated)
    again = any_suite.run_in_process(*AUTO, *RANDOMLY, "--randomly-seed=last")
    assert read(again) == found


def test_randomly_without_a_seed_for_each_test(suite: Suite) -> None:
    suite.write(test_a=CHANCE)
    arguments = (*AUTO, *RANDOMLY, *TWO, "--randomly-seed=7", "--randomly-dont-reset-seed")
    run = suite.run(*arguments)
    assert "isolated-loop: pytest-randomly: each isolated test starts with the seed of the run" in run.stdout
    chance = _chance(suite)
    # Each starts with the seed of the run; in process a test goes on where the one before it has stopped.
    assert len({line.split()[-1] for line in chance}) == 3
    suite.run(*arguments)
    assert _chance(suite) == chance


def test_repeat_and_order(suite: Suite) -> None:
    suite.write(
        test_a="""
            import pytest

            @pytest.mark.order(2)
            async def test_second():
                pass

            @pytest.mark.order(1)
            @pytest.mark.repeat(3)
            async def test_first(request):
                assert request.node.name != "test_first[2-3]"

            @pytest.mark.order(before="test_second")
            async def test_before():
                pass
        """
    )
    order, (_, run) = check_same(
        suite,
        _order,
        "-p",
        "repeat",
        "-p",
        "pytest_order",
        "--count=2",
        isolated=(ONE, (*TWO, "--repeat-scope=session")),
    )
    assert len(order) == 7
    assert run.outcomes == {"passed": 6, "failed": 1}
