"""The connection to another machine: execnet's gateways, one behind the other, opened in bounded time.

::

    relay --Group.makegateway--> ssh, a local interpreter or a socket --> (via= another one) --> there.py, agent.py
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import threading
import time
from typing import Any

import execnet

from isolated_async_workers.wire.system import KILL_SIGNAL, child_processes, reap_any

from .. import clock
from . import there
from .proof import version_differences, versions

#: Seconds in which every gateway is open, and the interpreter over there has looked around: far more than a slow
#: network takes, and less than the kernel takes to give up on a host that does not answer.
CONNECT_LIMIT_S = 30.0
#: Seconds in which what was started here for the connection leaves by itself, or after a signal that asks for it.
_LEAVE_LIMIT_S = 1.0
_POLL_S = 0.02


class Unreachable(Exception):
    """The machine cannot be reached, or is not fit: the text says why."""


class Connection:
    """Opened in a thread, because execnet waits without bound."""

    def __init__(self, specs: list[str], directory: str) -> None:
        self._specs = specs
        self._directory = directory
        self._group = execnet.Group()
        self._result: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._until = clock.now() + CONNECT_LIMIT_S
        if any(part.startswith("ssh=") for text in specs for part in text.split("//")):
            # There is no terminal for a question, and a window must not open either.
            os.environ["SSH_ASKPASS_REQUIRE"] = "never"
        threading.Thread(target=self._open, name="isolated-async-connecting", daemon=True).start()

    def channel(self, wait_s: float) -> Any:
        """The channel to what is to become the agent, or None if it is not open after ``wait_s`` seconds.

        Raises:
            Unreachable: it cannot be opened, or has not been in time.
        """
        try:
            result = self._result.get(timeout=wait_s)
        except queue.Empty:
            if clock.now() > self._until:
                raise Unreachable(f"it could not be reached within {CONNECT_LIMIT_S:g} s") from None
            return None
        if isinstance(result, Unreachable):
            raise result
        if isinstance(result, Exception):
            raise Unreachable(f"it could not be reached: {_describe(result)}")
        return result

    def close(self, *, is_alive: bool) -> None:
        """End the gateways, and what was started here for them."""
        if is_alive:
            for gateway in self._group:
                with contextlib.suppress(Exception):
                    gateway.exit()
        for number in (0, signal.SIGTERM, KILL_SIGNAL):
            for pid in map(int, child_processes()):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            until = clock.now() + _LEAVE_LIMIT_S * (is_alive or number != 0)
            while child_processes() and clock.now() < until:
                _reap()
                time.sleep(_POLL_S)

    def _open(self) -> None:
        try:
            self._result.put(self._connect())
        except Exception as error:  # noqa: BLE001 - of execnet's, of whatever class
            self._result.put(error)

    def _connect(self) -> Any:
        gateway: Any = None
        for number, text in enumerate(self._specs, 1):
            spec = execnet.XSpec(text)
            # A way may be used by several, and the agent is to have the main thread.
            spec.execmodel = "main_thread_only" if number == len(self._specs) else "thread"
            gateway = self._group.makegateway(spec)
        channel = gateway.remote_exec(there)
        channel.send(self._directory)
        facts: dict[str, Any] = channel.receive()
        ours = versions()
        executable = f"Python {facts['python']} ({facts['executable']})"
        if facts["python"] != ours["Python"]:
            raise Unreachable(f"its interpreter is {executable}, not Python {ours['Python']}, as here")
        if facts["problem"]:
            raise Unreachable(f"its {executable}: {facts['problem']}")
        if differences := version_differences(ours, facts["versions"]):
            raise Unreachable("; ".join([f"its {executable} is not fit", *differences]))
        channel.send(True)
        return channel


def _describe(error: Exception) -> str:
    if isinstance(error, execnet.HostNotFound):
        return f"there is no such host, or it refuses ({error})"
    if isinstance(error, EOFError | BrokenPipeError) or (isinstance(error, OSError) and error.errno is None):
        # Execnet has sent something, or waited for an answer, in vain.
        return "the interpreter over there has ended at once, or there is none"
    return f"{type(error).__name__}: {error}"


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while reap_any():
            pass
