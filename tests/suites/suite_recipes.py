"""The public suites that are compared: what each is, what it needs, and how it is run.

Everything comes from a package index: the sources with their tests as a source distribution, the rest pinned in
``locks/NAME.txt``. The selections leave out tests that fail in process already, for reasons that have nothing to do
with isolation: each recipe says which.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_LOCKS = Path(__file__).parent / "locks"


@dataclass(frozen=True, slots=True)
class SuiteRecipe:
    """One suite.

    Attributes:
        name: of the distribution, as the package index spells it, and of the lock file.
        version: the release whose tests are run.
        python: minor version of the interpreter that the pinned requirements are for.
        requirements: what its tests need besides itself; the versions are those of the lock file.
        arguments: of ``pytest``, run in the root of the unpacked sources.
        tests: how many tests these arguments select; a suite that collects fewer is not compared but failed.
        isolated: how many of them ``--isolated-loop`` isolates.
        limit_s: seconds that one whole run may take; several times what it takes on a slow two-core machine,
            where an interpreter is started for each test.
        extras: optional parts of the distribution that its tests need.
        from_sources: install the unpacked sources, or else the released wheel of the same version.
        expected_differences: test to reason, for tests that end differently isolated than in process and should.
        unsteady: test to reason, for tests that end now so, now so, in process too; they are not compared.
        one_at_a_time: why two tests of a file cannot run at the same time; empty if they can.
        unordered: why it collects in another order each time; empty if it does not.
    """

    name: str
    version: str
    python: str
    requirements: tuple[str, ...]
    arguments: tuple[str, ...]
    tests: int
    isolated: int
    limit_s: float
    extras: str = ""
    from_sources: bool = True
    expected_differences: Mapping[str, str] = field(default_factory=dict)
    unsteady: Mapping[str, str] = field(default_factory=dict)
    one_at_a_time: str = ""
    unordered: str = ""

    @property
    def sdist(self) -> str:
        """The requirement whose source distribution holds the tests."""
        return f"{self.name}=={self.version}"

    @property
    def lock(self) -> Path:
        """The constraints file with every version that the suite's environment may have."""
        return _LOCKS / f"{self.name}.txt"


# No cache directory: two runs in one tree must not learn from each other.
_PYTEST = ("-p", "no:cacheprovider")

