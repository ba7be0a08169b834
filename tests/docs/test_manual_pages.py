"""Every example of the tutorial, the how-to guides and the reference is run, and prints what the page shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from .manual_page import DOCS, HELD_ELSEWHERE, ManualPage, PageError, manual_pages, read_manual_page
from .shell import NOT_RUN, problems_of

PAGES = manual_pages()


@pytest.mark.parametrize("page", [page for page in PAGES if page.steps], ids=str)
def test_what_a_page_says_is_so(page: ManualPage, tmp_path: Path) -> None:
    found = problems_of(page, tmp_path)
    assert not found, "\n\n".join(found)


def test_what_is_not_run_is_there() -> None:
    commands = [command.text for page in PAGES for command in page.commands]
    assert [words for words in NOT_RUN if not any(words in command for command in commands)] == []


def test_what_is_held_elsewhere_is() -> None:
    for name, test in HELD_ELSEWHERE.items():
        assert f'"{Path(name).name}"' in (DOCS.parent / test).read_text()


_FALSE = """
```python title="test_a.py"
async def test_a(): ...
```

```console
$ pytest -q test_a.py
1 passed in 0.01s
$ pytest -q --isolated-loop
1 passed in 12.34s
$ echo $?
1
$ pytest --isolated-loop --no-such-option
$ frobnicate
$ pip install .
Successfully installed
```

```python title="test_a.py"
def test_b(): ...
```

```yaml
jobs:
  a: {steps: [{run: pytest -q no_such_file.py}]}
```
"""


def test_a_false_claim_is_found(tmp_path: Path) -> None:
    found = problems_of(read_manual_page("false.md", _FALSE), tmp_path)
    assert [each.splitlines()[0] for each in found] == [
        "false.md:6: `pytest -q test_a.py` does not print this",
        "false.md:6: `echo $?` does not print this",
        "false.md:6: `pytest --isolated-loop --no-such-option` ends with 4",
        "false.md:6: nobody runs `frobnicate`",
        "false.md:6: says what `pip install .` prints, and nobody runs it: "
        "needs a package index; tests/test_wheel.py installs",
        "false.md:23: `pytest -q no_such_file.py` ends with 4",
        "false.md:19: nobody runs test_a.py, version 2",
    ]


BAD = {
    "a file without a name": ("```python\nimport asyncio\n```", "a block of python is a file, and says which"),
    "a block of nothing": ("```\nimport asyncio\n```", "a block of nothing"),
    "another spelling": ("```py\nimport asyncio\n```", "a block of py"),
    "another attribute": ('```python name="a.py"\n```', "not ```LANGUAGE"),
    "another fence": ("~~~python\nimport asyncio\n~~~", "three backticks"),
    "an indented fence": ("  ```python\n  import asyncio\n  ```", "three backticks"),
    "a block by indentation": ("Text:\n\n    import asyncio\n", "a block needs fences"),
    "no end": ("```text\nimport asyncio\n", "has no end"),
    "output of nothing": ("```console\n1 passed\n```", "begins with `$ `"),
    "no YAML": ("```yaml\na: [\n```", "is no yaml"),
    "no JSON": ("```json\n{a: 1}\n```", "is no json"),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_block_that_nobody_could_run_is_an_error(fault: str) -> None:
    text, problem = BAD[fault]
    with pytest.raises(PageError, match=r"^a\.md") as caught:
        read_manual_page("a.md", text)
    assert problem in str(caught.value)
