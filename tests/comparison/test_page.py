"""The HTML page of a comparison, in a real browser: what is there, what it does, and for whom it can be used."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from isolated_async.commands import _COMMANDS
from isolated_async.comparison.formats import FORMATS
from isolated_async.comparison.runs import Recorded, Run
from isolated_async.comparison.tally import Tally

from ..inner_pytest import FEWEST_PLUGINS, environment
from .browser import Visit, browser, chromium
from .synthetic import HOSTILE, many, named, of_sides

if TYPE_CHECKING:
    from playwright.sync_api import Browser

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the extra browser is not installed")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not chromium(), reason="no Chromium: scripts/browser installs it"),
    pytest.mark.skipif(bool(FORMATS["html"].problem), reason=FORMATS["html"].problem),
]

Open = Callable[..., Visit]


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def three_hundred() -> Tally:
    return many(300)


@pytest.fixture(scope="module")
def usual(three_hundred: Tally, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of 300 tests, for all that only looks at it."""
    return _write(tmp_path_factory.mktemp("usual"), three_hundred)


@pytest.fixture
def look(chrome: Browser) -> Iterator[Open]:
    """Opens a page, and checks when the test is over that it was quiet and has asked nobody for anything."""
    visits: list[Visit] = []

    def look(page: Path, theme: str = "light", width: int = 1200) -> Visit:
        context = chrome.new_context(
            color_scheme="dark" if theme == "dark" else "light", viewport={"width": width, "height": 800}, offline=True
        )
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        visits.append(Visit(context, page))
        return visits[-1]

    yield look
    for visit in visits:
        assert visit.complaints == []
        assert all(url.startswith(("file:", "data:")) for url in visit.requests), visit.requests
        visit.context.close()


def _write(directory: Path, compared: Tally) -> Path:
    page = directory / "page.html"
    page.write_text(FORMATS["html"].render(compared), encoding="utf-8")
    return page


@pytest.mark.parametrize(("theme", "width"), [("light", 1200), ("dark", 390)])
def test_it_can_be_used_by_everybody(look: Open, usual: Path, theme: str, width: int) -> None:
    visit = look(usual, theme, width)
    visit.page.click("[data-kind=cured]")
    visit.page.click(".open >> nth=0")
    visit.page.hover("#timeline [role=graphics-symbol] >> nth=0")
    found = axe.Axe().run(visit.page)
    assert found.violations_count == 0, found.generate_report()
    # Nothing but what scrolls by itself is wider than the window.
    assert visit.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_filter_sort_and_details(look: Open, three_hundred: Tally, usual: Path) -> None:
    cured = three_hundred.of("cured")
    visit = look(usual)
    page = visit.page
    assert visit.text("#number") == "300 tests, the first 100 are shown"
    assert page.locator("#rows tr").count() == 100
    page.click("#more")
    assert page.locator("#rows tr").count() == 200
    assert visit.focused("element.closest('tr').rowIndex") == 101
    page.click("[data-kind=cured]")
    assert visit.text("#number") == f"{len(cured)} of 300 tests"
    names = [
        f"{file}::{name}" for file, name in zip(visit.texts(".open .file"), visit.texts(".open .name"), strict=True)
    ]
    assert names == [test.node_id for test in cured]
    assert "fails in process, and not on another side" in visit.text("#meaning")
    page.click("[data-sort=time]")
    assert page.get_attribute("th:has([data-sort=time])", "aria-sort") == "descending"
    times = [float(text.split()[0]) for text in visit.texts("#rows td:nth-of-type(4)")]
    assert times == sorted(times, reverse=True)
    page.click("[data-sort=time]")
    assert [float(text.split()[0]) for text in visit.texts("#rows td:nth-of-type(4)")] == times[::-1]
    page.fill("#text", cured[0].node_id.upper())
    assert visit.text("#number") == "1 of 300 tests"
    page.click(".open")
    detail = visit.text(".detail")
    assert "failed 3 of 3" in detail
    assert cured[0].counts[0].why in detail
    assert "may be chance: counts as uneven occur in 10% of comparisons where nothing is different" in detail
    page.click(".open")
    assert page.locator(".detail").count() == 0
    page.select_option("#outcome", "s")
    assert visit.text("#number") == "0 of 300 tests"


