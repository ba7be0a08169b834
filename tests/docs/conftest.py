"""The examples of the documentation run in the same suites as the behaviour tests."""

from __future__ import annotations

from ..behaviour.conftest import suite

__all__ = ["suite"]
