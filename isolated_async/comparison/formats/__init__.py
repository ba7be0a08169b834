"""What a comparison says, in each format."""

from __future__ import annotations

from collections.abc import Callable

from ..tally import Tally
from .data import as_json
from .junit import as_junit
from .text import as_text

FORMATS: dict[str, Callable[[Tally], str]] = {"text": as_text, "json": as_json, "junit": as_junit}
