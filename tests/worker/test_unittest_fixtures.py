"""The hooks of a TestCase, in the fixtures that pytest makes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

from isolated_async_workers.pytest_private_calls import wrap_unittest_fixture


def _fixture_of(setup: Callable[[], object], teardown: Callable[[], object]) -> Any:
    """As pytest makes it of ``setup_method`` and ``teardown_method``."""

    def fixture() -> Iterator[None]:
        setup()
        yield
        teardown()

    return SimpleNamespace(argname="_unittest_setup_method_fixture_Some", func=fixture)


def test_a_hook_is_driven_once_however_many_tests_of_a_group_have_it() -> None:
    driven: list[object] = []
    fixture = _fixture_of(lambda: "set up", lambda: "torn down")
    for _ in range(3):
        wrap_unittest_fixture(fixture, driven.append, lambda _: None)
    assert list(fixture.func()) == [None]
    assert driven == ["set up", "torn down"]
