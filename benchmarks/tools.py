"""isolated-async and its peers, with the newest pytest that each of them works with."""

from __future__ import annotations

from benchmarks.contenders import Tool
from benchmarks.environments import Environment

_PYTEST, _ASYNCIO = "pytest==9.2.0", "pytest-asyncio==1.5.0"
#: On 9.2 all tests of pytest-forked fail (marshal, its format, rejects the node ids of reports), and all of
#: pytest-isolate (it calls a private function that is gone).
_PYTEST_9_1 = "pytest==9.1.1"
_PYTEST_8_4 = "pytest==8.4.2"
#: What the project needs, besides pytest.
OURS = (_PYTEST, _ASYNCIO, "execnet==2.1.2", "cloudpickle==3.1.2")

IN_PROCESS_ENVIRONMENT = Environment("pytest-asyncio", (_PYTEST, _ASYNCIO))
OURS_ENVIRONMENT = Environment("isolated-async", OURS, with_project=True)

IN_PROCESS = Tool(
    "in process",
    IN_PROCESS_ENVIRONMENT,
    (),
    "one process",
    does_more="no process is started, and fixtures of module and session are set up once",
)
ISOLATED = Tool("isolated-async", OURS_ENVIRONMENT, ("--isolated-loop",), "a fork a test")
ISOLATED_2 = Tool(
    "isolated-async, 2 workers",
    OURS_ENVIRONMENT,
    ("--isolated-loop", "--isolated-loop-workers=2"),
    "a fork a test",
)
SPAWNED = Tool(
    "isolated-async, spawned",
    OURS_ENVIRONMENT,
    ("--isolated-loop", "--isolated-loop-start=spawn"),
    "an interpreter a test",
    slow=True,
)
#: For suites whose modules are marked with the scope.
GROUPED = Tool('isolated-async, scope="module"', OURS_ENVIRONMENT, (), "a fork a group")

FORKED_8_4 = Tool(
    "pytest-forked, pytest 8.4",
    Environment("pytest-forked-pytest-8.4", (_PYTEST_8_4, _ASYNCIO, "pytest-forked==1.7.5")),
    ("--forked",),
    "a fork a test",
)
FORKED = Tool(
    "pytest-forked",
    Environment("pytest-forked", (_PYTEST_9_1, _ASYNCIO, "pytest-forked==1.7.5")),
    ("--forked",),
    "a fork a test",
    does_more="works on macOS and other POSIX systems, with pytest 7 and later and Python 3.14; has one process at "
    "most beside pytest, so that all of them together take less memory",
)

PEERS = (
    Tool(
        "pytest-xdist, 2 processes",
        Environment("pytest-xdist", (_PYTEST, _ASYNCIO, "pytest-xdist==3.8.0")),
        ("-n", "2"),
        "two processes",
        does_more="keeps its processes, so that fixtures of module and session are set up once in each; works on every "
        "system; six ways to distribute tests. It does not isolate them from each other",
    ),
    FORKED,
    Tool(
        "pytest-isolate",
        Environment("pytest-isolate", (_PYTEST_9_1, _ASYNCIO, "pytest-isolate==0.0.17")),
        ("--isolate",),
        "a fork a test",
        does_more="limits the CPU time and memory of a test, and tells what each has used; shares of GPUs; a time line",
    ),
    Tool(
        "pytest-isolated",
        Environment("pytest-isolated", (_PYTEST, _ASYNCIO, "pytest-isolated==0.6.0")),
        ("--isolated",),
        "an interpreter a test",
        does_more="works on Windows and macOS, and with Python 3.14; groups of any tests share an interpreter, several "
        "groups at the same time",
        slow=True,
    ),
    Tool(
        "pytest-insubprocess",
        Environment("pytest-insubprocess", (_PYTEST, _ASYNCIO, "pytest-insubprocess==1.2")),
        ("--insubprocess",),
        "an interpreter a test",
        does_more="needs no fork, pytest 7.4 and Python 3.7 or later",
        slow=True,
    ),
    Tool(
        "pytest-fkit",
        Environment("pytest-fkit", (_PYTEST, _ASYNCIO, "pytest-fkit==0.11.0")),
        ("--fkit",),
        "an interpreter a test",
        does_more="gives each worker a share of the GPUs, and tries again what failed for want of a GPU or of the "
        "network; needs no fork",
        slow=True,
    ),
)
PYTEST_ISOLATED = PEERS[3]
