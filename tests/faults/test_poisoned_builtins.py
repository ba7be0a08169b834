"""A test that patches the built-in functions and leaves them patched: pytest stumbles, and says over what."""

from __future__ import annotations

import pytest

from .fault import DIED_IN_CALL, FAILED, PASSED, Fault, Outcome, check

#: What a test that leaves it patched gets, and what one that then fails gets.
VERDICTS = {
    "open": (PASSED, FAILED),
    "print": (PASSED, FAILED),
    "getattr": (PASSED, FAILED),
    "repr": (PASSED, FAILED),
    "__import__": (PASSED, FAILED),
    "super": (PASSED, FAILED),
    "type": (PASSED, FAILED),
    # Pytest stumbles over it where it ends the call of the test that has passed.
    "len": (FAILED, FAILED),
    # Without this one, pytest cannot even say that a test has failed.
    "isinstance": (PASSED, DIED_IN_CALL),
}


def says(name: str, reports: tuple[tuple[str, str], ...], *others: str) -> tuple[str, ...]:
    stopped = f"pytest could not go on during call: the test left builtins.{name} patched"
    return (*others, stopped) if reports == DIED_IN_CALL else others


FAULTS = [
    *(
        Fault(
            name,
            f"""
            import builtins

            def test_fault():
                builtins.{name} = None
            """,
            passing,
            says=says(name, passing),
        )
        for name, (passing, _) in VERDICTS.items()
    ),
    *(
        Fault(
            f"{name}_and_fails",
            f"""
            import builtins

            def test_fault():
                builtins.{name} = None
                raise ValueError("the reason")
            """,
            failing,
            says=says(name, failing, "ValueError: the reason"),
        )
        for name, (_, failing) in VERDICTS.items()
    ),
    Fault(
        "exception_and_fails",
        """
        import builtins

        def test_fault():
            builtins.Exception = None
            raise ValueError("the reason")
        """,
        DIED_IN_CALL,
        says=says("Exception", DIED_IN_CALL),
    ),
    Fault(
        "open_in_a_fixture",
        """
        import builtins, pytest

        @pytest.fixture
        def patched(monkeypatch):
            monkeypatch.setattr(builtins, "open", None)
            monkeypatch.setattr(builtins, "print", lambda *arguments: None)
            yield
            assert open is None

        async def test_fault(patched):
            assert open is None
            raise ValueError("the reason")
        """,
        # What is patched stays so until the test's own finalizers have run.
        FAILED,
        says=("ValueError: the reason",),
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_poisoned_builtins(fault: Fault, outcome: Outcome) -> None:
    check(fault, outcome)
