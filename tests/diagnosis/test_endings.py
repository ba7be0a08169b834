"""What a diagnosis comes to, whatever the tests do to each other and to their process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from isolated_async.diagnosis.findings import Diagnosis
from isolated_async.diagnosis.formats import as_json, as_text
from isolated_async.diagnosis.probers import NotCollected

from .conftest import INI, Diagnose, diagnosing

SUITE = """
import asyncio, json, os, random, unittest
import pytest

STATE = set()

def test_harmless(): ...

class TestTogether:
    def test_a(self): STATE.add("a")
    def test_between(self): ...
    def test_b(self): STATE.add("b")
    def test_victim(self): assert not STATE >= {"a", "b"}

class TestEachSuffices:
    def test_one(self): STATE.add("c")
    def test_two(self): STATE.add("d")
    def test_victim(self): assert not STATE & {"c", "d"}

class TestFlaky:
    def test_sometimes(self):
        if os.urandom(1)[0] < 192:
            STATE.add("flaky")
    def test_victim(self): assert "flaky" not in STATE

class TestFixture:
    @pytest.fixture(scope="class")
    def shared(self):
        built = []
        yield built
        STATE.add("torn down")
    def test_polluter(self, shared): shared.append(1)
    def test_reads(self, shared): assert not shared
    def test_last(self): assert "torn down" not in STATE

def test_after_class(): assert "torn down" not in STATE

class InUnittest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.calls = []
    def test_1_polluter(self): self.calls.append(1)
    def test_2_victim(self): self.assertEqual(self.calls, [])

def test_breaks_tools():
    STATE.add("tools")
    os.write = os.read = json.dumps = json.JSONEncoder = None

def test_after_broken_tools(): assert "tools" not in STATE

def test_sets_expectation(): STATE.add("x")

@pytest.mark.xfail(strict=True)
def test_expected(): assert "x" in STATE

def test_skipped_in_company():
    if "x" in STATE:
        pytest.skip("not now")

def test_fails_alone(): assert False, "always"

def test_is_helped(): assert "x" in STATE

def test_passes(): ...

@pytest.mark.parametrize("number", range(3))
def test_many(number):
    assert (number == 2) <= ("many" not in STATE)
    STATE.add("many")

class TestAsync:
    def test_1_loop(self):
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        loop.close()
    def test_2_victim(self):
        asyncio.get_event_loop().run_until_complete(asyncio.sleep(0))
