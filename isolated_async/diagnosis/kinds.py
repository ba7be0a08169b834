"""Kinds of state that tests leave behind: what to do about each, and the page that has more."""

from __future__ import annotations

from isolated_async_workers.wire.probes import Left

_FIXTURE = "put it back where the test ends: in a fixture after its yield, in tearDown, with addCleanup"

#: By kind: the mend, and the page of docs/conflicts or nothing.
KINDS: dict[str, tuple[str, str]] = {
    "environment": ("monkeypatch.setenv, or unittest.mock.patch.dict(os.environ, ...)", ""),
    "directory": ("monkeypatch.chdir, or contextlib.chdir", ""),
    "import-path": ("monkeypatch.syspath_prepend, or monkeypatch.setattr", ""),
    "module": ("monkeypatch.setitem(sys.modules, ...) or delitem, or unittest.mock.patch.dict(sys.modules, ...)", ""),
    "attribute": ("monkeypatch.setattr, or unittest.mock.patch", ""),
    "container": ("monkeypatch.setitem, unittest.mock.patch.dict, or a fixture that puts its content back", ""),
    "cache": ("call its cache_clear() in a fixture", ""),
    "warnings": ("with warnings.catch_warnings(): ..., or @pytest.mark.filterwarnings", ""),
    "logging": (f"caplog.set_level for a level, and else {_FIXTURE}", ""),
    "signal": (_FIXTURE, ""),
    "stream": ("monkeypatch.setattr, or contextlib.redirect_stdout", ""),
    "setting": (_FIXTURE, ""),
    "context": ("reset it with the token that set() returns", ""),
    "loop-policy": (
        "a loop factory: @isolated_loop(loop_factory=...), asyncio.Runner(loop_factory=...)",
        "loop-at-import",
    ),
    "running-loop": ("end the run of the loop in the test that began it", "nested-run"),
    "task": ("cancel it and await it where the test ends", "leaks"),
    "thread": ("end it and join it where the test ends", "leaks"),
}
#: Of the current loop, it depends on what is wrong with it.
_OWN_LOOP = "asyncio.run or asyncio.Runner where a loop is needed, in place of the current one"
_LOOPS = {
    "closed": (f"{_OWN_LOOP}; who sets a loop and closes it, sets another one then", "closed-loop"),
    "no event loop": (f"{_OWN_LOOP}, or an async test", "no-current-loop"),
    "another": (f"{_OWN_LOOP}; who sets a loop, closes it and puts the former one back", "foreign-loop"),
}
#: Of an object of asyncio that a module keeps.
_FOREIGN = (
    "make it in the test, or in a fixture: it stays with the loop that it has met first",
    "foreign-loop",
)


def mend_of(left: Left) -> tuple[str, str]:
    """What to change, and the page."""
    if left.kind == "attribute" and left.piece.endswith("._loop"):
        return _FOREIGN
    if left.kind == "loop":
        return next((told for word, told in _LOOPS.items() if word in left.what), _LOOPS["another"])
    return KINDS[left.kind]


def mend_of_needed(_: Left) -> tuple[str, str]:
    """The same for what a test needs of others; there is no page about it."""
    return "a fixture that does the same, and that the test asks for", ""
