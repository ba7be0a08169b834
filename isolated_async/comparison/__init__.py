"""``isolated-async compare``: the same suite in process and isolated, in turn, and what is different.

::

    command --> runs: a pytest for each side, in turn --> recording (a plugin there) --> a file for each run
       `------> tally: the outcomes of each test on each side --> chance: is a difference more than that?
                  `--> formats: text, JSON

PYTEST_DONT_REWRITE: the asserts of this package are not a test's.
"""