def test_what_is_not_doubtful_is_not_called_so(look: Open, tmp_path: Path) -> None:
    ends = {name: Recorded("passed", 1, 2, 1, False, "") for name in ("flaky", "green", "missing", "not_ended")}
    isolated = {name: replace(end, isolated=True) for name, end in ends.items() if name.startswith(("flaky", "green"))}
    failed = replace(isolated["flaky"], outcome="failed")
    runs = {
        "in-process": [Run("in-process", 1, ends, 0), Run("in-process", 2, {**ends, "flaky": failed}, 1)],
        "isolated": [Run("isolated", 1, {**isolated, "green": replace(isolated["green"], green=True)}, 0)],
        "spawn": [Run("spawn", 1, isolated, None)],
    }
    runs["isolated"][0].tests["not_ended"] = ends["not_ended"]
    visit = look(_write(tmp_path, of_sides(runs)))
    details = {}
    for at, name in enumerate(visit.texts(".open .file")):
        visit.page.click(f".open >> nth={at}")
        details[name] = visit.text(".detail")
        visit.page.click(f".open >> nth={at}")
    assert details.keys() == ends.keys()
    assert [name for name, detail in details.items() if "chance: counts" in detail] == ["flaky"]
    assert "It is not compared: a side was broken off before it ended." in details["not_ended"]
    assert "It ends otherwise in another way." in details["missing"]
    assert visit.texts("table.suite td:nth-of-type(1)") == ["4", "3 (2 isolated)", "2"]


def test_with_the_keyboard_alone(look: Open, usual: Path) -> None:
    visit = look(usual)
    keyboard = visit.page.keyboard
    keyboard.press("Tab")
    assert visit.focused("element.className") == "skip"
    keyboard.press("Enter")
    # Kinds, the name, the outcome, the table itself, its heads, its rows.
    assert visit.focused("element.id") == "tests"
    keyboard.press("Tab")
    keyboard.press("Tab")
    keyboard.press("Space")
    assert visit.focused("element.dataset.kind") == "revealed"
    assert visit.focused("getComputedStyle(element).outlineStyle") == "solid"
    while visit.focused("element.id") != "text":
        keyboard.press("Tab")
    keyboard.type("tests/")
    while visit.focused("element.dataset.sort") != "name":
        keyboard.press("Tab")
    keyboard.press("Enter")
    assert visit.focused("element.closest('th').ariaSort") == "ascending"
    while visit.focused("element.className") != "open":
        keyboard.press("Tab")
    keyboard.press("Enter")
    assert visit.focused("element.ariaExpanded") == "true"
    keyboard.press("Tab")
    keyboard.press("Enter")
    visit.page.locator("#said:text-is('Copied')").wait_for(state="attached")
    assert visit.copied() == visit.page.evaluate("document.querySelector('.detail .commands code').textContent")
    while not visit.focused("element.closest('#timeline') && element.getAttribute('role') === 'graphics-symbol'"):
        keyboard.press("Tab")
    first = visit.text("#tip")
    keyboard.press("ArrowRight")
    assert visit.text("#tip") == visit.focused("element.getAttribute('aria-label')") != first
    keyboard.press("Escape")
    assert not visit.page.is_visible("#tip")


def test_themes(look: Open, usual: Path) -> None:
    colors = {}
    for theme in ("light", "dark"):
        visit = look(usual, theme)
        background = "getComputedStyle(document.body).backgroundColor"
        colors[theme] = visit.page.evaluate(background)
        pressed = visit.page.get_attribute("#theme", "aria-pressed")
        assert pressed == str(theme == "dark").lower()
        visit.page.click("#theme")
        other = visit.page.evaluate(background)
        # A chart has it as well, and so has the page when it is opened again.
        bar = "getComputedStyle(document.querySelector('.summary [role=graphics-symbol]')).fill"
        assert visit.page.evaluate(bar) == ("rgb(82, 197, 142)" if theme == "light" else "rgb(27, 122, 75)")
        visit.page.reload()
        assert visit.page.evaluate(background) == other != colors[theme]
    assert colors["light"] != colors["dark"]


def test_names_that_want_to_be_more(look: Open, tmp_path: Path) -> None:
    why = "</script><script>alert(3)</script>\x00\ud800\N{PILE OF POO}" + "\u2028" * 9
    visit = look(_write(tmp_path, named(HOSTILE, why)))
    shown = [f"{file}::{name}" for file, name in zip(visit.texts(".file"), visit.texts(".name"), strict=True)]
    as_text = visit.page.evaluate("[...document.querySelectorAll('.open .name')].map(each => each.textContent)")
    assert len(shown) == len(HOSTILE)
    for told, node_id in zip(as_text, HOSTILE, strict=True):
        if any(odd in node_id for odd in ("\udcff", "\u202e", "\x85")):
            assert "\N{REPLACEMENT CHARACTER}" in told
        else:
            assert f"test_a.py::{told}" == node_id
    for at, node_id in enumerate(HOSTILE):
        visit.page.click(f".open >> nth={at}")
        is_shown = "\N{REPLACEMENT CHARACTER}" not in as_text[at]
        # What cannot be copied has no command.
        assert visit.page.locator(".detail .copy").count() == (3 if is_shown else 0)
        if is_shown:
            command = visit.page.evaluate("document.querySelector('.detail .commands code').textContent")
            assert node_id in shlex.split(command)
        visit.page.click(f".open >> nth={at}")
    assert visit.page.evaluate("[...document.scripts].length") == 2
    assert visit.page.evaluate("[...document.images].length") == 0


