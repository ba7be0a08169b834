"""A suite of tests with every outcome, for the plugins that report them."""

from __future__ import annotations

OUTCOMES = """
    import asyncio, logging, sys, warnings
    import pytest

    @pytest.fixture
    def breaks_late():
        yield
        raise RuntimeError("late")

    @pytest.fixture
    def breaks_early():
        raise RuntimeError("early")

    async def test_passes(record_property):
        record_property("answer", 42)
        print("to stdout")
        print("to stderr", file=sys.stderr)
        logging.getLogger("here").warning("logged")

    async def test_fails():
        await asyncio.sleep(0)
        assert 0, "assert in the body"

    async def test_raises():
        raise RuntimeError("raised")

    async def test_skips():
        pytest.skip("found out late")

    @pytest.mark.skip(reason="not today")
    async def test_skipped():
        pass

    @pytest.mark.xfail(reason="known")
    async def test_xfails():
        assert 0

    @pytest.mark.xfail
    async def test_xpasses():
        pass

    async def test_error_at_teardown(breaks_late):
        pass

    async def test_error_at_setup(breaks_early):
        pass

    @pytest.mark.parametrize("number", [1, 2])
    async def test_parameter(number):
        assert number == 1

    async def test_warns():
        warnings.warn("careful")
"""