"""


@pytest.fixture(scope="module")
def diagnose(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Diagnose]:
    directory = tmp_path_factory.mktemp("endings") / "suite"
    directory.mkdir()
    (directory / "pytest.ini").write_text(INI)
    (directory / "test_a.py").write_text(SUITE)
    with diagnosing(directory, runs=4) as diagnose:
        yield diagnose


@pytest.mark.parametrize(
    ("victim", "polluters"),
    [
        ("TestTogether::test_victim", [{"TestTogether::test_a", "TestTogether::test_b"}]),
        ("TestEachSuffices::test_victim", [{"TestEachSuffices::test_two"}, {"TestEachSuffices::test_one"}]),
        # What a fixture of their class holds reaches the next test, as in any run of these two.
        ("TestFixture::test_reads", [{"TestFixture::test_polluter"}]),
        # Each of those that use the fixture has it torn down.
        ("test_after_class", [{"TestFixture::test_reads"}, {"TestFixture::test_polluter"}]),
        ("InUnittest::test_2_victim", [{"InUnittest::test_1_polluter"}]),
        ("test_after_broken_tools", [{"test_breaks_tools"}]),
        ("test_expected", [{"test_sets_expectation"}]),
        ("test_many[2]", [{"test_many[1]"}, {"test_many[0]"}]),
        ("TestAsync::test_2_victim", [{"TestAsync::test_1_loop"}]),
    ],
)
def test_the_polluters_are_found(diagnose: Diagnose, victim: str, polluters: list[set[str]]) -> None:
    found = diagnose(victim)
    assert found.verdict == "found"
    assert [{name.partition("::")[2] for name in each.tests} for each in found.polluters] == polluters
    assert (found.alone.failed, found.has_more) == (0, False)
    assert found.polluters[0].count.failed > 0


def test_a_polluter_that_does_not_always_pollute(diagnose: Diagnose) -> None:
    found = diagnose("TestFlaky::test_victim", 10)
    assert (found.verdict, found.alone.failed) == ("found", 0)
    # By chance, some other test may be told with it: see test_search.py for how often.
    assert "test_a.py::TestFlaky::test_sometimes" in found.polluters[0].tests
    assert found.company.failed > 0


def test_a_fixture_of_a_class_that_goes_on_is_not_torn_down(diagnose: Diagnose) -> None:
    assert diagnose("TestFixture::test_last").verdict == "passes"


def test_what_breaks_a_test_when_it_is_put_back_is_not_what_the_test_needs(suite: Path) -> None:
    (suite / "test_a.py").write_text(
        "def hidden():\n    kept = []\n    return kept.append, lambda: len(kept)\n\n"
        "add, count = hidden()\nCONFIG = {}\n\n"
        "def test_adds():\n    add(1)\n    CONFIG['url'] = 'there'\n\n"
        "def test_needs():\n    assert count() == 1\n    CONFIG['url']\n"
    )
    with diagnosing(suite) as diagnose:
        found = diagnose("test_needs")
    assert _needed(found) == ["test_a.py::test_adds"]
    assert found.needed is not None
    assert [(each.left.what, each.is_cause) for each in found.needed.remains] == [
        ("test_a.CONFIG['url'] is 'there'; there was none", False)
    ]


@pytest.mark.parametrize(
    ("victim", "verdict", "alone", "company"),
    [
        ("test_fails_alone", "fails alone", 4, 4),
        ("test_is_helped", "fails alone", 4, 0),
        ("test_passes", "passes", 0, 0),
        ("test_skipped_in_company", "passes", 0, 0),
        ("test_harmless", "passes", 0, 0),
    ],
)
def test_there_is_nothing_to_find(diagnose: Diagnose, victim: str, verdict: str, alone: int, company: int) -> None:
    found = diagnose(victim)
    assert (found.verdict, found.alone.failed, found.company.failed) == (verdict, alone, company)
    assert found.alone.runs == 4
    assert found.company.runs == (0 if victim == "test_harmless" else 4)
    assert found.polluters == []
    if victim == "test_skipped_in_company":
        assert found.alone.describe() == "passed 4 of 4"
        assert found.company.describe() == "skipped 4 of 4"
    assert _needed(found) == (["test_a.py::test_sets_expectation"] if victim == "test_is_helped" else [])


def test_what_a_test_needs_is_told(suite: Path) -> None:
    (suite / "test_a.py").write_text(NEEDS)
    with diagnosing(suite) as diagnose:
        found = diagnose("test_needs_both")
        lines = as_text(found).splitlines()
        assert lines[:5] == [
            "test_a.py::test_needs_both fails alone, and passes after",
            "    test_a.py::test_first",
            "    test_a.py::test_second",
            "it needs what these leave:",
            "    test_a.STATE has also 1, 2 (test_a.py:11, in test_second)",
        ]
        at = lines.index("needed: test_a.STATE has also 1, 2")
        assert lines[at + 1 : at + 3] == [
            "    it fails again if that is put back before it",
            "    mend: a fixture that does the same, and that the test asks for",
        ]
        assert "after what was found: passed 1 of 1" in lines
        (told,) = json.loads(as_json(found))["needed_left_behind"]
        assert told["mend"] == "a fixture that does the same, and that the test asks for"
        assert (told["is_cause"], told["page"], told["line"]) == (True, "", 11)
        found = diagnose("test_needs_chance")
    assert (found.verdict, _needed(found)) == ("fails alone", [])
    assert as_text(found).splitlines()[:2] == [
        "test_a.py::test_needs_chance fails alone, and passes in company: it needs what other tests leave",
        "which tests these are was not found: try it after some of them, pytest SOME test_a.py::test_needs_chance",
    ]


NEEDS = """
import os

STATE = []

def test_harmless(): ...
def test_first(): STATE.append(1)
def test_kills_what_has_not_begun():
    if not STATE:
        os.abort()
def test_second(): STATE.append(2)
def test_needs_both(): assert STATE == [1, 2]
def test_needs_chance():
    # In full company it passes once, and never again.
    assert STATE
    if os.path.exists("once"):
        raise ValueError
    open("once", "w").close()
"""


ROUGH = """
import os, signal, subprocess, sys, threading, time
import pytest

def test_exits(): os._exit(0)
def test_dies(): os.kill(os.getpid(), signal.SIGKILL)
def test_hangs(): time.sleep(600)
def test_stops(): pytest.exit("no more")
def test_pollutes():
    os.environ["POLLUTED"] = "1"
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
def test_fails(): assert "POLLUTED" not in os.environ
def test_is_killed():
    if "POLLUTED" in os.environ:
        os.kill(os.getpid(), signal.SIGSEGV)
def test_never_ends():
    while "POLLUTED" in os.environ:
        time.sleep(1)
def test_outlives():
    assert not os.path.exists("left")
    if "POLLUTED" in os.environ:
        open("left", "w").close()
