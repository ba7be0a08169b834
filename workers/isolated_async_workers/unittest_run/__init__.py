"""The worker side of a plain ``unittest`` run: tests that unittest has loaded, as items of a session of their own.

::

    zygote.py      forked from the host with its tests, or a fresh interpreter that imports them
    collection.py  makes a pytest session of them that no ini file, conftest or plugin takes part in
    item.py        one of them: runtest is TestCase.run
    fixtures.py    setUpClass, setUpModule and the like, called by unittest itself
    told_result.py the TestResult that all of these get: what it is told, the host is told
"""
