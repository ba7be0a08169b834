"""A test whose output is huge, no text, or goes to streams that it has broken."""

from __future__ import annotations

import pytest

from .fault import DIED_IN_CALL, FAILED, PASSED, Fault, Outcome, check

FAULTS = [
    Fault(
        "no_utf8",
        """
        async def test_fault():
            import os
            os.write(1, b"\\xff\\xfe said\\n")
            os.write(2, b"\\x80 err\\n")
            print("\\udcff", flush=True)
            assert 0
        """,
        FAILED,
        says=("\ufffd\ufffd said\n", "\ufffd err\n"),
    ),
    Fault(
        "no_utf8_of_a_dead_worker",
        """
        def test_fault():
            import os
            os.write(1, b"\\xff said\\n")
            os._exit(3)
        """,
        DIED_IN_CALL,
        says=("exited with status 3", "\ufffd said\n"),
    ),
    Fault(
        "nul_bytes",
        """
        def test_fault():
            import os
            os.write(1, b"a\\0b\\n")
            print("c\\0d")
            assert "e\\0f" == 1
        """,
        FAILED,
        says=("a\0b\n", "c\0d\n"),
    ),
    Fault(
        "nul_bytes_of_a_dead_worker",
        """
        def test_fault():
            import os
            os.write(1, b"a\\0b\\n")
            os._exit(3)
        """,
        DIED_IN_CALL,
        says=("a\0b\n",),
    ),
    Fault(
        "surrogates_in_a_failure",
        """
        def test_fault():
            raise ValueError("\\ud800 \\udcff")
        """,
        FAILED,
        says=("ValueError: \ud800 \udcff",),
    ),
    Fault(
        "escape_sequences_in_a_failure",
        """
        def test_fault():
            raise ValueError("\\x1b[2J\\x1b[31m\\x07")
        """,
        FAILED,
        says=("ValueError: ",),
    ),
    Fault(
        "five_million_characters_in_an_assertion",
        """
        def test_fault():
            assert "x" * 5_000_000 == ""
        """,
        FAILED,
        says=("AssertionError",),
    ),
    Fault(
        "five_million_characters_in_an_exception",
        """
        def test_fault():
            raise ValueError("x" * 5_000_000)
        """,
        FAILED,
        says=("x" * 5_000_000,),
    ),
    Fault(
        "five_million_characters_in_a_property",
        """
        def test_fault(record_property):
            record_property("long", "x" * 5_000_000)
        """,
        PASSED,
    ),
    Fault(
        "more_output_of_a_dead_worker_than_is_shown",
        """
        def test_fault():
            import os
            os.write(1, b"first\\n" + b"x" * 2_000_000 + b"\\nlast\\n")
            os._exit(3)
        """,
        DIED_IN_CALL,
        says=("exited with status 3", "[the first 951436 bytes are left out]", "\nlast\n"),
        says_not=("first\n",),
    ),
    Fault(
        "limit_of_file_sizes",
        """
        def test_fault():
            import resource
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
            for _ in range(100):
                print("x" * 99)
        """,
        FAILED,
        says=("File too large", "x" * 99 + "\n" + "x" * 99 + "\n"),
    ),
    Fault(
        "limit_of_file_sizes_that_kills",
        """
        def test_fault():
            import resource, signal
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
            for _ in range(100):
                print("x" * 99)
        """,
        DIED_IN_CALL,
        says=("killed by SIGXFSZ during call", "x" * 99 + "\n" + "x" * 99 + "\n"),
    ),
    Fault(
        "crash_where_no_file_may_grow",
        """
        def test_fault():
            import os, resource
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
            os.abort()
        """,
        DIED_IN_CALL,
        says=("killed by SIGABRT during call",),
    ),
    *(
        Fault(
            f"stream_{name}",
            f"""
            class Raises:
                def __init__(self, error):
                    self.__dict__["error"] = error

                def __getattr__(self, name):
                    raise self.error

            async def test_fault():
                import sys
                print("said")
                {code}
            """,
            PASSED,
            says=("said",),
        )
        for name, code in {
            "none": "sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = None",
            "deleted": "del sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__",
            "raises": "sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = Raises(RuntimeError('no'))",
            "exits": "sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = Raises(SystemExit(5))",
            "interrupts": "sys.stdout = sys.__stdout__ = Raises(KeyboardInterrupt())",
            "original_closed": "sys.__stdout__.close(); sys.__stderr__.close()",
        }.items()
    ),
    Fault(
        # As in process, pytest itself then fails to read what it has captured.
        "stream_closed",
        """
        def test_fault():
            import sys
            print("said")
            sys.stdout.close()
        """,
        (("setup", "passed"), ("call", "failed"), ("teardown", "failed")),
        says=("ValueError: ", "closed file"),
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_output(fault: Fault, outcome: Outcome) -> None:
    check(fault, outcome)
