"""Fixtures of the whole test suite, and which variants of its tests run by default."""

from __future__ import annotations

import signal

import pytest

from .start_method import add_option, take_option

pytest_plugins = ["pytester"]

#: Modules whose tests run with either kind of zygote by default: what could depend on it most.
_WITH_EITHER_ZYGOTE = {"test_isolation", "test_end_of_run", "test_selection"}


#: Markers of tests that take minutes, a network, or servers. Without ``-m variants``, most tests run with a forked
#: zygote, on no uvloop, not as on other systems, each fault with one worker, and of long tables a part (variants.py).
_ON_REQUEST = ("machines", "services", "soak", "suites", "variants")


def pytest_addoption(parser: pytest.Parser) -> None:
    add_option(parser)


def pytest_configure(config: pytest.Config) -> None:
    """What we start answers signals, although a shell lets its background jobs ignore some of them."""
    take_option(config)
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        if signal.getsignal(number) is signal.SIG_IGN:
            # Handled is not ignored: a program that is started from here finds it as usual.
            signal.signal(number, lambda *_: None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes long runs only where ``-m`` names it; among what is named, pytest's own ``-m`` decides."""
    for item in items:
        if _is_further_variant(item):
            item.add_marker("variants")
    unnamed = [marker for marker in _ON_REQUEST if marker not in config.option.markexpr]
    unwanted = {item for item in items if any(item.get_closest_marker(marker) for marker in unnamed)}
    if unwanted:
        config.hook.pytest_deselected(items=list(unwanted))
        items[:] = [item for item in items if item not in unwanted]


def _is_further_variant(item: pytest.Item) -> bool:
    if item.get_closest_marker("variants") is not None:
        return True
    callspec = getattr(item, "callspec", None)
    if callspec is None or item.path.stem in _WITH_EITHER_ZYGOTE:
        return False
    chosen = callspec.params
    zygotes = (chosen.get("any_suite"), chosen.get("zygote"), getattr(chosen.get("outcome"), "zygote", ""))
    return "fresh" in zygotes or chosen.get("loop") == "uvloop"