def test_the_page_can_load_nothing(look: Open, usual: Path) -> None:
    visit = look(usual)
    refused = visit.page.evaluate(
        """() => new Promise(done => {
            document.addEventListener("securitypolicyviolation", event => done(event.effectiveDirective));
            fetch("http://127.0.0.1:9/").catch(() => setTimeout(done, 2000, "nothing forbids it"));
        })"""
    )
    assert refused == "connect-src"
    assert "Content Security Policy" in visit.complaints.pop(0)
    visit.complaints.clear()


def test_ten_thousand_tests(look: Open, tmp_path: Path) -> None:
    page = _write(tmp_path, many(10_000, sides=("in-process", "isolated", "isolated-2")))
    assert page.stat().st_size < 2_000_000
    visit = look(page)
    assert visit.text("#number") == "10,000 tests, the first 100 are shown"
    visit.page.fill("#text", "number[9999]")
    assert visit.text("#number") == "1 of 10,000 tests"
    # Short ones share a bar.
    bars = visit.page.locator("#timeline [role=graphics-symbol]").all()
    assert len(bars) < 2500


SUITE = """
import asyncio
import pytest

def test_closes_the_loop():
    asyncio.run(asyncio.sleep(0))

@pytest.mark.parametrize("what", ["it's", 'a "b" $(exit 1)', "[<b>]"])
def test_on_the_current_loop(what):
    asyncio.get_event_loop().run_until_complete(asyncio.sleep(0))

def test_other():
    pass
"""


def test_the_commands_do_what_they_say(look: Open, tmp_path: Path) -> None:
    # Node ids begin at the root, and the commands are for the directory below it in which the comparison was made.
    (tmp_path / "pytest.ini").write_text(f"[pytest]\naddopts = {' '.join(FEWEST_PLUGINS)} -p no:asyncio -p no:anyio\n")
    directory = tmp_path / "sub dir"
    directory.mkdir()
    (directory / "test_a.py").write_text(SUITE)
    command = [sys.executable, "-m", "isolated_async", "compare", "--runs=1", "--mode=all", "--format=html"]
    asked = ["--output=page.html", "--", "-k", "not other", "test_a.py", "-q"]
    done = subprocess.run(
        [*command, *asked], cwd=directory, env=environment(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    visit = look(directory / "page.html")
    assert visit.text("h1") == "3 of 4 tests fail in process and not isolated."
    told: dict[str, str] = {}
    visit.page.click(".open:has-text('exit 1')")
    for at, item in enumerate(visit.page.locator(".commands li").all()):
        item.locator(".copy").click()
        item.locator(".copy:has-text('Copied')").wait_for()
        told[item.locator(".what").inner_text()] = visit.copied()
        if at == 0:
            # A browser that gives a file no clipboard.
            visit.page.evaluate(
                "Object.defineProperty(navigator.clipboard, 'writeText', {value: () => Promise.reject()})"
            )
    assert told.pop("This comparison") == "isolated-async compare --runs=1 --mode=all -- -k 'not other' test_a.py -q"
    diagnosis = told.pop("What makes it fail")
    assert shlex.split(diagnosis)[2].startswith("sub dir/test_a.py::test_on_the_current_loop[a ")
    if "diagnose" in _COMMANDS:
        assert _run(diagnosis, directory).returncode == 0
    ends = {what: _run(command, directory).stdout.splitlines()[-1] for what, command in told.items()}
    assert {what: end.split(" in ")[0].partition(", 1 warning")[0] for what, end in ends.items()} == {
        "Alone, in process": "1 passed",
        "Alone, isolated": "1 passed",
        "The suite, in process": "3 failed, 1 passed, 1 deselected",
        "The suite, isolated": "4 passed, 1 deselected",
    }


def _run(command: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """As a user does who has pasted it into a shell."""
    ours = environment()
    ours["PATH"] = f"{Path(sys.executable).parent}:{ours['PATH']}"
    return subprocess.run(command, shell=True, cwd=directory, env=ours, capture_output=True, text=True, check=False)
