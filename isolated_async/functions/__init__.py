"""``run_isolated`` and ``IsolatedPool``: any function, from any code, in a process of its own.

::

    caller's threads, loops            the pool's thread                    zygote for functions, workers
    -----------------------            -----------------                    -----------------------------
    shipping: function, arguments
    run, pool --Call-------------> dispatcher --ask for a worker---------> fork
                                      CallFunction ---------------------> the function, on a clean loop
    value, exception <--Ended----- running_call <-- value, exception ---- leaves
                                             `--- it and all that it left are gone --'

Nothing here imports pytest, and nothing of the caller's process is forked.
"""
