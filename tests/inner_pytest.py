"""How a pytest that a test starts is kept apart from the one that runs the test, and quick."""

from __future__ import annotations

import os

#: Ordinary plugins, which a suite has to ask for, by ``-p randomly``: they change the order of tests or how the
#: terminal looks, take long to import, or do not get on with each other (two of them own ``--snapshot-update``).
ORDINARY_PLUGINS = (
    *("allure_pytest", "benchmark", "django", "html", "html_fixtures", "metadata", "pytest-bdd", "pytest_jsonreport"),
    *("pytest_mock", "pytest_order", "randomly", "repeat", "snapshot", "sugar", "syrupy"),
)
NONE_OF_THEM = tuple(argument for name in ORDINARY_PLUGINS for argument in ("-p", f"no:{name}"))
#: Plugins that a suite has to ask for. Of the async ones, one does not load without pytest-asyncio.
ON_REQUEST = ("-p", "no:trio", "-p", "no:aiohttp", *NONE_OF_THEM)

#: Plugins that take longer to import than most suites take to run: not loaded where neither the suite nor the command
#: line has one of their words.
COSTLY = {
    "hypothesispytest": ("hypothesis",),
    "anyio": ("anyio",),
    "rerunfailures": ("reruns",),
    "flaky": ("from flaky",),
    "pytest_cov": ("--cov",),
    "xdist": ("xdist", " -n", "--dist"),
    "xdist.looponfail": ("xdist", " -n", "--dist"),
    "fakefs": ("fakefs", "(fs"),
    "time_machine": ("time_machine",),
    "socket": ("socket_", "pytest_socket", "-socket"),
}


def without_costly_plugins(words: str = "") -> list[str]:
    """The arguments that keep out every one of them that ``words`` do not speak of."""
    unused = [name for name, its_words in COSTLY.items() if not any(word in words for word in its_words)]
    return [argument for name in unused for argument in ("-p", f"no:{name}")]


#: The arguments that load no plugin of another but pytest-asyncio and pytest-timeout.
FEWEST_PLUGINS = (*ON_REQUEST, *without_costly_plugins())

#: Settings of the run that tests us, which would change how pytest runs, or what it prints, in a suite of ours: with
#: ``CI`` set, for one, it prints whole messages in the short test summary. Where no byte code may be written, every run
#: rewrites the assertions of all plugins again, which takes a fifth of its time.
OF_THE_OUTER_RUN = (
    *("PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_XDIST_TESTRUNUID"),
    *("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"),
    *("CI", "BUILD_NUMBER", "NO_COLOR", "FORCE_COLOR", "PY_COLORS"),
)


def environment() -> dict[str, str]:
    """Of this process, without the settings of the run that tests us."""
    of_plugins = ("PYTEST_", "COV_")
    return {
        name: value
        for name, value in os.environ.items()
        if name not in OF_THE_OUTER_RUN and not name.startswith(of_plugins)
    }
