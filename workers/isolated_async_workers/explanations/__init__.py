"""Why a classic loop failure happened, or may have, which lines took part in it, and the page that shows its mend.

::

    exception --> error_tree --> classic_errors --why----------.
                      |            `--> foreign_objects, ...    +--> Explanation --> a section of the report
                      `--------> forgotten --perhaps why-------'
    Evidence (what was noted while the case ran) is asked by both
"""
