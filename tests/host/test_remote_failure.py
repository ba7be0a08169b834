"""What results of ``unittest`` make of a worker's exception: the worker's own text, whatever it is."""

from __future__ import annotations

import traceback

import pytest

from isolated_async.unittest_host.remote_failure import remote_failure

PLAIN = 'Traceback (most recent call last):\n  File "/src/test_a.py", line 3, in test\nAssertionError: 1 != 2\n'
GROUP = "  + Exception Group Traceback (most recent call last):\n  | ExceptionGroup: two (2 sub-exceptions)\n  +----\n"


class Demanding(AssertionError):
    def __init__(self, one: object, two: object) -> None:
        raise OSError("not without arguments")


@pytest.mark.parametrize(
    ("text", "message", "own_text"),
    [
        (PLAIN, "1 != 2", "1 != 2"),
        (PLAIN + "\nisolated-loop: why\nbecause\n", "1 != 2", ""),
        (GROUP, "two (2 sub-exceptions)", ""),
        (PLAIN.replace("1 != 2", "one\ntwo: three"), "one\ntwo: three", "one\ntwo: three"),
        ("KeyError\n", "", ""),
        ("the worker process exited with status 0 during call", "", ""),
    ],
)
@pytest.mark.parametrize("kind", [Exception, AssertionError, Demanding])
def test_it_is_shown_as_the_text(text: str, message: str, own_text: str, kind: type[Exception]) -> None:
    made, error, trace = remote_failure(text, "AssertionError", message, kind)
    assert "".join(traceback.format_exception(made, error, trace)).rstrip("\n") == text.rstrip("\n")
    assert (made.__name__, str(error), isinstance(error, kind)) == ("AssertionError", own_text, True)


@pytest.mark.parametrize("name", ["", "no name", "nul\0", "\ud800"])
def test_a_name_that_no_class_can_have(name: str) -> None:
    made, _, _ = remote_failure("text", name)
    assert made.__name__ == "Exception"
