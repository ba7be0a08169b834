"""pytest's own JUnit XML: what a fixture writes into it is the host's to keep, with either family."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

from ..conftest import Run, Suite, normalised
from .sides import CRASHES, ONE, TWO, check_same

SOURCE = """
    import pytest

    @pytest.fixture(scope="session", autouse=True)
    def of_the_run(record_testsuite_property):
        record_testsuite_property("ARCH", "PPC")

    async def test_records(record_property, record_xml_attribute, record_testsuite_property):
        record_property("answer", 42)
        record_property("raw", b"\\x00\\xff")
        record_xml_attribute("assertions", 3)
        record_testsuite_property("seen", ["by", "one"])

    async def test_fails(record_xml_attribute):
        record_xml_attribute("assertions", "<4>")
        assert 0

    async def test_wrong(record_testsuite_property):
        record_testsuite_property(1, 2)
"""


def _xml(suite: Suite, run: Run) -> str:
    tree = ElementTree.parse(suite.path / "out.xml")
    for element in tree.iter():
        for varying in ("time", "timestamp"):
            element.attrib.pop(varying, None)
    return normalised(ElementTree.tostring(tree.getroot(), encoding="unicode"))


@pytest.mark.parametrize("family", ["xunit1", "xunit2"])
def test_what_fixtures_record(any_suite: Suite, family: str) -> None:
    any_suite.write(test_a=SOURCE)
    arguments = ("--junitxml=out.xml", "-o", f"junit_family={family}")
    xml, _ = check_same(any_suite, lambda run: _xml(any_suite, run), *arguments, isolated=(TWO,))
    # The newer family has no such attributes, in process as well.
    assert ('assertions="3"' in xml) is (family == "xunit1")
    assert '<property name="ARCH" value="PPC" />' in xml


def test_what_was_recorded_before_a_crash(suite: Suite) -> None:
    suite.write(
        test_a=CRASHES.replace("():", "(record_xml_attribute, record_testsuite_property):", 1).replace(
            "import os, signal", 'import os, signal\n        record_xml_attribute("assertions", 1)'
        )
    )
    suite.run("--junitxml=out.xml", "-o", "junit_family=xunit1", *ONE)
    element = ElementTree.parse(suite.path / "out.xml").find(".//testcase")
    assert element is not None
    assert element.get("assertions") == "1"
    assert element.find("failure") is not None