"""


def test_tests_that_end_their_process(suite: Path) -> None:
    (suite / "test_a.py").write_text(ROUGH)
    with diagnosing(suite, runs=1, limit_s=2.0) as diagnose:
        for victim, why in (
            ("test_fails", "AssertionError: assert 'POLLUTED' not in "),
            ("test_is_killed", "killed by SIGSEGV"),
            ("test_never_ends", "timed out: no end within 2 s"),
        ):
            found = diagnose(victim)
            assert (found.verdict, found.alone.failed) == ("found", 0), found
            assert [list(each.tests) for each in found.polluters] == [["test_a.py::test_pollutes"]]
            assert found.polluters[0].count.why.startswith(why)
            assert [each.left.what for each in found.polluters[0].causes] == [
                "os.environ['POLLUTED'] is '1'; there was none"
            ]
            assert found.left_out[:4] == [
                "test_a.py::test_exits: exited early with status 0",
                "test_a.py::test_dies: killed by SIGKILL",
                "test_a.py::test_hangs: timed out: no end within 2 s",
                "test_a.py::test_stops: ends the run: Exit: no more",
            ]
    assert not [pid for pid in _processes() if "time.sleep(600)" in pid]


def _needed(found: Diagnosis) -> list[str]:
    return list(found.needed.tests) if found.needed else []


def _processes() -> list[str]:
    found = []
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(each.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return found


def test_a_suite_that_ignores_the_ends_of_its_children(suite: Path) -> None:
    (suite / "test_a.py").write_text(
        "import os, signal\n\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\nSTATE = []\n\n"
        "def test_polluter():\n    STATE.append(1)\n\n"
        "def test_victim():\n    assert signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN\n"
        "    if STATE:\n        os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    with diagnosing(suite) as diagnose:
        found = diagnose("test_victim")
    assert (found.verdict, found.alone.failed) == ("found", 0)
    assert found.polluters[0].count.why == "killed by SIGKILL"


def test_what_outlives_its_process_is_told(suite: Path) -> None:
    (suite / "test_a.py").write_text(
        "import os\n\ndef test_leaves_a_file():\n    open('left', 'w').close()\n\n"
        "def test_victim():\n    assert not os.path.exists('left')\n"
    )
    with diagnosing(suite, runs=4) as diagnose:
        found = diagnose("test_victim")
    assert found.verdict == "not found"
    assert "outlives the process" in found.problem


def test_what_a_test_leaves_to_itself_is_no_matter_of_company(suite: Path) -> None:
    (suite / "test_a.py").write_text("import os\n\ndef test_only():\n    os.mkdir('out')\n")
    with diagnosing(suite, runs=4) as diagnose:
        found = diagnose("test_only")
    assert (found.verdict, found.company.runs) == ("not found", 0)
    assert as_text(found).startswith(
        "test_a.py::test_only fails, and it was not found after which tests: alone it passed at first, and never again"
    )


def test_threads_after_collection_take_a_pytest_for_each_probe(suite: Path) -> None:
    (suite / "test_a.py").write_text(
        "import threading\n\nthreading.Thread(target=threading.Event().wait, name='early', daemon=True).start()\n"
        "STATE = []\n\ndef test_polluter():\n    STATE.append(1)\n\ndef test_other(): ...\n\n"
        "def test_victim():\n    assert not STATE\n"
    )
    with diagnosing(suite) as diagnose:
        found = diagnose("test_victim")
    assert found.verdict == "found"
    assert [list(each.tests) for each in found.polluters] == [["test_a.py::test_polluter"]]
    (cause,) = found.polluters[0].causes
    assert cause.left.what == "test_a.STATE has also 1"
    assert cause.change is not None
    assert cause.change.line == 7


def test_what_an_import_leaves_behind(suite: Path) -> None:
    (suite / "test_a.py").write_text("def test_a(): ...\n")
    (suite / "test_b.py").write_text("import os\n\nos.environ['MODE'] = 'b'\n\ndef test_b(): ...\n")
    (suite / "test_c.py").write_text("import os\n\ndef test_victim():\n    assert 'MODE' not in os.environ\n")
    with diagnosing(suite) as diagnose:
        found = diagnose("test_victim")
    assert (found.verdict, found.alone.failed) == ("found", 0)
    (polluters,) = found.polluters
    assert (list(polluters.tests), polluters.by_import) == (["test_b.py"], True)
    (cause,) = polluters.causes
    assert cause.left.what == "os.environ['MODE'] is 'b'; there was none"
    assert cause.change is not None
    assert (cause.change.file, cause.change.line, cause.change.stage) == ("test_b.py", 3, "collection")


def test_a_test_that_is_not_collected_each_time_has_not_passed(suite: Path) -> None:
    (suite / "test_a.py").write_text(
        "import os, threading\nimport pytest\n\n"
        "threading.Thread(target=threading.Event().wait, daemon=True).start()\n\n"
        "@pytest.mark.parametrize('process', [os.getpid()])\ndef test_victim(process): ...\n"
    )
    with diagnosing(suite) as diagnose, pytest.raises(NotCollected, match="is not collected each time"):
        diagnose("test_victim")
