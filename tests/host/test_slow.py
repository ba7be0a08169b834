"""When a slow case is asked, and when it is told of, on a clock of our own."""

from __future__ import annotations

from isolated_async.endings.deadline import STACKS_GRACE_S
from isolated_async.endings.slow import SlowNotice, SlowWatch


def test_ask_and_tell_each_once() -> None:
    watch = SlowWatch(5)
    assert (watch.at, watch.ask_now(1e9)) == (None, False)
    watch.start_stage(100)
    assert (watch.ask_now(104.9), watch.ask_now(105), watch.ask_now(105.1)) == (False, True, False)
    assert watch.tell_now(105.1) is None
    watch.answer(105.5)
    assert (watch.tell_now(105.5), watch.tell_now(105.6)) == (5.5, None)
    assert (watch.ask_now(110.4), watch.ask_now(110.5)) == (False, True)


def test_no_answer() -> None:
    watch = SlowWatch(5)
    watch.start_stage(0)
    assert watch.ask_now(5)
    assert watch.tell_now(5 + STACKS_GRACE_S / 2) is None
    assert watch.tell_now(5 + STACKS_GRACE_S) == 5 + STACKS_GRACE_S


def test_the_case_counts_and_not_its_stages() -> None:
    watch = SlowWatch(5)
    watch.start_stage(0)
    watch.start_stage(4)
    assert watch.ask_now(5)


def test_it_stops() -> None:
    watch = SlowWatch(5)
    watch.start_stage(0)
    assert watch.ask_now(5)
    watch.stop()
    assert (watch.at, watch.tell_now(9)) == (None, None)
    watch.start_stage(10)
    assert watch.at is None


def test_never() -> None:
    watch = SlowWatch(None)
    watch.start_stage(0)
    assert (watch.at, watch.ask_now(1e9), watch.tell_now(1e9)) == (None, False, None)


def test_the_notice() -> None:
    assert str(SlowNotice("a::b", "call", 61.23456, "")) == "slow: a::b has been running for 61.2 s, call stands"
    assert str(SlowNotice("a::b", "setup", 2, "f:1 in g")).endswith(" 2 s, setup stands at f:1 in g")
