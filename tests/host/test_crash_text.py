"""Of what faulthandler wrote, the report shows the test's part."""

from __future__ import annotations

from isolated_async.endings.crash_text import innermost_place, shorten

DUMP = """\
Fatal Python error: Segmentation fault

Thread 0x00007f0 (most recent call first):
  File "/usr/lib/python3/threading.py", line 1 in run
  File "/src/app.py", line 2 in work

Current thread 0x00007f1 (most recent call first):
  File "/src/test_a.py", line 19 in test_a
  File "/site/isolated_async_workers/loop/case_task.py", line 88 in _serve
  File "/usr/lib/python3/asyncio/events.py", line 89 in _run
  File "/site/_pytest/python.py", line 187 in pytest_pyfunc_call
  File "/site/pluggy/_execution.py", line 147 in _multicall
  File "/site/isolated_async_workers/worker.py", line 95 in _run
  File "/site/isolated_async/launch.py", line 68 in fork_zygote
  File "/src/start.py", line 1 in main

Extension modules: _thing (total: 1)"""

SHOWN = """\
Fatal Python error: Segmentation fault

Thread 0x00007f0 (most recent call first):
  File "/usr/lib/python3/threading.py", line 1 in run
  File "/src/app.py", line 2 in work

Current thread 0x00007f1 (most recent call first):
  File "/src/test_a.py", line 19 in test_a
  File "/usr/lib/python3/asyncio/events.py", line 89 in _run

Extension modules: _thing (total: 1)"""


def test_shorten() -> None:
    assert shorten(DUMP) == SHOWN
    # On Windows.
    assert shorten(DUMP.replace("/", "\\")) == SHOWN.replace("/", "\\")


def test_text_without_frames_stays() -> None:
    assert shorten("Traceback\nValueError: x") == "Traceback\nValueError: x"


def test_the_innermost_place_of_the_thread_that_was_asked() -> None:
    assert innermost_place(DUMP) == "/src/test_a.py:19 in test_a"
    assert innermost_place("") == ""
    assert innermost_place('Current thread 0x1 (most recent call first):\n  File "<string>", line 1 in <module>') == ""
    others = DUMP.partition("\n\n")[2].replace("Current thread", "Thread")
    # On Windows: a thread of ours writes of all the others.
    by_ours = (
        'Current thread 0x1 (most recent call first):\n  File "/isolated_async_workers/system/a.py", line 1 in dump'
    )
    assert innermost_place(f"{by_ours}\n\n{others}") == "/src/test_a.py:19 in test_a"
