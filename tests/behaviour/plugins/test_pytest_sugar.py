"""pytest-sugar: its terminal is fed by the host's reports, and counts every test, a crashed one too."""

from __future__ import annotations

import re

from ..conftest import Run, Suite
from .outcomes import OUTCOMES
from .sides import CRASHES, ONE, TWO, check_same

SUGAR = ("-p", "sugar", "--force-sugar")


def _terminal(run: Run) -> str:
    text = re.sub(r"\x1b[^m]*m", "", run.stdout)
    text = re.sub(r"isolated-loop: .*\n", "", text)
    text = re.sub(r"Results \(.*\):", "Results:", text)
    return re.sub(r"0x[0-9a-f]+|pytest-\d+", "", text)


def test_the_terminal(any_suite: Suite) -> None:
    any_suite.write(test_outcomes=OUTCOMES)
    text, _ = check_same(any_suite, _terminal, *SUGAR, isolated=(TWO,))
    assert "✓" in text
    assert "100%" in text


def test_a_crash(suite: Suite) -> None:
    suite.write(test_a=CRASHES + "\n    async def test_passes():\n        pass\n")
    run = suite.run(*SUGAR, *ONE)
    text = _terminal(run)
    assert "the worker process was killed by SIGSEGV during call" in text
    assert "1 passed" in text
    assert "1 failed" in text
    assert "100%" in text
