"""A polluter and its victim for each kind of state that a test can leave behind; ``# here`` is the line to find."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pair:
    """A suite of its own: module ``test_<name>``.

    Attributes:
        polluter: the body of the test that pollutes.
        victim: the body of the one that fails then.
        kind: of the state.
        what: a part of what is told.
        above: code before both.
        file: where ``# here`` is, if not in the same file.
        is_cause: it can be put back, and then the victim passes.
    """

    name: str
    polluter: str
    victim: str
    kind: str
    what: str
    above: str = ""
    file: str = ""
    is_cause: bool = True

    @property
    def source(self) -> str:
        def body(text: str) -> str:
            return "".join(f"    {line}\n" for line in text.splitlines())

        return (
            f"{_IMPORTS}\n{self.above}\n\ndef test_{self.name}_pollutes():\n{body(self.polluter)}\n\n"
            f"def test_{self.name}_victim():\n{body(self.victim)}"
        )

    @property
    def line(self) -> int:
        """Where the polluter does it, from 1."""
        lines = (SHARED if self.file else self.source).splitlines()
        (found,) = [at for at, line in enumerate(lines, 1) if f"# here {self.name}" in line or line.endswith("# here")]
        return found


_IMPORTS = "import asyncio, gc, logging, os, signal, socket, sys, threading, warnings\nimport shared\n"

#: A module of the suite's own, which polluters reach into.
SHARED = """
import contextvars, functools

LEVEL = 1
CONFIG = {"url": "a", "nested": {"deep": [1, 2]}}
NAMES = ["first"]
SEEN = {1}
VARIABLE = contextvars.ContextVar("VARIABLE", default=0)

class Hostile:
    def __init__(self, value):
        self.value = value
    def __repr__(self):
        raise SystemExit("not to be shown")

class Service:
    timeout = 5
    handlers = []

    def __init__(self):
        self.state = {"open": False}

    def start(self):
        self.state["open"] = True  # here object

service = Service()

@functools.lru_cache
def settings():
    import os
    return os.environ.get("SETTINGS", "none")

def greeting():
    return "hello"

def collect(item, into=[]):
    into.append(item)  # here default
    return into
