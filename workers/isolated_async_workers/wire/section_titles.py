"""Titles of what isolated-async adds to a report: who writes a section, and who looks for one, is not on one side."""

from __future__ import annotations

#: Why a classic loop failure has happened, for certain or perhaps.
WHY, PERHAPS_WHY = "isolated-loop: why", "isolated-loop: perhaps why"
#: The test passes in process without having run.
IN_PROCESS = "isolated-loop: in process"
