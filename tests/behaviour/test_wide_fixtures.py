"""The end of the run names wide fixtures that were set up for many tests, and what that took; and no others."""

from __future__ import annotations

import re

from .conftest import Suite

CONFTEST = """
    import time
    import pytest
    from isolated_async import shared_fixture

    @pytest.fixture(scope="session")
    def dear():
        time.sleep(0.3)

    @pytest.fixture(scope="session")
    def cheap():
        pass

    @pytest.fixture
    def narrow():
        time.sleep(0.02)

    @shared_fixture(scope="session")
    def shared():
        time.sleep(1.05)
"""
TESTS = """
    import time
    import pytest

    @pytest.fixture(scope="module", params=["a", "b"])
    def of_module(request):
        time.sleep(0.35)

    @pytest.fixture(scope="module")
    def once(request):
        time.sleep(1.05)

    @pytest.mark.parametrize("number", range(5))
    async def test_session(dear, cheap, narrow, number): ...

    @pytest.mark.parametrize("number", range(3))
    async def test_module(of_module, number): ...

    async def test_that_alone(once): ...

    async def test_shared(shared): ...
"""


def told(output: str) -> list[str]:
    return [re.sub(r"[0-9.]+ s;", "_ s;", line) for line in output.splitlines() if " was set up " in line]


def test_dear_ones_are_told(suite: Suite) -> None:
    suite.write(conftest=CONFTEST, test_a=TESTS)
    of_session = (
        "isolated-loop: session fixture 'dear' was set up 5 times, in _ s; in process once. Shared "
        "(isolated_loop_shared_fixtures), it is set up once"
    )
    of_module = (
        "isolated-loop: module fixture 'of_module' was set up 6 times, in _ s; in process 2 times. With "
        '@isolated_loop(scope="module") its tests share a worker'
    )
    run = suite.run("--isolated-loop")
    assert run.outcomes == {"passed": 13}
    assert told(run.stdout) == [of_module, of_session]
    # The hosts that xdist starts have seen some of them each.
    assert told(suite.run("--isolated-loop", "-n", "2", "-k", "session").stdout) == [of_session]
    # What tests share, and what only one test needs, is set up as often as in process.
    assert told(suite.run("--isolated-loop", "-o", "isolated_loop_shared_fixtures=dear", "-k", "session").stdout) == []
