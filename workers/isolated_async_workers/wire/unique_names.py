"""What a test is called where several have its node id: the second one has ``(2)`` behind it."""

from __future__ import annotations

import re
from collections.abc import Container

_NUMBER = re.compile(r" \(\d+\)$")


def unique_name(node_id: str, taken: Container[str]) -> str:
    """The name of the next test of this node id, where these are ``taken``."""
    number, name = 1, node_id
    while name in taken:
        number += 1
        name = f"{node_id} ({number})"
    return name


def number_behind(name: str, names: Container[str]) -> str:
    """What was put behind the node id of one of these names; empty if nothing was: a node id may end so too."""
    node_id = _NUMBER.sub("", name)
    return name[len(node_id) :] if node_id in names else ""