"""

PAIRS = (
    Pair(
        "after_call",
        "os.environ['AFTER'] = shared.greeting()  # here",
        "assert 'AFTER' not in os.environ",
        "environment",
        "os.environ['AFTER'] is 'hello'; there was none",
    ),
    Pair(
        "environment",
        "os.environ['MODE'] = 'x'  # here",
        "assert 'MODE' not in os.environ",
        "environment",
        "os.environ['MODE'] is 'x'; there was none",
    ),
    Pair(
        "unset",
        "os.environ.pop('HOME', None)  # here",
        "assert 'HOME' in os.environ",
        "environment",
        "os.environ['HOME'] is gone",
    ),
    Pair(
        "directory", "os.chdir('/')  # here", "assert os.getcwd() != '/'", "directory", "the current directory is '/'"
    ),
    Pair(
        "path",
        "sys.path.insert(0, '/nowhere')  # here",
        "assert '/nowhere' not in sys.path",
        "import-path",
        "sys.path: has also '/nowhere'",
    ),
    Pair(
        "module",
        "sys.modules['shared_fake'] = shared  # here",
        "assert 'shared_fake' not in sys.modules",
        "module",
        "the module shared_fake is imported",
    ),
    Pair(
        "attribute", "shared.LEVEL = 2  # here", "assert shared.LEVEL == 1", "attribute", "shared.LEVEL is 2; it was 1"
    ),
    Pair(
        "function",
        "shared.greeting = lambda: 'bye'  # here",
        "assert shared.greeting() == 'hello'",
        "attribute",
        "shared.greeting is test_function.test_function_pollutes.<locals>.<lambda>; it was shared.greeting",
    ),
    Pair(
        "class_attribute",
        "shared.Service.timeout = 1  # here",
        "assert shared.Service().timeout == 5",
        "attribute",
        "shared.Service.timeout is 1; it was 5",
    ),
    Pair(
        "dictionary",
        "shared.CONFIG['url'] = 'b'  # here",
        "assert shared.CONFIG['url'] == 'a'",
        "container",
        "shared.CONFIG['url'] is 'b'; it was 'a'",
    ),
    Pair(
        "nested",
        "shared.CONFIG['nested']['deep'].append(3)  # here",
        "assert shared.CONFIG['nested']['deep'] == [1, 2]",
        "container",
        "shared.CONFIG['nested']['deep'] has also 3",
    ),
    Pair(
        "list",
        "shared.NAMES.append(shared.Hostile(1))  # here",
        "assert shared.NAMES == ['first']",
        "container",
        "shared.NAMES has also an object of Hostile that cannot be shown",
    ),
    Pair("set", "shared.SEEN.add(2)  # here", "assert shared.SEEN == {1}", "container", "shared.SEEN has also 2"),
    Pair(
        "object",
        "shared.service.start()",
        "assert not shared.service.state['open']",
        "container",
        "shared.service.state['open'] is True; it was False",
        file="shared.py",
    ),
    Pair(
        "default",
        "shared.collect('a')",
        "assert shared.collect('b') == ['b']",
        "container",
        "a default of shared.collect has also 'a'",
        file="shared.py",
    ),
    Pair(
        "cache",
        "shared.settings()  # here",
        "os.environ['SETTINGS'] = 'x'\nassert shared.settings() == 'x'",
        "cache",
        "shared.settings remembers 1 result; it had 0",
    ),
    Pair(
        "standard_library",
        "os.path.exists = lambda path: True  # here",
        "assert not os.path.exists('/nowhere')",
        "attribute",
        "path.exists is ",
    ),
    Pair(
        "asyncio_patched",
        "asyncio.sleep = None  # here",
        "asyncio.sleep(0).close()",
        "attribute",
        "asyncio.sleep is None",
    ),
    Pair(
        "logging",
        "logging.getLogger('app').setLevel(logging.ERROR)  # here",
        "assert logging.getLogger('app').isEnabledFor(logging.WARNING)",
        "logging",
        "level of the logger app is ERROR; it was NOTSET",
    ),
    Pair(
        "disabled",
        "logging.disable(logging.CRITICAL)  # here",
        "assert logging.getLogger('b').isEnabledFor(50)",
        "logging",
        "logging.disable is 50; it was 0",
    ),
    Pair(
        "signal",
        "signal.signal(signal.SIGUSR1, lambda *_: None)  # here",
        "assert signal.getsignal(signal.SIGUSR1) is signal.SIG_DFL",
        "signal",
        "the handler of SIGUSR1 is ",
    ),
    Pair(
        "timeout",
        "socket.setdefaulttimeout(3)  # here",
        "assert socket.getdefaulttimeout() is None",
        "setting",
        "the default timeout of sockets is 3.0; it was None",
    ),
    Pair("umask", "os.umask(0o777)  # here", "assert os.umask(0o22) != 0o777", "setting", "the umask is 511"),
    Pair(
        "context",
        "shared.VARIABLE.set(1)  # here",
        "assert shared.VARIABLE.get() == 0",
        "context",
        "the context variable VARIABLE is 1; there was none",
    ),
    Pair(
        "closed_loop",
        "loop = asyncio.new_event_loop()\nasyncio.set_event_loop(loop)\nloop.close()  # here",
        "asyncio.get_event_loop().run_until_complete(asyncio.sleep(0))",
        "loop",
        "the current event loop is closed",
    ),
    Pair(
        "no_loop",
        "asyncio.run(asyncio.wait([], timeout=0) if False else shared_coroutine())  # here",
        "asyncio.get_event_loop().run_until_complete(shared_coroutine())",
        "loop",
        "no event loop is current, and none is made when one is asked for",
        above="async def shared_coroutine():\n    pass\n",
    ),
    Pair(
        "running",
        "asyncio._set_running_loop(asyncio.new_event_loop())  # here",
        "asyncio.run(nothing())",
        "running-loop",
        "the running event loop is ",
        above="async def nothing():\n    pass\n",
    ),
    Pair(
        "policy",
        "with warnings.catch_warnings():\n    warnings.simplefilter('ignore')\n"
        "    asyncio.set_event_loop_policy(Policy())  # here",
        "with warnings.catch_warnings():\n    warnings.simplefilter('ignore')\n"
        "    assert type(asyncio.get_event_loop_policy()) is not Policy",
        "loop-policy",
        "the event loop policy is ",
        above="with warnings.catch_warnings():\n    warnings.simplefilter('ignore')\n"
        "    class Policy(asyncio.DefaultEventLoopPolicy):\n        pass\n",
    ),
    Pair(
        "thread",
        "threading.Thread(target=threading.Event().wait, name='left', daemon=True).start()  # here",
        "assert 'left' not in [each.name for each in threading.enumerate()]",
        "thread",
        "the thread 'left' runs",
        is_cause=False,
    ),
    Pair(
        "task",
        "async def wait():\n    await asyncio.Event().wait()\nloop = asyncio.new_event_loop()\n"
        "KEPT.append(loop)\nKEPT.append(loop.create_task(wait()))  # here",
        "assert not any(isinstance(each, asyncio.Task) for each in gc.get_objects())",
        "task",
        "the pending task of test_task_pollutes.<locals>.wait() is pending",
        above="KEPT = []",
        is_cause=False,
    ),
)
