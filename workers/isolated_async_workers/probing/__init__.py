"""The worker side of ``isolated-async diagnose``: some tests of a suite, in a process that has run none.

::

    plugin --> server: a fork for each probe ---> guard ---> runner: the tests, by pytest's own protocol
       `-----> runner, in a pytest of its own                  |-- state: what is not as it was before
                                                               `-- lines: which line has changed it

PYTEST_DONT_REWRITE: the asserts of this package are not a test's.
"""
