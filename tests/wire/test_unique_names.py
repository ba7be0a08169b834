"""Names of tests that share a node id."""

from __future__ import annotations

from isolated_async_workers.wire.unique_names import number_behind, unique_name


def test_each_has_a_name_and_its_number_is_known() -> None:
    names: list[str] = []
    for node_id in ("test_a", "test_a", "test_b", "test_a", "test_c (2)"):
        names.append(unique_name(node_id, names))
    assert names == ["test_a", "test_a (2)", "test_b", "test_a (3)", "test_c (2)"]
    assert [number_behind(name, names) for name in names] == ["", " (2)", "", " (3)", ""]
