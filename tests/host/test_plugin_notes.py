"""What a worker notes for a plugin is checked before the plugin gets it."""

from __future__ import annotations

from typing import Any

import pytest

from isolated_async.plugins import PluginsHere
from isolated_async.plugins.note import BadNote


@pytest.mark.parametrize(
    ("plugin", "note", "message"),
    [
        ("nobody", {}, "no plugin is called 'nobody'; known are allure_results, benchmark_stats, "),
        ("junit_xml", {"attribute": "name", "value": 1}, "value must be str, got 1"),
        ("xdist_output", {"added": [1]}, "added must be dict, got \\[1\\]"),
    ],
)
def test_a_bad_note_is_a_named_error(
    request: pytest.FixtureRequest, plugin: str, note: dict[str, Any], message: str
) -> None:
    with pytest.raises(BadNote, match=message):
        PluginsHere(request.config).take(plugin, request.node, note)
