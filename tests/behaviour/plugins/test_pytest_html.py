"""pytest-html: the same rows, with extras and metadata, and a row for a test whose worker has died."""

from __future__ import annotations

import html
import json
import re
from typing import Any

from ..conftest import Run, Suite
from .outcomes import OUTCOMES
from .sides import CRASHES, ONE, TWO, check_same

HTML = ("-p", "html", "-p", "html_fixtures", "-p", "metadata", "--html=out.html", "--self-contained-html")

EXTRAS = """
    import pytest
    import pytest_html

    async def test_extras(extras):
        extras.append(pytest_html.extras.url("https://example.com/", name="site"))
        extras.append(pytest_html.extras.json({"a": [1]}))
        extras.append(pytest_html.extras.text(b"in bytes"))
        extras.append(pytest_html.extras.html("<b>bold</b>"))

    async def test_no_extras():
        pass
"""
CONFTEST = """
    import pytest
    import pytest_html

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(item, call):
        report = (yield).get_result()
        report.note = f"noted of {item.name}"
        if report.when == "call":
            report.extras = [*getattr(report, "extras", []), pytest_html.extras.text("of the conftest")]

    def pytest_html_results_table_header(cells):
        cells.insert(2, "<th>Note</th>")

    def pytest_html_results_table_row(report, cells):
        cells.insert(2, f"<td>{getattr(report, 'note', 'nothing')}</td>")
"""


def _rows(suite: Suite) -> dict[str, list[Any]]:
    found = re.search(r'data-jsonblob="([^"]*)"', (suite.path / "out.html").read_text())
    assert found is not None
    rows: dict[str, list[Any]] = json.loads(html.unescape(found[1]))["tests"]
    for rows_of_test in rows.values():
        for row in rows_of_test:
            for name in ("duration", "startTime"):
                row.pop(name, None)
            row["resultsTableRow"] = [cell for cell in row["resultsTableRow"] if "col-duration" not in cell]
            row["log"] = re.sub(r"0x[0-9a-f]+", "0x0", row["log"])
    return rows


def _read(suite: Suite) -> tuple[dict[str, list[Any]], list[str]]:
    page = (suite.path / "out.html").read_text()
    counts = re.findall(r'<span class="(\w+)">(\d+ [^<]*)</span>', page)
    assert counts
    return _rows(suite), [f"{kind}: {text}" for kind, text in counts]


def test_rows(any_suite: Suite) -> None:
    any_suite.write(test_outcomes=OUTCOMES, test_extras=EXTRAS, conftest=CONFTEST)

    def read(run: Run) -> tuple[dict[str, list[Any]], list[str]]:
        return _read(any_suite)

    (rows, _), _ = check_same(any_suite, read, *HTML, isolated=(TWO,))
    assert len(rows["test_extras.py::test_extras"][0]["extras"]) == 5
    assert len(rows["test_outcomes.py::test_error_at_teardown"]) == 2


def test_the_row_of_a_crash(suite: Suite) -> None:
    suite.write(test_a=CRASHES)
    suite.run(*HTML, *ONE)
    rows, counts = _read(suite)
    (row,) = rows["test_a.py::test_crashes"]
    assert row["result"] == "Failed"
    assert "the worker process was killed by SIGSEGV during call" in row["log"]
    assert "failed: 1 Failed," in counts
