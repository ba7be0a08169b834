"""The host side of a plain ``unittest`` run: isolated tests go to workers, what they say goes to the ordinary result.

::

    unittest.TestSuite.run --> entry.py --> run.py: zygote, dispatcher; each isolated test's place is taken
                                               |        by what hands it over (stand_in.py)
                                               `-- told_outcomes.py: the worker's words --> TestResult
    marked_test.py     what the markers of a test say
    remote_failure.py  a traceback of the worker's, for results to format
"""
