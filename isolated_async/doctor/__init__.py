"""``isolated-async doctor``: what makes async tests fail, on this machine and in this suite, and what to do about it.

::

    command --> collected --> pytest --collect-only, with collection_plugin: the suite's own files, its plugins
       |------> sources, spots --> rules: a finding, of one of the kinds, for each line that breaks
       |------> start_methods: which ways to make a worker work here
       `------> formats: text, JSON, GitHub annotations, SARIF

PYTEST_DONT_REWRITE: the asserts of this package are not a test's.
"""
