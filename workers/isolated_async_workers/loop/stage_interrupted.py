"""What a stage raises whose time is up."""

from __future__ import annotations

import pytest


class StageInterrupted(pytest.fail.Exception):  # type: ignore[name-defined,misc] # an attribute, to mypy
    """The time of this stage is up. No ``Exception``, which code that tries again would catch.

    As a failure it does not keep pytest from running the other finalizers, which every other BaseException does.
    """
