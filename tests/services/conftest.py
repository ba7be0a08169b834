"""Real servers in shared fixtures. Those of Debian's packages run only where ``-m`` names them (scripts/services)."""

from __future__ import annotations

from ..behaviour.conftest import any_suite, suite

__all__ = ["any_suite", "suite"]
