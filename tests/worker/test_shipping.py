"""What of a shared fixture's value cannot be pickled is found, and named as it is written."""

from __future__ import annotations

import functools
import pickle
import threading
from collections import namedtuple
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from isolated_async_workers.shared import shipping
from isolated_async_workers.shared.shipping import NotShippable, pickle_value

LOCK = threading.Lock()
Pair = namedtuple("Pair", "left right")


@dataclass(slots=True)
class Slotted:
    fine: int
    lock: object


class Refuses:
    def __reduce__(self) -> str:
        raise LookupError("not me")


def _closure(lock: object) -> object:
    return lambda: lock


@pytest.mark.parametrize(
    ("value", "culprit"),
    [
        (LOCK, "sent to the tests: _thread.lock cannot be pickled (TypeError: "),
        ([1, {"a": (2, LOCK)}], "because of db[1]['a'][1]: _thread.lock "),
        (SimpleNamespace(url="x", pool=SimpleNamespace(lock=LOCK)), "because of db.pool.lock: _thread.lock "),
        (Pair(1, LOCK), "because of db.right: _thread.lock "),
        (Slotted(1, LOCK), "because of db.lock: _thread.lock "),
        (_closure(LOCK), "because of db.<closure>.lock: _thread.lock "),
        (SimpleNamespace(a=Refuses()), "because of db.a: "),
        (SimpleNamespace(a=Refuses()), "Refuses cannot be pickled (LookupError: not me)"),
        ((each for each in [1]), "of type generator, cannot be sent to the tests: generator cannot be pickled"),
    ],
)
def test_the_culprit(value: object, culprit: str) -> None:
    with pytest.raises(NotShippable) as caught:
        pickle_value("db", value)
    assert culprit in str(caught.value)
    assert "the value of shared fixture 'db', of type " in str(caught.value)


def test_the_search_ends() -> None:
    value: list[object] = [LOCK]
    for _ in range(30):
        value = [value, value]
    value.append(value)
    with pytest.raises(NotShippable, match=r"because of db\[0\]\[0\]"):
        pickle_value("db", value)


def test_functions_and_classes_of_a_fixture_are_values(monkeypatch: pytest.MonkeyPatch) -> None:
    class Local:
        answer = 42

    made, function = pickle.loads(pickle_value("db", (Local(), functools.partial(lambda a, b: a + b, 1))))
    assert (made.answer, function(2)) == (42, 3)
    monkeypatch.setattr(shipping, "MAX_VALUE_BYTES", 2 * 1024 * 1024)
    assert pickle_value("db", b"x" * 1024 * 1024)
    with pytest.raises(NotShippable, match="takes 3 MiB when pickled; at most 2 MiB are sent to a test"):
        pickle_value("db", b"x" * 3 * 1024 * 1024)
