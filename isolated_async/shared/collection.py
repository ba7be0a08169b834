"""What becomes of shared fixtures when the suite has been collected.

::

    FixtureDef of a shared fixture --> SharedDefinitions, on the session; in its place a function that asks
    tests that need it             --> no longer need what only it needs

In the pytest process, and in a zygote that collects for itself: the worker side finds the definitions on the session.
Each process answers in its own way; what was answered is loaded, or raised, here.
"""

from __future__ import annotations

import functools
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from isolated_async_workers.wire.shared_definitions import SHARED_DEFINITIONS, SharedDefinition, SharedDefinitions

from ..pytest_private import all_fixture_definitions, definitions_of_item, item_of
from .fixture import AUTHORS_FUNCTION

if TYPE_CHECKING:
    from isolated_async_workers.wire.messages import SharedValue

#: Ini option.
INI = "isolated_loop_shared_fixtures"
INI_HELP = (
    "Names of session fixtures, of any plugin, that are set up once per run, in a process of their own, and shared by "
    "all tests, isolated or not; as @isolated_async.shared_fixture does."
)


def shared_definitions(session: pytest.Session) -> SharedDefinitions:
    """Those of this session; empty before :func:`share_fixtures`."""
    definitions: SharedDefinitions = vars(session).setdefault(SHARED_DEFINITIONS, SharedDefinitions())
    return definitions


def share_fixtures(session: pytest.Session) -> None:
    """Find the shared fixtures, and let whoever asks for one ask for its value.

    Raises:
        pytest.UsageError: the ini option names a fixture that is no session fixture.
    """
    listed = _listed(session.config)
    definitions = shared_definitions(session)
    seen: Counter[str] = Counter()
    wrong: dict[str, str] = {}
    for fixturedef in all_fixture_definitions(session):
        name = fixturedef.argname
        function = fixturedef.func
        written = getattr(function, AUTHORS_FUNCTION, None)
        if written is None and name in listed and fixturedef.scope != "session":
            wrong.setdefault(name, fixturedef.scope)
        if written is None and (name not in listed or fixturedef.scope != "session"):
            continue
        if written is not None and (instance := getattr(function, "__self__", None)) is not None:
            written = written.__get__(instance)
        where = f"{fixturedef.baseid}::{name}"
        seen[where] += 1
        unique = f"{where}#{seen[where]}"
        definition = SharedDefinition(unique, name, fixturedef, written or function, tuple(fixturedef.argnames))
        if definitions.of(fixturedef) is None:
            _replace(fixturedef, definition, definitions)
    for name, scope in wrong.items():
        if not any(each.name == name for each in definitions.by_id.values()):
            raise pytest.UsageError(
                f"ini option {INI}: fixture {name!r} has scope {scope!r}; allowed: names of session fixtures"
            )


def forget_what_only_they_need(session: pytest.Session) -> None:
    """A test that needs a shared fixture needs its value only, and nothing that is needed to make it."""
    definitions = shared_definitions(session)
    if not definitions.by_id:
        return
    originally = {id(each.fixturedef): each.argnames for each in definitions.by_id.values()}
    no_longer: dict[int, set[str]] = {}  # Tests from one function have one table of fixtures.
    for item in session.items:
        known = definitions_of_item(item)
        if id(known) not in no_longer:
            initial = item._fixtureinfo.initialnames if known else ()  # type: ignore[attr-defined]
            whole = needed(initial, known, lambda each: originally.get(id(each), each.argnames))
            no_longer[id(known)] = whole - needed(initial, known, lambda each: each.argnames)
        if dropped := no_longer[id(known)]:
            names: list[str] = item.fixturenames  # type: ignore[attr-defined]
            names[:] = [name for name in names if name not in dropped]


def unknown_names(items: Sequence[pytest.Item]) -> list[str]:
    """What the ini option names and nothing defines that these tests can see; it may belong to other tests."""
    if not items:
        return []
    found = {each.name for each in shared_definitions(items[0].session).by_id.values()}
    return [name for name in _listed(items[0].config) if name not in found]


def are_needed(session: pytest.Session, items: Iterable[pytest.Item]) -> bool:
    """True if one of these tests needs a shared fixture, and says so by an argument or a marker."""
    definitions = shared_definitions(session)
    return bool(definitions.by_id) and any(
        definitions.of(fixturedef) is not None
        for item in items
        for name in getattr(item, "fixturenames", ())
        for fixturedef in definitions_of_item(item).get(name, ())
    )


def needed(initial: Iterable[str], known: Any, argnames_of: Callable[[Any], Iterable[str]]) -> set[str]:
    """The names of the fixtures that ``initial`` need, themselves included."""
    found: set[str] = set()
    pending = list(initial)
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += [argument for fixturedef in known.get(name, ()) for argument in argnames_of(fixturedef)]
    return found


def _listed(config: pytest.Config) -> list[str]:
    names: list[str] = config.getini(INI)
    for name in names:
        if not name.isidentifier():
            raise pytest.UsageError(f"ini option {INI}: invalid value {name!r}; allowed: names of session fixtures")
    return names


def _replace(fixturedef: Any, definition: SharedDefinition, definitions: SharedDefinitions) -> None:
    # Without the attributes by which async plugins know their fixtures.
    @functools.wraps(definition.function, updated=())
    def ask(request: pytest.FixtureRequest) -> object:
        __tracebackhide__ = True
        if definitions.answer is None:
            pytest.fail(
                f"shared fixture {definition.name!r} is asked for by its name at run time, and by nothing else in this "
                "run; name it in the arguments, or in a usefixtures marker, of a test",
                pytrace=False,
            )
        answer = definitions.answer(definition, request)
        for stage, title, text in answer.sections:
            item_of(request).add_report_section(stage, title, text)
        return _value(definition, answer)

    definitions.by_id[definition.id] = definition
    fixturedef.func = ask
    fixturedef.argnames = ("request",)


def _value(definition: SharedDefinition, answer: SharedValue) -> object:
    __tracebackhide__ = True
    match answer.outcome:
        case "skipped":
            pytest.skip(answer.text)
        case "xfailed":
            pytest.xfail(answer.text)
        case "exit":
            pytest.exit(answer.text)
        case "failed":
            pytest.fail(answer.text, pytrace=False)
    # Only now: a run without shared fixtures loads no value.
    from isolated_async_workers.wire.value_text import load

    try:
        return load(answer.value)
    except Exception:  # noqa: BLE001 - the classes of the value are a user's
        trace = traceback.format_exc()
    pytest.fail(f"the value of shared fixture {definition.name!r} cannot be loaded here\n\n{trace}", pytrace=False)
