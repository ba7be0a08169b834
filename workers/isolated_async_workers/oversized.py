"""Reports that are larger than a frame."""

from __future__ import annotations

from typing import Any

#: Characters that are kept of each text, half of them from its beginning and half from its end.
KEPT_CHARACTERS = 1024 * 1024


def shorten(value: Any, kept: int = KEPT_CHARACTERS) -> Any:
    """Plain data with each long text in it cut in its middle."""
    if isinstance(value, str) and len(value) > kept:
        half = kept // 2
        left_out = len(value) - 2 * half
        return f"{value[:half]}\n[isolated-async leaves out {left_out} characters here]\n{value[-half:]}"
    if isinstance(value, (list, tuple)):
        return [shorten(each, kept) for each in value]
    if isinstance(value, dict):
        return {key: shorten(each, kept) for key, each in value.items()}
    return value
