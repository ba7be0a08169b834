"""What a test has printed, in every way of capturing it, when it dies or prints very much."""

from __future__ import annotations

from pathlib import Path

import pytest

from .fault import DIED_IN_CALL, FAILED, PASSED, VARIANTS, Fault, Variant, check, run_faults

_DIES = Fault(
    "dies",
    """
    import sys

    def setup_function(function):
        print("in setup " * 100)

    def test_fault():
        import os
        print("on stdout")
        print("on stderr", file=sys.stderr)
        if os.fork() == 0:
            # On its own copy of what is captured.
            print("of a child")
            os._exit(0)
        os.wait()
        print("at last")
        os.abort()
    """,
    DIED_IN_CALL,
    says=("killed by SIGABRT during call",),
)


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
@pytest.mark.parametrize("capture", ["fd", "sys", "tee-sys", "no"])
def test_what_a_dead_worker_has_printed(tmp_path: Path, variant: Variant, capture: str) -> None:
    outcome = run_faults(tmp_path, [_DIES], variant, f"--capture={capture}")
    check(_DIES, outcome)
    text = outcome.text("test_dies.py::test_fault")
    if capture != "no":
        # What the setup has printed is in its own report: it is not what was printed last.
        # The memory of a child is its own; a file is shared.
        of_a_child = "of a child\n" if capture == "fd" else ""
        sections = dict(outcome.reports["test_dies.py::test_fault"][-1]["sections"])
        assert sections["Captured stdout call"] == f"on stdout\n{of_a_child}at last\n"
        assert sections["Captured stderr call"] == "on stderr\n"
        assert text.count("in setup") == 100
    shown = {"fd": 1, "sys": 1, "tee-sys": 2, "no": 1}[capture]
    # No lines: Python writes those to stderr in pieces, and what comes through the other pipe may get in between.
    for words in ("on stdout", "on stderr", "at last"):
        assert outcome.output.count(words) == shown, outcome.output


_MUCH = 100_000_000

_MUCH_OUTPUT = Fault(
    "much_output",
    f"""
    def test_fault():
        import os
        for _ in range(100):
            os.write(1, (b"x" * 99 + b"\\n") * {_MUCH // 10_000})
        print("last")
    """,
    PASSED,
)


@pytest.mark.parametrize(("variant", "capture"), [(VARIANTS[0], "fd"), (VARIANTS[1], "no")], ids=str)
def test_much_output(tmp_path: Path, variant: Variant, capture: str) -> None:
    outcome = run_faults(tmp_path, [_MUCH_OUTPUT], variant, f"--capture={capture}")
    check(_MUCH_OUTPUT, outcome)
    if capture == "fd":
        *_, (_, shown) = outcome.reports["test_much_output.py::test_fault"][-1]["sections"]
    else:
        shown = outcome.output
    assert shown.count("x" * 99 + "\n") == _MUCH // 100
    assert shown.count("last\n") == 1


_LARGER_THAN_A_FRAME = Fault(
    "larger_than_a_frame",
    """
    def test_fault():
        print("first", "x" * 3_000_000, "last", sep="\\n")
        assert 0
    """,
    FAILED,
    says=("assert 0", "first\nxxx", "[isolated-async leaves out 1951436 characters here]", "xxx\nlast\n"),
    says_not=("please report",),
)


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_a_report_that_is_larger_than_a_frame(tmp_path: Path, variant: Variant) -> None:
    # The real limit is more memory than a test of ours may take.
    lower = "from isolated_async_workers.wire import framing\n\nframing.MAX_FRAME_BYTES = 2_500_000\n"
    (tmp_path / "conftest.py").write_text(lower)
    check(_LARGER_THAN_A_FRAME, run_faults(tmp_path, [_LARGER_THAN_A_FRAME], variant))


_WARNINGS = Fault(
    "warnings",
    """
    def test_fault():
        import warnings
        for number in range(10_000):
            warnings.warn(f"number {number}")
    """,
    PASSED,
)


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_ten_thousand_warnings(tmp_path: Path, variant: Variant) -> None:
    outcome = run_faults(tmp_path, [_WARNINGS], variant)
    check(_WARNINGS, outcome)
    assert "3 passed, 10000 warnings in" in outcome.output
    assert outcome.output.count("UserWarning: number ") == 10_000
