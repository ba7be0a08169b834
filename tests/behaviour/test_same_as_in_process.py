"""What isolated tests report is what they report in process: the same reports, the same terminal, the same exit code.

Every sample below runs twice, without isolation and with every test isolated.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import pytest

from ..variants import by_default
from .conftest import ZYGOTES, Run, Suite, normalised

SAMPLES = {
    "outcomes": """
        import pytest

        def test_passes():
            pass

        def test_fails_with_a_diff():
            assert {"a": 1, "b": [1, 2]} == {"a": 1, "b": [1, 3]}

        @pytest.mark.skip(reason="not today")
        def test_skipped_by_marker():
            raise AssertionError

        def test_skips_itself():
            pytest.skip("found out late")

        @pytest.mark.xfail(reason="known")
        def test_xfails():
            assert 0

        @pytest.mark.xfail
        def test_xpasses():
            pass

        @pytest.mark.xfail(strict=True, reason="must fail")
        def test_xpasses_strictly():
            pass

        @pytest.mark.xfail(raises=KeyError)
        def test_xfails_with_another_error():
            raise ValueError("not a KeyError")

        def test_system_exit():
            raise SystemExit(3)

        def test_chained():
            try:
                {}["missing"]
            except KeyError as error:
                raise RuntimeError("while looking") from error

        @pytest.mark.parametrize("text", ["plain", "sp ace", "ü", "new\\nline"])
        def test_ids(text):
            assert text != "ü"
    """,
    "fixtures": """
        import pytest

        @pytest.fixture(scope="module")
        def module_value():
            yield 1

        @pytest.fixture
        def breaks_late(module_value):
            print("set up")
            yield module_value
            raise RuntimeError("late")

        @pytest.fixture
        def breaks_early():
            print("about to break")
            raise RuntimeError("early")

        def test_error_at_teardown(breaks_late):
            print("in the test")

        def test_error_at_setup(breaks_early):
            pass

        class TestClass:
            @classmethod
            def setup_class(cls):
                cls.made = [1]

            def setup_method(self, method):
                self.name = method.__name__

            @pytest.fixture(autouse=True)
            def of_the_class(self):
                self.seen = self.name

            def test_sees_it(self):
                assert (self.made, self.seen) == ([1], "test_sees_it")
    """,
    "unittest": """
        import unittest

        class Case(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                cls.shared = 1

            def setUp(self):
                self.addCleanup(print, "cleaned")

            def test_ok(self):
                self.assertEqual(self.shared, 1)

            @unittest.expectedFailure
            def test_expected_failure(self):
                self.fail("expected")

            @unittest.expectedFailure
            def test_unexpected_success(self):
                pass

            @unittest.skip("why not")
            def test_skipped(self):
                pass

            def test_equal(self):
                self.assertEqual([1, 2, 3], [1, 2, 4])

            def tearDown(self):
                print("torn down")
    """,
    "output": """
        import logging
        import os
        import sys
        import warnings

        import pytest

        def test_streams_and_log(record_property):
            record_property("answer", 42)
            record_property("pair", (1, 2))
            print("to stdout")
            print("to stderr", file=sys.stderr)
            os.write(1, b"to descriptor 1\\n")
            logging.getLogger("here").warning("logged")
            assert 0

        def test_warns():
            warnings.warn("careful", UserWarning)
            warnings.warn("soon gone", DeprecationWarning)

        def test_capsys(capsys):
            print("mine")
            assert capsys.readouterr().out == "mine\\n"
            with capsys.disabled():
                print("not captured")

        def test_capfd(capfd):
            os.write(2, b"raw")
            assert capfd.readouterr().err == "raw"

        def test_caplog(caplog):
            logging.getLogger("here").error("seen")
            assert caplog.messages == ["seen"]

        def test_recwarn(recwarn):
            warnings.warn("recorded")
            assert len(recwarn) == 1

        def test_monkeypatch(monkeypatch):
            monkeypatch.setenv("HOME", "/nowhere")

        def test_tmp_path(tmp_path, tmp_path_factory):
            (tmp_path / "file").write_text("x")
            tmp_path_factory.mktemp("fixed", numbered=False)

        def test_tmp_path_again(tmp_path, tmp_path_factory):
            assert not list(tmp_path.iterdir())
            print("here:", tmp_path.name)
    """,
}

if hasattr(pytest, "Subtests"):
    SAMPLES["subtests"] = """
        def test_subtests(subtests):
            for number in range(3):
                with subtests.test("number", number=number):
                    assert number != 1

        def test_subtests_pass(subtests):
            with subtests.test("fine"):
                pass
    """

#: Options under which the terminal must look the same.
OPTIONS = {
    "default": [],
    "verbose": ["-v"],
    "very verbose": ["-vv", "-rA"],
    "quiet": ["-q"],
    "first failure": ["-x"],
    "two failures": ["--maxfail=2"],
    "short tracebacks": ["--tb=short"],
    "line tracebacks": ["--tb=line"],
    "no tracebacks": ["--tb=no", "-rfExX"],
    "locals": ["-l"],
    "durations": ["--durations=2", "--durations-min=1"],
    "captured by sys": ["--capture=sys"],
    "selection": ["-k", "not fails and not skipped", "--deselect", "test_sample.py::test_passes"],
    "xfail off": ["--runxfail"],
    "warnings as errors": ["-W", "error::UserWarning"],
    "all warnings as errors": ["-W", "error"],
    "some of what was captured": ["--show-capture=stderr"],
    "strict": ["--strict-markers", "--strict-config"],
    "collection only": ["--collect-only"],
}


def _compare(suite: Suite, *options: str, isolation: tuple[str, ...] = ("--isolated-loop-mode=all",)) -> Run:
    plain = suite.run_in_process(*options)
    isolated = suite.run(*options, *isolation)
    assert isolated.result.ret == plain.result.ret
    assert [_comparable(each) for each in isolated.reports] == [_comparable(each) for each in plain.reports]
    assert normalised(isolated.stdout).splitlines() == normalised(plain.stdout).splitlines()
    return isolated


def _comparable(report: dict[str, object]) -> str:
    return normalised(repr(report))


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("zygote", ZYGOTES)
@pytest.mark.parametrize("workers", by_default(["1", "3"], "1"))
def test_reports_and_terminal(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, sample: str, zygote: str, workers: str
) -> None:
    suite = Suite(pytester, zygote)
    suite.write(test_sample=SAMPLES[sample])
    run = _compare(suite, isolation=("--isolated-loop-mode=all", f"--isolated-loop-workers={workers}"))
    assert "tests isolated" in run.stdout


@pytest.mark.parametrize(
    "options",
    by_default(
        *(OPTIONS, "default", "very verbose", "first failure", "line tracebacks", "selection"),
        *("all warnings as errors", "collection only"),
    ),
)
def test_options(suite: Suite, options: str) -> None:
    for name in ("outcomes", "fixtures", "output"):
        suite.write(**{f"test_{name}": SAMPLES[name]})
    _compare(suite, *OPTIONS[options])


def test_junit_xml(any_suite: Suite) -> None:
    for name, sample in SAMPLES.items():
        any_suite.write(**{f"test_{name}": sample})
    trees = []
    for mode in ("off", "all"):
        any_suite.run("--junitxml=out.xml", f"--isolated-loop-mode={mode}")
        tree = ElementTree.parse(any_suite.path / "out.xml")
        for element in tree.iter():
            for varying in ("time", "timestamp"):
                element.attrib.pop(varying, None)
        trees.append(normalised(ElementTree.tostring(tree.getroot(), encoding="unicode")))
    assert trees[1].splitlines() == trees[0].splitlines()


@pytest.mark.parametrize("option", by_default(["--lf", "--ff", "--sw", "--sw-skip", "--nf"], "--lf", "--sw"))
def test_cache_options(suite: Suite, option: str) -> None:
    suite.write(test_outcomes=SAMPLES["outcomes"], test_fixtures=SAMPLES["fixtures"])
    outputs = []
    for mode in ("off", "all"):
        suite.run("--cache-clear", f"--isolated-loop-mode={mode}")
        second = suite.run(option, f"--isolated-loop-mode={mode}")
        outputs.append((second.result.ret, normalised(second.stdout)))
    assert outputs[1] == outputs[0]


def test_live_output_without_capture(any_suite: Suite) -> None:
    any_suite.write(
        test_sample="""
            import os, sys

            def test_prints():
                print("one line")
                print("no newline", end="")
                os.write(2, b"raw to stderr\\n")
        """
    )
    run = any_suite.run("-s", "--isolated-loop-mode=all")
    assert re.search(r"test_sample.py one line\nno newline\.", run.stdout)
    assert "raw to stderr" in run.stderr.splitlines()
    assert run.reports[1]["sections"] == []


def test_failing_subtests_of_unittest_fail_the_run(any_suite: Suite) -> None:
    any_suite.write(
        test_sample="""
            import unittest

            class Case(unittest.TestCase):
                def test_subtests(self):
                    for number in range(3):
                        with self.subTest(number=number):
                            self.assertNotEqual(number, 1)
        """
    )
    runs = [any_suite.run_in_process(), any_suite.run("--isolated-loop-mode=all")]
    assert [run.result.ret for run in runs] == [1, 1]
    assert runs[1].outcomes == runs[0].outcomes
    assert [each["outcome"] for each in runs[1].reports] == [each["outcome"] for each in runs[0].reports]


def test_setup_show(any_suite: Suite) -> None:
    any_suite.write(
        test_sample="""
            import pytest

            @pytest.fixture
            def value():
                yield 1

            def test_one(value):
                pass

            def test_two(value, tmp_path):
                assert 0
        """
    )
    # A fixture of a wider scope is set up in every case: the one that pytest-asyncio always has is left out.
    any_suite.ini()
    _compare(any_suite, "--setup-show", "-p", "no:asyncio", "-o", "addopts=", "-W", "ignore")
