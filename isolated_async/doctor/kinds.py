"""The kinds of loop conflicts that can be seen in code, with what becomes of each and what to do about it.

What is said of each is what the tests of the patterns and of docs/conflicts assert.
"""

from __future__ import annotations

from .finding import Kind

RUN_IN_COROUTINE = Kind(
    "run-in-coroutine",
    "a loop is run inside a coroutine",
    'fails: "This event loop is already running", or "asyncio.run() cannot be called from a running event loop"',
    'fails, and the report names both runs; passes with @isolated_loop(nested="allow")',
    "await it",
    "nested-run",
)
EAGER_SET_UP = Kind(
    "eager-set-up",
    "a sync setUp runs asyncSetUp on a loop",
    'fails, or runs asyncSetUp twice, where a loop runs already: "This event loop is already running"',
    "passes, and asyncSetUp runs once",
    "derive from IsolatedAsyncioTestCase, which awaits asyncSetUp itself",
    "eager-set-up",
)
ASYNC_TEST = Kind(
    "async-test-on-testcase",
    "an async test on unittest.TestCase, which awaits none",
    "green without having run",
    "runs",
    "derive from IsolatedAsyncioTestCase",
    "green-without-running",
)
RETURNED_COROUTINE = Kind(
    "returned-coroutine",
    "a sync test returns a coroutine",
    "a method of unittest is green without having run; a function fails, or is skipped before pytest 8.4",
    "runs, with --isolated-loop-mode=all",
    "make the test async, and await it",
    "green-without-running",
)
ASYNC_HOOK = Kind(
    "async-hook",
    "an async hook that nothing awaits",
    'does nothing: "coroutine ... was never awaited"',
    "is awaited",
    "asyncSetUp and asyncTearDown of IsolatedAsyncioTestCase, or an async fixture",
    "green-without-running",
)
UNCALLED_HOOK = Kind(
    "uncalled-hook",
    "a hook of IsolatedAsyncioTestCase on a class that does not call it",
    "never runs",
    "runs, where the class is a TestCase with async tests",
    "derive from IsolatedAsyncioTestCase",
    "green-without-running",
)
MISSING_AWAIT = Kind(
    "missing-await",
    "a coroutine function is called, and nothing becomes of its coroutine",
    'does nothing: "coroutine ... was never awaited", often said of another test',
    "is reported on the test that did it, with the line",
    "await it",
    "never-awaited",
)
CURRENT_LOOP = Kind(
    "current-loop",
    "sync code of a test asks for the current loop, and nothing here makes one current",
    'fails where a test before it has left none, and always from Python 3.14 on: "There is no current event loop"',
    "passes where it is isolated (--isolated-loop isolates no sync test): the loop of the test is current, and idle",
    "asyncio.run(...), or an async test",
    "no-current-loop",
)
LOOP_AT_IMPORT = Kind(
    "loop-at-import",
    "a loop or future is made when the module is imported",
    'fails: "attached to a different loop"',
    "passes: it is the loop of the tests of its module",
    "make it in a fixture",
    "loop-at-import",
)
POLICY_AT_IMPORT = Kind(
    "policy-at-import",
    "an event loop policy is set when the module is imported",
    "changes the loops of all other tests; policies are deprecated since Python 3.14",
    "stays with the tests of its module",
    "a loop factory: @isolated_loop(loop_factory=...), asyncio.Runner(loop_factory=...)",
    "loop-at-import",
)
WAITS_FOR_ITSELF = Kind(
    "waits-for-itself",
    "a coroutine blocks its own loop until that has done something",
    "hangs the run",
    "is timed out, with the line, if there is a limit; the run goes on",
    "await it",
    "deadlock-on-result",
)
EVENT_LOOP_FIXTURE = Kind(
    "event-loop-fixture",
    "the fixture event_loop of pytest-asyncio before 1.0",
    "fails, or is ignored: \"fixture 'event_loop' not found\"",
    "passes: a suite's own is adopted, and else it is the loop of the test",
    "asyncio.get_running_loop() in the test, or loop_scope=",
    "event-loop-fixture",
)
KINDS = (
    *(RUN_IN_COROUTINE, EAGER_SET_UP, ASYNC_TEST, RETURNED_COROUTINE, ASYNC_HOOK, UNCALLED_HOOK, MISSING_AWAIT),
    *(CURRENT_LOOP, LOOP_AT_IMPORT, POLICY_AT_IMPORT, WAITS_FOR_ITSELF, EVENT_LOOP_FIXTURE),
)
