"""Text that a page or a terminal can show, of whatever a suite calls its tests and says."""

from __future__ import annotations

import re

#: Half characters, of names that are not UTF-8; and what no HTML has, or nobody would see.
_UNWRITABLE = re.compile("[\\ud800-\\udfff\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\ufffe\\uffff]")
#: What turns the direction of the text around it.
_TURNING = re.compile("[\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]")


def clean(text: str) -> str:
    """With a sign in the place of each character that is none."""
    return _TURNING.sub("\N{REPLACEMENT CHARACTER}", _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text))


def is_clean(text: str) -> bool:
    """True if a page shows exactly that: what is copied from it is the same again."""
    return clean(text) == text


def shortened(text: str, length: int) -> str:
    """The end matters more than the beginning: of node ids."""
    return text if len(text) <= length else f"\N{HORIZONTAL ELLIPSIS}{text[1 - length :]}"
