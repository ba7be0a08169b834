"""Where no process that has run code of a suite is forked: what a fork would share, nobody has to look for."""

from __future__ import annotations

import threading


def count_threads() -> int:
    """Those that Python knows."""
    return threading.active_count()


def child_processes() -> frozenset[str]:
    """None is looked for."""
    return frozenset()


def open_descriptors() -> frozenset[str]:
    """None is looked for."""
    return frozenset()


def target_of(descriptor: str) -> str:
    """Nobody knows."""
    return ""


def name_of_process(pid: str) -> str:
    """Nobody knows."""
    return ""


def arguments_of_process(pid: str) -> list[str]:
    """Nobody knows."""
    return []