RECIPES = (
    SuiteRecipe(
        # Its own decorator runs coroutines on a hand-written loop: isolated, and not to be driven once more.
        name="asyncstdlib",
        version="3.14.0",
        python="3.12",
        requirements=("pytest", "pytest-cov", "typing_extensions"),
        arguments=(*_PYTEST, "unittests"),
        tests=402,
        isolated=393,
        limit_s=300,
    ),
    SuiteRecipe(
        # A sync wrapper that runs coroutines on the current loop; tornado's test cases, which leave none behind; trio.
        name="tenacity",
        version="9.1.2",
        python="3.12",
        requirements=("pytest", "tornado", "trio", "typeguard"),
        arguments=(*_PYTEST, "tests"),
        tests=124,
        isolated=26,
        limit_s=120,
        unsteady={
            "tests/test_asyncio.py::TestContextManager::test_sleeps": (
                "expects that an exception is handled within 1.1 ms: on a busy machine it fails in process as well"
            ),
        },
    ),
    SuiteRecipe(
        # pytest-asyncio in strict mode; threads and a loop that talk to each other.
        name="janus",
        version="2.0.0",
        python="3.11",
        requirements=("pytest", "pytest-asyncio", "pytest-cov", "pytest-codspeed"),
        arguments=(*_PYTEST, "-o", "addopts=", "--ignore=tests/test_benchmarks.py", "tests"),
        tests=100,
        isolated=98,
        limit_s=300,
    ),
    SuiteRecipe(
        # pytest-asyncio in auto mode; a thread pool; files at fixed paths in the source tree.
        name="aiofiles",
        version="25.1.0",
        python="3.11",
        requirements=("pytest", "pytest-asyncio"),
        # The deselected test expects that a file without permissions is unreadable, which it is not for root.
        arguments=(*_PYTEST, "--deselect", "tests/test_os.py::test_access", "tests"),
        tests=218,
        isolated=214,
        limit_s=300,
        one_at_a_time="the tests of test_os.py create and remove files at the same fixed paths",
    ),
    SuiteRecipe(
        # Every warning is an error; several tests with one node id.
        name="async_lru",
        version="2.4.0",
        python="3.11",
        requirements=("pytest", "pytest-asyncio", "pytest-cov", "pytest-timeout"),
        arguments=(
            *_PYTEST,
            "-o",
            "addopts=--keep-duplicates",
            "-o",
            "asyncio_default_fixture_loop_scope=function",
            "tests",
        ),
        tests=93,
        isolated=77,
        limit_s=300,
    ),
    SuiteRecipe(
        # Loop factories (uvloop as well); real sockets; expensive module fixtures; hypothesis.
        name="aiosmtplib",
        version="5.1.3",
        python="3.12",
        requirements=(
            "pytest",
            "pytest-asyncio",
            "pytest-xdist",
            "hypothesis",
            "aiosmtpd",
            "trustme",
            "cryptography",
            "uvloop",
        ),
        # Most of the excluded tests fail in process as well with Python 3.12.1: addresses it should reject, it accepts.
        arguments=(*_PYTEST, "-k", "not injection and not smuggle", "tests"),
        tests=383,
        isolated=296,
        limit_s=900,
    ),
    SuiteRecipe(
        # Threads, context variables, child processes; sync code that runs loops of its own.
        name="asgiref",
        version="3.13.0",
        python="3.11",
        requirements=("pytest", "pytest-asyncio"),
        arguments=(*_PYTEST, "tests"),
        tests=123,
        isolated=69,
        limit_s=600,
    ),
    SuiteRecipe(
        # anyio on asyncio and trio; portals; blocking calls inside a loop are errors, and so is every warning.
        name="starlette",
        version="1.10.0",
        python="3.13",
        requirements=(
            "pytest",
            "httpx2[zstd]",
            "blockbuster",
            "trio",
            "importlib-metadata",
            "opentelemetry-sdk",
            "pytest-codspeed",
        ),
        # The excluded test expects that root is refused a directory without permissions.
        arguments=(*_PYTEST, "-p", "no:codspeed", "-k", "not invalid_dir_permissions", "tests"),
        tests=1414,
        isolated=152,
        limit_s=900,
        extras="full",
    ),
    SuiteRecipe(
        # A test case class of its own with a loop per test.
        name="tornado",
        version="6.6.1",
        python="3.12",
        requirements=("pytest", "pycurl"),
        arguments=(*_PYTEST, "--log-disable=tornado.access", "--pyargs", "tornado.test"),
        tests=1626,
        isolated=1264,
        limit_s=1800,
        from_sources=False,
        unsteady={
            "simple_httpclient_test.py::SimpleHTTPSClientTestCase::test_request_timeout": (
                "expects that a request is served within 0.1 s, the first TLS handshake of its process included: alone "
                "on a busy machine it fails in process as well"
            ),
        },
    ),
    SuiteRecipe(
        # Virtual time inside the loop; a limit of two seconds for each test; scale.
        name="kopf",
        version="1.45.2",
        python="3.12",
        requirements=(
            "pytest",
            "pytest-aiohttp",
            "pytest-asyncio",
            "pytest-cov",
            "pytest-mock",
            "pytest-timeout",
            "looptime",
            "kmock",
            "freezegun",
            "certbuilder",
            "certvalidator",
            "pyngrok",
        ),
        # Left out: tests that need a cluster, and those that use oscrypto, which does not load recent OpenSSL releases.
        arguments=(
            *_PYTEST,
            "-m",
            "not e2e",
            "--ignore=tests/admission/test_certificates.py",
            "--ignore=tests/admission/test_webhook_detection.py",
            "--ignore=tests/admission/test_webhook_ngrok.py",
            "--ignore=tests/admission/test_webhook_server.py",
            "--deselect",
            "tests/authentication/test_credentials.py::test_proxy",
            "tests",
        ),
        tests=7408,
        isolated=2600,
        limit_s=3600,
        expected_differences={
            "tests/test_async.py::test_async_test_was_executed_and_awaited": (
                "asserts a module global that the async test before it has set: it fails alone as well"
            ),
        },
        unordered="it parametrizes tests with sets",
    ),
    SuiteRecipe(
        # Real servers, signals, child processes; every warning is an error.
        name="uvicorn",
        version="0.54.0",
        python="3.12",
        requirements=(
            "pytest",
            "pytest-mock",
            "pytest-xdist[psutil]",
            "pytest-codspeed",
            "types-click",
            "trustme",
            "cryptography",
            "a2wsgi",
            "wsproto",
            "zttp",
            "httpx2",
            "httpx",
            "anyio",
            "coverage",
        ),
        arguments=(
            *_PYTEST,
            "-o",
            "addopts=-rxXs --strict-config --strict-markers",
            "--ignore=tests/benchmarks",
            "tests",
        ),
        tests=1328,
        isolated=905,
        limit_s=3600,
        extras="standard",
    ),
)

#: Not compared: it measures the time that its tests take. Some of its tests are in ``test_in_company.py``.
YAPPI = SuiteRecipe(
    # A profiler; sync tests that run coroutines on the current loop, and others that call asyncio.run.
    name="yappi",
    version="1.7.6",
    python="3.12",
    requirements=("pytest",),
    arguments=(*_PYTEST, "-o", "pythonpath=tests", "tests/test_asyncio.py", "tests/test_asyncio_context_vars.py"),
    tests=14,
    isolated=0,
    limit_s=120,
    from_sources=False,
)
