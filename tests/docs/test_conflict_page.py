"""What a page may not do: above all, have an example that nobody runs."""

from __future__ import annotations

import pytest

from .conflict_page import GREEN, PageError, read_page
from .test_conflict_pages import prints, with_evidence

_GOOD = """\
Text.

```text
RuntimeError: ...
```

```python
# test_a.py, plain pytest
# in process: 1 failed, 2 green without running, "This event loop is already running"
#     "and more"
# isolated, --isolated-loop-timeout=1, -p no:asyncio: 1 error
# isolated: hangs
def test_a(): ...
```
"""


def test_reads_the_head_of_an_example() -> None:
    page = read_page("a.md", _GOOD)
    (example,) = page.examples
    in_process, isolated, hanging = example.endings
    assert (example.name, example.runner, example.where) == ("test_a.py", "plain pytest", "a.md:7")
    assert in_process.counts == {"failed": 1, GREEN: 2}
    assert in_process.quotes == ("This event loop is already running", "and more")
    assert (isolated.counts, isolated.arguments) == ({"errors": 1}, ("--isolated-loop-timeout=1", "-p", "no:asyncio"))
    assert hanging.hangs
    assert page.messages == ("RuntimeError: ...",)


_HEAD = "# test_a.py, plain pytest\n# in process: 1 passed\n# isolated: 1 passed\n"
BAD = {
    "no head": ("```python\nimport asyncio\n```", "first line is not"),
    "an empty block": ("```python\n```", "first line is not"),
    "no runner": ("```python\n# test_a.py\n```", "first line is not"),
    "an unknown runner": (f"```python\n{_HEAD.replace('plain pytest', 'nose')}```", "not 'nose'"),
    "one side only": (f"```python\n{_HEAD.replace('# isolated: 1 passed', '')}```", "does not say how it ends"),
    "an unknown side": (f"```python\n{_HEAD}# elsewhere: 1 passed\n```", "# elsewhere"),
    "an unknown outcome": (f"```python\n{_HEAD.replace('1 passed', '1 great')}```", "'great' is none of"),
    "an outcome in prose": (f"```python\n{_HEAD.replace('1 passed', 'passes')}```", "not understood: 'passes'"),
    "no outcome": (f"```python\n{_HEAD.replace('1 passed', chr(34) + 'quote' + chr(34))}```", "neither how many"),
    "a block of nothing": ("```\nimport asyncio\n```", "a block of nothing"),
    "another spelling": ("```py\nimport asyncio\n```", "a block of py"),
    "another fence": ("~~~python\nimport asyncio\n~~~", "three backticks"),
    "an indented fence": ("  ```python\n  import asyncio\n  ```", "three backticks"),
    "a block by indentation": ("Text:\n\n    import asyncio\n", "a block needs fences"),
    "no end": ("```text\nimport asyncio\n", "has no end"),
    "the same name twice": (f"```python\n{_HEAD}```\n```python\n{_HEAD}```", "the same name"),
    "a script beside nothing": (
        f"```python\n{_HEAD.replace('plain pytest', 'run by python next to test_b.py')}```",
        "no test_b.py",
    ),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_block_that_would_not_run_is_an_error(fault: str) -> None:
    text, problem = BAD[fault]
    with pytest.raises(PageError, match=r"^a\.md") as caught:
        read_page("a.md", text)
    assert problem in str(caught.value)


def test_the_evidence_is_in_the_body() -> None:
    assert with_evidence("async def test_a():\n    async with x:\n        pass\n\ndef test_b(): assert f()\n") == (
        "async def test_a():\n    __import__('evidence').body()\n    async with x:\n        pass\n\n"
        "def test_b(): __import__('evidence').body(); assert f()\n"
    )


def test_dots_stand_for_anything_on_the_line() -> None:
    assert prints("E  Task <Task 1> got Future", "Task ... got Future")
    assert not prints("Task\ngot Future", "Task ... got Future")
