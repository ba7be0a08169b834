"""Which ways to make a worker are said to work."""

from __future__ import annotations

import pytest

from isolated_async.doctor import start_methods


def test_where_nothing_forks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start_methods, "STARTS", ())
    monkeypatch.setattr(start_methods, "WHY_NO_FORKS", "nothing forks here")
    assert [each.problem for each in start_methods.try_start_methods()] == ["nothing forks here"] * 2
