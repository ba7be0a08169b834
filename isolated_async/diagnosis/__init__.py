"""``isolated-async diagnose``: why a test fails in company, and passes alone.

::

    command --> diagnosis --> probers: a pytest that has collected and forks itself for each probe, or one for each
       |           |-- confirmation: alone, and after all that come before it
       |           |-- search: which tests it takes, by delta debugging --> judge, decision: how often is a set asked
       |           `-- remains: what they have left behind, which of it is the cause, which line has done it
       `------> formats: text, JSON

PYTEST_DONT_REWRITE: the asserts of this package are not a test's.
"""
