"""A comparison as JUnit XML: for what shows test results."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, tostring

from ..tally import Tally
from .findings import title_of
from .text import about_a_test

#: What XML 1.0 has no way to write.
_FORBIDDEN = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


def as_junit(compared: Tally) -> str:
    """Each test is a test case; one that ends otherwise, or is green without having run, fails.

    One that is not compared is skipped.
    """
    suite = Element(
        "testsuite",
        name=f"isolated-async compare: {', '.join(side.name for side in compared.sides)}",
        tests=str(len(compared.tests)),
        failures=str(sum(test.is_worth_a_failure for test in compared.tests)),
        skipped=str(len(compared.of("uncompared"))),
        time=f"{sum(side.wall_s for side in compared.sides):.3f}",
    )
    for test in compared.tests:
        module, _, name = test.node_id.partition("::")
        # As pytest names them in its own.
        case = SubElement(suite, "testcase", classname=module.removesuffix(".py").replace("/", "."), name=name)
        if test.kind == "same":
            continue
        title = title_of(test, compared)
        is_skipped = test.kind == "uncompared"
        told = SubElement(case, "failure" if test.is_worth_a_failure else "skipped" if is_skipped else "system-out")
        if test.is_worth_a_failure or is_skipped:
            told.set("message", title)
        told.text = _FORBIDDEN.sub("?", "\n".join([title, *about_a_test(test, compared)]))
    root = Element("testsuites")
    root.append(suite)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(root, encoding="unicode")}\n'
