"""The host's part in a profile: where the time of isolated tests goes. Imported if one is wanted, but for its options.

::

    worker --StagesMeasured--.
    zygote --WorkerMeasured--+--> MeasuringDispatcher --> CaseRecord --> CaseProfile --> ProfilePlugin --> table, file
    dispatcher's own clock --'                            (marks)        (spans)          ^
                                                                    hosts under xdist ----'

The dispatcher is another one then, and so is what starts workers and zygotes.
"""
