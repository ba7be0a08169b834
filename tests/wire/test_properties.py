"""User properties keep their type across JSON."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from isolated_async_workers.wire import properties

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.integers() | st.tuples(st.integers()), inner, max_size=3)
        | st.dictionaries(st.sampled_from(["$tuple", "$dict", "$bytes"]), inner, max_size=1)
        | st.just(())
    ),
    max_leaves=10,
)


@given(values)
def test_round_trip(value: object) -> None:
    assert properties.unpack(json.loads(json.dumps(properties.pack(value)))) == value


def test_tuples_stay_tuples() -> None:
    packed = json.loads(json.dumps(properties.pack([("name", (1, [2, (3,)]))])))
    assert properties.unpack(packed) == [("name", (1, [2, (3,)]))]


@given(st.recursive(st.none() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_hostile_marks_are_no_error(data: object) -> None:
    properties.unpack(data)
    properties.unpack({"$dict": data})
    properties.unpack({"$tuple": data})
    properties.unpack({"$bytes": data})
    properties.unpack({"$dict": [[data, data]]})


def test_a_cycle_is_cut_off() -> None:
    cycle: list[object] = [1]
    cycle.append(cycle)
    assert properties.pack({"cycle": cycle}) == {"cycle": [1, "<contains itself>"]}


def test_a_cycle_that_branches_does_not_grow_with_each_level() -> None:
    cycle: dict[str, object] = {}
    cycle["a"] = cycle["b"] = ({1: cycle},)
    cut_off = {"$tuple": [{"$dict": [[1, "<contains itself>"]]}]}
    assert properties.pack(cycle) == {"a": cut_off, "b": cut_off}


def test_what_doubles_with_each_level_is_cut_off() -> None:
    value: list[object] = [1]
    for _ in range(90):
        value = [value, value]
    assert "<repeated too often>" in json.dumps(properties.pack(value))


def test_what_is_nested_too_deeply_is_cut_off() -> None:
    value: list[object] = [1]
    for _ in range(200):
        value = [value]
    assert "<nested too deeply>" in json.dumps(properties.pack(value))


def test_what_is_there_several_times_is_kept_each_time() -> None:
    shared = [1, (2,)]
    assert properties.unpack(properties.pack([shared, {"a": shared}, shared])) == [shared, {"a": shared}, shared]


def test_only_what_is_a_users_is_packed() -> None:
    data = {"nodeid": "a", "location": ("a.py", 1, "f"), "extra": ("a", 1), "user_properties": [("name", (1,))]}
    packed = properties.pack_report(data)
    assert packed["location"] == ("a.py", 1, "f")
    assert properties.unpack_report(json.loads(json.dumps(packed))) == {**data, "location": ["a.py", 1, "f"]}
