"""The catalogue of loop conflicts runs in the same suites as the behaviour tests."""

from __future__ import annotations

from ..behaviour.conftest import any_suite, suite

__all__ = ["any_suite", "suite"]
